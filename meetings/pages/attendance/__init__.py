"""What really happened on a call, as its page tells and draws it."""

from meetings.pages.attendance.page import AttendancePage, attendance_page
from meetings.pages.attendance.searching import search_head, search_line

__all__ = ["AttendancePage", "attendance_page", "search_head", "search_line"]
