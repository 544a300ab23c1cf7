"""What holds of every template, whichever page shows it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent.parent / "templates"
INCLUDE = re.compile(r'{%\s*include\s+"(?P<name>[^"]+)"(?P<rest>.*?)%}', re.S)
TOKEN = re.compile(r"{%\s*csrf_token\s*%}")
# Holds a form only where it is told to which address a button posts.
MAY_POST = {"parts/_verdict.html": "next_action"}


def templates() -> Iterator[tuple[str, str]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield str(path.relative_to(TEMPLATES)), path.read_text()


def includes(text: str) -> Iterator[tuple[str, str]]:
    """Each template that a text includes, with what is said behind its name."""
    return ((found["name"], found["rest"]) for found in INCLUDE.finditer(text))


@cache
def posts(name: str) -> bool:
    """Whether a template, or one that it includes, holds a form that posts."""
    path = TEMPLATES / name
    text = path.read_text() if path.exists() else ""
    if TOKEN.search(text):
        return True
    return any(posts(inner) for inner, rest in includes(text) if needs_token(inner, rest))


def needs_token(name: str, rest: str) -> bool:
    return posts(name) and (name not in MAY_POST or f"{MAY_POST[name]}=" in rest)


def test_form_that_is_included_alone_is_given_its_token() -> None:
    """With `only` nothing comes along by itself: the button would be refused, whoever pressed it."""
    found = [
        (name, inner)
        for name, text in templates()
        for inner, rest in includes(text)
        if rest.split()[-1:] == ["only"]
        and needs_token(inner, rest)
        and "csrf_token=csrf_token" not in rest
    ]
    assert found == []


def test_there_are_such_forms() -> None:
    alone = {
        inner
        for _, text in templates()
        for inner, rest in includes(text)
        if rest.split()[-1:] == ["only"] and needs_token(inner, rest)
    }
    assert {"parts/_confirm_button.html", "parts/_verdict.html"} <= alone
