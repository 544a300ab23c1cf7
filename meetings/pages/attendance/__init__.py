"""What really happened on a call, as its page tells and draws it."""

from meetings.pages.attendance.page import AttendancePage, attendance_page

__all__ = ["AttendancePage", "attendance_page"]
