"""Who has which letter in hand: claims for two minutes, and what becomes of the dead's."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from notices.models import Delivery, Notice, NoticeQuerySet, Provider
from notices.policy import BATCH, LEASE, Outcome, State, Urgency, next_try
from notices.services import rates

# How many letters of dead senders are taken over at once.
TAKEN_OVER = 100


def claim(*, now: datetime) -> tuple[Provider, list[Notice]]:
    """Take the most urgent few letters whose time has come, for two minutes."""
    with transaction.atomic():
        provider = rates.lock_provider(now=now)
        for urgency in Urgency:
            batch = _next(urgency, rates.spare(provider, urgency, at_most=BATCH, now=now), now=now)
            if batch:
                break
        else:
            return provider, []
        Notice.objects.filter(pk__in=[notice.pk for notice in batch]).update(
            state=State.SENDING.value, leased_until=now + LEASE, turn=F("turn") + 1
        )
        rates.take(provider, len(batch), now=now)
    for notice in batch:
        notice.turn += 1
    return provider, batch


def _next(urgency: Urgency, count: int, *, now: datetime) -> list[Notice]:
    """Return the oldest due letters of one urgency, locked. Their texts stay sealed until needed."""
    if count < 1:
        return []
    due = Notice.objects.due(now=now).filter(urgency=urgency.value).order_by("try_at")
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


def take_over(*, now: datetime) -> int:
    """Put the letters of senders that died back into the outbox; return how many.

    One that was in the sender's hand may have gone: that is counted, and the same letter goes again.
    """
    with transaction.atomic():
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
