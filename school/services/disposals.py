"""Proposing that a school year is destroyed, agreeing to it, and keeping count until it is done."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from audit import services as audit
from school import keeping, selectors
from school.models import Disposal, School, StaffMember
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

GONE = "It was withdrawn, or is done already."
AGAIN = (
    "Destroyed after the backup that was restored. The reasons were written down in what is lost."
)
NOT_UP = "The time of this school year is not up."


@audit.atomic()
def propose_disposal(year_ends_on: date, *, by: StaffMember, reasons: str) -> Disposal:
    """Propose that what is due of a school year is destroyed; nothing is before somebody else agrees.

    Raises NotAllowed for who may not, without reasons, before its time, or when it is proposed already.
    """
    now = clock.now()
    if not keeping.may_propose(by.viewer()):
        raise NotAllowed("The designated lead or the headteacher proposes it.")
    if not reasons.strip():
        raise NotAllowed("Write the reasons: without them nobody can tell later why.")
    if keeping.year_end(year_ends_on) != year_ends_on or not _is_due(year_ends_on, now=now):
        raise NotAllowed(NOT_UP)
    # Two at once: one waits for the other, and is told.
    list(School.objects.select_for_update(no_key=True).filter(pk=1).values_list("pk"))
    if Disposal.objects.open().filter(year_ends_on=year_ends_on).exists():
        raise NotAllowed("It is proposed already.")
    row = Disposal.objects.create(
        year_ends_on=year_ends_on, reasons=reasons, proposed_at=now, proposed_by=by
    )
    audit.record(
        at=now, actor=by.actor, verb="retention.propose", object=row.object, year=year_ends_on
    )
    return row


@audit.atomic()
def agree_to_disposal(row: Disposal, *, by: StaffMember) -> Disposal:
    """Agree, as the second person: from now on the sweep destroys what is due, in batches.

    Raises NotAllowed for who may not be the second, when it is withdrawn or agreed already, or when the
    school has meanwhile chosen to keep such a year for longer.
    """
    now, row = clock.now(), lock_disposal(row)
    if not keeping.may_agree(by.viewer(), proposed_by=row.proposed_by_id):
        raise NotAllowed("Somebody else of the safeguarding team, or the headteacher, agrees.")
    if row.agreed_at is not None:
        raise NotAllowed("Somebody has agreed already.")
    if not _is_due(row.year_ends_on, now=now):
        raise NotAllowed(NOT_UP)
    row.agreed_at, row.agreed_by = now, by
    row.save(update_fields=["agreed_at", "agreed_by"])
    audit.record(
        at=now,
        actor=by.actor,
        verb="retention.agree",
        object=row.object,
        first=row.proposed_by.actor,
    )
    return row


@audit.atomic()
def withdraw_disposal(row: Disposal, *, by: StaffMember) -> Disposal:
    """Withdraw it, or stop what is still to go: what is destroyed already stays destroyed, and counted.

    Raises NotAllowed for others than those who may propose or agree.
    """
    now, row = clock.now(), lock_disposal(row)
    if not keeping.may_see_keeping(by.viewer()):
        raise NotAllowed("The safeguarding team and the headteacher see to it.")
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    audit.record(at=now, actor=by.actor, verb="retention.withdraw", object=row.object)
    return row


@audit.atomic()
def lapse_disposal(row: Disposal, *, by: System) -> bool:
    """End it when the school has meanwhile chosen to keep its year for longer; tell whether it did.

    Two people decide anew once that time is up: what they said was said of another day.
    """
    now = clock.now()
    if _is_due(row.year_ends_on, now=now):
        return False
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    audit.record(at=now, actor=by.actor, verb="retention.lapse", object=row.object)
    return True


@audit.atomic()
def take_up_again(told: Mapping[str, Any], *, by: System) -> Disposal | None:
    """Have the sweep destroy again a year that a ledger names and a restore has brought back (E97).

    Two people had agreed to it: the same two stand on it, and every rule is asked again in each batch. None
    where this database has it as done. Raises NotAllowed when one of the two is not on record here.
    """
    now, year = clock.now(), date.fromisoformat(told["year"])
    row = Disposal.objects.select_for_update().filter(reference=told["certificate"]).first()
    if row is not None and row.finished_at is not None:
        return None
    two = StaffMember.objects.filter(pk__in=[told["proposed_by"], told["agreed_by"]])
    if two.count() != 2:
        raise NotAllowed(
            f"The school year that ended in {year.year} was destroyed after this backup. Not both who agreed to that "
            "are on record here: it comes up among what is due, for two people to agree to."
        )
    others = (
        Disposal.objects.open().filter(year_ends_on=year).exclude(reference=told["certificate"])
    )
    others.update(withdrawn_at=now)
    row = row or Disposal(reference=told["certificate"], year_ends_on=year, reasons=AGAIN)
    row.proposed_by_id, row.agreed_by_id = told["proposed_by"], told["agreed_by"]
    row.proposed_at = datetime.fromisoformat(told["proposed_at"])
    row.agreed_at, row.withdrawn_at = datetime.fromisoformat(told["agreed_at"]), None
    row.save()
    audit.record(
        at=now,
        actor=by.actor,
        verb="retention.again",
        object=row.object,
        year=year,
        first=row.proposed_by.actor,
    )
    return row


def _is_due(year_ends_on: date, *, now: datetime) -> bool:
    years = selectors.spans().keep_years
    return keeping.is_due(year_ends_on, years=years, today=clock.local(now).date())


@audit.atomic()
def count_disposed(
    row: Disposal, *, by: System, gone: Mapping[str, int], is_done: bool, kept_back: int
) -> Disposal:
    """Add to the certificate what a batch has destroyed, and end it once nothing more is due."""
    now = clock.now()
    for label, number in gone.items():
        row.rows[label] = row.rows.get(label, 0) + number
    if is_done:
        row.finished_at, row.kept_back = now, kept_back
    row.save(update_fields=["rows", "finished_at", "kept_back"])
    audit.record(
        at=now,
        actor=by.actor,
        verb="retention.finish" if is_done else "retention.destroy",
        object=row.object,
        rows=sum(gone.values()),
        first=row.proposed_by.actor,
        second=row.agreed_by.actor if row.agreed_by is not None else "",
    )
    return row


def lock_disposal(row: Disposal) -> Disposal:
    """Return it as it is now, for this transaction alone. Raises NotAllowed once it is withdrawn or done."""
    found = Disposal.objects.select_for_update(of=("self",)).open()
    locked = found.select_related("proposed_by", "agreed_by").filter(pk=row.pk).first()
    if locked is None:
        raise NotAllowed(GONE)
    return locked
