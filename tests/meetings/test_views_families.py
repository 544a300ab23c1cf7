"""The two pages that families see: opened they change nothing, and to strangers they say nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from audit.models import Entry
from consent import services as consent
from consent.models import Answer, Request
from meetings import links, services
from meetings.models import Meeting, Place, RegisterEntry
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.policy import MOST_WISHES_AN_HOUR, Choice
from school.selectors import choice_of
from schoolsafe.lib import clock
from tests import factories
from tests.conftest import SCHOOL_DAY
from tests.meetings import calls
from tests.meetings.pages import beside, words

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]


def own(meeting: Meeting, who: Family) -> str:
    """The path of a family's own page."""
    place = calls.place(meeting, who[1])
    return _path(links.personal(place.pk, who[0].pk, place.link_version))


def _path(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def rows() -> tuple[int, ...]:
    """How much there is of everything that these pages could write."""
    models: tuple[Any, ...] = (RegisterEntry, Notice, Entry, Place)
    return tuple(model.objects.count() for model in models)


@pytest.fixture
def out(host: StaffMember, co_host: StaffMember, amy: Family) -> Meeting:
    """Amy's mother has her link; two days to go."""
    return calls.shared(host, [amy], co_hosts=[co_host])


@pytest.fixture
def running(out: Meeting, host: StaffMember, co_host: StaffMember, clock_at: SetClock) -> Meeting:
    """The door is open, and it is the hour."""
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(out, host, co_host)
    services.open_door(out, by=host)
    clock_at(calls.STARTS)
    return out


# --- Opening --------------------------------------------------------------------------------------
def test_page_opened_any_number_of_times_changes_nothing(
    running: Meeting, amy: Family, family: Client
) -> None:
    before = rows()
    for _ in range(3):
        assert family.get(own(running, amy)).status_code == 200
        assert family.head(own(running, amy)).status_code == 200
    assert rows() == before
    answer = family.get(own(running, amy))
    assert answer.cookies == {}
    assert answer["Referrer-Policy"] == "no-referrer"
    for secret in calls.SECRETS:
        assert secret not in answer.content.decode()


def test_page_says_who_and_when_and_not_more(out: Meeting, amy: Family, family: Client) -> None:
    said = words(family.get(own(out, amy)))
    for part in (
        "Video call for Amy A.",
        "Thursday 17 September, 2:00 pm",
        "Not yet.",
        "The call opens about 15 minutes before it starts.",
        "020 7946 0100",
    ):
        assert part in said
    for secret in ("Adams", "Helen Host"):
        assert secret not in said


# --- Pressing -------------------------------------------------------------------------------------
def test_open_door_gives_the_way_into_teams_and_stands_in_the_register(
    running: Meeting, amy: Family, family: Client
) -> None:
    answer = family.post(own(running, amy))
    assert answer.context["teams_url"] == calls.LINK
    assert "Join in Microsoft Teams" in words(answer)
    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.pupil, last.actor) == ("at_door", amy[1], f"guardian:{amy[0].pk}")


def shut_not_yet(meeting: Meeting, **_: Any) -> None:
    """The door was never opened."""


def shut_by_hold(meeting: Meeting, *, host: StaffMember, co_host: StaffMember, **_: Any) -> None:
    services.drop_out(meeting, by=host, staff=co_host)


def shut_by_withdrawal(meeting: Meeting, *, amy: Family, **_: Any) -> None:
    calls.withdraw(meeting, *amy)


def shut_by_removal(meeting: Meeting, *, host: StaffMember, amy: Family, **_: Any) -> None:
    services.remove(meeting, by=host, pupil_id=amy[1].pk, reason="Shouting")


def shut_by_cancelling(meeting: Meeting, *, host: StaffMember, **_: Any) -> None:
    services.cancel(meeting, by=host)


def shut_by_ending(meeting: Meeting, *, host: StaffMember, **_: Any) -> None:
    services.end(meeting, by=host)


@pytest.mark.parametrize("how", ["named", "not counting", "set aside"])
def test_p5_join_link_of_a_parent_whose_own_yes_does_not_stand_opens_nothing(
    how: str, host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family,
    family: Client, clock_at: SetClock,
) -> None:  # fmt: skip
    """Both parents said yes and have their links; then the school asks the mother alone."""
    mother, child = amy
    father = factories.make_guardian(child, name="Adam Adams", relationship="father")
    ben = factories.make_pupil("Ben", "Brown")
    families = [amy, (father, child), (factories.make_guardian(ben), ben)]
    meeting = calls.opened(host, families, co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(minutes=5))
    hers, his = own(meeting, amy), own(meeting, (father, child))
    assert "teams.microsoft.com" in family.post(his).content.decode()

    if how == "set aside":
        said = Answer.objects.get(request__guardian=father, request__pupil=child)
        consent.invalidate(said, by=office, reason="It was not he who answered.")
    else:
        tie = Guardianship.objects.get(guardian=mother, pupil=child).pk
        named = tie if how == "named" else None
        mode = "named" if how == "named" else "any"
        seen = choice_of(child, Guardianship.objects.filter(pupil=child))
        wanted = Choice(mode=mode, counting=frozenset([tie]), named=named)
        consent.choose_who_is_asked(child, by=office, wanted=wanted, seen=seen)

    assert "teams.microsoft.com" in family.post(hers).content.decode()
    for answer in (family.get(his), family.post(his)):
        assert "teams.microsoft.com" not in answer.content.decode()
        assert "Your child is not down to take part" in answer.content.decode()


def test_e26_join_link_in_the_wrong_mailbox_stays_dead_whatever_is_answered_later(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family,
    family: Client, clock_at: SetClock,
) -> None:  # fmt: skip
    """Both parents have their links; the mother's mailbox is a stranger's. Then she says yes by telephone."""
    mother, child = amy
    father = factories.make_guardian(child, name="Adam Adams", relationship="father")
    ben = factories.make_pupil("Ben", "Brown")
    families = [amy, (father, child), (factories.make_guardian(ben), ben)]
    meeting = calls.opened(host, families, co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(minutes=5))
    outbox.run_due(clock.now())
    strangers = own(meeting, amy)
    assert "teams.microsoft.com" in family.post(strangers).content.decode()
    letters = len(mail.outbox)

    asked = Request.objects.get(question=meeting.question_id, guardian=mother)
    consent.disown(asked, by=mother)
    consent.record(
        asked, by=office, takes_part=True, may_be_recorded=True, name=mother.name,
        relationship="mother", channel="telephone",
    )  # fmt: skip
    outbox.run_due(clock.now())

    assert family.post(strangers).status_code == 404
    # The father has a new link, unasked; the mother gets hers by hand.
    to_families = {
        letter.to[0]: letter.body for letter in mail.outbox[letters:] if "/j/" in letter.body
    }
    assert set(to_families) == {father.email}
    assert own(meeting, (father, child)) in to_families[father.email]
    assert "teams.microsoft.com" in family.post(own(meeting, amy)).content.decode()


@pytest.mark.parametrize(
    ("state", "shut", "said", "may_press"),
    [
        ("out", shut_not_yet, "Not yet. The school opens the call", True),
        ("running", shut_by_hold, "The call is paused for a moment.", True),
        ("running", shut_by_withdrawal, "Your child is not down to take part", False),
        (
            "running",
            shut_by_removal,
            "The school has taken your child out of this call, and will be in touch.",
            False,
        ),
        ("out", shut_by_cancelling, "This call has been cancelled.", False),
        ("running", shut_by_ending, "This call is over.", False),
    ],
)
def test_shut_door_says_why_and_gives_no_address(
    state: str,
    shut: Callable[..., None],
    said: str,
    may_press: bool,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    family: Client,
    request: pytest.FixtureRequest,
) -> None:
    meeting = request.getfixturevalue(state)
    shut(meeting, host=host, co_host=co_host, amy=amy)
    before = rows()
    for answer, button in (
        (family.get(own(meeting, amy)), "Join"),
        (family.post(own(meeting, amy)), "Try again"),
    ):
        assert said in words(answer)
        assert (f" {button} " in words(answer)) == may_press
        assert answer.context["teams_url"] == ""
        for secret in calls.SECRETS:
            assert secret not in answer.content.decode()
    assert rows() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_press_that_another_site_sends_does_nothing(
    headers: dict[str, str], running: Meeting, amy: Family, family: Client
) -> None:
    before = rows()
    answer = family.post(own(running, amy), headers=headers)
    assert answer.context["teams_url"] == ""
    assert rows() == before
    assert family.post(own(running, amy), headers={"Origin": "null"}).context["teams_url"]


def test_e30_blocked_father_with_a_link_of_old_is_told_nothing_at_all(
    host: StaffMember,
    co_host: StaffMember,
    cat: Family,
    blocked_father: Guardian,
    family: Client,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [cat], co_hosts=[co_host])
    clock_at(calls.STARTS)
    assert family.post(own(meeting, cat)).context["teams_url"] == calls.LINK
    before = rows()
    for refused in (
        family.get(own(meeting, (blocked_father, cat[1]))),
        family.post(own(meeting, (blocked_father, cat[1]))),
    ):
        assert refused.content == family.get("/j/nonsense/").content
    assert rows() == before


# --- Links that do not work -----------------------------------------------------------------------
def test_unknown_damaged_and_revoked_links_are_answered_alike(
    out: Meeting, host: StaffMember, amy: Family, ben: Family, family: Client
) -> None:
    good = own(out, amy)
    services.revise(out, by=host, what=calls.as_it_is(out, pupils=[ben[1]]))
    dead = {
        "revoked": good,
        "damaged": good[:-3] + "x/",
        "unknown": _path(links.personal(999_999, amy[0].pk, 1)),
        "nonsense": "/j/nonsense/",
        "of a class": good.replace(
            good.split("/")[2], links.for_class(out.pk, 1).rstrip("/").split("/")[-1]
        ),
    }
    answers = {name: family.get(path) for name, path in dead.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        dead, 404
    )
    assert len({answer.content for answer in answers.values()}) == 1
    assert "Get a new link" in words(answers["revoked"])
    # Pressing Join on a page that was open when the link died leads to the same.
    assert family.post(good).status_code == 404


def test_lost_link_page_sends_a_new_one_to_the_address_on_record_only(
    out: Meeting, amy: Family, family: Client, mailbox: Callable[[], list[Any]]
) -> None:
    mailbox()
    answers = [
        family.post("/j/nonsense/", {"email": address})
        for address in ("stranger@elsewhere.example", amy[0].email.upper())
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    outbox.climb_due(now=clock.now())
    letters = Notice.objects.filter(kind="meeting_join_link")
    assert [row.guardian for row in letters] == [amy[0], amy[0]]
    assert mailbox()[-1].to == [amy[0].email]


def test_address_that_is_none_is_asked_for_again(out: Meeting, amy: Family, family: Client) -> None:
    class_page = _path(links.for_class(out.pk, 1))
    for path, status in (("/j/nonsense/", 404), (class_page, 422)):
        for typed, fault in (
            ("", "Type your e-mail address."),
            ("amy at home", "Type the whole address, for example name@example.com."),
        ):
            answer = family.post(path, {"email": typed})
            assert (answer.status_code, beside(answer, "email")) == (status, [fault])
            assert f'value="{typed}"' in answer.content.decode() or not typed


# --- The class page -------------------------------------------------------------------------------
def test_e72_class_page_answers_everybody_alike(
    out: Meeting, amy: Family, ben: Family, family: Client
) -> None:
    Notice.objects.all().delete()
    pages = [
        _path(links.for_class(out.pk, 1)),
        _path(links.for_class(out.pk, 2)),
        _path(links.for_class(999_999, 1)),
        "/k/nonsense/",
    ]
    assert len({family.get(page).content for page in pages}) == 1
    wishes = [(page, amy[0].email) for page in reversed(pages)]
    wishes += [(pages[0], ben[0].email), (pages[0], "stranger@elsewhere.example")]
    answers = [family.post(page, {"email": address}) for page, address in wishes]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    outbox.climb_due(now=clock.now())
    # Only the good page and the consenting family's address brought a letter about.
    assert [row.guardian for row in Notice.objects.all()] == [amy[0]]


@pytest.mark.parametrize("page", ["class", "lost"])
def test_e27_crowded_sender_gets_the_same_answer_and_families_their_link_once_a_day(
    page: str, out: Meeting, amy: Family, family: Client, clock_at: SetClock
) -> None:
    Notice.objects.all().delete()
    path = _path(links.for_class(out.pk, 1)) if page == "class" else "/j/nonsense/"
    answers = {
        family.post(path, {"email": f"stranger{number}@elsewhere.example"}).content
        for number in range(MOST_WISHES_AN_HOUR + 1)
    }
    for minutes in (0, 11, 22):
        clock_at(SCHOOL_DAY + timedelta(minutes=minutes))
        answers.add(family.post(path, {"email": amy[0].email}).content)
        outbox.climb_due(now=clock.now())
    assert len(answers) == 1
    assert [row.guardian for row in Notice.objects.all()] == [amy[0]]
    # From elsewhere the usual ten minutes hold.
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    clock_at(SCHOOL_DAY + timedelta(minutes=33))
    elsewhere.post(path, {"email": amy[0].email})
    outbox.climb_due(now=clock.now())
    assert Notice.objects.count() == 2


def test_class_page_opened_or_sent_by_another_site_sends_nothing(
    out: Meeting, amy: Family, family: Client
) -> None:
    page = _path(links.for_class(out.pk, 1))
    before = rows()
    family.get(page)
    family.head(page)
    foreign = {"Origin": "https://evil.example"}
    family.post(page, {"email": amy[0].email}, headers=foreign)
    family.post("/j/nonsense/", {"email": amy[0].email}, headers=foreign)
    assert rows() == before


# --- A yes that comes late ------------------------------------------------------------------------
def test_e39_yes_after_the_links_went_out_brings_its_own_link_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Callable[[], list[Any]],
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    calls.answer(meeting, *ben)
    calls.answer(meeting, *ben)
    services.share_by_email(meeting, by=co_host)
    mailbox()

    letters = Notice.objects.filter(kind="meeting_join_link", state="sent").order_by("pk")
    assert [row.guardian for row in letters] == [amy[0], ben[0]]
    shares = meeting.shares.values_list("guardian", "pupil", "shared_by")
    assert list(shares) == [(amy[0].pk, amy[1].pk, host.pk), (ben[0].pk, ben[1].pk, host.pk)]


def test_e39_late_yes_to_a_call_shared_by_hand_sends_nothing_by_itself(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.direct_message(meeting, by=host)
    calls.answer(meeting, *ben)
    assert Notice.objects.filter(kind="meeting_join_link").count() == 0


def test_e39_late_yes_while_the_call_is_on_hold_waits_until_it_is_safe(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, cat: Family
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1], cat[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    services.drop_out(meeting, by=host, staff=co_host)
    calls.answer(meeting, *ben)
    links_now = Notice.objects.filter(kind="meeting_join_link")
    # One adult, nothing recorded: still on hold, and nobody new gets a way in.
    assert [row.guardian for row in links_now] == [amy[0]]
    services.come_back(meeting, by=host, staff=co_host)
    assert {row.guardian for row in links_now.all()} == {amy[0], ben[0]}
    calls.answer(meeting, *cat)
    assert {row.guardian for row in links_now.all()} == {amy[0], ben[0], cat[0]}


def test_e33_join_page_of_a_child_with_a_safe_address_shows_the_first_name_alone(
    out: Meeting, amy: Family, client: Client
) -> None:
    assert amy[1].short_name in words(client.get(own(out, amy)))
    Pupil.objects.filter(pk=amy[1].pk).update(is_address_confidential=True)
    shown = words(client.get(own(out, amy)))
    assert (amy[1].given_name in shown, amy[1].short_name in shown) == (True, False)
