"""First letters that wait for their day: a second one about the same would ask a family twice."""

from collections.abc import Container, Sequence
from datetime import datetime

from consent.models import Question, Request
from consent.services import drafts
from notices import services as outbox
from notices.models import Notice
from notices.policy import State

# Of which kind, and about which request.
First = tuple[str, int]


def kind_of(request: Request, rested: Container[int]) -> str:
    """Return how somebody newly asked is written to first: told only where they said yes for the year."""
    return drafts.NOTICE if request.pk in rested else drafts.REQUEST


def first_letters(requests: Sequence[Request], *, now: datetime) -> dict[First, datetime]:
    """Return since when a first letter about each of these is due, where one waits, and wake it.

    It is asked about anew: while its pupil was off the call it may have been put off to another day. Until
    the end of the transaction no sender takes it in hand; one in hand already counts for nothing, for it
    may have found that nobody is asked. Only who was asked before can have one.
    """
    again = {row.pk: row for row in requests if row.asked_at > row.created_at}
    if not again:
        return {}
    abouts = _abouts([row.question for row in again.values()])
    outbox.hold_letters(abouts)
    waiting = Notice.objects.filter(
        about__in=abouts,
        kind__in=[drafts.REQUEST, drafts.NOTICE],
        state=State.DUE.value,
        unwanted="",
    )
    found = {
        (notice.kind, pk): notice.due_at
        for notice in waiting.defer("letter").order_by("-due_at", "pk")
        for pk in notice.detail["requests"]
        if pk in again and _is_to(notice, again[pk])
    }
    if found:
        _wake([row.question for row in again.values()], now=now)
    return found


def wake(question: Question, *, now: datetime) -> None:
    """Let what waits for its day be asked about at once: it may be another day now."""
    _wake([question], now=now)


def _wake(questions: Sequence[Question], *, now: datetime) -> None:
    """Let first letters about these be asked about again once what changes them is written."""
    outbox.ask_about_again_now(
        _abouts(questions),
        kinds=[drafts.REQUEST],
        now=now,
        needed_by=min(question.closes_at for question in questions),
    )


def _abouts(questions: Sequence[Question]) -> list[str]:
    """Return under which names letters about these stand: their own, and that of their series."""
    return sorted({name for one in questions for name in (one.about, one.series) if name})


def _is_to(notice: Notice, request: Request) -> bool:
    """Tell whether a letter goes to the person to whom this is put."""
    own = None if request.guardian_id else request.pupil_id
    return (notice.guardian_id, notice.pupil_id) == (request.guardian_id, own)
