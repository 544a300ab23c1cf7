"""Checking the chain bit by bit, and raising an alarm that stays until a person has answered for it."""

import logging
from datetime import datetime

from django.conf import settings
from django.utils.crypto import constant_time_compare

from audit import chain, selectors, verification
from audit.models import Alarm, Verified
from audit.policy import Part, Why
from audit.services import atomic, record
from schoolsafe.lib.rules import NotAllowed

logger = logging.getLogger(__name__)

SWEEP = "system:sweep"
LONGEST_WORDS = 2000


def look(part: Part, *, now: datetime) -> None:
    """Check the next piece of one walk, note how far it came, and raise an alarm for what it found.

    What is read is read without a lock and without a transaction. Two drivers at once read the same,
    and one of them writes it down.
    """
    before = Verified.objects.filter(part=part).first() or _begin(part, now=now)
    fault = _fault_of(before)
    if fault is not None:
        _set_right(before, fault, now=now)
        return
    after, head, count = _start(before, now=now)
    known = set(Alarm.objects.values_list("mark", flat=True))
    found = verification.step(after=after, head=head, known=known)
    with atomic():
        row = _unmoved(before)
        if row is None:
            return
        if not before.is_under_way:
            row.begun_at = now
        row.entry, row.head, row.count = found.entry, found.head, count + found.count
        row.is_under_way = not found.is_at_end
        _note(row, now=now)
        if found.broken is not None:
            _raise(found.broken.why, found.mark, entry=found.broken.entry_id, now=now)
        if found.is_at_end and part is Part.WHOLE:
            _tell_of_whole(row, now=now)


def look_whether_late(*, now: datetime) -> None:
    """Raise an alarm where a walk has not come to its end for too long: its check itself must fail."""
    for row in selectors.late(now):
        _raise_late(Part(row.part), day=now.date().isoformat(), now=now)


@atomic()
def acknowledge(alarm: Alarm, *, by: str, words: str, now: datetime) -> None:
    """Let an alarm rest, with what somebody makes of it. Raises NotAllowed when it is answered already."""
    row = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if row.acknowledged_at is not None:
        raise NotAllowed("Somebody else has answered for this alarm meanwhile.")
    row.acknowledged_at, row.acknowledged_by, row.words = now, by, words[:LONGEST_WORDS]
    row.save(update_fields=["acknowledged_at", "acknowledged_by", "words"])
    record(at=now, actor=by, verb="audit.acknowledge", object=row.object, why=_word(row.why))


@atomic()
def _begin(part: Part, *, now: datetime) -> Verified:
    """Begin a walk for the first time."""
    row = Verified(part=part, begun_at=now, looked_at=now, finished_at=now)
    _seal(row)
    Verified.objects.bulk_create([row], ignore_conflicts=True)
    return Verified.objects.get(part=part)


def _start(row: Verified, *, now: datetime) -> tuple[int, str, int]:
    """Return where a walk goes on, and how many it has counted: the whole chain begins at its first entry."""
    if row.part == Part.WHOLE and not row.is_under_way:
        return 0, chain.GENESIS, 0
    return row.entry, row.head, row.count


def _fault_of(row: Verified) -> tuple[Why, str] | None:
    """Return what is wrong before a piece is read: the note of the walk, or the entry it came to."""
    key = settings.AUDIT_KEYS.get(row.key_id)
    if key is None:
        return Why.UNKNOWN_KEY, verification.digest(Why.UNKNOWN_KEY, row.key_id)
    if not constant_time_compare(_proof(key, row), row.seal):
        return Why.SET_BACK, verification.digest(Why.SET_BACK, row.part, row.entry, row.seal)
    # The other walk comes past there by itself, and one thing is one alarm.
    if row.part == Part.NEWEST and not verification.is_there(row.entry, row.head):
        return Why.CUT_SHORT, verification.digest(Why.CUT_SHORT, row.entry, row.head)
    return None


@atomic()
def _set_right(before: Verified, fault: tuple[Why, str], *, now: datetime) -> None:
    """Raise the alarm, and go on from what is there: what was changed later must be found as well."""
    row = _unmoved(before)
    if row is None:
        return
    why, mark = fault
    if why is Why.CUT_SHORT:
        row.entry, row.head = verification.last_up_to(row.entry)
    else:
        row.entry, row.head, row.count, row.is_under_way = 0, chain.GENESIS, 0, True
    _note(row, now=now, is_at_end=False)
    _raise(why, mark, entry=None, now=now)


def _unmoved(before: Verified) -> Verified | None:
    """Lock the note of a walk; nothing where another driver has gone on meanwhile."""
    row = Verified.objects.select_for_update().get(pk=before.pk)
    return row if (row.seal, row.looked_at) == (before.seal, before.looked_at) else None


def _note(row: Verified, *, now: datetime, is_at_end: bool = True) -> None:
    """Write down how far a walk came, and when."""
    row.looked_at = now
    if is_at_end and not row.is_under_way:
        row.finished_at = now
    _seal(row)
    row.save()


def _seal(row: Verified) -> None:
    """Seal a note with the key that writes."""
    row.key_id, key = next(iter(settings.AUDIT_KEYS.items()))
    row.seal = _proof(key, row)


def _proof(key: str, row: Verified) -> str:
    """Return the seal of what a note says."""
    words = (row.part, row.key_id, row.entry, row.head, row.count, row.is_under_way)
    return chain.proof(key, "verified:" + ":".join(map(str, words)))


def _tell_of_whole(row: Verified, *, now: datetime) -> None:
    """Write down that the whole chain was walked; the log takes its head out of the house."""
    logger.info("The audit was walked to its end: %s entries, head %s", row.count, row.head)
    record(at=now, actor=SWEEP, verb="audit.verify", object="audit.entry")


def _raise(why: Why, mark: str, *, entry: int | None, now: datetime) -> None:
    """Raise an alarm once for each thing that is found."""
    alarm, is_new = Alarm.objects.get_or_create(
        mark=mark, defaults={"why": why, "entry": entry, "found_at": now}
    )
    if is_new:
        logger.error("The check of the audit raised an alarm: %s", why.value)
        record(at=now, actor=SWEEP, verb="audit.alarm", object=alarm.object, why=_word(why))


@atomic()
def _raise_late(part: Part, *, day: str, now: datetime) -> None:
    """Raise an alarm for a walk that has stopped: once, and again on another day if nothing came of it."""
    if not Alarm.objects.open().filter(why=Why.NOT_RUN).exists():
        _raise(Why.NOT_RUN, verification.digest(Why.NOT_RUN, part, day), entry=None, now=now)


def _word(why: str) -> str:
    """Return a reason as the audit takes it."""
    return why.replace(" ", "_")
