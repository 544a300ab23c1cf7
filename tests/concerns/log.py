"""Concerns for tests: each has a text that must not reach the wrong eyes."""

from typing import Any
from uuid import uuid4

from concerns import policy, services
from concerns.models import Concern
from concerns.services import Account, Call, Named
from school.models import Pupil, StaffMember

# Whoever must not see a concern must see none of these anywhere (E8, E9).
WORDS = "MARKERWORDS he hit me"
SEEN = "MARKERSEEN a bruise"
THOUGHT = "MARKERTHOUGHT worried"
PLACE = "MARKERPLACE"
MARKERS = (WORDS, SEEN, THOUGHT, PLACE)


def log(by: StaffMember, *people: Named, urgent: bool = True, **facts: Any) -> Concern:
    """Log a concern the way the form does."""
    facts.setdefault("child_words", WORDS)
    facts.setdefault("seen", SEEN)
    facts.setdefault("thought", THOUGHT)
    facts.setdefault("place", PLACE)
    key = facts.pop("key", None) or uuid4()
    account = Account(
        urgency=policy.Urgency.URGENT if urgent else policy.Urgency.ROUTINE,
        people=people,
        **facts,
    )
    return services.log(account, by=by, key=key)


def child(pupil: Pupil, part: policy.Part = policy.Part.SUBJECT) -> Named:
    return Named(part=part, pupil=pupil)


def accused(staff: StaffMember) -> Named:
    return Named(part=policy.Part.SUBJECT, staff=staff)


def rang(staff: StaffMember, at: Any, *, reached: bool) -> Call:
    return Call(called=staff, at=at, was_reached=reached)
