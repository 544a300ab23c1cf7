"""docs/policy.md names every clause, and only code and tests that are there."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
CLAUSES = [f"P{number}" for number in range(1, 15)]
SECTIONS = dict(re.findall(r"^## (P\d+): [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
CODE = re.compile(r"^- `([\w.]+)`$", re.M)
TEST = re.compile(r"^- `(tests/[\w/]+\.py)::(test_\w+)`$", re.M)


def functions_of(path: Path) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_page_has_every_clause_in_order() -> None:
    assert list(SECTIONS) == CLAUSES


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_names_code_that_is_there(clause: str) -> None:
    names = CODE.findall(SECTIONS[clause])
    assert names
    for name in names:
        module, _, thing = name.rpartition(".")
        assert hasattr(importlib.import_module(module), thing), name


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_names_tests_that_are_there(clause: str) -> None:
    named = TEST.findall(SECTIONS[clause])
    assert named
    assert [
        f"{path}::{name}" for path, name in named if name not in functions_of(ROOT / path)
    ] == []


def test_every_line_of_a_list_is_code_or_a_test() -> None:
    lines = re.findall(r"^- .*$", PAGE, re.M)
    assert len(lines) == len(CODE.findall(PAGE)) + len(TEST.findall(PAGE))
