"""What was changed of a record, as a page tells it: field by field, before beside after."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Line:
    """One field of a change in words; what was empty is told as such by the page."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change of a record: when, by whom as the audit names them, and why where a reason is kept."""

    at: datetime
    actor: str
    lines: tuple[Line, ...]
    why: str = ""
