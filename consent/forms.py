"""What families and the office fill in, and the sealed answer that travels between two pages."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.core import signing
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.models import RELATIONSHIPS, Request
from consent.policy import READS_FOR_AT_LEAST, Channel
from schoolsafe.lib import clock

SALT = "consent.sealed"
YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """An answer between the question and the button that gives it: signed, stored nowhere."""

    request_id: int
    version: int
    takes_part: bool
    may_be_recorded: bool | None = None
    name: str
    relationship: str
    made_at: float = 0.0

    def seal(self, now: datetime) -> str:
        """Return it as one signed word, with the time at which the next page was made."""
        return signing.dumps(asdict(self) | {"made_at": now.timestamp()}, salt=SALT)

    def is_too_fast(self, now: datetime) -> bool:
        """Tell whether no person could have read the page since it was made (E25)."""
        return now.timestamp() - self.made_at < READS_FOR_AT_LEAST.total_seconds()


def unseal(text: str, request_id: int) -> Sealed | None:
    """Return a sealed answer to this request, or None when it is damaged or another's."""
    try:
        sealed = Sealed(**signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError):
        return None
    return sealed if sealed.request_id == request_id else None


class FamilyForm(forms.Form):
    """A form on a page without a cookie: the link's own token is the proof, so no CSRF field."""

    cards: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order, choices as big cards."""
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            *[
                Field(name, wrapper_class="answers") if name in self.cards else Field(name)
                for name in self.fields
            ]
        )
        return helper


class AnswerForm(FamilyForm):
    """May this child take part, and who is answering. Nothing is chosen for anybody."""

    cards = ("takes_part",)

    takes_part = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": _("Choose yes or no.")}
    )
    name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
        error_messages={"required": _("Write your first and last name.")},
    )
    relationship = forms.ChoiceField(
        error_messages={"required": _("Choose what you are to the child.")}
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: Request, pupil: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"name": pupil}
        is_own = request.guardian_id is None
        part, relation = self.fields["takes_part"], self.fields["relationship"]
        part.label = gettext("May %(name)s take part in this call?") % words
        yes = gettext("Yes, %(name)s may take part") % words
        no = gettext("No, %(name)s may not take part") % words
        if is_own:
            part.label = gettext("Will you take part in this call?")
            yes, no = gettext("Yes, I will take part"), gettext("No, I will not take part")
        _offer(part, [("yes", yes), ("no", no)])
        relation.label = gettext("You are the child's") if not is_own else gettext("You are")
        offered = [pair for pair in RELATIONSHIPS if (pair[0] == "self") == is_own]
        _offer(relation, [("", gettext("Choose one")), *offered])

    def sealed(self, request: Request) -> Sealed:
        """Return what was filled in, ready to travel."""
        said = self.cleaned_data
        return Sealed(
            request_id=request.pk,
            version=said["version"],
            takes_part=YES_NO[said["takes_part"]],
            name=said["name"],
            relationship=said["relationship"],
        )


class RecordingForm(FamilyForm):
    """May the call be recorded: a question of its own, on a page of its own."""

    cards = ("may_be_recorded",)

    may_be_recorded = forms.ChoiceField(
        label=_("May the call be recorded?"),
        widget=forms.RadioSelect,
        choices=[("yes", _("Yes, it may be recorded")), ("no", _("No, it may not be recorded"))],
        error_messages={"required": _("Choose yes or no.")},
    )


class WithdrawForm(FamilyForm):
    """Taking a yes back is one choice, like giving it."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": _("Choose one of the two.")}
    )

    def __init__(self, *args: Any, pupil: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["choice"]
        words = {"name": pupil}
        field.label = gettext("Do you want to take your yes for %(name)s back?") % words
        _offer(
            field,
            [
                ("withdraw", gettext("Yes, take it back: %(name)s may not take part") % words),
                ("keep", gettext("No, my yes stands")),
            ],
        )


class NotMeForm(FamilyForm):
    """Why the link is in the wrong hands."""

    cards = ("reason",)

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        choices=[
            ("forwarded", _("Somebody passed the e-mail on to me")),
            ("unknown", _("I do not know this child")),
        ],
        error_messages={"required": _("Choose one of the two.")},
    )


class NewLinkForm(FamilyForm):
    """A new link is sent only to the address that the school has."""

    agreed = forms.BooleanField(
        label=_("Send me a new link. This one stops working."),
        error_messages={"required": _("Tick the box if you want a new link.")},
    )


class WishForm(FamilyForm):
    """The address at which somebody waits for a link; the answer is always the same."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write the e-mail address that the school has for you."),
            "invalid": _("Write an e-mail address, like name@example.com."),
        },
    )


class StaffForm(forms.Form):
    """A form on a staff page."""

    cards: tuple[str, ...] = ()

    @property
    def helper(self) -> FormHelper:
        """Lay the fields out in their order, choices as cards."""
        helper = FormHelper()
        helper.form_tag = False
        helper.layout = Layout(
            *[
                Field(name, wrapper_class="answers") if name in self.cards else Field(name)
                for name in self.fields
            ]
        )
        return helper


class RecordForm(StaffForm):
    """An answer that came by telephone, on paper or in person."""

    cards = ("takes_part", "may_be_recorded")

    takes_part = forms.ChoiceField(
        label="What was the answer?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, the pupil may take part"), ("no", "No")],
        error_messages={"required": "Choose yes or no."},
    )
    may_be_recorded = forms.ChoiceField(
        label="May the call be recorded?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No")],
        required=False,
    )
    name = forms.CharField(
        label="Who answered?", max_length=120, error_messages={"required": "Write the name."}
    )
    relationship = forms.ChoiceField(
        label="They are the pupil's",
        choices=[("", "Choose one"), *RELATIONSHIPS],
        error_messages={"required": "Choose what they are to the pupil."},
    )
    channel = forms.ChoiceField(
        label="How did it come?",
        choices=[
            ("", "Choose one"),
            (Channel.TELEPHONE.value, "By telephone"),
            (Channel.PAPER.value, "On paper"),
            (Channel.IN_PERSON.value, "In person"),
        ],
        error_messages={"required": "Choose how the answer came."},
    )
    at = forms.DateTimeField(
        label="When was it given?",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"required": "Say when.", "invalid": "Write a date and a time."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example where the paper is kept.",
    )

    def __init__(self, *args: Any, asks_recording: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_recording:
            del self.fields["may_be_recorded"]

    def clean_at(self) -> datetime:
        """Refuse a time that lies ahead."""
        at: datetime = self.cleaned_data["at"]
        if at > clock.now():
            raise forms.ValidationError("This time lies ahead. When was the answer given?")
        return at

    def clean(self) -> dict[str, Any]:
        """Ask about the recording wherever the answer is yes."""
        said: dict[str, Any] = super().clean() or {}
        is_asked = "may_be_recorded" in self.fields and said.get("takes_part") == "yes"
        if is_asked and not said.get("may_be_recorded"):
            self.add_error("may_be_recorded", "Ask this too: the call is to be recorded.")
        return said


class CheckForm(StaffForm):
    """What staff found about an answer under another name."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        label="Does this answer count?",
        widget=forms.RadioSelect,
        choices=[
            ("accept", "Yes: this person may answer for the pupil"),
            ("reject", "No: it does not count"),
        ],
        error_messages={"required": "Choose one of the two."},
    )
    note = forms.CharField(
        label="How do you know?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down how you checked, for example whom you rang."},
    )


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Set the choices of a choice field."""
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
