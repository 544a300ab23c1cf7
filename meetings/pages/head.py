"""Where a call stands in one sentence, and the one next step."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from meetings import policy
from meetings.models import Incident, Meeting
from meetings.pages.parts import Actions, Head, Step, hour
from schoolsafe.lib import clock

CLOSED = "The call is closed."


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
        held = Head(
            tone="stop",
            sentence=f"On hold. {first.words}",
            detail=f"The door is shut for every family. {first.mend}",
            clause=first.clause,
            loud=True,
        )
        if first.code == "link_leaked":
            may = policy.Action.RENEW in actions
            return _leading(held, "Put in the new Teams link", "#link", may)
        may = policy.Action.CONFIRM in actions
        return _leading(held, "See what to do", _to("live", meeting), may)
    return _HEADS[facts.status](meeting, facts, verdict, actions, now)


def with_forecast(head: Head, asking: str) -> Head:
    """Say before a person asks the families how many letters that makes and how long they take."""
    return replace(head, detail=asking) if head.next_action and asking else head


def _leading(head: Head, label: str, url: str, shown: bool) -> Head:
    """Add the next step as a link, for those who may take it."""
    return replace(head, next_label=label, next_url=url) if shown else head


def _to(page: str, meeting: Meeting) -> str:
    """Return the address of a page of this call."""
    return reverse(f"meetings:{page}", args=[meeting.pk])


def _draft(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    if verdict.blocks:
        first = verdict.blocking[0]
        stop = Head(tone="stop", sentence=first.words, detail=first.mend, clause=first.clause)
        may = policy.Action.REVISE in actions
        if first.mend_with == "teams":
            return _leading(stop, "See what to do", "#teams", may)
        return _leading(stop, "Change the plan", _to("revise", meeting), may)
    if policy.Action.ASK not in actions:
        return Head(tone="news", sentence="This call is being planned.")
    if meeting.series_id is not None:
        return Head(
            tone="clear",
            sentence="The plan keeps to the policy. Ask the families about all dates next.",
            detail="Each family gets one letter with the dates.",
            next_label="Ask the families",
            next_action=_to("ask_series", meeting),
        )
    return Head(
        tone="clear",
        sentence="The plan keeps to the policy. Ask the families next.",
        next_label="Ask the families",
        next_action=_to("ask", meeting),
    )


def _asked(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    if verdict.blocks:
        return _draft(meeting, facts, verdict, actions, now)
    yes = sum(place.has_consent for place in facts.shown)
    pupils = "pupil" if len(facts.shown) == 1 else "pupils"
    told = f"{yes} of {len(facts.shown)} {pupils} may take part so far."
    held = policy.assess(policy.as_shared(facts), now).blocking
    may = policy.Action.SHARE in actions
    share = _to("share", meeting)
    if not facts.has_link:
        words = "Paste the Teams link below; nothing is shared without it."
        return _leading(
            Head(tone="care", sentence=told, detail=words), "Add the Teams link", "#link", may
        )
    if held:
        words = f"The link is held back. {held[0].words}"
        return _leading(
            Head(tone="care", sentence=told, detail=words), "See who has answered", share, may
        )
    ready = Head(tone="clear", sentence=told, detail="The link may go to those families now.")
    return _leading(ready, "Share the link", share, may)


def _shared(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    if now > facts.ends_at:
        late = Head(tone="care", sentence="The time of this call is over. Say how it went.")
        may = policy.Action.CLOSE in actions
        return _leading(late, "Close the call", _to("close", meeting), may)
    checks_from = hour(facts.starts_at - policy.CHECKS_COUNT_FOR, now)
    opens = clock.time_in_words(facts.starts_at - policy.DOOR_OPENS_BEFORE)
    shared = Head(
        tone="clear",
        sentence="Families have their links. The door is still shut.",
        detail=f"Each adult confirms the checklist from {checks_from}. "
        f"The door can be opened from {opens}.",
    )
    may = policy.Action.CONFIRM in actions
    return _leading(shared, "Go to the start checklist", _to("live", meeting), may)


def _open(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    label = "Go to the live register" if policy.Action.RUN in actions else "See the live register"
    if now > facts.ends_at:
        late = Head(
            tone="care",
            sentence="The time of this call is over, and nobody has closed it.",
            detail="If pupils may still be in it, go back now and choose 'End meeting'.",
        )
        if policy.Action.CLOSE in actions:
            return _leading(late, "Close the call", _to("close", meeting), shown=True)
        return _leading(late, label, _to("live", meeting), shown=True)
    live = Head(tone="clear", sentence="The door is open.")
    return _leading(live, label, _to("live", meeting), shown=True)


def _ended(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    may = policy.Action.CLOSE in actions
    ended = Head(tone="care", sentence="The call has ended. One form is left.")
    return _leading(ended, "Close the call", _to("close", meeting), may)


def _over(
    meeting: Meeting, facts: policy.Facts, verdict: policy.Verdict, actions: Actions, now: datetime
) -> Head:
    closed = facts.status is policy.Status.CLOSED
    kinds = {one.kind for one in meeting.incidents.all() if one.settled_at is None}
    if closed and policy.IncidentKind.HUNG_UP.value in kinds:
        return Head(
            tone="care",
            sentence="Pupils may still be in the call: somebody hung up.",
            detail="Join it again from Outlook, choose the three dots and 'End meeting'. "
            "The safeguarding team has been told.",
        )
    if closed and policy.IncidentKind.RECORDED_ANYWAY.value in kinds:
        return Head(
            tone="care",
            sentence="The call was recorded, and families had agreed to no recording.",
            detail="Show the recording to nobody. The safeguarding team has been told.",
        )
    return Head(tone="news", sentence=CLOSED if closed else "The call is cancelled.")


_HEADS = {
    policy.Status.DRAFT: _draft,
    policy.Status.ASKED: _asked,
    policy.Status.SHARED: _shared,
    policy.Status.OPEN: _open,
    policy.Status.ENDED: _ended,
    policy.Status.CLOSED: _over,
    policy.Status.CANCELLED: _over,
}


def with_what_is_left(
    head: Head,
    meeting: Meeting,
    actions: Actions,
    *,
    incidents: Iterable[Incident],
    has_report: bool,
    is_looked_for: bool,
) -> Head:
    """Say of a closed call what is left of its attendance report, to those who may read one.

    `incidents` are those this person may know of; where the school does not use reports, that there
    is none is nothing to do.
    """
    if head.sentence != CLOSED or policy.Action.REPORT not in actions:
        return head
    page = _to("attendance", meeting)
    if any(one.settled_at is None and one.seconds for one in incidents):
        found = replace(
            head,
            tone="care",
            sentence=f"{CLOSED} The safeguarding team looks at what the attendance report shows.",
        )
        return _leading(found, "See what it shows", page, shown=True)
    if has_report:
        return replace(head, sentence=f"{CLOSED} Nothing is left to do.")
    if is_looked_for:
        left = replace(head, sentence=f"{CLOSED} Its attendance report is left.")
        return _leading(left, "Bring the attendance report", page, shown=True)
    return head


def late_head(meeting: Meeting, now: datetime) -> Head | None:
    """Return above the closing form that it is late, and that the team knows, once it does (P13)."""
    if not policy.is_late_to_close(ends_at=meeting.ends_at, now=now):
        return None
    is_known = any(
        one.kind == policy.IncidentKind.UNCLOSED.value for one in meeting.incidents.all()
    )
    return Head(
        tone="care",
        sentence=f"This form is late: the call was to end {clock.in_words(meeting.ends_at)}.",
        detail="The safeguarding team has been told that nobody has closed it." if is_known else "",
    )


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
