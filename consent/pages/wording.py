"""The text that was read before an answer, as it is stored with it, word for word."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from consent.pages.letters import LEFT_OUT
from schoolsafe.lib import clock


def agreed_text(shown: dict[str, Any], *, is_hidden: bool) -> Iterable[tuple[str, str]]:
    """Yield what was read before a yes for the school year, word for word."""
    if not shown:
        return
    yield "Calls of the kind", LEFT_OUT if is_hidden else str(shown["kind"])
    yield "Adults", str(shown["adults"])
    yield "On", str(shown["platform"])
    yield "Recorded", "yes" if shown["is_recorded"] else "no"
    yield "Until", str(shown["until"])
    yield "Terms", " ".join(shown["terms"])


def call_text(shown: dict[str, object], *, is_hidden: bool) -> Iterable[tuple[str, str]]:
    """Yield the text as it was stored with the answer, word for word."""
    conduct = shown.get("conduct")
    begins, ends = (datetime.fromisoformat(str(shown[key])) for key in ("starts_at", "ends_at"))
    told = {
        "What": str(shown["title"]),
        "What for": str(shown["purpose"]),
        "With": _names(shown.get("staff")),
        "Or in their place": _names(shown.get("reserves")),
    }
    if is_hidden:
        told = {name: LEFT_OUT if words else "" for name, words in told.items()}
    yield "Child", str(shown["first_name"] if is_hidden else shown["pupil"])
    yield "What", told["What"]
    yield "What for", told["What for"]
    yield "When", f"{clock.in_words(begins)} to {clock.time_in_words(ends)}"
    yield "With", told["With"]
    # Texts from before reserves were named know nothing of them.
    if told["Or in their place"]:
        yield "Or in their place", told["Or in their place"]
    yield "On", str(shown["platform"])
    yield "Recorded", "yes" if shown["is_recorded"] else "no"
    yield "Rules", " ".join(conduct) if isinstance(conduct, list) else ""


def _names(found: object) -> str:
    """Return people as they were named."""
    return ", ".join(found) if isinstance(found, list) else ""
