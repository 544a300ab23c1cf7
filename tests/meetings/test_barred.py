"""A guardian under a no-contact order who works at the school is on no call with that child (E30)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.models import PaperForm
from meetings import policy, selectors, services
from meetings.models import Meeting
from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import beside, plain, plan_form, shown, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
WORDS = "Colin Cohost cannot be on this call: the office can say why."
TELEPHONE = "+44 7700 900123"


def block(pupil: Pupil, lead: StaffMember, **facts: Any) -> Guardian:
    usual: dict[str, Any] = {"blocked_from": date(2026, 1, 1), "name": "C. Cohost"}
    return factories.make_blocked_guardian(pupil, approved_by=lead, **(usual | facts))


@pytest.mark.parametrize(
    ("facts", "is_barred"),
    [
        ({"email": "STAFF"}, True),
        ({"email": "STAFF", "name": "Somebody Else"}, True),
        ({"email": "own@family.example", "telephone": "07700 900 123"}, True),
        ({"email": "", "telephone": "07700 900 123", "name": "Norma Cohost"}, False),
        ({"email": "own@family.example", "telephone": ""}, False),
        ({"email": "STAFF", "blocked_from": date(2026, 9, 18)}, False),
        ({"email": "STAFF", "blocked_from": date(2026, 9, 17)}, True),
        ({"email": "STAFF", "blocked_until": date(2026, 9, 16)}, False),
        ({"email": "STAFF", "blocked_until": date(2026, 9, 17)}, True),
    ],
)
@pytest.mark.parametrize("seat", ["co_hosts", "reserves"])
def test_e30_blocked_guardian_on_the_staff_is_not_planned_as_an_adult(
    seat: str,
    facts: dict[str, Any],
    is_barred: bool,
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
) -> None:
    StaffMember.objects.filter(pk=co_host.pk).update(telephone=TELEPHONE)
    facts = facts | ({"email": co_host.email.upper()} if facts["email"] == "STAFF" else {})
    block(amy[1], lead, **facts)
    people = {"co_hosts": [colleague], "reserves": []} | {seat: [co_host]}
    if seat == "co_hosts":
        people = {"co_hosts": [colleague, co_host]}
    what = calls.plan_of([amy[1], ben[1]], **people)
    if not is_barred:
        services.plan(by=host, what=what)
        return
    with pytest.raises(services.PlanRefused) as refused:
        services.plan(by=host, what=what)
    assert [(one.code, one.words) for one in refused.value.verdict.blocking] == [("barred", WORDS)]
    services.plan(by=host, what=calls.plan_of([ben[1]], **people))


def test_e31_page_tells_a_teacher_nothing_of_the_order(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    block(amy[1], lead, email=co_host.email)
    client = staff_client(host)
    typed = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    box = plain(client.post(url("verdict"), typed).content.decode())
    refused = client.post(url("plan"), typed)
    assert WORDS in box
    assert beside(refused, "co_hosts") == [WORDS]
    for page in (box, words(refused)):
        assert [word for word in ("order", "contact", "blocked") if word in page.lower()] == []
    assert Meeting.objects.count() == 0


def test_e30_order_that_comes_after_the_plan_holds_the_call_and_shuts_the_door(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    assert calls.door(meeting, *ben) == "open"
    block(amy[1], lead, email=co_host.email)
    assert calls.door(meeting, *ben) == "on_hold"
    outbox.run_due(clock.now())
    assert Meeting.objects.get().on_hold_since == calls.STARTS
    assert calls.verdict(meeting) == ["barred"]


def test_e30_reserve_who_is_blocked_since_is_not_called_in(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[colleague], reserves=[co_host])
    clock_at(calls.STARTS + timedelta(minutes=1))
    block(amy[1], lead, email=co_host.email)
    assert calls.verdict(meeting) == []
    with pytest.raises(NotAllowed, match=WORDS):
        services.call_reserve(meeting, by=host, staff=co_host)
    assert meeting.seats.get(staff=co_host).called_at is None


@pytest.mark.parametrize("who", ["host", "co_host"])
def test_e30_blocked_guardian_on_the_staff_is_shown_no_way_into_the_call(
    who: str, host: StaffMember, co_host: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    """The order came when the links were out already."""
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    person = {"host": host, "co_host": co_host}[who]
    client = staff_client(person)

    def ways_in() -> tuple[bool, bool]:
        share, live = (
            client.get(url(name, meeting)).content.decode() for name in ("share", "live")
        )
        return "/j/" in share, calls.LINK in live

    assert ways_in() == (True, True)
    block(amy[1], lead, email=person.email)
    assert ways_in() == (False, False)


# --- Whoever is kept from a pupil reads no name of theirs (E30, E42) -------------------------------
PAGES = ("detail", "revise", "share", "live", "register", "close", "cancel")
HIDDEN = ("Amy", "Adams", "Alice")


def read(client: Client, meeting: Meeting) -> dict[str, list[str]]:
    """Which names of Amy's family each page of a call shows; pages that are refused are looked at too."""
    pages = {name: client.get(url(name, meeting)).content.decode() for name in PAGES}
    return {name: [word for word in HIDDEN if word in html] for name, html in pages.items()}


@pytest.mark.parametrize("who", ["host", "co_host"])
@pytest.mark.parametrize("stage", ["planned", "asked", "agreed", "shared", "opened"])
def test_e30_pages_of_a_call_name_the_pupil_to_nobody_who_is_kept_from_them(
    stage: str, who: str, host: StaffMember, co_host: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, cat: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    families = [amy, ben, cat]
    pupils = [pupil for _, pupil in families]
    told = pupils if stage in {"planned", "asked"} else families
    meeting = getattr(calls, stage)(host, told, co_hosts=[co_host])
    person = {"host": host, "co_host": co_host}[who]
    client = staff_client(person)
    before = read(client, meeting)
    assert "Amy" in before["detail"]
    block(amy[1], lead, email=person.email)
    assert read(client, meeting) == {name: [] for name in PAGES}
    # Of the others nothing is kept back, and whoever may know goes on reading all of it.
    assert "Ben Brown" in words(client.get(url("detail", meeting)))
    other = staff_client(co_host if who == "host" else host)
    assert "Amy" in read(other, meeting)["detail"]


def test_e30_pages_name_the_pupil_to_no_leader_who_is_kept_from_them_either(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, deputy: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    client = staff_client(deputy)
    assert "Amy" in read(client, meeting)["detail"]
    block(amy[1], lead, email=deputy.email, name="D. Deputy")
    assert read(client, meeting)["detail"] == []
    assert read(client, meeting)["live"] == []


def test_e42_pages_name_no_pupil_to_family_whom_the_pupil_keeps_away(
    host: StaffMember, co_host: StaffMember, ben: Family, staff_client: SignIn
) -> None:
    own = factories.make_pupil("Amy", "Adams", born_on=date(2009, 1, 5))
    factories.make_guardian(own, name="Colin Cohost", email=co_host.email)
    meeting = calls.planned(host, [own, ben[1]], co_hosts=[co_host])
    client = staff_client(co_host)
    assert "Amy" in read(client, meeting)["detail"]
    Pupil.objects.filter(pk=own.pk).update(decides_from=date(2026, 9, 1))
    assert read(client, meeting) == {name: [] for name in PAGES}


def test_e30_what_is_refused_is_said_without_the_name(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    block(amy[1], lead, email=co_host.email)
    client = staff_client(co_host)
    seen = shown(client, meeting)
    refused = client.post(url("revise", meeting), plan_form([], title="Alone") | seen)
    assert refused.status_code == 422
    alone = calls.planned(host, [amy[1]], co_hosts=[colleague])
    with pytest.raises(services.PlanRefused) as told:
        services.revise(alone, by=host, what=calls.as_it_is(alone, co_hosts=[]))
    assert str(told.value).startswith("Helen Host would be alone with Amy Adams.")
    block(amy[1], lead, email=host.email, name="H. Host")
    with pytest.raises(services.PlanRefused) as told:
        services.revise(alone, by=host, what=calls.as_it_is(alone, co_hosts=[]))
    assert str(told.value).startswith("Helen Host would be alone with one pupil.")


def test_e30_change_by_somebody_who_may_not_know_of_a_pupil_leaves_the_pupil_on_the_call(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    """The co-host who is kept from Amy gives the seat to a colleague: the one mend there is."""
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    block(amy[1], lead, email=co_host.email)
    client = staff_client(co_host)
    typed = plan_form([ben[1]], co_hosts=[colleague.pk]) | shown(client, meeting)
    box = plain(client.post(url("revise_verdict", meeting), typed).content.decode())
    assert "Amy" not in box
    assert client.post(url("revise", meeting), typed).status_code == 302
    assert [place.pupil for place in meeting.places.filter(taken_off_at=None)] == [amy[1], ben[1]]
    assert calls.verdict(meeting) == []


def test_e30_verdict_on_a_change_counts_the_pupil_who_is_not_named(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    block(amy[1], lead, email=co_host.email)
    client = staff_client(co_host)
    typed = plan_form([ben[1]], co_hosts=[co_host.pk]) | shown(client, meeting)
    box = plain(client.post(url("revise_verdict", meeting), typed).content.decode())
    assert box.startswith("Not possible like this.")
    assert WORDS in box


def test_e30_papers_for_the_pupil_are_printed_by_nobody_who_is_kept_from_them(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    StaffMember.objects.filter(pk=co_host.pk).update(telephone=TELEPHONE)
    # Known by telephone and a short name: barred from the call, and not on record as family.
    block(amy[1], lead, email="own@family.example", telephone="07700 900 123")
    client = staff_client(co_host)
    theirs = meeting.question.requests.get(guardian=amy[0])
    assert client.post(url("print_forms", meeting), {"request": theirs.pk}).status_code == 403
    assert client.post(url("print_forms", meeting)).status_code == 200
    printed = PaperForm.objects.values_list("request__pupil", flat=True)
    assert list(printed) == [ben[1].pk]


def test_e30_marks_and_admissions_of_the_pupil_are_not_for_whoever_is_kept_from_them(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn, clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(calls.STARTS)
    block(amy[1], lead, email=co_host.email)
    for change in (
        lambda: services.mark(meeting, by=co_host, pupil_id=amy[1].pk, kind=policy.EntryKind.LEFT),
        lambda: services.remove(meeting, by=co_host, pupil_id=amy[1].pk, reason="Shouting."),
        lambda: services.let_back(meeting, by=co_host, pupil_id=amy[1].pk, reason="Calm."),
        lambda: services.report_own_leak(meeting, by=co_host, pupil_id=amy[1].pk, seen=1),
    ):
        with pytest.raises(NotAllowed, match=r"^That pupil is not on this call\.$"):
            change()


def test_e30_share_without_a_name_is_no_share_that_is_kept_back(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    services.record_class_message(meeting, by=host, channel="parent_hub")
    block(amy[1], lead, email=co_host.email)
    page = words(staff_client(co_host).get(url("detail", meeting)))
    assert ("general text to a class" in page, "personal link to Bob Brown" in page) == (True, True)


def test_call_of_which_no_pupil_is_guarded_asks_no_more_than_before(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    facts = selectors.facts(meeting, clock.now())
    with CaptureQueriesContext(connection) as asked:
        assert selectors.seen_by(facts, co_host.pk, clock.now()) is facts
    assert len(asked) == 0
