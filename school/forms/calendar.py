"""A term, and a day on which the school is closed."""

from datetime import date, timedelta
from typing import Any

from django import forms

from school.models import ClosedDay, Term

# The longest closure that is entered in one go: a week of snow and a day more.
MOST_DAYS = 14


def a_day(label: str, *, hint: str = "", required: bool = True) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class TermForm(forms.Form):
    """A term: both its ends are school days."""

    name = forms.CharField(
        label="Name",
        max_length=Term._meta.get_field("name").max_length,
        help_text="Such as Autumn 2026, first half. A half-term holiday lies between two terms.",
    )
    starts_on = a_day("First day")
    ends_on = a_day("Last day")


class ClosedDayForm(forms.Form):
    """One day on which the school is closed to pupils, and why."""

    day = a_day("Day")
    reason = forms.CharField(
        label="Why",
        max_length=ClosedDay._meta.get_field("reason").max_length,
        help_text="Such as INSET, snow or a local holiday. Bank holidays are known.",
    )


class CloseDaysForm(ClosedDayForm):
    """The same for one day, or for several in a row."""

    until = a_day("Until", hint="Empty for one day. Weekends between are left out.", required=False)
    field_order = ("day", "until", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, and a stretch that is a holiday of its own."""
        typed = super().clean() or {}
        first, last = typed.get("day"), typed.get("until")
        if first and last and last < first:
            self.add_error("until", "The last day comes before the first day.")
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error(
                "until",
                f"No more than {MOST_DAYS} days in one go. A holiday lies between two terms: "
                "change these instead.",
            )
        return typed

    def days(self) -> list[date]:
        """Return the days that are meant: of several those that are no weekend."""
        first = self.cleaned_data["day"]
        last = self.cleaned_data["until"] or first
        stretch = [first + timedelta(days=one) for one in range((last - first).days + 1)]
        return [day for day in stretch if day.weekday() < 5] or stretch
