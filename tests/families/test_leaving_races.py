"""Somebody who needs a pupil the moment they are destroyed: PostgreSQL, real threads."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from audit import services as audit
from audit.models import Entry
from concerns.models import Concern, Hold, Involved
from concerns.policy import HoldWhy
from concerns.services import hold_pupil
from meetings.models import Meeting, Place
from notices.models import Notice
from school import services
from school.models import (
    Disposal,
    FamilyRequest,
    Guardian,
    Guardianship,
    Pupil,
    School,
    SourcedId,
    StaffMember,
)
from school.rights import Heard, Right
from schoolsafe.families import asking
from schoolsafe.keeping import destroying
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.concerns import log
from tests.concerns.test_races import at_once
from tests.families.test_keeping import DUE, YEAR, agreed
from tests.families.test_leaving import LEFT
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 6


@pytest.fixture
def row(
    school: School, lead: StaffMember, head: StaffMember, office: StaffMember, maya: Pupil,
    mum: Guardian, clock_at: Callable[[datetime], object],
) -> Disposal:  # fmt: skip
    """Maya left, her time is up, two people have agreed, and nothing names her."""
    services.leave(maya, by=office, on=LEFT)
    clock_at(DUE)
    return agreed(lead, head)


def whole_or_gone(maya: Pupil, answers: list[object]) -> bool:
    """Tell whether she is there, with all that is hers; nobody was told anything but a sentence."""
    assert [one for one in answers if isinstance(one, Exception)] == [
        one for one in answers if isinstance(one, NotAllowed)
    ]
    is_there = Pupil.objects.filter(pk=maya.pk).exists()
    assert Guardianship.objects.filter(pupil=maya.pk).exists() is is_there
    told = Entry.objects.filter(verb="pupil.destroy", object=f"school.pupil:{maya.pk}")
    assert told.exists() is not is_there
    return is_there


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_pupil_who_is_back_stays_and_one_who_is_gone_does_not_come_back(
    turn: int, row: Disposal, maya: Pupil, office: StaffMember
) -> None:
    answers = at_once(
        lambda: destroying.destroy_batch(row),
        lambda: services.leave(maya, by=office, on=DUE.date() + timedelta(days=90)),
    )
    is_there = whole_or_gone(maya, answers)
    assert isinstance(answers[1], NotAllowed) is not is_there


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_concern_about_a_pupil_who_is_destroyed_keeps_them_or_is_refused(
    turn: int, row: Disposal, maya: Pupil, host: StaffMember
) -> None:
    answers = at_once(lambda: destroying.destroy_batch(row), lambda: log.log(host, log.child(maya)))
    is_there = whole_or_gone(maya, answers)
    # Whoever could not write it down was told; and nothing of it is there.
    assert isinstance(answers[1], NotAllowed) is not is_there
    assert (Concern.objects.count(), Involved.objects.count()) == ((1, 1) if is_there else (0, 0))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_call_with_a_pupil_who_is_destroyed_keeps_them_or_is_refused(
    turn: int, row: Disposal, maya: Pupil, other: Pupil, host: StaffMember, co_host: StaffMember
) -> None:
    starts = DUE + timedelta(days=10)
    answers = at_once(
        lambda: destroying.destroy_batch(row),
        lambda: calls.planned(
            host, [maya, other], co_hosts=[co_host], starts_at=starts,
            ends_at=starts + timedelta(hours=1),
        ),
    )  # fmt: skip
    is_there = whole_or_gone(maya, answers)
    assert isinstance(answers[1], NotAllowed) is not is_there
    assert (Meeting.objects.count(), Place.objects.count()) == ((1, 2) if is_there else (0, 0))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_hold_and_request_keep_a_pupil_or_find_them_gone(
    turn: int, row: Disposal, maya: Pupil, lead: StaffMember, office: StaffMember
) -> None:
    answers = at_once(
        lambda: destroying.destroy_batch(row),
        lambda: hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing."),
        lambda: asking.note(
            by=office, right=Right.CORRECT, pupil=maya, guardian=None, is_by_another=False,
            heard=Heard.WRITTEN, name="Maya", words="Everything.", received_on=clock.today(),
        ),
    )  # fmt: skip
    is_there = whole_or_gone(maya, answers)
    assert Hold.objects.count() == FamilyRequest.objects.count() == int(is_there)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_guardian_who_gets_a_pupil_stays_and_one_who_is_gone_gets_none(
    turn: int, row: Disposal, maya: Pupil, mum: Guardian, office: StaffMember, other: Pupil
) -> None:
    destroying.destroy_batch(row)
    assert not Pupil.objects.filter(pk=maya.pk).exists()
    tie = Guardianship(guardian=mum, pupil=other, relationship="aunt")
    answers = at_once(
        lambda: destroying.destroy_batch(row), lambda: services.tie(by=office, ties=[tie])
    )
    is_there = Guardian.objects.filter(pk=mum.pk).exists()
    assert isinstance(answers[1], NotAllowed) is not is_there
    assert Guardianship.objects.filter(guardian=mum.pk).exists() is is_there


def test_two_sweeps_at_once_destroy_a_pupil_once(row: Disposal, maya: Pupil) -> None:
    answers = at_once(lambda: destroying.destroy_batch(row), lambda: destroying.destroy_batch(row))
    while Disposal.objects.filter(pk=row.pk, finished_at=None).exists():
        destroying.destroy_batch(row)
    assert not whole_or_gone(maya, answers)
    assert Disposal.objects.get(pk=row.pk).rows["school.pupil"] == 1
    assert (SourcedId.objects.count(), YEAR) == (0, row.year_ends_on)


def test_concern_that_is_sent_after_its_pupil_was_destroyed_is_refused_whole(
    row: Disposal, maya: Pupil, host: StaffMember
) -> None:
    """Written down before, and at its end only after: nothing locks a pupil until the database looks."""

    def sent_late() -> list[object]:
        with audit.atomic():
            log.log(host, log.child(maya))
            return list(at_once(lambda: destroying.destroy_batch(row)))

    with pytest.raises(NotAllowed, match="destroyed meanwhile"):
        sent_late()
    assert not whole_or_gone(maya, [])
    assert (Concern.objects.count(), Involved.objects.count(), Notice.objects.count()) == (0, 0, 0)


def test_destroying_lets_go_of_a_pupil_when_somebody_has_the_audit(
    row: Disposal, maya: Pupil
) -> None:
    """Who has it may want the pupil next: they would wait for each other for ever."""
    with transaction.atomic():
        audit.record(at=clock.now(), actor="system:sweep", verb="audit.read", object="audit.entry")
        [answer] = at_once(lambda: destroying.destroy_batch(row))
    assert str(answer) == destroying.BUSY
    assert whole_or_gone(maya, [answer])
    assert Disposal.objects.get(pk=row.pk).rows == {}
    destroying.destroy_batch(row)
    assert not whole_or_gone(maya, [])
