"""Whether a write failed because there is no room left: a thing to say in words, not a fault to hide."""

import errno
import logging
import sqlite3

from psycopg import errors

logger = logging.getLogger(__name__)
WORDS = (
    "NOT KEPT. The server has no room left, so nothing was saved. What you wrote is still on this page: "
    "leave it open, copy it, and press again in a few minutes. If it cannot wait, telephone now. Tell IT."
)


def is_full(fault: BaseException) -> bool:
    """Tell whether a database or a disk had no room, and leave a line for whoever watches the log.

    The line holds nothing of what was to be written.
    """
    seen: BaseException | None = fault
    while seen is not None:
        if _says_so(seen):
            logger.error("The database or its disk is full: nothing can be saved.")
            return True
        seen = seen.__cause__
    return False


def _says_so(fault: BaseException) -> bool:
    """Tell whether this very fault says that there is no room."""
    if isinstance(fault, sqlite3.Error):
        return getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    if isinstance(fault, OSError):
        return fault.errno in {errno.ENOSPC, errno.EDQUOT}
    return isinstance(fault, errors.DiskFull)
