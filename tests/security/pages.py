"""What a page of docs/security names: files, and tests in files."""

import ast
import re
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"`([\w./-]+/[\w./-]+|[\w-]+\.(?:md|txt|toml|py))(?:::(\w+))?`")


def named(text: str) -> list[tuple[str, str]]:
    """Every file that a text names, each with the test in it, if one is named."""
    return [(path, test) for path, test in NAMED.findall(text) if not path.startswith("/")]


@lru_cache
def tests_of(path: str) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(text: str) -> list[str]:
    """What a text names and is not there."""
    return [
        f"{path}::{test}" if test else path
        for path, test in named(text)
        if not (ROOT / path).exists() or (test and test not in tests_of(path))
    ]
