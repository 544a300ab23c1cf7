"""What one setting is: its bounds, its clause, and what would be lost beyond a line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from school.settings import colour

Value = int | str | bool | None
# "school days later": of one it is "1 school day later".
PLURAL = re.compile(r"s\b")


class Group(StrEnum):
    """Where a setting stands on the page."""

    CALLS = "Calls"
    CONSENT = "Consent"
    CONCERNS = "Concerns"
    RECORDS = "Records"
    SCHOOL = "The school"


class Kind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    TIME = "time"
    TEXT = "text"
    COLOUR = "colour"


class Weaker(StrEnum):
    """On which side of its line a value guards less."""

    NEVER = "never"
    ABOVE = "above"
    BELOW = "below"
    IS = "is"


_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing that the policy leaves to the school.

    `clause` is of the policy (P), the guidance (G) or a case (E). Beyond `line`, on the side that
    `weaker` says, a value guards less than the clause asks for; `loses` says what is lost then.
    """

    name: str
    group: Group
    words: str
    meaning: str
    clause: str
    default: Value
    kind: Kind = Kind.NUMBER
    unit: str = ""
    lowest: int = 0
    highest: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    may_be_empty: bool = False
    empty_words: str = "not set"
    weaker: Weaker = Weaker.NEVER
    line: Value = None
    loses: str = ""

    def is_weak(self, value: Value) -> bool:
        """Tell whether a value guards less than the clause asks for."""
        if self.weaker is Weaker.IS:
            return value == self.line
        if not isinstance(value, int) or not isinstance(self.line, int):
            return False
        if self.weaker is Weaker.ABOVE:
            return value > self.line
        return self.weaker is Weaker.BELOW and value < self.line

    def weakens(self, *, now: Value, to: Value) -> bool:
        """Tell whether a change guards less than the clause asks for, and less than what stands now."""
        if not self.is_weak(to):
            return False
        if not self.is_weak(now):
            return True
        if not isinstance(now, int) or not isinstance(to, int):
            return False
        return to > now if self.weaker is Weaker.ABOVE else to < now

    def fault(self, value: Value) -> str:
        """Return why a value cannot be, in words for a person; nothing when it can."""
        if value is None or value == "":
            return "" if self.may_be_empty else "Say what it is to be."
        return _FAULTS[self.kind](self, value)

    @property
    def bounds(self) -> str:
        """Return between what a value lies, in words; nothing where any will do."""
        if self.kind is Kind.NUMBER:
            return f"{self.lowest} to {self.highest} {self.unit}".strip()
        if self.kind is Kind.TEXT:
            return f"at most {self.highest} characters"
        return ""

    @property
    def line_in_words(self) -> str:
        """Return from where on it guards less, in words; nothing where it never does."""
        if self.weaker is Weaker.NEVER:
            return ""
        line = self.in_words(self.line)
        return {Weaker.ABOVE: f"more than {line}", Weaker.BELOW: f"under {line}"}.get(
            self.weaker, line
        )

    def in_words(self, value: Value) -> str:
        """Return a value for a person."""
        if value is None or value == "":
            return self.empty_words
        if self.kind is Kind.SWITCH:
            return "yes" if value else "no"
        if self.kind is Kind.CHOICE:
            return dict(self.choices).get(str(value), str(value))
        unit = PLURAL.sub("", self.unit, count=1) if value == 1 else self.unit
        return f"{value} {unit}".strip()


def _number(setting: Setting, value: Value) -> str:
    # In Python yes and no are numbers; here they are not.
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and setting.lowest <= int(value or 0) <= setting.highest:
        return ""
    return f"Write a whole number from {setting.lowest} to {setting.highest}."


def _choice(setting: Setting, value: Value) -> str:
    return "" if value in dict(setting.choices) else "Choose one of these."


def _switch(setting: Setting, value: Value) -> str:
    return "" if isinstance(value, bool) else "Choose yes or no."


def _time(setting: Setting, value: Value) -> str:
    is_time = isinstance(value, str) and _CLOCK.fullmatch(value)
    return "" if is_time else "Write a time, like 08:30."


def _text(setting: Setting, value: Value) -> str:
    if not isinstance(value, str) or not value.isprintable():
        return "Write it in one line."
    if len(value) > setting.highest:
        return f"Write at most {setting.highest} characters: these are {len(value)}."
    return ""


def _colour(setting: Setting, value: Value) -> str:
    return colour.fault(str(value))


_FAULTS: dict[Kind, Callable[[Setting, Value], str]] = {
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.SWITCH: _switch,
    Kind.TIME: _time,
    Kind.TEXT: _text,
    Kind.COLOUR: _colour,
}


def clock_time(value: Value) -> time:
    """Return the time of day that a value names."""
    return time.fromisoformat(str(value))
