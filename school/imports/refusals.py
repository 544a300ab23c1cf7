"""Why a file of people is not taken: every reason, with the file, the row and the column."""

from dataclasses import dataclass
from enum import StrEnum

from schoolsafe.lib import zips


class ImportRefusal(StrEnum):
    """Every reason for which nothing of a file set is taken."""

    NOT_A_FILE_SET = "not_a_file_set"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    MISSING_FILE = "missing_file"
    MISSING_COLUMN = "missing_column"
    OTHER_SOURCE = "other_source"
    UNREADABLE = "unreadable"
    WRONG_CELLS = "wrong_cells"
    NO_VALUE = "no_value"
    BAD_NAME = "bad_name"
    BAD_DATE = "bad_date"
    DATES_UNDECIDED = "dates_undecided"
    BAD_YEAR = "bad_year"
    BAD_ADDRESS = "bad_address"
    SPOILED_NUMBER = "spoiled_number"
    DOUBLED = "doubled"
    UNKNOWN_PERSON = "unknown_person"
    TWO_PARTS = "two_parts"
    TWO_SCHOOLS = "two_schools"
    ONLY_CHANGES = "only_changes"
    WRONG_UPN = "wrong_upn"
    NOBODY = "nobody"


AGAIN = f"{zips.CUT_OFF} Export it again."


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong, in words for whoever made the file.

    `row` counts as a spreadsheet does: the headings are row 1.
    """

    reason: ImportRefusal
    words: str
    file: str = ""
    row: int | None = None
    column: str = ""

    @property
    def place(self) -> str:
        """Return where it stands: 'users.csv, row 12, email'."""
        row = f"row {self.row}" if self.row else ""
        return ", ".join(part for part in (self.file, row, self.column) if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.words}" if self.place else self.words


class ImportRefused(Exception):
    """Nothing of a file set is taken; `faults` say all that is wrong, as far as it could be read."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:3]))
        self.faults = faults

    @property
    def reason(self) -> ImportRefusal:
        """Return the reason of the first fault."""
        return self.faults[0].reason


def refused(
    reason: ImportRefusal, words: str, *, file: str = "", row: int | None = None, column: str = ""
) -> ImportRefused:
    """Return a refusal for one fault."""
    return ImportRefused(Fault(reason=reason, words=words, file=file, row=row, column=column))
