"""Who has which letter in hand: claims for two minutes, and what becomes of the dead's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q

from audit import services as audit
from notices import kinds
from notices.models import Delivery, Notice, NoticeQuerySet, Provider
from notices.policy import BATCH, LEASE, Channel, Outcome, State, Urgency, next_try
from notices.services import rates

# How many letters of dead senders are taken over at once.
TAKEN_OVER = 100
# More than these in one claim is no family's: what is left goes in the next.
MOST_BESIDE = 60


@dataclass(kw_only=True)
class Claim:
    """The messages of one channel that a sender has taken.

    Those `picked` are counted against the provider; those `beside` may go in one letter with one.
    """

    channel: Channel
    provider: Provider
    picked: list[Notice]
    beside: list[Notice]


def claim(channel: Channel, *, now: datetime, morning: datetime | None = None) -> Claim:
    """Take the most urgent few messages whose time has come, for two minutes.

    In the quiet hours, which end at `morning`, what can wait for it is put off first.
    """
    with audit.atomic():
        provider = rates.lock_provider(channel, now=now)
        taken = Claim(channel=channel, provider=provider, picked=[], beside=[])
        if morning is not None:
            _put_off(now=now, morning=morning)
        for urgency in Urgency:
            room = rates.spare(provider, channel, urgency, at_most=BATCH, now=now)
            taken.picked = _next(channel, urgency, room, now=now)
            if taken.picked:
                break
        else:
            return taken
        taken.beside = _beside(channel, taken.picked, now=now)
        both = [*taken.picked, *taken.beside]
        Notice.objects.filter(pk__in=[notice.pk for notice in both]).update(
            state=State.SENDING.value, leased_until=now + LEASE, turn=F("turn") + 1
        )
        rates.take(provider, channel, len(taken.picked), now=now)
    for notice in both:
        notice.turn += 1
    return taken


def _put_off(*, now: datetime, morning: datetime) -> None:
    """Let what can wait leave in the morning: no family is woken by a reminder."""
    rows = Notice.objects.due(now=now).filter(kind__in=kinds.waiting())
    # One that is of no use any more by then goes at once.
    waits = Q(needed_by=None) | Q(needed_by__gte=morning)
    rows.filter(waits).exclude(guardian=None, pupil=None).in_order(but_locked=True).update(
        try_at=morning
    )


def _beside(channel: Channel, picked: Sequence[Notice], *, now: datetime) -> list[Notice]:
    """Return what else is due to the same people and may stand in one letter with it (E52)."""
    names = kinds.digested()
    people = {row.guardian_id for row in picked if row.kind in names and row.guardian_id}
    if not people or channel is not Channel.EMAIL:
        return []
    due = Notice.objects.due(now=now).filter(
        channel=channel.value, guardian__in=people, kind__in=names
    )
    rest = due.exclude(pk__in=[row.pk for row in picked]).order_by("urgency", "try_at", "pk")
    return list(_locked(rest).defer("letter")[:MOST_BESIDE])


def _next(channel: Channel, urgency: Urgency, count: int, *, now: datetime) -> list[Notice]:
    """Return the oldest due letters of one urgency, locked. Their texts stay sealed until needed."""
    if count < 1:
        return []
    due = Notice.objects.filter(
        state=State.DUE.value, channel=channel.value, urgency=urgency.value, try_at__lte=now
    ).order_by("try_at", "pk")
    return list(_locked(due).defer("letter")[:count])


def _locked(rows: NoticeQuerySet) -> NoticeQuerySet:
    """Lock rows, passing over those that another sender holds."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows  # SQLite: the whole transaction is the lock


def held(notice: Notice) -> NoticeQuerySet:
    """Return the row of a letter as long as it is in this sender's turn."""
    return Notice.objects.filter(pk=notice.pk, state=State.SENDING.value, turn=notice.turn)


def release(batch: Sequence[Notice]) -> None:
    """Give letters back that were claimed but not tried."""
    for notice in batch:
        held(notice).update(state=State.DUE.value, leased_until=None, handed_at=None)


def turn_to(notice: Notice, channel: Channel) -> None:
    """Give a message back to go by another channel, whose provider it is counted for."""
    held(notice).update(
        state=State.DUE.value, channel=channel.value, leased_until=None, handed_at=None
    )


def take_over(*, now: datetime) -> int:
    """Put the letters of senders that died back into the outbox; return how many.

    One that was in the sender's hand may have gone: that is counted, and the same letter goes again.
    """
    with audit.atomic():
        rows = _locked(Notice.objects.abandoned(now=now).order_by("leased_until"))
        dead = list(rows.only("turn", "handed_at", "failures")[:TAKEN_OVER])
        in_hand = [notice for notice in dead if notice.handed_at is not None]
        Delivery.objects.bulk_create(
            [
                Delivery(
                    notice=notice,
                    at=now,
                    turn=notice.turn,
                    outcome=Outcome.UNKNOWN.value,
                    answer="the sender stopped before the answer was written down",
                )
                for notice in in_hand
            ],
            ignore_conflicts=True,
        )
        Notice.objects.filter(pk__in=[notice.pk for notice in in_hand]).update(may_have_gone=True)
        _back_to_due(dead, now=now)
    return len(dead)


def _back_to_due(dead: Sequence[Notice], *, now: datetime) -> None:
    """Make letters of dead senders due again: at once, or later when that keeps happening."""
    for notice in dead:
        counts = notice.handed_at is not None
        failures = notice.failures + counts
        later = next_try(failures, now=now) if counts and notice.failures else now
        Notice.objects.filter(pk=notice.pk, state=State.SENDING.value).update(
            state=State.DUE.value,
            try_at=later or now,
            failures=failures,
            leased_until=None,
            handed_at=None,
        )
