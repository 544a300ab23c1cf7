"""Every stored field is classified; a new one that is not in the table fails.

plain: says nothing about a person. personal: about a person. special: safeguarding, health, orders,
or what a child or family said; free text of that kind is stored encrypted. secret: opens something.
"""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from schoolsafe.lib.encryption import EncryptedFileField, EncryptedTextField

TABLE: dict[str, dict[str, str]] = {
    "meetings.Purpose": {"plain": "name recording_rule guidance is_offered"},
    "meetings.Meeting": {
        "plain": "title purpose starts_at ends_at scheduled_at status is_recorded "
        "recording_declined_because link_proves_tenant link_digest link_leaked_at calendar_id calendar_number question series group class_link_version "
        "on_hold_since opened_at ended_at plan_key",
        "personal": "planned_by",
        "secret": "join_url",
    },
    "meetings.Series": {"plain": "every_weeks planned_at plan_key", "personal": "planned_by"},
    "meetings.Seat": {"plain": "meeting role dropped_out_at called_at", "personal": "staff"},
    "meetings.Place": {"plain": "meeting link_version taken_off_at", "personal": "pupil"},
    "meetings.Check": {"plain": "seat item confirmed_at"},
    "meetings.Share": {
        "plain": "meeting channel link_version is_for_class is_renewal shared_at",
        "personal": "guardian pupil shared_by",
    },
    "meetings.LeakedLink": {
        "plain": "meeting link_digest meeting_digest leaked_at",
        "personal": "reported_by",
    },
    "meetings.RegisterEntry": {
        "plain": "meeting kind at pressed_at press_key",
        "personal": "pupil staff actor",
        "special": "reason for_family",
    },
    "meetings.Closing": {
        "plain": "meeting took_place hung_up was_recorded recording_kept_at closed_at destroy_by "
        "destroyed_at",
        "personal": "closed_by destroyed_by left_early",
        "special": "was_troubling note",
    },
    "meetings.Incident": {
        "plain": "meeting turn raised_at settled_at",
        "personal": "settled_by",
        "special": "kind seconds settled_note",
    },
    "meetings.AttendanceReport": {
        "plain": "meeting source digest layout language started_at ended_at has_intervals is_partial "
        "brought_at names_due_at",
        "personal": "consented brought_by",
        "special": "title",
        "secret": "meeting_reference",
    },
    "meetings.Participant": {
        "plain": "report key flags",
        "personal": "staff pupil",
        "special": "name address",
    },
    "meetings.Presence": {"plain": "participant", "personal": "joined_at left_at"},
    "meetings.Recognition": {
        "plain": "meeting key recognised_at",
        "personal": "staff pupil recognised_by",
    },
    "meetings.TeamsEvent": {
        "plain": "meeting transaction state wanted_at try_at tries asked_at leased_until turn event_id "
        "link_digest sent fault failed_at hardened_at ended_at",
        "personal": "organiser organiser_entra_id wanted_by",
        "secret": "join_url",
    },
    "meetings.ReportSearch": {
        "plain": "meeting link_digest due_at tried_at answered_at tries fault leased_until turn",
        "personal": "organiser_entra_id",
        "secret": "online_id",
    },
    "meetings.TeamsReading": {
        "plain": "meeting link_digest due_at asked_at set_right_at tried_at read_at tries fault "
        "leased_until turn",
        "personal": "said",
        "secret": "options_url online_id",
    },
    "concerns.Category": {"plain": "name guidance is_used"},
    "concerns.Outcome": {"plain": "name is_referral is_used"},
    "concerns.Concern": {
        "plain": "reference key logged_at is_from_home status desk clock_began_at is_hurried "
        "acknowledge_by acknowledged_at decide_by decided_at closed_at",
        "personal": "reporter acknowledged_by closed_by",
        "special": "urgency about happened happened_at place child_words seen thought categories",
    },
    "concerns.Involved": {
        "plain": "concern kind works_here settled_at added_at",
        "personal": "settled_by added_by",
        "special": "part pupil staff name email meant",
    },
    "concerns.Entry": {
        "plain": "concern kind at",
        "personal": "by",
        "special": "text outcome agency_reference called called_at was_reached",
    },
    "concerns.Exclusion": {
        "plain": "concern since",
        "special": "staff why had_read",
    },
    "consent.Question": {
        "plain": "about version material_version asks_recording asked_at series closes_at ends_at "
        "closed_at",
        "personal": "facts asked_by",
    },
    "consent.Wording": {"plain": "question version is_material created_at", "personal": "facts"},
    "consent.Request": {
        "plain": "question link_version created_at asked_at ended_at failed_at failed_because "
        "disowned_at help_asked_at reminded_at",
        "personal": "pupil guardian help_needed",
    },
    "consent.Answer": {
        "plain": "request wording is_by_someone_else channel form standing at recorded_at "
        "address_changed_at",
        "personal": "kind may_be_recorded name relationship recorded_by shown wants_call objection",
        "special": "note",
    },
    "consent.StandingConsent": {
        "plain": "answer kind kind_name adults platform is_recorded until link_version given_at "
        "ended_at",
        "personal": "guardian pupil shown ended_by",
        "special": "ended_reason",
    },
    "consent.Invalidation": {"plain": "answer at", "personal": "by_staff", "special": "reason"},
    "consent.PaperForm": {
        "plain": "request wording printed_at",
        "personal": "language printed_by",
    },
    "consent.Scan": {"plain": "answer kind size", "special": "content"},
    "consent.Check": {
        "plain": "answer is_accepted checked_at",
        "personal": "checked_by",
        "special": "note",
    },
    "consent.LinkWish": {"plain": "window about is_crowded", "personal": "digest address"},
    "notices.Notice": {
        "plain": "key kind channel urgency about message_id queued_at due_at needed_by try_at state "
        "turn failures leased_until handed_at may_have_gone unwanted ended_at why fate detail",
        "personal": "guardian staff pupil address pupil_ids",
        "special": "letter",
    },
    "notices.Delivery": {
        "plain": "notice at turn outcome sent_as event",
        "personal": "answer",
    },
    "notices.Ladder": {"plain": "kind about step due_at failures started_at ended_at"},
    "notices.Heartbeat": {"plain": "name at"},
    "notices.Provider": {
        "plain": "name tokens filled_at counted_on counted faults fault fault_since paused_until",
    },
    "school.School": {
        "plain": "name office_telephone office_email nation microsoft_tenant care_telephone "
        "care_out_of_hours_telephone opens_at closes_at quiet_from quiet_until consent_mode "
        "approved_catalogues wait_for_others_minutes keep_recordings_days reports_within_days",
    },
    "school.LanguageApproval": {
        "plain": "language digest approved_at",
        "personal": "speaker recorded_by",
    },
    "school.Term": {"plain": "name starts_on ends_on"},
    "school.ClosedDay": {"plain": "day reason"},
    "school.StaffMember": {"personal": "user name telephone is_eligible_for_calls household entra_id"},
    "school.RoleHeld": {"plain": "starts_on ends_on", "personal": "staff role"},
    "school.DutySlot": {"plain": "weekday starts_at ends_at", "personal": "staff"},
    "school.Absence": {"personal": "staff starts_at ends_at reason"},
    "school.Pupil": {
        "personal": "given_name family_name year_group born_on email email_changed_at "
        "email_changed_by email_confirmed_at email_confirmed_by email_closed_at left_on consent_mode siblings",
        "special": "is_address_confidential is_contact_suspended decides_from decides_until",
    },
    "school.OwnConsent": {
        "plain": "asked_at approved_at ended_at",
        "personal": "pupil asked_by approved_by ended_by",
        "special": "ground reasons begins_on until",
    },
    "school.Guardian": {
        "personal": "name email telephone language email_changed_at email_changed_by "
        "email_confirmed_at email_confirmed_by email_closed_at pupils"
    },
    "school.Guardianship": {
        "personal": "guardian pupil relationship has_parental_responsibility has_care "
        "counts_for_consent is_named_for_consent awaits_confirmation block_approved_by",
        "special": "is_corporate_parent blocked_from blocked_until block_reason block_evidence",
    },
    "school.SourcedId": {"plain": "source", "personal": "identifier pupil guardian group"},
    "school.ImportRun": {
        "plain": "source file_digest stage counts proposed_at decided_at undone_at",
        "personal": "roster done proposed_by decided_by undone_by",
    },
    "school.YearLead": {"plain": "year_group", "personal": "staff"},
    "school.TeachingGroup": {"plain": "name year_group", "personal": "pupils staff"},
    "audit.Entry": {
        "plain": "at verb object detail guard key_id previous hash",
        "personal": "actor",
    },
    "audit.Canary": {"plain": "purpose key_id sealed"},
    # Of Django and allauth; the log of Django's admin stays empty, the audit takes its place.
    "admin.LogEntry": {
        "plain": "action_time content_type object_id action_flag",
        "personal": "user object_repr change_message",
    },
    "auth.Permission": {"plain": "name content_type codename"},
    "auth.Group": {"plain": "name permissions"},
    "auth.User": {
        "plain": "is_superuser is_staff is_active groups user_permissions",
        "personal": "last_login username first_name last_name email date_joined",
        "secret": "password",
    },
    "contenttypes.ContentType": {"plain": "app_label model"},
    "sessions.Session": {"plain": "expire_date", "secret": "session_data"},
    "account.EmailAddress": {"plain": "verified primary", "personal": "user email"},
    "account.EmailConfirmation": {"plain": "created sent", "personal": "email_address", "secret": "key"},
    "mfa.Authenticator": {"plain": "type created_at last_used_at", "personal": "user", "secret": "data"},
}  # fmt: skip
CLASSES = {"plain", "personal", "special", "secret"}
# Text of the special class that is not encrypted, each with its reason.
IN_CLEAR = {
    "concerns.Concern.about": "one word of a closed list, by which it is sent to the right desk",
    "concerns.Involved.email": "finds the account of an adult concerned, so that they see nothing",
    "school.Guardianship.block_reason": "a constraint proves that a block has one; a few words",
    "school.Guardianship.block_evidence": "where the papers are kept, never what they say",
}


def stored(model: type[models.Model]) -> Iterator[models.Field]:  # type: ignore[type-arg]
    """The fields of a model that hold something of their own."""
    for field in model._meta.get_fields():
        of_its_own = isinstance(field, models.Field) and field.concrete and not field.auto_created
        if of_its_own and not field.primary_key:
            yield field


def classified(label: str) -> dict[str, str]:
    """The class of each field of a model."""
    return {name: kind for kind, names in TABLE[label].items() for name in names.split()}


def test_table_has_every_model() -> None:
    assert sorted(TABLE) == sorted(model._meta.label for model in apps.get_models())


@pytest.mark.parametrize("model", list(apps.get_models()), ids=lambda model: model._meta.label)
def test_every_field_is_classified(model: type[models.Model]) -> None:
    fields = sorted(field.name for field in stored(model))
    assert sorted(classified(model._meta.label)) == fields
    assert set(TABLE[model._meta.label]) <= CLASSES


def test_special_text_is_encrypted() -> None:
    clear = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in stored(model)
        if classified(model._meta.label)[field.name] == "special"
        and isinstance(field, models.CharField | models.TextField | models.BinaryField)
        and not field.choices
        and not isinstance(field, EncryptedTextField | EncryptedFileField)
    }
    assert clear == set(IN_CLEAR)


def test_nothing_secret_or_special_is_found_by_value() -> None:
    """No index on what only a key opens."""
    indexed = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in stored(model)
        if isinstance(field, EncryptedTextField | EncryptedFileField)
        and (field.db_index or field.unique)
    }
    assert indexed == set()
