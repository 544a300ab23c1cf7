"""What the start page and the list say of a call: what it needs, not what state it is in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from meetings import pages, selectors, services
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], Any]


def sentence(person: StaffMember) -> str:
    [card] = selectors.home_cards(person.viewer(), clock.now())
    return card.sentence.partition(" pm. ")[2]


def test_card_of_a_call_says_what_it_needs_now(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    assert sentence(host) == "Shared"
    clock_at(meeting.starts_at - timedelta(minutes=10))
    assert sentence(host) == "Confirm your checklist and open the door."
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    assert sentence(host) == "It is running: go to the live register."
    services.drop_out(meeting, by=host, staff=co_host)
    assert sentence(host) == "On hold: the door is shut."


def test_call_on_hold_stands_on_the_start_page_of_the_team(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    colleague: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    clock_at(meeting.starts_at)
    services.drop_out(meeting, by=host, staff=co_host)
    assert sentence(lead) == "On hold: the door is shut."
    assert selectors.home_cards(colleague.viewer(), clock.now()) == []


def test_e57_reserve_who_was_called_in_reads_it_first(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host], reserves=[colleague])
    clock_at(meeting.starts_at)
    services.drop_out(meeting, by=host, staff=co_host)
    assert sentence(colleague) == "On hold: the door is shut."
    services.call_reserve(meeting, by=host, staff=colleague)
    [card] = selectors.home_cards(colleague.viewer(), clock.now())
    assert card.sentence.endswith("You are called in: confirm your checklist.")
    assert (card.url, card.rank) == (reverse("meetings:live", args=[meeting.pk]), -1)
    assert sentence(host) == "On hold: the door is shut."
    calls.confirm(meeting, colleague)
    assert sentence(colleague) == "It is running: go to the live register."


def test_open_call_after_its_end_is_listed_as_not_closed(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host])
    listed = list(Meeting.objects.all())
    [during] = pages.rows(listed, meeting.ends_at)
    [after] = pages.rows(listed, meeting.ends_at + timedelta(seconds=1))
    assert (during.word, after.word) == ("Open now", "Not closed")
