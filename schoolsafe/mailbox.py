"""The development mailbox: letters become files, and a page shows them. Not in production."""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.utils import parsedate_to_datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

Rest = ParamSpec("Rest")
_counter = itertools.count()
PAGE = 50


class MailboxBackend(BaseEmailBackend):
    """A mail backend that puts each letter into a file of its own."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each letter completely, then give it its name: a reader never sees half of one."""
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            written: Any = message.message()  # Django's own class takes the line ending
            _put(folder, written.as_bytes(linesep="\r\n"))
        return len(email_messages)


def _put(folder: Path, content: bytes) -> None:
    # Names sort by time; process and count keep two writers apart.
    name = f"{time.time_ns():020d}-{os.getpid()}-{next(_counter)}"
    unfinished = folder / f".{name}.part"
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / f"{name}.eml")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter in the mailbox, as its reader sees it."""

    name: str
    to: str
    sender: str
    subject: str
    message_id: str
    at: datetime | None
    text: str
    html: str
    enclosed: tuple[tuple[str, str], ...]


def names(to: str = "") -> list[str]:
    """Return the names of the letters, newest first; of those to one address when it is given.

    No letter is read for it, and of those that may be to the address the head alone.
    """
    files = sorted(Path(settings.MAILBOX_DIR).glob("[0-9]*.eml"), reverse=True)
    return [file.stem for file in files if not to or to.lower() in _addressee(file).lower()]


def _addressee(file: Path) -> str:
    """Return to whom a letter goes; nobody when it was thrown away in this very moment."""
    head: list[bytes] = []
    try:
        with file.open("rb") as lines:
            for line in lines:
                if not line.strip():
                    break
                head.append(line)
    except FileNotFoundError:
        return ""
    return str(message_from_bytes(b"".join(head), policy=policy.default)["To"] or "")


def letter(name: str) -> Letter | None:
    """Return one letter by its name, or None when there is none."""
    file = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if not name.replace("-", "").isdigit() or not file.is_file():
        return None
    parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
    date = parsed["Date"]
    return Letter(
        name=name,
        to=str(parsed["To"] or ""),
        sender=str(parsed["From"] or ""),
        subject=str(parsed["Subject"] or ""),
        message_id=str(parsed["Message-ID"] or ""),
        at=_instant(str(date)) if date else None,
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
        enclosed=tuple(
            (str(part.get_filename()), str(part.get_content()))
            for part in parsed.iter_attachments()
        ),
    )


def _instant(date: str) -> datetime:
    """Return when a letter says it was written; "-0000" means UTC, from nowhere in particular."""
    at = parsedate_to_datetime(date)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _part(parsed: ParsedMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def empty() -> None:
    """Throw every letter away."""
    for file in Path(settings.MAILBOX_DIR).glob("*.eml"):
        file.unlink(missing_ok=True)


View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def _development_only(view: View[Rest]) -> View[Rest]:
    """Let a page exist in development alone, whatever the addresses say."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs
    ) -> HttpResponseBase:
        if not settings.DEVELOPMENT:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@_development_only
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """Show a page of the letters, or of those to one address; only these are read."""
    to = request.GET.get("to", "").strip()
    page = Paginator(names(to), PAGE).get_page(request.GET.get("page"))
    found = [one for name in page.object_list if (one := letter(name))]
    query = f"&{urlencode({'to': to})}" if to else ""
    context: dict[str, Any] = {"letters": found, "page": page, "to": to, "query": query}
    return render(request, "notices/mailbox.html", context)


@_development_only
@require_safe
def show_letter(request: HttpRequest, name: str) -> HttpResponse:
    """Show one letter's text, with its links."""
    found = letter(name)
    if found is None:
        raise Http404
    return render(request, "notices/mailbox_letter.html", {"letter": found})


@_development_only
@require_safe
@csp_update({"style-src": [UNSAFE_INLINE], "img-src": ["data:"]})  # type: ignore[arg-type]
def show_page(_request: HttpRequest, name: str) -> HttpResponse:
    """Show one letter as a mail program would: mails carry their styles inline."""
    found = letter(name)
    if found is None or not found.html:
        raise Http404
    return HttpResponse(found.html)
