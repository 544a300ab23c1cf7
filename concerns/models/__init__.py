"""Rows of the Log of Concern, what the database refuses, and who may see which row."""

from concerns.models.concern import Concern, ConcernQuerySet, new_reference
from concerns.models.entries import Category, Entry, Outcome
from concerns.models.people import Exclusion, Involved

__all__ = [
    "Category",
    "Concern",
    "ConcernQuerySet",
    "Entry",
    "Exclusion",
    "Involved",
    "Outcome",
    "new_reference",
]
