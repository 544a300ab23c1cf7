"""Asking families, changing what they were told, and taking the question back."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime, time
from typing import Protocol

from django.db import transaction

from audit import services as audit
from consent import events, policy
from consent.models import Question, Request, Wording, as_facts
from consent.policy import Asked
from consent.selectors.voices import AskedPupil, asked_pupils
from consent.services import drafts
from consent.services.requests import request_for
from consent.services.resting import announce_rested, rest
from notices import services as outbox
from notices.kinds import Draft
from school import policy as people
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

# When a pupil who has just turned 18 is written to.
MORNING = time(8, 0)


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
    rested = rest(new, now=now)
    outbox.queue(_first_letters(question, new, rested, now=now), now=now)
    outbox.start_ladder(drafts.LADDER, about, due_at=_first_rung(question, now), now=now)
    announce_rested(question, [row for row in new if row.pk in rested], now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.ask",
        object=_reference(question),
        requests=[request.pk for request in new],
        rested=sorted(rested),
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
    if is_material:
        outbox.drop(
            about=question.about,
            kinds=[drafts.REQUEST, drafts.NOTICE, drafts.REMINDER],
            now=now,
            why="the plan has changed and the family is asked again",
        )
    outbox.queue(_tell_of_change(question, rows, is_material=is_material, now=now), now=now)
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


def _first_letters(
    question: Question, requests: Sequence[Request], rested: Container[int], *, now: datetime
) -> list[Draft]:
    """Return the first letter to everybody newly asked; nobody gets one about a row without a person.

    Who has said yes for the school year is not asked, but told.
    """
    told = drafts.grouped(row for row in requests if row.pk in rested)
    groups = [(drafts.NOTICE, group) for group in told]
    asked = drafts.grouped(row for row in requests if row.pk not in rested)
    letters = []
    for kind, group in [*groups, *((drafts.REQUEST, group) for group in asked)]:
        due_at = _due(group[0], now=now)
        if due_at is not None:
            letters.append(
                drafts.draft(
                    kind,
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


def _tell_of_change(
    question: Question, rows: Sequence[AskedPupil], *, is_material: bool, now: datetime
) -> list[Draft]:
    """Ask again whose answer is void, and tell the others; a yes for the school year may still cover it."""
    heard = [
        one
        for row in rows
        for one in row.heard
        if one.request and not one.voice.is_disowned and (is_material or not one.voice.says_no)
    ]
    resting = [one.request for one in heard if one.request and one.voice.is_for_year]
    rested = rest(resting, now=now) if is_material else set()
    again: list[Request] = []
    told: list[Request] = []
    for one in heard:
        if one.request is not None:
            is_void = is_material or one.voice.has_year_ended
            (again if is_void and one.request.pk not in rested else told).append(one.request)
    return [
        *_changed_letters(question, again, is_material=True, now=now),
        *_changed_letters(question, told, is_material=False, now=now),
    ]


def _changed_letters(
    question: Question, requests: Iterable[Request], *, is_material: bool, now: datetime
) -> list[Draft]:
    """Return the letter that tells what changed, to everybody whom we have asked."""
    return [
        drafts.draft(
            drafts.CHANGED,
            group,
            question=question,
            key=str(question.version),
            due_at=now,
            material=is_material,
            version=question.version,
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
