"""The canaries: a wrong key stops the start; a rotation leaves one proof behind."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction

from audit import selectors, services
from audit.models import CANARY, Canary, Entry
from schoolsafe.lib import encryption
from schoolsafe.lib.rules import SetupFault
from tests.audit.conftest import AT

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _old_key(settings):
    Canary.objects.all().delete()
    settings.FIELD_KEYS = {"f1": OLD}


def test_prove_keys_first_start_leaves_a_canary_under_the_first_key():
    services.prove_keys()
    canary = Canary.objects.get(purpose="field")
    assert canary.key_id == "f1"
    assert CANARY not in canary.sealed
    assert encryption.decrypt(canary.sealed) == CANARY


def test_prove_keys_again_writes_nothing(django_assert_num_queries):
    services.prove_keys()
    before = list(Canary.objects.values_list("purpose", "key_id", "sealed"))
    with django_assert_num_queries(2):
        services.prove_keys()
    assert list(Canary.objects.values_list("purpose", "key_id", "sealed")) == before
    assert len(before) == 2


def test_prove_keys_new_key_first_leaves_a_canary_for_each(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f2": NEW, "f1": OLD}
    services.prove_keys()
    assert sorted(map(str, Canary.objects.all())) == ["audit a1", "field f1", "field f2"]
    assert selectors.key_faults() == []


def test_prove_keys_wrong_key_stops_the_start_with_what_to_do(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f1": NEW}
    with pytest.raises(SetupFault) as refusal:
        services.prove_keys()
    assert str(refusal.value) == (
        "The key f1 in FIELD_KEYS is not the one this database was written with. Put the right one "
        "back from its copy: with this one no concern can be read."
    )


def test_prove_keys_key_taken_away_too_early_stops_the_start(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f2": NEW}
    with pytest.raises(SetupFault, match="lacks the key f1"):
        services.prove_keys()
    assert Canary.objects.count() == 2


@pytest.mark.parametrize(
    ("key_id", "words"),
    [("a1", "AUDIT_KEYS is not the one this database"), ("a2", "AUDIT_KEYS lacks the key a1")],
)
def test_prove_keys_wrong_audit_key_stops_the_start(settings, key_id, words):
    services.prove_keys()
    settings.AUDIT_KEYS = {key_id: "another key of thirty-two characters or more"}
    with pytest.raises(SetupFault, match=words):
        services.prove_keys()


def test_prove_keys_tampering_with_the_newest_entry_does_not_stop_the_start(write, unguarded):
    write()
    services.prove_keys()
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2'")
    assert services.verify().why == "changed"
    # A school must be able to file a concern while somebody finds out what happened.
    services.prove_keys()


def test_check_with_a_wrong_key_refuses_to_start(settings):
    services.prove_keys()
    call_command("check", databases=["default"])
    settings.FIELD_KEYS = {"f1": NEW}
    call_command("check")
    with pytest.raises(SystemCheckError, match="not the one this database was written with"):
        call_command("check", databases=["default"])


def test_check_reads_only():
    call_command("check", databases=["default"])
    assert Canary.objects.count() == 0


def test_keys_rotated_lets_go_of_the_old_key_and_is_recorded(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f2": NEW, "f1": OLD}
    services.prove_keys()
    services.keys_rotated(at=AT, turned={"concerns.Concern": 3})
    assert sorted(map(str, Canary.objects.all())) == ["audit a1", "field f2"]
    entry = Entry.objects.get()
    assert (entry.actor, entry.verb) == ("system:rotate_keys", "keys.rotate")
    assert entry.detail == {"key": "f2", "turned": {"concerns.Concern": 3}}


def test_keys_rotated_without_anything_to_turn_is_not_recorded():
    services.keys_rotated(at=AT, turned={"concerns.Concern": 0})
    assert Entry.objects.count() == 0


def test_rotate_keys_with_a_wrong_old_key_is_refused_before_anything_moves(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f2": NEW, "f1": NEW}
    with pytest.raises(CommandError, match="not the one") as refusal:
        call_command("rotate_keys")
    assert refusal.value.returncode == 1
    assert sorted(map(str, Canary.objects.all())) == ["audit a1", "field f1"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a setting of SQLite alone")
def test_check_of_sqlite_without_recursive_triggers_is_refused():
    call_command("check", databases=["default"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
        try:
            with pytest.raises(SystemCheckError, match="The audit can be rewritten"):
                call_command("check", databases=["default"])
        finally:
            cursor.execute("PRAGMA recursive_triggers=ON")


def test_canary_of_another_purpose_or_twice_for_a_key_is_refused_by_the_database():
    services.prove_keys()
    for purpose, key_id in (("other", "f1"), ("field", "f1")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Canary.objects.create(purpose=purpose, key_id=key_id, sealed="x")
