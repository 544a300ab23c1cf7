"""The links that families hold: a personal one for each pupil and guardian, a general one for a class.

Each is signed with keys of its own and holds row numbers only. Raising a version revokes it.
"""

from django.urls import reverse

from schoolsafe.lib import links, tokens

PERSONAL = "join"
CLASS = "class"


def personal(place_id: int, guardian_id: int, version: int) -> str:
    """Return the address of a family's own join page; guardian 0 is the adult pupil themselves."""
    token = tokens.sign(PERSONAL, place_id, guardian_id, version)
    return links.absolute(reverse("meetings:join", args=[token]))


def read_personal(token: str) -> tuple[int, int, int]:
    """Return place, guardian and version; raises BadToken."""
    place_id, guardian_id, version = tokens.read(PERSONAL, token, parts=3)
    return place_id, guardian_id, version


def for_class(meeting_id: int, version: int) -> str:
    """Return the address of the page that sends families their own link."""
    return links.absolute(
        reverse("meetings:class_page", args=[tokens.sign(CLASS, meeting_id, version)])
    )


def read_class(token: str) -> tuple[int, int]:
    """Return meeting and version; raises BadToken."""
    meeting_id, version = tokens.read(CLASS, token, parts=2)
    return meeting_id, version
