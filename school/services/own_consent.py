"""That a pupil of 16 or 17 decides themselves: proposed by one, approved by another, ended (E42)."""

from datetime import date

from audit import services as audit
from school import deciding
from school.deciding import Ground, Stage
from school.models import OwnConsent, Pupil, StaffMember
from school.roles import may_approve_own_consent, may_end_own_consent
from school.selectors import reads_mailbox_of
from school.services import revisions
from school.services.choosing import check_may_choose
from school.services.kin import check_no_kin
from school.services.locks import lock_row
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def propose_own_consent(
    pupil: Pupil,
    *,
    by: StaffMember,
    ground: Ground,
    reasons: str,
    begins_on: date,
    until: date | None = None,
) -> OwnConsent:
    """Propose that a pupil decides themselves; nothing changes until somebody else has approved it.

    Raises NotAllowed when the person may not, gives no reasons, or the law leaves it to the guardians;
    and when there is a proposal or an approval already.
    """
    now = clock.now()
    check_may_choose(by)
    check_no_kin(pupil, by=by)
    if not reasons.strip():
        raise NotAllowed("Write down the reasons.")
    pupil = lock_row(Pupil, pupil.pk)
    today = clock.local(now).date()
    if begins_on < today:
        raise NotAllowed("It cannot begin before today.")
    _check_time(pupil, begins_on=begins_on, until=until, on=today)
    _let_go_of_what_is_over(pupil, by=by)
    if OwnConsent.objects.filter(pupil=pupil, ended_at=None).exists():
        raise NotAllowed("There is one already for this pupil: end it first.")
    made = OwnConsent.objects.create(
        pupil=pupil,
        ground=ground.value,
        reasons=reasons.strip(),
        begins_on=begins_on,
        until=until,
        asked_at=now,
        asked_by=by,
    )
    _record("propose", made, by=by)
    return made


@audit.atomic()
def approve_own_consent(own: OwnConsent, *, by: StaffMember) -> OwnConsent:
    """Let a pupil decide themselves from the first day of the proposal on; the rules read it at once.

    Raises NotAllowed when the person may not, or proposed it; when it is approved or ended already; or
    when a guardian reads the mailbox at which the pupil would be asked.
    """
    now = clock.now()
    pupil = lock_row(Pupil, own.pupil_id)
    own = _locked(own)
    check_no_kin(pupil, by=by)
    if not may_approve_own_consent(by.viewer(), asked_by=own.asked_by.viewer()):
        raise NotAllowed(
            "The designated lead approves this, or a deputy when the lead proposed it: never the person "
            "who proposed it."
        )
    if own.ended_at is not None or own.approved_at is not None:
        raise NotAllowed("Somebody has decided about this already.")
    _check_time(pupil, begins_on=own.begins_on, until=own.until, on=clock.local(now).date())
    if pupil.email and reads_mailbox_of(pupil, pupil.email):
        raise NotAllowed(
            "A guardian is written to at this pupil’s own address. Put another one on record first, or "
            "none: then the office asks the pupil in person."
        )
    own.approved_at, own.approved_by = now, by
    own.save(update_fields=["approved_at", "approved_by"])
    decides = {"decides_from": own.begins_on, "decides_until": own.until}
    revisions.note(pupil, revisions.changes(pupil, decides), by=by)
    pupil.decides_from, pupil.decides_until = own.begins_on, own.until
    pupil.save(update_fields=["decides_from", "decides_until"])
    _record("approve", own, by=by)
    return own


@audit.atomic()
def end_own_consent(own: OwnConsent, *, by: StaffMember) -> OwnConsent:
    """Give the decision back to the guardians, or let a proposal go that nobody has approved.

    Raises NotAllowed when the person may not, or when it has ended already.
    """
    now = clock.now()
    pupil = lock_row(Pupil, own.pupil_id)
    own = _locked(own)
    check_no_kin(pupil, by=by)
    takes_back = own.approved_at is None and own.asked_by_id == by.pk
    if not (takes_back or may_end_own_consent(by.viewer())):
        raise NotAllowed("Only the safeguarding team and the headteacher can end this.")
    if own.ended_at is not None:
        raise NotAllowed("This has ended already.")
    own.ended_at, own.ended_by = now, by
    own.save(update_fields=["ended_at", "ended_by"])
    if own.approved_at is not None:
        decides = {"decides_from": None, "decides_until": None}
        revisions.note(pupil, revisions.changes(pupil, decides), by=by)
        pupil.decides_from = pupil.decides_until = None
        pupil.save(update_fields=["decides_from", "decides_until"])
    _record("end", own, by=by)
    return own


def _check_time(pupil: Pupil, *, begins_on: date, until: date | None, on: date) -> None:
    found = deciding.faults(pupil.own(), begins_on=begins_on, until=until, on=on)
    if found:
        raise NotAllowed(next(iter(found.values())))


def _let_go_of_what_is_over(pupil: Pupil, *, by: StaffMember) -> None:
    """Close the row of a time that is over by itself: another one may begin."""
    for row in OwnConsent.objects.select_for_update().filter(pupil=pupil, ended_at=None):
        if row.stage(on=clock.today()) is Stage.OVER:
            row.ended_at, row.ended_by = clock.now(), by
            row.save(update_fields=["ended_at", "ended_by"])


def _locked(own: OwnConsent) -> OwnConsent:
    rows = OwnConsent.objects.select_for_update(of=("self",)).select_related("asked_by__user")
    return rows.get(pk=own.pk)


def _record(verb: str, own: OwnConsent, *, by: StaffMember) -> None:
    """Write it down without its ground and its reasons: the audit is read by more people."""
    audit.record(
        at=clock.now(),
        actor=by.actor,
        verb=f"own_consent.{verb}",
        object=f"school.ownconsent:{own.pk}",
        pupil=own.pupil_id,
        begins_on=own.begins_on.isoformat(),
        until=own.until.isoformat() if own.until else None,
    )
