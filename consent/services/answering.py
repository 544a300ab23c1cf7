"""Taking an answer by the link, taking it back, and how any answer is added."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import translation

from audit import services as audit
from consent import events
from consent.models import Answer, PaperForm, Question, Request, Wording
from consent.policy import Channel, Kind
from consent.selectors.answers import by_request
from consent.selectors.opened import read_by
from consent.selectors.voices import hear
from consent.services import drafts
from consent.services.asking import Actor
from consent.services.said import (
    Outdated,
    PupilAlone,
    Said,
    TooLate,
    beside_what_was_said,
    declared,
    said_of,
)
from notices import services as outbox
from school.models import StaffMember
from school.selectors import unsettled_until
from schoolsafe.lib import clock
from schoolsafe.lib.prepared import Prepared
from schoolsafe.lib.rules import NotAllowed


def _locked(request_id: int) -> QuerySet[Request]:
    """Lock a request and its question, and tell which text stands and whether anything was said."""
    current = Wording.objects.filter(
        question=OuterRef("question"), version=OuterRef("question__version")
    )
    return (
        Request.objects.select_for_update(no_key=True, of=("self", "question"))
        .select_related("question", "pupil", "guardian")
        .annotate(
            wording_id=Subquery(current.values("pk")[:1]),
            was_answered=Exists(Answer.objects.filter(request=OuterRef("pk"))),
        )
        .filter(pk=request_id)
    )


# Asked for every answer.
LOCKED = Prepared(_locked)


@audit.atomic()
def answer(
    request: Request,
    *,
    by: Actor,
    takes_part: bool,
    may_be_recorded: bool | None,
    name: str,
    relationship: str,
    version: int,
    objection: str = "",
    wants_call: bool = False,
) -> Answer:
    """Add an answer by a personal link, tell the person by mail what was recorded, and announce the change.

    With the link of a shared mailbox the answer is the declared person's own (E29); under any
    other name it waits until staff have looked, and the person asked is warned (E26). What the person
    has said already, in every word, is not said again: the answer that is there is returned.
    Raises TooLate when the call has begun, Outdated when the text has changed, NotAllowed when the
    person is no longer asked, or when it is not their own link: staff write down what they are told
    with `record`.
    """
    added, is_new = add_answer(
        request,
        by=by,
        version=version,
        said=said_of(
            takes_part=takes_part,
            may_be_recorded=may_be_recorded,
            name=name,
            relationship=relationship,
            objection=objection,
            wants_call=wants_call,
        ),
    )
    if is_new:
        tell([added], now=added.recorded_at)
    return added


def add_answer(
    request: Request, *, by: Actor, version: int, said: Said, heard: int | None = None
) -> tuple[Answer, bool]:
    """Add one answer, if it can be given now to the text that was read.

    Return it, and whether it is new: one form that is sent twice is one answer. `heard` is how much
    had been said when its page was made: an old page writes over nothing that came since.
    """
    now = clock.now()
    check_own(request, by=by)
    own, is_first = _locked_row(request, now=now)
    request, wording_id = own, own.wording_id
    if not request.question.is_open(now=now):
        raise TooLate("The call has begun or is over: the answer cannot be changed here any more.")
    if version != request.question.version:
        raise Outdated("The plan has changed since you opened the page. Please read it again.")
    if not request.question.asks_recording:
        said = replace(said, may_be_recorded=None)
    request, is_by_someone_else = declared(own, said.name)
    if not (is_first and request is own):
        request, is_by_someone_else, there = beside_what_was_said(
            own, request, said, wording_id=wording_id, heard=heard, stranger=is_by_someone_else
        )
        if there is not None:
            return there, False
    added = add(
        request,
        said,
        by=by,
        wording_id=wording_id,
        is_by_someone_else=is_by_someone_else,
        now=now,
    )
    return added, True


@audit.atomic()
def withdraw(request: Request, *, by: Actor, name: str = "") -> Answer:
    """Take a yes back, until the call has ended; whoever holds the link may. Twice is once.

    Raises TooLate when the call is over, NotAllowed when there is no yes to take back or it is not the
    link of `by`.
    """
    taken = take_back(request, by=by, name=name)
    tell([taken], now=clock.now())
    return taken


def take_back(request: Request, *, by: Actor, name: str = "") -> Answer:
    """Take one yes back; what is taken back already stays so."""
    now = clock.now()
    check_own(request, by=by)
    request, wording_id = locked(request, now=now)
    question = request.question
    if question.closed_at is not None or not question.is_alive(now=now):
        raise TooLate("The call is over: there is nothing left to withdraw.")
    answers = by_request(Answer.objects.filter(request=request)).get(request.pk, [])
    heard = hear(request, answers, name="", relationship="", unreachable="")
    if heard.standing is not None and heard.voice.kind is Kind.WITHDRAWN:
        return heard.standing
    if heard.voice.kind is not Kind.YES:
        raise NotAllowed("There is no yes that could be withdrawn.")
    said = Said(kind=Kind.WITHDRAWN, channel=Channel.LINK, name=name.strip())
    return add(request, said, by=by, wording_id=wording_id, is_by_someone_else=False, now=now)


def check_own(request: Request, *, by: Actor) -> None:
    """Refuse to speak by a link that is not one's own: staff least of all, kin or not (E26, E35)."""
    asked = request.guardian or PupilAlone(request.pupil_id)
    if by != asked:
        raise NotAllowed("By this link only the person answers whom it was sent to.")


def locked(request: Request, *, now: datetime) -> tuple[Request, int]:
    """Let listeners take their locks, then lock the question: everybody in the same order.

    Return the request with the number of the text as it stands.

    Raises NotAllowed when the pupil has been taken out of the question.
    """
    row, _ = _locked_row(request, now=now)
    return row, row.wording_id


def _locked_row(request: Request, *, now: datetime) -> tuple[Any, bool]:
    """Lock as `locked` does; return the row, and whether it is certain that nothing has been said yet.

    What a query reads beside a lock for which it waited may be older than the lock. Only where what the
    question is about was locked before is it known that nobody answered in between.
    """
    came = events.answer_coming.send(Question, question_ids=[request.question_id], now=now)
    row: Any
    [row] = LOCKED.rows(request.pk)
    if row.ended_at is not None:
        raise NotAllowed("This pupil is not on the call any more.")
    return row, not row.was_answered and any(is_held for _, is_held in came)


def add(
    request: Request,
    said: Said,
    *,
    by: Actor,
    wording_id: int,
    is_by_someone_else: bool,
    now: datetime,
) -> Answer:
    """Append the answer, announce it and write it down."""
    added = Answer.objects.create(
        request=request,
        wording_id=wording_id,
        kind=said.kind.value,
        may_be_recorded=said.may_be_recorded,
        name=said.name,
        relationship=said.relationship,
        is_by_someone_else=is_by_someone_else,
        objection=said.objection,
        wants_call=said.wants_call,
        channel=said.channel.value,
        recorded_by=by if isinstance(by, StaffMember) else None,
        form=said.form,
        shown=json.dumps(_shown(request, said.form), ensure_ascii=False),
        note=said.note,
        at=said.at or now,
        recorded_at=now,
        address_changed_at=_unsettled_since(request, said, now),
    )
    if said.scan is not None:
        said.scan.answer = added
        said.scan.save()
    announce(request, now=now)
    audit.record(
        at=now,
        actor=by.actor,
        verb="consent.withdraw" if said.kind is Kind.WITHDRAWN else "consent.answer",
        object=f"consent.request:{request.pk}",
        answer=added.pk,
        kind=said.kind.value,
        channel=said.channel.value,
        version=said.form.wording.version if said.form else request.question.version,
        by_someone_else=is_by_someone_else,
        **({"form": said.form.pk} if said.form else {}),
        **({"scan": said.scan.pk} if said.scan else {}),
    )
    return added


def _unsettled_since(request: Request, said: Said, now: datetime) -> datetime | None:
    """Return when the address was changed from which a yes comes, if it is not settled whose it is (E34)."""
    person = request.guardian or request.pupil
    is_yes_by_link = said.kind is Kind.YES and said.channel is Channel.LINK
    if not is_yes_by_link or unsettled_until(person, now) is None:
        return None
    return person.email_changed_at


def tell(answers: Sequence[Answer], *, now: datetime) -> None:
    """Queue one receipt for answers just given by one person; a stranger's warns the person asked.

    None goes to a mailbox that turned out another's: it would hold the child's name and a live link.
    """
    first = answers[0]
    if first.wants_call and not first.is_by_someone_else:
        outbox.queue(drafts.help_wanted(first.request, now=now), now=now)
    own = [one.request for one in answers if one.request.disowned_at is None]
    requests = drafts.with_reader(own, now=now)
    if len(requests) < len(answers):
        return
    letter = drafts.draft(
        drafts.ANSWERED_BY_OTHER if first.is_by_someone_else else drafts.RECEIPT,
        requests,
        question=first.request.question,
        key=str(first.pk),
        due_at=now,
        answer=first.pk,
    )
    outbox.queue([letter], now=now)


def _shown(request: Request, form: PaperForm | None) -> dict[str, Any]:
    """Return what the person read: on a paper form the text it was printed with, in its language."""
    if form is None:
        return read_by(request)
    with translation.override(form.language):
        return read_by(request, form.wording) | {"language": form.language}


def announce(*requests: Request, now: datetime, is_astray: bool = False) -> None:
    """Tell the room above that what the pupils of these requests of one question may do has changed.

    `is_astray` says that what was mailed to somebody about them is in the wrong hands.
    """
    pupil_ids = tuple(request.pupil_id for request in requests)
    question = requests[0].question
    events.answer_changed.send(
        Question, question=question, pupil_ids=pupil_ids, now=now, is_astray=is_astray
    )
