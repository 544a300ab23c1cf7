"""The page from which a call is run: checklist, door, register, all without a script too."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from meetings import policy, services
from meetings.models import Check, Meeting, RegisterEntry
from school.models import Guardian, Pupil, StaffMember
from tests.meetings import calls
from tests.meetings.pages import beside, part, plain, summary, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]
LINES = ["background", "conduct", "one_room", "participants"]


def kinds() -> list[tuple[str, int | None]]:
    """The register, line by line."""
    return list(RegisterEntry.objects.order_by("pk").values_list("kind", "pupil"))


@pytest.fixture
def out(host: StaffMember, co_host: StaffMember, amy: Family, ben: Family) -> Meeting:
    """Two families have their links; two adults."""
    return calls.shared(host, [amy, ben], co_hosts=[co_host])


@pytest.fixture
def running(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """The door is open, two adults, and it is the hour."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    return meeting


@pytest.fixture
def alone(host: StaffMember, amy: Family, ben: Family, clock_at: SetClock) -> Meeting:
    """One adult, recorded, the door open."""
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(calls.STARTS)
    return meeting


# --- Before the door ------------------------------------------------------------------------------
def test_page_says_by_the_clock_when_door_and_checklist_open(
    out: Meeting, host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    page = staff_client(host).get(url("live", out))
    assert "The door can be opened from Thursday 17 September, 1:45 pm." in words(page)
    assert "The checklist can be confirmed from Thursday 17 September, 12:00 pm." in words(page)
    assert "I confirm all of this" not in words(page)

    clock_at(calls.STARTS - timedelta(hours=2))
    page = staff_client(host).get(url("live", out))
    assert "The door can be opened from 1:45 pm." in words(page)
    assert words(page).count("Before the start") == 1
    assert words(page).count("I confirm all of this") == 1

    clock_at(calls.STARTS - timedelta(minutes=15))
    assert "The door can be opened" not in words(staff_client(host).get(url("live", out)))


def test_checklist_asks_for_every_line_and_ticks_none(
    out: Meeting, host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS - timedelta(minutes=10))
    client = staff_client(host)
    assert " checked" not in part(client.get(url("live", out)), 'id="checks"', "</section>")
    fault = "Confirm every line, or put right what is not so yet."
    for items, ticked in (([], 0), (LINES[:2], 2), ([*LINES[:2], "nonsense"], 2)):
        answer = client.post(url("confirm", out), {"items": items})
        assert answer.status_code == 422
        # Ticks alone: nothing was written that could still be there.
        assert "What you wrote is still here." not in words(answer)
        assert "Nothing has been saved yet." in words(answer)
        said = summary(answer)
        assert beside(answer, "items") == [one.split(" – ")[1] for one in said]
        assert part(answer, 'id="checks"', "</section>").count(" checked") == ticked
        if "nonsense" not in items:
            assert said == [f"What you confirm for yourself – {fault}"]
    assert Check.objects.count() == 0

    kept = client.post(url("confirm", out), {"items": LINES}, follow=True)
    assert "I confirm all of this" not in words(kept)
    assert sorted(Check.objects.values_list("item", flat=True)) == LINES


def test_recording_is_one_line_more_of_the_checklist(
    host: StaffMember, amy: Family, ben: Family, staff_client: SignIn, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy, ben], is_recorded=True)
    clock_at(calls.STARTS - timedelta(minutes=10))
    client = staff_client(host)
    assert client.post(url("confirm", meeting), {"items": LINES}).status_code == 422
    client.post(url("confirm", meeting), {"items": [*LINES, "recording"]})
    assert Check.objects.count() == 5


def test_door_opens_by_its_button_once_everybody_has_confirmed(
    out: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS - timedelta(minutes=10))
    client = staff_client(host)
    calls.confirm(out, host)
    early = client.post(url("open_door", out), follow=True)
    assert "Colin Cohost still to confirm the start checklist." in words(early)
    assert "Open the door" not in words(early)

    calls.confirm(out, co_host)
    assert "Open the door" in words(client.get(url("live", out)))
    opened = client.post(url("open_door", out), follow=True)
    assert "2 adults, 0 pupils on the call: fine." in words(opened)
    assert Meeting.objects.get().status == "open"


# --- The register ---------------------------------------------------------------------------------
def test_two_adults_admit_one_by_one_or_all_at_the_door(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    calls.press(running, *amy)
    page = client.get(url("live", running))
    assert "Admit all at the door (1)" in words(page)
    client.post(url("admit", running), {"pupil": amy[1].pk})
    calls.press(running, *ben)
    page = client.post(url("admit", running), {"pupil": ben[1].pk}, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "2 adults, 2 pupils on the call: fine." in words(page)
    assert "Admit" not in words(page)
    assert kinds()[-2:] == [("at_door", ben[1].pk), ("admitted", ben[1].pk)]


def test_e56_single_adult_is_told_why_one_pupil_waits_and_admits_two_together(
    alone: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    together = "You are the only adult: admit the first two pupils together"
    assert together not in words(client.get(url("live", alone)))

    calls.press(alone, *amy)
    page = words(client.get(url("live", alone)))
    assert together in page
    assert "Admit " not in page

    refused = client.post(url("admit", alone), {"pupil": amy[1].pk}, follow=True)
    assert together in words(refused)
    assert ("admitted", amy[1].pk) not in kinds()

    calls.press(alone, *ben)
    page = words(client.get(url("live", alone)))
    assert together in page
    assert page.count("Admit ") == page.count("Admit all at the door (2)") == 1
    both = {"pupil": [amy[1].pk, ben[1].pk, "nonsense"]}
    done = client.post(url("admit", alone), both, follow=True)
    assert "1 adult, 2 pupils on the call: fine." in words(done)


def test_e38_pupil_whose_consent_is_gone_is_not_among_all_at_the_door(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    calls.press(running, *amy)
    calls.press(running, *ben)
    calls.withdraw(running, *ben)
    page = staff_client(host).get(url("live", running))
    assert "Admit all at the door (1)" in words(page)
    assert f'name="pupil" value="{ben[1].pk}"' not in page.content.decode()


def test_hold_shouts_once_and_offers_what_may_end_it(
    alone: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    services.admit(alone, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.mark(alone, by=host, pupil_id=ben[1].pk, kind=policy.EntryKind.LEFT)
    page = words(staff_client(host).get(url("live", alone)))
    assert page.count("On hold. Only Amy Adams is on the call with one adult.") == 1
    # Ben coming back is what mends it.
    assert page.count("Admit Ben Brown") == 1


# what was noted last, the states of the row, its buttons: each says what pressing it does
MARKS = [
    ("admitted", ["On the call"], ["Mute", "Mark as left", "Let present"]),
    ("muted", ["On the call", "Muted"], ["Unmute", "Mark as left", "Let present"]),
    ("unmuted", ["On the call"], ["Mute", "Mark as left", "Let present"]),
    ("presenting", ["On the call", "May present"], ["Mute", "Mark as left", "Stop presenting"]),
    ("presented", ["On the call"], ["Mute", "Mark as left", "Let present"]),
    ("left", ["Left"], ["Admit"]),
]


@pytest.mark.parametrize("marked", range(len(MARKS)))
def test_mark_is_noted_its_state_is_a_word_and_the_button_says_what_it_does(
    marked: int, running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client, pupil = staff_client(host), amy[1]
    services.admit(running, by=host, pupil_ids=[pupil.pk])
    for kind, _, _ in MARKS[1 : marked + 1]:
        client.post(url("mark", running, pupil.pk, kind))
    kind, states, buttons = MARKS[marked]
    assert kinds()[-1] == (kind, pupil.pk)
    row = part(client.get(url("live", running)), f'id="place-{pupil.pk}"', "</li>")
    pills = re.findall(r'<span class="pill[^>]*>(.*?)</span>', row, re.S)
    assert [plain(pill) for pill in pills] == states
    pressed = re.findall(r"<button.*?</button>", row, re.S)
    assert [plain(button).removesuffix(f" {pupil}") for button in pressed] == buttons


def test_adult_is_marked_as_not_there_and_as_back_by_buttons_that_say_so(
    running: Meeting, host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    assert f"Mark as not there {co_host.name}" in words(client.get(url("live", running)))
    page = words(client.post(url("drop_out", running, co_host.pk), follow=True))
    assert f"Mark as back {co_host.name}" in page
    assert "The call has ended in Teams" in page
    assert "Mark the call as ended" in page


@pytest.mark.parametrize("kind", ["removed", "at_door", "nonsense"])
def test_mark_that_is_none_is_refused(
    kind: str, running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    before = kinds()
    answer = staff_client(host).post(url("mark", running, amy[1].pk, kind), follow=True)
    assert "That cannot be noted about a pupil." in words(answer)
    assert kinds() == before


def test_removal_asks_why_and_keeps_the_call_as_it_was_until_told(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    services.admit(running, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    removal = url("remove", running, ben[1].pk)
    assert "Remove Ben Brown" in words(client.get(removal))
    empty = client.post(removal, {"reason": " "})
    assert (empty.status_code, beside(empty, "reason")) == (422, ["Write down why."])
    assert summary(empty) == ["Why? – Write down why."]
    assert kinds()[-1] == ("admitted", ben[1].pk)

    done = client.post(removal, {"reason": "Shouting"}, follow=True)
    assert kinds()[-1] == ("removed", ben[1].pk)
    assert "Ben Brown was removed: Shouting" in words(done)
    stranger = client.get(url("remove", running, 999_999))
    assert stranger.status_code == 403


def test_removed_pupil_is_let_back_on_a_page_that_asks_why(
    running: Meeting, host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    services.admit(running, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    assert "Let back in" not in words(client.get(url("live", running)))
    services.remove(running, by=host, pupil_id=ben[1].pk, reason="Shouting")
    row = part(client.get(url("live", running)), f'id="place-{ben[1].pk}"', "</li>")
    assert "Let back in" in row
    assert "<form" not in row, "one press alone must not do it"
    refused = client.post(url("admit", running), {"pupil": ben[1].pk}, follow=True)
    assert "Ben Brown was removed. Let them back first, and say why." in words(refused)

    page = url("let_back", running, ben[1].pk)
    assert "Ben Brown was removed: Shouting" in words(client.get(page))
    empty = client.post(page, {"reason": " "})
    assert (empty.status_code, beside(empty, "reason")) == (422, ["Write down why."])
    assert kinds()[-1] == ("removed", ben[1].pk)
    done = client.post(page, {"reason": "He is calm again"}, follow=True)
    assert "Ben Brown may come back: He is calm again" in words(done)
    assert "May come back" in part(done, f'id="place-{ben[1].pk}"', "</li>")
    # Sent twice it is written once.
    client.post(page, {"reason": "He is calm again"})
    assert [kind for kind, _ in kinds()].count("let_back") == 1

    client.post(url("admit", running), {"pupil": ben[1].pk})
    assert kinds()[-1] == ("admitted", ben[1].pk)
    assert client.get(url("let_back", running, 999_999)).status_code == 403


def test_unknown_name_is_noted_and_an_empty_one_asks_for_it(
    running: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    before = kinds()
    empty = client.post(url("unknown", running), {"name": " "}, follow=True)
    assert "Write down the name as Teams shows it." in words(empty)
    assert kinds() == before
    noted = client.post(url("unknown", running), {"name": "iPad 4"}, follow=True)
    assert "An unknown name was at the door: iPad 4" in words(noted)


def test_adults_drop_out_come_back_and_a_reserve_is_called(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    staff_client: SignIn,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host], reserves=[colleague])
    clock_at(calls.STARTS)
    client = staff_client(host)
    for page, person, said in (
        ("drop_out", co_host, "On hold. Helen Host would be alone with Amy Adams."),
        ("come_back", co_host, "2 adults, 0 pupils on the call: fine."),
        ("call_reserve", colleague, "Carol Colleague Reserve"),
        ("call_reserve", co_host, "That person is not a reserve on this call."),
    ):
        assert said in words(client.post(url(page, meeting, person.pk), follow=True)), page
    assert meeting.seats.get(staff=colleague).called_at == calls.STARTS
    for page in ("drop_out", "come_back", "call_reserve"):
        assert client.post(url(page, meeting, 999_999)).status_code == 404


def test_register_renews_itself_and_says_a_refusal_in_place(
    running: Meeting, host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    fragment = client.get(url("register", running))
    assert fragment.content.decode().lstrip().startswith('<div id="register"')
    refused = client.post(
        url("admit", running), {"pupil": "999999"}, headers={"HX-Request": "true"}
    )
    assert refused.status_code == 200
    assert part(refused, 'role="alert">', "</p>") == "That pupil is not on this call."


def test_who_may_only_look_sees_the_register_without_its_buttons(
    running: Meeting,
    host: StaffMember,
    lead: StaffMember,
    office: StaffMember,
    staff_client: SignIn,
) -> None:
    assert "Go to the live register" in words(staff_client(host).get(url("detail", running)))
    for person in (lead, office):
        client = staff_client(person)
        assert "See the live register" in words(client.get(url("detail", running)))
        page = client.get(url("live", running))
        assert "Amy Adams" in words(page)
        main = part(page, "<main", "</main>")
        # The team may end any call; whoever sees all calls may shut the ways in when a link has leaked.
        assert main.count("<form") == (2 if person == lead else 1)


@pytest.mark.parametrize(
    "page", ["confirm", "open_door", "admit", "unknown", "end", "ask", "share_by_email", "posted"]
)
def test_change_is_not_made_by_opening_its_address(
    page: str, running: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    before: Any = kinds()
    assert staff_client(host).get(url(page, running)).status_code == 405
    assert kinds() == before
