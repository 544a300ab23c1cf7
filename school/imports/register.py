"""What is on record, as far as a file can be compared with it."""

from dataclasses import dataclass
from datetime import date

from school.imports.roster import Doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilOnRecord:
    """A pupil. `source_id` is the name that this source gave them, if they came from it.

    `is_guarded` says that an order stands about a guardian, or that the address is confidential.
    """

    pk: int
    given_name: str
    family_name: str
    year_group: int
    born_on: date | None = None
    left_on: date | None = None
    source_id: str = ""
    is_guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianOnRecord:
    """A guardian."""

    pk: int
    name: str
    email: str
    telephone: str
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOnRecord:
    """A guardian's tie to a pupil; `is_ordered` says that an order was ever made about it.

    `is_waiting` says that it came from a file and nobody has confirmed it; `doubt` what the file said
    against asking then.
    """

    pk: int
    guardian_pk: int
    pupil_pk: int
    is_ordered: bool = False
    is_waiting: bool = False
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOnRecord:
    """A class."""

    pk: int
    name: str
    pupil_pks: frozenset[int]
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffOnRecord:
    """A member of staff who works here."""

    pk: int
    email: str


@dataclass(frozen=True, kw_only=True)
class Register:
    """Everybody on record."""

    pupils: tuple[PupilOnRecord, ...] = ()
    guardians: tuple[GuardianOnRecord, ...] = ()
    ties: tuple[TieOnRecord, ...] = ()
    groups: tuple[GroupOnRecord, ...] = ()
    staff: tuple[StaffOnRecord, ...] = ()
