"""Bringing a backup back into an empty place: everything is looked at before anything is touched."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from audit import selectors, verification
from audit import services as audit
from audit.models import Canary
from notices import services as notices
from schoolsafe.backup import databases, files, ledgers
from schoolsafe.backup.archive import Archive, Manifest
from schoolsafe.backup.files import BackupFault
from schoolsafe.backup.ledgers import Ledger
from schoolsafe.backup.making import OBJECT, RESTORED, keys_at_hand
from schoolsafe.lib import clock, keys, rotation
from schoolsafe.lib.keys import Keys
from schoolsafe.lib.rules import SetupFault


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was brought back, and what was found in it; `faults` are for a person to look at."""

    taken_at: datetime
    version: str
    entries: int
    head: str
    opened: int
    held: int
    destroyed: int
    years: int
    faults: tuple[str, ...]


class Unfinished(Exception):
    """The database is filled, and could not be brought up to date; the message says what to do."""


def restore(
    path: Path, *, keys_path: Path | None = None, ledger_path: Path | None = None
) -> Restored:
    """Fill an empty database from a backup, and prove that it is whole and can be read.

    What was destroyed after the backup is destroyed again, as the ledger beside it says (E97).

    Raises BackupFault or SetupFault, with nothing touched, when the backup is damaged, newer or
    another kind of database, when the keys do not fit it, or when somebody is in the database;
    Unfinished when the database was filled and could not be brought up to date.
    """
    path = path.absolute()
    databases.check_tools()
    found = Archive(path)
    _check_kind(found.manifest)
    _check_keys(found, keys_path)
    _check_empty()
    ledger = ledgers.at_hand(path, named=ledger_path)
    with files.explained(_place(path)), files.scratch(_place(path)) as content:
        found.unpack(content)
        databases.check_fit(content)
        databases.fill(content)
    if keys_path is not None and settings.DEVELOPMENT:
        keys.put_in_place(keys_at_hand(), settings.VAR_DIR)
    try:
        return _finish(found.manifest, ledger)
    except (SetupFault, CommandError, DatabaseError) as fault:
        raise Unfinished(
            f"The database is filled, but nothing may start on it yet: {fault}. Put that right, empty "
            "the database, and run this again."
        ) from fault


def _place(path: Path) -> Path:
    """Return beside what the database is unpacked: a backup often lies where nobody may write."""
    if connection.vendor == "sqlite":
        return Path(connection.settings_dict["NAME"])
    return path


def _check_kind(manifest: Manifest) -> None:
    """Refuse a backup of another kind of database, or of a newer version."""
    if manifest.kind != connection.vendor:
        raise BackupFault(
            f"This is a backup of {manifest.kind}, and the database here is {connection.vendor}. "
            "Set DATABASE_URL to a database of that kind."
        )
    known = MigrationLoader(None).disk_migrations
    if unknown := [row for row in manifest.migrations if tuple(row) not in known]:
        raise BackupFault(
            f"This backup is of a newer version ({manifest.version}; it has {'.'.join(unknown[0])}). "
            "Install that version, or a later one, and run this again."
        )


def _check_keys(found: Archive, keys_path: Path | None) -> None:
    """Prove that the keys open what is sealed in the backup, and that it was made with them."""
    own = keys_at_hand()
    if keys_path is not None:
        _use(keys.from_settings(keys_path))
    faults = _key_faults(found)
    if faults:
        raise SetupFault("These keys are not those of the backup. " + " ".join(faults))
    if keys_path is not None and not settings.DEVELOPMENT:
        _use(own)
        if _key_faults(found):
            raise SetupFault(
                f"The keys in {keys_path} are those of the backup; those in the settings of this "
                "installation are not. Put the lines of the file into the settings, and run this again."
            )
    if not found.is_sealed_by(settings.AUDIT_KEYS):
        raise BackupFault(
            "Somebody has altered what this backup says of itself: its seal is not that of the keys. "
            "Take another copy, and find out who had this one in hand."
        )


def _key_faults(found: Archive) -> list[str]:
    """Return what shows that the keys in use are not those of the backup."""
    told = [
        Canary(purpose=purpose, key_id=key_id, sealed=sealed)
        for purpose, key_id, sealed in found.manifest.canaries
    ]
    return selectors.faults_of(told)


def _use(told: Keys) -> None:
    """Let this process go on with other keys."""
    settings.SECRET_KEY = told.secret_key
    settings.LINK_KEYS = told.link_keys
    settings.FIELD_KEYS = told.field_keys
    settings.AUDIT_KEYS = told.audit_keys


def _check_empty() -> None:
    """Refuse a database in which anybody has done anything; there is no way past this."""
    if taken := databases.rows_in_the_way():
        raise BackupFault(
            f"This database is not empty: something stands in {', '.join(taken[:5])}. A restore "
            "writes over nothing: name an empty database in DATABASE_URL (or an empty folder in "
            "SCHOOLSAFE_VAR)."
        )


def _finish(manifest: Manifest, ledger: Ledger) -> Restored:
    """Bring what came back up to date, hold what may have left, and say what was found."""
    call_command("migrate", interactive=False, verbosity=0)
    databases.leave_numbers_free()
    now = clock.now()
    audit.prove_keys()
    opened, faults = _opened()
    faults += ledger.faults
    walk = verification.walk(expect_head=manifest.head)
    if walk.broken:
        faults += (f"The audit chain does not hold ({walk.broken.why}). {walk.broken.words}",)
    with audit.atomic():
        held = notices.hold(restored_at=now)
        again = ledgers.apply(ledger.told)
        faults += again.faults
        audit.record(
            at=now, actor="system:restore", verb=RESTORED, object=OBJECT,
            taken_at=manifest.at, entries=walk.count, held=held, is_whole=not faults,
        )  # fmt: skip
    return Restored(
        taken_at=datetime.fromisoformat(manifest.at),
        version=manifest.version,
        entries=walk.count,
        head=walk.head,
        opened=opened,
        held=held,
        destroyed=again.concerns,
        years=again.years,
        faults=faults,
    )


def _opened() -> tuple[int, tuple[str, ...]]:
    """Open everything that is sealed; return how much, and what does not open."""
    try:
        return rotation.open_all(), ()
    except rotation.Unreadable as fault:
        return 0, (f"Something that is sealed cannot be opened. {fault}",)
