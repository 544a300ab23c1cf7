"""Whose yes ended while something it was given for went on, and when."""

from datetime import datetime

from consent.models import Answer, Request
from consent.policy import Kind, Weight
from consent.selectors.answers import by_request
from consent.selectors.voices import weigh

NO_MORE = frozenset({Kind.WITHDRAWN.value, Kind.NO.value})


def taken_back(question_id: int, *, since: datetime) -> dict[int, datetime]:
    """Return by pupil when somebody asked took a yes back or said no, and has not said yes again.

    What the school had heard before that moment is left out; the time is when it was said. A mailbox
    that was disowned took its yes with it.
    """
    answers = by_request(Answer.objects.filter(request__question=question_id))
    found: dict[int, datetime] = {}
    for request in Request.objects.live().filter(question=question_id).select_related("question"):
        at = _ended_at(request, answers.get(request.pk, []), since)
        if at is not None:
            found[request.pupil_id] = min(at, found.get(request.pupil_id, at))
    return found


def _ended_at(request: Request, answers: list[Answer], since: datetime) -> datetime | None:
    """Return when the yes behind one request ended; nothing where it stands, or ended before."""
    standing = [one for one in answers if weigh(request, one) is Weight.STANDS]
    last = standing[-1] if standing else None
    if last is not None and last.kind in NO_MORE and last.recorded_at >= since:
        return last.at
    disowned = request.disowned_at
    return disowned if last is None and disowned is not None and disowned >= since else None
