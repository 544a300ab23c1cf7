"""What a database refused because somebody else was first: things to say in words, not faults to hide."""

from django.db import DatabaseError, connection

# As PostgreSQL numbers them: a row that is pointed at is not there; a lock was not to be had.
NOT_THERE = "23503"
NOT_FREE = frozenset({"55P03", "40P01"})
# Far less than after how long the database picks somebody whom it lets fail.
WAIT_A_MOMENT = "SET LOCAL lock_timeout = '400ms'"


def is_gone(fault: DatabaseError) -> bool:
    """Tell whether a write failed because what it speaks of was destroyed meanwhile."""
    return _state(fault) == NOT_THERE or str(fault).startswith("FOREIGN KEY")


def is_busy(fault: DatabaseError) -> bool:
    """Tell whether somebody else has in hand what was to be locked."""
    return _state(fault) in NOT_FREE


def give_way() -> None:
    """Have this transaction wait for no lock longer than a moment: somebody at a page goes first.

    Whoever has written down a row waits at the very end, with the audit in hand, for the people it names:
    who has those people and wants the audit must let go.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(WAIT_A_MOMENT)


def _state(fault: DatabaseError) -> str:
    return str(getattr(fault.__cause__, "sqlstate", ""))
