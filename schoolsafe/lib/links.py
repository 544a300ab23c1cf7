"""Addresses as they stand in a letter."""

from django.conf import settings


def absolute(path: str) -> str:
    """Return the full address of a page of this site, from its path."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("A path of this site begins with one slash.")
    return f"{str(settings.SITE_URL).rstrip('/')}{path}"
