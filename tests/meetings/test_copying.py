"""A new plan like an earlier call: who comes along, who does not and why, and nothing of its consent."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from consent.models import Request
from meetings.models import Meeting, Place, Purpose
from meetings.policy import Colleague, Copied, Former, adults_copied, pupils_copied
from school.models import Guardian, Pupil, StaffMember
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import part, plain, queries, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
ADA = Former(number=1, name="Ada")


@pytest.mark.parametrize(
    ("colleague", "why"),
    [
        ({}, ""),
        ({"is_away": True}, ""),
        ({"is_on_a_call": True}, ""),
        ({"household": "Mill Lane"}, ""),
        ({"is_eligible": False}, "Ada is not eligible for calls."),
        ({"is_barred": True}, "Ada cannot be on this call: the office can say why."),
        (
            {"is_barred": True, "is_eligible": False},
            "Ada cannot be on this call: the office can say why.",
        ),
        (None, "Ada no longer takes calls here."),
    ],
)
def test_e59_adult_who_may_not_sit_there_any_more_is_left_out_with_the_reason(
    colleague: dict[str, Any] | None, why: str
) -> None:
    known = {} if colleague is None else {1: Colleague(staff_id=1, name="Ada", **colleague)}
    assert adults_copied([ADA], known) == Copied(
        numbers=() if why else (1,), left_out=(why,) if why else ()
    )


@pytest.mark.parametrize(
    ("offered", "kept_from", "copied"),
    [
        ({1}, (), Copied(numbers=(1,), left_out=())),
        ((), (), Copied(numbers=(), left_out=("Ada is no longer on roll.",))),
        ((), {1}, Copied(numbers=(), left_out=())),
        ({1}, {1}, Copied(numbers=(), left_out=())),
    ],
)
def test_e30_pupil_of_whom_one_learns_nothing_is_not_even_left_out(
    offered: Any, kept_from: Any, copied: Copied
) -> None:
    assert pupils_copied([ADA], offered=offered, kept_from=kept_from) == copied


# --- The page -------------------------------------------------------------------------------------
def value(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', html)
    return found[1] if found else ""


def ticked(html: str, name: str) -> list[int]:
    """The people who are chosen in a field."""
    boxes = re.findall(r"<input[^>]*>", html)
    own = [box for box in boxes if f'name="{name}"' in box and "checked" in box]
    return [int(re.search(r'value="(\d+)"', box)[1]) for box in own]  # type: ignore[index]


def left_out(client: Client, meeting: Meeting) -> list[str]:
    told = part(client.get(url("copy", meeting)), 'id="copied-title"', "</section>")
    return [plain(one) for one in re.findall(r"<li>(.*?)</li>", told, re.S)]


def test_copy_shows_the_same_call_on_the_next_such_day_and_keeps_nothing(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn, clock_at: Callable[..., object],
) -> None:  # fmt: skip
    meeting = calls.shared(
        host, [amy, ben], co_hosts=[co_host], reserves=[colleague], is_recorded=True
    )
    clock_at(calls.ENDS + timedelta(days=1))
    factories.make_closed_day(date(2026, 9, 24))
    html = staff_client(host).get(url("copy", meeting)).content.decode()
    shown = {name: value(html, name) for name in ("title", "day", "starts", "ends")}
    assert shown == {
        "title": "Reading together", "day": "2026-10-01", "starts": "14:00", "ends": "14:45",
    }  # fmt: skip
    people = {name: ticked(html, name) for name in ("pupils", "co_hosts", "reserves")}
    assert people == {
        "pupils": [amy[1].pk, ben[1].pk], "co_hosts": [co_host.pk], "reserves": [colleague.pk],
    }  # fmt: skip
    assert f'<option value="{meeting.purpose_id}" selected>' in html
    assert re.search(r'name="is_recorded"[^>]*checked', html)
    assert "This is safe. Two adults, and the call is recorded." in plain(html)
    assert "Nothing of its consent: families are asked afresh." in html
    assert Meeting.objects.count() == 1


def test_e67_copy_across_the_change_of_clocks_keeps_the_hour_of_the_schools_clock(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn,
    clock_at: Callable[..., object],
) -> None:  # fmt: skip
    starts = datetime(2026, 10, 22, 9, tzinfo=UTC)
    meeting = calls.planned(
        host, [amy[1]], co_hosts=[co_host], starts_at=starts, ends_at=starts + timedelta(minutes=30)
    )
    clock_at(starts + timedelta(hours=2))
    html = staff_client(host).get(url("copy", meeting)).content.decode()
    shown = [value(html, name) for name in ("day", "starts", "ends")]
    assert shown == ["2026-10-29", "10:00", "10:30"]


def test_copy_that_is_kept_carries_no_consent_and_no_share_over(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    client = staff_client(host)
    html = client.get(url("copy", meeting)).content.decode()
    names = ("key", "title", "day", "starts", "ends")
    typed: dict[str, Any] = {name: value(html, name) for name in names}
    typed |= {name: ticked(html, name) for name in ("pupils", "co_hosts", "reserves")}
    answer = client.post(url("plan"), typed | {"purpose": meeting.purpose_id})
    copied = Meeting.objects.exclude(pk=meeting.pk).get()
    assert answer["Location"] == url("detail", copied)
    assert (copied.status, copied.question, copied.join_url, copied.series) == (
        "draft",
        None,
        "",
        None,
    )
    assert (copied.shares.count(), copied.planned_by) == (0, host)
    assert {place.link_version for place in copied.places.all()} == {1}
    assert set(Request.objects.values_list("question", flat=True)) == {meeting.question_id}


def test_copy_by_the_co_host_puts_the_host_beside_them(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    html = staff_client(co_host).get(url("copy", meeting)).content.decode()
    assert ticked(html, "co_hosts") == [host.pk]


def test_copy_says_whom_it_leaves_out_and_why(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    purpose = Purpose.objects.create(name="Puppet theatre", recording_rule="advised")
    meeting = calls.planned(
        host, [amy[1], ben[1]], purpose=purpose, co_hosts=[co_host], reserves=[colleague],
        recording_declined_because="It was a rehearsal.",
    )  # fmt: skip
    client = staff_client(host)
    assert left_out(client, meeting) == []
    assert "It was a rehearsal." not in words(client.get(url("copy", meeting)))
    Pupil.objects.filter(pk=ben[1].pk).update(left_on=date(2026, 9, 1))
    StaffMember.objects.filter(pk=co_host.pk).update(is_eligible_for_calls=False)
    Purpose.objects.filter(pk=purpose.pk).update(is_offered=False)
    colleague.user.is_active = False
    colleague.user.save()
    assert left_out(client, meeting) == [
        "'Puppet theatre' is no longer offered.",
        "Ben Brown is no longer on roll.",
        "Colin Cohost is not eligible for calls.",
        "Carol Colleague no longer takes calls here.",
    ]


def test_e30_copy_tells_nothing_of_an_order_and_nothing_of_a_pupil_to_who_is_kept_from_them(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 1, 1), name="C. C.", email=co_host.email
    )
    assert left_out(staff_client(host), meeting) == [
        "Colin Cohost cannot be on this call: the office can say why."
    ]
    page = staff_client(co_host).get(url("copy", meeting)).content.decode()
    assert ("Amy" in page, left_out(staff_client(co_host), meeting)) == (False, [])
    assert ticked(page, "pupils") == [ben[1].pk]


def test_copy_is_offered_on_the_call_and_the_newest_where_one_plans(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    one, two = (calls.planned(host, [amy[1]], co_hosts=[co_host], title=title) for title in "AB")
    newer = calls.planned(host, [amy[1]], co_hosts=[co_host], title="A")
    client = staff_client(host)
    assert url("copy", one) in client.get(url("detail", one)).content.decode()
    assert url("copy", one) not in staff_client(office).get(url("detail", one)).content.decode()
    offered = re.findall(r'href="(/meetings/\d+/copy/)"', client.get(url("plan")).content.decode())
    assert offered == [url("copy", newer), url("copy", two)]
    # Of nobody else's calls.
    assert "Like last time" not in words(staff_client(co_host).get(url("plan")))


@pytest.mark.parametrize("page", ["plan", "plan_series", "copy", "revise"])
def test_pages_of_planning_ask_the_same_of_the_database_however_many_people_and_calls(
    page: str, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    factories.make_group(amy[1], ben[1], staff=(host, co_host))
    address = url(page, meeting if page in {"copy", "revise"} else None)
    client = staff_client(host)
    few = queries(client, address)
    for number in range(6):
        pupil, person = factories.make_pupil(), factories.make_staff(f"Stan Number{number}")
        factories.make_group(pupil, amy[1], staff=(host, person))
        calls.planned(host, [pupil], co_hosts=[person], title=f"Call {number}")
        Place.objects.create(meeting=meeting, pupil=pupil)
    assert queries(client, address) == few
