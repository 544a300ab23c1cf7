"""Reminding those who have not answered: by the ladder, or because a person wants it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from audit import services as audit
from consent import policy
from consent.models import Question, Request
from consent.selectors.messages import Had, Person, person_of
from consent.selectors.voices import AskedPupil, Heard, asked_pupils, is_missing, needs_answer
from consent.services import drafts
from notices import services as outbox
from notices.kinds import Draft
from notices.models import Notice
from notices.policy import Fate
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# After these nothing more is sent there until somebody has seen to it (E46).
UNREACHED = {Fate.BOUNCED.value, Fate.COMPLAINT.value}


@transaction.atomic
def remind(question: Question, *, by: StaffMember) -> int:
    """Remind everybody who has not answered, now, and return how many letters that makes.

    It takes the place of the next automatic reminder when that is due within three days; whoever
    has had a reminder today gets no second one. Raises NotAllowed when nobody can answer any more.
    """
    now = clock.now()
    question = Question.objects.select_for_update().get(pk=question.pk)
    if not question.is_open(now=now):
        raise NotAllowed("The call has begun or is over: nobody can answer any more.")
    letters = letters_by_hand(question, by=by, now=now)
    outbox.queue(letters, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.remind",
        object=f"consent.question:{question.pk}",
        letters=len(letters),
    )
    return len(letters)


def letters_by_hand(question: Question, *, by: StaffMember, now: datetime) -> list[Draft]:
    """Return the reminders that a person would send now, one for each who has had none today."""
    missing = [row for row in asked_pupils([question.pk], now) if is_missing(row)]
    letters = _letters(question, _to_remind(missing), now, by=by.pk)
    known = Notice.objects.filter(key__in=[letter.key for letter in letters])
    had_today = set(known.values_list("key", flat=True))
    return [letter for letter in letters if letter.key not in had_today]


def letters_by_ladder(
    question: Question,
    missing: Iterable[AskedPupil],
    had: dict[Person, Had],
    now: datetime,
) -> list[Draft]:
    """Return the reminders that the ladder sends: never a fourth letter, none just after a person's."""
    requests = [
        request
        for request in _to_remind(missing)
        if _may_chase(had.get(person_of(question.about, request), Had()), now)
    ]
    return _letters(question, requests, now)


def _may_chase(had: Had, now: datetime) -> bool:
    is_replaced = policy.is_replaced(reminded_at=had.reminded_at, at=now)
    return policy.may_chase(had=had.count) and not is_replaced


def _to_remind(missing: Iterable[AskedPupil]) -> list[Request]:
    """Return the requests of those who have not answered and can be written to."""
    return [
        heard.request
        for row in missing
        for heard in row.heard
        if heard.request and needs_answer(heard) and _is_reached(heard)
    ]


def _is_reached(heard: Heard) -> bool:
    """Tell whether a letter would reach the right person, as far as anybody knows."""
    voice = heard.voice
    return not (voice.unreachable or voice.is_disowned or voice.failed_because in UNREACHED)


def _letters(
    question: Question, requests: Sequence[Request], now: datetime, **detail: object
) -> list[Draft]:
    """Return one reminder for each person: one a day, whoever sends it (E47)."""
    return [
        drafts.draft(
            drafts.REMINDER,
            group,
            question=question,
            key=f"{clock.local(now).date().isoformat()}",
            due_at=now,
            **detail,
        )
        for group in drafts.grouped(requests)
    ]
