"""A browser that was left alone asks once more who is there, and loses nothing (E18, E19)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import HASH_SESSION_KEY
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from psycopg.errors import DiskFull

from audit.models import Entry
from concerns.models import Concern, Draft
from meetings import services as meetings
from school import idle
from school.models import Session, StaffMember, Unsent
from school.services import forget_old
from schoolsafe.demo.setting import PASSWORD as PASSWORD_OF_THE_DEMO
from schoolsafe.idle import NO_ACTS
from schoolsafe.lib import sign_in as settings_of
from schoolsafe.lib.rules import SetupFault
from tests.concerns.test_views import filled
from tests.conftest import SCHOOL_DAY
from tests.factories import PASSWORD
from tests.meetings import calls
from tests.meetings.conftest import *  # noqa: F403 - the families of a call

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
MEETINGS = "/meetings/"
WORDS = "MARKERTYPED Amy's mother asks for another day."
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.fixture(autouse=True)
def _as_in_use(settings: Any, school_day: datetime) -> None:
    settings.IDLE_LOCK = QUARTER


@pytest.fixture
def left_alone(host: StaffMember, staff_client: SignIn, clock_at: SetClock) -> Client:
    """The host's browser on a machine in the staff room, a quarter of an hour after she left."""
    client = staff_client(host)
    assert client.get(MEETINGS).status_code == 200
    clock_at(SCHOOL_DAY + QUARTER)
    return client


def is_led_to_unlock(answer: HttpResponse, there: str) -> bool:
    """Tell whether an answer leads to the sign-in and, from there, to the way to unlock."""
    return answer.status_code == 302 and answer.headers["Location"].endswith(f"?next={there}")


def unlock(client: Client, password: str = PASSWORD, **typed: str) -> HttpResponse:
    return client.post(reverse("account_reauthenticate"), {"password": password} | typed)


# --- When ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "locked"), [(QUARTER - SECOND, False), (QUARTER, True), (QUARTER + SECOND, True)]
)
def test_e18_browser_is_locked_when_nobody_has_done_anything_for_so_long(
    since: timedelta, locked: bool
) -> None:
    assert idle.is_locked(SCHOOL_DAY, SCHOOL_DAY + since, after=QUARTER) is locked
    left = idle.left(SCHOOL_DAY, SCHOOL_DAY + since, after=QUARTER)
    assert left == max(QUARTER - since, timedelta(0))


@pytest.mark.parametrize(("since", "told"), [(59, False), (60, True), (61, True)])
def test_that_somebody_did_something_is_written_down_once_a_minute(since: int, told: bool) -> None:
    assert idle.is_to_be_told(SCHOOL_DAY, SCHOOL_DAY + timedelta(seconds=since)) is told


@pytest.mark.parametrize(("minutes", "open_"), [(29, True), (30, False), (31, False)])
def test_page_of_a_call_is_spared_half_an_hour_past_its_end(minutes: int, open_: bool) -> None:
    assert idle.stays_open(SCHOOL_DAY, SCHOOL_DAY + timedelta(minutes=minutes)) is open_


@pytest.mark.parametrize(("minutes", "taken"), [("4", 0), ("5", 5), ("60", 60), ("61", 0)])
def test_lock_has_bounds_and_is_never_off(
    minutes: str, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDLE_LOCK_MINUTES", minutes)
    if taken:
        assert settings_of.idle_lock() == timedelta(minutes=taken)
    else:
        with pytest.raises(SetupFault, match="from 5 to 60"):
            settings_of.idle_lock()


def test_who_does_something_now_and_then_is_never_locked(
    host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    client = staff_client(host)
    for turn in range(1, 4):
        clock_at(SCHOOL_DAY + turn * (QUARTER - SECOND))
        assert client.get(MEETINGS).status_code == 200


def test_every_page_that_asks_by_itself_is_known_and_says_nothing_of_a_person(
    host: StaffMember, co_host: StaffMember, amy: Any, ben: Any, staff_client: SignIn,
    clock_at: SetClock,
) -> None:  # fmt: skip
    asking = {
        found
        for path in TEMPLATES.rglob("*.html")
        for tag in re.findall(r"<[^>]*hx-trigger=\"every[^>]*>", path.read_text(encoding="utf-8"))
        for found in re.findall(r'hx-get="\{% url "([^"]+)"', tag)
    }
    asking |= {
        found
        for path in TEMPLATES.rglob("*.html")
        for found in re.findall(
            r'hx-get="\{% url "([^"]+)"[^>]*?hx-trigger="every', path.read_text(encoding="utf-8")
        )
    }
    assert asking == {name for name in NO_ACTS if name.startswith("meetings:")}
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    client = staff_client(host)
    began = Session.objects.get().acted_at
    clock_at(began + QUARTER - SECOND)
    client.get(reverse("meetings:register", args=[meeting.pk]))
    client.get(reverse("account_idle"))
    assert Session.objects.get().acted_at == began
    clock_at(began + QUARTER)
    assert client.get(MEETINGS).status_code == 302


# --- What a locked browser opens --------------------------------------------------------------------
def test_locked_browser_opens_no_page_and_names_the_way_back(left_alone: Client) -> None:
    for page in (
        MEETINGS,
        reverse("mfa_index"),
        reverse("admin:index"),
        reverse("account_sessions"),
    ):
        answer = left_alone.get(page, follow=True)
        assert answer.request["PATH_INFO"] == reverse("account_reauthenticate")
        text = answer.content.decode()
        assert "Locked" in text
        assert "Helen Host" in text
        assert f'value="{page}"' in text
        assert 'class="top-nav"' not in text


def test_right_password_leads_back_and_the_second_factor_still_counts(left_alone: Client) -> None:
    assert unlock(left_alone, next=MEETINGS).headers["Location"] == MEETINGS
    assert left_alone.get(MEETINGS).status_code == 200
    assert left_alone.get("/").context["second_factor"] is True


def test_wrong_password_stays_locked(left_alone: Client) -> None:
    assert unlock(left_alone, "not the password").status_code == 200
    assert left_alone.get(MEETINGS).status_code == 302


def test_who_has_no_password_is_asked_for_a_code(host: StaffMember, left_alone: Client) -> None:
    TOTP.activate(host.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    session = left_alone.session
    host.user.set_unusable_password()
    host.user.save()
    session[HASH_SESSION_KEY] = host.user.get_session_auth_hash()
    session.save()
    page = left_alone.get(reverse("account_unlock"), {"next": MEETINGS}, follow=True)
    assert page.request["PATH_INFO"] == reverse("mfa_reauthenticate")
    assert "Locked" in page.content.decode()


def test_locked_browser_adds_nothing_to_what_somebody_proves_at_the_sign_in(
    left_alone: Client, host: StaffMember
) -> None:
    """The session once showed a second factor: whoever only knows the password must not go by that."""
    TOTP.activate(host.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    typed = {"login": host.email, "password": PASSWORD}
    answer = left_alone.post(reverse("account_login"), typed)
    assert answer.headers["Location"].startswith(reverse("account_unlock"))
    assert left_alone.get(MEETINGS).status_code == 302


def test_guesses_at_a_locked_browser_are_counted(left_alone: Client) -> None:
    for _ in range(5):
        assert unlock(left_alone, "not the password").status_code == 200
    assert unlock(left_alone).status_code == 429


def test_somebody_else_signs_in_instead_and_finds_nothing_of_the_first(
    left_alone: Client, colleague: StaffMember
) -> None:
    send_form(left_alone)
    left_alone.post(reverse("account_logout"), {"next": reverse("account_login")})
    typed = {"login": colleague.email, "password": PASSWORD, "next": reverse("unsent")}
    answer = left_alone.post(reverse("account_login"), typed, follow=True)
    assert answer.request["PATH_INFO"] == reverse("unsent")
    assert "MARKERTYPED" not in answer.content.decode()
    assert "Nothing of yours waits here" in answer.content.decode()
    [row] = Unsent.objects.all()
    assert left_alone.post(reverse("unsent_send", args=[row.pk])).status_code == 404
    assert left_alone.post(reverse("unsent_throw_away", args=[row.pk])).status_code == 404


def test_no_address_of_another_site_follows_an_unlocking(left_alone: Client) -> None:
    answer = left_alone.get(reverse("account_unlock"), {"next": "https://evil.example/"})
    assert "evil" not in answer.headers["Location"]


def test_part_of_a_page_asked_for_by_a_script_is_refused_and_not_led_on(left_alone: Client) -> None:
    assert left_alone.get(MEETINGS, headers={"HX-Request": "true"}).status_code == 401


# --- What was typed ---------------------------------------------------------------------------------
def send_form(client: Client) -> HttpResponse:
    """Send a form with a sentence in it, as a browser does without a script."""
    return client.post(
        reverse("meetings:plan"), {"title": WORDS, "chosen": ["1", "2"]}, headers=FROM_OUR_PAGE
    )


def test_e19_form_sent_from_a_locked_browser_waits_encrypted_for_its_writer(
    left_alone: Client, host: StaffMember
) -> None:
    assert is_led_to_unlock(send_form(left_alone), reverse("unsent"))
    [row] = Unsent.objects.all()
    assert row.staff == host
    assert "MARKERTYPED" in row.typed
    assert not Unsent.objects.extra(where=["typed LIKE '%MARKERTYPED%%'"]).exists()
    kept = Entry.objects.get(verb="unsent.keep")
    assert (kept.actor, kept.object, kept.detail) == (host.actor, f"school.unsent:{row.pk}", {})

    assert unlock(left_alone, next=reverse("unsent")).headers["Location"] == reverse("unsent")
    page = left_alone.get(reverse("unsent")).content.decode()
    assert "MARKERTYPED" in page
    assert '<input type="hidden" name="chosen" value="2">' in page
    assert "NOT SENT" in left_alone.get("/").content.decode()


def test_what_was_kept_is_sent_on_as_it_was_and_kept_no_longer(
    left_alone: Client, host: StaffMember
) -> None:
    send_form(left_alone)
    unlock(left_alone)
    [row] = Unsent.objects.all()
    answer = left_alone.post(reverse("unsent_send", args=[row.pk]))
    # 307: the browser sends the very same form once more, there.
    assert (answer.status_code, answer.headers["Location"]) == (307, reverse("meetings:plan"))
    assert not Unsent.objects.exists()
    assert left_alone.post(reverse("unsent_send", args=[row.pk])).status_code == 404


def test_e19_what_was_kept_waits_until_the_page_it_is_for_opens(
    left_alone: Client, host: StaffMember, staff_client: SignIn
) -> None:
    """With a password alone the form would be taken out of the store and refused."""
    send_form(left_alone)
    [row] = Unsent.objects.all()
    client = staff_client(host, second_factor=False)
    sent = client.post(reverse("unsent_send", args=[row.pk]))
    assert sent.headers["Location"] == reverse("mfa_activate_totp")
    assert client.session["onward"] == reverse("unsent")
    assert list(Unsent.objects.all()) == [row]
    Unsent.objects.update(address=reverse("concerns:log"))
    assert client.post(reverse("unsent_send", args=[row.pk])).status_code == 307
    assert not Unsent.objects.exists()


def test_what_was_kept_can_be_thrown_away_and_is_forgotten_after_a_day(
    left_alone: Client, host: StaffMember, clock_at: SetClock
) -> None:
    send_form(left_alone)
    unlock(left_alone)
    [row] = Unsent.objects.all()
    left_alone.post(reverse("unsent_throw_away", args=[row.pk]))
    assert not Unsent.objects.exists()

    clock_at(SCHOOL_DAY + 2 * QUARTER)
    send_form(left_alone)
    kept_at = Unsent.objects.get().kept_at
    forget_old(now=kept_at + timedelta(hours=24))
    assert Unsent.objects.count() == 1
    forget_old(now=kept_at + timedelta(hours=24) + SECOND)
    assert not Unsent.objects.exists()


def test_same_form_sent_twice_is_kept_once_as_it_was_sent_last(left_alone: Client) -> None:
    send_form(left_alone)
    left_alone.post(reverse("meetings:plan"), {"title": f"{WORDS} Again."}, headers=FROM_OUR_PAGE)
    assert "Again." in Unsent.objects.get().typed


def test_no_password_and_nothing_of_another_site_is_kept(left_alone: Client) -> None:
    new = "four quiet green kettles"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    left_alone.post(reverse("account_change_password"), typed, headers=FROM_OUR_PAGE)
    left_alone.post(reverse("meetings:plan"), {"title": WORDS}, headers={"Sec-Fetch-Site": "none"})
    assert not Unsent.objects.exists()


def test_e18_concern_sent_from_a_locked_browser_is_its_writers_draft_and_logged_by_nobody(
    left_alone: Client, host: StaffMember, clock_at: SetClock
) -> None:
    unlock(left_alone)
    page = left_alone.get(reverse("concerns:log")).content.decode()
    writer = re.search(r'name="writer"[^>]*value="([^"]+)"', page)
    assert writer
    clock_at(SCHOOL_DAY + 3 * QUARTER)
    left_alone.post(reverse("concerns:log"), filled(writer=writer[1]), headers=FROM_OUR_PAGE)
    assert [draft.by for draft in Draft.objects.all()] == [host]
    assert not Unsent.objects.exists()
    assert not Concern.objects.exists()


# --- A call that runs -------------------------------------------------------------------------------
def test_page_of_a_running_call_stays_open_for_who_runs_it_and_nothing_else_does(
    host: StaffMember, co_host: StaffMember, amy: Any, ben: Any, staff_client: SignIn,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    client = staff_client(host)
    clock_at(calls.STARTS + QUARTER)
    live, register = (reverse(f"meetings:{one}", args=[meeting.pk]) for one in ("live", "register"))
    mark = reverse("meetings:mark", args=[meeting.pk, amy[1].pk, "left"])
    assert client.get(live).status_code == 200
    assert client.get(register).status_code == 200
    assert client.post(mark).status_code == 302
    assert client.get(reverse("account_idle"), {"at": live}).json()["left"] is None
    # A press there unlocks nothing else: anybody could press.
    assert client.get(MEETINGS).status_code == 302
    assert client.get(reverse("meetings:detail", args=[meeting.pk])).status_code == 302
    assert client.get(reverse("account_idle"), {"at": MEETINGS}).json()["left"] == 0

    meetings.end(meeting, by=host)
    assert client.get(live).status_code == 302


def test_call_that_somebody_forgot_to_end_is_locked_half_an_hour_after_its_time(
    host: StaffMember, co_host: StaffMember, amy: Any, ben: Any, staff_client: SignIn,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    client = staff_client(host)
    clock_at(meeting.ends_at + idle.CALL_STAYS_OPEN)
    assert client.get(reverse("meetings:live", args=[meeting.pk])).status_code == 302


def test_page_of_a_call_of_others_is_locked_for_who_may_look_at_it(
    lead: StaffMember, host: StaffMember, co_host: StaffMember, amy: Any, ben: Any,
    staff_client: SignIn, clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    client = staff_client(lead)
    live = reverse("meetings:live", args=[meeting.pk])
    assert client.get(live).status_code == 200
    clock_at(calls.STARTS + QUARTER)
    assert client.get(live).status_code == 302


# --- The page's script ------------------------------------------------------------------------------
def test_script_learns_how_long_is_left_and_whose_it_is_and_that_somebody_writes(
    host: StaffMember, colleague: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    client, state = staff_client(host), reverse("account_idle")
    clock_at(SCHOOL_DAY + timedelta(minutes=10))
    told = client.get(state).json()
    assert told["left"] == 300
    assert told["whose"] != staff_client(colleague).get(state).json()["whose"]
    assert client.post(state).json()["left"] == 900


def test_pages_of_staff_carry_the_lock_and_pages_of_families_do_not(
    host: StaffMember, staff_client: SignIn, family: Client
) -> None:
    assert "data-idle=" in staff_client(host).get(MEETINGS).content.decode()
    assert "data-idle=" not in family.get("/c/no-such-link/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_where_the_disk_is_full_somebody_still_reads(
    host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    client = staff_client(host)
    clock_at(SCHOOL_DAY + timedelta(minutes=5))

    def refuse(execute: Any, sql: str, *more: Any) -> Any:
        if sql.startswith('UPDATE "school_session"'):
            raise DatabaseError from DiskFull()
        return execute(sql, *more)

    with connection.execute_wrapper(refuse):
        assert client.get(MEETINGS).status_code == 200
    assert Session.objects.get().acted_at == SCHOOL_DAY


def test_locked_page_of_the_demo_leads_to_the_password_of_its_people(left_alone: Client) -> None:
    page = left_alone.get(reverse("account_unlock"), follow=True).content.decode()
    assert f'href="{reverse("people")}"' in page
    # It is mounted in development alone, and the page of a locked browser is the only one that names it.
    assert PASSWORD_OF_THE_DEMO not in page
    people = left_alone.get(reverse("people")).content.decode()
    assert PASSWORD_OF_THE_DEMO not in people, "these are no people of the demo"
