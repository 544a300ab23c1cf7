"""The number of a row as an opaque code, where a gap between two numbers would tell of a hidden row.

AES-SIV, which gives the same code for the same number and needs no nonce: eight bytes of number, sixteen
of check, bound to the table. Under the keys of links, since such an address may stand in a letter: the
first writes, the others still read, so that changing the keys breaks no letter (ADR 26).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from schoolsafe.lib.rows import LARGEST

PURPOSE = b"schoolsafe codes of rows 1"
SIZE = 8
# Twenty-four bytes come out as these many letters, with none to spare: one code has one spelling.
LENGTH = 32


class CodeConverter:
    """The code of a row of one table in an address; what was not made here does not exist."""

    regex = f"[A-Za-z0-9_-]{{{LENGTH}}}"
    table = ""

    def to_python(self, value: str) -> int:
        """Return the number. Raises ValueError, which Django answers with 404."""
        return number_of(self.table, value)

    def to_url(self, value: object) -> str:
        """Return the code of a number, so that pages go on naming rows by it."""
        return code_of(self.table, int(str(value)))


def converter_of(named: str) -> type[CodeConverter]:
    """Return the converter for the rows of one table."""
    return type("CodeConverter", (CodeConverter,), {"table": named})


def code_of(table: str, number: int) -> str:
    """Return the code of a row. Raises ValueError for what no row can have."""
    if not 0 <= number <= LARGEST:
        raise ValueError("No row has this number.")
    sealed = _cipher(settings.LINK_KEYS[0]).encrypt(number.to_bytes(SIZE), [table.encode()])
    return urlsafe_b64encode(sealed).decode()


def number_of(table: str, code: str) -> int:
    """Return the number of a row from its code. Raises ValueError, the same for all, on any other."""
    if len(code) != LENGTH or not code.isascii():
        raise ValueError("No row has this code.")
    sealed = urlsafe_b64decode(code)
    for key in settings.LINK_KEYS:
        try:
            return int.from_bytes(_cipher(key).decrypt(sealed, [table.encode()]))
        except InvalidTag:
            continue
    raise ValueError("No row has this code.")


@lru_cache(maxsize=16)
def _cipher(key: str) -> AESSIV:
    """Return the cipher that one key of links has for codes, and for nothing else."""
    return AESSIV(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode()))
