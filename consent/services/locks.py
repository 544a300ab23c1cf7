"""Holding whole questions still, while what is asked about them is worked out anew."""

from collections.abc import Iterable
from datetime import datetime

from consent import events
from consent.models import Question, Request


def hold(question_ids: Iterable[int], *, now: datetime) -> list[Question]:
    """Lock questions with all their requests, in the order in which an answer locks its own.

    First what they are about, then the requests, then the questions: an answer that has its request
    already can go on, and none slips in afterwards.
    """
    numbers = sorted(set(question_ids))
    events.answer_coming.send(Question, question_ids=numbers, now=now)
    requests = Request.objects.live().filter(question__in=numbers).order_by("pk")
    list(requests.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    return list(
        Question.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk")
    )
