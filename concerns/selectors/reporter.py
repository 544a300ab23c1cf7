"""What whoever logged a concern sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, Prefetch, QuerySet

from concerns import policy
from concerns.models import Concern, Entry, Exclusion, Involved
from concerns.models.people import Shown, as_shown, teachers_in
from concerns.policy import EntryKind, Status
from concerns.selectors.pages import read_by
from concerns.selectors.people import facts_of, facts_until
from school.calendar import Calendar
from school.models import StaffMember

# What changes where a concern stands, as it is written down.
STANDS = {
    EntryKind.ACKNOWLEDGEMENT: Status.ACKNOWLEDGED,
    EntryKind.CLOSURE: Status.CLOSED,
    EntryKind.REOPENING: Status.REOPENED,
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
    """Return what somebody logged, with everybody in it, in two queries."""
    people = Prefetch("involved", Involved.objects.select_related("pupil", "staff"))
    return Concern.objects.logged_by(staff).prefetch_related(people)


def people_as_logged(concern: Concern) -> list[Shown]:
    """Return the people as the reporter wrote of them: nothing that was said since (E5)."""
    at, by = concern.logged_at, concern.reporter_id
    own = [row for row in concern.involved.all() if row.added_by_id == by and row.added_at == at]
    return as_shown(own, until=at)


def named_at(concern: Concern) -> datetime | None:
    """Return when somebody else named the reporter as one whom the concern is about, if they did.

    Words that may mean them, of which nobody has said yet whom they mean, count as well.
    """
    excluded = Exclusion.objects.filter(
        concern=concern, staff=concern.reporter_id, since__gt=concern.logged_at
    ).values_list("since", flat=True)
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
    rows = Exclusion.objects.filter(
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
    is_outside = concern.reporter_id in facts.excluded
    taker = concern.acknowledged_by
    return Seen(
        facts=facts,
        status=facts.status,
        urgency=concern.urgency,
        acknowledge_by=concern.acknowledge_by,
        acknowledged_by="" if is_outside or taker is None else taker.name,
        is_decided=facts.is_decided,
        read_by=[] if is_outside else read_by(concern),
    )


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
        urgency=concern.urgency,
        acknowledge_by=policy.acknowledge_by(facts, hours),
        acknowledged_by=taken[-1].by.name if taken else "",
        is_decided=facts.is_decided,
        read_by=read_by(concern, until=since),
    )


def _is_decided(entries: Sequence[Entry]) -> bool:
    """Tell whether the last word in these was a decision and no opening again."""
    kinds = {EntryKind.DECISION, EntryKind.REFERRAL, EntryKind.REOPENING}
    last = [entry.kind for entry in entries if entry.kind in kinds][-1:]
    return last not in ([], [EntryKind.REOPENING])
