"""The Log of Concern: what is kept of a child who may be at risk, and what becomes of it."""

from concerns.policy.access import READERS
from school.roles import Role
from schoolsafe.processing.kinds import ANSWERING, DUTY, SAFEGUARDING, Activity

ALL_READERS = frozenset[Role]().union(*READERS.values())
BY_DESK = "each concern only on its desk, never whoever stands outside it; whoever logged one, their own words; IT never"

CONCERNS = Activity(
    key="concerns",
    name="The Log of Concern",
    purpose="To act on what troubles somebody about a child or an adult here, to see patterns, and to show what was done",
    whose=("pupils", "staff", "families and others who are named"),
    basis=DUTY,
    condition=SAFEGUARDING,
    recipients=(
        "Children's social care, the police, the designated officer of the local authority, the next school: each "
        "only by a decision that is on record"
    ),
    kept=(
        "A pupil: until the youngest child it is about is 25, or as old as the school has set (to 40). An adult who "
        "works here: to retirement age, or 10 years or as many as the school has set (to 30), whichever is later. Child sexual abuse: 75 years where the school has set it. Longer while on hold"
    ),
    readers=ALL_READERS,
    also=BY_DESK,
    holds={
        "concerns.Birth": {
            "plain": "involved at",
            "personal": "by",
            "special": "born_on",
        },
        "concerns.Category": {
            "plain": "name guidance is_used is_sexual_abuse is_about_adult",
        },
        "concerns.Outcome": {
            "plain": "name is_referral is_used",
        },
        "concerns.Counterpart": {
            "plain": "at",
            "personal": "by",
            "special": "staff_record pupil_record",
        },
        "concerns.Concern": {
            "plain": (
                "reference key logged_at is_from_home status desk clock_began_at is_hurried "
                "acknowledge_by acknowledged_at decide_by decided_at closed_at handed_to "
                "taken_over_at"
            ),
            "personal": "reporter acknowledged_by owner closed_by",
            "special": (
                "urgency reported_urgency about is_self_referral level happened happened_at place "
                "child_words seen thought categories"
            ),
        },
        "concerns.Involved": {
            "plain": "concern kind works_here settled_at added_at",
            "personal": "settled_by added_by",
            "special": "part pupil staff name email meant",
        },
        "concerns.Entry": {
            "plain": "concern kind at follows task was_alone copy",
            "personal": "by staff told_by",
            "special": (
                "text outcome agency_reference called called_at was_reached agency person dealt_at "
                "how result holder_knows urgency"
            ),
        },
        "concerns.Agency": {
            "plain": "name takes_reports is_used",
        },
        "concerns.Task": {
            "plain": "concern due_on chases made_at returned_at done_at cancelled_at",
            "personal": "owner made_by done_by cancelled_by",
            "special": "what",
        },
        "concerns.Link": {
            "plain": "at ended_at",
            "personal": "by ended_by",
            "special": "first second text",
        },
        "concerns.Moved": {
            "plain": "concern row added_at at",
            "personal": "added_by by role",
            "special": "pupil part",
        },
        "concerns.BodyMark": {
            "plain": "concern number",
            "special": "side region x y words",
        },
        "concerns.Draft": {
            "plain": "key begun_at saved_at",
            "personal": "by",
            "special": "typed",
        },
        "concerns.Share": {
            "plain": "concern at until shows_work ended_at",
            "personal": "by ended_by",
            "special": "staff reason",
        },
        "concerns.Opening": {
            "plain": "concern at until review_by reviewed_at",
            "personal": "staff reviewed_by",
            "special": "reason was_justified review",
        },
        "concerns.Attachment": {
            "plain": "concern code attached_at kind size is_declared sealed_at sealed_as removed_at",
            "personal": "attached_by sealed_by",
            "special": "words name sha256 original redrawn sealed_because",
        },
        "concerns.Removal": {
            "plain": "attachment proposed_at settled_at is_confirmed",
            "personal": "proposed_by settled_by",
            "special": "sha256 reason",
        },
        "concerns.PictureElsewhere": {
            "plain": "concern at copied",
            "personal": "by",
            "special": "holder place text",
        },
        "concerns.NotTaken": {
            "plain": "concern at",
            "personal": "by",
            "special": "name why",
        },
        "concerns.Exclusion": {
            "plain": "concern since lifted_at",
            "personal": "lifted_by",
            "special": "staff why had_read",
        },
        "concerns.SearchMarks": {
            "special": "marks",
        },
        "concerns.StatusFlag": {
            "plain": "set_at ended_at",
            "personal": "set_by ended_by",
            "special": "pupil kind since notes ended_on end_notes",
        },
    },
)

DISCLOSURE = Activity(
    key="disclosure",
    name="What of the Log of Concern is given to whom",
    purpose="To answer whoever asks to see a child's file, and to hand the file to the next school",
    whose=("pupils", "whoever asks"),
    basis=ANSWERING,
    condition=SAFEGUARDING,
    recipients="Whoever asks and may have it; the next school",
    kept=(
        "As long as the child is in a concern; afterwards until the record of the child goes, when calls of "
        "that school year do at the earliest"
    ),
    readers=ALL_READERS,
    also=BY_DESK,
    holds={
        "concerns.AccessRequest": {
            "plain": "reference heard noted_at hold_number",
            "personal": "received_on noted_by ended_at",
            "special": (
                "pupil asker name words guardian identity_asked_on identity_on authority_on "
                "child_says extended_on is_flagged advised_on ending"
            ),
        },
        "concerns.AccessStep": {
            "plain": "request kind at code sha256 text_sha256",
            "personal": "by happened_on",
            "special": "answer whom text",
        },
        "concerns.AccessDecision": {
            "plain": "request concern key sha256 at",
            "personal": "by",
            "special": "choice exemption reasons left_out",
        },
        "concerns.AccessSeen": {
            "plain": "step concern sha256",
        },
        "concerns.Copy": {
            "plain": "code made_at sha256 text_sha256 is_alone is_whole",
            "personal": "made_by",
            "special": "pupil for_whom reason concerns",
        },
        "concerns.Transfer": {
            "plain": "reference raised_at",
            "personal": "left_on",
            "special": "pupil whither place sent_at received_at authority_at",
        },
        "concerns.TransferStep": {
            "plain": "transfer kind at way",
            "personal": "by happened_at",
            "special": "whither whom copy text",
        },
    },
)

DESTRUCTION = Activity(
    key="destruction",
    name="How long concerns are kept, and what was destroyed",
    purpose="To keep what must be kept, to destroy the rest, and to be able to show both",
    whose=("pupils", "staff"),
    basis=ANSWERING,
    condition=SAFEGUARDING,
    kept="Certificates for ever: references, rules and days, no words. Holds go with the last concern of a child, or with the record of the child",
    readers=ALL_READERS,
    also=BY_DESK,
    holds={
        "concerns.Certificate": {
            "plain": "reference at desk share_a_home rows",
            "personal": "proposed_by agreed_by",
        },
        "concerns.Destroyed": {
            "plain": "certificate reference rule due_on",
        },
        "concerns.Hold": {
            "plain": "concern desk placed_at lifted_at",
            "personal": "placed_by lifted_by",
            "special": "pupil why reasons lifted_because",
        },
        "concerns.KeptUntil": {
            "plain": "concern day at",
            "personal": "by",
            "special": "reasons",
        },
        "concerns.Proposal": {
            "plain": "concern due_on at ended_at",
            "personal": "by ended_by",
            "special": "reasons",
        },
    },
)
ACTIVITIES = (
    CONCERNS,
    DISCLOSURE,
    DESTRUCTION,
)
