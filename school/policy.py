"""Rules about people: who may be written to, and who is asked. Plain Python, no clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from school.mailboxes import same_mailbox

ADULT_AT = 18
# From this age a pupil may answer alone, where the designated lead has approved it (E42): they are
# presumed able to decide from 16 on, and below it their guardians do.
OWN_CONSENT_AT = 16
# A pupil about whom one guardian alone decides, by an order or by agreement.
NAMED = "named"
# Whoever can change an address could have changed it to their own: for so long no way into a call
# goes there, unless somebody of the school has made sure (E34).
SETTLES_AFTER = timedelta(hours=72)
# A whole school, or a mobile network, may be one sender: what comes from there is never refused.
MOST_WISHES_AN_HOUR = 100
ASK_AGAIN_WHEN_CROWDED = timedelta(days=1)


class Way(StrEnum):
    """How a person is written to."""

    EMAIL = "email"
    SMS = "sms"


class Refusal(StrEnum):
    """Why a guardian may not be written to about a pupil."""

    BLOCKED = "no contact is allowed"
    SHARES_BLOCKED_ADDRESS = "the address is shared with somebody who may not be contacted"
    SUSPENDED = "contact with the family is suspended"
    LEFT = "the pupil has left"
    PUPIL_DECIDES = "the pupil decides themselves"
    GUARDIANS_DECIDE = "the pupil does not decide themselves now"
    READ_BY_FAMILY = "somebody of the family reads the pupil's mailbox"
    NO_ADDRESS = "there is no usable address"
    CAME_BACK = "a message to this address came back or reached somebody else"


# That contact with somebody is forbidden is for those who say who is asked, and for nobody else:
# whoever teaches the child, or finds the list that somebody took away, reads this instead.
TELLS_OF_A_BLOCK = frozenset({Refusal.BLOCKED.value, Refusal.SHARES_BLOCKED_ADDRESS.value})
HUSHED = "the office can say why"


def told(why: str) -> str:
    """Return why somebody may not be written to as every member of staff may read it (E30, E31)."""
    return HUSHED if why in TELLS_OF_A_BLOCK else why


@dataclass(frozen=True, kw_only=True)
class Link:
    """A guardian's tie to one pupil, with all that decides whether they may be written to."""

    guardian_id: int
    pupil_id: int
    address: str
    telephone: str = ""
    is_closed: bool = False
    blocked_from: date | None = None
    blocked_until: date | None = None
    is_suspended: bool = False
    left_on: date | None = None
    born_on: date | None = None
    decides_from: date | None = None
    decides_until: date | None = None
    has_parental_responsibility: bool = True
    has_care: bool = True
    is_corporate_parent: bool = False
    counts_for_consent: bool = True
    is_named: bool = False
    asks_named_only: bool = False

    def is_blocked(self, *, on: date) -> bool:
        """Tell whether a no-contact order stands on this day: both its days included (E31)."""
        if self.blocked_from is None or on < self.blocked_from:
            return False
        return self.blocked_until is None or on <= self.blocked_until


def birthday(born_on: date, years: int) -> date:
    """Return the day on which somebody reaches an age; 29 February becomes 1 March."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 3, 1)


def is_adult(born_on: date | None, *, on: date) -> bool:
    """Tell whether a pupil is 18: from that day they are asked themselves (E41)."""
    return born_on is not None and on >= birthday(born_on, ADULT_AT)


class Grows(Protocol):
    """A pupil's age, and the time for which it is approved that they answer alone before 18."""

    @property
    def born_on(self) -> date | None:
        """Return the date of birth, if it is on record."""

    @property
    def decides_from(self) -> date | None:
        """Return the first day of the approved time."""

    @property
    def decides_until(self) -> date | None:
        """Return its last day; None until 18."""


@dataclass(frozen=True, kw_only=True)
class Own:
    """A pupil as the rules see them where they answer for themselves."""

    pupil_id: int
    born_on: date | None
    decides_from: date | None = None
    decides_until: date | None = None
    address: str = ""
    is_closed: bool = False
    is_suspended: bool = False
    left_on: date | None = None


def answers_alone(pupil: Grows, *, on: date) -> bool:
    """Tell whether a pupil answers for themselves on a day, and no guardian does.

    From the 18th birthday always (E41); from the 16th where it is approved, both days included (E42).
    """
    return is_adult(pupil.born_on, on=on) or _is_approved(pupil, on=on)


def _is_approved(pupil: Grows, *, on: date) -> bool:
    """Tell whether a pupil of 16 or 17 decides by approval; whose age is unknown does not."""
    begins = decides_first(pupil)
    if begins is None or on < begins:
        return False
    return pupil.decides_until is None or on <= pupil.decides_until


def decides_first(pupil: Grows) -> date | None:
    """Return the first day of an approved time, never one before the 16th birthday."""
    if pupil.born_on is None or pupil.decides_from is None:
        return None
    return max(pupil.decides_from, birthday(pupil.born_on, OWN_CONSENT_AT))


def keeps_away(pupil: Grows, *, on: date) -> bool:
    """Tell whether a pupil decides by approval on a day: their family learns nothing of a call (E42)."""
    return _is_approved(pupil, on=on)


def answers_alone_on(pupil: Grows, *, after: date) -> date | None:
    """Return the next day on which a pupil begins to answer alone, or None when none is known."""
    if pupil.born_on is None:
        return None
    days = {birthday(pupil.born_on, ADULT_AT), decides_first(pupil)} - {None}
    ahead = [day for day in days if day and day > after and answers_alone(pupil, on=day)]
    return min(ahead, default=None)


def guardians_again_on(pupil: Grows, *, on: date) -> date | None:
    """Return the day on which guardians decide again for a pupil who answers alone now, if they do."""
    if pupil.decides_until is None or not answers_alone(pupil, on=on):
        return None
    day = pupil.decides_until + timedelta(days=1)
    return None if answers_alone(pupil, on=day) else day


def has_left(left_on: date | None, *, on: date) -> bool:
    """Tell whether a pupil has left: from the leaving date no link is theirs (E53)."""
    return left_on is not None and on >= left_on


def counts(link: Link, *, on: date) -> bool:
    """Tell whether a guardian is asked about a pupil, and their answer counts.

    Parental responsibility, the local authority's share in it, or having care may decide (E43), and
    only while the school says that it does: a foster carer may decide some things and not others.
    Somebody blocked neither is asked nor counts (E30). With a named guardian nobody else counts. While
    the pupil answers alone no guardian does (E41, E42).
    """
    may_decide = link.has_parental_responsibility or link.is_corporate_parent or link.has_care
    return (
        link.counts_for_consent
        and may_decide
        and (link.is_named or not link.asks_named_only)
        and not link.is_blocked(on=on)
        and not answers_alone(link, on=on)
    )


def way_of(link: Link, *, texts: bool, after_bounce: bool) -> Way:
    """Return how a guardian is written to: by text message only where e-mail cannot reach them.

    `texts` tells whether text messages can leave at all, `after_bounce` whether the school has
    chosen them for those whose e-mail came back.
    """
    if link.address and not (link.is_closed and after_bounce):
        return Way.EMAIL
    return Way.SMS if texts and mobile(link.telephone) else Way.EMAIL


def contact_refusal(
    link: Link, others: Sequence[Link], *, on: date, way: Way = Way.EMAIL
) -> Refusal | None:
    """Return why a guardian may not be written to about a pupil, or None when they may.

    `others` are the pupil's other guardians: a block stands by person and by address, so a mailbox
    or telephone shared with a blocked person is closed too (E30, E31). A block beats every other
    rule.
    """
    if link.is_blocked(on=on):
        return Refusal.BLOCKED
    if any(other.is_blocked(on=on) and _shares(other, link) for other in others):
        return Refusal.SHARES_BLOCKED_ADDRESS
    if link.is_suspended:
        return Refusal.SUSPENDED
    if has_left(link.left_on, on=on):
        return Refusal.LEFT
    if answers_alone(link, on=on):
        return Refusal.PUPIL_DECIDES
    if way is Way.SMS:
        return None if mobile(link.telephone) else Refusal.NO_ADDRESS
    if not link.address:
        return Refusal.NO_ADDRESS
    return Refusal.CAME_BACK if link.is_closed else None


def own_refusal(own: Own, others: Sequence[Link], *, on: date) -> Refusal | None:
    """Return why a pupil who answers alone may not be written to, or None when they may.

    `others` are all guardians of the pupil. Below 18 a mailbox that is a guardian's too gets nothing: a
    family from whom the pupil keeps away must not learn of the call, nor from the birthday on (E42). Of
    everybody else who is 18 a blocked person's does not (E31).
    """
    if own.is_suspended:
        return Refusal.SUSPENDED
    if has_left(own.left_on, on=on):
        return Refusal.LEFT
    if not answers_alone(own, on=on):
        return Refusal.GUARDIANS_DECIDE
    if not own.address:
        return Refusal.NO_ADDRESS
    is_grown = is_adult(own.born_on, on=on) and own.decides_from is None
    if any(
        same_mailbox(other.address, own.address) and (not is_grown or other.is_blocked(on=on))
        for other in others
    ):
        return Refusal.READ_BY_FAMILY
    return Refusal.CAME_BACK if own.is_closed else None


# A number for text messages: British mobiles as people write them, others with their country.
_BRITISH = re.compile(r"(?:\+44|0044|44)?0?(7[1-57-9]\d{8})")
_FOREIGN = re.compile(r"(?:\+|00)(?!44)(\d{8,15})")


def mobile(telephone: str) -> str:
    """Return a telephone as a text message needs it: +447700900123; empty for any that gets none."""
    plain = re.sub(r"[\s().\-/]", "", telephone)
    if british := _BRITISH.fullmatch(plain):
        return f"+44{british[1]}"
    foreign = _FOREIGN.fullmatch(plain)
    return f"+{foreign[1]}" if foreign else ""


def number(telephone: str) -> str:
    """Return a telephone as two of them are compared, mobile or not: 02079460000."""
    plain = re.sub(r"\(0\)|[^\d+]", "", telephone)
    return mobile(plain) or re.sub(r"^(?:\+44|0044)0?", "0", plain)


def _shares(one: Link, other: Link) -> bool:
    """Tell whether two people have one mailbox or one telephone: a message reaches both."""
    number = mobile(one.telephone)
    return same_mailbox(one.address, other.address) or (
        number != "" and number == mobile(other.telephone)
    )


def unsettled_until(
    changed_at: datetime | None, confirmed_at: datetime | None, *, now: datetime
) -> datetime | None:
    """Return until when no way into a call goes to a changed address, or None when it may go (E34).

    A confirmation counts for the change it was made about, not for one that came after it.
    """
    if changed_at is None or (confirmed_at is not None and confirmed_at >= changed_at):
        return None
    until = changed_at + SETTLES_AFTER
    return until if now < until else None


def naming_fault(mode: str, links: Sequence[Link], *, on: date) -> str:
    """Return why the named guardian could not be asked alone, in words, or nothing.

    `links` are the pupil's ties as they are to become.
    """
    if mode != NAMED:
        return ""
    named = [link for link in links if link.is_named]
    if not named:
        return "Choose the guardian who is asked alone."
    if not counts(named[0], on=on):
        return "This guardian cannot be asked: choose another, or let them count."
    return ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Whose yes is enough for a pupil; who counts and who is named, by the numbers of their ties."""

    mode: str
    counting: frozenset[int]
    named: int | None


def rebased(wanted: Choice, *, seen: Choice, now: Choice) -> Choice:
    """Return what a person changed since they saw a choice, put onto the choice as it stands now."""
    touched = wanted.counting ^ seen.counting
    return Choice(
        mode=now.mode if wanted.mode == seen.mode else wanted.mode,
        counting=(now.counting - touched) | (wanted.counting & touched),
        named=now.named if wanted.named == seen.named else wanted.named,
    )


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Where and in which language a guardian is written to."""

    email: str
    language: str

    def changed_from(self, seen: "Reach") -> frozenset[str]:
        """Return which of the two a person has changed since they saw them."""
        email = self.email.strip().casefold() != seen.email.strip().casefold()
        changed = {"email": email, "language": self.language != seen.language}
        return frozenset(name for name, is_changed in changed.items() if is_changed)


def overtaken(wanted: Reach, *, seen: Reach, now: Reach) -> frozenset[str]:
    """Return what a person means to change and somebody else has changed since they saw it.

    Two who want the same do not stand in each other's way.
    """
    return wanted.changed_from(seen) & now.changed_from(seen) & wanted.changed_from(now)


def ask_again_after(usual: timedelta, *, is_crowded: bool) -> timedelta:
    """Return for how long one letter with a family's lost links is enough.

    However much comes from a sender, each address on record still gets its letter: but no more than
    one a day once the sender is crowded.
    """
    return max(usual, ASK_AGAIN_WHEN_CROWDED) if is_crowded else usual
