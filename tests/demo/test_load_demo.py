"""The demo school has everybody and everything that a visitor should meet."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count

from audit import services as audit
from audit.models import Entry
from concerns.models import Concern
from consent import selectors as consent
from consent.models import Answer, StandingConsent
from meetings import policy, services
from meetings.models import Meeting, Purpose
from notices import selectors as outbox
from notices.models import Ladder, Notice
from school import calendar as hours
from school import selectors as school
from school.models import Guardian, Guardianship, OwnConsent, Pupil, StaffMember, TeachingGroup
from school.policy import is_adult
from school.roles import Role
from school.terms import calendar
from schoolsafe.demo.people import BY_EMAIL
from schoolsafe.lib import clock
from tests.demo.conftest import Demo
from tests.demo.digest import consents, digest

# Nothing makes a database where no test says that it needs one: this file can be run alone.
pytestmark = pytest.mark.django_db
LINK_UP = "Reading link-up with Hill View School"
SOON = "Reading together: The Iron Man"


def pupil(name: str) -> Pupil:
    given, family = name.split()
    return Pupil.objects.get(given_name=given, family_name=family)


def meeting(title: str) -> Meeting:
    return Meeting.objects.get(title=title)


def staff(name: str) -> StaffMember:
    return StaffMember.objects.get(name=name)


# --- Who is there ---------------------------------------------------------------------------------
def test_school_loaded_has_its_size(demo: Demo) -> None:
    years = Counter(Pupil.objects.values_list("year_group", flat=True))
    assert years == {0: 30, 1: 30, 2: 30, 3: 30, 4: 30, 5: 30, 6: 30, 12: 1, 13: 1}
    assert StaffMember.objects.count() == 25
    assert 295 <= Guardian.objects.count() <= 320
    assert TeachingGroup.objects.count() == 15


def test_roles_loaded_are_all_held(demo: Demo) -> None:
    today = clock.local(demo.now).date()
    held = {role: len(school.holders(role, on=today)) for role in Role}
    assert held == {
        Role.STAFF: 20,
        Role.SAFEGUARDING: 3,
        Role.DSL: 1,
        Role.HEADTEACHER: 1,
        Role.CHAIR: 1,
        Role.OFFICE: 2,
        Role.GOVERNOR: 1,
        Role.IT: 1,
    }


def test_people_listed_are_the_staff(demo: Demo) -> None:
    lasting = StaffMember.objects.filter(works_from=None).select_related("user")
    assert set(BY_EMAIL) == {person.email for person in lasting}


def test_rota_loaded_covers_every_school_hour(demo: Demo) -> None:
    monday = clock.local(demo.now).replace(hour=8, minute=15) - timedelta(days=1)
    uncovered = [
        at
        for day in range(5)
        for quarter in range(34)
        if not school.on_duty(at := monday + timedelta(days=day, minutes=15 * quarter))
    ]
    assert uncovered == []


def test_today_loaded_is_a_school_day_in_term(demo: Demo) -> None:
    today = clock.local(demo.now).date()
    assert hours.is_school_day(calendar(), today)
    assert hours.gaps(calendar(), on=today) == []


def test_addresses_loaded_belong_to_nobody(demo: Demo) -> None:
    known = [*Guardian.objects.values_list("email", flat=True), *BY_EMAIL, *demo.recipients]
    assert [address for address in known if address and not address.endswith(".example")] == []
    numbers = [
        *Guardian.objects.values_list("telephone", flat=True),
        *StaffMember.objects.values_list("telephone", flat=True),
    ]
    drama = [number for number in numbers if number.startswith("07700 900") and len(number) == 12]
    assert len(drama) == sum(bool(number) for number in numbers)


def test_purposes_loaded_have_every_recording_rule(demo: Demo) -> None:
    rules = set(Purpose.objects.values_list("recording_rule", flat=True))
    assert rules == {rule.value for rule in policy.RecordingRule}


# --- The awkward families -------------------------------------------------------------------------
def test_e7_deputy_is_mother_of_a_pupil(demo: Demo) -> None:
    assert Guardian.objects.get(pupils=pupil("Anika Raman")).email == staff("Priya Raman").email


def test_e11_only_two_children_of_a_year_share_a_name_and_are_in_two_classes(demo: Demo) -> None:
    twice = Pupil.objects.values("given_name", "family_name", "year_group").annotate(
        count=Count("pk")
    )
    assert [
        (row["given_name"], row["family_name"], row["year_group"])
        for row in twice
        if row["count"] > 1
    ] == [("Amelia", "Khan", 4)]
    groups = TeachingGroup.objects.filter(pupils__family_name="Khan", pupils__given_name="Amelia")
    assert sorted(group.name for group in groups) == ["Year 4 Ash", "Year 4 Birch"]


def test_e29_two_guardians_share_a_mailbox(demo: Demo) -> None:
    addresses = Guardian.objects.filter(pupils=pupil("Noah Baptiste")).values_list(
        "email", flat=True
    )
    assert list(addresses) == ["baptiste.family@mail.example"] * 2


def test_e30_father_under_an_order_is_blocked_with_evidence_and_approver(demo: Demo) -> None:
    tie = Guardianship.objects.get(guardian__name="Bayo Okafor")
    assert (tie.pupil, tie.block_approved_by) == (pupil("Maya Okafor"), staff("Joan Whitfield"))
    assert tie.block_evidence == "Sealed order of the family court, safe, folder 12"
    assert tie.facts().is_blocked(on=clock.today())


def test_e31_allowed_mother_shares_the_mailbox_of_the_blocked(demo: Demo) -> None:
    poppy = pupil("Poppy Lewis")
    mother = Guardian.objects.get(name="Jess Lewis")
    contact = school.contact_for(mother.pk, [poppy.pk], demo.now)
    assert contact.refused == "the address is shared with somebody who may not be contacted"
    assert Guardianship.objects.get(guardian__name="Carl Dunn").blocked_until is not None


def test_blocked_guardians_have_no_letter(demo: Demo) -> None:
    blocked = Guardian.objects.filter(guardianships__blocked_from__isnull=False)
    addresses = set(blocked.values_list("email", flat=True))
    assert addresses == {
        "bayo.okafor@mail.example",
        "dunn.lewis@mail.example",
        "victor.marin@mail.example",
    }
    # Each was somebody to ask, had it not been for the block: the other parent was written to.
    assert {"amina.okafor@mail.example", "rita.lewis@mail.example"} <= set(demo.recipients)
    assert addresses & set(demo.recipients) == set()


def test_e33_address_is_confidential(demo: Demo) -> None:
    assert pupil("Sofia Marin").is_address_confidential


def test_e35_parents_disagree(demo: Demo) -> None:
    assert consents(meeting(LINK_UP), demo.now)["Oliver Hartley"] == "conflict"


def test_e36_both_are_needed_and_one_is_missing(demo: Demo) -> None:
    assert consents(meeting(LINK_UP), demo.now)["Zara Ahmed"] == "waiting"


def test_e41_pupil_of_18_answers_for_himself(demo: Demo) -> None:
    marcus = pupil("Marcus Bright")
    assert is_adult(marcus.born_on, on=clock.today())
    assert (
        consents(meeting("Reading mentors from the sixth form"), demo.now)[str(marcus)] == "given"
    )
    assert "denise.bright@mail.example" not in demo.recipients
    assert "marcus.bright@sixthform.example" in demo.recipients


def test_e42_pupil_of_16_or_17_waits_for_the_leads_approval(demo: Demo) -> None:
    ines = pupil("Ines Duarte")
    assert (is_adult(ines.born_on, on=clock.today()), ines.decides_from) == (False, None)
    proposed = OwnConsent.objects.get(pupil=ines)
    assert (proposed.asked_by, proposed.approved_by) == (staff("Olive Martin"), None)
    lead = staff("Joan Whitfield").viewer()
    assert school.own_consents_to_approve(lead, clock.today()) == [proposed]


def test_e43_social_worker_counts_and_the_carer_does_not(demo: Demo) -> None:
    ties = Guardianship.objects.filter(pupil=pupil("Jayden Cole")).order_by("pk")
    assert [
        (tie.relationship, tie.is_corporate_parent, tie.counts_for_consent) for tie in ties
    ] == [
        ("social worker", True, True),
        ("foster carer", False, False),
        ("mother", False, False),
    ]
    assert consents(meeting(LINK_UP), demo.now)["Jayden Cole"] == "given"


def test_e44_siblings_share_a_guardian_and_one_answer_is_not_the_others(demo: Demo) -> None:
    ada, chidi = pupil("Ada Okonkwo"), pupil("Chidi Okonkwo")
    assert list(ada.siblings.all()) == [chidi]
    assert list(ada.guardians.all()) == list(chidi.guardians.all())
    standing = consents(meeting(LINK_UP), demo.now)
    assert (standing[str(ada)], standing[str(chidi)]) == ("given", "waiting")


def test_e45_nobody_can_be_written_to(demo: Demo) -> None:
    assert consents(meeting(LINK_UP), demo.now)["Leo Turner"] == "no_contact"


def test_e48_bereaved_family_is_left_in_peace(demo: Demo) -> None:
    assert pupil("Isla Fraser").is_contact_suspended
    written = {"moira.fraser@mail.example", "angus.fraser@mail.example"} & set(demo.recipients)
    assert written == set()


def test_e59_trainee_and_teacher_on_leave_do_not_count(demo: Demo) -> None:
    assert not staff("Kit Lawson").is_eligible_for_calls
    assert (
        staff("Fiona Grant")
        .absences.filter(starts_at__lte=demo.now, ends_at__gte=demo.now)
        .exists()
    )


def test_e60_two_teachers_share_a_home(demo: Demo) -> None:
    homes = Counter(StaffMember.objects.exclude(household="").values_list("household", flat=True))
    assert homes == {"Bennett": 2}


# --- Calls ----------------------------------------------------------------------------------------
def test_meetings_loaded_are_in_every_state(demo: Demo) -> None:
    states = Counter(Meeting.objects.values_list("status", flat=True))
    assert states == {
        "draft": 1,
        "asked": 7,
        "shared": 1,
        "open": 3,
        "ended": 1,
        "closed": 3,
        "cancelled": 1,
    }
    held = Meeting.objects.exclude(on_hold_since=None)
    assert [row.title for row in held] == ["Phonics for two who are at home"]


def test_call_of_every_week_has_a_yes_for_the_year_and_a_wish_to_be_rung(demo: Demo) -> None:
    weekly = Meeting.objects.filter(title="Weekly reading group").order_by("starts_at")
    assert [(row.series_id is not None, row.status) for row in weekly] == [(True, "asked")] * 4
    begins = [clock.local(row.starts_at) for row in weekly]
    assert {(at.weekday(), at.hour, at.minute) for at in begins} == {(begins[0].weekday(), 13, 15)}
    assert [list(consents(row, demo.now).values()) for row in weekly] == [
        ["given", "given", "follow_up"]
    ] * 4
    [standing] = StandingConsent.objects.all()
    assert standing.answer.request.question_id == meeting(SOON).question_id
    rested = Answer.objects.filter(standing=standing).values_list("request__question", flat=True)
    assert sorted(rested) == sorted(row.question_id or 0 for row in weekly)
    told = Notice.objects.filter(kind="consent_notice", state="sent")
    assert [one.guardian for one in told] == [standing.guardian]
    listed = consent.folded(consent.worklist(staff("Olive Martin").viewer(), demo.now).items)
    to_do = [item for item in listed if item.asked.question.series and item.task.is_to_do]
    assert [len(item.also) + 1 for item in to_do] == [4]


def test_incidents_loaded_are_open_but_for_one_that_is_settled(demo: Demo) -> None:
    assert digest(demo.now)["incidents"] == [
        ("Good morning from Reception", "unclosed", False),
        ("Poetry circle", "one_to_one", False),
        ("Show and tell", "hung_up", True),
    ]


def test_ready_call_can_be_shared_at_once(demo: Demo) -> None:
    with transaction.atomic():
        shared = services.share_by_email(
            meeting("Science club: bridges from paper"), by=staff("Helen Marsh")
        )
        assert shared.status == "shared"
        assert shared.shares.count() == 2
        transaction.set_rollback(True)


def test_door_of_the_coming_call_opens_once_the_other_adult_confirms(demo: Demo) -> None:
    coming = meeting(SOON)
    assert coming.starts_at - demo.now == timedelta(minutes=10)
    sam = staff("Sam Adeyemi")
    with transaction.atomic():
        items = [item for item in policy.CheckItem if item is not policy.CheckItem.RECORDING]
        services.confirm(coming, by=sam, items=items)
        assert services.open_door(coming, by=sam).status == "open"
        transaction.set_rollback(True)


def test_running_call_has_a_full_register(demo: Demo) -> None:
    kinds = {entry.kind for entry in meeting("Link-up with Escola do Rio, Lisbon").register.all()}
    assert kinds == {
        "door_opened",
        "at_door",
        "admitted",
        "unknown_name",
        "presenting",
        "muted",
    }


# --- Concerns -------------------------------------------------------------------------------------
def test_concerns_loaded_are_in_every_state(demo: Demo) -> None:
    assert {
        key: (status, desk, is_undecided)
        for key, (status, _, desk, _, is_undecided) in digest(demo.now)["concerns"].items()
    } == {
        1: ("logged", "team", True),
        2: ("logged", "team", True),
        3: ("logged", "team", True),
        4: ("acknowledged", "team", True),
        5: ("acknowledged", "team", False),
        6: ("closed", "team", False),
        7: ("reopened", "team", True),
        8: ("acknowledged", "headteacher", True),
        9: ("acknowledged", "headteacher", False),
        10: ("acknowledged", "team", False),
    }


def test_urgent_concern_has_climbed_to_the_headteacher(demo: Demo) -> None:
    urgent = Concern.objects.get(urgency="urgent", status="logged")
    assert demo.now - urgent.logged_at == timedelta(minutes=40)
    told = Notice.objects.about(urgent.object).filter(kind="concern_escalated", state="sent")
    assert staff("Margaret Oyelaran").pk in set(told.values_list("staff_id", flat=True))
    assert Ladder.objects.open().filter(about=urgent.object).count() == 1


def test_concern_about_the_deputy_does_not_exist_for_him(demo: Demo) -> None:
    about_him = Concern.objects.get(involved__staff=staff("Daniel Osei"))
    visible = Concern.objects.visible_to(staff("Daniel Osei").viewer())
    assert visible.exists()
    assert not visible.filter(pk=about_him.pk).exists()
    assert not Notice.objects.about(about_him.object).filter(staff=staff("Daniel Osei")).exists()


def test_concern_from_home_was_hurried_by_the_call_nobody_took(demo: Demo) -> None:
    from_home = Concern.objects.get(is_from_home=True)
    assert from_home.is_hurried
    assert from_home.entries.get(kind="call").was_reached is False


# --- The whole ------------------------------------------------------------------------------------
def test_mailbox_loaded_is_not_flooded_and_nothing_waits(demo: Demo) -> None:
    # Enough to look at, and no more than a call with a few families brings.
    assert 100 <= len(demo.recipients) <= 14 * Meeting.objects.count()
    states = set(Notice.objects.values_list("state", flat=True))
    assert states == {"sent", "dropped"}
    assert outbox.silence(demo.now) == ""


def test_audit_chain_loaded_verifies_and_runs_forward(demo: Demo) -> None:
    assert audit.verify() is None
    times = list(Entry.objects.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)


def test_load_on_another_day_is_the_same_school(demo: Demo) -> None:
    assert digest(demo.now) == demo.on_another_day


def test_if_empty_with_a_school_changes_nothing(demo: Demo) -> None:
    before = Entry.objects.count()
    call_command("load_demo", if_empty=True)
    assert Entry.objects.count() == before


def test_load_with_a_school_is_refused(demo: Demo) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("load_demo")
    assert str(refused.value) == (
        "There is a school already. To make the demo new: python manage.py load_demo --again"
    )
