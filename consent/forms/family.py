"""What families fill in."""

from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.forms.sealed import Sealed
from consent.models import RELATIONSHIPS, Request
from consent.policy import Help, Objection, is_same_person
from schoolsafe.lib import languages

YES_NO = {"yes": True, "no": False}
# A choice that is not offered is answered like none.
MISSING = ("required", "invalid_choice")


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

    cards = ("takes_part", "which")

    takes_part = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages=dict.fromkeys(MISSING, _("Choose yes or no."))
    )
    which = forms.ChoiceField(
        label=_("For which dates?"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(MISSING, _("Choose for which dates you answer.")),
    )
    name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
        error_messages={"required": _("Write your first and last name.")},
    )
    relationship = forms.ChoiceField(
        error_messages=dict.fromkeys(MISSING, _("Choose what you are to the child."))
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        pupil: str,
        is_own: bool,
        name_on_record: str = "",
        day: str = "",
        others: Sequence[Request] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.name_on_record = name_on_record
        self.others = others
        if others:
            count = len(others) + 1
            every = gettext("All these %(count)d dates") % {"count": count}
            this = gettext("Only %(day)s: I answer the other dates separately") % {"day": day}
            _offer(self.fields["which"], [("all", every), ("one", this)])
        else:
            del self.fields["which"]
        words = {"name": languages.isolated(pupil, languages.ITS_OWN_WAY)}
        part, relation = self.fields["takes_part"], self.fields["relationship"]
        part.label = gettext("May %(name)s take part in this call?") % words
        yes = gettext("Yes, %(name)s may take part") % words
        no = gettext("No, %(name)s may not take part") % words
        if others:
            part.label = gettext("May %(name)s take part in these calls?") % words
        if is_own:
            part.label = gettext("Will you take part in this call?")
            yes, no = gettext("Yes, I will take part"), gettext("No, I will not take part")
        _offer(part, [("yes", yes), ("no", no)])
        relation.label = gettext("You are the child's") if not is_own else gettext("You are")
        offered = [
            (one, gettext(words)) for one, words in RELATIONSHIPS if (one == "self") == is_own
        ]
        _offer(relation, [("", gettext("Choose one")), *offered])

    def clean_name(self) -> str:
        """Ask for a whole name; somebody who has one name only is known by it."""
        name = str(self.cleaned_data["name"])
        if len(name.split()) < 2 and name.casefold() != self.name_on_record.casefold():
            raise forms.ValidationError(gettext("Write your first and last name."))
        return name

    def sealed(self, request: Request, heard: Mapping[int, int]) -> Sealed:
        """Return what was filled in, ready to travel, with how much was heard of each date."""
        said = self.cleaned_data
        return Sealed(
            request_id=request.pk,
            version=said["version"],
            takes_part=YES_NO[said["takes_part"]],
            name=said["name"],
            relationship=said["relationship"],
            heard=heard[request.pk],
            also=[[row.pk, row.question.version, heard[row.pk]] for row in self._meant()],
        )

    def _meant(self) -> Sequence[Request]:
        """Return the other dates for which the answer is meant too."""
        return self.others if self.cleaned_data.get("which") == "all" else ()


class RecordingForm(FamilyForm):
    """May the call be recorded: a question of its own, on a page of its own."""

    cards = ("may_be_recorded",)

    may_be_recorded = forms.ChoiceField(
        label=_("May the call be recorded?"),
        widget=forms.RadioSelect,
        choices=[("yes", _("Yes, it may be recorded")), ("no", _("No, it may not be recorded"))],
        error_messages=dict.fromkeys(MISSING, _("Choose yes or no.")),
    )


OBJECTIONS = (
    (Objection.TIME.value, _("The time does not suit us")),
    (Objection.SCREEN.value, _("I do not want it by video")),
    (Objection.PEOPLE.value, _("Because of who is on the call")),
    (Objection.RECORDING.value, _("Because of the recording")),
    (Objection.OTHER.value, _("Something else")),
)


class RefusalForm(FamilyForm):
    """Why not, and whether to talk about it: nobody has to say."""

    cards = ("objection",)

    objection = forms.ChoiceField(
        label=_("Would you tell us why?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[("", _("I would rather not say")), *OBJECTIONS],
        error_messages={"invalid_choice": _("Choose one")},
    )
    wants_call = forms.BooleanField(label=_("Please call me about it"), required=False)


class HelpForm(FamilyForm):
    """What somebody needs before they can answer."""

    cards = ("need",)

    need = forms.ChoiceField(
        label=_("What do you need?"),
        widget=forms.RadioSelect,
        choices=[
            (Help.LANGUAGE.value, _("Another language")),
            (Help.READING.value, _("Somebody who reads it to me")),
            (Help.QUESTION.value, _("I have a question")),
        ],
        error_messages=dict.fromkeys(MISSING, _("Choose what you need.")),
    )


class UndoForm(FamilyForm):
    """Undoing is one choice, like answering: for all the dates for which it was given, or for one."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        label=_("Do you want to undo your answer?"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(MISSING, _("Choose one of the two.")),
    )

    def __init__(self, *args: Any, day: str = "", others: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("undo", gettext("Yes, undo it"))]
        if others:
            every = gettext("All these %(count)d dates") % {"count": others + 1}
            offered = [("all", every), ("undo", gettext("Yes, for %(day)s alone") % {"day": day})]
        _offer(self.fields["choice"], [*offered, ("keep", gettext("No, my answer stands"))])


class WithdrawForm(FamilyForm):
    """Taking a yes back is one choice, like giving it."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages=dict.fromkeys(MISSING, _("Choose one of the two."))
    )

    def __init__(
        self, *args: Any, pupil: str, day: str = "", later: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["choice"]
        words = {
            "name": languages.isolated(pupil, languages.ITS_OWN_WAY),
            "day": day,
            "later": later,
        }
        field.label = gettext("Do you want to take your yes for %(name)s back?") % words
        offered = [("withdraw", gettext("Yes, take it back: %(name)s may not take part") % words)]
        if later:
            offered = [
                ("withdraw", gettext("Yes, for %(day)s alone") % words),
                ("later", gettext("Yes, for this date and the later ones (%(later)d)") % words),
            ]
        _offer(field, [*offered, ("keep", gettext("No, my yes stands"))])


class StandingForm(FamilyForm):
    """Whether a yes is meant for other calls of the kind too: asked apart, nothing chosen."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages=dict.fromkeys(MISSING, _("Choose one of the two."))
    )
    name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
    )

    def __init__(self, *args: Any, kind: str, until: str, answered_as: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answered_as = answered_as
        field = self.fields["choice"]
        field.label = gettext("Does your yes count for these calls too?")
        words = {"kind": languages.isolated(kind, languages.ITS_OWN_WAY), "until": until}
        yes = gettext("Yes, for calls of the kind “%(kind)s” until %(until)s") % words
        _offer(field, [("yes", yes), ("no", gettext("No, ask me about each call"))])

    def clean_name(self) -> str:
        """Ask for the name of the answer on whose receipt this is offered; a no needs none (E26)."""
        name = str(self.cleaned_data["name"])
        is_yes = self.cleaned_data.get("choice") == "yes"
        if is_yes and not is_same_person(name, self.answered_as):
            raise forms.ValidationError(gettext("Write the name with which you said yes."))
        return name


class EndStandingForm(FamilyForm):
    """Ending a yes for the school year is one choice, like giving it."""

    cards = ("choice",)

    choice = forms.ChoiceField(
        label=_("Do you want to end it?"),
        widget=forms.RadioSelect,
        choices=[
            ("end", _("Yes, end it: ask me about each call")),
            ("keep", _("No, it goes on")),
        ],
        error_messages=dict.fromkeys(MISSING, _("Choose one of the two.")),
    )


# The mailbox is the right one: its owner passed the letter on.
FORWARDED = "forwarded"


class NotMeForm(FamilyForm):
    """Why the link is in the wrong hands."""

    cards = ("reason",)

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        choices=[
            (FORWARDED, _("Somebody passed the e-mail on to me")),
            ("unknown", _("I do not know this child")),
        ],
        error_messages=dict.fromkeys(MISSING, _("Choose one of the two.")),
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


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """Set the choices of a choice field."""
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
