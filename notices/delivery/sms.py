"""Text messages by GOV.UK Notify, through its own client library."""

from typing import Any

import requests
from django.conf import settings
from notifications_python_client.errors import APIError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from notices.delivery.letter import Answer, Sealed, Unreachable, has_not_left, sorted_status
from notices.policy import Outcome

TIMEOUT = 15
# What its words begin with when a refusal is about our template or our account, not about a number.
ABOUT_OUR_SETUP = ("Template", "Missing personalisation", "Can’t send to this recipient", "Service")


class NotifyLine:
    """One session with GOV.UK Notify, which takes one message at a time."""

    def __init__(self) -> None:
        self._client: Any = None

    def send(self, letter: Sealed, *, may_have_gone: bool) -> Answer | Unreachable:
        """Hand one message over and return the answer.

        One that may have gone is first looked for there by our number: it is not sent twice.
        """
        try:
            if self._client is None:
                self._client = _client()
            name = self._known(letter) if may_have_gone else ""
            name = name or self._taken(letter)
        except (APIError, requests.RequestException, ValueError) as fault:
            return _answer(fault)
        return Answer(outcome=Outcome.ACCEPTED, words="", sent_as=name)

    def _taken(self, letter: Sealed) -> str:
        """Send it, and return Notify's name for it."""
        chosen: Any = settings.NOTIFY
        taken = self._client.send_sms_notification(
            phone_number=letter.to,
            template_id=chosen.template,
            personalisation={"message": letter.text},
            reference=letter.reference,
        )
        return _name(taken)

    def _known(self, letter: Sealed) -> str:
        """Return Notify's name for a message that it has already, or ""."""
        found = self._client.get_all_notifications(template_type="sms", reference=letter.reference)
        rows = found.get("notifications") if isinstance(found, dict) else None
        return _name(rows[0]) if rows else ""

    def close(self) -> None:
        """Let the session go."""
        client, self._client = self._client, None
        if client is not None:
            client.request_session.close()


def states() -> list[dict[str, Any]]:
    """Return what Notify says of the last text messages; nothing when it cannot be reached."""
    try:
        found = _client().get_all_notifications(template_type="sms")
    except (APIError, requests.RequestException, ValueError):
        return []
    rows = found.get("notifications") if isinstance(found, dict) else None
    return [row for row in rows or [] if isinstance(row, dict)]


def _client() -> Any:
    """Return a client with the school's key."""
    chosen: Any = settings.NOTIFY
    where = {"base_url": chosen.url} if chosen.url else {}
    client: Any = NotificationsAPIClient
    made = client(chosen.api_key, timeout=TIMEOUT, **where)
    # Sent on to another place, our key would go there.
    made.request_session.max_redirects = 0
    return made


def _name(taken: object) -> str:
    """Return the name that Notify gave to a message."""
    return str(taken.get("id", ""))[:200] if isinstance(taken, dict) else ""


def _answer(fault: Exception) -> Answer | Unreachable:
    """Sort a fault: no for now, no for good, not reached at all, or no answer."""
    cause = fault.__cause__
    if has_not_left(cause):
        return Unreachable(words=type(cause).__name__)
    # An answer that cannot be read may be a yes.
    if not isinstance(fault, APIError) or isinstance(fault, InvalidResponse):
        return Answer(outcome=Outcome.UNKNOWN, words=type(fault).__name__)
    if fault.response is None:
        return Answer(outcome=Outcome.UNKNOWN, words=type(cause or fault).__name__)
    words = _words(fault)
    if words.startswith(ABOUT_OUR_SETUP):
        return Unreachable(words=f"{fault.status_code} {words}"[:200])
    return sorted_status(fault.status_code, words)


def _words(fault: APIError) -> str:
    """Return what Notify says, without the name of the error's class."""
    said: Any = fault.message
    if isinstance(said, list):
        said = "; ".join(str(one.get("message", "")) for one in said if isinstance(one, dict))
    return str(said)
