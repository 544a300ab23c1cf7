"""How fast letters leave: one row per provider, shared by every process that sends."""

import logging
from datetime import datetime

from django.conf import settings
from django.db.models import F

from notices.models import Provider
from notices.policy import Bucket, Urgency, pause_after

logger = logging.getLogger(__name__)


def lock_provider(*, now: datetime) -> Provider:
    """Return the provider's row, locked until the transaction ends when its rate is limited."""
    rows = Provider.objects.filter(name=settings.MAIL_PROVIDER)
    if settings.MAIL_RATE_PER_MINUTE:
        rows = rows.select_for_update()
    provider = rows.first()
    if provider is not None:
        return provider
    full = Bucket(rate=settings.MAIL_RATE_PER_MINUTE, tokens=0, at=now).size
    Provider.objects.get_or_create(
        name=settings.MAIL_PROVIDER, defaults={"filled_at": now, "tokens": full}
    )
    return rows.get()


def bucket(provider: Provider, *, now: datetime) -> Bucket:
    """Return the provider's bucket as it stands now."""
    kept = Bucket(rate=settings.MAIL_RATE_PER_MINUTE, tokens=provider.tokens, at=provider.filled_at)
    return kept.filled(now)


def spare(provider: Provider, urgency: Urgency, *, at_most: int, now: datetime) -> int:
    """Return how many letters of an urgency may leave now."""
    if provider.paused_until is not None and provider.paused_until > now:
        return 0
    if not settings.MAIL_RATE_PER_MINUTE:
        return at_most
    return min(at_most, bucket(provider, now=now).spare(urgency))


def take(provider: Provider, count: int, *, now: datetime) -> None:
    """Take the tokens of letters that are about to leave; the row is locked."""
    if not settings.MAIL_RATE_PER_MINUTE:
        return
    left = bucket(provider, now=now).without(count)
    Provider.objects.filter(pk=provider.pk).update(tokens=left.tokens, filled_at=left.at)


def give_back(count: int) -> None:
    """Give back the tokens of letters that did not leave after all."""
    if count and settings.MAIL_RATE_PER_MINUTE:
        Provider.objects.filter(name=settings.MAIL_PROVIDER).update(tokens=F("tokens") + count)


def pause(provider: Provider, fault: str, *, now: datetime) -> None:
    """Rest a provider that cannot be reached; the letters keep all their tries."""
    faults = provider.faults + 1
    logger.warning("mail provider %s cannot be reached (%d in a row)", provider.name, faults)
    Provider.objects.filter(pk=provider.pk).update(
        faults=faults,
        fault=fault[:200],
        fault_since=provider.fault_since or now,
        paused_until=pause_after(faults, now=now),
    )


def reached(provider: Provider) -> None:
    """Note that a provider answers again."""
    if provider.faults:
        logger.info("mail provider %s answers again", provider.name)
        Provider.objects.filter(pk=provider.pk).update(
            faults=0, fault="", fault_since=None, paused_until=None
        )
        provider.faults = 0
