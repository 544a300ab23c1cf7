"""How a call is told on its pages: the head line, the next step, the mends, the record."""

from meetings.pages.choosing import Wanted, Who, class_of, only_one_found, staff, who
from meetings.pages.family import next_for_family
from meetings.pages.findings import opening_findings, planning_box, sharing_findings, with_mends
from meetings.pages.head import head, steps, with_forecast
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
    Change,
    Head,
    Line,
    ListRow,
    Lobby,
    Mended,
    Row,
    Step,
)
from meetings.pages.register import adults, live_line, lobby, record, register_rows
from meetings.pages.revising import Cost, cost_of

__all__ = [
    "Actions",
    "Adult",
    "Box",
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
    "class_text",
    "cost_of",
    "head",
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
    "with_forecast",
    "who",
    "with_mends",
]
