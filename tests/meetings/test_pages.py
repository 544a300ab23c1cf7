"""How a call is told: one sentence, one next step, for each person at each stage."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine

from meetings import pages, policy, selectors, services
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]


def head(meeting: Meeting, person: StaffMember) -> tuple[str, str, str]:
    """The tone, the sentence and the label of the next step, for one person now."""
    meeting = Meeting.objects.select_related("purpose", "question").get(pk=meeting.pk)
    now = clock.now()
    facts = selectors.facts(meeting, now)
    actions = policy.actions_for(person.viewer(), facts)
    told = pages.head(meeting, facts, policy.assess(facts, now), actions, now)
    return told.tone, told.sentence, told.next_label


def test_head_leads_the_host_from_plan_to_close_and_others_nowhere(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    told = []

    def look(meeting: Meeting) -> Meeting:
        told.append((head(meeting, host), head(meeting, office)[2]))
        return meeting

    plan = calls.plan_of([amy[1]], co_hosts=[co_host])
    meeting = look(services.plan(by=host, what=plan))
    meeting = look(services.ask(meeting, by=host))
    meeting = look(services.set_link(meeting, by=host, text=calls.LINK))
    calls.answer(meeting, *amy)
    meeting = look(services.share_by_email(look(meeting), by=host))
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    meeting = look(services.open_door(meeting, by=host))
    services.drop_out(look(meeting), by=host, staff=co_host)
    services.come_back(look(meeting), by=host, staff=co_host)
    clock_at(calls.ENDS)
    meeting = look(services.end(meeting, by=host))
    look(services.close(meeting, by=host, how=services.Ending()))

    held = (
        "On hold. Helen Host would be alone with Amy Adams. "
        "A call with one adult and one pupil is never possible, recorded or not."
    )
    opened = (("clear", "The door is open.", "Go to the live register"), "See the live register")
    assert told == [
        (("clear", "The plan keeps to the policy. Ask the families next.", "Ask the families"), ""),
        (("care", "0 of 1 pupil may take part so far.", "Add the Teams link"), ""),
        (("care", "0 of 1 pupil may take part so far.", "See who has answered"), ""),
        (("clear", "1 of 1 pupil may take part so far.", "Share the link"), ""),
        (
            (
                "clear",
                "Families have their links. The door is still shut.",
                "Go to the start checklist",
            ),
            "",
        ),
        opened,
        opened,
        (("stop", held, "See what to do"), ""),
        (("care", "The call has ended. One form is left.", "Close the call"), ""),
        (("news", "The call is closed.", ""), ""),
    ]


def test_head_of_a_shared_call_whose_time_is_over_asks_how_it_went(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.ENDS + timedelta(seconds=1))
    over = "The time of this call is over. Say how it went."
    assert head(meeting, host) == ("care", over, "Close the call")


def test_steps_of_a_cancelled_call_are_none(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    now = clock.now()
    states = [step.state for step in pages.steps(selectors.facts(meeting, now))]
    assert states == ["done", "done", "current", "ahead", "ahead"]
    meeting = services.cancel(meeting, by=host)
    assert pages.steps(selectors.facts(meeting, now)) == []
    assert head(meeting, host) == ("news", "The call is cancelled.", "")


def test_record_has_words_for_every_kind_of_line() -> None:
    assert set(pages.ENTRY_WORDS) == set(policy.EntryKind)
    assert set(pages.STATUS_WORDS) == set(policy.Status)
    assert set(pages.PRESENCE_WORDS) == set(policy.Presence)
    assert set(pages.ROLE_WORDS) == set(policy.SeatRole)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(days=2), "Open this page again then."),
        (timedelta(minutes=15, seconds=1), "Open this page again then."),
        (timedelta(minutes=15), "Keep this page and press the button again"),
    ],
)
def test_family_is_sent_away_long_before_the_call_and_kept_near_it(
    before: timedelta, said: str, host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    words = pages.next_for_family(policy.Door.NOT_YET, meeting, meeting.starts_at - before)
    assert words.startswith(said)


def test_text_for_a_class_holds_the_general_link_only(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    text = pages.class_text(meeting)
    assert ("/k/" in text, "/j/" in text, "Reading together" in text) == (True, False, False)
    assert [secret for secret in calls.SECRETS if secret in text] == []
