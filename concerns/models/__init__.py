"""Rows of the Log of Concern, what the database refuses, and who may see which row."""

from concerns.models.attachments import Attachment, NotTaken, PictureElsewhere, Removal
from concerns.models.concern import Concern, ConcernQuerySet, new_reference
from concerns.models.copies import Copy
from concerns.models.drafts import Draft
from concerns.models.entries import Agency, Category, Entry, Outcome
from concerns.models.flags import StatusFlag
from concerns.models.linking import Counterpart, Link, Moved
from concerns.models.marks import BodyMark
from concerns.models.people import Exclusion, Involved
from concerns.models.requests import AccessDecision, AccessRequest, AccessSeen, AccessStep
from concerns.models.retention import Birth, Certificate, Destroyed, Hold, KeptUntil, Proposal
from concerns.models.search import SearchMarks
from concerns.models.shares import Opening, Share
from concerns.models.tasks import Task
from concerns.models.transfers import Transfer, TransferStep

__all__ = [
    "AccessDecision",
    "AccessRequest",
    "AccessSeen",
    "AccessStep",
    "Agency",
    "Attachment",
    "Birth",
    "BodyMark",
    "Category",
    "Certificate",
    "Concern",
    "ConcernQuerySet",
    "Copy",
    "Counterpart",
    "Destroyed",
    "Draft",
    "Entry",
    "Exclusion",
    "Hold",
    "Involved",
    "KeptUntil",
    "Link",
    "Moved",
    "NotTaken",
    "Opening",
    "Outcome",
    "PictureElsewhere",
    "Proposal",
    "Removal",
    "SearchMarks",
    "Share",
    "StatusFlag",
    "Task",
    "Transfer",
    "TransferStep",
    "new_reference",
]
