"""What the sweep does at Microsoft: events in Outlook, the options of meetings, reports of calls."""

from datetime import datetime

from meetings import selectors, services
from notices import kinds
from notices.kinds import Errand
from school.services import SWEEP


def see_to_event(pk: int, now: datetime) -> bool:
    """Take one wish for an event as far as it goes."""
    return services.see_to_event(pk, by=SWEEP, now=now)


def see_to_reading(pk: int, now: datetime) -> bool:
    """Read the options of one meeting."""
    return services.see_to_reading(pk, by=SWEEP, now=now)


def see_to_search(pk: int, now: datetime) -> bool:
    """Ask Teams for the attendance reports of one call."""
    return services.see_to_search(pk, by=SWEEP, now=now)


kinds.register_errand(Errand(name="teams_event", due=selectors.teams_events_due, run=see_to_event))
kinds.register_errand(
    Errand(name="teams_reading", due=selectors.teams_readings_due, run=see_to_reading)
)
kinds.register_errand(
    Errand(name="teams_reports", due=selectors.report_searches_due, run=see_to_search)
)
