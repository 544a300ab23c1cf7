"""Every date of a series is made in Teams by one press: each with a meeting and a link of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from meetings import services
from meetings.models import Meeting, TeamsEvent
from notices.services import run_due
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls, series
from tests.meetings.graph.fake import FakeGraph
from tests.meetings.pages import part, queries, url, words

pytestmark = pytest.mark.django_db

Family = tuple[Guardian, Pupil]
SignIn = Callable[[StaffMember], Client]


@pytest.fixture
def dates(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> list[Meeting]:
    """Three dates without a link."""
    return series.of(series.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host]))


def press(dates: list[Meeting], by: StaffMember) -> list[Meeting]:
    assert dates[0].series is not None
    return services.create_all_in_teams(dates[0].series, by=by)


def links(dates: list[Meeting]) -> list[str]:
    return [Meeting.objects.get(pk=one.pk).join_url for one in dates]


def test_one_press_makes_every_date_with_a_link_of_its_own(
    graph: FakeGraph, dates: list[Meeting], known_host: StaffMember
) -> None:
    assert press(dates, known_host) == dates
    assert graph.asked == []
    run_due(clock.now())
    starts = [event["start"]["dateTime"] for event in graph.standing()]
    assert starts == ["2026-09-17T13:00:00", "2026-09-24T13:00:00", "2026-10-01T13:00:00"]
    assert len({event["transactionId"] for event in graph.standing()}) == 3
    assert len({one for one in links(dates) if one}) == 3
    assert [row.state for row in TeamsEvent.objects.all()] == ["hardened"] * 3
    assert Entry.objects.filter(verb="meeting.teams_want").count() == 3


def test_second_press_makes_nothing_twice(
    graph: FakeGraph, dates: list[Meeting], known_host: StaffMember
) -> None:
    press(dates, known_host)
    with pytest.raises(NotAllowed, match="No date of this series is left"):
        press(dates, known_host)
    run_due(clock.now())
    with pytest.raises(NotAllowed):
        press(dates, known_host)
    assert len(graph.events) == 3


def test_dates_that_are_over_cancelled_or_have_a_link_are_left_as_they_are(
    graph: FakeGraph, dates: list[Meeting], known_host: StaffMember, clock_at: Callable[[Any], Any]
) -> None:
    services.set_link(dates[1], by=known_host, text=calls.LINK)
    clock_at(dates[0].starts_at + timedelta(seconds=1))
    assert press(dates, known_host) == [dates[2]]
    run_due(clock.now())
    assert len(graph.events) == 1
    assert links(dates)[:2] == ["", calls.LINK]


def test_date_that_failed_is_told_by_itself_and_made_by_the_next_press(
    graph: FakeGraph, dates: list[Meeting], known_host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(known_host)
    graph.answer("POST", "/events", 400)
    answer = client.post(url("teams_create_all", dates[0]))
    assert answer["Location"] == f"{url('detail', dates[0])}#series"
    box = part(client.get(url("detail", dates[0])), 'id="series"', "</section>")
    assert "Teams link: 0 of 3 dates to come. Under way: 3." in box
    assert "Create all dates in Teams" not in box
    run_due(clock.now())
    # The letter that it failed is more urgent than the other dates: theirs is the next sweep.
    run_due(clock.now())
    box = part(client.get(url("detail", dates[0])), 'id="series"', "</section>")
    assert "Teams link: 2 of 3 dates to come. Not done: 1." in box
    assert box.count("Not made in Teams") == 1
    assert "Microsoft does not take what was sent. Ask IT to look at the log." in box
    assert press(dates, known_host) == [dates[0]]
    run_due(clock.now())
    box = part(client.get(url("detail", dates[0])), 'id="series"', "</section>")
    assert "Teams link: 3 of 3 dates to come." in box
    assert "Create all dates in Teams" not in box
    assert len(graph.events) == 3


def test_only_who_runs_the_series_makes_it_and_only_with_graph(
    graph: FakeGraph, dates: list[Meeting], known_host: StaffMember,
    colleague: StaffMember, staff_client: SignIn, settings: Any,
) -> None:  # fmt: skip
    with pytest.raises(NotAllowed):
        press(dates, colleague)
    settings.GRAPH = None
    with pytest.raises(NotAllowed, match="switched off"):
        press(dates, known_host)
    page = staff_client(known_host).get(url("detail", dates[0]))
    assert "A series of 3 calls" in words(page)
    assert "Teams link:" not in words(page)
    assert TeamsEvent.objects.count() == 0


def test_host_whom_microsoft_does_not_know_is_said_and_nothing_is_wished(
    graph: FakeGraph, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    dates = series.of(series.planned(host, [amy[1], ben[1]], co_hosts=[co_host]))
    with pytest.raises(NotAllowed, match="Helen Host"):
        press(dates, host)
    assert TeamsEvent.objects.count() == 0


def test_press_and_page_ask_the_same_for_three_dates_and_for_six(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family,
    ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    client = staff_client(known_host)
    pressed, shown = [], []
    for times in (3, 6):
        days = series.weekly(times)
        rows = series.of(
            series.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host], days=days)
        )
        with CaptureQueriesContext(connection) as context:
            press(rows, known_host)
        pressed.append(len(context))
        shown.append(queries(client, url("detail", rows[0])))
    assert pressed[0] == pressed[1]
    assert shown[0] == shown[1]
