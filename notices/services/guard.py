"""The one place where anything may go wrong without stopping the rest."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Fault:
    """Work that ended in an exception; only the exception's name is kept."""

    name: str


def guarded(work: Callable[[], Result], *, doing: str) -> Result | Fault:
    """Do a piece of work that a room above brought along; return its fault instead of raising.

    The work opens its own transaction, so that a fault leaves nothing half done.
    """
    try:
        return work()
    except Exception as fault:  # noqa: BLE001 - one bad row or kind must never stop the others
        # The message could quote what a person wrote: the log gets the name and ids, no more.
        name = type(fault).__name__
        logger.error("%s failed: %s", doing, name)
        return Fault(name)
