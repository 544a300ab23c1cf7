"""E-mails with a family's own link, at a school that lets them leave shortly before the call (P9)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from consent import services as consent
from consent.models import Request
from meetings import policy, services
from meetings.models import Meeting
from notices.models import Notice
from notices.services import recording
from school.models import Guardian, Pupil, SettingChange, StaffMember
from school.pace import Pace
from school.services import SWEEP
from schoolsafe.choosing import telling
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls
from tests.meetings.test_chosen import LINK, choose, had, in_days, letters

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
StaffClient = Callable[..., Client]
Commits = Callable[..., AbstractContextManager[Any]]
A_DAY_BEFORE = calls.STARTS - timedelta(hours=24)


@pytest.fixture
def a_day_before(lead: StaffMember) -> None:
    choose(lead, "links_hours_before", 24)


@pytest.fixture
def meeting(
    a_day_before: None, host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox
) -> Meeting:
    """Shared two days before: the link to Amy's mother waits."""
    shared = calls.shared(host, [amy], co_hosts=[co_host])
    assert LINK not in had(mailbox, amy)
    return shared


def page_of(client: Client, meeting: Meeting) -> str:
    return client.get(reverse("meetings:share", args=[meeting.pk])).content.decode()


def moved(meeting: Meeting, host: StaffMember, starts_at: datetime) -> None:
    ends_at = starts_at + timedelta(minutes=45)
    what = calls.as_it_is(meeting, starts_at=starts_at, ends_at=ends_at)
    services.revise(meeting, by=host, what=what)


@pytest.mark.parametrize(
    ("hours", "at"),
    [(None, None), (24, A_DAY_BEFORE), (2, calls.STARTS - timedelta(hours=2))],
)
def test_p9_links_leave_so_long_before_a_call(hours: int | None, at: datetime | None) -> None:
    assert policy.links_leave_at(calls.STARTS, pace=Pace(links_hours_before=hours)) == at


def test_p9_link_waits_for_its_hour_and_says_so_where_it_was_shared(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    staff_client: StaffClient,
) -> None:
    page = page_of(staff_client(host), meeting)
    assert "One e-mail with a personal link leaves on" in page
    assert "Wednesday 16 September, 2:00 pm" in page
    clock_at(A_DAY_BEFORE - timedelta(seconds=1))
    assert LINK not in had(mailbox, amy)
    clock_at(A_DAY_BEFORE)
    assert had(mailbox, amy).count(LINK) == 1
    assert "One personal link is out by e-mail." in page_of(staff_client(host), meeting)


def test_p9_what_left_before_the_school_chose_is_said_to_be_out(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    staff_client: StaffClient,
) -> None:
    shared = calls.shared(host, [amy], co_hosts=[co_host])
    assert LINK in had(mailbox, amy)
    choose(lead, "links_hours_before", 24)
    assert "One personal link is out by e-mail." in page_of(staff_client(host), shared)


def test_p9_hour_that_lies_in_the_quiet_is_the_morning(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    staff_client: StaffClient,
) -> None:
    choose(lead, "links_hours_before", 2)
    # 8:45 am: two hours before is a quarter to seven, and families are left in peace until half past.
    starts_at = calls.STARTS.replace(hour=7, minute=45)
    facts = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=45)}
    shared = calls.shared(host, [amy], co_hosts=[co_host], **facts)
    mailbox()
    assert "Thursday 17 September, 7:30 am" in page_of(staff_client(host), shared)
    clock_at(starts_at - timedelta(minutes=75))
    assert LINK in had(mailbox, amy)


def test_p9_no_link_leaves_while_the_call_is_on_hold_and_it_does_once_it_is_clear(
    meeting: Meeting,
    host: StaffMember,
    colleague: StaffMember,
    co_host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    services.drop_out(meeting, by=host, staff=co_host)
    clock_at(A_DAY_BEFORE)
    assert LINK not in had(mailbox, amy)
    with django_capture_on_commit_callbacks(execute=True):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[colleague]))
        calls.answer(meeting, *amy)
    assert had(mailbox, amy).count(LINK) == 1


def test_e27_family_that_lost_its_link_has_it_at_once_and_not_again(
    meeting: Meeting, amy: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    services.send_personal_links(
        meeting, by=SWEEP, address=amy[0].email, is_crowded=False, now=clock.now()
    )
    assert had(mailbox, amy).count(LINK) == 1
    clock_at(A_DAY_BEFORE)
    assert had(mailbox, amy).count(LINK) == 1


def test_e39_link_of_a_call_that_is_moved_leaves_by_its_new_time(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    # To tomorrow: the link must not leave with the day that was planned first.
    sooner = clock.now() + timedelta(hours=23)
    clock_at(clock.now() + timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        moved(meeting, host, sooner)
    assert had(mailbox, amy).count(LINK) == 1


def test_e39_link_of_a_call_that_is_moved_into_the_early_morning_does_not_wait_for_the_quiet_to_end(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    choose(lead, "links_hours_before", 2)
    choose(lead, "quiet_until", "08:30")
    shared = calls.shared(host, [amy], co_hosts=[co_host], **in_days(1))
    mailbox()
    # On Thursday at nine in the evening, to Friday at a quarter past eight.
    clock_at(calls.STARTS.replace(hour=20))
    sooner = calls.STARTS.replace(day=18, hour=7, minute=15)
    with django_capture_on_commit_callbacks(execute=True):
        moved(shared, host, sooner)
    clock_at(sooner - timedelta(minutes=5))
    # The letter that tells of the change first, then the one with the link.
    mailbox()
    assert had(mailbox, amy).count(LINK) == 1


def test_e39_call_that_is_moved_while_its_link_is_being_put_off_has_it_in_time(
    a_day_before: None,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    shared = calls.shared(host, [amy], co_hosts=[co_host], **in_days(7))
    sooner = clock.now() + timedelta(hours=22)
    put_off, moves = recording._put_off, [sooner]

    def meanwhile(notice: Notice, reason: Any) -> Any:
        if notice.kind == "meeting_join_link" and moves:
            with django_capture_on_commit_callbacks(execute=True):
                moved(shared, host, moves.pop())
        return put_off(notice, reason)

    monkeypatch.setattr(recording, "_put_off", meanwhile)
    mailbox()
    assert moves == []
    # The letter that tells of the change first, then the one with the link.
    clock_at(clock.now() + timedelta(minutes=1))
    mailbox()
    assert had(mailbox, amy).count(LINK) == 1


def test_p9_links_that_wait_follow_what_the_school_chooses_next(
    meeting: Meeting,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    seen = SettingChange.objects.latest("pk").pk
    with django_capture_on_commit_callbacks(execute=True):
        telling.change_setting(
            "links_hours_before", None, by=lead, why="Families ask for it.", seen=seen
        )
    assert had(mailbox, amy).count(LINK) == 1


def test_e40_pupil_who_was_taken_off_and_came_back_has_one_link(
    a_day_before: None,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    shared = calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    for pupils in ([ben[1]], [amy[1], ben[1]]):
        clock_at(clock.now() + timedelta(minutes=1))
        shared = services.revise(shared, by=host, what=calls.as_it_is(shared, pupils=pupils))
    calls.answer(shared, *amy)
    mailbox()
    clock_at(A_DAY_BEFORE)
    mailbox()
    clock_at(A_DAY_BEFORE + timedelta(minutes=5))
    assert [subject for subject in had(mailbox, amy) if "link" in subject] == [LINK]
    assert sorted(row[1] for row in letters("meeting_join_link")) == ["dropped", "sent", "sent"]


def test_e26_father_has_one_link_where_the_mothers_mail_reached_somebody_else(
    a_day_before: None,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    father = (factories.make_guardian(amy[1], name="Adam Adams"), amy[1])
    shared = calls.shared(host, [amy, father], co_hosts=[co_host])
    mailbox()
    clock_at(clock.now() + timedelta(minutes=1))
    request = Request.objects.get(question=shared.question_id, guardian=amy[0])
    consent.disown(request, by=amy[0])
    mailbox()
    clock_at(A_DAY_BEFORE)
    mailbox()
    clock_at(A_DAY_BEFORE + timedelta(minutes=5))
    assert len([subject for subject in had(mailbox, father) if "link" in subject]) == 1
