"""What a record said before and after a change: kept by every service that changes one in place, sealed."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from meetings import services as calls_services
from school import policy, selectors, services
from school.imports import ColumnMapping
from school.imports.mappings import Field
from school.models import (
    Absence,
    ClosedDay,
    DutySlot,
    Guardian,
    Guardianship,
    Pupil,
    Revision,
    StaffMember,
    TeachingGroup,
    Term,
)
from school.roles import Role
from school.services import revisions
from school.services.system import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls

pytestmark = pytest.mark.usefixtures("school_day", "school")

SignIn = Callable[..., Client]
Told = list[tuple[str, str, dict[str, list[Any]]]]


def told() -> Told:
    """Everything that was kept, oldest first: whose change of what, and both values."""
    return [(one.actor, one.object, one.changes) for one in Revision.objects.order_by("pk")]  # type: ignore[misc]


@pytest.fixture
def amy() -> Pupil:
    return factories.make_pupil("Amy", "Ashe", email="amy@school.example")


@pytest.fixture
def alice(amy: Pupil) -> Guardian:
    return factories.make_guardian(amy, name="Alice Ashe", email="alice@family.example")


# --- The keeping itself -------------------------------------------------------------------------------
def test_what_is_written_down_for_the_first_time_has_no_history(lead: StaffMember) -> None:
    services.add_term(by=lead, name="Spring", starts_on=date(2027, 1, 5), ends_on=date(2027, 3, 20))
    services.enrol(by=lead, pupils=[Pupil(given_name="Amy", family_name="Ashe", year_group=4)])
    assert told() == []


def test_both_values_are_stored_encrypted(lead: StaffMember, alice: Guardian) -> None:
    services.change_email(alice, by=lead, email="other@family.example")
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM school_revision")
        [[stored]] = cursor.fetchall()
    assert ("family.example" in stored, "email" in stored, ":gAAAAA" in stored) == (
        False,
        False,
        True,
    )


def test_it_is_part_of_the_change_and_goes_with_it_when_that_fails(
    lead: StaffMember, alice: Guardian
) -> None:
    with transaction.atomic():
        services.change_email(alice, by=lead, email="other@family.example")
        transaction.set_rollback(True)
    assert told() == []


def test_the_same_again_is_no_change(lead: StaffMember, alice: Guardian) -> None:
    services.change_language(alice, by=lead, language="en")
    services.close_email("nobody@family.example", by=SWEEP, at=clock.now())
    assert told() == []


def test_thousand_rows_are_kept_in_one_query(
    lead: StaffMember, django_assert_num_queries: Any
) -> None:
    rows = [(f"school.pupil:{pk}", {"year_group": (4, 5)}) for pk in range(1000)]
    with django_assert_num_queries(1):
        revisions.note_many(rows, by=lead)
    assert Revision.objects.count() == 1000


def test_what_is_forgotten_is_gone_and_nothing_else(lead: StaffMember) -> None:
    names = [f"school.pupil:{pk}" for pk in (1, 11, 12)]
    revisions.note_many([(one, {"year_group": (4, 5)}) for one in names], by=lead)
    assert services.forget_revisions(["school.pupil:1", "school.pupil:12"]) == 2
    assert [one.object for one in Revision.objects.all()] == ["school.pupil:11"]


# --- The calendar, the rota, who is away ----------------------------------------------------------------
def test_calendar_keeps_what_it_said(lead: StaffMember) -> None:
    term = factories.make_term()
    day = factories.make_closed_day(date(2026, 10, 1))
    services.change_term(
        term, by=lead, name="Autumn term", starts_on=term.starts_on, ends_on=date(2026, 12, 17)
    )
    services.change_closed_day(day, by=lead, day=date(2026, 10, 2), reason="INSET")
    services.remove_term(term, by=lead)
    services.remove_closed_day(day, by=lead)
    services.remove_closed_day(day, by=lead)
    assert told() == [
        (
            lead.actor,
            f"school.term:{term.pk}",
            {"name": ["Autumn", "Autumn term"], "ends_on": ["2026-12-18", "2026-12-17"]},
        ),
        (lead.actor, f"school.closedday:{day.pk}", {"day": ["2026-10-01", "2026-10-02"]}),
        (
            lead.actor,
            f"school.term:{term.pk}",
            {
                "name": ["Autumn term", None],
                "starts_on": ["2026-09-01", None],
                "ends_on": ["2026-12-17", None],
            },
        ),
        (
            lead.actor,
            f"school.closedday:{day.pk}",
            {"day": ["2026-10-02", None], "reason": ["INSET", None]},
        ),
    ]
    assert [Term.objects.count(), ClosedDay.objects.count()] == [0, 0]


def test_rota_keeps_what_it_said(lead: StaffMember, deputy: StaffMember) -> None:
    for one in (lead, deputy):
        StaffMember.objects.filter(pk=one.pk).update(telephone="020 7946 0999")
    lead, deputy = StaffMember.objects.get(pk=lead.pk), StaffMember.objects.get(pk=deputy.pk)
    slot = factories.make_duty(lead, 0)
    services.change_duty(
        slot, by=lead, staff=deputy, weekday=0, starts_at=time(9), ends_at=time(17), knowing=True
    )
    services.remove_duty(slot, by=lead, knowing=True)
    assert told() == [
        (
            lead.actor,
            f"school.dutyslot:{slot.pk}",
            {"staff": [lead.pk, deputy.pk], "starts_at": ["08:00:00", "09:00:00"]},
        ),
        (
            lead.actor,
            f"school.dutyslot:{slot.pk}",
            {
                "staff": [deputy.pk, None],
                "weekday": [0, None],
                "starts_at": ["09:00:00", None],
                "ends_at": ["17:00:00", None],
            },
        ),
    ]
    assert DutySlot.objects.count() == 0


def test_absence_that_is_taken_back_goes_with_all_it_said(
    lead: StaffMember, school_day: datetime
) -> None:
    hour = timedelta(hours=1)
    running = factories.make_absence(lead, school_day - hour, school_day + hour)
    ahead = factories.make_absence(lead, school_day + hour, school_day + 2 * hour)
    revisions.note(ahead, {"reason": ("Hospital", "Away")}, by=lead)
    services.take_back_absence(running, by=lead)
    services.take_back_absence(ahead, by=lead)
    ended = (school_day - timedelta(microseconds=1)).isoformat()
    assert told() == [
        (
            lead.actor,
            f"school.absence:{running.pk}",
            {"ends_at": [(school_day + hour).isoformat(), ended]},
        )
    ]
    assert list(Absence.objects.values_list("pk", flat=True)) == [running.pk]


# --- People ---------------------------------------------------------------------------------------------
def test_address_keeps_every_one_that_it_was(
    lead: StaffMember, office: StaffMember, alice: Guardian
) -> None:
    services.change_email(alice, by=office, email="new@family.example")
    services.confirm_email(alice, by=lead, email="new@family.example", how="call")
    services.close_email("new@family.example", by=SWEEP, at=clock.now() + timedelta(days=1))
    services.open_email([alice.pk], by=lead)
    name, at = f"school.guardian:{alice.pk}", clock.now().isoformat()
    assert told() == [
        (office.actor, name, {"email": ["alice@family.example", "new@family.example"]}),
        (
            lead.actor,
            name,
            {"email_confirmed_at": [None, at], "email_confirmed_by": [None, lead.pk]},
        ),
        ("system:sweep", name, {"email_closed_at": [None, at]}),
        (lead.actor, name, {"email_closed_at": [at, None]}),
    ]


def test_family_keeps_who_was_asked_and_what_was_blocked(
    lead: StaffMember, amy: Pupil, alice: Guardian
) -> None:
    bob = factories.make_guardian(amy, name="Bob Ashe")
    mum, dad = (Guardianship.objects.get(guardian=one) for one in (alice, bob))
    seen = selectors.choice_of(amy, [mum, dad])
    wanted = policy.Choice(mode="named", counting=frozenset({mum.pk}), named=mum.pk)
    services.choose_who_is_asked(amy, by=lead, wanted=wanted, seen=seen)
    services.block_contact(
        dad, by=lead, blocked_from=date(2026, 9, 15), reason="Court order", evidence="Folder B"
    )
    services.suspend_contact(amy, by=lead)
    services.leave(amy, by=lead, on=date(2026, 12, 18))
    services.change_language(alice, by=lead, language="pl")
    pupil = f"school.pupil:{amy.pk}"
    assert told() == [
        (lead.actor, pupil, {"consent_mode": ["", "named"]}),
        (
            lead.actor,
            f"school.guardianship:{dad.pk}",
            {"counts_for_consent": [True, False]},
        ),
        (
            lead.actor,
            f"school.guardianship:{mum.pk}",
            {"is_named_for_consent": [False, True]},
        ),
        (
            lead.actor,
            f"school.guardianship:{dad.pk}",
            {
                "blocked_from": [None, "2026-09-15"],
                "block_reason": ["", "Court order"],
                "block_evidence": ["", "Folder B"],
                "block_approved_by": [None, lead.pk],
            },
        ),
        (lead.actor, pupil, {"is_contact_suspended": [False, True]}),
        (lead.actor, pupil, {"left_on": [None, "2026-12-18"]}),
        (lead.actor, f"school.guardian:{alice.pk}", {"language": ["en", "pl"]}),
    ]


def test_ties_from_a_file_keep_that_they_waited(lead: StaffMember, amy: Pupil) -> None:
    bob = factories.make_guardian(
        amy,
        has_parental_responsibility=False,
        counts_for_consent=False,
        awaits_confirmation=True,
        doubt="no_letters",
    )
    tie = Guardianship.objects.get(guardian=bob)
    services.confirm_ties({tie.pk: "no_letters"}, by=lead, has_responsibility=False)
    assert told() == [
        (
            lead.actor,
            f"school.guardianship:{tie.pk}",
            {"awaits_confirmation": [True, False], "doubt": ["no_letters", ""]},
        )
    ]


# --- Staff ----------------------------------------------------------------------------------------------
def test_tie_to_microsoft_keeps_when_and_by_whom(lead: StaffMember, host: StaffMember) -> None:
    tenant, account = UUID(int=1), UUID(int=2)
    services.tie_to_microsoft(host, by=lead, tenant=tenant, object_id=account)
    services.untie_from_microsoft(host, by=lead)
    name, at = f"school.staffmember:{host.pk}", clock.now().isoformat()
    assert told() == [
        (
            lead.actor,
            name,
            {
                "entra_id": [None, str(account)],
                "entra_tenant": [None, str(tenant)],
                "entra_tied_at": [None, at],
                "entra_tied_by": [None, lead.pk],
            },
        ),
        (
            lead.actor,
            name,
            {
                "entra_tenant": [str(tenant), None],
                "entra_tied_at": [at, None],
                "entra_tied_by": [lead.pk, None],
            },
        ),
    ]


def test_role_that_ends_keeps_until_when_it_was_to_last(
    lead: StaffMember, host: StaffMember
) -> None:
    held = services.give_role(
        host, by=lead, role=Role.OFFICE, starts_on=date(2026, 9, 15), ends_on=date(2026, 12, 18)
    )
    services.end_role(held, by=lead, on=None)
    assert told() == [
        (
            lead.actor,
            f"school.roleheld:{held.pk}",
            {
                "ends_on": ["2026-12-18", "2026-09-15"],
                "ended_at": [None, clock.now().isoformat()],
            },
        )
    ]


def test_supply_staff_who_come_again_keep_when_they_were_here(office: StaffMember) -> None:
    sam = services.engage_supply(
        by=office, name="Sam Supply", email="sam@agency.example", telephone="",
        starts_on=date(2026, 9, 15), ends_on=date(2026, 9, 16), is_checked=False,
    )  # fmt: skip
    services.extend_supply(sam, by=office, ends_on=date(2026, 9, 18))
    services.end_supply(sam, by=office)
    name = f"school.staffmember:{sam.pk}"
    assert told() == [
        (office.actor, name, {"works_until": ["2026-09-16", "2026-09-18"]}),
        (office.actor, f"auth.user:{sam.user_id}", {"is_active": [True, False]}),
    ]


# --- What is kept in the records --------------------------------------------------------------------------
def test_class_kept_in_the_records_keeps_who_went_and_who_came(
    lead: StaffMember, amy: Pupil, staff_client: SignIn
) -> None:
    ben, cid = factories.make_pupil("Ben"), factories.make_pupil("Cid")
    group = TeachingGroup.objects.create(name="4A", year_group=4)
    group.pupils.set([amy, ben])
    page = reverse("admin:school_teachinggroup_change", args=[group.pk])
    wanted = {"name": "4 Ash", "year_group": 4, "pupils": [amy.pk, cid.pk], "staff": []}
    assert staff_client(lead).post(page, wanted).status_code == 302
    staff_client(lead).post(
        reverse("admin:school_teachinggroup_delete", args=[group.pk]), {"post": "yes"}
    )
    name = f"school.teachinggroup:{group.pk}"
    assert told() == [
        (lead.actor, name, {"name": ["4A", "4 Ash"], "pupils": [[ben.pk], [cid.pk]]}),
        (lead.actor, name, {"name": ["4 Ash", None], "year_group": [4, None]}),
    ]


def test_account_keeps_its_addresses_and_no_password(
    lead: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    page = reverse("admin:auth_user_change", args=[host.user_id])
    old = host.user.email
    staff_client(lead).post(page, {"email": "helen@elmfield.example", "is_active": "on"})
    assert told() == [
        (lead.actor, f"auth.user:{host.user_id}", {"email": [old, "helen@elmfield.example"]})
    ]


def test_mapping_keeps_what_headings_meant(office: StaffMember) -> None:
    first = {
        Field.PUPIL_ID: ("Number",), Field.GIVEN_NAME: ("First",), Field.FAMILY_NAME: ("Last",),
        Field.YEAR_GROUP: ("Year",),
    }  # fmt: skip
    mapping = ColumnMapping(source="ours", title="Ours", columns=first)
    row = services.save_mapping(mapping, by=office)
    second = first | {Field.GIVEN_NAME: ("Called",)}
    services.save_mapping(ColumnMapping(source="ours", title="Our own", columns=second), by=office)
    [(actor, name, changed)] = told()
    assert (actor, name) == (office.actor, f"school.headingmapping:{row.pk}")
    assert changed["title"] == ["Ours", "Our own"]
    assert [one[Field.GIVEN_NAME.value] for one in changed["columns"]] == [["First"], ["Called"]]


# --- Calls ------------------------------------------------------------------------------------------------
def test_call_keeps_its_plan_and_who_was_on_it_and_never_its_link(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Pupil, alice: Guardian
) -> None:
    ben = factories.make_pupil("Ben")
    factories.make_guardian(ben)
    meeting = calls.planned(host, [amy, ben], co_hosts=[co_host])
    plan = calls.as_it_is(
        meeting,
        title="Sums",
        starts_at=calls.STARTS + timedelta(hours=1),
        ends_at=calls.ENDS + timedelta(hours=1),
        pupils=[amy],
        co_hosts=[colleague],
        reserves=[co_host],
    )
    meeting = calls_services.revise(meeting, by=host, what=plan)
    calls_services.revise(meeting, by=host, what=calls.as_it_is(meeting))
    hour = timedelta(hours=1)
    assert told() == [
        (
            host.actor,
            meeting.about,
            {
                "title": ["Reading together", "Sums"],
                "starts_at": [calls.STARTS.isoformat(), (calls.STARTS + hour).isoformat()],
                "ends_at": [calls.ENDS.isoformat(), (calls.ENDS + hour).isoformat()],
                "co_hosts": [[co_host.pk], [colleague.pk]],
                "reserves": [[], [co_host.pk]],
                "pupils": [[ben.pk], []],
            },
        )
    ]
