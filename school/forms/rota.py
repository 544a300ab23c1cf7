"""A weekly duty, a stretch in which somebody answers besides, and being away."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms

from school import calendar as hours
from school.calendar import Calendar
from school.forms.calendar import a_day
from school.models import Absence, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row

if TYPE_CHECKING:
    # Only the type checker knows it as generic.
    StaffField = forms.ModelChoiceField[StaffMember]
else:
    StaffField = forms.ModelChoiceField

WEEKDAYS = list(enumerate(str(day) for day in clock.WEEKDAYS))
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


class OneOfStaff(StaffField):
    """One of the staff; a number that no row can have is no choice, whatever the database."""

    def to_python(self, value: Any) -> StaffMember | None:
        """Refuse it before it is looked up: SQLite takes no number beyond 64 bits."""
        if value not in self.empty_values and not names_a_row(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().to_python(value)


def a_person(label: str, *, required: bool = True) -> OneOfStaff:
    """Return a field for somebody; the form says who is offered."""
    return OneOfStaff(
        label=label,
        queryset=StaffMember.objects.none(),
        required=required,
        empty_label="Choose somebody" if required else "Myself",
        error_messages={
            "required": "Choose who.",
            "invalid_choice": "This person cannot be chosen any more. Choose again.",
        },
    )


def a_time(label: str) -> forms.TimeField:
    """Return a field for a time of day."""
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def a_moment(label: str) -> forms.DateTimeField:
    """Return a field for a day and a time of the school's clock."""
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class WithStaff(forms.Form):
    """A form that asks who, of these people."""

    def __init__(self, *args: Any, people: Sequence[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = StaffMember.objects.filter(pk__in=[one.pk for one in people])
        self.fields["staff"].queryset = offered  # type: ignore[attr-defined]

    def clean_staff(self) -> StaffMember | None:
        """Refuse whoever has no telephone number: the last rung of every ladder is a call (E89)."""
        staff: StaffMember | None = self.cleaned_data["staff"]
        if staff is not None and not staff.telephone.strip():
            raise forms.ValidationError(
                f"{staff} needs a telephone number before being on duty: ask IT to enter it."
            )
        return staff


class DutyForm(WithStaff):
    """Whose duty, on which day of the week, from when until when."""

    staff = a_person("Who")
    weekday = forms.TypedChoiceField(
        label="Every",
        coerce=int,
        choices=WEEKDAYS,
        error_messages={"invalid_choice": "Choose a day of the week."},
    )
    starts_at = a_time("From")
    ends_at = a_time("Until")
    knowing = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        typed = super().clean() or {}
        first, last = typed.get("starts_at"), typed.get("ends_at")
        if first and last and last <= first:
            self.add_error("ends_at", "A duty ends after it begins.")
        return typed


class CoverForm(WithStaff):
    """Who answers from when until when, besides the weekly duties."""

    staff = a_person("Who answers")
    starts_at = a_moment("From")
    ends_at = a_moment("Until")

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, and what is over."""
        typed = super().clean() or {}
        first, last = typed.get("starts_at"), typed.get("ends_at")
        if first and last and last <= first:
            self.add_error("ends_at", "The end comes before the beginning.")
        elif last and last <= clock.now():
            self.add_error("ends_at", "That time is over.")
        return typed


TODAY, NEXT, DAYS = "today", "next", "days"


class AwayForm(forms.Form):
    """How long somebody is away: the rest of today, the next school day, or from a day until a day."""

    staff = a_person("Who is away", required=False)
    when = forms.ChoiceField(
        choices=[(TODAY, TODAY), (NEXT, NEXT), (DAYS, DAYS)], widget=forms.HiddenInput
    )
    first = a_day("From", hint="Empty: from now on.", required=False)
    last = a_day("Until the end of", required=False)
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=Absence._meta.get_field("reason").max_length,
        help_text="Need not be said. Write nothing about health: “course” or “school trip” is enough.",
    )

    def __init__(
        self, *args: Any, calendar: Calendar, others: Sequence[StaffMember], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        if others:
            offered = StaffMember.objects.filter(pk__in=[one.pk for one in others])
            self.fields["staff"].queryset = offered  # type: ignore[attr-defined]
        else:
            del self.fields["staff"]

    def clean(self) -> dict[str, Any]:
        """Ask for the last day where days are meant, and refuse an end before the beginning."""
        typed = super().clean() or {}
        if typed.get("when") != DAYS or self.errors:
            return typed
        today = clock.today()
        first, last = typed.get("first") or today, typed.get("last")
        if last is None:
            self.add_error("last", "Say until which day.")
        elif last < first:
            self.add_error("last", "The last day comes before the first day.")
        elif last < today:
            self.add_error("last", "That day is over.")
        elif first < today:
            self.add_error("first", "Being away is said from now on. Leave it empty.")
        elif hours.is_far(last, today=today):
            self.add_error("last", hours.FAR)
        return typed

    def stretch(self) -> tuple[datetime, datetime]:
        """Return from when until when, both ends included; days are those of the school's clock."""
        now, today = clock.now(), clock.today()
        first = last = today
        if self.cleaned_data["when"] == NEXT:
            first = last = next_school_day(self.calendar)
        if self.cleaned_data["when"] == DAYS:
            first, last = self.cleaned_data["first"] or today, self.cleaned_data["last"]
        begins = now if first == today else clock.at(first, time())
        return begins, clock.at(last + DAY, time()) - INSTANT


def next_school_day(calendar: Calendar) -> date:
    """Return the first school day after today."""
    return hours.school_day_from(calendar, clock.at(clock.today() + DAY, time()))
