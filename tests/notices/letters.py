"""The letters these tests send: what a room above would register."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from notices.kinds import Digest, Draft, Kind, Letter, NotYet, Part, Unwanted, Urgency
from notices.models import Notice
from school.selectors import Contact

# What a test sets to have a letter withdrawn or not to come about.
ANSWERED: set[str] = set()


def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write a letter about whoever it may be about, at a moment that shows in it."""
    if notice.about in ANSWERED:
        return Unwanted("it was answered")
    children = ", ".join(str(pk) for pk in contact.pupil_ids)
    return Letter(
        subject=f"About {notice.about}",
        text=f"Dear family of {children},\n\nwritten {now:%H:%M:%S}: grüße\n",
        html=f"<p>Dear family of {children}, written {now:%H:%M:%S}: grüße</p>",
    )


def part(notice: Notice, contact: Contact, now: datetime) -> Part | Unwanted | NotYet:
    """Give a letter of several what one notice has to say, unless it was answered or has to wait."""
    if notice.about.endswith("waits"):
        return NotYet(until=now + timedelta(hours=1), why="the address was changed")
    if notice.about in ANSWERED:
        return Unwanted("it was answered")
    alone = notice.about.endswith("alone")
    return Part(covers=frozenset([notice.pk]), content=notice.about, stands_alone=alone)


def join(parts: Sequence[Part], contact: Contact) -> Letter:
    """Write a letter of several."""
    lines = "\n".join(str(one.content) for one in parts)
    return Letter(subject=f"About {len(parts)} things", text=lines, html=f"<p>{lines}</p>")


def broken(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Fail as a template with a fault would, with something personal in the message."""
    raise RuntimeError("Amina Okafor")


def kind(name: str, urgency: Urgency, **facts: Any) -> Kind:
    """Return a kind that writes the letter above."""
    facts.setdefault("compose", compose)
    return Kind(name=name, urgency=urgency, template="tests/none", **facts)


ALERT = kind("test_alert", Urgency.NOW)
REMINDER = kind("test_reminder", Urgency.TODAY)
REQUEST = kind("test_request", Urgency.BULK)
SECRET = kind("test_secret", Urgency.NOW, sensitive=True)
FLEETING = kind("test_fleeting", Urgency.BULK, keep_text=False)
BROKEN = kind("test_broken", Urgency.BULK, compose=broken)
ASKED = kind("test_asked", Urgency.TODAY, digest=Digest(part=part, join=join))
CHASED = kind("test_chased", Urgency.BULK, digest=ASKED.digest)
KINDS = (ALERT, REMINDER, REQUEST, SECRET, FLEETING, BROKEN, ASKED, CHASED)


def draft(kind: Kind, key: str, *, at: datetime, **facts: Any) -> Draft:
    """Return a draft of a kind; to a fixed address unless the test says to whom."""
    facts.setdefault("about", f"tests.thing:{key}")
    if not {"guardian_id", "staff_id", "pupil_id", "address"} & facts.keys():
        facts["address"] = f"{key}@family.example"
    return Draft(kind=kind.name, key=key, due_at=at, **facts)
