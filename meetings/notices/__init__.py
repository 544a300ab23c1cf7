"""The kinds of notice and the ladders of this room; importing it registers them."""

from meetings.notices import families, ladders, staff, wishes

__all__ = ["families", "ladders", "staff", "wishes"]
