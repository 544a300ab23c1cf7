"""How findings of an attendance report are said: to the second, and never with blame."""

from collections.abc import Sequence

from meetings.attendance import FindingKind, NotChecked, Plan
from schoolsafe.lib import clock

# {names}: those it is about; {was}: "was" or "were"; {adult}, {pupil} and who else may have been there,
# {besides}: of a one-to-one; {unrecorded}: why it had to be recorded, and who says that it was not.
WORDS = {
    FindingKind.ONE_TO_ONE: "{adult} was alone with {pupil}{besides}.",
    FindingKind.NO_STAFF: "{names} {was} on the call with no member of staff.",
    FindingKind.WITHOUT_CONSENT: "{names} {was} on the call without consent.",
    FindingKind.UNKNOWN_PERSON: "{names} {was} on the call, and nobody knows who that was.",
    FindingKind.BEFORE_OPENING: "{names} {was} on the call before the door was opened.",
    FindingKind.NEVER_LET_IN: "{names} {was} on the call; the register does not say who let them in.",
    FindingKind.AFTER_REMOVAL: "{names} {was} on the call after having been removed.",
    FindingKind.STAYED_ON: "{names} stayed on after the call had been ended.",
    FindingKind.CAME_BACK: "{names} came back after the call had been ended.",
    FindingKind.NOT_RECORDED: "{unrecorded}",
    FindingKind.OTHER_MEETING: "The report names another Teams meeting than that of this call.",
    FindingKind.OTHER_TIME: "The meeting of the report was at another time than this call.",
    FindingKind.OTHER_TITLE: "The report calls the meeting otherwise than it is called here.",
}
# A sentence with more names is read by nobody; the table has them all.
MOST_NAMES = 6
# In the table and above the picture, where there is room for a word or two.
SHORT = {
    FindingKind.ONE_TO_ONE: "one to one",
    FindingKind.NO_STAFF: "without staff",
    FindingKind.WITHOUT_CONSENT: "without consent",
    FindingKind.UNKNOWN_PERSON: "unknown",
    FindingKind.BEFORE_OPENING: "before the door was opened",
    FindingKind.NEVER_LET_IN: "not let in by the register",
    FindingKind.AFTER_REMOVAL: "after a removal",
    FindingKind.STAYED_ON: "stayed on",
    FindingKind.CAME_BACK: "came back after the end",
    FindingKind.NOT_RECORDED: "not recorded",
}
NOT_CHECKED = {
    NotChecked.ALONE: "Whether a child was alone with one adult, or without staff, could not be "
    "checked: this report does not say when people left and came back. Download the report from the "
    "meeting's Attendance tab in Teams, and bring that one.",
    NotChecked.AFTER_THE_LIST: "This list was downloaded while the call was on. What happened later "
    "could not be checked: bring the report that Teams gives after the call.",
    NotChecked.AFTER_THE_END: "Whether somebody came back after the end could not be checked: nobody "
    "pressed 'End for everyone' here.",
}


def unrecorded(plan: Plan) -> str:
    """Return why a call had to be recorded, and what the closing form says of it (P2, E62)."""
    why = "It was to be recorded" if plan.recording_promised else "There was only one adult"
    said = (
        "nobody says that it was recorded"
        if plan.recording_made is None
        else "the closing form says that it was not recorded"
    )
    return f"{why}, and {said}."


def lasting(seconds: int, certain: int) -> str:
    """Return how long something was, and what of it is certain: 4 minutes 38 seconds."""
    whole, sure = clock.length_in_words(seconds), clock.length_in_words(certain)
    if certain == seconds:
        return whole
    return f"at least {sure}, at worst {whole}" if certain else f"at worst {whole}"


def joined(names: Sequence[str]) -> str:
    """Join names as a person would; of many only the first, and how many others."""
    if len(names) > MOST_NAMES + 1:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} others"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
