"""The ladder of a question: reminders, and at last the person who asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from consent import policy
from consent.models import Question
from consent.selectors.messages import Had, Person, had_by
from consent.selectors.voices import AskedPupil, asked_pupils, is_missing
from consent.services import drafts
from consent.services.reminding import letters_by_ladder
from notices.kinds import Climb, Draft
from notices.models import Ladder


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
    had = had_by([questions[ladder.about].about for ladder in ladders if ladder.about in questions])
    return [_climb(ladder, questions.get(ladder.about), rows, had, now=now) for ladder in ladders]


def _climb(
    ladder: Ladder,
    question: Question | None,
    rows: dict[int, list[AskedPupil]],
    had: dict[Person, Had],
    *,
    now: datetime,
) -> Climb:
    """Return what one question's ladder does now: the rung of the present, once."""
    if question is None or not question.is_open(now=now):
        return Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
    rungs = policy.rungs(asked_at=ladder.started_at, starts_at=question.closes_at)
    taken = [rung for rung in rungs if rung.at <= now]
    ahead = [rung for rung in rungs if rung.at > now]
    letters: list[Draft] = []
    missing = [row for row in rows.get(question.pk, []) if is_missing(row)]
    if taken and missing:
        tells = taken[-1].tells_asker
        letters = (
            _to_asker(question, now) if tells else letters_by_ladder(question, missing, had, now)
        )
    return Climb(
        ladder_id=ladder.pk, drafts=tuple(letters), next_due=ahead[0].at if ahead else None
    )


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
    for about, asked_at, closes_at in lost.values_list("about", "asked_at", "closes_at"):
        ahead = [r for r in policy.rungs(asked_at=asked_at, starts_at=closes_at) if r.at > now]
        if ahead:
            yield about, ahead[0].at
