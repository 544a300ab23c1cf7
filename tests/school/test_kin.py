"""Two records of one person, and two people of one home."""

import pytest

from school.kin import Known, home, is_one_person, marks

DANA = {"name": "Dana Deputy", "email": "dana@school.example", "telephone": "07700 900123"}
OTHER = {"name": "Sue Somebody", "email": "sue@mail.example", "telephone": "07700 900999"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"email": " Dana@School.example"}, True),
        ({"telephone": "+44 7700 900123"}, True),
        ({"telephone": "(07700) 900-123"}, True),
        ({"name": "Mrs DEPUTY, Dana"}, True),
        ({"name": "Dána  deputy"}, True),
        ({"name": "Dan Deputy"}, False),
        ({"name": "", "email": "", "telephone": ""}, False),
    ],
)
def test_e7_one_person_under_two_headings(changes: dict[str, str], expected: bool) -> None:
    assert bool(marks(**DANA) & marks(**(OTHER | changes))) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "DANA+home@school.example"}, True),
        ({"telephone": DANA["telephone"], "name": "Ms Deputy, Dana"}, True),
        ({"telephone": DANA["telephone"], "name": "D. Deputy"}, True),
        ({"telephone": DANA["telephone"]}, False),
        ({"name": DANA["name"]}, False),
        ({"email": "", "telephone": "", "name": ""}, False),
    ],
)
def test_e30_two_records_are_surely_of_one_person(changes: dict[str, str], expected: bool) -> None:
    assert is_one_person(Known(**DANA), Known(**(OTHER | changes))) is expected


@pytest.mark.parametrize("one", ["", "Dana"])
def test_e7_what_is_missing_or_half_a_name_says_nothing(one: str) -> None:
    assert marks(name=one, email="", telephone="") == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("12 Mill Lane", "12 mill lane ", True),
        ("12, Mill  Lane.", "12 Mill Lane", True),
        ("12 Mill Lane", "21 Mill Lane", False),
    ],
)
def test_e60_one_home_however_it_is_spelt(one: str, other: str, expected: bool) -> None:
    assert (home(one) == home(other)) is expected
