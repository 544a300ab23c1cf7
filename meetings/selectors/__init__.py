"""Reads of the meetings room: the facts that the rules ask for, and what the pages show."""

from meetings.selectors.facts import PRESENCE, facts, facts_of
from meetings.selectors.families import (
    FamilyLink,
    family_links,
    guardians_asked,
    guardians_of,
    may_know,
    pupils_asked,
)
from meetings.selectors.pages import PAGE, ListPage, home_cards, list_page, planned_with, register
from meetings.selectors.post import Post, post_of

__all__ = [
    "FamilyLink",
    "ListPage",
    "PAGE",
    "PRESENCE",
    "Post",
    "facts",
    "facts_of",
    "family_links",
    "guardians_asked",
    "guardians_of",
    "home_cards",
    "list_page",
    "may_know",
    "planned_with",
    "post_of",
    "pupils_asked",
    "register",
]
