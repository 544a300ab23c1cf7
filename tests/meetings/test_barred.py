"""A guardian under a no-contact order who works at the school is on no call with that child (E30)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from meetings import services
from meetings.models import Meeting
from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import beside, plain, plan_form, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
WORDS = "Colin Cohost cannot be on this call: the office can say why."
TELEPHONE = "+44 7700 900123"


def block(pupil: Pupil, lead: StaffMember, **facts: Any) -> Guardian:
    usual: dict[str, Any] = {"blocked_from": date(2026, 1, 1), "name": "C. Cohost"}
    return factories.make_blocked_guardian(pupil, approved_by=lead, **(usual | facts))


@pytest.mark.parametrize(
    ("facts", "is_barred"),
    [
        ({"email": "STAFF"}, True),
        ({"email": "STAFF", "name": "Somebody Else"}, True),
        ({"email": "own@family.example", "telephone": "07700 900 123"}, True),
        ({"email": "", "telephone": "07700 900 123", "name": "Norma Cohost"}, False),
        ({"email": "own@family.example", "telephone": ""}, False),
        ({"email": "STAFF", "blocked_from": date(2026, 9, 18)}, False),
        ({"email": "STAFF", "blocked_from": date(2026, 9, 17)}, True),
        ({"email": "STAFF", "blocked_until": date(2026, 9, 16)}, False),
        ({"email": "STAFF", "blocked_until": date(2026, 9, 17)}, True),
    ],
)
@pytest.mark.parametrize("seat", ["co_hosts", "reserves"])
def test_e30_blocked_guardian_on_the_staff_is_not_planned_as_an_adult(
    seat: str,
    facts: dict[str, Any],
    is_barred: bool,
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
) -> None:
    StaffMember.objects.filter(pk=co_host.pk).update(telephone=TELEPHONE)
    facts = facts | ({"email": co_host.email.upper()} if facts["email"] == "STAFF" else {})
    block(amy[1], lead, **facts)
    people = {"co_hosts": [colleague], "reserves": []} | {seat: [co_host]}
    if seat == "co_hosts":
        people = {"co_hosts": [colleague, co_host]}
    what = calls.plan_of([amy[1], ben[1]], **people)
    if not is_barred:
        services.plan(by=host, what=what)
        return
    with pytest.raises(services.PlanRefused) as refused:
        services.plan(by=host, what=what)
    assert [(one.code, one.words) for one in refused.value.verdict.blocking] == [("barred", WORDS)]
    services.plan(by=host, what=calls.plan_of([ben[1]], **people))


def test_e31_page_tells_a_teacher_nothing_of_the_order(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    block(amy[1], lead, email=co_host.email)
    client = staff_client(host)
    typed = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    box = plain(client.post(url("verdict"), typed).content.decode())
    refused = client.post(url("plan"), typed)
    assert WORDS in box
    assert beside(refused, "co_hosts") == [WORDS]
    for page in (box, words(refused)):
        assert [word for word in ("order", "contact", "blocked") if word in page.lower()] == []
    assert Meeting.objects.count() == 0


def test_e30_order_that_comes_after_the_plan_holds_the_call_and_shuts_the_door(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    assert calls.door(meeting, *ben) == "open"
    block(amy[1], lead, email=co_host.email)
    assert calls.door(meeting, *ben) == "on_hold"
    outbox.run_due(clock.now())
    assert Meeting.objects.get().on_hold_since == calls.STARTS
    assert calls.verdict(meeting) == ["barred"]


def test_e30_reserve_who_is_blocked_since_is_not_called_in(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[colleague], reserves=[co_host])
    clock_at(calls.STARTS + timedelta(minutes=1))
    block(amy[1], lead, email=co_host.email)
    assert calls.verdict(meeting) == []
    with pytest.raises(NotAllowed, match=WORDS):
        services.call_reserve(meeting, by=host, staff=co_host)
    assert meeting.seats.get(staff=co_host).called_at is None


@pytest.mark.parametrize("who", ["host", "co_host"])
def test_e30_blocked_guardian_on_the_staff_is_shown_no_way_into_the_call(
    who: str, host: StaffMember, co_host: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    """The order came when the links were out already."""
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    person = {"host": host, "co_host": co_host}[who]
    client = staff_client(person)

    def ways_in() -> tuple[bool, bool]:
        share, live = (
            client.get(url(name, meeting)).content.decode() for name in ("share", "live")
        )
        return "/j/" in share, calls.LINK in live

    assert ways_in() == (True, True)
    block(amy[1], lead, email=person.email)
    assert ways_in() == (False, False)
