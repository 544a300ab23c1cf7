"""What the demo school has decided about its families."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from school import services
from school.deciding import Ground
from school.rights import Heard, Right
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.telling import Story
from schoolsafe.families import asking
from schoolsafe.lib import clock


def stories(cast: Cast) -> list[Callable[[], Story]]:
    """Return every story about a family."""
    return [partial(deciding, cast), partial(putting_right, cast)]


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


def putting_right(cast: Cast) -> Story:
    """Tell of a mother who rang to have her name put right: the office has noted it, and it waits (G37)."""
    at = cast.days.before(6, 9, 15)
    yield at
    mother = cast.pupils["Zara Ahmed"].guardians.get(name="Nadia Ahmed")
    asking.note(
        by=cast.staff["olive"],
        right=Right.CORRECT,
        pupil=None,
        guardian=mother,
        is_by_another=False,
        heard=Heard.SPOKEN,
        name=mother.name,
        words="She has her maiden name again since the summer, and the letters have the old one.",
        received_on=clock.local(at).date(),
    )
