"""The kinds of field of which the forms of this room are made."""

from datetime import datetime
from typing import Any

from django import forms

from schoolsafe.lib import clock

TEXT_LENGTH = 1_000_000


SELF_HINT = (
    "For instance: you were alone online with a pupil. It goes to the headteacher; a headteacher's own "
    "goes to the chair of governors. You keep what you wrote, and see no more."
)


def moment(*, required: bool = False, **options: Any) -> forms.DateTimeField:
    """Return a field for a day and a time of the school's clock."""
    return forms.DateTimeField(
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Write the day and the time, such as 15/09/2026 14:00."},
        **options,
    )


def present() -> datetime:
    """Return this moment by the school's clock: most of what is noted has just happened."""
    return clock.local(clock.now())


def words(label: str, hint: str = "", *, rows: int = 4, required: bool = False) -> forms.CharField:
    """Return a field for free text, kept exactly as typed."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def about_oneself() -> forms.BooleanField:
    """Return the box of somebody who tells of themselves (E5)."""
    label = "It is about me: I must tell of something myself"
    return forms.BooleanField(label=label, help_text=SELF_HINT, required=False)
