"""Writing down whom we ask about each pupil, in a fixed number of queries."""

from collections.abc import Sequence
from datetime import date, datetime

from consent.models import Question, Request
from consent.selectors.voices import Counted
from consent.services.locks import hold_requests
from school import policy as people
from school.models import Pupil
from school.selectors import guardians_who_count
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import insert


def request_for(question: Question, pupil_ids: Sequence[int], *, now: datetime) -> list[Request]:
    """Write down whom we ask about these pupils, and return those who were not asked before."""
    return request_for_each([(question, pupil_ids)], now=now)


def request_for_each(
    wanted: Sequence[tuple[Question, Sequence[int]]], *, now: datetime
) -> list[Request]:
    """Write down whom we ask about the pupils of each question; return who was not asked before.

    A fixed number of queries, however many questions and pupils.
    """
    questions = {question.pk: question for question, _ in wanted}
    pupils = {
        pupil.pk: pupil
        for pupil in Pupil.objects.filter(
            pk__in={pk for _, pupil_ids in wanted for pk in pupil_ids}
        )
    }
    today = clock.local(now).date()
    counted = guardians_who_count(pupils, on=today)
    triples = [
        (question.pk, pupil_id, guardian_id)
        for question, pupil_ids in wanted
        for pupil_id in sorted(set(pupil_ids) & set(pupils))
        for guardian_id in _asked_about(question, pupils[pupil_id], counted, on=today)
    ]
    rows = Request.objects.filter(question__in=questions, pupil__in=pupils)
    known = {(row.question_id, row.pupil_id, row.guardian_id): row for row in rows}
    again = [known[one].pk for one in triples if one in known and known[one].ended_at]
    fresh = [one for one in triples if one not in known]
    insert(
        Request(
            question_id=question_id,
            pupil_id=pupil_id,
            guardian_id=guardian_id,
            created_at=now,
            asked_at=now,
        )
        for question_id, pupil_id, guardian_id in fresh
    )
    if again:
        # An earlier answer belonged to an earlier place on the call: it is asked anew.
        hold_requests(Request.objects.filter(pk__in=again))
        Request.objects.filter(pk__in=again).update(
            ended_at=None, asked_at=now, failed_at=None, failed_because=""
        )
    new = {*fresh, *(one for one in triples if one in known and known[one].pk in again)}
    asked = rows.filter(asked_at=now).select_related("pupil", "guardian").order_by("pk")
    found = [row for row in asked if (row.question_id, row.pupil_id, row.guardian_id) in new]
    for row in found:
        row.question = questions[row.question_id]
    return found


def _asked_about(
    question: Question, pupil: Pupil, counted: Counted, *, on: date
) -> list[int | None]:
    """Return whom one question about a pupil is put to; None is the row of the pupil alone.

    Who decides may change before the call: at the 18th birthday, or where an approved time begins or
    ends (E41, E42). Whoever decides then is asked when it is their turn.
    """
    asked: list[int | None] = [tie.guardian_id for tie, _ in counted.get(pupil.pk, [])]
    at_call = clock.local(question.closes_at).date()
    alone = people.answers_alone_on(pupil.own(), after=on)
    if not asked or (alone is not None and alone <= at_call):
        asked.append(None)
    again = people.guardians_again_on(pupil.own(), on=on)
    if again is not None and again <= at_call:
        later = guardians_who_count([pupil.pk], on=again).get(pupil.pk, [])
        asked += [tie.guardian_id for tie, _ in later]
    return asked
