"""A row that says what is to be asked of Microsoft, taken on loan: nobody else goes with it meanwhile."""

from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet

from audit import services as audit
from meetings import policy
from meetings.graph import GraphFault, Trouble
from meetings.models import ReportSearch, TeamsEvent, TeamsReading

Row = TypeVar("Row", TeamsEvent, TeamsReading, ReportSearch)


def again_after(fault: GraphFault, *, tries: int, now: datetime) -> policy.Retry:
    """Return when whoever met this fault tries again, if ever: some are for a person to mend."""
    return policy.after_trouble(
        tries=tries,
        is_ours=fault.trouble in {Trouble.REFUSED, Trouble.WRONG},
        is_busy=fault.trouble is Trouble.BUSY,
        wait=fault.wait,
        now=now,
    )


def take(due: "QuerySet[Row]", pk: int, *, now: datetime) -> Row | None:
    """Take a row on loan, if it is among those that are due and nobody has it."""
    rows = due.filter(pk=pk)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    with audit.atomic():
        row = rows.first()
        if row is None:
            return None
        row.turn += 1
        row.leased_until = now + policy.LEASE
        row.save(update_fields=["turn", "leased_until"])
    return row
