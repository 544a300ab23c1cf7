"""How long the school lets things wait: the numbers that rules take with their facts."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The numbers that the policy leaves to the school, each as it is suggested until it is changed.

    None is no wait at all.

    Named as in `school.settings`, where their bounds and clauses stand.
    """

    urgent_team_minutes: int = 15
    urgent_head_minutes: int = 30
    urgent_chair_minutes: int = 60
    routine_team_hours: int = 2
    decide_school_days: int = 1
    call_minutes: int = 15
    ask_days_before: int | None = None
    links_hours_before: int | None = None
    remind_first_days: int = 7
    remind_second_days: int = 2
    tell_asker_hours: int = 24
    most_messages: int = 3
    transfer_warn_days: int = 3
    transfer_due_days: int = 5
    receipt_chase_days: int = 5

    @classmethod
    def of(cls, chosen: Mapping[str, object]) -> Self:
        """Return the pace of a school that has chosen these; what it has not is as suggested."""
        numbers: dict[str, int] = {
            name: value
            for name in PACE
            if isinstance(value := chosen.get(name), int) and not isinstance(value, bool)
        }
        return cls(**numbers)


PACE = tuple(field.name for field in fields(Pace))
