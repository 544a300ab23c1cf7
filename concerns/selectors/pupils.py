"""What the chronology of a pupil shows: of what this reader may see, and of nothing else."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from audit import selectors as audit
from concerns import policy
from concerns.chronology import ACCOUNT, Line, Wanted, in_order, who_knew
from concerns.models import Concern, Entry, Involved
from concerns.models.family import family_among
from concerns.selectors.family import siblings_of
from concerns.selectors.lines import WITH_ENTRY, Lines, entry_lines
from school.models import Pupil, StaffMember
from school.roles import Viewer
from schoolsafe.lib import clock

STANDS = {
    "open": "Open",
    "new": "Not acknowledged",
    "undecided": "Acknowledged, not decided",
    "closed": "Closed",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of a chronology as the page shows it; `words` are those of the entry, if it is one."""

    line: Line
    concern: Concern
    when: str
    noted: str
    children: str
    words: Lines | None
    knew: Sequence[str]

    @property
    def is_account(self) -> bool:
        """Tell whether this is what the reporter wrote."""
        return self.line.kind == ACCOUNT


@dataclass(frozen=True, kw_only=True)
class File:
    """What somebody may see about a pupil, and which brothers and sisters can be shown beside."""

    pupil: Pupil
    concerns: Sequence[Concern]
    siblings: Sequence[Pupil]
    kinds: Sequence[tuple[str, str]]
    categories: Sequence[tuple[int, str]]
    lines: Sequence[Line]


def pupil_file(pupil: Pupil, viewer: Viewer, *, together: bool) -> File:
    """Return what a person may see about a pupil, with brothers and sisters if so wished (A36, A3).

    A brother or sister of whom this person may read nothing is not named; nor is any to family of
    the pupil, for whom the page is that of a pupil without records (E8, E44). The number of queries
    is the same for any number of concerns.
    """
    siblings = [] if family_among(viewer.staff_id, [pupil.pk]) else siblings_of(pupil)
    rows = _concerns(viewer, [pupil, *siblings])
    in_them = {row.pk: {who.pupil_id for who in row.involved.all()} for row in rows}
    seen = frozenset[int | None]().union(*in_them.values())
    shown = [sibling for sibling in siblings if sibling.pk in seen]
    ids = {pupil.pk, *(sibling.pk for sibling in shown)} if together else {pupil.pk}
    concerns = [row for row in rows if ids & in_them[row.pk]]
    lines = in_order(line for row in concerns for line in _lines(row))
    categories = {pk: name for line in lines for pk, name in line.categories.items()}
    return File(
        pupil=pupil,
        concerns=concerns,
        siblings=shown,
        kinds=[(kind, kind_in_words(kind)) for kind in dict.fromkeys(line.kind for line in lines)],
        categories=sorted(categories.items(), key=lambda item: item[1]),
        lines=lines,
    )


def _concerns(viewer: Viewer, pupils: Sequence[Pupil]) -> list[Concern]:
    """Return every concern with one of these pupils in it that a person may read, with all it holds.

    A child in words who was matched later stands in it as the pupil too.
    """
    found = Involved.objects.filter(pupil__in=pupils).values("concern")
    return list(
        Concern.objects.filter(pk__in=found)
        .visible_to(viewer)
        .select_related("reporter")
        .prefetch_related(
            "categories",
            "marks",
            Prefetch("involved", Involved.objects.select_related("pupil", "staff")),
            Prefetch("entries", Entry.objects.select_related(*WITH_ENTRY)),
        )
    )


def _lines(concern: Concern) -> Iterator[Line]:
    """Yield the account of a concern and its entries."""
    shared: dict[str, Any] = {
        "concern": concern.reference,
        "urgency": concern.urgency,
        "stands": _stands(concern.facts()),
        "categories": {row.pk: row.name for row in concern.categories.all()},
    }
    yield Line(
        kind=ACCOUNT,
        happened=policy.When(concern.happened),
        happened_at=concern.happened_at,
        noted_at=concern.logged_at,
        what=concern,
        **shared,
    )
    for number, entry in enumerate(concern.entries.all(), start=1):
        yield Line(
            kind=entry.kind,
            happened_at=entry.called_at or entry.dealt_at or entry.at,
            noted_at=entry.at,
            number=number,
            what=entry,
            **shared,
        )


def _stands(facts: policy.Facts) -> frozenset[str]:
    """Return where a concern stands, of STANDS."""
    stands = {
        "open": policy.is_open(facts),
        "new": facts.status is policy.Status.LOGGED,
        "undecided": policy.is_undecided(facts),
        "closed": not policy.is_open(facts),
    }
    return frozenset(name for name, holds in stands.items() if holds)


def told(file: File, wanted: Wanted) -> list[Told]:
    """Return the lines that are wanted, as the page shows them, with who knew what when."""
    zone = clock.zone()
    kept = [line for line in file.lines if wanted.keeps(line, zone)]
    rows = {row.reference: row for row in file.concerns}
    readers = _readers(
        [row for row in file.concerns if any(k.concern == row.reference for k in kept)]
    )
    return [
        Told(
            line=line,
            concern=rows[line.concern],
            when=_when(line),
            noted=in_full(line.noted_at),
            children=", ".join(
                str(who.pupil) for who in rows[line.concern].involved.all() if who.pupil
            ),
            words=None if line.kind == ACCOUNT else entry_lines(line.what),
            knew=_knew(rows[line.concern], readers) if line.kind == ACCOUNT else [],
        )
        for line in kept
    ]


def knew_of(concerns: Sequence[Concern]) -> dict[int, list[str]]:
    """Return for each of these concerns, in sentences, who knew what of it when."""
    readers = _readers(concerns)
    return {row.pk: _knew(row, readers) for row in concerns}


def _knew(concern: Concern, readers: dict[str, list[tuple[str, datetime]]]) -> list[str]:
    """Return in sentences who knew what when of one concern."""
    steps = who_knew(
        filed=(concern.reporter.name, concern.logged_at),
        read=readers[concern.object],
        entries=[(entry.kind, entry.by.name, entry.at) for entry in concern.entries.all()],
    )
    return [f"{step.step.value.capitalize()} by {step.who}, {in_full(step.at)}" for step in steps]


def _readers(concerns: Sequence[Concern]) -> dict[str, list[tuple[str, datetime]]]:
    """Return for each concern who has opened it, and when first, in two queries."""
    looks = audit.first_looks("concern.read", [row.object for row in concerns])
    found = [(name, int(actor.partition(":")[2]), first) for name, actor, first in looks]
    names = StaffMember.objects.in_bulk({pk for _, pk, _ in found})
    readers: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for name, pk, first in found:
        if pk in names:
            readers[name].append((names[pk].name, first))
    return readers


def _when(line: Line) -> str:
    """Return in words when something happened, and how well that is known (E13)."""
    if not line.is_known:
        return "Not known when"
    about = "About " if line.happened is policy.When.ABOUT else ""
    return f"{about}{in_full(line.at)}"


def in_full(at: datetime) -> str:
    """Return day, year and time: a chronology spans years."""
    return f"{clock.day_in_words(at)} {clock.local(at).year}, {clock.time_in_words(at)}"


def kind_in_words(kind: str) -> str:
    """Return a kind of line in words."""
    if kind == ACCOUNT:
        return "What was logged"
    return kind.replace("_", " ").capitalize()
