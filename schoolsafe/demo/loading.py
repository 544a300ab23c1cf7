"""Loading the demo school, whole or not at all."""

from datetime import datetime

from audit import services as audit
from schoolsafe.demo import call_stories, concern_stories, setting
from schoolsafe.demo.telling import tell


@audit.atomic()
def load(now: datetime) -> None:
    """Make the school and live through its last weeks, up to now.

    One transaction: a load that is interrupted leaves nothing that looks like a school.
    """
    cast = setting.populate(setting.begin(now))
    tell([*call_stories.stories(cast), *concern_stories.stories(cast)], until=now)
