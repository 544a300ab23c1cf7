"""By what two records are taken to be of one person, and two people to be of one home."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from school.mailboxes import mailbox, same_mailbox
from school.names import full_name, is_same_person, plain_words
from school.policy import number


def marks(*, name: str, email: str, telephone: str) -> frozenset[str]:
    """Return by what a person is known again under another heading: mailbox, telephone, full name.

    A parent who works here may be on record with a private address: one mark in common is enough
    to keep them from what is written about their child (E7).
    """
    found = by_kind(name=name, email=email, telephone=telephone)
    return frozenset(f"{kind}:{mark}" for kind, mark in found.items() if mark)


def by_kind(*, name: str, email: str, telephone: str) -> dict[str, str]:
    """Return the mark of each kind, and nothing where there is none."""
    return {"mail": mailbox(email), "tel": number(telephone), "name": full_name(name)}


def digest(kind: str, mark: str) -> str:
    """Return a mark as a row keeps it: of one length, however long the name; nothing for none."""
    return sha256(f"{kind}:{mark}".encode()).hexdigest() if mark else ""


def home(household: str) -> str:
    """Return the word for a household as two of them are compared: 12 mill lane (E60)."""
    return " ".join(plain_words(household))


def above(staff_id: int, managers: Mapping[int, int]) -> frozenset[int]:
    """Return whom a person reports to, directly and through others (E1); a ring of managers ends too."""
    found: set[int] = set()
    manager = managers.get(staff_id)
    while manager is not None and manager not in found:
        found.add(manager)
        manager = managers.get(manager)
    return frozenset(found - {staff_id})


@dataclass(frozen=True, kw_only=True)
class Known:
    """By what somebody is on record: as a member of staff, or as somebody's guardian."""

    name: str
    email: str
    telephone: str


def is_one_person(one: Known, other: Known) -> bool:
    """Tell whether two records are surely one person's (E30): a mailbox says it, or telephone and name.

    A name or a telephone alone may be another's. A name may be short, or have a slip in it.
    """
    if same_mailbox(one.email, other.email):
        return True
    is_one_number = number(one.telephone) == number(other.telephone) != ""
    return is_one_number and is_same_person(one.name, other.name)
