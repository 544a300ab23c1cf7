"""Copying a database under way, and filling an empty one, by the tools of each kind."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from schoolsafe.backup.files import BackupFault

MEMBERS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# Live in clear: whoever has a session's key is signed in. Nobody misses them after a restore.
LEFT_OUT = ("django_session", "school_session", "cache")
# What stands in a database in which nobody has done anything: a migration or a start has written it.
FIRST_ROWS = {
    "audit_canary",
    "auth_permission",
    "cache",
    "concerns_agency",
    "concerns_category",
    "concerns_outcome",
    "django_content_type",
    "django_migrations",
    "django_session",
    "notices_heartbeat",
    "notices_provider",
    "school_session",
}
# A number that was given after the backup is never given again: a link in a letter holds the number
# of a row, and would open that of another family.
NUMBERS_LEFT_FREE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a copy holds, as of the same moment as the copy."""

    migrations: list[list[str]]
    entries: int
    head: str
    canaries: list[list[str]]


def copy(into: Path) -> Facts:
    """Write a consistent copy of the database into an empty file, while others go on writing."""
    return _copy_postgresql(into) if connection.vendor == "postgresql" else _copy_sqlite(into)


def rows_in_the_way() -> list[str]:
    """Return the tables in which somebody has written something: nothing may be restored over it."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - FIRST_ROWS
        return sorted(name for name in names if _has_rows(cursor, name))


def _has_rows(cursor: Any, name: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608 - quoted
    return cursor.fetchone() is not None


def check_fit(content: Path) -> None:
    """Look whether an unpacked copy can be filled in. Raises BackupFault; nothing is touched."""
    if connection.vendor == "postgresql":
        _run(["pg_restore", "--list", str(content)], doing="read the backup")
        return
    with closing(sqlite3.connect(f"{content.as_uri()}?mode=ro", uri=True)) as source:
        [found] = source.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise BackupFault("The database in this backup was damaged before it was backed up.")


def fill(content: Path) -> None:
    """Put an unpacked copy in the place of a database that is empty of people."""
    if connection.vendor == "postgresql":
        _fill_postgresql(content)
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{content.as_uri()}?mode=ro", uri=True)) as source:
        source.backup(connection.connection)
    connection.close()


def leave_numbers_free() -> None:
    """Let the next row of every table have a number that was certainly never given before."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, "
                "COALESCE(last_value, 0) + %s) FROM pg_sequences "
                "WHERE schemaname = current_schema()",
                [NUMBERS_LEFT_FREE],
            )
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s", [NUMBERS_LEFT_FREE])
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT name, %s FROM sqlite_master "
            "WHERE type = 'table' AND sql LIKE '%%AUTOINCREMENT%%' "
            "AND name NOT IN (SELECT name FROM sqlite_sequence)",
            [NUMBERS_LEFT_FREE],
        )


def check_tools() -> None:
    """Look for the tools before anything begins. Raises BackupFault naming what to install."""
    if connection.vendor != "postgresql":
        return
    for name in ("pg_dump", "pg_restore"):
        if shutil.which(name) is None:
            raise BackupFault(
                f"{name} is not on this machine. Install PostgreSQL's client (on Debian: "
                "postgresql-client), of the server's version or a newer one."
            )


# --- SQLite ---------------------------------------------------------------------------------------
def _copy_sqlite(into: Path) -> Facts:
    """Copy by the online backup: one moment of the database, however much is written meanwhile."""
    source = connection.get_new_connection(connection.get_connection_params())
    with closing(source), closing(sqlite3.connect(into, isolation_level=None)) as target:
        source.backup(target)
        # One file without companions, and nothing of what is left out in its free pages.
        target.execute("PRAGMA journal_mode=DELETE")
        target.execute("PRAGMA secure_delete=ON")
        there = {name for (name,) in target.execute("SELECT name FROM sqlite_master")}
        for name in there.intersection(LEFT_OUT):
            target.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names
        return _facts(lambda sql: target.execute(sql).fetchall())


# --- PostgreSQL -----------------------------------------------------------------------------------
def _copy_postgresql(into: Path) -> Facts:
    """Copy by pg_dump, which looks at the very moment of the facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [moment] = cursor.fetchone()

        def ask(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        facts = _facts(ask)
        left_out = [f"--exclude-table-data={name}" for name in LEFT_OUT]
        words = ["pg_dump", "--format=custom", "--no-password", f"--snapshot={moment}"]
        _run([*words, *left_out], doing="copy the database", into=into)
    return facts


def _fill_postgresql(content: Path) -> None:
    """Take the empty tables away and make those of the backup, which then belong to this role."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for name in names:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(name)} CASCADE")
    connection.close()
    words = ["pg_restore", "--no-owner", "--no-privileges", "--clean", "--if-exists"]
    words += ["--single-transaction", "--exit-on-error", "--no-password"]
    name = str(connection.settings_dict["NAME"])
    _run([*words, f"--dbname={name}", str(content)], doing="fill the database")


def _run(words: Sequence[str], *, doing: str, into: Path | None = None) -> None:
    """Run a tool of PostgreSQL. Raises BackupFault with what it said."""
    check_tools()
    with (into or Path(os.devnull)).open("wb") as out:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            list(words), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
            env=_login(), check=False,
        )  # fmt: skip
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[-400:]
        said = said or f"it ended with {done.returncode}; look whether the disk is full"
        raise BackupFault(f"{words[0]} could not {doing}: {said}.")


def _login() -> dict[str, str]:
    """Return how a tool signs in: never as words of its command, which all users of a machine can read.

    Of our own environment it gets what it needs, and none of our keys.
    """
    told = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    names["PGDATABASE"] = "NAME"
    ours = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "LANG"} or name.startswith("PG")
    }
    return ours | {name: str(told[key]) for name, key in names.items() if told[key]}


# --- Both -----------------------------------------------------------------------------------------
def _facts(ask: Callable[[str], list[Any]]) -> Facts:
    """Read what the manifest tells, by plain questions that both kinds understand."""
    [[entries]] = ask("SELECT count(*) FROM audit_entry")
    newest = ask("SELECT hash FROM audit_entry ORDER BY id DESC LIMIT 1")
    return Facts(
        migrations=[
            list(row) for row in ask("SELECT app, name FROM django_migrations ORDER BY id")
        ],
        entries=entries,
        head=newest[0][0] if newest else "",
        canaries=[
            list(row) for row in ask("SELECT purpose, key_id, sealed FROM audit_canary ORDER BY id")
        ],
    )
