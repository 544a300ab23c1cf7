"""The subject of every letter: names with an apostrophe or an ampersand stand in it as they are."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from schoolsafe.lib.languages import TRANSLATED

TEMPLATES = Path(__file__).parent.parent / "templates"
SUBJECTS = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*_subject.txt"))
NAME = "D'Arcy & O'Neil"


class Named(str):
    """Something of which every part is called the same."""

    def __getattr__(self, name: str) -> "Named":
        if name.startswith("__") or name == "resolve_expression":
            raise AttributeError(name)
        return Named(NAME)


def variables(source: str) -> set[str]:
    """What a template asks for, by the first part of each name; a count is none."""
    inside = re.findall(r"\{\{\s*(\w+)", source)
    inside += re.findall(r"with \w+=(\w+)", source)
    return set(inside) - {"count"}


def flags(source: str) -> set[str]:
    """What decides which of its sentences a subject is."""
    return set(re.findall(r"\{% (?:el)?if (\w+)", source))


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
@pytest.mark.parametrize("template", SUBJECTS)
def test_subject_says_names_as_they_are(template: str, language: str) -> None:
    source = (TEMPLATES / template).read_text(encoding="utf-8")
    context: dict[str, Any] = {name: Named(NAME) for name in variables(source)}
    with translation.override(language):
        said = [render_to_string(template, context)]
        for flag in flags(source):
            said.append(render_to_string(template, context | {flag: Named(NAME)}))
    assert [subject for subject in said if not subject.strip()] == []
    assert [subject for subject in said if re.search(r"&#?\w+;", subject)] == []
    assert bool(context) is any(NAME in subject for subject in said)


def test_there_are_subjects_with_names_in_them() -> None:
    sources = [(TEMPLATES / one).read_text(encoding="utf-8") for one in SUBJECTS]
    assert sum(bool(variables(source)) for source in sources) >= 6
