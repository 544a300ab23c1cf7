"""What a school may have to know of a child's standing with the authorities, and when it holds (A40)."""

from datetime import date
from enum import StrEnum


class FlagKind(StrEnum):
    """A status of a child, the gravest first; a closed list, so that one means the same everywhere."""

    PROTECTION_PLAN = "protection_plan"
    IN_NEED = "in_need"
    LOOKED_AFTER = "looked_after"
    SOCIAL_WORKER = "social_worker"
    FAMILY_HELP = "family_help"
    PREVIOUSLY_LOOKED_AFTER = "previously_looked_after"
    YOUNG_CARER = "young_carer"

    @property
    def label(self) -> str:
        """Return the status in words."""
        return FLAG_LABELS[self]


FLAG_LABELS = {
    FlagKind.PROTECTION_PLAN: "Child protection plan",
    FlagKind.IN_NEED: "Child in need",
    FlagKind.LOOKED_AFTER: "Looked after",
    FlagKind.SOCIAL_WORKER: "Social worker assigned",
    FlagKind.FAMILY_HELP: "Family Help",
    FlagKind.PREVIOUSLY_LOOKED_AFTER: "Previously looked after",
    FlagKind.YOUNG_CARER: "Young carer",
}


def flag_stands(*, since: date, ended_on: date | None, on: date) -> bool:
    """Tell whether a status holds on a day: its last day is the one before it ended."""
    return since <= on and (ended_on is None or on < ended_on)


def flag_fault(*, since: date, ended_on: date | None, today: date) -> str:
    """Return why a status cannot have these days, or nothing: it is set once it holds, not before."""
    if since > today or (ended_on is not None and ended_on > today):
        return "This day has not come yet."
    if ended_on is not None and ended_on < since:
        return "A status cannot end before it began."
    return ""
