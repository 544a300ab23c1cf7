"""Two families, a third with a no-contact order in it, and a clock that can be set."""

from datetime import date, datetime

import pytest

from school.models import Guardian, Pupil, School, StaffMember
from tests import factories

Family = tuple[Guardian, Pupil]


@pytest.fixture(autouse=True)
def _now(school_day: datetime) -> None:
    """It is Tuesday, two days before the call."""


@pytest.fixture
def amy(school: School) -> Family:
    """Mrs Adams and her daughter Amy."""
    pupil = factories.make_pupil("Amy", "Adams")
    return factories.make_guardian(pupil, name="Alice Adams"), pupil


@pytest.fixture
def ben(school: School) -> Family:
    """Mr Brown and his son Ben."""
    pupil = factories.make_pupil("Ben", "Brown")
    return factories.make_guardian(pupil, name="Bob Brown"), pupil


@pytest.fixture
def cat(school: School, lead: StaffMember) -> Family:
    """Ms Clark and her daughter Cat, whose father is under a no-contact order."""
    pupil = factories.make_pupil("Cat", "Clark")
    return factories.make_guardian(pupil, name="Clara Clark"), pupil


@pytest.fixture
def blocked_father(cat: Family, lead: StaffMember) -> Guardian:
    """Cat's father: never written to, never let through."""
    return factories.make_blocked_guardian(
        cat[1], approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked"
    )
