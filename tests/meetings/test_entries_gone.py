"""A call leaves the calendar of a family with its right to join, and comes back with a new yes (E40)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from consent import services as consent
from consent.models import Request
from meetings import services
from meetings.models import Meeting
from meetings.services.calendars import LEAVES_AFTER
from notices.models import Notice
from school.models import Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls
from tests.meetings.entries import WEEK, event_in, facts_of, files, files_of, last, moved

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
GONE = "meeting_entry_gone"


@pytest.fixture
def meeting(host: StaffMember, co_host: StaffMember, amy: Family, ben: Family) -> Meeting:
    """Amy's and Ben's mothers have the call in the outbox, with their links."""
    return calls.shared(host, [amy, ben], co_hosts=[co_host])


@pytest.fixture
def later(clock_at: SetClock) -> Callable[..., None]:
    """Let some time pass."""

    def pass_by(by: timedelta = timedelta(minutes=1)) -> None:
        clock_at(clock.now() + by)

    return pass_by


def request_of(meeting: Meeting, family: Family) -> Request:
    return Request.objects.get(question=meeting.question_id, guardian=family[0], pupil=family[1])


def told(mailbox: Mailbox, person: Guardian) -> list[tuple[str, int, str]]:
    """What every file that reached somebody made of their one entry: method, number, standing."""
    found = [facts_of(file) for letter in files(mailbox, person) for file in letter]
    assert len({uid for _, uid, _, _ in found}) <= 1
    return [(method, number, standing) for method, _, number, standing in found]


def letters(mailbox: Mailbox, person: Guardian) -> list[str]:
    mailbox()
    return [str(one.subject) for one in mail.outbox if one.to == [person.email]]


def fate(guardian: Guardian) -> list[tuple[str, str]]:
    """What became of the letter that takes the call out of somebody's calendar."""
    rows = Notice.objects.filter(kind=GONE, guardian=guardian).order_by("pk")
    return list(rows.values_list("state", "why"))


@pytest.mark.parametrize("way", ["withdrawn", "refused"])
def test_e40_yes_that_is_taken_back_takes_the_call_out_with_the_receipt(
    way: str, meeting: Meeting, amy: Family, ben: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:  # fmt: skip
    [(_, number, _)] = told(mailbox, amy[0])
    before = letters(mailbox, amy[0])
    later()
    if way == "withdrawn":
        calls.withdraw(meeting, *amy)
    else:
        calls.answer(meeting, *amy, takes_part=False, may_be_recorded=None)
    assert told(mailbox, amy[0])[1:] == [("CANCEL", number + 1, "CANCELLED")]
    [receipt] = mail.outbox[-1:]
    assert "takes the call out of your calendar" in receipt.body
    assert "puts the entry in your calendar right" not in receipt.body
    words = str(event_in(last(mailbox, amy[0])[0])["DESCRIPTION"])
    assert words.splitlines()[0] == (
        "Amy cannot join the video call on Thursday 17 September, 2:00 pm."
    )
    assert "/j/" not in words
    # No second letter where one has done it.
    later(LEAVES_AFTER)
    assert len(letters(mailbox, amy[0])) == len(before) + 1
    assert fate(amy[0]) == [
        ("dropped", "the call does not stand in their calendar, or they may join again")
    ]
    assert len(told(mailbox, ben[0])) == 1


def test_e40_later_yes_brings_the_entry_back_with_a_higher_number(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    [(_, number, _)] = told(mailbox, amy[0])
    for act in (calls.withdraw, calls.answer, calls.withdraw, calls.answer):
        later()
        act(meeting, *amy)
        mailbox()
    assert told(mailbox, amy[0])[1:] == [
        ("CANCEL", number + 1, "CANCELLED"),
        ("PUBLISH", number + 2, "CONFIRMED"),
        ("CANCEL", number + 3, "CANCELLED"),
        ("PUBLISH", number + 4, "CONFIRMED"),
    ]
    assert "/j/" in str(event_in(last(mailbox, amy[0])[0])["URL"])


def test_withdrawal_and_yes_again_before_the_receipt_leaves_take_nothing_out(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    told(mailbox, amy[0])
    later()
    calls.withdraw(meeting, *amy)
    later()
    calls.answer(meeting, *amy)
    mailbox()
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH", "PUBLISH"]


def test_no_that_is_undone_after_its_receipt_left_takes_out_nothing_twice(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    told(mailbox, amy[0])
    later()
    calls.answer(meeting, *amy, takes_part=False, may_be_recorded=None)
    mailbox()
    later()
    consent.undo(request_of(meeting, amy), by=amy[0])
    mailbox()
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH", "CANCEL"]


def test_yes_that_is_undone_takes_the_call_out_with_the_letter_about_it(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    told(mailbox, amy[0])
    later()
    consent.undo(request_of(meeting, amy), by=amy[0])
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH", "CANCEL"]
    assert "takes the call out of your calendar" in mail.outbox[-1].body


def test_pupil_taken_off_the_call_has_one_short_letter_that_takes_it_out(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    [(_, number, _)] = told(mailbox, amy[0])
    before = letters(mailbox, amy[0])
    later()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    later(LEAVES_AFTER)
    assert letters(mailbox, amy[0])[len(before) :] == ["Your link to a video call no longer works"]
    [(method, raised, standing)] = told(mailbox, amy[0])[1:]
    assert (method, raised > number, standing) == ("CANCEL", True, "CANCELLED")
    letter = next(one for one in reversed(mail.outbox) if one.to == [amy[0].email])
    assert "Amy cannot join the video call on Thursday 17 September, 2:00 pm." in letter.body
    assert (ben[1].given_name in letter.body, "/j/" in letter.body) == (False, False)
    assert len(told(mailbox, ben[0])) == 1


def test_pupil_taken_off_and_put_back_within_minutes_gets_no_letter_of_it(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    """Back on the call with a new link: whoever says yes again has it in an entry with a higher number."""
    [(_, number, _)] = told(mailbox, amy[0])
    later()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    later()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[amy[1], ben[1]]))
    mailbox()
    calls.answer(meeting, *amy)
    later(LEAVES_AFTER)
    found = told(mailbox, amy[0])
    assert [method for method, _, _ in found] == ["PUBLISH", "PUBLISH"]
    assert found[1][1] > number
    assert "Your link to a video call no longer works" not in letters(mailbox, amy[0])


def test_e30_what_one_guardian_says_takes_nothing_out_of_the_others_calendar(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    father = factories.make_guardian(amy[1], name="Adam Father", relationship="father")
    meeting = calls.shared(host, [amy, (father, amy[1]), ben], co_hosts=[co_host])
    assert (len(told(mailbox, amy[0])), len(told(mailbox, father))) == (1, 1)
    later()
    calls.withdraw(meeting, father, amy[1])
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, father)] == ["PUBLISH", "CANCEL"]
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH"]
    assert fate(amy[0]) == []


def test_nobody_is_sent_a_cancellation_of_an_entry_that_never_left(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    """The link letter was still in the outbox when the yes was taken back."""
    calls.withdraw(meeting, *amy)
    mailbox()
    later(LEAVES_AFTER)
    assert told(mailbox, amy[0]) == []
    [link] = Notice.objects.filter(kind="meeting_join_link", guardian=amy[0])
    assert (link.state, link.why) == ("dropped", "the family's consent no longer stands")


def test_entry_that_came_back_from_the_mailbox_is_not_taken_out(
    meeting: Meeting, amy: Family, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    told(mailbox, amy[0])
    Notice.objects.filter(kind="meeting_join_link", guardian=amy[0]).update(state="failed")
    later()
    calls.withdraw(meeting, *amy)
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH"]


def test_e30_nobody_who_may_not_be_contacted_is_sent_a_cancellation(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    """Asked again as the letter leaves: the order came after it was put in the outbox."""
    told(mailbox, amy[0])
    later()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    Guardianship.objects.filter(guardian=amy[0]).update(
        blocked_from=clock.local(clock.now()).date(),
        block_reason="non-molestation order",
        block_evidence="case file 12",
        block_approved_by=host,
    )
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH"]
    [(state, _)] = fate(amy[0])
    assert state == "dropped"


def test_e26_mailbox_of_somebody_else_is_sent_no_cancellation(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    told(mailbox, amy[0])
    later()
    consent.disown(request_of(meeting, amy), by=amy[0], is_mailbox_wrong=False)
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    later(LEAVES_AFTER)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH"]
    assert {why for _, why in fate(amy[0])} == {"the e-mail reached somebody else: ring the family"}


def test_change_asks_who_withdrew_again_without_an_entry(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    """Ben's mother, who relies on her yes, has the new time; for Amy's the call is out of the calendar."""
    told(mailbox, amy[0])
    later()
    calls.withdraw(meeting, *amy)
    mailbox()
    later()
    moved(meeting, host, is_recorded=True)
    assert [standing for _, _, standing in told(mailbox, amy[0])] == ["CONFIRMED", "CANCELLED"]
    assert [standing for _, _, standing in told(mailbox, ben[0])] == ["CONFIRMED", "TENTATIVE"]
    later()
    calls.answer(meeting, *ben, takes_part=False, may_be_recorded=None)
    later()
    services.cancel(meeting, by=host)
    standings = [standing for _, _, standing in told(mailbox, ben[0])]
    assert standings == ["CONFIRMED", "TENTATIVE", "CANCELLED"]


def test_one_of_two_siblings_is_taken_out_and_the_other_stays(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox, later: Callable[..., None]
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann)
    meeting = calls.shared(host, [(mother, amy), (mother, ann)], co_hosts=[co_host])
    [both] = [one for one in mailbox() if one.attachments]
    names = [facts_of(file)[1] for file in files_of(both)]
    later()
    calls.withdraw(meeting, mother, ann)
    [out] = last(mailbox, mother)
    assert facts_of(out)[:2] == ("CANCEL", names[1])
    later(LEAVES_AFTER)
    assert len(last(mailbox, mother)) == 1


def test_call_that_was_taken_out_is_not_taken_out_again_when_it_is_called_off(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    told(mailbox, amy[0])
    later()
    calls.withdraw(meeting, *amy)
    mailbox()
    later(WEEK / 7)
    services.cancel(meeting, by=host)
    assert [method for method, _, _ in told(mailbox, amy[0])] == ["PUBLISH", "CANCEL"]
    assert [method for method, _, _ in told(mailbox, ben[0])] == ["PUBLISH", "CANCEL"]


def test_letter_that_takes_a_call_out_is_in_the_language_of_the_family(
    meeting: Meeting,
    host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    later: Callable[..., None],
) -> None:
    Guardian.objects.filter(pk=amy[0].pk).update(language="pl")
    told(mailbox, amy[0])
    later()
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    later(LEAVES_AFTER)
    [file] = last(mailbox, amy[0])
    english = ("cannot join", "no longer works", "takes the call")
    said = f"{mail.outbox[-1].subject} {mail.outbox[-1].body} {event_in(file)['DESCRIPTION']}"
    assert [words for words in english if words in said] == []
