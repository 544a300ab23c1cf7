"""Calls with pupils: what is kept of a plan, of the call itself, and of what went wrong."""

from school.roles import may_review_incidents, may_see_all_meetings
from schoolsafe.processing.kinds import DUTY, KEPT, SAFEGUARDING, TASK, Activity, who

MICROSOFT = (
    "Microsoft, whose Teams carries the call; with Microsoft Graph on, the school's own tenant also makes the "
    "meeting and reports who was there"
)
OWN = "the adults of a call, their own calls"

PLANNING = Activity(
    key="calls",
    name="Planning calls with pupils",
    purpose="To hold calls by video that keep to the school's policy: who is on them, when, and with which link",
    whose=("pupils", "guardians", "staff"),
    basis=TASK,
    recipients=MICROSOFT,
    kept=KEPT,
    readers=who(may_see_all_meetings),
    also=OWN,
    holds={
        "meetings.Purpose": {
            "plain": "name recording_rule guidance is_offered",
        },
        "meetings.Meeting": {
            "plain": (
                "title purpose starts_at ends_at scheduled_at status is_recorded "
                "is_never_recorded recording_declined_because link_proves_tenant link_digest link_leaked_at calendar_id "
                "calendar_number question series group class_link_version on_hold_since opened_at "
                "ended_at plan_key"
            ),
            "personal": "planned_by",
            "secret": "join_url",
        },
        "meetings.Series": {
            "plain": "every_weeks planned_at plan_key",
            "personal": "planned_by",
        },
        "meetings.Seat": {
            "plain": "meeting role dropped_out_at called_at",
            "personal": "staff",
        },
        "meetings.Place": {
            "plain": "meeting link_version taken_off_at",
            "personal": "pupil",
        },
        "meetings.Share": {
            "plain": "meeting channel link_version is_for_class is_renewal shared_at",
            "personal": "guardian pupil shared_by",
        },
        "meetings.LeakedLink": {
            "plain": "meeting link_digest meeting_digest leaked_at",
            "personal": "reported_by",
        },
        "meetings.TeamsEvent": {
            "plain": (
                "meeting transaction state wanted_at try_at tries asked_at leased_until turn event_id "
                "link_digest sent fault failed_at hardened_at ended_at"
            ),
            "personal": "organiser organiser_entra_id wanted_by",
            "secret": "join_url",
        },
        "meetings.TeamsReading": {
            "plain": (
                "meeting link_digest due_at asked_at set_right_at tried_at read_at tries fault "
                "leased_until turn"
            ),
            "personal": "said",
            "secret": "options_url online_id",
        },
    },
)

RUNNING = Activity(
    key="registers",
    name="The register of a call, and who was there",
    purpose="To know who was on a call at every moment, so that nobody was alone with a child, and to show it later",
    whose=("pupils", "staff", "whoever else was in the call"),
    basis=TASK,
    condition=SAFEGUARDING,
    recipients=MICROSOFT,
    kept=f"{KEPT}. The file of Teams is not kept. Recordings are kept elsewhere, 30 days unless the school sets another number",
    readers=who(may_see_all_meetings),
    also=OWN,
    holds={
        "meetings.Check": {
            "plain": "seat item confirmed_at",
        },
        "meetings.RegisterEntry": {
            "plain": "meeting kind at pressed_at press_key",
            "personal": "pupil staff actor",
            "special": "reason for_family",
        },
        "meetings.Closing": {
            "plain": (
                "meeting took_place hung_up was_recorded recording_kept_at closed_at destroy_by "
                "destroyed_at"
            ),
            "personal": "closed_by destroyed_by left_early",
            "special": "was_troubling note",
        },
        "meetings.AttendanceReport": {
            "plain": (
                "meeting source digest layout language started_at ended_at has_intervals is_partial "
                "brought_at names_due_at"
            ),
            "personal": "consented brought_by",
            "special": "title",
            "secret": "meeting_reference",
        },
        "meetings.Participant": {
            "plain": "report key flags",
            "personal": "staff pupil",
            "special": "name address",
        },
        "meetings.Presence": {
            "plain": "participant",
            "personal": "joined_at left_at",
        },
        "meetings.Recognition": {
            "plain": "meeting key recognised_at",
            "personal": "staff pupil recognised_by",
        },
        "meetings.ReportSearch": {
            "plain": "meeting link_digest due_at tried_at answered_at tries fault leased_until turn",
            "personal": "organiser_entra_id",
            "secret": "online_id",
        },
    },
)

INCIDENTS = Activity(
    key="incidents",
    name="What went wrong in a call",
    purpose="To settle what broke the policy, and to learn from it",
    whose=("pupils", "staff"),
    basis=DUTY,
    condition=SAFEGUARDING,
    kept=KEPT,
    readers=who(may_review_incidents),
    also=OWN,
    holds={
        "meetings.Incident": {
            "plain": "meeting turn raised_at settled_at",
            "personal": "settled_by",
            "special": "kind seconds settled_note",
        },
    },
)
ACTIVITIES = (
    PLANNING,
    RUNNING,
    INCIDENTS,
)
