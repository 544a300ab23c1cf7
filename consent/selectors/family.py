"""What a member of staff does not read because it is about their own family."""

from typing import Any

from consent.models import Answer, Request, StandingConsent
from school.models import Guardianship, OwnConsent
from school.roles import Viewer
from school.selectors import family_of, kin_of


def family_in_audit(viewer: Viewer) -> set[str]:
    """Return the names under which the audit knows what became of a reader's own family (E30, E35, E42).

    What the other parent said and when, where they are written to, and that a child decides alone.
    """
    kin = kin_of(viewer.staff_id)
    if not kin:
        return set()
    rows: tuple[tuple[str, Any], ...] = (
        ("school.guardianship", Guardianship.objects.filter(pupil__in=kin)),
        ("school.ownconsent", OwnConsent.objects.filter(pupil__in=kin)),
        ("consent.request", Request.objects.filter(pupil__in=kin)),
        ("consent.answer", Answer.objects.filter(request__pupil__in=kin)),
        ("consent.standing", StandingConsent.objects.filter(pupil__in=kin)),
    )
    names = {f"{name}:{pk}" for name, found in rows for pk in found.values_list("pk", flat=True)}
    names |= {f"school.pupil:{pk}" for pk in kin}
    return names | {f"school.guardian:{pk}" for pk in family_of(kin)}
