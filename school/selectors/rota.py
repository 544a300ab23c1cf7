"""Reads of the rota: who is on duty, who is away, and where nobody answers."""

from datetime import datetime
from typing import Any

from django.db.models import Value

from school import cover
from school.cover import Dated, Duty, Held, Hole, Kind, Known, Person, Rota
from school.models import Absence, Cover, CoverHole, DutySlot, StaffMember
from school.roles import LEADERS, Role
from school.terms import calendar
from schoolsafe.lib import clock

WEEKLY, COVERING = 0, 1


def leaders() -> list[StaffMember]:
    """Return who holds, or is to hold, a role that answers for safeguarding, in two queries."""
    return list(
        StaffMember.objects.working()
        .filter(roles_held__role__in=[role.value for role in LEADERS])
        .prefetch_related("roles_held")
        .distinct()
    )


def rota(start: datetime, *, people: list[StaffMember] | None = None) -> Rota:
    """Return the rota as the rules see it, with all that is not over at an instant."""
    members = leaders() if people is None else people
    ids = [person.pk for person in members]
    slots = DutySlot.objects.filter(staff__in=ids)
    covers = Cover.objects.filter(staff__in=ids, ends_at__gt=start)
    absences = Absence.objects.filter(staff__in=ids, ends_at__gte=start)
    return Rota(
        people=tuple(_person(row) for row in members),
        duties=tuple(
            Duty(
                pk=row.pk,
                staff_id=row.staff_id,
                weekday=row.weekday,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
            for row in slots
        ),
        covers=tuple(_dated(row) for row in covers),
        absences=tuple(_dated(row) for row in absences),
    )


def _person(row: StaffMember) -> Person:
    return Person(
        staff_id=row.pk,
        has_telephone=bool(row.telephone.strip()),
        roles=tuple(
            Held(role=Role(held.role), starts_on=held.starts_on, ends_on=held.ends_on)
            for held in row.roles_held.all()
        ),
    )


def _dated(row: Cover | Absence) -> Dated:
    return Dated(pk=row.pk, staff_id=row.staff_id, starts_at=row.starts_at, ends_at=row.ends_at)


def cover_holes(now: datetime) -> list[Hole]:
    """Return where nobody answers in the weeks to come (G12, G13)."""
    return cover.holes(rota(now), calendar(), start=now, until=now + cover.LOOKS_AHEAD)


def known_holes() -> list[Known]:
    """Return the holes that were told of and are not gone."""
    return [
        Known(
            pk=row.pk,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            kind=Kind(row.kind),
            told_again=row.told_again_at is not None,
        )
        for row in CoverHole.objects.filter(gone_at=None)
    ]


def duty_at(at: datetime) -> tuple[set[int], set[int]]:
    """Return who is down for a weekly duty at an instant, and who answers besides, in one query.

    Whether the weekly duties of the day stand is for the calendar to say: `cover.stands`.
    """
    local = clock.local(at)
    slots: Any = DutySlot.objects.filter(
        weekday=local.weekday(), starts_at__lte=local.time(), ends_at__gt=local.time()
    )
    covers: Any = Cover.objects.filter(starts_at__lte=at, ends_at__gt=at)
    kinds = [
        rows.order_by().annotate(way=Value(way)).values_list("way", "staff_id")
        for way, rows in ((WEEKLY, slots), (COVERING, covers))
    ]
    found = list(kinds[0].union(kinds[1]))
    return (
        {staff_id for way, staff_id in found if way == WEEKLY},
        {staff_id for way, staff_id in found if way == COVERING},
    )


def on_duty(at: datetime) -> list[StaffMember]:
    """Return who is on duty at an instant, as the calendar has it, and not away."""
    weekly, covering = duty_at(at)
    ids = covering | (weekly if cover.stands(calendar(), clock.local(at).date()) else set())
    absent = away(list(ids), at)
    staff = StaffMember.objects.working().filter(pk__in=ids - absent)
    return list(staff.select_related("user").order_by("pk"))


def away(staff_ids: list[int], at: datetime) -> set[int]:
    """Return which of these members of staff are absent at an instant."""
    rows: Any = Absence.objects.filter(staff__in=staff_ids, starts_at__lte=at, ends_at__gte=at)
    return set(rows.values_list("staff_id", flat=True))
