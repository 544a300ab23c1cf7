"""The kinds of notice and the ladders of this room; importing it registers them."""

from meetings.notices import families, ladders, staff

__all__ = ["families", "ladders", "staff"]
