"""What a host types when a call comes again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.utils.formats import date_format

from meetings import policy
from meetings.forms.plan import CHOOSING, FARTHEST, PlanForm
from meetings.models import Meeting
from meetings.services import SeriesPlan
from school.calendar import Calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

EVERY = [
    (1, "Every week"),
    (2, "Every two weeks"),
    (3, "Every three weeks"),
    (4, "Every four weeks"),
]


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of the preview."""

    on: date
    skipped: str
    is_left_out: bool

    @property
    def is_held(self) -> bool:
        """Tell whether a call is planned for this day."""
        return not self.skipped and not self.is_left_out


class SeriesForm(PlanForm):
    """Calls that come again: the first one, how often, and which days are left out."""

    every = forms.TypedChoiceField(label="How often?", choices=EVERY, coerce=int, initial=1)
    until = forms.DateField(
        label="Last date",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    times = forms.IntegerField(
        label="Or how many calls?", required=False, min_value=1, max_value=policy.MOST_CALLS
    )
    without = forms.TypedMultipleChoiceField(required=False, coerce=date.fromisoformat)
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, calendar: Calendar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        self.fields["day"].label = "First date"
        self._offer_days()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            "key",
            Fieldset(
                "Why and when",
                "title",
                "purpose",
                Div("day", "starts", "ends", css_class="when"),
                Div("every", "until", "times", css_class="when"),
            ),
            CHOOSING,
            Fieldset(
                "Recording",
                HTML(
                    "<p class='hint'>With two adults you may choose. With one adult each call must "
                    "be recorded.</p>"
                ),
                "is_recorded",
                Field("recording_declined_because"),
            ),
        )

    def _offer_days(self) -> None:
        """Let any day within reach be left out; the list itself is worked out from what is typed."""
        without = self.fields["without"]
        if isinstance(without, forms.ChoiceField):
            first = clock.today() - FARTHEST
            days = (first + timedelta(days=number) for number in range(3 * FARTHEST.days))
            without.choices = [(day.isoformat(), day.isoformat()) for day in days]

    def clean(self) -> dict[str, Any]:
        """Make sure that the series ends, and after it has begun."""
        cleaned = super().clean()
        until, times, day = cleaned.get("until"), cleaned.get("times"), cleaned.get("day")
        if not until and not times and not {"until", "times"} & set(self.errors):
            self.add_error("until", "Choose a last date, or say how many calls.")
        if until and times:
            self.add_error("times", "Choose one of the two: a last date, or a number of calls.")
        if until and day and until < day:
            self.add_error("until", "The last date comes after the first.")
        if not self.errors:
            try:
                held = [one for one in self.days() if one.is_held]
            except NotAllowed as refused:
                self.add_error("until" if until else "times", str(refused))
            else:
                if not held:
                    self.add_error("day", "No day is left on which a call could be held.")
        return cleaned

    def days(self) -> list[Day]:
        """Return the days of the series as typed, with the reason for each that is skipped."""
        given = self.cleaned_data
        left_out = set(given.get("without") or ())
        return [
            Day(on=one.on, skipped=one.skipped, is_left_out=one.on in left_out)
            for one in policy.occurrences(
                self.calendar,
                first=given["day"],
                every=given["every"],
                until=given.get("until"),
                times=given.get("times"),
            )
        ]

    def mark(self) -> str:
        """Return what a preview of these days is known by.

        A day that was left out by the person's own tick is nothing that they have not seen.
        """
        return ",".join(f"{one.on:%Y%m%d}{'-' if one.skipped else ''}" for one in self.days())

    def is_previewed(self) -> bool:
        """Tell whether the person has seen these very days, whichever of them are left out."""
        return bool(self.cleaned_data["previewed"] == self.mark())

    def series(self) -> SeriesPlan:
        """Return the plan of a valid form."""
        return SeriesPlan(
            call=self.what(),
            every_weeks=self.cleaned_data["every"],
            days=[one.on for one in self.days() if one.is_held],
        )


class ScopeForm(forms.Form):
    """Whether something is meant for one call of a series, or for the later ones too."""

    scope = forms.ChoiceField(
        label="Which calls?", widget=forms.RadioSelect, choices=[("one", "One"), ("later", "Later")]
    )

    def __init__(self, *args: Any, meeting: Meeting, later: Sequence[Meeting], **kw: Any) -> None:
        kw.setdefault("initial", {"scope": "one"})
        super().__init__(*args, **kw)
        scope = self.fields["scope"]
        day = date_format(clock.local(meeting.starts_at), "l j F")
        words = f"This one and the {len(later)} later ones of the series"
        if len(later) == 1:
            words = "This one and the later one of the series"
        if isinstance(scope, forms.ChoiceField):
            scope.choices = [("one", f"Only this one, {day}"), ("later", words)]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(Field("scope", wrapper_class="answers"))

    @property
    def is_for_later(self) -> bool:
        """Tell whether the later calls are meant too; what is not said is not meant."""
        return self.is_valid() and self.cleaned_data["scope"] == "later"
