"""Files on their way into a concern, and what is said of them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from concerns import policy, services
from concerns.forms.fields import words
from concerns.services import Checked
from schoolsafe.lib.scans import Unfit

ACCEPT = "application/pdf,image/jpeg,image/png,text/plain,.pdf,.jpg,.jpeg,.png,.docx,.xlsx,.txt"
HINT = (
    f"PDF, JPEG, PNG, Word (.docx), Excel (.xlsx) or plain text: up to {policy.MOST_AT_ONCE} files of "
    f"{policy.MOST_BYTES // policy.MEGABYTE} MB each. They are kept encrypted, under another name."
)
AGAIN = "Choose the files once more: your browser does not keep them."
DECLARED = "None of these is, or might be, a nude or semi-nude picture of anybody under 18."
DECLARE = "Say so before a file is taken. If one is, or might be, do not upload it: ring one of the people on this page."


class FilesInput(forms.ClearableFileInput):
    """A field in which several files are chosen."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each looked into while the form is judged; nothing is kept here."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Files")
        options.setdefault("help_text", HINT)
        super().__init__(widget=FilesInput(attrs={"accept": ACCEPT}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Checked]:
        """Look into each file, once their number and sizes are right: none is read before."""
        files: Sequence[UploadedFile[bytes]] = (
            data if isinstance(data, list) else [data] if data else []
        )
        if self.required and not files:
            raise forms.ValidationError("Choose a file.")
        if fault := policy.fault_of_sizes([file.size or 0 for file in files]):
            raise forms.ValidationError(f"{fault} {AGAIN}")
        faults, checked = [], []
        for file in files:
            try:
                checked.append(services.check_file(str(file.name), file.read()))
            except Unfit as fault:
                faults.append(f"{file.name}: {fault}" if len(files) > 1 else str(fault))
        if faults:
            raise forms.ValidationError([*faults, AGAIN])
        return checked


class WithFiles(forms.Form):
    """Files that come with a concern; nothing here is ever wrong: the concern is filed first (A10)."""

    files_declared = forms.BooleanField(label=DECLARED, required=False)
    chosen_files = forms.FileField(
        label="Files",
        help_text=f"{HINT} A draft keeps none: choose them when you send it.",
        required=False,
        widget=FilesInput(attrs={"accept": ACCEPT}),
    )
    files_what = forms.CharField(
        label="What is it?",
        help_text="A few words, such as 'The note she gave me' or 'A photo of her drawing'.",
        required=False,
        max_length=200,
        strip=False,
    )


def choose_again(form: forms.Form) -> None:
    """Say beside the field that the files have to be chosen again, when something else was wrong."""
    for name in form.files:
        if name in form.fields and name not in form.errors:
            form.add_error(name, AGAIN)


class AttachForm(forms.Form):
    """Files, what they are, and the answer without which none is taken (E16)."""

    chosen_files = FilesField()
    what = forms.CharField(
        label="What is it?",
        help_text="A few words, such as 'The note she gave me' or 'Letter from the GP'.",
        max_length=200,
        strip=False,
        error_messages={"required": "Say in a few words what it is."},
    )
    is_declared = forms.BooleanField(label=DECLARED, error_messages={"required": DECLARE})


class PictureForm(forms.Form):
    """That there is a picture that nobody may copy: where it is, and never the picture (E16)."""

    holder = forms.CharField(
        label="Who has the telephone or computer it is on?", max_length=200, strip=False
    )
    place = forms.CharField(
        label="Where is it now?",
        help_text="For example 'switched off, in the safe of the office'.",
        max_length=200,
        strip=False,
    )
    copied = forms.ChoiceField(
        label="Has anybody copied, sent or saved it?",
        widget=forms.RadioSelect,
        choices=[(known.value, known.label) for known in policy.Copied],
        error_messages={"required": "Choose one. 'I do not know' is an answer too."},
    )
    text = words(
        "What else do you know?",
        "Who told you, who has seen it, who sent it on. Do not describe the picture.",
    )


class SealForm(forms.Form):
    """Why a file is taken out of sight."""

    sealed_as = forms.ChoiceField(
        label="What is wrong with it?",
        widget=forms.RadioSelect,
        choices=[(why.value, why.label) for why in policy.SealedAs],
        error_messages={"required": "Choose what is wrong with it."},
    )
    reason = words("What happened?", "It stays on the record beside the file.", required=True)


class RemoveForm(forms.Form):
    """Why the content of a file has to be destroyed."""

    reason = words(
        "Why must it be destroyed?",
        "Also what the police or the LADO advised, with the name and their reference.",
        required=True,
    )
