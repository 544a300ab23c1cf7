"""What the tests of this room are made of: a call, a question, a family's browser."""

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from consent import services
from consent.links import token
from consent.models import Answer, Question, Request
from consent.policy import Asked, PupilConsent
from consent.selectors import pupil_consents
from consent.services.wishing import LOST
from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from school.services import System
from schoolsafe.lib import clock

ABOUT = "meetings.meeting:1"
OFFICE_SYSTEM = System("sweep")


def plan(**facts: Any) -> Asked:
    """A call in ten days, with two members of staff, not recorded."""
    starts_at = facts.pop("starts_at", clock.now() + timedelta(days=10))
    defaults: dict[str, Any] = {
        "title": "Reading group",
        "purpose": "Reading together",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "staff": ("Helen Host", "Colin Cohost"),
        "is_recorded": False,
    }
    return Asked(**(defaults | facts))


def ask(
    by: StaffMember, *pupils: Pupil, about: str = ABOUT, asked: Asked | None = None
) -> Question:
    asked = asked or plan()
    return services.ask(
        by=by,
        about=about,
        asked=asked,
        pupil_ids=[pupil.pk for pupil in pupils],
        closes_at=asked.starts_at,
    )


def request_of(question: Question, pupil: Pupil, guardian: Guardian | None) -> Request:
    return Request.objects.select_related("question", "pupil", "guardian").get(
        question=question, pupil=pupil, guardian=guardian
    )


def answer(request: Request, *, takes_part: bool, **facts: Any) -> Answer:
    """The person asked answers with their own name by their own link."""
    person = request.guardian
    defaults: dict[str, Any] = {
        "by": person or services.PupilAlone(request.pupil_id),
        "may_be_recorded": None,
        "name": person.name if person else str(request.pupil),
        "relationship": "mother",
        "version": Question.objects.get(pk=request.question_id).version,
    }
    # As the page behind a link does: in the language on record.
    with translation.override(person.language if person else "en"):
        return services.answer(request, takes_part=takes_part, **(defaults | facts))


def consent_of(question: Question, pupil: Pupil, now: datetime | None = None) -> PupilConsent:
    return pupil_consents([question.pk], now or clock.now())[question.pk, pupil.pk]


def page(request: Request, tail: str = "") -> str:
    return f"/c/{token(request.pk, request.link_version)}/{tail}"


def typed(request: Request, choice: str = "yes", **facts: Any) -> dict[str, Any]:
    """What a person puts into the first page."""
    person = request.guardian
    return {
        "takes_part": choice,
        "name": person.name if person else str(request.pupil),
        "relationship": "mother" if person else "self",
        "version": Question.objects.get(pk=request.question_id).version,
    } | facts


def hidden(response: HttpResponse) -> dict[str, str]:
    """The hidden fields of a page."""
    found = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()
    )
    return {name: html.unescape(value) for name, value in found}


def confirm(client: Client, request: Request, check: HttpResponse, travel: Any) -> HttpResponse:
    """Read the check page for three seconds and press its button."""
    travel(clock.now() + timedelta(seconds=3))
    response: Any = client.post(page(request, "confirm/"), hidden(check))
    return response


def kinds_of(notices: Sequence[Any]) -> list[str]:
    return sorted(notice.kind for notice in notices)


def wish(address: str, *, is_crowded: bool = False) -> None:
    """Somebody types an address at which they wait for their link, and the sweep comes by."""
    services.wish(LOST, address, is_crowded=is_crowded)
    outbox.climb_due(now=clock.now())
