"""A hold that is placed while a call is destroyed: PostgreSQL, real threads."""

from collections.abc import Callable
from datetime import datetime

import pytest

from concerns.models import Hold
from concerns.policy import HoldWhy
from concerns.services import hold_pupil
from meetings.models import Meeting
from school import services
from school.models import Disposal, FamilyRequest, Guardian, Pupil, StaffMember
from school.rights import Heard, Right
from schoolsafe.families import asking
from schoolsafe.keeping import destroying
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.concerns.test_races import at_once
from tests.families.test_keeping import DUE, YEAR, agreed

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def later(call: Meeting, clock_at: Callable[[datetime], object]) -> Meeting:
    """The call of the story, years later: its time is up."""
    clock_at(DUE)
    return call


@pytest.mark.parametrize("turn", range(5))
def test_hold_that_was_there_first_keeps_the_call_and_a_later_one_finds_it_gone(
    turn: int, later: Meeting, lead: StaffMember, head: StaffMember, maya: Pupil
) -> None:
    row = agreed(lead, head)
    at_once(
        lambda: destroying.destroy_batch(row),
        lambda: hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing."),
    )
    assert Hold.objects.filter(pupil=maya, lifted_at=None).count() == 1
    # Whoever was second waited: a call is whole or gone, and from now on the hold keeps what is there.
    there = Meeting.objects.filter(pk=later.pk).exists()
    row = Disposal.objects.get(pk=row.pk)
    assert ("meetings.meeting" in row.rows) is not there
    if row.finished_at is None:
        destroying.destroy_batch(row)
    assert Meeting.objects.filter(pk=later.pk).exists() is there


@pytest.mark.parametrize("turn", range(5))
def test_request_of_a_guardian_and_destroying_come_one_after_the_other(
    turn: int,
    later: Meeting,
    lead: StaffMember,
    head: StaffMember,
    office: StaffMember,
    dad: Guardian,
) -> None:
    row = agreed(lead, head)
    at_once(
        lambda: destroying.destroy_batch(row),
        lambda: asking.note(
            by=office, right=Right.ACCESS, pupil=None, guardian=dad, is_by_another=False,
            heard=Heard.WRITTEN, name="Bayo", words="Everything.", received_on=clock.today(),
        ),
    )  # fmt: skip
    assert FamilyRequest.objects.count() == 1
    there = Meeting.objects.filter(pk=later.pk).exists()
    row = Disposal.objects.get(pk=row.pk)
    assert ("meetings.meeting" in row.rows) is not there


@pytest.mark.parametrize("turn", range(5))
def test_two_who_propose_a_year_at_once_make_one_proposal_and_the_second_is_told(
    turn: int, later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    answers = at_once(
        *(
            lambda by=by: services.propose_disposal(YEAR, by=by, reasons="Six years are over.")
            for by in (lead, head)
        )
    )
    assert Disposal.objects.count() == 1
    assert [str(one) for one in answers if isinstance(one, NotAllowed)] == [
        "It is proposed already."
    ]


def test_two_sweeps_at_once_destroy_it_once(
    later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    row = agreed(lead, head)
    at_once(lambda: destroying.destroy_batch(row), lambda: destroying.destroy_batch(row))
    assert Meeting.objects.count() == 0
    assert Disposal.objects.get(pk=row.pk).rows["meetings.meeting"] == 1
