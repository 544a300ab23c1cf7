"""Every change to the school's people and calendar: who does it stands in `by`."""

from school.services.calendar import set_calendar, set_up
from school.services.families import (
    add_guardians,
    block_contact,
    change_email,
    close_email,
    enrol,
    form_group,
    leave,
    note_siblings,
    open_email,
    suspend_contact,
    tie,
)
from school.services.staff import employ, put_on_duty, record_absence
from school.services.system import SETUP, SWEEP, System

__all__ = [
    "SETUP",
    "SWEEP",
    "System",
    "add_guardians",
    "block_contact",
    "change_email",
    "close_email",
    "employ",
    "enrol",
    "form_group",
    "leave",
    "note_siblings",
    "open_email",
    "put_on_duty",
    "record_absence",
    "set_calendar",
    "set_up",
    "suspend_contact",
    "tie",
]
