"""Requests and answers as they are read for voices: each in one query, whose SQL is written once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet, Subquery

from consent.models import Answer, Request
from school.models import School
from schoolsafe.lib.prepared import Prepared


def requests_about(question_ids: Sequence[int]) -> list[Any]:
    """Return the requests of these questions that live, by pupil, without their guardians.

    Whoever counts comes with the tie to the pupil, and would be read twice.
    """
    return ASKED.rows(question_ids)


def answers_about(question_ids: Sequence[int]) -> dict[int, list[Answer]]:
    """Return the answers to these questions by request, in the order in which they were given."""
    return _grouped(SAID.rows(question_ids))


def by_request(answers: QuerySet[Answer]) -> dict[int, list[Answer]]:
    """Return the answers of each request in the order they were given, without what was shown."""
    return _grouped(_in_order(answers))


def answers_to(request_ids: Sequence[int]) -> dict[int, list[Answer]]:
    """Return the answers of a few requests likewise; asked for every letter."""
    return _grouped(ANSWERS.rows(request_ids))


def _in_order(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    return (
        answers.select_related("wording", "check_made", "invalidation", "standing")
        .defer("shown", "note", "check_made__note", "invalidation__reason")
        .defer("standing__shown", "standing__ended_reason")
        .order_by("at", "id")
    )


def _grouped(answers: Iterable[Answer]) -> dict[int, list[Answer]]:
    grouped: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        grouped[answer.request_id].append(answer)
    return grouped


ANSWERS = Prepared(lambda request_ids: _in_order(Answer.objects.filter(request__in=request_ids)))
# Asked for every page of a call, and by every press on it.
SAID = Prepared(
    lambda question_ids: _in_order(Answer.objects.filter(request__question__in=question_ids))
)
ASKED: Prepared[Any] = Prepared(
    lambda question_ids: (
        Request.objects.live()
        .filter(question__in=question_ids)
        .select_related("question", "pupil")
        .annotate(school_mode=Subquery(School.objects.filter(pk=1).values("consent_mode")))
        .order_by("question_id", "pupil__family_name", "pupil__given_name", "pupil_id", "id")
    )
)
