"""Calls in the calendars of families: what goes out as a file, to whom, and what takes it back (E40)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from dateutil.rrule import rrulestr
from django.core import mail
from django.test import Client
from icalendar import Calendar

from meetings import services
from meetings.entry import ZONE, Entry, Standing, file_of, uid_of
from meetings.models import Meeting
from notices import services as outbox
from notices.delivery import Sealed
from notices.models import Notice
from notices.selectors import letter_of
from school.models import Guardian, Pupil, StaffMember
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.logs import MASK, mask
from tests import factories
from tests.meetings import calls
from tests.meetings.entries import WEEK, event_in, facts_of, files, files_of, last, moved
from tests.meetings.pages import url

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
URL = "https://school.example/video/j/MTIuMzQ1LjE.Zk3q0Tn7vGZr2b1yQnWc8mT5xJp4LsHd9uEoVaKfRiY"
ENTRY = Entry(
    uid="97541af9-695e-558e-854a-b1ff2f2f21b6",
    number=2,
    title="Reading, group; Year 5\\6",
    words="Clique \u2013 \u06cc\u06c1\u0627\u06ba \u0995\u09cd\u09b2\u09bf\u0995\nLine two, and a very long one " * 4,
    url=URL,
    starts_at=datetime(2026, 9, 15, 13, 0, tzinfo=UTC),
    ends_at=datetime(2026, 9, 15, 13, 30, tzinfo=UTC),
    written_at=datetime(2026, 9, 1, 8, 0, 0, 999, tzinfo=UTC),
    school='St "Mary", Ash',
    school_email="office@school.example",
)  # fmt: skip


# --- The file -------------------------------------------------------------------------------------
def test_file_is_written_as_the_standard_asks() -> None:
    """RFC 5545: lines of at most 75 bytes that end in CRLF, never broken inside a letter."""
    data = ENTRY.file.encode()
    lines = data.split(b"\r\n")
    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    assert [line for line in lines if line.decode(errors="ignore").encode() != line] == []


def test_file_says_what_the_entry_says() -> None:
    event = event_in(ENTRY.file)
    assert {name: str(event[name]) for name in ("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL")} == {
        "UID": ENTRY.uid,
        "SUMMARY": ENTRY.title,
        "DESCRIPTION": ENTRY.words,
        "LOCATION": URL,
        "URL": URL,
    }  # fmt: skip
    assert (event.start, event.end) == (ENTRY.starts_at, ENTRY.ends_at)
    assert "DTSTART;TZID=Europe/London:20260915T140000\r\n" in ENTRY.file
    assert "DTSTAMP:20260901T080000Z\r\n" in ENTRY.file


def test_nobody_is_listed_and_the_school_alone_is_named() -> None:
    unfolded = ENTRY.file.replace("\r\n ", "")
    assert re.findall(r"[\w.]+@[\w.]+", unfolded) == ["office@school.example"]
    assert ("ATTENDEE" in unfolded, "VALARM" in unfolded, "CLASS:PRIVATE" in unfolded) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("standing", "method"),
    [
        (Standing.CONFIRMED, "PUBLISH"),
        (Standing.TENTATIVE, "PUBLISH"),
        (Standing.CANCELLED, "CANCEL"),
    ],
)
def test_method_goes_with_the_standing(standing: Standing, method: str) -> None:
    entry = Entry(**(vars(ENTRY) | {"standing": standing}))
    assert facts_of(entry.file) == (method, ENTRY.uid, 2, standing.value)


def test_same_entry_is_the_same_bytes() -> None:
    assert ENTRY.file == Entry(**vars(ENTRY)).file


def test_name_of_an_entry_is_one_persons_for_one_call() -> None:
    one, other = UUID(int=1), UUID(int=2)
    names = [uid_of(one, "place", 1, 2), uid_of(one, "place", 12, ""), uid_of(one, "place", 1, 3),
             uid_of(other, "place", 1, 2), uid_of(one, "seat", 1, 2)]  # fmt: skip
    assert (len(set(names)), uid_of(one, "place", 1, 2)) == (5, names[0])


def test_several_entries_stand_in_one_file_with_a_name() -> None:
    file = file_of(
        [ENTRY, Entry(**(vars(ENTRY) | {"uid": "other"}))], method="PUBLISH", name="Calls"
    )
    names = [str(event["UID"]) for event in Calendar.from_ical(file).walk("VEVENT")]
    assert (names, file.count("BEGIN:VTIMEZONE")) == ([ENTRY.uid, "other"], 1)


def _new_year(year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), time())


@pytest.mark.parametrize("year", [2026, 2027, 2031, 2037])
def test_e67_zone_in_the_file_changes_its_clock_when_london_does(year: int) -> None:
    """The file's own rule against the world's list, a second before and at each change."""
    [zone] = Calendar.from_ical(ENTRY.file).walk("VTIMEZONE")
    for rule in zone.subcomponents:
        onsets = rrulestr(rule["RRULE"].to_ical().decode(), dtstart=rule["DTSTART"].dt)
        [onset] = list(onsets.between(_new_year(year), _new_year(year + 1)))
        at = (onset - rule["TZOFFSETFROM"].td).replace(tzinfo=UTC)
        assert at.astimezone(ZONE).utcoffset() == rule["TZOFFSETTO"].td
        before = (at - timedelta(seconds=1)).astimezone(ZONE)
        assert before.utcoffset() == rule["TZOFFSETFROM"].td  # fmt: skip


@pytest.mark.parametrize(
    ("day", "utc_hour"), [(date(2026, 10, 24), 13), (date(2026, 10, 26), 14), (date(2027, 3, 29), 13)]
)  # fmt: skip
def test_e67_entry_keeps_two_oclock_over_the_clock_changes(day: date, utc_hour: int) -> None:
    starts = datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)
    entry = Entry(
        **(vars(ENTRY) | {"starts_at": starts, "ends_at": starts + timedelta(minutes=30)})
    )
    assert f"DTSTART;TZID=Europe/London:{day:%Y%m%d}T140000\r\n" in entry.file


# --- The letters ----------------------------------------------------------------------------------
def test_e40_moved_call_moves_the_entry_and_a_cancelled_one_takes_it_out(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    [first] = last(mailbox, amy[0])
    meeting = moved(meeting, host)
    [second] = last(mailbox, amy[0])
    services.cancel(meeting, by=host)
    [third] = last(mailbox, amy[0])
    _, name, number, _ = facts_of(first)
    assert [facts_of(file) for file in (first, second, third)] == [
        ("PUBLISH", name, number, "CONFIRMED"),
        ("PUBLISH", name, number + 1, "CONFIRMED"),
        ("CANCEL", name, number + 2, "CANCELLED"),
    ]
    starts = [event_in(file).start for file in (first, second, third)]
    assert starts == [calls.STARTS, calls.STARTS + WEEK, calls.STARTS + WEEK]


def test_entry_holds_the_page_of_the_letter_and_never_the_teams_address(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy, ben], co_hosts=[co_host])
    letters = [letter for letter in mailbox() if letter.attachments]
    for letter in letters:
        [file] = files_of(letter)
        event, unfolded = event_in(file), file.replace("\r\n ", "")
        assert f"\n{event['URL']}\n" in letter.body
        assert [secret for secret in calls.SECRETS if secret in unfolded] == []
        assert re.findall(r"[\w.]+@[\w.]+", unfolded) == [school().office_email]
    assert len({str(event_in(files_of(one)[0])["UID"]) for one in letters}) == 2


def test_siblings_have_an_entry_each_with_their_own_link(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann)
    calls.shared(host, [(mother, amy), (mother, ann)], co_hosts=[co_host])
    [letter] = [one for one in mailbox() if one.attachments]
    assert [part.get_filename() for part in letter.attachments] == ["call.ics", "call-2.ics"]
    events = [event_in(file) for file in files_of(letter)]
    assert len({str(event["UID"]) for event in events}) == 2
    assert [str(event["URL"]) in letter.body for event in events] == [True, True]


def test_e33_child_with_a_safe_address_has_no_entry(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    """A calendar is shared in a family: it tells the hour to whoever looks into it."""
    Pupil.objects.filter(pk=amy[1].pk).update(is_address_confidential=True)
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    meeting = moved(meeting, host)
    services.cancel(meeting, by=host)
    assert [file for found in files(mailbox, amy[0]) for file in found] == []


def test_family_that_has_to_answer_again_gets_the_new_time_and_no_link_until_it_has(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    clock_at(clock.now() + timedelta(hours=1))
    meeting = moved(meeting, host, is_recorded=True)
    [waiting] = last(mailbox, amy[0])
    calls.answer(meeting, *amy)
    [again] = last(mailbox, amy[0])
    assert (facts_of(waiting)[3], facts_of(again)[3]) == ("TENTATIVE", "CONFIRMED")
    assert ("/j/" in waiting, "URL" in event_in(waiting), "URL" in event_in(again)) == (
        False,
        False,
        True,
    )
    assert facts_of(waiting)[1] == facts_of(again)[1]


def test_first_yes_is_answered_without_a_file(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.agreed(host, [amy, ben], co_hosts=[co_host])
    assert files(mailbox, amy[0], ben[0]) == [[]] * len(mail.outbox)


def test_family_without_an_entry_gets_none_when_the_call_moves_or_is_called_off(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.agreed(host, [amy, ben], co_hosts=[co_host])
    meeting = moved(meeting, host)
    services.cancel(meeting, by=host)
    assert [file for found in files(mailbox, amy[0], ben[0]) for file in found] == []


def test_e34_no_entry_goes_to_an_address_that_was_changed_lately(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    Guardian.objects.filter(pk=amy[0].pk).update(
        email="new@family.example", email_changed_at=clock.now()
    )
    amy[0].refresh_from_db()
    moved(meeting, host)
    assert last(mailbox, amy[0]) == []


def test_dead_link_is_taken_out_by_an_entry_with_a_higher_number(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    [old] = last(mailbox, amy[0])
    meeting.places.filter(pupil=amy[1]).update(link_version=2)
    services.share_by_email(meeting, by=host)
    [new] = last(mailbox, amy[0])
    assert facts_of(new)[1:3] == (facts_of(old)[1], facts_of(old)[2] + 1)
    assert event_in(new)["URL"] != event_in(old)["URL"]


def test_every_call_of_a_series_that_is_called_off_leaves_the_calendar(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    one = calls.shared(host, [amy, ben], co_hosts=[co_host])
    two = calls.shared(
        host, [amy, ben], co_hosts=[co_host], starts_at=calls.STARTS + WEEK, ends_at=calls.ENDS + WEEK
    )  # fmt: skip
    mailbox()
    services.cancel(one, by=host)
    services.cancel(two, by=host)
    gone = [file for found in files(mailbox, amy[0]) for file in found if "CANCEL" in file]
    assert len({facts_of(file)[1] for file in gone}) == 2


@pytest.mark.parametrize(
    ("change", "rises_by"),
    [
        ({"title": "Another name"}, 1),
        ({"starts_at": calls.STARTS + timedelta(minutes=5)}, 1),
        ({"ends_at": calls.ENDS + timedelta(minutes=5), "title": "Both"}, 1),
        ({"is_recorded": True}, 0),
        ({}, 0),
    ],
)
def test_number_rises_with_what_stands_in_calendars(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, change: dict[str, Any], rises_by: int
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    before = Meeting.objects.get(pk=meeting.pk).calendar_number
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, **change))
    assert Meeting.objects.get(pk=meeting.pk).calendar_number == before + rises_by


def test_entry_is_in_the_language_of_the_letter(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    Guardian.objects.filter(pk=amy[0].pk).update(language="pl")
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    [first] = last(mailbox, amy[0])
    moved(meeting, host, is_recorded=True)
    [second] = last(mailbox, amy[0])
    for file in (first, second):
        words = str(event_in(file)["DESCRIPTION"])
        assert [
            line for line in words.splitlines() if "Please" in line or "Questions" in line
        ] == []


# --- Staff ----------------------------------------------------------------------------------------
def own_file(client: Client, meeting: Meeting) -> str:
    answer = client.get(url("own_entry", meeting))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return answer.content.decode()


def test_adults_of_a_call_have_it_in_their_calendar_without_a_pupils_name(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: Callable[..., Client],
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    parts = {}
    for person in (host, co_host, colleague):
        file = own_file(staff_client(person), meeting).replace("\r\n ", "")
        event = event_in(file)
        parts[str(event["DESCRIPTION"]).split(".")[0]] = str(event["UID"])
        hidden = (*calls.SECRETS, amy[1].given_name, ben[1].given_name, amy[1].family_name)
        assert [secret for secret in hidden if secret in file] == []
        assert str(event["URL"]).endswith(url("detail", meeting))
    assert list(parts) == ["Your part: Host", "Your part: Co-host", "Your part: Reserve"]
    assert len(set(parts.values())) == 3


def test_e40_entry_of_an_adult_follows_the_call(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    staff_client: Callable[..., Client],
) -> None:
    client = staff_client(host)
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    told = [facts_of(own_file(client, meeting))]
    meeting = moved(meeting, host)
    told.append(facts_of(own_file(client, meeting)))
    services.cancel(meeting, by=host)
    told.append(facts_of(own_file(client, meeting)))
    name = told[0][1]
    assert told == [
        ("PUBLISH", name, 0, "TENTATIVE"),
        ("PUBLISH", name, 1, "TENTATIVE"),
        ("CANCEL", name, 2, "CANCELLED"),
    ]


# --- What is kept ---------------------------------------------------------------------------------
def test_file_is_kept_exactly_as_it_was_sent_and_shown_without_its_key(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy, ben], co_hosts=[co_host])
    [sent] = last(mailbox, amy[0])
    notice = Notice.objects.get(kind="meeting_join_link", guardian=amy[0])
    [kept] = Sealed.restored(notice.letter).enclosed
    shown = letter_of(notice)
    assert (kept.content, kept.name) == (sent, "call.ics")
    token = str(event_in(sent)["URL"]).rpartition("/j/")[2].strip("/")
    assert shown is not None
    [file] = shown.enclosed
    assert [part for part in pieces(token) if part in file.content] == []
    assert f"/j/{MASK}" in file.content


def pieces(token: str) -> list[str]:
    """Every eight letters of a key, wherever a line may break."""
    return [token[start : start + 8] for start in range(0, len(token) - 8, 8)]


def test_key_that_is_broken_over_lines_is_masked_in_logs() -> None:
    token = URL.rpartition("/")[2]
    for text in (ENTRY.file, repr(ENTRY.file), repr(ENTRY.file.encode())):
        shown = mask(text)
        assert [part for part in pieces(token) if part in shown] == []


def test_nothing_of_a_file_stands_in_the_repr_of_its_letter(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    notice = Notice.objects.get(kind="meeting_join_link", guardian=amy[0])
    [kept] = Sealed.restored(notice.letter).enclosed
    assert "BEGIN" not in repr(kept)


def test_letter_that_may_have_gone_goes_again_with_the_same_file(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    notice = Notice.objects.get(kind="meeting_join_link", guardian=amy[0])
    before = Sealed.restored(notice.letter).enclosed
    Notice.objects.filter(pk=notice.pk).update(
        state="due", may_have_gone=True, ended_at=None, try_at=clock.now()
    )
    outbox.run_due(clock.now())
    assert Sealed.restored(Notice.objects.get(pk=notice.pk).letter).enclosed == before
