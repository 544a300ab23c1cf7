"""Times as Teams writes them: in the downloader's order of day and month, and without a zone.

The order is the one that lands on the call's day. Where the clocks go back an hour happens twice:
such a time is read only if what stands beside it, the other end and the length of the stay, leaves
one way to read it. A time that the clocks skipped is not read at all.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from meetings.attendance.refusals import ReportRefusal, ReportRefused
from meetings.attendance.reports import Interval

_DATE = r"(?P<a>[0-9]{1,4})(?P<dot>[./-])(?P<b>[0-9]{1,2})(?P=dot)(?P<c>[0-9]{1,4})\.?"
_TIME = (
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})[:.](?P<second>[0-9]{2})"
    r"(?:\ ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_STAMP = re.compile(rf"{_DATE}(?:,\ ?|\ |T){_TIME}")
_DATE_ALONE = re.compile(_DATE)
_TIME_ALONE = re.compile(_TIME)
# Spaces that do not break, and marks of direction, as some languages have them inside a time.
_ODD_SPACES = {ord(space): " " for space in "\u00a0\u2007\u2009\u202f"} | dict.fromkeys(
    map(ord, "\u200e\u200f\u061c")
)
_ANYWHERE = re.compile(rf"{_DATE}[^0-9\n]{{1,4}}[0-9]{{1,2}}[:.][0-9]{{2}}")
_NUMBER = re.compile(r"\d+")
_LONGEST_KEPT = 40
_DAY = timedelta(days=1)
_CENTURY = 2000
# Teams rounds the two ends and the length each for itself.
_ROUNDED = (0, 1, -1, 2, -2)

Parts = tuple[int, int, int]
Order = Callable[[Parts], date | None]


class Stamp(NamedTuple):
    """A time whose three parts of a date are not yet told apart."""

    parts: Parts
    seconds: int


def stamp_of(cell: str) -> Stamp | None:
    """Return the time in a cell, or none where there is none."""
    return _kept(cell) if len(cell) <= _LONGEST_KEPT else _stamp(cell)


def _stamp(cell: str) -> Stamp | None:
    found = _STAMP.fullmatch(cell if cell.isascii() else cell.translate(_ODD_SPACES).strip())
    if found is None:
        return None
    first, _, second, third, *clock, half = found.groups()
    seconds = _seconds(*map(int, clock), half=half)
    return None if seconds is None else Stamp((int(first), int(second), int(third)), seconds)


# A call of some hours has few seconds, and its report many rows: each time stands there often.
_kept = lru_cache(maxsize=2**14)(_stamp)


def has_times(text: str) -> bool:
    """Tell whether there is anything in a text that looks like a date with a time."""
    return _ANYWHERE.search(text) is not None


def is_split(cell: str, following: str) -> bool:
    """Tell whether a date and its time stand in two cells."""
    date_cell, time_cell = (text.translate(_ODD_SPACES).strip() for text in (cell, following))
    return bool(_DATE_ALONE.fullmatch(date_cell) and _TIME_ALONE.fullmatch(time_cell))


def agrees(length: str, seconds: int) -> bool:
    """Tell whether a length as Teams writes it is this many seconds, in whatever language.

    "1h 7s" and "1 godz. 7 sek." have the same numbers: parts that are zero are left out.
    """
    return _agrees(length[:80], seconds)


@lru_cache(maxsize=2**14)
def _agrees(length: str, seconds: int) -> bool:
    numbers = [int(number) for number in _NUMBER.findall(length)]
    told = [number for number in numbers if number]
    return bool(numbers) and any(told in _tellings(seconds + more) for more in _ROUNDED)


class Calendar:
    """Turns stamps into times in UTC, all in one order of day and month."""

    def __init__(self, stamps: Iterable[Stamp], *, day: date, tz: tzinfo) -> None:
        self._tz = tz
        self._dates = _dates({stamp.parts for stamp in stamps}, day=day)
        self._midnights = {parts: self._midnight(on) for parts, on in self._dates.items()}

    def interval(self, first: Stamp, last: Stamp, length: str = "") -> Interval:
        """Return the time from one stamp to the other.

        Raises ReportRefused where it would end before it starts, or could be two times.
        """
        starts, ends = self._readings(first), self._readings(last)
        if len(starts) == len(ends) == 1 and starts[0] <= ends[0]:
            return Interval(starts[0], ends[0])
        ways = [Interval(start, end) for start, end in product(starts, ends) if start <= end]
        if len(ways) > 1:
            ways = [way for way in ways if agrees(length, way.seconds)]
        if len(ways) == 1:
            return ways[0]
        is_sure = len(starts) == len(ends) == 1
        raise ReportRefused(ReportRefusal.DAMAGED if is_sure else ReportRefusal.CLOCK_CHANGE)

    def reach(self, first: Stamp, last: Stamp) -> Interval:
        """Return the widest time that two stamps can enclose: from the first coming to the last going.

        Raises ReportRefused where it would end before it starts.
        """
        starts, ends = self._readings(first), self._readings(last)
        if not starts or not ends or starts[0] > ends[-1]:
            raise ReportRefused(ReportRefusal.DAMAGED)
        return Interval(starts[0], ends[-1])

    def time(self, stamp: Stamp) -> datetime:
        """Return the one time that a stamp can be.

        Raises ReportRefused where the clocks are changed in that hour.
        """
        if at := self.sure(stamp):
            return at
        raise ReportRefused(ReportRefusal.CLOCK_CHANGE)

    def sure(self, stamp: Stamp) -> datetime | None:
        """Return the one time that a stamp can be, or none where it is two or none."""
        readings = self._readings(stamp)
        return readings[0] if len(readings) == 1 else None

    def _readings(self, stamp: Stamp) -> tuple[datetime, ...]:
        """Return every time that a stamp can be: one, or two or none where the clocks change."""
        midnight = self._midnights[stamp.parts]
        if midnight is not None:
            return (midnight + timedelta(seconds=stamp.seconds),)
        local = datetime.combine(self._dates[stamp.parts], datetime.min.time())
        local += timedelta(seconds=stamp.seconds)
        both = {local.replace(tzinfo=self._tz, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return tuple(
            sorted(at for at in both if at.astimezone(self._tz).replace(tzinfo=None) == local)
        )

    def _midnight(self, on: date) -> datetime | None:
        """Return the beginning of a day in UTC, or none for a day on which the clocks change."""
        begins, ends = (
            datetime.combine(at, datetime.min.time(), tzinfo=self._tz).astimezone(UTC)
            for at in (on, on + _DAY)
        )
        return begins if ends - begins == _DAY else None


def _seconds(hour: int, minute: int, second: int, *, half: str | None) -> int | None:
    """Return the seconds since midnight, or none for a time that no clock shows."""
    if minute > 59 or second > 59 or (not 1 <= hour <= 12 if half else hour > 23):
        return None
    if half:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return (hour * 60 + minute) * 60 + second


def _dates(found: set[Parts], *, day: date) -> dict[Parts, date]:
    """Tell day and month apart: the order by which the report is about the call's day.

    Raises ReportRefused where two orders fit, or none.
    """
    readings = [reading for order in _ORDERS if (reading := _reading(found, order))]
    fitting = {
        tuple(sorted(reading.items()))
        for reading in readings
        if min(reading.values()) <= day <= max(reading.values())
    }
    if len(fitting) == 1:
        return dict(fitting.pop())
    if not readings:
        raise ReportRefused(ReportRefusal.DAMAGED)
    unsure = len({tuple(sorted(reading.items())) for reading in readings}) > 1
    if unsure:
        raise ReportRefused(ReportRefusal.DAY_OR_MONTH)
    raise ReportRefused(ReportRefusal.ANOTHER_DAY, report=min(readings[0].values()), call=day)


def _reading(found: set[Parts], order: Order) -> dict[Parts, date] | None:
    """Read every date in one order: all are dates, and of one call."""
    reading = {parts: on for parts in found if (on := order(parts))}
    if len(reading) < len(found) or not reading:
        return None
    return reading if max(reading.values()) - min(reading.values()) <= _DAY else None


def _day_first(parts: Parts) -> date | None:
    return _date(parts[2], parts[1], parts[0])


def _month_first(parts: Parts) -> date | None:
    return _date(parts[2], parts[0], parts[1])


def _year_first(parts: Parts) -> date | None:
    return _date(*parts) if parts[0] >= _CENTURY else None


_ORDERS: tuple[Order, ...] = (_day_first, _month_first, _year_first)


def _date(year: int, month: int, day: int) -> date | None:
    # No report is older than Teams, and none of a day so late that the next has no date.
    if 100 <= year < _CENTURY or year > _CENTURY + 200:
        return None
    try:
        return date(year if year >= _CENTURY else _CENTURY + year, month, day)
    except ValueError:
        return None


def _tellings(seconds: int) -> Iterator[list[int]]:
    """Yield the numbers by which a length can be told, with days and without."""
    if seconds < 0:
        return
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    yield [part for part in (hours, minute, second) if part]
    if days:
        yield [part for part in (days, hour, minute, second) if part]
