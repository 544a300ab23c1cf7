"""The providers in use, and what each takes."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from notices.models import Provider
from notices.policy import Channel, Quota
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the provider of one channel takes: in a minute and in a day, 0 without limit."""

    name: str
    rate: int
    quota: int

    @property
    def is_limited(self) -> bool:
        """Tell whether its messages have to be counted."""
        return bool(self.rate or self.quota)


def terms(channel: Channel) -> Terms:
    """Return the terms of the provider of a channel."""
    if channel is Channel.SMS:
        return Terms(
            name=settings.SMS_PROVIDER,
            rate=settings.SMS_RATE_PER_MINUTE,
            quota=settings.SMS_DAILY_QUOTA,
        )
    return Terms(
        name=settings.MAIL_PROVIDER,
        rate=settings.MAIL_RATE_PER_MINUTE,
        quota=settings.MAIL_DAILY_QUOTA,
    )


def channels() -> tuple[Channel, ...]:
    """Return the channels by which this school sends."""
    return (Channel.EMAIL, Channel.SMS) if settings.SMS_PROVIDER else (Channel.EMAIL,)


def in_use() -> list[Provider]:
    """Return what is known of the providers in use, in the order of their channels."""
    names = [terms(channel).name for channel in channels()]
    known = {row.name: row for row in Provider.objects.filter(name__in=names)}
    return [known[name] for name in names if name in known]


def quota(provider: Provider | None, limit: int, *, now: datetime) -> Quota:
    """Return a provider's quota on the school's own day."""
    today = clock.local(now).date()
    if provider is None:
        return Quota(limit=limit, day=today)
    kept = Quota(limit=limit, used=provider.counted, day=provider.counted_on)
    return kept.on(today)


def used_up(now: datetime) -> list[str]:
    """Return the names of the providers that take nothing more today but what is urgent."""
    known = {row.name: row for row in in_use()}
    asked = [terms(channel) for channel in channels()]
    return [
        one.name
        for one in asked
        if one.quota and quota(known.get(one.name), one.quota, now=now).is_used_up
    ]
