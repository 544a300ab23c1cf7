"""Writing down that somebody waits for a lost link, whoever they are."""

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from audit import services as audit
from consent.models import LinkWish
from notices import services as outbox
from schoolsafe.lib import clock

# The links to answer a question. The room above has wishes of its own.
LOST = "consent_lost_link"
# The same wish again within this time adds nothing.
ONE_WISH = timedelta(minutes=10)


@audit.atomic()
def wish(kind: str, address: str, *, about: str = "", is_crowded: bool) -> None:
    """Let the sweep send the lost links of an address, if it is on record.

    The same is written for every address, so that neither what the page says nor how long it takes
    tells whether anybody has it (B3).
    """
    now = clock.now()
    key = address.strip().casefold()
    facts = {"about": about, "address": key, "is_crowded": is_crowded}
    wished, is_new = LinkWish.objects.get_or_create(
        digest=_digest(f"{kind}:{about}:{key}"), window=_window(now, ONE_WISH), defaults=facts
    )
    if is_new:
        outbox.start_ladder(kind, f"consent.link_wish:{wished.pk}", due_at=now, now=now)


def is_first_wish(kind: str, key: str, *, now: datetime) -> bool:
    """Tell whether nobody asked for this before within the clock hour, and write it down."""
    _, is_new = LinkWish.objects.get_or_create(
        digest=_digest(f"{kind}:own:{key}"),
        window=_window(now, timedelta(hours=1)),
        defaults={"address": "", "is_crowded": False},
    )
    return is_new


def _digest(text: str) -> str:
    return salted_hmac("consent.link_wish", text, algorithm="sha256").hexdigest()


def _window(now: datetime, length: timedelta) -> int:
    return int(now.timestamp() // length.total_seconds())
