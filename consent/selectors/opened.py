"""What is behind a link: the least that a family needs, and nothing once it is dead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext

from consent import links
from consent.models import Answer, Request, Wording
from consent.policy import CONDUCT, Voice
from consent.selectors.answers import answers_to, by_request
from consent.selectors.voices import Heard, hear
from school.policy import Refusal
from school.selectors import Front, front_of, guardians_who_count, own_refusals, with_front
from schoolsafe.lib import clock, languages
from schoolsafe.lib.prepared import Prepared
from schoolsafe.lib.tokens import BadToken

# A link of somebody in one of these states is dead: the page behind it tells about the child.
DEADLY = {
    Refusal.BLOCKED,
    Refusal.SHARES_BLOCKED_ADDRESS,
    Refusal.READ_BY_FAMILY,
    Refusal.LEFT,
    Refusal.PUPIL_DECIDES,
    Refusal.GUARDIANS_DECIDE,
}


def behind(request_id: int) -> QuerySet[Request]:
    """Return a live request with the others put to the same person in the same question."""
    return (
        with_front(Request.objects.live())
        # In one filter, so that both mean the same request: in two, the second would mean any
        # request of the question, and another family's child would stand on this page.
        .filter(
            Q(guardian=F("question__requests__guardian")) | Q(pk=request_id),
            question__requests__pk=request_id,
        )
        .select_related("question", "pupil", "guardian")
        .order_by("pupil__given_name", "id")
    )


# Asked for every look at a family's page: writing this SQL took far longer than its answer.
BEHIND = Prepared(behind)


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """Another child about whom the same person is asked in the same question."""

    name: str
    url: str
    has_answer: bool


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A live request behind its link, with what its person has said."""

    request: Request
    heard: Heard
    siblings: tuple[Sibling, ...]
    school: Front | None

    @property
    def voice(self) -> Voice:
        """Return what the person last said."""
        return self.heard.voice

    @property
    def language(self) -> str:
        """Return the language on the person's record; of a pupil there is none."""
        guardian = self.request.guardian
        return guardian.language if guardian else languages.ENGLISH

    @property
    def has_answer(self) -> bool:
        """Tell whether an answer to the text as it stands is there, checked or not."""
        return self.voice.is_answered


def opened(token: str, now: datetime) -> Opened | None:
    """Return what is behind a link, in three queries with the school; None for every cause of a dead one."""
    try:
        request_id, version = links.read(token)
    except BadToken:
        return None
    rows = BEHIND.rows(request_id)
    own = next((row for row in rows if row.pk == request_id), None)
    if own is None or own.link_version != version or not own.question.is_alive(now=now):
        return None
    heard = _heard(rows, now)
    if request_id not in heard:
        return None
    siblings = tuple(
        _sibling(one) for pk, one in heard.items() if pk != request_id and _may_show(own, one)
    )
    return Opened(request=own, heard=heard[request_id], siblings=siblings, school=front_of(own))


def _heard(rows: list[Request], now: datetime) -> dict[int, Heard]:
    """Return what was said to each of these requests whose person may still be told of the pupil."""
    today = clock.local(now).date()
    answers = answers_to([row.pk for row in rows])
    counted = guardians_who_count([row.pupil_id for row in rows], on=today)
    alone = own_refusals([row.pupil for row in rows if row.guardian_id is None], on=today)
    heard: dict[int, Heard] = {}
    for row in rows:
        if row.guardian_id is None:
            if alone.get(row.pupil_id, Refusal.GUARDIANS_DECIDE) not in DEADLY:
                heard[row.pk] = hear(
                    row,
                    answers.get(row.pk, []),
                    name=str(row.pupil),
                    relationship="self",
                    unreachable="",
                )
            continue
        for tie, refusal in counted.get(row.pupil_id, []):
            if tie.guardian_id == row.guardian_id and refusal not in DEADLY:
                heard[row.pk] = hear(
                    row,
                    answers.get(row.pk, []),
                    name=tie.guardian.name,
                    relationship=tie.relationship,
                    unreachable=refusal.value if refusal else "",
                )
    return heard


def _may_show(own: Request, other: Heard) -> bool:
    """Tell whether a child may be named on the page of another: never with a safe address (E44)."""
    if other.request is None:
        return False
    hidden = own.pupil.is_address_confidential or other.request.pupil.is_address_confidential
    return not hidden


def _sibling(heard: Heard) -> Sibling:
    """Return another child with the link that is theirs."""
    request = heard.request
    if request is None:
        raise ValueError("A sibling without a request cannot be shown.")
    return Sibling(
        name=request.pupil.short_name,
        url=links.page(request.pk, request.link_version),
        has_answer=heard.voice.is_answered,
    )


def shown_to(request: Request, wording: Wording | None = None) -> dict[str, Any]:
    """Return exactly what the person reads before they answer; kept with the answer (E51).

    On a paper form that is the `wording` it was printed with; everywhere else the text of now.
    Behind a link of a child with a safe address stand no staff, class, place or reason (E33).
    """
    asked = wording.asked if wording else request.question.asked
    is_hidden = request.pupil.is_address_confidential
    name = request.pupil.given_name if is_hidden else request.pupil.short_name
    return {
        "version": wording.version if wording else request.question.version,
        "language": languages.current(),
        "pupil": name,
        "first_name": request.pupil.given_name,
        "title": "" if is_hidden else asked.title,
        "purpose": "" if is_hidden else asked.purpose,
        "staff": [] if is_hidden else list(asked.staff),
        "reserves": [] if is_hidden else list(asked.reserves),
        "starts_at": asked.starts_at.isoformat(),
        "ends_at": asked.ends_at.isoformat(),
        "platform": asked.platform,
        "is_recorded": asked.is_recorded,
        "conduct": list(asked.conduct) or [gettext(line) for line in CONDUCT],
    }


def read_by(request: Request, wording: Wording | None = None) -> dict[str, Any]:
    """Return what the person read, with the words around it as they stood in their language (E51)."""
    asked = wording.asked if wording else request.question.asked
    shown = shown_to(request, wording)
    staff = ", ".join(shown["staff"]) or gettext("Ask the school office")
    question = gettext("May %(name)s take part in this call?") % {"name": shown["pupil"]}
    if request.guardian_id is None:
        question = gettext("Will you take part in this call?")
    lines = {
        "What": shown["title"],
        "What for": shown["purpose"],
        "When": f"{clock.in_words(asked.starts_at)} – {clock.time_in_words(asked.ends_at)}",
        "With": staff,
        "Or in their place": ", ".join(shown["reserves"]),
        "On": shown["platform"],
        "Recorded": gettext("Yes, by the school") if shown["is_recorded"] else gettext("No"),
    }
    told = [f"{gettext(label)}: {value}" for label, value in lines.items() if value]
    return shown | {"text": [*told, *shown["conduct"], question]}


def unchecked_answer(request: Request) -> Answer | None:
    """Return the answer by somebody else at which staff have not looked yet."""
    answers = by_request(Answer.objects.filter(request=request)).get(request.pk, [])
    heard = hear(request, answers, name="", relationship="", unreachable="")
    return heard.unchecked
