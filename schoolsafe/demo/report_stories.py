"""A call of the demo school whose attendance report tells of minutes that should not have been."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from meetings import selectors, services
from meetings.models import Meeting
from meetings.services import Ending
from school.models import Pupil, StaffMember
from schoolsafe.demo import calls
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock

# Who, with which address, from which second after the start until which.
Stay = tuple[str, str, int, int]


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about an attendance report."""
    return [partial(left_alone, cast)]


def left_alone(cast: Cast) -> Story:
    """Tell of a call on which a teacher was alone with one pupil, and of a name that is still open."""
    pupils = cast.some(6, 4, 4)
    yield cast.days.before(8, 10)
    meeting = calls.plan(
        cast,
        "Poetry circle",
        purpose="reading",
        host="helen",
        co_hosts=["sam"],
        pupils=pupils,
        starts_at=cast.days.before(2, 13, 15),
    )
    yield from calls.ask_and_agree(cast, meeting, pupils, asked_at=cast.days.before(8, 10, 5))
    yield cast.days.before(4, 9)
    calls.share(cast, meeting)
    yield from calls.open_and_admit(cast, meeting, pupils, adults=["helen", "sam"])
    yield from calls.end_and_close(meeting, Ending())
    yield cast.days.ago(190)
    data = teams_file(meeting, _stays(cast.staff["helen"], cast.staff["sam"], pupils))
    services.bring_report(meeting, by=cast.staff["helen"], data=data)
    yield cast.days.ago(185)
    _name(meeting, pupils[:2], by=cast.staff["helen"])


def _stays(host: StaffMember, second: StaffMember, pupils: Sequence[Pupil]) -> list[Stay]:
    """Return who was in: the second adult was gone for a while, and most pupils left early."""
    a, b, c, d = (str(pupil) for pupil in pupils)
    return [
        (host.name, host.email, -412, 2702),
        (second.name, second.email, -240, 1498),
        (second.name, second.email, 2051, 2702),
        (f"{a} (Unverified)", "", -3, 2696),
        (f"{b} (Unverified)", "", 4, 911),
        (f"{b} (Unverified)", "", 987, 1650),
        (f"{c}'s iPad (Unverified)", "", 12, 1611),
        (f"{d} (Unverified)", "", 30, 1702),
    ]


def _name(meeting: Meeting, pupils: Sequence[Pupil], *, by: StaffMember) -> None:
    """Say of some entries who they were; the others stay open."""
    told = selectors.told(meeting)
    names = {person.name: person.key for person in told.open_names} if told else {}
    for pupil in pupils:
        services.recognise(meeting, by=by, key=names[str(pupil)], pupil_id=pupil.pk)


def teams_file(meeting: Meeting, stays: Sequence[Stay]) -> bytes:
    """Return the file that Teams would give out for these comings and goings."""

    def when(second: int) -> str:
        at: datetime = clock.local(meeting.starts_at + timedelta(seconds=second))
        return f"{at:%d/%m/%Y, %H:%M:%S}"

    people: dict[tuple[str, str], list[Stay]] = {}
    for stay in stays:
        people.setdefault(stay[:2], []).append(stay)
    rows: list[list[str]] = [
        ["1. Summary"],
        ["Meeting title", meeting.title],
        ["Attended participants", str(len(people))],
        ["Start time", when(min(stay[2] for stay in stays))],
        ["End time", when(max(stay[3] for stay in stays))],
        [],
        ["2. Participants"],
        ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email",
         "Participant ID (UPN)", "Role"],
    ]  # fmt: skip
    rows += [
        [name, when(own[0][2]), when(own[-1][3]), f"{sum(one[3] - one[2] for one in own)}s",
         address, address, "Presenter"]
        for (name, address), own in people.items()
    ]  # fmt: skip
    rows += [
        [],
        ["3. In-Meeting Activities"],
        ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"],
    ]
    rows += [
        [name, when(begins), when(ends), f"{ends - begins}s", address, "Presenter"]
        for name, address, begins, ends in stays
    ]
    text = io.StringIO()
    csv.writer(text, dialect="excel-tab").writerows(rows)
    return text.getvalue().encode("utf-16")
