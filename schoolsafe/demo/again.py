"""Making the demo of yesterday new: its calls are planned relative to the hour of loading."""

import fcntl
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from schoolsafe import mailbox


def start_over() -> None:
    """Throw the embedded database and the mailbox away, and make an empty database.

    The audit can't be emptied, by design: only the whole file can go, and the keys stay.
    Raises CommandError for a database that is not the embedded file, or while schoolsafe runs.
    """
    if connection.vendor != "sqlite":
        raise CommandError(
            "--again empties the embedded database only. Make a new, empty database, set "
            "DATABASE_URL to it, and run: python manage.py migrate, then load_demo."
        )
    if _is_running(settings.VAR_DIR / "run.lock"):
        raise CommandError("schoolsafe is running. Press Ctrl-C in its window first.")
    connection.close()
    database = Path(connection.settings_dict["NAME"])
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    mailbox.empty()
    call_command("migrate", interactive=False, verbosity=0)


def _is_running(lock: Path) -> bool:
    """Tell whether `manage.py run` holds its lock."""
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
