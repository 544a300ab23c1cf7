"""E-mail: by SMTP, or through a mail service's own interface."""

import contextlib
import smtplib
from datetime import datetime
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from notices.delivery.letter import Answer, Sealed, Unreachable, has_not_left, sorted_status
from notices.enclosures import Enclosure
from notices.policy import Outcome

FAULTS = (smtplib.SMTPException, AnymailError, OSError, ValueError)


class _NoLine(Exception):
    """No connection could be had; the message is the server's words."""


class MailLine:
    """One connection to the mail provider.

    It opens with the first letter, and anew after any fault.
    """

    def __init__(self) -> None:
        self._connection: Any = None
        self._carried = 0

    def send(self, letter: Sealed, *, may_have_gone: bool) -> Answer | Unreachable:
        """Hand one letter to the provider and return its answer.

        One that may have gone goes again as the same letter, with the same Message-ID.
        """
        try:
            message = _Letter(letter)
            self._send(message)
        except _NoLine as fault:
            self.close()
            return Unreachable(words=str(fault))
        except FAULTS as fault:
            self.close()
            return _answer(fault)
        self._carried += 1
        return Answer(outcome=Outcome.ACCEPTED, words="", sent_as=_name(message))

    def _send(self, message: EmailMultiAlternatives) -> None:
        """Send on the open line; one that carried letters and is then shut is opened once more."""
        try:
            self._open().send_messages([message])
        except smtplib.SMTPSenderRefused as fault:
            # Refused before any letter was given: a server that wants a new connection now and
            # then says so here. A second refusal is about us, not about the letter.
            again = self._carried > 0
            self.close()
            if not again:
                raise _NoLine(_words(fault)) from fault
            self._send(message)

    def _open(self) -> Any:
        """Return the connection, opened."""
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except FAULTS as fault:
                raise _NoLine(_words(fault)) from fault
            # A mail service's session: sent on to another place, key and letter would go there.
            session = getattr(connection, "session", None)
            if session is not None:
                session.max_redirects = 0
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Hang up; a server that is gone already makes no difference."""
        connection, self._connection, self._carried = self._connection, None, 0
        if connection is not None:
            with contextlib.suppress(*FAULTS):
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
        for enclosure in letter.enclosed:
            self.attach(_part(enclosure))
        self._boundary = "=_" + letter.message_id.strip("<>").partition("@")[0]

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """Build the message with boundaries taken from its Message-ID instead of from chance."""
        built: Message = super().message(*args, **kwargs)
        for place, part in enumerate(built.walk()):
            if part.is_multipart():
                part.set_boundary(f"{self._boundary}_{place}")
        return built


def _part(enclosure: Enclosure) -> MIMEText:
    """Return a file as a part of a letter, letter for letter: its line ends are part of it."""
    part = MIMEText(enclosure.content, enclosure.subtype, "utf-8")
    for name, value in enclosure.params.items():
        part.set_param(name, value)
    part.add_header("Content-Disposition", "attachment", filename=enclosure.name)
    return part


def _name(message: EmailMultiAlternatives) -> str:
    """Return a mail service's own name for a letter, or "" when it goes by its Message-ID."""
    status = getattr(message, "anymail_status", None)
    name = getattr(status, "message_id", None)
    return name[:200] if isinstance(name, str) else ""


def _service_answer(fault: AnymailError) -> Answer | Unreachable:
    """Sort what a mail service said, or that it said nothing."""
    if isinstance(fault, AnymailRecipientsRefused):
        return Answer(outcome=Outcome.PERMANENT, words="550 the mail service refused the address")
    if has_not_left(fault.__cause__):
        return Unreachable(words=type(fault.__cause__).__name__)
    if fault.status_code is not None and fault.status_code >= 300:
        reason = getattr(fault.response, "reason", "") or ""
        return sorted_status(fault.status_code, str(reason))
    is_silent = isinstance(fault, AnymailAPIError | requests.RequestException)
    outcome = Outcome.UNKNOWN if is_silent else Outcome.PERMANENT
    return Answer(outcome=outcome, words=type(fault).__name__)


def _answer(fault: Exception) -> Answer | Unreachable:
    """Sort a fault: the server said no for now, said no for good, or said nothing."""
    if isinstance(fault, AnymailError):
        return _service_answer(fault)
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
