"""How long concerns are kept, as things stand now, and who may say so."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q

from concerns import policy
from concerns.models import (
    Birth,
    Certificate,
    Concern,
    ConcernQuerySet,
    Counterpart,
    Entry,
    Hold,
    Involved,
    KeptUntil,
    Proposal,
)
from concerns.models.people import ACCUSED
from concerns.policy import Stand
from concerns.policy.retention import (
    LOOK_AHEAD,
    OWN_FILE,
    PASSED_YEARS,
    years_after,
)
from concerns.selectors.passing import Passed, passed, pupils_received_before
from school.models import School
from school.roles import Role, Viewer
from school.selectors import role_ends
from schoolsafe.lib import clock

STANDS_OF_TIME = {
    Stand.DUE: "Due now",
    Stand.SOON: "Due within 60 days",
    Stand.HELD: "On hold",
    Stand.UNKNOWN: "No day can be told",
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A concern with all that decides until when it is kept, at one instant."""

    concern: Concern
    facts: policy.Keeping
    written_at: datetime
    holds: tuple[Hold, ...]
    proposal: Proposal | None
    now: datetime

    @cached_property
    def until(self) -> policy.Until:
        """Return until when it is kept, and by which rule."""
        return policy.until(self.facts)

    @cached_property
    def stand(self) -> Stand:
        """Return where it stands with its day."""
        return policy.stand(
            self.facts, is_held=bool(self.holds), today=clock.local(self.now).date()
        )

    @property
    def stand_words(self) -> str:
        """Return where it stands, for a person."""
        return STANDS_OF_TIME.get(self.stand, "Kept")

    @property
    def standing(self) -> Proposal | None:
        """Return the proposal to destroy it, while it still counts."""
        if self.proposal is None or self.stand is not Stand.DUE:
            return None
        is_lapsed = policy.is_lapsed(
            proposed_at=self.proposal.at,
            proposed_due_on=self.proposal.due_on,
            due_on=self.until.due_on,
            written_at=self.written_at,
            now=self.now,
        )
        return None if is_lapsed else self.proposal

    @property
    def is_warned_of(self) -> bool:
        """Tell whether the inquiry into child sexual abuse recommends to keep it longer (G36)."""
        return self.facts.is_abuse and not self.facts.keeps_abuse

    def readable_holds(self, viewer: Viewer, told: Collection[int] | None = None) -> list[Hold]:
        """Return the holds whose reasons this person may read; of others only that there is one.

        `told` is what `told_of` says, where somebody has asked it for many rows at once.
        """
        told = told_of(self.holds, viewer) if told is None else told
        return [
            hold
            for hold in self.holds
            if hold.concern_id
            or (
                viewer.holds(*policy.READERS[policy.Desk(hold.desk)])
                and (hold.why != policy.HoldWhy.ACCESS or hold.pk in told)
            )
        ]

    def is_held_elsewhere(self, viewer: Viewer, told: Collection[int] | None = None) -> bool:
        """Tell whether only holds keep it whose reasons this person may not read, once it is due."""
        free = policy.stand(self.facts, is_held=False, today=clock.local(self.now).date())
        return free is Stand.DUE and bool(self.holds) and not self.readable_holds(viewer, told)


def told_of(holds: Iterable[Hold], viewer: Viewer) -> frozenset[int]:
    """Return which of the holds for requests a person may know of, by their numbers."""
    asked = [hold.pk for hold in holds if hold.why == policy.HoldWhy.ACCESS]
    if not asked:
        return frozenset()
    known = Hold.objects.filter(pk__in=asked).of_a_pupil_for(viewer)
    return frozenset(known.values_list("pk", flat=True))


def at_desks(viewer: Viewer, table: Mapping[policy.Desk, frozenset[Role]]) -> ConcernQuerySet:
    """Return the concerns in which a person's part is one of a table's, and outside of which they are not."""
    desks = [desk.value for desk, roles in table.items() if viewer.holds(*roles)]
    return Concern.objects.filter(desk__in=desks).outside_of(viewer.staff_id)


def kept(concerns: Sequence[Concern], *, now: datetime) -> list[Kept]:
    """Return until when each of these is kept, in a constant number of queries."""
    ids = [concern.pk for concern in concerns]
    school = School.objects.current()
    written = _written(concerns)
    people, pupils = _lives(ids, {} if school.keeps_file_after_transfer else passed(written))
    through = Concern.categories.through.objects
    abuse = set(
        through.filter(concern__in=ids, category__is_sexual_abuse=True).values_list(
            "concern", flat=True
        )
    )
    decided = dict(KeptUntil.objects.filter(concern__in=ids).values_list("concern", "day"))
    holds = _holds(ids, pupils)
    proposals = Proposal.objects.filter(concern__in=ids, ended_at=None).select_related("by")
    proposed = {proposal.concern_id: proposal for proposal in proposals}
    apart = set(
        Counterpart.objects.filter(staff_record__in=ids).values_list("staff_record", flat=True)
    )
    rows = []
    for concern in concerns:
        facts = policy.Keeping(
            logged_on=clock.local(concern.logged_at).date(),
            written_on=clock.local(written[concern.pk]).date(),
            is_closed=concern.status == policy.Status.CLOSED,
            people=tuple(people[concern.pk]),
            is_abuse=concern.pk in abuse,
            keeps_abuse=school.keeps_abuse,
            keeps_passed=school.keeps_file_after_transfer,
            retirement_age=school.retirement_age,
            child_years=school.spans.keep_child_years,
            adult_years=school.spans.keep_adult_years,
            level=policy.Level(concern.level),
            has_pupil_record=concern.pk in apart,
            decided_until=decided.get(concern.pk),
        )
        rows.append(
            Kept(
                concern=concern,
                facts=facts,
                written_at=written[concern.pk],
                holds=tuple(holds[concern.pk]),
                proposal=proposed.get(concern.pk),
                now=now,
            )
        )
    return rows


def _written(concerns: Sequence[Concern]) -> dict[int, datetime]:
    """Return when the last thing was written in each of these."""
    entries = Entry.objects.filter(concern__in=[concern.pk for concern in concerns])
    added = dict(entries.order_by().values_list("concern").annotate(Max("at")))
    return {
        row.pk: max(at for at in (row.logged_at, row.closed_at, added.get(row.pk)) if at)
        for row in concerns
    }


def _lives(
    ids: Sequence[int], since: Passed
) -> tuple[dict[int, list[policy.Life]], dict[int, set[int]]]:
    """Return who is in these concerns as time is counted, and the pupils of each."""
    noted = dict(Birth.objects.filter(involved__concern__in=ids).values_list("involved", "born_on"))
    lives: dict[int, list[policy.Life]] = defaultdict(list)
    pupils: dict[int, set[int]] = defaultdict(set)
    # Words beside whom they mean are one person, not two.
    rows = Involved.objects.filter(concern__in=ids, meant=None).select_related("pupil")
    left = role_ends({row.staff_id for row in rows if row.staff_id is not None})
    for row in rows:
        if row.pupil_id is not None:
            pupils[row.concern_id].add(row.pupil_id)
        lives[row.concern_id].append(
            policy.Life(
                part=policy.Part(row.part),
                is_child=not row.is_adult,
                works_here=row.kind == Involved.Kind.STAFF or (row.is_adult and row.works_here),
                born_on=row.pupil.born_on if row.pupil is not None else noted.get(row.pk),
                left_on=left.get(row.staff_id or 0),
                passed_on=since.get((row.concern_id, row.pupil_id or 0)),
            )
        )
    return lives, pupils


def _holds(ids: Sequence[int], pupils: Mapping[int, Collection[int]]) -> dict[int, list[Hold]]:
    """Return what holds each of these concerns, itself or by a pupil in it."""
    known = {pupil for here in pupils.values() for pupil in here}
    rows = Hold.objects.open().filter(Q(concern__in=ids) | Q(pupil__in=known))
    found: dict[int, list[Hold]] = defaultdict(list)
    by_pupil: dict[int, list[Hold]] = defaultdict(list)
    for hold in rows.select_related("placed_by", "pupil"):
        if hold.concern_id is not None:
            found[hold.concern_id].append(hold)
        elif hold.pupil_id is not None:
            by_pupil[hold.pupil_id].append(hold)
    for pk, here in pupils.items():
        found[pk] += [hold for pupil in sorted(here) for hold in by_pupil[pupil]]
    return found


def kept_one(concern: Concern, *, now: datetime) -> Kept:
    """Return until when one concern is kept."""
    return kept([concern], now=now)[0]


def by_stand(viewer: Viewer, *, now: datetime) -> dict[Stand, list[Kept]]:
    """Return what this person may hold or let go, by where it stands; what is merely kept is left out."""
    mine = at_desks(viewer, policy.READERS)
    held = Hold.objects.open()
    on_hold = Q(pk__in=held.exclude(concern=None).values("concern")) | Q(
        involved__pupil__in=held.of_a_pupil_for(viewer).values("pupil")
    )
    wanted = {
        *_near(mine, today=clock.local(now).date()).values_list("pk", flat=True),
        *mine.filter(on_hold).values_list("pk", flat=True),
    }
    rows = Concern.objects.filter(pk__in=wanted).order_by("logged_at", "pk")
    found: dict[Stand, list[Kept]] = {stand: [] for stand in STANDS_OF_TIME}
    known = kept(list(rows.only(*_PLAIN)), now=now)
    told = told_of((hold for row in known for hold in row.holds), viewer)
    for row in known:
        is_read = bool(row.readable_holds(viewer, told)) or row.is_held_elsewhere(viewer, told)
        if row.stand in found and (is_read or not row.holds):
            found[row.stand].append(row)
    return found


# Without the sealed texts: there may be thousands of rows.
_PLAIN = ("reference", "desk", "level", "status", "logged_at", "closed_at")


def _near(concerns: ConcernQuerySet, *, today: date) -> ConcernQuerySet:
    """Leave out closed concerns whose day is certainly far off, and those that are open."""
    here = Involved.objects.filter(concern=OuterRef("pk"))
    school = School.objects.current()
    born_after = years_after(today + LOOK_AHEAD, -school.spans.keep_child_years)
    young = here.filter(pupil__born_on__gt=born_after, part__in=[part.value for part in OWN_FILE])
    if not school.keeps_file_after_transfer:
        long_ago = clock.at(years_after(today + LOOK_AHEAD, -PASSED_YEARS), time.max)
        young = young.exclude(pupil__in=pupils_received_before(long_ago))
    adults = here.filter(Q(kind="staff") | Q(kind="adult", works_here=True), part__in=ACCUSED)
    logged_after = clock.at(
        years_after(today + LOOK_AHEAD, -school.spans.keep_adult_years), time.max
    )
    apart = Counterpart.objects.filter(staff_record=OuterRef("pk"))
    closed = concerns.filter(status=policy.Status.CLOSED)
    closed = closed.exclude(Exists(young) & ~Exists(apart))
    is_full = Q(level=policy.Level.FULL)
    return closed.exclude(Exists(adults) & is_full & Q(logged_at__gt=logged_after))


def with_people(rows: Iterable[Kept]) -> list[Kept]:
    """Return these with who is in each, for a page of them."""
    shown = list(rows)
    known = Concern.objects.prefetch_related("involved__pupil", "involved__staff").in_bulk(
        [row.concern.pk for row in shown]
    )
    return [replace(row, concern=known[row.concern.pk]) for row in shown]


def asked_of(viewer: Viewer, *, now: datetime) -> list[Kept]:
    """Return what others propose to destroy and this person may agree to, while that still counts."""
    open_ = Proposal.objects.filter(ended_at=None).exclude(by=viewer.staff_id)
    rows = at_desks(viewer, policy.SECONDS).filter(pk__in=open_.values("concern"))
    found = kept(list(rows.order_by("logged_at", "pk").only(*_PLAIN)), now=now)
    return [row for row in found if row.standing is not None]


def proposed_by(viewer: Viewer, *, now: datetime) -> list[Kept]:
    """Return what this person has proposed and nobody has agreed to yet."""
    open_ = Proposal.objects.filter(ended_at=None, by=viewer.staff_id)
    rows = at_desks(viewer, policy.PROPOSERS).filter(pk__in=open_.values("concern"))
    found = kept(list(rows.order_by("logged_at", "pk").only(*_PLAIN)), now=now)
    return [row for row in found if row.standing is not None]


def certified_by(actors: Collection[str]) -> set[str]:
    """Return which of these actors are one of the two on a certificate: it is kept for ever."""
    rows = Certificate.objects.filter(Q(proposed_by__in=actors) | Q(agreed_by__in=actors))
    both = rows.order_by().values_list("proposed_by", "agreed_by")
    return {actor for pair in both for actor in pair} & set(actors)


def ledger() -> list[dict[str, Any]]:
    """Return every certificate as the ledger keeps it outside the database (E97)."""
    rows = Certificate.objects.order_by("pk").prefetch_related("destroyed")
    return [in_ledger(row) for row in rows]


def in_ledger(certificate: Certificate) -> dict[str, Any]:
    """Return one certificate as the ledger keeps it: numbers, references and days."""
    return {
        "certificate": certificate.reference,
        "at": certificate.at.isoformat(),
        "desk": certificate.desk,
        "proposed_by": certificate.proposed_by,
        "agreed_by": certificate.agreed_by,
        "share_a_home": certificate.share_a_home,
        "rows": certificate.rows,
        "destroyed": [
            [row.reference, row.rule, row.due_on.isoformat()] for row in certificate.destroyed.all()
        ],
    }
