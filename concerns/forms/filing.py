"""The form with which a concern is logged."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from concerns import policy
from concerns.forms import children, marks
from concerns.forms.adults import ADULT_FIELDS, WithAdults
from concerns.forms.attachments import WithFiles
from concerns.forms.fields import moment, words
from concerns.forms.meant import offer
from concerns.models import Category
from concerns.services import Account, Call, Named
from school.models import Pupil, StaffMember
from school.pickers import SeveralRows, row_numbers
from schoolsafe.lib import clock

ABOUT = re.compile(r"[a-z]+\.[a-z]+:[A-Za-z0-9-]{1,36}")
DANGER = "yes"
# Where somebody is named whom a concern may be about.
NAMING = (
    "pupils",
    *(name for name in children.NAMES if name.startswith("child_name")),
    *("own", "staff", "adult_name"),
)
ABOUT_WHOM = (
    "Nobody is named yet. If you know who it is about, name them. If you do not, press "
    "“Log this concern” once more: it is taken as it is."
)
MARKS = [f"mark_{number}_{part}" for number in range(1, 21) for part in ("place", "words")]
# From the first question to the last; an error stands in the summary where it stands on the page.
ORDER = [
    "danger",
    "pupils",
    *children.NAMES,
    "child_words",
    "seen",
    "thought",
    "happened",
    "happened_at",
    "place",
]
# Between these stand the questions about staff of whom somebody wrote.
LATER = ["categories", *MARKS]
# Where somebody on the staff may be written of; marks have their own words.
FREE = [
    "child_words",
    "seen",
    "thought",
    "place",
    "files_what",
    *(name for name in children.NAMES if name.startswith("child_name")),
]
# What is folded until somebody needs it, with the fields in it.
FOLDED = {
    "other": [name for name in children.NAMES if not name.startswith("child_part")],
    "when": ["happened_at"],
    "kind": ["categories"],
    "body": MARKS,
    "home": ["is_from_home", "call_state", "called", "called_at"],
    "files": ["files_what", "files_declared"],
    "adult": ADULT_FIELDS,
}


class ConcernForm(WithFiles, WithAdults):
    """What the reporter writes, in prompts; only some words and the urgency are demanded."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    danger = forms.ChoiceField(
        label="Is a child in danger right now?",
        required=False,
        widget=forms.RadioSelect,
        choices=[(DANGER, "Yes, now"), ("no", "No, go on")],
    )
    urgency = forms.ChoiceField(
        label="How soon must somebody read this?",
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("urgent", "Now: a child may be harmed today"),
            ("routine", "Today: it must not be forgotten"),
        ],
    )
    child_words = words(
        "What did the child say?",
        "The child's own words, in quotation marks. Do not promise to keep a secret.",
        rows=3,
    )
    seen = words("What did you see or hear yourself?", "Facts: who, what, where.", rows=3)
    thought = words(
        "What do you think about it?", "Your own view, kept apart from the facts.", rows=2
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
        self,
        *args: Any,
        finds_pupils: bool,
        team: Sequence[int] = (),
        writer: int | None = None,
        typed: QueryDict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.typed: QueryDict = self.data if self.is_bound else typed or QueryDict()  # type: ignore[assignment]
        if not finds_pupils:
            # Nor does a number that somebody sends say who is on the roll.
            self.fields["pupils"].queryset = Pupil.objects.none()  # type: ignore[attr-defined]
        children.add_fields(self, finds_pupils=finds_pupils)
        self.mark_numbers = marks.add_fields(self, self.typed)
        self.was_asked_whom = "asked_whom" in self.typed
        self.asks_whom = False
        self.fields["called"].queryset = StaffMember.objects.filter(pk__in=team)  # type: ignore[attr-defined]
        if self.is_bound:
            self._offer(finds_pupils=finds_pupils)
        asked = self.ask_about_staff(self._texts(), writer=writer)
        self.order_fields([*ORDER, *asked, *LATER])

    def _texts(self) -> list[str]:
        """Return all that is written freely, in which staff may be named."""
        names = [*FREE, *(f"mark_{number}_words" for number in self.mark_numbers)]
        return [self.typed.get(name, "") for name in names]

    def _offer(self, *, finds_pupils: bool) -> None:
        """Ask whom the words about children and adults may mean."""
        ticked = self._children()
        if finds_pupils:
            children.offer(self, ticked=ticked)
        said = [self.data.get(name, "") for name in children.NAMES if name.startswith("child_is")]
        offer(
            self,
            words="adult_name",
            part="adult_part",
            chosen="staff",
            field="adult_is",
            pupils=[*ticked, *row_numbers(said)],
        )

    @classmethod
    def blank(
        cls,
        *,
        about: str,
        finds_pupils: bool,
        team: Sequence[int],
        at: datetime,
        place: str = "",
        is_about_then: bool = False,
    ) -> "ConcernForm":
        """Return an empty form with a key of its own, so that a second click logs nothing (E20)."""
        known = about if ABOUT.fullmatch(about) else ""
        initial: dict[str, Any] = {"key": uuid4(), "about": known, "place": place}
        initial |= {"happened_at": at}
        if is_about_then:
            initial |= {"happened": policy.When.ABOUT.value}
        return cls(initial=initial, finds_pupils=finds_pupils, team=team)

    @classmethod
    def kept(
        cls,
        typed: QueryDict,
        *,
        key: UUID | str,
        finds_pupils: bool,
        team: Sequence[int],
        writer: int,
    ) -> "ConcernForm":
        """Return the form as typed so far, without judging it yet."""
        many = {"categories", "pupils"}
        initial: dict[str, Any] = {
            name: typed.getlist(name) if name in many else typed.get(name) for name in typed
        }
        initial |= {"key": key}
        return cls(
            initial=initial, typed=typed, finds_pupils=finds_pupils, team=team, writer=writer
        )

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
        self._clean_urgency(typed)
        self._clean_happened(typed)
        self._clean_call(typed)
        children.check(self)
        marks.check(self, self.mark_numbers)
        self.check_adults()
        self._ask_whom(typed)
        return typed

    def _clean_urgency(self, typed: dict[str, Any]) -> None:
        """Take a child in danger for urgent, whatever else is chosen (A12, A13)."""
        if typed.get("danger") == DANGER:
            typed["urgency"] = policy.Urgency.URGENT.value
        elif not typed.get("urgency") and "urgency" not in self.errors:
            self.add_error("urgency", "Choose how soon somebody must read this.")

    def _ask_whom(self, typed: dict[str, Any]) -> None:
        """Ask once where nobody is named; what is urgent is never held up, and a second press always goes."""
        can_wait = typed.get("urgency") == policy.Urgency.ROUTINE
        # Staff in the text have a question of their own.
        is_named = bool(self.asked) or any(map(typed.get, NAMING))
        if can_wait and not self.was_asked_whom and not is_named:
            self.asks_whom = True
            self.add_error("pupils", ABOUT_WHOM)

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

    def child_rows(self) -> list[children.Row]:
        """Return the places for children in words."""
        return children.rows(self)

    def mark_rows(self) -> list[marks.Row]:
        """Return the places for marks on the body."""
        return marks.rows(self, self.mark_numbers)

    def opened(self) -> dict[str, bool]:
        """Tell of each part that is folded whether it is open: something is said in it, or wrong."""
        said = {
            name for name, values in self.typed.lists() if any(value.strip() for value in values)
        }
        # A time stands there from the beginning; it is shown once it is said to count.
        said.discard("happened_at")
        said |= set(self.errors) if self.is_bound else set()
        return {part: not said.isdisjoint(names) for part, names in FOLDED.items()}

    def part_of(self, pupil: Pupil) -> policy.Part:
        """Return the part chosen beside a child; the concern is about them unless it says otherwise."""
        chosen = str(self.data.get(f"part_{pupil.pk}", ""))
        return policy.Part(chosen) if chosen in set(policy.Part) else policy.Part.SUBJECT

    def people(self) -> list[Named]:
        """Return everybody the form names."""
        typed = self.cleaned_data
        named = [Named(part=self.part_of(pupil), pupil=pupil) for pupil in typed["pupils"]]
        named.extend(children.named(self))
        return [*named, *self.adults()]

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
            is_self_referral=typed["own"],
            categories=[category.pk for category in typed["categories"]],
            people=self.people(),
            marks=marks.marks(self, self.mark_numbers),
            call=self.call(),
        )
