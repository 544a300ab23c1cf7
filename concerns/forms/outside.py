"""The forms of what was said to somebody outside the school, and of what they answered."""

from datetime import datetime
from typing import Any

from django import forms

from concerns import selectors
from concerns.forms.acts import ActForm, Here
from concerns.forms.fields import moment, words
from concerns.forms.giving import colleague, offer_colleagues
from concerns.models import Agency
from concerns.policy import How, Result
from concerns.services import Contact
from schoolsafe.lib import clock


class ContactForm(ActForm):
    """Whom outside something was said to, when and how."""

    agency = forms.ModelChoiceField(
        label="Who?", queryset=Agency.objects.filter(is_used=True), empty_label="Choose"
    )
    person = forms.CharField(
        label="To whom there?", help_text="Name and part.", required=False, max_length=200
    )
    at = moment(label="When?", required=True)
    how = forms.ChoiceField(
        label="How?",
        required=False,
        choices=[("", "Choose"), *((how.value, how.label) for how in How)],
    )
    reference = forms.CharField(label="Their reference", required=False, max_length=100)

    def clean_at(self) -> datetime:
        """Refuse what has not been done yet (A34)."""
        at: datetime = self.cleaned_data["at"]
        if at > clock.now():
            raise forms.ValidationError("This time has not come yet.")
        return at

    def contact(self) -> Contact:
        """Return the contact as the services take it."""
        typed = self.cleaned_data
        return Contact(
            agency=typed["agency"],
            at=typed["at"],
            person=typed["person"],
            how=How(typed["how"]) if typed.get("how") else None,
            reference=typed.get("reference", ""),
        )

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return {"contact": self.contact(), "text": self.cleaned_data["text"]}


class ReferForm(ContactForm):
    """A referral."""

    text = words("What were they told, and what was asked for?", required=True)


class SomebodyForm(ContactForm):
    """The same where a person by name may stand in the place of an agency."""

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        self.fields["agency"].required = False
        self.fields["agency"].label = "An agency"
        self.fields["person"].label = "Or a person, or whom there"

    def clean(self) -> dict[str, Any]:
        """Ask for an agency or a person."""
        typed = self.cleaned_data
        if not typed.get("agency") and not typed.get("person", "").strip():
            self.add_error("agency", "Choose an agency, or write who it is.")
        return typed


class ShareForm(SomebodyForm):
    """What was shared with whom."""

    reference = None  # type: ignore[assignment]
    text = words("What was shared?", "In words: what they know now.", required=True)


class KeepBackForm(SomebodyForm):
    """With whom it was decided not to share, and why."""

    at = how = reference = None  # type: ignore[assignment]
    reasons = words("Why not?", "Sharing is the rule where it may help a child.", required=True)

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        return dict(self.cleaned_data)


class DisagreeForm(SomebodyForm):
    """What the school disagrees about, and to whom it was taken."""

    text = words("What do we disagree about, and what do we ask for?", required=True)


class AnswerForm(ActForm):
    """What somebody outside answered."""

    result = forms.ChoiceField(
        label="What did they answer?",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in Result],
    )
    at = moment(label="When?")
    text = words("Their answer, or why none is awaited", required=True)

    def clean_at(self) -> datetime | None:
        """Refuse an answer that has not come yet."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at > clock.now():
            raise forms.ValidationError("This time has not come yet.")
        return at

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {"result": Result(typed["result"]), "at": typed["at"], "text": typed["text"]}


class NotifyForm(ContactForm):
    """A report that somebody is bound to make themselves (G15)."""

    holder = colleague("Whose duty was it?")
    told_by = colleague("Who told them?")
    holder_knows = forms.ChoiceField(
        label="Does the person whose duty it was know that it was done?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "Not yet")],
    )
    text = words("What were they told?", rows=3)
    field_order = ("holder", "told_by", "agency", "person", "at", "how", "reference")

    def __init__(self, *args: Any, here: Here, **kwargs: Any) -> None:
        super().__init__(*args, here=here, **kwargs)
        agencies: Any = self.fields["agency"]
        agencies.queryset = Agency.objects.filter(is_used=True, takes_reports=True)
        if here.is_reader:
            offer_colleagues(self, "holder", selectors.staff_at_work())
            offer_colleagues(self, "told_by", selectors.staff_at_work())
        else:
            for name in ("holder", "told_by", "holder_knows"):
                del self.fields[name]

    def said(self) -> dict[str, Any]:
        """Return it as the service takes it."""
        typed = self.cleaned_data
        return {
            **super().said(),
            "holder": typed.get("holder", self.here.by),
            "told_by": typed.get("told_by", self.here.by),
            "holder_knows": typed.get("holder_knows", "yes") == "yes",
        }
