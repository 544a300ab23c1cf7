"""Where a request comes from, as far as the browser says, and where it may lead back to."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_foreign(request: HttpRequest) -> bool:
    """Tell whether another site sent this POST: for pages whose link, not a cookie, is the proof.

    A browser that says nothing is let through: the unguessable link stands for the person.
    `Origin: null` says nothing here: browsers send it for our own forms, because these pages ask
    for no referrer.
    """
    if request.method != "POST":
        return False
    if request.headers.get("Sec-Fetch-Site", "") in {"cross-site", "same-site"}:
        return True
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.get_host()


def leads_here(request: HttpRequest, address: str) -> bool:
    """Tell whether an address that somebody named is one of this site: to no other does a page lead on."""
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
