"""The keys under which words are marked, so that what is encrypted can be looked for."""

from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"schoolsafe words of concerns 1"


@lru_cache(maxsize=16)
def _derived(key: str) -> bytes:
    """Return the key that one key of the encrypted texts has for marks, and for nothing else."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(
        urlsafe_b64decode(key)
    )


def search_keys() -> list[bytes]:
    """Return the keys of marks: the first writes, the others find what was marked before a rotation."""
    return [_derived(key) for key in settings.FIELD_KEYS.values()]
