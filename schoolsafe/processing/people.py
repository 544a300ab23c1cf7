"""Pupils, families and staff as the school has them on record, and the school itself."""

from school.keeping import may_see_keeping
from school.rights import may_answer_families
from school.roles import (
    may_find_pupils,
    may_import_people,
    may_keep_policy,
    may_manage_accounts,
    may_manage_rota,
    may_review_people,
    may_see_roles,
)
from schoolsafe.processing.kinds import (
    ANSWERING,
    DUTY,
    KEPT_PEOPLE,
    SAFEGUARDING,
    TASK,
    Activity,
    who,
)

FAMILIES = Activity(
    key="families",
    name="Pupils and their guardians on record",
    purpose="To know who is a pupil, who may decide for them, how a family is reached, and who must not be",
    whose=("pupils", "guardians"),
    basis=TASK,
    condition=SAFEGUARDING,
    recipients="Nobody outside the school: the data come from the school's own system",
    kept=KEPT_PEOPLE,
    readers=who(may_review_people),
    also="whoever works here finds a pupil by name and year",
    holds={
        "school.Pupil": {
            "personal": (
                "given_name family_name year_group born_on email email_changed_at email_changed_by "
                "email_confirmed_at email_confirmed_by email_closed_at left_on consent_mode siblings"
            ),
            "special": "is_address_confidential is_contact_suspended decides_from decides_until",
        },
        "school.OwnConsent": {
            "plain": "asked_at approved_at ended_at",
            "personal": "pupil asked_by approved_by ended_by",
            "special": "ground reasons begins_on until",
        },
        "school.Guardian": {
            "personal": (
                "name email telephone language email_changed_at email_changed_by email_confirmed_at "
                "email_confirmed_by email_closed_at pupils mail_mark telephone_mark name_mark "
                "marked_as"
            ),
        },
        "school.Guardianship": {
            "personal": (
                "guardian pupil relationship has_parental_responsibility has_care counts_for_consent "
                "is_named_for_consent awaits_confirmation block_approved_by"
            ),
            "special": "is_corporate_parent doubt blocked_from blocked_until block_reason block_evidence",
        },
        "school.SourcedId": {
            "plain": "source",
            "personal": "identifier pupil guardian group",
        },
        "school.TeachingGroup": {
            "plain": "name year_group",
            "personal": "pupils staff",
        },
    },
)

HISTORY = Activity(
    key="history",
    name="What a record said before",
    purpose="To see what stood in a record before it was changed, by whom and when, and to put right what is wrong",
    whose=("pupils", "guardians", "staff"),
    basis=ANSWERING,
    condition=SAFEGUARDING,
    kept=(
        "As long as the record. Of what was removed from the calendar, the rota or a list of the school, "
        "until the school year in which that was done is destroyed, or a later one"
    ),
    readers=who(may_review_people),
    also="whoever sees a field of a record in the records sees what it said before",
    holds={
        "school.Revision": {
            "plain": "at is_removal",
            "personal": "object actor",
            "special": "fields",
        },
    },
)

IMPORTS = Activity(
    key="imports",
    name="Taking people from the school's own system",
    purpose="To keep the record of people as the school has it, and to be able to take a run back",
    whose=("pupils", "guardians", "staff"),
    basis=TASK,
    kept=(
        "As long as the product runs: a run shows where a record came from. What it said of people until it is decided, "
        "and what it changed until the school year in which it was made is destroyed"
    ),
    readers=who(may_import_people),
    holds={
        "school.HeadingMapping": {
            "plain": "source title columns changed_at",
            "personal": "changed_by",
        },
        "school.ImportRun": {
            "plain": "source file_digest stage counts left proposed_at decided_at undone_at",
            "personal": "file_name roster done proposed_by decided_by undone_by",
        },
    },
)

STAFF = Activity(
    key="staff",
    name="Staff, their roles and the rota",
    purpose="To know who may run a call and read what, who answers for safeguarding today, and how they are reached",
    whose=("staff", "governors"),
    basis=DUTY,
    kept=(
        "For as long as calls are kept, after the school year in which they left; then two people destroy it with the "
        "account. Longer while something that they did, or that is about them, is kept under their name"
    ),
    readers=who(may_manage_accounts, may_manage_rota, may_see_roles),
    also="whoever works here reads names",
    holds={
        "school.StaffMember": {
            "personal": (
                "user name telephone is_eligible_for_calls household line_manager entra_id "
                "entra_tied_by"
            ),
            "plain": (
                "entra_tenant entra_tied_at entra_groups_unknown_at signed_out_at works_from works_until"
            ),
        },
        "school.SupplyStay": {
            "plain": "starts_on ends_on ended_at noted_at",
            "personal": "staff noted_by checked_by",
        },
        "school.RoleHeld": {
            "plain": "starts_on ends_on ended_at from_microsoft stays_off",
            "personal": "staff role",
        },
        "school.RoleClaim": {
            "plain": "kind value role note written_at",
            "personal": "written_by",
        },
        "school.RoleProposal": {
            "plain": "starts_on ends_on proposed_at outcome settled_at held",
            "personal": "staff role reason proposed_by settled_by",
        },
        "school.DutySlot": {
            "plain": "weekday starts_at ends_at",
            "personal": "staff",
        },
        "school.Absence": {
            "personal": "staff starts_at ends_at reason",
        },
        "school.Cover": {
            "plain": "starts_at ends_at",
            "personal": "staff",
        },
        "school.YearLead": {
            "plain": "year_group",
            "personal": "staff",
        },
    },
)

SCHOOL = Activity(
    key="school",
    name="The school itself",
    purpose="Names, numbers, terms and the school's own settings",
    whose=("the people a school names: the designated officer, who speaks a language",),
    basis=DUTY,
    kept="Until the school changes it",
    readers=who(may_find_pupils, may_keep_policy),
    holds={
        "school.School": {
            "plain": (
                "name office_telephone office_email nation microsoft_tenant care_telephone "
                "care_out_of_hours_telephone officer_name officer_telephone officer_email opens_at "
                "closes_at quiet_from quiet_until consent_mode approved_catalogues chosen "
                "wait_for_others_minutes keep_recordings_days reports_within_days retirement_age "
                "keeps_abuse keeps_file_after_transfer file_kept_in"
            ),
        },
        "school.LanguageApproval": {
            "plain": "language digest approved_at",
            "personal": "speaker recorded_by",
        },
        "school.Term": {
            "plain": "name starts_on ends_on",
        },
        "school.ClosedDay": {
            "plain": "day reason",
        },
        "school.CoverHole": {
            "plain": "starts_at ends_at kind told_at told_again_at gone_at",
        },
    },
)

SETTINGS = Activity(
    key="settings",
    name="What the school has chosen",
    purpose="To answer who changed what the policy leaves to the school, when, why, and who approved it",
    whose=("staff who change a setting",),
    basis=DUTY,
    kept="As long as the product runs: what held then explains what was done then",
    readers=who(may_keep_policy),
    holds={
        "school.SettingChange": {
            "plain": "name before value weakens asked_at approved_at dropped_at",
            # A reason may name somebody.
            "personal": "why asked_by approved_by dropped_by",
        },
        "school.Logo": {"plain": "picture digest added_at", "personal": "why added_by"},
    },
)
DISPOSALS = Activity(
    key="disposals",
    name="What was destroyed when its time was up",
    purpose="To destroy what is no longer needed, and to be able to show that two people did",
    whose=("staff",),
    basis=ANSWERING,
    condition=SAFEGUARDING,
    kept="Certificates for ever: school years, days and numbers",
    readers=who(may_see_keeping),
    holds={
        "school.Disposal": {
            "plain": (
                "reference year_ends_on proposed_at agreed_at withdrawn_at finished_at rows "
                "kept_back"
            ),
            "personal": "proposed_by agreed_by",
            "special": "reasons",
        },
    },
)
REQUESTS = Activity(
    key="requests",
    name="What families ask about their own data",
    purpose="To answer whoever asks to see, correct or delete what is kept, in time, and to show that it was done",
    whose=("pupils", "guardians", "whoever asks for them"),
    basis=ANSWERING,
    condition=SAFEGUARDING,
    recipients="Whoever asks and may have it",
    kept=(
        "For as long as calls are kept, after the school year in which it ended; then with the record of whom it is about"
    ),
    readers=who(may_answer_families),
    also="a member of staff never about a child of their own",
    holds={
        "school.FamilyRequest": {
            "plain": "reference heard noted_at",
            "personal": "right pupil guardian is_by_another received_on noted_by ended_at outcome",
            "special": ("name words identity_asked_on identity_on authority_on extended_on ground"),
        },
        "school.FamilyRequestStep": {
            "plain": "request kind at code sha256 text_sha256",
            "personal": "by happened_on",
            "special": "whom text",
        },
    },
)
ACTIVITIES = (
    FAMILIES,
    REQUESTS,
    DISPOSALS,
    HISTORY,
    IMPORTS,
    STAFF,
    SCHOOL,
    SETTINGS,
)
