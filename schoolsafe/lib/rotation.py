"""Every encrypted text and file: moving them under the first field key, and proving that they open."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast, Substr

from schoolsafe.lib.encryption import (
    SEALED,
    EncryptedFileField,
    EncryptedTextField,
    WrongKey,
    decrypt,
    decrypt_file,
    encrypt,
    first_key_id,
    needs_rotation,
)

BATCH = 200


class Unreadable(Exception):
    """A stored text that none of the keys opens; the message names the row, never the text."""


def fields() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Yield every encrypted field with the model in whose table it stands."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField) and not model._meta.proxy:
                yield model, field


def files() -> Iterator[tuple[type[models.Model], EncryptedFileField]]:
    """Yield every encrypted file's field likewise."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedFileField) and not model._meta.proxy:
                yield model, field


def rotate(model: type[models.Model], field: EncryptedTextField) -> int:
    """Move one field of one model under the first key and return how many rows it took.

    Safe to interrupt and to repeat. Raises Unreadable at the first text that no key opens.
    """
    turned, last = 0, None
    while rows := _turn_batch(model, field, last):
        turned += len(rows)
        last = rows[-1][0]
    return turned


def rotate_files(model: type[models.Model], field: EncryptedFileField) -> int:
    """Move the files of one field under the first key, one at a time: a batch would fill the memory.

    Safe to interrupt and to repeat. Raises Unreadable at the first file that no key opens.
    """
    first = f"{first_key_id()}:".encode()
    form = Cast(models.F(field.attname), output_field=models.BinaryField())
    head = Substr(form, 1, len(first), output_field=models.BinaryField())
    heads = list(
        _rows_of(model).exclude(**{f"{field.attname}__isnull": True}).values_list("pk", head)
    )
    others = [pk for pk, found in heads if found and bytes(found) != first]
    return sum(_turn_file(model, field, pk) for pk in others)


@transaction.atomic
def _turn_file(model: type[models.Model], field: EncryptedFileField, pk: Any) -> int:
    """Move one file, seeing it as it is stored."""
    form = Cast(models.F(field.attname), output_field=models.BinaryField())
    row = _rows_of(model).filter(pk=pk).select_for_update()
    try:
        content = decrypt_file(bytes(row.values_list(form, flat=True).get()))
    except WrongKey as fault:
        raise Unreadable(f"{model._meta.label} {pk}: {fault}") from fault
    return _rows_of(model).filter(pk=pk).update(**{field.attname: content})


def open_all() -> int:
    """Open every sealed text and file, one after the other, and return how many there are.

    Raises Unreadable at the first that no key opens.
    """
    texts = sum(_open(model, field, models.TextField(), decrypt) for model, field in fields())
    scans = sum(
        _open(model, field, models.BinaryField(), lambda form: decrypt_file(bytes(form)))
        for model, field in files()
    )
    return texts + scans


def _open(
    model: type[models.Model],
    field: "models.Field[Any, Any]",
    plain: "models.Field[Any, Any]",
    opened: Callable[[Any], object],
) -> int:
    """Open one field of one model, seeing it as it is stored; return in how many rows it stands."""
    form = Cast(models.F(field.attname), output_field=plain)
    count = 0
    for pk, stored in _rows_of(model).values_list("pk", form).iterator(chunk_size=BATCH):
        try:
            if stored:
                opened(stored)
                count += 1
        except WrongKey as fault:
            raise Unreadable(f"{model._meta.label} {pk}: {fault}") from fault
    return count


@transaction.atomic
def rotate_within(model: type[models.Model], name: str) -> int:
    """Move the sealed words inside a JSON field under the first key; return how many rows it took.

    For tables that are not ours and stay small, such as the proofs of second factors.
    """
    turned = 0
    for pk, value in _rows_of(model).select_for_update().values_list("pk", name):
        try:
            moved = _moved(value)
        except WrongKey as fault:
            raise Unreadable(f"{model._meta.label} {pk}: {fault}") from fault
        if moved != value:
            turned += _rows_of(model).filter(pk=pk).update(**{name: moved})
    return turned


def _rows_of(model: type[models.Model]) -> models.QuerySet[Any]:
    """Return every row, past whatever a model's own manager hides."""
    return model._base_manager.order_by("pk")


def _moved(value: Any) -> Any:
    """Return the same JSON with each sealed word under the first key."""
    if isinstance(value, dict):
        return {key: _moved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item) for item in value]
    if isinstance(value, str) and SEALED.fullmatch(value) and needs_rotation(value):
        return encrypt(decrypt(value))
    return value


@transaction.atomic
def _turn_batch(
    model: type[models.Model], field: EncryptedTextField, last: Any
) -> Sequence[tuple[Any, str]]:
    """Move the next rows, seeing them as they are stored."""
    prefix = f"{first_key_id()}:"
    rows = (
        _as_stored(model, field)
        .exclude(sealed_form__isnull=True)
        .exclude(sealed_form="")
        # Not startswith: SQLite compares that without regard to case.
        .exclude(sealed_under=prefix)
        .order_by("pk")
        .select_for_update()
        .values_list("pk", "sealed_form")
    )
    batch = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
    for pk, form in batch:
        # Compared with what was read: a text written meanwhile is newer, and under the first key.
        _as_stored(model, field).filter(pk=pk, sealed_form=form).update(
            **{field.attname: _opened(model, pk, form)}
        )
    return batch


def _as_stored(model: type[models.Model], field: EncryptedTextField) -> models.QuerySet[Any]:
    """Return the rows with the stored form of the text beside them."""
    form = Cast(models.F(field.attname), output_field=models.TextField())
    key = Substr(form, 1, len(first_key_id()) + 1)
    return model._base_manager.annotate(sealed_form=form, sealed_under=key)


def _opened(model: type[models.Model], pk: object, form: str) -> str:
    """Return the clear text of one row."""
    try:
        return decrypt(form)
    except WrongKey as fault:
        raise Unreadable(f"{model._meta.label} {pk}: {fault}") from fault
