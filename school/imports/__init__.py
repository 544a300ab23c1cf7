"""People from the files a school has already: read, and compared with what is on record.

Nothing here reads a clock, a row or a disk, and nothing writes: what is proposed is approved by a person
and done by `school.services`.
"""

from school.imports.compare import compare
from school.imports.groups import named_apart
from school.imports.mappings import READY, ColumnMapping, Field, lacking
from school.imports.proposal import Change, Proposal, Section, Verb
from school.imports.recognising import explained
from school.imports.refusals import Fault, ImportRefusal, ImportRefused
from school.imports.register import (
    GroupOnRecord,
    GuardianOnRecord,
    PupilOnRecord,
    Register,
    StaffOnRecord,
    TieOnRecord,
)
from school.imports.roster import DOUBTS, Adult, Bond, Child, Doubt, Group, Note, Roster, Teacher
from school.imports.sources import SOURCES, read, read_table
from school.imports.unpacking import unpack
from school.imports.values import DayOrder

__all__ = [
    "DOUBTS",
    "READY",
    "SOURCES",
    "Adult",
    "Bond",
    "Change",
    "Child",
    "ColumnMapping",
    "DayOrder",
    "Doubt",
    "Fault",
    "Field",
    "Group",
    "GroupOnRecord",
    "GuardianOnRecord",
    "ImportRefusal",
    "ImportRefused",
    "Note",
    "Proposal",
    "PupilOnRecord",
    "Register",
    "Roster",
    "Section",
    "StaffOnRecord",
    "Teacher",
    "TieOnRecord",
    "Verb",
    "compare",
    "explained",
    "lacking",
    "named_apart",
    "read",
    "read_table",
    "unpack",
]
