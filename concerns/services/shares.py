"""Sharing one concern with one person, for a reason and until a day, and taking it back (A43)."""

from datetime import date, datetime, time, timedelta

from audit import services as audit
from concerns import policy, selectors
from concerns.models import Concern, Share
from concerns.policy import Action
from concerns.services import alerts
from notices import services as notices
from notices.kinds import Draft
from school.calendar import Calendar
from school.models import StaffMember
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

SHARED = "concern_shared"


@audit.atomic()
def lend(
    concern: Concern,
    *,
    by: StaffMember,
    staff: StaffMember,
    until: date,
    reason: str,
    shows_work: bool = False,
) -> Share:
    """Let one member of staff read one concern until the end of a day; a letter tells them.

    Raises NotAllowed when the person stands outside it, reads it already or does not work here,
    without a reason, or for a day that is past or after the school year.
    """
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    facts = _facts(concern, staff, now=now)
    policy.next_status(Action.LEND, by.viewer(), facts)
    _check_person(staff, facts)
    hours = calendar()
    _check_day(until, hours, today=clock.local(now).date())
    if not reason.strip():
        raise NotAllowed("Say why: whoever reads this later must understand it.")
    row = Share.objects.create(
        concern=concern,
        staff=staff,
        by=by,
        at=now,
        until=datetime.combine(until + timedelta(days=1), time(), tzinfo=hours.zone),
        reason=reason,
        shows_work=shows_work,
    )
    _tell(row, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.lend",
        object=concern.object,
        staff=staff.pk,
        until=until,
        shows_work=shows_work,
    )
    return row


def _facts(concern: Concern, staff: StaffMember, *, now: datetime) -> policy.Facts:
    """Return a concern as the rules see it, with all that may keep this person out of it."""
    people = selectors.with_others(selectors.colleagues(now), [staff.pk], now)
    return selectors.facts_of(concern, now=now, people=people)


def _check_person(staff: StaffMember, facts: policy.Facts) -> None:
    """Refuse whoever stands outside, reads it already or does not work here."""
    if staff.pk in facts.excluded:
        raise NotAllowed(f"{staff} stands outside this concern: it cannot be shared with them.")
    seen_by = policy.sight(staff.viewer(), facts)
    if seen_by is policy.Sight.SHARED:
        raise NotAllowed(f"It is shared with {staff} already. Take that back first.")
    if seen_by is policy.Sight.DESK:
        raise NotAllowed(f"{staff} reads this concern anyway.")
    if not staff.user.is_active:
        raise NotAllowed(f"{staff} does not work here any more.")


def _check_day(until: date, hours: Calendar, *, today: date) -> None:
    """Refuse a day that is past, or after the school year: sight that is forgotten is sight for ever."""
    if until < today:
        raise NotAllowed("This day is past.")
    last = policy.shared_until_at_most(hours, today)
    if until > last:
        raise NotAllowed(f"It can be shared until {last.day} {last:%B %Y} at most.")


def _tell(row: Share, *, now: datetime) -> None:
    """Tell the person that there is something to read, and no more (E9)."""
    draft = Draft(
        kind=SHARED,
        key=f"share:{row.pk}:{SHARED}",
        due_at=now,
        about=row.concern.object,
        staff_id=row.staff_id,
        detail={"share": row.pk},
    )
    notices.queue([draft], now=now)


@audit.atomic()
def stop_lending(share: Share, *, by: StaffMember) -> None:
    """End somebody's sight of a concern at once; that they had it stays on the record.

    Raises NotAllowed for whoever does not read the concern by their part, or when it has ended.
    """
    now = clock.now()
    concern = Concern.objects.select_for_update().get(pk=share.concern_id)
    policy.next_status(Action.LEND, by.viewer(), alerts.look(concern, now=now).facts)
    row = Share.objects.running(now).filter(pk=share.pk).first()
    if row is None:
        raise NotAllowed("This has ended already.")
    _end(row, by=by, now=now)


def _end(row: Share, *, by: StaffMember, now: datetime) -> None:
    """End a share and write it down."""
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        at=now,
        actor=by.actor,
        verb="concern.take_back",
        object=row.concern.object,
        staff=row.staff_id,
    )


def end_outside(
    concern: Concern, excluded: frozenset[int], *, by: StaffMember, now: datetime
) -> None:
    """End what is shared with those who stand outside now: it does not come back by itself (E4).

    The concern must be locked by the caller.
    """
    rows = Share.objects.running(now).filter(concern=concern, staff__in=excluded)
    for row in rows.select_related("concern"):
        _end(row, by=by, now=now)


@audit.atomic()
def read_lent(concern: Concern, *, by: StaffMember, sight: policy.Sight) -> None:
    """Record that somebody opened a concern, and by what right they read it."""
    audit.record(
        at=clock.now(), actor=by.actor, verb="concern.read", object=concern.object, sight=sight
    )
