"""What a message is and where it stands, in words for a person."""

from enum import IntEnum, StrEnum

# Why a message to a family stands still that was due before the database was restored.
HELD = "It was due before the database was restored from a backup, and may have left already."


class Channel(StrEnum):
    """The ways by which a message goes."""

    EMAIL = "email"
    SMS = "sms"

    @property
    def taker(self) -> str:
        """Return who takes its messages from us."""
        return {"email": "mail server", "sms": "text message service"}[self.value]


class Urgency(IntEnum):
    """The order of sending."""

    NOW = 0
    TODAY = 1
    BULK = 2


class State(StrEnum):
    """Where a notice stands."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"

    @property
    def tone(self) -> str:
        """Return the colour that goes with the word."""
        return {"due": "news", "sending": "news", "sent": "clear", "failed": "stop"}.get(
            self.value, "quiet"
        )

    @property
    def sentence(self) -> str:
        """Return it as a sentence for a person."""
        return {
            "due": "This message waits for its turn.",
            "sending": "This message is being sent.",
            # A mail server's yes is not a reader's: never say delivered.
            "sent": "The mail server accepted this message.",
            "failed": "This message could not be sent.",
            "dropped": "This message was not sent, because it was no longer to go.",
        }[self.value]


class Outcome(StrEnum):
    """What came of one try."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        """Return it as words for a person."""
        return {
            "accepted": "the mail server accepted it",
            "temporary": "the mail server could not take it for now",
            "permanent": "the mail server refused it",
            "unknown": "no answer came, so it may have gone",
        }[self.value]

    def words_of(self, channel: str) -> str:
        """Return it as words about a message of one channel."""
        return self.words.replace(Channel.EMAIL.taker, Channel(channel).taker)


def is_from_server(answer: str) -> bool:
    """Tell whether an answer is a mail server's: its own words begin with its code, ours never do."""
    return answer[:3].isdigit()


def attributed(answer: str, channel: str = Channel.EMAIL.value) -> str:
    """Return an answer with who gave it: a server is not blamed for what went wrong before it."""
    if is_from_server(answer):
        return f"The {Channel(channel).taker} said: {answer}"
    return answer[:1].upper() + answer[1:]
