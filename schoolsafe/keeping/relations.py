"""Every relation to a pupil, a guardian or a member of staff: what goes with them, and what keeps them.

One that stands in none of these tables keeps them, and a test fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

# Of the school's own record: it says something of them alone.
GOES = frozenset(
    {
        "school.Guardianship.pupil",
        "school.OwnConsent.pupil",
        "school.Pupil_siblings.from_pupil",
        "school.Pupil_siblings.to_pupil",
        "school.SourcedId.guardian",
        "school.SourcedId.pupil",
        "school.TeachingGroup_pupils.pupil",
        # Of a member of staff: what they did and when they were here.
        "school.Absence.staff",
        "school.Cover.staff",
        "school.DutySlot.staff",
        "school.RoleHeld.staff",
        "school.SavedView.staff",
        "school.SupplyStay.staff",
        "school.TeachingGroup_staff.staffmember",
        "school.Unsent.staff",
        "school.YearLead.staff",
    }
)
# What goes with an account of ours. Anything else that names it keeps its person: nothing here knows it.
GOES_WITH_ACCOUNT = frozenset(
    {
        "account.EmailAddress.user",
        "admin.LogEntry.user",
        "auth.User_groups.user",
        "auth.User_user_permissions.user",
        "mfa.Authenticator.user",
        "school.Session.user",
        "school.StaffMember.user",
        "socialaccount.SocialAccount.user",
    }
)


def _all(since: datetime) -> Q:
    return Q()


def _asked_lately(since: datetime) -> Q:
    """Pick requests that are open, or ended so lately that they are kept themselves: others go with the person."""
    return Q(ended_at=None) | Q(ended_at__gte=since)


def _copied_lately(since: datetime) -> Q:
    """Pick copies that left the house so lately that the school has to answer for them."""
    return Q(made_at__gte=since)


def _moved_on_lately(since: datetime) -> Q:
    """Pick leavings of which something was written so lately."""
    return Q(raised_at__gte=since) | Q(steps__at__gte=since)


def _not_lifted(since: datetime) -> Q:
    """Pick holds that stand: lifted ones go with the last concern, or with a pupil who is in none."""
    return Q(lifted_at=None)


def _not_ended(since: datetime) -> Q:
    """Pick statuses that stand; ended ones go as lifted holds do."""
    return Q(ended_on=None)


@dataclass(frozen=True, kw_only=True)
class Keeps:
    """Which rows of a relation keep whom they name, and what they hang on that may go first."""

    only: Callable[[datetime], Q] = _all
    call: str = ""
    question: str = ""
    pupil: str = ""
    is_letter: bool = False


ASKED = Keeps(question="question")
CALLED = Keeps(call="meeting")
OF_A_PUPIL = Keeps(pupil="pupil")
# What somebody on the staff wrote, decided or signed, and what is about them.
WORDS_OF_CONCERNS = """
    AccessDecision.by AccessRequest.noted_by AccessStep.by Attachment.attached_by Attachment.sealed_by Birth.by
    Concern.acknowledged_by Concern.closed_by Concern.owner Concern.reporter Copy.made_by Counterpart.by Draft.by
    Entry.by Entry.called Entry.staff Entry.told_by Exclusion.lifted_by Exclusion.staff Hold.lifted_by Hold.placed_by
    Involved.added_by Involved.settled_by Involved.staff KeptUntil.by Link.by Link.ended_by Moved.added_by Moved.by
    NotTaken.by Opening.reviewed_by Opening.staff PictureElsewhere.by Proposal.by Proposal.ended_by
    Removal.proposed_by Removal.settled_by Share.by Share.ended_by Share.staff StatusFlag.ended_by StatusFlag.set_by
    Task.cancelled_by Task.done_by Task.made_by Task.owner TransferStep.by
"""
DECISIONS_OF_THE_SCHOOL = """
    Disposal.agreed_by Disposal.proposed_by FamilyRequest.noted_by FamilyRequestStep.by HeadingMapping.changed_by
    ImportRun.decided_by ImportRun.proposed_by ImportRun.undone_by LanguageApproval.recorded_by Logo.added_by
    RoleClaim.written_by RoleProposal.proposed_by RoleProposal.settled_by RoleProposal.staff
    SettingChange.approved_by SettingChange.asked_by SettingChange.dropped_by StaffMember.entra_tied_by
    StaffMember.line_manager SupplyStay.checked_by SupplyStay.noted_by
"""
STAFF_KEEPS: Mapping[str, Keeps] = {
    **{f"concerns.{one}": Keeps() for one in WORDS_OF_CONCERNS.split()},
    **{f"school.{one}": Keeps() for one in DECISIONS_OF_THE_SCHOOL.split()},
    "consent.Answer.recorded_by": Keeps(question="request__question"),
    "consent.Check.checked_by": Keeps(question="answer__request__question"),
    "consent.Invalidation.by_staff": Keeps(question="answer__request__question"),
    "consent.PaperForm.printed_by": Keeps(question="request__question"),
    "consent.Question.asked_by": Keeps(question="pk"),
    "consent.StandingConsent.ended_by": Keeps(question="answer__request__question"),
    "meetings.AttendanceReport.brought_by": CALLED,
    "meetings.Closing.closed_by": CALLED,
    "meetings.Closing.destroyed_by": CALLED,
    "meetings.Incident.settled_by": CALLED,
    "meetings.LeakedLink.reported_by": CALLED,
    "meetings.Meeting.planned_by": Keeps(call="pk"),
    "meetings.Participant.staff": Keeps(call="report__meeting"),
    "meetings.Recognition.recognised_by": CALLED,
    "meetings.Recognition.staff": CALLED,
    "meetings.RegisterEntry.staff": CALLED,
    "meetings.Seat.staff": CALLED,
    # It goes with the last of its dates.
    "meetings.Series.planned_by": Keeps(call="meetings"),
    "meetings.Share.shared_by": CALLED,
    "meetings.TeamsEvent.organiser": CALLED,
    "meetings.TeamsEvent.wanted_by": CALLED,
    "notices.Notice.staff": Keeps(is_letter=True),
    "school.Guardian.email_changed_by": Keeps(),
    "school.Guardian.email_confirmed_by": Keeps(),
    "school.Guardianship.block_approved_by": OF_A_PUPIL,
    "school.OwnConsent.approved_by": OF_A_PUPIL,
    "school.OwnConsent.asked_by": OF_A_PUPIL,
    "school.OwnConsent.ended_by": OF_A_PUPIL,
    "school.Pupil.email_changed_by": Keeps(pupil="pk"),
    "school.Pupil.email_confirmed_by": Keeps(pupil="pk"),
}
KEEPS: Mapping[str, Keeps] = {
    "concerns.AccessRequest.guardian": Keeps(pupil="pupil"),
    "concerns.AccessRequest.pupil": Keeps(only=_asked_lately),
    "concerns.Copy.pupil": Keeps(only=_copied_lately),
    "concerns.Hold.pupil": Keeps(only=_not_lifted),
    "concerns.Involved.pupil": Keeps(),
    "concerns.Moved.pupil": Keeps(),
    "concerns.StatusFlag.pupil": Keeps(only=_not_ended),
    "concerns.Transfer.pupil": Keeps(only=_moved_on_lately),
    "consent.Request.guardian": ASKED,
    "consent.Request.pupil": ASKED,
    "consent.StandingConsent.guardian": Keeps(question="answer__request__question"),
    "consent.StandingConsent.pupil": Keeps(question="answer__request__question"),
    "meetings.Closing_left_early.pupil": Keeps(call="closing__meeting"),
    "meetings.Participant.pupil": Keeps(call="report__meeting"),
    "meetings.Place.pupil": Keeps(call="meeting"),
    "meetings.Recognition.pupil": Keeps(call="meeting"),
    "meetings.RegisterEntry.pupil": Keeps(call="meeting"),
    "meetings.Share.guardian": Keeps(call="meeting"),
    "meetings.Share.pupil": Keeps(call="meeting"),
    "notices.Notice.guardian": Keeps(is_letter=True),
    "notices.Notice.pupil": Keeps(is_letter=True),
    "school.FamilyRequest.guardian": Keeps(only=_asked_lately),
    "school.FamilyRequest.pupil": Keeps(only=_asked_lately),
    "school.Guardianship.guardian": Keeps(pupil="pupil"),
    **STAFF_KEEPS,
}
