"""What whoever logged a concern sees of it."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet

from concerns import policy
from concerns.models import Concern, Entry, Exclusion, Involved, Moved
from concerns.models.people import Shown, as_shown, teachers_in
from concerns.policy import EntryKind, Status
from concerns.selectors.casework import Chronology, Told, as_told
from concerns.selectors.lines import WITH_ENTRY
from concerns.selectors.pages import read_by
from concerns.selectors.people import facts_of, facts_until
from school.calendar import Calendar
from school.models import StaffMember

# What changes where a concern stands, as it is written down.
STANDS = {
    EntryKind.ACKNOWLEDGEMENT: Status.ACKNOWLEDGED,
    EntryKind.CLOSURE: Status.CLOSED,
    EntryKind.REOPENING: Status.REOPENED,
    EntryKind.SETTLED: Status.CLOSED,
    EntryKind.RAISED: Status.ACKNOWLEDGED,
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A concern as its reporter sees it: its facts, and who did what."""

    facts: policy.Facts
    status: Status
    urgency: str
    acknowledge_by: datetime
    acknowledged_by: str
    is_decided: bool
    read_by: list[tuple[str, datetime]]


def logged_with_people(staff: StaffMember) -> QuerySet[Concern]:
    """Return what somebody logged, with everybody in it, in three queries."""
    people = Prefetch("involved", Involved.objects.select_related("pupil", "staff"))
    moved = Prefetch("moved", Moved.objects.select_related("pupil"))
    return Concern.objects.logged_by(staff).prefetch_related(people, moved)


def people_as_logged(concern: Concern) -> list[Shown]:
    """Return the people as the reporter wrote of them: nothing that was said since (E5)."""
    return as_shown(rows_as_logged(concern), until=concern.logged_at)


def rows_as_logged(concern: Concern) -> list[Involved]:
    """Return each row of these people, words and whom they mean alike."""
    at, by = concern.logged_at, concern.reporter_id
    own = [row for row in concern.involved.all() if row.added_by_id == by and row.added_at == at]
    return _before_moves(concern, own)


def _before_moves(concern: Concern, rows: Sequence[Involved]) -> list[Involved]:
    """Return these people with each pupil as they were named at first, whoever was meant (E11)."""
    first: dict[int, Moved] = {}
    also = []
    for moved in concern.moved.all():
        if not moved.was_there_at(concern.logged_at, concern.reporter_id):
            continue
        if moved.row_id is None:
            also.append(_as_named(moved))
        else:
            first.setdefault(moved.row_id, moved)
    return [*(_as_first_named(row, first.get(row.pk)) for row in rows), *also]


def _as_first_named(row: Involved, moved: Moved | None) -> Involved:
    """Return a person in a concern as they were named before anything was moved."""
    if moved is None:
        return row
    before = copy(row)
    before.pupil = moved.pupil
    return before


def _as_named(moved: Moved) -> Involved:
    """Return a pupil whose part another had already, as they were named; on no record any more."""
    return Involved(
        concern=moved.concern, kind=Involved.Kind.PUPIL, pupil=moved.pupil, part=moved.part
    )


def own_entries(concern: Concern) -> list[Entry]:
    """Return what the reporter finds again: what they wrote, and what they were asked (A24).

    Never what they did as one who works on it, and no question from after they were named (E5).
    """
    since = named_at(concern)
    asked = Q(kind=EntryKind.QUESTION) & (Q() if since is None else Q(at__lt=since))
    return list(concern.entries.filter(_by_reporter(concern) | asked).select_related(*WITH_ENTRY))


def own_chronology(concern: Concern) -> Chronology:
    """Return the same as their page shows it; of what came of a question only that it is settled.

    The question stands there in its words, without who asked it.
    """
    since = named_at(concern)
    among = concern.entries.all()
    if since is not None:
        among = among.filter(_by_reporter(concern) | Q(at__lt=since))
    told = as_told(own_entries(concern), among=list(among))
    return replace(told, entries=tuple(_as_asked(one) for one in told.entries))


def _as_asked(told: Told) -> Told:
    """Return an entry as the reporter sees it: a question says nothing of who works on it."""
    if told.entry.kind != EntryKind.QUESTION:
        return told
    return replace(told, lines=replace(told.lines, heading="You were asked:"))


def _by_reporter(concern: Concern) -> Q:
    """Return what makes an entry one that the reporter wrote as such."""
    return Q(by=concern.reporter, kind__in=policy.REPORTERS_OWN)


def named_at(concern: Concern) -> datetime | None:
    """Return when somebody else named the reporter as one whom the concern is about, if they did.

    Words that may mean them, of which nobody has said yet whom they mean, count as well.
    """
    excluded = (
        Exclusion.objects.standing()
        .filter(concern=concern, staff=concern.reporter_id, since__gt=concern.logged_at)
        .values_list("since", flat=True)
    )
    meant = _meant_at(concern.reporter).get(concern.pk)
    return min([*excluded, *([meant] if meant else [])], default=None)


def _meant_at(reporter: StaffMember) -> dict[int, datetime]:
    """Return when words that may mean the reporter were added to concerns that they logged."""
    rows = Involved.objects.unsettled().filter(
        concern__reporter=reporter, added_at__gt=F("concern__logged_at")
    )
    later = list(rows.order_by("-added_at"))
    teachers = teachers_in(later)
    return {
        row.concern_id: row.added_at
        for row in later
        if row.may_mean(reporter, teachers=teachers.get(row.concern_id, frozenset()))
    }


def named_later(reporter: StaffMember) -> frozenset[int]:
    """Return which of the concerns that somebody logged were found to be about them, or may be."""
    rows = Exclusion.objects.standing().filter(
        staff=reporter, concern__reporter=reporter, since__gt=F("concern__logged_at")
    )
    return frozenset([*rows.values_list("concern_id", flat=True), *_meant_at(reporter)])


def seen_by_reporter(
    concern: Concern, people: Sequence[policy.Colleague], hours: Calendar, *, now: datetime
) -> Seen:
    """Return what the reporter sees; whoever was named later sees on what they saw until then (E5).

    That they stand outside must not show: neither who reads it now nor that anything has changed.
    Who named themselves knows, and learns no names.
    """
    since = named_at(concern)
    if since is not None:
        return _frozen(concern, people, hours, since=since, now=now)
    facts = facts_of(concern, now=now, people=people)
    if concern.is_self_referral:
        facts = _without_outcome(facts)
    is_outside = concern.reporter_id in facts.excluded
    taker = concern.acknowledged_by
    return Seen(
        facts=facts,
        status=facts.status,
        urgency=concern.reported_urgency,
        acknowledge_by=concern.acknowledge_by,
        acknowledged_by="" if is_outside or taker is None else taker.name,
        is_decided=facts.is_decided,
        read_by=[] if is_outside else read_by(concern),
    )


def _without_outcome(facts: policy.Facts) -> policy.Facts:
    """Return what whoever told of themselves sees: that it was acknowledged, and never what came of it."""
    is_waiting = facts.status is Status.LOGGED
    status = Status.LOGGED if is_waiting else Status.ACKNOWLEDGED
    return replace(facts, status=status, is_decided=False)


def _frozen(
    concern: Concern,
    people: Sequence[policy.Colleague],
    hours: Calendar,
    *,
    since: datetime,
    now: datetime,
) -> Seen:
    """Return a concern as it stood when its reporter was named."""
    entries = list(concern.entries.filter(at__lt=since).select_related("by"))
    steps = [entry for entry in entries if entry.kind in STANDS]
    taken = [entry for entry in steps if entry.kind == EntryKind.ACKNOWLEDGEMENT]
    facts = replace(
        facts_until(concern, since, people, now=now),
        status=STANDS[EntryKind(steps[-1].kind)] if steps else Status.LOGGED,
        clock_began_at=concern.logged_at,
        is_decided=_is_decided(entries),
    )
    return Seen(
        facts=facts,
        status=facts.status,
        urgency=concern.reported_urgency,
        acknowledge_by=policy.acknowledge_by(facts, hours),
        acknowledged_by=taken[-1].by.name if taken else "",
        is_decided=facts.is_decided,
        read_by=read_by(concern, until=since),
    )


def _is_decided(entries: Sequence[Entry]) -> bool:
    """Tell whether the last word in these was a decision and no opening again."""
    decided = {EntryKind.DECISION, EntryKind.REFERRAL, EntryKind.SETTLED}
    anew = {EntryKind.REOPENING, EntryKind.RAISED}
    last = [entry.kind for entry in entries if entry.kind in decided | anew][-1:]
    return bool(last) and last[0] not in anew
