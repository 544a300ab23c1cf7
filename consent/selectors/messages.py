"""What has been written to the people who are asked, and to how many it would go now."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from consent.models import Question, Request
from consent.selectors.standing import ASKING, state_words
from notices.models import Notice
from notices.policy import State
from school.models import Pupil
from school.selectors import guardians_who_count, own_refusals
from schoolsafe.lib import clock

# What counts as chasing: asking, reminding, telling somebody without a yes of a change.
COUNTED = ("consent_request", "consent_reminder", "consent_changed")
REQUEST = "consent_request"
REMINDER = "consent_reminder"
UNSENT = frozenset([State.DUE.value, State.SENDING.value])
# About which question, to which guardian, or to which pupil who answers alone.
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
    """What was written about some questions; `had` is how often somebody was chased.

    `waiting` are the requests whose question itself waits for the day on which the school lets it leave.
    """

    last: dict[int, Message] = field(default_factory=dict)
    unsent: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    had: Counter[Recipient] = field(default_factory=Counter)
    reminded_today: set[Recipient] = field(default_factory=set)


def recipient_of(about: str, request: Request) -> Recipient:
    """Return who is written to about a question: a guardian, or a pupil who answers alone."""
    own = None if request.guardian_id else request.pupil_id
    return about, request.guardian_id, own


def _is_chasing(kind: str, state: str, fate: str, detail: dict[str, object]) -> bool:
    """Tell whether a message counts: what never left does not, nor news for who said yes."""
    return kind in COUNTED and _may_go(state, fate) and not detail.get("is_news")


def _may_go(state: str, fate: str) -> bool:
    """Tell whether a message has left or still may: not where it was dropped before it did."""
    return state != State.DROPPED.value or fate != ""


def messages(abouts: Sequence[str], *, today: date) -> Messages:
    """Return what was written about these questions, in one query."""
    found, tried = Messages(), set()
    rows = list(
        Notice.objects.filter(_about(abouts), kind__in=ASKING)
        .order_by("id")
        .values_list(
            "kind",
            "about",
            "guardian",
            "pupil",
            "detail",
            "state",
            "fate",
            "why",
            "queued_at",
            "ended_at",
        )
    )
    about_calls = _abouts([(row[1], row[4]) for row in rows], among=abouts)
    for kind, about, guardian_id, pupil_id, detail, state, fate, why, queued_at, ended_at in rows:
        if _is_chasing(kind, state, fate, detail):
            for call in about_calls(about, detail):
                found.had[call, guardian_id, pupil_id] += 1
            if kind == REMINDER and clock.local(queued_at).date() == today:
                found.reminded_today.add((about, guardian_id, pupil_id))
        message = Message(
            at=ended_at or queued_at,
            queued_at=queued_at,
            words=state_words(state, why),
            has_failed=state == State.FAILED.value,
        )
        requests = detail.get("requests", [])
        found.last.update(dict.fromkeys(requests, message))
        if state not in UNSENT:
            tried.update(requests)
    found.unsent = found.last.keys() - tried
    found.waiting = _waiting((row[0], row[5], row[6], row[4]) for row in rows)
    return found


def _waiting(letters: Iterable[tuple[str, str, str, dict[str, Any]]]) -> set[int]:
    """Return the requests whose question itself waits for its day; the letters are in their order.

    One that tells of a change asks for the first time only where nothing has left before.
    """
    found: set[int] = set()
    left: set[int] = set()
    for kind, state, fate, detail in letters:
        requests = set(detail.get("requests", []))
        if state not in UNSENT:
            left |= requests if _may_go(state, fate) else set()
        elif detail.get("may_wait"):
            found |= requests if kind == REQUEST else requests - left
    return found


def waiting(abouts: Sequence[str]) -> set[int]:
    """Return the requests about these questions whose question itself waits for its day."""
    rows = Notice.objects.filter(_about(abouts), kind__in=ASKING).order_by("id")
    return _waiting(rows.values_list("kind", "state", "fate", "detail"))


def chased(abouts: Sequence[str]) -> Counter[Recipient]:
    """Return how often each person was chased about each question without a person's doing."""
    rows = list(
        Notice.objects.filter(_about(abouts), kind__in=COUNTED).values_list(
            "kind", "about", "guardian_id", "pupil_id", "state", "fate", "detail"
        )
    )
    about_calls = _abouts([(row[1], row[6]) for row in rows], among=abouts)
    return Counter(
        (call, guardian_id, pupil_id)
        for kind, about, guardian_id, pupil_id, state, fate, detail in rows
        if _is_chasing(kind, state, fate, detail) and not detail.get("is_by_hand")
        for call in about_calls(about, detail)
    )


def _about(abouts: Sequence[str]) -> Q:
    """Pick what is about these questions; a letter about a whole series is about each of its calls."""
    series = Question.objects.filter(about__in=abouts).exclude(series="").values("series")
    return Q(about__in=abouts) | Q(about__in=series)


def _abouts(
    letters: Sequence[tuple[str, dict[str, Any]]], *, among: Sequence[str]
) -> Callable[[str, dict[str, Any]], list[str]]:
    """Return what tells of a letter which of these calls it is about.

    One query where a letter is about several dates of a series, and none where each is about its own.
    """
    several = {
        pk for about, detail in letters if about not in among for pk in detail.get("requests", [])
    }
    rows = Request.objects.filter(pk__in=several, question__about__in=among)
    calls = dict(rows.values_list("pk", "question__about")) if several else {}

    def told(about: str, detail: dict[str, Any]) -> list[str]:
        if about in among:
            return [about]
        return sorted({calls[pk] for pk in detail.get("requests", []) if pk in calls})

    return told


def letters_to_ask(question: Question | None, pupil_ids: Sequence[int], now: datetime) -> int:
    """Return how many letters asking about these pupils would be, in a fixed number of queries.

    Those asked already are left in peace; children of one guardian stand in one letter, and one
    with a safe address in their own.
    """
    today = clock.local(now).date()
    pupils = Pupil.objects.in_bulk(pupil_ids)
    asked: set[tuple[int, int | None]] = set()
    if question is not None:
        live = Request.objects.live().filter(question=question)
        asked = set(live.values_list("pupil_id", "guardian_id"))
    letters: set[tuple[str, int, int]] = set()
    for pupil_id, ties in guardians_who_count(list(pupils), on=today).items():
        for tie, refusal in ties:
            if refusal is None and (pupil_id, tie.guardian_id) not in asked:
                is_alone = pupils[pupil_id].is_address_confidential
                letters.add(("guardian", tie.guardian_id, pupil_id if is_alone else 0))
    for pupil_id, refusal in own_refusals(pupils.values(), on=today).items():
        if refusal is None and (pupil_id, None) not in asked:
            letters.add(("pupil", pupil_id, 0))
    return len(letters)
