"""What the database lets the app's role do on PostgreSQL, with the rights as they are shipped."""

from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from audit import checks, services
from audit.models import Entry

RIGHTS = Path(__file__).resolve().parents[2] / "deploy" / "postgresql"
pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db,
    pytest.mark.usefixtures("roles_in_turn"),
]


@pytest.fixture
def as_app(write):
    """One entry is there, and this connection goes on as the app's role; undone with the test."""
    with connection.cursor() as cursor:
        for name in ("1-roles.sql", "2-rights.sql"):
            cursor.execute((RIGHTS / name).read_text(encoding="utf-8"))
        write()
        cursor.execute("SET LOCAL ROLE schoolsafe_app")
        yield cursor
        cursor.execute("RESET ROLE")


def test_app_records_and_reads(as_app, write):
    write(object="meetings.meeting:13")
    assert Entry.objects.count() == 2
    assert services.verify() is None


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit_entry SET actor = 'staff:2'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_change",
        "DROP TRIGGER audit_entry_no_change ON audit_entry",
        "DROP FUNCTION audit_entry_refuse() CASCADE",
        "CREATE RULE quiet AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
        "CREATE TABLE audit_copy ()",
        "SET session_replication_role = replica",
        "SELECT * FROM audit_entry FOR UPDATE",
        "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET actor = ''",
        "UPDATE django_migrations SET name = name",
    ],
)
def test_app_is_refused_anything_but_adding_and_reading(as_app, attempt):
    with (
        pytest.raises(ProgrammingError, match="permission denied|must be owner"),
        transaction.atomic(),
    ):
        as_app.execute(attempt)
    assert list(Entry.objects.values_list("actor", flat=True)) == ["staff:1"]


def test_app_changes_every_other_table(as_app):
    as_app.execute("UPDATE django_session SET session_data = ''")
    as_app.execute("DELETE FROM audit_canary")
    assert as_app.rowcount == 0


@pytest.mark.parametrize(
    "attempt",
    ["UPDATE audit_entry SET actor = ''", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_owner_is_refused_even_as_a_replica(write, attempt):
    write()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            cursor.execute(attempt)
    assert Entry.objects.count() == 1


def test_rights_may_be_given_twice(as_app):
    as_app.execute("RESET ROLE")
    for name in ("1-roles.sql", "2-rights.sql"):
        as_app.execute((RIGHTS / name).read_text(encoding="utf-8"))
    as_app.execute("SELECT has_table_privilege('schoolsafe_app', 'audit_entry', 'UPDATE')")
    assert as_app.fetchone() == (False,)


def test_check_on_deployment_warns_of_a_role_that_may_change_the_audit(as_app):
    assert checks.app_may_not_change(databases=["default"]) == []
    as_app.execute("RESET ROLE")
    [warning] = checks.app_may_not_change(databases=["default"])
    assert warning.id == "audit.W001"
    assert checks.app_may_not_change(databases=[]) == []
