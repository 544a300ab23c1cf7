"""Loading the demo school, whole or not at all."""

from datetime import datetime

from audit import services as audit
from schoolsafe.demo import (
    call_stories,
    concern_stories,
    family_stories,
    report_stories,
    setting,
    staff_stories,
)
from schoolsafe.demo.telling import tell
from schoolsafe.lib import clock


@audit.atomic()
def load(now: datetime) -> None:
    """Make the school and live through its last weeks, up to now.

    One transaction: a load that is interrupted leaves nothing that looks like a school.
    """
    cast = setting.populate(setting.begin(now))
    told = (call_stories, concern_stories, family_stories, report_stories, staff_stories)
    tell([story for room in told for story in room.stories(cast)], until=now)
    with clock.standing_at(now):
        setting.propose(cast)
