"""The school: its settings, calendar, staff and roles, pupils, guardians and classes."""

from school.models.guardians import Guardian, Guardianship
from school.models.imports import ImportRun, SourcedId
from school.models.languages import LanguageApproval
from school.models.own_consent import OwnConsent
from school.models.pupils import Pupil, PupilQuerySet, TeachingGroup, YearLead
from school.models.school import ClosedDay, School, SchoolQuerySet, Term
from school.models.staff import (
    Absence,
    DutySlot,
    RoleHeld,
    StaffMember,
    StaffMemberQuerySet,
)

__all__ = [
    "Absence",
    "ClosedDay",
    "DutySlot",
    "Guardian",
    "Guardianship",
    "ImportRun",
    "LanguageApproval",
    "OwnConsent",
    "Pupil",
    "PupilQuerySet",
    "RoleHeld",
    "School",
    "SchoolQuerySet",
    "SourcedId",
    "StaffMember",
    "StaffMemberQuerySet",
    "TeachingGroup",
    "YearLead",
    "Term",
]
