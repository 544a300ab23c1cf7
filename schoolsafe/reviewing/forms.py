"""What is asked of somebody who reads the audit."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone

from audit.chain import ACTOR, VERB
from audit.saved import Form
from audit.searching import Asked, Sort, occurring_verbs
from audit.services.verifying import LONGEST_WORDS
from school.models import StaffMember
from schoolsafe.reviewing import records
from schoolsafe.reviewing.words import RECORDS, verb_choices

EVERY = [("", "All")]
SORTS = [("", "Did or saw"), (Sort.DID, "Did"), (Sort.SAW, "Only saw")]
LONGEST_ASKED = 100
DAY = forms.DateInput(attrs={"type": "date"})


class AnswerForm(forms.Form):
    """What somebody makes of an alarm."""

    words = forms.CharField(
        label="What you found out, and what you do about it",
        help_text="Who looked, what it was, who has been told. It stays beside the alarm.",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write what you make of it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class SearchForm(forms.Form):
    """What is looked for in the audit; each field narrows, alone and with the others."""

    person = forms.ChoiceField(label="Who", required=False)
    sort = forms.ChoiceField(label="Did or saw", required=False, choices=SORTS)
    verb = forms.ChoiceField(label="What", required=False)
    kind = forms.ChoiceField(label="Kind of record", required=False)
    since = forms.DateField(label="From day", required=False, widget=DAY)
    until = forms.DateField(label="To day", required=False, widget=DAY)
    record = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = self._people()  # type: ignore[attr-defined]
        self.fields["verb"].choices = [*EVERY, *verb_choices(self._verbs())]  # type: ignore[attr-defined]
        kinds = sorted(RECORDS.items(), key=lambda one: one[1])
        self.fields["kind"].choices = [*EVERY, *kinds]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = "This is not in the list. Choose again."
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def _people(self) -> Iterable[tuple[str, str]]:
        """Return everybody on the staff list, also who has left, and whoever is asked for by a link."""
        staff = StaffMember.objects.select_related("user").order_by("name", "pk")
        people = [("", "Everybody"), *((one.actor, one.name) for one in staff)]
        people.append(("system:sweep", "The system"))
        asked = str(self.data.get("person", ""))
        if asked and asked not in dict(people) and ACTOR.fullmatch(asked):
            people.append((asked, "Chosen from an entry"))
        return people

    def _verbs(self) -> list[str]:
        """Return the verbs that occur, and the one that is asked for, if it can be one."""
        asked = str(self.data.get("verb", ""))
        return [*occurring_verbs(), *([asked] if VERB.fullmatch(asked) else [])]

    def clean_record(self) -> str:
        """Return the record that an address names."""
        shown = self.cleaned_data["record"]
        found = records.from_address(shown) if shown else ""
        if found is None:
            raise forms.ValidationError("There is no such record.")
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "This day is before the first one.")
        return cleaned

    def asked(self) -> Asked:
        """Return what is looked for; days are whole days of the school's clock."""
        told = self.cleaned_data
        until = told["until"] + timedelta(days=1) if told["until"] else None
        return Asked(
            actor=told["person"],
            record=told["record"] or told["kind"],
            verb=told["verb"],
            sort=Sort(told["sort"]) if told["sort"] else None,
            since=_midnight(told["since"]),
            until=_midnight(until),
        )


class SaveForm(SearchForm):
    """What is looked for, and as which kind of file it is wanted."""

    file = forms.TypedChoiceField(choices=[(one.value, one.value) for one in Form], coerce=Form)

    def clean(self) -> dict[str, Any]:
        """Refuse what is longer than anything that can be looked for: it would stand in the file's proof."""
        cleaned = super().clean()
        if any(len(str(self.data.get(name, ""))) > LONGEST_ASKED for name in self.fields):
            raise forms.ValidationError("Nothing is called as long as this.")
        return cleaned


def _midnight(day: Any) -> datetime | None:
    """Return when a day begins."""
    return timezone.make_aware(datetime.combine(day, time())) if day else None


class FindForm(forms.Form):
    """A record by what somebody knows of it."""

    words = forms.CharField(
        label="A pupil's name, or the address of a page",
        help_text="Such as the page of a call, copied from the line at the top of the browser.",
        max_length=300,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"required": "Write a name, or paste the address of a page."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
