"""Who handles a concern, who stands outside it, and who may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from school.roles import LEADERS, SAFEGUARDING_TEAM, Role, Viewer


class Part(StrEnum):
    """What somebody has to do with a concern."""

    SUBJECT = "subject"
    HARMED = "harmed"
    HARMING = "harming"
    WITNESS = "witness"
    SIBLING = "sibling"
    MENTIONED = "mentioned"

    @property
    def label(self) -> str:
        """Return the part in words."""
        return PART_LABELS[self]

    @property
    def is_accused(self) -> bool:
        """Tell whether an adult with this part is whom the concern is about."""
        return self in {Part.SUBJECT, Part.HARMING}


PART_LABELS = {
    Part.SUBJECT: "The concern is about them",
    Part.HARMED: "May have been harmed",
    Part.HARMING: "May have caused harm",
    Part.WITNESS: "Saw or heard it",
    Part.SIBLING: "Brother or sister",
    Part.MENTIONED: "Was mentioned",
}


class Desk(StrEnum):
    """Who handles a concern."""

    TEAM = "team"
    HEADTEACHER = "headteacher"
    CHAIR = "chair"
    OUTSIDE = "outside"

    @property
    def label(self) -> str:
        """Return the desk in words."""
        return DESK_LABELS[self]


DESK_LABELS = {
    Desk.TEAM: "the safeguarding team",
    Desk.HEADTEACHER: "the headteacher",
    Desk.CHAIR: "the chair of governors",
    Desk.OUTSIDE: "children's social care",
}
# Guidance G9: about staff to the headteacher, about the headteacher to the chair of governors.
READERS: dict[Desk, frozenset[Role]] = {
    Desk.TEAM: LEADERS,
    Desk.HEADTEACHER: frozenset({Role.HEADTEACHER}),
    Desk.CHAIR: frozenset({Role.CHAIR}),
    Desk.OUTSIDE: frozenset(),
}
HANDLERS = SAFEGUARDING_TEAM | {Role.HEADTEACHER, Role.CHAIR}


class Why(StrEnum):
    """Why somebody stands outside a concern."""

    SUBJECT = "the concern is about them"
    RELATIVE = "they share a home with somebody it is about"
    BELOW = "they report to somebody it is about"
    NAMED = "what was written may mean them or somebody at home"
    FAMILY = "they are family of a child in it"
    DECIDED = "they were set aside by decision"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody in a concern, with all that decides who stands outside it.

    `may_be` are the members of staff whom words about an adult may mean, until somebody has said.
    """

    part: Part
    is_adult: bool = False
    staff_id: int | None = None
    email: str = ""
    works_here: bool = False
    is_head: bool = False
    may_be: frozenset[int] = frozenset()
    guardian_marks: frozenset[str] = frozenset()

    @property
    def is_accused(self) -> bool:
        """Tell whether this is an adult whom the concern is about."""
        return self.is_adult and self.part.is_accused


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody who may be told about concerns, as they are at one instant.

    `kin_ids`, `kin_emails` and `kin_marks` are their own and those of staff who share their home
    (E60); a mark is what makes a guardian's record known as theirs (E7). `above_ids` and
    `above_emails` are those of whom they report to, directly or through others (E1).
    """

    staff_id: int
    roles: frozenset[Role]
    email: str = ""
    kin_ids: frozenset[int] = frozenset()
    kin_emails: frozenset[str] = frozenset()
    kin_marks: frozenset[str] = frozenset()
    above_ids: frozenset[int] = frozenset()
    above_emails: frozenset[str] = frozenset()
    is_on_duty: bool = False
    is_covering: bool = False
    """They have said that they answer at this instant, besides the weekly rota."""
    is_away: bool = False
    has_telephone: bool = True

    def holds(self, *roles: Role) -> bool:
        """Tell whether the person holds any of these roles."""
        return not self.roles.isdisjoint(roles)


class Guarded(Protocol):
    """What the reading rules need to know about a concern."""

    @property
    def desk(self) -> Desk:
        """Return who handles it."""

    @property
    def reporter_id(self) -> int:
        """Return who logged it."""

    @property
    def excluded(self) -> frozenset[int]:
        """Return who stands outside it."""

    @property
    def shared_with(self) -> frozenset[int]:
        """Return with whom it is shared at this instant."""

    @property
    def opened_by(self) -> frozenset[int]:
        """Return who has opened it in an emergency, and may read it still."""


def conflict(person: Colleague, parties: Iterable[Party]) -> Why | None:
    """Return why a person stands outside a concern, or None when they do not.

    The subject, whoever shares a home with the subject or reports to them, whoever may be meant, and
    family of a child in it (E1, E6, E7).
    """
    known = list(parties)
    accused = [party for party in known if party.is_accused]
    if any(_is_same(person, party) for party in accused):
        return Why.SUBJECT
    if any(_is_kin(person, party) for party in accused):
        return Why.RELATIVE
    if any(_is_above(person, party) for party in accused):
        return Why.BELOW
    near = person.kin_ids | person.above_ids | {person.staff_id}
    if any(party.may_be & near for party in accused):
        return Why.NAMED
    if any(party.guardian_marks & person.kin_marks for party in known):
        return Why.FAMILY
    return None


def _is_same(person: Colleague, party: Party) -> bool:
    """Tell whether somebody in a concern is this person, by account or by address (E6)."""
    return person.staff_id == party.staff_id or (bool(party.email) and party.email == person.email)


def _is_kin(person: Colleague, party: Party) -> bool:
    """Tell whether somebody in a concern shares this person's home."""
    return party.staff_id in person.kin_ids or party.email in person.kin_emails


def _is_above(person: Colleague, party: Party) -> bool:
    """Tell whether this person reports to somebody in a concern, directly or through others."""
    return party.staff_id in person.above_ids or party.email in person.above_emails


def conflicts(people: Iterable[Colleague], parties: Iterable[Party]) -> dict[int, Why]:
    """Return who of these people stands outside a concern, and why."""
    known = tuple(parties)
    outside = {person.staff_id: conflict(person, known) for person in people}
    return {staff_id: why for staff_id, why in outside.items() if why is not None}


def may_work_queue(viewer: Viewer) -> bool:
    """Tell whether a person has any concerns to read; being a superuser is not a role."""
    return viewer.holds(*HANDLERS)


def may_open_chronology(viewer: Viewer, *, finds_pupils: bool, has_any: bool) -> bool:
    """Tell whether the page of a pupil is there for a person.

    For who handles concerns and may look for pupils it always is: whether it holds anything says
    nothing of what they may not read (E8). For others only where they may read something.
    """
    return has_any or (finds_pupils and may_work_queue(viewer))


def may_view(viewer: Viewer, concern: Guarded) -> bool:
    """Tell whether a person may read a concern: a handler at its desk who does not stand outside it."""
    return viewer.staff_id not in concern.excluded and viewer.holds(*READERS[concern.desk])


def may_follow(viewer: Viewer, concern: Guarded) -> bool:
    """Tell whether a person may see what they themselves wrote, and its status: the reporter, for ever."""
    return viewer.staff_id == concern.reporter_id
