"""Reading every stored and every sent text, to look for what must stand in none of them."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import mail
from django.db import connection

from tests.meetings.calls import SECRETS


def sent_texts() -> list[str]:
    """Every letter that left, whole."""
    return [letter.message().as_string() for letter in mail.outbox] + [
        "\n".join([letter.subject, str(letter.body), *_html(letter)]) for letter in mail.outbox
    ]


def _html(letter: Any) -> list[str]:
    return [str(part[0]) for part in getattr(letter, "alternatives", [])]


def raw_rows() -> Iterator[tuple[str, str]]:
    """Every row of every table as the database holds it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - our own names
            for row in cursor.fetchall():
                yield table, " ".join(str(value) for value in row)


def opened_rows() -> Iterator[tuple[str, str]]:
    """Every row as the application reads it: what is encrypted stands here in the clear."""
    for model in apps.get_models():
        fields = [field.attname for field in model._meta.concrete_fields]
        for row in model._default_manager.values_list(*fields):
            yield model._meta.label, " ".join(str(value) for value in row)


def leaks() -> set[str]:
    """Where a part of the Teams address stands; the meeting's own sealed field is its only place."""
    found = {table for table, text in raw_rows() if _is_secret(text)}
    found |= {label for label, text in opened_rows() if _is_secret(text)}
    return found | {"mail" for text in sent_texts() if _is_secret(text)}


def _is_secret(text: str) -> bool:
    return any(secret in text for secret in SECRETS)
