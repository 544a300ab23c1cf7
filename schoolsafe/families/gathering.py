"""Everything held about a pupil or a guardian, from every room, as one copy (G37, G38).

Each room tells what it holds by `held_about`; none knows of another. The Log of Concern has no part in it: it
is answered by the safeguarding team, whether or not there is anything, and nothing here looks (E94).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256

from consent import selectors as consent
from meetings import selectors as meetings
from notices import held as letters
from school import selectors as school
from school.models import FamilyRequest, Pupil
from schoolsafe.lib.holdings import Copy, Held, Section, moment

ROOMS: tuple[Callable[[Copy], Held], ...] = (
    school.held_about,
    consent.held_about,
    meetings.held_about,
    letters.held_about,
)
# The same sentences in every copy: what is in it tells nothing of what is not.
WHAT_IS_LEFT_OUT = (
    "This copy holds what the school keeps about you in this product, and about the children of whom it may be "
    "given to you. What is about somebody else is not in it: what others answered, where they are reached, the "
    "names of other children. Keys in links are left out, for they still open what they were sent for."
)
THE_TEAM = (
    "Whether there are records about keeping a child safe, and what of them can be given, is answered by the "
    "school's safeguarding team in a letter of its own. The same is said in every copy."
)
WHAT_YOU_CAN_DO = (
    "If something is wrong, or if you think that you should be given more, write to the school. You can also "
    "complain to the Information Commissioner's Office (ico.org.uk), or go to court."
)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What would leave for a request now, and for the staff alone what stays behind and why."""

    request: FamilyRequest
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    is_delicate: bool

    @cached_property
    def text_sha256(self) -> str:
        """Return the hash of all that leaves: what was read on the page is what is made."""
        return sha256(_text(self.sections).encode()).hexdigest()

    def json(self, *, school: str, at: datetime, code: str) -> bytes:
        """Return it for machines: to be taken to another school or product (Article 20)."""
        told = {
            "number": code,
            "school": school,
            "made": moment(at),
            "notes": [WHAT_IS_LEFT_OUT, THE_TEAM, WHAT_YOU_CAN_DO],
            "sections": [
                {"key": one.key, "title": one.title, "records": [dict(row) for row in one.records]}
                for one in self.sections
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=2).encode()


def gather(request: FamilyRequest, *, today: date) -> Bundle:
    """Return everything held that may be in the copy for a request.

    Delicate: an order, a pupil who decides themselves or a confidential address is in play (E30, E33, E42).
    """
    copy, barriers = school.copy_for(request, on=today)
    held = [room(copy) for room in ROOMS]
    names = {one.pk: str(one) for one in Pupil.objects.filter(pk__in=barriers)}
    kept = [f"Everything about {names[pk]}: {why.words}" for pk, why in barriers.items()]
    return Bundle(
        request=request,
        sections=tuple(part for one in held for part in one.sections),
        left_out=(*kept, *(words for one in held for words in one.left_out)),
        is_delicate=bool(barriers or copy.hidden),
    )


def _text(sections: tuple[Section, ...]) -> str:
    rows = [[one.key, one.title, [dict(row) for row in one.records]] for one in sections]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True)
