"""Outlook invitations: what a calendar file says of a meeting, and why it may not be taken (P4).

The file proves nothing: everything in it can be forged. What is read is shown to a person, its link is
held against the same rules as a pasted one, and the file itself is not kept.

Of the icalendar library only the reading of lines is used. Building its calendar would obey the time
zones that a file defines, for itself and for every later file in the same process.
"""

from meetings.invitation.reading import LONGEST_TITLE, Invitation, Organiser, read_invitation
from meetings.invitation.refusals import InvitationRefusal, InvitationRefused
from meetings.invitation.times import Moment

__all__ = [
    "LONGEST_TITLE",
    "Invitation",
    "InvitationRefusal",
    "InvitationRefused",
    "Moment",
    "Organiser",
    "read_invitation",
]
