"""Locking a PDF with a passphrase: AES-256, as Acrobat and every current reader open it."""

import io
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from pypdf import PdfWriter

# Without letters that are mistaken for one another on the telephone, in groups that can be said:
# 99 bits of chance, more than anybody can try out.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, LENGTH = 5, 4
OURS = re.compile(rf"[{LETTERS}]{{{LENGTH}}}(?:-[{LETTERS}]{{{LENGTH}}}){{{GROUPS - 1}}}")


def new_passphrase() -> str:
    """Return a passphrase by chance, to be told by another way than the file."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def is_passphrase(typed: str) -> bool:
    """Tell whether this may be one of ours: nobody puts a weaker one in its place."""
    return OURS.fullmatch(typed) is not None


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """A file inside a PDF, such as a document that cannot be drawn as a page."""

    name: str
    content: bytes


def locked(pdf: bytes, *, passphrase: str, enclosed: Iterable[Enclosed] = ()) -> bytes:
    """Return a PDF that nobody can open without the passphrase, with other files inside it.

    Texts, pictures, files and what the file says of itself are encrypted. Raises ValueError without a
    passphrase: an unlocked copy must never be made by mistake.
    """
    if not passphrase:
        raise ValueError("A file that leaves the house is locked.")
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    for file in enclosed:
        writer.add_attachment(file.name, file.content)
    writer.encrypt(passphrase, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
