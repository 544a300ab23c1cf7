"""Which questions a person may know of; what they are about is told by the room above."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from consent.models import Question, QuestionQuerySet
from school.roles import Viewer, may_see_all_meetings

Own = Callable[[Viewer], QuerySet[Any, Any]]
_rooms: list[tuple[str, Own, Callable[[str], str]]] = []


def tells_of(prefix: str, *, own: Own, page: Callable[[str], str]) -> None:
    """Let a room say which of its things, such as `meetings.meeting:12`, are a person's own.

    `own` returns the numbers of their questions, `page` the address of a thing by its number.
    """
    _rooms.append((prefix, own, page))


def questions_for(viewer: Viewer) -> QuestionQuerySet:
    """Return the questions a person may know of: all for those who see all calls, else their own."""
    if may_see_all_meetings(viewer):
        return Question.objects.all()
    own = Question.objects.none()
    for _, questions, _ in _rooms:
        own |= Question.objects.filter(pk__in=questions(viewer))
    return own


def page_of(about: str) -> str:
    """Return the address of the page of what a question is about, or nothing."""
    prefix, _, number = about.partition(":")
    return next((page(number) for name, _, page in _rooms if name == prefix), "")


def visible_among(viewer: Viewer, question_ids: Sequence[int]) -> set[int]:
    """Return which of these questions a person may know of."""
    found = questions_for(viewer).filter(pk__in=question_ids)
    return set(found.values_list("pk", flat=True))
