"""E42: once a pupil decides themselves no guardian learns of the call, or finds a way into it."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from consent import services as consent
from meetings import services
from meetings.models import Meeting
from notices import services as outbox
from notices.models import Notice
from school import services as people
from school.deciding import Ground
from school.models import Guardian, OwnConsent, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.meetings import calls
from tests.meetings.conftest import Family


@pytest.fixture
def noor(school: Any) -> Pupil:
    """A pupil of 16 with a mailbox of her own."""
    return factories.make_pupil(
        "Noor", "Aziz", year_group=12, born_on=date(2010, 3, 1), email="noor@pupil.example"
    )


@pytest.fixture
def mother(noor: Pupil) -> Guardian:
    """Noor's mother: she counts, and is written to."""
    return factories.make_guardian(noor, name="Sana Aziz", email="sana@family.example")


@pytest.fixture
def meeting(
    host: StaffMember, co_host: StaffMember, amy: Family, noor: Pupil, mother: Guardian
) -> Meeting:
    """A call that both mothers have agreed to, with the links out."""
    return calls.shared(host, [amy, (mother, noor)], co_hosts=[co_host])


def approve(pupil: Pupil, *, office: StaffMember, lead: StaffMember) -> OwnConsent:
    own = people.propose_own_consent(
        pupil, by=office, ground=Ground.ESTRANGED, reasons="She asked.", begins_on=clock.today()
    )
    return consent.approve_own_consent(own, by=lead)


def join_link(mailbox: Any, address: str) -> str:
    """The way in that was last mailed to an address."""
    letters = [one.body for one in mailbox() if one.to == [address] and "/j/" in one.body]
    return re.findall(r"https?://[^/\s]+(/j/\S+/)", letters[-1])[-1] if letters else ""


def since(mailbox: Any, before: int) -> list[str]:
    return sorted(address for letter in mailbox()[before:] for address in letter.to)


def test_e42_join_link_of_a_guardian_leads_nowhere_from_that_second(
    meeting: Meeting,
    office: StaffMember,
    lead: StaffMember,
    amy: Family,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    client: Client,
) -> None:
    link, of_amy = join_link(mailbox, mother.email), join_link(mailbox, amy[0].email)
    assert [client.get(one).status_code for one in (link, of_amy)] == [200, 200]

    approve(noor, office=office, lead=lead)

    assert [client.get(one).status_code for one in (link, of_amy)] == [404, 200]
    assert "2:00" not in client.get(link).content.decode()
    assert not calls.press(meeting, mother, noor).answer.is_open


def test_e42_pupil_gets_the_way_in_and_the_adults_are_told(
    meeting: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    client: Client,
    clock_at: Any,
) -> None:
    before = len(mailbox())
    clock_at(clock.now() + timedelta(minutes=1))
    approve(noor, office=office, lead=lead)
    calls.answer_oneself(meeting, noor)
    found = since(mailbox, before)
    assert set(found) == {host.email, co_host.email, "noor@pupil.example"}
    assert client.get(join_link(mailbox, "noor@pupil.example")).status_code == 200


def test_e42_lost_link_and_calling_off_reach_no_guardian(
    meeting: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    amy: Family,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    clock_at: Any,
) -> None:
    mailbox()
    clock_at(clock.now() + timedelta(minutes=1))
    approve(noor, office=office, lead=lead)
    calls.answer_oneself(meeting, noor)
    before = len(mailbox())
    for address in (mother.email, "noor@pupil.example"):
        consent.wish(services.LOST_ALL, address, is_crowded=False)
    outbox.climb_due(now=clock.now())
    assert since(mailbox, before) == ["noor@pupil.example"]
    before = len(mailbox())
    services.cancel(meeting, by=host)
    told = set(since(mailbox, before))
    assert told == {amy[0].email, co_host.email, "noor@pupil.example"}


def test_e42_own_way_in_is_dead_once_the_guardians_decide_again(
    meeting: Meeting,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    client: Client,
    clock_at: Any,
) -> None:
    clock_at(clock.now() + timedelta(minutes=1))
    own = approve(noor, office=office, lead=lead)
    calls.answer_oneself(meeting, noor)
    link = join_link(mailbox, "noor@pupil.example")
    assert client.get(link).status_code == 200
    clock_at(clock.now() + timedelta(minutes=1))
    consent.end_own_consent(own, by=lead)
    assert client.get(link).status_code == 404
    before = len(mailbox())
    calls.answer(meeting, mother, noor)
    assert mother.email in since(mailbox, before)
    assert client.get(join_link(mailbox, mother.email)).status_code == 200


def test_e34_way_in_waits_for_a_changed_address_of_a_pupil(
    meeting: Meeting,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mailbox: Any,
    clock_at: Any,
) -> None:
    clock_at(clock.now() + timedelta(minutes=1))
    approve(noor, office=office, lead=lead)
    consent.correct_address(noor, by=office, email="noor@new.example")
    calls.answer_oneself(meeting, noor)
    assert join_link(mailbox, "noor@new.example") == ""
    # The yes waits as well, so that there is no letter yet.
    assert not Notice.objects.filter(kind="meeting_join_link", pupil=noor).exists()
    consent.confirm_address(noor, by=lead, email="noor@new.example", how="in_person")
    assert join_link(mailbox, "noor@new.example") != ""
