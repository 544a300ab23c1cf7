"""Pages to print: which typeface, which way, and only what is needed."""

from datetime import UTC, datetime

import pytest

from schoolsafe.lib import languages, paper
from schoolsafe.lib.paper import Paper

NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "font", "is_from_right"),
    [
        ("en", paper.LATIN, False),
        ("ar-SY", paper.ARABIC, True),
        ("ur", paper.URDU, True),
        ("bn", paper.BENGALI, False),
        ("uk", paper.CYRILLIC, False),
        ("xx", paper.LATIN, False),
    ],
)
def test_face_of_a_language(code: str, font: str, is_from_right: bool) -> None:
    face = paper.face_of(code)
    assert (face.font, face.is_from_right) == (font, is_from_right)


def test_names_are_kept_whole_only_where_lines_run_from_the_right() -> None:
    assert paper.isolated("Maya O.", "en") == "Maya O."
    assert paper.isolated("Maya O.", "ar") == "\u2068Maya O.\u2069"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", False), ("12", False), ("Maya", False), ("(أمينة)", True), ("Maya أمينة", False)],
)
def test_paragraph_runs_as_its_first_letter(text: str, expected: bool) -> None:
    assert paper.begins_from_right(text) is expected


def test_document_carries_the_typefaces_of_its_letters_and_no_others() -> None:
    with Paper(title="x", at=NOON) as sheet:
        sheet.begin("en")
        sheet.words("Maya")
        assert set(sheet.fonts) == {paper.LATIN}
        sheet.words("Олена, أمينة", bold=True)
        assert set(sheet.fonts) == {
            paper.LATIN,
            *(f"{font}B" for font in (paper.LATIN, paper.CYRILLIC, paper.ARABIC)),
        }
        assert sheet.file().startswith(b"%PDF-")


def test_boxes_and_code_stand_at_the_other_side_from_the_right() -> None:
    with Paper(title="x", at=NOON) as sheet:
        sheet.begin("en")
        left = sheet._left(0, 5)
        sheet.begin("ar")
        assert (left, sheet._left(0, 5)) == (paper.MARGIN, paper.WIDTH - paper.MARGIN - 5)


def test_long_document_has_its_number_on_every_page() -> None:
    with Paper(title="x", at=NOON) as sheet:
        sheet.foot = "Elmfield"
        sheet.begin("en")
        for number in range(80):
            sheet.pair(f"Name {number}", "value " * 20)
        assert sheet.page > 1
        assert sheet.file().startswith(b"%PDF-")


def test_language_is_called_by_its_name() -> None:
    assert (languages.language_name("ar"), languages.language_name("xx")) == ("Arabic", "xx")
