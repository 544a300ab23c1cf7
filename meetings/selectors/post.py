"""How many letters to families a press of a button would make, and when the last would be out."""

from datetime import datetime

from django.db.models import Min

from consent import policy as policy_of_consent
from consent import selectors as consent
from meetings import policy
from meetings.models import Meeting
from notices import forecast
from school.selectors import pace
from schoolsafe.lib import clock


def asking_in_words(meeting: Meeting, actions: frozenset[policy.Action], now: datetime) -> str:
    """Return what asking the families would send, for those who may; empty where it is nothing."""
    if policy.Action.ASK not in actions or meeting.status != policy.Status.DRAFT.value:
        return ""
    places = meeting.places.filter(taken_off_at__isnull=True)
    pupil_ids = list(places.values_list("pupil_id", flat=True))
    count = consent.letters_to_ask(meeting.question, pupil_ids, now)
    asks_at = asked_later(_first_asked(meeting, now), now)
    if asks_at is None or not count:
        return forecast.in_words(count, now)
    when = clock.in_words(asks_at)
    return (
        f"1 message, it waits until {when}."
        if count == 1
        else (f"{count:,} messages, they wait until {when}.")
    )


def asked_later(starts_at: datetime, now: datetime) -> datetime | None:
    """Return when a question about a call leaves that is put now, where the school lets it wait.

    None where it leaves at once. One whose day begins in the quiet hours waits for their end.
    """
    asks_at = policy_of_consent.asks_at(starts_at, pace=pace())
    if asks_at is None or asks_at <= now:
        return None
    return forecast.quiet_hours().until(clock.local(asks_at)) or asks_at


def _first_asked(meeting: Meeting, now: datetime) -> datetime:
    """Return when the first call begins about which one press asks: the letter about a series leaves by it."""
    coming = Meeting.objects.filter(series=meeting.series_id, starts_at__gt=now)
    drafts = coming.filter(status=policy.Status.DRAFT.value)
    first = drafts.aggregate(first=Min("starts_at"))["first"] if meeting.series_id else None
    return first or meeting.starts_at
