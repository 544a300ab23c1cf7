"""Why an attendance report is not taken, in words a teacher can act on."""

from datetime import date
from enum import StrEnum


class ReportRefusal(StrEnum):
    """Every reason for which an attendance report is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    WORKBOOK = "workbook"
    NOT_A_REPORT = "not_a_report"
    OTHER_LANGUAGE = "other_language"
    DAY_OR_MONTH = "day_or_month"
    ANOTHER_DAY = "another_day"
    CLOCK_CHANGE = "clock_change"
    DAMAGED = "damaged"


_DOWNLOAD = "Download the attendance report again in Teams and upload the file as it is."
_BY_HAND = "Look at the report in Teams and write down by hand what it says."

SENTENCES = {
    ReportRefusal.EMPTY: f"This file is empty. {_DOWNLOAD}",
    ReportRefusal.TOO_LARGE: (
        f"This file is larger than any attendance report of a school's call. {_DOWNLOAD}"
    ),
    ReportRefusal.NOT_TEXT: f"This file is not a text file, so it is not an attendance report. {_DOWNLOAD}",
    ReportRefusal.WORKBOOK: (
        f"This is an Excel workbook, not the file that Teams gives out. {_DOWNLOAD}"
    ),
    ReportRefusal.NOT_A_REPORT: (
        "This file does not look like an attendance report from Teams: "
        f"there is no list of people with times. {_DOWNLOAD}"
    ),
    ReportRefusal.OTHER_LANGUAGE: (
        "This report is in a language that we can't read safely. "
        "Set Teams to English (United Kingdom), then download the report again."
    ),
    ReportRefusal.DAY_OR_MONTH: (
        "We can't tell the day from the month in this report, so its times may be wrong. "
        "Set Teams to English (United Kingdom), then download the report again."
    ),
    ReportRefusal.ANOTHER_DAY: (
        "This report is about {report}, and the call is on {call}. "
        "Check that it belongs to this call, then upload the right one."
    ),
    ReportRefusal.CLOCK_CHANGE: (
        "This report has times in the hour when the clocks change, and they could mean two things. "
        f"{_BY_HAND}"
    ),
    ReportRefusal.DAMAGED: (
        f"Some times in this report are missing, changed or the wrong way round. {_DOWNLOAD}"
    ),
}


class ReportRefused(Exception):
    """A report that is not taken: the reason, and a sentence that repeats nothing of it but its day."""

    def __init__(self, reason: ReportRefusal, **days: date) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = SENTENCES[reason].format(
            **{name: f"{day.day} {day:%B %Y}" for name, day in days.items()}
        )

    def __str__(self) -> str:
        return self.sentence
