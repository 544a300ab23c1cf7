"""What the pages of a call tell of the search for its attendance report in Teams."""

from meetings.pages.parts import Head
from meetings.selectors import Search
from schoolsafe.lib import clock

BRING = "Download it from the meeting's Attendance tab in Teams, and bring it here."
NO_REPORT = "This check could not be made: Teams gave no report."


def search_head(search: Search) -> Head:
    """Return how the search stands while nothing has come of it."""
    if search.is_over:
        why = search.fault or "It was asked until two days after the end."
        return Head(tone="care", sentence=NO_REPORT, detail=f"{why} {BRING}")
    return Head(
        tone="care" if search.fault else "news",
        sentence="No attendance report yet. Teams is asked for it by itself.",
        detail=search_line(search),
    )


def search_line(search: Search) -> str:
    """Return what became of the last time that Teams was asked, and when it is asked next."""
    if search.is_over:
        return NO_REPORT
    said = [search.fault] if search.fault else []
    if search.next_at is not None:
        said.append(f"Teams is asked next: {clock.in_words(search.next_at)}.")
    return " ".join(said)
