"""The new value of one setting, and why."""

from datetime import time
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from school.settings import Kind, Setting, Value
from schoolsafe.lib.logos import MOST_BYTES

WHY = "Write down why: whoever looks at it in a year has only this."


def _field(setting: Setting) -> forms.Field:
    """Return the field in which a value of this kind is written; its bounds are the setting's own."""
    label, empty = "New value", {"required": "Say what it is to be."}
    required = not setting.may_be_empty
    if setting.kind is Kind.NUMBER:
        errors = empty | {"invalid": "Write a whole number."}
        return forms.IntegerField(label=f"{label}, {setting.unit}", required=required,
                                  error_messages=errors)  # fmt: skip
    if setting.kind is Kind.TIME:
        shown = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        errors = empty | {"invalid": "Write a time, like 08:30."}
        return forms.TimeField(label=label, widget=shown, error_messages=errors)
    if setting.kind is Kind.COLOUR:
        picked = forms.TextInput(attrs={"type": "color"})
        return forms.CharField(label=label, widget=picked, error_messages=empty)
    if setting.kind is Kind.TEXT:
        return forms.CharField(label=label, required=required, error_messages=empty)
    choices = setting.choices or (("yes", "Yes"), ("no", "No"))
    return forms.ChoiceField(
        label=label, widget=forms.RadioSelect, choices=choices, error_messages=empty
    )


class SettingForm(forms.Form):
    """One setting: what it is to be, and why.

    `seen` is the newest change that the page showed. `weighed` is the value of which the page has
    said what it would weaken.
    """

    def __init__(self, *args: Any, setting: Setting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting
        self.fields["value"] = _field(setting)
        self.fields["value"].help_text = _help(setting)
        self.fields["why"] = forms.CharField(
            label="Why?",
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="It stands in the history of this setting. Name no child.",
            error_messages={"required": WHY},
        )
        self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_value(self) -> Value:
        """Return what is kept, in one shape whatever was typed; refuse what is out of bounds."""
        said = self.cleaned_data["value"]
        value = self._value(said)
        if found := self.setting.fault(value):
            raise forms.ValidationError(found)
        return value

    def _value(self, said: Any) -> Value:
        if isinstance(said, time):
            return said.strftime("%H:%M")
        if self.setting.kind is Kind.SWITCH:
            return bool(said == "yes")
        value: Value = said
        return value


class LogoForm(forms.Form):
    """A picture or none, and why."""

    picture = forms.FileField(
        label="Picture",
        required=False,
        allow_empty_file=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text="A PNG or JPEG of at most 1 MB. It is drawn anew: small, on white, and without what a "
        "camera or program wrote into it.",
        error_messages={"empty": "This file is empty. Choose a PNG or a JPEG."},
    )
    takes_off = forms.BooleanField(label="Show no logo", required=False)
    why = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WHY},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        said: dict[str, Any] = super().clean() or {}
        if "picture" not in self.errors and bool(said.get("picture")) is said.get("takes_off"):
            self.add_error("picture", "Choose a picture, or tick that there is to be none.")
        return said

    def content(self) -> bytes:
        """Return the picture that was sent; nothing where there is to be none."""
        sent = self.cleaned_data["picture"]
        if not sent:
            return b""
        sent.seek(0)
        # One byte more than is taken: a larger one is refused without being read to its end.
        content: bytes = sent.read(MOST_BYTES + 1)
        return content


def _help(setting: Setting) -> str:
    parts = [f"{setting.bounds[0].upper()}{setting.bounds[1:]}." if setting.bounds else ""]
    if setting.may_be_empty:
        parts.append(f"Empty: {setting.empty_words}.")
    return " ".join(part for part in parts if part)


def shown(setting: Setting, value: Value) -> Value:
    """Return a value as the form's field shows it."""
    if setting.kind is Kind.SWITCH:
        return "yes" if value else "no"
    return value
