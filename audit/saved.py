"""Entries of the audit as a file that proves itself: each line is sealed, and the last says what the file is.

A line ends with its seal, which covers every byte before it, the file and the place in it: so a file is
read back without taking apart what somebody else may have written (ADR 31).
"""

import csv
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from schoolsafe.lib import clock, spreadsheet

FORMAT = "schoolsafe audit 1"
PURPOSE = b"schoolsafe files of the audit 1"
HEADINGS = ("When", "Who", "What", "About", "More", "Entry", "Seal")
# How many signs a seal and the hash of an entry have.
SIGNS = 64
# In the order of the fields, so that what is asked for by its place stands there.
_packed = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Form(StrEnum):
    """How a file is written: for a spreadsheet, or for a program (JSON Lines)."""

    CSV = "csv"
    LINES = "jsonl"


# What stands around the seal at the end of a line.
AROUND = {Form.CSV: (b",", b"\r\n"), Form.LINES: (b',"seal":"', b'"}\n')}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One entry as its reader knows it, in words and by its names; `entry` is its hash."""

    at: datetime
    who: str
    person: str
    what: str
    verb: str
    about: str
    record: str
    more: tuple[tuple[str, str], ...]
    entry: str


def body(form: Form, told: Iterable[Told], *, file: str) -> bytes:
    """Return the lines of a file, sealed for this file and for their places in it."""
    write = _as_row if form is Form.CSV else _as_object
    lines = (
        _sealed(form, _newest_key(), place_of(file, number), write(one))
        for number, one in enumerate(told, 1)
    )
    return heading(form) + b"".join(lines)


def heading(form: Form) -> bytes:
    """Return what stands above the lines, or nothing."""
    return spreadsheet.written([HEADINGS]).encode() if form is Form.CSV else b""


def closing(form: Form, proof: dict[str, Any]) -> bytes:
    """Return the last line, which says what the file is."""
    packed = _packed({"proof": {"format": FORMAT, **proof}})
    if form is Form.CSV:
        return _sealed(form, _newest_key(), b"proof", _row(["Proof", "", "", "", "", packed]))
    return _sealed(form, _newest_key(), b"proof", packed.removesuffix("}").encode())


def proof_in(form: Form, content: bytes) -> dict[str, Any]:
    """Return what a last line says whose seal was found to be ours."""
    text = content.decode()
    packed = next(csv.reader([text]))[-1] if form is Form.CSV else f"{text}}}"
    proof: dict[str, Any] = json.loads(packed)["proof"]
    return proof


def entry_in(form: Form, content: bytes) -> str:
    """Return the hash of the entry of which a line tells whose seal was found to be ours."""
    return content.removesuffix(b"" if form is Form.CSV else b'"')[-SIGNS:].decode()


def taken_apart(form: Form, line: bytes) -> tuple[bytes, bytes] | None:
    """Return what a line says and its seal; nothing for what was not written so."""
    before, after = AROUND[form]
    size = len(before) + SIGNS + len(after)
    said, end = line[:-size], line[-size:]
    if not said or not end.startswith(before) or not end.endswith(after):
        return None
    return said, end[len(before) : len(before) + SIGNS]


def place_of(file: str, number: int) -> bytes:
    """Return for which file and which place in it a line is sealed."""
    return f"line:{file}:{number}".encode()


def key_of(place: bytes, content: bytes, seal: bytes) -> str | None:
    """Return which of our keys has sealed this, or nothing."""
    keys: Iterable[str] = settings.AUDIT_KEYS.values()
    return next((key for key in keys if is_sealed(key, place, content, seal)), None)


def is_sealed(key: str, place: bytes, content: bytes, seal: bytes) -> bool:
    """Tell whether a key has sealed this for this place."""
    return hmac.compare_digest(_seal(key, place, content), seal)


def digest(mark: str, *, file: str) -> str:
    """Return the mark of a file, which stands in the audit too, from the SHA-256 of all lines but the last.

    The random name of the file makes two empty files differ, and none known to whoever has not got it.
    """
    return hashlib.sha256(f"{file}:{mark}".encode()).hexdigest()


def moment(at: datetime) -> str:
    """Return an instant as files tell it: in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _as_row(told: Told) -> bytes:
    """Return an entry as a row for a spreadsheet, each cell in one line."""
    more = "; ".join(f"{name}: {value}" for name, value in told.more)
    when = f"{clock.local(told.at):%Y-%m-%d %H:%M:%S}"
    cells = (when, told.who, told.what, told.about, more, told.entry)
    return _row([" ".join(cell.split()) for cell in cells])


def _row(cells: list[str]) -> bytes:
    return spreadsheet.line(cells).removesuffix("\r\n").encode()


def _as_object(told: Told) -> bytes:
    """Return an entry as an object of JSON, open at its end for the seal."""
    said = {**vars(told), "at": moment(told.at), "more": dict(told.more)}
    said["entry"] = said.pop("entry")
    return _packed(said).removesuffix("}").encode()


def _sealed(form: Form, key: str, place: bytes, content: bytes) -> bytes:
    before, after = AROUND[form]
    return content + before + _seal(key, place, content) + after


def _seal(key: str, place: bytes, content: bytes) -> bytes:
    return hmac.digest(_own(key), place + b"\n" + content, "sha256").hex().encode()


def _newest_key() -> str:
    """Return the key that writes."""
    return str(next(iter(settings.AUDIT_KEYS.values())))


@lru_cache(maxsize=16)
def _own(key: str) -> bytes:
    """Return what one key of the audit seals files with, and nothing else."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
