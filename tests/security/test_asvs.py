"""docs/security/asvs.md has every requirement once, names only what is there, and counts rightly."""

import re
from collections import Counter

import pytest

from tests.security.pages import ROOT, missing, named

PAGE = (ROOT / "docs" / "security" / "asvs.md").read_text(encoding="utf-8")
MET, NOT_MET, OUT = "met", "not met", "does not apply"
# Of the released 5.0.0.
LEVEL_1, LEVEL_2 = 70, 183
CHAPTERS = 17
CELLS = r" ([^|\n]+) \|"
ROWS: list[tuple[str, ...]] = re.findall(rf"^\| (V\d[^|]*) \|{CELLS * 4}$", PAGE, re.M)


def test_every_line_of_the_tables_is_a_row() -> None:
    assert len(ROWS) == len(re.findall(r"^\| V", PAGE, re.M))


def test_every_number_is_well_formed_stands_once_and_in_order() -> None:
    numbers = [row[0] for row in ROWS]
    assert [one for one in numbers if not re.fullmatch(r"V\d{1,2}\.\d{1,2}\.\d{1,2}", one)] == []
    places = [tuple(map(int, one[1:].split("."))) for one in numbers]
    assert places == sorted(set(places))
    assert {chapter for chapter, *_ in places} == set(range(1, CHAPTERS + 1))


def test_every_row_stands_in_its_chapter() -> None:
    for chapter, text in re.findall(r"^## V(\d+) [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S):
        found = set(re.findall(r"^\| V(\d+)\.", text, re.M))
        assert found == {chapter}


def test_all_of_levels_1_and_2_is_there() -> None:
    levels = Counter(row[1] for row in ROWS)
    assert (levels["1"], levels["2"]) == (LEVEL_1, LEVEL_2)
    assert set(levels) == {"1", "2", "3"}


def test_every_status_is_one_of_three() -> None:
    assert {row[3] for row in ROWS} == {MET, NOT_MET, OUT}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_met_names_a_test_or_a_file_and_all_of_them_are_there(row: tuple[str, ...]) -> None:
    assert row[3] != MET or named(row[4])
    assert missing(row[4]) == []


def test_counts_at_the_top_are_those_of_the_tables() -> None:
    for words, level in (("level 1", "1"), ("level 2", "2"), ("level 3, those taken", "3"),
                         ("together", "")):  # fmt: skip
        rows = [row for row in ROWS if level in ("", row[1])]
        counts = [sum(row[3] == status for row in rows) for status in (MET, NOT_MET, OUT)]
        expected = " | ".join(map(str, [*counts, len(rows)]))
        assert f"| {words} | {expected} |" in PAGE


@pytest.mark.parametrize("page", ["asvs", "threats"])
def test_page_names_only_what_is_there(page: str) -> None:
    text = (ROOT / "docs" / "security" / f"{page}.md").read_text(encoding="utf-8")
    assert len(named(text)) >= 20
    assert missing(text) == []
    assert f"security/{page}.md" in (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
