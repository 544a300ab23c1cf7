"""What is counted for the governors, and the list of cases without names for an inspection."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from concerns.models import Category, Concern, Entry, Involved, Outcome
from concerns.models.people import ACCUSED
from concerns.policy import EntryKind, Status
from concerns.policy.report import Counted, StaffCounted, pace
from school.roles import Viewer
from school.years import Year, term_at, within
from schoolsafe.lib import clock

NONE, SEVERAL, SETTLED = "none", "several", "settled"
COUNTED = (
    "pk",
    "term",
    "level",
    "acknowledged_at",
    "acknowledge_by",
    "decided_at",
    "decide_by",
)
STATUS_WORDS = {
    Status.LOGGED: "Not acknowledged",
    Status.ACKNOWLEDGED: "Open",
    Status.REOPENED: "Opened again",
    Status.CLOSED: "Closed",
}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """All that is counted of a school year, and the names of what it is counted by."""

    children: Sequence[Counted]
    adults: Sequence[StaffCounted]
    terms: Mapping[str, str]
    categories: Mapping[str, str]
    outcomes: Mapping[str, str]


def ended(year: Year, *, today: date) -> dict[str, str]:
    """Return the terms of a year that are over: of one that runs the numbers move with every concern.

    Who looks on two days could tell from the difference what was logged in between.
    """
    return {str(term.pk): term.name for term in year.terms if term.ends_on < today}


def report_counts(year: Year, *, today: date) -> Counts:
    """Return the concerns of the terms that are over, of the whole school, in six queries.

    Nobody's sight is asked: everybody reads the same numbers, and two of them side by side tell nothing.
    """
    terms = ended(year, today=today)
    rows = list(
        Concern.objects.filter(within(year, "logged_at"))
        .annotate(term=term_at(year, "logged_at"))
        .filter(term__in=terms)
        .order_by("pk")
        .values(*COUNTED)
    )
    ids = [row["pk"] for row in rows]
    adults = about_adults(ids)
    kinds, outcomes = _categories(ids), _outcomes(ids)
    return Counts(
        children=[_counted(row, kinds, outcomes) for row in rows if row["pk"] not in adults],
        adults=[
            StaffCounted(term=row["term"], level=row["level"])
            for row in rows
            if row["pk"] in adults
        ],
        terms=terms,
        categories=_names(Category) | {SEVERAL: "More than one", NONE: "None chosen"},
        outcomes=_names(Outcome) | {NONE: "Nothing decided", SETTLED: "Settled as low-level"},
    )


def about_adults(ids: Collection[int]) -> set[int]:
    """Return which of these concerns are about an adult who works here, or may."""
    rows = Involved.objects.filter(
        Q(kind=Involved.Kind.STAFF) | Q(kind=Involved.Kind.ADULT, works_here=True),
        concern__in=ids,
        part__in=ACCUSED,
    )
    return set(rows.values_list("concern", flat=True))


def _counted(
    row: Mapping[str, Any], kinds: Mapping[int, str], outcomes: Mapping[int, str]
) -> Counted:
    """Return a concern as it is counted."""
    return Counted(
        term=row["term"],
        category=kinds.get(row["pk"], NONE),
        acknowledged=pace(done_at=row["acknowledged_at"], due_at=row["acknowledge_by"]),
        decided=pace(done_at=row["decided_at"], due_at=row["decide_by"]),
        outcome=outcomes.get(row["pk"], NONE),
    )


def _categories(ids: Collection[int]) -> dict[int, str]:
    """Return the category of each of these; one with several counts once, as one with several."""
    found: dict[int, list[int]] = defaultdict(list)
    through = Concern.categories.through.objects.filter(concern__in=ids)
    for concern, category in through.values_list("concern_id", "category_id"):
        found[concern].append(category)
    return {pk: str(rows[0]) if len(rows) == 1 else SEVERAL for pk, rows in found.items()}


def _outcomes(ids: Collection[int]) -> dict[int, str]:
    """Return the outcome of the decision that stands of each of these."""
    kinds = [EntryKind.DECISION, EntryKind.SETTLED, EntryKind.REOPENING, EntryKind.RAISED]
    rows = Entry.objects.filter(concern__in=ids, kind__in=kinds).order_by("at", "pk")
    found: dict[int, str] = {}
    for concern, kind, outcome in rows.values_list("concern", "kind", "outcome"):
        found[concern] = _standing(kind, outcome)
    return found


def _standing(kind: str, outcome: int | None) -> str:
    """Return what one entry leaves standing."""
    if kind == EntryKind.SETTLED:
        return SETTLED
    return str(outcome) if kind == EntryKind.DECISION else NONE


def _names(model: type[Category] | type[Outcome]) -> dict[str, str]:
    """Return the words of a list by key."""
    return {str(pk): name for pk, name in model._default_manager.values_list("pk", "name")}


@dataclass(frozen=True, kw_only=True)
class ListedCase:
    """One concern in the list for an inspection: no name, no place, no word of what was written."""

    reference: str
    logged_on: date
    acknowledged_on: date | None
    decided_on: date | None
    closed_on: date | None
    categories: str
    status: str
    is_referred: bool


def cases(year: Year, viewer: Viewer) -> list[ListedCase]:
    """Return the concerns of a school year that a person may read, without a name, the oldest first (A55).

    What they may not read is not in it, as everywhere (E8).
    """
    found = Concern.objects.filter(within(year, "logged_at")).visible_to(viewer)
    rows = list(
        found.order_by("logged_at", "pk")
        .only("reference", "status", "logged_at", "acknowledged_at", "decided_at", "closed_at")
        .prefetch_related("categories")
    )
    referred = _referred(row.pk for row in rows)
    return [
        ListedCase(
            reference=row.reference,
            logged_on=clock.local(row.logged_at).date(),
            acknowledged_on=_day(row.acknowledged_at),
            decided_on=_day(row.decided_at),
            closed_on=_day(row.closed_at),
            categories=", ".join(category.name for category in row.categories.all()),
            status=STATUS_WORDS[Status(row.status)],
            is_referred=row.pk in referred,
        )
        for row in rows
    ]


def _day(at: datetime | None) -> date | None:
    return None if at is None else clock.local(at).date()


def _referred(ids: Iterable[int]) -> set[int]:
    """Return of which of these somebody outside was told."""
    kinds = [EntryKind.REFERRAL, EntryKind.NOTIFICATION]
    rows = Entry.objects.filter(concern__in=list(ids), kind__in=kinds)
    return set(rows.values_list("concern", flat=True))
