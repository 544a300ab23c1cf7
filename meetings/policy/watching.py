"""Which calls the sweep looks at again although nobody has touched them, and what it looks for."""

from datetime import datetime, timedelta

from meetings.policy.closing import incidents_now
from meetings.policy.facts import Facts
from meetings.policy.verdict import assess

# A colleague falls ill in the night, an eligibility ends: there is a day to mend it. A call that
# nobody has closed by the next day is with the safeguarding team already.
LOOKS_AHEAD = timedelta(days=1)
LOOKS_BACK = timedelta(days=1)
# E59: looked at once more this long before the start.
SECOND_LOOK = timedelta(hours=1)


def has_turned(facts: Facts, now: datetime, *, is_held: bool, is_reported: bool) -> bool:
    """Tell whether a call stands otherwise than was last written down (E38, E57, E58, E59).

    `is_held` tells whether it is on hold as far as anybody knows, `is_reported` whether the
    safeguarding team knows that an adult is alone with a pupil, or pupils with nobody.
    """
    if not facts.is_past_sharing:
        return False
    return assess(facts, now).blocks != is_held or (bool(incidents_now(facts)) and not is_reported)


def is_blocked_soon(facts: Facts, now: datetime) -> bool:
    """Tell whether a call that starts within the hour may not go ahead (E59)."""
    is_soon = facts.starts_at - SECOND_LOOK <= now < facts.starts_at
    return is_soon and facts.is_past_sharing and assess(facts, now).blocks
