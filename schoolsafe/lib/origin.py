"""Where a request comes from, as far as the browser says."""

from urllib.parse import urlsplit

from django.http import HttpRequest


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Tell whether another site's page sent this: for pages whose link, not a cookie, is the proof.

    A browser that says nothing is let through: the unguessable link stands for the person.
    """
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return True
    origin = request.headers.get("Origin", "")
    # "null" is what a page under no-referrer may send for itself.
    if origin in {"", "null"}:
        return False
    return urlsplit(origin).netloc != request.get_host()
