"""How long a concern is kept, as its own page tells it."""

from concerns import policy, selectors
from concerns.models import Concern
from school.access import StaffRequest
from schoolsafe.lib import clock


def retention_of(concern: Concern, request: StaffRequest, facts: policy.Facts) -> dict[str, object]:
    """Return until when a concern is kept, what holds it, and what this person may do about it."""
    kept = selectors.kept_one(concern, now=clock.now())
    return {
        "kept": kept,
        "holds": kept.readable_holds(request.viewer),
        "is_held_elsewhere": kept.is_held_elsewhere(request.viewer),
        "lifted": concern.holds.exclude(lifted_at=None).select_related("lifted_by"),
        "decisions": concern.kept_until.select_related("by"),
        "may_hold": policy.may_hold(request.viewer, facts),
    }
