"""The pages: a family's own behind its link, and the office's."""

from consent.views.answers import ask, change, confirm, recording, refusal
from consent.views.imports import (
    confirm_ties,
    drop_import,
    import_list,
    import_one,
    undo_import,
)
from consent.views.keying import form, print_form, record
from consent.views.links import help_wanted, new_link, not_me, wish
from consent.views.mappings import drop_mapping, mapping, new_mapping
from consent.views.office import export, remind, worklist
from consent.views.own_consent import (
    approve_own_consent,
    end_own_consent,
    own_consent,
    own_consents,
)
from consent.views.people import (
    confirm_address,
    confirm_own_address,
    guardian,
    own_address,
    pupil,
)
from consent.views.proof import evidence, evidence_file, scan
from consent.views.staff import check, resend, set_aside
from consent.views.standing import end_standing, standing, standings, year
from consent.views.taking_back import undo, withdraw

__all__ = [
    "confirm_ties",
    "drop_import",
    "drop_mapping",
    "import_list",
    "import_one",
    "mapping",
    "new_mapping",
    "undo_import",
    "approve_own_consent",
    "ask",
    "change",
    "check",
    "confirm",
    "confirm_address",
    "confirm_own_address",
    "end_own_consent",
    "end_standing",
    "export",
    "guardian",
    "evidence",
    "evidence_file",
    "form",
    "help_wanted",
    "new_link",
    "not_me",
    "own_address",
    "own_consent",
    "own_consents",
    "print_form",
    "pupil",
    "recording",
    "record",
    "refusal",
    "remind",
    "resend",
    "scan",
    "set_aside",
    "standing",
    "standings",
    "undo",
    "wish",
    "withdraw",
    "worklist",
    "year",
]
