"""The forms of handing a concern over to the product that holds the file."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from concerns import policy, selectors
from concerns.forms.acts import ActForm, Here
from concerns.forms.fields import words
from concerns.models import Copy


class CopyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A copy by its number, its day and for whom it was made."""

    def label_from_instance(self, obj: Copy) -> str:
        """Return what tells this copy from others."""
        return f"{obj.code}, made on {obj.made_at:%d/%m/%Y} for {obj.for_whom}"


class HandOverForm(ActForm):
    """Which copy is taken over, and what should be known of it."""

    copy = CopyChoice(
        label="Which copy is handed over?",
        queryset=Copy.objects.none(),
        required=False,
        empty_label="None: it is typed in",
    )
    text = words("Anything to note?", rows=3)

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        self.fields["copy"].help_text = _copy_hint(here)
        copies = selectors.copies_with(here.concern, here.by.viewer())
        self.fields["copy"].queryset = copies  # type: ignore[attr-defined]


def _copy_hint(here: Here) -> str:
    """Return where a copy is made, for each child in the concern."""
    if not policy.may_copy_files(here.by.viewer()):
        return ""
    children = here.concern.involved.exclude(pupil=None).select_related("pupil")
    pupils = {row.pupil_id: str(row.pupil) for row in children}
    if not pupils:
        return ""
    only = here.concern.reference
    rows = [
        (f"{reverse('concerns:copy', args=[pk])}?concern={only}", name)
        for pk, name in pupils.items()
    ]
    links = format_html_join(", ", '<a href="{}">{}</a>', rows)
    return format_html(
        "No copy yet? Make one of this concern for the file of {}, and come back.", links
    )


class TakeOverForm(ActForm):
    """Under which reference it is there."""

    reference = forms.CharField(
        label="Their reference",
        help_text="The number or name under which it stands there now.",
        max_length=100,
    )
