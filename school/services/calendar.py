"""Changes to the school itself: its settings, its terms and the days on which it is closed."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from audit import services as audit
from school import calendar as hours
from school.models import ClosedDay, School, StaffMember, Term
from school.roles import may_keep_calendar
from school.services import revisions
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# No row has this number.
NONE = 0
Row = TypeVar("Row", Term, ClosedDay)


class DateRefused(NotAllowed):
    """A date of a term or of a closed day cannot be; `field` says which."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@audit.atomic()
def set_up(*, by: StaffMember | System, school: School) -> School:
    """Write down the one school of this installation.

    Raises NotAllowed when there is one.
    """
    if School.objects.exists():
        raise NotAllowed("This installation has its school already.")
    school.pk = 1
    school.save(force_insert=True)
    audit.record(at=clock.now(), actor=by.actor, verb="school.set_up", object="school.school:1")
    return school


@audit.atomic()
def set_calendar(
    *, by: StaffMember | System, terms: Sequence[Term], closed_days: Sequence[ClosedDay]
) -> None:
    """Enter terms, and the days inside them on which the school is closed to pupils."""
    Term.objects.bulk_create(terms)
    ClosedDay.objects.bulk_create(closed_days)
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb="school.set_calendar",
        object="school.school:1",
        terms=len(terms),
        closed_days=len(closed_days),
    )


@audit.atomic()
def add_term(*, by: StaffMember, name: str, starts_on: date, ends_on: date) -> Term:
    """Enter a term.

    Raises DateRefused for one that overlaps another, ends before it starts or has a slip in its year.
    """
    _begin(by)
    _check_term(starts_on, ends_on)
    term = Term.objects.create(name=name, starts_on=starts_on, ends_on=ends_on)
    _record(term, "add", by=by)
    return term


@audit.atomic()
def change_term(term: Term, *, by: StaffMember, name: str, starts_on: date, ends_on: date) -> Term:
    """Change the name or the days of a term.

    Raises DateRefused as `add_term` does, and NotAllowed where somebody has removed it meanwhile.
    """
    _begin(by)
    kept = _still_there(Term.objects.filter(pk=term.pk).first())
    _check_term(starts_on, ends_on, but=kept.pk)
    after = {"name": name, "starts_on": starts_on, "ends_on": ends_on}
    changed = revisions.changes(kept, after)
    Term.objects.filter(pk=kept.pk).update(**after)
    if changed:
        revisions.note(kept, changed, by=by)
        _record(kept, "change", by=by, fields=sorted(changed))
    return kept


@audit.atomic()
def remove_term(term: Term, *, by: StaffMember) -> None:
    """Take a term off the calendar. Nothing happens where somebody else was first."""
    _begin(by)
    _remove(Term.objects.filter(pk=term.pk).first(), by=by)


@audit.atomic()
def close_days(*, by: StaffMember, days: Sequence[date], reason: str) -> list[ClosedDay]:
    """Enter days on which the school is closed to pupils.

    Raises DateRefused for one that is entered already, and for a slip in the year.
    """
    _begin(by)
    _check_near(*days)
    for known in ClosedDay.objects.filter(day__in=days).order_by("day")[:1]:
        raise DateRefused("day", f"{_full(known.day)} is entered already: {known.reason}.")
    rows = ClosedDay.objects.bulk_create([ClosedDay(day=day, reason=reason) for day in days])
    for row in rows:
        _record(row, "add", by=by)
    return rows


@audit.atomic()
def change_closed_day(row: ClosedDay, *, by: StaffMember, day: date, reason: str) -> ClosedDay:
    """Move a closed day, or say another reason.

    Raises DateRefused for a day that is entered already, and NotAllowed where somebody has removed
    this one meanwhile.
    """
    _begin(by)
    kept = _still_there(ClosedDay.objects.filter(pk=row.pk).first())
    _check_near(day)
    other = ClosedDay.objects.filter(day=day).exclude(pk=kept.pk).first()
    if other is not None:
        raise DateRefused("day", f"{_full(day)} is entered already: {other.reason}.")
    after = {"day": day, "reason": reason}
    changed = revisions.changes(kept, after)
    ClosedDay.objects.filter(pk=kept.pk).update(**after)
    if changed:
        revisions.note(kept, changed, by=by)
        _record(kept, "change", by=by, fields=sorted(changed))
    return kept


@audit.atomic()
def remove_closed_day(row: ClosedDay, *, by: StaffMember) -> None:
    """Let the school be open again on a day. Nothing happens where somebody else was first."""
    _begin(by)
    _remove(ClosedDay.objects.filter(pk=row.pk).first(), by=by)


def _remove(row: Term | ClosedDay | None, *, by: StaffMember) -> None:
    if row is None:
        return
    revisions.note_gone(row, by=by)
    _record(row, "delete", by=by)
    row.delete()


def _begin(by: StaffMember) -> None:
    """Let one change to the calendar happen at a time: two terms fit, each alone, and overlap together."""
    if not may_keep_calendar(by.viewer()):
        raise NotAllowed("Only the safeguarding lead, the headteacher and IT change the calendar.")
    School.objects.select_for_update().get(pk=1)


def _check_term(starts_on: date, ends_on: date, *, but: int = NONE) -> None:
    others = Term.objects.exclude(pk=but).values_list("name", "starts_on", "ends_on")
    fault = hours.term_fault(
        starts_on=starts_on, ends_on=ends_on, others=list(others), today=clock.today()
    )
    if fault is not None:
        raise DateRefused(*fault)


def _check_near(*days: date) -> None:
    if any(hours.is_far(day, today=clock.today()) for day in days):
        raise DateRefused("day", hours.FAR)


def _still_there(row: Row | None) -> Row:
    if row is None:
        raise NotAllowed("Somebody has removed this meanwhile. Nothing was changed.")
    return row


def _full(day: date) -> str:
    return clock.date_in_words(day)


def _record(row: Term | ClosedDay, verb: str, *, by: StaffMember, **detail: object) -> None:
    label = row._meta.label_lower
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"{label.split('.')[1]}.{verb}",
        object=f"{label}:{row.pk}",
        **detail,
    )
