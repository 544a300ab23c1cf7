"""Pupils of a file beside the pupils on record."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from school.imports.proposal import GARBLED, Change, Section, Verb
from school.imports.register import PupilOnRecord, Register
from school.imports.roster import Child, Roster
from school.names import looks_garbled, plain_words


@dataclass(frozen=True, kw_only=True)
class Known:
    """A child of the file who is on record, and the change by which it becomes known that they are."""

    pupil: PupilOnRecord
    needs: tuple[str, ...] = ()
    is_odd: bool = False


@dataclass(frozen=True, kw_only=True)
class Pupils:
    """What is proposed about pupils, and who of the file is on record, by the file's name."""

    changes: tuple[Change, ...]
    known: Mapping[str, Known]


def pupils(roster: Roster, register: Register, *, on: date) -> Pupils:
    """Compare the pupils: by the file's name for them, or by name and date of birth at first sight."""
    by_id = {pupil.source_id: pupil for pupil in register.pupils if pupil.source_id}
    meeting = _Meeting(roster, register)
    changes: list[Change] = []
    known: dict[str, Known] = {}
    for child in roster.children:
        if pupil := by_id.get(child.source_id):
            known[child.source_id] = Known(pupil=pupil)
            changes += _of_known(child, pupil, on=on)
            continue
        found = meeting.of(child)
        changes += found
        for change in found:
            if change.verb is Verb.SAME_PUPIL:
                pupil = meeting.pupils[change.pk]
                is_odd = change.section is Section.SUSPICIOUS
                known[child.source_id] = Known(pupil=pupil, needs=(change.key,), is_odd=is_odd)
                changes += _of_known(child, pupil, on=on, needs=(change.key,))
    changes += _leaving(roster, by_id, on=on)
    return Pupils(changes=tuple(changes), known=known)


class _Meeting:
    """Children whom the file names for the first time, beside pupils that no file has named yet."""

    def __init__(self, roster: Roster, register: Register) -> None:
        self.roster, self.register = roster, register
        self.pupils = {pupil.pk: pupil for pupil in register.pupils}

    @cached_property
    def by_name(self) -> dict[str, list[PupilOnRecord]]:
        """Return the pupils on record by name; a file without a new child needs none of it."""
        found: dict[str, list[PupilOnRecord]] = defaultdict(list)
        for pupil in self.register.pupils:
            found[_name(pupil)].append(pupil)
        return found

    @cached_property
    def twice(self) -> Counter[tuple[str, date | None]]:
        """Return how often the file has each name with each date of birth."""
        return Counter((_name(child), child.born_on) for child in self.roster.children)

    def of(self, child: Child) -> list[Change]:
        """Return what is proposed about a child. Two children of one name stay two (E11)."""
        alike = self.by_name[_name(child)]
        unnamed = [pupil for pupil in alike if not pupil.source_id]
        same = [pupil for pupil in unnamed if child.born_on and pupil.born_on == child.born_on]
        if len(same) == 1 and self.twice[_name(child), child.born_on] == 1:
            return [_same(child, same[0], Section.CHANGED)]
        if not alike:
            is_garbled = _is_garbled(child)
            return [
                _new(child, Section.SUSPICIOUS, GARBLED)
                if is_garbled
                else _new(child, Section.NEW, "")
            ]
        others = " and ".join(_said(pupil) for pupil in alike)
        changes = [
            _new(child, Section.SUSPICIOUS, f" A pupil of this name is on record: {others}.")
        ]
        if len(unnamed) == 1:
            changes.append(_same(child, unnamed[0], Section.SUSPICIOUS))
        return changes


def _new(child: Child, section: Section, doubt: str) -> Change:
    return Change(
        verb=Verb.NEW_PUPIL,
        section=section,
        source_id=child.source_id,
        words=f"{_said(child)} comes onto the roll.{doubt}",
        after=_said(child),
    )


def _same(child: Child, pupil: PupilOnRecord, section: Section) -> Change:
    return Change(
        verb=Verb.SAME_PUPIL,
        section=section,
        source_id=child.source_id,
        pk=pupil.pk,
        words=f"{_said(child)} is {_said(pupil)}, who is on record already.",
        before=_said(pupil),
        after=_said(child),
    )


def _of_known(
    child: Child, pupil: PupilOnRecord, *, on: date, needs: tuple[str, ...] = ()
) -> Iterator[Change]:
    if pupil.left_on is not None and pupil.left_on <= on:
        yield Change(
            verb=Verb.CAME_BACK,
            section=Section.SUSPICIOUS,
            source_id=child.source_id,
            pk=pupil.pk,
            words=f"{_said(pupil)} left on {_day(pupil.left_on)} and is in the file again.",
            before=_day(pupil.left_on),
            needs=needs,
        )
    before, after = _said(pupil), _said(child)
    born_on = child.born_on or pupil.born_on
    has_changed = (pupil.given_name, pupil.family_name, pupil.year_group, pupil.born_on) != (
        child.given_name,
        child.family_name,
        child.year_group,
        born_on,
    )
    if not has_changed:
        return
    # Another name altogether: the file may have given somebody's identity to another child.
    is_odd = not {*plain_words(pupil.given_name), *plain_words(pupil.family_name)} & {
        *plain_words(child.given_name),
        *plain_words(child.family_name),
    }
    is_garbled = _is_garbled(child) and _name(child) != _name(pupil)
    doubt = (" Is this the same child?" if is_odd else "") + (GARBLED if is_garbled else "")
    yield Change(
        verb=Verb.CHANGE_PUPIL,
        section=Section.SUSPICIOUS if is_odd or is_garbled else Section.CHANGED,
        source_id=child.source_id,
        pk=pupil.pk,
        words=f"{before} becomes {after}.{doubt}",
        before=before,
        after=after,
        needs=needs,
    )


def _leaving(roster: Roster, by_id: Mapping[str, PupilOnRecord], *, on: date) -> Iterator[Change]:
    here = {child.source_id for child in roster.children}
    for source_id, pupil in by_id.items():
        if source_id in here or (pupil.left_on is not None and pupil.left_on <= on):
            continue
        yield Change(
            verb=Verb.LEAVE,
            section=Section.LEAVING,
            source_id=source_id,
            pk=pupil.pk,
            words=f"{_said(pupil)} is not in the file: leaves today.",
            before=_said(pupil),
        )


def _is_garbled(child: Child) -> bool:
    return looks_garbled(child.given_name) or looks_garbled(child.family_name)


def _name(person: Child | PupilOnRecord) -> str:
    return " ".join(plain_words(f"{person.given_name} {person.family_name}"))


def _said(person: Child | PupilOnRecord) -> str:
    """Return name, year and birth: two children of one name are told apart."""
    year = f"Year {person.year_group}" if person.year_group else "Reception"
    born = f", born {_day(person.born_on)}" if person.born_on else ""
    return f"{person.given_name} {person.family_name} ({year}{born})"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
