"""From when until when supply staff have an account: plain Python, facts in, a refusal or nothing out."""

from datetime import date, timedelta

# KCSIE: identity and checks are seen for each engagement. Whoever stays longer is on the staff list as
# everybody else.
LONGEST = timedelta(weeks=12)
TOO_LONG = "An account for supply staff lasts at most twelve weeks. Choose an earlier last day."


def works(starts_on: date | None, ends_on: date | None, *, on: date) -> bool:
    """Tell whether somebody's account opens anything on a day: both ends are days of work."""
    return (starts_on is None or starts_on <= on) and (ends_on is None or on <= ends_on)


def first_day_fault(starts_on: date, *, today: date) -> str:
    """Return why supply staff cannot begin on a day; nothing where they can."""
    if starts_on < today:
        return "The first day is over. Choose today or a later day."
    if starts_on >= today + LONGEST:
        return "That is more than twelve weeks ahead. Enter it when it is nearer."
    return ""


def last_day_fault(starts_on: date, ends_on: date, *, today: date) -> str:
    """Return why supply staff cannot stay until a day; nothing where they can."""
    if ends_on < starts_on:
        return "The last day comes before the first day."
    if ends_on < today:
        return "The last day is over. Choose today or a later day."
    if ends_on >= starts_on + LONGEST:
        return TOO_LONG
    return ""
