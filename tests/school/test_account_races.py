"""Two people at the very same moment about one account. On PostgreSQL, with threads."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import update_session_auth_hash
from django.test import Client, RequestFactory

from school import services
from school.models import Session, StaffMember, SupplyStay
from schoolsafe.lib.rules import NotAllowed
from tests.conftest import sign_in
from tests.consent.test_races import TIMES, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
TODAY = date(2026, 9, 15)
LATER = TODAY + timedelta(days=3)


def engage(by: StaffMember, email: str = "sue@agency.example") -> StaffMember:
    return services.engage_supply(
        by=by,
        name="Sue Supply",
        email=email,
        telephone="",
        starts_on=TODAY,
        ends_on=TODAY,
        is_checked=True,
    )


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_who_let_the_same_person_in_at_once_make_one_account(
    school_day: Any, office: StaffMember, head: StaffMember, attempt: int
) -> None:
    results = together(lambda: engage(office), lambda: engage(head, "SUE@agency.example"))
    assert sorted(type(one).__name__ for one in results) == ["NotAllowed", "StaffMember"]
    assert StaffMember.objects.filter(name="Sue Supply").count() == 1
    assert SupplyStay.objects.count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_stay_that_one_ends_while_another_extends_it_opens_nothing(
    school_day: Any, office: StaffMember, head: StaffMember, attempt: int
) -> None:
    sue = engage(office)
    ended, extended = together(
        lambda: services.end_supply(sue, by=head),
        lambda: services.extend_supply(sue, by=office, ends_on=LATER),
    )
    assert type(ended) is StaffMember
    assert type(extended) in {StaffMember, NotAllowed}
    sue.refresh_from_db()
    assert sue not in StaffMember.objects.working()


@pytest.mark.parametrize("attempt", range(TIMES))
def test_session_that_changes_its_password_while_it_is_ended_does_not_come_back(
    school_day: Any, host: StaffMember, head: StaffMember, attempt: int
) -> None:
    """A new password gives the session another key: the row of that one must not outlive the end."""
    client: Client = sign_in(host)

    def change_password() -> None:
        asked: Any = RequestFactory().get("/")
        asked.session, asked.user = client.session, host.user
        assert asked.session["_auth_user_id"]
        update_session_auth_hash(asked, host.user)
        asked.session.save()

    together(change_password, lambda: services.sign_out_everywhere(host, by=head))
    # Either the new key was there in time and went with the rest, or the change found no session.
    rows = list(Session.objects.filter(user=host.user_id))
    assert rows == []
