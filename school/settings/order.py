"""Which settings stand in an order to each other."""

from collections.abc import Mapping

from school.settings.setting import Value
from school.settings.table import SETTINGS

# The first is less than the second.
ORDER = (
    ("opens_at", "closes_at"),
    ("urgent_team_minutes", "urgent_head_minutes"),
    ("urgent_head_minutes", "urgent_chair_minutes"),
    # Each is a second chance only while it comes before the next.
    ("routine_team_hours", "routine_head_hours"),
    ("remind_second_days", "remind_first_days"),
    ("remind_first_days", "ask_days_before"),
    ("transfer_warn_days", "transfer_due_days"),
)


def clash(values: Mapping[str, Value]) -> str:
    """Return which two values cannot stand together, in words; nothing when all can."""
    for first, second in ORDER:
        low, high = values[first], values[second]
        if low is None or high is None:
            continue
        if isinstance(low, int) and isinstance(high, int):
            is_ordered = low < high
        else:
            is_ordered = str(low) < str(high)
        if not is_ordered:
            one, other = SETTINGS[first], SETTINGS[second]
            return (
                f"“{one.words}” ({one.in_words(low)}) has to be less than “{other.words}” "
                f"({other.in_words(high)})."
            )
    return ""
