"""Adults of a file and their ties, beside the guardians on record.

Nothing here removes a guardian, a tie, an order or a confidential flag: what is missing in a file is
noted, and stays (E30, E31, E54).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from school.imports.proposal import Change, Section, Verb
from school.imports.pupils import Known
from school.imports.register import GuardianOnRecord, Register
from school.imports.roster import Adult, Bond, Roster
from school.mailboxes import mailbox, same_mailbox
from school.names import full_name, is_same_person


@dataclass(frozen=True, kw_only=True)
class _Met:
    """An adult of the file: on record already or not, and what must be chosen for their ties."""

    guardian: GuardianOnRecord | None
    needs: tuple[str, ...]


def families(roster: Roster, register: Register, pupils: Mapping[str, Known]) -> Iterator[Change]:
    """Compare adults and ties of a roster."""
    if not roster.lists_families:
        return
    look = _Look(roster, register, pupils)
    met: dict[str, _Met] = {}
    for adult in roster.adults:
        changes, met[adult.source_id] = look.at(adult)
        yield from changes
    for bond in roster.bonds:
        yield from look.tie(bond, met[bond.adult_id].guardian, met[bond.adult_id].needs)
    yield from look.gone()


class _Look:
    """What is on record about the families of this roster's children."""

    def __init__(self, roster: Roster, register: Register, pupils: Mapping[str, Known]) -> None:
        self.roster, self.pupils = roster, pupils
        self.guardians = {one.pk: one for one in register.guardians}
        self.by_id = {one.source_id: one for one in register.guardians if one.source_id}
        self.by_pk = {one.pk: one for one in register.pupils}
        self.ties = {(tie.pupil_pk, tie.guardian_pk): tie for tie in register.ties}
        self.of_pupil: dict[int, list[GuardianOnRecord]] = defaultdict(list)
        self.ordered: dict[int, list[GuardianOnRecord]] = defaultdict(list)
        for tie in register.ties:
            guardian = self.guardians[tie.guardian_pk]
            self.of_pupil[tie.pupil_pk].append(guardian)
            if tie.is_ordered:
                self.ordered[tie.pupil_pk].append(guardian)
        self.children_of: dict[str, list[str]] = defaultdict(list)
        for bond in roster.bonds:
            self.children_of[bond.adult_id].append(bond.child_id)
        self.names = {child.source_id: child for child in roster.children}
        self.adults = {adult.source_id: adult for adult in roster.adults}

    def at(self, adult: Adult) -> tuple[list[Change], _Met]:
        """Return what is proposed about one adult."""
        if guardian := self.by_id.get(adult.source_id):
            return list(self._changes(adult, guardian, ())), _Met(guardian=guardian, needs=())
        family = self._family_of(adult)
        same = [one for one in family if is_same_person(adult.name, one.name)]
        if len(same) == 1 and not same[0].source_id:
            return self._same(adult, same[0])
        new = self._new(adult, [*same, *self._blocked_alike(adult)])
        return [new], _Met(guardian=None, needs=(new.key,))

    def _same(self, adult: Adult, guardian: GuardianOnRecord) -> tuple[list[Change], _Met]:
        """Take an adult of the same name and the same child for the one on record."""
        is_sure = same_mailbox(adult.email, guardian.email) or (
            full_name(adult.name) == full_name(guardian.name) != ""
        )
        change = Change(
            verb=Verb.SAME_GUARDIAN,
            section=Section.CHANGED if is_sure else Section.SUSPICIOUS,
            source_id=adult.source_id,
            pk=guardian.pk,
            words=f"{adult.name} is {guardian.name}, who is on record already.",
            before=guardian.name,
            after=adult.name,
        )
        needs = (change.key,)
        return [change, *self._changes(adult, guardian, needs)], _Met(
            guardian=guardian, needs=needs
        )

    def _new(self, adult: Adult, doubts: list[GuardianOnRecord]) -> Change:
        words = f"{adult.name}, {self._children(adult)}."
        if doubts:
            words += " Somebody like that is on record with this child: look before you add them."
        return Change(
            verb=Verb.NEW_GUARDIAN,
            section=Section.SUSPICIOUS if doubts else Section.NEW,
            source_id=adult.source_id,
            words=words,
            after=" ".join((adult.name, adult.email, adult.telephone)),
        )

    def _changes(
        self, adult: Adult, guardian: GuardianOnRecord, needs: tuple[str, ...]
    ) -> Iterator[Change]:
        """Propose what has changed about a guardian. An empty cell takes nothing away."""
        before = f"{guardian.name}, {guardian.telephone or 'no telephone'}"
        after = f"{adult.name}, {adult.telephone or guardian.telephone or 'no telephone'}"
        if before != after:
            is_odd = not is_same_person(adult.name, guardian.name)
            yield Change(
                verb=Verb.CHANGE_GUARDIAN,
                section=Section.SUSPICIOUS if is_odd else Section.CHANGED,
                source_id=adult.source_id,
                pk=guardian.pk,
                words=f"{before} becomes {after}.",
                before=before,
                after=after,
                needs=needs,
            )
        if adult.email and adult.email.casefold() != guardian.email.casefold():
            is_odd = bool(self._blocked_alike(adult, but_not=guardian.pk))
            yield Change(
                verb=Verb.CHANGE_ADDRESS,
                section=Section.SUSPICIOUS if is_odd else Section.CHANGED,
                source_id=adult.source_id,
                pk=guardian.pk,
                words=f"The address of {guardian.name}, {self._children(adult)}, becomes {adult.email}."
                + (" It may be of somebody about whom an order stands." if is_odd else ""),
                before=guardian.email,
                after=adult.email,
                needs=needs,
            )

    def tie(
        self, bond: Bond, guardian: GuardianOnRecord | None, needs: tuple[str, ...]
    ) -> Iterator[Change]:
        """Propose a tie that is not on record; to a guarded child only if a person chooses it."""
        known = self.pupils.get(bond.child_id)
        pupil = known.pupil if known else None
        if pupil and guardian and (pupil.pk, guardian.pk) in self.ties:
            return
        child = self.names[bond.child_id]
        adult = self.adults[bond.adult_id]
        is_guarded = pupil is not None and pupil.is_guarded
        doubt = " This child is protected: look before you tie anybody to them."
        yield Change(
            verb=Verb.NEW_TIE,
            section=Section.SUSPICIOUS if is_guarded else Section.NEW,
            source_id=bond.child_id,
            other_id=bond.adult_id,
            words=f"{adult.name} is {bond.relationship} of {child.given_name} {child.family_name}."
            + (doubt if is_guarded else ""),
            after=bond.relationship,
            needs=(*needs, *(known.needs if known else (f"{Verb.NEW_PUPIL}:{bond.child_id}",))),
        )

    def gone(self) -> Iterator[Change]:
        """Note the ties of this source that the file has no more: they stay (E54)."""
        said = {(bond.child_id, bond.adult_id) for bond in self.roster.bonds}
        for pupil_pk, guardian_pk in self.ties:
            pupil, guardian = self.by_pk[pupil_pk], self.guardians[guardian_pk]
            is_ours = pupil.source_id in self.names and guardian.source_id
            if not is_ours or (pupil.source_id, guardian.source_id) in said:
                continue
            yield Change(
                verb=Verb.NOTE,
                section=Section.NOTED,
                source_id=pupil.source_id,
                other_id=guardian.source_id,
                words=f"{guardian.name} is no longer with {pupil.given_name} {pupil.family_name} in "
                "the file. Nothing is taken away: look whether anything must change.",
            )

    def _family_of(self, adult: Adult) -> list[GuardianOnRecord]:
        pupils = [
            self.pupils[child_id].pupil.pk
            for child_id in self.children_of[adult.source_id]
            if child_id in self.pupils
        ]
        found = {one.pk: one for pk in pupils for one in self.of_pupil[pk]}
        return list(found.values())

    def _blocked_alike(self, adult: Adult, but_not: int = 0) -> list[GuardianOnRecord]:
        """Return the people under an order about these children whose name or mailbox this is."""
        pupils = [
            self.pupils[child_id].pupil.pk
            for child_id in self.children_of[adult.source_id]
            if child_id in self.pupils
        ]
        return [
            one
            for pk in pupils
            for one in self.ordered[pk]
            if one.pk != but_not
            and (
                is_same_person(adult.name, one.name)
                or (adult.email and mailbox(adult.email) == mailbox(one.email))
            )
        ]

    def _children(self, adult: Adult) -> str:
        names = [
            f"{self.names[child_id].given_name} {self.names[child_id].family_name}"
            for child_id in self.children_of[adult.source_id]
        ]
        return f"family of {' and '.join(names)}"
