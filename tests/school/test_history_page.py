"""The history of a record: both values side by side, for those alone who see the record, and no more than they see."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from meetings import services as calls_services
from meetings.services import keeping
from school import services
from school.models import (
    Guardian,
    Guardianship,
    Pupil,
    StaffMember,
    Term,
)
from school.services import revisions
from tests import factories
from tests.concerns import log
from tests.meetings import calls

pytestmark = pytest.mark.usefixtures("school_day", "school")

SignIn = Callable[..., Client]
# Of these something is changed in place; of all others a page says why there is no history.
CHANGED_IN_PLACE = {
    "auth.user",
    "concerns.agency",
    "concerns.category",
    "concerns.outcome",
    "consent.question",
    "meetings.meeting",
    "meetings.purpose",
    "school.absence",
    "school.closedday",
    "school.cover",
    "school.dutyslot",
    "school.guardian",
    "school.guardianship",
    "school.headingmapping",
    "school.pupil",
    "school.roleclaim",
    "school.roleheld",
    "school.school",
    "school.staffmember",
    "school.teachinggroup",
    "school.term",
    "school.yearlead",
}


@pytest.fixture
def amy() -> Pupil:
    return factories.make_pupil("Amy", "Ashe")


@pytest.fixture
def alice(amy: Pupil) -> Guardian:
    return factories.make_guardian(amy, name="Alice Ashe", email="alice@family.example")


@pytest.fixture
def term() -> Term:
    return factories.make_term()


def history(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row.pk])


def shown(client: Client, row: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """What the page tells: whose change, and its lines."""
    answer = client.get(history(row))
    assert answer.status_code == 200
    changes = answer.context["page"].changes
    return [
        (one.who, [(line.what, line.before, line.after) for line in one.lines]) for one in changes
    ]


# --- The page -------------------------------------------------------------------------------------------
def test_newest_change_stands_first_with_before_beside_after(
    lead: StaffMember, term: Term, staff_client: SignIn
) -> None:
    first = {"starts_on": term.starts_on, "ends_on": date(2026, 12, 17)}
    services.change_term(term, by=lead, name="Autumn", **first)
    services.change_term(term, by=lead, name="Michaelmas", **first)
    client = staff_client(lead)
    assert shown(client, term) == [
        ("Leah Lead", [("Name", "Autumn", "Michaelmas")]),
        ("Leah Lead", [("Ends on", "18 December 2026", "17 December 2026")]),
    ]
    text = client.get(history(term)).content.decode()
    assert [
        text.count(words) for words in ("15 September 2026, 2:00 pm", "Who did or saw this")
    ] == [
        2,
        1,
    ]
    row = client.get(reverse("admin:school_term_change", args=[term.pk])).content.decode()
    assert 'href="../history/"' in row


def test_record_that_was_never_changed_says_so(
    lead: StaffMember, term: Term, staff_client: SignIn
) -> None:
    text = staff_client(lead).get(history(term)).content.decode()
    assert "No change of what you see in this record is kept." in text


def test_every_register_tells_what_was_changed_or_why_nothing_is(lead: StaffMember) -> None:
    registers: dict[str, Any] = {
        model._meta.label_lower: one for model, one in admin.site._registry.items()
    }
    kept = {label for label, one in registers.items() if one.keeps_history}
    assert kept == CHANGED_IN_PLACE
    words = {one.unchanging for label, one in registers.items() if label not in kept}
    assert len(words) == 2


def test_record_that_is_only_added_to_says_that_nothing_is_written_over(
    lead: StaffMember, amy: Pupil, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    concern = log.log(host, log.child(amy))
    page = reverse("admin:concerns_concern_history", args=[concern.reference])
    text = staff_client(lead).get(page).content.decode()
    assert "What stands here is never written over." in text
    assert f"record=concerns.concern%3A{concern.reference}" in text


def test_values_are_told_as_people_read_them(
    lead: StaffMember, deputy: StaffMember, term: Term, staff_client: SignIn
) -> None:
    slot = factories.make_duty(lead, 0)
    changed = {
        "staff": (lead.pk, deputy.pk),
        "weekday": (0, 4),
        "starts_at": ("08:00:00", "09:30:00"),
    }
    revisions.note(slot, changed, by=lead)
    assert shown(staff_client(lead), slot) == [
        (
            "Leah Lead",
            [
                ("Staff", "Leah Lead", "Dana Deputy"),
                ("Weekday", "Monday", "Friday"),
                ("Starts at", "08:00", "09:30"),
            ],
        )
    ]


def test_hundred_changes_are_asked_for_as_often_as_one(
    lead: StaffMember, alice: Guardian, staff_client: SignIn, django_assert_num_queries: Any
) -> None:
    client = staff_client(lead)
    services.change_email(alice, by=lead, email="one@family.example")
    client.get(history(alice))
    with CaptureQueriesContext(connection) as once:
        client.get(history(alice))
    for number in range(100):
        by = factories.make_staff(f"Clerk {number}")
        revisions.note(alice, {"email_confirmed_by": (None, by.pk)}, by=by)
    with django_assert_num_queries(len(once)):
        client.get(history(alice))


def test_older_changes_stand_on_pages_of_their_own_and_each_on_one(
    lead: StaffMember, alice: Guardian, staff_client: SignIn
) -> None:
    names = [f"Alice {number}" for number in range(251)]
    for before, after in pairwise(names):
        revisions.note(alice, {"name": (before, after)}, by=lead)
    client = staff_client(lead)
    answers = [client.get(history(alice), {"page": number}) for number in (1, 2, 3)]
    pages = [answer.context["page"] for answer in answers]
    told = [[change.lines[0].after for change in page.changes] for page in pages]
    assert [len(one) for one in told] == [100, 100, 50]
    assert sorted(sum(told, [])) == sorted(names[1:])
    assert (told[0][0], told[2][-1]) == ("Alice 250", "Alice 1")
    links = [
        re.findall(r'rel="(next|prev)"\s+href="(\S+)"', one.content.decode()) for one in answers
    ]
    assert links == [
        [("next", "?page=2")],
        [("prev", "?page=1"), ("next", "?page=3")],
        [("prev", "?page=2")],
    ]
    for nowhere in ("4", "0", "-1", "x", "02", "٢", "9" * 20):
        assert client.get(history(alice), {"page": nowhere}).status_code == 404


def test_settings_and_what_else_changed_stand_on_one_line_of_time(
    lead: StaffMember, school: Any, clock_at: Any, staff_client: SignIn
) -> None:
    start = datetime(2026, 9, 15, 9, tzinfo=UTC)
    for hour in range(102):
        clock_at(start + timedelta(hours=hour))
        revisions.note(school, {"name": (f"School {hour}", f"School {hour + 1}")}, by=lead)
    clock_at(start + timedelta(hours=1, minutes=30))
    services.change_setting("wait_for_others_minutes", 8, by=lead, why="Ten were long.", seen=0)
    clock_at(start + timedelta(hours=102))
    client = staff_client(lead)
    first, second = (client.get(history(school), {"page": one}) for one in (1, 2))
    told = [
        [one.lines[0].after for one in page.context["page"].changes] for page in (first, second)
    ]
    assert (len(told[0]), told[0][-1]) == (100, "School 3")
    assert (told[1][0], told[1][1:]) == ("8 minutes", ["School 2", "School 1"])


def test_class_names_its_pupils_and_nobody_who_is_gone(
    lead: StaffMember, deputy: StaffMember, amy: Pupil, staff_client: SignIn
) -> None:
    """Who is gone and who is kept from a reader are told alike: neither is told from the other (E30)."""
    ben = factories.make_pupil("Ben", "Birch")
    group = factories.make_group(amy, ben, name="6 Birch")
    revisions.note(group, {"pupils": ([amy.pk], [ben.pk, 77000001])}, by=lead)
    tie = factories.make_guardian(amy, name=deputy.name, email=deputy.email)
    services.block_contact(
        Guardianship.objects.get(guardian=tie), by=lead, blocked_from=date(2026, 9, 15),
        reason="Court order", evidence="Folder B",
    )  # fmt: skip
    what = "Pupils: who went, who came"
    found = {who.name: shown(staff_client(who), group)[0][1] for who in (lead, deputy)}
    assert found == {
        lead.name: [(what, "Amy Ashe", "Ben Birch, a pupil")],
        deputy.name: [(what, "a pupil", "Ben Birch, a pupil")],
    }


# --- Need to know ----------------------------------------------------------------------------------------
def test_reader_sees_the_fields_that_the_row_shows_them_and_no_other(
    lead: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    changed = {"password": ("pbkdf2$old", "pbkdf2$new"), "email": ("a@b.example", "c@d.example")}
    revisions.note(host.user, changed, by=lead)
    revisions.note(host.user, {"last_name": ("Secret", "Hidden")}, by=lead)
    assert shown(staff_client(lead), host.user) == [
        ("Leah Lead", [("Email address", "a@b.example", "c@d.example")])
    ]


def test_e30_own_family_has_no_history(
    lead: StaffMember, deputy: StaffMember, amy: Pupil, alice: Guardian, staff_client: SignIn
) -> None:
    bob = factories.make_guardian(amy, name=deputy.name, email=deputy.email)
    tie = Guardianship.objects.get(guardian=bob)
    services.block_contact(
        tie, by=lead, blocked_from=date(2026, 9, 15), reason="Court order", evidence="Folder B"
    )
    services.change_email(alice, by=lead, email="hidden@family.example")
    services.suspend_contact(amy, by=lead)
    rows = (amy, alice, bob, tie)
    statuses = {
        who.name: [staff_client(who).get(history(row)).status_code for row in rows]
        for who in (lead, deputy)
    }
    assert statuses == {lead.name: [200] * 4, deputy.name: [404] * 4}


def test_e30_pupil_who_is_kept_from_a_reader_is_named_in_no_history(
    lead: StaffMember, deputy: StaffMember, host: StaffMember, co_host: StaffMember, amy: Pupil,
    staff_client: SignIn,
) -> None:  # fmt: skip
    ben = factories.make_pupil("Ben", "Birch")
    factories.make_guardian(ben)
    bob = factories.make_guardian(amy, name=deputy.name, email=deputy.email)
    factories.make_guardian(amy)
    services.block_contact(
        Guardianship.objects.get(guardian=bob), by=lead, blocked_from=date(2026, 9, 15),
        reason="Court order", evidence="Folder B",
    )  # fmt: skip
    meeting = calls.planned(host, [amy, ben], co_hosts=[co_host])
    calls_services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben]))
    what = "Pupils: who went, who came"
    assert shown(staff_client(lead), meeting) == [
        ("Helen Host", [(what, "Amy Ashe", "nobody came")])
    ]
    assert shown(staff_client(deputy), meeting) == [
        ("Helen Host", [(what, "a pupil", "nobody came")])
    ]


def test_history_is_for_those_who_see_the_register(
    staff_client: SignIn, amy: Pupil, host: StaffMember, office: StaffMember, deputy: StaffMember,
    it_superuser: StaffMember, lead: StaffMember,
) -> None:  # fmt: skip
    services.leave(amy, by=lead, on=date(2026, 12, 18))
    got = {
        who.name: staff_client(who).get(history(amy)).status_code
        for who in (host, office, deputy, it_superuser, lead)
    }
    assert got == {
        host.name: 302,
        office.name: 200,
        deputy.name: 200,
        it_superuser.name: 404,
        lead.name: 200,
    }


def test_way_to_the_audit_is_for_those_who_read_it(
    lead: StaffMember, deputy: StaffMember, amy: Pupil, staff_client: SignIn
) -> None:
    link = f'href="/audit/?record=school.pupil%3A{amy.pk}"'
    found = {
        who.name: link in staff_client(who).get(history(amy)).content.decode()
        for who in (lead, deputy)
    }
    assert found == {lead.name: True, deputy.name: False}


def test_settings_tell_their_reasons_to_whoever_sees_them(
    lead: StaffMember, office: StaffMember, school: Any, staff_client: SignIn
) -> None:
    services.change_setting("wait_for_others_minutes", 8, by=lead, why="Ten were long.", seen=0)
    services.change_setting("remind_second_days", 1, by=lead, why="Enough.", seen=0)
    for who, number in ((lead, 2), (office, 1)):
        answer = staff_client(who).get(history(school))
        assert [one.why for one in answer.context["page"].changes][-1] == "Ten were long."
        assert len(answer.context["page"].changes) == number


# --- That it was looked at --------------------------------------------------------------------------------
def test_look_at_what_was_changed_of_people_is_written_down(
    lead: StaffMember, host: StaffMember, amy: Pupil, alice: Guardian, term: Term,
    staff_client: SignIn,
) -> None:  # fmt: skip
    client = staff_client(lead)
    before = Entry.objects.count()
    tie = Guardianship.objects.get()
    for row in (amy, alice, tie, host, host.user, term):
        client.get(history(row))
    client.get(history(Pupil(pk=77000001)))
    looked = Entry.objects.order_by("pk")[before:].values_list("actor", "verb", "object")
    assert list(looked) == [
        (lead.actor, "pupil.read", f"school.pupil:{amy.pk}"),
        (lead.actor, "guardian.read", f"school.guardian:{alice.pk}"),
        (lead.actor, "guardianship.read", f"school.guardianship:{tie.pk}"),
        (lead.actor, "staff.read", f"school.staffmember:{host.pk}"),
        (lead.actor, "account.read", f"auth.user:{host.user_id}"),
    ]


def test_row_is_found_by_its_name_as_it_is_written_down_and_by_no_other(
    lead: StaffMember, amy: Pupil, alice: Guardian, staff_client: SignIn
) -> None:
    """The look would stand in the audit of a record that is none."""
    client = staff_client(lead)
    before = Entry.objects.count()
    tie = Guardianship.objects.get()
    for row in (amy, alice, tie):
        view = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        for name in (f"0{row.pk}", f"+{row.pk}", f"0_{row.pk}", f" {row.pk}", "١"):
            assert client.get(reverse(f"{view}_history", args=[name])).status_code == 404
            found = client.get(reverse(f"{view}_change", args=[name]))
            assert found.headers.get("Location") == reverse("admin:index")
    assert Entry.objects.count() == before
    assert client.get(history(tie)).status_code == 200


# --- What was removed ---------------------------------------------------------------------------------------
def test_what_was_removed_can_be_seen_as_it_was(
    lead: StaffMember, office: StaffMember, host: StaffMember, term: Term, staff_client: SignIn
) -> None:
    services.remove_term(term, by=lead)
    removed = reverse("admin:school_term_removed")
    answer = staff_client(office).get(removed)
    [change] = answer.context["page"].changes
    assert (change.who, [(line.what, line.before) for line in change.lines]) == (
        "Leah Lead",
        [("Name", "Autumn"), ("Starts on", "1 September 2026"), ("Ends on", "18 December 2026")],
    )
    listed = staff_client(office).get(reverse("admin:school_term_changelist")).content.decode()
    assert f'href="{removed}"' in listed
    assert staff_client(host).get(removed).status_code == 302
    nothing = staff_client(office).get(reverse("admin:school_closedday_removed"))
    assert "Nothing was removed here." in nothing.content.decode()


def test_question_tells_each_of_its_texts_beside_the_one_before(
    lead: StaffMember, host: StaffMember, co_host: StaffMember, amy: Pupil, alice: Guardian,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy], co_hosts=[co_host])
    calls_services.revise(meeting, by=host, what=calls.as_it_is(meeting, title="Sums"))
    meeting.refresh_from_db()
    [(who, lines)] = shown(staff_client(lead), meeting.question)
    assert (who, lines) == ("", [("What", "Reading together", "Sums")])


def test_call_that_is_destroyed_takes_its_history_with_it(
    lead: StaffMember, host: StaffMember, co_host: StaffMember, amy: Pupil, alice: Guardian,
) -> None:  # fmt: skip
    one = calls.planned(host, [amy], co_hosts=[co_host])
    other = calls.planned(
        host, [amy], co_hosts=[co_host],
        starts_at=calls.STARTS + timedelta(days=1), ends_at=calls.ENDS + timedelta(days=1),
    )  # fmt: skip
    for meeting in (one, other):
        calls_services.revise(meeting, by=host, what=calls.as_it_is(meeting, title="Sums"))
    gone = keeping.remove([one])
    assert gone["school.revision"] == 1
    assert [row.object for row in revisions.Revision.objects.all()] == [other.about]
