"""Taking a letter into the hand: asked at that moment whether it may go, to whom and by which way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from audit import services as audit
from notices import kinds
from notices.delivery import Sealed, written
from notices.kinds import Digest, Kind, Letter, NotYet, Part, Unwanted
from notices.models import Notice
from notices.policy import Channel, Fate
from notices.services import claims, steps
from school.policy import Refusal
from school.selectors import Contact, contact_for, own_contact, staff_address

# Refused only because nothing reaches the person there: with another address it goes by itself.
NOWHERE = {
    Refusal.NO_ADDRESS.value: Fate.NO_ADDRESS,
    Refusal.READ_BY_FAMILY.value: Fate.NO_ADDRESS,
    Refusal.CAME_BACK.value: Fate.BOUNCED,
}


@dataclass(frozen=True, kw_only=True)
class Gone:
    """There is nowhere to send a letter that is still wanted."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Missed(Unwanted):
    """A letter that is wanted and may go, but reaches nobody at the address of now."""

    fate: Fate


@dataclass(frozen=True)
class Elsewhere:
    """A message that has to go by another channel."""

    channel: Channel


Reason = Unwanted | NotYet | Gone | Missed


@dataclass(kw_only=True)
class Handed:
    """What came of taking some notices into the hand.

    `carried` are in the letter, `kept_back` do not go at all, `later` go in a letter of their own.
    """

    letter: Sealed | None = None
    carried: list[Notice] = field(default_factory=list)
    kept_back: list[tuple[Notice, Reason]] = field(default_factory=list)
    later: list[Notice] = field(default_factory=list)


def together(picked: Sequence[Notice], beside: Sequence[Notice]) -> list[list[Notice]]:
    """Return what may go in one letter as one group each, in the order of sending (E52)."""
    groups: dict[object, list[Notice]] = {}
    names = kinds.digested() if picked else ()
    for notice in [*picked, *beside]:
        joins = notice.kind in names and notice.guardian_id and notice.channel == Channel.EMAIL
        groups.setdefault(notice.guardian_id if joins else ("alone", notice.pk), []).append(notice)
    return list(groups.values())


@audit.atomic()
def hand_over(group: Sequence[Notice], *, now: datetime) -> Handed:
    """Ask whether a letter is still wanted and may go, and take it into the hand.

    From here until the answer is written down it may have gone.
    """
    digest = kinds.kind(group[0].kind).digest
    if len(group) > 1 and digest is not None:
        return _hand_over_several(group, digest, now=now)
    notice = group[0]
    letter = _letter(notice, now=now)
    if isinstance(letter, Elsewhere):
        # Given back at once: it waits for the other provider, and has cost this one nothing.
        claims.turn_to(notice, letter.channel)
        return Handed()
    if not isinstance(letter, Sealed):
        return Handed(kept_back=[(notice, letter)])
    if not steps.take_into_hand(notice, letter.stored(), now=now):
        return Handed(kept_back=[(notice, TAKEN_BACK)])
    return Handed(letter=letter, carried=[notice])


TAKEN_BACK = Unwanted("taken back while it was about to be sent")
ASKED_ALREADY = Unwanted("the same letter asks this already")


def _letter(notice: Notice, *, now: datetime) -> Sealed | Reason | Elsewhere:
    """Write one notice's own letter, or say why not."""
    kind = kinds.kind(notice.kind)
    contact = _reachable(notice, kind, now=now)
    if not isinstance(contact, Contact):
        return contact
    composed = kind.compose(notice, contact, now)
    if isinstance(composed, Unwanted | NotYet):
        return composed
    return _sealed([notice], composed, contact, now=now)


def _reachable(notice: Notice, kind: Kind, *, now: datetime) -> Contact | Reason | Elsewhere:
    """Return where the person is written to this moment, or why this message does not go there."""
    contact = _contact(notice, kind, now=now)
    if contact.refused in NOWHERE:
        return Missed(contact.refused, fate=NOWHERE[contact.refused])
    if contact.refused:
        return Unwanted(contact.refused)
    if not contact.address:
        return Gone(why="there is no address for this person any more")
    if contact.way.value != notice.channel:
        return Elsewhere(Channel(contact.way.value))
    return contact


def _contact(notice: Notice, kind: Kind, *, now: datetime) -> Contact:
    """Return where the person may be written to this moment."""
    if notice.guardian_id is not None:
        return contact_for(notice.guardian_id, notice.pupil_ids, now, texts=kind.by_sms)
    if notice.pupil_id is not None:
        return own_contact(notice.pupil_id, now)
    address = staff_address(notice.staff_id) if notice.staff_id is not None else notice.address
    return Contact(address=address, language="en", pupil_ids=tuple(notice.pupil_ids))


def _hand_over_several(group: Sequence[Notice], digest: Digest, *, now: datetime) -> Handed:
    """Take those of a group that are still to go into the hand as one letter."""
    handed, parts, contacts = Handed(), [], []
    asked: set[int] = set()
    for notice in group:
        found = _part(notice, digest, asked, now=now)
        if isinstance(found, Elsewhere):
            claims.turn_to(notice, found.channel)
        elif not isinstance(found, tuple):
            handed.kept_back.append((notice, found))
        elif found[0].stands_alone:
            handed.later.append(notice)
        else:
            handed.carried.append(notice)
            parts.append(found[0])
            contacts.append(found[1])
            asked |= found[0].covers
    if not handed.carried and handed.later:
        # The first of them has a letter of its own now, the others have theirs after it.
        return _first_alone(handed, now=now)
    if len(handed.carried) == 1:
        return _first_alone(handed, now=now, only=handed.carried[0])
    if handed.carried:
        _take_several(handed, digest.join(parts, contacts[0]), contacts, now=now)
    return handed


def _part(
    notice: Notice, digest: Digest, asked: set[int], *, now: datetime
) -> tuple[Part, Contact] | Reason | Elsewhere:
    """Return what one notice puts into the letter of several, or why it is not in it."""
    contact = _reachable(notice, kinds.kind(notice.kind), now=now)
    if not isinstance(contact, Contact):
        return contact
    part = digest.part(notice, contact, now)
    if isinstance(part, Unwanted | NotYet):
        return part
    return ASKED_ALREADY if part.covers <= asked else (part, contact)


def _first_alone(handed: Handed, *, now: datetime, only: Notice | None = None) -> Handed:
    """Hand over the letter of one notice; the others of its group follow in theirs."""
    notice = only or handed.later.pop(0)
    alone = hand_over([notice], now=now)
    handed.letter, handed.carried = alone.letter, alone.carried
    handed.kept_back += alone.kept_back
    return handed


def _take_several(
    handed: Handed, composed: Letter, contacts: Sequence[Contact], *, now: datetime
) -> None:
    """Take one letter into the hand for each of the notices in it."""
    pupil_ids = sorted({pupil_id for one in contacts for pupil_id in one.pupil_ids})
    contact = replace(contacts[0], pupil_ids=tuple(pupil_ids))
    letter = _sealed(handed.carried, composed, contact, now=now)
    # The oldest first, as whoever takes several back at once.
    rows = sorted(handed.carried, key=attrgetter("pk"))
    is_taken = {row.pk: steps.take_into_hand(row, letter.stored(), now=now) for row in rows}
    held = [is_taken[row.pk] for row in handed.carried]
    if all(held):
        handed.letter = letter
        return
    # One was taken back this moment: the letter would tell of it. It is written anew without.
    for notice, is_held in zip(handed.carried, held, strict=True):
        if is_held:
            handed.later.append(notice)
        else:
            handed.kept_back.append((notice, TAKEN_BACK))
    handed.carried = []


def _sealed(
    notices: Sequence[Notice], composed: Letter, contact: Contact, *, now: datetime
) -> Sealed:
    """Return the letter to send: the very one that may have gone already, or the one just written.

    The old one stands only while it is about the same children and notices: a sister whose contact
    was forbidden meanwhile must not be named by a repeat (E44). The address is always today's. A
    letter that carries several has the Message-ID of the oldest.
    """
    first = min(notices, key=lambda notice: notice.pk)
    fresh = Sealed(
        to=contact.address,
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        message_id=first.message_id,
        written_at=written(now),
        pupil_ids=list(contact.pupil_ids),
        channel=contact.way.value,
        reference=str(first.pk),
        language=composed.language,
        facts=dict(composed.facts),
        enclosed=composed.enclosed,
        notice_ids=sorted(row.pk for row in notices) if len(notices) > 1 else [],
    )
    if first.may_have_gone and first.letter:
        old = Sealed.restored(first.letter)
        if (old.pupil_ids, old.notice_ids, old.channel) == (
            fresh.pupil_ids,
            fresh.notice_ids,
            fresh.channel,
        ):
            return replace(old, to=fresh.to)
    return fresh
