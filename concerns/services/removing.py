"""Removing concerns with everything that hangs on them, whatever its table."""

from collections import Counter
from collections.abc import Collection

from concerns.models import Concern, Hold, Involved, StatusFlag
from notices import services as notices
from school.services.removing import Found, delete, hanging
from schoolsafe.lib.rules import NotAllowed


def remove(concerns: Collection[Concern]) -> dict[str, int]:
    """Destroy concerns with all that hangs on them and was sent about them; return how many rows.

    Rows go in the order in which nothing points at them any more: every PROTECT stays in force. The
    rows of the concerns and their pupils must be locked by the caller. Raises NotAllowed when a row
    outside the Log of Concern, or of another concern, hangs on one of these.
    """
    ids = {concern.pk for concern in concerns}
    pupils = set(
        Involved.objects.filter(concern__in=ids).exclude(pupil=None).values_list("pupil", flat=True)
    )
    found = hanging(Concern, ids)
    _check(found, ids)
    gone = Counter({model._meta.label_lower: len(keys) for model, keys in found.items()})
    gone.update(notices.forget(named(found)))
    delete(found)
    gone.update(forget_pupils(pupils))
    return {label: count for label, count in sorted(gone.items()) if count}


def _check(found: Found, ids: set[int]) -> None:
    """Refuse to take along what is not of these concerns."""
    for model, keys in found.items():
        if model._meta.app_label != Concern._meta.app_label:
            raise NotAllowed(f"{model._meta.label} points into it: nothing was destroyed.")
        names = {field.name for field in model._meta.concrete_fields}
        if "concern" not in names:
            continue
        if model._base_manager.filter(pk__in=keys).exclude(concern__in=ids).exists():
            raise NotAllowed(f"{model._meta.label} of another concern points into it.")


def named(found: Found) -> list[str]:
    """Return under which names the audit and the outbox know these rows."""
    return [
        row.object
        for model, keys in found.items()
        if hasattr(model, "object")
        for row in model._base_manager.filter(pk__in=keys)
    ]


def forget_pupils(pupils: Collection[int]) -> dict[str, int]:
    """Destroy the lifted holds and the ended statuses of pupils of whom there is no concern any more."""
    still = Involved.objects.filter(pupil__in=pupils).values_list("pupil", flat=True)
    last = set(pupils) - set(still)
    holds, _ = Hold.objects.filter(pupil__in=last).exclude(lifted_at=None).delete()
    flags, _ = StatusFlag.objects.filter(pupil__in=last).exclude(ended_on=None).delete()
    return {"concerns.hold": holds, "concerns.statusflag": flags}
