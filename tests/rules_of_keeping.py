"""When somebody who left goes: the table of docs/rules.md."""

from datetime import date
from typing import Any

from school import keeping
from school.keeping import Former

HEAD = ["the pupil, or member of staff", "clause", "goes with the school year 2026 to 2027"]
YEAR, TODAY = date(2027, 8, 31), date(2033, 9, 1)
SOONER = date(2033, 8, 31)
CASES: tuple[tuple[str, dict[str, Any], date], ...] = (
    ("left in July 2027, and it is 1 September 2033", {}, TODAY),
    ("left in July 2027, and it is 31 August 2033", {}, SOONER),
    ("left years before", {"left_on": date(2020, 7, 20)}, TODAY),
    ("left in September 2027", {"left_on": date(2027, 9, 1)}, TODAY),
    ("is back", {"left_on": None}, TODAY),
    ("is on hold, or somebody asks to see it", {"is_held": True}, TODAY),
    ("is named by something that is kept", {"is_named": True}, TODAY),
)


def leaving() -> list[list[str]]:
    """Each case, and what becomes of it."""
    return [[words, "E96", _goes(facts, today)] for words, facts, today in CASES]


def _goes(facts: dict[str, Any], today: date) -> str:
    former = Former(**({"left_on": date(2027, 7, 20), "is_held": False, "is_named": False} | facts))
    return "yes" if keeping.former_goes(former, year_ends_on=YEAR, years=6, today=today) else "no"
