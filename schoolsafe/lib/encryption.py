"""Texts and files that the database holds only encrypted, and that fail loudly on a wrong key."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

# "<key id>:<Fernet token>"; every Fernet token begins with its version byte, which reads gAAAAA.
SEALED = re.compile(r"(?P<key_id>[A-Za-z0-9_-]{1,32}):(?P<token>gAAAAA[A-Za-z0-9_-]+={0,2})")


class WrongKey(Exception):
    """A stored value cannot be read with the keys of this installation."""


@lru_cache(maxsize=16)
def _cipher(key: str) -> Fernet:
    """Keep the prepared cipher of a key: making one costs more than a short text."""
    return Fernet(key)


def first_key_id() -> str:
    """Return the id of the key that writes."""
    return str(next(iter(settings.FIELD_KEYS)))


def encrypt(text: str) -> str:
    """Seal a text under the first key; an empty one stays empty."""
    return encrypt_under(first_key_id(), text) if text else text


def encrypt_under(key_id: str, text: str) -> str:
    """Seal a text under a key chosen by its id."""
    return f"{key_id}:{_cipher(settings.FIELD_KEYS[key_id]).encrypt(text.encode()).decode()}"


def decrypt(stored: str) -> str:
    """Return the text of a stored value.

    Raises WrongKey, which never shows the value, when its key is absent or does not fit.
    """
    if not stored:
        return stored
    sealed = SEALED.fullmatch(stored)
    if sealed is None:
        raise WrongKey("A stored value is not in the encrypted form.")
    key = settings.FIELD_KEYS.get(sealed["key_id"])
    if key is None:
        raise WrongKey(f"The key {sealed['key_id']} is not among FIELD_KEYS.")
    try:
        return _cipher(key).decrypt(sealed["token"].encode()).decode()
    except InvalidToken as fault:
        raise WrongKey(f"The key {sealed['key_id']} does not fit a stored value.") from fault


def encrypt_file(content: bytes) -> bytes:
    """Seal a file under the first key; an empty one stays empty.

    `<key id>:` and the token's own bytes: as text, a file would take a third more room.
    """
    if not content:
        return content
    key_id = first_key_id()
    token = _cipher(settings.FIELD_KEYS[key_id]).encrypt(content)
    return f"{key_id}:".encode() + urlsafe_b64decode(token)


def decrypt_file(stored: bytes) -> bytes:
    """Return the content of a stored file. Raises WrongKey as `decrypt` does."""
    if not stored:
        return stored
    key_id, colon, token = stored.partition(b":")
    # Every Fernet token begins with its version byte.
    if not colon or token[:1] != b"\x80":
        raise WrongKey("A stored file is not in the encrypted form.")
    name = key_id.decode("ascii", "replace")
    key = settings.FIELD_KEYS.get(name)
    if key is None:
        raise WrongKey("The key of a stored file is not among FIELD_KEYS.")
    try:
        return _cipher(key).decrypt(urlsafe_b64encode(token))
    except InvalidToken as fault:
        raise WrongKey(f"The key {name} does not fit a stored file.") from fault


def needs_rotation(stored: str) -> bool:
    """Tell whether a stored value is under any key but the first."""
    return bool(stored) and not stored.startswith(f"{first_key_id()}:")


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text stored encrypted: clear in Python, never in the database, a dump or a search."""

    description = "Encrypted text"

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """Decrypt what the database holds."""
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        """Take text and nothing else: bytes would be stored as their Python spelling."""
        if value is None or isinstance(value, str) or hasattr(value, "resolve_expression"):
            return value
        raise TypeError(f"{self.name} takes text, not {type(value).__name__}.")

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt what goes into the database."""
        prepared = self.get_prep_value(value)
        return encrypt(str(prepared)) if isinstance(prepared, str) else prepared

    def value_to_string(self, obj: models.Model) -> str:
        """Dump the encrypted form."""
        return encrypt(self.value_from_object(obj) or "")

    def to_python(self, value: Any) -> Any:
        """Load a dump; its encrypted form is read, hand-written clear text is taken as it is."""
        if isinstance(value, str) and SEALED.fullmatch(value):
            return decrypt(value)
        return value

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Validate what a person typed, without ever decrypting it for them."""
        self.validate(value, model_instance)
        self.run_validators(value)
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow asking whether there is anything; everything else would compare with ciphertext."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it cannot be searched by {lookup_name}.")
        return super().get_lookup(lookup_name)


class EncryptedFileField(models.BinaryField):  # type: ignore[type-arg]
    """A file stored encrypted: clear in Python, never in the database, a dump or a backup."""

    description = "Encrypted file"

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> bytes | None:
        """Decrypt what the database holds."""
        return None if value is None else decrypt_file(bytes(value))

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt what goes into the database; bytes and nothing else."""
        if value is None or hasattr(value, "resolve_expression"):
            return super().get_db_prep_save(value, connection)
        if not isinstance(value, bytes):
            raise TypeError(f"{self.name} takes bytes, not {type(value).__name__}.")
        return super().get_db_prep_save(encrypt_file(value), connection)

    def value_to_string(self, obj: models.Model) -> str:
        """Dump the encrypted form."""
        return urlsafe_b64encode(encrypt_file(self.value_from_object(obj) or b"")).decode()

    def to_python(self, value: Any) -> Any:
        """Load a dump: what stands in it is the encrypted form."""
        return decrypt_file(urlsafe_b64decode(value)) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow asking whether there is anything, as for a text."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it cannot be searched by {lookup_name}.")
        return super().get_lookup(lookup_name)
