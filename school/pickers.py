"""Several people of a list, as a browser sends them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms

from schoolsafe.lib.rows import names_a_row

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


def row_numbers(sent: Iterable[str]) -> list[int]:
    """Return the row numbers among what a browser sent."""
    return [int(text) for text in sent if names_a_row(text)]
