"""Making a backup: one file of everything but the keys, and the keys in a file elsewhere."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit import selectors
from audit import services as audit
from schoolsafe import VERSION
from schoolsafe.backup import archive, databases, files, ledgers
from schoolsafe.backup.archive import Manifest
from schoolsafe.backup.files import BackupFault
from schoolsafe.lib import clock
from schoolsafe.lib.keys import Keys, as_settings

# Under this name the audit knows backups and restores.
OBJECT = "schoolsafe.backup"
MADE, RESTORED = "backup.make", "backup.restore"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A backup that was made: how large, and how far the audit had come in it."""

    size: int
    entries: int
    head: str


def make(path: Path, *, keys_path: Path | None = None) -> Made:
    """Write a backup of the database, and the keys elsewhere if that is wished.

    Raises BackupFault, and leaves nothing behind, when it cannot be done; SetupFault when the keys
    are not those of this database: a backup of keys that open nothing would only comfort.
    """
    path = path.absolute()
    files.check_free(path)
    if keys_path is not None:
        keys_path = keys_path.absolute()
        files.check_free(keys_path)
        _check_apart(path, keys_path)
    databases.check_tools()
    audit.prove_keys()
    now = clock.now()
    manifest = _write(path, now=now)
    if keys_path is not None:
        _write_keys(keys_path, backup=path)
    ledgers.write_beside(path)
    with audit.atomic():
        audit.record(
            at=now, actor="system:back_up", verb=MADE, object=OBJECT,
            entries=manifest.entries, sha256=manifest.sha256,
        )  # fmt: skip
    return Made(size=path.stat().st_size, entries=manifest.entries, head=manifest.head)


def _write_keys(path: Path, *, backup: Path) -> None:
    """Write the keys; without them the backup that was just made is taken away again."""
    try:
        with files.drafted(path) as out:
            out.write(as_settings(keys_at_hand()).encode())
    except BackupFault:
        backup.unlink()
        raise


def newest() -> datetime | None:
    """Return when the newest backup was made of which this database knows."""
    made = selectors.about(OBJECT).filter(verb=MADE).order_by("-id").first()
    return made.at if made else None


def keys_at_hand() -> Keys:
    """Return the keys with which this installation runs."""
    return Keys(
        secret_key=settings.SECRET_KEY,
        link_keys=list(settings.LINK_KEYS),
        field_keys=dict(settings.FIELD_KEYS),
        audit_keys=dict(settings.AUDIT_KEYS),
    )


def _check_apart(path: Path, keys_path: Path) -> None:
    """Refuse keys beside, or below, the backup: whoever gets the folder would have both."""
    if keys_path.resolve().parent.is_relative_to(path.resolve().parent):
        raise BackupFault(
            "The keys may not lie in the folder of the backup, nor below it: whoever takes the "
            "folder could read every concern. Give a place elsewhere, best on another machine."
        )


def _write(path: Path, *, now: datetime) -> Manifest:
    """Copy the database and pack it."""
    with files.drafted(path) as out, files.scratch(path) as content:
        facts = databases.copy(content)
        manifest = Manifest(
            format=archive.FORMAT,
            at=now.isoformat(),
            version=VERSION,
            kind=connection.vendor,
            member=databases.MEMBERS[connection.vendor],
            sha256=archive.digest_of(content),
            size=content.stat().st_size,
            **asdict(facts),
        )
        archive.pack(out, content, manifest, settings.AUDIT_KEYS)
    return manifest
