"""What is filled in to take people from a file."""

from collections.abc import Collection, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Layout
from django import forms

from school.imports import SOURCES, ColumnMapping, DayOrder, Field, lacking
from school.imports.mappings import LABELS, OF_CONTACTS
from schoolsafe.lib.uploads import MOST_KEPT


class UploadForm(forms.Form):
    """The files that another system has made: a zip of them, or one table."""

    source = forms.ChoiceField(label="Which files?")
    file = forms.FileField(
        label="The file",
        help_text="A zip of all the files; of SIMS, Arbor, Bromcom or another system of your own the one "
        "table, as .csv or .xlsx. At most 10 MB. It is read and thrown away: what it says of people is kept, encrypted, "
        "until you have decided.",
        error_messages={
            "required": "Choose the file.",
            "empty": "There is nothing in this file.",
        },
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.xlsx"}),
    )
    dates = forms.ChoiceField(
        label="Dates like 4/2/2018",
        required=False,
        choices=[
            ("", "as the whole file shows"),
            (DayOrder.DAY_FIRST.value, "4 February: the day comes first"),
            (DayOrder.MONTH_FIRST.value, "2 April: the month comes first"),
        ],
        help_text="Only asked where the files leave it open.",
    )

    def __init__(
        self, *args: Any, mappings: Mapping[str, ColumnMapping] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            *SOURCES.items(),
            *((one.source, one.title) for one in (mappings or {}).values()),
        ]

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order."""
        helper = FormHelper()
        helper.form_tag = False
        return helper

    def clean_file(self) -> Any:
        """Refuse what is too large, of which nothing was kept."""
        file = self.cleaned_data["file"]
        if file.size > MOST_KEPT:
            raise forms.ValidationError("This is larger than 10 MB.")
        return file

    def order(self) -> DayOrder | None:
        """Return which comes first, if it was said."""
        chosen = self.cleaned_data["dates"]
        return DayOrder(chosen) if chosen else None


class MappingForm(forms.Form):
    """Under which heading each thing stands in the export of one source."""

    title = forms.CharField(
        label="What people call these files",
        max_length=80,
        help_text="As they choose it when they take a file.",
    )
    source = forms.SlugField(
        label="Short name",
        max_length=20,
        help_text="Small letters and digits, never changed: under it the numbers of these files are "
        "kept, and the command on the server finds it.",
    )

    def __init__(
        self,
        *args: Any,
        mapping: ColumnMapping | None = None,
        taken: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        self.mapping, self.taken = mapping, taken
        kwargs["initial"] = _said(mapping) if mapping else {}
        super().__init__(*args, **kwargs)
        if mapping:
            del self.fields["source"]
        for field in Field:
            label, about = LABELS[field]
            self.fields[field.value] = forms.CharField(
                label=label, required=False, max_length=400, help_text=about
            )

    @property
    def helper(self) -> FormHelper:
        """Lay out what is said of pupils, and then of contacts."""
        helper = FormHelper()
        helper.form_tag = False
        first = [one for one in ("title", "source") if one in self.fields]
        pupils = [one.value for one in Field if one not in OF_CONTACTS]
        contacts = [one.value for one in Field if one in OF_CONTACTS]
        helper.layout = Layout(
            *first,
            HTML("<h2>Pupils</h2>"),
            *pupils,
            HTML("<h2>Contacts</h2>"),
            *contacts,
        )
        return helper

    def clean_source(self) -> str:
        """Refuse the names of formats, and of sources there are."""
        source = str(self.cleaned_data["source"]).lower()
        if source in SOURCES or source in self.taken:
            raise forms.ValidationError("This name is taken.")
        return source

    def clean(self) -> dict[str, Any]:
        """Say beside each field what is missing."""
        for field, why in lacking(self.columns()):
            self.add_error(field.value, why)
        return self.cleaned_data

    def columns(self) -> dict[Field, tuple[str, ...]]:
        """Return the headings of each field, in their order."""
        said = {field: str(self.cleaned_data.get(field.value, "")) for field in Field}
        parted = {
            field: [" ".join(one.split()) for one in text.split("|")]
            for field, text in said.items()
        }
        return {
            field: tuple(filter(None, several)) for field, several in parted.items() if any(several)
        }

    def chosen(self) -> ColumnMapping:
        """Return the mapping that was filled in."""
        source = self.mapping.source if self.mapping else self.cleaned_data["source"]
        return ColumnMapping(
            source=source, title=self.cleaned_data["title"], columns=self.columns()
        )


def _said(mapping: ColumnMapping) -> dict[str, str]:
    columns = {field.value: " | ".join(headings) for field, headings in mapping.columns.items()}
    return {"title": mapping.title, **columns}
