import json
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.models import F

from schoolsafe.lib import encryption, rotation
from schoolsafe.lib.encryption import WrongKey
from tests.lib import notebook
from tests.lib.conftest import FIRST, SECOND, STRANGE
from tests.lib.notebook import Note

SAID = "Ava said: ‘I don’t want to go home.’ 🏠\n\x00"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def _registered(monkeypatch):
    """Let serializers and rotation find the notebook, and nothing else."""
    for module in ("python", "xml_serializer"):
        monkeypatch.setattr(f"django.core.serializers.{module}.apps", notebook.Registry)
    monkeypatch.setattr(rotation, "apps", notebook.Registry)


@pytest.mark.parametrize("text", ["a", SAID, "x" * 20_000, "f1:not sealed", " "])
def test_encrypt_then_decrypt_returns_the_text(settings, text):
    settings.FIELD_KEYS = {"f1": FIRST}
    sealed = encryption.encrypt(text)
    assert sealed.startswith("f1:gAAAAA")
    assert text not in sealed or text == "a"
    assert encryption.decrypt(sealed) == text
    assert encryption.encrypt(text) != sealed


def test_decrypt_with_an_older_key_still_reads(settings):
    settings.FIELD_KEYS = {"f1": FIRST}
    sealed = encryption.encrypt(SAID)
    assert not encryption.needs_rotation(sealed)
    settings.FIELD_KEYS = {"f2": SECOND, "f1": FIRST}
    assert encryption.decrypt(sealed) == SAID
    assert encryption.needs_rotation(sealed)
    assert encryption.encrypt(SAID).startswith("f2:")


def test_decrypt_with_a_wrong_or_absent_key_never_returns_anything(settings):
    settings.FIELD_KEYS = {"f1": FIRST}
    sealed = encryption.encrypt(SAID)
    for keys in ({"f1": STRANGE}, {"f2": FIRST}, {"f2": SECOND, "f1": STRANGE}):
        settings.FIELD_KEYS = keys
        with pytest.raises(WrongKey) as refusal:
            encryption.decrypt(sealed)
        assert sealed not in str(refusal.value)


def test_decrypt_of_a_damaged_or_clear_value_is_refused(settings):
    settings.FIELD_KEYS = {"f1": FIRST}
    sealed = encryption.encrypt(SAID)
    for damaged in (
        sealed[:-4],
        sealed[:-9] + "AAAAAAAA=",
        sealed[3:],
        "clear",
        f" {sealed}",
        "f1:",
    ):
        with pytest.raises(WrongKey):
            encryption.decrypt(damaged)


def test_nothing_stays_nothing(settings):
    settings.FIELD_KEYS = {"f1": FIRST}
    assert (encryption.encrypt(""), encryption.decrypt("")) == ("", "")
    assert not encryption.needs_rotation("")


def test_field_is_clear_in_python_and_sealed_in_the_database(notes, stored):
    notes.create(pk=1, body=SAID)
    assert stored().startswith("f1:gAAAAA")
    assert stored(column="other") == ""
    assert notes.get().body == SAID
    assert notes.values_list("body", flat=True).get() == SAID
    notes.filter(pk=1).update(body=None)
    assert (stored(), notes.get().body) == (None, None)


def test_field_is_sealed_by_every_way_of_writing(notes, stored):
    notes.bulk_create([Note(pk=pk, body="bulk", changed_at=LONG_AGO) for pk in (1, 2)])
    assert stored(1).startswith("f1:")
    notes.filter(pk=1).update(body="update")
    note = notes.get(pk=2)
    note.body = "bulk update"
    notes.bulk_update([note], ["body"])
    assert [stored(1)[:3], stored(2)[:3]] == ["f1:", "f1:"]
    assert list(notes.order_by("pk").values_list("body", flat=True)) == ["update", "bulk update"]
    notes.filter(pk=1).update(other=F("body"))
    assert notes.get(pk=1).other == "update"


def test_field_with_a_wrong_key_raises_on_reading(notes, settings):
    notes.create(pk=1, body=SAID)
    settings.FIELD_KEYS = {"f1": STRANGE}
    with pytest.raises(WrongKey):
        notes.get()
    assert notes.only("title").get().title == ""


def test_field_takes_no_bytes(notes):
    with pytest.raises(TypeError, match="body takes text, not bytes"), transaction.atomic():
        notes.create(pk=1, body=b"text")
    assert notes.count() == 0


def test_field_asks_only_whether_there_is_anything(notes):
    notes.create(pk=1, body=SAID)
    assert notes.filter(body__isnull=False).count() == 1
    for lookup in ("body", "body__exact", "body__contains", "body__in", "body__gt", "body__regex"):
        with pytest.raises(FieldError, match="is encrypted: it cannot be searched"):
            notes.filter(**{lookup: "Ava"})


def test_text_that_looks_sealed_is_not_opened_for_whoever_typed_it(notes, stored):
    notes.create(pk=1, body=SAID)
    typed = Note(pk=2, body=stored())
    typed.full_clean(exclude=["other"])
    typed.save()
    assert notes.get(pk=2).body == stored()
    notes.filter(pk=1).update(other=stored())
    assert notes.get(pk=1).other == stored()


def test_field_still_validates(notes):
    with pytest.raises(ValidationError) as refusal:
        Note(pk=1, body="x").clean_fields()
    assert set(refusal.value.message_dict) == {"other"}


@pytest.mark.usefixtures("_registered")
@pytest.mark.parametrize("form", ["json", "xml", "jsonl"])
def test_dump_keeps_the_text_sealed_and_loads_again(notes, stored, form):
    said = SAID.replace("\x00", "")
    notes.create(pk=1, body=said, other="other")
    notes.create(pk=2, body=None)
    dump = serializers.serialize(form, notes.order_by("pk"))
    assert "Ava" not in dump
    assert "f1:gAAAAA" in dump
    notes.all().delete()
    for thing in serializers.deserialize(form, dump):
        thing.save()
    assert stored().startswith("f1:gAAAAA")
    assert list(notes.order_by("pk").values_list("body", "other")) == [(said, "other"), (None, "")]


@pytest.mark.usefixtures("_registered")
def test_load_of_a_dump_under_a_strange_key_is_refused(notes, settings):
    notes.create(pk=1, body=SAID)
    dump = serializers.serialize("json", notes.all())
    notes.all().delete()
    settings.FIELD_KEYS = {"f1": STRANGE}
    with pytest.raises(serializers.base.DeserializationError):
        list(serializers.deserialize("json", dump))


@pytest.mark.usefixtures("_registered")
def test_load_takes_clear_text_written_by_hand(notes, stored):
    row = {
        "model": "notebook.note",
        "pk": 1,
        "fields": {"body": "by hand", "changed_at": str(LONG_AGO)},
    }
    for thing in serializers.deserialize("json", json.dumps([row])):
        thing.save()
    assert (stored()[:3], notes.get().body) == ("f1:", "by hand")


# --- Rotation -------------------------------------------------------------------------------------
@pytest.fixture
def many(notes, settings, monkeypatch, _registered):
    """Seven notes under f1, one empty, one absent; f2 is now the key that writes."""
    monkeypatch.setattr(rotation, "BATCH", 3)
    notes.bulk_create(
        [
            Note(pk=pk, body=f"text {pk}", other="x", title="t", changed_at=LONG_AGO)
            for pk in range(1, 8)
        ]
        + [Note(pk=8, body="", changed_at=LONG_AGO), Note(pk=9, body=None, changed_at=LONG_AGO)]
    )
    notes.update(changed_at=LONG_AGO)
    settings.FIELD_KEYS = {"f2": SECOND, "f1": FIRST}
    return notes


def test_fields_finds_every_encrypted_field(many):
    assert [(model, field.name) for model, field in rotation.fields()] == [
        (Note, "body"),
        (Note, "other"),
    ]


def test_rotate_moves_every_text_and_nothing_else(many, stored, settings):
    [(model, body), (_, other)] = rotation.fields()
    assert (rotation.rotate(model, body), rotation.rotate(model, other)) == (7, 7)
    assert [stored(pk)[:3] for pk in range(1, 8)] == ["f2:"] * 7
    assert (stored(8), stored(9)) == ("", None)
    settings.FIELD_KEYS = {"f2": SECOND}
    assert [note.body for note in many.order_by("pk")] == [
        *(f"text {pk}" for pk in range(1, 8)),
        "",
        None,
    ]
    assert set(many.values_list("title", "changed_at")) == {("t", LONG_AGO), ("", LONG_AGO)}


def test_rotate_again_finds_nothing_to_do(many, stored):
    [(model, body), _] = rotation.fields()
    rotation.rotate(model, body)
    before = stored(4)
    assert rotation.rotate(model, body) == 0
    assert stored(4) == before


def test_rotate_takes_key_ids_that_differ_in_case_for_two(notes, settings, stored):
    notes.create(pk=1, body="text")
    settings.FIELD_KEYS = {"F1": SECOND, "f1": FIRST}
    field = Note._meta.get_field("body")
    assert rotation.rotate(Note, field) == 1
    assert stored().startswith("F1:")


def test_rotate_keys_says_counts_by_field(many, capsys):
    call_command("rotate_keys")
    assert capsys.readouterr().out == (
        "notebook.Note.body: 7\nnotebook.Note.other: 7\nmfa.Authenticator.data: 0\n"
        "The words of 0 concerns are marked under the first key.\n"
        "14 texts are now under the first key.\n"
    )


def test_rotate_keys_stops_at_what_it_cannot_read_and_goes_on_when_mended(many, stored, capsys):
    with connection.cursor() as cursor:
        sealed = stored(5)
        cursor.execute("UPDATE notebook_note SET body = 'damaged' WHERE id = 5")
        with pytest.raises(CommandError) as refusal:
            call_command("rotate_keys")
        assert refusal.value.returncode == 1
        assert str(refusal.value) == "notebook.Note 5: A stored value is not in the encrypted form."
        # The batch before it is done, its own is as it was.
        assert [stored(pk)[:3] for pk in (1, 2, 3, 4, 6)] == ["f2:", "f2:", "f2:", "f1:", "f1:"]
        cursor.execute("UPDATE notebook_note SET body = %s WHERE id = 5", [sealed])
    capsys.readouterr()
    call_command("rotate_keys")
    assert capsys.readouterr().out.splitlines()[0] == "notebook.Note.body: 4"


def test_encrypted_field_is_stored_as_plain_text_column():
    field = Note._meta.get_field("body")
    assert field.db_type(connection) == models.TextField().db_type(connection)
    assert field.deconstruct()[1] == "schoolsafe.lib.encryption.EncryptedTextField"


@pytest.fixture
def second_factor(settings, host):
    """The host's app and recovery codes, stored by the sign-in under f1; f2 now writes."""
    settings.FIELD_KEYS = {"f1": FIRST}
    user = User.objects.get(email=host.email)
    totp = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(user)
    settings.FIELD_KEYS = {"f2": SECOND, "f1": FIRST}
    return totp, codes.get_unused_codes()


def test_rotate_keys_moves_second_factors_along(second_factor, settings):
    totp, codes = second_factor
    assert totp.data["secret"].startswith("f1:")
    call_command("rotate_keys")
    settings.FIELD_KEYS = {"f2": SECOND}
    for factor in Authenticator.objects.all():
        text = json.dumps(factor.data)
        assert ("f1:gAAAAA" in text, "f2:gAAAAA" in text) == (False, True)
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes
    assert rotation.rotate_within(Authenticator, "data") == 0


def test_rotate_keys_second_factor_of_a_lost_key_is_named(second_factor, settings):
    totp, _ = second_factor
    settings.FIELD_KEYS = {"f2": SECOND, "f1": STRANGE}
    with pytest.raises(rotation.Unreadable, match=f"mfa.Authenticator {totp.pk}: The key f1"):
        rotation.rotate_within(Authenticator, "data")


def test_rotate_within_reaches_nested_words_and_leaves_the_rest(settings, host):
    settings.FIELD_KEYS = {"f1": FIRST}
    sealed = encryption.encrypt("code")
    data = {"codes": [sealed, {"deep": sealed}], "f1:clear": "f1:clear", "number": 7, "none": None}
    row = Authenticator.objects.create(
        user=User.objects.get(email=host.email), type="totp", data=data
    )
    settings.FIELD_KEYS = {"f2": SECOND, "f1": FIRST}
    assert rotation.rotate_within(Authenticator, "data") == 1
    row.refresh_from_db()
    first, nested = row.data.pop("codes")
    assert [encryption.decrypt(first), encryption.decrypt(nested["deep"])] == ["code", "code"]
    assert (first[:3], nested["deep"][:3]) == ("f2:", "f2:")
    assert row.data == {"f1:clear": "f1:clear", "number": 7, "none": None}
