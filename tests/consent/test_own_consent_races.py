"""E42 while others answer, approve and ask at the same moment. On PostgreSQL, with threads."""

from typing import Any

import pytest

from consent import services
from consent.models import Answer, Request
from school.models import Guardian, OwnConsent, Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, plan, request_of
from tests.consent.own_consent import approved, propose
from tests.consent.test_races import TIMES, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e42_two_leads_approve_at_once_and_the_pupil_is_asked_once(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    attempt: int,
) -> None:
    other = factories.make_staff("Lena Lead", roles=(factories.Role.DSL,))
    question = ask(host, noor)
    own = propose(noor, by=office)
    results = together(
        lambda: services.approve_own_consent(own, by=lead),
        lambda: services.approve_own_consent(own, by=other),
    )
    assert kinds(results) == ["NotAllowed", "OwnConsent"]
    assert question.requests.filter(guardian=None, ended_at=None).count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e42_two_proposals_at_once_are_one(
    office: StaffMember, deputy: StaffMember, noor: Pupil, attempt: int
) -> None:
    results = together(lambda: propose(noor, by=office), lambda: propose(noor, by=deputy))
    assert kinds(results) == ["NotAllowed", "OwnConsent"]


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e42_mothers_yes_at_the_very_moment_of_the_approval_does_not_count(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    attempt: int,
) -> None:
    question = ask(host, noor)
    asked, own = request_of(question, noor, mother), propose(noor, by=office)
    said, done = together(
        lambda: answer(asked, takes_part=True), lambda: services.approve_own_consent(own, by=lead)
    )
    assert (type(said) in {Answer, NotAllowed}, type(done)) == (True, OwnConsent)
    assert not consent_of(question, noor).is_given
    assert Request.objects.get(guardian=mother).ended_at is not None


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e42_approved_while_a_call_is_asked_about_lets_no_guardian_be_heard(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    attempt: int,
) -> None:
    ask(host, noor)
    own = propose(noor, by=office)
    question, done = together(
        lambda: ask(host, noor, about="meetings.meeting:2", asked=plan(kind="reading")),
        lambda: services.approve_own_consent(own, by=lead),
    )
    assert type(done) is OwnConsent
    # What was asked at that moment asks again: whoever decides is asked once more, and nobody else.
    ask(host, noor, about="meetings.meeting:2", asked=plan(kind="reading"))
    asked = request_of(question, noor, None)
    answer(asked, takes_part=True, relationship="self")
    assert consent_of(question, noor).reason == "Noor Aziz said yes."


@pytest.mark.parametrize("attempt", range(TIMES))
def test_e42_ended_while_the_pupil_answers_counts_for_nothing(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    attempt: int,
) -> None:
    own = approved(noor, office=office, lead=lead)
    question = ask(host, noor)
    asked = request_of(question, noor, None)
    said, done = together(
        lambda: answer(asked, takes_part=True, relationship="self"),
        lambda: services.end_own_consent(own, by=lead),
    )
    assert (type(said) in {Answer, NotAllowed}, type(done)) == (True, OwnConsent)
    assert not consent_of(question, noor).is_given
