"""Why a file is not taken as the invitation to a meeting, in words a teacher can act on."""

from enum import StrEnum


class InvitationRefusal(StrEnum):
    """Every reason for which a file is not taken."""

    TOO_LARGE = "too_large"
    OUTLOOK_ITEM = "outlook_item"
    MAIL = "mail"
    NOT_A_CALENDAR = "not_a_calendar"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    NO_EVENT = "no_event"
    SEVERAL_EVENTS = "several_events"
    AN_ANSWER = "an_answer"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    SAID_TWICE = "said_twice"
    ALL_DAY = "all_day"
    IMPOSSIBLE_TIMES = "impossible_times"
    NO_LINK = "no_link"
    TWO_MEETINGS = "two_meetings"
    BAD_LINK = "bad_link"


_SAVE = (
    "In Outlook, open the meeting in your calendar, choose 'Save as' or 'Download', and take the "
    "file whose name ends in .ics."
)
_OR_PASTE = "Or copy the link from the invitation and paste it."
_AGAIN = f"Save the invitation again. {_OR_PASTE}"

SENTENCES = {
    InvitationRefusal.TOO_LARGE: (
        f"This file is larger than any invitation. It may hold pictures or papers. {_OR_PASTE}"
    ),
    InvitationRefusal.OUTLOOK_ITEM: (
        f"This is an Outlook item (.msg), which only Outlook can read. {_SAVE}"
    ),
    InvitationRefusal.MAIL: (
        f"This is a whole e-mail (.eml), not the invitation in it. {_SAVE} {_OR_PASTE}"
    ),
    InvitationRefusal.NOT_A_CALENDAR: f"This is not an Outlook invitation. {_SAVE}",
    InvitationRefusal.UNREADABLE: f"The letters in this file cannot be read. {_AGAIN}",
    InvitationRefusal.DAMAGED: f"Part of this file is missing or out of place. {_AGAIN}",
    InvitationRefusal.NO_EVENT: f"This calendar file holds no meeting. {_SAVE}",
    InvitationRefusal.SEVERAL_EVENTS: (
        f"This file holds more than one meeting. Save the one you mean by itself. {_OR_PASTE}"
    ),
    InvitationRefusal.AN_ANSWER: (
        f"This is somebody's answer to an invitation, not the invitation. {_SAVE}"
    ),
    InvitationRefusal.CANCELLED: (
        "This meeting was cancelled in Outlook, so its link must not be used. "
        "Plan the meeting anew in your school Outlook calendar."
    ),
    InvitationRefusal.INCOMPLETE: (
        f"This invitation does not say when the meeting starts or ends, or has no name of its own. {_AGAIN}"
    ),
    InvitationRefusal.SAID_TWICE: (
        "This file says one thing twice, and differently. Outlook does not write such a file, so it "
        "is not safe to use. Copy the link from your own Outlook calendar and paste it."
    ),
    InvitationRefusal.ALL_DAY: (
        "This meeting lasts whole days. A call needs a start and an end. Change it in Outlook."
    ),
    InvitationRefusal.IMPOSSIBLE_TIMES: (
        f"The times in this invitation cannot be: it ends before it starts, or lies far away. {_AGAIN}"
    ),
    InvitationRefusal.NO_LINK: (
        "This invitation holds no Teams link. In Outlook, make it a Teams meeting, save it, and "
        "take the file again."
    ),
    InvitationRefusal.TWO_MEETINGS: (
        "This invitation holds the links of two meetings, so it is not clear which is meant. "
        "Copy the right link from your own Outlook calendar and paste it."
    ),
    InvitationRefusal.BAD_LINK: (
        "The link in this invitation cannot be used. Plan the meeting in your school Outlook calendar."
    ),
}


class InvitationRefused(Exception):
    """A file that is not taken: the reason, and a sentence that never repeats what is in it.

    The sentence is the reason's own, unless the case has a better one.
    """

    def __init__(self, reason: InvitationRefusal, sentence: str | None = None) -> None:
        super().__init__(reason, sentence)
        self.reason = reason
        self.sentence = sentence or SENTENCES[reason]

    def __str__(self) -> str:
        return self.sentence
