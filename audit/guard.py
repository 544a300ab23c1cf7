"""The triggers that make the audit append-only in the database itself.

SQLite needs `recursive_triggers` on every connection, or INSERT OR REPLACE walks round them; and
its way of altering a table makes a new one without triggers, so a migration that alters
`audit_entry` has to end with `install` again (a test holds this).
"""

from typing import Protocol

REFUSAL = "The audit is append-only."

INSTALL = {
    "sqlite": [
        f"""CREATE TRIGGER audit_entry_no_{verb} BEFORE {verb.upper()} ON audit_entry
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
        for verb in ("update", "delete")
    ],
    "postgresql": [
        f"""CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
            FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()""",
        """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
            FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
        # ALWAYS: session_replication_role = replica would otherwise switch them off.
        "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_no_change",
        "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_no_truncate",
    ],
}
REMOVE = {
    "sqlite": [
        "DROP TRIGGER IF EXISTS audit_entry_no_update",
        "DROP TRIGGER IF EXISTS audit_entry_no_delete",
    ],
    "postgresql": [
        "DROP TRIGGER IF EXISTS audit_entry_no_change ON audit_entry",
        "DROP TRIGGER IF EXISTS audit_entry_no_truncate ON audit_entry",
        "DROP FUNCTION IF EXISTS audit_entry_refuse()",
    ],
}


class Editor(Protocol):
    """Whatever runs a statement: a migration's schema editor or a cursor."""

    def execute(self, sql: str) -> object:
        """Run one statement."""


def install(editor: Editor, vendor: str) -> None:
    """Make the audit append-only."""
    for statement in INSTALL[vendor]:
        editor.execute(statement)


def remove(editor: Editor, vendor: str) -> None:
    """Take the triggers away: for undoing the migration, and for emptying a test database."""
    for statement in REMOVE[vendor]:
        editor.execute(statement)
