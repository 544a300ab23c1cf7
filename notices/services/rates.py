"""How fast messages leave: one row per provider, shared by every process that sends."""

import logging
from datetime import datetime

from django.db.models import F

from notices.models import Provider
from notices.policy import Bucket, Channel, Urgency, pause_after
from notices.providers import quota, terms

logger = logging.getLogger(__name__)


def lock_provider(channel: Channel, *, now: datetime) -> Provider:
    """Return the provider's row, locked until the transaction ends.

    Claims come one after the other: the messages of one person are then in one claim.
    """
    agreed = terms(channel)
    rows = Provider.objects.filter(name=agreed.name)
    provider = rows.select_for_update().first()
    if provider is not None:
        return provider
    full = Bucket(rate=agreed.rate, tokens=0, at=now).size
    Provider.objects.get_or_create(name=agreed.name, defaults={"filled_at": now, "tokens": full})
    return rows.select_for_update().get()


def bucket(provider: Provider, rate: int, *, now: datetime) -> Bucket:
    """Return the provider's bucket as it stands now."""
    return Bucket(rate=rate, tokens=provider.tokens, at=provider.filled_at).filled(now)


def spare(
    provider: Provider, channel: Channel, urgency: Urgency, *, at_most: int, now: datetime
) -> int:
    """Return how many messages of an urgency may leave now."""
    if provider.paused_until is not None and provider.paused_until > now:
        return 0
    agreed = terms(channel)
    if agreed.rate:
        at_most = min(at_most, bucket(provider, agreed.rate, now=now).spare(urgency))
    today = quota(provider, agreed.quota, now=now).spare(urgency)
    return at_most if today is None else min(at_most, today)


def take(provider: Provider, channel: Channel, count: int, *, now: datetime) -> None:
    """Take the tokens of messages that are about to leave; the row is locked."""
    agreed = terms(channel)
    if not agreed.is_limited:
        return
    left = bucket(provider, agreed.rate, now=now).without(count)
    today = quota(provider, agreed.quota, now=now)
    Provider.objects.filter(pk=provider.pk).update(
        tokens=left.tokens,
        filled_at=left.at,
        counted=today.used + count,
        counted_on=today.day,
    )


def give_back(channel: Channel, count: int) -> None:
    """Give back the tokens of messages that did not leave after all."""
    agreed = terms(channel)
    if count and agreed.is_limited:
        rows = Provider.objects.filter(name=agreed.name)
        rows.update(tokens=F("tokens") + count)
        # The day may have turned in between: never below nothing.
        rows.filter(counted__gte=count).update(counted=F("counted") - count)


def pause(provider: Provider, fault: str, *, now: datetime) -> None:
    """Rest a provider that cannot be reached; the letters keep all their tries."""
    faults = provider.faults + 1
    logger.warning("provider %s cannot be reached (%d in a row)", provider.name, faults)
    Provider.objects.filter(pk=provider.pk).update(
        faults=faults,
        fault=fault[:200],
        fault_since=provider.fault_since or now,
        paused_until=pause_after(faults, now=now),
    )
    provider.faults = faults


def reached(provider: Provider) -> None:
    """Note that a provider answers again."""
    if provider.faults:
        logger.info("provider %s answers again", provider.name)
        Provider.objects.filter(pk=provider.pk).update(
            faults=0, fault="", fault_since=None, paused_until=None
        )
        provider.faults = 0
