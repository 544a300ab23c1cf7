"""Concerns for tests: each has a text that must not reach the wrong eyes."""

from typing import Any
from uuid import uuid4

from concerns import policy, services
from concerns.models import Agency, Concern, Outcome
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


def decide(concern: Concern, by: StaffMember, *, outcome: str = "Watch and review") -> None:
    """Decide a concern: support in school, or what else the outcome says."""
    services.decide(concern, by=by, outcome=outcome_of(outcome), reasons="Seen and spoken to.")


def outcome_of(name: str) -> Outcome:
    """A word of the list from which decisions are made."""
    return Outcome.objects.get_or_create(name=name)[0]


def close(concern: Concern, by: StaffMember, *, second: StaffMember | None = None) -> Concern:
    """Close a concern the way it has to be: decided, and signed by a second person where there is one."""
    concern.refresh_from_db()
    if concern.decided_at is None:
        decide(concern, by)
    if second is not None:
        services.ask_second(concern, by=by)
        services.sign(concern, by=second)
    return services.close(concern, by=by, reasons="Done.")


def social_care() -> Agency:
    """The agency that takes every report."""
    agency, _ = Agency.objects.get_or_create(
        name="Children's social care", defaults={"takes_reports": True}
    )
    return agency


def contact(*, at: Any, agency: Agency | None = None, **facts: Any) -> services.Contact:
    """Somebody outside who was told."""
    return services.Contact(agency=agency or social_care(), at=at, **facts)
