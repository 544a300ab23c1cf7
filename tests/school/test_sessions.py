"""Where somebody is signed in: they see it, end it, and others end it for them (ASVS V7.4, V7.5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import selectors, services
from school.models import Session, StaffMember
from schoolsafe import browsers
from schoolsafe.lib import agents
from schoolsafe.lib.rules import NotAllowed
from tests.conftest import show_factor, sign_in
from tests.school.test_sign_in import log_in, set_up_app

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
Mailbox = Callable[[], list[EmailMessage]]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0"
)
CHROMEBOOK = (
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on an iPhone"),
        (EDGE, "Edge on Windows"),
        (CHROMEBOOK, "Chrome on a Chromebook"),
        ("curl/8", "An unknown browser"),
        ("Something (Windows NT 10.0)", "A browser on Windows"),
        ("", "An unknown browser"),
    ],
)
def test_browser_is_named_in_words(agent: str, words: str) -> None:
    assert agents.in_words(agent) == words


@pytest.fixture
def two(host: StaffMember) -> tuple[Client, Client]:
    """The host at a school computer, and with her telephone."""
    here, there = Client(headers={"User-Agent": FIREFOX}), Client(headers={"User-Agent": SAFARI})
    assert log_in(here, host) == "/"
    assert log_in(there, host) == "/"
    show_factor(here)
    return here, there


def is_in(client: Client) -> bool:
    return client.get(reverse("mfa_index")).status_code == 200


def test_page_names_each_browser_how_it_came_in_and_when_it_was_used(
    two: tuple[Client, Client], colleague: StaffMember
) -> None:
    other = Client(headers={"User-Agent": EDGE})
    log_in(other, colleague)
    page = two[0].get(reverse("account_sessions"))
    shown = [(one.browser, one.way, one.has_second_factor, one.is_this)
             for one in page.context["browsers"]]  # fmt: skip
    assert shown == [
        ("Firefox on Windows", "Password", True, True),
        ("Safari on an iPhone", "Password", False, False),
    ]
    text = page.content.decode()
    for key in Session.objects.values_list("pk", flat=True):
        assert key not in text


def test_page_asks_as_much_for_three_browsers_as_for_one(
    host: StaffMember, staff_client: SignIn, django_assert_num_queries: Any
) -> None:
    client = staff_client(host)
    for _ in range(3):
        with django_assert_num_queries(6):
            client.get(reverse("account_sessions"))
        staff_client(host)


def test_one_browser_is_signed_out_at_its_next_page_and_the_others_stay(
    two: tuple[Client, Client], host: StaffMember
) -> None:
    here, there = two
    third = Client()
    log_in(third, host)
    name = selectors.name_of(str(there.session.session_key))
    here.post(reverse("account_end_session", args=[name]))
    assert [is_in(one) for one in (here, there, third)] == [True, False, True]
    ended = Entry.objects.get(verb="account.end_session")
    assert (ended.actor, ended.object) == (host.actor, f"school.staffmember:{host.pk}")


def test_all_others_are_signed_out_at_once(two: tuple[Client, Client], host: StaffMember) -> None:
    here, there = two
    here.post(reverse("account_end_others"))
    assert [is_in(here), is_in(there)] == [True, False]
    assert Entry.objects.get(verb="account.end_other_sessions").detail == {"sessions": 1}


def test_nobody_ends_a_session_of_somebody_else_by_its_name(
    two: tuple[Client, Client], colleague: StaffMember
) -> None:
    other = Client()
    log_in(other, colleague)
    name = selectors.name_of(str(two[0].session.session_key))
    other.post(reverse("account_end_session", args=[name]))
    assert is_in(two[0])
    with pytest.raises(NotAllowed):
        services.end_session(Session.objects.get(pk=two[0].session.session_key), by=colleague)


def test_session_that_was_ended_comes_back_by_no_request_under_way(
    two: tuple[Client, Client], host: StaffMember
) -> None:
    """A page that was being answered keeps what it has to tell: the row must not rise again."""
    under_way = two[1].session
    assert under_way["browser"] == "Safari on an iPhone"
    services.end_other_sessions(host, by=host, but=str(two[0].session.session_key))
    under_way["told"] = "late"
    with pytest.raises(UpdateError):
        under_way.save()
    with pytest.raises(SessionInterrupted):
        under_way.cycle_key()
    assert Session.objects.count() == 1


def test_second_factor_set_up_or_taken_off_signs_out_everywhere_else(
    school_day: datetime, two: tuple[Client, Client], host: StaffMember
) -> None:
    here, there = two
    set_up_app(here, host, school_day.timestamp())
    assert [is_in(here), is_in(there)] == [True, False]

    third = sign_in(host)
    assert here.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert [is_in(here), is_in(third)] == [True, False]


# --- By somebody else -------------------------------------------------------------------------------
def test_admin_signs_somebody_out_everywhere_and_they_are_told(
    two: tuple[Client, Client], host: StaffMember, it_superuser: StaffMember, staff_client: SignIn,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    admin = staff_client(it_superuser)
    page = reverse("account_everywhere", args=[host.pk])
    assert "Helen Host is signed in with 2 browsers." in " ".join(
        admin.get(page).content.decode().split()
    )
    assert (
        page in admin.get(reverse("admin:auth_user_change", args=[host.user_id])).content.decode()
    )
    admin.post(page)
    assert [is_in(one) for one in two] == [False, False]
    [letter] = mailbox()
    assert letter.to == [host.email]
    assert "You were signed out of every browser." in str(letter.body)
    assert "It was done by Ian Technical." in str(letter.body)
    entry = Entry.objects.get(verb="account.sign_out_everywhere")
    assert (entry.actor, entry.detail) == (it_superuser.actor, {"sessions": 2})


def test_it_does_not_sign_out_who_reads_concerns(
    lead: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    reads, admin = staff_client(lead), staff_client(it_superuser)
    assert admin.post(reverse("account_everywhere", args=[lead.pk])).status_code == 403
    assert is_in(reads)
    with pytest.raises(NotAllowed):
        services.sign_out_everywhere(lead, by=it_superuser)


def test_browser_that_was_known_is_a_stranger_after_that(
    host: StaffMember, head: StaffMember, rf: Any
) -> None:
    client = Client()
    log_in(client, host)
    asked = rf.get("/")
    asked.COOKIES = {name: one.value for name, one in client.cookies.items()}
    assert browsers.known_as(asked, host.email)
    services.sign_out_everywhere(host, by=head)
    assert browsers.known_as(asked, host.email) == ""


def test_account_that_is_closed_and_opened_again_brings_no_session_back(
    two: tuple[Client, Client], host: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    admin, page = staff_client(head), reverse("admin:auth_user_change", args=[host.user_id])
    admin.post(page, {"email": host.email})
    assert not Session.objects.filter(user=host.user_id).exists()
    admin.post(page, {"email": host.email, "is_active": "on"})
    assert [is_in(one) for one in two] == [False, False]


def test_factor_that_a_leader_takes_off_ends_every_session_of_its_person(
    host: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    app = TOTP.activate(host.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    thief = staff_client(host)
    admin = staff_client(it_superuser)
    admin.post(reverse("admin:mfa_authenticator_delete", args=[app.pk]), {"post": "yes"})
    assert not is_in(thief)
    assert is_in(admin)


def test_ended_sessions_are_destroyed_by_the_sweep(
    host: StaffMember, staff_client: SignIn, school_day: datetime
) -> None:
    staff_client(host)
    ends = Session.objects.get().expire_date
    assert not selectors.has_old_sessions(now=ends)
    assert selectors.has_old_sessions(now=ends + timedelta(seconds=1))
    services.forget_old(now=ends + timedelta(seconds=1))
    assert not Session.objects.exists()
