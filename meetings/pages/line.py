"""The one line at the top of the live register, and the one button under it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse

from meetings import policy
from meetings.models import Meeting, RegisterEntry
from meetings.pages.findings import opening_findings
from meetings.pages.parts import Actions, Button, Head
from schoolsafe.lib import clock

OVER = {
    policy.Status.ENDED: "The call has ended. Close it: one form, and it is done.",
    policy.Status.CLOSED: "The call is closed.",
    policy.Status.CANCELLED: "The call is cancelled.",
}


def live_line(
    facts: policy.Facts,
    now: datetime,
    *,
    wait: timedelta = timedelta(0),
    entries: Iterable[RegisterEntry] = (),
) -> Head:
    """Return the one line at the top of the live register, with names (E57)."""
    if facts.status in OVER:
        return Head(tone="news", sentence=OVER[facts.status])
    blocking = opening_findings(facts, now)
    first = blocking[0] if blocking else None
    pupils = sum(not place.is_hushed for place in facts.present)
    count = f"{_count(len(facts.adults), 'adult')}, {_count(pupils, 'pupil')}"
    if first and facts.is_live:
        prompt = policy.prompt(facts, first)
        return Head(
            tone="stop",
            sentence=f"On hold. {prompt.words}",
            detail=prompt.mend,
            clause=first.clause,
            loud=True,
        )
    if first:
        return Head(tone="care", sentence=first.words, detail=first.mend, clause=first.clause)
    if facts.is_live:
        fine = Head(tone="clear", sentence=f"{count} on the call: fine.")
        return _only_one(facts, now, wait=wait, entries=entries) or fine
    return Head(tone="clear", sentence="Everything is ready: the door can be opened.")


def _only_one(
    facts: policy.Facts, now: datetime, *, wait: timedelta, entries: Iterable[RegisterEntry]
) -> Head | None:
    """Return what to do while only one pupil has turned up; None where more have (E56)."""
    one = policy.only_one(facts)
    stands = policy.turnout(facts, now, wait=wait)
    if one is None or stands is policy.Turnout.AS_PLANNED:
        return None
    until = clock.time_in_words(policy.waits_until(facts, wait=wait))
    if stands is policy.Turnout.ONE_ONLY:
        words = f"Only {one.name} has turned up, and the time to wait was over at {until}."
        return Head(tone="care", sentence=words, detail="End the call for everyone in Teams now.")
    if _has(entries, policy.EntryKind.WAITING):
        words = f"You wait with {one.name} for the others until {until}."
        return Head(tone="clear", sentence=words, detail="Both adults stay on the call.")
    words = f"Only {one.name} has turned up."
    return Head(
        tone="care",
        sentence=words,
        detail=f"Do not begin. Wait until {until}, both adults on the call, or end it.",
    )


def _has(entries: Iterable[RegisterEntry], kind: policy.EntryKind) -> bool:
    return any(entry.kind == kind.value for entry in entries)


def live_button(
    meeting: Meeting,
    facts: policy.Facts,
    now: datetime,
    actions: Actions,
    *,
    wait: timedelta,
    entries: Iterable[RegisterEntry],
) -> Button | None:
    """Return the one press that mends what the line says, for those who may; else nothing."""
    blocking = opening_findings(facts, now)
    if policy.Action.OPEN in actions and not blocking:
        return Button(label="Open the door", action=_to("open_door", meeting), icon="door-open")
    if not facts.is_live:
        return None
    if blocking:
        return _mend(meeting, policy.prompt(facts, blocking[0]), actions)
    stands = policy.turnout(facts, now, wait=wait)
    if stands is policy.Turnout.AS_PLANNED:
        return None
    return _about_one(meeting, facts, stands, actions, wait=wait, entries=entries)


def _mend(meeting: Meeting, prompt: policy.Prompt, actions: Actions) -> Button | None:
    """Return the button that mends a call on hold."""
    staff = prompt.staff
    if prompt.press is policy.Mend.CALL_RESERVE and staff and policy.Action.CALL in actions:
        action = _to("call_reserve", meeting, staff.staff_id)
        return Button(label=f"Call in {staff.name} now", action=action, icon="telephone")
    if prompt.press is policy.Mend.MARK_GONE and staff and policy.Action.CONFIRM in actions:
        action = _to("drop_out", meeting, staff.staff_id)
        return Button(label=f"Mark {staff.name} as not there", action=action, icon="person-x")
    if policy.Action.END in actions:
        return _ending(meeting, "end", "End the call now")
    return None


def _ending(meeting: Meeting, page: str, label: str) -> Button:
    """Return a button that ends the call: it wants a second press."""
    return Button(
        label=label,
        action=_to(page, meeting),
        icon="door-closed",
        sure="In Teams choose the three dots and 'End meeting' first. Every door shuts at once.",
    )


def _about_one(
    meeting: Meeting,
    facts: policy.Facts,
    stands: policy.Turnout,
    actions: Actions,
    *,
    wait: timedelta,
    entries: Iterable[RegisterEntry],
) -> Button | None:
    """Return what can be pressed while only one pupil has turned up (E56)."""
    if stands is policy.Turnout.ONE_SO_FAR and len(facts.adults) > 1:
        if _has(entries, policy.EntryKind.WAITING) or policy.Action.RUN not in actions:
            return None
        until = clock.time_in_words(policy.waits_until(facts, wait=wait))
        return Button(label=f"We wait together until {until}", action=_to("wait", meeting))
    if policy.Action.END in actions:
        return _ending(meeting, "end_with_one", "Only one came: end the call")
    return None


def _to(page: str, meeting: Meeting, *more: int) -> str:
    return reverse(f"meetings:{page}", args=[meeting.pk, *more])


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
