"""The page on which a series is planned, and the choice between one call and the later ones."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from meetings.models import Meeting, Series
from school.models import StaffMember
from tests import factories
from tests.meetings import calls, series
from tests.meetings.pages import beside, plan_form, shown, url, words
from tests.meetings.series import Family

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def typed(host: StaffMember, family: Family, co_host: StaffMember, **facts: Any) -> dict[str, Any]:
    form = plan_form([family[1]], co_hosts=[co_host.pk], every="1", times="3")
    return {key: value for key, value in (form | facts).items() if value is not None}


def mark_of(response: Any) -> str:
    return str(response.context["mark"])


def test_e66_dates_are_shown_before_anything_is_saved(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    factories.make_term()
    factories.make_closed_day(series.FIRST.replace(day=24))
    client = staff_client(host)
    form = typed(host, amy, co_host)
    shown = client.post(url("plan_series"), form)
    told = words(shown)
    assert "3 calls" in told
    assert "Thursday 24 September 2026 skipped: the school is closed" in told
    assert "Keep every call that is not left out" in told
    # Even a form that says "keep" shows the dates first.
    assert client.post(url("plan_series"), form | {"keep": "1"}).status_code == 200
    assert not Meeting.objects.exists()
    kept = client.post(url("plan_series"), form | {"keep": "1", "previewed": mark_of(shown)})
    first = Meeting.objects.order_by("starts_at")[0]
    assert (kept.status_code, kept["Location"]) == (302, url("detail", first))
    assert [one.starts_at.day for one in Meeting.objects.order_by("starts_at")] == [17, 1, 8]
    again = client.post(
        url("plan_series"), form | {"keep": "1", "previewed": mark_of(shown)}, follow=True
    )
    assert "This series is planned already." in words(again)
    assert Meeting.objects.count() == 3


def test_day_that_is_left_out_by_a_tick_is_no_surprise(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    form = typed(host, amy, co_host)
    shown = client.post(url("plan_series"), form)
    without = form | {"without": ["2026-09-24"], "keep": "1", "previewed": mark_of(shown)}
    kept = client.post(url("plan_series"), without, follow=True)
    assert "The series is planned: 2 calls." in words(kept)
    assert [one.starts_at.day for one in Meeting.objects.order_by("starts_at")] == [17, 1]


def test_ticks_are_counted_when_the_dates_are_shown_again(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    form = typed(host, amy, co_host)
    shown = client.post(url("plan_series"), form)
    without = form | {"without": ["2026-09-24"], "previewed": mark_of(shown)}
    again = client.post(url("plan_series"), without)
    assert "2 calls" in words(again)
    assert "The dates are not those you had seen." not in words(again)
    kept = client.post(url("plan_series"), form | {"keep": "1", "previewed": mark_of(again)})
    assert kept.status_code == 302
    assert Meeting.objects.count() == 3


@pytest.mark.parametrize("change", [{"day": "2026-09-18"}, {"every": "2"}, {"times": "4"}])
def test_dates_that_were_not_seen_are_shown_and_not_kept(
    change: dict[str, str],
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
) -> None:
    client = staff_client(host)
    form = typed(host, amy, co_host)
    shown = client.post(url("plan_series"), form)
    moved = client.post(
        url("plan_series"), form | change | {"keep": "1", "previewed": mark_of(shown)}
    )
    assert "The dates are not those you had seen." in words(moved)
    assert not Meeting.objects.exists()


def test_e66_day_that_closed_in_the_meantime_is_shown_before_anything_is_kept(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    form = typed(host, amy, co_host)
    shown = client.post(url("plan_series"), form)
    factories.make_closed_day(series.FIRST.replace(day=24))
    moved = client.post(url("plan_series"), form | {"keep": "1", "previewed": mark_of(shown)})
    assert "The dates are not those you had seen." in words(moved)
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field", "fault"),
    [
        ({"times": ""}, "until", "Choose a last date, or say how many calls."),
        ({"until": "2026-12-01"}, "times", "Choose one of the two"),
        ({"times": "", "until": "2026-09-01"}, "until", "The last date comes after the first."),
        ({"times": "41"}, "times", "less than or equal to 40"),
        ({"day": ""}, "day", "Choose the day of the call."),
        (
            {"times": "1", "without": ["2026-09-17"]},
            "day",
            "No day is left on which a call could be held.",
        ),
        (
            {"times": "", "until": "2027-08-30", "every": "1"},
            "until",
            "A series has 40 calls at most.",
        ),
    ],
)
def test_form_of_a_series_says_what_is_missing(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
    facts: dict[str, Any],
    field: str,
    fault: str,
) -> None:
    response = staff_client(host).post(url("plan_series"), typed(host, amy, co_host, **facts))
    assert response.status_code == 422
    assert fault in " ".join(beside(response, field))


def test_p1_series_that_breaks_the_policy_is_refused_with_its_day(
    host: StaffMember, amy: Family, co_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    form = typed(host, amy, co_host, co_hosts=None)
    shown = client.post(url("plan_series"), form)
    refused = client.post(url("plan_series"), form | {"keep": "1", "previewed": mark_of(shown)})
    assert refused.status_code == 422
    assert "Thursday 17 September, 2:00 pm: " in words(refused)
    assert not Series.objects.exists()


def test_empty_form_of_a_series_says_what_it_is(host: StaffMember, staff_client: SignIn) -> None:
    page = staff_client(host).get(url("plan_series"))
    assert "Each is a call of its own" in words(page)
    assert "Keep" not in words(page)
    # It takes no invitation, and says where one is taken.
    assert 'name="invitation"' not in page.content.decode()
    assert "Then drop the invitation on the page of a call" in words(page)


def test_families_of_a_series_are_asked_with_one_press(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meetings = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    client = staff_client(host)
    page = words(client.get(url("detail", meetings[1])))
    assert "A series of 3 calls" in page
    assert "Ask the families about all dates next." in page
    assert client.post(url("ask_series", meetings[1])).status_code == 302
    assert {one.status for one in Meeting.objects.all()} == {"asked"}
    alone = calls.planned(host, [amy[1]], co_hosts=[co_host])
    client.post(url("ask_series", alone))
    alone.refresh_from_db()
    assert alone.status == "asked"


@pytest.mark.parametrize(("scope", "changed"), [("one", 1), ("later", 2), ("", 1), ("all", 1)])
def test_change_is_for_one_call_unless_the_later_ones_are_chosen(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
    scope: str,
    changed: int,
) -> None:
    _, two, _ = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    client = staff_client(host)
    assert "This one and the later one of the series" in words(client.get(url("revise", two)))
    form = plan_form([amy[1]], two.purpose, co_hosts=[co_host.pk], title="New", day="2026-09-24")
    sent = form | shown(client, two) | {"scope": scope}
    assert client.post(url("revise", two), sent).status_code == 302
    assert Meeting.objects.filter(title="New").count() == changed
    client.post(url("set_link", two), {"link": calls.LINK, "scope": scope})
    assert sum(bool(one.join_url) for one in Meeting.objects.all()) == changed
    client.post(url("cancel", two), {"scope": scope})
    assert Meeting.objects.filter(status="cancelled").count() == changed


@pytest.mark.parametrize(("scope", "yeses"), [("one", "1 yes "), ("later", "2 yeses ")])
def test_e39_box_counts_the_yeses_of_the_later_calls_when_they_are_meant(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    staff_client: SignIn,
    scope: str,
    yeses: str,
) -> None:
    meetings = series.asked(host, [amy[1]], co_hosts=[co_host])
    for one in meetings:
        calls.answer(one, *amy)
    two = meetings[1]
    form = plan_form(
        [amy[1]], two.purpose, co_hosts=[co_host.pk], day="2026-09-24", is_recorded="on"
    )
    client = staff_client(host)
    form |= shown(client, two) | {"scope": scope}
    box = words(client.post(url("revise_verdict", two), form))
    assert f"{yeses}will no longer count; 1 family is asked again." in box
    kept = words(client.post(url("revise", two), form, follow=True))
    assert yeses in kept.partition("The change is kept. ")[2]


def test_refused_change_of_the_later_calls_says_which_day(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    one, _, three = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    factories.make_absence(colleague, three.starts_at, three.ends_at)
    form = plan_form([amy[1]], one.purpose, co_hosts=[colleague.pk])
    client = staff_client(host)
    refused = client.post(url("revise", one), form | shown(client, one) | {"scope": "later"})
    assert refused.status_code == 422
    assert "Thursday 1 October, 2:00 pm: " in words(refused)
    assert beside(refused, "co_hosts") == ["Carol Colleague is away then."]


def test_last_call_of_a_series_offers_no_later_ones(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    meetings = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    assert "Which calls?" not in words(staff_client(host).get(url("cancel", meetings[-1])))
