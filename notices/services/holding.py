"""What waited in a database that came back from a backup: it may have left since, so a person looks."""

from datetime import datetime

from audit import services as audit
from notices import selectors
from notices.policy import HELD, State


@audit.atomic()
def hold(*, restored_at: datetime) -> int:
    """Hold what was due to families before a restore, and return how many messages that are.

    Each stands among the failed, with a button: a family must not be asked, told or called off a
    second time by a letter of yesterday. What goes to staff, and what nobody may see in a list,
    is sent again: a second alert does no harm, and one that never came does.
    """
    waiting = selectors.shown().filter(
        staff=None, state__in=[State.DUE.value, State.SENDING.value], due_at__lte=restored_at
    )
    return waiting.in_order().update(
        state=State.FAILED.value,
        why=HELD,
        ended_at=restored_at,
        leased_until=None,
        handed_at=None,
    )
