"""The canaries: a wrong key stops the start; a rotation leaves one proof behind."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

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
    canary = Canary.objects.get()
    assert canary.key_id == "f1"
    assert CANARY not in canary.sealed
    assert encryption.decrypt(canary.sealed) == CANARY


def test_prove_keys_again_writes_nothing(django_assert_num_queries):
    services.prove_keys()
    before = Canary.objects.get().sealed
    with django_assert_num_queries(3):
        services.prove_keys()
    assert Canary.objects.get().sealed == before


def test_prove_keys_new_key_first_leaves_a_canary_for_each(settings):
    services.prove_keys()
    settings.FIELD_KEYS = {"f2": NEW, "f1": OLD}
    services.prove_keys()
    assert sorted(Canary.objects.values_list("key_id", flat=True)) == ["f1", "f2"]
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
    assert Canary.objects.count() == 1


def test_prove_keys_wrong_audit_key_stops_the_start(settings, write):
    write()
    services.prove_keys()
    settings.AUDIT_KEYS = {"a1": "another key of thirty-two characters or more"}
    with pytest.raises(SetupFault, match=r"Entry \d+ was changed"):
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
    assert list(Canary.objects.values_list("key_id", flat=True)) == ["f2"]
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
    assert list(Canary.objects.values_list("key_id", flat=True)) == ["f1"]
