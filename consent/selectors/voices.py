"""From rows to voices: who counts for each pupil asked about, and what they last said."""

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from consent import policy
from consent.models import Answer, Question, Request
from consent.policy import Help, Kind, Mode, Owed, PupilConsent, Status, Voice, Weight
from consent.selectors.answers import answers_about, requests_about
from notices.policy import MISSED
from school import policy as people
from school.models import Guardian, Guardianship, Pupil
from school.policy import Refusal
from school.selectors import guardians_who_count, own_refusals
from schoolsafe.lib import clock

Counted = dict[int, list[tuple[Guardianship, Refusal | None]]]
# For each pupil the guardians who count, and those who answer alone, each with why none is written to.
Deciding = tuple[Counted, dict[int, Refusal | None]]
# What staff read where a pupil answers alone: not why (E42).
DECIDES = "decides themselves"
SELF = "self"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One person who counts for a pupil: their voice, with the rows it was read from."""

    voice: Voice
    request: Request | None
    name: str
    relationship: str
    guardian: Guardian | None = None
    standing: Answer | None = None
    unchecked: Answer | None = None
    unsettled: Answer | None = None
    set_aside_at: datetime | None = None
    is_own: bool = False
    count: int = 0

    @property
    def said(self) -> Answer | None:
        """Return the answer that staff read of: what stands, or a yes that waits for its address (E34)."""
        return self.unsettled or self.standing

    @property
    def words(self) -> str:
        """Return it in a word or two, and that it does not count yet."""
        waits = ", once the address is confirmed" if self.voice.is_unsettled else ""
        return f"{self.said.words()}{waits}" if self.said else ""


@dataclass(frozen=True, kw_only=True)
class AskedPupil:
    """A pupil asked about in one question, with everybody who counts."""

    question: Question
    pupil: Pupil
    heard: tuple[Heard, ...]
    consent: PupilConsent
    mode: Mode
    is_out: bool = False


def asked_pupils(
    question_ids: Sequence[int], now: datetime, *, unsent: Container[int] = ()
) -> list[AskedPupil]:
    """Return every pupil asked about in these questions, in three queries.

    `unsent` are requests of which a page knows that their first message has not left.
    """
    requests = requests_about(question_ids)
    if not requests:
        return []
    answers = answers_about(question_ids)
    today = clock.local(now).date()
    counted = guardians_who_count({request.pupil_id for request in requests}, on=today)
    alone = own_refusals({request.pupil for request in requests}, on=today)
    grouped: dict[tuple[int, int], list[Request]] = defaultdict(list)
    for request in requests:
        grouped[request.question_id, request.pupil_id].append(request)
    return [
        _asked_pupil(rows, answers, (counted, alone), unsent, on=today) for rows in grouped.values()
    ]


def weigh(request: Request, answer: Answer) -> Weight:
    """Return what one answer to a request is worth as things stand."""
    address = (request.guardian or request.pupil).email_changed_at
    check = getattr(answer, "check_made", None)
    return policy.weight_of(
        answer.kind,
        answer.channel,
        is_by_someone_else=answer.is_by_someone_else,
        was_disowned=request.disowned_at is not None and answer.recorded_at <= request.disowned_at,
        is_accepted=check.is_accepted if check else None,
        is_invalidated=getattr(answer, "invalidation", None) is not None,
        has_lapsed=_has_lapsed(request, answer),
        is_unsettled=answer.address_changed_at is not None,
        is_from_replaced=answer.address_changed_at not in {None, address},
    )


def _has_lapsed(request: Request, answer: Answer) -> bool:
    """Tell whether an answer has lost the yes for the school year on which it rests."""
    standing = answer.standing
    if standing is None:
        return False
    asked = request.question.asked
    return policy.has_lapsed(
        standing.cover,
        asked,
        on=clock.local(asked.starts_at).date(),
        ended_at=standing.ended_at,
        has_failed=request.failed_at is not None,
    )


def _owed_after(answer: Answer) -> Owed | None:
    """Return what its person owes after an answer that counts for nothing."""
    set_aside = getattr(answer, "invalidation", None)
    if set_aside is None:
        return None
    check = getattr(answer, "check_made", None)
    return policy.owed_after(
        answer.kind,
        answer.channel,
        is_undone=set_aside.by_staff_id is None,
        is_by_someone_else=answer.is_by_someone_else,
        is_accepted=check.is_accepted if check else None,
    )


@dataclass
class _LastWords:
    """What one person said last: what stands, what waits for staff or for an address, what is owed."""

    standing: Answer | None = None
    unchecked: Answer | None = None
    unsettled: Answer | None = None
    owed: Owed | None = None


def _last_words(request: Request, answers: Sequence[Answer], *, for_call: bool) -> _LastWords:
    """Go through all that was said since the pupil was asked, in its order."""
    found = _LastWords()
    for answer in answers:
        if answer.recorded_at < request.asked_at:
            continue
        weight = weigh(request, answer)
        if weight is Weight.UNSETTLED and not for_call:
            weight = Weight.STANDS
        if weight is Weight.STANDS:
            owed = found.owed if answer.kind == Kind.UNCLEAR else None
            found = _LastWords(standing=answer, owed=owed)
        elif weight is Weight.WAITS:
            found.unchecked = answer
        elif weight is Weight.UNSETTLED:
            found.unsettled = answer
        elif owed := _owed_after(answer):
            found.owed = owed
            is_yes = found.standing is not None and found.standing.kind == Kind.YES
            found.standing = None if is_yes else found.standing
    return found


def hear(
    request: Request,
    answers: Sequence[Answer],
    *,
    name: str,
    relationship: str,
    unreachable: str,
    for_call: bool = False,
    who: str = "",
    tie: Guardianship | None = None,
) -> Heard:
    """Return what the person of a request last said, and what waits to be checked.

    An answer by somebody else, or by a link that was disowned afterwards, stands only once staff
    have accepted it (E26); one that was written down before the pupil was asked again belongs to an
    earlier asking. A no that was undone or set aside brings back no yes said before it.

    For a call no yes stands from an address that is not settled yet (E34); on the page on which a
    person reads what they said, it does.
    """
    heard = _last_words(request, answers, for_call=for_call)
    standing, unchecked, unsettled = heard.standing, heard.unchecked, heard.unsettled
    last = next((one for one in reversed(answers) if one.recorded_at >= request.asked_at), None)
    set_aside = getattr(last, "invalidation", None)
    since = request.question.material_version
    voice = Voice(
        who=who or relationship.capitalize() or name,
        guardian_id=request.guardian_id,
        kind=Kind(standing.kind) if standing else None,
        may_be_recorded=_may_be_recorded(standing, unsettled),
        is_outdated=standing is not None and standing.wording.version < since,
        unchecked=Kind(unchecked.kind) if unchecked else None,
        unreachable=unreachable,
        has_failed=request.failed_at is not None,
        failed_because=request.failed_because,
        is_disowned=request.disowned_at is not None,
        is_mended=not unreachable and _is_mended(request),
        is_doubted=unchecked is not None and not unchecked.is_by_someone_else,
        is_invalidated=set_aside is not None,
        is_undone=set_aside is not None and set_aside.by_staff_id is None,
        wants_call=standing is not None and standing.wants_call,
        needs=_need(request, last),
        is_for_year=standing is not None and standing.standing_id is not None,
        has_year_ended=last is not None and not request.failed_at and _has_lapsed(request, last),
        owed=heard.owed,
        is_unsettled=unsettled is not None and unsettled.wording.version >= since,
    )
    return Heard(
        voice=voice,
        request=request,
        name=name,
        relationship=relationship,
        guardian=tie.guardian if tie else None,
        standing=standing,
        unchecked=unchecked,
        unsettled=unsettled,
        set_aside_at=set_aside.at if set_aside else None,
        count=count_of(answers),
    )


def _may_be_recorded(standing: Answer | None, unsettled: Answer | None) -> bool | None:
    """Return what was said of the recording: a no to it counts at once, wherever it came from (E34)."""
    if standing is None:
        return None
    is_refused = unsettled is not None and unsettled.may_be_recorded is False
    return False if is_refused else standing.may_be_recorded


def _is_mended(request: Request) -> bool:
    """Tell whether what came back goes out by itself: its address has been corrected since (E46)."""
    if request.failed_at is None or request.failed_because not in MISSED:
        return False
    changed_at = (request.guardian or request.pupil).email_changed_at
    return changed_at is not None and changed_at > request.failed_at


def count_of(answers: Sequence[Answer]) -> int:
    """Return how much has been said, found and set aside: it grows with everything that is added."""
    return sum(
        1 + hasattr(answer, "invalidation") + hasattr(answer, "check_made") for answer in answers
    )


def _need(request: Request, last: Answer | None) -> Help | None:
    """Return the help that somebody still waits for: who has answered since was helped."""
    if request.help_asked_at is None or (last and last.recorded_at >= request.help_asked_at):
        return None
    return Help(request.help_needed)


def _asked_pupil(
    requests: Sequence[Request],
    answers: dict[int, list[Answer]],
    deciding: Deciding,
    unsent: Container[int],
    *,
    on: date,
) -> AskedPupil:
    """Put together who counts for one pupil now and what it comes to."""
    first: Any = requests[0]
    pupil = first.pupil
    heard = _heard(requests, answers, deciding)
    heard = [
        replace(one, voice=replace(one.voice, is_scheduled=True))
        if one.request and one.request.pk in unsent
        else one
        for one in heard
    ]
    voices = [one.voice for one in heard]
    mode = policy.mode_of(pupil.consent_mode, first.school_mode)
    consent = policy.consent_of(pupil.pk, voices, mode=mode)
    if people.has_left(pupil.left_on, on=on):
        reason = f"{pupil.given_name} has left the school."
        consent = PupilConsent(pupil_id=pupil.pk, status=Status.VOID, reason=reason)
    elif pupil.is_contact_suspended and consent.is_given:
        # Nobody of this family gets in: the pupil is no company for another one either (E48, P1).
        reason = f"Contact with the family of {pupil.given_name} is suspended."
        consent = PupilConsent(pupil_id=pupil.pk, status=Status.VOID, reason=reason)
    return AskedPupil(
        question=first.question,
        pupil=pupil,
        heard=tuple(heard),
        consent=consent,
        mode=mode,
        is_out=people.has_left(pupil.left_on, on=on) or pupil.is_contact_suspended,
    )


def _heard(
    requests: Sequence[Request],
    answers: dict[int, list[Answer]],
    deciding: Deciding,
) -> list[Heard]:
    """Return the pupil where they answer alone (E41, E42), else the guardians who count.

    A guardian who no longer counts is not heard; one added since is, and has said nothing yet. The
    row without a guardian speaks for a child only while nobody is on record (E45).
    """
    pupil = requests[0].pupil
    counted, alone = deciding
    ties = counted.get(pupil.pk, [])
    by_guardian = {request.guardian_id: request for request in requests}
    own = by_guardian.get(None)
    if pupil.pk in alone:
        refusal = alone[pupil.pk]
        why = refusal.value if refusal else ""
        if own is None:
            return []
        said = answers.get(own.pk, [])
        heard = hear(own, said, name=str(pupil), relationship="", unreachable=why, for_call=True)
        return [replace(heard, relationship=DECIDES, is_own=True)]
    if not ties and own is not None:
        # What the pupil said while they decided alone is not the family's word.
        said = [one for one in answers.get(own.pk, []) if one.relationship != SELF]
        why = "nobody is on record"
        heard = hear(own, said, name="the family", relationship="", unreachable=why, for_call=True)
        return [heard]
    called = _told_apart([tie for tie, _ in ties])
    return [
        _guardian_heard(tie, who, why, by_guardian, answers)
        for who, (tie, why) in zip(called, ties, strict=True)
    ]


def _guardian_heard(
    tie: Guardianship,
    who: str,
    refusal: Refusal | None,
    by_guardian: dict[int | None, Request],
    answers: dict[int, list[Answer]],
) -> Heard:
    """Return what one guardian said; nothing when they have not been asked yet."""
    name, relationship = tie.guardian.name, tie.relationship
    why = refusal.value if refusal else ""
    request = by_guardian.get(tie.guardian_id)
    if request is not None:
        # Came with the tie: what a request brings along of its guardian would be read once more.
        request.guardian = tie.guardian
        return hear(
            request,
            answers.get(request.pk, []),
            name=name,
            relationship=relationship,
            unreachable=why,
            for_call=True,
            who=who,
            tie=tie,
        )
    voice = Voice(who=who, guardian_id=tie.guardian_id, unreachable=why)
    return Heard(
        voice=voice, request=None, name=name, relationship=relationship, guardian=tie.guardian
    )


def _told_apart(ties: Sequence[Guardianship]) -> list[str]:
    """Return how each is called: two people of one relationship by their names, as two mothers."""
    called = [tie.relationship.capitalize() or tie.guardian.name for tie in ties]
    seen = Counter(called)
    return [
        tie.guardian.name if seen[who] > 1 else who for who, tie in zip(called, ties, strict=True)
    ]


def needs_answer(heard: Heard) -> bool:
    """Tell whether an answer to the text as it stands is missing, even one waiting to be checked."""
    return not heard.voice.is_answered


def is_missing(row: AskedPupil) -> bool:
    """Tell whether more answers could still turn this pupil's consent into a yes."""
    return not row.consent.status.is_settled
