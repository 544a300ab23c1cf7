"""Why a pasted text is not taken as a meeting's link, in words a teacher can act on."""

from enum import StrEnum


class LinkRefusal(StrEnum):
    """Every reason for which a pasted text is not taken."""

    NOT_A_URL = "not_a_url"
    NOT_HTTPS = "not_https"
    NOT_TEAMS = "not_teams"
    LOOKALIKE = "lookalike"
    PERSONAL = "personal"
    CHANNEL = "channel"
    OTHER_CLOUD = "other_cloud"
    OTHER_TENANT = "other_tenant"
    NOT_A_JOIN_LINK = "not_a_join_link"
    MALFORMED = "malformed"


_COPY = "Copy the link from the Outlook invitation and paste it here."
_COPY_JOIN = "Copy the link from the Outlook invitation that says Join, and nothing around it."
_PLAN = (
    "Plan the meeting in your school Outlook calendar. "
    "Then copy the link from the Outlook invitation and paste it here."
)

SENTENCES = {
    LinkRefusal.NOT_A_URL: f"This is not a whole web link, starting with https://. {_COPY}",
    LinkRefusal.NOT_HTTPS: f"This link does not start with https://, so it is not safe to use. {_COPY}",
    LinkRefusal.NOT_TEAMS: f"This is not a Microsoft Teams link. We meet pupils on Teams only. {_PLAN}",
    LinkRefusal.LOOKALIKE: (
        "This is not Microsoft's address for Teams, although it may look like it. "
        f"Do not open it. {_COPY}"
    ),
    LinkRefusal.PERSONAL: (
        f"This address is for personal Teams accounts, not for school accounts. {_PLAN}"
    ),
    LinkRefusal.CHANNEL: (
        "This meeting is in a Teams channel, so the whole team can see it and join. "
        f"A meeting with pupils must not be in a channel. {_PLAN}"
    ),
    LinkRefusal.OTHER_CLOUD: (
        "This link is for a Teams service of another country or government. "
        f"The school does not use it. {_PLAN}"
    ),
    LinkRefusal.OTHER_TENANT: (
        f"This meeting belongs to another organisation, not to this school. {_PLAN}"
    ),
    LinkRefusal.NOT_A_JOIN_LINK: (
        f"This address belongs to Microsoft, but it is not a meeting's join link. {_COPY_JOIN}"
    ),
    LinkRefusal.MALFORMED: f"Part of this link is missing, doubled or changed. {_COPY}",
}

MORE_THAN_A_LINK = f"This is more than one link, or a link with other words. {_COPY_JOIN}"
HIDDEN_CHARACTERS = f"This link holds line breaks, backslashes or hidden characters, so it is not safe to use. {_COPY}"
TOO_LONG = f"This link is longer than any Teams link. {_COPY}"
OPENS_THE_APP = f"This link only opens the Teams app, so not every pupil can use it. {_COPY}"
LIVE_EVENT = f"This link is for a live event, not for a meeting. {_PLAN}"
CHAT = f"This link is for a call in a chat, not for a planned meeting. {_PLAN}"


class LinkRefused(Exception):
    """A text that is not taken: the reason, and a sentence that never repeats the text.

    The sentence is the reason's own, unless the case has a better one.
    """

    def __init__(self, reason: LinkRefusal, sentence: str | None = None) -> None:
        super().__init__(reason, sentence)
        self.reason = reason
        self.sentence = sentence or SENTENCES[reason]

    def __str__(self) -> str:
        return self.sentence
