"""The addresses of guardians, and of pupils who answer for themselves: changed, confirmed, closed, open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from audit import services as audit
from school.models import Guardian, Pupil, StaffMember
from school.policy import is_adult
from school.selectors import reads_mailbox_of, unsettled_until
from school.services import revisions
from school.services.choosing import check_may_choose
from school.services.each import record_each
from school.services.kin import check_no_kin
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

Person = TypeVar("Person", bound=Guardian | Pupil)
REPLACED = [
    "email",
    "email_changed_at",
    "email_changed_by",
    "email_confirmed_at",
    "email_confirmed_by",
    "email_closed_at",
]
# Who changed it and when is said of every change.
TOLD = ["email", "email_confirmed_at", "email_confirmed_by", "email_closed_at"]
SETTLED = ["email_confirmed_at", "email_confirmed_by", "email_closed_at"]


@audit.atomic()
def change_email(person: Person, *, by: StaffMember | System, email: str) -> Person:
    """Replace somebody's address and note when and by whom; what was confirmed was another one (E34).

    What a bounce had closed is open again, and what came back from the old address goes out by
    itself with the next sweep (E46). Raises NotAllowed for members of staff who may not, and for an
    address of a pupil below 18 that is a guardian's (E42).
    """
    now = clock.now()
    if isinstance(by, StaffMember):
        check_may_choose(by)
        check_no_kin(person, by=by)
    person = _locked(person)
    if isinstance(person, Pupil):
        _check_own(person, email)
    before = revisions.stands(person, TOLD)
    _replace(person, email, by=by, at=now)
    person.save(update_fields=REPLACED)
    revisions.note(person, revisions.since(person, before), by=by)
    _record("change_email", person, by=by, at=now)
    return person


@audit.atomic()
def change_emails(wanted: Mapping[int, str], *, by: StaffMember | System) -> None:
    """Replace the addresses of many guardians at once, as `change_email` does for one (E34)."""
    now = clock.now()
    rows = Guardian.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    changed = list(rows)
    before = [revisions.stands(row, TOLD) for row in changed]
    for row in changed:
        _replace(row, wanted[row.pk], by=by, at=now)
    Guardian.objects.bulk_update(changed, REPLACED, batch_size=500)
    _note(changed, before, by=by)
    record_each("guardian.change_email", "school.guardian", [row.pk for row in changed], by=by)


def _replace(
    person: Guardian | Pupil, email: str, *, by: StaffMember | System, at: datetime
) -> None:
    """Put another address in place: what was known of the old one is not known of it."""
    person.email = email
    person.email_changed_at = at
    person.email_changed_by = by if isinstance(by, StaffMember) else None
    person.email_confirmed_at = person.email_confirmed_by = None
    person.email_closed_at = None


@audit.atomic()
def confirm_email(
    person: Person, *, by: StaffMember, email: str, how: str, is_doubted: bool = False
) -> Person:
    """Note who made sure that an address is somebody's own, and how: changed or doubted (E34).

    What was closed because it reached somebody else, or nobody, is open again. Raises NotAllowed when
    the person may not or has changed it themselves, when it is not the address that was looked at, or
    when there is nothing to confirm.
    """
    now = clock.now()
    check_may_choose(by)
    check_no_kin(person, by=by)
    person = _locked(person)
    if person.email != email:
        raise NotAllowed("The address has changed again meanwhile: look at the new one first.")
    if person.email_changed_by_id == by.pk:
        raise NotAllowed("You changed this address: somebody else makes sure of it.")
    before = revisions.stands(person, SETTLED)
    is_closed = person.email_closed_at is not None
    if unsettled_until(person, now) is None and not (is_doubted or is_closed):
        raise NotAllowed("This address needs no confirmation.")
    person.email_confirmed_at, person.email_confirmed_by = now, by
    person.email_closed_at = None
    person.save(update_fields=SETTLED)
    revisions.note(person, revisions.since(person, before), by=by)
    _record("confirm_email", person, by=by, at=now, how=how)
    return person


@audit.atomic()
def close_email(address: str, *, by: System, at: datetime) -> None:
    """Send nothing more to an address from which a message came back, whoever shares it (E46).

    One that was corrected since the message left, or is closed already, stays as it is.
    """
    models: tuple[Any, ...] = (Guardian, Pupil)
    for model in models:
        shared = model.objects.select_for_update(no_key=True).filter(email__iexact=address.strip())
        known = shared.filter(email_closed_at=None).exclude(email_changed_at__gte=at)
        _set_closed(model, list(known.order_by("pk")), clock.now(), "close_email", by=by)


@audit.atomic()
def open_email(
    guardian_ids: Sequence[int], *, by: StaffMember, pupil_ids: Sequence[int] = ()
) -> None:
    """Send to closed addresses again: somebody has looked at them and wants another try."""
    wanted: tuple[tuple[Any, Sequence[int]], ...] = ((Guardian, guardian_ids), (Pupil, pupil_ids))
    for model, numbers in wanted:
        if not numbers:
            continue
        closed = model.objects.filter(pk__in=numbers).exclude(email_closed_at=None)
        rows = list(closed.select_for_update(no_key=True).order_by("pk"))
        _set_closed(model, rows, None, "open_email", by=by)


def _set_closed(
    model: Any, rows: list[Any], at: datetime | None, verb: str, *, by: StaffMember | System
) -> None:
    """Say of these people since when nothing is sent to their address, or that it is open."""
    pks, name = [row.pk for row in rows], model._meta.model_name
    revisions.note_many(
        (
            (revisions.reference(row), revisions.changes(row, {"email_closed_at": at}))
            for row in rows
        ),
        by=by,
    )
    model.objects.filter(pk__in=pks).update(email_closed_at=at)
    record_each(f"{name}.{verb}", f"school.{name}", pks, by=by)


def _note(
    rows: Sequence[Guardian], before: Sequence[revisions.Facts], *, by: StaffMember | System
) -> None:
    revisions.note_many(
        (
            (revisions.reference(row), revisions.since(row, stood))
            for row, stood in zip(rows, before, strict=True)
        ),
        by=by,
    )


def _check_own(pupil: Pupil, email: str) -> None:
    """Refuse a mailbox that the family reads, as long as the pupil is no adult (E42)."""
    if is_adult(pupil.born_on, on=clock.today()) or not email:
        return
    if reads_mailbox_of(pupil, email):
        raise NotAllowed("A guardian is written to at this address: it is not the pupil’s own.")


def _locked(person: Person) -> Person:
    """Return the row as it stands, locked."""
    rows: Any = type(person)._default_manager
    locked: Person = rows.select_for_update(no_key=True).get(pk=person.pk)
    return locked


def _record(
    verb: str, person: Guardian | Pupil, *, by: StaffMember | System, at: datetime, **detail: object
) -> None:
    name = person._meta.model_name
    audit.record(
        at=at, actor=by.actor, verb=f"{name}.{verb}", object=f"school.{name}:{person.pk}", **detail
    )
