"""A family: Maya with two guardians, her brother Tom, and what they are asked."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine

from school.models import Guardian, Pupil, School, StaffMember
from tests import factories
from tests.conftest import SCHOOL_DAY


@pytest.fixture(autouse=True)
def _today(clock_at: Callable[[datetime], time_machine.Traveller]) -> None:
    """Every story here begins at 2:00 pm on a Tuesday in term."""
    clock_at(SCHOOL_DAY)


@pytest.fixture
def travel(clock_at: Any) -> Any:
    """Set the clock to another time."""
    return clock_at


@pytest.fixture
def maya(school: School) -> Pupil:
    """A pupil with two guardians who count."""
    return factories.make_pupil("Maya", "Okafor")


@pytest.fixture
def tom(school: School, mum: Guardian) -> Pupil:
    """Maya's brother: only their mother counts for him."""
    tom = factories.make_pupil("Tom", "Okafor", year_group=2)
    factories.tie_guardian(mum, tom)
    return tom


@pytest.fixture
def mum(maya: Pupil) -> Guardian:
    """Maya's mother."""
    return factories.make_guardian(
        maya, name="Amina Okafor", email="amina@family.example", relationship="mother"
    )


@pytest.fixture
def dad(maya: Pupil) -> Guardian:
    """Maya's father."""
    return factories.make_guardian(
        maya, name="Bayo Okafor", email="bayo@family.example", relationship="father"
    )


@pytest.fixture
def asker(host: StaffMember) -> StaffMember:
    """Who asks: the host of the call."""
    return host


@pytest.fixture
def noor(school: Any) -> Pupil:
    """A pupil of 16 with a mailbox of her own."""
    return factories.make_pupil(
        "Noor", "Aziz", year_group=12, born_on=date(2010, 3, 1), email="noor@pupil.example"
    )


@pytest.fixture
def mother(noor: Pupil) -> Guardian:
    """Noor's mother, who counts and could be written to."""
    return factories.make_guardian(noor, name="Sana Aziz", email="sana@family.example")


@pytest.fixture
def father(noor: Pupil) -> Guardian:
    """Noor's father, who counts and could be written to."""
    return factories.make_guardian(
        noor, name="Omar Aziz", email="omar@family.example", relationship="father"
    )
