"""Whether an adult of a call is a guardian who may have no contact with a child on it (E30)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from consent.policy import is_same_person
from meetings.policy.facts import Facts
from school.mailboxes import same_mailbox
from school.policy import Link, number

SOMEBODY = "one pupil"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A no-contact order: a guardian's name, and their tie to the pupil."""

    name: str
    link: Link


def barred_from(
    *, name: str, email: str, telephone: str, blocks: Iterable[Block], on: date
) -> frozenset[int]:
    """Return the pupils whom this member of staff may not meet on that day.

    They are known by the same mailbox, or by the same telephone and name: nobody ties the two
    records to each other by hand.
    """
    return frozenset(
        block.link.pupil_id
        for block in blocks
        if block.link.is_blocked(on=on)
        and (
            same_mailbox(email, block.link.address)
            or (
                number(telephone) != ""
                and number(telephone) == number(block.link.telephone)
                and is_same_person(name, block.name)
            )
        )
    )


def hushed(facts: Facts, kept_from: Collection[int]) -> Facts:
    """Return the facts as somebody sees them who may not know of these pupils (E30, E42).

    The verdict stays what it is; whatever it says, it says without their names.
    """
    if not kept_from:
        return facts
    return replace(
        facts,
        places=tuple(
            replace(place, name=SOMEBODY, is_hushed=True) if place.pupil_id in kept_from else place
            for place in facts.places
        ),
    )
