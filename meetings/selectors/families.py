"""The families of a call: who consents, who was asked, whose link is whose."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from consent import selectors as consent
from consent.models import Request
from consent.policy import Way, way_to
from consent.selectors import Family
from meetings import links
from meetings.models import Meeting, Place, Share
from school.models import Pupil
from school.policy import Refusal
from school.selectors import contact_for, own_contact, pupil_alone
from schoolsafe.lib.languages import ENGLISH

# Who may not be written to for one of these reasons may still know that there is a call.
HARMLESS = {
    "",
    Refusal.SUSPENDED.value,
    Refusal.NO_ADDRESS.value,
    Refusal.CAME_BACK.value,
}


def reads_in(place: Place, guardian_id: int, now: datetime) -> str | None:
    """Return the language of whoever holds a link; None if they may not know of the call (E30, E33).

    Somebody barred, or whose child has left or decides alone, learns neither the hour nor that there is one.
    """
    if not guardian_id:
        return ENGLISH if pupil_alone(place.pupil_id, now) is not None else None
    if _is_in_wrong_hands(place, guardian_id):
        return None
    contact = contact_for(guardian_id, [place.pupil_id], now)
    return contact.language if contact.refused in HARMLESS else None


def _is_in_wrong_hands(place: Place, guardian_id: int) -> bool:
    """Tell whether the mailbox to which this link went is not the guardian's (E26)."""
    question_id = place.meeting.question_id
    if question_id is None:
        return False
    return consent.is_in_wrong_hands(question_id, place.pupil_id, guardian_id)


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
    """Return the pupils who were asked themselves and can be written to (E41, E42)."""
    requests = Request.objects.filter(
        question=meeting.question_id, ended_at__isnull=True, guardian__isnull=True
    )
    pupil_ids = requests.order_by("pk").values_list("pupil_id", flat=True)
    return [pupil_id for pupil_id in pupil_ids if own_contact(pupil_id, now).address]


@dataclass(frozen=True, kw_only=True)
class FamilyLink:
    """One family's own link for one pupil, to be passed on by hand; empty where none may go out.

    `why` says why no e-mail goes to them; it is empty where one does.
    """

    name: str
    pupil: Pupil
    guardian_id: int | None
    link: str
    why: str
    is_handed_over: bool


def may_hold_link(place: Place, guardian_id: int, now: datetime) -> bool:
    """Tell whether this person may have a way in to this child's call now, by e-mail or by hand."""
    if not guardian_id:
        return pupil_alone(place.pupil_id, now) is not None
    if _is_in_wrong_hands(place, guardian_id):
        return False
    refused = contact_for(guardian_id, [place.pupil_id], now).refused
    return way_to(refused, is_disowned=False) is not Way.NONE


def has_agreed(place: Place, guardian_id: int, now: datetime) -> bool:
    """Tell whether this person's own yes stands for this child on this call."""
    question_id = place.meeting.question_id
    families = consent.families_agreed(question_id, now) if question_id else []
    return any(
        (family.guardian_id or 0) == guardian_id and place.pupil_id in family.pupil_ids
        for family in families
    )


def family_links(meeting: Meeting, now: datetime) -> list[FamilyLink]:
    """Return every family that agreed with its personal link, and nobody else (P5, P9).

    Whom no e-mail reaches is among them: they are never silently left out (E45).
    """
    families = consent.families_agreed(meeting.question_id, now) if meeting.question_id else []
    handed: set[tuple[int | None, int | None, int | None]] = set(
        meeting.shares.exclude(channel=Share.EMAIL)
        .exclude(is_for_class=True)
        .values_list("guardian_id", "pupil_id", "link_version")
    )
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
            link=_own_link(family, places[pupil_id]),
            why=family.why,
            is_handed_over=_is_handed_over(family, places[pupil_id], handed),
        )
        for family in families
        for pupil_id in family.pupil_ids
        if pupil_id in places
    ]
    return sorted(found, key=lambda family: (family.name, family.pupil.pk))


def _is_handed_over(
    family: Family, place: Place, handed: set[tuple[int | None, int | None, int | None]]
) -> bool:
    """Tell whether somebody handed this family its living link; one that died has to go again (E71)."""
    version = place.link_version
    # Handed over before it was noted whose link it was: then it was the first.
    unnamed = version == 1 and (family.guardian_id, family.pupil_id, None) in handed
    return unnamed or (family.guardian_id, place.pupil_id, version) in handed


def _own_link(family: Family, place: Place) -> str:
    """Return a family's own link for one pupil; nothing for somebody who may have none."""
    if family.way is Way.NONE:
        return ""
    return links.personal(place.pk, family.guardian_id or 0, place.link_version)
