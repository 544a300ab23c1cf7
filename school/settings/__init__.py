"""What the policy leaves to the school: each setting with its bounds, its clause and what is lost beyond it.

Plain Python. Where a value is kept is the row's business (`school.models.School`), who changes it the
services'.
"""

from school.settings.fixed import FIXED, Fixed
from school.settings.order import clash
from school.settings.setting import Group, Kind, Setting, Value, Weaker, clock_time
from school.settings.table import SETTINGS

__all__ = [
    "FIXED",
    "SETTINGS",
    "Fixed",
    "Group",
    "Kind",
    "Setting",
    "Value",
    "Weaker",
    "clash",
    "clock_time",
]
