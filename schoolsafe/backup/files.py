"""Files that appear whole or not at all, readable by their owner alone, and never over another."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# What SQLite writes beside a database.
COMPANIONS = ("-journal", "-wal", "-shm")
# A disk that is full, a file that may not grow, a quota that is used up.
NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


class BackupFault(Exception):
    """A backup or a restore stops, with nothing done; the message says why and what to do."""


def check_free(path: Path) -> None:
    """Refuse a name that is taken, or a folder that is not there. Raises BackupFault."""
    if path.exists() or path.is_symlink():
        raise BackupFault(f"{path} is there already and is not overwritten. Give another name.")
    if not path.parent.is_dir():
        raise BackupFault(f"There is no folder {path.parent}. Make it, or give another one.")


@contextmanager
def drafted(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write into; it gets its name when all of it has reached the disk.

    Whatever goes wrong leaves nothing behind. Raises BackupFault when there is no room for it.
    """
    with explained(path), scratch(path) as draft:
        with draft.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path)
        _sync_folder(path.parent)


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """Give an empty file for a while in the folder of another, for its owner's eyes alone.

    What SQLite keeps beside a database goes with it: a copy that stopped on a full disk leaves them.
    """
    handle, name = tempfile.mkstemp(dir=beside.parent, prefix=f".{beside.name}.")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for companion in ("", *COMPANIONS):
            Path(f"{name}{companion}").unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    """Give a draft its name, never over a file that is already there."""
    try:
        os.link(draft, path)
    except FileExistsError as fault:
        raise BackupFault(f"{path} is there already and is not overwritten.") from fault
    except OSError:
        # A share that knows no links: look, then rename.
        check_free(path)
        draft.rename(path)


def _sync_folder(folder: Path) -> None:
    """Let the new name reach the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as fault:
        # Shares that cannot do it say so; their server does.
        if fault.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in words that there was no room, or what else the disk would not do."""
    try:
        yield
    except OSError as fault:
        if fault.errno in NO_ROOM:
            raise BackupFault(
                f"There is no room for {path.name} in {path.parent}: nothing was left there. Make "
                "room, or give another folder."
            ) from fault
        raise BackupFault(f"{path} cannot be written: {fault.strerror}.") from fault
    except sqlite3.Error as fault:
        raise BackupFault(
            f"The database could not be copied beside {path}: {fault}. Nothing was left there. "
            "Look whether the disk is full."
        ) from fault
