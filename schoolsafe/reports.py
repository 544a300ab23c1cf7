"""What browsers report of our pages: that something on one was kept from running.

Nothing is stored. A report holds the whole address of the page, with a family's link in it, and may be made
up by anybody: one line of the log tells the rule, the page by its name, and the host of what was kept out.
"""

import json
import logging
import re
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from schoolsafe.lib.senders import is_flooded

logger = logging.getLogger(__name__)

LARGEST = 16 * 1024
# In an hour: of one internet address, and of all together. More tell nothing new.
MOST, MOST_IN_ALL = 20, 200
# The rules of our policy, as browsers name them, and nothing else that somebody might write.
RULES = frozenset(
    f"{kind}-src{part}"
    for kind in ("default", "script", "style", "img", "font", "connect", "object")
    for part in ("", "-elem", "-attr")
) | {"form-action", "frame-ancestors", "base-uri", "frame-src", "media-src", "worker-src"}
# What is named in place of an address where there is none.
WORDS = frozenset({"inline", "eval", "self", "data", "blob", "wasm-eval", "trusted-types-sink"})
PLAIN = re.compile(r"[a-z0-9.:-]{1,100}")
UNKNOWN = "unknown"


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Write one line about what a page's policy kept out; whoever sends gets the same answer always."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or int(size) > LARGEST:
        return HttpResponse(status=413)
    if not is_flooded(request, "csp", most=MOST, in_all=MOST_IN_ALL):
        for told in _reports(request.body):
            logger.warning("csp report: %s kept %s from %s", *told)
    return HttpResponse(status=204)


def _reports(body: bytes) -> list[tuple[str, str, str]]:
    """Return rule, what was kept out, and page of the first report; anything else is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    first = said[0] if isinstance(said, list) and said else said
    if not isinstance(first, dict):
        return []
    found = first.get("csp-report", first.get("body"))
    return [_told(found)] if isinstance(found, dict) else []


def _told(found: dict[str, Any]) -> tuple[str, str, str]:
    """Return what may stand in the log: the old spelling of a report and the new one say the same."""
    rule = _word(found, "effective-directive", "effectiveDirective", "violated-directive")
    return (
        rule if rule in RULES else UNKNOWN,
        _host(_word(found, "blocked-uri", "blockedURL")),
        _page(_word(found, "document-uri", "documentURL")),
    )


def _word(found: dict[str, Any], *names: str) -> str:
    """Return the first of these that is there, up to its first gap."""
    said = next((found[name] for name in names if isinstance(found.get(name), str)), "")
    return said.split(" ", 1)[0]


def _host(address: str) -> str:
    """Return where something came from, without anything of its path."""
    if address in WORDS:
        return address
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return UNKNOWN
    return next((word for word in (host, parts.scheme) if PLAIN.fullmatch(word)), UNKNOWN)


def _page(address: str) -> str:
    """Return the name of a page of ours, which tells neither the link nor the row."""
    try:
        return resolve(urlsplit(address).path).view_name or UNKNOWN
    except (Resolver404, ValueError):
        return UNKNOWN
