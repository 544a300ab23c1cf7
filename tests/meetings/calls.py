"""Calls at every stage of their life, made by the services as people would make them."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction
from django.utils import translation

from consent import services as consent
from consent.models import Answer, Request
from consent.services import PupilAlone
from meetings import policy, selectors, services
from meetings.models import Meeting, Place, Purpose
from meetings.services import Plan
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Finding

TENANT = "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b"
ORGANISER = "11111111-2222-3333-4444-555555555555"
THREAD_ID = "ZmFrZVNjaG9vbFRocmVhZA"
THREAD = f"19%3ameeting_{THREAD_ID}%40thread.v2"
LINK = (
    f"https://teams.microsoft.com/l/meetup-join/{THREAD}/0"
    f"?context=%7b%22Tid%22%3a%22{TENANT}%22%2c%22Oid%22%3a%22{ORGANISER}%22%7d"
)
# What must never stand in anything that is stored in the clear or sent.
SECRETS = ("teams.microsoft.com", THREAD_ID, ORGANISER)
# Thursday 17 September 2026, 2:00 pm in London: two days after the clock of the cast.
STARTS = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=45)


def make_purpose(rule: str = "optional", name: str = "") -> Purpose:
    purpose, _ = Purpose.objects.get_or_create(
        name=name or f"Lesson ({rule})", defaults={"recording_rule": rule}
    )
    return purpose


def plan_of(pupils: Sequence[Pupil], **facts: Any) -> Plan:
    """What a host wants; an ordinary lesson unless told otherwise."""
    facts.setdefault("purpose", make_purpose())
    defaults: dict[str, Any] = {"title": "Reading together", "starts_at": STARTS, "ends_at": ENDS}
    return Plan(pupils=list(pupils), **(defaults | facts))


def as_it_is(meeting: Meeting, **facts: Any) -> Plan:
    """The plan of a meeting as it stands, with some facts changed."""
    seats = list(meeting.seats.select_related("staff"))
    places = meeting.places.filter(taken_off_at=None).select_related("pupil")
    standing: dict[str, Any] = {
        "title": meeting.title,
        "purpose": meeting.purpose,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "pupils": [place.pupil for place in places],
        "co_hosts": [seat.staff for seat in seats if seat.role == "co_host"],
        "reserves": [seat.staff for seat in seats if seat.role == "reserve"],
        "is_recorded": meeting.is_recorded,
        "recording_declined_because": meeting.recording_declined_because,
    }
    return Plan(**(standing | facts))


def planned(host: StaffMember, pupils: Sequence[Pupil], **facts: Any) -> Meeting:
    """A draft with its Teams link."""
    meeting = services.plan(by=host, what=plan_of(pupils, **facts))
    return services.set_link(meeting, by=host, text=link_of(meeting))


def link_of(meeting: Meeting) -> str:
    """A Teams link of its own: the first call of a story has LINK."""
    own = THREAD_ID if is_first(meeting) else f"{THREAD_ID}-{meeting.pk}"
    return LINK.replace(THREAD_ID, own)


def is_first(meeting: Meeting) -> bool:
    return not Meeting.objects.filter(pk__lt=meeting.pk).exists()


def asked(host: StaffMember, pupils: Sequence[Pupil], **facts: Any) -> Meeting:
    """Families have been asked, and none has answered."""
    return services.ask(planned(host, pupils, **facts), by=host)


def answer(meeting: Meeting, guardian: Guardian, pupil: Pupil, **facts: Any) -> Answer:
    """Answer with the link, as the guardian; yes to both unless told otherwise."""
    request = Request.objects.select_related("question", "guardian").get(
        question=meeting.question_id, guardian=guardian, pupil=pupil
    )
    said: dict[str, Any] = {"takes_part": True, "may_be_recorded": True} | facts
    language = request.guardian.language if request.guardian else "en"
    # As the page behind a link does: in the language on record.
    with translation.override(language):
        return consent.answer(
            request,
            by=guardian,
            name=guardian.name,
            relationship="mother",
            version=request.question.version,
            **said,
        )


def withdraw(meeting: Meeting, guardian: Guardian, pupil: Pupil) -> Answer:
    """Take the yes back with the link."""
    request = Request.objects.get(question=meeting.question_id, guardian=guardian, pupil=pupil)
    return consent.withdraw(request, by=guardian)


def agreed(host: StaffMember, families: Iterable[tuple[Guardian, Pupil]], **facts: Any) -> Meeting:
    """Everybody said yes, and may be recorded."""
    families = list(families)
    pupils = list(dict.fromkeys(pupil for _, pupil in families))
    meeting = asked(host, pupils, **facts)
    for guardian, pupil in families:
        answer(meeting, guardian, pupil)
    return meeting


def shared(host: StaffMember, families: Iterable[tuple[Guardian, Pupil]], **facts: Any) -> Meeting:
    """Every family has its link in the outbox."""
    return services.share_by_email(agreed(host, families, **facts), by=host)


def confirm(meeting: Meeting, *people: StaffMember) -> Meeting:
    """Each of them confirms all of the checklist for themselves."""
    for person in people:
        meeting = services.confirm(meeting, by=person, items=list(policy.CheckItem))
    return meeting


def opened(host: StaffMember, families: Iterable[tuple[Guardian, Pupil]], **facts: Any) -> Meeting:
    """The door is open: five minutes before the start, with every adult's checklist."""
    meeting = shared(host, families, **facts)
    with time_machine.travel(meeting.starts_at - timedelta(minutes=5), tick=False):
        confirm(meeting, host, *facts.get("co_hosts", ()))
        return services.open_door(meeting, by=host)


def place(meeting: Meeting, pupil: Pupil) -> Place:
    return Place.objects.select_related("meeting").get(meeting=meeting, pupil=pupil)


def press(meeting: Meeting, guardian: Guardian, pupil: Pupil) -> services.Passage:
    """Press Join on the personal page."""
    return services.press(place(meeting, pupil), guardian_id=guardian.pk)


def door(meeting: Meeting, guardian: Guardian, pupil: Pupil) -> policy.Door:
    """How the door answers that family now."""
    return press(meeting, guardian, pupil).answer.door


def verdict(meeting: Meeting) -> list[str]:
    """The codes of what blocks the meeting now."""
    return [finding.code for finding in blocking(meeting)]


def blocking(meeting: Meeting) -> tuple[Finding, ...]:
    """What blocks the meeting now, the first of it first."""
    meeting = Meeting.objects.select_related("purpose", "question").get(pk=meeting.pk)
    now = clock.now()
    return policy.assess(selectors.facts(meeting, now), now).blocking


def in_one_go() -> AbstractContextManager[None]:
    """A transaction of the test's own."""
    return transaction.atomic()


def answer_oneself(meeting: Meeting, pupil: Pupil) -> Answer:
    """Answer as a pupil of 18 does."""
    request = Request.objects.select_related("question").get(
        question=meeting.question_id, guardian=None, pupil=pupil
    )
    return consent.answer(
        request,
        by=PupilAlone(pupil_id=pupil.pk),
        takes_part=True,
        may_be_recorded=True,
        name=str(pupil),
        relationship="self",
        version=request.question.version,
    )
