"""The short forms with which a logged concern is worked on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms

from concerns import policy, selectors
from concerns.forms.adults import ADULT_PARTS, AsksOfStaff
from concerns.forms.fields import moment, words
from concerns.forms.meant import (
    MeantField,
    WorksHereField,
    demand,
    demand_works_here,
    offer,
    with_meant,
)
from concerns.models import Concern, Involved, Outcome
from concerns.services import Call, Named
from school.models import StaffMember
from school.pickers import row_numbers
from schoolsafe.lib import clock


class AddForm(AsksOfStaff):
    """Something added to a concern."""

    text = words(
        "What do you want to add?", "What is written stays; this stands below it.", required=True
    )

    def __init__(self, *args: Any, known: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask_of_staff(known=known)


class CallForm(AsksOfStaff):
    """A telephone call about a concern."""

    called = forms.ModelChoiceField(
        label="Whom did you ring?",
        queryset=StaffMember.objects.none(),
        empty_label="Choose",
        error_messages={"invalid_choice": "Choose one of the people in the list."},
    )
    called_at = moment(label="When?", required=True)
    call_state = forms.ChoiceField(
        label="Did you speak to them?",
        widget=forms.RadioSelect,
        choices=[("reached", "Yes"), ("missed", "No, I did not reach anybody")],
    )
    text = words("What was said?", rows=3)

    def __init__(
        self, *args: Any, team: Sequence[int] = (), known: Collection[int] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["called"].queryset = StaffMember.objects.filter(pk__in=team)  # type: ignore[attr-defined]
        # Of whom was rung nothing is asked: what was said to them names them.
        rung = row_numbers([self.data.get("called", "")])
        self.ask_of_staff(known={*known, *rung})

    def clean_called_at(self) -> datetime:
        """Refuse a call that has not been made yet."""
        at: datetime = self.cleaned_data["called_at"]
        if at > clock.now():
            raise forms.ValidationError("This time has not come yet.")
        return at

    def said(self) -> dict[str, Any]:
        """Return the call, and the staff named in it, as the service takes them."""
        typed = self.cleaned_data
        call = Call(
            called=typed["called"],
            at=typed["called_at"],
            was_reached=typed["call_state"] == "reached",
            text=typed["text"],
        )
        return {"call": call, "people": self.people()}


class DecideForm(forms.Form):
    """A decision with its reasons."""

    outcome = forms.ModelChoiceField(
        label="What is decided?",
        queryset=Outcome.objects.filter(is_used=True),
        empty_label="Choose",
    )
    reasons = words("Why?", "Also why not more, and why not less.", required=True)


class CloseForm(forms.Form):
    """The reasons for closing."""

    reasons = words("Why can it be closed?", "What was done, and how it ended.", required=True)


class ReopenForm(forms.Form):
    """The reasons for opening again."""

    reasons = words("Why is it opened again?", required=True)


class NameForm(forms.Form):
    """Whom a concern is about, known later."""

    staff = forms.ModelChoiceField(
        label="A member of staff",
        required=False,
        queryset=StaffMember.objects.select_related("user"),
        empty_label="Nobody on the staff",
    )
    name = forms.CharField(label="Or another adult", required=False, max_length=200)
    email = forms.EmailField(label="Their e-mail, if you know it", required=False)
    works_here = WorksHereField()
    part = forms.ChoiceField(label="Their part", choices=ADULT_PARTS)
    adult_is = MeantField()
    text = words("How is this known?", rows=3)

    def __init__(self, *args: Any, concern: Concern, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            offer(
                self,
                words="name",
                part="part",
                chosen="staff",
                field="adult_is",
                pupils=selectors.children_in(concern),
            )
        if not self.fields["adult_is"].people:  # type: ignore[attr-defined]
            del self.fields["adult_is"]

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one person."""
        typed = self.cleaned_data
        if bool(typed.get("staff")) == bool(typed.get("name")):
            self.add_error(
                "staff", "Choose a member of staff, or write another adult's name: one of both."
            )
            return typed
        if "adult_is" in self.fields:
            demand(self, field="adult_is")
        demand_works_here(self, field="works_here", words="name", meant="adult_is")
        return typed

    def person(self) -> Named:
        """Return the person as the service takes them: the words, and whom they mean."""
        typed = self.cleaned_data
        words = Named(
            part=policy.Part(typed["part"]),
            staff=typed["staff"],
            name=typed["name"],
            email=typed["email"],
            is_adult=True,
            works_here=bool(typed["name"]) and typed["works_here"] != "no",
        )
        return with_meant(self, words, field="adult_is") if "adult_is" in self.fields else words


class SettleForm(forms.Form):
    """Whom words about an adult mean."""

    who = MeantField()
    text = words("How is this known?", rows=3)

    def __init__(self, *args: Any, row: Involved, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: MeantField = self.fields["who"]  # type: ignore[assignment]
        self.asked.label = f"Whom does '{row.who}' mean?"
        self.asked.required = True
        children = selectors.children_in(row.concern)
        people = selectors.may_be_meant(str(row.name), pupils=children)
        self.asked.offer(people, may_be_unknown=False)

    def person(self) -> StaffMember | None:
        """Return the member of staff who is meant; None for somebody else."""
        chosen = self.asked.person(self.cleaned_data["who"])
        return chosen if isinstance(chosen, StaffMember) else None
