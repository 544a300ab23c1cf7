"""What of the Log waits on the start page, for whom, and for whom it does not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from concerns import services
from concerns.models import Concern
from concerns.policy.requests import Asker, Heard
from school.cards import Card
from school.models import Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
ASKED = "You are asked about a concern that you logged"
SECOND = "Concerns to sign as the second person"
TASKS = "Your tasks about concerns"
FILES = "Requests to see a child's file"
LEAVING = "Files of children who leave"


@pytest.fixture
def amy(school_day: datetime) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def taken(
    amy: Pupil, host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> Concern:
    """An urgent concern about Amy that the lead has acknowledged and decided."""
    concern = make.log(host, make.child(amy))
    services.acknowledge(concern, by=lead)
    make.decide(concern, lead)
    return concern


def waits(client: Client, title: str) -> Card | None:
    """The card of this title on the start page."""
    cards = [card for card in client.get("/").context["cards"] if card.title == title]
    return cards[0] if cards else None


def test_a24_question_waits_for_the_reporter_until_it_is_answered(
    taken: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    assert waits(client, ASKED) is None
    question = services.ask(taken, by=lead, text="Which arm was it?")

    card = waits(client, ASKED)
    assert card is not None
    assert (card.count, card.url) == (1, reverse("concerns:received", args=[taken.reference]))
    assert waits(staff_client(deputy), ASKED) is None

    client.post(reverse("concerns:reply", args=[taken.reference, question.pk]), {"text": "Left"})
    assert waits(client, ASKED) is None


def test_a32_signing_waits_for_those_who_may_be_the_second_and_not_for_who_decided(
    taken: Concern, lead: StaffMember, deputy: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    services.ask_second(taken, by=lead)

    card = waits(staff_client(deputy), SECOND)
    assert card is not None
    assert (card.count, card.url) == (1, taken.get_absolute_url())
    assert waits(staff_client(lead), SECOND) is None
    assert waits(staff_client(host), SECOND) is None

    services.sign(taken, by=deputy)
    assert waits(staff_client(deputy), SECOND) is None


def test_a30_task_waits_for_its_owner_and_is_loud_once_it_is_overdue(
    taken: Concern, lead: StaffMember, deputy: StaffMember, staff_client: SignIn,
    clock_at: SetClock, school_day: datetime,
) -> None:  # fmt: skip
    due = clock.today() + timedelta(days=1)
    services.add_task(taken, by=lead, what="Ring the nurse", owner=deputy, due_on=due)

    client = staff_client(deputy)
    card = waits(client, TASKS)
    assert card is not None
    assert (card.count, card.tone, card.url) == (1, "care", reverse("concerns:tasks"))
    assert waits(staff_client(lead), TASKS) is None

    clock_at(school_day + timedelta(days=2))
    card = waits(staff_client(deputy), TASKS)
    assert card is not None
    assert (card.tone, card.sentence) == ("stop", "1 overdue.")


def test_g37_request_for_a_file_waits_for_those_who_answer_it(
    taken: Concern, amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    services.note_request(
        amy,
        by=host,
        asker=Asker.PARENT,
        heard=Heard.SPOKEN,
        name="Ada Adams",
        words="I want to see it",
        received_on=clock.today(),
    )

    card = waits(staff_client(lead), FILES)
    assert card is not None
    assert (card.count, card.url) == (1, reverse("concerns:requests"))
    assert waits(staff_client(host), FILES) is None


def test_g31_file_of_a_leaver_waits_and_is_loud_once_it_is_late(
    taken: Concern, amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn,
    clock_at: SetClock, school_day: datetime,
) -> None:  # fmt: skip
    Pupil.objects.filter(pk=amy.pk).update(left_on=clock.today())
    services.see_to_leaver(amy, by=SWEEP)

    card = waits(staff_client(lead), LEAVING)
    assert card is not None
    assert (card.count, card.tone) == (1, "care")
    assert waits(staff_client(host), LEAVING) is None

    clock_at(school_day + timedelta(days=30))
    card = waits(staff_client(lead), LEAVING)
    assert card is not None
    assert (card.tone, card.sentence) == ("stop", "1 overdue at the next school.")


def test_e8_nothing_of_a_concern_about_a_deputy_waits_for_her(
    amy: Pupil, host: StaffMember, deputy: StaffMember, lead: StaffMember, head: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    concern = make.log(host, make.child(amy), make.accused(deputy))
    services.acknowledge(concern, by=head)
    due = clock.today()
    services.add_task(concern, by=head, what="Ring the officer", owner=head, due_on=due)
    Pupil.objects.filter(pk=amy.pk).update(left_on=clock.today())
    services.see_to_leaver(amy, by=SWEEP)

    assert waits(staff_client(head), TASKS) is not None
    assert waits(staff_client(head), LEAVING) is not None
    assert [card.title for card in staff_client(deputy).get("/").context["cards"]] == []
