"""The attendance report that somebody downloads from Teams, in every layout it has had.

Decided here: a report without the table of comings and goings is not refused. It still tells who was
there, an unknown person or a pupil without consent among them, and that must not be lost; it is a
`Report` without `has_intervals`, and what cannot be told from it is said in `Findings.not_checked`.
The same holds where that table leaves out somebody, or a part of somebody's stay, that the table of
people has.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import UTC, date, datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from meetings.attendance.entries import (
    LONGEST_TITLE,
    Said,
    attendees_of,
    called_of,
    clean,
    said,
)
from meetings.attendance.refusals import ReportRefusal, ReportRefused
from meetings.attendance.reports import Attendee, Interval, Layout, Report
from meetings.attendance.stamps import Calendar, Parts, Stamp, agrees, has_times, stamp_of
from meetings.attendance.tables import (
    END,
    MEETING_ID,
    START,
    TITLE,
    Entry,
    Kind,
    Tables,
    english_tables,
    has_sections,
    shaped_tables,
)
from meetings.attendance.texts import rows_of, text_of

_DELIMITERS = "\t;,"
_JOINED = frozenset({"joined", "joined before"})
_LEFT = frozenset({"left"})
# Ends in the two tables of one report are rounded each for itself.
_CLOSE = range(-2, 3)


def read_report(data: bytes, *, day: date, tz: ZoneInfo) -> Report:
    """Return what a download says about the call of a day; its times are local and have no zone.

    Raises ReportRefused for every other file: above all where day and month cannot be told apart by
    the day of the call, and where an hour that the clocks had twice could be either.
    """
    text = text_of(data)
    tables, language = _tables(text)
    if Kind.UTC_EVENT in tables.entries:
        return _listed(tables, Kind.UTC_EVENT, Calendar(_stamps(tables), day=day, tz=UTC))
    calendar = Calendar(_stamps(tables), day=day, tz=tz)
    if Kind.EVENT in tables.entries:
        return _listed(tables, Kind.EVENT, calendar)
    if Kind.PERSON in tables.entries:
        return _sectioned(tables, calendar, language)
    return _one_table(tables, calendar)


def _tables(text: str) -> tuple[Tables, str]:
    """Read the tables by their labels, or else by their shape; by the delimiter that finds any.

    The delimiter is that of the table, not of the file: titles and names may hold any of them.
    """
    readers = [(english_tables, "en")]
    if has_sections(text):
        readers.append((shaped_tables, ""))
    for reader, language in readers:
        for delimiter in _DELIMITERS:
            if delimiter not in text:
                continue
            tables = reader(rows_of(text, delimiter))
            if any(tables.entries.values()):
                return tables, language
            if tables.entries:
                raise ReportRefused(ReportRefusal.NOT_A_REPORT)
    is_one = has_sections(text) or has_times(text)
    raise ReportRefused(ReportRefusal.OTHER_LANGUAGE if is_one else ReportRefusal.NOT_A_REPORT)


def _stamps(tables: Tables) -> Iterator[Stamp]:
    """Yield every time in a report: all of them together tell day and month apart."""
    for entries in tables.entries.values():
        for entry in entries:
            yield entry.first
            yield entry.last
    for label in (START, END):
        if stamp := stamp_of(tables.summary.get(label, "")):
            yield stamp


def _sectioned(tables: Tables, calendar: Calendar, language: str) -> Report:
    """Build the report of the layout with sections: a table of people, and one of their stays."""
    people, stays = (tables.entries.get(kind, []) for kind in (Kind.PERSON, Kind.STAY))
    accounts = _accounts(people)
    has_intervals = _is_whole(stays, people)
    listed = set() if has_intervals else {_called(entry) for entry in people}
    rows = [
        _said(entry, calendar.interval(entry.first, entry.last, entry.length), accounts)
        for entry in stays
        if _called(entry) not in listed
    ]
    if not has_intervals:
        rows += [_said(entry, calendar.reach(entry.first, entry.last), {}) for entry in people]
    attendees = attendees_of(rows, one_each=frozenset(accounts))
    return _report(tables, calendar, attendees, has_intervals, Layout.SECTIONS, language)


def _one_table(tables: Tables, calendar: Calendar) -> Report:
    """Build the report of the layout with one table, in which each stay has its row.

    Where one is shorter than from its coming to its going, stays were put together, and whoever was
    out in between cannot be seen.
    """
    stays = [
        (entry, calendar.interval(entry.first, entry.last, entry.length))
        for entry in tables.entries[Kind.STAY]
    ]
    has_intervals = all(agrees(entry.length, interval.seconds) for entry, interval in stays)
    attendees = attendees_of(_said(entry, interval, {}) for entry, interval in stays)
    return _report(tables, calendar, attendees, has_intervals, Layout.ONE_TABLE, "en")


def _listed(tables: Tables, kind: Kind, calendar: Calendar) -> Report:
    """Build the report of a list of comings and goings, which may have been taken too early."""
    events: dict[tuple[str, str], list[tuple[datetime, Entry]]] = defaultdict(list)
    for entry in tables.entries[kind]:
        events[entry.visit, _called(entry)].append((calendar.time(entry.first), entry))
    ended = max(at for visit in events.values() for at, _ in visit)
    stays = [stay for visit in events.values() for stay in _visits(visit, until=ended)]
    names = Counter(name for _, name in events)
    report = _report(
        tables,
        calendar,
        attendees_of(
            (_said(entry, interval, {}) for entry, interval, _ in stays),
            one_each=frozenset(name for name, times in names.items() if times == 1),
        ),
        True,
        Layout.DURING if kind is Kind.EVENT else Layout.LIVE_EVENT,
        "en",
    )
    is_partial = kind is Kind.EVENT or any(is_open for *_, is_open in stays)
    return replace(report, is_partial=is_partial)


def _visits(
    events: Iterable[tuple[datetime, Entry]], *, until: datetime
) -> Iterator[tuple[Entry, Interval, bool]]:
    """Yield each stay of one name, and whether nothing says that it has ended.

    Two of one name cannot be told apart: whoever came first is taken to go first, which changes
    nothing of when how many of them were in.
    """
    inside: deque[tuple[datetime, Entry]] = deque()
    for at, entry in sorted(events, key=itemgetter(0)):
        action = entry.action.casefold()
        if action in _JOINED:
            inside.append((at, entry))
        elif action in _LEFT and inside:
            yield inside[0][1], Interval(inside.popleft()[0], at), False
        else:
            known = action in _LEFT
            raise ReportRefused(ReportRefusal.DAMAGED if known else ReportRefusal.OTHER_LANGUAGE)
    for at, entry in inside:
        yield entry, Interval(at, until), True


def _report(
    tables: Tables,
    calendar: Calendar,
    attendees: tuple[Attendee, ...],
    has_intervals: bool,
    layout: Layout,
    language: str,
) -> Report:
    """Put a report together: from when until when it is, its own summary says, or else its rows."""
    started = min(each.start for attendee in attendees for each in attendee.intervals)
    ended = max(each.end for attendee in attendees for each in attendee.intervals)
    first, last = (_told(tables, calendar, label) for label in (START, END))
    if first and last and first <= last:
        started, ended = first, last
    return Report(
        title=clean(tables.summary.get(TITLE, ""), LONGEST_TITLE),
        meeting_id=clean(tables.summary.get(MEETING_ID, ""), LONGEST_TITLE),
        started=started,
        ended=ended,
        attendees=attendees,
        has_intervals=has_intervals,
        is_partial=False,
        layout=layout,
        language=language,
    )


def _told(tables: Tables, calendar: Calendar, label: str) -> datetime | None:
    """Return a time that the summary tells, where it can be read one way."""
    stamp = stamp_of(tables.summary.get(label, ""))
    return calendar.sure(stamp) if stamp else None


def _called(entry: Entry) -> str:
    return called_of(name=entry.name, email=entry.email)


def _accounts(people: Iterable[Entry]) -> dict[str, str]:
    """Return the accounts of those who are one row of the table of people, by what they are called.

    Two rows of one name are two people, and which stay is whose cannot be told.
    """
    rows: dict[str, list[Entry]] = defaultdict(list)
    for entry in people:
        rows[_called(entry)].append(entry)
    return {called: found[0].account for called, found in rows.items() if len(found) == 1}


def _said(entry: Entry, interval: Interval, accounts: Mapping[str, str]) -> Said:
    return said(
        name=entry.name,
        email=entry.email,
        user_id=entry.account or (accounts.get(_called(entry), "") if accounts else ""),
        role=entry.role,
        interval=interval,
    )


def _is_whole(stays: Iterable[Entry], people: Iterable[Entry]) -> bool:
    """Tell whether everybody's first coming and last going is there among the stays."""
    comings: set[tuple[str, Parts, int]] = set()
    goings: set[tuple[str, Parts, int]] = set()
    for entry in stays:
        called = _called(entry)
        comings.add((called, *entry.first))
        goings.add((called, *entry.last))
    return all(
        _has(comings, _called(entry), entry.first) and _has(goings, _called(entry), entry.last)
        for entry in people
    )


def _has(ends: Set[tuple[str, Parts, int]], called: str, end: Stamp) -> bool:
    return any((called, end.parts, end.seconds + more) in ends for more in _CLOSE)
