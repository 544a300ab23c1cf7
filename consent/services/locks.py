"""Holding whole questions still, while what is asked about them is worked out anew."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from consent import events
from consent.models import Question, Request


def hold(
    question_ids: Iterable[int], *, now: datetime, also: Collection[int] = ()
) -> list[Question]:
    """Lock questions with all their requests, in the order in which an answer locks its own.

    First what they are about, then the requests, then the questions: an answer that has its request
    already can go on, and none slips in afterwards. `also` are requests of other questions: whoever
    needs several locks them together.
    """
    numbers = sorted(set(question_ids))
    events.answer_coming.send(Question, question_ids=numbers, now=now)
    hold_requests(Request.objects.filter(Q(ended_at=None, question__in=numbers) | Q(pk__in=also)))
    return list(
        Question.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk")
    )


def hold_requests(rows: QuerySet[Request]) -> list[int]:
    """Lock requests, the one written down first, first: always, or two who lock several wait for ever.

    Before the question, the notices and the people they are about. Return their numbers.
    """
    own = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return list(own.values_list("pk", flat=True))
