"""Two people at the very same moment about one account. On PostgreSQL, with threads."""

from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.models import Entry
from notices.models import Notice
from school import services
from school.models import FamilyRequest, Guardian, SavedView, Session, StaffMember, SupplyStay
from school.rights import Heard, Right
from schoolsafe import accounts
from schoolsafe.families import asking
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import sign_in
from tests.consent.test_races import TIMES, together
from tests.school.test_sign_in import code_of
from tests.security.signing_in import is_in, lets_in

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


# --- A second factor ------------------------------------------------------------------------------------
def statuses(results: list[Any]) -> list[int]:
    """What each browser got; no page broke."""
    assert [one for one in results if not isinstance(one, HttpResponse)] == []
    return sorted(one.status_code for one in results)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_first_app_that_two_browsers_set_up_at_once_is_set_up_once(
    school_day: Any, host: StaffMember, lead: StaffMember, attempt: int
) -> None:
    """Whoever has the password may race its owner: one of them has it, and it is told as one first factor."""
    browsers = [sign_in(host, second_factor=False) for _ in range(2)]
    setup = reverse("mfa_activate_totp")
    secrets = [one.get(setup).context["form"].secret for one in browsers]
    codes = [code_of(one, school_day.timestamp()) for one in secrets]
    results = together(
        lambda: browsers[0].post(setup, {"code": codes[0]}),
        lambda: browsers[1].post(setup, {"code": codes[1]}),
    )
    assert statuses(results) in ([302, 302], [302, 400])
    assert Authenticator.objects.filter(user=host.user, type="totp").count() == 1
    assert Entry.objects.filter(verb="account.first_factor").count() == 1
    assert Entry.objects.filter(verb="account.totp_activated").count() == 1
    assert Session.objects.filter(user=host.user_id).count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_app_that_two_browsers_take_off_at_once_is_off_and_nothing_breaks(
    school_day: Any, host: StaffMember, attempt: int
) -> None:
    Authenticator.objects.create(user=host.user, type="totp", data={"secret": "x"})
    browsers = [sign_in(host) for _ in range(2)]
    off = reverse("mfa_deactivate_totp")
    results = together(lambda: browsers[0].post(off), lambda: browsers[1].post(off))
    assert statuses(results) in ([302, 302], [302, 400], [302, 404])
    assert not Authenticator.objects.filter(user=host.user).exists()
    assert Entry.objects.filter(verb="account.totp_deactivated").count() == 1


# --- Signing out everywhere -------------------------------------------------------------------------------
@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_who_sign_somebody_out_everywhere_while_they_sign_in_leave_one_session_at_most(
    school_day: Any, host: StaffMember, head: StaffMember, lead: StaffMember, attempt: int
) -> None:
    old, browser = sign_in(host), Client()
    results = together(
        lambda: accounts.sign_out_everywhere(host, by=head),
        lambda: accounts.sign_out_everywhere(host, by=lead),
        lambda: lets_in(browser, host),
    )
    assert results == [None, None, True]
    left = list(Session.objects.filter(user=host.user_id).values_list("pk", flat=True))
    assert str(old.session.session_key) not in left
    # Who signed in at that very moment had the password: before it, and is out, or after it, and is in.
    assert left in ([], [browser.session.session_key])
    assert is_in(browser) is bool(left)
    assert Entry.objects.filter(verb="account.sign_out_everywhere").count() == 2
    assert Notice.objects.filter(kind="account_changed", detail__what="signed_out").exists()


# --- What is kept for oneself, and what a family asks ------------------------------------------------------
@pytest.mark.parametrize("attempt", range(TIMES))
def test_view_that_two_tabs_save_at_once_is_kept_once(
    school_day: Any, lead: StaffMember, attempt: int
) -> None:
    def save(query: str) -> SavedView:
        return services.save_view(by=lead, register="meetings_incident", name="Open", query=query)

    results = together(lambda: save("kind=leak"), lambda: save("kind=breach"))
    assert [type(one) for one in results] == [SavedView, SavedView]
    view = SavedView.objects.get()
    assert view.query in {"kind=leak", "kind=breach"}
    dropped = together(
        lambda: services.drop_view(view, by=lead), lambda: services.drop_view(view, by=lead)
    )
    assert dropped == [None, None]
    assert Entry.objects.filter(verb="view.drop").count() == 1


@pytest.mark.parametrize("has_pupil", [True, False])
@pytest.mark.parametrize("attempt", range(TIMES))
def test_what_a_family_asks_noted_twice_at_once_is_one_request(
    school_day: Any, office: StaffMember, head: StaffMember, attempt: int, has_pupil: bool
) -> None:
    """Of a guardian whose last tie is gone as well: nobody's pupil is there to be locked."""
    mum = Guardian.objects.create(name="Mary Moore", email="mary@family.example")
    maya = factories.make_pupil("Maya", "Moore") if has_pupil else None

    def note(by: StaffMember) -> FamilyRequest:
        return asking.note(
            by=by, right=Right.ACCESS, pupil=maya, guardian=mum, is_by_another=False,
            heard=Heard.SPOKEN, name="Mary Moore", words="All you have.", received_on=TODAY,
        )  # fmt: skip

    first, second = together(lambda: note(office), lambda: note(head))
    assert first == second
    assert FamilyRequest.objects.count() == 1
