"""The families of a call: who consents, who was asked, whose link is whose."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from consent import selectors as consent
from consent.models import Request
from meetings import links
from meetings.models import Meeting, Place
from school.models import Pupil
from school.policy import Refusal
from school.selectors import contact_for, pupil_address

# Who may not be written to for one of these reasons may still know that there is a call.
HARMLESS = {
    "",
    Refusal.SUSPENDED.value,
    Refusal.NO_ADDRESS.value,
    Refusal.CAME_BACK.value,
}


def may_know(place: Place, guardian_id: int, now: datetime) -> bool:
    """Tell whether whoever holds a link may still be told of this child's call at all (E30, E33).

    Somebody barred, or whose child has left or is 18, learns neither the hour nor that there is one.
    """
    if not guardian_id:
        return bool(pupil_address(place.pupil_id, now))
    return contact_for(guardian_id, [place.pupil_id], now).refused in HARMLESS


def guardians_of(meeting: Meeting, pupil_id: int, now: datetime) -> list[int]:
    """Return the consenting guardians of one pupil on a call."""
    if meeting.question_id is None:
        return []
    families = consent.families_consenting(meeting.question_id, now)
    return [
        family.guardian_id
        for family in families
        if family.guardian_id is not None and pupil_id in family.pupil_ids
    ]


def guardians_asked(meeting: Meeting) -> dict[int, tuple[int, ...]]:
    """Return the guardians who were asked about a call, each with their pupils on it."""
    asked: dict[int, tuple[int, ...]] = defaultdict(tuple)
    requests = Request.objects.filter(
        question=meeting.question_id, ended_at__isnull=True, guardian__isnull=False
    )
    for guardian_id, pupil_id in requests.order_by("pk").values_list("guardian_id", "pupil_id"):
        asked[guardian_id] += (pupil_id,)
    return dict(asked)


def pupils_asked(meeting: Meeting, now: datetime) -> list[int]:
    """Return the pupils of 18 or over who were asked themselves (E41)."""
    requests = Request.objects.filter(
        question=meeting.question_id, ended_at__isnull=True, guardian__isnull=True
    )
    pupil_ids = requests.order_by("pk").values_list("pupil_id", flat=True)
    return [pupil_id for pupil_id in pupil_ids if pupil_address(pupil_id, now)]


@dataclass(frozen=True, kw_only=True)
class FamilyLink:
    """One family's own link for one pupil, to be passed on as a direct message."""

    name: str
    pupil: Pupil
    guardian_id: int | None
    link: str


def family_links(meeting: Meeting, now: datetime) -> list[FamilyLink]:
    """Return the personal links of the consenting families, and of nobody else (P5, P9)."""
    families = consent.families_consenting(meeting.question_id, now) if meeting.question_id else []
    places = {
        place.pupil_id: place
        for place in Place.objects.filter(
            meeting=meeting, taken_off_at__isnull=True
        ).select_related("pupil")
    }
    found = [
        FamilyLink(
            name=family.name,
            pupil=places[pupil_id].pupil,
            guardian_id=family.guardian_id,
            link=links.personal(
                places[pupil_id].pk, family.guardian_id or 0, places[pupil_id].link_version
            ),
        )
        for family in families
        for pupil_id in family.pupil_ids
        if pupil_id in places
    ]
    return sorted(found, key=lambda family: (family.name, family.pupil.pk))
