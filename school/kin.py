"""By what two records are taken to be of one person, and two people to be of one home."""

from school.mailboxes import mailbox
from school.names import full_name, plain_words
from school.policy import number


def marks(*, name: str, email: str, telephone: str) -> frozenset[str]:
    """Return by what a person is known again under another heading: mailbox, telephone, full name.

    A parent who works here may be on record with a private address: one mark in common is enough
    to keep them from what is written about their child (E7).
    """
    found = {"mail": mailbox(email), "tel": number(telephone), "name": full_name(name)}
    return frozenset(f"{kind}:{mark}" for kind, mark in found.items() if mark)


def home(household: str) -> str:
    """Return the word for a household as two of them are compared: 12 mill lane (E60)."""
    return " ".join(plain_words(household))


def is_one_person(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell by their marks whether two records are surely one person's (E30).

    A mailbox alone says it; a name or a telephone alone may be another's.
    """
    kinds = {mark.partition(":")[0] for mark in one & other}
    return "mail" in kinds or kinds >= {"tel", "name"}
