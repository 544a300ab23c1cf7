"""Which adults may not meet which pupils."""

from collections.abc import Iterable, Sequence
from datetime import date

from meetings import policy
from school.models import Guardianship, StaffMember


def blocks_about(pupil_ids: Iterable[int]) -> list[policy.Block]:
    """Return the no-contact orders about these pupils, whenever they stand."""
    rows = Guardianship.objects.filter(pupil__in=list(pupil_ids), blocked_from__isnull=False)
    return [
        policy.Block(name=row.guardian.name, link=row.facts())
        for row in rows.select_related("guardian", "pupil")
    ]


def barred_from(person: StaffMember, blocks: Sequence[policy.Block], *, on: date) -> frozenset[int]:
    """Return the pupils whom a member of staff may not meet on a day (E30)."""
    return policy.barred_from(
        name=person.name,
        email=person.email,
        telephone=person.telephone,
        blocks=blocks,
        on=on,
    )
