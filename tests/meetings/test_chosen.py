"""What a school has chosen of its calls: whether they are recorded, and when their letters leave."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from consent import policy as policy_of_consent
from meetings import policy, services
from meetings.models import Meeting
from meetings.policy import RecordingRule, where_none_is_recorded
from meetings.services import PlanRefused
from meetings.services.series import SeriesPlan, SeriesRefused, ask_series, plan_series
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from school.pace import Pace
from school.services import change_setting
from school.settings import Value
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
Commits = Callable[..., AbstractContextManager[Any]]
StaffClient = Callable[..., Client]
LINK = "Your link for the video call"
ASKED = "Please answer: may Amy take part in a video call?"
REMINDED = "Reminder: may we hear from you about the video call?"
NEVER = "This school records no calls."


def choose(lead: StaffMember, name: str, value: Value, *, seen: int = 0) -> int:
    """Change a setting as the lead does on its page."""
    return change_setting(name, value, by=lead, why="The governors asked for it.", seen=seen).pk


def letters(kind: str) -> list[tuple[str, str, datetime]]:
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    return [(str(row.guardian), row.state, row.try_at) for row in rows]


def had(mailbox: Mailbox, family: Family) -> list[str]:
    """What a family has had by now, but for the receipts of its own answers."""
    return [
        letter.subject
        for letter in mailbox()
        if letter.to == [family[0].email] and letter.subject != "Your answer about the video call"
    ]


# --- No call is recorded (P2, P3) -----------------------------------------------------------------
@pytest.mark.parametrize("rule", list(RecordingRule))
@pytest.mark.parametrize("is_recorded", [True, False])
def test_p3_where_none_is_recorded_no_purpose_asks_for_it(
    host: StaffMember, co_host: StaffMember, amy: Family, rule: RecordingRule, is_recorded: bool
) -> None:
    facts = policy.Facts(
        status=policy.Status.DRAFT,
        starts_at=calls.STARTS,
        ends_at=calls.ENDS,
        scheduled_at=clock.now(),
        recording_rule=rule,
        is_recorded=is_recorded,
        seats=tuple(
            policy.SeatFacts(staff_id=one.pk, name=one.name, role=role, is_eligible=True)
            for one, role in ((host, policy.SeatRole.HOST), (co_host, policy.SeatRole.CO_HOST))
        ),
        places=(policy.PlaceFacts(pupil_id=amy[1].pk, name="Amy Adams"),),
    )
    verdict = policy.assess_plan(where_none_is_recorded(facts), clock.now())
    assert [one.words for one in verdict.blocking] == ([NEVER] if is_recorded else [])


def test_p2_plan_with_a_recording_is_refused_and_one_with_two_adults_is_kept(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family
) -> None:
    choose(lead, "records_calls", False)
    pupils = [amy[1], ben[1]]
    purpose = calls.make_purpose("required")

    with pytest.raises(PlanRefused, match=NEVER):
        services.plan(by=host, what=calls.plan_of(pupils, is_recorded=True, purpose=purpose))
    with pytest.raises(PlanRefused, match="With one adult the call must be recorded"):
        services.plan(by=host, what=calls.plan_of(pupils, purpose=purpose))
    call = calls.plan_of(pupils, is_recorded=True)
    weekly = SeriesPlan(call=call, every_weeks=1, days=[calls.STARTS.date()])
    with pytest.raises(SeriesRefused, match=NEVER):
        plan_series(by=host, what=weekly)
    assert Meeting.objects.count() == 0

    families = [amy, ben]
    meeting = calls.shared(host, families, co_hosts=[co_host], purpose=purpose)
    assert (meeting.status, calls.verdict(meeting)) == ("shared", [])


def test_p5_call_that_families_know_as_recorded_stays_so_and_can_be_given_a_second_adult(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: StaffClient,
) -> None:
    meeting = calls.agreed(host, [amy, ben], is_recorded=True)
    choose(lead, "records_calls", False)
    assert services.share_by_email(meeting, by=host).status == "shared"

    page = reverse("meetings:revise", args=[meeting.pk])
    shown = staff_client(host).get(page).context["form"].initial
    typed = shown | {"co_hosts": [co_host.pk], "is_recorded": "on"}
    assert NEVER not in staff_client(host).post(page, typed).content.decode()
    meeting.refresh_from_db()
    seats = [seat.staff for seat in meeting.seats.filter(role="co_host")]
    assert (seats, meeting.is_recorded) == ([co_host], True)
    # Another adult is asked about, as ever.
    for family in (amy, ben):
        calls.answer(meeting, *family)
    assert calls.verdict(meeting) == []

    # Off is off: with two adults it goes on without, and does not come back.
    without = services.revise(meeting, by=host, what=calls.as_it_is(meeting, is_recorded=False))
    with pytest.raises(PlanRefused, match=NEVER):
        services.revise(without, by=host, what=calls.as_it_is(without, is_recorded=True))


def test_p3_draft_with_a_recording_is_not_asked_about_where_none_is(
    host: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    staff_client: StaffClient,
) -> None:
    pupils = [amy[1], ben[1]]
    meeting = calls.planned(host, pupils, is_recorded=True)
    call = calls.plan_of(pupils, is_recorded=True)
    weekly = SeriesPlan(call=call, every_weeks=1, days=[in_days(7)["starts_at"].date()])
    series = plan_series(by=host, what=weekly)
    seen = choose(lead, "records_calls", False)

    page = staff_client(host).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert (NEVER in page, "Ask the families" in page) == (True, False)
    with pytest.raises(NotAllowed, match=f"Thursday 17 September.*{NEVER} Turn recording off"):
        services.ask(meeting, by=host)
    with pytest.raises(NotAllowed, match=f"Thursday 24 September.*{NEVER} Turn recording off"):
        ask_series(series, by=host)
    assert (had(mailbox, amy), Meeting.objects.filter(status="draft").count()) == ([], 2)

    choose(lead, "records_calls", True, seen=seen)
    services.ask(meeting, by=host)
    ask_series(series, by=host)
    assert had(mailbox, amy) == ["Please answer about 2 video calls"]


def test_p5_call_agreed_to_where_none_is_recorded_goes_on_when_the_school_records_again(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family
) -> None:
    seen = choose(lead, "records_calls", False)
    purpose = calls.make_purpose("required")
    call = calls.plan_of([amy[1]], co_hosts=[co_host], purpose=purpose, **in_days(7))
    weekly = SeriesPlan(call=call, every_weeks=1, days=[call.starts_at.date()])
    (later,) = ask_series(plan_series(by=host, what=weekly), by=host)
    draft = calls.planned(host, [ben[1]], co_hosts=[co_host], purpose=purpose, **in_days(1))
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host], purpose=purpose)
    choose(lead, "records_calls", True, seen=seen)

    assert (calls.verdict(meeting), calls.verdict(later)) == ([], [])
    what = calls.as_it_is(meeting, title="Reading")
    assert calls.verdict(services.revise(meeting, by=host, what=what)) == []
    # For another purpose families are asked anew: it says what holds of recording.
    other = calls.make_purpose("required", name="Music")
    with pytest.raises(PlanRefused, match="must be recorded"):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting, purpose=other))
    # Nobody has been told of a draft, nor of a call that is planned like another one.
    assert calls.verdict(draft) == ["recording_required"]
    with pytest.raises(NotAllowed, match="must be recorded"):
        services.ask(draft, by=host)
    copied = calls.as_it_is(meeting, **in_days(14))
    with pytest.raises(PlanRefused, match="must be recorded"):
        services.plan(by=host, what=copied)
    with_it = calls.as_it_is(meeting, is_recorded=True)
    assert services.revise(meeting, by=host, what=with_it).is_never_recorded is False


def test_page_of_a_plan_says_that_the_school_records_none(
    host: StaffMember, lead: StaffMember, staff_client: StaffClient
) -> None:
    purpose = calls.make_purpose("required")
    page = reverse("meetings:plan")
    before = staff_client(host).post(page, {"purpose": purpose.pk}).content.decode()
    choose(lead, "records_calls", False)
    after = staff_client(host).post(page, {"purpose": purpose.pk}).content.decode()
    assert ("must be on." in before, "must be on." in after) == (True, False)
    assert "off: this school records no calls, so two adults take part." in after


# --- When families are asked (P5) -----------------------------------------------------------------
@pytest.mark.parametrize(("days", "at"), [(None, None), (21, calls.STARTS - timedelta(days=21))])
def test_p5_families_are_asked_so_many_days_before(days: int | None, at: datetime | None) -> None:
    from_policy = policy_of_consent.asks_at(calls.STARTS, pace=Pace(ask_days_before=days))
    assert from_policy == at


def in_days(days: int) -> dict[str, datetime]:
    starts_at = calls.STARTS + timedelta(days=days)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=45)}


def test_p5_question_about_a_call_far_ahead_waits_for_its_day(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    choose(lead, "ask_days_before", 21)
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    asks_at = meeting.starts_at - timedelta(days=21)

    assert had(mailbox, amy) == []
    assert [row[:2] for row in letters("consent_request")] == [(amy[0].name, "due")]
    clock_at(asks_at - timedelta(seconds=1))
    assert had(mailbox, amy) == []
    clock_at(asks_at)
    assert had(mailbox, amy) == [ASKED]
    # Reminded seven days before, as ever.
    clock_at(meeting.starts_at - timedelta(days=7))
    assert had(mailbox, amy) == [ASKED, REMINDED]


def test_p5_question_about_a_call_near_by_leaves_at_once(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    choose(lead, "ask_days_before", 21)
    calls.asked(host, [amy[1]], co_hosts=[co_host])
    assert had(mailbox, amy) == [ASKED]


def test_p5_answer_by_telephone_counts_before_and_nothing_is_asked_then(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    choose(lead, "ask_days_before", 21)
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    mailbox()
    calls.answer(meeting, *amy)
    clock_at(meeting.starts_at - timedelta(days=20))
    mailbox()
    assert [row[:2] for row in letters("consent_request")] == [(amy[0].name, "dropped")]


@pytest.mark.parametrize("change", ["moved", "recorded"])
def test_e39_family_asked_about_a_call_that_changes_is_asked_once_and_by_its_new_time(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    change: str,
) -> None:
    choose(lead, "ask_days_before", 21)
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(28))
    mailbox()
    clock_at(clock.now() + timedelta(minutes=1))
    # Three days later, or with a recording: nothing has reached the family yet, so nothing is news to it.
    facts: dict[str, Any] = in_days(31) if change == "moved" else {"is_recorded": True}
    meeting = services.revise(meeting, by=host, what=calls.as_it_is(meeting, **facts))
    assert had(mailbox, amy) == []
    clock_at(meeting.starts_at - timedelta(days=21, seconds=1))
    assert had(mailbox, amy) == []
    clock_at(meeting.starts_at - timedelta(days=21))
    assert had(mailbox, amy) == [ASKED]


def test_p5_call_moved_to_next_week_asks_at_once(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    choose(lead, "ask_days_before", 21)
    meeting = calls.asked(host, [amy[1]], co_hosts=[co_host], **in_days(60))
    assert had(mailbox, amy) == []
    clock_at(clock.now() + timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting, **in_days(7)))
    assert had(mailbox, amy) == [ASKED]
