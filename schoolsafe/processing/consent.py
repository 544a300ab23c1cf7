"""What guardians and pupils are asked, and what they say."""

from school.roles import may_see_all_meetings
from schoolsafe.processing.kinds import KEPT, SAFEGUARDING, TASK, Activity, who

CONSENT = Activity(
    key="consent",
    name="Asking families whether a pupil may take part",
    purpose=(
        "To ask who has parental responsibility, and to keep what they said to which text. It is a permission "
        "under the school's policy, not consent as the reason for keeping data"
    ),
    whose=("pupils", "guardians"),
    basis=TASK,
    condition=SAFEGUARDING,
    kept=KEPT,
    readers=who(may_see_all_meetings),
    also="the adults of a call, whether a pupil of theirs takes part; a member of staff never about a child of their own",
    holds={
        "consent.Question": {
            "plain": (
                "about version material_version asks_recording asked_at series closes_at ends_at "
                "closed_at"
            ),
            "personal": "facts asked_by",
        },
        "consent.Wording": {
            "plain": "question version is_material created_at",
            "personal": "facts",
        },
        "consent.Request": {
            "plain": (
                "question link_version created_at asked_at ended_at failed_at failed_because "
                "disowned_at help_asked_at reminded_at"
            ),
            "personal": "pupil guardian help_needed",
        },
        "consent.Answer": {
            "plain": (
                "request wording is_by_someone_else channel form standing at recorded_at "
                "address_changed_at"
            ),
            "personal": "kind may_be_recorded name relationship recorded_by shown wants_call objection",
            "special": "note",
        },
        "consent.StandingConsent": {
            "plain": (
                "answer kind kind_name adults platform is_recorded until link_version given_at "
                "ended_at"
            ),
            "personal": "guardian pupil shown ended_by",
            "special": "ended_reason",
        },
        "consent.Invalidation": {
            "plain": "answer at",
            "personal": "by_staff",
            "special": "reason",
        },
        "consent.PaperForm": {
            "plain": "request wording printed_at",
            "personal": "language printed_by",
        },
        "consent.Scan": {
            "plain": "answer kind size",
            "special": "content",
        },
        "consent.Check": {
            "plain": "answer is_accepted checked_at",
            "personal": "checked_by",
            "special": "note",
        },
        "consent.LinkWish": {
            "plain": "window about is_crowded",
            "personal": "digest address",
        },
    },
)
ACTIVITIES = (CONSENT,)
