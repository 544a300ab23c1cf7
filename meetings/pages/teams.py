"""What the pages of a call tell of Microsoft: how far it is, what it said last, what can be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meetings import policy, selectors
from meetings.models import Meeting, TeamsEvent
from meetings.pages.listing import rows
from meetings.pages.parts import Actions
from meetings.selectors import TeamsPanel

State = policy.EventState
PROGRESS = {
    State.WANTED: "The call is being put into Outlook.",
    State.CREATED: "It is in Outlook. Teams is being told who waits in the lobby.",
    State.CHANGED: "Outlook is being told of the change.",
    State.HARDENED: "It was put into the host's Outlook calendar, with the lobby set.",
    State.UNWANTED: "It is being called off in Outlook.",
    State.CANCELLED: "",
}


def teams_context(
    meeting: Meeting, actions: Actions, facts: policy.Facts, now: datetime
) -> dict[str, Any]:
    """Return what the panel about Microsoft shows."""
    panel = selectors.teams_panel(meeting)
    return {
        "teams": panel,
        "teams_progress": _progress(panel.event),
        "teams_options": _options(panel, actions),
        "teams_wrong": panel.is_on and policy.may_be_set_right(facts, now),
        "may": {action.value for action in actions},
    }


@dataclass(frozen=True, kw_only=True)
class DateRow:
    """One date of a series, and how far its Teams meeting is: a word, and why it failed."""

    meeting: Meeting
    word: str
    tone: str
    teams: str = ""
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class SeriesBox:
    """The dates of a series, how far Teams is with them, and whether one press makes the rest."""

    rows: tuple[DateRow, ...]
    progress: str
    may_create: bool


def series_box(
    meetings: Sequence[Meeting], events: Mapping[int, TeamsEvent] | None, now: datetime
) -> SeriesBox:
    """Return the dates of a series; without `events` Graph is off, and nothing is told of Teams."""
    made = [_date_row(row.meeting, row.word, row.tone, events) for row in rows(meetings, now)]
    ahead = [row for row in made if _is_ahead(row.meeting, now)]
    with_link = sum(bool(row.meeting.join_url) for row in ahead)
    progress = f"Teams link: {with_link} of {len(ahead)} dates to come."
    under_way = sum(bool(row.teams) and not row.fault for row in ahead)
    failed = sum(bool(row.fault) for row in ahead)
    progress += f" Under way: {under_way}." if under_way else ""
    progress += f" Not done: {failed}." if failed else ""
    return SeriesBox(
        rows=tuple(made),
        progress=progress if events is not None and ahead else "",
        may_create=events is not None and with_link + under_way < len(ahead),
    )


def _is_ahead(meeting: Meeting, now: datetime) -> bool:
    return meeting.starts_at > now and policy.Status(meeting.status) in policy.PLANNED


def _date_row(
    meeting: Meeting, word: str, tone: str, events: Mapping[int, TeamsEvent] | None
) -> DateRow:
    """Return one date; what is done says nothing more."""
    event = (events or {}).get(meeting.pk)
    is_wished = event is not None and not meeting.join_url
    return DateRow(
        meeting=meeting,
        word=word,
        tone=tone,
        teams=_progress(event) if is_wished else "",
        fault=event.fault if event is not None and is_wished and event.failed_at else "",
    )


def _progress(event: TeamsEvent | None) -> str:
    """Return how far an event is, in one sentence."""
    if event is None:
        return ""
    return PROGRESS[State(event.state)] if event.failed_at is None else event.fault


def _options(panel: TeamsPanel, actions: Actions) -> str:
    """Return where the options of the meeting are changed, for those who run the call."""
    may = policy.Action.REVISE in actions or policy.Action.RUN in actions
    return panel.reading.options_url if panel.reading is not None and may else ""
