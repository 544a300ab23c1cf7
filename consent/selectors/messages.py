"""What has been written to the people who are asked, for many questions at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from consent.models import Question
from consent.selectors.standing import ASKING, STATE_WORDS
from notices.models import Notice
from notices.policy import State
from schoolsafe.lib import clock

# What counts as an automatic message to a family: asking, reminding, telling of a change.
COUNTED = ("consent_request", "consent_notice", "consent_reminder", "consent_changed")
REMINDER = "consent_reminder"
# About which question, to which guardian, or to which pupil of 18.
Recipient = tuple[str, int | None, int | None]


@dataclass(frozen=True, kw_only=True)
class Message:
    """The last message about a request, and what became of it."""

    at: datetime
    queued_at: datetime
    words: str
    has_failed: bool


@dataclass(kw_only=True)
class Messages:
    """What was written about some questions."""

    last: dict[int, Message] = field(default_factory=dict)
    unsent: set[int] = field(default_factory=set)
    had: Counter[Recipient] = field(default_factory=Counter)
    reminded_today: set[Recipient] = field(default_factory=set)


def messages(abouts: Sequence[str], *, today: date) -> Messages:
    """Return what was written about these questions, in one query."""
    found, tried = Messages(), set()
    series = Question.objects.filter(about__in=abouts).exclude(series="").values("series")
    rows = (
        # A letter about a whole series is about each of its calls.
        Notice.objects.filter(Q(about__in=abouts) | Q(about__in=series), kind__in=ASKING)
        .order_by("id")
        .values_list(
            "kind", "about", "guardian", "pupil", "detail", "state", "why", "queued_at", "ended_at"
        )
    )
    for kind, about, guardian_id, pupil_id, detail, state, why, queued_at, ended_at in rows:
        recipient = (about, guardian_id, pupil_id)
        if state != State.DROPPED.value:
            found.had[recipient] += kind in COUNTED
            if kind == REMINDER and clock.local(queued_at).date() == today:
                found.reminded_today.add(recipient)
        words = STATE_WORDS[state] + (f": {why}" if why and state != State.SENT.value else "")
        message = Message(
            at=ended_at or queued_at,
            queued_at=queued_at,
            words=words,
            has_failed=state == State.FAILED.value,
        )
        requests = detail.get("requests", [])
        found.last.update(dict.fromkeys(requests, message))
        if state not in {State.DUE.value, State.SENDING.value}:
            tried.update(requests)
    found.unsent = found.last.keys() - tried
    return found
