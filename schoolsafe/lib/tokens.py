"""Signed link tokens: they hold row numbers and a signature, and nothing else."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.conf import settings
from django.core.signing import BadSignature, Signer

from schoolsafe.lib import rows

# Longer than any token that was ever signed; spares the work on rubbish.
LONGEST = 200


class BadToken(Exception):
    """A link token is damaged, of another purpose, or signed by nobody we know."""


def sign(purpose: str, *parts: int) -> str:
    """Return a token for a link of this purpose, safe in a URL."""
    payload = urlsafe_b64encode(".".join(str(part) for part in parts).encode()).decode()
    return _signer(purpose).sign(payload.rstrip("="))


def read(purpose: str, token: str, *, parts: int) -> tuple[int, ...]:
    """Return the numbers inside a token. Raises BadToken, always the same, on any other."""
    try:
        if len(token) > LONGEST:
            raise BadToken
        payload = _signer(purpose).unsign(token)
        text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
        numbers = tuple(int(part) for part in text.split("."))
    except (BadSignature, binascii.Error, ValueError) as fault:
        raise BadToken from fault
    # Never true of what we signed; what no row can have must not reach the database all the same.
    if len(numbers) != parts or not all(0 <= number <= rows.LARGEST for number in numbers):
        raise BadToken
    return numbers


def _signer(purpose: str) -> Signer:
    """Sign with the first link key, and still read what the others signed."""
    others: list[bytes | str] = list(settings.LINK_KEYS[1:])
    return Signer(
        key=settings.LINK_KEYS[0], fallback_keys=others, sep=".", salt=f"schoolsafe.link.{purpose}"
    )
