"""Every change to a meeting, one function per thing that can happen."""

from meetings.services.adults import bring_cover, call_reserve, come_back, drop_out
from meetings.services.attendance import (
    Bringing,
    ReportDoubtful,
    bring_report,
    look_at_attendance,
    presume_worst,
    recognise,
    take_report,
)
from meetings.services.closing import Ending, cancel, close, end, end_with_one, settle
from meetings.services.families import ask, on_answer_coming, on_answers_changed
from meetings.services.figures import export_figures
from meetings.services.incidents import raise_unclosed
from meetings.services.invitations import take_invitation
from meetings.services.keeping import destroy_calls
from meetings.services.leaks import has_leaked, keep_link, report_leak, report_own_leak
from meetings.services.looking import LOOKED, find_somebody, look_empty
from meetings.services.outlook import see_to_event
from meetings.services.planning import LinkTaken, PlanRefused, plan, revise, set_link
from meetings.services.plans import Plan, merged, plan_of
from meetings.services.presses import Press
from meetings.services.purposes import offer_purpose
from meetings.services.readings import see_to_reading
from meetings.services.recordings import destroy_recording, due_at
from meetings.services.register import (
    admit,
    agree_name,
    let_back,
    mark,
    note_unknown_name,
    remove,
    wait_for_others,
)
from meetings.services.searches import NOT_WHOLE, search_again, see_to_search
from meetings.services.series import (
    SeriesPlan,
    SeriesRefused,
    as_changed,
    ask_series,
    cancel_later,
    plan_series,
    revise_later,
    set_link_later,
)
from meetings.services.sharing import (
    LOST_ALL,
    LOST_ONE,
    direct_message,
    record_class_message,
    record_direct_message,
    send_every_link,
    send_personal_links,
    share_by_email,
)
from meetings.services.starting import Passage, confirm, open_door, press
from meetings.services.teams import (
    catch_up,
    check_teams,
    create_all_in_teams,
    create_in_teams,
    forgo,
    set_right,
    try_again,
)
from meetings.services.watching import look_again

__all__ = [
    "destroy_calls",
    "set_right",
    "create_all_in_teams",
    "NOT_WHOLE",
    "search_again",
    "see_to_search",
    "LinkTaken",
    "LOST_ALL",
    "LOOKED",
    "LOST_ONE",
    "Press",
    "agree_name",
    "bring_cover",
    "destroy_recording",
    "due_at",
    "end_with_one",
    "find_somebody",
    "look_empty",
    "wait_for_others",
    "Bringing",
    "Ending",
    "Passage",
    "Plan",
    "PlanRefused",
    "ReportDoubtful",
    "SeriesPlan",
    "SeriesRefused",
    "admit",
    "as_changed",
    "ask",
    "ask_series",
    "bring_report",
    "call_reserve",
    "cancel",
    "cancel_later",
    "catch_up",
    "check_teams",
    "close",
    "come_back",
    "confirm",
    "create_in_teams",
    "direct_message",
    "drop_out",
    "end",
    "forgo",
    "export_figures",
    "has_leaked",
    "keep_link",
    "let_back",
    "look_again",
    "look_at_attendance",
    "mark",
    "merged",
    "note_unknown_name",
    "offer_purpose",
    "on_answer_coming",
    "on_answers_changed",
    "open_door",
    "plan",
    "plan_of",
    "plan_series",
    "presume_worst",
    "press",
    "raise_unclosed",
    "recognise",
    "record_class_message",
    "record_direct_message",
    "remove",
    "report_leak",
    "report_own_leak",
    "revise",
    "revise_later",
    "see_to_event",
    "see_to_reading",
    "send_every_link",
    "send_personal_links",
    "set_link",
    "set_link_later",
    "take_invitation",
    "settle",
    "share_by_email",
    "try_again",
    "take_report",
]
