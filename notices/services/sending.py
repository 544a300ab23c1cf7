"""Getting letters out: claim a few, ask again, send outside any transaction, write it down."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from notices import kinds
from notices.delivery import Answer, Line, Sealed, Unreachable, written
from notices.kinds import Letter, NotYet, Unwanted
from notices.models import Delivery, Notice, Provider
from notices.policy import Outcome, State, Urgency, next_try
from notices.selectors import is_urgent_waiting
from notices.services import claims, rates, steps
from notices.services.guard import Fault, guarded
from school.selectors import Contact, contact_for, pupil_address, staff_address

# A batch that has taken so long looks before each letter whether something urgent has come. A quick
# one is over before that; a slow provider costs an urgent letter at most the one in hand.
LOOK_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """There is nowhere to send a letter that is still wanted."""

    why: str


@dataclass(kw_only=True)
class Run:
    """One run of a sender: its line, its present, and what became of the letters so far."""

    line: Line
    read_clock: Callable[[], datetime]
    should_stop: Callable[[], bool]
    counts: Counter[State] = field(default_factory=Counter)
    left_the_house: int = 0


def send_batch(run: Run) -> bool:
    """Claim one batch and send it; tell whether there was anything to send.

    A batch that can wait gives way as soon as something urgent has come.
    """
    started = run.read_clock()
    provider, batch = claims.claim(now=started)
    before, left = run.left_the_house, list(batch)
    while left and not _gives_way(run, left[0], since=started):
        if _send_one(run, left[0], provider) is None:
            break
        left.pop(0)
    claims.release(left)
    rates.give_back(len(batch) - (run.left_the_house - before))
    return bool(batch)


def _gives_way(run: Run, notice: Notice, *, since: datetime) -> bool:
    """Tell whether the rest of a batch is put back: the sender stops, or something urgent has come."""
    if run.should_stop():
        return True
    now = run.read_clock()
    return (
        notice.urgency > Urgency.NOW.value
        and now - since >= LOOK_AFTER
        and is_urgent_waiting(now=now)
    )


def _send_one(run: Run, notice: Notice, provider: Provider) -> State | None:
    """Ask again whether one letter may go, send it, and write down what became of it.

    Returns None when the provider could not be reached: the letter keeps its place.
    """
    doing = f"notice {notice.pk} ({notice.kind})"
    handed = guarded(lambda: _hand_over(notice, now=run.read_clock()), doing=doing)
    if isinstance(handed, Sealed):
        answer = guarded(lambda: run.line.send(handed), doing=doing)
        if isinstance(answer, Unreachable):
            rates.pause(provider, answer.words, now=run.read_clock())
            return None
        run.left_the_house += 1
        if isinstance(answer, Fault):
            answer = Answer(outcome=Outcome.UNKNOWN, words=answer.name)
        else:
            rates.reached(provider)
        state = _write_down(notice, answer, now=run.read_clock())
    else:
        state = _not_sent(notice, handed, now=run.read_clock())
    run.counts[state] += 1
    return state


def _not_sent(notice: Notice, reason: Unwanted | NotYet | Gone | Fault, *, now: datetime) -> State:
    """Write down why a letter was not even tried."""
    if isinstance(reason, Unwanted):
        return _end(notice, State.DROPPED, reason.why, now=now)
    if isinstance(reason, NotYet):
        return _put_off(notice, reason)
    if isinstance(reason, Gone):
        return _give_up(notice, None, reason.why, now=now)
    words = f"could not be written ({reason.name})"
    return _write_down(notice, Answer(outcome=Outcome.TEMPORARY, words=words), now=now)


@transaction.atomic
def _hand_over(notice: Notice, *, now: datetime) -> Sealed | Unwanted | NotYet | Gone:
    """Ask whether a letter is still wanted and may go, and take it into the hand.

    From here until the answer is written down it may have gone.
    """
    contact = _contact(notice, now=now)
    if contact.refused:
        return Unwanted(contact.refused)
    if not contact.address:
        return Gone(why="there is no address for this person any more")
    composed = kinds.kind(notice.kind).compose(notice, contact, now)
    if isinstance(composed, Unwanted | NotYet):
        return composed
    letter = _sealed(notice, contact, composed, now=now)
    held = steps.take_into_hand(notice, letter.stored(), now=now)
    return letter if held else Unwanted("taken back while it was about to be sent")


def _contact(notice: Notice, *, now: datetime) -> Contact:
    """Return where the person may be written to this moment."""
    if notice.guardian_id is not None:
        return contact_for(notice.guardian_id, notice.pupil_ids, now)
    if notice.staff_id is not None:
        address = staff_address(notice.staff_id)
    elif notice.pupil_id is not None:
        address = pupil_address(notice.pupil_id, now)
    else:
        address = notice.address
    return Contact(address=address, language="en", pupil_ids=tuple(notice.pupil_ids))


def _sealed(notice: Notice, contact: Contact, composed: Letter, *, now: datetime) -> Sealed:
    """Return the letter to send: the very one that may have gone already, or the one just written.

    The old one stands only while it is about the same children: a sister whose contact was
    forbidden meanwhile must not be named by a repeat (E44). The address is always today's.
    """
    fresh = Sealed(
        to=contact.address,
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        message_id=notice.message_id,
        written_at=written(now),
        pupil_ids=list(contact.pupil_ids),
        language=composed.language,
    )
    if notice.may_have_gone and notice.letter:
        first = Sealed.restored(notice.letter)
        if first.pupil_ids == fresh.pupil_ids:
            return replace(first, to=fresh.to)
    return fresh


def _write_down(notice: Notice, answer: Answer, *, now: datetime) -> State:
    """Record the answer to one try, and what follows from it."""
    if answer.outcome is Outcome.ACCEPTED:
        keep_text = kinds.keeps_text(notice.kind)
        noted = steps.note_sent(notice, answer.words, keep_text=keep_text, now=now)
        return State.SENT if noted else State.SENDING
    again = next_try(notice.failures + 1, now=now)
    if answer.outcome is Outcome.PERMANENT or again is None:
        return _give_up(notice, answer, answer.words, now=now)
    with transaction.atomic():
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


def _put_off(notice: Notice, reason: NotYet) -> State:
    """Let a letter wait that may not go yet; no try is counted."""
    claims.held(notice).update(
        state=State.DUE.value,
        try_at=reason.until,
        why=reason.why[:200],
        leased_until=None,
        handed_at=None,
    )
    return State.DUE


def _give_up(notice: Notice, answer: Answer | None, why: str, *, now: datetime) -> State:
    """End a letter that can never be sent, and let its room tell a person."""

    def end_and_tell() -> State:
        with transaction.atomic():
            state = _end(notice, State.FAILED, why, now=now, answer=answer)
            on_failed = kinds.kind(notice.kind).on_failed
            if state is State.FAILED and on_failed is not None:
                on_failed(notice, now)
            return state

    told = guarded(end_and_tell, doing=f"failure of notice {notice.pk} ({notice.kind})")
    if isinstance(told, Fault):
        return _end(notice, State.FAILED, f"{why} (nobody could be told)", now=now, answer=answer)
    return told


def _end(
    notice: Notice, state: State, why: str, *, now: datetime, answer: Answer | None = None
) -> State:
    """End a letter's way, unless another sender has it meanwhile."""
    changes: dict[str, object] = {} if kinds.keeps_text(notice.kind) else {"letter": ""}
    with transaction.atomic():
        held = claims.held(notice).update(
            state=state.value,
            ended_at=now,
            why=why[:200],
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
