"""A question to whoever logged a concern: who can be asked, and how it ends without an answer (A24)."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from concerns import selectors, services
from concerns.models import Concern
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
Mailbox = Callable[[], list[EmailMessage]]


@pytest.fixture
def taken(school_day: datetime, host: StaffMember, lead: StaffMember) -> Concern:
    """A routine concern about a child that the lead has acknowledged."""
    concern = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")), urgent=False)
    return services.acknowledge(concern, by=lead)


def is_asked(concern: Concern, by: StaffMember, staff_client: Callable[..., Client]) -> bool:
    """Tell whether whoever logged it finds a question on their page."""
    client = staff_client(by, second_factor=False)
    page = client.get(reverse("concerns:received", args=[concern.reference]))
    return "You are asked" in page.content.decode()


def test_a24_nobody_asks_themselves(
    school_day: datetime, lead: StaffMember, deputy: StaffMember, mailbox: Mailbox
) -> None:
    concern = services.acknowledge(make.log(lead), by=deputy)
    with pytest.raises(NotAllowed, match="You logged it yourself"):
        services.ask(concern, by=lead, text="Which arm was it?")
    assert not concern.entries.filter(kind="question").exists()
    assert "There is a question for you" not in [one.subject for one in mailbox()]


def test_a24_whoever_has_left_is_asked_nothing(
    taken: Concern, host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    host.user.is_active = False
    host.user.save(update_fields=["is_active"])
    with pytest.raises(NotAllowed, match="does not work here any more"):
        services.ask(taken, by=lead, text="Which arm was it?")
    assert not taken.entries.filter(kind="question").exists()
    assert [one for one in mailbox() if one.to == [host.email]] == []


def test_a24_withdrawn_question_is_asked_no_more_and_keeps_nothing_open(
    taken: Concern, host: StaffMember, lead: StaffMember, staff_client: Callable[..., Client]
) -> None:
    question = services.ask(taken, by=lead, text="Which arm was it?")
    make.decide(taken, lead)
    with pytest.raises(NotAllowed, match="question"):
        services.close(taken, by=lead, reasons="Done.")
    assert is_asked(taken, host, staff_client)

    noted = services.withdraw(taken, by=lead, entry=question, reasons="The nurse has seen it.")

    assert noted.follows == question
    assert not is_asked(taken, host, staff_client)
    assert selectors.waiting(selectors.chronology(taken)) == {}
    assert services.close(taken, by=lead, reasons="Done.").status == "closed"


@pytest.mark.parametrize("ends", ["answered", "withdrawn"])
def test_a24_question_that_has_ended_is_not_withdrawn(
    ends: str, taken: Concern, host: StaffMember, lead: StaffMember
) -> None:
    question = services.ask(taken, by=lead, text="Which arm was it?")
    if ends == "answered":
        services.add(taken, by=host, text="The left one.", question=question)
    else:
        services.withdraw(taken, by=lead, entry=question, reasons="The nurse has seen it.")
    before = taken.entries.count()

    with pytest.raises(NotAllowed, match="answered or withdrawn already"):
        services.withdraw(taken, by=lead, entry=question, reasons="It is clear now.")
    assert taken.entries.count() == before


def test_a24_corrected_question_still_waits_and_can_be_withdrawn(
    taken: Concern, lead: StaffMember
) -> None:
    question = services.ask(taken, by=lead, text="Which arm was it?")
    services.correct(taken, by=lead, entry=question, text="Which leg was it?")
    assert question.pk in selectors.waiting(selectors.chronology(taken))
    services.withdraw(taken, by=lead, entry=question, reasons="The nurse has seen it.")
    assert selectors.waiting(selectors.chronology(taken)) == {}


def test_a24_question_is_not_withdrawn_without_reasons(taken: Concern, lead: StaffMember) -> None:
    question = services.ask(taken, by=lead, text="Which arm was it?")
    with pytest.raises(NotAllowed, match="Write it down"):
        services.withdraw(taken, by=lead, entry=question, reasons="  ")
    assert question.pk in selectors.waiting(selectors.chronology(taken))
