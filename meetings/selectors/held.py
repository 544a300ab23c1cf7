"""What this room holds about a pupil or a guardian, for the copy that they may have (G37)."""

from collections.abc import Mapping

from meetings import policy
from meetings.models import Participant, Place, Presence, RegisterEntry, Share
from schoolsafe.lib.holdings import Copy, Held, counted, moment, section

# What of the register is about the pupil, as the copy says it; what is about the call, or names others, is not.
ENTRY_WORDS = {
    policy.EntryKind.AT_DOOR: "was at the door",
    policy.EntryKind.WAITING: "was asked to wait",
    policy.EntryKind.ADMITTED: "was let in",
    policy.EntryKind.MUTED: "was muted",
    policy.EntryKind.UNMUTED: "was unmuted",
    policy.EntryKind.PRESENTING: "was allowed to present",
    policy.EntryKind.PRESENTED: "no longer presented",
    policy.EntryKind.REMOVED: "was sent out",
    policy.EntryKind.LET_BACK: "was let back",
    policy.EntryKind.LEFT: "left",
}


def held_about(copy: Copy) -> Held:
    """Return on which calls a pupil was to be, what was done there, and what went to whom it is given.

    Never why: what a host wrote may name others. What went wrong on a call is settled by the safeguarding
    team, and is about everybody who was on it.
    """
    places = Place.objects.filter(pupil__in=copy.open_ids).select_related("meeting", "pupil")
    entries = RegisterEntry.objects.filter(
        pupil__in=copy.open_ids, kind__in=[kind.value for kind in ENTRY_WORDS]
    ).select_related("meeting", "pupil")
    presences = Presence.objects.filter(
        participant__in=Participant.objects.filter(pupil__in=copy.open_ids)
    ).select_related("participant__report__meeting", "participant__pupil")
    shares = Share.objects.filter(
        guardian__isnull=False, guardian=copy.guardian_id, pupil__in=copy.open_ids
    ).select_related("meeting", "pupil")
    sections = (
        *section("calls", "Calls", map(_place, places.order_by("meeting__starts_at", "pk"))),
        *section("register", "On the register of a call", map(_entry, entries.order_by("pk"))),
        *section("presence", "What Teams reported", map(_presence, presences)),
        *section("links", "Links that went to you", map(_share, shares.order_by("pk"))),
    )
    reasons = [one for one in entries if str(one.reason).strip()]
    return Held(
        sections=sections,
        left_out=counted(
            len(reasons), "Reasons that a host wrote into the register: they may name others"
        ),
    )


def _place(one: Place) -> Mapping[str, str]:
    return {
        "Child": str(one.pupil),
        "Call": one.meeting.title,
        "Begins": moment(one.meeting.starts_at),
        "Ends": moment(one.meeting.ends_at),
        "Stands": one.meeting.get_status_display(),
        "Taken off": moment(one.taken_off_at),
    }


def _entry(one: RegisterEntry) -> Mapping[str, str]:
    return {
        "Child": str(one.pupil),
        "Call": one.meeting.title,
        "When": moment(one.happened_at),
        "What": ENTRY_WORDS[policy.EntryKind(one.kind)],
        "What you were told": str(one.for_family),
    }


def _presence(one: Presence) -> Mapping[str, str]:
    return {
        "Child": str(one.participant.pupil),
        "Call": one.participant.report.meeting.title,
        "From": moment(one.joined_at),
        "Until": moment(one.left_at),
    }


def _share(one: Share) -> Mapping[str, str]:
    return {
        "Child": str(one.pupil),
        "Call": one.meeting.title,
        "Way": one.get_channel_display(),
        "When": moment(one.shared_at),
    }
