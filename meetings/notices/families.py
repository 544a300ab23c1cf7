"""What families are told about a call: their own link, and what happened. Never the Teams address."""

from dataclasses import replace
from datetime import datetime, timedelta

from consent import selectors as consent
from meetings import links, policy, selectors
from meetings.models import Meeting, Place, RegisterEntry
from meetings.notices import entries
from notices import kinds
from notices.kinds import Kind, Letter, NotYet, Unwanted, Urgency
from notices.models import Notice
from school.models import Pupil
from school.pace import Pace
from school.selectors import Contact, school

IN_WRONG_HANDS = "the e-mail reached somebody else: ring the family"
# The dates that fit into a text message; of more it says the first, the last and how many.
MOST_NAMED = 12
A_MOMENT = timedelta(minutes=1)
WHILE_ON_HOLD = timedelta(hours=1)
AT_LATEST = timedelta(hours=6)
ON_HOLD = "the call is on hold"
TOO_EARLY = "the school lets links leave shortly before the call"
UNSETTLED = "the address was changed lately: the office can confirm it"


def meeting_of(notice: Notice) -> Meeting:
    """Return the meeting that a notice is about."""
    return Meeting.objects.get(pk=int(notice.about.split(":")[1]))


def compose_join_link(
    notice: Notice, contact: Contact, now: datetime
) -> Letter | Unwanted | NotYet:
    """Write a family's own links, for those pupils only whose consent stands at this second (P5).

    None goes to an address that was changed lately and that nobody has confirmed (E34): it waits.
    """
    meeting = meeting_of(notice)
    if meeting.status not in {policy.Status.SHARED.value, policy.Status.OPEN.value}:
        return Unwanted("the call is not open to families")
    consenting = {
        pupil_id
        for family in consent.families_consenting(meeting.question_id or 0, now)
        if (family.guardian_id, family.pupil_id) == (notice.guardian_id, notice.pupil_id)
        for pupil_id in family.pupil_ids
    }
    allowed = consenting & (set(contact.pupil_ids) if notice.guardian_id else consenting)
    places = list(
        Place.objects.filter(
            meeting=meeting, pupil__in=allowed, taken_off_at__isnull=True
        ).select_related("pupil", "meeting")
    )
    if not places:
        return Unwanted("the family's consent no longer stands")
    if contact.unsettled_until is not None:
        return NotYet(until=contact.unsettled_until, why=UNSETTLED)
    front = school()
    held_until = _held_until(notice, meeting, front.pace, now)
    if held_until is not None:
        return held_until
    if _may_be_there(notice, front.pace):
        there = selectors.brought(
            meeting, guardian_id=notice.guardian_id, pupil_id=notice.pupil_id, but=notice.pk
        )
        if there.is_unsure:
            return NotYet(until=now + A_MOMENT, why="another letter with links is being written")
        places = [place for place in places if place.pk not in there.places]
        if not places:
            return Unwanted("another letter has brought these links")
    letter = kinds.render(
        "meetings/mail/join_link",
        {
            "school": front,
            "meeting": meeting,
            "is_confidential": any(place.pupil.is_address_confidential for place in places),
            "links": [
                (place.pupil, links.personal(place.pk, notice.guardian_id or 0, place.link_version))
                for place in places
            ],
            "is_new": bool(notice.detail.get("is_new")),
            "personal_link": True,
            "leads_in": True,
            "enclosed": entries.of_links(places, notice, contact, now),
        },
        contact.language,
        contact.way,
    )
    facts = [selectors.facts_for(place) for place in places]
    return replace(letter, facts={name: one for some in facts for name, one in some.items()})


def _held_until(notice: Notice, meeting: Meeting, pace: Pace, now: datetime) -> NotYet | None:
    """Return why links may not leave now: the call is on hold, or the school lets none out so early (P9).

    It is asked again from time to time, whatever becomes of the moment when it should have been.
    """
    if meeting.on_hold_since is not None:
        return NotYet(until=now + WHILE_ON_HOLD, why=ON_HOLD)
    leaves_at = policy.links_leave_at(meeting.starts_at, pace=pace)
    if leaves_at is None or now >= leaves_at or notice.detail.get("is_asked_for"):
        return None
    return NotYet(until=min(leaves_at, now + AT_LATEST), why=TOO_EARLY)


def _may_be_there(notice: Notice, pace: Pace) -> bool:
    """Tell whether another letter may have brought what this one would: the longer it waits, the rather."""
    if notice.detail.get("is_asked_for"):
        return False
    return bool(notice.detail.get("is_missing")) or pace.links_hours_before is not None


def compose_called_off(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell a family that there will be no call; not in a mailbox that turned out another's (E26).

    It names the dates of those children alone about whom this person may be written to now (E30), and
    none of which they never heard: the question about it may have waited for its day.
    """
    numbers = notice.detail.get("meetings", [meeting_of(notice).pk])
    called_off = list(Meeting.objects.filter(pk__in=numbers).order_by("starts_at", "pk"))
    questions = [one.question_id for one in called_off if one.question_id is not None]
    asked = {"guardian_id": notice.guardian_id, "pupil_ids": notice.pupil_ids}
    if consent.went_astray(questions, **asked):
        return Unwanted(IN_WRONG_HANDS)
    may_hear = contact.pupil_ids if notice.guardian_id else notice.pupil_ids
    live = consent.asked_of(questions, guardian_id=notice.guardian_id, pupil_ids=may_hear)
    called_off = [one for one in called_off if one.question_id in live]
    if not called_off:
        return Unwanted("nobody is asked about these pupils any more")
    known = consent.heard_of(questions, guardian_id=notice.guardian_id, pupil_ids=may_hear)
    called_off = [one for one in called_off if one.question_id in known]
    if not called_off:
        return Unwanted("the family has never heard of the call")
    return kinds.render(
        "meetings/mail/called_off",
        {
            "school": school(),
            "meeting": called_off[0],
            "called_off": called_off,
            "are_many": len(called_off) > MOST_NAMED,
            "pupils": _pupils(contact),
            "enclosed": entries.of_called_off(called_off, notice, contact, now),
        },
        contact.language,
        contact.way,
    )


def compose_entry_gone(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Take a call out of the calendar of a family that may not join it any more, and say why (E40).

    Only where no other letter has done so; and not in a mailbox that turned out another's (E26).
    """
    meeting = meeting_of(notice)
    asked = {"guardian_id": notice.guardian_id, "pupil_ids": notice.pupil_ids}
    if consent.went_astray([meeting.question_id or 0], **asked):
        return Unwanted(IN_WRONG_HANDS)
    gone, enclosed = entries.gone_from([meeting], notice, contact, now)
    if not enclosed:
        return Unwanted("the call does not stand in their calendar, or they may join again")
    return kinds.render(
        "meetings/mail/entry_gone",
        {"school": school(), "meeting": meeting, "pupils": gone, "enclosed": enclosed},
        contact.language,
        contact.way,
    )


def compose_removal(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Tell a family that their child was sent out of a call (P11).

    The reason is told by telephone: the letter holds what the host wrote for the family, or nothing
    of it.
    """
    line = RegisterEntry.objects.filter(pk=notice.detail.get("line")).first()
    return kinds.render(
        "meetings/mail/removal",
        {
            "school": school(),
            "meeting": meeting_of(notice),
            "pupils": _pupils(contact),
            "host_writes": line.for_family if line else "",
        },
        contact.language,
        contact.way,
    )


def _pupils(contact: Contact) -> list[Pupil]:
    return list(Pupil.objects.filter(pk__in=contact.pupil_ids))


kinds.register(
    Kind(
        name="meeting_join_link",
        urgency=Urgency.TODAY,
        template="meetings/mail/join_link",
        compose=compose_join_link,
        label="Join link for a family",
        by_sms=True,
        waits=True,
    )
)
kinds.register(
    Kind(
        name="meeting_called_off",
        urgency=Urgency.TODAY,
        template="meetings/mail/called_off",
        compose=compose_called_off,
        label="Call cancelled, to a family",
        by_sms=True,
    )
)
kinds.register(
    Kind(
        name="meeting_entry_gone",
        urgency=Urgency.TODAY,
        template="meetings/mail/entry_gone",
        compose=compose_entry_gone,
        label="Call taken out of a family's calendar",
        waits=True,
    )
)
kinds.register(
    Kind(
        name="meeting_removal",
        urgency=Urgency.TODAY,
        template="meetings/mail/removal",
        compose=compose_removal,
        label="Pupil removed, to the family",
        by_sms=True,
    )
)
