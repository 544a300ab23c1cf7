"""Getting letters out: claim a few, ask again, send outside any transaction, write it down."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from notices.delivery import Answer, Lines, Sealed, Unreachable
from notices.forecast import quiet_hours
from notices.models import Notice
from notices.policy import Channel, Outcome, Quiet, State, Urgency
from notices.selectors import is_urgent_waiting
from notices.services import claims, handing, rates, recording
from notices.services.claims import Claim
from notices.services.guard import Fault, guarded
from notices.services.handing import Handed
from schoolsafe.lib import clock

# A batch that has taken so long looks before each letter whether something urgent has come. A quick
# one is over before that; a slow provider costs an urgent letter at most the one in hand.
LOOK_AFTER = timedelta(seconds=1)


@dataclass(kw_only=True)
class Run:
    """One run of a sender: its lines, its present, and what became of the letters so far."""

    lines: Lines
    read_clock: Callable[[], datetime]
    should_stop: Callable[[], bool]
    channels: tuple[Channel, ...]
    counts: Counter[State] = field(default_factory=Counter)
    left_the_house: int = 0

    @cached_property
    def quiet(self) -> Quiet:
        """Return the school's quiet hours, asked for once there is something to send."""
        return quiet_hours()


def send_batch(run: Run) -> bool:
    """Claim one batch for each provider and send it; tell whether there was anything to send."""
    sent = [_send_by(run, channel) for channel in run.channels]
    return any(sent)


def _send_by(run: Run, channel: Channel) -> bool:
    """Claim one batch of one channel and send it.

    A batch that can wait gives way as soon as something urgent has come.
    """
    started = run.read_clock()
    claim = claims.claim(channel, now=started, morning=run.quiet.until(clock.local(started)))
    before, left = run.left_the_house, handing.together(claim.picked, claim.beside)
    while left and not _gives_way(run, left[0][0], since=started):
        if not _send_one(run, left[0], claim):
            break
        left.pop(0)
    claims.release([notice for group in left for notice in group])
    # A letter that lists several cost as many as were picked for it, and is one.
    rates.give_back(channel, max(0, len(claim.picked) - (run.left_the_house - before)))
    return bool(claim.picked)


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


def _send_one(run: Run, group: Sequence[Notice], claim: Claim) -> bool:
    """Ask again whether one letter may go, send it, and write down what became of it.

    Returns False when the provider could not be reached: the letter keeps its place.
    """
    first = group[0]
    doing = f"notice {first.pk} ({first.kind})"
    handed = guarded(lambda: handing.hand_over(group, now=run.read_clock()), doing=doing)
    if isinstance(handed, Fault) and len(group) > 1:
        # What one notice brings along must not keep back the others: each goes alone.
        return all(_send_one(run, [notice], claim) for notice in group)
    if isinstance(handed, Fault):
        words = f"could not be written ({handed.name})"
        answer = Answer(outcome=Outcome.TEMPORARY, words=words)
        run.counts[recording.write_down(first, answer, now=run.read_clock())] += 1
        return True
    for notice, reason in handed.kept_back:
        run.counts[recording.not_sent(notice, reason, now=run.read_clock())] += 1
    claims.release(handed.later)
    return handed.letter is None or _send(run, handed, handed.letter, claim, doing=doing)


def _send(run: Run, handed: Handed, letter: Sealed, claim: Claim, *, doing: str) -> bool:
    """Send a letter that is in the hand, and write the answer down for each notice in it."""
    may_have_gone = any(notice.may_have_gone for notice in handed.carried)
    answer = guarded(lambda: run.lines.send(letter, may_have_gone=may_have_gone), doing=doing)
    if isinstance(answer, Unreachable):
        rates.pause(claim.provider, answer.words, now=run.read_clock())
        return False
    run.left_the_house += 1
    if isinstance(answer, Fault):
        answer = Answer(outcome=Outcome.UNKNOWN, words=answer.name)
    else:
        rates.reached(claim.provider)
    sent_as = answer.sent_as or letter.message_id
    for notice in handed.carried:
        state = recording.write_down(notice, answer, sent_as=sent_as, now=run.read_clock())
        run.counts[state] += 1
    return True
