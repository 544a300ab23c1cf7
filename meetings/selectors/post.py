"""How many letters to families a press of a button would make, and when the last would be out."""

from datetime import datetime

from consent import selectors as consent
from meetings import policy
from meetings.models import Meeting
from notices import forecast


def asking_in_words(meeting: Meeting, actions: frozenset[policy.Action], now: datetime) -> str:
    """Return what asking the families would send, for those who may; empty where it is nothing."""
    if policy.Action.ASK not in actions or meeting.status != policy.Status.DRAFT.value:
        return ""
    places = meeting.places.filter(taken_off_at__isnull=True)
    pupil_ids = list(places.values_list("pupil_id", flat=True))
    return forecast.in_words(consent.letters_to_ask(meeting.question, pupil_ids, now), now)
