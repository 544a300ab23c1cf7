"""How the text of a question changed from version to version: every version is kept, because answers point at it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from consent import policy
from consent.models import Question
from schoolsafe.lib import clock
from schoolsafe.lib.history import Line, Told


def rewordings_told(question: Question) -> Iterator[Told]:
    """Yield what each version told that the one before did not; who changed it stands in the audit (E51)."""
    for old, new in pairwise(question.wordings.order_by("version")):
        lines = tuple(
            Line(what=str(one.label), before=_said(one.before), after=_said(one.after))
            for one in policy.changes(old.asked, new.asked)
        )
        yield Told(at=new.created_at, actor="", lines=lines)


def _said(value: object) -> str:
    return clock.in_full_words(value) if isinstance(value, datetime) else str(value or "")
