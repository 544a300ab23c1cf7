"""The live register and the record of a call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from meetings import policy, selectors, services
from meetings.models import Meeting, RegisterEntry
from meetings.pages.parts import (
    ENTRY_WORDS,
    PRESENCE_WORDS,
    ROLE_WORDS,
    SHOUTS,
    Adult,
    Line,
    Lobby,
    Look,
    Row,
)
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


def second_look(
    meeting: Meeting, facts: policy.Facts, now: datetime, entries: Iterable[RegisterEntry]
) -> Look | None:
    """Return the second look that an ended call wants; None before its end (E65)."""
    is_over = facts.status in {policy.Status.ENDED, policy.Status.CLOSED}
    if meeting.ended_at is None or meeting.opened_at is None or not is_over:
        return None
    counts_from = meeting.ended_at + policy.LOOK_AGAIN_AFTER
    lines = record(entry for entry in entries if entry.kind in services.LOOKED)
    found = lines[-1].words if lines else ""
    return Look(counts_from=counts_from, is_time=now >= counts_from, found=found)


def left_early(facts: policy.Facts, entries: Iterable[RegisterEntry]) -> dict[int, datetime]:
    """Return who had left or been removed when the call was ended, and when, as the register says it."""
    last = {
        entry.pupil_id: entry.happened_at
        for entry in entries
        if entry.kind in GOING and entry.pupil_id is not None
    }
    gone = {p.pupil_id for p in facts.shown if p.presence in GONE}
    return {pupil_id: at for pupil_id, at in last.items() if pupil_id in gone}


GOING = frozenset({policy.EntryKind.LEFT.value, policy.EntryKind.REMOVED.value})
GONE = frozenset({policy.Presence.LEFT, policy.Presence.REMOVED})
NEVER_ON_IT = frozenset({policy.Presence.EXPECTED, policy.Presence.AT_DOOR})


def adults(facts: policy.Facts) -> list[Adult]:
    """Return the adults of a call with how each stands."""
    needed = policy.checks_needed(facts)
    return [_adult(facts, seat, needed) for seat in facts.seats]


def _adult(
    facts: policy.Facts, seat: policy.SeatFacts, needed: frozenset[policy.CheckItem]
) -> Adult:
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
        is_callable=policy.is_callable(facts, seat),
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
        if kind is policy.EntryKind.NAMED and not entry.reason:
            words = f"{entry.pupil} is shown in Teams under their own name."
        if entry.pressed_at is not None:
            words = f"{words} (Sent at {clock.time_in_words(entry.at)}: there was no connection.)"
        lines.append(Line(at=entry.happened_at, words=words, tone="stop" if kind in SHOUTS else ""))
    return lines


def leavers(facts: policy.Facts, left: dict[int, datetime]) -> list[tuple[int, str]]:
    """Return the pupils who were on the call as choices of the closing form, with when they went."""
    came = [p for p in facts.shown if p.presence not in NEVER_ON_IT]
    return [(place.pupil_id, _leaver(place, left.get(place.pupil_id))) for place in came]


def _leaver(place: policy.PlaceFacts, at: datetime | None) -> str:
    """Return a pupil with when they left, or were removed."""
    if at is None:
        return place.name
    how = "removed at " if place.presence is policy.Presence.REMOVED else ""
    return f"{place.name}, {how}{clock.time_in_words(at)}"


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
    """Return one row for each pupil, by name: whatever they do, their row stays where it is."""
    last: dict[int, dict[str, RegisterEntry]] = defaultdict(dict)
    for entry in entries:
        if entry.pupil_id is not None:
            last[entry.pupil_id][entry.kind] = entry
    in_teams = selectors.names_in_teams(entries)
    rows = [
        _row(
            place,
            last[place.pupil_id],
            in_teams=in_teams.get(place.pupil_id, ""),
            may_admit=place not in facts.present and not _refusal(facts, [place.pupil_id], now),
        )
        for place in facts.shown
    ]
    return sorted(rows, key=lambda row: (row.name, row.pupil_id))


def _row(
    place: policy.PlaceFacts, last: dict[str, RegisterEntry], *, in_teams: str, may_admit: bool
) -> Row:
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
        in_teams=in_teams,
        word=word,
        tone=tone,
        since=since.happened_at if since else None,
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
