"""A yes for the school year ends while a call is asked about. On PostgreSQL, with real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from audit import services as audit
from consent import selectors
from consent import services as consent
from consent.models import Answer, Request, StandingConsent
from consent.policy import Status
from consent.selectors.covering import cover_now
from meetings import services
from meetings.models import Meeting
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 8
Family = tuple[Guardian, Pupil]


def at_once(*changes: Callable[[], object]) -> list[Any]:
    """Do these at the same moment, each on its own connection; a fault comes out here."""
    gate = Barrier(len(changes))

    def do(change: Callable[[], object]) -> object:
        try:
            gate.wait(20)
            return change()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as pool:
        return [future.result(60) for future in [pool.submit(do, one) for one in changes]]


@pytest.fixture
def families(school_day: datetime, host: StaffMember, co_host: StaffMember) -> list[Family]:
    """Amy and Ben; Amy's mother has said yes for the school year."""
    factories.make_term()
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    return [
        (factories.make_guardian(pupil, name=name), pupil)
        for pupil, name in zip(pupils, ("Alice Adams", "Bob Brown"), strict=True)
    ]


def given(host: StaffMember, co_host: StaffMember, families: list[Family]) -> StandingConsent:
    """Everybody says yes to a first call, and Amy's mother to all of its kind."""
    first = calls.agreed(host, families, co_hosts=[co_host])
    guardian, pupil = families[0]
    request = Request.objects.get(question=first.question_id, guardian=guardian, pupil=pupil)
    cover = cover_now(request)
    assert cover is not None
    return consent.give_standing(request, by=guardian, cover=cover, name=guardian.name)


def status(meeting: Meeting, pupil: Pupil) -> Status:
    meeting.refresh_from_db()
    assert meeting.question_id is not None
    return selectors.pupil_consents([meeting.question_id], clock.now())[
        meeting.question_id, pupil.pk
    ].status


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_yes_for_the_year_that_ends_while_a_call_is_asked_about_counts_in_none(
    host: StaffMember, co_host: StaffMember, families: list[Family], attempt: int
) -> None:
    standing = given(host, co_host, families)
    guardian, pupil = families[0]
    later = calls.planned(
        host,
        [one for _, one in families],
        co_hosts=[co_host],
        starts_at=calls.STARTS + timedelta(days=7),
        ends_at=calls.ENDS + timedelta(days=7),
    )
    at_once(
        lambda: services.ask(later, by=host),
        lambda: consent.end_standing(standing, by=guardian),
    )
    assert status(later, pupil) in {Status.VOID, Status.WAITING}
    # Whoever was faster: the family gets one letter about the call, and it is asked in it.
    kinds = Notice.objects.about(later.about).filter(guardian=guardian)
    assert kinds.count() == 1
    assert audit.verify() is None


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_pupil_put_on_a_shared_call_while_the_yes_ends_finds_the_door_shut(
    host: StaffMember, co_host: StaffMember, families: list[Family], attempt: int
) -> None:
    standing = given(host, co_host, families)
    guardian, pupil = families[0]
    others = [families[1]]
    shared = calls.shared(host, others, co_hosts=[co_host])
    at_once(
        lambda: services.revise(
            shared,
            by=host,
            what=calls.as_it_is(shared, pupils=[families[1][1], pupil]),
        ),
        lambda: consent.end_standing(standing, by=guardian),
    )
    assert status(shared, pupil) in {Status.VOID, Status.WAITING}
    assert calls.door(shared, guardian, pupil).value == "no_consent"
    assert audit.verify() is None


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_calls_asked_about_at_once_both_rest_on_it(
    host: StaffMember, co_host: StaffMember, families: list[Family], attempt: int
) -> None:
    given(host, co_host, families)
    _, pupil = families[0]
    planned = [
        calls.planned(
            host,
            [one for _, one in families],
            co_hosts=[co_host],
            starts_at=calls.STARTS + timedelta(days=days),
            ends_at=calls.ENDS + timedelta(days=days),
        )
        for days in (7, 14)
    ]
    at_once(*[lambda one=one: services.ask(one, by=host) for one in planned])
    assert [status(one, pupil) for one in planned] == [Status.GIVEN, Status.GIVEN]
    assert Answer.objects.filter(channel="standing").count() == 2


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_ending_it_against_saying_no_to_one_call_and_cancelling_another_never_hangs(
    host: StaffMember, co_host: StaffMember, families: list[Family], attempt: int
) -> None:
    standing = given(host, co_host, families)
    guardian, pupil = families[0]
    asked = [
        calls.asked(
            host,
            [one for _, one in families],
            co_hosts=[co_host],
            starts_at=calls.STARTS + timedelta(days=days),
            ends_at=calls.ENDS + timedelta(days=days),
        )
        for days in (7, 14)
    ]
    request = Request.objects.get(question=asked[0].question_id, guardian=guardian)

    def opt_out() -> None:
        # The yes may be gone already.
        with suppress(NotAllowed):
            consent.withdraw(request, by=guardian)

    at_once(
        lambda: consent.end_standing(standing, by=guardian),
        opt_out,
        lambda: services.cancel(asked[1], by=host),
    )
    assert status(asked[0], pupil) in {Status.WITHDRAWN, Status.VOID}
    assert audit.verify() is None
