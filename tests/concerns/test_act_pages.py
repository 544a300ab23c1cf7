"""The short pages on which the team works on a concern: what is filled in is what stands on the record."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from concerns import services
from concerns.models import Concern, Link, Task
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HOUR = timedelta(hours=1)
NOT_COME = "This time has not come yet."


@pytest.fixture
def taken(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> Concern:
    """A routine concern about a child that the lead has acknowledged."""
    concern = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")), urgent=False)
    return services.acknowledge(concern, by=lead)


@pytest.fixture
def zadie(school_day: datetime) -> Pupil:
    return factories.make_pupil("Zadie", "Zane")


def typed_at(at: datetime) -> str:
    """A time as a browser sends it."""
    return clock.local(at).strftime("%Y-%m-%dT%H:%M")


def send(client: Client, act: str, concern: Concern, typed: object, *row: int) -> HttpResponse:
    """Press the button of an act."""
    return client.post(reverse(f"concerns:{act}", args=[concern.reference, *row]), typed)


def is_refused(answer: HttpResponse, words: str) -> bool:
    """Tell whether a form came back with these words."""
    return answer.status_code == 422 and words in answer.content.decode()


def kinds(concern: Concern) -> list[str]:
    return list(concern.entries.order_by("pk").values_list("kind", flat=True))


# --- How serious, and what is to be done (A13, A30) -------------------------------------------------
def test_a13_what_the_team_chooses_counts_from_then_on(
    taken: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    assert is_refused(send(client, "weigh", taken, {"reasons": "It is worse."}), "required")

    send(client, "weigh", taken, {"urgency": "urgent", "reasons": "It is worse."})

    taken.refresh_from_db()
    assert (taken.urgency, taken.reported_urgency) == ("urgent", "routine")
    assert taken.entries.get(kind="weighing").text == "It is worse."


def test_a30_task_for_a_day_that_is_over_is_refused_beside_the_day(
    taken: Concern, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    client, today = staff_client(lead), clock.today()
    typed = {"what": "Ring her mother.", "to": deputy.pk}
    late = send(client, "add_task", taken, typed | {"due_on": today - timedelta(days=1)})
    assert is_refused(late, "This day is over: choose today or later.")
    assert not Task.objects.exists()

    send(client, "add_task", taken, typed | {"due_on": today})

    task = Task.objects.get()
    assert (task.what, task.owner, task.due_on) == ("Ring her mother.", deputy, today)


def test_a30_task_is_given_only_to_who_may_read_the_concern(
    taken: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    typed = {"what": "Ring her mother.", "to": colleague.pk, "due_on": clock.today()}
    answer = send(staff_client(lead), "add_task", taken, typed)
    assert is_refused(answer, "Choose one of the people in the list.")
    assert not Task.objects.exists()


# --- The outside (A34, G16, A35, G15) ---------------------------------------------------------------
def test_a34_referral_stands_on_the_record_as_it_was_filled_in(
    taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    agency = make.social_care()
    typed = {
        "agency": agency.pk,
        "person": "Jo Duty",
        "at": typed_at(school_day - HOUR),
        "how": "telephone",
        "reference": "R7",
        "text": "All of it.",
    }

    assert send(staff_client(lead), "refer", taken, typed).status_code == 302

    entry = taken.entries.get(kind="referral")
    assert (entry.agency, entry.person, entry.how) == (agency, "Jo Duty", "telephone")
    assert (entry.agency_reference, entry.text) == ("R7", "All of it.")
    assert entry.dealt_at == school_day - HOUR


def test_a34_referral_needs_no_more_than_to_whom_when_and_what(
    taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    typed = {"agency": make.social_care().pk, "at": typed_at(school_day), "text": "All of it."}
    assert send(staff_client(lead), "refer", taken, typed).status_code == 302
    entry = taken.entries.get(kind="referral")
    assert (entry.person, entry.how, entry.agency_reference) == ("", "", "")


@pytest.mark.parametrize("act", ["refer", "share", "disagree", "notify"])
def test_a34_nothing_is_noted_that_has_not_been_said_yet(
    act: str, taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    typed = {"agency": make.social_care().pk, "at": typed_at(school_day + HOUR), "text": "It all."}
    assert is_refused(send(staff_client(lead), act, taken, typed), NOT_COME)
    assert kinds(taken) == ["acknowledgement"]


@pytest.mark.parametrize("act", ["share", "keep_back", "disagree"])
def test_g16_somebody_outside_is_an_agency_or_a_person_by_name(
    act: str, taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    typed = {"at": typed_at(school_day), "text": "She may be tired.", "reasons": "The order."}
    nobody = send(client, act, taken, typed | {"person": "  "})
    assert is_refused(nobody, "Choose an agency, or write who it is.")
    assert kinds(taken) == ["acknowledgement"]

    assert send(client, act, taken, typed | {"person": "Her aunt"}).status_code == 302

    entry = taken.entries.latest("pk")
    assert (entry.agency, entry.person) == (None, "Her aunt")


def test_a34_answer_is_noted_with_its_time_and_none_that_has_not_come(
    taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    told = make.contact(at=school_day - 2 * HOUR)
    referral = services.refer(taken, by=lead, contact=told, text="All of it.")
    typed = {"result": "accepted", "text": "A visit."}
    ahead = typed | {"at": typed_at(school_day + HOUR)}
    assert is_refused(send(client, "answer", taken, ahead, referral.pk), NOT_COME)

    send(client, "answer", taken, typed | {"at": typed_at(school_day - HOUR)}, referral.pk)

    answer = taken.entries.get(kind="answer")
    assert (answer.follows, answer.result, answer.text) == (referral, "accepted", "A visit.")
    assert answer.dealt_at == school_day - HOUR


def test_a34_that_no_answer_is_awaited_needs_no_time(
    taken: Concern, lead: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    told = make.contact(at=school_day - HOUR)
    referral = services.refer(taken, by=lead, contact=told, text="All of it.")
    typed = {"result": "none", "text": "They moved away."}
    assert send(staff_client(lead), "answer", taken, typed, referral.pk).status_code == 302
    assert taken.entries.get(kind="answer").dealt_at is None


@pytest.mark.parametrize(("knows", "stands"), [("yes", True), ("no", False)])
def test_g15_reader_notes_whose_duty_it_was_who_told_and_whether_the_holder_knows(
    knows: str,
    stands: bool,
    taken: Concern,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    school_day: datetime,
    staff_client: SignIn,
) -> None:
    typed = {
        "holder": host.pk,
        "told_by": deputy.pk,
        "holder_knows": knows,
        "agency": make.social_care().pk,
        "at": typed_at(school_day),
    }
    assert send(staff_client(lead), "notify", taken, typed).status_code == 302
    report = taken.entries.get(kind="notification")
    assert (report.staff, report.told_by, report.by) == (host, deputy, lead)
    assert report.holder_knows is stands


def test_g15_whoever_logged_it_reports_for_themselves_whatever_they_send(
    taken: Concern,
    host: StaffMember,
    lead: StaffMember,
    school_day: datetime,
    staff_client: SignIn,
) -> None:
    client = staff_client(host, second_factor=False)
    page = client.get(reverse("concerns:notify", args=[taken.reference]))
    assert {"holder", "told_by", "holder_knows"} & set(page.context["form"].fields) == set()
    typed = {
        "holder": lead.pk,
        "told_by": lead.pk,
        "holder_knows": "no",
        "agency": make.social_care().pk,
        "at": typed_at(school_day),
    }
    assert send(client, "notify", taken, typed).status_code == 302
    report = taken.entries.get(kind="notification")
    assert (report.staff, report.told_by, report.holder_knows) == (host, host, True)


# --- Other records (E10, E11) -----------------------------------------------------------------------
def test_e10_other_concern_is_found_by_its_reference_however_it_is_typed(
    taken: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    other = make.log(host)
    typed = {"reference": f" {other.reference.lower()} ", "text": "The same afternoon."}
    assert send(staff_client(lead), "link", taken, typed).status_code == 302
    link = Link.objects.get()
    assert ({link.first, link.second}, link.text) == ({taken, other}, "The same afternoon.")


def test_e10_concern_is_not_linked_with_itself(
    taken: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    typed = {"reference": taken.reference, "text": "The same afternoon."}
    answer = send(staff_client(lead), "link", taken, typed)
    assert is_refused(answer, "There is no other concern of this reference.")
    assert not Link.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"find_words": "zane"}, "Choose the right child."),
        ({"find_words": "nobody at all"}, "Nobody on roll is called that."),
        ({"find_words": "zane", "pupil": "hers", "reasons": " "}, "Write how you know."),
    ],
)
def test_e11_nothing_moves_without_a_child_and_how_one_knows(
    typed: dict[str, str],
    words: str,
    taken: Concern,
    zadie: Pupil,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    row = taken.involved.get()
    sent = typed | ({"pupil": str(zadie.pk)} if "pupil" in typed else {})
    assert is_refused(send(staff_client(lead), "move_pupil", taken, sent, row.pk), words)
    assert taken.involved.get().pupil == row.pupil
