"""The start page: what every room says is waiting for this person."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from school.cards import Card
from school.roles import Viewer


def cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what waits for a person, what cannot wait first."""
    found: list[Card] = []
    for room in ("concerns", "meetings", "notices"):
        if find_spec(f"{room}.selectors"):
            offer = getattr(import_module(f"{room}.selectors"), "home_cards", None)
            found += offer(viewer, now) if offer else []
    return sorted(found, key=lambda card: card.rank)
