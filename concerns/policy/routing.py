"""Which desk handles a concern, who of it is told, and when it moves to another."""

from collections.abc import Iterable, Sequence

from concerns.policy.access import READERS, Colleague, Desk, Party
from concerns.policy.moves import TAKEN, Facts, Status, is_open

# From the usual desk upward: a concern rises past whoever must not read it.
UPWARD = [Desk.TEAM, Desk.HEADTEACHER, Desk.CHAIR, Desk.OUTSIDE]


def route(
    parties: Iterable[Party], people: Iterable[Colleague], *, excluded: frozenset[int]
) -> Desk:
    """Return who handles a concern: never somebody who stands outside it (E1, E2, E3, E7)."""
    accused = [party for party in parties if party.is_accused]
    able = [person for person in people if person.staff_id not in excluded]
    if any(party.is_head for party in accused):
        desks = [Desk.CHAIR]
    elif any(party.staff_id is not None or party.works_here or party.may_be for party in accused):
        desks = [Desk.HEADTEACHER, Desk.CHAIR]
    else:
        desks = [Desk.TEAM, Desk.CHAIR]
    for desk in desks:
        if any(person.holds(*READERS[desk]) for person in able):
            return desk
    return Desk.OUTSIDE


def desk_now(concern: Facts, people: Sequence[Colleague]) -> Desk:
    """Return where a concern belongs as people and parts are now (E1, E2, E3).

    It rises at once: whom it is about may have become the headteacher, or its readers have left.
    It comes down only when nobody is left where it is: who works on it keeps it.
    """
    right = route(concern.parties, people, excluded=concern.excluded)
    if UPWARD.index(right) < UPWARD.index(concern.desk) and able(concern, people):
        return concern.desk
    return right


def able(concern: Facts, people: Iterable[Colleague]) -> list[Colleague]:
    """Return who may read a concern at its desk, present or away."""
    return [
        person
        for person in people
        if person.staff_id not in concern.excluded and person.holds(*READERS[concern.desk])
    ]


def at_desk(concern: Facts, people: Iterable[Colleague]) -> list[Colleague]:
    """Return who reads a concern: those who are present, or everybody when all are away (E80)."""
    everybody = able(concern, people)
    return [person for person in everybody if not person.is_away] or everybody


def is_in_hand(concern: Facts, people: Iterable[Colleague]) -> bool:
    """Tell whether whoever acknowledged a concern may still read it and still works here."""
    return any(person.staff_id == concern.taken_by for person in able(concern, people))


def is_astray(concern: Facts, people: Sequence[Colleague]) -> bool:
    """Tell whether a concern stands where it should not, or nobody is in charge of it any more."""
    if desk_now(concern, people) is not concern.desk:
        return True
    return concern.status in TAKEN and not is_in_hand(concern, people)


def to_tell_of_more(
    concern: Facts, people: Sequence[Colleague], *, besides: int
) -> tuple[int, ...]:
    """Return who is told that something was added: who is in charge, or else the whole desk.

    Nobody is in charge of a closed concern, nor while whoever acknowledged it is away. One that
    waits to be acknowledged has its ladder.
    """
    if concern.status is Status.LOGGED:
        return ()
    readers = at_desk(concern, people)
    taker = [person for person in readers if person.staff_id == concern.taken_by]
    told = taker if taker and is_open(concern) else readers
    return tuple(person.staff_id for person in told if person.staff_id != besides)
