"""Supply staff: an account of one's own for some days, and nothing before and after them (E59)."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from meetings import selectors as meetings
from school import selectors, services, supply
from school.models import RoleHeld, Session, StaffMember, SupplyStay
from school.roles import Role
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import SCHOOL_DAY
from tests.factories import PASSWORD, give_role
from tests.meetings import calls
from tests.school.test_sign_in import log_in

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
Mailbox = Callable[[], list[EmailMessage]]
TODAY = date(2026, 9, 15)
DAY = timedelta(days=1)
SUE = "sue@agency.example"


@pytest.fixture(autouse=True)
def _now(school_day: datetime) -> None:
    """It is a Tuesday."""


def typed(**changes: object) -> dict[str, object]:
    days = {"starts_on": TODAY.isoformat(), "ends_on": TODAY.isoformat()}
    facts = {"name": "Sue Supply", "email": SUE, "telephone": "07700 900123"}
    return facts | days | changes


def engage(by: StaffMember, **changes: Any) -> StaffMember:
    """Let Sue in, today alone unless another is said, and give her a password."""
    facts: dict[str, Any] = {"name": "Sue Supply", "email": SUE, "telephone": ""}
    days = {"starts_on": TODAY, "ends_on": TODAY, "is_checked": False}
    sue = services.engage_supply(by=by, **facts | days | changes)
    sue.user.set_password(PASSWORD)
    sue.user.save()
    return sue


def is_in(client: Client) -> bool:
    return client.get(reverse("mfa_index")).status_code == 200


# --- The rules --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("begins", "fault"),
    [
        (-1, "The first day is over. Choose today or a later day."),
        (0, ""),
        (83, ""),
        (84, "That is more than twelve weeks ahead. Enter it when it is nearer."),
    ],
)
def test_first_day_is_today_or_within_twelve_weeks(begins: int, fault: str) -> None:
    assert supply.first_day_fault(TODAY + begins * DAY, today=TODAY) == fault


@pytest.mark.parametrize(
    ("begins", "ends", "fault"),
    [
        (2, 1, "The last day comes before the first day."),
        (-9, -1, "The last day is over. Choose today or a later day."),
        (0, 0, ""),
        (0, 83, ""),
        (0, 84, supply.TOO_LONG),
        (-3, 81, supply.TOO_LONG),
    ],
)
def test_stay_lasts_twelve_weeks_at_most(begins: int, ends: int, fault: str) -> None:
    days = (TODAY + begins * DAY, TODAY + ends * DAY)
    assert supply.last_day_fault(*days, today=TODAY) == fault


@pytest.mark.parametrize(("on", "opens"), [(-1, False), (0, True), (2, True), (3, False)])
def test_account_opens_on_its_days_both_ends_included(on: int, opens: bool) -> None:
    assert supply.works(TODAY, TODAY + 2 * DAY, on=TODAY + on * DAY) is opens


def test_database_refuses_a_stay_that_ends_before_it_begins(office: StaffMember) -> None:
    sue = engage(office)
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplyStay.objects.filter(staff=sue).update(ends_on=TODAY - DAY)


# --- The account ------------------------------------------------------------------------------------
def test_account_opens_nothing_before_the_first_day_and_after_the_last(
    office: StaffMember, clock_at: SetClock
) -> None:
    sue = engage(office, starts_on=TODAY + DAY, ends_on=TODAY + DAY)
    before = Client()
    answer = before.post(reverse("account_login"), {"login": SUE, "password": PASSWORD})
    assert answer.status_code == 403
    assert "It opens from Wednesday 16 September to Wednesday 16 September." in " ".join(
        answer.content.decode().split()
    )
    assert not is_in(before)
    assert sue not in StaffMember.objects.working()

    clock_at(SCHOOL_DAY + DAY)
    on_the_day = Client()
    assert log_in(on_the_day, sue) == "/"
    assert is_in(on_the_day)

    # Half past eleven at night, and an hour later: the session has hours left, the account none.
    clock_at(datetime.fromisoformat("2026-09-16T22:30:00+00:00"))
    late = Client()
    assert log_in(late, sue) == "/"
    assert is_in(late)
    clock_at(datetime.fromisoformat("2026-09-16T23:30:00+00:00"))
    assert not is_in(late)
    assert not Session.objects.filter(user=sue.user_id, pk=late.cookies["sessionid"].value).exists()


def test_office_lets_somebody_in_and_the_letter_leads_to_a_password(
    office: StaffMember, staff_client: SignIn, mailbox: Mailbox
) -> None:
    page = staff_client(office).post(reverse("supply"), typed(is_checked="on"), follow=True)
    assert "Sue Supply has an account, and a letter with the way in." in page.content.decode()
    sue = StaffMember.objects.get(name="Sue Supply")
    assert {row.role for row in sue.roles_held.all()} == {Role.STAFF.value}
    assert sue.is_eligible_for_calls
    assert [stay.checked_by for stay in sue.stays.all()] == [office]
    assert not sue.user.has_usable_password()
    [letter] = mailbox()
    assert letter.to == [SUE]
    assert reverse("account_reset_password") in str(letter.body)
    assert Entry.objects.get(verb="supply.engage").detail == {}

    Client().post(reverse("account_reset_password"), {"email": SUE})
    assert "/accounts/password/reset/key/" in str(mailbox()[-1].body)


def test_without_what_was_seen_nobody_is_an_adult_on_a_call(
    office: StaffMember, staff_client: SignIn
) -> None:
    staff_client(office).post(reverse("supply"), typed())
    sue = StaffMember.objects.get(name="Sue Supply")
    assert not sue.is_eligible_for_calls
    assert [stay.checked_by for stay in sue.stays.all()] == [None]


def test_refused_days_stand_beside_the_day_and_nothing_typed_is_lost(
    office: StaffMember, staff_client: SignIn
) -> None:
    late = (TODAY + 84 * DAY).isoformat()
    page = staff_client(office).post(reverse("supply"), typed(ends_on=late))
    assert page.status_code == 422
    assert page.context["form"].errors == {"ends_on": [supply.TOO_LONG]}
    assert 'value="Sue Supply"' in page.content.decode()
    assert not SupplyStay.objects.exists()


def test_known_address_is_refused_with_whose_it_is(
    office: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(office).post(reverse("supply"), typed(email=host.email.upper()))
    assert page.context["form"].errors == {
        "email": ["This address has an account here already. It is that of Helen Host."]
    }


def test_e59_supply_staff_are_the_adult_on_calls_of_their_own_days_alone(
    office: StaffMember, host: StaffMember
) -> None:
    sue = engage(office, ends_on=TODAY + DAY, is_checked=True)
    assert [sue.is_eligible_on(TODAY + day * DAY) for day in (0, 1, 2)] == [True, True, False]
    families = [(factories.make_guardian(pupil), pupil)
                for pupil in (factories.make_pupil(), factories.make_pupil())]  # fmt: skip
    meeting = calls.agreed(host, families, is_recorded=True)
    # The call is on Thursday.
    seat = meetings.candidate(meeting, sue, SCHOOL_DAY)
    assert (seat.is_eligible, meetings.candidate(meeting, host, SCHOOL_DAY).is_eligible) == (
        False,
        True,
    )


def test_leaders_hear_of_supply_staff_who_count_as_an_adult_on_calls(
    office: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    host: StaffMember,
    staff_client: SignIn,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    def told(page: str, *args: int, **sent: object) -> list[str]:
        before = len(mailbox())
        answer = staff_client(office).post(reverse(page, args=args), sent)
        assert answer.status_code == 302
        return sorted(
            f"{letter.to[0]}: {' '.join(str(letter.body).split())}"
            for letter in mailbox()[before:]
            if letter.to != [SUE]
        )

    leaders = sorted(one.email for one in (lead, deputy, head))
    assert told("supply", **typed()) == []
    sue = StaffMember.objects.get(name="Sue Supply")
    assert told("supply_extend", sue.pk, ends_on=(TODAY + DAY).isoformat()) == []

    # Ticked when she comes again.
    clock_at(SCHOOL_DAY + 7 * DAY)
    first, last, longer = ((TODAY + day * DAY).isoformat() for day in (7, 8, 9))
    heard = told("supply_again", sue.pk, starts_on=first, ends_on=last, is_checked="on")
    assert [text.partition(":")[0] for text in heard] == leaders
    words = (
        f"{office} has let Sue Supply in as supply staff, "
        "from 22 September 2026 to 23 September 2026.",
        f"{office} has noted that proof of identity",
        "Sue Supply counts as an adult on calls",
    )
    assert [[word in text for word in words] for text in heard] == [[True] * 3] * 3

    clock_at(SCHOOL_DAY + 7 * DAY + timedelta(minutes=5))
    heard = told("supply_extend", sue.pk, ends_on=longer)
    assert [text.partition(":")[0] for text in heard] == leaders
    assert ["to 24 September 2026." in text for text in heard] == [True] * 3

    again = told("supply", **typed(
        name="Sam Supply", email="sam@agency.example", starts_on=first, ends_on=first,
        is_checked="on",
    ))  # fmt: skip
    assert [text.partition(":")[0] for text in again if "sam@" not in text] == leaders


# --- Afterwards -------------------------------------------------------------------------------------
def test_ended_now_is_out_at_the_next_page_and_comes_again_with_the_same_account(
    office: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    sue = engage(office, is_checked=True)
    client = Client()
    assert log_in(client, sue) == "/"
    staff_client(office).post(reverse("supply_end", args=[sue.pk]))
    assert not is_in(client)
    assert log_in(Client(), sue) != "/"

    clock_at(SCHOOL_DAY + 7 * DAY)
    day = (TODAY + 7 * DAY).isoformat()
    staff_client(office).post(
        reverse("supply_again", args=[sue.pk]), {"starts_on": day, "ends_on": day}
    )
    sue.refresh_from_db()
    assert log_in(Client(), sue) == "/"
    assert not is_in(client)
    # What somebody saw is seen anew for each stay.
    assert not sue.is_eligible_for_calls
    assert [stay.checked_by for stay in sue.stays.all()] == [None, office]


def test_ending_now_asks_once_and_ends_nothing_before_the_answer(
    office: StaffMember, staff_client: SignIn
) -> None:
    sue = engage(office)
    client = staff_client(office)
    client.handler.enforce_csrf_checks = True
    link = reverse("supply_end", args=[sue.pk])
    assert f'href="{link}"' in client.get(reverse("supply")).content.decode()

    page = client.get(link).content.decode()
    assert "End the account of Sue Supply now?" in page
    sue.refresh_from_db()
    assert sue.user.is_active

    # The page itself holds all that its answer needs.
    [token] = re.findall(
        rf'action="{link}">\s*<input [^>]*name="csrfmiddlewaretoken" value="(\w+)"', page
    )
    answer = client.post(link, {"csrfmiddlewaretoken": token}, follow=True)
    assert "The account of Sue Supply opens nothing any more." in answer.content.decode()
    sue.refresh_from_db()
    assert not sue.user.is_active


def test_stay_is_extended_and_shortened_and_not_beyond_twelve_weeks(
    office: StaffMember, staff_client: SignIn
) -> None:
    sue, client = engage(office), staff_client(office)
    page = reverse("supply_extend", args=[sue.pk])
    client.post(page, {"ends_on": (TODAY + 5 * DAY).isoformat()})
    sue.refresh_from_db()
    assert sue.works_until == TODAY + 5 * DAY
    answer = client.post(page, {"ends_on": (TODAY + 84 * DAY).isoformat()})
    assert answer.context["form"].errors == {"ends_on": [supply.TOO_LONG]}
    sue.refresh_from_db()
    assert sue.works_until == TODAY + 5 * DAY


def test_page_tells_apart_who_is_here_expected_and_gone(
    office: StaffMember, staff_client: SignIn, django_assert_num_queries: Any
) -> None:
    engage(office)
    engage(office, name="Ed Expected", email="ed@agency.example", starts_on=TODAY + DAY,
           ends_on=TODAY + DAY)  # fmt: skip
    services.end_supply(engage(office, name="Gina Gone", email="gina@agency.example"), by=office)
    client = staff_client(office)
    with django_assert_num_queries(7):
        page = client.get(reverse("supply"))
    shown = {part: [one.staff.name for one in page.context[part]]
             for part in ("here", "expected", "gone")}  # fmt: skip
    assert shown == {"here": ["Sue Supply"], "expected": ["Ed Expected"], "gone": ["Gina Gone"]}
    engage(office, name="Tom Third", email="tom@agency.example")
    with django_assert_num_queries(7):
        client.get(reverse("supply"))


# --- Who may, and whose -----------------------------------------------------------------------------
def test_only_the_office_and_the_leads_let_supply_staff_in(
    host: StaffMember, it_superuser: StaffMember, office: StaffMember
) -> None:
    for person in (host, it_superuser):
        with pytest.raises(NotAllowed):
            engage(person)
    sue = engage(office)
    for change in (
        lambda: services.end_supply(sue, by=host),
        lambda: services.extend_supply(sue, by=host, ends_on=TODAY),
        lambda: services.come_again(sue, by=host, starts_on=TODAY, ends_on=TODAY, is_checked=True),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_office_touches_nobody_else_by_this_page(
    office: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(office)
    for page in ("supply_end", "supply_extend", "supply_again"):
        assert client.post(reverse(page, args=[host.pk])).status_code == 404
    with pytest.raises(NotAllowed, match="is not supply staff"):
        services.end_supply(host, by=office)


def test_office_opens_no_account_that_was_given_more_than_staff(office: StaffMember) -> None:
    sue = engage(office)
    give_role(sue, Role.SAFEGUARDING)
    assert RoleHeld.objects.filter(staff=sue).count() == 2
    with pytest.raises(NotAllowed, match="has other roles"):
        services.extend_supply(sue, by=office, ends_on=TODAY + DAY)


def test_list_of_supply_staff_forgets_who_was_here_long_ago(office: StaffMember) -> None:
    engage(office)
    assert len(selectors.supply_staff(on=TODAY + timedelta(days=365))) == 1
    assert selectors.supply_staff(on=TODAY + timedelta(days=366)) == []
