"""A backup is brought back into an empty place: everything is there, and proved to be."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import guard, verification
from audit import services as audit
from audit.models import Entry
from consent.models import Answer, Scan
from notices.models import Notice
from school.models import Session
from schoolsafe.backup import databases, making
from schoolsafe.backup.archive import Archive
from schoolsafe.lib import clock, keys
from schoolsafe.lib.rules import SetupFault
from tests import factories
from tests.backup.conftest import MARKER, Told, migrate, tables

pytestmark = pytest.mark.django_db(transaction=True)


def restore(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command("restore", str(path), stdout=out, **options)
    return out.getvalue()


def member_of(path: Path) -> bytes:
    with zipfile.ZipFile(path) as packed:
        return packed.read(databases.MEMBERS[connection.vendor])


def test_restore_into_an_empty_place_opens_the_scan_and_verifies_the_chain(
    told: Told, backup: Path, move_to: Callable[..., None], clock_at: Any, mailbox: Any
) -> None:
    before = verification.walk()
    taken = clock.in_words(clock.now())
    clock_at(clock.now() + timedelta(hours=3))
    move_to("empty")
    said = restore(backup)
    assert Scan.objects.get().content == told.picture
    assert Answer.objects.get().note == MARKER
    walk = verification.walk(expect_head=Archive(backup).manifest.head)
    entry = Entry.objects.order_by("-id")[0]
    # The one more: the backup tells nothing of itself, and the restore does.
    assert (walk.broken, walk.count) == (None, before.count)
    assert (entry.verb, entry.actor, entry.at) == ("backup.restore", "system:restore", clock.now())
    assert entry.detail == {
        "taken_at": "2026-09-15T13:00:00+00:00",
        "entries": before.count - 1,
        "held": 3,
        "is_whole": True,
    }
    assert f"Restored as of {taken}, from version 0.1.0." in said
    assert f"{before.count - 1} audit entries hold. Head: {Archive(backup).manifest.head}" in said
    assert "3 messages to families were due and are held" in said
    # The next sweep asks no family a second time.
    letters = Notice.objects.filter(staff=None).order_by("pk")
    assert [letter.state for letter in letters] == ["failed", "failed", "failed"]
    assert [to for letter in mailbox() for to in letter.to if "family" in to] == []


def test_row_after_a_restore_never_has_the_number_of_one_that_is_lost(
    told: Told, backup: Path, move_to: Callable[..., None]
) -> None:
    """A link in a letter holds a number: that of a lost request must not open another family's."""
    lost = factories.make_pupil("Lost", "Child")
    move_to("empty")
    restore(backup)
    assert factories.make_pupil("New", "Child").pk == lost.pk - 1 + databases.NUMBERS_LEFT_FREE + 1
    with transaction.atomic():
        audit.record(at=clock.now(), actor="staff:1", verb="tests.record", object="tests.thing:1")
    assert audit.verify() is None


def test_restore_into_a_migrated_database_waits_until_nobody_is_in_it(
    told: Told, backup: Path, move_to: Callable[..., None]
) -> None:
    move_to("migrated")
    migrate()
    audit.prove_keys()
    somebody = factories.make_pupil()
    with pytest.raises(CommandError, match="something stands in school_pupil"):
        restore(backup)
    assert Answer.objects.count() == 0
    somebody.delete()
    restore(backup)
    assert Scan.objects.get().content == told.picture


def test_backup_of_an_older_version_is_migrated_forward(
    move_to: Callable[..., None], tmp_path: Path
) -> None:
    move_to("old")
    migrate()
    migrate("meetings", "0013")
    factories.make_school()
    path = tmp_path / "old.zip"
    making.make(path)
    assert ["meetings", "0014_keep_attendance_reports"] not in Archive(path).manifest.migrations
    move_to("new")
    restore(path)
    assert "meetings_attendancereport" in tables()
    assert audit.verify() is None


def test_restore_over_people_is_refused_and_touches_nothing(told: Told, backup: Path) -> None:
    entries = Entry.objects.count()
    with pytest.raises(
        CommandError, match="Nothing was restored. This database is not empty"
    ) as no:
        restore(backup)
    assert (no.value.returncode, Entry.objects.count()) == (1, entries)


def test_wrong_key_is_found_before_anything_is_touched(
    backup: Path, move_to: Callable[..., None], another_key: None
) -> None:
    move_to("empty")
    with pytest.raises(CommandError, match="These keys are not those of the backup. The key f1"):
        restore(backup)
    assert tables() == []


# --- Keys -----------------------------------------------------------------------------------------
def test_keys_go_elsewhere_and_come_back_with_the_restore(
    told: Told, move_to: Callable[..., None], tmp_path: Path, settings: Any
) -> None:
    path, keys_path = tmp_path / "a" / "school.zip", tmp_path / "b" / "keys.env"
    path.parent.mkdir()
    keys_path.parent.mkdir()
    out = StringIO()
    call_command("back_up", str(path), keys_to=keys_path, stdout=out)
    assert "Take them to another place now." in out.getvalue()
    assert [file.stat().st_mode & 0o777 for file in (path, keys_path)] == [0o600, 0o600]
    right = making.keys_at_hand()
    assert keys.from_settings(keys_path) == right
    # A new machine has made keys of its own on its first start.
    settings.FIELD_KEYS = {"f1": Fernet.generate_key().decode()}
    settings.AUDIT_KEYS = {"a1": "another key of thirty-two characters or more"}
    settings.LINK_KEYS = ["another key of thirty-two characters or more"]
    keys.put_in_place(making.keys_at_hand(), settings.VAR_DIR)
    move_to("empty")
    restore(path, keys=keys_path)
    assert Scan.objects.get().content == told.picture
    assert keys.load(settings.VAR_DIR, development=True) == right


def test_keys_in_production_are_put_into_the_settings_by_a_person(
    told: Told, backup: Path, move_to: Callable[..., None], tmp_path: Path, settings: Any
) -> None:
    keys_path = tmp_path / "keys.env"
    right = making.keys_at_hand()
    keys_path.write_text(keys.as_settings(right))
    settings.DEVELOPMENT = False
    settings.FIELD_KEYS = {"f1": Fernet.generate_key().decode()}
    move_to("empty")
    with pytest.raises(CommandError, match="are those of the backup; those in the settings") as no:
        restore(backup, keys=keys_path)
    assert (no.value.returncode, tables()) == (1, [])
    settings.FIELD_KEYS = right.field_keys
    restore(backup, keys=keys_path)
    assert Scan.objects.get().content == told.picture


@pytest.mark.parametrize("below", ["keys.env", "deeper/keys.env"])
def test_keys_beside_the_backup_are_refused(told: Told, tmp_path: Path, below: str) -> None:
    folder = tmp_path / "backups"
    (folder / "deeper").mkdir(parents=True)
    with pytest.raises(
        CommandError, match="No backup was made. The keys may not lie in the folder"
    ):
        call_command("back_up", str(folder / "school.zip"), keys_to=folder / below)
    assert [file.name for file in folder.rglob("*")] == ["deeper"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("SECRET_KEY=x\n", "SECRET_KEY is too short"), ("# nothing\n", "has no line SECRET_KEY=")],
)
def test_file_of_keys_that_is_none_is_refused(
    backup: Path, move_to: Callable[..., None], tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "keys.env"
    path.write_text(text)
    move_to("empty")
    with pytest.raises(CommandError, match=words):
        restore(backup, keys=path)
    with pytest.raises(CommandError, match="cannot be read"):
        restore(backup, keys=tmp_path / "none")
    assert tables() == []


# --- What is in it --------------------------------------------------------------------------------
def test_backup_holds_nothing_readable_that_is_sealed_and_no_secret(
    told: Told, staff_client: Any, host: Any, tmp_path: Path
) -> None:
    staff_client(host)
    [session] = Session.objects.values_list("session_key", flat=True)
    path = tmp_path / "school.zip"
    making.make(path)
    packed, member = path.read_bytes(), member_of(path)
    if connection.vendor == "sqlite":
        # What the database holds in clear is there: looking for texts finds what can be found.
        assert b"Okafor" in member
    told_keys = making.keys_at_hand()
    secrets = [
        told_keys.secret_key,
        *told_keys.link_keys,
        *told_keys.field_keys.values(),
        *told_keys.audit_keys.values(),
        session,
        MARKER,
    ]
    found = [one for one in secrets if one.encode() in packed or one.encode() in member]
    assert found == []
    assert told.picture[100:160] not in member
    assert Session.objects.count() == 1


def test_manifest_says_what_the_backup_is(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "school.zip"
    walk = verification.walk()
    made = making.make(path)
    with zipfile.ZipFile(path) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    assert (made.entries, made.head) == (walk.count, walk.head)
    assert (manifest["entries"], manifest["head"]) == (walk.count, walk.head)
    assert (manifest["kind"], manifest["version"]) == (connection.vendor, "0.1.0")
    assert manifest["at"] == "2026-09-15T13:00:00+00:00"
    assert making.newest() == clock.now()


def test_write_under_way_is_not_in_the_backup_and_what_was_written_before_is(
    told: Told, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.touch()
    before = Entry.objects.count()
    writer = connection.copy(alias="default")
    writer.ensure_connection()
    writer.set_autocommit(False)
    try:
        with writer.cursor() as cursor:
            cursor.execute("UPDATE school_pupil SET given_name = 'Half written'")
            facts = databases.copy(copy)
        writer.commit()
    finally:
        writer.close()
    assert facts.entries == before
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(copy)) as found:
            assert found.execute("SELECT given_name FROM school_pupil").fetchall() == [("Maya",)]
        assert [file.name for file in tmp_path.iterdir() if file.name.startswith("copy")] == [
            "copy"
        ]


# --- What is found in it --------------------------------------------------------------------------
def test_text_that_no_key_opens_is_told_and_the_rest_is_there(
    told: Told, move_to: Callable[..., None], tmp_path: Path
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consent_answer SET note = 'f1:gAAAAAtorn'")
    path = tmp_path / "school.zip"
    making.make(path)
    move_to("empty")
    with pytest.raises(
        CommandError, match=r"cannot be opened. consent.Answer \d+: The key f1"
    ) as no:
        restore(path)
    assert no.value.returncode == 3
    assert Scan.objects.get().content == told.picture
    assert Entry.objects.order_by("-id")[0].detail["is_whole"] is False


def test_audit_that_was_tampered_with_before_the_backup_is_told(
    told: Told, move_to: Callable[..., None], tmp_path: Path
) -> None:
    with connection.cursor() as cursor:
        guard.remove(cursor, connection.vendor)
        cursor.execute("UPDATE audit_entry SET actor = 'staff:31337' WHERE verb = 'consent.ask'")
        guard.install(cursor, connection.vendor)
    path = tmp_path / "school.zip"
    making.make(path)
    move_to("empty")
    with pytest.raises(CommandError, match=r"The audit chain does not hold \(changed\)") as no:
        restore(path)
    assert no.value.returncode == 3


def test_backup_with_keys_of_another_database_is_refused(
    told: Told, tmp_path: Path, settings: Any
) -> None:
    audit.prove_keys()
    settings.FIELD_KEYS = {"f1": Fernet.generate_key().decode()}
    with pytest.raises(SetupFault, match="not the one this database was written with"):
        making.make(tmp_path / "school.zip")
    assert list(tmp_path.glob("*school*")) == []


def test_preflight_says_when_the_last_backup_was_made(told: Told, tmp_path: Path) -> None:
    out = StringIO()
    call_command("preflight", stdout=out)
    assert "Last backed up by manage.py back_up: never, as far as this database knows." in str(
        out.getvalue()
    )
    making.make(tmp_path / "school.zip")
    call_command("preflight", stdout=out)
    assert f"by manage.py back_up: on {clock.in_words(clock.now())}." in out.getvalue()
