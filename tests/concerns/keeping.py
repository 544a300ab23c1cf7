"""Concerns whose day has come: closed, and the child 25."""

from datetime import UTC, date, datetime
from typing import Any

from concerns import services
from concerns.models import Concern
from concerns.services import Named
from school.models import StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make

BORN = date(2016, 3, 9)
DUE = date(2041, 3, 9)
LATER = datetime(2041, 3, 10, 12, tzinfo=UTC)
REASONS = "MARKERREASONS nobody needs it any more"


def closed(by: StaffMember, reader: StaffMember, *people: Named, **facts: Any) -> Concern:
    """A concern that was logged, acknowledged and closed."""
    concern = make.log(by, *people, **facts)
    services.acknowledge(concern, by=reader)
    services.add(concern, by=reader, text="MARKERCLOSED it is over")
    # What it takes to close one has tests of its own.
    Concern.objects.filter(pk=concern.pk).update(
        status="closed", closed_at=clock.now(), closed_by=reader
    )
    concern.refresh_from_db()
    return concern


def of_child(by: StaffMember, reader: StaffMember, name: str = "Maya", **facts: Any) -> Concern:
    """A closed concern about a child who is 25 on DUE."""
    return closed(by, reader, make.child(factories.make_pupil(name, born_on=BORN, **facts)))
