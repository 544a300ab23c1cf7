"""The live register as it is seen: one line, one button, late presses, the end and the recording."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from concerns.models import Concern
from meetings import policy, services
from meetings.models import Closing, Meeting, RegisterEntry, Seat
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as concerns
from tests.meetings import calls
from tests.meetings.pages import beside, part, plain, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def running(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family,
    clock_at: SetClock,
) -> Meeting:  # fmt: skip
    """Two adults, a reserve, two pupils; it is the hour."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    clock_at(calls.STARTS)
    return meeting


def kinds() -> list[str]:
    return list(RegisterEntry.objects.order_by("pk").values_list("kind", flat=True))


def test_e57_line_says_who_left_with_whom_and_one_press_calls_the_reserve(
    running: Meeting, host: StaffMember, co_host: StaffMember, colleague: StaffMember,
    amy: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    services.admit(running, by=host, pupil_ids=[amy[1].pk])
    services.drop_out(running, by=host, staff=co_host)
    client = staff_client(host)
    page = client.get(url("live", running))
    top = part(page, 'class="live-verdict"', "<h2>Pupils")
    assert (
        "The co-host Colin Cohost has left, and Amy Adams is on the call with Helen Host alone."
        in top
    )
    assert "Call in Carol Colleague now" in top
    client.post(url("call_reserve", running, colleague.pk), headers=HTMX)
    assert Seat.objects.get(staff=colleague).called_at == calls.STARTS
    # Called, and not there yet: now ending it is the press, and it wants a second one.
    top = part(client.get(url("live", running)), 'class="live-verdict"', "<h2>Pupils")
    assert "Carol Colleague was called in and has the checklist to confirm." in top
    assert "Yes, end it" in part(client.get(url("live", running)), 'id="end-now"', "</details>")


def test_e58_reserve_finds_the_way_in_and_the_end_on_the_page(
    running: Meeting, host: StaffMember, co_host: StaffMember, colleague: StaffMember,
    amy: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    services.admit(running, by=host, pupil_ids=[amy[1].pk])
    for person in (co_host, host):
        services.drop_out(running, by=host, staff=person)
    client = staff_client(colleague)
    page = words(client.get(url("live", running)))
    assert "Amy Adams is on the call with no adult." in page
    assert "Call in Carol Colleague now" in page
    client.post(url("end", running))
    assert Meeting.objects.get().status == "ended"


def test_late_press_is_taken_once_and_the_register_says_when_it_was_made(
    running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS + 10 * MINUTE)
    client = staff_client(host)
    sent = {"pupil": amy[1].pk, "press": str(uuid4()), "ago": str(6 * 60 * 1000)}
    for _ in range(2):
        page = client.post(url("admit", running), sent, headers=HTMX)
    assert kinds().count("admitted") == 1
    assert "Amy Adams was admitted. (Sent at 2:10 pm: there was no connection.)" in words(page)
    entry = RegisterEntry.objects.get(kind="admitted")
    assert entry.pressed_at == calls.STARTS + 4 * MINUTE


@pytest.mark.parametrize("junk", [{"press": "x"}, {"ago": "-1"}, {"ago": "x"}, {"ago": "9" * 40}])
def test_press_that_makes_no_sense_is_taken_as_one_without_a_script(
    junk: dict[str, str], running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    sent = {"press": str(uuid4()), "pupil": amy[1].pk} | junk
    assert staff_client(host).post(url("admit", running), sent, headers=HTMX).status_code == 200
    entry = RegisterEntry.objects.get(kind="admitted")
    assert (entry.press_key, entry.pressed_at) == (None, None)


def test_removal_from_the_register_itself_is_written_once_and_asks_why(
    running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client, page = staff_client(host), url("remove", running, amy[1].pk)
    refused = client.post(page, {"press": str(uuid4())}, headers=HTMX)
    assert part(refused, 'role="alert">', "</p>") == "A removal needs its reason."
    sent = {"reason": "Rude", "for_family": "She was rude.", "press": str(uuid4()), "ago": "0"}
    for _ in range(2):
        done = client.post(page, sent, headers=HTMX)
    assert kinds().count("removed") == 1
    assert "Amy Adams was removed: Rude" in words(done)
    assert RegisterEntry.objects.get(kind="removed").for_family == "She was rude."


def test_e55_name_in_teams_stands_beside_the_pupils_own(
    running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client, page = staff_client(host), url("name", running, amy[1].pk)
    client.post(page, {"name": "Dad's iPad"})
    row = part(client.get(url("live", running)), f'id="place-{amy[1].pk}"', "</li>")
    assert "in Teams: Dad&#x27;s iPad" in row
    assert 'value="Dad&#x27;s iPad"' in client.get(page).content.decode()
    assert client.post(page, {"name": "x" * 121}).status_code == 422


def test_e56_line_says_that_one_has_come_and_how_long_to_wait(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn,
    clock_at: SetClock,
) -> None:  # fmt: skip
    calls.press(running, *amy)
    client = staff_client(host)
    page = words(client.get(url("live", running)))
    assert "Only Amy Adams has turned up." in page
    assert "We wait together until 2:10 pm" in page
    page = words(client.post(url("wait", running), headers=HTMX))
    assert "You wait with Amy Adams for the others until 2:10 pm." in page
    assert "We wait together" not in page
    clock_at(calls.STARTS + 10 * MINUTE)
    page = words(client.get(url("live", running)))
    assert "Only one came: end the call" in page
    answer = client.post(url("end_with_one", running))
    assert answer["Location"] == url("close", running)
    assert kinds()[-2:] == ["one_came", "ended"]


def test_e65_second_look_is_offered_from_five_minutes_after_the_end(
    running: Meeting, host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    client = staff_client(host)
    assert "Is it still empty?" not in words(client.get(url("live", running)))
    client.post(url("end", running))
    page = words(client.get(url("live", running)))
    assert "once more from 2:05 pm on" in page
    assert "Looked: it is empty" not in page
    clock_at(calls.STARTS + 5 * MINUTE)
    assert "Looked: it is empty" in words(client.get(url("live", running)))
    page = words(client.post(url("looked", running, "empty"), follow=True))
    assert "Looked again after the end: the call was empty." in page
    assert "Looked: it is empty" not in page
    assert client.post(url("looked", running, "nonsense")).status_code == 404


def test_e65_somebody_in_an_ended_call_is_said_with_what_to_do_now(
    running: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    client.post(url("end", running))
    page = words(client.post(url("looked", running, "somebody"), follow=True))
    assert "choose the three dots and 'End meeting' once more" in page
    assert "Somebody was in the call after its end" in words(client.get(url("detail", running)))


def test_e73_e74_one_press_opens_the_concern_form_and_the_call_never_shows_that_there_is_one(
    running: Meeting, host: StaffMember, amy: Family, lead: StaffMember, staff_client: SignIn
) -> None:
    address = f"/concerns/log/?about=meetings.meeting%3A{running.pk}"
    client = staff_client(host)
    before = {page: words(client.get(url(page, running))) for page in ("live", "detail")}
    assert f'href="{address}"' in client.get(url("live", running)).content.decode()
    form = client.get(address)
    assert f'value="meetings.meeting:{running.pk}"' in form.content.decode()
    assert "14:00" in form.content.decode()

    concerns.log(host, concerns.child(amy[1]))

    assert Concern.objects.count() == 1
    assert {page: words(client.get(url(page, running))) for page in before} == before


def test_e75_cover_says_what_it_costs_and_refuses_in_place(
    running: Meeting, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client, page = staff_client(host), url("cover", running)
    assert "Somebody new to them means that all are asked again" in words(client.get(page))
    empty = client.post(page, {})
    assert (empty.status_code, beside(empty, "staff")) == (422, ["Choose who covers."])
    client.post(page, {"staff": lead.pk})
    assert f"{lead.name} was named as cover." in words(client.get(url("live", running)))


def test_e75_cover_who_became_unfit_meanwhile_is_refused_beside_the_field(
    running: Meeting, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    factories.make_absence(lead, calls.STARTS, calls.ENDS)
    refused = staff_client(host).post(url("cover", running), {"staff": lead.pk})
    assert beside(refused, "staff") == [f"{lead.name} is away then."]


def test_closing_offers_the_day_to_destroy_a_recording_and_who_left(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    services.admit(running, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.mark(running, by=host, pupil_id=amy[1].pk, kind=policy.EntryKind.LEFT)
    Meeting.objects.update(is_recorded=True)
    client = staff_client(host)
    page = client.get(url("close", running))
    assert 'value="2026-10-17"' in page.content.decode()
    assert "Amy Adams, 2:00 pm" in words(page)
    assert part(page, 'id="div_id_left_early"', "div_id_troubling").count(" checked") == 1
    typed = {
        "ended": "end_meeting",
        "recorded": "yes",
        "recording_kept_at": "OneDrive",
        "destroy_by": "2026-10-01",
        "troubling": "no",
        "left_early": [amy[1].pk],
    }
    shown = words(client.post(url("close", running), typed, follow=True))
    assert "Left early: Amy Adams." in shown
    assert "To be destroyed by 1 October 2026." in shown
    closing = Closing.objects.get()
    assert (closing.destroy_by, list(closing.left_early.all())) == (date(2026, 10, 1), [amy[1]])

    shown = words(client.post(url("destroyed", running), follow=True))
    assert f"Destroyed {host.name}" in shown
    assert (
        "somebody has written that down already"
        in words(client.post(url("destroyed", running), follow=True)).lower()
    )


def test_closing_marks_who_was_removed_and_says_that_it_is_late_and_who_knows(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn,
    clock_at: SetClock,
) -> None:  # fmt: skip
    services.admit(running, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.remove(running, by=host, pupil_id=ben[1].pk, reason="Shouting.")
    client = staff_client(host)
    page = client.get(url("close", running))
    who = part(page, 'id="div_id_left_early"', "div_id_troubling")
    [ticked] = [one for one in who.split("<input")[1:] if " checked" in one]
    assert f'value="{ben[1].pk}"' in ticked
    assert "Ben Brown, removed at 2:00 pm" in plain(who)
    assert "This form is late" not in words(page)

    late = "This form is late: the call was to end Thursday 17 September, 2:45 pm."
    clock_at(calls.ENDS + timedelta(minutes=59))
    page = words(client.get(url("close", running)))
    assert (late in page, "The safeguarding team has been told" in page) == (True, False)
    services.raise_unclosed([running], now=clock.now())
    page = words(client.get(url("close", running)))
    assert f"{late} The safeguarding team has been told that nobody has closed it." in page


# --- What a register costs that renews itself -----------------------------------------------------
def seen(page: Any) -> str:
    """The mark with which a device asks for the register again."""
    return part(page, "?seen=", '"')


def test_register_that_a_device_has_already_is_written_again_only_once_something_changed(
    running: Meeting, host: StaffMember, co_host: StaffMember, colleague: StaffMember,
    lead: StaffMember, amy: Family, ben: Family, staff_client: SignIn, clock_at: SetClock,
) -> None:  # fmt: skip
    client, address = staff_client(host), url("register", running)
    changes: list[Callable[[], object]] = [
        lambda: calls.press(running, *amy),
        lambda: services.admit(running, by=host, pupil_ids=[amy[1].pk]),
        lambda: services.call_reserve(running, by=host, staff=colleague),
        lambda: calls.confirm(running, colleague),
        lambda: services.bring_cover(running, by=host, staff=lead),
        # A family's word, and the clock.
        lambda: calls.withdraw(running, *ben),
        lambda: clock_at(calls.STARTS + MINUTE / 2),
        lambda: services.end(running, by=co_host),
    ]
    for change in changes:
        mark = seen(client.get(address))
        assert client.get(address, {"seen": mark}).status_code == 204
        change()
        assert client.get(address, {"seen": mark}).status_code == 200
    assert staff_client(factories.make_staff()).get(address, {"seen": mark}).status_code == 404


def test_rows_that_are_written_once_hold_each_persons_own_token(
    running: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    calls.press(running, *amy)
    tokens = []
    for person, page in ((host, "admit"), (co_host, "mark")):
        client = staff_client(person)
        client.handler.enforce_csrf_checks = True
        row = part(client.get(url("live", running)), f'id="place-{amy[1].pk}"', "</li>")
        token = row.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
        more = [amy[1].pk, "muted"] if page == "mark" else []
        sent = {"csrfmiddlewaretoken": token, "pupil": amy[1].pk}
        assert client.post(url(page, running, *more), sent).status_code == 302
        tokens.append(token)
    assert tokens[0] != tokens[1]
    assert kinds()[-2:] == ["admitted", "muted"]
