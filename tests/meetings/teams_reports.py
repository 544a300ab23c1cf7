"""Attendance reports as Teams gives them out today, made from who was in and when."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from school.models import StaffMember
from schoolsafe.lib import clock
from tests.meetings import calls


class Stay(NamedTuple):
    """One person in the call, from a second to a second after its planned start."""

    name: str
    begins: float
    ends: float
    email: str = ""


def by(person: StaffMember, begins: float, ends: float) -> Stay:
    """A member of staff, signed in with the school account."""
    return Stay(person.name, begins, ends, person.email)


def guest(name: str, begins: float, ends: float) -> Stay:
    """Somebody who came by the link and typed a name."""
    return Stay(f"{name} (Unverified)", begins, ends)


def when(seconds: float, start: datetime = calls.STARTS) -> str:
    """A time as Teams writes it in the United Kingdom."""
    return f"{clock.local(start + timedelta(seconds=seconds)):%d/%m/%Y, %H:%M:%S}"


def file(
    stays: Sequence[Stay],
    *,
    title: str = "Reading together",
    has_activities: bool = True,
    start: datetime = calls.STARTS,
    meeting_id: str = "",
) -> bytes:
    """The file that is downloaded: UTF-16 with tabs, a summary, the people, their comings and goings."""
    first, last = min(one.begins for one in stays), max(one.ends for one in stays)
    names = list(dict.fromkeys((one.name, one.email) for one in stays))
    rows: list[list[str]] = [
        ["1. Summary"],
        ["Meeting title", title],
        *([["Meeting Id", meeting_id]] if meeting_id else []),
        ["Attended participants", str(len(names))],
        ["Start time", when(first, start)],
        ["End time", when(last, start)],
        [],
        ["2. Participants"],
        ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email",
         "Participant ID (UPN)", "Role"],
    ]  # fmt: skip
    for name, email in names:
        own = [one for one in stays if (one.name, one.email) == (name, email)]
        rows.append(
            [name, when(min(one.begins for one in own), start),
             when(max(one.ends for one in own), start),
             f"{sum(one.ends - one.begins for one in own):.0f}s", email, email, "Presenter"]
        )  # fmt: skip
    if has_activities:
        rows += [[], ["3. In-Meeting Activities"],
                 ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"]]  # fmt: skip
        rows += [
            [one.name, when(one.begins, start), when(one.ends, start),
             f"{one.ends - one.begins:.0f}s", one.email, "Presenter"]
            for one in stays
        ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, dialect="excel-tab").writerows(rows)
    return text.getvalue().encode("utf-16")
