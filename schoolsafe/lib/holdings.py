"""What is held about somebody, as each room tells it for the copy that they may have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Whose data may be in one copy: of these children, and of the guardian to whom it is given, if one.

    Of those who are `hidden` nothing is told by which somebody could find them (E33).
    """

    pupil_ids: frozenset[int]
    guardian_id: int | None = None
    hidden: frozenset[int] = frozenset()

    @property
    def open_ids(self) -> frozenset[int]:
        """Return the children of whom place and time may be told."""
        return self.pupil_ids - self.hidden


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a copy: records of one kind, each as names and values."""

    key: str
    title: str
    records: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a room holds: what is given, and in words for the staff alone what is left out and why."""

    sections: tuple[Section, ...] = ()
    left_out: tuple[str, ...] = ()


def section(key: str, title: str, records: Iterable[Mapping[str, str]]) -> tuple[Section, ...]:
    """Return a section, nothing where there are no records; what is empty is left out of each."""
    kept = tuple({name: text for name, text in one.items() if text} for one in records)
    return (Section(key=key, title=title, records=kept),) if kept else ()


def moment(at: datetime | None) -> str:
    """Return a moment as people and programs read it: 2026-09-15 14:00, in local time."""
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at is not None else ""


def day(on: date | None) -> str:
    """Return a day as people and programs read it."""
    return on.isoformat() if on is not None else ""


def counted(number: int, words: str) -> tuple[str, ...]:
    """Return what is left out with how many there are, nothing where there is none."""
    return (f"{words}: {number}",) if number else ()
