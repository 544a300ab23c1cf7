"""One file with the database and what is known of it: any byte that changed on the way is noticed.

A zip, so that it can be opened without us: the database as its own tools wrote it, `manifest.json`, and
`manifest.seal`, made with a key of the audit, so that nobody without the keys can make or alter a backup.
The last 64 characters, the zip's comment, are the SHA-256 of everything before them.
"""

import hashlib
import hmac
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from audit import chain
from schoolsafe.backup.files import BackupFault

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
PIECE = 1 << 20
DIGEST = hashlib.sha256().digest_size * 2
NOT_OURS = "This is no backup of schoolsafe, or it was cut short: take another copy of it."
DAMAGED = (
    "The backup is damaged: its bytes are not those that were written. Take another copy of it."
)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is known of a backup: from when, of what, and how far the audit had come.

    `canaries` are the proofs of the keys: known texts, sealed. With them a wrong key is found
    before anything is touched.
    """

    format: int
    at: str
    version: str
    kind: str
    migrations: list[list[str]]
    entries: int
    head: str
    canaries: list[list[str]]
    member: str
    sha256: str
    size: int


def pack(out: IO[bytes], content: Path, manifest: Manifest, audit_keys: Mapping[str, str]) -> None:
    """Write a backup; the first of the audit's keys seals what is said of it."""
    text = json.dumps(asdict(manifest), indent=1)
    key_id, key = next(iter(audit_keys.items()))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        with content.open("rb") as source, packed.open(
            manifest.member, "w", force_zip64=True
        ) as member:  # fmt: skip
            shutil.copyfileobj(source, member, PIECE)
        packed.writestr(MANIFEST, text)
        packed.writestr(SEAL, f"{key_id}:{chain.proof(key, text)}")
        packed.comment = b"0" * DIGEST
    out.flush()
    end = out.seek(-DIGEST, os.SEEK_END)
    digest = _digest(out, end)
    out.seek(end)
    out.write(digest.encode())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a whole file."""
    with path.open("rb") as file:
        return _digest(file, path.stat().st_size)


def _digest(file: IO[bytes], length: int) -> str:
    """Return the SHA-256 of the first so many bytes of a file."""
    found = hashlib.sha256()
    file.seek(0)
    while length > 0 and (piece := file.read(min(PIECE, length))):
        found.update(piece)
        length -= len(piece)
    return found.hexdigest()


class Archive:
    """A backup that was found whole; who made it is another question."""

    def __init__(self, path: Path) -> None:
        """Check every byte and read the manifest. Raises BackupFault when something is amiss."""
        self.path = path
        self._check_whole()
        try:
            with zipfile.ZipFile(path) as packed:
                self._text = packed.read(MANIFEST).decode()
                self.key_id, _, self._seal = packed.read(SEAL).decode().partition(":")
            told = json.loads(self._text)
            if told["format"] != FORMAT:
                raise BackupFault(
                    "This backup was made by a newer schoolsafe: update this one first."
                )
            self.manifest = Manifest(**told)
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as fault:
            raise BackupFault(NOT_OURS) from fault

    def is_sealed_by(self, audit_keys: Mapping[str, str]) -> bool:
        """Tell whether whoever made it had this key of the audit."""
        key = audit_keys.get(self.key_id, "")
        return bool(key) and hmac.compare_digest(chain.proof(key, self._text), self._seal)

    def unpack(self, into: Path) -> None:
        """Write the database as it was packed, and look that it is the one of the manifest."""
        try:
            with (
                zipfile.ZipFile(self.path) as packed,
                packed.open(self.manifest.member) as member,
                into.open("wb") as target,
            ):
                shutil.copyfileobj(member, target, PIECE)
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as fault:
            raise BackupFault(DAMAGED) from fault
        if digest_of(into) != self.manifest.sha256:
            raise BackupFault(DAMAGED)

    def _check_whole(self) -> None:
        """Compare the file with the digest at its end. Raises BackupFault."""
        try:
            length = self.path.stat().st_size - DIGEST
            with self.path.open("rb") as file:
                start = file.read(2)
                digest = _digest(file, length)
                file.seek(max(length, 0))
                written = file.read().decode("ascii", "replace")
        except OSError as fault:
            raise BackupFault(f"{self.path} cannot be read: {fault.strerror}.") from fault
        if start != b"PK" or not set(written) <= set("0123456789abcdef") or length <= 0:
            raise BackupFault(NOT_OURS)
        if written != digest:
            raise BackupFault(DAMAGED)
