"""How a call is told on its pages: the head line, the next step, the mends, the record."""

from meetings.pages.attendance import AttendancePage, attendance_page, search_head, search_line
from meetings.pages.choosing import Wanted, Who, class_of, only_one_found, staff, who
from meetings.pages.entries import entry_for_staff
from meetings.pages.family import next_for_family
from meetings.pages.findings import opening_findings, planning_box, sharing_findings, with_mends
from meetings.pages.head import head, late_head, steps, with_forecast
from meetings.pages.line import live_button, live_line
from meetings.pages.listing import class_text, rows
from meetings.pages.paper import Papers, papers
from meetings.pages.parts import (
    EMPTY_BOX,
    ENTRY_WORDS,
    PRESENCE_WORDS,
    ROLE_WORDS,
    SHOUTS,
    STATUS_WORDS,
    WORTH_PRESSING,
    Actions,
    Adult,
    Box,
    Button,
    Change,
    Head,
    Line,
    ListRow,
    Lobby,
    Look,
    Mended,
    Row,
    Step,
)
from meetings.pages.register import (
    adults,
    leavers,
    left_early,
    lobby,
    record,
    register_rows,
    second_look,
)
from meetings.pages.revising import Cost, cost_of
from meetings.pages.teams import series_box, teams_context

__all__ = [
    "series_box",
    "search_head",
    "search_line",
    "Actions",
    "Adult",
    "AttendancePage",
    "Box",
    "Button",
    "Look",
    "left_early",
    "leavers",
    "live_button",
    "second_look",
    "Change",
    "Cost",
    "EMPTY_BOX",
    "ENTRY_WORDS",
    "Head",
    "Line",
    "ListRow",
    "Lobby",
    "Mended",
    "PRESENCE_WORDS",
    "Papers",
    "ROLE_WORDS",
    "Row",
    "SHOUTS",
    "STATUS_WORDS",
    "Step",
    "WORTH_PRESSING",
    "Wanted",
    "Who",
    "adults",
    "class_of",
    "attendance_page",
    "class_text",
    "cost_of",
    "entry_for_staff",
    "head",
    "late_head",
    "live_line",
    "lobby",
    "next_for_family",
    "only_one_found",
    "opening_findings",
    "papers",
    "planning_box",
    "record",
    "register_rows",
    "rows",
    "sharing_findings",
    "staff",
    "steps",
    "teams_context",
    "with_forecast",
    "who",
    "with_mends",
]
