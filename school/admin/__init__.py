"""People for looking; the calendar, the rota and classes for keeping in order."""

from school.admin import calendar, imports, languages, people, rota
from school.admin.kept import KeptAdmin, viewer_of
from school.admin.staff import AccountsAdmin, roles_behind

__all__ = [
    "AccountsAdmin",
    "KeptAdmin",
    "calendar",
    "imports",
    "languages",
    "people",
    "roles_behind",
    "rota",
    "viewer_of",
]
