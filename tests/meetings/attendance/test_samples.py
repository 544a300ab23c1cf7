"""Files as a school would upload them, three of them with breaches whose seconds are worked out here."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from meetings.attendance import (
    Expected,
    ExpectedPupil,
    FindingKind,
    Findings,
    Interval,
    Layout,
    Plan,
    Report,
    read_report,
    reconcile,
)
from tests.meetings.attendance.layouts import LONDON

SAMPLES = Path(__file__).parent / "samples"
DAY = date(2026, 9, 22)


def at(clock: str) -> datetime:
    """Return a time of the clock in London on the day of the samples."""
    local = datetime.combine(DAY, datetime.strptime(clock, "%H:%M:%S").time(), LONDON)  # noqa: DTZ007
    return local.astimezone(UTC)


def read(name: str) -> Report:
    return read_report((SAMPLES / f"{name}.csv").read_bytes(), day=DAY, tz=LONDON)


def plan(*, opened: str, ended: str, ali_has_consent: bool = True) -> Plan:
    def pupil(key: str, name: str, address: str, *, has_consent: bool = True) -> ExpectedPupil:
        return ExpectedPupil(
            key=key,
            name=name,
            addresses=(f"{address}@school.example",),
            has_consent=has_consent,
            was_let_in=True,
        )

    return Plan(
        booked=Interval(at("14:00:00"), at("14:30:00")),
        opened=at(opened),
        ended=at(ended),
        staff=(
            Expected(key="helen", name="Helen Host", addresses=("h.host@school.example",)),
            Expected(key="colin", name="Colin Cohost", addresses=("c.cohost@school.example",)),
        ),
        pupils=(
            pupil("poppy", "Poppy Pupil", "poppy"),
            pupil("ali", "Ali Pupil", "ali", has_consent=ali_has_consent),
        ),
        recording_promised=False,
        recording_made=False,
        title="Year 5 maths",
    )


def told(findings: Findings) -> list[tuple[FindingKind, str, str, int, tuple[str, ...]]]:
    names = {person.key: person.name for person in findings.people}
    return [
        (
            each.kind,
            *(f"{end.astimezone(LONDON):%H:%M:%S}" for end in (each.start, each.end)),
            each.seconds,
            tuple(names[key] for key in each.who),
        )
        for each in findings.findings
    ]


def test_co_host_drops_out_while_one_pupil_is_left():
    """Colin is out from 14:10:12 to 14:12:45; Ali leaves at 14:11:00, and Poppy is alone with Helen."""
    found = reconcile(read("breach-co-host-drops-out"), plan(opened="14:00:00", ended="14:31:45"))
    out = (14 * 60 + 12) * 60 + 45 - ((14 * 60 + 10) * 60 + 12)
    assert out == 153
    with_ali = (11 - 10) * 60 - 12
    assert with_ali == 48
    assert told(found) == [
        (
            FindingKind.NOT_RECORDED,
            "14:10:12",
            "14:12:45",
            out,
            ("Helen Host", "Poppy Pupil", "Ali Pupil"),
        ),
        (
            FindingKind.ONE_TO_ONE,
            "14:11:00",
            "14:12:45",
            out - with_ali,
            ("Helen Host", "Poppy Pupil"),
        ),
    ]
    assert [each.certain_seconds for each in found.findings] == [153, 105]
    assert found.not_checked == ()


def test_host_hangs_up_and_the_pupils_stay():
    """Helen hangs up at 14:30:10 and Colin at 14:30:25; the end is noted for 14:30:30.

    Poppy is in until 14:34:00, Ali until 14:32:30 and again from 14:40:00 to 14:40:50. From 14:30:10
    to 14:30:25 one adult is in with both, and nothing was recorded.
    """
    found = reconcile(read("breach-hung-up"), plan(opened="14:00:00", ended="14:30:30"))
    both = ("Poppy Pupil", "Ali Pupil")
    # Four minutes less 25 and 30 seconds; two and a half minutes less 30 seconds.
    poppy_without_staff, poppy_stayed, ali_stayed = 3 * 60 + 35, 3 * 60 + 30, 2 * 60
    assert told(found) == [
        (
            FindingKind.NOT_RECORDED,
            "14:30:10",
            "14:30:25",
            15,
            ("Colin Cohost", "Poppy Pupil", "Ali Pupil"),
        ),
        (FindingKind.NO_STAFF, "14:30:25", "14:34:00", poppy_without_staff, both),
        (FindingKind.STAYED_ON, "14:30:30", "14:32:30", ali_stayed, ("Ali Pupil",)),
        (FindingKind.STAYED_ON, "14:30:30", "14:34:00", poppy_stayed, ("Poppy Pupil",)),
        (FindingKind.CAME_BACK, "14:40:00", "14:40:50", 50, ("Ali Pupil",)),
        (FindingKind.NO_STAFF, "14:40:00", "14:40:50", 50, ("Ali Pupil",)),
    ]


def test_door_open_too_early_a_pupil_without_consent_and_somebody_unknown():
    """The door is opened at 14:00:00. Poppy comes at 13:59:20 on a phone, and stays on a tablet.

    Ali, without consent, is in from 14:02:00 to 14:03:30; "Dad's iPad" from 14:04:00 to 14:04:45.
    Colin is out from 14:10:00 to 14:16:40, with only Poppy there: two devices are one child.
    """
    found = reconcile(
        read("breach-open-door"),
        plan(opened="14:00:00", ended="14:20:00", ali_has_consent=False),
    )
    alone = (16 - 10) * 60 + 40
    assert alone == 400
    assert told(found) == [
        (FindingKind.BEFORE_OPENING, "13:59:20", "14:00:00", 40, ("Poppy Pupil",)),
        (FindingKind.WITHOUT_CONSENT, "14:02:00", "14:03:30", 90, ("Ali Pupil",)),
        (FindingKind.UNKNOWN_PERSON, "14:04:00", "14:04:45", 45, ("Dad's iPad",)),
        (
            FindingKind.NOT_RECORDED,
            "14:10:00",
            "14:16:40",
            alone,
            ("Helen Host", "Poppy Pupil"),
        ),
        (FindingKind.ONE_TO_ONE, "14:10:00", "14:16:40", alone, ("Helen Host", "Poppy Pupil")),
    ]


FACTS = {
    "breach-co-host-drops-out": (Layout.SECTIONS, "en", "Year 5 maths", 4, 5),
    "breach-hung-up": (Layout.SECTIONS, "en", "Year 5 maths", 4, 5),
    "breach-open-door": (Layout.ONE_TABLE, "en", "Year 5 maths", 5, 7),
    "during-2020": (Layout.DURING, "en", "", 2, 3),
    "excel-semicolons": (Layout.SECTIONS, "en", 'Maths; "again" and again', 1, 1),
    "live-event": (Layout.LIVE_EVENT, "en", "", 2, 2),
    "polish": (Layout.SECTIONS, "", "Matematyka", 1, 1),
    "split-cells": (Layout.ONE_TABLE, "en", "", 2, 2),
}


@pytest.mark.parametrize("name", sorted(file.stem for file in SAMPLES.glob("*.csv")))
def test_sample_is_read(name):
    report = read(name)
    stays = sum(len(attendee.intervals) for attendee in report.attendees)
    found = (report.layout, report.language, report.title, len(report.attendees), stays)
    assert found == FACTS[name]
    assert report.has_intervals
