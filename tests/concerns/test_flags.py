"""The status of children: when it holds, who may know of it and its notes, and that nothing is edited."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import selectors, services
from concerns.models import StatusFlag
from concerns.policy import FlagKind, flag_fault, flag_stands
from school import roles
from school.models import Pupil, StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)
DAY = timedelta(days=1)
NOTES, END_NOTES = "MARKERNOTES review in May", "MARKEREND stepped down"


# --- Rules (pure) ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "ended_on", "stands"),
    [
        (TODAY, None, True),
        (TODAY + DAY, None, False),
        (TODAY - DAY, TODAY + DAY, True),
        (TODAY - DAY, TODAY, False),
        (TODAY, TODAY, False),
    ],
)
def test_status_holds_from_its_day_until_the_day_it_ended(
    since: date, ended_on: date | None, stands: bool
) -> None:
    assert flag_stands(since=since, ended_on=ended_on, on=TODAY) is stands


@pytest.mark.parametrize(
    ("since", "ended_on", "fault"),
    [
        (TODAY, None, ""),
        (TODAY, TODAY, ""),
        (TODAY + DAY, None, "This day has not come yet."),
        (TODAY, TODAY + DAY, "This day has not come yet."),
        (TODAY, TODAY - DAY, "A status cannot end before it began."),
    ],
)
def test_days_of_a_status(since: date, ended_on: date | None, fault: str) -> None:
    assert flag_fault(since=since, ended_on=ended_on, today=TODAY) == fault


@pytest.mark.parametrize("role", list(Role))
def test_two_rights_status_alone_and_status_with_notes(role: Role) -> None:
    viewer = Viewer(staff_id=1, roles=frozenset({role}))
    team = role in {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER}

    assert roles.may_see_status(viewer) is (team or role is Role.OFFICE)
    assert roles.may_see_status_notes(viewer) is team
    assert roles.may_set_status(viewer) is team


# --- Setting and ending ----------------------------------------------------------------------------
@pytest.fixture
def amy(school_day: datetime) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def plan(amy: Pupil, lead: StaffMember) -> StatusFlag:
    """Amy has a child protection plan since last week."""
    return services.set_status(
        amy, by=lead, kind=FlagKind.PROTECTION_PLAN, since=TODAY - 7 * DAY, notes=NOTES
    )


@pytest.mark.django_db
def test_status_is_ended_and_set_anew_and_both_stay(
    plan: StatusFlag, amy: Pupil, lead: StaffMember, head: StaffMember
) -> None:
    services.end_status(plan, by=head, on=TODAY, notes=END_NOTES)
    again = services.set_status(amy, by=lead, kind=FlagKind.PROTECTION_PLAN, since=TODAY)

    flags = selectors.flags_of([amy.pk], lead.viewer(), on=TODAY)
    assert [(flag.row, flag.stands) for flag in flags] == [(again, True), (plan, False)]
    old = flags[1]
    assert (old.notes, old.end_notes, old.row.set_by, old.row.ended_by) == (
        NOTES,
        END_NOTES,
        lead,
        head,
    )
    verbs = AuditEntry.objects.filter(verb__startswith="concern.status").order_by("id")
    assert [(entry.verb, entry.object, entry.detail) for entry in verbs] == [
        (f"concern.status.{verb}", f"school.pupil:{amy.pk}", {}) for verb in ("set", "end", "set")
    ]


@pytest.mark.django_db
def test_what_cannot_be_is_refused(plan: StatusFlag, amy: Pupil, lead: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="stands already"):
        services.set_status(amy, by=lead, kind=FlagKind.PROTECTION_PLAN, since=TODAY)
    with pytest.raises(NotAllowed, match="not come yet"):
        services.set_status(amy, by=lead, kind=FlagKind.IN_NEED, since=TODAY + DAY)
    with pytest.raises(NotAllowed, match="before it began"):
        services.end_status(plan, by=lead, on=TODAY - 8 * DAY)
    services.end_status(plan, by=lead, on=TODAY)
    with pytest.raises(NotAllowed, match="ended this status already"):
        services.end_status(plan, by=lead, on=TODAY)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["host", "office", "chair", "it_superuser"])
def test_others_set_and_end_nothing(
    who: str, plan: StatusFlag, amy: Pupil, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)

    with pytest.raises(NotAllowed):
        services.set_status(amy, by=person, kind=FlagKind.IN_NEED, since=TODAY)
    with pytest.raises(NotAllowed):
        services.end_status(plan, by=person, on=TODAY)
    assert StatusFlag.objects.count() == StatusFlag.objects.open().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "unheard_of"},
        {"ended_on": TODAY},
        {"ended_on": TODAY - 30 * DAY, "ended_at": datetime(2026, 9, 15, 13, tzinfo=UTC)},
    ],
)
def test_database_refuses_what_must_never_be(plan: StatusFlag, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusFlag.objects.filter(pk=plan.pk).update(**change, ended_by=plan.set_by)


@pytest.mark.django_db
def test_notes_stand_encrypted(plan: StatusFlag) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM concerns_statusflag")
        [stored] = cursor.fetchone()

    assert "MARKERNOTES" not in stored
    assert StatusFlag.objects.get().notes == NOTES


# --- Who sees it -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_team_reads_status_and_notes_the_office_the_status_alone(
    plan: StatusFlag, lead: StaffMember, office: StaffMember, staff_client: SignIn
) -> None:
    pages = {
        who.name: staff_client(who).get(reverse("concerns:statuses")).content.decode()
        for who in (lead, office)
    }

    said = {
        name: [word for word in ("Amy Adams", "Child protection plan", NOTES) if word in page]
        for name, page in pages.items()
    }
    assert said == {
        lead.name: ["Amy Adams", "Child protection plan", NOTES],
        office.name: ["Amy Adams", "Child protection plan"],
    }


@pytest.mark.django_db
@pytest.mark.parametrize("known_by", ["email", "telephone", "name", "household"])
def test_e7_family_of_the_child_sees_no_trace_of_a_status(
    known_by: str,
    plan: StatusFlag,
    amy: Pupil,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    """The deputy is the mother, or shares her home: the page is that of a child without a status."""
    nobody = factories.make_pupil("Amy", "Adams")
    StaffMember.objects.filter(pk=deputy.pk).update(telephone="07700 900123", household="Oak Lane")
    at_home = factories.make_staff("Otto Home", household="oak lane")
    marks = {
        "email": {"email": deputy.email.upper()},
        "telephone": {"telephone": "+44 7700 900123"},
        "name": {"name": "Mrs Dana DEPUTY"},
        "household": {"email": at_home.email},
    }
    factories.make_guardian(amy, **marks[known_by])  # type: ignore[arg-type]
    client = staff_client(deputy)

    pages = [
        client.get(reverse("concerns:chronology", args=[child.pk])).content.decode()
        for child in (amy, nobody)
    ]
    listed = client.get(reverse("concerns:statuses")).content.decode()
    ending = client.get(reverse("concerns:end_status", args=[plan.pk]))
    audit = staff_client(head).get(reverse("audit_reader")).content.decode()

    seen = [page.count("None is set.") + page.count("protection plan") for page in pages]
    assert (seen, "Amy" in listed, ending.status_code) == ([1, 1], False, 404)
    assert f"record=school.pupil%3A{amy.pk}" in audit
    with pytest.raises(NotAllowed, match="your own family"):
        services.set_status(amy, by=deputy, kind=FlagKind.IN_NEED, since=TODAY)


@pytest.mark.django_db
def test_e7_audit_tells_family_of_no_status_that_was_set(
    plan: StatusFlag, amy: Pupil, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    factories.make_guardian(amy, name=head.name)
    there = reverse("audit_reader")

    told = {who.name: staff_client(who).get(there).content.decode() for who in (lead, head)}

    words = f"record=school.pupil%3A{amy.pk}"
    assert (words in told[lead.name], words in told[head.name]) == (True, False)


@pytest.mark.django_db
def test_status_stands_beside_the_concern_while_it_holds(
    plan: StatusFlag, amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.child(amy))
    client = staff_client(lead)

    before = client.get(concern.get_absolute_url()).content.decode()
    services.end_status(plan, by=lead, on=TODAY)
    after = client.get(concern.get_absolute_url()).content.decode()

    assert ("Child protection plan" in before, "Child protection plan" in after) == (True, False)


@pytest.mark.django_db
def test_status_is_set_and_ended_on_the_page_of_a_child(
    amy: Pupil, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    setting = reverse("concerns:set_status", args=[amy.pk])

    wrong = client.post(setting, {"kind": "in_need", "since": "2027-01-01", "notes": NOTES})
    right = client.post(setting, {"kind": "in_need", "since": "2026-09-01", "notes": NOTES})
    flag = StatusFlag.objects.get()
    ending = reverse("concerns:end_status", args=[flag.pk])
    early = client.post(ending, {"on": "2026-08-31"})
    ended = client.post(ending, {"on": "2026-09-15", "notes": END_NOTES})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert (early.status_code, ended.status_code) == (422, 302)
    assert "This day has not come yet." in wrong.content.decode()
    assert NOTES in wrong.content.decode()
    page = client.get(reverse("concerns:chronology", args=[amy.pk])).content.decode()
    assert "ended 15 September 2026 by Leah Lead" in page
    assert END_NOTES in page
