"""Finding classes by what somebody types."""

import pytest

from school.models import TeachingGroup
from school.selectors import find_classes

NAMES = ("Year 6 Ash", "Year 6 Birch", "Year 5 Birch", "Birch Singers", "6B")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("birch", ["Year 6 Birch", "Year 5 Birch", "Birch Singers"]),
        ("6 birch", ["Year 6 Birch"]),
        ("6 bir", ["Year 6 Birch"]),
        ("bir 6", ["Year 6 Birch"]),
        ("y6 birch", ["Year 6 Birch"]),
        ("Year 6", ["Year 6 Ash", "Year 6 Birch"]),
        ("year6", ["Year 6 Ash", "Year 6 Birch"]),
        ("yr 6 b", ["Year 6 Birch"]),
        ("6b", ["6B"]),
        ("6", ["6B"]),
        ("irch", []),
        ("  ", []),
    ],
)
def test_classes_are_found_by_the_beginning_of_every_word(typed: str, found: list[str]) -> None:
    groups = [TeachingGroup(name=name) for name in NAMES]
    assert [one.name for one in find_classes(groups, typed)] == found
