"""Who left, and whose guardians are guardians of nobody who is on record."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet

from school.keeping import year_end
from school.models import Guardian, Pupil


def left_by(day: date) -> QuerySet[Pupil]:
    """Return the pupils who left on a day or before, the first on record first."""
    return Pupil.objects.filter(left_on__lte=day).order_by("pk")


def first_leaving() -> date | None:
    """Return the last day of the school year in which the first of them left, None where nobody has."""
    found = Pupil.objects.exclude(left_on=None).order_by("left_on")
    first = found.values_list("left_on", flat=True).first()
    return year_end(first) if first is not None else None


def of_nobody_but(pupil_ids: Collection[int]) -> QuerySet[Guardian]:
    """Return the guardians who are of these pupils, or of nobody: that they are of others too is asked apart.

    Somebody who is tied to nobody had a pupil who was destroyed: nobody is put on record without one.
    """
    theirs = Q(guardianships=None) | Q(guardianships__pupil__in=pupil_ids)
    return Guardian.objects.filter(theirs).distinct().order_by("pk")
