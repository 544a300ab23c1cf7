"""Many wrong passwords or codes at an account are told to its person, once a day at most (ASVS V6.3.5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notices.models import Notice
from school.models import StaffMember
from schoolsafe import refused, tried
from schoolsafe.lib import clock
from schoolsafe.refused import Why
from tests import factories
from tests.security.signing_in import WRONG, try_to

pytestmark = pytest.mark.usefixtures("school_day", "school")
Mailbox = Callable[[], list[EmailMessage]]
SUBJECT = "Somebody has tried to sign in as you"


def wrong_passwords(person: StaffMember, times: int) -> None:
    for _ in range(times):
        refused.note_address(person.email, Why.PASSWORD)


@pytest.fixture
def letters(mailbox: Mailbox, clock_at: Any) -> Mailbox:
    """The letters about tries that the next look of the sweep sends."""

    def next_look() -> list[EmailMessage]:
        clock_at(clock.now() + timedelta(minutes=1))
        sent = [one for one in mailbox() if one.subject == SUBJECT]
        mail.outbox.clear()
        return sent

    return next_look


def told(letters: Mailbox) -> list[str]:
    return [one.to[0] for one in letters()]


def test_person_is_told_at_the_tenth_wrong_password_and_only_they(
    host: StaffMember, lead: StaffMember, letters: Mailbox
) -> None:
    wrong_passwords(lead, 9)
    wrong_passwords(host, 9)
    assert told(letters) == []
    wrong_passwords(host, 1)
    [letter] = letters()
    assert letter.to == [host.email]
    assert "about 10 times" in str(letter.body)
    assert "wrong code" not in str(letter.body)


def test_tries_that_were_refused_without_a_look_count_as_well(
    host: StaffMember, letters: Mailbox
) -> None:
    for _ in range(10):
        try_to(Client(), host.email, WRONG)
    assert told(letters) == [host.email]


def test_thousand_tries_bring_one_letter_a_day(
    host: StaffMember, letters: Mailbox, school_day: datetime, clock_at: Any
) -> None:
    for times in (10, 100, 890):
        wrong_passwords(host, times)
        letters()
    assert Notice.objects.filter(kind="account_tried").count() == 1
    clock_at(school_day + timedelta(days=1))
    wrong_passwords(host, 9)
    assert told(letters) == []
    wrong_passwords(host, 1)
    assert told(letters) == [host.email]
    assert Notice.objects.filter(kind="account_tried").count() == 2


def test_few_wrong_codes_tell_that_the_password_is_known(
    host: StaffMember, letters: Mailbox
) -> None:
    for _ in range(4):
        refused.note_person(host.user_id, Why.CODE)
    assert told(letters) == []
    refused.note_person(host.user_id, Why.TOO_MANY)
    [letter] = letters()
    assert "had got past your password" in " ".join(str(letter.body).split())


def test_account_that_is_closed_or_nobodys_brings_no_letter(
    leaver: StaffMember, letters: Mailbox
) -> None:
    wrong_passwords(leaver, 20)
    for _ in range(20):
        refused.note_address("nobody@elmfield.example", Why.PASSWORD)
        refused.note_person(77_000_000, Why.CODE)
    assert told(letters) == []


def test_sweep_asks_as_often_for_a_large_school_and_the_request_writes_no_letter(
    host: StaffMember,
) -> None:
    """A letter that the tenth try wrote by itself would tell by its time that the address is somebody's."""
    wrong_passwords(host, 10)
    assert not Notice.objects.exists()
    counts = []
    for more in (0, 20):
        for _ in range(more):
            wrong_passwords(factories.make_staff(), 10)
        with CaptureQueriesContext(connection) as asked:
            assert len(list(tried._turned(clock.now()))) == 1 + more
        counts.append(len(asked))
    assert counts[0] == counts[1]
