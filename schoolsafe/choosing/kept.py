"""What browsers may keep: an address that changes with what stands there, and nobody's word in it."""

from typing import Any

from django.http import HttpResponse


def kept(content: bytes | str, media_type: str) -> HttpResponse:
    """Return an answer that the middleware lets browsers keep, for a year."""
    response: Any = HttpResponse(content, content_type=media_type)
    response.may_be_kept = True
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    answer: HttpResponse = response
    return answer
