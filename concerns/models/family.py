"""Which member of staff is family of which pupil, as the Log of Concern knows it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from concerns.models.homes import home_of, marks_of
from school.models import Guardianship


def family_among(staff_id: int, pupil_ids: Iterable[int] | QuerySet[Any, Any]) -> frozenset[int]:
    """Return of which of these pupils a member of staff is family (E7).

    Themselves or somebody who shares their home is a guardian, by one mark in common.
    """
    own = home_of(staff_id).marks
    ties = Guardianship.objects.filter(pupil__in=pupil_ids).select_related("guardian")
    return frozenset(tie.pupil_id for tie in ties if marks_of(tie.guardian) & own)
