"""Two families, a call about which both were asked, and what went out."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
import time_machine

from consent.models import Answer
from meetings.models import Meeting
from notices import services as outbox
from school.models import Guardian, Pupil, School, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.conftest import SCHOOL_DAY
from tests.meetings import calls


@pytest.fixture(autouse=True)
def _today(clock_at: Callable[[datetime], time_machine.Traveller]) -> None:
    """Every story here begins at 2:00 pm on a Tuesday in term."""
    clock_at(SCHOOL_DAY)


@pytest.fixture
def maya(school: School) -> Pupil:
    """A pupil of ten, in Oak class."""
    maya = factories.make_pupil("Maya", "Okafor", born_on=date(2016, 3, 1))
    factories.make_group(maya, name="Oak class")
    return maya


@pytest.fixture
def tom(school: School, mum: Guardian) -> Pupil:
    """Maya's brother."""
    tom = factories.make_pupil("Tom", "Okafor", year_group=2, born_on=date(2019, 5, 1))
    factories.tie_guardian(mum, tom)
    return tom


@pytest.fixture
def mum(maya: Pupil) -> Guardian:
    """Maya's mother."""
    return factories.make_guardian(
        maya, name="Amina Okafor", email="amina@family.example", telephone="07700 900111"
    )


@pytest.fixture
def dad(maya: Pupil) -> Guardian:
    """Maya's father, who lives elsewhere."""
    return factories.make_guardian(
        maya,
        name="Bayo Adeyemi",
        email="bayo@elsewhere.example",
        telephone="07700 900222",
        relationship="father",
    )


@pytest.fixture
def other(school: School) -> Pupil:
    """A child of another family, on the same call."""
    zack = factories.make_pupil("Zachary", "Quill")
    factories.make_guardian(zack, name="Zelda Quill", email="zelda@quill.example")
    return zack


@pytest.fixture
def call(
    host: StaffMember, co_host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, other: Pupil
) -> Meeting:
    """Mum said yes, dad said no, and letters went to both and to the other family."""
    meeting = calls.asked(host, [maya, other], co_hosts=[co_host])
    calls.answer(meeting, mum, maya)
    no = calls.answer(meeting, dad, maya, takes_part=False, may_be_recorded=None)
    Answer.objects.filter(pk=no.pk).update(note="I do not trust Amina.")
    outbox.run_due(clock.now())
    return meeting
