"""What the school says of recording: what a new plan keeps to, and what families were told stays."""

from dataclasses import replace

from meetings.policy.facts import Facts, RecordingRule


def where_none_is_recorded(facts: Facts) -> Facts:
    """Return the facts of a call that is never recorded, whatever its purpose asks for (P2, P3)."""
    return replace(facts, recording_rule=RecordingRule.NOT_ALLOWED, is_never_recorded=True)


def is_never_recorded(
    *,
    school_records: bool,
    is_recorded: bool,
    was_recorded: bool = False,
    was_never_recorded: bool = False,
) -> bool:
    """Tell whether a plan that is made or changed is of a call that is never recorded (P2, P3).

    What families were told holds, whatever the school says since: a second adult can always be
    brought in (P1). `was_recorded`: they know it with a recording. `was_never_recorded`: they know
    it, for this purpose, from where none is. Of a draft nobody has been told.
    """
    if is_recorded:
        return not (school_records or was_recorded)
    return was_never_recorded or not school_records
