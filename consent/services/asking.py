"""Asking families, changing what they were told, and taking the question back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Protocol

from django.db import transaction

from audit import services as audit
from consent import events, policy
from consent.models import Question, Request, Wording, as_facts
from consent.policy import Asked
from consent.selectors.messages import chased, recipient_of
from consent.selectors.voices import AskedPupil, asked_pupils
from consent.services import drafts
from consent.services.requests import request_for
from notices import services as outbox
from notices.kinds import Draft
from school import policy as people
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# When a pupil who has just turned 18 is written to.
MORNING = time(8, 0)
TOLD_ANEW = "the plan has changed again, and a newer letter tells of it"


class Actor(Protocol):
    """Anybody under whose name a change is written down."""

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows them."""


@transaction.atomic
def ask(
    *, by: Actor, about: str, asked: Asked, pupil_ids: Sequence[int], closes_at: datetime
) -> Question:
    """Ask everybody who counts for these pupils, by mail; those already asked are left in peace.

    Raises NotAllowed when the question is closed, or the call has begun.
    """
    now = clock.now()
    if closes_at <= now:
        raise NotAllowed("The call has begun: families cannot be asked any more.")
    question = Question.objects.select_for_update().filter(about=about).first()
    if question is None:
        question = _put(by=by, about=about, asked=asked, closes_at=closes_at, now=now)
    elif question.closed_at is not None:
        raise NotAllowed("This question is closed: families cannot be asked again.")
    elif policy.changes(question.asked, asked):
        question = _reword(question, by=by, asked=asked, now=now)
    new = request_for(question, pupil_ids, now=now)
    # Where the e-mail reached somebody else before, staff look first.
    known = [request for request in new if request.disowned_at is None]
    outbox.queue(_first_letters(question, known, now=now), now=now)
    outbox.start_ladder(drafts.LADDER, about, due_at=_first_rung(question, now), now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.ask",
        object=_reference(question),
        requests=[request.pk for request in new],
        version=question.version,
    )
    return question


@transaction.atomic
def reword(question: Question, *, by: Actor, asked: Asked) -> Question:
    """Tell families what changed; a yes to something materially different is void, and asked again.

    Does nothing when nothing changed. Raises NotAllowed when the question is closed.
    """
    now = clock.now()
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.closed_at is not None:
        raise NotAllowed("This question is closed: its text cannot change.")
    if not policy.changes(question.asked, asked):
        return question
    return _reword(question, by=by, asked=asked, now=now)


@transaction.atomic
def release(question: Question, *, by: Actor, pupil_ids: Sequence[int]) -> None:
    """Take pupils out of the question: their links die and nothing more is sent about them."""
    now = clock.now()
    question = Question.objects.select_for_update().get(pk=question.pk)
    ended = Request.objects.live().filter(question=question, pupil__in=pupil_ids)
    ended.update(ended_at=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.release",
        object=_reference(question),
        pupils=sorted(pupil_ids),
    )


@transaction.atomic
def close(question: Question, *, by: Actor) -> Question:
    """End the question: nobody is asked or reminded any more. Closing twice does nothing."""
    now = clock.now()
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.closed_at is not None:
        return question
    question.closed_at = now
    question.save(update_fields=["closed_at"])
    outbox.stop_ladder(drafts.LADDER, question.about, now=now)
    outbox.drop(
        about=question.about, kinds=drafts.ASKING, now=now, why="nobody needs to answer any more"
    )
    audit.record(at=now, actor=by.actor, verb="consent.close", object=_reference(question))
    return question


def _put(*, by: Actor, about: str, asked: Asked, closes_at: datetime, now: datetime) -> Question:
    """Write down a new question with the first version of its text."""
    question = Question.objects.create(
        about=about,
        facts=as_facts(asked),
        asks_recording=asked.is_recorded,
        asked_at=now,
        asked_by=by if isinstance(by, StaffMember) else None,
        closes_at=closes_at,
        ends_at=asked.ends_at,
    )
    _write_down(question, is_material=True, now=now)
    return question


def _write_down(question: Question, *, is_material: bool, now: datetime) -> None:
    """Keep this version of the text for good (E51)."""
    Wording.objects.create(
        question=question,
        version=question.version,
        facts=question.facts,
        is_material=is_material,
        created_at=now,
    )


def _reword(question: Question, *, by: Actor, asked: Asked, now: datetime) -> Question:
    """Raise the version, tell everybody concerned and announce what became void."""
    found = policy.changes(question.asked, asked)
    is_material = any(change.is_material for change in found)
    question.version += 1
    question.facts = as_facts(asked)
    question.asks_recording = asked.is_recorded
    question.closes_at, question.ends_at = asked.starts_at, asked.ends_at
    if is_material:
        question.material_version = question.version
    question.save()
    _write_down(question, is_material=is_material, now=now)
    rows = asked_pupils([question.pk], now)
    outbox.drop(about=question.about, kinds=[drafts.CHANGED], now=now, why=TOLD_ANEW)
    if is_material:
        outbox.drop(
            about=question.about,
            kinds=[drafts.REQUEST, drafts.REMINDER],
            now=now,
            why="the plan has changed and the family is asked again",
        )
    # What has just been taken back was no message to anybody.
    concerned = _to_tell(question, rows, is_material=is_material)
    for is_news, requests in concerned.items():
        letters = _changed_letters(
            question, requests, is_material=is_material, is_news=is_news, now=now
        )
        outbox.queue(letters, now=now)
    outbox.stop_ladder(drafts.LADDER, question.about, now=now)
    outbox.start_ladder(drafts.LADDER, question.about, due_at=_first_rung(question, now), now=now)
    if is_material:
        pupil_ids = tuple(row.pupil.pk for row in rows)
        events.answer_changed.send(Question, question=question, pupil_ids=pupil_ids, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.reword",
        object=_reference(question),
        version=question.version,
        changed=[change.code for change in found],
        material=is_material,
    )
    return question


def _to_tell(
    question: Question, rows: Iterable[AskedPupil], *, is_material: bool
) -> dict[bool, list[Request]]:
    """Return who is told of a change: those for whom it is news, and those who are chased by it.

    Who said yes relies on what they were told, so they always hear. Who has been chased three times
    without an answer does not: their link shows the plan of now, and somebody rings them.
    """
    had = chased([question.about])
    told: dict[bool, list[Request]] = {True: [], False: []}
    for heard in (heard for row in rows for heard in row.heard):
        request, voice = heard.request, heard.voice
        if request is None or voice.is_disowned or (voice.says_no and not is_material):
            continue
        is_news = voice.kind is policy.Kind.YES
        if is_news or policy.may_chase(had=had[recipient_of(question.about, request)]):
            told[is_news].append(request)
    return told


def _first_letters(
    question: Question, requests: Iterable[Request], *, now: datetime
) -> list[Draft]:
    """Return the first letter to everybody newly asked; nobody gets one about a row without a person."""
    letters = []
    had = chased([question.about]) if question.asked_at != now else Counter()
    for group in drafts.grouped(requests):
        due_at = _due(group[0], now=now)
        # Taken off the call and asked again, over and over: after three letters somebody rings.
        count = had[recipient_of(question.about, group[0])]
        if due_at is not None and policy.may_chase(had=count):
            letters.append(
                drafts.draft(
                    drafts.REQUEST,
                    group,
                    question=question,
                    key=f"{question.version}:{now:%Y%m%d%H%M%S}",
                    due_at=due_at,
                )
            )
    return letters


def _due(request: Request, *, now: datetime) -> datetime | None:
    """Return when somebody is written to: the pupil from the 18th birthday, a guardian at once."""
    if request.guardian_id is not None:
        return now
    born_on = request.pupil.born_on
    if born_on is None:
        return None
    if people.is_adult(born_on, on=clock.local(now).date()):
        return now
    coming = clock.at(people.birthday(born_on, people.ADULT_AT), MORNING)
    return coming if coming < request.question.closes_at else None


def _changed_letters(
    question: Question,
    requests: Iterable[Request],
    *,
    is_material: bool,
    is_news: bool,
    now: datetime,
) -> list[Draft]:
    """Return the letter that tells what changed, to each of these people."""
    return [
        drafts.draft(
            drafts.CHANGED,
            group,
            question=question,
            key=str(question.version),
            due_at=now,
            material=is_material,
            version=question.version,
            is_news=is_news,
        )
        for group in drafts.grouped(drafts.with_reader(requests, now=now))
    ]


def _first_rung(question: Question, now: datetime) -> datetime:
    """Return when the first reminder is due; without any left, the ladder ends at its first rung."""
    rungs = policy.rungs(asked_at=now, starts_at=question.closes_at)
    return rungs[0].at if rungs else question.closes_at


def _reference(question: Question) -> str:
    """Return the name under which the audit knows a question."""
    return f"consent.question:{question.pk}"
