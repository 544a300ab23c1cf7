"""What goes wrong leaves no half file, touches nothing, and is said in words."""

import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from audit import services as audit
from audit.models import Entry
from schoolsafe.backup import archive, files, making
from schoolsafe.backup.archive import DAMAGED, NOT_OURS, Archive
from schoolsafe.backup.files import BackupFault
from tests.backup.conftest import ON_POSTGRESQL, Told, tables

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def little_room(room: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def restore(path: Path) -> str:
    with pytest.raises(CommandError) as fault:
        call_command("restore", str(path))
    assert fault.value.returncode == 1
    return str(fault.value)


def altered(backup: Path, folder: Path, **facts: Any) -> Path:
    """The same database with another manifest, sealed with the keys of this installation."""
    found, path, content = Archive(backup), folder / "altered.zip", folder / "content"
    found.unpack(content)
    keys = facts.pop("audit_keys", current.AUDIT_KEYS)
    with files.drafted(path) as out:
        archive.pack(out, content, replace(found.manifest, **facts), keys)
    return path


# --- Damage ---------------------------------------------------------------------------------------
def test_any_byte_that_changed_is_noticed(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    with zipfile.ZipFile(backup) as packed:
        starts = [info.header_offset for info in packed.infolist()]
        sizes = [info.compress_size for info in packed.infolist()]
        directory = packed.start_dir
    end = len(whole) - 64
    # The magic, each member's header, name, first and last byte, the directory, the end, the digest.
    places = {1, *starts, directory, directory + 12, end - 22, end - 2, end, len(whole) - 1}
    for start, size in zip(starts, sizes, strict=True):
        places |= {start + 10, start + 31, start + 60, start + 60 + size // 2}
    path = tmp_path / "damaged.zip"
    for place in sorted(places):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupFault) as fault:
            Archive(path)
        assert str(fault.value) in {DAMAGED, NOT_OURS}
    path.write_bytes(whole)
    assert Archive(path).manifest == Archive(backup).manifest


@pytest.mark.parametrize("kept", [0, 1, 64, 65, 5000, -1])
def test_backup_that_was_cut_short_is_refused_and_nothing_touched(
    backup: Path, move_to: Callable[..., None], kept: int
) -> None:
    backup.write_bytes(backup.read_bytes()[:kept])
    move_to("empty")
    assert restore(backup) == f"Nothing was restored. {NOT_OURS}"
    assert tables() == []


@pytest.mark.parametrize("content", [b"PK" + b"a" * 100, b"other" * 100])
def test_file_that_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.zip"
    path.write_bytes(content)
    with pytest.raises(BackupFault):
        Archive(path)
    with pytest.raises(BackupFault, match="cannot be read"):
        Archive(tmp_path / "none.zip")


def test_zip_of_somebody_else_with_a_right_digest_is_refused(tmp_path: Path) -> None:
    path, content = tmp_path / "theirs.zip", tmp_path / "content"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("notes.txt", "hello")
    content.write_bytes(path.read_bytes())
    path.write_bytes(content.read_bytes() + archive.digest_of(content).encode())
    with pytest.raises(BackupFault, match="This is no backup of schoolsafe"):
        Archive(path)


def test_backup_that_somebody_altered_and_closed_again_is_refused(
    backup: Path, move_to: Callable[..., None], tmp_path: Path
) -> None:
    """Whoever has the file but no keys can make its digest right, and not its seal."""
    forged = altered(backup, tmp_path, head="0" * 64, audit_keys={"a1": "a key of their own" * 3})
    move_to("empty")
    assert "its seal is not that of the keys" in restore(forged)
    unknown = tmp_path / "unknown"
    unknown.mkdir()
    forged = altered(backup, unknown, audit_keys={"a9": "a key of their own" * 3})
    assert "its seal is not that of the keys" in restore(forged)
    assert tables() == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"sha256": "0" * 64}, DAMAGED),
        ({"member": "other"}, DAMAGED),
        ({"migrations": [["meetings", "9999_fly"]]}, "newer version (0.1.0; it has meetings.9999"),
        ({"format": 2}, "made by a newer schoolsafe"),
        ({"kind": "oracle"}, "This is a backup of oracle, and the database here is"),
    ],
)
def test_backup_that_does_not_fit_is_refused_and_nothing_touched(
    backup: Path,
    move_to: Callable[..., None],
    tmp_path: Path,
    facts: dict[str, Any],
    words: str,
) -> None:
    if "member" in facts:
        # A manifest that names what is not there.
        path = altered(backup, tmp_path)
        found = Archive(path)
        found.manifest = replace(found.manifest, **facts)
        with pytest.raises(BackupFault, match="The backup is damaged"):
            found.unpack(tmp_path / "out")
        return
    path = altered(backup, tmp_path, **facts)
    move_to("empty")
    assert words in restore(path)
    assert tables() == []


def test_database_that_cannot_be_read_is_refused_before_anything_is_touched(
    backup: Path, move_to: Callable[..., None], tmp_path: Path
) -> None:
    """Damaged before it was backed up: then every digest is right."""
    content, path = tmp_path / "content", tmp_path / "rotten.zip"
    Archive(backup).unpack(content)
    whole = content.read_bytes()
    content.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    manifest = replace(Archive(backup).manifest, sha256=archive.digest_of(content))
    if connection.vendor == "postgresql":
        content.write_bytes(b"\xff" * 100 + whole[100:])
        manifest = replace(manifest, sha256=archive.digest_of(content))
    with files.drafted(path) as out:
        archive.pack(out, content, manifest, current.AUDIT_KEYS)
    move_to("empty")
    words = "damaged before it was backed up|could not read the backup"
    with pytest.raises(CommandError, match=words):
        call_command("restore", str(path))
    assert tables() == []


def test_migration_that_fails_after_the_filling_says_that_nothing_may_start(
    told: Told, move_to: Callable[..., None], tmp_path: Path
) -> None:
    """One that has run, and is not written down: it would make a table that is there."""
    path, recorder = tmp_path / "school.zip", MigrationRecorder(connection)
    done = [key for key in recorder.applied_migrations() if key[0] == "audit"]
    for key in done:
        recorder.record_unapplied(*key)
    try:
        making.make(path)
    finally:
        for key in done:
            recorder.record_applied(*key)
    move_to("empty")
    with pytest.raises(CommandError, match="filled, but nothing may start on it yet") as fault:
        call_command("restore", str(path))
    assert fault.value.returncode == 3


# --- Where it is written --------------------------------------------------------------------------
def test_file_that_is_there_is_never_overwritten(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "school.zip"
    path.write_text("the backup of yesterday")
    entries = Entry.objects.count()
    with pytest.raises(CommandError, match="No backup was made. .* is there already") as fault:
        call_command("back_up", str(path))
    assert fault.value.returncode == 1
    assert (path.read_text(), Entry.objects.count()) == ("the backup of yesterday", entries)
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("back_up", str(tmp_path / "none" / "school.zip"))


def test_file_that_comes_meanwhile_is_not_overwritten_either(tmp_path: Path) -> None:
    path = tmp_path / "school.zip"

    def both_write() -> None:
        with files.drafted(path) as out:
            out.write(b"ours")
            path.write_text("theirs")

    with pytest.raises(BackupFault, match="is there already"):
        both_write()
    assert [file.name for file in tmp_path.iterdir()] == ["school.zip"]
    assert path.read_text() == "theirs"


def test_full_disk_leaves_nothing_and_says_what_to_do(told: Told, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    audit.prove_keys()
    if connection.vendor == "sqlite":
        # The database itself has room: what it writes next begins its log anew.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    words = "whether the disk is full"
    with little_room(100_000), pytest.raises(CommandError, match=words) as fault:
        call_command("back_up", str(folder / "school.zip"))
    assert (fault.value.returncode, list(folder.iterdir())) == (1, [])
    with (
        little_room(100_000),
        pytest.raises(BackupFault, match="There is no room for school.zip"),
        files.drafted(folder / "school.zip") as out,
    ):
        out.write(b"x" * 200_000)
    assert list(folder.iterdir()) == []


def test_what_the_database_wrote_beside_a_copy_goes_with_it(tmp_path: Path) -> None:
    """A copy that is stopped by a full disk may leave its journal, in which there are names."""
    with files.scratch(tmp_path / "school.zip") as content:
        for companion in ("-journal", "-wal", "-shm"):
            Path(f"{content}{companion}").write_text("Sam Carter")
        assert len(list(tmp_path.iterdir())) == 4
    assert list(tmp_path.iterdir()) == []


def test_keys_that_cannot_be_written_take_the_backup_away_again(told: Told, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    long = elsewhere / ("k" * 300)
    with pytest.raises((BackupFault, OSError)):
        making.make(folder / "school.zip", keys_path=long)
    assert [*folder.iterdir(), *elsewhere.iterdir()] == []


# --- The tools of PostgreSQL ----------------------------------------------------------------------
@pytest.fixture
def tools(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which alone PostgreSQL's tools are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@ON_POSTGRESQL
def test_tools_that_are_missing_are_said_plainly(told: Told, tools: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="pg_dump is not on this machine. Install"):
        call_command("back_up", str(tmp_path / "school.zip"))
    assert not (tmp_path / "school.zip").exists()


@ON_POSTGRESQL
def test_dump_that_fails_leaves_nothing(told: Told, tools: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    tool(tools, "pg_dump", "echo half of it; echo 'no pg_hba entry' >&2; exit 1")
    tool(tools, "pg_restore", "exit 1")
    with pytest.raises(CommandError, match="pg_dump could not copy the database: no pg_hba entry"):
        call_command("back_up", str(folder / "school.zip"))
    assert list(folder.iterdir()) == []


@ON_POSTGRESQL
def test_no_tool_gets_a_password_in_words_or_a_key_at_all(
    told: Told, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELD_KEYS", "f1:never")
    tool(tools, "pg_dump", f'/usr/bin/env > {tmp_path}/seen; echo "$@" > {tmp_path}/words')
    tool(tools, "pg_restore", "exit 1")
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "swordfish")
    making.make(tmp_path / "school.zip")
    seen, words = (tmp_path / "seen").read_text(), (tmp_path / "words").read_text()
    assert "PGPASSWORD=swordfish\n" in seen
    assert "never" not in seen
    assert "swordfish" not in words
