"""Who are brothers and sisters."""

from django.db.models import Q

from school.models import Guardianship, Pupil


def siblings_of(pupil: Pupil) -> list[Pupil]:
    """Return who shares a guardian with a pupil, or is on record as brother or sister.

    A social worker who stands for several children makes no brothers and sisters of them (E43).
    """
    family = Q(guardianships__is_corporate_parent=False)
    guardians = Guardianship.objects.filter(pupil=pupil, is_corporate_parent=False)
    shares = family & Q(guardianships__guardian__in=guardians.values("guardian"))
    return list(Pupil.objects.filter(shares | Q(siblings=pupil)).exclude(pk=pupil.pk).distinct())
