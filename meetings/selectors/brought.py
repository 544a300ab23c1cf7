"""Which of a person's links to a call a letter has brought them, as the letters themselves say."""

from dataclasses import dataclass

from meetings.models import Meeting, Place
from notices.models import Notice
from notices.policy import State
from notices.selectors import facts_of

LINK = "meeting_join_link"


@dataclass(frozen=True, kw_only=True)
class Brought:
    """The places whose living link has left, in how many letters, and whether an older one is being written."""

    places: frozenset[int]
    letters: int
    is_unsure: bool


def facts_for(place: Place) -> dict[str, int]:
    """Return what a letter notes of a link in it."""
    return {f"place:{place.pk}": place.link_version}


def brought(
    meeting: Meeting, *, guardian_id: int | None, pupil_id: int | None, but: int = 0
) -> Brought:
    """Return which links of a call have left for a person, all letters but one of them considered.

    A letter from before this was noted in it brought those of all its children.
    """
    rows = Notice.objects.about(meeting.about).filter(
        kind=LINK, guardian=guardian_id, pupil=pupil_id
    )
    places, letters = list(meeting.places.all()), list(rows.order_by("pk"))
    found: set[int] = set()
    is_unsure = False
    for notice in letters:
        if notice.pk == but or notice.state not in {State.SENT.value, State.SENDING.value}:
            continue
        if notice.state == State.SENDING.value and notice.handed_at is None:
            # What will stand in it is being asked at this very moment. A younger one waits for this one.
            is_unsure = is_unsure or notice.pk < but
            continue
        facts, pupils = facts_of(notice), {*notice.pupil_ids, notice.pupil_id}
        found |= {
            place.pk
            for place in places
            if (facts_for(place).items() <= facts.items() if facts else place.pupil_id in pupils)
        }
    return Brought(places=frozenset(found), letters=len(letters), is_unsure=is_unsure)


def links_waiting(meeting: Meeting) -> int:
    """Return how many e-mails with links are still to leave."""
    waiting = [State.DUE.value, State.SENDING.value]
    return Notice.objects.about(meeting.about).filter(kind=LINK, state__in=waiting).count()
