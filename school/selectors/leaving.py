"""Who left, and whose guardians are guardians of nobody who is on record."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet

from school.keeping import year_end
from school.models import Guardian, Pupil, RoleHeld, StaffMember
from school.roles import Role
from schoolsafe.lib import clock


def left_by(day: date) -> QuerySet[Pupil]:
    """Return the pupils who left on a day or before, the first on record first."""
    return Pupil.objects.filter(left_on__lte=day).order_by("pk")


def first_leaving() -> date | None:
    """Return the last day of the school year in which the first of all left, None where nobody has."""
    found = Pupil.objects.exclude(left_on=None).order_by("left_on")
    days = [*found.values_list("left_on", flat=True)[:1], *staff_left().values()]
    first = min((day for day in days if day is not None), default=None)
    return year_end(first) if first is not None else None


def role_ends(staff: Collection[int]) -> dict[int, date]:
    """Return on which day each of these left, as far as it is known: when the last of their roles ended.

    Whoever may still sign in, or has a role without an end, has not left.
    """
    ends: dict[int, list[date | None]] = defaultdict(list)
    rows = RoleHeld.objects.filter(staff__in=staff, staff__user__is_active=False)
    for pk, ends_on in rows.values_list("staff", "ends_on"):
        ends[pk].append(ends_on)
    known = {pk: [day for day in days if day is not None] for pk, days in ends.items()}
    return {pk: max(days) for pk, days in known.items() if len(days) == len(ends[pk])}


def staff_left(among: Collection[int] | None = None) -> dict[int, date]:
    """Return of all staff, or of these, who left and on which day.

    The last of their roles has ended and the account is closed; or they were here on supply alone, and their
    last day is over: outside their days an account opens nothing. Where no such day is known, nobody has left.
    """
    today = clock.today()
    rows = StaffMember.objects.all() if among is None else StaffMember.objects.filter(pk__in=among)
    closed = rows.filter(user__is_active=False).values_list("pk", flat=True)
    supply = rows.filter(works_until__lt=today)
    others = RoleHeld.objects.not_over(on=today).exclude(role=Role.STAFF.value)
    supply = supply.exclude(pk__in=others.values("staff"))
    days = role_ends(list(closed))
    for pk, until in supply.values_list("pk", "works_until"):
        if until is not None:
            days[pk] = max(days.get(pk, until), until)
    return days


def of_nobody_but(pupil_ids: Collection[int]) -> QuerySet[Guardian]:
    """Return the guardians who are of these pupils, or of nobody: that they are of others too is asked apart.

    Somebody who is tied to nobody had a pupil who was destroyed: nobody is put on record without one.
    """
    theirs = Q(guardianships=None) | Q(guardianships__pupil__in=pupil_ids)
    return Guardian.objects.filter(theirs).distinct().order_by("pk")
