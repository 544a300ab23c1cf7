"""A leak is reported at the very moment at which something else happens: on PostgreSQL, with real threads (E71)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from audit import services as audit
from audit.models import Entry
from meetings import policy, services
from meetings.models import Incident, LeakedLink, Meeting, Place, RegisterEntry, Share
from meetings.services import Passage
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.journeys.test_threads import at_once
from tests.meetings import calls

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
ROUNDS = 15
FRESH = calls.LINK.replace(calls.THREAD_ID, "ZnJlc2g")


@pytest.fixture
def families(school_day: datetime, host: StaffMember, co_host: StaffMember) -> list[Family]:
    """Amy and Ben, each with one parent; the clock stands two days before the call."""
    pupils = [factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben", "Brown")]
    return [
        (factories.make_guardian(pupil, name=name), pupil)
        for pupil, name in zip(pupils, ("Alice Adams", "Bob Brown"), strict=True)
    ]


def leak(meeting: Meeting, by: StaffMember) -> Callable[[], Any]:
    """The press, with what the page shows now."""
    seen = Meeting.objects.get(pk=meeting.pk).class_link_version
    return lambda: services.report_leak(meeting, by=by, seen=seen)


def wind_back(meeting: Meeting) -> None:
    """Make the call as it was, with its link, and nothing in the register."""
    RegisterEntry.objects.filter(meeting=meeting).delete()
    digest = LeakedLink.objects.get().link_digest
    LeakedLink.objects.all().delete()
    Meeting.objects.filter(pk=meeting.pk).update(
        join_url=calls.LINK,
        link_digest=digest,
        link_proves_tenant=True,
        link_leaked_at=None,
        on_hold_since=None,
    )


@pytest.mark.parametrize("is_reversed", [False, True])
def test_e71_leak_meets_a_press_at_the_door_and_nobody_gets_the_address_afterwards(
    is_reversed: bool,
    families: list[Family],
    host: StaffMember,
    co_host: StaffMember,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, families, co_hosts=[co_host], is_recorded=True)
    clock_at(meeting.starts_at - timedelta(minutes=5))
    (mother, amy), (father, ben) = families
    RegisterEntry.objects.all().delete()
    for _ in range(ROUNDS):
        works: list[Callable[[], Any]] = [
            leak(meeting, co_host),
            lambda: calls.press(meeting, mother, amy),
            lambda: calls.press(meeting, father, ben),
        ]
        answers = at_once(*(reversed(works) if is_reversed else works))

        lines = list(meeting.register.order_by("pk").values_list("kind", flat=True))
        let_in = [one for one in answers if isinstance(one, Passage) and one.teams_url]
        assert lines == ["at_door"] * len(let_in) + ["link_leaked"]
        assert calls.press(meeting, mother, amy).teams_url == ""
        wind_back(meeting)
    assert audit.verify() is None


def test_e71_leak_meets_share_by_email_and_no_letter_with_a_dead_link_is_on_its_way(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    outcomes = set()
    for number in range(ROUNDS):
        meeting = calls.agreed(host, families, co_hosts=[co_host])
        link = calls.LINK.replace(calls.THREAD_ID, f"cm91bmQ{number}")
        services.set_link(meeting, by=host, text=link)
        shared, _ = at_once(
            lambda meeting=meeting: services.share_by_email(meeting, by=host),
            leak(meeting, co_host),
        )
        due = Notice.objects.filter(about=meeting.about, kind="meeting_join_link", state="due")
        assert not due.exists()
        meeting.refresh_from_db()
        assert (meeting.join_url, calls.verdict(meeting)) == (
            "",
            [] if isinstance(shared, NotAllowed) else ["link_leaked"],
        )
        outcomes.add(isinstance(shared, NotAllowed))
        # With the new link exactly those get one who had one.
        services.set_link(meeting, by=host, text=link.replace("cm91", "bmV3"))
        renewed = Share.objects.filter(meeting=meeting, is_renewal=True).count()
        assert renewed == (0 if isinstance(shared, NotAllowed) else 2)
        assert due.count() == renewed
    assert outcomes <= {True, False}
    assert audit.verify() is None


def test_e71_leak_meets_the_end_and_the_call_ends_once_and_for_all(
    families: list[Family], host: StaffMember, co_host: StaffMember, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, families, co_hosts=[co_host], is_recorded=True)
    clock_at(meeting.starts_at)
    for _ in range(ROUNDS):
        reported, ended = at_once(leak(meeting, co_host), lambda: services.end(meeting, by=host))
        assert not isinstance(ended, NotAllowed)
        meeting.refresh_from_db()
        assert (meeting.status, meeting.on_hold_since) == (policy.Status.ENDED.value, None)
        was_reported = not isinstance(reported, NotAllowed)
        assert LeakedLink.objects.count() == Incident.objects.count() == int(was_reported)
        assert bool(meeting.join_url) is not was_reported
        Incident.objects.all().delete()
        Meeting.objects.filter(pk=meeting.pk).update(status="open", ended_at=None)
        if was_reported:
            wind_back(meeting)
        else:
            RegisterEntry.objects.filter(meeting=meeting).delete()


def test_e71_two_adults_report_at_once_and_it_is_one_leak(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    meeting = calls.shared(host, families, co_hosts=[co_host])
    for number in range(ROUNDS):
        answers = at_once(leak(meeting, host), leak(meeting, co_host))
        assert sum(isinstance(one, NotAllowed) for one in answers) == 1
        versions = Place.objects.filter(meeting=meeting).values_list("link_version", flat=True)
        assert list(versions) == [number + 2, number + 2]
        assert Entry.objects.filter(verb="meeting.leak").count() == number + 1
        wind_back(meeting)


def test_e71_link_is_taken_for_another_call_while_it_leaks_and_never_opens_a_door(
    families: list[Family], host: StaffMember, co_host: StaffMember
) -> None:
    """The other call either is refused the link, loses it again, or has it and is on hold."""
    meeting = calls.shared(host, families, co_hosts=[co_host])
    week = timedelta(days=7)
    other = calls.agreed(
        host,
        families,
        co_hosts=[co_host],
        starts_at=calls.STARTS + week,
        ends_at=calls.ENDS + week,
    )
    services.share_by_email(other, by=host)
    for _ in range(ROUNDS):
        at_once(
            leak(meeting, host),
            lambda: services.set_link(other, by=co_host, text=calls.LINK),
        )
        other.refresh_from_db()
        has_leaked_link = other.join_url == calls.LINK
        assert calls.verdict(other) == (
            ["link_leaked"] if has_leaked_link or not other.join_url else []
        )
        wind_back(meeting)
        Meeting.objects.filter(pk=other.pk).update(link_leaked_at=None, on_hold_since=None)
        services.set_link(other, by=host, text=FRESH)
