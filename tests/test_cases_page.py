"""Every numbered case that code, pages or tests speak of is explained in docs/cases.md."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
NUMBER = re.compile(r"\bE(\d{1,3})\b|_e(\d{1,3})_")


def test_cases_page_explains_every_number_in_use() -> None:
    explained = set(re.findall(r"^\| E(\d+) \|", (ROOT / "docs/cases.md").read_text(), re.M))
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.html"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    used: set[str] = set()
    for name in listed.stdout.split():
        file = ROOT / name
        if file.exists():
            used |= {one or other for one, other in NUMBER.findall(file.read_text())}
    # Numbers of other kinds that look alike: ruff's E501 and Django's check E001 and E002.
    assert used - explained - {"402", "501", "001", "002"} == set()


def test_cases_page_explains_every_row_that_tests_are_named_after() -> None:
    explained = set(re.findall(r"^\| B(\d+) \|", (ROOT / "docs/cases.md").read_text(), re.M))
    used: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        used |= set(re.findall(r"def test_b(\d+)_", file.read_text()))
    assert {"6", "16"} <= used
    assert used - explained == set()
