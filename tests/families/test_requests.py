"""What families ask about their data: the clock, who may, the copy with nobody else in it, the ending."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from audit.models import Entry
from concerns.models import AccessRequest, Hold
from concerns.policy import HoldWhy
from meetings.models import Meeting
from notices import services as outbox
from notices.models import Notice
from school import rights, services
from school.models import (
    FamilyRequest,
    FamilyRequestStep,
    Guardian,
    Guardianship,
    Pupil,
    StaffMember,
)
from school.rights import Ground, Heard, Outcome, Right, Wish
from school.roles import Role, Viewer
from schoolsafe.families import asking
from schoolsafe.families.gathering import THE_TEAM, gather
from schoolsafe.lib import clock, locking
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log

pytestmark = pytest.mark.django_db

TODAY = date(2026, 9, 15)
WISH = Wish(right=Right.ACCESS, received_on=TODAY, is_for_another=False)
READY = replace(WISH, identity_on=TODAY)
Enter = Callable[..., Client]


def note(by: StaffMember, about: Pupil | Guardian, **facts: Any) -> FamilyRequest:
    """Somebody asks, today and by word of mouth, for a copy unless told otherwise."""
    defaults: dict[str, Any] = {
        "right": Right.ACCESS,
        "pupil": about if isinstance(about, Pupil) else None,
        "guardian": about if isinstance(about, Guardian) else None,
        "is_by_another": False,
        "heard": Heard.SPOKEN,
        "name": "Amina Okafor, at the door",
        "words": "Everything you have about us.",
        "received_on": TODAY,
    }
    return asking.note(by=by, **(defaults | facts))


def known(row: FamilyRequest, by: StaffMember) -> FamilyRequest:
    """It is known who they are."""
    return services.check_identity(row, by=by, happened_on=TODAY, text="Known by sight.")


def words_of(row: FamilyRequest) -> str:
    """Everything that would leave, as one text."""
    return gather(row, today=TODAY).json(school="S", at=clock.now(), code="c").decode()


# --- The rules (G37, G38) ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("right", "outcome", "ground", "is_allowed"),
    [
        (Right.ACCESS, Outcome.WITHDRAWN, None, True),
        (Right.ACCESS, Outcome.REFUSED, Ground.OTHERS, True),
        (Right.ACCESS, Outcome.REFUSED, None, False),
        (Right.ACCESS, Outcome.REFUSED, Ground.DUTY, False),
        (Right.ACCESS, Outcome.GIVEN, None, False),
        (Right.ACCESS, Outcome.MADE, None, False),
        (Right.CORRECT, Outcome.MADE, None, True),
        (Right.CORRECT, Outcome.ELSEWHERE, None, True),
        (Right.CORRECT, Outcome.ADDED, None, True),
        (Right.CORRECT, Outcome.ADDED, Ground.RIGHT_AS_IT_IS, False),
        (Right.CORRECT, Outcome.REFUSED, Ground.RIGHT_AS_IT_IS, True),
        (Right.ERASE, Outcome.REFUSED, Ground.DUTY, True),
        (Right.ERASE, Outcome.ADDED, None, False),
        (Right.OBJECT, Outcome.REFUSED, Ground.GROUNDS, True),
        (Right.OBJECT, Outcome.REFUSED, Ground.RIGHT_AS_IT_IS, False),
    ],
)
def test_g38_ending_is_one_of_its_right_and_refused_only_for_a_lawful_reason(
    right: Right, outcome: Outcome, ground: Ground | None, is_allowed: bool
) -> None:
    wish = replace(READY, right=right)
    if is_allowed:
        rights.check_outcome(wish, outcome, ground)
    else:
        with pytest.raises(NotAllowed):
            rights.check_outcome(wish, outcome, ground)


def test_nothing_is_done_before_it_is_known_who_they_are_but_refusing_and_taking_back() -> None:
    unknown = replace(WISH, right=Right.CORRECT)
    with pytest.raises(NotAllowed, match="Check who they are"):
        rights.check_outcome(unknown, Outcome.MADE, None)
    rights.check_outcome(unknown, Outcome.REFUSED, Ground.IDENTITY)
    rights.check_outcome(unknown, Outcome.WITHDRAWN, None)


def test_who_asks_for_another_has_to_be_allowed_to() -> None:
    assert rights.missing(WISH) == ("Check who they are.",)
    assert rights.missing(replace(READY, is_for_another=True)) == (
        "Check that they may ask for this person.",
    )
    assert rights.missing(replace(READY, is_for_another=True, has_authority=True)) == ()


@pytest.mark.parametrize(
    ("is_blocked", "alone", "responsible", "found"),
    [
        (True, True, True, rights.Barrier.BLOCKED),
        (False, True, True, rights.Barrier.ALONE),
        (False, False, False, rights.Barrier.NO_RESPONSIBILITY),
        (False, False, True, None),
    ],
)
def test_e30_order_keeps_a_child_out_of_a_copy_before_every_other_reason(
    is_blocked: bool, alone: bool, responsible: bool, found: rights.Barrier | None
) -> None:
    assert (
        rights.barrier(
            is_blocked=is_blocked, pupil_answers_alone=alone, has_responsibility=responsible
        )
        is found
    )


@pytest.mark.parametrize("role", list(Role))
def test_who_answers_families_and_who_makes_a_delicate_copy(role: Role) -> None:
    viewer = Viewer(staff_id=1, roles=frozenset({role}))
    leaders = {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER}
    assert rights.may_answer_families(viewer) is (role in {*leaders, Role.OFFICE})
    assert rights.may_release(viewer, is_delicate=False) is (role in {*leaders, Role.OFFICE})
    assert rights.may_release(viewer, is_delicate=True) is (role in leaders)


# --- Noting ------------------------------------------------------------------------------------------
def test_e95_spoken_request_has_the_same_month_and_is_one_however_often_it_is_noted(
    office: StaffMember, maya: Pupil
) -> None:
    row = note(office, maya)
    assert note(office, maya) == row
    assert rights.due_on(row.wish(), today=TODAY) == date(2026, 10, 15)
    assert list(Entry.objects.filter(object=row.object).values_list("verb", "actor")) == [
        ("family.request.noted", office.actor)
    ]


@pytest.mark.parametrize("has_concern", [True, False])
def test_e94_team_hears_of_a_copy_about_every_child_whether_or_not_there_is_a_concern(
    office: StaffMember,
    host: StaffMember,
    maya: Pupil,
    tom: Pupil,
    mum: Guardian,
    has_concern: bool,
) -> None:
    if has_concern:
        log.log(host, log.child(maya))
    row = note(office, mum)
    theirs = AccessRequest.objects.order_by("pupil_id")
    assert [(one.pupil, one.asker) for one in theirs] == [(maya, "parent"), (tom, "parent")]
    held = Hold.objects.filter(why=HoldWhy.ACCESS, lifted_at=None)
    assert {one.pupil for one in held} == {maya, tom}
    assert THE_TEAM in words_of(row)
    assert "concern" not in words_of(row).casefold()


def test_correction_tells_the_safeguarding_team_nothing(office: StaffMember, maya: Pupil) -> None:
    note(office, maya, right=Right.CORRECT)
    assert AccessRequest.objects.count() == 0


def test_e30_member_of_staff_answers_nothing_about_a_child_of_their_own(
    maya: Pupil, mum: Guardian, office: StaffMember, deputy: StaffMember, staff_client: Enter
) -> None:
    row, of_mum = note(deputy, maya, right=Right.CORRECT), note(deputy, mum, right=Right.CORRECT)
    Guardian.objects.filter(pk=mum.pk).update(email=office.email)
    browser = staff_client(office)
    page = browser.get(reverse("family_requests"), {"words": "maya"}).content.decode()
    assert "Maya" not in page
    for one in (row, of_mum):
        assert browser.get(one.get_absolute_url()).status_code == 404
    assert browser.get(reverse("ask_about_pupil", args=[maya.pk])).status_code == 404
    assert browser.get(reverse("ask_about_guardian", args=[mum.pk])).status_code == 404
    with pytest.raises(NotAllowed, match="family of this pupil"):
        note(office, maya)
    with pytest.raises(NotAllowed, match="Somebody else answers this"):
        known(row, office)


def test_whoever_is_no_part_of_it_notes_nothing(host: StaffMember, maya: Pupil) -> None:
    with pytest.raises(NotAllowed, match="answer families"):
        note(host, maya)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": " "}, "Write down who asks"),
        ({"words": ""}, "Write down who asks"),
        ({"received_on": TODAY + timedelta(days=1)}, "on a day to come"),
    ],
)
def test_request_says_who_what_and_when(
    office: StaffMember, maya: Pupil, facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotAllowed, match=words):
        note(office, maya, **facts)


def test_database_refuses_a_request_about_nobody_and_an_ending_without_its_reason(
    office: StaffMember, maya: Pupil
) -> None:
    row = note(office, maya, right=Right.ERASE)
    for wrong in (
        {"pupil": None},
        {"outcome": "refused", "ended_at": clock.now()},
        {"outcome": "made"},
        {"right": "everything"},
        {"name": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FamilyRequest.objects.filter(pk=row.pk).update(**wrong)


# --- The steps ---------------------------------------------------------------------------------------
def test_clock_stands_until_they_have_shown_who_they_are(
    office: StaffMember, mum: Guardian
) -> None:
    row = note(office, mum, received_on=TODAY - timedelta(days=10))
    row = services.ask_identity(
        row, by=office, happened_on=TODAY - timedelta(days=4), text="A passport, seen here."
    )
    with pytest.raises(NotAllowed, match="asked already"):
        services.ask_identity(row, by=office, happened_on=TODAY, text="again")
    row = known(row, office)
    assert rights.due_on(row.wish(), today=TODAY) == date(2026, 10, 9)
    row = services.extend_family_request(
        row, by=office, happened_on=TODAY, text="Six years of letters; told by letter."
    )
    assert rights.due_on(row.wish(), today=TODAY) == date(2026, 12, 9)


def test_parent_under_an_order_cannot_be_let_ask_about_the_child(
    office: StaffMember, lead: StaffMember, maya: Pupil
) -> None:
    blocked = factories.make_blocked_guardian(maya, approved_by=lead, blocked_from=TODAY)
    row = known(note(office, maya, guardian=blocked), office)
    with pytest.raises(NotAllowed, match="an order stands against contact"):
        services.check_authority(row, by=lead, happened_on=TODAY, text="He says so.")


def test_step_needs_words_and_a_day_on_which_it_can_have_been(
    office: StaffMember, maya: Pupil
) -> None:
    row = note(office, maya)
    for text, on, words in (
        (" ", TODAY, "Write how"),
        ("x", TODAY + timedelta(days=1), "not before"),
        ("x", TODAY - timedelta(days=1), "had not asked yet"),
    ):
        with pytest.raises(NotAllowed, match=words):
            services.check_identity(row, by=office, happened_on=on, text=text)
    assert FamilyRequestStep.objects.filter(request=row).count() == 1


def test_correction_that_cannot_be_written_over_stands_beside_it_in_the_next_copy(
    office: StaffMember, mum: Guardian, call: Meeting
) -> None:
    row = note(office, mum, right=Right.CORRECT, words="I said yes in May, not in June.")
    row = services.decide_family_request(
        known(row, office),
        by=office,
        outcome=Outcome.ADDED,
        ground=None,
        happened_on=TODAY,
        text="Amina Okafor says that she said yes in May.",
    )
    assert row.ended_at == clock.now()
    with pytest.raises(NotAllowed, match="It has ended"):
        services.check_identity(row, by=office, happened_on=TODAY, text="x")
    assert "Amina Okafor says that she said yes in May." in words_of(note(office, mum))


def test_what_was_decided_is_in_the_audit_without_a_word_of_it(
    office: StaffMember, mum: Guardian
) -> None:
    row = known(note(office, mum, right=Right.ERASE), office)
    services.decide_family_request(
        row,
        by=office,
        outcome=Outcome.REFUSED,
        ground=Ground.DUTY,
        happened_on=TODAY,
        text="Told that answers are kept for six years.",
    )
    told = Entry.objects.filter(object=row.object).order_by("pk")
    assert [one.verb for one in told] == [
        "family.request.noted", "family.request.identity", "family.request.ended",
    ]  # fmt: skip
    assert [one.detail for one in told] == [{}, {}, {}]


def test_who_stands_on_record_asks_under_that_name_and_somebody_else_is_asked_for_theirs(
    office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Callable[..., Client]
) -> None:
    client, page = staff_client(office), reverse("ask_about_pupil", args=[maya.pk])
    typed = {
        "right": Right.CORRECT.value, "heard": Heard.SPOKEN.value, "words": "Her name.",
        "received_on": TODAY.isoformat(), "name": "",
    }  # fmt: skip
    refused = client.post(page, typed | {"who": "other"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["name"])
    for who in (str(mum.pk), "pupil"):
        assert client.post(page, typed | {"who": who}).status_code == 302
    client.post(page, typed | {"who": "other", "name": "A. Solicitor"})
    names = FamilyRequest.objects.order_by("pk").values_list("name", flat=True)
    assert [str(name) for name in names] == [mum.name, str(maya), "A. Solicitor"]


# --- What was changed, in a copy ----------------------------------------------------------------------
def changed_in(row: FamilyRequest) -> list[tuple[str, ...]]:
    """What a copy tells of changes: about whom, what, before and after."""
    sections = json.loads(words_of(row))["sections"]
    return [
        (one["About"], one["What"], one.get("Before", ""), one.get("After", ""))
        for section in sections
        if section["key"] == "changes"
        for one in section["records"]
    ]


def test_copy_tells_what_was_changed_of_whoever_gets_it_and_of_nobody_else(
    office: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    """E30, E94: orders, the other parent and what the staff keep lie beside it."""
    services.change_email(mum, by=office, email="amina@new.example")
    services.change_email(dad, by=office, email="bayo@hidden.example")
    services.change_email(maya, by=office, email="maya@school.example")
    services.suspend_contact(maya, by=lead)
    services.leave(maya, by=lead, on=date(2027, 7, 20))
    assert changed_in(note(office, mum)) == [
        ("You", "E-mail", "amina@family.example", "amina@new.example"),
        ("Maya Okafor", "Left on", "", "2027-07-20"),
    ]
    assert changed_in(note(office, maya)) == [
        ("Maya Okafor", "E-mail", "", "maya@school.example"),
        ("Maya Okafor", "Left on", "", "2027-07-20"),
    ]
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    assert changed_in(note(office, mum)) == [
        ("You", "E-mail", "amina@family.example", "amina@new.example")
    ]


def test_e30_address_of_the_other_parent_that_stood_here_by_mistake_is_not_told(
    office: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    services.change_email(mum, by=office, email="amina+safe@hidden.example")
    services.change_email(dad, by=office, email="Amina@hidden.example")
    services.change_email(mum, by=office, email="amina@third.example")
    services.change_email(dad, by=office, email="bayo@elsewhere.example")
    services.block_contact(
        Guardianship.objects.get(guardian=dad), by=lead, blocked_from=TODAY,
        reason="Court order", evidence="Folder B",
    )  # fmt: skip
    row = note(office, dad)
    assert changed_in(row) == [
        ("You", "E-mail", "bayo@elsewhere.example", "somebody else’s"),
        ("You", "E-mail", "somebody else’s", "bayo@elsewhere.example"),
    ]
    told = words_of(row)
    assert ("hidden.example" in told, "Court order" in told, "Maya" in told) == (False,) * 3


def test_e42_address_of_the_child_that_stood_at_a_parent_by_mistake_is_not_told(
    office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    services.change_email(maya, by=office, email="maya@own.example")
    services.change_email(mum, by=office, email="Maya@own.example")
    services.change_email(mum, by=office, email="amina@new.example")
    services.change_email(maya, by=office, email="maya@later.example")
    assert changed_in(note(office, mum)) == [
        ("You", "E-mail", "amina@family.example", "somebody else’s"),
        ("You", "E-mail", "somebody else’s", "amina@new.example"),
    ]


# --- What is in a copy -------------------------------------------------------------------------------
def test_copy_of_a_guardian_has_their_own_and_the_child_and_nothing_of_anybody_else(
    office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, other: Pupil, call: Meeting
) -> None:
    """E32, E35: real data of the other parent, another family and the staff lie beside it."""
    told = words_of(note(office, mum))
    own = ("amina@family.example", "07700 900111", "Maya Okafor", "Oak class", call.title)
    assert [word for word in own if word not in told] == []
    letters = [one for one in json.loads(told)["sections"] if one["key"] == "letters"]
    sent = Notice.objects.filter(guardian=mum, state="sent").count()
    assert len(letters[0]["records"]) == sent > 0
    foreign = (
        dad.name, dad.email, "07700 900222", "I do not trust Amina", "Zachary", "Zelda", "quill",
        "teams.microsoft.com", *(person.email for person in StaffMember.objects.all()),
    )  # fmt: skip
    assert [word for word in foreign if word in told] == []


def test_copy_of_a_pupil_has_no_guardian_in_it(
    office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, call: Meeting
) -> None:
    told = words_of(note(office, maya))
    assert call.title in told
    foreign = (mum.name, mum.email, dad.name, dad.email, "07700 900111", "I do not trust")
    assert [word for word in foreign if word in told] == []


def test_e30_nothing_of_a_child_is_in_the_copy_of_a_parent_under_an_order(
    office: StaffMember, lead: StaffMember, maya: Pupil, tom: Pupil, dad: Guardian, call: Meeting
) -> None:
    factories.tie_guardian(dad, tom, relationship="father")
    before = words_of(note(office, dad))
    assert [name for name in ("Maya", "Tom", call.title) if name not in before] == []
    tie = Guardianship.objects.get(guardian=dad, pupil=maya)
    services.block_contact(
        tie, by=lead, blocked_from=TODAY, reason="non-molestation order", evidence="case file 12"
    )
    row = note(office, dad)
    told, bundle = words_of(row), gather(row, today=TODAY)
    assert [w for w in ("Maya", call.title, "order", "case file", "blocked") if w in told] == []
    assert "Tom Okafor" in told
    assert bundle.left_out[0] == "Everything about Maya Okafor: an order stands against contact"
    assert bundle.is_delicate


def test_e30_order_counts_for_another_entry_of_the_same_person(
    office: StaffMember, lead: StaffMember, maya: Pupil, dad: Guardian, call: Meeting
) -> None:
    factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=TODAY, name="B. Adeyemi", email=dad.email
    )
    assert "Maya" not in words_of(note(office, dad))


def test_e33_confidential_address_leaves_nothing_by_which_a_child_is_found(
    office: StaffMember, maya: Pupil, mum: Guardian, call: Meeting
) -> None:
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    row = note(office, mum)
    told = words_of(row)
    assert [word for word in ("Oak class", call.title) if word in told] == []
    assert "Maya Okafor" in told
    assert gather(row, today=TODAY).is_delicate


def test_e42_nothing_of_a_pupil_who_decides_themselves_is_in_a_guardians_copy(
    office: StaffMember, maya: Pupil, mum: Guardian, call: Meeting
) -> None:
    Pupil.objects.filter(pk=maya.pk).update(born_on=date(2008, 1, 1))
    assert "Maya" not in words_of(note(office, mum))


# --- Making it ---------------------------------------------------------------------------------------
def sent_form(browser: Client, row: FamilyRequest, **facts: Any) -> Any:
    """Open the page of the copy, and send the form as it stands there."""
    page = browser.get(reverse("family_copy", args=[row.reference]))
    typed = {
        "read": page.context["bundle"].text_sha256,
        "whom": "Amina Okafor, by hand at the office",
        "text": "",
        "passphrase": page.context["passphrase"],
        "has_looked": "on",
    }
    return browser.post(reverse("family_copy", args=[row.reference]), typed | facts), typed


def test_copy_is_locked_on_record_and_the_same_for_machines_is_inside(
    office: StaffMember, mum: Guardian, call: Meeting, staff_client: Enter
) -> None:
    row = known(note(office, mum), office)
    answer, typed = sent_form(staff_client(office), row)
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.is_encrypted
    assert reader.decrypt("wrong") == 0
    assert reader.decrypt(typed["passphrase"])
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "amina@family.example" in text
    inside = json.loads(reader.attachments["data.json"][0])
    step = row.steps.get(kind=rights.Step.RELEASED)
    assert inside["number"] == step.code
    assert {part["key"] for part in inside["sections"]} >= {"guardian", "ties", "letters"}
    assert step.whom == "Amina Okafor, by hand at the office"
    entry = Entry.objects.get(verb="family.request.released")
    assert (entry.object, entry.actor, entry.detail) == (
        row.object, office.actor, {"copy": step.code},
    )  # fmt: skip


def test_copy_that_has_changed_since_it_was_read_is_not_made(
    office: StaffMember, mum: Guardian, call: Meeting, staff_client: Enter
) -> None:
    row = known(note(office, mum), office)
    answer, _ = sent_form(staff_client(office), row, read="0" * 64)
    assert answer.status_code == 422
    assert "has changed meanwhile" in answer.content.decode()
    assert row.steps.filter(kind=rights.Step.RELEASED).count() == 0


def test_copy_is_not_made_before_it_is_known_who_they_are(
    office: StaffMember, mum: Guardian, staff_client: Enter
) -> None:
    row = note(office, mum)
    answer, _ = sent_form(staff_client(office), row)
    assert (answer.status_code, row.steps.count()) == (422, 1)


def test_office_makes_no_copy_where_an_order_is_in_play_and_the_lead_does(
    office: StaffMember, lead: StaffMember, maya: Pupil, staff_client: Enter
) -> None:
    blocked = factories.make_blocked_guardian(maya, approved_by=lead, blocked_from=TODAY)
    row = known(note(office, blocked), office)
    answer, _ = sent_form(staff_client(office), row)
    assert answer.status_code == 422
    assert "headteacher makes this copy" in answer.content.decode()
    answer, _ = sent_form(staff_client(lead), row)
    assert answer["Content-Type"] == "application/pdf"


def test_passphrase_that_somebody_chose_is_not_taken(
    office: StaffMember, mum: Guardian, staff_client: Enter
) -> None:
    row = known(note(office, mum), office)
    answer, _ = sent_form(staff_client(office), row, passphrase="letmein")
    assert answer.status_code == 422
    assert locking.is_passphrase("letmein") is False


# --- Reminders and pages -----------------------------------------------------------------------------
def test_office_is_reminded_until_it_has_ended_and_nobody_else(
    office: StaffMember, lead: StaffMember, mum: Guardian, clock_at: Callable[..., object]
) -> None:
    row = note(office, mum, right=Right.CORRECT)
    # 16 October: the answer was due the day before.
    clock_at(clock.now() + timedelta(days=31))
    outbox.run_due(clock.now())
    told = Notice.objects.filter(kind=asking.REQUESTED)
    assert {one.staff for one in told} == {office}
    row = known(row, office)
    asking.do(
        services.decide_family_request,
        row,
        by=office,
        outcome=Outcome.ELSEWHERE,
        ground=None,
        happened_on=clock.today(),
        text="Put right in the school's own system.",
    )
    number = told.count()
    clock_at(clock.now() + timedelta(days=2))
    outbox.run_due(clock.now())
    assert told.count() == number


def test_whole_of_a_correction_by_the_pages(
    office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Enter
) -> None:
    browser = staff_client(office)
    found = browser.get(reverse("family_requests"), {"words": "may"}).content.decode()
    assert reverse("ask_about_pupil", args=[maya.pk]) in found
    assert reverse("ask_about_guardian", args=[mum.pk]) in found
    typed = {
        "right": "correct", "who": str(mum.pk), "name": "Amina", "heard": "spoken",
        "received_on": "2026-09-15", "words": "Her name is Maja.",
    }  # fmt: skip
    there = reverse("ask_about_pupil", args=[maya.pk])
    again = browser.post(there, typed | {"received_on": "2026-09-16"})
    assert (again.status_code, "Her name is Maja." in again.content.decode()) == (422, True)
    browser.post(there, typed)
    row = FamilyRequest.objects.get()
    for act, more in (
        ("identity", {}),
        ("authority", {}),
        ("decide", {"outcome": "elsewhere", "ground": ""}),
    ):
        step = {"happened_on": "2026-09-15", "text": "As it should be."} | more
        sent = browser.post(reverse("family_request_act", args=[row.reference, act]), step)
        assert sent.status_code == 302, act
    row.refresh_from_db()
    assert (row.outcome, row.ground, row.guardian) == ("elsewhere", "", mum)
    assert browser.get(row.get_absolute_url()).status_code == 200


def test_refusal_without_its_reason_says_so_beside_the_field(
    office: StaffMember, maya: Pupil, staff_client: Enter
) -> None:
    row = known(note(office, maya, right=Right.ERASE), office)
    answer = staff_client(office).post(
        reverse("family_request_act", args=[row.reference, "decide"]),
        {"outcome": "refused", "ground": "", "happened_on": "2026-09-15", "text": "No."},
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["ground"] == [
        "Choose the lawful reason: without one it cannot be refused."
    ]


def test_list_asks_the_same_however_many_ask(
    office: StaffMember, staff_client: Enter, django_assert_num_queries: Callable[..., Any]
) -> None:
    browser = staff_client(office)
    note(office, factories.make_pupil(), right=Right.CORRECT)
    browser.get(reverse("family_requests"))
    with django_assert_num_queries(12) as first:
        browser.get(reverse("family_requests"))
    for _ in range(3):
        note(office, factories.make_pupil(), right=Right.CORRECT)
    with django_assert_num_queries(len(first)):
        browser.get(reverse("family_requests"))
