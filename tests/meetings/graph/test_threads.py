"""Two workers, one wish: on PostgreSQL, with real threads."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from meetings import services
from meetings.models import Meeting, TeamsEvent, TeamsReading
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests.journeys.test_standing_threads import at_once
from tests.meetings import calls
from tests.meetings.graph.fake import FakeGraph

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 6
Family = tuple[Guardian, Pupil]


@pytest.fixture
def wanted(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember, amy: Family, ben: Family
) -> Meeting:
    """A call that is wanted in Teams."""
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[known_co_host])
    meeting = services.plan(by=known_host, what=what)
    services.create_in_teams(meeting, by=known_host)
    return meeting


def go(meeting: Meeting, seconds: float = 0) -> Callable[[], object]:
    """A worker that takes the wish as far as it goes."""
    pk = TeamsEvent.objects.get(meeting=meeting).pk
    return lambda: services.see_to_event(pk, by=SWEEP, now=clock.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("attempt", range(ROUNDS))
@pytest.mark.parametrize("dedupes", [True, False])
def test_three_workers_make_one_event(
    graph: FakeGraph, wanted: Meeting, attempt: int, dedupes: bool
) -> None:
    graph.dedupes = dedupes
    at_once(go(wanted), go(wanted), go(wanted))
    # Whoever found the row on loan left it alone; the sweep comes by again.
    go(wanted, 5)()
    assert len(graph.events) == 1
    assert len(graph.calls_to("POST", "/events")) == 1
    assert TeamsEvent.objects.get().state == "hardened"
    wanted.refresh_from_db()
    assert wanted.join_url


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_call_cancelled_while_workers_make_it_leaves_nothing_in_outlook(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    at_once(go(wanted), go(wanted), lambda: services.cancel(wanted, by=known_host))
    for seconds in (5, 10):
        go(wanted, seconds)()
    assert graph.standing() == []
    assert TeamsEvent.objects.get().state == "cancelled"


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_link_pasted_while_workers_make_the_meeting_leaves_one_link_and_no_second_event(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    at_once(go(wanted), lambda: services.set_link(wanted, by=known_host, text=calls.LINK))
    for seconds in (5, 10):
        go(wanted, seconds)()
    wanted.refresh_from_db()
    event = TeamsEvent.objects.get()
    if event.state == "cancelled":
        assert graph.standing() == []
        assert wanted.join_url == calls.LINK
    else:
        # It stood in Outlook before the paste: whoever pasted may have found the link there.
        assert event.state == "hardened"
        assert len(graph.standing()) == 1


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_plan_changed_while_workers_harden_it_reaches_outlook(
    graph: FakeGraph, wanted: Meeting, known_host: StaffMember, attempt: int
) -> None:
    later = calls.STARTS + timedelta(hours=2)
    what = calls.as_it_is(wanted, starts_at=later, ends_at=later + timedelta(minutes=30))
    at_once(go(wanted), lambda: services.revise(wanted, by=known_host, what=what))
    for seconds in (5, 10):
        go(wanted, seconds)()
    [event] = graph.standing()
    assert event["start"]["dateTime"] == "2026-09-17T15:00:00"
    assert TeamsEvent.objects.get().state == "hardened"


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_two_workers_read_a_meeting_once(
    graph: FakeGraph, known_host: StaffMember, known_co_host: StaffMember,
    amy: Family, ben: Family, attempt: int,
) -> None:  # fmt: skip
    graph.add_meeting(calls.ORGANISER, calls.LINK)
    calls.planned(known_host, [amy[1], ben[1]], co_hosts=[known_co_host])
    pk = TeamsReading.objects.get().pk

    def read() -> object:
        return services.see_to_reading(pk, by=SWEEP, now=clock.now())

    at_once(read, read)
    assert len(graph.asked) == 1
    assert TeamsReading.objects.get().said["lobby"] == "organization"
