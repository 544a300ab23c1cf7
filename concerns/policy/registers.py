"""The register of low-level concerns about adults who work here, and who keeps it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from concerns.policy.access import Desk, Guarded, Party, may_view
from school.roles import Role, Viewer

# KCSIE, Part Four, section two: it is the headteacher's; about the headteacher the chair's.
KEEPERS = frozenset({Role.HEADTEACHER, Role.CHAIR})
KEPT_AT = frozenset({Desk.HEADTEACHER, Desk.CHAIR})
# From how many about one adult a pattern is looked for.
SEVERAL = 2


class Level(StrEnum):
    """How far a concern about an adult reaches; whoever keeps the register says so, with reasons."""

    FULL = "full"
    LOW = "low"


class Graded(Guarded, Protocol):
    """What these rules need to know about a concern."""

    @property
    def parties(self) -> tuple[Party, ...]:
        """Return who is in it."""

    @property
    def level(self) -> Level:
        """Return how far it reaches."""


def is_about_staff(concern: Graded) -> bool:
    """Tell whether a concern is about somebody who works here, or may: the designated officer's (G9)."""
    return any(
        party.is_accused and (party.staff_id is not None or party.works_here or party.may_be)
        for party in concern.parties
    )


def may_keep_register(viewer: Viewer) -> bool:
    """Tell whether a person keeps the register: never the safeguarding team as such (G10)."""
    return viewer.holds(*KEEPERS)


def may_enter(viewer: Viewer, concern: Graded) -> bool:
    """Tell whether a person may say that a concern about an adult who works here is a low-level one."""
    is_staff = is_about_staff(concern) and concern.desk in KEPT_AT
    return is_staff and concern.level is Level.FULL and may_view(viewer, concern)


def may_judge(viewer: Viewer, concern: Graded) -> bool:
    """Tell whether a person may raise a low-level concern to an allegation, or settle it."""
    return concern.level is Level.LOW and may_view(viewer, concern)


def may_split(viewer: Viewer, concern: Graded) -> bool:
    """Tell whether a person may give the child in a concern about an adult a record of its own (E104)."""
    return is_about_staff(concern) and concern.desk in KEPT_AT and may_view(viewer, concern)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One concern of the register: about whom, and when it happened or else was logged."""

    reference: str
    about: Collection[str]
    at: datetime
    was_raised: bool = False


@dataclass(frozen=True, kw_only=True)
class Adult:
    """What stands in the register about one adult, in the order in which it happened."""

    key: str
    lines: Sequence[Line]

    @property
    def raised(self) -> int:
        """Return how many of them were raised to an allegation."""
        return sum(line.was_raised for line in self.lines)

    @property
    def is_pattern(self) -> bool:
        """Tell whether there are several: each may be low, and all together not (G10)."""
        return len(self.lines) >= SEVERAL


def by_adult(lines: Iterable[Line]) -> list[Adult]:
    """Return the register by adult: those with the most first, and then whose last is newest."""
    known: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (line.at, line.reference)):
        for key in line.about:
            known.setdefault(key, []).append(line)
    adults = [Adult(key=key, lines=tuple(rows)) for key, rows in known.items()]
    return sorted(adults, key=lambda one: (-len(one.lines), -one.lines[-1].at.timestamp(), one.key))
