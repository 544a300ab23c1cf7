"""Calls in a list, and the text for a class."""

from collections.abc import Iterable
from datetime import datetime

from meetings import links, policy
from meetings.models import Meeting
from meetings.pages.parts import STATUS_WORDS, ListRow

UNCLOSED = {policy.Status.SHARED.value, policy.Status.OPEN.value, policy.Status.ENDED.value}


def rows(meetings: Iterable[Meeting], now: datetime) -> list[ListRow]:
    """Return calls as the list shows them; what wants somebody says so before anything else."""
    found = []
    for meeting in meetings:
        word, tone = STATUS_WORDS[policy.Status(meeting.status)]
        if meeting.status in UNCLOSED and meeting.ends_at < now:
            word, tone = "Not closed", "care"
        elif meeting.on_hold_since:
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
