"""The school: its settings, calendar, staff and roles, pupils, guardians and classes."""

from school.models.claims import RoleClaim
from school.models.cover import Cover, CoverHole
from school.models.disposals import Disposal
from school.models.family_requests import FamilyRequest, FamilyRequestStep
from school.models.guardians import Guardian, Guardianship
from school.models.imports import HeadingMapping, ImportRun, SourcedId
from school.models.languages import LanguageApproval
from school.models.own_consent import OwnConsent
from school.models.pupils import Pupil, PupilQuerySet, TeachingGroup, YearLead
from school.models.revisions import Revision
from school.models.roles import RoleProposal, RoleProposalQuerySet
from school.models.saved import SavedView
from school.models.school import ClosedDay, School, SchoolQuerySet, Term
from school.models.sessions import Session, Unsent
from school.models.settings import Logo, SettingChange
from school.models.staff import (
    Absence,
    DutySlot,
    RoleHeld,
    RoleHeldQuerySet,
    StaffMember,
    StaffMemberQuerySet,
    UntiedSignIn,
)
from school.models.supply import SupplyStay

__all__ = [
    "Absence",
    "ClosedDay",
    "Cover",
    "CoverHole",
    "Disposal",
    "DutySlot",
    "FamilyRequest",
    "FamilyRequestStep",
    "Guardian",
    "Guardianship",
    "HeadingMapping",
    "ImportRun",
    "LanguageApproval",
    "Logo",
    "OwnConsent",
    "Pupil",
    "PupilQuerySet",
    "Revision",
    "RoleClaim",
    "RoleHeld",
    "SavedView",
    "RoleHeldQuerySet",
    "RoleProposal",
    "RoleProposalQuerySet",
    "School",
    "SchoolQuerySet",
    "SettingChange",
    "Session",
    "SourcedId",
    "StaffMember",
    "StaffMemberQuerySet",
    "SupplyStay",
    "TeachingGroup",
    "Unsent",
    "UntiedSignIn",
    "YearLead",
    "Term",
]
