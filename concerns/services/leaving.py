"""What this room keeps of a pupil who is in no concern: it goes when their record does."""

from collections import Counter
from collections.abc import Collection

from concerns.models import AccessRequest, Copy, Involved, Transfer
from concerns.services.removing import forget_pupils, named
from notices import services as notices
from school.services.removing import Found, delete, hanging
from schoolsafe.lib.rules import NotAllowed


def forget_former(pupils: Collection[int]) -> dict[str, int]:
    """Destroy requests, copies, leavings, lifted holds and ended statuses of pupils; return how many rows.

    The caller holds the locks on the pupils, and has asked what keeps them. Raises NotAllowed when one of
    them is in a concern: what is kept for that stays with it.
    """
    if Involved.objects.filter(pupil__in=pupils).exists():
        raise NotAllowed("Something that is kept still names one of these people.")
    found: Found = {}
    for model in (AccessRequest, Copy, Transfer):
        rows = model._base_manager.filter(pupil__in=pupils)
        for table, keys in hanging(model, set(rows.values_list("pk", flat=True))).items():
            if keys:
                found.setdefault(table, set()).update(keys)
    gone = Counter({model._meta.label_lower: len(keys) for model, keys in found.items()})
    gone.update(notices.forget(named(found)))
    delete(found)
    gone.update(forget_pupils(pupils))
    return dict(gone)
