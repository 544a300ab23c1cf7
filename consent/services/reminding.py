"""Reminding by hand: exactly those whom somebody has just seen on a list."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from audit import services as audit
from consent.models import Question, Request
from consent.selectors import calls
from consent.selectors import reminding as selectors
from consent.selectors.reminding import Letter, Pair, Reminder
from consent.selectors.worklist import worklist_of
from consent.services import drafts
from consent.services.locks import hold
from notices import services as outbox
from notices.kinds import Draft
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

Keys = Collection[tuple[int, ...]]


class Changed(NotAllowed):
    """What would be sent now is not what was on the list."""


@audit.atomic()
def remind(*, by: StaffMember, pairs: Sequence[Pair], seen: Keys) -> Reminder:
    """Send a reminder to exactly those who were on the list that somebody looked at.

    The list is made anew while the questions are held, so that no answer slips in between. The
    same person gets one a day at most (E47), and whether they may be written to is asked again as
    each letter leaves (E30). It takes the place of the next automatic one within three days. Raises
    Changed when the list is not the one that was seen, NotAllowed
    when a question is not the person's to see or there is nobody to remind.
    """
    now = clock.now()
    question_ids = sorted({question_id for question_id, _ in pairs})
    if calls.visible_among(by.viewer(), question_ids) != set(question_ids):
        raise NotAllowed("These are the families of somebody else's call.")
    questions = hold(question_ids, now=now)
    found = due(pairs, by=by, now=now)
    if found.keys != frozenset(seen):
        raise Changed("Something has changed since you looked. Nothing was sent.")
    if not found.letters:
        raise NotAllowed("There is nobody to remind.")
    outbox.queue([_draft(letter, now=now) for letter in found.letters], now=now)
    requests = [request.pk for letter in found.letters for request in letter.requests]
    Request.objects.filter(pk__in=requests).update(reminded_at=now)
    audit.record_many(at=now, rows=_entries(questions, found.letters, by=by))
    return found


def due(pairs: Sequence[Pair], *, by: StaffMember, now: datetime) -> Reminder:
    """Return who would get a reminder about these pupils now."""
    wanted = set(pairs)
    listed = worklist_of({question_id for question_id, _ in wanted}, by.viewer(), now)
    items = [item for item in listed.items if item.pair in wanted]
    return selectors.reminder(items, listed.messages, now)


def _draft(letter: Letter, *, now: datetime) -> Draft:
    """Return the same draft as the ladder's of this day: the two never go out both."""
    return drafts.draft(
        drafts.REMINDER,
        letter.requests,
        question=letter.question,
        key=clock.local(now).date().isoformat(),
        due_at=now,
        is_by_hand=True,
    )


def _entries(
    questions: Iterable[Question], letters: Sequence[Letter], *, by: StaffMember
) -> list[audit.Row]:
    """Return what the audit keeps: for each question which requests were reminded of."""
    return [
        audit.Row(
            actor=by.actor,
            verb="consent.remind",
            object=f"consent.question:{question.pk}",
            detail={"requests": requests},
        )
        for question in questions
        if (
            requests := sorted(
                request.pk
                for letter in letters
                if letter.question.pk == question.pk
                for request in letter.requests
            )
        )
    ]
