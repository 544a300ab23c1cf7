"""Attendance reports at the same moment: on PostgreSQL, with real threads."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
import time_machine

from audit import services as audit
from audit.models import Entry
from meetings import selectors, services
from meetings.models import AttendanceReport, Incident, Meeting, Participant, Presence, Recognition
from notices.models import Ladder
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.rules import Overtaken
from tests import factories
from tests.journeys.test_threads import at_once
from tests.meetings import calls
from tests.meetings.teams_reports import Stay, by, file, guest

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

Family = tuple[Guardian, Pupil]
ROUNDS = 15


@pytest.fixture
def over(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    clock_at: Callable[[datetime], time_machine.Traveller],
) -> Meeting:
    """A call with Amy, whom the report knows by her account; it is closed."""
    amy = factories.make_pupil("Amy", "Adams", email="amy@pupils.example")
    meeting = calls.opened(host, [(factories.make_guardian(amy), amy)], co_hosts=[co_host])
    clock_at(calls.STARTS)
    services.admit(meeting, by=host, pupil_ids=[amy.pk])
    clock_at(calls.ENDS)
    services.end(meeting, by=host)
    return services.close(meeting, by=host, how=services.Ending())


def alone_for(seconds: float, host: StaffMember, *more: Stay) -> bytes:
    """The host was alone with Amy for so long."""
    return file([by(host, 0, seconds), Stay("Amy Adams", 0, seconds, "amy@pupils.example"), *more])


def wind_back() -> None:
    """Make the call as it was, with nothing brought."""
    Ladder.objects.filter(kind="meeting_incident").delete()
    for model in (Recognition, Presence, Participant, AttendanceReport, Incident):
        model.objects.all().delete()


def test_two_people_bring_the_same_file_and_it_is_one_report(
    over: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    data = alone_for(60, host)
    for _ in range(ROUNDS):
        done = at_once(
            *(partial(services.bring_report, over, by=one, data=data) for one in (host, co_host))
        )

        assert sorted(one.is_new for one in done) == [False, True]
        assert AttendanceReport.objects.count() == 1
        assert list(Incident.objects.values_list("kind", "seconds", "turn")) == [
            ("one_to_one", 60, 1)
        ]
        assert Ladder.objects.open().filter(kind="meeting_incident").count() == 1
        wind_back()
    assert audit.verify() is None


def test_two_people_bring_two_files_and_the_longer_time_is_with_the_team(
    over: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    for _ in range(ROUNDS):
        at_once(
            partial(services.bring_report, over, by=host, data=alone_for(60, host)),
            partial(services.bring_report, over, by=co_host, data=alone_for(90, host)),
        )

        assert AttendanceReport.objects.count() == 2
        assert list(Incident.objects.values_list("kind", "seconds")) == [("one_to_one", 90)]
        wind_back()
    assert audit.verify() is None


def test_incident_is_settled_while_a_report_shows_more_and_neither_is_lost(
    over: Meeting, host: StaffMember, lead: StaffMember
) -> None:
    """Either the settling comes first and what is more is its next turn, or it is refused."""
    seen = set()
    for _ in range(ROUNDS):
        services.bring_report(over, by=host, data=alone_for(60, host))
        incident = Incident.objects.get()
        settled, _ = at_once(
            partial(services.settle, incident, by=lead, note="A minute.", seconds_seen=60),
            partial(services.bring_report, over, by=host, data=alone_for(300, host)),
        )

        rows = list(Incident.objects.order_by("turn").values_list("seconds", "settled_by"))
        if isinstance(settled, Overtaken):
            assert rows == [(300, None)]
        else:
            assert rows == [(60, lead.pk), (300, None)]
        assert Ladder.objects.open().filter(kind="meeting_incident").count() == 1
        seen.add(type(settled))
        wind_back()
    assert seen <= {Overtaken, Incident}
    assert audit.verify() is None


def test_two_people_name_the_same_guest_and_both_stand_with_the_newest_counting(
    over: Meeting, host: StaffMember, co_host: StaffMember
) -> None:
    amy = Pupil.objects.get()
    for _ in range(ROUNDS):
        services.bring_report(over, by=host, data=alone_for(60, host, guest("iPad", 0, 50)))
        key = Participant.objects.get(staff=None, pupil=None).key
        at_once(
            partial(services.recognise, over, by=host, key=key, pupil_id=amy.pk),
            partial(services.recognise, over, by=co_host, key=key),
        )

        newest = Recognition.objects.latest("pk")
        told = selectors.told(over)
        assert told is not None
        assert Recognition.objects.count() == 2
        assert told.recognitions[key] == newest
        assert (key in told.plan.confirmed) is (newest.pupil_id is not None)
        wind_back()
    assert Entry.objects.filter(verb="meeting.recognise").count() == 2 * ROUNDS
    assert audit.verify() is None
