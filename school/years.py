"""School years as the terms say, and in which term something lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, CharField, Q, Value, When

from school.calendar import school_years
from school.models import Term
from schoolsafe.lib import clock

OUTSIDE = "outside"


@dataclass(frozen=True, kw_only=True)
class Year:
    """A school year as its terms say; what lies between them is of the year that went before.

    The first has no beginning and the last no end, so that no call is left out.
    """

    key: str
    label: str
    terms: tuple[Term, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None


NO_TERMS = Year(key="all", label="All calls")


def years(now: datetime) -> list[Year]:
    """Return the school years that have begun, the latest first; without terms one of everything."""
    rows = list(Term.objects.all())
    groups = school_years([(term.starts_on, term.ends_on) for term in rows])
    found = []
    for number, spans in enumerate(groups):
        follows = groups[number + 1] if number + 1 < len(groups) else None
        terms = [term for term in rows if (term.starts_on, term.ends_on) in spans]
        found.append(
            Year(
                key=spans[0][0].isoformat(),
                label=_label(spans[0][0], spans[-1][1]),
                terms=tuple(terms),
                begins=_midnight(spans[0][0]) if number else None,
                ends=_midnight(follows[0][0]) if follows else None,
            )
        )
    begun = [year for year in found if year.begins is None or year.begins <= now]
    return begun[::-1] or [NO_TERMS]


def year_of(offered: Sequence[Year], key: str) -> Year:
    """Return the year that was asked for, or else the latest."""
    return next((year for year in offered if year.key == key), offered[0])


def _label(first: date, last: date) -> str:
    return f"{first.year} to {last.year}" if first.year != last.year else str(first.year)


def _midnight(day: date) -> datetime:
    return clock.at(day, time.min)


def within(year: Year, at: str) -> Q:
    """Return the condition that a time lies in a school year."""
    found = Q()
    if year.begins is not None:
        found &= Q(**{f"{at}__gte": year.begins})
    if year.ends is not None:
        found &= Q(**{f"{at}__lt": year.ends})
    return found


def term_at(year: Year, at: str) -> Any:
    """Return in which term a time lies, as the database finds it."""
    whens = [
        When(
            **{
                f"{at}__gte": _midnight(term.starts_on),
                f"{at}__lt": _midnight(term.ends_on + timedelta(days=1)),
            },
            then=Value(str(term.pk)),
        )
        for term in year.terms
    ]
    return Case(*whens, default=Value(OUTSIDE), output_field=CharField())
