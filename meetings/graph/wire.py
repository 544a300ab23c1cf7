"""The way to Microsoft: a token, one call at a time, and what an answer means.

Tokens, addresses and the numbers of people are in no line of the log: it has what was done, how it
ended, and the id under which Microsoft can find the call.
"""

import logging
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import msal
import requests
from msal.exceptions import MsalError

from meetings.graph.faults import NO_POLICY, NOT_PROVED, GraphFault, Trouble
from schoolsafe.lib import clock
from schoolsafe.lib.providers import MICROSOFT, Graph

logger = logging.getLogger(__name__)

SCOPES = ["https://graph.microsoft.com/.default"]
# What msal raises where there is no answer, or none that it can read.
NOT_HEARD = (
    requests.RequestException,
    MsalError,
    ValueError,
    KeyError,
    RuntimeError,
    TypeError,
    AttributeError,
)
# A connection that is not had by then is not had at all.
CONNECT = 5
# However long Microsoft asks to be left in peace, somebody waits for it.
LONGEST_WAIT = 3600
# What Graph writes into the message where the application access policy is missing.
WITHOUT_POLICY = "on behalf of user"


class _Http(requests.Session):
    """What msal speaks HTTP by: with patience that ends, and in tests to an authority near by."""

    def __init__(self, chosen: Graph) -> None:
        super().__init__()
        self._chosen = chosen

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send, to the authority of the settings; what it says of another place is followed nowhere."""
        kwargs["timeout"] = (CONNECT, self._chosen.patience)
        kwargs["allow_redirects"] = False
        return super().request(
            method, url.replace(MICROSOFT, self._chosen.authority, 1), *args, **kwargs
        )


@lru_cache(maxsize=4)
def _application(chosen: Graph) -> Any:
    """Return the application as msal knows it, with the tokens it has; one for each process."""
    credential: Any = chosen.secret
    if chosen.certificate:
        credential = {"private_key": chosen.certificate, "public_certificate": chosen.certificate}
    return msal.ConfidentialClientApplication(
        chosen.client_id,
        authority=f"{MICROSOFT}/{chosen.tenant}",
        client_credential=credential,
        http_client=_Http(chosen),
        instance_discovery=False,
    )


def token(chosen: Graph) -> str:
    """Return a token for Graph; raises GraphFault."""
    try:
        answer = _application(chosen).acquire_token_for_client(scopes=SCOPES)
    except NOT_HEARD as fault:
        logger.warning("graph token: %s", type(fault).__name__)
        raise GraphFault(Trouble.AWAY) from fault
    found = answer.get("access_token") if isinstance(answer, dict) else None
    if isinstance(found, str) and found:
        return found
    # The error has a name of its own; its description names the tenant and the application.
    name = str(answer.get("error", "") if isinstance(answer, dict) else "")[:40]
    logger.warning("graph token refused: %s", name)
    if name in {"temporarily_unavailable", "server_error"}:
        raise GraphFault(Trouble.AWAY)
    raise GraphFault(Trouble.REFUSED, NOT_PROVED)


def forget_tokens(chosen: Graph) -> None:
    """Let go of the tokens that Graph takes no more."""
    _application(chosen).remove_tokens_for_client()


def send(
    session: requests.Session,
    chosen: Graph,
    method: str,
    path: str,
    *,
    doing: str,
    body: dict[str, Any] | None = None,
    params: dict[str, str] | None = None,
    prefer: str = "",
) -> dict[str, Any]:
    """Make one call and return what Graph says; raises GraphFault.

    A token that is no longer taken is got anew, once.
    """
    for is_last in (False, True):
        headers = {"Authorization": f"Bearer {token(chosen)}", "client-request-id": str(uuid4())}
        headers |= {"Prefer": prefer} if prefer else {}
        answer = _answer(session, chosen, method, path, doing, headers, body, params)
        if answer.status_code != 401 or is_last:
            break
        forget_tokens(chosen)
    return _meant(answer)


def _answer(
    session: requests.Session,
    chosen: Graph,
    method: str,
    path: str,
    doing: str,
    headers: dict[str, str],
    body: dict[str, Any] | None,
    params: dict[str, str] | None,
) -> requests.Response:
    try:
        answer = session.request(
            method,
            f"{chosen.url}{path}",
            headers=headers,
            json=body,
            params=params,
            timeout=(CONNECT, chosen.patience),
            allow_redirects=False,
        )
    except requests.RequestException as fault:
        name = type(fault).__name__
        logger.warning("graph %s: %s (%s)", doing, name, headers["client-request-id"])
        raise GraphFault(Trouble.AWAY) from fault
    logger.info("graph %s: %d (%s)", doing, answer.status_code, headers["client-request-id"])
    return answer


def _meant(answer: requests.Response) -> dict[str, Any]:
    """Return the object of a good answer; raises GraphFault on any other."""
    code = answer.status_code
    if code in {202, 204}:
        return {}
    if code not in {200, 201}:
        raise _fault(answer)
    try:
        said = answer.json()
    except ValueError as fault:
        raise GraphFault(Trouble.AWAY) from fault
    if not isinstance(said, dict):
        raise GraphFault(Trouble.AWAY)
    return said


def _fault(answer: requests.Response) -> GraphFault:
    """Sort a refusal."""
    code = answer.status_code
    wait = _wait(answer.headers.get("Retry-After", ""))
    if code == 429 or (code == 503 and wait):
        return GraphFault(Trouble.BUSY, wait=wait)
    if code in {401, 403}:
        return GraphFault(Trouble.REFUSED, NO_POLICY if WITHOUT_POLICY in _message(answer) else "")
    if code in {404, 410}:
        return GraphFault(Trouble.MISSING)
    # A redirect is nobody's answer to us either: the way there is not Microsoft's.
    return GraphFault(Trouble.WRONG if 400 <= code < 500 and code != 408 else Trouble.AWAY)


def _message(answer: requests.Response) -> str:
    """Return the message of an error, to be compared and not to be kept."""
    try:
        said = answer.json()
        return str(said["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _wait(words: str) -> float:
    """Return how many seconds a Retry-After means: it is a number or a date."""
    try:
        seconds = float(words)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(words) - clock.now()).total_seconds()
        except (ValueError, TypeError):
            return 0
    # "inf" and "nan" are numbers too.
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0
