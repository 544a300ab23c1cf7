"""How a call is told on its pages: the head line, the next step, the mends, the record."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from meetings import links, policy
from meetings.models import Meeting, RegisterEntry
from schoolsafe.lib.rules import Finding

Change = Callable[[Meeting], object]
WORTH_PRESSING = frozenset({policy.Door.OPEN, policy.Door.NOT_YET, policy.Door.ON_HOLD})
STATUS_WORDS = {
    policy.Status.DRAFT: ("Draft", "quiet"),
    policy.Status.ASKED: ("Families asked", "news"),
    policy.Status.SHARED: ("Shared", "news"),
    policy.Status.OPEN: ("Open now", "clear"),
    policy.Status.ENDED: ("To be closed", "care"),
    policy.Status.CLOSED: ("Closed", "quiet"),
    policy.Status.CANCELLED: ("Cancelled", "quiet"),
}
ROLE_WORDS = {
    policy.SeatRole.HOST: "Host",
    policy.SeatRole.CO_HOST: "Co-host",
    policy.SeatRole.RESERVE: "Reserve",
}
PRESENCE_WORDS = {
    policy.Presence.EXPECTED: ("Expected", "quiet"),
    policy.Presence.AT_DOOR: ("At the door", "news"),
    policy.Presence.ADMITTED: ("On the call", "clear"),
    policy.Presence.LEFT: ("Left", "quiet"),
    policy.Presence.REMOVED: ("Removed", "stop"),
}
ENTRY_WORDS = {
    policy.EntryKind.AT_DOOR: "{pupil} is at the door.",
    policy.EntryKind.ADMITTED: "{pupil} was admitted.",
    policy.EntryKind.MUTED: "{pupil} was muted.",
    policy.EntryKind.UNMUTED: "{pupil} was unmuted.",
    policy.EntryKind.PRESENTING: "{pupil} may present.",
    policy.EntryKind.REMOVED: "{pupil} was removed: {reason}",
    policy.EntryKind.LEFT: "{pupil} left.",
    policy.EntryKind.UNKNOWN_NAME: "An unknown name was at the door: {reason}",
    policy.EntryKind.DROPPED_OUT: "{staff} dropped out.",
    policy.EntryKind.RETURNED: "{staff} came back.",
    policy.EntryKind.DOOR_OPENED: "The door was opened.",
    policy.EntryKind.ON_HOLD: "On hold: the call no longer kept to the policy.",
    policy.EntryKind.CLEAR_AGAIN: "Clear again.",
    policy.EntryKind.ENDED: "The call was ended.",
}
SHOUTS = {policy.EntryKind.ON_HOLD, policy.EntryKind.REMOVED, policy.EntryKind.UNKNOWN_NAME}


@dataclass(frozen=True, kw_only=True)
class Head:
    """The state of a thing in one sentence, and the one next step."""

    tone: str
    sentence: str
    detail: str = ""
    next_label: str = ""
    next_url: str = ""
    next_action: str = ""
    loud: bool = False


@dataclass(frozen=True, kw_only=True)
class Box:
    """The verdict beside a form that is being filled in."""

    tone: str
    sentence: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A finding with the link that mends it."""

    clause: str
    severity: str
    words: str
    mend: str
    mend_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a record."""

    at: datetime
    words: str
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage of a call."""

    label: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pupil in the live register."""

    pupil_id: int
    name: str
    word: str
    tone: str
    since: datetime | None
    is_here: bool
    is_waiting: bool
    is_gone: bool
    is_muted: bool
    has_consent: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class Adult:
    """One adult on a call."""

    staff_id: int
    name: str
    role: str
    word: str
    tone: str
    is_there: bool
    has_dropped_out: bool
    is_callable: bool


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """One call in the list."""

    meeting: Meeting
    word: str
    tone: str


EMPTY_BOX = Box(tone="news", sentence="Fill in the form: this box says at once whether it is safe.")


def planning_box(facts: policy.Facts, now: datetime) -> Box:
    """Return the verdict on a call that is being typed; what is still empty does not shout."""
    verdict = policy.assess(facts, now)
    if any(finding.code == "no_pupils" for finding in verdict.findings):
        rest = tuple(x for x in verdict.findings if x.code != "no_pupils")
        if not any(x.blocks for x in rest):
            return Box(
                tone="news", sentence="Choose the pupils to see whether it is safe.", findings=rest
            )
    if verdict.blocks:
        return Box(tone="stop", sentence="Not possible like this.", findings=verdict.findings)
    both = len(facts.adults) > 1
    sentence = (
        "Two adults: you may record or not." if both else "One adult, recorded: this is possible."
    )
    return Box(tone="clear", sentence=f"This is safe. {sentence}", findings=verdict.advice)


def head(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    """Return where a call stands in one sentence and the next step for this person."""
    if verdict.blocks and facts.is_past_sharing:
        first = verdict.blocking[0]
        return Head(
            tone="stop",
            sentence=f"On hold. {first.words}",
            detail=f"The door is shut for every family. {first.mend}",
            loud=True,
            **_next(meeting, "See what to do", "meetings:live", policy.Action.CONFIRM in actions),
        )
    return _HEADS[facts.status](meeting, facts, verdict, actions, now)


def _next(meeting: Meeting, label: str, page: str, shown: bool) -> dict[str, str]:
    """Return the next step as a link, for those who may take it."""
    if not shown:
        return {}
    return {"next_label": label, "next_url": reverse(page, args=[meeting.pk])}


def _draft(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    if verdict.blocks:
        first = verdict.blocking[0]
        step = _next(meeting, "Change the plan", "meetings:revise", policy.Action.REVISE in actions)
        return Head(tone="stop", sentence=first.words, detail=first.mend, **step)
    if policy.Action.ASK not in actions:
        return Head(tone="news", sentence="This call is being planned.")
    return Head(
        tone="clear",
        sentence="The plan keeps to the policy. Ask the families next.",
        next_label="Ask the families",
        next_action=reverse("meetings:ask", args=[meeting.pk]),
    )


def _asked(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    if verdict.blocks:
        return _draft(meeting, facts, verdict, actions, now)
    yes = sum(place.has_consent for place in facts.places)
    told = f"{yes} of {len(facts.places)} pupils may take part so far."
    held = policy.assess(policy.as_shared(facts), now).blocking
    may = policy.Action.SHARE in actions
    if not facts.has_link:
        return Head(
            tone="care",
            sentence=told,
            detail="Paste the Teams link below; nothing is shared without it.",
            **({"next_label": "Add the Teams link", "next_url": "#link"} if may else {}),
        )
    if held:
        return Head(
            tone="care",
            sentence=told,
            detail=f"The link is held back. {held[0].words}",
            **_next(meeting, "See who has answered", "meetings:share", may),
        )
    return Head(
        tone="clear",
        sentence=told,
        detail="The link may go to those families now.",
        **_next(meeting, "Share the link", "meetings:share", may),
    )


def _shared(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    if now > facts.ends_at:
        return Head(
            tone="care",
            sentence="The time of this call is over. Say how it went.",
            **_next(meeting, "Close the call", "meetings:close", policy.Action.CLOSE in actions),
        )
    may = policy.Action.CONFIRM in actions
    return Head(
        tone="clear",
        sentence="Families have their links. The door is still shut.",
        detail="From 15 minutes before the start each adult confirms the checklist.",
        **_next(meeting, "Go to the start checklist", "meetings:live", may),
    )


def _open(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    may = policy.Action.RUN in actions
    return Head(
        tone="clear",
        sentence="The door is open.",
        **_next(meeting, "Go to the live register", "meetings:live", may),
    )


def _ended(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    return Head(
        tone="care",
        sentence="The call has ended. One form is left.",
        **_next(meeting, "Close the call", "meetings:close", policy.Action.CLOSE in actions),
    )


def _over(
    meeting: Meeting,
    facts: policy.Facts,
    verdict: policy.Verdict,
    actions: frozenset[policy.Action],
    now: datetime,
) -> Head:
    closed = facts.status is policy.Status.CLOSED
    words = "The call is closed. Nothing is left to do." if closed else "The call is cancelled."
    return Head(tone="news", sentence=words)


_HEADS = {
    policy.Status.DRAFT: _draft,
    policy.Status.ASKED: _asked,
    policy.Status.SHARED: _shared,
    policy.Status.OPEN: _open,
    policy.Status.ENDED: _ended,
    policy.Status.CLOSED: _over,
    policy.Status.CANCELLED: _over,
}


def with_mends(
    meeting: Meeting, verdict: policy.Verdict, actions: frozenset[policy.Action]
) -> list[Mended]:
    """Return the findings, each with the link that mends it for those who may."""
    over = {policy.Status.ENDED.value, policy.Status.CLOSED.value, policy.Status.CANCELLED.value}
    if meeting.status in over:
        return []
    revise = reverse("meetings:revise", args=[meeting.pk])
    pages = {"people": revise, "recording": revise, "times": revise, "link": "#link"}
    may = policy.Action.REVISE in actions
    return [
        Mended(
            clause=finding.clause,
            severity=finding.severity.value,
            words=finding.words,
            mend=finding.mend,
            mend_url=pages.get(finding.mend_with, "") if may else "",
        )
        for finding in verdict.findings
    ]


def sharing_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what holds the link back, and what to think about."""
    return policy.assess(policy.as_shared(facts) if not facts.is_live else facts, now).findings


def opening_findings(facts: policy.Facts, now: datetime) -> tuple[Finding, ...]:
    """Return what stands between this call and an open door."""
    if facts.status is policy.Status.SHARED:
        return policy.assess_opening(facts, now).blocking
    return policy.assess(facts, now).blocking


def live_line(facts: policy.Facts, now: datetime) -> Head:
    """Return the one line at the top of the live register."""
    blocking = opening_findings(facts, now)
    count = f"{_count(len(facts.adults), 'adult')}, {_count(len(facts.present), 'pupil')}"
    if blocking and facts.is_live:
        return Head(
            tone="stop",
            sentence=f"On hold. {blocking[0].words}",
            detail=blocking[0].mend,
            loud=True,
        )
    if blocking:
        return Head(tone="care", sentence=blocking[0].words, detail=blocking[0].mend)
    if facts.is_live:
        return Head(tone="clear", sentence=f"{count} on the call: fine.")
    return Head(tone="clear", sentence="Everything is ready: the door can be opened.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def steps(facts: policy.Facts) -> list[Step]:
    """Return the stages of a call and where it stands."""
    order = [
        (policy.Status.DRAFT, "Plan"),
        (policy.Status.ASKED, "Ask families"),
        (policy.Status.SHARED, "Share"),
        (policy.Status.OPEN, "Run"),
        (policy.Status.ENDED, "Close"),
    ]
    if facts.status is policy.Status.CANCELLED:
        return []
    if facts.status is policy.Status.CLOSED:
        return [Step(label=label, state="done") for _, label in order]
    here = [status for status, _ in order].index(facts.status)
    states = ["done"] * here + ["current"] + ["ahead"] * (len(order) - here - 1)
    return [Step(label=label, state=state) for (_, label), state in zip(order, states, strict=True)]


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


def register_rows(facts: policy.Facts, entries: Sequence[RegisterEntry]) -> list[Row]:
    """Return one row for each pupil, those who wait at the door first."""
    last: dict[int, dict[str, RegisterEntry]] = defaultdict(dict)
    for entry in entries:
        if entry.pupil_id is not None:
            last[entry.pupil_id][entry.kind] = entry
    rows = [_row(place, last[place.pupil_id]) for place in facts.places]
    return sorted(rows, key=lambda row: (not row.is_waiting, row.is_gone, row.name))


def _row(place: policy.PlaceFacts, last: dict[str, RegisterEntry]) -> Row:
    word, tone = PRESENCE_WORDS[place.presence]
    if not place.has_consent:
        word, tone = "No consent", "stop"
    since = last.get(place.presence.value)
    muted, unmuted = last.get("muted"), last.get("unmuted")
    is_muted = muted is not None and (unmuted is None or muted.pk > unmuted.pk)
    return Row(
        pupil_id=place.pupil_id,
        name=place.name,
        word=word,
        tone=tone,
        since=since.at if since else None,
        is_here=place.presence is policy.Presence.ADMITTED,
        is_waiting=place.presence is policy.Presence.AT_DOOR and place.has_consent,
        is_gone=place.presence in {policy.Presence.REMOVED, policy.Presence.LEFT},
        is_muted=is_muted,
        has_consent=place.has_consent,
        note="" if place.has_consent else place.consent_words,
    )


def rows(meetings: Iterable[Meeting]) -> list[ListRow]:
    """Return calls as the list shows them; a call on hold says so before anything else."""
    found = []
    for meeting in meetings:
        word, tone = STATUS_WORDS[policy.Status(meeting.status)]
        if meeting.on_hold_since:
            word, tone = "On hold", "stop"
        found.append(ListRow(meeting=meeting, word=word, tone=tone))
    return found


def class_text(meeting: Meeting) -> str:
    """Return the text for a whole class: nobody's own link, never the Teams address (E72)."""
    address = links.for_class(meeting.pk, meeting.class_link_version)
    return (
        "There is a video call coming up. If you have said yes to it, your own link is in your "
        f"e-mail. Can't find it? Ask for it again here: {address}"
    )
