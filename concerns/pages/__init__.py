"""How the Log of Concern is told where it leaves the house: in parts, and drawn on paper."""

from concerns.pages.copy_paper import Cover, copy_paper
from concerns.pages.pack import pack_paper
from concerns.selectors.parts import Part, Row, parts_of, text_hash

__all__ = ["Cover", "Part", "Row", "copy_paper", "pack_paper", "parts_of", "text_hash"]
