"""What an import would change, for a person to look at and to choose from."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from school.imports.roster import Roster

# Said behind a name whose signs look wrong, which nobody has ticked for anybody.
GARBLED = ' Does this name look right? If not, the file was saved in other letters: save it as "CSV UTF-8".'


class Section(StrEnum):
    """Under which heading a change is shown. What is suspicious or loses somebody is never preset."""

    NEW = "new"
    CHANGED = "changed"
    LEAVING = "leaving"
    SUSPICIOUS = "suspicious"
    NOTED = "noted"


class Verb(StrEnum):
    """What a change does."""

    NEW_PUPIL = "new_pupil"
    SAME_PUPIL = "same_pupil"
    CHANGE_PUPIL = "change_pupil"
    CAME_BACK = "came_back"
    LEAVE = "leave"
    NEW_GUARDIAN = "new_guardian"
    SAME_GUARDIAN = "same_guardian"
    CHANGE_GUARDIAN = "change_guardian"
    CHANGE_ADDRESS = "change_address"
    NEW_TIE = "new_tie"
    MARK_TIE = "mark_tie"
    NEW_GROUP = "new_group"
    SAME_GROUP = "same_group"
    CHANGE_GROUP = "change_group"
    NOTE = "note"


# Their names are a class's, and may be a child's too.
OF_GROUPS = frozenset({Verb.NEW_GROUP, Verb.SAME_GROUP, Verb.CHANGE_GROUP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing an import would do: to whom by the file's name, and to which row on record.

    `needs` are the changes without which it is not done: a tie needs the pupil and the guardian.
    `before` and `after` are shown, and are what an approval is about.
    """

    verb: Verb
    section: Section
    source_id: str
    words: str
    pk: int = 0
    other_id: str = ""
    before: str = ""
    after: str = ""
    needs: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the name by which a person chooses it."""
        return ":".join(part for part in (self.verb.value, self.source_id, self.other_id) if part)

    @property
    def is_preset(self) -> bool:
        """Tell whether it is chosen unless a person takes it out."""
        return self.section in {Section.NEW, Section.CHANGED}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """All that one file set would change, and what it says that changes nothing."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()
    whole: str = ""
    is_part: bool = False

    @property
    def to_choose(self) -> tuple[Change, ...]:
        """Return what can be chosen."""
        return tuple(one for one in self.changes if one.section is not Section.NOTED)

    @property
    def preset(self) -> frozenset[str]:
        """Return the keys that are chosen unless a person takes them out."""
        return frozenset(one.key for one in self.changes if one.is_preset)

    @property
    def digest(self) -> str:
        """Return what tells this proposal from another: an approval is of what was seen.

        A part of a proposal, for somebody who may not see all of it, is known by the whole.
        """
        if self.whole:
            return self.whole
        rows = [[one.key, one.pk, one.before, one.after, one.section.value] for one in self.changes]
        return sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def without(self, children: frozenset[str], roster: Roster) -> "Proposal":
        """Return the proposal without what is about these children or any adult of theirs."""
        adults = {bond.adult_id for bond in roster.bonds if bond.child_id in children}
        hidden = children | adults
        kept = [
            one
            for one in self.changes
            if one.verb in OF_GROUPS or not hidden & {one.source_id, one.other_id}
        ]
        return replace(
            self, changes=tuple(kept), whole=self.digest, is_part=len(kept) < len(self.changes)
        )

    def of(self, keys: Iterable[str]) -> tuple[Change, ...]:
        """Return the changes among these keys whose needs are among them too."""
        chosen = frozenset(keys)
        return tuple(
            one
            for one in self.to_choose
            if one.key in chosen and all(need in chosen for need in one.needs)
        )
