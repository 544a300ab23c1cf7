"""What the Log of Concern keeps of other rooms: for those who destroy calls, and without saying why."""

from collections.abc import Collection

from concerns.models import Concern, Hold, Involved


def held_pupils(pupil_ids: Collection[int]) -> set[int]:
    """Return of which of these pupils nothing may be destroyed: of them, or of a concern with them, is a hold (E96)."""
    open_ = Hold.objects.open()
    theirs = set(open_.filter(pupil__in=pupil_ids).values_list("pupil_id", flat=True))
    inside = Involved.objects.filter(pupil__in=pupil_ids, concern__in=open_.values("concern"))
    return {int(pk) for pk in (*theirs, *inside.values_list("pupil_id", flat=True)) if pk}


def kept_things(abouts: Collection[str]) -> set[str]:
    """Return which of these things a concern arose from that is still there: it needs them."""
    return set(Concern.objects.filter(about__in=abouts).values_list("about", flat=True))
