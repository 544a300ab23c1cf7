"""How a page looks and speaks as the school has chosen: colour, logo, and its own words to families."""

from typing import Any

from django.urls import reverse

from school.models import School
from school.selectors import Front


def frame(school: School | Front | None) -> dict[str, Any]:
    """Return the school as the frame of every page has it; nothing of it before it is set up."""
    if school is None:
        return {"school": None}
    found: dict[str, Any] = {"school": school, "families_words": school.families_words}
    if school.colour:
        found["colour_url"] = reverse("school_colour", args=[school.colour[1:]])
    if school.logo:
        found["logo_url"] = reverse("school_logo_picture", args=[school.logo])
    return found
