"""Answers that rest on a yes for the school year: written in the transaction that asks."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from consent import events
from consent.models import Answer, Question, Request, StandingConsent, Wording
from consent.policy import Channel, Kind
from consent.selectors import covering
from consent.selectors.opened import shown_to
from schoolsafe.lib.inserting import insert


def hold(pupil_ids: Iterable[int]) -> None:
    """Take the locks of these pupils' yeses, so that none of them ends while a call is asked about.

    For whoever will write to the audit before the families are asked: locks first, audit last.
    """
    rows = StandingConsent.objects.select_for_update(no_key=True)
    list(rows.filter(pupil__in=list(pupil_ids), ended_at=None).order_by("pk").values_list("pk"))


def rest(requests: Sequence[Request], *, now: datetime) -> set[int]:
    """Answer for those whose yes for the school year covers the call; return their requests.

    The evidence is an answer like any other. A constant number of queries. A yes that somebody is
    ending at this very moment is passed over: then the person is asked.
    """
    wanted = [row for row in requests if row.guardian_id and row.question.asked.kind]
    if not wanted:
        return set()
    standings = list(
        StandingConsent.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pupil__in={row.pupil_id for row in wanted}, ended_at=None)
        # Whatever became of the answer on whose receipt it was given becomes of it.
        .filter(answer__invalidation=None)
        .select_related("answer")
        .order_by("pk")
    )
    if not standings:
        return set()
    fit = covering.fit(wanted, standings, now)
    questions = {row.question_id for row in wanted}
    wordings = Wording.objects.filter(question__in=questions).defer("facts")
    texts = {(row.question_id, row.version): row.pk for row in wordings}
    insert(_answer(row, standing, texts, now=now) for row, standing in fit)
    return {row.pk for row, _ in fit}


def _answer(
    request: Request,
    standing: StandingConsent,
    texts: dict[tuple[int, int], int],
    *,
    now: datetime,
) -> Answer:
    """Return the yes of one person to one call, with what they agreed to and what it is used for."""
    question, given = request.question, standing.answer
    return Answer(
        request=request,
        wording_id=texts[question.pk, question.version],
        kind=Kind.YES.value,
        may_be_recorded=True if question.asks_recording else None,
        name=given.name,
        relationship=given.relationship,
        standing=standing,
        channel=Channel.STANDING.value,
        shown=json.dumps(
            {"agreed": standing.text_shown, "call": shown_to(request)}, ensure_ascii=False
        ),
        at=now,
        recorded_at=now,
    )


def announce_rested(question: Question, requests: Iterable[Request], *, now: datetime) -> None:
    """Tell the room above of the pupils for whom a yes is there already."""
    pupil_ids = tuple(sorted({row.pupil_id for row in requests}))
    if pupil_ids:
        events.answer_changed.send(Question, question=question, pupil_ids=pupil_ids, now=now)
