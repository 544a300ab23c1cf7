"""How many letters to families a press of a button would make, and when the last would be out."""

from dataclasses import dataclass
from datetime import datetime

from consent import selectors as consent
from consent import services as questions
from meetings import policy
from meetings.models import Meeting
from notices import forecast
from school.models import StaffMember


@dataclass(frozen=True, kw_only=True)
class Post:
    """What asking or reminding would send now, in words; empty where it would send nothing."""

    asking: str = ""
    reminding: str = ""


def post_of(
    meeting: Meeting, actions: frozenset[policy.Action], *, by: StaffMember, now: datetime
) -> Post:
    """Return what asking or reminding would send, for those who may."""
    if policy.Action.ASK in actions and meeting.status == policy.Status.DRAFT.value:
        places = meeting.places.filter(taken_off_at__isnull=True)
        pupil_ids = list(places.values_list("pupil_id", flat=True))
        count = consent.letters_to_ask(meeting.question, pupil_ids, now)
        return Post(asking=forecast.in_words(count, now))
    question = meeting.question if policy.Action.REMIND in actions else None
    if question is None or not question.is_open(now=now):
        return Post()
    letters = questions.letters_by_hand(question, by=by, now=now)
    return Post(reminding=forecast.in_words(len(letters), now))
