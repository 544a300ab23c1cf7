"""How long the school lets things wait, and keeps them: the numbers that rules take with their facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The waits that the policy leaves to the school, each as it is suggested until it is changed.

    None is no wait at all.

    Named as in `school.settings`, where their bounds and clauses stand.
    """

    urgent_team_minutes: int = 15
    urgent_head_minutes: int = 30
    urgent_chair_minutes: int = 60
    routine_team_hours: int = 2
    routine_head_hours: int | None = None
    decide_school_days: int = 1
    decide_all_days: int = 1
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
        return cls(**_numbers(PACE, chosen))


@dataclass(frozen=True, kw_only=True)
class Spans:
    """For how many years the school keeps things, each as it is suggested until it is changed.

    Nothing is stored by them: until when something is kept is asked whenever somebody would destroy it.
    """

    keep_child_years: int = 25
    keep_adult_years: int = 10
    keep_years: int = 6

    @classmethod
    def of(cls, chosen: Mapping[str, object]) -> Self:
        """Return the spans of a school that has chosen these; what it has not is as suggested."""
        return cls(**_numbers(SPANS, chosen))


def _numbers(names: Iterable[str], chosen: Mapping[str, object]) -> dict[str, int]:
    """Return which of these names a whole number was chosen for."""
    return {
        name: value
        for name in names
        if isinstance(value := chosen.get(name), int) and not isinstance(value, bool)
    }


PACE = tuple(field.name for field in fields(Pace))
SPANS = tuple(field.name for field in fields(Spans))
