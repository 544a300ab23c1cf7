"""The kinds of notice, the ladders and the watches and errands of this room; importing it registers them."""

from meetings.notices import entries, errands, families, ladders, staff, watches, wishes

__all__ = ["entries", "errands", "families", "ladders", "staff", "watches", "wishes"]
