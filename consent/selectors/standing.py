"""Where consent stands: for the door, for the share list, for the meeting's page."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from consent import links, policy
from consent.models import Question, Request
from consent.policy import Objection, PupilConsent, Way
from consent.selectors.answers import answers_to
from consent.selectors.printing import has_paper
from consent.selectors.voices import Heard, asked_pupils, hear, needs_answer
from notices.models import Notice
from notices.policy import State
from school.models import Guardian, Pupil
from school.policy import Refusal, told
from school.roles import Viewer, may_choose_who_is_asked
from school.selectors import kin_of
from schoolsafe.lib import clock

ASKING = (
    "consent_request",
    "consent_notice",
    "consent_reminder",
    "consent_changed",
    "consent_new_link",
    "consent_undone",
)
KIN = "You are on record as family of this pupil: the office has the answers."
ADDRESS_OF_ANOTHER = "the e-mail reached somebody else"
STATE_WORDS = {
    State.DUE.value: "waiting to be sent",
    State.SENDING.value: "being sent",
    State.SENT.value: "sent",
    State.FAILED.value: "could not be sent",
    State.DROPPED.value: "not sent",
}


def state_words(state: str, why: str) -> str:
    """Say what became of a message; why none left, as every member of staff may read it."""
    return STATE_WORDS[state] + (f": {told(why)}" if why and state != State.SENT.value else "")


@dataclass(frozen=True, kw_only=True)
class Family:
    """Somebody whose yes stands for these pupils, and how the join link may reach them."""

    guardian_id: int | None
    pupil_ids: tuple[int, ...]
    pupil_id: int | None = None
    name: str
    way: Way = Way.EMAIL
    why: str = ""
    is_disowned: bool = False

    @property
    def is_written_to(self) -> bool:
        """Tell whether their letter is written: one that came back goes once it is corrected (E46)."""
        comes_back = self.why == Refusal.CAME_BACK.value and not self.is_disowned
        return self.way is Way.EMAIL or comes_back


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
    why: str
    answer_id: int | None
    standing_id: int | None
    unchecked_answer_id: int | None
    has_paper: bool
    needs_answer: bool
    language: str = "en"

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
    """Return who is sent join links: whose own yes stands, for pupils whose consent is given.

    Somebody who may not be written to now is not among them, whatever they answered.
    """
    return [one for one in families_agreed(question_id, now) if one.is_written_to]


def families_agreed(question_id: int, now: datetime) -> list[Family]:
    """Return everybody whose own yes stands, for pupils whose consent is given; nobody is left out.

    Those who get no e-mail are among them, with the way that is left and why (E45).
    """
    yes: dict[tuple[int | None, int | None, str, bool, str], list[int]] = defaultdict(list)
    for row in asked_pupils([question_id], now):
        for heard in row.heard:
            if not (row.consent.is_given and heard.voice.says_yes):
                continue
            voice = heard.voice
            why = voice.unreachable or (ADDRESS_OF_ANOTHER if voice.is_disowned else "")
            pupil_id = None if voice.guardian_id else row.pupil.pk
            who = (voice.guardian_id, pupil_id, why, voice.is_disowned, heard.name)
            yes[who].append(row.pupil.pk)
    return [
        Family(
            guardian_id=guardian_id,
            pupil_id=pupil_id,
            pupil_ids=tuple(pupil_ids),
            name=name,
            way=policy.way_to("" if why == ADDRESS_OF_ANOTHER else why, is_disowned=is_disowned),
            why=told(why),
            is_disowned=is_disowned,
        )
        for (guardian_id, pupil_id, why, is_disowned, name), pupil_ids in yes.items()
    ]


def relying(question_ids: Sequence[int], now: datetime) -> set[tuple[int, int | None, int]]:
    """Return question, guardian and pupil of every yes that nobody has taken back, whoever else said no.

    One that a change of plan has made void is among them: its person is asked again (E30).
    """
    return {
        (row.question.pk, heard.voice.guardian_id, row.pupil.pk)
        for row in asked_pupils(question_ids, now)
        for heard in row.heard
        if heard.voice.kind is policy.Kind.YES
    }


def is_in_wrong_hands(question_id: int, pupil_id: int, guardian_id: int) -> bool:
    """Tell whether a person's mailbox is somebody else's, as far as anybody knows (E26).

    Its holder said that the message was not meant for them, and staff have not found otherwise.
    """
    rows = Request.objects.live().filter(question=question_id, pupil=pupil_id)
    row = rows.filter(guardian=guardian_id, disowned_at__isnull=False).first()
    if row is None:
        return False
    heard = hear(row, answers_to([row.pk])[row.pk], name="", relationship="", unreachable="")
    return not heard.voice.says_yes


def went_astray(
    question_ids: Sequence[int], *, guardian_id: int | None, pupil_ids: Sequence[int]
) -> bool:
    """Tell whether somebody's letters about these questions reached another person, as far as known (E26)."""
    rows = Request.objects.filter(question__in=question_ids, disowned_at__isnull=False)
    return rows.filter(guardian=guardian_id, pupil__in=pupil_ids).exists()


def put_to(person: Guardian | Pupil) -> Q:
    """Return what tells the requests that are put to somebody: a guardian, or a pupil alone."""
    if isinstance(person, Guardian):
        return Q(guardian=person)
    return Q(guardian=None, pupil=person)


def asked_of(
    question_ids: Sequence[int], *, guardian_id: int | None, pupil_ids: Sequence[int]
) -> set[int]:
    """Return those of the questions that are put to somebody about one of these pupils."""
    rows = Request.objects.live().filter(question__in=question_ids, guardian=guardian_id)
    return set(rows.filter(pupil__in=pupil_ids).values_list("question_id", flat=True))


def in_doubt(person: Guardian | Pupil, now: datetime) -> list[Request]:
    """Return what went to a mailbox whose holder said that it is not this person's, while it is open.

    Once staff have corrected or confirmed the address it is in doubt no more.
    """
    rows = Request.objects.live().filter(put_to(person), disowned_at__isnull=False)
    rows = rows.filter(question__in=Question.objects.open(now=now)).order_by("question_id", "pk")
    return [row for row in rows if not _is_settled(row, person)]


def resend_refusal(request: Request, viewer: Viewer) -> str:
    """Return why a person may not send this request again, in words, or nothing when they may."""
    person = request.guardian or request.pupil
    return policy.resend_refusal(
        is_asker=request.question.asked_by_id == viewer.staff_id,
        looks_after=may_choose_who_is_asked(viewer),
        is_closed=person.email_closed_at is not None,
        is_disowned=request.disowned_at is not None,
        is_settled=_is_settled(request, person),
    )


def _is_settled(request: Request, person: Guardian | Pupil) -> bool:
    return request.disowned_at is None or policy.is_settled(
        request.disowned_at,
        changed_at=person.email_changed_at,
        confirmed_at=person.email_confirmed_at,
    )


def asked_rows(
    question_id: int, viewer: Viewer, now: datetime, *, kin: Collection[int] | None = None
) -> list[AskedRow]:
    """Return what the meeting's page shows of each pupil, in seven queries: five where `kin` is known.

    Of a pupil of their own family a member of staff reads whether they may take part, for they may be
    the host; not who said what (E35).
    """
    messages, unsent = _messages(question_id)
    today = clock.local(now).date()
    own = kin_of(viewer.staff_id) if kin is None else kin
    return [
        AskedRow(
            pupil=row.pupil,
            consent=replace(row.consent, reason=KIN),
            people=(),
        )
        if row.pupil.pk in own
        else AskedRow(
            pupil=row.pupil,
            consent=row.consent,
            people=tuple(
                _person(heard, messages, has_paper=has_paper(row, heard, on=today))
                for heard in row.heard
            ),
        )
        for row in asked_pupils([question_id], now, unsent=unsent)
    ]


def _person(heard: Heard, messages: dict[int, str], *, has_paper: bool) -> AskedPerson:
    """Return one person with their answer and what became of their message."""
    request = heard.request
    said = heard.said
    return AskedPerson(
        request_id=request.pk if request else None,
        guardian_id=heard.voice.guardian_id,
        name=heard.name,
        relationship=heard.relationship,
        answer=heard.words,
        standing_id=said.standing_id if said else None,
        at=said.at if said else None,
        channel=said.channel if said else "",
        message=_told(heard, messages.get(request.pk, "") if request else ""),
        why=Objection(said.objection).words if said and said.objection else "",
        answer_id=said.pk if said else None,
        unchecked_answer_id=heard.unchecked.pk if heard.unchecked else None,
        language=request.guardian.language if request and request.guardian else "en",
        has_paper=has_paper,
        needs_answer=needs_answer(heard),
    )


def _told(heard: Heard, words: str) -> str:
    """Say what became of a message, and whether the office looks into it: not whose mailbox it was."""
    if words and heard.voice.is_astray:
        return f"{words}; the office is finding out whom it reached"
    if words and heard.voice.is_mended:
        return "goes out again by itself"
    return words or told(heard.voice.unreachable)


def _messages(question_id: int) -> tuple[dict[int, str], set[int]]:
    """Return for each request what became of its last message, and those that nothing left for yet."""
    abouts = Question.objects.values_list("about", "series").get(pk=question_id)
    rows = (
        Notice.objects.filter(about__in=[about for about in abouts if about], kind__in=ASKING)
        .order_by("id")
        .values_list("detail", "state", "why")
    )
    found: dict[int, str] = {}
    tried: set[int] = set()
    for detail, state, why in rows:
        words = state_words(state, why)
        for request_id in detail.get("requests", []):
            found[request_id] = words
            if state not in {State.DUE.value, State.SENDING.value}:
                tried.add(request_id)
    return found, found.keys() - tried
