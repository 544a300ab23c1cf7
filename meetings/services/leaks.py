"""A link has leaked: every way in is shut in one press, and the right families get new ones (E71)."""

from datetime import datetime

from django.db.models import F, Q

from audit import services as audit
from meetings import policy, selectors
from meetings.models import Check, LeakedLink, Meeting
from meetings.services import change, incidents, sharing
from meetings.teams import JoinLink, parse_join_link
from notices import services as notices
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

LEAKED = (
    "That Teams link has leaked, so no call can have it again. Cancel the Teams meeting in Outlook, "
    "schedule a new one and put its link here."
)
END_THE_OLD = (
    "Choose 'End meeting' for everyone in the old Teams meeting first, and say that you have: "
    "nobody may stay behind in it."
)
REPORTED = (
    "Somebody has reported this already. Look at the page of the call for what is left to do."
)


@audit.atomic()
def report_leak(meeting: Meeting, *, by: StaffMember, seen: int) -> Meeting:
    """Shut every way into a call: its Teams link is taken off for good, all families' links are dead.

    `seen` is the version of the class link on the page where it was pressed. Other calls with the
    same Teams link lose it too. Raises NotAllowed at the wrong stage, without a link, or when it
    was reported already.
    """
    now = clock.now()
    linked = change.lock_linked(meeting)
    meeting = next(one for one in linked if one.pk == meeting.pk)
    policy.next_status(policy.Action.LEAK, by.viewer(), selectors.facts(meeting, now))
    if meeting.class_link_version != seen or meeting.link_leaked_at is not None:
        raise NotAllowed(REPORTED)
    if not meeting.join_url:
        raise NotAllowed("This call has no Teams link yet, so none can have leaked.")
    without = [one for one in linked if one.link_digest == meeting.link_digest]
    _remember(meeting, by=by, now=now)
    _revoke_all(meeting, now)
    for one in without:
        _take_off(one, by=by, now=now)
    incidents.bring([meeting], policy.IncidentKind.LINK_LEAKED, now=now)
    for one in without:
        sharing.look_again(one, actor=by.actor, now=now)
        change.tell_adults(one, "meeting_link_leaked", now=now, but_not=by.pk)
    change.record(
        meeting, "leak", actor=by.actor, now=now, what="everything", calls=[x.pk for x in without]
    )
    return meeting


@audit.atomic()
def report_own_leak(meeting: Meeting, *, by: StaffMember, pupil_id: int, seen: int) -> Meeting:
    """Revoke one pupil's link alone; whoever had it gets a new one.

    `seen` is the version of that link on the page where it was pressed. Raises NotAllowed where the
    Teams address may be out too, or when it was reported already.
    """
    now = clock.now()
    meeting = change.lock(meeting)
    facts = selectors.seen_by(selectors.facts(meeting, now), by.pk, now)
    policy.next_status(policy.Action.LEAK, by.viewer(), facts)
    policy.check_one_family(facts, pupil_id)
    place = meeting.places.get(pupil=pupil_id)
    if place.link_version != seen:
        raise NotAllowed(REPORTED)
    place.link_version += 1
    place.save(update_fields=["link_version"])
    change.enter(meeting, policy.EntryKind.OWN_REVOKED, actor=by.actor, now=now, pupil_id=pupil_id)
    incidents.bring([meeting], policy.IncidentKind.LINK_LEAKED, now=now)
    sharing.look_again(meeting, actor=by.actor, now=now)
    change.tell_adults(meeting, "meeting_own_link_leaked", now=now, but_not=by.pk)
    change.record(meeting, "leak", actor=by.actor, now=now, what="one_family", pupil=pupil_id)
    return meeting


def has_leaked(link: JoinLink) -> bool:
    """Tell whether a Teams link, or another address of the same Teams meeting, has leaked."""
    same = Q(link_digest=link.digest) | Q(meeting_digest=link.meeting_digest)
    return LeakedLink.objects.filter(same).exists()


def keep_link(meeting: Meeting, link: JoinLink, *, actor: str, now: datetime) -> None:
    """Put a Teams link on a locked call; after a leak what was agreed for the old meeting is void.

    Part of a service that has asked `has_leaked`, looks at the verdict again and writes the audit.
    """
    is_new = meeting.link_leaked_at is not None
    meeting.join_url = link.url
    meeting.link_proves_tenant = link.proves_tenant
    meeting.link_digest = link.digest
    meeting.link_leaked_at = None
    meeting.save(update_fields=["join_url", "link_proves_tenant", "link_digest", "link_leaked_at"])
    if not is_new:
        return
    if meeting.status in {policy.Status.SHARED.value, policy.Status.OPEN.value}:
        change.enter(meeting, policy.EntryKind.LINK_RENEWED, actor=actor, now=now)
        _begin_anew(meeting, actor=actor, now=now)


def _begin_anew(meeting: Meeting, *, actor: str, now: datetime) -> None:
    """Let everybody come in again: nobody is in the new Teams meeting, and no checklist is about it."""
    Check.objects.filter(seat__meeting=meeting).delete()
    for place in selectors.facts(meeting, now).places:
        if place.presence in {policy.Presence.AT_DOOR, policy.Presence.ADMITTED}:
            change.enter(
                meeting, policy.EntryKind.LEFT, actor=actor, now=now, pupil_id=place.pupil_id
            )


def _remember(meeting: Meeting, *, by: StaffMember, now: datetime) -> None:
    """Keep what tells the leaked link again, and nothing by which anybody could come in."""
    link = parse_join_link(meeting.join_url)
    LeakedLink.objects.bulk_create(
        [
            LeakedLink(
                meeting=meeting,
                link_digest=link.digest,
                meeting_digest=link.meeting_digest,
                leaked_at=now,
                reported_by=by,
            )
        ],
        ignore_conflicts=True,
    )


def _revoke_all(meeting: Meeting, now: datetime) -> None:
    """Kill every link of ours that is out: the families' own, and the one for the class."""
    meeting.places.update(link_version=F("link_version") + 1)
    meeting.class_link_version += 1
    meeting.save(update_fields=["class_link_version"])
    notices.drop(
        about=meeting.about, kinds=["meeting_join_link"], now=now, why="the link has leaked"
    )


def _take_off(meeting: Meeting, *, by: StaffMember, now: datetime) -> None:
    """Take the Teams link off a call; one that is out with families is on hold from here on."""
    meeting.join_url, meeting.link_digest, meeting.link_proves_tenant = "", "", False
    meeting.link_leaked_at = now
    change.enter(meeting, policy.EntryKind.LINK_LEAKED, actor=by.actor, now=now)
    # The adults are told of the leak, which says more than that the call is on hold.
    if meeting.status in {policy.Status.SHARED.value, policy.Status.OPEN.value}:
        meeting.on_hold_since = meeting.on_hold_since or now
    meeting.save(
        update_fields=[
            "join_url",
            "link_digest",
            "link_proves_tenant",
            "link_leaked_at",
            "on_hold_since",
        ]
    )
