"""The live register and the record of a call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from meetings import policy
from meetings.models import RegisterEntry
from meetings.pages.findings import opening_findings
from meetings.pages.parts import (
    ENTRY_WORDS,
    PRESENCE_WORDS,
    ROLE_WORDS,
    SHOUTS,
    Adult,
    Head,
    Line,
    Lobby,
    Row,
)
from schoolsafe.lib.rules import NotAllowed

OVER = {
    policy.Status.ENDED: "The call has ended. Close it: one form, and it is done.",
    policy.Status.CLOSED: "The call is closed.",
    policy.Status.CANCELLED: "The call is cancelled.",
}


def live_line(facts: policy.Facts, now: datetime) -> Head:
    """Return the one line at the top of the live register."""
    if facts.status in OVER:
        return Head(tone="news", sentence=OVER[facts.status])
    blocking = opening_findings(facts, now)
    first = blocking[0] if blocking else None
    pupils = sum(not place.is_hushed for place in facts.present)
    count = f"{_count(len(facts.adults), 'adult')}, {_count(pupils, 'pupil')}"
    if first and facts.is_live:
        return Head(
            tone="stop",
            sentence=f"On hold. {first.words}",
            detail=first.mend,
            clause=first.clause,
            loud=True,
        )
    if first:
        return Head(tone="care", sentence=first.words, detail=first.mend, clause=first.clause)
    if facts.is_live:
        return Head(tone="clear", sentence=f"{count} on the call: fine.")
    return Head(tone="clear", sentence="Everything is ready: the door can be opened.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def adults(facts: policy.Facts) -> list[Adult]:
    """Return the adults of a call with how each stands."""
    needed = policy.checks_needed(facts)
    return [_adult(seat, needed) for seat in facts.seats]


def _adult(seat: policy.SeatFacts, needed: frozenset[policy.CheckItem]) -> Adult:
    is_ready = needed <= seat.checks
    if seat.has_dropped_out:
        word, tone = "Not there", "stop"
    elif not seat.is_eligible or seat.is_away:
        word, tone = "Cannot count", "care"
    elif not seat.is_active:
        word, tone = "In reserve", "quiet"
    elif is_ready:
        word, tone = "Ready", "clear"
    elif seat.is_called:
        word, tone = "Called in", "news"
    else:
        word, tone = "Checklist to do", "quiet"
    return Adult(
        staff_id=seat.staff_id,
        name=seat.name,
        role=ROLE_WORDS[seat.role],
        word=word,
        tone=tone,
        is_there=seat.is_active,
        has_dropped_out=seat.has_dropped_out,
        is_callable=seat.role is policy.SeatRole.RESERVE and not seat.is_called,
        # Not where "Call in now" just was: the second tap of a hurried thumb must not send them away.
        may_be_missed=is_ready or seat.role is not policy.SeatRole.RESERVE,
    )


def record(entries: Iterable[RegisterEntry]) -> list[Line]:
    """Return the register in sentences, oldest first."""
    lines = []
    for entry in entries:
        kind = policy.EntryKind(entry.kind)
        words = ENTRY_WORDS[kind].format(
            pupil=entry.pupil or "", staff=entry.staff or "", reason=entry.reason
        )
        lines.append(Line(at=entry.at, words=words, tone="stop" if kind in SHOUTS else ""))
    return lines


def lobby(facts: policy.Facts, now: datetime) -> Lobby:
    """Return who may be admitted together, and why one may not be admitted alone."""
    waiting = tuple(
        x for x in facts.shown if x.presence is policy.Presence.AT_DOOR and x.has_consent
    )
    if not waiting or not facts.is_live:
        return Lobby()
    alone = [_refusal(facts, [place.pupil_id], now) for place in waiting]
    # On hold the line at the top of the page says why already.
    hint = "" if policy.assess(facts, now).blocks else next((why for why in alone if why), "")
    is_refused = bool(_refusal(facts, [place.pupil_id for place in waiting], now))
    return Lobby(together=() if is_refused else waiting, hint=hint)


def _refusal(facts: policy.Facts, pupil_ids: Sequence[int], now: datetime) -> str:
    """Return why these pupils may not be let in now; nothing when they may."""
    try:
        policy.check_admission(facts, pupil_ids, now)
    except NotAllowed as reason:
        return str(reason)
    return ""


def register_rows(
    facts: policy.Facts, entries: Sequence[RegisterEntry], now: datetime
) -> list[Row]:
    """Return one row for each pupil, those who wait at the door first."""
    last: dict[int, dict[str, RegisterEntry]] = defaultdict(dict)
    for entry in entries:
        if entry.pupil_id is not None:
            last[entry.pupil_id][entry.kind] = entry
    rows = [
        _row(
            place,
            last[place.pupil_id],
            may_admit=not _refusal(facts, [place.pupil_id], now),
        )
        for place in facts.shown
    ]
    return sorted(rows, key=lambda row: (not row.is_waiting, row.is_gone, row.name))


def _row(place: policy.PlaceFacts, last: dict[str, RegisterEntry], *, may_admit: bool) -> Row:
    word, tone = PRESENCE_WORDS[place.presence]
    if not place.has_consent:
        word, tone = "No consent", "stop"
    since = last.get(place.presence.value)
    let_back = last.get("let_back")
    if place.presence is policy.Presence.LEFT and _is_newer(let_back, since):
        word, since = "May come back", let_back
    return Row(
        pupil_id=place.pupil_id,
        name=place.name,
        word=word,
        tone=tone,
        since=since.at if since else None,
        is_here=place.presence is policy.Presence.ADMITTED,
        is_waiting=place.presence is policy.Presence.AT_DOOR and place.has_consent,
        is_gone=place.presence in {policy.Presence.REMOVED, policy.Presence.LEFT},
        is_muted=_is_newer(last.get("muted"), last.get("unmuted")),
        may_present=_is_newer(last.get("presenting"), last.get("presented")),
        has_consent=place.has_consent,
        may_admit=may_admit,
        may_return=place.is_removed,
        note="" if place.has_consent else place.consent_words,
    )


def _is_newer(one: RegisterEntry | None, other: RegisterEntry | None) -> bool:
    """Tell whether one line stands in the register, and no other after it."""
    return one is not None and (other is None or one.pk > other.pk)
