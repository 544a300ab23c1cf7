"""Every change to the school's people and calendar: who does it stands in `by`."""

from school.services.addresses import (
    change_email,
    change_emails,
    close_email,
    confirm_email,
    open_email,
)
from school.services.calendar import set_calendar, set_up
from school.services.choosing import change_language, choose_who_is_asked
from school.services.families import (
    add_guardians,
    block_contact,
    enrol,
    form_group,
    leave,
    note_siblings,
    suspend_contact,
    tie,
)
from school.services.imports import (
    approve_import,
    confirm_ties,
    drop_import,
    propose_import,
    undo_import,
)
from school.services.kin import KIN, check_no_kin, check_no_kin_among
from school.services.languages import approve_language
from school.services.own_consent import (
    approve_own_consent,
    end_own_consent,
    propose_own_consent,
)
from school.services.staff import employ, put_on_duty, record_absence, take_on
from school.services.system import IMPORT, SETUP, SWEEP, System
from school.services.undoing import made_by

__all__ = [
    "made_by",
    "IMPORT",
    "approve_import",
    "confirm_ties",
    "drop_import",
    "propose_import",
    "undo_import",
    "KIN",
    "SETUP",
    "SWEEP",
    "System",
    "add_guardians",
    "approve_language",
    "approve_own_consent",
    "block_contact",
    "change_email",
    "change_emails",
    "change_language",
    "check_no_kin",
    "check_no_kin_among",
    "choose_who_is_asked",
    "close_email",
    "confirm_email",
    "employ",
    "end_own_consent",
    "enrol",
    "form_group",
    "leave",
    "note_siblings",
    "open_email",
    "propose_own_consent",
    "put_on_duty",
    "record_absence",
    "set_calendar",
    "set_up",
    "suspend_contact",
    "take_on",
    "tie",
]
