"""Letters and text messages, and how they are sent."""

from school.roles import may_see_outbox, may_see_recipients
from schoolsafe.processing.kinds import KEPT, SAFEGUARDING, TASK, Activity, who

MESSAGES = Activity(
    key="messages",
    name="Letters and text messages",
    purpose="To tell families and staff what they must know, and to show later exactly what was sent",
    whose=("guardians", "pupils", "staff"),
    basis=TASK,
    condition=SAFEGUARDING,
    recipients="The school's mail service; GOV.UK Notify where text messages are on",
    kept=f"{KEPT}; letters about a concern go with the concern",
    readers=who(may_see_recipients),
    also="IT sees kinds and counts, no people",
    holds={
        "notices.Notice": {
            "plain": (
                "key kind channel urgency about message_id queued_at due_at needed_by try_at state "
                "turn failures leased_until handed_at may_have_gone unwanted ended_at why fate detail"
            ),
            "personal": "guardian staff pupil address pupil_ids",
            "special": "letter",
        },
        "notices.Delivery": {
            "plain": "notice at turn outcome sent_as event",
            "personal": "answer",
        },
        "notices.Ladder": {
            "plain": "kind about step due_at failures started_at ended_at",
        },
    },
)

SENDING = Activity(
    key="sending",
    name="That messages leave in time",
    purpose="To see that what is due is sent, and to notice when it is not",
    whose=("nobody",),
    basis=TASK,
    kept="As long as the product runs: it is overwritten",
    readers=who(may_see_outbox),
    holds={
        "notices.Heartbeat": {
            "plain": "name at",
        },
        "notices.Provider": {
            "plain": "name tokens filled_at counted_on counted faults fault fault_since paused_until",
        },
    },
)
ACTIVITIES = (
    MESSAGES,
    SENDING,
)
