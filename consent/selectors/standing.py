"""Where consent stands: for the door, for the share list, for the meeting's page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent import links
from consent.models import Question, Request
from consent.policy import PupilConsent
from consent.selectors.voices import Heard, asked_pupils
from notices.models import Notice
from notices.policy import State
from school.models import Pupil
from school.policy import Refusal

ASKING = ("consent_request", "consent_reminder", "consent_changed", "consent_new_link")
STATE_WORDS = {
    State.DUE.value: "waiting to be sent",
    State.SENDING.value: "being sent",
    State.SENT.value: "sent",
    State.FAILED.value: "could not be sent",
    State.DROPPED.value: "not sent",
}


@dataclass(frozen=True, kw_only=True)
class Family:
    """Somebody who said yes and may be written to: they get the join link of these pupils."""

    guardian_id: int | None
    pupil_ids: tuple[int, ...]
    pupil_id: int | None = None
    name: str


@dataclass(frozen=True, kw_only=True)
class AskedPerson:
    """One person who counts, as the meeting's page shows them."""

    request_id: int | None
    guardian_id: int | None
    name: str
    relationship: str
    answer: str
    at: datetime | None
    channel: str
    message: str
    unchecked_answer_id: int | None

    @property
    def needs_check(self) -> bool:
        """Tell whether somebody else answered and staff have not looked yet."""
        return self.unchecked_answer_id is not None


@dataclass(frozen=True, kw_only=True)
class AskedRow:
    """One pupil on the meeting's page, with everybody who counts."""

    pupil: Pupil
    consent: PupilConsent
    people: tuple[AskedPerson, ...]


def link(request: Request) -> str:
    """Return the full address of a request's own page."""
    return links.page(request.pk, request.link_version)


def pupil_consents(
    question_ids: Sequence[int], now: datetime
) -> dict[tuple[int, int], PupilConsent]:
    """Return the consent of every pupil asked about, by question and pupil, in three queries."""
    return {(row.question.pk, row.pupil.pk): row.consent for row in asked_pupils(question_ids, now)}


def families_consenting(question_id: int, now: datetime) -> list[Family]:
    """Return who gets join links: whose own yes stands, for pupils whose consent is given.

    Somebody who may not be written to now is not among them, whatever they answered.
    """
    yes: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    names: dict[tuple[int | None, int | None], str] = {}
    for row in asked_pupils([question_id], now):
        for heard in row.heard:
            # A letter that came back must not take the link from them: it is sent once corrected.
            is_reached = heard.voice.unreachable in {"", Refusal.CAME_BACK.value}
            if not (row.consent.is_given and heard.voice.says_yes and is_reached):
                continue
            guardian_id = heard.voice.guardian_id
            key = (guardian_id, None if guardian_id else row.pupil.pk)
            yes[key].append(row.pupil.pk)
            names[key] = heard.name
    return [
        Family(guardian_id=key[0], pupil_id=key[1], pupil_ids=tuple(pupil_ids), name=names[key])
        for key, pupil_ids in yes.items()
    ]


def asked_rows(question_id: int, now: datetime) -> list[AskedRow]:
    """Return what the meeting's page shows of each pupil, in five queries."""
    messages = _messages(question_id)
    return [
        AskedRow(
            pupil=row.pupil,
            consent=row.consent,
            people=tuple(_person(heard, messages) for heard in row.heard),
        )
        for row in asked_pupils([question_id], now)
    ]


def _person(heard: Heard, messages: dict[int, str]) -> AskedPerson:
    """Return one person with their answer and what became of their message."""
    request = heard.request
    said = heard.standing
    return AskedPerson(
        request_id=request.pk if request else None,
        guardian_id=heard.voice.guardian_id,
        name=heard.name,
        relationship=heard.relationship,
        answer=said.words() if said else "",
        at=said.at if said else None,
        channel=said.channel if said else "",
        message=(messages.get(request.pk, "") if request else "") or heard.voice.unreachable,
        unchecked_answer_id=heard.unchecked.pk if heard.unchecked else None,
    )


def _messages(question_id: int) -> dict[int, str]:
    """Return for each request what became of its last message."""
    about = Question.objects.values_list("about", flat=True).get(pk=question_id)
    rows = (
        Notice.objects.about(about)
        .filter(kind__in=ASKING)
        .order_by("id")
        .values_list("detail", "state", "why")
    )
    found: dict[int, str] = {}
    for detail, state, why in rows:
        words = STATE_WORDS[state] + (f": {why}" if why and state != State.SENT.value else "")
        for request_id in detail.get("requests", []):
            found[request_id] = words
    return found
