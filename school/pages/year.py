"""The school year as a person reads it: terms, the holidays between them, and single days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from school import calendar as hours
from school.calendar import SATURDAY, Calendar
from school.models import ClosedDay, Term
from school.terms import calendar

# A holiday of this many days, weekends included, is a half-term; Easter is longer.
HALF_TERM = 10


@dataclass(frozen=True, kw_only=True)
class Single:
    """One day on which the school is closed, and why; `pk` is that of a closed day that was entered."""

    day: date
    words: str
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A term, or the holiday between two; `pk` is that of the term."""

    name: str
    first: date
    last: date
    pk: int | None = None
    is_now: bool = False
    singles: list[Single] = field(default_factory=list)

    @property
    def is_term(self) -> bool:
        """Tell whether the school teaches in it."""
        return self.pk is not None


@dataclass(frozen=True, kw_only=True)
class Year:
    """One school year in the order of its days."""

    name: str
    is_past: bool
    stretches: list[Stretch]


@dataclass(frozen=True, kw_only=True)
class Page:
    """All years that are entered, and closed days that lie in none of their terms."""

    years: list[Year]
    loose: list[Single]
    gaps: list[str]
    calendar: Calendar

    @property
    def coming(self) -> list[Year]:
        """Return this year and later ones."""
        return [year for year in self.years if not year.is_past]

    @property
    def past(self) -> list[Year]:
        """Return earlier years, the last one first."""
        return [year for year in reversed(self.years) if year.is_past]


def read(today: date) -> Page:
    """Return the calendar as its page shows it, in five queries."""
    known = calendar()
    terms = list(Term.objects.all())
    closed = list(ClosedDay.objects.all())
    years = [_year(known, terms, closed, spans, today) for spans in hours.school_years(known.terms)]
    shown = {one.pk for year in years for part in year.stretches for one in part.singles}
    return Page(
        years=years,
        loose=[Single(day=r.day, words=r.reason, pk=r.pk) for r in closed if r.pk not in shown],
        gaps=hours.gaps(known, on=today),
        calendar=known,
    )


def _year(
    known: Calendar,
    terms: Sequence[Term],
    closed: Sequence[ClosedDay],
    spans: Sequence[tuple[date, date]],
    today: date,
) -> Year:
    first, last = spans[0][0], max(end for _, end in spans)
    own = [row for row in terms if (row.starts_on, row.ends_on) in spans]
    between = [one for one in hours.term_holidays(known) if first <= one[0] <= last]
    parts: list[tuple[date, date, str, int | None]] = [
        (row.starts_on, row.ends_on, row.name, row.pk) for row in own
    ]
    parts += [(*one, holiday_name(one), None) for one in between]
    return Year(
        name=f"{first.year} to {last.year}" if last.year > first.year else f"{first.year}",
        is_past=last < today,
        stretches=[
            Stretch(
                name=name,
                first=begins,
                last=ends,
                pk=pk,
                is_now=begins <= today <= ends,
                singles=_singles(known, closed, begins, ends),
            )
            for begins, ends, name, pk in sorted(parts, key=lambda part: part[:2])
        ],
    )


def holiday_name(holiday: tuple[date, date]) -> str:
    """Return what a holiday is called, as far as its days tell."""
    first, last = holiday
    if any(first <= date(year, 12, 25) <= last for year in (first.year, last.year)):
        return "Christmas holiday"
    if last - first > hours.SUMMER:
        return "Summer holiday"
    return "Half-term holiday" if (last - first).days < HALF_TERM else "Holiday"


def _singles(known: Calendar, closed: Sequence[ClosedDay], first: date, last: date) -> list[Single]:
    """Return the closed days and the bank holidays of a stretch: of the latter those on weekdays."""
    found = [
        Single(day=row.day, words=row.reason, pk=row.pk)
        for row in closed
        if first <= row.day <= last
    ]
    found += [
        Single(day=day, words=f"{name} (bank holiday)")
        for year in range(first.year, last.year + 1)
        for day, name in hours.named_bank_holidays(known.nation, year)
        if first <= day <= last and day.weekday() < SATURDAY
    ]
    return sorted(found, key=lambda one: one.day)
