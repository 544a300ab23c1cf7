"""Choosing people from a list: it can be narrowed down, and it works without a script."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from school.models import Pupil
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row


class PeoplePicker(forms.widgets.ChoiceWidget):
    """Ticks beside names in a box of its own height, with a field above that narrows them down.

    Not a CheckboxSelectMultiple: crispy forms would draw that with a template of its own.
    """

    template_name = "school/widgets/picker.html"
    input_type = "checkbox"
    allow_multiple_selected = True
    use_fieldset = True

    def __init__(self, filter_label: str = "Find a name") -> None:
        super().__init__()
        self.filter_label = filter_label

    def use_required_attribute(self, initial: Any) -> bool:
        """Say no: the browser would ask for every tick."""
        return False

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say no: unticked boxes are not sent."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the words on the filter."""
        context = super().get_context(name, value, attrs)
        context["widget"]["filter_label"] = self.filter_label
        return context


if TYPE_CHECKING:
    # Only the type checker knows it as generic.
    RowsField = forms.ModelMultipleChoiceField[Any]
else:
    RowsField = forms.ModelMultipleChoiceField


class SeveralRows(RowsField):
    """Several rows of a list; a number that no row can have is no choice, whatever the database."""

    def clean(self, value: Any) -> Any:
        """Refuse it before it is looked up: SQLite takes no number beyond 64 bits."""
        sent = value if isinstance(value, (list, tuple)) else ()
        for one in sent:
            if str(one).lstrip("-").isdecimal() and not names_a_row(one):
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": one},
                )
        return super().clean(value)


class PupilChoices(SeveralRows):
    """Pupils on roll, each with year and class: two children of one name are told apart (E11)."""

    def __init__(self, **kwargs: Any) -> None:
        picker = PeoplePicker("Find a pupil by name, year or class")
        super().__init__(queryset=Pupil.objects.none(), widget=picker, **kwargs)

    def offer(self) -> None:
        """Offer everybody on roll today."""
        self.queryset = on_roll()

    def label_from_instance(self, obj: Pupil) -> str:
        """Return name, year and classes."""
        return ", ".join([obj.full_label, *(group.name for group in obj.teaching_groups.all())])


def row_numbers(sent: Iterable[str]) -> list[int]:
    """Return the row numbers among what a browser sent."""
    return [int(text) for text in sent if names_a_row(text)]


def on_roll() -> QuerySet[Pupil]:
    """Return the pupils on roll today with their classes."""
    return Pupil.objects.on_roll(on=clock.today()).prefetch_related("teaching_groups")
