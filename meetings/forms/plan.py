"""What a host types when planning a call."""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError

from meetings import policy, selectors
from meetings.models import Purpose
from meetings.services import Plan, PlanRefused
from school.models import Pupil, StaffMember
from school.pickers import PeoplePicker, PupilChoices, SeveralRows
from school.roles import Role
from schoolsafe.lib import clock

# A year mistyped is found at once, and no date can lie outside what a clock can count.
FARTHEST = timedelta(days=366)


def colleagues(host: StaffMember) -> Any:
    """Return who may sit beside a host: working staff who are not the host."""
    return (
        StaffMember.objects.working()
        .holding(Role.STAFF, Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER, on=clock.today())
        .exclude(pk=host.pk)
        .order_by("name")
    )


def offer_people(form: forms.Form, host: StaffMember) -> None:
    """Offer the pupils on roll and the host's colleagues, as they are today."""
    for field in form.fields.values():
        if isinstance(field, PupilChoices):
            field.offer()
        elif isinstance(field.widget, PeoplePicker):
            setattr(field, "queryset", colleagues(host))  # noqa: B010 - a field of people


def names_pupil(title: str, pupil: Pupil) -> bool:
    """Tell whether a title holds a pupil's first or family name as a word of its own."""
    words = set(re.findall(r"\w+", title.casefold()))
    names = re.findall(r"\w+", f"{pupil.given_name} {pupil.family_name}".casefold())
    return bool(words.intersection(names))


class PlanForm(forms.Form):
    """A call with pupils: why, when, who, recorded or not."""

    # Sent by the page where a call is planned; a call that exists needs none.
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        max_length=120,
        label="What is it?",
        help_text="Families read this: 'Reading group', never a child's name.",
        error_messages={"required": "Give the call a name that families can read."},
    )
    purpose = forms.ModelChoiceField(
        queryset=Purpose.objects.filter(is_offered=True),
        label="What is it for?",
        empty_label="Choose a purpose",
        error_messages={"required": "Choose what the call is for."},
    )
    day = forms.DateField(
        label="Date",
        # The browser's own calendar takes and gives this form only.
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose the day of the call."},
    )
    starts = forms.TimeField(
        label="From",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Say when the call starts."},
    )
    ends = forms.TimeField(
        label="Until",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Say when the call ends."},
    )
    pupils = PupilChoices(label="Pupils", error_messages={"required": "Choose the pupils."})
    co_hosts = SeveralRows(
        queryset=StaffMember.objects.none(),
        label="Colleagues on the call with you",
        required=False,
        widget=PeoplePicker("Find a colleague"),
    )
    reserves = SeveralRows(
        queryset=StaffMember.objects.none(),
        label="Reserve, if a colleague drops out (optional)",
        help_text="Families read who it is. A new reserve means that they are asked again.",
        required=False,
        widget=PeoplePicker("Find a colleague"),
    )
    is_recorded = forms.BooleanField(label="The call will be recorded", required=False)
    recording_declined_because = forms.CharField(
        max_length=300,
        required=False,
        label="If recording is advised and you leave it off: why? (optional)",
    )

    def __init__(self, *args: Any, host: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.host = host
        offer_people(self, host)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            "key",
            Fieldset(
                "Why and when", "title", "purpose", Div("day", "starts", "ends", css_class="when")
            ),
            Fieldset("Who", "pupils", "co_hosts", "reserves"),
            Fieldset(
                "Recording",
                HTML(
                    "<p class='hint'>With two adults you may choose. With one adult the call must "
                    "be recorded.</p>"
                ),
                "is_recorded",
                Field("recording_declined_because"),
            ),
        )

    @classmethod
    def blank(cls, host: StaffMember, **facts: Any) -> Self:
        """Return an empty form with a key of its own, so that a second click plans nothing."""
        return cls(host=host, initial={"key": uuid4()}, **facts)

    def clean(self) -> dict[str, Any]:
        """Put date and times together; the rules themselves are asked when the call is planned."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "A call ends after it starts.")
        day = cleaned.get("day")
        if day and abs(day - clock.today()) > FARTHEST:
            self.add_error("day", "Choose a day within a year from now.")
        for pupil in cleaned.get("pupils") or ():
            if names_pupil(cleaned.get("title", ""), pupil):
                self.add_error("title", f"Every family reads this: leave {pupil}'s name out of it.")
        both = set(cleaned.get("co_hosts") or ()) & set(cleaned.get("reserves") or ())
        if both:
            self.add_error("reserves", "A colleague is either on the call or its reserve.")
        return cleaned

    @property
    def plan_key(self) -> UUID | None:
        """Return what makes a second click of a valid form the same plan."""
        key: UUID | None = self.cleaned_data["key"]
        return key

    @property
    def slips(self) -> tuple[str, ...]:
        """Return what is wrong with what has been typed; what is still empty does not count."""
        faults = [fault for faults in self.errors.as_data().values() for fault in faults]
        return tuple(" ".join(fault.messages) for fault in faults if fault.code != "required")

    @property
    def guidance(self) -> str:
        """Return what the school says about the purpose that is chosen (P3)."""
        purpose = getattr(self, "cleaned_data", {}).get("purpose")
        return purpose.guidance if purpose else ""

    def what(self) -> Plan:
        """Return the plan of a valid form."""
        given = self.cleaned_data
        return Plan(
            title=given["title"],
            purpose=given["purpose"],
            starts_at=clock.at(given["day"], given["starts"]),
            ends_at=clock.at(given["day"], given["ends"]),
            pupils=list(given["pupils"]),
            co_hosts=list(given["co_hosts"]),
            reserves=list(given["reserves"]),
            is_recorded=given["is_recorded"],
            recording_declined_because=given["recording_declined_because"],
        )

    def refuse(self, refused: PlanRefused) -> None:
        """Say why the plan is not kept, and beside the colleagues whom the reason lies with."""
        self.add_error(None, str(refused))
        for finding in refused.verdict.findings:
            if finding.code in {"does_not_count", "barred"}:
                self.add_error("co_hosts" if self._typed("co_hosts") else None, finding.words)

    def facts(self, now: datetime) -> policy.Facts:
        """Return the call as typed so far: what is missing does not speak yet."""
        self.is_valid()
        given = self.cleaned_data
        starts_at, ends_at = self._times(now)
        purpose = given.get("purpose")
        return policy.Facts(
            status=policy.Status.DRAFT,
            starts_at=starts_at,
            ends_at=ends_at,
            scheduled_at=now,
            recording_rule=policy.RecordingRule(
                purpose.recording_rule if purpose else policy.RecordingRule.OPTIONAL
            ),
            is_recorded=bool(given.get("is_recorded")),
            recording_declined_because=given.get("recording_declined_because") or "",
            has_link=True,
            closed_because=selectors.closed_because(given["day"]) if given.get("day") else "",
            seats=self._seats(starts_at, ends_at),
            places=tuple(
                policy.PlaceFacts(pupil_id=pupil.pk, name=str(pupil))
                for pupil in given.get("pupils") or ()
            ),
        )

    def _typed(self, name: str) -> Any:
        """Return what was typed, also when it was refused: the verdict speaks of it too."""
        if self.cleaned_data.get(name):
            return self.cleaned_data[name]
        try:
            return self.fields[name].clean(self[name].data)
        except ValidationError:
            return None

    def _seats(self, starts_at: datetime, ends_at: datetime) -> tuple[policy.SeatFacts, ...]:
        """Return the adults chosen so far; who is away is known once there are times (E59)."""
        people = [
            (self.host, policy.SeatRole.HOST),
            *((person, policy.SeatRole.CO_HOST) for person in self._typed("co_hosts") or ()),
            *((person, policy.SeatRole.RESERVE) for person in self._typed("reserves") or ()),
        ]
        ids = {person.pk for person, _ in people}
        has_times = bool(self.cleaned_data.get("day") and self.cleaned_data.get("starts"))
        away = selectors.away(ids, starts_at, ends_at) if has_times else frozenset()
        blocks = selectors.blocks_about(pupil.pk for pupil in self.cleaned_data.get("pupils") or ())
        on = clock.local(starts_at).date()
        return tuple(
            replace(
                _seat_of(person, role, is_away=person.pk in away),
                barred_from=selectors.barred_from(person, blocks, on=on),
            )
            for person, role in people
        )

    def _times(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the times typed, or harmless ones until there are any."""
        # A day that was refused may be one that no clock can count.
        day, starts = self.cleaned_data.get("day"), self.cleaned_data.get("starts")
        ends = self._typed("ends")
        if not (isinstance(day, date) and isinstance(starts, time)):
            starts_at = now + timedelta(days=1)
            return starts_at, starts_at + timedelta(minutes=30)
        starts_at = clock.at(day, starts)
        if not isinstance(ends, time):
            return starts_at, starts_at + timedelta(minutes=30)
        return starts_at, clock.at(day, ends)


def _seat_of(person: StaffMember, role: policy.SeatRole, *, is_away: bool) -> policy.SeatFacts:
    """Return a member of staff as an adult on a call that is being planned."""
    return policy.SeatFacts(
        staff_id=person.pk,
        name=person.name,
        role=role,
        is_eligible=person.is_eligible_for_calls,
        is_away=is_away,
        household=person.household,
    )
