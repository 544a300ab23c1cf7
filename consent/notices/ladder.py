"""The ladder of a question: reminders, and at last the person who asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from consent import policy
from consent.models import Question
from consent.selectors.voices import AskedPupil, asked_pupils, is_missing, needs_answer
from consent.services import drafts
from notices.kinds import Climb, Draft
from notices.models import Ladder, Notice
from notices.policy import State
from schoolsafe.lib import clock

# What counts as an automatic message to a family: asking, reminding, telling of a change.
COUNTED = (drafts.REQUEST, drafts.NOTICE, drafts.REMINDER, drafts.CHANGED)


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
    sent = _sent([questions[ladder.about].about for ladder in ladders if ladder.about in questions])
    return [_climb(ladder, questions.get(ladder.about), rows, sent, now=now) for ladder in ladders]


def _climb(
    ladder: Ladder,
    question: Question | None,
    rows: dict[int, list[AskedPupil]],
    sent: dict[tuple[str, int | None], int],
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
        letters = _to_asker(question, now) if tells else _reminders(question, missing, sent, now)
    return Climb(
        ladder_id=ladder.pk, drafts=tuple(letters), next_due=ahead[0].at if ahead else None
    )


def _reminders(
    question: Question,
    missing: Sequence[AskedPupil],
    sent: dict[tuple[str, int | None], int],
    now: datetime,
) -> list[Draft]:
    """Return a reminder for each person who has not answered and can be written to."""
    requests = [
        heard.request
        for row in missing
        for heard in row.heard
        if heard.request
        and needs_answer(heard)
        and not heard.voice.unreachable
        and not heard.voice.is_disowned
        and sent.get((question.about, heard.voice.guardian_id), 0) < policy.MOST_MESSAGES
    ]
    return [
        drafts.draft(
            drafts.REMINDER,
            group,
            question=question,
            # One a day for each person, whatever the ladder does (E47).
            key=f"{clock.local(now).date().isoformat()}",
            due_at=now,
        )
        for group in drafts.grouped(requests)
    ]


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


def _sent(abouts: Sequence[str]) -> dict[tuple[str, int | None], int]:
    """Return how many automatic messages each guardian has had about each question."""
    rows = Notice.objects.filter(about__in=abouts, kind__in=COUNTED, guardian__isnull=False)
    counts: dict[tuple[str, int | None], int] = {}
    for about, guardian_id in rows.exclude(state=State.DROPPED.value).values_list(
        "about", "guardian_id"
    ):
        counts[about, guardian_id] = counts.get((about, guardian_id), 0) + 1
    return counts


def unladdered(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open questions whose ladder is lost while a rung still lies ahead."""
    held = Ladder.objects.open().filter(kind=drafts.LADDER).values("about")
    lost = Question.objects.open(now=now).exclude(about__in=held)
    for about, asked_at, closes_at in lost.values_list("about", "asked_at", "closes_at"):
        ahead = [r for r in policy.rungs(asked_at=asked_at, starts_at=closes_at) if r.at > now]
        if ahead:
            yield about, ahead[0].at
