"""A call of many people held against its plan, beside sorting the same stays; and the largest report.

Every size twice: with an adult for each fifty people, and with two adults in all, who are out so often
that somebody is alone nearly all the time and next to every coming and going changes a finding.
"""

import math
import random
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

from meetings.attendance import (
    Attendee,
    Expected,
    ExpectedPupil,
    Interval,
    Layout,
    Plan,
    Report,
    ReportRefused,
    read_report,
    reconcile,
)
from tests.bench import place

STAYS, HOURS = 20, 6
SIZES = (100, 1_000, 10_000)
TIMES = {100: 9, 1_000: 5, 10_000: 2}
START = datetime(2026, 9, 22, 8, tzinfo=UTC)
END = START + timedelta(hours=HOURS)
LONDON, DAY = ZoneInfo("Europe/London"), date(2026, 9, 22)
LARGEST = 5 * 2**20
HEAD = "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\r\n"


def main() -> None:
    for crowd, adults in (("an adult for fifty", None), ("two adults", 2)):
        ratios = {people: ratio(*call(people, adults or people // 50)) for people in SIZES}
        place.tell(
            f"1,000 people x {STAYS} stays, of sorting them: {crowd}",
            ratios[1_000][0],
            at_most=10,
            note=", ".join(
                f"{people:,}: {took * 1000:.0f} ms" for people, (_, took) in ratios.items()
            ),
        )
        times = [ratios[people][1] for people in SIZES]
        # Of n log n the slope between a thousand and ten thousand people is 1.07.
        slope = math.log10(times[2] / times[1])
        place.tell(f"slope from 1,000 to 10,000 people: {crowd}", slope, at_most=1.3)
    for name, data in REPORTS.items():
        seconds, megabytes = read(data)
        place.tell(f"report of {len(data) / 2**20:.1f} MB, {name}: s", seconds, at_most=1)
        place.tell(f"report of {len(data) / 2**20:.1f} MB, {name}: MB", megabytes, at_most=100)


def call(people: int, adults: int) -> tuple[Report, Plan]:
    """Return a call in which everybody comes and goes twenty times."""
    chance = random.Random(people)  # noqa: S311
    seconds = range(HOURS * 3600)
    attendees = []
    for number in range(people):
        ends = sorted(chance.sample(seconds, 2 * STAYS))
        times = [START + timedelta(seconds=second) for second in ends]
        mail = f"p{number}@school.example"
        stays = tuple(map(Interval, times[::2], times[1::2]))
        attendees.append(Attendee(key=f"in-{number}", name=mail, email=mail, intervals=stays))
    chance.shuffle(attendees)
    report = Report(
        title="",
        meeting_id="",
        started=START,
        ended=END,
        attendees=tuple(attendees),
        has_intervals=True,
        is_partial=False,
        layout=Layout.GRAPH,
        language="en",
    )
    mails = [f"p{number}@school.example" for number in range(people)]
    plan = Plan(
        booked=Interval(START, END),
        opened=START,
        ended=END,
        staff=tuple(Expected(key=mail, name=mail, addresses=(mail,)) for mail in mails[:adults]),
        pupils=tuple(
            ExpectedPupil(key=mail, name=mail, addresses=(mail,), has_consent=True, was_let_in=True)
            for mail in mails[adults:]
        ),
        recording_promised=False,
        recording_made=False,
    )
    return report, plan


def ratio(report: Report, plan: Plan) -> tuple[float, float]:
    """Return what reconciling takes of sorting the same stays as bare pairs, and its time."""
    pairs = [(stay.start, stay.end) for each in report.attendees for stay in each.intervals]
    took, control = [], []
    for _ in range(TIMES[len(report.attendees)]):
        began = process_time()
        reconcile(report, plan)
        done = process_time()
        sorted(pairs)
        control.append(process_time() - done)
        took.append(done - began)
    return min(took) / min(control), min(took)


def read(data: bytes) -> tuple[float, float]:
    """Return the seconds and the megabytes that a report takes, whatever becomes of it."""

    def once() -> None:
        try:
            read_report(data, day=DAY, tz=LONDON)
        except ReportRefused:
            return

    times = []
    for _ in range(3):
        began = process_time()
        once()
        times.append(process_time() - began)
    tracemalloc.start()
    once()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), (peak + len(data)) / 2**20


def table(rows: int, *, name: str = "Pupil", mail: bool = True, padded: int = 0) -> str:
    """Write the table of 2021, as large as it comes."""
    lines = []
    for number in range(rows):
        minute, second = divmod(number % 3600, 60)
        address = f"pupil{number % 1000}@school.example" if mail else ""
        lines.append(
            f"{name} {number}\t22/09/2026, 14:{minute:02}:{second:02}\t"
            f"22/09/2026, 15:{minute:02}:{second:02}\t1h\t{address}\tAttendee{' ' * padded}\t{address}\r\n"
        )
    return HEAD + "".join(lines)


REPORTS = {
    "1,000 people": table(21_000).encode("utf-16"),
    "nobody has an address": table(24_900, name="iPad 🦄", mail=False, padded=108).encode(),
    "a million rows": b"a\tb\r\n" * (LARGEST // 5),
    "one row": b'"\nab",' * (LARGEST // 6),
}
