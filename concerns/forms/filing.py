"""The form with which a concern is logged."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict

from concerns import policy
from concerns.forms.meant import (
    MeantField,
    WorksHereField,
    demand,
    demand_works_here,
    offer,
    offer_pupils,
    with_meant,
)
from concerns.models import Category
from concerns.services import Account, Call, Named
from school.models import Pupil, StaffMember
from school.pickers import SeveralRows, row_numbers
from schoolsafe.lib import clock

ABOUT = re.compile(r"[a-z]+\.[a-z]+:[A-Za-z0-9-]{1,36}")
ADULT_PARTS = [
    (part.value, part.label)
    for part in (policy.Part.SUBJECT, policy.Part.WITNESS, policy.Part.MENTIONED)
]
CHILD_PARTS = [(part.value, part.label) for part in policy.Part]
TEXT_LENGTH = 1_000_000


def moment(*, required: bool = False, **options: Any) -> forms.DateTimeField:
    """Return a field for a day and a time of the school's clock."""
    return forms.DateTimeField(
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Write the day and the time, such as 15/09/2026 14:00."},
        **options,
    )


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


class ConcernForm(forms.Form):
    """What the reporter writes, in prompts; only some words and the urgency are demanded."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    urgency = forms.ChoiceField(
        label="How soon must somebody read this?",
        widget=forms.RadioSelect,
        choices=[
            ("urgent", "Now: a child may be harmed today"),
            ("routine", "Today: it must not be forgotten"),
        ],
        error_messages={"required": "Choose how soon somebody must read this."},
    )
    child_words = words(
        "What did the child say?",
        "The child's own words, in quotation marks. Do not promise to keep a secret.",
    )
    seen = words("What did you see or hear yourself?", "Facts: who, what, where.")
    thought = words(
        "What do you think about it?", "Your own view, kept apart from the facts.", rows=3
    )
    happened = forms.ChoiceField(
        label="When did it happen?",
        widget=forms.RadioSelect,
        choices=[
            ("exact", "At this time"),
            ("about", "About this time"),
            ("unknown", "I do not know"),
        ],
        error_messages={"required": "Choose one. 'I do not know' is an answer too."},
    )
    happened_at = moment(label="Day and time")
    place = forms.CharField(label="Where?", required=False, max_length=200)
    categories = SeveralRows(
        label="What kind of concern is it?",
        help_text="One, several or none.",
        required=False,
        queryset=Category.objects.filter(is_used=True),
        widget=forms.CheckboxSelectMultiple,
    )
    pupils = SeveralRows(
        label="Which children?",
        required=False,
        queryset=Pupil.objects.all(),
        error_messages={"invalid_choice": "One of these children is not known here."},
    )
    child_name = forms.CharField(
        label="A child who is not on our roll",
        help_text="A visitor, a younger brother or sister, a pupil of another school.",
        required=False,
        max_length=200,
    )
    child_is = MeantField()
    child_part = forms.ChoiceField(label="Their part", required=False, choices=CHILD_PARTS)
    staff = forms.ModelChoiceField(
        label="A member of staff",
        help_text="They will not see it, nor will their family. It goes to the headteacher, or past them.",
        required=False,
        queryset=StaffMember.objects.select_related("user"),
        empty_label="Nobody on the staff",
    )
    staff_part = forms.ChoiceField(label="Their part", required=False, choices=ADULT_PARTS)
    adult_name = forms.CharField(
        label="Another adult",
        help_text="A name, or what you know: 'a supply teacher in Year 4'.",
        required=False,
        max_length=200,
    )
    adult_part = forms.ChoiceField(label="Their part", required=False, choices=ADULT_PARTS)
    adult_is = MeantField()
    adult_email = forms.EmailField(label="Their e-mail, if you know it", required=False)
    adult_works_here = WorksHereField()
    is_from_home = forms.BooleanField(label="I am not at school now", required=False)
    call_state = forms.ChoiceField(
        label="Have you telephoned a member of the team?",
        help_text="From home you log it here and also telephone. You can note the call later.",
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("reached", "Yes, and I spoke to them"),
            ("missed", "Yes, but I did not reach anybody"),
            ("not_yet", "Not yet: I will do it now"),
        ],
    )
    called = forms.ModelChoiceField(
        label="Whom did you ring?",
        required=False,
        queryset=StaffMember.objects.none(),
        empty_label="Choose",
    )
    called_at = moment(label="When?")

    def __init__(
        self, *args: Any, finds_pupils: bool, team: Sequence[int] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not finds_pupils:
            self._ask_for_names()
        ticked = self._children() if self.is_bound else []
        if self.is_bound and finds_pupils:
            offer_pupils(self, words="child_name", field="child_is", ticked=ticked)
        self.fields["called"].queryset = StaffMember.objects.filter(pk__in=team)  # type: ignore[attr-defined]
        if self.is_bound:
            offer(
                self,
                words="adult_name",
                part="adult_part",
                chosen="staff",
                field="adult_is",
                pupils=[*ticked, *row_numbers([self.data.get("child_is", "")])],
            )

    @classmethod
    def blank(
        cls,
        *,
        about: str,
        finds_pupils: bool,
        team: Sequence[int],
        place: str = "",
        at: datetime | None = None,
    ) -> "ConcernForm":
        """Return an empty form with a key of its own, so that a second click logs nothing (E20)."""
        known = about if ABOUT.fullmatch(about) else ""
        initial: dict[str, Any] = {"key": uuid4(), "about": known, "place": place}
        if at is not None:
            initial |= {"happened": policy.When.ABOUT.value, "happened_at": at}
        return cls(initial=initial, finds_pupils=finds_pupils, team=team)

    @classmethod
    def kept(cls, typed: QueryDict, *, finds_pupils: bool, team: Sequence[int]) -> "ConcernForm":
        """Return the form as typed so far, without judging it yet."""
        many = {"categories", "pupils"}
        initial = {
            name: typed.getlist(name) if name in many else typed.get(name)
            for name in cls.base_fields
            if name in typed
        }
        return cls(initial=initial, finds_pupils=finds_pupils, team=team)

    def _ask_for_names(self) -> None:
        """Take the child's name in words, and no pupil of the roll: nor say who is on it."""
        self.fields["pupils"].queryset = Pupil.objects.none()  # type: ignore[attr-defined]
        self.fields["child_name"].label = "Which child, or which children?"
        self.fields["child_name"].help_text = "A name, or what you know: 'a boy in Year 4'."

    def _children(self) -> list[int]:
        """Return the children of the roll who are ticked, before anything is judged."""
        allowed = self.fields["pupils"].queryset  # type: ignore[attr-defined]
        ticked = row_numbers(self.data.getlist("pupils"))  # type: ignore[attr-defined]
        return list(allowed.filter(pk__in=ticked).values_list("pk", flat=True)) if ticked else []

    def clean_about(self) -> str:
        """Keep a reference that looks like one; anything else is no reason to refuse a concern."""
        about = str(self.cleaned_data["about"])
        return about if ABOUT.fullmatch(about) else ""

    def clean(self) -> dict[str, Any]:
        """Ask for words, and for what belongs together."""
        typed = self.cleaned_data
        if not any(str(typed.get(name, "")).strip() for name in ("child_words", "seen", "thought")):
            self.add_error("seen", "Write what the child said, or what you saw or heard.")
        self._clean_happened(typed)
        self._clean_call(typed)
        demand(self, field="child_is")
        demand(self, field="adult_is")
        demand_works_here(self, field="adult_works_here", words="adult_name", meant="adult_is")
        return typed

    def _clean_happened(self, typed: dict[str, Any]) -> None:
        """Ask for the time where one is claimed, and refuse one that has not come yet."""
        at: datetime | None = typed.get("happened_at")
        if typed.get("happened") in {"exact", "about"} and at is None:
            if "happened_at" not in self.errors:
                self.add_error(
                    "happened_at", "Write the day and the time, or choose 'I do not know'."
                )
        elif at is not None and at > clock.now():
            self.add_error("happened_at", "This time has not come yet.")

    def _clean_call(self, typed: dict[str, Any]) -> None:
        """Ask whom and when, once a call is claimed; not having called yet never stops the form (E87)."""
        if typed.get("call_state") not in {"reached", "missed"}:
            return
        if typed.get("called") is None and "called" not in self.errors:
            self.add_error("called", "Choose whom you rang.")
        at: datetime | None = typed.get("called_at")
        if at is not None and at > clock.now():
            self.add_error("called_at", "This time has not come yet.")

    def part_of(self, pupil: Pupil) -> policy.Part:
        """Return the part chosen beside a child; the concern is about them unless it says otherwise."""
        chosen = str(self.data.get(f"part_{pupil.pk}", ""))
        return policy.Part(chosen) if chosen in set(policy.Part) else policy.Part.SUBJECT

    def people(self) -> list[Named]:
        """Return everybody the form names."""
        typed = self.cleaned_data
        named = [Named(part=self.part_of(pupil), pupil=pupil) for pupil in typed["pupils"]]
        if typed["child_name"]:
            child = Named(part=_part(typed["child_part"]), name=typed["child_name"])
            named.append(with_meant(self, child, field="child_is"))
        if typed["staff"]:
            named.append(Named(part=_part(typed["staff_part"]), staff=typed["staff"]))
        if typed["adult_name"]:
            adult = Named(
                part=_part(typed["adult_part"]),
                name=typed["adult_name"],
                email=typed["adult_email"],
                is_adult=True,
                works_here=typed["adult_works_here"] != "no",
            )
            named.append(with_meant(self, adult, field="adult_is"))
        return named

    def call(self) -> Call | None:
        """Return the call that was made, or None."""
        typed = self.cleaned_data
        if typed["call_state"] not in {"reached", "missed"}:
            return None
        return Call(
            called=typed["called"],
            at=typed["called_at"] or clock.now(),
            was_reached=typed["call_state"] == "reached",
        )

    def account(self) -> Account:
        """Return everything that was written, as the service takes it."""
        typed = self.cleaned_data
        happened = policy.When(typed["happened"])
        return Account(
            urgency=policy.Urgency(typed["urgency"]),
            happened=happened,
            happened_at=None if happened is policy.When.UNKNOWN else typed["happened_at"],
            place=typed["place"],
            child_words=typed["child_words"],
            seen=typed["seen"],
            thought=typed["thought"],
            about=typed["about"],
            is_from_home=typed["is_from_home"],
            categories=[category.pk for category in typed["categories"]],
            people=self.people(),
            call=self.call(),
        )


def _part(chosen: str) -> policy.Part:
    """Return a chosen part; the concern is about them unless it says otherwise."""
    return policy.Part(chosen) if chosen else policy.Part.SUBJECT
