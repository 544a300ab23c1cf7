"""The kinds of notice, the ladders and the watch of this room; importing it registers them."""

from meetings.notices import entries, families, ladders, staff, watches, wishes

__all__ = ["entries", "families", "ladders", "staff", "watches", "wishes"]
