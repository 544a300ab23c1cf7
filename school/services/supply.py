"""Supply staff come, stay longer, go and come again: real accounts that open nothing outside their days."""

from datetime import date

from django.db import IntegrityError
from django.db.models.functions import Lower

from audit import services as audit
from school import supply
from school.models import StaffMember, SupplyStay
from school.roles import Role, may_engage_supply
from school.services import revisions
from school.services.locks import lock_row
from school.services.sessions import shut_out
from school.services.staff import employ
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def engage_supply(
    *,
    by: StaffMember,
    name: str,
    email: str,
    telephone: str,
    starts_on: date,
    ends_on: date,
    is_checked: bool,
) -> StaffMember:
    """Give supply staff an account of their own for some days; they set the password themselves.

    Raises NotAllowed when it is not for this person, for days that cannot be, and for a known address.
    """
    _check(by, starts_on, ends_on)
    address = email.lower()
    known = StaffMember.objects.annotate(address=Lower("user__email")).filter(address=address)
    taken = "This address has an account here already."
    for person in known:
        raise NotAllowed(f"{taken} It is that of {person}.")
    try:
        with audit.atomic():
            staff = employ(
                by=by,
                name=name,
                email=address,
                telephone=telephone,
                roles=(Role.STAFF,),
                is_eligible_for_calls=False,
            )
    except IntegrityError as fault:
        raise NotAllowed(taken) from fault
    return _stay(staff, starts_on, ends_on, by=by, is_checked=is_checked)


@audit.atomic()
def come_again(
    staff: StaffMember, *, by: StaffMember, starts_on: date, ends_on: date, is_checked: bool
) -> StaffMember:
    """Let supply staff who were here before come for other days, with the account that they had.

    Raises NotAllowed as `engage_supply` does, and while they are here or expected.
    """
    _check(by, starts_on, ends_on)
    staff = _locked(staff)
    today = clock.today()
    if staff.user.is_active and staff.works_until is not None and staff.works_until >= today:
        raise NotAllowed(f"{staff} is here until {clock.date_in_words(staff.works_until)}.")
    return _stay(staff, starts_on, ends_on, by=by, is_checked=is_checked)


@audit.atomic()
def extend_supply(staff: StaffMember, *, by: StaffMember, ends_on: date) -> StaffMember:
    """Let supply staff who are here, or expected, go on another day.

    Raises NotAllowed as `engage_supply` does, and once they have gone.
    """
    staff = _locked(staff)
    stay = _current(staff)
    _check(by, stay.starts_on, ends_on, is_begun=True)
    revisions.note(staff, revisions.changes(staff, {"works_until": ends_on}), by=by)
    stay.ends_on = staff.works_until = ends_on
    stay.save(update_fields=["ends_on"])
    staff.save(update_fields=["works_until"])
    _record("supply.extend", staff, by=by)
    return staff


@audit.atomic()
def end_supply(staff: StaffMember, *, by: StaffMember) -> StaffMember:
    """End a stay at once: the account is closed, and what is open with it opens nothing any more."""
    if not may_engage_supply(by.viewer()):
        raise NotAllowed("The office or a lead does this.")
    staff = _locked(staff)
    stay = _current(staff)
    stay.ended_at = clock.now()
    stay.save(update_fields=["ended_at"])
    _open(staff, by=by, is_open=False)
    shut_out(staff, by=by)
    _record("supply.end", staff, by=by)
    return staff


def _check(by: StaffMember, starts_on: date, ends_on: date, *, is_begun: bool = False) -> None:
    today = clock.today()
    if not may_engage_supply(by.viewer()):
        raise NotAllowed("The office or a lead does this.")
    first = "" if is_begun else supply.first_day_fault(starts_on, today=today)
    fault = first or supply.last_day_fault(starts_on, ends_on, today=today)
    if fault:
        raise NotAllowed(fault)


def _locked(staff: StaffMember) -> StaffMember:
    """Lock somebody; raises NotAllowed unless they are supply staff and nothing else."""
    staff = lock_row(StaffMember, staff.pk, no_key=False)
    if staff.works_from is None:
        raise NotAllowed(f"{staff} is not supply staff.")
    if staff.roles_now_or_later() - {Role.STAFF}:
        raise NotAllowed(f"{staff} has other roles: IT or a lead keeps this account.")
    return staff


def _current(staff: StaffMember) -> SupplyStay:
    stay = staff.stays.first()
    if stay is None or stay.ended_at is not None or stay.ends_on < clock.today():
        raise NotAllowed(f"{staff} has gone already. Let them come again.")
    return stay


def _stay(
    staff: StaffMember, starts_on: date, ends_on: date, *, by: StaffMember, is_checked: bool
) -> StaffMember:
    SupplyStay.objects.create(
        staff=staff,
        starts_on=starts_on,
        ends_on=ends_on,
        noted_at=clock.now(),
        noted_by=by,
        checked_by=by if is_checked else None,
    )
    before = revisions.stands(staff, ["works_from", "works_until", "is_eligible_for_calls"])
    staff.works_from, staff.works_until = starts_on, ends_on
    staff.is_eligible_for_calls = is_checked
    staff.save(update_fields=list(before))
    # For whoever comes for the first time these are no change: they are written down with the account.
    if before["works_from"] is not None:
        revisions.note(staff, revisions.since(staff, before), by=by)
    _open(staff, by=by, is_open=True)
    _record("supply.engage", staff, by=by)
    return staff


def _open(staff: StaffMember, *, by: StaffMember, is_open: bool) -> None:
    revisions.note(staff.user, revisions.changes(staff.user, {"is_active": is_open}), by=by)
    staff.user.is_active = is_open
    staff.user.save(update_fields=["is_active"])


def _record(verb: str, staff: StaffMember, *, by: StaffMember) -> None:
    audit.record(at=clock.now(), actor=by.actor, verb=verb, object=f"school.staffmember:{staff.pk}")
