"""Reads about where somebody is signed in, and what of theirs was not sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from school.models import Session, Unsent

# What nobody has come back for by then is destroyed, like the word of a page of the Log of Concern.
KEPT_UNSENT = timedelta(hours=24)
SALT = "schoolsafe.sessions"
# How the session names what somebody has proved, and in which browser.
RECORDS = "account_authentication_methods"
BROWSER = "browser"
BEGAN = "began"
WAYS = {"password": "Password", "socialaccount": "Microsoft", "mfa": "Passkey"}


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """One browser in which somebody is signed in, as its page shows it."""

    session: Session
    name: str
    browser: str
    way: str
    has_second_factor: bool
    since: datetime
    is_this: bool


def sessions_of(user_id: int, *, now: datetime) -> QuerySet[Session]:
    """Return the browsers in which somebody is signed in, the one used last first."""
    rows: QuerySet[Session] = Session.objects.filter(user=user_id, expire_date__gt=now)
    return rows.order_by("-acted_at", "pk")


def signed_in(user_id: int, *, this: str, now: datetime) -> list[SignedIn]:
    """Return the same in words, this browser first."""
    rows = [_told(row, this=this) for row in sessions_of(user_id, now=now)]
    return sorted(rows, key=lambda one: not one.is_this)


def name_of(session_key: str) -> str:
    """Return what stands for a session on a page: its key opens it, and stands nowhere."""
    return salted_hmac(SALT, session_key, algorithm="sha256").hexdigest()[:32]


def unsent_of(staff_id: int, *, now: datetime) -> QuerySet[Unsent]:
    """Return what somebody sent from a browser that was locked: nobody else ever sees it."""
    return Unsent.objects.filter(staff=staff_id, kept_at__gte=now - KEPT_UNSENT)


def has_old_sessions(*, now: datetime) -> bool:
    """Tell whether something of sessions is to be destroyed."""
    return (
        Session.objects.filter(expire_date__lt=now).exists()
        or Unsent.objects.filter(kept_at__lt=now - KEPT_UNSENT).exists()
    )


def methods_of(kept: dict[str, Any]) -> list[str]:
    """Return by what somebody has shown who they are, the first way first."""
    return [str(one.get("method")) for one in kept.get(RECORDS) or []]


def _told(row: Session, *, this: str) -> SignedIn:
    kept: dict[str, Any] = row.get_decoded()
    methods = methods_of(kept)
    return SignedIn(
        session=row,
        name=name_of(row.pk),
        browser=str(kept.get(BROWSER) or "An unknown browser"),
        way=WAYS.get(methods[0], "") if methods else "",
        has_second_factor="mfa" in methods,
        since=datetime.fromtimestamp(float(kept[BEGAN]), tz=row.acted_at.tzinfo),
        is_this=row.pk == this,
    )
