"""What families and adults are told about a call, and what is dropped because it is old news."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import translation

from meetings import services
from meetings.models import Incident, Meeting
from meetings.notices.families import MOST_NAMED
from notices import kinds
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from school.policy import Way
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.languages import TRANSLATED
from schoolsafe.lib.providers import Notify
from tests import factories
from tests.meetings import calls, series
from tests.notices.notify import API_KEY, FakeNotify

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]


def dropped(kind: str) -> list[str]:
    """Why letters of a kind were not sent."""
    outbox.run_due(clock.now())
    rows = Notice.objects.filter(kind=kind).exclude(state="sent").order_by("pk")
    return list(rows.values_list("why", flat=True))


def sent(kind: str) -> list[str]:
    """To whom letters of a kind went."""
    outbox.run_due(clock.now())
    rows = Notice.objects.filter(kind=kind, state="sent").order_by("pk")
    return [row.staff.email for row in rows if row.staff]


# --- Families -------------------------------------------------------------------------------------
def test_join_letter_of_siblings_holds_only_the_links_whose_consent_stands(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann)
    meeting = calls.shared(host, [(mother, amy), (mother, ann)], co_hosts=[co_host])
    calls.withdraw(meeting, mother, ann)
    [letter] = [one for one in mailbox() if one.subject == "Your link for the video call"]
    assert (letter.body.count("/j/"), "Amy" in letter.body, "Ann" in letter.body) == (
        1,
        True,
        False,
    )


def test_text_about_calls_that_are_off_names_every_date(
    host: StaffMember, co_host: StaffMember, amy: Family, settings: Any
) -> None:
    Guardian.objects.filter(pk=amy[0].pk).update(email="", telephone="07700 900123")
    fake = FakeNotify()
    with fake.running() as url:
        settings.SMS_PROVIDER = "notify"
        settings.NOTIFY = Notify(api_key=API_KEY, template="t", callback_token="t" * 24, url=url)
        first, *_ = series.asked(host, [amy[1]], co_hosts=[co_host])
        outbox.run_due(clock.now())
        services.cancel_later(first, by=host)
        outbox.run_due(clock.now())
    [off] = [text for text in fake.to("+447700900123") if "will not take place" in text]
    assert off.partition(": ")[2].strip() == (
        "These video calls will not take place: Thursday 17 September, 2:00 pm; "
        "Thursday 24 September, 2:00 pm; Thursday 1 October, 2:00 pm. "
        "Links that you may have had for it no longer work. You need do nothing."
    )


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
@pytest.mark.parametrize("times", [1, 2, 12, 13, 40])
def test_text_about_calls_that_are_off_says_which_in_every_language(
    host: StaffMember, co_host: StaffMember, amy: Family, times: int, language: str
) -> None:
    """More dates than a message holds: the first, the last, and how many."""
    meetings = [
        Meeting(starts_at=calls.STARTS + timedelta(weeks=week), ends_at=calls.ENDS)
        for week in range(times)
    ]
    context = {"school": school(), "called_off": meetings, "are_many": times > MOST_NAMED}
    text = kinds.render("meetings/mail/called_off", context, language, Way.SMS).text
    with translation.override(language):
        dates = [" ".join(clock.in_words(one.starts_at).split()) for one in meetings]
    named = [date for date in dates if date in text]
    assert named == (dates if times <= MOST_NAMED else [dates[0], dates[-1]])
    assert (f"({times})" in text) is (times > MOST_NAMED)
    # What GOV.UK Notify takes at most.
    assert len(text) <= 918


def test_join_letter_of_a_call_that_was_ended_meanwhile_is_dropped(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.end(meeting, by=host)
    assert dropped("meeting_join_link") == ["the call is not open to families"]


def test_removal_letter_names_the_child_and_no_reason(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
    mailbox: Mailbox,
) -> None:
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    mail.outbox.clear()
    clock_at(calls.STARTS)
    services.remove(meeting, by=host, pupil_id=ben[1].pk, reason="Swearing at Amy")
    [letter] = mailbox()
    assert letter.to == [ben[0].email]
    assert "The host asked Ben to leave the video call." in letter.body
    assert [word for word in ("Swearing", "Amy") if word in letter.message().as_string()] == []


# --- The adults -----------------------------------------------------------------------------------
def test_letter_to_the_adults_holds_its_link_once(
    host: StaffMember, co_host: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    services.drop_out(meeting, by=host, staff=co_host)
    letters = [one for one in mailbox() if one.subject == "Your call is on hold"]
    assert [letter.to for letter in letters] == [[host.email], [co_host.email]]
    for letter in letters:
        assert letter.body.count(f"/meetings/{meeting.pk}/") == 1
        assert "See what to do:" in letter.body


def test_news_of_a_hold_that_is_over_is_dropped_and_the_other_way_round(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    services.drop_out(meeting, by=host, staff=co_host)
    services.come_back(meeting, by=host, staff=co_host)
    assert dropped("meeting_on_hold") == ["the call is no longer on hold"] * 2
    assert sent("meeting_clear_again") == [host.email, co_host.email]
    clock_at(clock.now() + timedelta(minutes=1))
    services.drop_out(meeting, by=host, staff=co_host)
    services.come_back(meeting, by=host, staff=co_host)
    services.drop_out(meeting, by=host, staff=co_host)
    assert dropped("meeting_clear_again") == ["the call is on hold again"] * 2


def test_reserve_is_told_at_once_unless_the_call_is_over(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    facts: Any = {"co_hosts": [co_host], "reserves": [colleague]}
    meetings = [calls.opened(host, [amy], **facts) for _ in range(2)]
    clock_at(calls.STARTS)
    for meeting in meetings:
        services.call_reserve(meeting, by=host, staff=colleague)
    services.end(meetings[1], by=host)
    assert sent("meeting_reserve_called") == [colleague.email]
    assert dropped("meeting_reserve_called") == ["the call is over"]


def test_reminder_to_close_is_dropped_once_it_is_closed(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS + timedelta(minutes=10))
    outbox.climb_due(now=clock.now())
    services.close(meeting, by=host, how=services.Ending())
    assert dropped("meeting_unclosed") == ["the call is closed"] * 2


# --- The team -------------------------------------------------------------------------------------
@pytest.fixture
def unclosed(host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock) -> Meeting:
    """An hour after its end nobody has closed it."""
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS + timedelta(hours=1))
    return meeting


def test_p13_unclosed_call_is_an_incident_once_with_one_ladder(
    unclosed: Meeting, lead: StaffMember, deputy: StaffMember
) -> None:
    for _ in range(2):
        outbox.run_due(clock.now())
    services.raise_unclosed([unclosed], now=clock.now())
    services.raise_unclosed([], now=clock.now())
    assert sorted(sent("meeting_incident")) == sorted([lead.email, deputy.email])
    assert [(row.kind, row.meeting) for row in Incident.objects.all()] == [("unclosed", unclosed)]


def test_incident_is_told_to_the_headteacher_a_day_later_and_not_to_who_was_on_the_call(
    deputy: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(deputy, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS)
    services.close(meeting, by=deputy, how=services.Ending(hung_up=True))
    assert sent("meeting_incident") == [lead.email]
    clock_at(calls.ENDS + timedelta(days=1))
    assert sent("meeting_incident") == [lead.email, lead.email, head.email]


def test_incident_of_the_whole_team_goes_to_the_headteacher_at_once(
    lead: StaffMember, co_host: StaffMember, head: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(lead, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS)
    services.close(meeting, by=lead, how=services.Ending(hung_up=True))
    assert sent("meeting_incident") == [head.email]


def test_letter_about_an_incident_that_is_settled_is_dropped(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS)
    services.close(meeting, by=host, how=services.Ending(hung_up=True))
    outbox.climb_due(now=clock.now())
    services.settle(Incident.objects.get(), by=head, note="Rang the families.")
    assert dropped("meeting_incident") == ["it is settled"]
    assert sent("meeting_incident") == []
