"""Emergency access: one concern, for one hour, seen and judged by somebody else (A48)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from audit import selectors as audit_reads
from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Opening
from concerns.policy.lending import OPENED_FOR, REVIEWERS, TOLD_OF_OPENING
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school.models import StaffMember
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

LADDER = "opening"
OPENED, UNREVIEWED = "concern_opened", "concern_unreviewed"
REFUSED = "emergency.refused"
# Guessing a reference of eight letters is hopeless; this is against trying it all the same.
MOST_TRIES = 5


class TooMany(NotAllowed):
    """Somebody has asked for too many references that were not given to them."""


@audit.atomic()
def open_in_emergency(reference: str, *, by: StaffMember, reason: str) -> Opening | None:
    """Open one concern for an hour, and tell the lead and the chair of governors at once.

    Returns None, and writes that down, for a reference that does not exist and for one that this
    person stands outside alike: nobody learns by asking that there is something about them (E8).
    Raises NotAllowed for whoever may never do it or gives no reason, TooMany after too many tries.
    """
    now = clock.now()
    if not policy.may_use_emergency_access(by.viewer()):
        raise NotAllowed("Emergency access is for the headteacher and the safeguarding team.")
    if not reason.strip():
        raise NotAllowed("Say why it cannot wait: somebody else will read it.")
    _check_tries(by, now=now)
    concern = Concern.objects.select_for_update().filter(reference=as_stored(reference)).first()
    people = selectors.colleagues(now)
    facts = selectors.facts_of(concern, now=now, people=people) if concern else None
    if concern is None or facts is None or not policy.may_open_in_emergency(by.viewer(), facts):
        audit.record(at=now, actor=by.actor, verb=REFUSED, object=_asker(by))
        return None
    running = Opening.objects.running(now).filter(concern=concern, staff=by).first()
    if running is not None:
        return running
    opening = _opened(concern, by=by, reason=reason, now=now)
    told = _told(people, facts, opening)
    notices.queue(_drafts(opening, OPENED, told, step=0, now=now), now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.open_in_emergency",
        object=concern.object,
        opening=opening.pk,
        told=list(told),
    )
    return opening


def _opened(concern: Concern, *, by: StaffMember, reason: str, now: datetime) -> Opening:
    """Write down an opening, and begin the wait for its review."""
    hours = calendar()
    opening = Opening.objects.create(
        concern=concern,
        staff=by,
        at=now,
        until=now + OPENED_FOR,
        reason=reason,
        review_by=policy.review_by(hours, opened_at=now),
    )
    _, due_at = policy.review_reminder(hours, opened_at=now, now=now)
    notices.start_ladder(LADDER, opening.object, due_at=due_at, now=now)
    return opening


def as_stored(reference: str) -> str:
    """Return a reference as it is stored: spaces and small letters are how people write it down."""
    return "".join(reference.split()).upper()


def _asker(by: StaffMember) -> str:
    """Return under what refusals are written: never under the concern, which would tell (E8)."""
    return f"school.staffmember:{by.pk}"


def _check_tries(by: StaffMember, *, now: datetime) -> None:
    """Refuse whoever has tried too often within the hour, whatever they tried."""
    tries = audit_reads.about(_asker(by)).filter(
        verb=REFUSED, actor=by.actor, at__gt=now - OPENED_FOR
    )
    if tries.count() >= MOST_TRIES:
        raise TooMany("You have tried too often. Telephone who gave you the reference, or 999.")


def _told(
    people: Sequence[policy.Colleague], facts: policy.Facts, opening: Opening
) -> tuple[int, ...]:
    """Return who is told of an opening: the lead and the chair, or else who may review it."""
    able = [
        person
        for person in people
        if person.staff_id not in facts.excluded and person.staff_id != opening.staff_id
    ]
    for roles in (TOLD_OF_OPENING, REVIEWERS):
        told = tuple(person.staff_id for person in able if person.holds(*roles))
        if told:
            return told
    return ()


def _reviewers(
    people: Sequence[policy.Colleague], facts: policy.Facts, opening: Opening
) -> tuple[int, ...]:
    """Return who may review an opening: neither the opener nor anybody outside the concern."""
    return tuple(
        person.staff_id
        for person in people
        if person.holds(*REVIEWERS)
        and person.staff_id != opening.staff_id
        and person.staff_id not in facts.excluded
    )


def _drafts(
    opening: Opening, kind: str, told: Iterable[int], *, step: int, now: datetime
) -> tuple[Draft, ...]:
    """Return the letters of one step about an opening."""
    return tuple(
        Draft(
            kind=kind,
            key=f"opening:{opening.pk}:{kind}:{step}:{staff_id}",
            due_at=now,
            about=opening.object,
            staff_id=staff_id,
        )
        for staff_id in told
    )


@audit.atomic()
def review(opening: Opening, *, by: StaffMember, was_justified: bool, text: str) -> Opening:
    """Write down whether an emergency was one; the reminders end.

    Raises NotAllowed for the opener, for whoever stands outside the concern, without words, and
    when somebody has done it already.
    """
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=opening.concern_id)
    row = Opening.objects.select_for_update().get(pk=opening.pk)
    facts = selectors.facts_of(concern, now=now)
    if not policy.may_review(by.viewer(), facts, opened_by=row.staff_id):
        raise NotAllowed("Somebody else has to say whether this was justified.")
    if row.reviewed_at is not None:
        raise NotAllowed("Somebody has written this down already.")
    if not text.strip():
        raise NotAllowed("Write down why.")
    row.reviewed_at, row.reviewed_by = now, by
    row.was_justified, row.review = was_justified, text
    row.save(update_fields=["reviewed_at", "reviewed_by", "was_justified", "review"])
    notices.stop_ladder(LADDER, row.object, now=now)
    notices.drop(about=row.object, kinds=(OPENED, UNREVIEWED), now=now, why="already reviewed")
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.review_opening",
        object=concern.object,
        opening=row.pk,
        justified=was_justified,
    )
    return row


def climb(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each opening that waits to be reviewed, who is reminded now (E85)."""
    ids = {ladder.pk: int(ladder.about.partition(":")[2]) for ladder in ladders}
    rows = Opening.objects.unreviewed().select_related("concern").in_bulk(ids.values())
    people, hours = selectors.colleagues(now), calendar()
    facts = selectors.facts_of_all([row.concern for row in rows.values()], people, now=now)
    climbs = []
    for ladder in ladders:
        row = rows.get(ids[ladder.pk])
        if row is None:
            climbs.append(Climb(ladder_id=ladder.pk, drafts=(), next_due=None))
            continue
        step, next_due = policy.review_reminder(hours, opened_at=row.at, now=now)
        told = _reviewers(people, facts[row.concern_id], row)
        drafts = _drafts(row, UNREVIEWED, told, step=step, now=now)
        climbs.append(Climb(ladder_id=ladder.pk, drafts=drafts, next_due=next_due))
    return climbs
