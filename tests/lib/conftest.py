import pytest
from cryptography.fernet import Fernet
from django.db import connection

from tests.lib import notebook

FIRST, SECOND, STRANGE = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def notes(db, settings):
    """An empty table of notes, under the key f1."""
    settings.FIELD_KEYS = {"f1": FIRST}
    instant = "datetime" if connection.vendor == "sqlite" else "timestamptz"
    with connection.cursor() as cursor:
        cursor.execute(notebook.TABLE.format(instant=instant))
        yield notebook.Note.objects
        cursor.execute("DROP TABLE notebook_note")


@pytest.fixture
def stored():
    """What stands in the database itself."""

    def look(pk=1, column="body"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM notebook_note WHERE id = %s", [pk])  # noqa: S608
            [(value,)] = cursor.fetchall()
            return value

    return look
