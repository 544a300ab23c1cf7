"""One answer for several dates of a series, and taking a yes back for several: all of them, or none."""

from collections.abc import Mapping, Sequence

from audit import services as audit
from consent import events
from consent.models import Answer, Invalidation, Question, Request
from consent.services.answering import add_answer, take_back, tell
from consent.services.asking import Actor
from consent.services.locks import hold_requests
from consent.services.said import said_of
from consent.services.setting_aside import take_away, tell_undone
from schoolsafe.lib import clock


@audit.atomic()
def answer_dates(
    requests: Sequence[Request],
    *,
    by: Actor,
    takes_part: bool,
    may_be_recorded: bool | None,
    name: str,
    relationship: str,
    versions: Mapping[int, int],
    heard: Mapping[int, int] | None = None,
    objection: str = "",
    wants_call: bool = False,
) -> list[Answer]:
    """Add the same answer for several dates of a series, each with the text of its own; one receipt.

    Dates for which the person has said exactly this already are left as they are.
    Raises as `answer` does when it cannot be given for one of them: then none is added.
    """
    said = said_of(
        takes_part=takes_part,
        may_be_recorded=may_be_recorded,
        name=name,
        relationship=relationship,
        objection=objection,
        wants_call=wants_call,
    )
    come(requests)
    given = [
        add_answer(
            row,
            by=by,
            version=versions[row.pk],
            said=said,
            heard=heard[row.pk] if heard is not None else None,
        )
        for row in requests
    ]
    added = [one for one, is_new in given if is_new]
    if added:
        tell(added, now=added[0].recorded_at)
    return [one for one, _ in given]


@audit.atomic()
def withdraw_dates(requests: Sequence[Request], *, by: Actor) -> list[Answer]:
    """Take a yes back for several dates of a series, with one receipt.

    Raises as `withdraw` does when it cannot be taken back for one of them: then none is.
    """
    come(requests)
    taken = [take_back(row, by=by) for row in requests]
    tell(taken, now=clock.now())
    return taken


@audit.atomic()
def undo_dates(requests: Sequence[Request], *, by: Actor) -> list[Invalidation]:
    """Undo what was just answered for several dates of a series: all of them or none, with one letter.

    Raises as `undo` does.
    """
    come(requests)
    made = [take_away(row, by=by) for row in requests]
    tell_undone(made, now=made[0].at)
    return made


def come(requests: Sequence[Request]) -> None:
    """Take all the locks that several answers need, in their order: first what listeners lock."""
    if len(requests) == 1:
        return
    question_ids = sorted(row.question_id for row in requests)
    events.answer_coming.send(Question, question_ids=question_ids, now=clock.now())
    hold_requests(Request.objects.filter(pk__in=[row.pk for row in requests]))
