"""The brothers and sisters of a child, as far as whoever writes may be told of them."""

from django.db.models import Q

from concerns import policy
from school.models import Guardianship, Pupil
from school.selectors import orders_about
from schoolsafe.lib import clock


def siblings(pupil_id: int, *, seen_by: int) -> list[int]:
    """Return who on roll shares a guardian with a child: by policy.siblings, and by no order (E30, E44).

    Nothing to whoever is kept from the child, and nobody from whom they are kept. Two queries.
    """
    today = clock.today()
    own = Guardianship.objects.filter(pupil=pupil_id).values("guardian")
    roll = Pupil.objects.on_roll(on=today)
    ties = Guardianship.objects.filter(
        Q(pupil__in=roll) | Q(pupil=pupil_id), guardian__in=own
    ).select_related("guardian", "pupil")
    bonds = [
        policy.Bond(
            guardian_id=tie.guardian_id,
            pupil_id=tie.pupil_id,
            is_blocked=tie.facts().is_blocked(on=today),
            is_corporate=tie.is_corporate_parent,
            is_hidden=tie.pupil.is_address_confidential,
        )
        for tie in ties
    ]
    found = policy.siblings(pupil_id, bonds)
    kept_from = orders_about([pupil_id, *found], seen_by=seen_by, on=today).kept_from
    return [] if pupil_id in kept_from else sorted(found - kept_from)
