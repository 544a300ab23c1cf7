"""Whether the live register of a call still says what it said: one query, however many pupils."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from meetings.models import Check, Meeting, RegisterEntry, Seat
from notices.models import Notice
from schoolsafe.lib.prepared import Prepared

# What touches no call, an absence or an order, and the clock itself: seen after this long at most.
ANEW_AFTER = timedelta(seconds=30)
TELLING = ("status", "on_hold_since", "ended_at", "line", "confirmed", "seat", "called", "letter")


def _newest(rows: QuerySet[Any], field: str) -> Subquery:
    """Return the newest value of a field over some rows."""
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])


def _ask(pk: int) -> QuerySet[Any]:
    """Return a call with the newest of all that is written about it."""
    lines = RegisterEntry.objects.filter(meeting=OuterRef("pk"))
    checks = Check.objects.filter(seat__meeting=OuterRef("pk"))
    seats = Seat.objects.filter(meeting=OuterRef("pk"))
    about = Concat(Value("meetings.meeting:"), Cast(OuterRef("pk"), CharField()))
    return (
        Meeting.objects.filter(pk=pk)
        .order_by()
        .only("status", "on_hold_since", "ended_at")
        .annotate(
            line=_newest(lines, "pk"),
            confirmed=_newest(checks, "confirmed_at"),
            seat=_newest(seats, "pk"),
            called=_newest(seats.filter(called_at__isnull=False), "called_at"),
            letter=_newest(Notice.objects.filter(about=about), "pk"),
        )
    )


# Asked every few seconds by every device of a call.
BY_CALL = Prepared(_ask)


def stamp(pk: int, now: datetime) -> str:
    """Return a mark that is another one once anything about a call has changed.

    Every change of a call writes a line, a confirmation, a seat or its own row; a family's answer
    writes to the adults. The rules themselves are asked at every press, whatever a page shows.
    """
    turn = int(now.timestamp() // ANEW_AFTER.total_seconds())
    found = [[getattr(row, name) for name in TELLING] for row in BY_CALL.rows(pk)]
    return sha256(repr((pk, turn, found)).encode()).hexdigest()[:16]
