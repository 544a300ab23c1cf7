"""Ways round an address that was changed lately, each shut: the year, the recording, another's link (E34)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from consent import events, services
from consent.models import Answer, Question, Request
from consent.policy import Status
from consent.selectors.voices import asked_pupils
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, page, plan, request_of
from tests.consent.standing import give_by, later, reading
from tests.consent.test_people import text
from tests.consent.test_unsettled import NEW, THREE_DAYS, changed


@pytest.fixture
def year() -> None:
    factories.make_term()
    factories.make_term("Summer", date(2027, 4, 12), date(2027, 7, 16))


def said_for(question: Question, guardian: Guardian) -> Answer | None:
    [row] = asked_pupils([question.pk], clock.now())
    [standing] = [one.standing for one in row.heard if one.guardian == guardian]
    return standing


def test_e34_no_to_the_recording_from_a_changed_address_counts_at_once(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, asked=plan(is_recorded=True))
    request = request_of(question, maya, mum)
    answer(request, takes_part=True, may_be_recorded=True)
    services.correct_address(mum, by=office, email=NEW)
    found = consent_of(question, maya)
    assert (found.is_given, found.may_be_recorded) == (True, True)

    answer(request_of(question, maya, mum), takes_part=True, may_be_recorded=False)

    found = consent_of(question, maya)
    assert (found.is_given, found.may_be_recorded) == (True, False)
    answer(request_of(question, maya, mum), takes_part=True, may_be_recorded=True)
    # The last word waits: until then what counts is what was said before it.
    services.confirm_address(mum, by=deputy, email=NEW, how="telephone")
    assert consent_of(question, maya).may_be_recorded


def test_e34_changed_address_makes_no_year_of_a_yes_from_the_one_before(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    year: None, client: Client,
) -> None:  # fmt: skip
    question = ask(host, maya, asked=reading())
    request = request_of(question, maya, mum)
    answer(request, takes_part=True)
    offered = page(request, "standing/")
    assert offered in text(client.get(page(request)))

    services.correct_address(mum, by=office, email=NEW)

    request = request_of(question, maya, mum)
    assert offered not in text(client.get(page(request)))
    with pytest.raises(NotAllowed):
        give_by(request)
    assert consent_of(later(host, maya), maya).status is Status.WAITING
    services.confirm_address(mum, by=deputy, email=NEW, how="telephone")
    assert give_by(request_of(question, maya, mum)).guardian == mum


@pytest.mark.parametrize("hours", [1, 80])
def test_e34_link_sent_before_two_came_to_share_a_mailbox_speaks_for_one_alone(
    hours: int, host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian,
    travel: Any,
) -> None:  # fmt: skip
    question = ask(host, maya)
    services.correct_address(dad, by=office, email=mum.email)
    travel(clock.now() + timedelta(hours=hours))
    # The date is new, but the old link lists it.
    added = ask(host, maya, about="meetings.meeting:2")

    for one in (question, added):
        said = answer(request_of(one, maya, dad), takes_part=True, name=mum.name)
        assert (said.is_by_someone_else, said_for(one, mum)) == (True, None)
        assert consent_of(one, maya).status is Status.WAITING


def test_e34_e29_once_no_link_lies_elsewhere_a_shared_mailbox_is_two_people(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Any
) -> None:
    services.correct_address(dad, by=office, email=mum.email)
    travel(clock.now() + THREE_DAYS)
    question = ask(host, maya)
    said = answer(request_of(question, maya, dad), takes_part=True, name=mum.name)
    assert (said.is_by_someone_else, said_for(question, mum)) == (False, said)


def test_e34_calls_look_again_where_a_year_ends_under_a_yes_that_waits(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, year: None
) -> None:
    question = ask(host, maya, asked=reading())
    answer(request_of(question, maya, mum), takes_part=True)
    given = give_by(request_of(question, maya, mum))
    resting = later(host, maya)
    services.correct_address(mum, by=office, email=NEW)
    answer(request_of(resting, maya, mum), takes_part=True)
    assert consent_of(resting, maya).is_given
    heard: list[int] = []

    def listen(sender: Any, question: Question, **facts: Any) -> None:
        heard.append(question.pk)

    events.answer_changed.connect(listen)
    try:
        services.end_standing(given, by=mum)
    finally:
        events.answer_changed.disconnect(listen)

    assert (heard, consent_of(resting, maya).is_given) == ([resting.pk], False)


def test_e34_who_changed_the_address_accepts_no_yes_from_it(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    request = changed(host, office, maya, mum)
    said = answer(request, takes_part=True, name="Aunt Bisi")
    with pytest.raises(NotAllowed) as refused:
        services.check(said, by=office, is_accepted=True)
    assert str(refused.value) == "You changed this address: somebody else makes sure of it."
    assert not consent_of(request.question, maya).is_given
    services.check(said, by=deputy, is_accepted=True)
    assert consent_of(request.question, maya).is_given


def test_e34_nobody_accepts_a_strangers_yes_from_an_address_that_another_replaced(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    travel: Any,
) -> None:  # fmt: skip
    request = changed(host, office, maya, mum)
    said = answer(request, takes_part=True, name="Aunt Bisi")
    travel(clock.now() + timedelta(hours=1))
    services.correct_address(mum, by=office, email="amina@family.example")
    with pytest.raises(NotAllowed):
        services.check(said, by=deputy, is_accepted=True)
    assert consent_of(request.question, maya).reason == "No answer yet from Mother."


def test_e34_who_changed_the_address_may_reject_a_yes_from_it_and_accept_once_it_has_stood(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    first = changed(host, office, maya, mum)
    second = request_of(ask(host, maya, about="meetings.meeting:2"), maya, first.guardian)
    one, two = (answer(row, takes_part=True, name="Aunt Bisi") for row in (first, second))
    assert not services.check(one, by=office, is_accepted=False).is_accepted
    travel(clock.now() + THREE_DAYS)
    assert services.check(two, by=office, is_accepted=True).is_accepted
    given = [consent_of(row.question, maya).is_given for row in (first, second)]
    assert given == [False, True]
    assert Request.objects.count() == 2
