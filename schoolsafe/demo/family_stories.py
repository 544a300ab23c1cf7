"""What the demo school has decided about its families."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from school import services
from school.deciding import Ground
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about a family."""
    return [partial(deciding, cast)]


def deciding(cast: Cast) -> Story:
    """Tell of a mentor from Year 12 who is to decide herself: the office has proposed it (E42)."""
    at = cast.days.before(2, 11, 20)
    yield at
    services.propose_own_consent(
        cast.pupils["Ines Duarte"],
        by=cast.staff["olive"],
        ground=Ground.ESTRANGED,
        reasons="Ines lives with her aunt since the summer and asked us not to write to her mother.",
        begins_on=clock.local(at).date() + timedelta(days=14),
    )
