"""The personal link of a request: row number and version, signed, nothing else in it."""

from django.urls import reverse

from schoolsafe.lib import links, tokens

PURPOSE = "consent"


def token(request_id: int, version: int) -> str:
    """Return the token of a request's link; a reminder repeats the same."""
    return tokens.sign(PURPOSE, request_id, version)


def read(text: str) -> tuple[int, int]:
    """Return request and version of a token; raises tokens.BadToken on any that is not ours."""
    request_id, version = tokens.read(PURPOSE, text, parts=2)
    return request_id, version


def page(request_id: int, version: int) -> str:
    """Return the full address of the page behind a request's link."""
    return links.absolute(reverse("consent:ask", args=[token(request_id, version)]))
