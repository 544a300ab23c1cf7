"""Writing down what became of a letter, and what follows from it."""

from datetime import datetime

from django.db.models import F

from audit import services as audit
from notices import kinds
from notices.delivery import Answer
from notices.kinds import NotYet
from notices.models import Delivery, Notice
from notices.policy import Channel, Fate, Outcome, State, next_try, of_refusal
from notices.services import claims, steps
from notices.services.guard import Fault, guarded
from notices.services.handing import Gone, Missed, Reason
from school import services as school
from school.services import SWEEP


def not_sent(notice: Notice, reason: Reason, *, now: datetime) -> State:
    """Write down why a letter was not even tried."""
    if isinstance(reason, Gone):
        return _give_up(notice, None, reason.why, Fate.NO_ADDRESS, now=now)
    if isinstance(reason, NotYet):
        return _put_off(notice, reason)
    if isinstance(reason, Missed):
        return _miss(notice, reason, now=now)
    return _end(notice, State.DROPPED, reason.why, now=now)


def _miss(notice: Notice, reason: Missed, *, now: datetime) -> State:
    """End a letter that reaches nobody at the address of now, and let its room note who was not told."""

    def end_and_note() -> State:
        with audit.atomic():
            kinds.hold_for([notice])
            state = _end(notice, State.DROPPED, reason.why, now=now, fate=reason.fate.value)
            if state is State.DROPPED:
                notice.fate = reason.fate.value
                _note_failed(notice, now=now)
            return state

    noted = guarded(end_and_note, doing=f"miss of notice {notice.pk} ({notice.kind})")
    # A letter that cannot be noted stays in the hand: it is asked about again, never half ended.
    return State.SENDING if isinstance(noted, Fault) else noted


def write_down(notice: Notice, answer: Answer, *, sent_as: str = "", now: datetime) -> State:
    """Record the answer to one try, and what follows from it."""
    if answer.outcome is Outcome.ACCEPTED:
        keep_text = kinds.keeps_text(notice.kind)
        noted = steps.note_sent(notice, answer.words, sent_as=sent_as, keep_text=keep_text, now=now)
        return State.SENT if noted else State.SENDING
    again = next_try(notice.failures + 1, now=now)
    if answer.outcome is Outcome.PERMANENT or again is None:
        refused = answer.outcome is Outcome.PERMANENT
        fate = _fate(notice, answer) if refused else Fate.LOST
        return _give_up(notice, answer, answer.words, fate, now=now)
    with audit.atomic():
        held = claims.held(notice).update(
            state=State.DUE.value,
            try_at=again,
            failures=F("failures") + 1,
            may_have_gone=notice.may_have_gone or answer.outcome is Outcome.UNKNOWN,
            leased_until=None,
            handed_at=None,
        )
        if held:
            _record(notice, answer, now=now)
    return State.DUE


def _fate(notice: Notice, answer: Answer) -> Fate:
    """Return what a refusal for good says of the address."""
    if notice.channel == Channel.SMS.value:
        return Fate.BOUNCED
    return of_refusal(answer.words)


def _give_up(
    notice: Notice, answer: Answer | None, why: str, fate: Fate, *, now: datetime
) -> State:
    """End a letter that can never be sent, and let its room tell a person."""

    def end_and_tell() -> State:
        with audit.atomic():
            kinds.hold_for([notice])
            state = _end(notice, State.FAILED, why, now=now, fate=fate.value, answer=answer)
            if state is State.FAILED:
                tell_of(notice, fate, now=now)
            return state

    told = guarded(end_and_tell, doing=f"failure of notice {notice.pk} ({notice.kind})")
    if isinstance(told, Fault):
        words = f"{why} (nobody could be told)"
        return _end(notice, State.FAILED, words, now=now, fate=fate.value, answer=answer)
    return told


def tell_of(notice: Notice, fate: Fate, *, now: datetime, address: str = "") -> None:
    """Close an address that takes nothing, and let the room of a message tell a person."""
    notice.fate = fate.value
    if fate.closes_address and notice.channel == Channel.EMAIL.value:
        address = address or _address(notice)
        if address:
            school.close_email(address, by=SWEEP, at=now)
    _note_failed(notice, now=now)


def _note_failed(notice: Notice, *, now: datetime) -> None:
    """Let the room of a message note that it did not reach its person."""
    kind = kinds.known(notice.kind)
    if kind is not None and kind.on_failed is not None:
        kind.on_failed(notice, now)


def _address(notice: Notice) -> str:
    """Return the address of the guardian or the pupil to whom a message went a moment ago."""
    person = notice.guardian or notice.pupil
    return person.email if person else ""


def _put_off(notice: Notice, reason: NotYet) -> State:
    """Let a letter wait that may not go yet; no try is counted.

    Whoever changed meanwhile what it says has woken it: then it is asked about again at once.
    """
    held = claims.held(notice)
    given_back = {"state": State.DUE.value, "leased_until": None, "handed_at": None}
    put_off = held.filter(try_at=notice.try_at).update(
        try_at=reason.until, why=reason.why[:200], **given_back
    )
    if not put_off:
        held.update(**given_back)
    return State.DUE


def _end(
    notice: Notice,
    state: State,
    why: str,
    *,
    now: datetime,
    fate: str = "",
    answer: Answer | None = None,
) -> State:
    """End a letter's way, unless another sender has it meanwhile."""
    changes: dict[str, object] = {} if kinds.keeps_text(notice.kind) else {"letter": ""}
    with audit.atomic():
        held = claims.held(notice).update(
            state=state.value,
            ended_at=now,
            why=why[:200],
            fate=fate,
            leased_until=None,
            handed_at=None,
            **changes,
        )
        if held and answer is not None:
            _record(notice, answer, now=now)
    return state if held else State.SENDING


def _record(notice: Notice, answer: Answer, *, now: datetime) -> None:
    """Keep the provider's answer to this try."""
    Delivery.objects.create(
        notice=notice,
        at=now,
        turn=notice.turn,
        outcome=answer.outcome.value,
        answer=answer.words[:300],
    )
