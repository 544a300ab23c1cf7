"""What the pages of a call tell of Microsoft: how far it is, what it said last, what can be done."""

from typing import Any

from meetings import policy, selectors
from meetings.models import Meeting, TeamsEvent
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


def teams_context(meeting: Meeting, actions: Actions) -> dict[str, Any]:
    """Return what the panel about Microsoft shows."""
    panel = selectors.teams_panel(meeting)
    return {
        "teams": panel,
        "teams_progress": _progress(panel.event),
        "teams_options": _options(panel, actions),
        "may": {action.value for action in actions},
    }


def _progress(event: TeamsEvent | None) -> str:
    """Return how far an event is, in one sentence."""
    if event is None:
        return ""
    return PROGRESS[State(event.state)] if event.failed_at is None else event.fault


def _options(panel: TeamsPanel, actions: Actions) -> str:
    """Return where the options of the meeting are changed, for those who run the call."""
    may = policy.Action.REVISE in actions or policy.Action.RUN in actions
    return panel.reading.options_url if panel.reading is not None and may else ""
