"""Every change to the school's people and calendar: who does it stands in `by`."""

from school.services.calendar import set_calendar, set_up
from school.services.choosing import change_language, choose_who_is_asked, confirm_email
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
from school.services.languages import approve_language
from school.services.staff import employ, put_on_duty, record_absence
from school.services.system import SETUP, SWEEP, System

__all__ = [
    "SETUP",
    "SWEEP",
    "System",
    "add_guardians",
    "approve_language",
    "block_contact",
    "change_email",
    "change_language",
    "choose_who_is_asked",
    "close_email",
    "confirm_email",
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
