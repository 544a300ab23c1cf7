"""What the policy leaves to the school: its bounds, its lines, who changes it and who is told."""

import re
from collections.abc import Callable
from datetime import time

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from audit.models import Entry
from notices.models import Notice
from school import selectors, services
from school.models import School, SettingChange, StaffMember
from school.roles import Role
from school.services import change_setting
from school.settings import SETTINGS, Group, Kind, Value, clash
from schoolsafe.choosing import telling
from schoolsafe.lib.rules import NotAllowed, Overtaken
from tests import factories

SignIn = Callable[..., Client]
WHY = "The governors asked for it."
COLOUR = "Write a colour as # and six signs from 0 to 9 and a to f, like #0b5c63."
BARE = {name: one.default for name, one in SETTINGS.items()}


# --- The table ------------------------------------------------------------------------------------
def test_defaults_are_what_a_new_school_has(db: None) -> None:
    made = School(pk=1, name="x", office_telephone="x", office_email="x@x.example")
    made.save()
    assert selectors.values_of(School.objects.current()) == BARE


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_can_be_what_is_suggested_and_names_its_clause(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.fault(setting.default) == ""
    assert re.fullmatch(r"[PGE]\d+(, [PGE]\d+)*", setting.clause)
    assert bool(setting.loses) is bool(setting.line_in_words)


def test_defaults_stand_together() -> None:
    assert clash(BARE) == ""


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("keep_recordings_days", 1, ""),
        ("keep_recordings_days", 180, ""),
        ("keep_recordings_days", 0, "Write a whole number from 1 to 180."),
        ("keep_recordings_days", 181, "Write a whole number from 1 to 180."),
        ("keep_recordings_days", True, "Write a whole number from 1 to 180."),
        ("keep_recordings_days", "30", "Write a whole number from 1 to 180."),
        ("keep_recordings_days", None, "Say what it is to be."),
        ("reports_within_days", None, ""),
        # Shorter breaks the guidance (G34, G35, G11).
        ("keep_child_years", 24, "Write a whole number from 25 to 40."),
        ("keep_child_years", 40, ""),
        ("keep_adult_years", 9, "Write a whole number from 10 to 30."),
        ("keep_years", 1, ""),
        ("keep_years", 11, "Write a whole number from 1 to 10."),
        ("routine_head_hours", None, ""),
        ("routine_head_hours", 7, "Write a whole number from 2 to 6."),
        ("consent_mode", "all", ""),
        ("consent_mode", "most", "Choose one of these."),
        ("keeps_abuse", True, ""),
        ("keeps_abuse", "yes", "Choose yes or no."),
        ("quiet_from", "23:59", ""),
        ("quiet_from", "24:00", "Write a time, like 08:30."),
        ("quiet_from", "", "Say what it is to be."),
        ("file_kept_in", "", ""),
        ("file_kept_in", "CPOMS", ""),
        ("file_kept_in", "C\nPOMS", "Write it in one line."),
        ("file_kept_in", "x" * 61, "Write at most 60 characters: these are 61."),
        ("colour", "#7a1f5c", ""),
        ("colour", "red", COLOUR),
        ("colour", "#FFF", COLOUR),
        ("colour", "#0b5c63;}", COLOUR),
        ("families_words", "x" * 240, ""),
        ("families_words", "x" * 241, "Write at most 240 characters: these are 241."),
    ],
)
def test_value_out_of_its_bounds_is_refused_in_words(name: str, value: Value, fault: str) -> None:
    assert SETTINGS[name].fault(value) == fault


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("decide_school_days", 1, "1 school day later"),
        ("decide_school_days", 2, "2 school days later"),
        ("keep_recordings_days", 1, "1 day"),
        ("wait_for_others_minutes", 1, "1 minute"),
        ("retirement_age", 67, "67 years old"),
    ],
)
def test_one_of_anything_is_said_as_one(name: str, value: Value, words: str) -> None:
    assert SETTINGS[name].in_words(value) == words


@pytest.mark.parametrize(
    ("name", "now", "to", "weakens"),
    [
        ("keep_recordings_days", 30, 31, True),
        ("keep_recordings_days", 30, 29, False),
        ("keep_recordings_days", 60, 90, True),
        ("keep_recordings_days", 90, 60, False),
        ("wait_for_others_minutes", 10, 15, False),
        ("wait_for_others_minutes", 10, 16, True),
        ("retirement_age", 67, 66, True),
        ("retirement_age", 65, 66, False),
        ("retirement_age", 67, 70, False),
        ("keeps_abuse", True, False, True),
        ("keeps_abuse", False, True, False),
        ("keeps_file_after_transfer", True, False, True),
        ("reports_within_days", 3, None, True),
        # G34, G35, G11: only longer than the guidance asks can be chosen, and back is no weakening.
        ("keep_child_years", 30, 25, False),
        ("keep_adult_years", 30, 10, False),
        # P5, P13: what shows who was on a call with a child.
        ("keep_years", 6, 5, True),
        ("keep_years", 3, 5, False),
        ("keep_years", 6, 10, False),
        # P14, E77: never later than at the end of the day.
        ("routine_head_hours", 3, None, False),
        # E21
        ("decide_all_days", 1, 2, True),
        ("decide_all_days", 3, 2, False),
        ("reports_within_days", None, 3, False),
        ("reports_within_days", 3, 14, False),
        ("consent_mode", "all", "any", False),
        ("file_kept_in", "", "CPOMS", False),
    ],
)
def test_weakening_is_beyond_the_line_and_further_than_now(
    name: str, now: Value, to: Value, weakens: bool
) -> None:
    assert SETTINGS[name].weakens(now=now, to=to) is weakens


def test_school_opens_before_it_closes() -> None:
    assert clash(BARE | {"opens_at": "16:00"}) == (
        "“The school opens at” (16:00) has to be less than “The school closes at” (16:00)."
    )


@pytest.mark.parametrize(("head", "fits"), [(None, True), (3, True), (2, False)])
def test_headteacher_hears_after_the_team_has_had_its_second_chance(
    head: Value, fits: bool
) -> None:
    assert (clash(BARE | {"routine_head_hours": head}) == "") is fits


# --- Changing -------------------------------------------------------------------------------------
def test_change_is_in_force_at_once_and_its_history_stands(lead: StaffMember) -> None:
    first = change_setting("keep_recordings_days", 14, by=lead, why=f" {WHY} ", seen=0)
    second = change_setting("keep_recordings_days", 20, by=lead, why="Too few.", seen=first.pk)
    assert School.objects.current().keep_recordings_days == 20
    assert list(
        selectors.history_of("keep_recordings_days").values_list("before", "value", "why")
    ) == [(14, 20, "Too few."), (30, 14, WHY)]
    assert (second.approved_by, second.approved_at) == (lead, second.asked_at)
    assert [
        (entry.verb, entry.object, entry.detail)
        for entry in Entry.objects.filter(verb__startswith="setting.").order_by("pk")
    ] == [
        ("setting.change", f"school.settingchange:{change.pk}",
         {"setting": "keep_recordings_days", "weakens": False})
        for change in (first, second)
    ]  # fmt: skip
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("quiet_from", "19:00", time(19)),
        ("consent_mode", "all", "all"),
        ("keeps_abuse", True, True),
        ("file_kept_in", "CPOMS", "CPOMS"),
        ("reports_within_days", 3, 3),
        ("nation", "WLS", "WLS"),
    ],
)
def test_value_of_every_kind_reaches_the_row_that_the_rules_read(
    lead: StaffMember, name: str, value: Value, kept: object
) -> None:
    change_setting(name, value, by=lead, why=WHY, seen=0)
    assert getattr(School.objects.current(), name) == kept
    assert selectors.values_of(School.objects.current())[name] == value


@pytest.mark.parametrize(
    ("value", "why", "words"),
    [
        (30, WHY, "It is that already."),
        (14, "  ", "Write down why: whoever looks at it in a year has only this."),
        (0, WHY, "Write a whole number from 1 to 180."),
    ],
)
def test_change_without_a_reason_a_difference_or_within_no_bounds_is_refused(
    lead: StaffMember, value: Value, why: str, words: str
) -> None:
    with pytest.raises(NotAllowed, match=re.escape(words)):
        change_setting("keep_recordings_days", value, by=lead, why=why, seen=0)
    assert not SettingChange.objects.exists()


def test_two_settings_that_cannot_stand_together_are_refused(lead: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="has to be less than"):
        change_setting("opens_at", "17:00", by=lead, why=WHY, seen=0)
    assert School.objects.current().opens_at == time(8, 30)


@pytest.mark.parametrize("who", ["deputy", "host", "office", "chair", "it_superuser"])
def test_others_change_nothing(who: str, request: pytest.FixtureRequest) -> None:
    person: StaffMember = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="Only the designated lead and the headteacher"):
        change_setting("keep_recordings_days", 14, by=person, why=WHY, seen=0)


def test_who_saw_an_older_state_is_told_and_changes_nothing(
    lead: StaffMember, head: StaffMember
) -> None:
    change_setting("keep_recordings_days", 14, by=head, why=WHY, seen=0)
    with pytest.raises(Overtaken, match="Somebody else has changed this"):
        change_setting("keep_recordings_days", 20, by=lead, why=WHY, seen=0)
    assert School.objects.current().keep_recordings_days == 14


# --- What would weaken a clause -------------------------------------------------------------------
def told(kind: str) -> set[str]:
    rows = Notice.objects.filter(kind=kind).select_related(None)
    names = StaffMember.objects.filter(pk__in=rows.values("staff_id"))
    return set(names.values_list("name", flat=True))


def test_weakening_by_the_lead_waits_for_the_headteacher_who_is_told(
    lead: StaffMember, head: StaffMember, deputy: StaffMember
) -> None:
    proposal = telling.change_setting("keep_recordings_days", 60, by=lead, why=WHY, seen=0)
    assert proposal.waits
    assert School.objects.current().keep_recordings_days == 30
    assert (told("setting_proposed"), told("setting_weakened")) == ({head.name}, set())

    telling.approve_setting(proposal, by=head)
    assert School.objects.current().keep_recordings_days == 60
    assert told("setting_weakened") == {lead.name, deputy.name}


def test_weakening_by_the_headteacher_is_in_force_and_every_other_leader_is_told(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, chair: StaffMember
) -> None:
    telling.change_setting("retirement_age", 65, by=head, why=WHY, seen=0)
    assert School.objects.current().retirement_age == 65
    assert told("setting_weakened") == {lead.name, deputy.name}


def test_who_changes_a_weak_setting_back_needs_nobody(lead: StaffMember, head: StaffMember) -> None:
    weak = telling.change_setting("retirement_age", 62, by=head, why=WHY, seen=0)
    Notice.objects.all().delete()
    telling.change_setting("retirement_age", 65, by=lead, why=WHY, seen=weak.pk)
    assert School.objects.current().retirement_age == 65
    assert not Notice.objects.exists()


@pytest.mark.parametrize("who", ["lead", "deputy", "chair"])
def test_nobody_else_approves(who: str, lead: StaffMember, request: pytest.FixtureRequest) -> None:
    proposal = change_setting("keep_recordings_days", 60, by=lead, why=WHY, seen=0)
    with pytest.raises(NotAllowed, match="Only the headteacher"):
        services.approve_setting(proposal, by=request.getfixturevalue(who))
    assert School.objects.current().keep_recordings_days == 30


def test_nothing_is_changed_beside_a_proposal_that_waits(
    lead: StaffMember, head: StaffMember
) -> None:
    proposal = change_setting("keep_recordings_days", 60, by=lead, why=WHY, seen=0)
    with pytest.raises(NotAllowed, match="A proposal waits"):
        change_setting("keep_recordings_days", 14, by=head, why=WHY, seen=proposal.pk)
    services.drop_setting(proposal, by=lead)
    change_setting("keep_recordings_days", 14, by=head, why=WHY, seen=proposal.pk)
    assert School.objects.current().keep_recordings_days == 14


def test_proposal_is_decided_once(lead: StaffMember, head: StaffMember) -> None:
    proposal = change_setting("keep_recordings_days", 60, by=lead, why=WHY, seen=0)
    services.drop_setting(proposal, by=head)
    for decide in (services.approve_setting, services.drop_setting):
        with pytest.raises(NotAllowed, match="Somebody has decided"):
            decide(proposal, by=head)
    assert School.objects.current().keep_recordings_days == 30


@pytest.mark.parametrize(
    "facts",
    [
        {"why": ""},
        {"weakens": False, "approved_at": None, "approved_by": None},
        {"approved_by": None},
        {"dropped_at": "2026-09-15T13:00Z"},
    ],
)
def test_database_refuses_what_must_never_be(
    lead: StaffMember, school_day: object, facts: dict[str, object]
) -> None:
    whole = {
        "name": "nation", "before": "ENG", "value": "WLS", "why": WHY, "weakens": True,
        "asked_at": school_day, "asked_by": lead, "approved_at": school_day, "approved_by": lead,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        SettingChange.objects.create(**(whole | facts))


def test_database_refuses_two_proposals_for_one_setting(
    lead: StaffMember, school_day: object
) -> None:
    whole = {"name": "nation", "value": "WLS", "why": WHY, "weakens": True,
             "asked_at": school_day, "asked_by": lead}  # fmt: skip
    SettingChange.objects.create(**whole)
    with pytest.raises(IntegrityError), transaction.atomic():
        SettingChange.objects.create(**whole)


# --- Pages ----------------------------------------------------------------------------------------
PAGE = "/school/settings/keep_recordings_days/"


def test_list_shows_every_setting_with_its_clause_and_who_changed_it(
    lead: StaffMember, staff_client: SignIn
) -> None:
    change_setting("keep_recordings_days", 14, by=lead, why=WHY, seen=0)
    page = staff_client(lead).get("/school/settings/")
    rows = {one.setting.name: one for _, rows, _ in page.context["groups"] for one in rows}
    assert set(rows) == set(SETTINGS)
    assert rows["keep_recordings_days"].since.approved_by == lead
    assert rows["nation"].since is None
    text = page.content.decode()
    assert "14 days" in text
    assert "suggested: 30 days" in " ".join(text.split())
    assert [one.words for one in SETTINGS.values() if one.words not in text] == []


def test_list_asks_as_often_for_a_long_history(
    lead: StaffMember, staff_client: SignIn, django_assert_num_queries: Callable[..., object]
) -> None:
    browser = staff_client(lead)
    browser.get("/school/settings/")
    with django_assert_num_queries(LIST_QUERIES):  # type: ignore[attr-defined]
        browser.get("/school/settings/")
    seen = 0
    for days in range(1, 20):
        seen = change_setting("keep_recordings_days", days, by=lead, why=WHY, seen=seen).pk
    change_setting("retirement_age", 66, by=lead, why=WHY, seen=0)
    with django_assert_num_queries(LIST_QUERIES):  # type: ignore[attr-defined]
        browser.get("/school/settings/")


LIST_QUERIES = 9


def test_page_says_what_a_weakening_loses_before_it_is_made(
    lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    browser = staff_client(lead)
    said = {"value": "60", "why": WHY, "seen": "0"}
    first = browser.post(PAGE, said)
    assert first.status_code == 200
    text = first.content.decode()
    assert "Propose 60 days to the headteacher" in text
    assert SETTINGS["keep_recordings_days"].loses in text
    assert WHY in text
    assert not SettingChange.objects.exists()
    # Another value than the one that was weighed is weighed anew.
    assert browser.post(PAGE, said | {"value": "90", "weighed": "v60"}).status_code == 200
    assert not SettingChange.objects.exists()

    assert browser.post(PAGE, said | {"weighed": "v60"}).status_code == 302
    [proposal] = SettingChange.objects.all()
    assert (proposal.value, proposal.why, proposal.waits) == (60, WHY, True)

    # Beside it stands what the team of the cast lacks.
    team = "The safeguarding team"
    titles = [card.title for card in staff_client(head).get("/").context["cards"]]
    assert titles == [team, "Settings that would guard less"]
    assert [card.title for card in browser.get("/").context["cards"]] == [team]
    assert "Let it guard less" in staff_client(head).get(PAGE).content.decode()
    assert "Let it guard less" not in browser.get(PAGE).content.decode()


def test_page_keeps_what_was_typed_and_says_what_is_wrong(
    lead: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(lead).post(PAGE, {"value": "500", "why": WHY, "seen": "0"})
    assert page.status_code == 422
    assert page.context["form"].errors == {"value": ["Write a whole number from 1 to 180."]}
    assert WHY in page.content.decode()
    empty = staff_client(lead).post(PAGE, {"value": "14", "why": "", "seen": "0"})
    assert set(empty.context["form"].errors) == {"why"}


def test_page_tells_the_second_of_two(
    lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    change_setting("keep_recordings_days", 14, by=head, why="First.", seen=0)
    page = staff_client(lead).post(PAGE, {"value": "20", "why": WHY, "seen": "0"})
    assert page.status_code == 409
    assert "Somebody else has changed this" in page.content.decode()
    assert School.objects.current().keep_recordings_days == 14


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("keeps_abuse", "yes", True),
        ("quiet_from", "19:00", "19:00"),
        ("consent_mode", "all", "all"),
        ("reports_within_days", "3", 3),
        ("file_kept_in", "CPOMS", "CPOMS"),
    ],
)
def test_page_of_every_kind_of_setting_changes_it(
    lead: StaffMember, staff_client: SignIn, name: str, typed: str, kept: Value
) -> None:
    page = f"/school/settings/{name}/"
    browser = staff_client(lead)
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"value": typed, "why": WHY, "seen": "0"}).status_code == 302
    assert selectors.values_of(School.objects.current())[name] == kept


def test_unknown_setting_is_not_found(lead: StaffMember, staff_client: SignIn) -> None:
    assert staff_client(lead).get("/school/settings/microsoft_tenant/").status_code == 404


def test_records_show_what_has_a_page_and_change_none_of_it(
    lead: StaffMember, staff_client: SignIn
) -> None:
    browser = staff_client(lead)
    page = browser.get("/admin/school/school/1/change/")
    fields = set(page.context["adminform"].form.fields)
    assert fields == {
        "name", "office_telephone", "office_email", "microsoft_tenant", "care_telephone",
        "care_out_of_hours_telephone", "officer_name", "officer_telephone", "officer_email",
    }  # fmt: skip
    assert not fields & set(SETTINGS)


def test_records_lead_to_the_page_only_who_may_change_it(
    head: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    assert "/school/settings/" in staff_client(head).get("/admin/").content.decode()
    assert "/school/settings/" not in staff_client(office).get("/admin/").content.decode()


def test_every_group_and_kind_is_used() -> None:
    assert {one.kind for one in SETTINGS.values()} == set(Kind)
    assert {one.group for one in SETTINGS.values()} <= set(Group)


def test_second_headteacher_hears_of_it_too(head: StaffMember, lead: StaffMember) -> None:
    other = factories.make_staff("Hanna Second", roles=(Role.HEADTEACHER,))
    telling.change_setting("keep_recordings_days", 60, by=head, why=WHY, seen=0)
    assert told("setting_weakened") == {lead.name, other.name}
