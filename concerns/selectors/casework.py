"""What the team works with: the case as the rules of closing see it, tasks, links and moves."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from concerns import policy
from concerns.models import Concern, Entry, Involved, Link, Moved, Task
from concerns.policy import EntryKind as Kind
from concerns.policy import Urgency
from concerns.selectors.lines import WITH_ENTRY, Lines, entry_lines
from concerns.selectors.people import colleagues, facts_of_all, unsettled
from school.models import StaffMember
from school.roles import Viewer


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry as a page shows it: in words, what corrects it, and which answer it waits for."""

    entry: Entry
    lines: Lines
    corrections: tuple["Told", ...] = ()
    waits_for: str = ""


@dataclass(frozen=True, kw_only=True)
class Chronology:
    """What was done about a concern, oldest first; corrections stand beside what they correct (E12)."""

    entries: tuple[Told, ...]
    of_account: tuple[Told, ...]


def chronology(concern: Concern) -> list[Entry]:
    """Return what was done about a concern, oldest first, with all that tells it in words."""
    return list(concern.entries.select_related(*WITH_ENTRY))


def as_told(entries: Sequence[Entry], *, among: Sequence[Entry] = ()) -> Chronology:
    """Return entries as a page shows them: each correction beside what it corrects (E12).

    `among`: all that may have ended their waiting, where more happened than is shown.
    """
    shown = {entry.pk for entry in entries}
    waits = waiting(among or entries)
    beside: dict[int | None, list[Told]] = defaultdict(list)
    for entry in entries:
        if entry.kind == Kind.CORRECTION and (
            entry.follows_id is None or entry.follows_id in shown
        ):
            beside[entry.follows_id].append(Told(entry=entry, lines=entry_lines(entry)))
    told = {one.entry.pk for group in beside.values() for one in group}
    return Chronology(
        entries=tuple(
            Told(
                entry=entry,
                lines=entry_lines(entry),
                corrections=tuple(beside[entry.pk]),
                waits_for=waits.get(entry.pk, ""),
            )
            for entry in entries
            if entry.pk not in told
        ),
        of_account=tuple(beside[None]),
    )


def waiting(entries: Sequence[Entry]) -> dict[int, str]:
    """Return which entries wait for something, and for what: an answer, a reply, or to be told."""
    followed: dict[int, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.follows_id is not None:
            followed[entry.follows_id].add(entry.kind)
    return {
        entry.pk: what
        for entry in entries
        if (what := _waits_for(entry)) and not followed[entry.pk] & ENDS_WAITING[what]
    }


ENDS_WAITING: dict[str, set[str]] = {
    "answer": {Kind.ANSWER, Kind.DISAGREEMENT},
    "reply": {Kind.ADDENDUM, Kind.WITHDRAWAL},
    "telling": {Kind.HOLDER_TOLD},
    "handing": {Kind.TAKEN_OVER, Kind.KEPT_HERE},
}


def _waits_for(entry: Entry) -> str:
    """Return for what an entry waits by itself."""
    if entry.kind in {Kind.REFERRAL, Kind.DISAGREEMENT}:
        return "answer"
    if entry.kind == Kind.QUESTION:
        return "reply"
    if entry.kind == Kind.HANDED_OVER:
        return "handing"
    return "telling" if entry.kind == Kind.NOTIFICATION and not entry.holder_knows else ""


def case_of(
    concern: Concern,
    facts: policy.Facts,
    people: Sequence[policy.Colleague],
    *,
    entries: Sequence[Entry] | None = None,
) -> policy.Case:
    """Return a concern as the rules of closing see it now; `entries`: all of it, where read already."""
    entries = chronology(concern) if entries is None else entries
    waits = waiting(entries)
    said = [Urgency(entry.urgency) for entry in entries if entry.urgency]
    return policy.Case(
        status=facts.status,
        urgencies=frozenset([Urgency(concern.reported_urgency), facts.urgency, *said]),
        readers=frozenset(person.staff_id for person in policy.able(facts, people)),
        steps=[policy.Step(kind=Kind(entry.kind), by=entry.by_id) for entry in entries],
        open_tasks=list(
            Task.objects.open().filter(concern=concern, chases=None).values_list("pk", flat=True)
        ),
        owes_referral=_owes_referral(entries),
        unanswered=[pk for pk, what in waits.items() if what == "answer"],
        unreplied=[pk for pk, what in waits.items() if what == "reply"],
        unsettled=sorted(unsettled(concern)),
        untold=[pk for pk, what in waits.items() if what == "telling"],
        unconfirmed=[pk for pk, what in waits.items() if what == "handing"],
    )


def _owes_referral(entries: Sequence[Entry]) -> bool:
    """Tell whether the decision that stands is to tell somebody outside, and nobody was told."""
    decided = [entry for entry in entries if entry.kind == Kind.DECISION]
    if not decided or decided[-1].outcome is None or not decided[-1].outcome.is_referral:
        return False
    return not any(entry.kind in {Kind.REFERRAL, Kind.NOTIFICATION} for entry in entries)


def readers(facts: policy.Facts, people: Sequence[policy.Colleague]) -> list[int]:
    """Return who may read a concern at its desk: who may have it, or a task about it."""
    return [person.staff_id for person in policy.able(facts, people)]


def open_tasks(concern: Concern) -> list[Task]:
    """Return what is still to be done about a concern, the first due first."""
    return list(Task.objects.open().filter(concern=concern).select_related("owner"))


def my_tasks(viewer: Viewer) -> list[Task]:
    """Return what somebody has to do about concerns that they may read, in a constant number of queries."""
    people = Prefetch("concern__involved", Involved.objects.select_related("pupil", "staff"))
    own = Task.objects.open().filter(owner=viewer.staff_id)
    readable = Concern.objects.filter(pk__in=own.values("concern")).visible_to(viewer)
    return list(own.filter(concern__in=readable).select_related("concern").prefetch_related(people))


def lost_tasks(now: datetime) -> list[int]:
    """Return the concerns with a task whose owner may not read them any more (E4, E23)."""
    rows = list(Task.objects.open().exclude(owner=None).select_related("concern"))
    people = colleagues(now)
    facts = facts_of_all(
        list({row.concern_id: row.concern for row in rows}.values()), people, now=now
    )
    return sorted(
        {
            row.concern_id
            for row in rows
            if not policy.may_own(row.owner_id or 0, facts[row.concern_id], people)
        }
    )


@dataclass(frozen=True, kw_only=True)
class Linked:
    """Another concern about the same event, which the viewer may read as well."""

    link: Link
    other: Concern


def linked(concern: Concern, viewer: Viewer) -> list[Linked]:
    """Return what a concern is linked with, as far as somebody may read both (E10)."""
    links = list(Link.objects.filter(Q(first=concern) | Q(second=concern), ended_at=None))
    if not links:
        return []
    ids = [link.second_id if link.first_id == concern.pk else link.first_id for link in links]
    people = Prefetch("involved", Involved.objects.select_related("pupil", "staff"))
    readable = Concern.objects.filter(pk__in=ids).visible_to(viewer).prefetch_related(people)
    visible = {other.pk: other for other in readable}
    return [
        Linked(link=link, other=visible[pk])
        for link, pk in zip(links, ids, strict=True)
        if pk in visible
    ]


def tombstones(viewer: Viewer, pupils: Collection[int]) -> list[Moved]:
    """Return what stands in the files of pupils instead of a record filed there by mistake (E11).

    Each says when it was moved and by whom in which role, and nothing of the record.
    """
    return list(Moved.objects.filter(pupil__in=pupils).visible_to(viewer))


def staff_at_work() -> list[int]:
    """Return who works here: whose a personal duty to report may be (G15)."""
    return list(StaffMember.objects.working().values_list("pk", flat=True))
