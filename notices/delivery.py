"""The one place where a letter leaves the house."""

import contextlib
import json
import smtplib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMultiAlternatives, get_connection

from notices.policy import Outcome


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A letter with everything that decides its bytes: a repeat is the same letter twice."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    written_at: str
    pupil_ids: list[int]
    language: str = "en"

    def stored(self) -> str:
        """Return the letter as its row keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def restored(cls, stored: str) -> Self:
        """Return a letter from its row."""
        return cls(**json.loads(stored))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the provider said about one letter."""

    outcome: Outcome
    words: str


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """The provider could not be reached or refuses us: no fault of any one letter."""

    words: str


class _NoLine(Exception):
    """No connection could be had; the message is the server's words."""


class Line:
    """One connection to the provider, shared by the letters of a run.

    It opens with the first letter, and anew after any fault.
    """

    def __init__(self) -> None:
        self._connection: Any = None
        self._carried = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, letter: Sealed) -> Answer | Unreachable:
        """Hand one letter to the provider and return its answer."""
        try:
            self._send(_Letter(letter))
        except _NoLine as fault:
            self._close()
            return Unreachable(words=str(fault))
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            self._close()
            return _answer(fault)
        self._carried += 1
        return Answer(outcome=Outcome.ACCEPTED, words="")

    def _send(self, message: EmailMultiAlternatives) -> None:
        """Send on the open line; one that carried letters and is then shut is opened once more."""
        try:
            self._open().send_messages([message])
        except smtplib.SMTPSenderRefused as fault:
            # Refused before any letter was given: a server that wants a new connection now and
            # then says so here. A second refusal is about us, not about the letter.
            again = self._carried > 0
            self._close()
            if not again:
                raise _NoLine(_words(fault)) from fault
            self._send(message)

    def _open(self) -> Any:
        """Return the connection, opened."""
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except (smtplib.SMTPException, OSError) as fault:
                raise _NoLine(_words(fault)) from fault
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        """Hang up; a server that is gone already makes no difference."""
        connection, self._connection, self._carried = self._connection, None, 0
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.close()


class _Letter(EmailMultiAlternatives):
    """A letter that becomes the same bytes each time."""

    def __init__(self, letter: Sealed) -> None:
        super().__init__(
            letter.subject,
            letter.text,
            to=[letter.to],
            headers={
                "Message-ID": letter.message_id,
                "Date": format_datetime(datetime.fromisoformat(letter.written_at)),
                # RFC 3834: holiday replies must not answer a machine.
                "Auto-Submitted": "auto-generated",
            },
        )
        if letter.html:
            self.attach_alternative(letter.html, "text/html")
        self._boundary = "=_" + letter.message_id.strip("<>").partition("@")[0]

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """Build the message with boundaries taken from its Message-ID instead of from chance."""
        built: Message = super().message(*args, **kwargs)
        for place, part in enumerate(built.walk()):
            if part.is_multipart():
                part.set_boundary(f"{self._boundary}_{place}")
        return built


def written(at: datetime) -> str:
    """Return the moment of writing as the letter keeps it."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()


def _answer(fault: Exception) -> Answer:
    """Sort a fault: the server said no for now, said no for good, or said nothing."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next(iter(fault.recipients.values()))[0]
    elif isinstance(fault, smtplib.SMTPResponseException):
        code = fault.smtp_code
    elif isinstance(fault, smtplib.SMTPNotSupportedError | ValueError):
        code = 550  # this letter or address can never be put into a message
    else:
        return Answer(outcome=Outcome.UNKNOWN, words=_words(fault))
    outcome = Outcome.PERMANENT if code >= 500 else Outcome.TEMPORARY
    return Answer(outcome=outcome, words=_words(fault))


def _words(fault: Exception) -> str:
    """Return the server's own words, or the fault's name where there are none."""
    said: Any
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(fault.recipients.values()))
    elif isinstance(fault, smtplib.SMTPResponseException):
        code, said = fault.smtp_code, fault.smtp_error
    else:
        return type(fault).__name__
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return f"{code} {' '.join(text.split())}"[:300]
