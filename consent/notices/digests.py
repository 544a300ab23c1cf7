"""One letter to a guardian who is asked about several calls at one time (E52)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consent.notices.letters import Told, child_of, told_of, waiting_for
from consent.selectors.last_told import versions_of
from notices import kinds
from notices.kinds import Letter, NotYet, Part, Unwanted
from notices.models import Notice
from school.selectors import Contact

STEM = "consent/mail/several"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call in the letter, with the children asked about and each one's own link."""

    told: Told
    children: tuple[dict[str, str], ...]
    versions: dict[str, int]


def part(notice: Notice, contact: Contact, now: datetime) -> Part | Unwanted | NotYet:
    """Return what one question or reminder puts into the letter; a safe address stands alone."""
    waiting = waiting_for(notice, contact, now)
    if isinstance(waiting, Unwanted | NotYet):
        return waiting
    return Part(
        covers=frozenset(row.pk for row in waiting),
        content=Call(
            told=told_of(waiting[0]),
            children=tuple(child_of(row) for row in waiting),
            versions=versions_of(waiting),
        ),
        # E44: nobody learns from another child's letter that this one has a call. A letter about
        # the dates of a series is a list already.
        stands_alone=any(row.pupil.is_address_confidential for row in waiting)
        or len({row.question_id for row in waiting}) > 1,
    )


def join(parts: Sequence[Part], contact: Contact) -> Letter:
    """Write the letter: the calls in their order, each child with their own link."""
    calls: list[Any] = sorted(
        (one.content for one in parts), key=lambda call: call.told.plan.starts_at
    )
    context: dict[str, object] = {
        "school": calls[0].told.school,
        "calls": [{"plan": call.told.plan, "children": call.children} for call in calls],
        "personal_link": True,
    }
    letter = kinds.render(STEM, context, contact.language)
    return replace(
        letter, facts={name: one for call in calls for name, one in call.versions.items()}
    )
