"""Somebody who needs a member of staff the moment they are destroyed: PostgreSQL, real threads."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from audit import services as audit
from audit.models import Entry
from concerns.models import Concern, Involved
from school import services
from school.models import Absence, Disposal, Pupil, RoleHeld, School, StaffMember, SupplyStay
from schoolsafe.keeping import destroying
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log
from tests.concerns.test_races import at_once
from tests.conftest import sign_in
from tests.families.test_keeping import DUE, agreed
from tests.families.test_staff_leaving import LEFT

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 6


@pytest.fixture
def sue(school: School, clock_at: Callable[[datetime], object]) -> StaffMember:
    """Supply staff whose last day is long over; nothing names her."""
    sue = factories.make_staff("Sue Supply", works_from=LEFT, works_until=LEFT, is_active=False)
    clock_at(DUE)
    return sue


@pytest.fixture
def row(sue: StaffMember, lead: StaffMember, head: StaffMember) -> Disposal:
    """Two people have agreed that the year goes in which she left."""
    return agreed(lead, head)


def whole_or_gone(sue: StaffMember, answers: list[object]) -> bool:
    """Tell whether she is there, with all that is hers; nobody was told anything but a sentence."""
    assert [one for one in answers if isinstance(one, Exception)] == [
        one for one in answers if isinstance(one, NotAllowed)
    ]
    is_there = StaffMember.objects.filter(pk=sue.pk).exists()
    assert get_user_model().objects.filter(pk=sue.user_id).exists() is is_there
    assert RoleHeld.objects.filter(staff=sue.pk).exists() is is_there
    told = Entry.objects.filter(verb="staffmember.destroy", object=f"school.staffmember:{sue.pk}")
    assert told.exists() is not is_there
    return is_there


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_supply_staff_who_come_again_stay_and_who_is_gone_does_not_come_back(
    turn: int, row: Disposal, sue: StaffMember, office: StaffMember
) -> None:
    today = DUE.date()
    answers = at_once(
        lambda: destroying.destroy_batch(row),
        lambda: services.come_again(
            sue, by=office, starts_on=today, ends_on=today, is_checked=True
        ),
    )
    is_there = whole_or_gone(sue, answers)
    assert isinstance(answers[1], NotAllowed) is not is_there
    assert SupplyStay.objects.exists() is is_there


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_account_that_is_opened_in_the_records_stays_or_does_not_come_back(
    turn: int, row: Disposal, sue: StaffMember, lead: StaffMember
) -> None:
    """Sue has no days any more: whether her account is open says whether she has left."""
    StaffMember.objects.filter(pk=sue.pk).update(works_from=None, works_until=None)
    RoleHeld.objects.filter(staff=sue).update(ends_on=LEFT)
    browser: Client = sign_in(lead)
    page, typed = f"/admin/auth/user/{sue.user_id}/change/", {"email": sue.email, "is_active": "on"}
    answers = at_once(
        lambda: destroying.destroy_batch(row), lambda: browser.post(page, typed).status_code
    )
    is_there = whole_or_gone(sue, [answers[0]])
    assert (answers[1] == 302) is is_there, answers
    assert get_user_model().objects.filter(email=sue.email, is_active=True).exists() is is_there


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_concern_about_somebody_who_is_destroyed_keeps_them_or_is_refused(
    turn: int, row: Disposal, sue: StaffMember, maya: Pupil, host: StaffMember
) -> None:
    answers = at_once(
        lambda: destroying.destroy_batch(row),
        lambda: log.log(host, log.child(maya), log.accused(sue)),
    )
    is_there = whole_or_gone(sue, answers)
    assert isinstance(answers[1], NotAllowed) is not is_there
    assert (Concern.objects.count(), Involved.objects.count()) == ((1, 2) if is_there else (0, 0))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_shutting_out_somebody_who_is_destroyed_finds_them_or_says_so(
    turn: int, row: Disposal, sue: StaffMember, head: StaffMember
) -> None:
    answers = at_once(
        lambda: destroying.destroy_batch(row), lambda: services.sign_out_everywhere(sue, by=head)
    )
    while Disposal.objects.filter(pk=row.pk, finished_at=None).exists():
        destroying.destroy_batch(row)
    assert not whole_or_gone(sue, answers)
    assert Absence.objects.count() == 0


def test_two_sweeps_at_once_destroy_somebody_once(row: Disposal, sue: StaffMember) -> None:
    answers = at_once(lambda: destroying.destroy_batch(row), lambda: destroying.destroy_batch(row))
    while Disposal.objects.filter(pk=row.pk, finished_at=None).exists():
        destroying.destroy_batch(row)
    assert not whole_or_gone(sue, answers)
    assert Disposal.objects.get(pk=row.pk).rows["school.staffmember"] == 1


def test_destroying_lets_go_of_somebody_when_another_has_the_audit(
    row: Disposal, sue: StaffMember
) -> None:
    """Who has it may want them next: they would wait for each other for ever."""
    with transaction.atomic():
        audit.record(at=clock.now(), actor="system:sweep", verb="audit.read", object="audit.entry")
        [answer] = at_once(lambda: destroying.destroy_batch(row))
    assert str(answer) == destroying.BUSY
    assert whole_or_gone(sue, [answer])
    destroying.destroy_batch(row)
    assert not whole_or_gone(sue, [])
