"""How it stands with handing a concern over to the product that holds the file (A50)."""

from django.db.models import QuerySet

from concerns.models import Concern, Copy
from concerns.policy.handing import Handing
from school.models import School
from school.roles import Viewer


def handing_of(concern: Concern, school: School) -> Handing:
    """Return how it stands with handing a concern over, by the school's word now."""
    return Handing(
        kept_in=school.file_kept_in,
        handed_to=concern.handed_to,
        is_confirmed=concern.taken_over_at is not None,
    )


def copies_with(concern: Concern, viewer: Viewer) -> QuerySet[Copy]:
    """Return the copies that hold a concern and of which this person may know, the newest first."""
    return Copy.objects.filter(concerns=concern).visible_to(viewer)
