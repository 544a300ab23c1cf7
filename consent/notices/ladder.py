"""The ladder of a question: reminders, and at last the person who asked."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from consent import policy
from consent.models import Question, Request
from consent.selectors.messages import Recipient, chased, recipient_of, waiting
from consent.selectors.voices import AskedPupil, Heard, asked_pupils, is_missing, needs_answer
from consent.services import drafts
from notices.kinds import Climb, Draft
from notices.models import Ladder
from school.pace import Pace
from school.selectors import pace as school_pace
from schoolsafe.lib import clock


def climb(ladders: Sequence[Ladder], now: datetime) -> list[Climb]:
    """Remind those who have not answered, and at last tell the person who asked."""
    questions = {
        question.about: question
        for question in Question.objects.filter(about__in=[ladder.about for ladder in ladders])
    }
    live = [question.pk for question in questions.values() if question.is_open(now=now)]
    rows: dict[int, list[AskedPupil]] = {}
    for row in asked_pupils(live, now):
        rows.setdefault(row.question.pk, []).append(row)
    had = chased(list(questions))
    pace = school_pace()
    # Nobody is reminded of what they have not been asked yet.
    unasked = waiting(list(questions)) if policy.asks_later(pace) else set()
    return [
        _climb(ladder, questions.get(ladder.about), rows, had, unasked, pace=pace, now=now)
        for ladder in ladders
    ]


def _climb(
    ladder: Ladder,
    question: Question | None,
    rows: dict[int, list[AskedPupil]],
    had: Counter[Recipient],
    unasked: Container[int],
    *,
    pace: Pace,
    now: datetime,
) -> Climb:
    """Return what one question's ladder does now: the rung of the present, once."""
    if question is None or not question.is_open(now=now):
        return Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
    rungs = policy.rungs(asked_at=ladder.started_at, starts_at=question.closes_at, pace=pace)
    taken = [rung for rung in rungs if rung.at <= now]
    ahead = [rung for rung in rungs if rung.at > now]
    letters: list[Draft] = []
    missing = [row for row in rows.get(question.pk, []) if is_missing(row)]
    if taken and missing:
        tells = taken[-1].tells_asker
        letters = (
            _to_asker(question, now)
            if tells
            else _reminders(question, missing, had, unasked, pace, now)
        )
    return Climb(
        ladder_id=ladder.pk, drafts=tuple(letters), next_due=ahead[0].at if ahead else None
    )


def _reminders(
    question: Question,
    missing: Iterable[AskedPupil],
    had: Counter[Recipient],
    unasked: Container[int],
    pace: Pace,
    now: datetime,
) -> list[Draft]:
    """Return a reminder for each person who has not answered, until they have been chased enough."""
    requests = [
        heard.request
        for row in missing
        for heard in row.heard
        if heard.request
        and heard.request.pk not in unasked
        and _is_due(heard, heard.request, now=now)
        and policy.may_chase(had=had[recipient_of(question.about, heard.request)], pace=pace)
    ]
    return [
        drafts.draft(
            drafts.REMINDER,
            group,
            question=question,
            # One a day for each person, whoever sends it (E47).
            key=clock.local(now).date().isoformat(),
            due_at=now,
        )
        for group in drafts.grouped(requests)
    ]


def _is_due(heard: Heard, request: Request, *, now: datetime) -> bool:
    """Tell whether somebody is reminded: a letter would reach them, and none just went by hand."""
    voice = heard.voice
    is_reached = not (voice.unreachable or voice.is_disowned or voice.has_come_back)
    is_replaced = policy.is_replaced(reminded_at=request.reminded_at, at=now)
    return needs_answer(heard) and is_reached and not is_replaced


def _to_asker(question: Question, now: datetime) -> list[Draft]:
    """Return the letter to the member of staff who asked; a question without one has none."""
    if question.asked_by_id is None:
        return []
    return [
        Draft(
            kind=drafts.UNANSWERED,
            key=f"{drafts.UNANSWERED}:{question.pk}:{question.version}",
            due_at=now,
            about=question.about,
            staff_id=question.asked_by_id,
        )
    ]


def unladdered(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open questions whose ladder is lost while a rung still lies ahead."""
    held = Ladder.objects.open().filter(kind=drafts.LADDER).values("about")
    lost = Question.objects.open(now=now).exclude(about__in=held)
    rows = list(lost.values_list("about", "asked_at", "closes_at"))
    # Mostly there is none, and then nothing more is asked.
    pace = school_pace() if rows else Pace()
    for about, asked_at, closes_at in rows:
        rungs = policy.rungs(asked_at=asked_at, starts_at=closes_at, pace=pace)
        ahead = [rung for rung in rungs if rung.at > now]
        if ahead:
            yield about, ahead[0].at
