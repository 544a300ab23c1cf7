"""Where somebody is signed in, and what was sent from a browser that was locked."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from audit import services as audit
from school.models import Session, StaffMember, Unsent
from school.roles import may_manage_account_of
from school.selectors.sessions import KEPT_UNSENT, methods_of
from school.services.locks import lock_row
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# How a session names that Microsoft has said who it is.
METHOD = "socialaccount"
Typed = Sequence[tuple[str, list[str]]]


def note_act(session_key: str, *, at: datetime) -> None:
    """Note that somebody has just done something in a browser. Who looks changes nothing else by it."""
    Session.objects.filter(pk=session_key).update(acted_at=at)


@audit.atomic()
def end_session(session: Session, *, by: StaffMember) -> None:
    """Sign somebody out of one of their own browsers: it opens nothing from its next page on."""
    if session.user_id != by.user_id:
        raise NotAllowed("This browser is not yours.")
    Session.objects.filter(pk=session.pk).delete()
    _record("account.end_session", by, by=by)


@audit.atomic()
def end_other_sessions(staff: StaffMember, *, by: StaffMember, but: str) -> int:
    """Sign somebody out everywhere but in one browser, and return of how many others."""
    ended = _delete(Session.objects.filter(user=staff.user_id).exclude(pk=but))
    if ended:
        _record("account.end_other_sessions", staff, by=by, sessions=ended)
    return ended


@audit.atomic()
def sign_out_everywhere(staff: StaffMember, *, by: StaffMember) -> int:
    """End every session of somebody, know none of their browsers any more, and return how many ended.

    Raises NotAllowed when the account is not this person's to keep.
    """
    staff = lock_row(StaffMember, staff.pk, no_key=False)
    if staff.pk != by.pk and not may_manage_account_of(by.viewer(), staff.roles_now_or_later()):
        raise NotAllowed("Only the designated lead or the headteacher keeps this account.")
    return _end_all(staff, by=by)


@audit.atomic()
def shut_out(staff: StaffMember, *, by: StaffMember | System) -> int:
    """End every session of somebody whose account has just been closed: opened again, none comes back."""
    return _end_all(lock_row(StaffMember, staff.pk, no_key=False), by=by)


@audit.atomic()
def end_sessions_at_microsoft(staff: StaffMember, *, by: StaffMember) -> None:
    """End the sessions that a Microsoft account opened: tied again, none of them comes back."""
    rows = Session.objects.filter(user=staff.user_id)
    opened = [row.pk for row in rows if METHOD in methods_of(row.get_decoded())]
    if opened:
        Session.objects.filter(pk__in=opened).delete()
        _record("account.end_other_sessions", staff, by=by, sessions=len(opened))


@audit.atomic()
def keep_unsent(staff: StaffMember, *, by: StaffMember, address: str, typed: Typed) -> Unsent:
    """Keep what was sent from a locked browser, in place of what was sent to that address before."""
    now = clock.now()
    told = {"typed": json.dumps(list(typed)), "kept_at": now}
    row, _ = Unsent.objects.update_or_create(staff=staff, address=address, defaults=told)
    audit.record(at=now, actor=by.actor, verb="unsent.keep", object=f"school.unsent:{row.pk}")
    return row


@audit.atomic()
def let_go(row: Unsent, *, by: StaffMember) -> None:
    """Destroy what was kept: its writer sends it now, or throws it away."""
    Unsent.objects.filter(pk=row.pk, staff=by).delete()
    audit.record(
        at=clock.now(), actor=by.actor, verb="unsent.let_go", object=f"school.unsent:{row.pk}"
    )


def forget_old(*, now: datetime) -> None:
    """Destroy sessions that have ended, and what nobody has come back for. No person did anything."""
    Session.objects.filter(expire_date__lt=now).delete()
    Unsent.objects.filter(kept_at__lt=now - KEPT_UNSENT).delete()


def _delete(rows: QuerySet[Session]) -> int:
    """Delete sessions, and return how many.

    One that is given another key just now, as a new password does, holds its old row: the first
    statement waits for that, and the second one sees the new row.
    """
    return sum(rows.delete()[0] for _ in range(2))


def _end_all(staff: StaffMember, *, by: StaffMember | System) -> int:
    ended = _delete(Session.objects.filter(user=staff.user_id))
    # A browser that was let in before is a stranger from now on (schoolsafe/browsers.py).
    staff.signed_out_at = clock.now()
    staff.save(update_fields=["signed_out_at"])
    _record("account.sign_out_everywhere", staff, by=by, sessions=ended)
    return ended


def _record(verb: str, staff: StaffMember, *, by: StaffMember | System, **detail: object) -> None:
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=verb,
        object=f"school.staffmember:{staff.pk}",
        **detail,
    )
