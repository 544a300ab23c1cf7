"""Adults of a file and their ties, beside the guardians on record.

Nothing here removes a guardian, a tie, an order or a confidential flag: what is missing in a file is
noted, and stays (E30, E31, E54).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from school.imports.proposal import GARBLED, Change, Section, Verb
from school.imports.pupils import Known
from school.imports.register import GuardianOnRecord, PupilOnRecord, Register, TieOnRecord
from school.imports.roster import DOUBTS, Adult, Bond, Doubt, Roster
from school.mailboxes import mailbox
from school.names import full_name, is_same_person, looks_garbled


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
        # Whoever has no tie that is chosen unless a person takes it out would be nobody's guardian.
        self.tied = {bond.adult_id for bond in roster.bonds if not self._doubts(bond)}
        self.doubted = {bond.adult_id for bond in roster.bonds if bond.doubt is Doubt.COURT_ORDER}
        self.adults_of: dict[str, list[str]] = defaultdict(list)
        for bond in roster.bonds:
            self.adults_of[bond.child_id].append(bond.adult_id)
        self.names = {child.source_id: child for child in roster.children}
        self.adults = {adult.source_id: adult for adult in roster.adults}

    def at(self, adult: Adult) -> tuple[list[Change], _Met]:
        """Return what is proposed about one adult."""
        if guardian := self.by_id.get(adult.source_id):
            return list(self._changes(adult, guardian, ())), _Met(guardian=guardian, needs=())
        family = self._family_of(adult)
        same = [one for one in family if is_same_person(adult.name, one.name)]
        if len(same) == 1 and not same[0].source_id and not self._claimed(adult, same[0]):
            return self._same(adult, same[0])
        new = self._new(adult, [*same, *self._blocked_alike(adult)])
        return [new], _Met(guardian=None, needs=(new.key,))

    def _same(self, adult: Adult, guardian: GuardianOnRecord) -> tuple[list[Change], _Met]:
        """Take an adult of the same name and the same child for the one on record."""
        child = self._through(adult, guardian)
        needs = child.needs
        # A mailbox may be a family's: Chris and Christine share one, and stay two.
        is_same = full_name(adult.name) == full_name(guardian.name) != ""
        is_sure = is_same and not child.is_odd
        change = Change(
            verb=Verb.SAME_GUARDIAN,
            section=Section.CHANGED if is_sure else Section.SUSPICIOUS,
            source_id=adult.source_id,
            pk=guardian.pk,
            words=f"{adult.name} is {guardian.name}, who is on record already.",
            before=guardian.name,
            after=adult.name,
            needs=needs,
        )
        needs = (*needs, change.key)
        changes = self._changes(adult, guardian, needs)
        if not is_sure:
            changes = (replace(one, section=Section.SUSPICIOUS) for one in changes)
        return [change, *changes], _Met(guardian=guardian, needs=needs)

    def _claimed(self, adult: Adult, guardian: GuardianOnRecord) -> bool:
        """Tell whether another adult of the file could be this guardian too: then neither is."""
        return any(
            is_same_person(other.name, guardian.name)
            for child_id in self.children_of[adult.source_id]
            for other_id in self.adults_of[child_id]
            if other_id != adult.source_id
            for other in [self.adults[other_id]]
        )

    def _through(self, adult: Adult, guardian: GuardianOnRecord) -> Known:
        """Return the child through whom this guardian is theirs: the one who is surest on record."""
        shared = [
            self.pupils[child_id]
            for child_id in self.children_of[adult.source_id]
            if child_id in self.pupils and guardian in self.of_pupil[self.pupils[child_id].pupil.pk]
        ]
        return min(shared, key=lambda one: (one.is_odd, len(one.needs)))

    def _new(self, adult: Adult, doubts: list[GuardianOnRecord]) -> Change:
        words = f"{adult.name}, {self._children(adult)}."
        if doubts:
            words += " Somebody like that is on record with this child: look before you add them."
        is_odd = bool(doubts) or adult.source_id not in self.tied
        if looks_garbled(adult.name):
            is_odd, words = True, words + GARBLED
        return Change(
            verb=Verb.NEW_GUARDIAN,
            section=Section.SUSPICIOUS if is_odd else Section.NEW,
            source_id=adult.source_id,
            words=words,
            before=" and ".join(one.name for one in doubts),
            after=" ".join((adult.name, adult.email, adult.telephone)),
        )

    def _changes(
        self, adult: Adult, guardian: GuardianOnRecord, needs: tuple[str, ...]
    ) -> Iterator[Change]:
        """Propose what has changed about a guardian. An empty cell takes nothing away."""
        before = f"{guardian.name}, {guardian.telephone or 'no telephone'}"
        after = f"{adult.name}, {adult.telephone or guardian.telephone or 'no telephone'}"
        if before != after:
            is_garbled = adult.name != guardian.name and looks_garbled(adult.name)
            is_odd = is_garbled or not is_same_person(adult.name, guardian.name)
            yield Change(
                verb=Verb.CHANGE_GUARDIAN,
                section=Section.SUSPICIOUS if is_odd else Section.CHANGED,
                source_id=adult.source_id,
                pk=guardian.pk,
                words=f"{before} becomes {after}." + (GARBLED if is_garbled else ""),
                before=before,
                after=after,
                needs=needs,
            )
        if adult.email and adult.email.casefold() != guardian.email.casefold():
            is_blocked = bool(self._blocked_alike(adult, but_not=guardian.pk))
            is_odd = is_blocked or adult.source_id in self.doubted
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
        if pupil and guardian and (tie := self.ties.get((pupil.pk, guardian.pk))):
            yield from self._doubted_since(bond, tie, pupil, guardian)
            return
        child = self.names[bond.child_id]
        adult = self.adults[bond.adult_id]
        doubts = self._doubts(bond)
        yield Change(
            verb=Verb.NEW_TIE,
            section=Section.SUSPICIOUS if doubts else Section.NEW,
            source_id=bond.child_id,
            other_id=bond.adult_id,
            words=f"{adult.name} is {bond.relationship} of {child.given_name} {child.family_name}."
            + doubts,
            before=bond.doubt or "",
            after=bond.relationship,
            needs=(*needs, *(known.needs if known else (f"{Verb.NEW_PUPIL}:{bond.child_id}",))),
        )

    def _doubts(self, bond: Bond) -> str:
        """Return what speaks against a tie, if anything."""
        known = self.pupils.get(bond.child_id)
        doubts = ""
        if known and known.pupil.is_guarded:
            doubts = " This child is protected: look before you tie anybody to them."
        if bond.doubt:
            doubts += f" The file says: {DOUBTS[bond.doubt]}."
        return doubts

    def _doubted_since(
        self, bond: Bond, tie: TieOnRecord, pupil: PupilOnRecord, guardian: GuardianOnRecord
    ) -> Iterator[Change]:
        """Mark a tie that waits with what the file says since, or say that an order is not on record (E30)."""
        if tie.is_waiting and bond.doubt and _is_graver(bond.doubt, tie.doubt):
            yield Change(
                verb=Verb.MARK_TIE,
                section=Section.CHANGED,
                source_id=bond.child_id,
                other_id=bond.adult_id,
                pk=tie.pk,
                words=f"The file says of {guardian.name} and {pupil.given_name} {pupil.family_name}: "
                f"{DOUBTS[bond.doubt]}. It stands where the tie is confirmed.",
                before=tie.doubt or "",
                after=bond.doubt,
            )
        elif bond.doubt is Doubt.COURT_ORDER and not (tie.is_waiting or tie.is_ordered):
            yield self._order_not_on_record(bond, pupil, guardian)

    def _order_not_on_record(
        self, bond: Bond, pupil: PupilOnRecord, guardian: GuardianOnRecord
    ) -> Change:
        """Say that the file speaks of an order of which nothing is on record (E30)."""
        return Change(
            verb=Verb.NOTE,
            section=Section.NOTED,
            source_id=bond.child_id,
            other_id=bond.adult_id,
            words=f"The file says that a court order stands about {guardian.name} and "
            f"{pupil.given_name} {pupil.family_name}, and none is on record. Look at once: until it is "
            "recorded, they are written to.",
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


def _is_graver(doubt: Doubt, other: Doubt | None) -> bool:
    """Tell whether a doubt weighs more than another: they stand in their order in `DOUBTS`."""
    order = list(DOUBTS)
    return other is None or order.index(doubt) < order.index(other)
