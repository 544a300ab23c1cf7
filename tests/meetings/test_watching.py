"""Calls that turn although nobody touches them: the sweep finds out, and says so."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import services as audit
from audit.models import Entry
from meetings import policy, selectors, services
from meetings.models import Incident, Meeting, RegisterEntry
from notices import services as outbox
from notices.models import Notice
from school.models import Absence, Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)


def sweep() -> None:
    outbox.run_due(clock.now())


def letters(subject: str) -> list[str]:
    """To whom a letter of this subject has gone, in the order of sending."""
    return [one.to[0] for one in mail.outbox if one.subject == subject]


def register() -> list[tuple[str, str]]:
    return list(RegisterEntry.objects.order_by("pk").values_list("kind", "actor"))


def looks() -> list[dict[str, Any]]:
    """What the audit keeps of each second look that found something."""
    rows = Entry.objects.filter(verb="meeting.look_again").order_by("pk")
    return list(rows.values_list("detail", flat=True))


def end_eligibility(person: StaffMember) -> None:
    StaffMember.objects.filter(pk=person.pk).update(is_eligible_for_calls=False)


def close_account(person: StaffMember) -> None:
    person.user.is_active = False
    person.user.save(update_fields=["is_active"])


def be_away(person: StaffMember) -> None:
    factories.make_absence(person, calls.STARTS - HOUR, calls.ENDS)


# --- One adult alone with one pupil ---------------------------------------------------------------
@pytest.mark.parametrize("turn", [end_eligibility, close_account, be_away])
def test_p1_adult_left_alone_with_a_pupil_by_no_act_on_the_call_reaches_everybody_once(
    turn: Callable[[StaffMember], None],
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.mark(meeting, by=host, pupil_id=ben[1].pk, kind=policy.EntryKind.LEFT)
    sweep()
    assert (Incident.objects.count(), looks()) == (0, [])

    turn(co_host)
    for minutes in range(1, 6):
        clock_at(calls.STARTS + minutes * MINUTE)
        sweep()

    meeting.refresh_from_db()
    assert meeting.on_hold_since == calls.STARTS + MINUTE
    assert register()[-1] == ("on_hold", SWEEP.actor)
    assert [incident.kind for incident in Incident.objects.all()] == ["alone_on_call"]
    assert letters("Something about a call needs you") == [lead.email]
    assert host.email in letters("Your call is on hold")
    assert looks() == [{"blocks": True}]
    assert audit.verify() is None


def test_p1_alone_on_a_call_that_is_on_hold_already_still_reaches_the_team(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    """With one pupil expected a second adult lost is a hold at once; the pupil comes in later."""
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk])
    Meeting.objects.update(on_hold_since=clock.now())
    end_eligibility(co_host)
    sweep()
    assert [incident.kind for incident in Incident.objects.all()] == ["alone_on_call"]
    assert register()[-1][0] == "admitted"


# --- On hold and clear again ----------------------------------------------------------------------
def test_e59_absence_the_evening_before_holds_the_call_and_its_end_sends_the_links(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    clock_at(calls.STARTS - DAY + MINUTE)
    be_away(co_host)
    sweep()
    assert Meeting.objects.get().on_hold_since == clock.now()
    calls.answer(meeting, *ben)
    # Amy's was in the outbox already, and does not leave while the call is on hold.
    assert letters("Your link for the video call") == []

    Absence.objects.all().delete()
    clock_at(calls.STARTS - DAY + 3 * MINUTE)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    sweep()

    assert Meeting.objects.get().on_hold_since is None
    assert register() == [("on_hold", SWEEP.actor), ("clear_again", SWEEP.actor)]
    assert sorted(letters("Your call may go on")) == sorted([host.email, co_host.email])
    links = letters("Your link for the video call")
    assert sorted(links) == sorted([amy[0].email, ben[0].email])
    assert looks() == [{"blocks": True}, {"blocks": False}]


def test_call_on_hold_is_looked_at_however_far_ahead_and_another_the_day_before(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    calls.shared(host, [amy], co_hosts=[co_host])
    be_away(co_host)
    clock_at(calls.STARTS - DAY)
    assert selectors.turned(clock.now()) == []
    clock_at(calls.STARTS - DAY + timedelta(seconds=1))
    assert selectors.turned(clock.now()) == [Meeting.objects.get().pk]
    clock_at(calls.STARTS - 2 * DAY)
    Meeting.objects.update(on_hold_since=clock.now())
    Absence.objects.all().delete()
    assert selectors.turned(clock.now()) == [Meeting.objects.get().pk]


@pytest.mark.parametrize("status", ["draft", "asked", "ended", "closed", "cancelled"])
def test_call_that_is_not_out_with_families_is_left_alone(
    status: str, host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    be_away(co_host)
    clock_at(calls.STARTS - HOUR / 2)
    assert selectors.turned(clock.now()) == [meeting.pk]
    Meeting.objects.update(status=status)
    assert selectors.turned(clock.now()) == []
    services.look_again(meeting, by=SWEEP, now=clock.now())
    assert (register(), looks()) == ([], [])


def test_plan_that_ends_a_hold_sends_the_late_link(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, cat: Family
) -> None:
    """Recording is left off: nobody has to be asked again."""
    pupils = [pupil for _, pupil in (amy, ben, cat)]
    meeting = calls.asked(host, pupils, co_hosts=[co_host], is_recorded=True)
    for family in (amy, ben):
        calls.answer(meeting, *family)
    services.share_by_email(meeting, by=host)
    calls.answer(meeting, *cat, may_be_recorded=False)
    assert calls.verdict(meeting) == ["recording_refused"]
    links = Notice.objects.filter(kind="meeting_join_link")
    assert {row.guardian for row in links} == {amy[0], ben[0]}

    meeting.refresh_from_db()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, is_recorded=False))

    assert calls.verdict(meeting) == []
    assert {row.guardian for row in links.all()} == {amy[0], ben[0], cat[0]}


def test_teams_link_that_ends_a_hold_sends_the_late_link(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    Meeting.objects.update(join_url="")
    calls.answer(meeting, *ben)
    links = Notice.objects.filter(kind="meeting_join_link")
    assert (calls.verdict(meeting), links.count()) == (["no_link"], 1)
    services.set_link(meeting, by=host, text=calls.LINK)
    assert {row.guardian for row in links.all()} == {amy[0], ben[0]}


# --- The hour before ------------------------------------------------------------------------------
def test_e59_host_and_team_are_told_once_of_a_call_that_is_blocked_within_the_hour(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    subject = "A call within the hour is on hold"
    clock_at(calls.STARTS - HOUR - MINUTE)
    end_eligibility(co_host)
    sweep()
    assert letters(subject) == []
    for minutes in range(6):
        clock_at(calls.STARTS - HOUR + minutes * MINUTE)
        sweep()
    assert sorted(letters(subject)) == sorted([host.email, lead.email, deputy.email])
    assert len(letters("Your call is on hold")) == 2

    # Moved to the afternoon and still blocked then, it is said once more.
    Meeting.objects.update(
        starts_at=meeting.starts_at + 3 * HOUR, ends_at=meeting.ends_at + 3 * HOUR
    )
    clock_at(calls.STARTS + 2 * HOUR)
    sweep()
    assert len(letters(subject)) == 6


# --- What it costs --------------------------------------------------------------------------------
def test_look_costs_the_same_queries_for_many_calls_as_for_two(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            found.append(selectors.turned(clock.now()))
        return len(seen)

    found: list[list[int]] = []
    for number in range(2):
        later = number * MINUTE
        calls.shared(
            host,
            [amy, ben],
            co_hosts=[co_host],
            starts_at=calls.STARTS + later,
            ends_at=calls.ENDS + later,
        )
    clock_at(calls.STARTS - HOUR / 2)
    end_eligibility(co_host)
    two = cost()
    clock_at(calls.STARTS - 2 * DAY)
    StaffMember.objects.update(is_eligible_for_calls=True)
    for number in range(2, 8):
        later = number * MINUTE
        calls.shared(
            host,
            [amy, ben],
            co_hosts=[co_host],
            starts_at=calls.STARTS + later,
            ends_at=calls.ENDS + later,
        )
    clock_at(calls.STARTS - HOUR / 2)
    end_eligibility(co_host)
    assert cost() == two
    assert [len(one) for one in found] == [2, 8]


def test_sweep_within_a_minute_of_another_does_not_look(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS - DAY / 2)
    sweep()
    end_eligibility(co_host)
    clock_at(calls.STARTS - DAY / 2 + MINUTE / 2)
    with CaptureQueriesContext(connection) as seen:
        sweep()
    assert (len(seen), Meeting.objects.get().on_hold_since) == (1, None)
