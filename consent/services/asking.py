"""Asking families, changing what they were told, and taking the question back."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from audit import services as audit
from audit.services import Row
from consent import events, policy
from consent.models import Question, Request, Wording, as_facts
from consent.policy import Asked
from consent.selectors.messages import chased, recipient_of
from consent.selectors.voices import asked_pupils
from consent.services import drafts, telling, waiting
from consent.services.locks import hold_requests
from consent.services.requests import request_for, request_for_each
from consent.services.resting import announce_rested, rest
from notices import services as outbox
from notices.kinds import Draft
from school import policy as people
from school.models import StaffMember
from school.pace import Pace
from school.selectors import pace as school_pace
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import insert
from schoolsafe.lib.rules import NotAllowed

# When a pupil is written to who has just turned 18, or whose approved time has just begun.
MORNING = time(8, 0)


class Actor(Protocol):
    """Anybody under whose name a change is written down."""

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows them."""


@audit.atomic()
def ask(
    *, by: Actor, about: str, asked: Asked, pupil_ids: Sequence[int], closes_at: datetime
) -> Question:
    """Ask everybody who counts for these pupils, by mail; those already asked are left in peace.

    Raises NotAllowed when the question is closed, or the call has begun.
    """
    now = clock.now()
    if closes_at <= now:
        raise NotAllowed("The call has begun: families cannot be asked any more.")
    question = Question.objects.select_for_update(no_key=True).filter(about=about).first()
    if question is None:
        question = _put(by=by, about=about, asked=asked, closes_at=closes_at, now=now)
    elif question.closed_at is not None:
        raise NotAllowed("This question is closed: families cannot be asked again.")
    elif policy.changes(question.asked, asked):
        # Before the letters that a change takes back: requests first, as everywhere.
        hold_requests(Request.objects.filter(question=question, pupil__in=pupil_ids))
        question = _reword(question, by=by, asked=asked, now=now)
    new = request_for(question, pupil_ids, now=now)
    # Where the e-mail reached somebody else before, staff look first.
    known = [request for request in new if request.disowned_at is None]
    rested = rest(known, now=now)
    pace = school_pace()
    unwritten = _unwritten(known, rested, now=now)
    outbox.queue(_first_letters(question, unwritten, rested, pace=pace, now=now), now=now)
    outbox.start_ladder(drafts.LADDER, about, due_at=_first_rung(question, pace, now), now=now)
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


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One call of a series, and the pupils about whom it is asked."""

    about: str
    asked: Asked
    pupil_ids: Sequence[int]


@audit.atomic()
def ask_series(*, by: Actor, series: str, calls: Sequence[Occurrence]) -> list[Question]:
    """Ask about several calls, each with a question of its own, in one letter to each person.

    Those already asked about a call are left in peace. A fixed number of queries, however many calls
    and pupils. Raises NotAllowed when one of them is closed or has begun.
    """
    now = clock.now()
    if any(call.asked.starts_at <= now for call in calls):
        raise NotAllowed("A call has begun: families cannot be asked any more.")
    abouts = [call.about for call in calls]
    rows = Question.objects.filter(about__in=abouts).order_by("pk")
    there = {row.about: row for row in rows.select_for_update(no_key=True)}
    if any(row.closed_at is not None for row in there.values()):
        raise NotAllowed("A question is closed: families cannot be asked again.")
    fresh = [call for call in calls if call.about not in there]
    insert(_question(call.about, call.asked, series, by=by, now=now) for call in fresh)
    questions = {row.about: row for row in Question.objects.filter(about__in=abouts)}
    insert(_wording(questions[call.about], is_material=True, now=now) for call in fresh)
    new = request_for_each([(questions[call.about], call.pupil_ids) for call in calls], now=now)
    # Where the e-mail reached somebody else before, staff look first.
    known = [request for request in new if request.disowned_at is None]
    rested = rest(known, now=now)
    pace = school_pace()
    unwritten = _unwritten(known, rested, now=now)
    outbox.queue(_series_letters(series, unwritten, rested, pace=pace, now=now), now=now)
    ladders = [(row.about, _first_rung(row, pace, now)) for row in questions.values()]
    outbox.start_ladders(drafts.LADDER, ladders, now=now)
    for question in sorted(questions.values(), key=lambda one: one.pk):
        told = [row for row in new if row.pk in rested and row.question_id == question.pk]
        announce_rested(question, told, now=now)
    audit.record_many(
        at=now,
        rows=[
            Row(
                actor=by.actor,
                verb="consent.ask",
                object=_reference(question),
                detail={
                    "requests": [row.pk for row in new if row.question_id == question.pk],
                    "series": series,
                    "version": question.version,
                },
            )
            for question in questions.values()
        ],
    )
    return [questions[about] for about in abouts]


def _series_letters(
    series: str,
    requests: Sequence[Request],
    rested: Container[int],
    *,
    pace: Pace,
    now: datetime,
) -> list[Draft]:
    """Return one letter to each person about all the calls, whether they are asked or told."""
    letters = []
    for kind, rows in (
        (drafts.NOTICE, [row for row in requests if row.pk in rested]),
        (drafts.REQUEST, [row for row in requests if row.pk not in rested]),
    ):
        for group in drafts.grouped_over_calls(rows):
            due_at = _due(group[0], now=now)
            if due_at is not None:
                key = f"{series}:{now:%Y%m%d%H%M%S}"
                letters.append(
                    drafts.draft(
                        kind,
                        group,
                        question=group[0].question,
                        key=key,
                        due_at=due_at,
                        about=series,
                        may_wait=kind == drafts.REQUEST and policy.asks_later(pace),
                    )
                )
    return letters


@audit.atomic()
def reword(question: Question, *, by: Actor, asked: Asked) -> Question:
    """Tell families what changed; a yes to something materially different is void, and asked again.

    Does nothing when nothing changed. Raises NotAllowed when the question is closed.
    """
    now = clock.now()
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    if question.closed_at is not None:
        raise NotAllowed("This question is closed: its text cannot change.")
    if not policy.changes(question.asked, asked):
        return question
    return _reword(question, by=by, asked=asked, now=now)


@audit.atomic()
def release(question: Question, *, by: Actor, pupil_ids: Sequence[int]) -> None:
    """Take pupils out of the question: their links die and nothing more is sent about them."""
    now = clock.now()
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    ended = Request.objects.live().filter(question=question, pupil__in=pupil_ids)
    Request.objects.filter(pk__in=hold_requests(ended)).update(ended_at=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.release",
        object=_reference(question),
        pupils=sorted(pupil_ids),
    )


@audit.atomic()
def close(question: Question, *, by: Actor) -> Question:
    """End the question: nobody is asked or reminded any more. Closing twice does nothing."""
    now = clock.now()
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
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
    question = _question(about, asked, "", by=by, now=now)
    question.closes_at = closes_at
    question.save()
    _write_down(question, is_material=True, now=now)
    return question


def _question(about: str, asked: Asked, series: str, *, by: Actor, now: datetime) -> Question:
    """Return a question that can be answered until the call begins."""
    return Question(
        about=about,
        series=series,
        facts=as_facts(asked),
        asks_recording=asked.is_recorded,
        asked_at=now,
        asked_by=by if isinstance(by, StaffMember) else None,
        closes_at=asked.starts_at,
        ends_at=asked.ends_at,
    )


def _write_down(question: Question, *, is_material: bool, now: datetime) -> None:
    """Keep this version of the text for good (E51)."""
    _wording(question, is_material=is_material, now=now).save()


def _wording(question: Question, *, is_material: bool, now: datetime) -> Wording:
    """Return this version of the text."""
    return Wording(
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
    untold = telling.take_back(question, now=now)
    if is_material:
        outbox.drop(
            about=question.about,
            kinds=[drafts.REQUEST, drafts.NOTICE, drafts.REMINDER],
            now=now,
            why="the plan has changed and the family is asked again",
        )
    waiting.wake(question, now=now)
    # What has just been taken back was no message to anybody.
    pace = school_pace()
    letters = telling.of_change(
        question, rows, is_material=is_material, untold=untold, pace=pace, now=now
    )
    outbox.queue(letters, now=now)
    outbox.stop_ladder(drafts.LADDER, question.about, now=now)
    first = _first_rung(question, pace, now)
    outbox.start_ladder(drafts.LADDER, question.about, due_at=first, now=now)
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
    question: Question,
    requests: Sequence[Request],
    rested: Container[int],
    *,
    pace: Pace,
    now: datetime,
) -> list[Draft]:
    """Return the first letter to everybody newly asked; nobody gets one about a row without a person.

    Who has said yes for the school year is not asked, but told.
    """
    told = drafts.grouped(row for row in requests if row.pk in rested)
    groups = [(drafts.NOTICE, group) for group in told]
    asked = drafts.grouped(row for row in requests if row.pk not in rested)
    letters = []
    had = chased([question.about]) if question.asked_at != now else Counter()
    for kind, group in [*groups, *((drafts.REQUEST, group) for group in asked)]:
        due_at = _due(group[0], now=now)
        # Taken off the call and asked again, over and over: after three letters somebody rings.
        count = had[recipient_of(question.about, group[0])]
        if due_at is not None and (kind == drafts.NOTICE or policy.may_chase(had=count, pace=pace)):
            letters.append(
                drafts.draft(
                    kind,
                    group,
                    question=question,
                    key=f"{question.version}:{now:%Y%m%d%H%M%S}",
                    due_at=due_at,
                    may_wait=kind == drafts.REQUEST and policy.asks_later(pace),
                )
            )
    return letters


def _unwritten(
    requests: Sequence[Request], rested: Container[int], *, now: datetime
) -> list[Request]:
    """Return about whom a first letter is still to be written: taken off and asked again, it may wait yet.

    One that waits for a later turn than a new one would does not count: nobody is asked late for it.
    """
    since = waiting.first_letters(requests, now=now)

    def has_one(request: Request) -> bool:
        there = since.get((waiting.kind_of(request, rested), request.pk))
        return there is not None and there <= (_due(request, now=now) or now)

    return [request for request in requests if not has_one(request)]


def _due(request: Request, *, now: datetime) -> datetime | None:
    """Return when somebody is written to: at once where they decide today, else when it is their turn.

    The pupil's comes at the 18th birthday or where an approved time begins, the guardians' where it ends
    (E41, E42).
    """
    own, today = request.pupil.own(), clock.local(now).date()
    if people.answers_alone(own, on=today) == (request.guardian_id is None):
        return now
    if request.guardian_id is None:
        turn = people.answers_alone_on(own, after=today)
    else:
        turn = people.guardians_again_on(own, on=today)
    coming = clock.at(turn, MORNING) if turn else None
    return coming if coming and coming < request.question.closes_at else None


def _first_rung(question: Question, pace: Pace, now: datetime) -> datetime:
    """Return when the first reminder is due; without any left, the ladder ends at its first rung."""
    rungs = policy.rungs(asked_at=now, starts_at=question.closes_at, pace=pace)
    return rungs[0].at if rungs else question.closes_at


def _reference(question: Question) -> str:
    """Return the name under which the audit knows a question."""
    return f"consent.question:{question.pk}"
