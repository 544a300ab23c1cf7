"""What a host types when planning a call."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from meetings import policy, selectors
from meetings.forms.invitation import Reading, unseal
from meetings.forms.recording import is_never_recorded, words_of_recording
from meetings.forms.usual import usual_plan
from meetings.models import Meeting, Purpose
from meetings.services import Plan, PlanRefused
from school.models import Pupil, StaffMember
from school.pickers import SeveralRows, row_numbers
from school.selectors import pupils_for
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Finding

# A year mistyped is found at once, and no date can lie outside what a clock can count.
FARTHEST = timedelta(days=366)


WHO = ("pupils", "co_hosts", "reserves")
# The names are chosen in a part of the page that renews itself.
CHOOSING = HTML("{% include 'meetings/_who.html' %}")


def names_pupil(title: str, pupil: Pupil) -> bool:
    """Tell whether a title holds a pupil's first or family name as a word of its own."""
    words = set(re.findall(r"\w+", title.casefold()))
    names = re.findall(r"\w+", f"{pupil.given_name} {pupil.family_name}".casefold())
    return bool(words.intersection(names))


class PlanForm(forms.Form):
    """A call with pupils: why, when, who, recorded or not."""

    # The call that is changed; of one that is new there is none.
    meeting: Meeting | None = None

    # Sent by the page where a call is planned; a call that exists needs none.
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # What was read from an Outlook invitation, if one was dropped: its link is kept with the plan.
    read = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        max_length=120,
        label="What is it?",
        help_text="Families read this: 'Reading group', never a child's name.",
        error_messages={"required": "Give the call a name that families can read."},
        widget=forms.TextInput(attrs={"list": "usual-titles", "autocomplete": "off"}),
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
    pupils = SeveralRows(
        queryset=Pupil.objects.none(),
        label="Pupils",
        error_messages={"required": "Choose the pupils."},
    )
    co_hosts = SeveralRows(
        queryset=StaffMember.objects.none(),
        label="Colleagues on the call with you",
        required=False,
    )
    reserves = SeveralRows(
        queryset=StaffMember.objects.none(),
        label="Reserve, if a colleague drops out (optional)",
        help_text="Families read who it is. A new reserve means that they are asked again.",
        required=False,
    )
    is_recorded = forms.BooleanField(label="The call will be recorded", required=False)
    recording_declined_because = forms.CharField(
        max_length=300,
        required=False,
        label="If recording is advised and you leave it off: why? (optional)",
    )

    def __init__(
        self, *args: Any, host: StaffMember, by: StaffMember | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.host, self.by = host, by or host
        self.offered = pupils_for(self.by.pk, on=clock.today())
        self._offer("pupils", self.offered)
        for name in ("co_hosts", "reserves"):
            self._offer(name, selectors.colleagues(host))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            "key",
            "read",
            Fieldset(
                "Why and when", "title", "purpose", Div("day", "starts", "ends", css_class="when")
            ),
            CHOOSING,
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

    def _offer(self, name: str, people: QuerySet[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, SeveralRows):
            field.queryset = people

    @classmethod
    def blank(cls, host: StaffMember, shown: Mapping[str, Any] | None = None, **facts: Any) -> Self:
        """Return a form with a key of its own, so that a second click plans nothing.

        It shows what is usual for the host: the next school day, at the hour and for the purpose of
        the call that they planned last.
        """
        initial = {**usual_plan(host), **(shown or {}), "key": uuid4()}
        return cls(host=host, initial=initial, **facts)

    def chosen(self, name: str) -> list[int]:
        """Return the numbers of the people ticked so far, be the form sent or only shown."""
        value = self[name].value() or ()
        return list(dict.fromkeys(row_numbers(str(one) for one in value)))

    def around(self, now: datetime) -> selectors.Around:
        """Return the call as typed so far, to ask who is free then."""
        starts_at, ends_at = self.span(now)
        return selectors.Around(
            host=self.host,
            starts_at=starts_at,
            ends_at=ends_at,
            pupil_ids=[*self.chosen("pupils"), *self.unseen],
            meeting_id=self.meeting_id,
            offered=self.offered,
        )

    @property
    def unseen(self) -> frozenset[int]:
        """Return the pupils of the call whom the person who types may not know of."""
        return frozenset()

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
        purpose = self._purpose
        return purpose.guidance if purpose else ""

    @property
    def recording(self) -> str:
        """Return what the purpose that is chosen says about recording (P3)."""
        purpose = self._purpose
        if purpose is None:
            return ""
        is_recorded = bool(self["is_recorded"].value())
        return words_of_recording(self.meeting, purpose, is_recorded=is_recorded)

    @property
    def _purpose(self) -> Purpose | None:
        """Return the purpose that is chosen, or shown at first."""
        if self.is_bound:
            chosen: Purpose | None = getattr(self, "cleaned_data", {}).get("purpose")
            return chosen
        return Purpose.objects.filter(pk=self.initial.get("purpose") or 0).first()

    @property
    def reading(self) -> Reading | None:
        """Return what was read from the invitation that was dropped on this form."""
        return unseal(str(self["read"].value() or ""))

    @property
    def invitation_findings(self) -> list[Finding]:
        """Return what is to be said of who made the invitation: a host of this call, or not (P13)."""
        people = StaffMember.objects.filter(pk__in=self.chosen("co_hosts")).select_related("user")
        adults = [self.host.email, *(person.email for person in people)]
        finding = self.reading.finding(adults) if self.reading else None
        return [finding] if finding else []

    @property
    def is_at_another_time(self) -> bool:
        """Tell whether the times typed are not those of the invitation."""
        said = self.reading.typed if self.reading else {}
        return any(str(self[name].value() or "")[: len(at)] != at for name, at in said.items())

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
        starts_at, ends_at = self.span(now)
        purpose = given.get("purpose")
        facts = policy.Facts(
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
            places=(
                *(
                    policy.PlaceFacts(pupil_id=pupil.pk, name=str(pupil))
                    for pupil in given.get("pupils") or ()
                ),
                *(
                    policy.PlaceFacts(pupil_id=pk, name=policy.SOMEBODY, is_hushed=True)
                    for pk in sorted(self.unseen)
                ),
            ),
        )
        if is_never_recorded(self.meeting, purpose, is_recorded=facts.is_recorded):
            return policy.where_none_is_recorded(facts)
        return facts

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
        call = selectors.Around(
            host=self.host, starts_at=starts_at, ends_at=ends_at, meeting_id=self.meeting_id
        )
        elsewhere = selectors.seated_elsewhere(ids, call) if has_times else frozenset()
        pupils = {pupil.pk for pupil in self.cleaned_data.get("pupils") or ()}
        blocks = selectors.blocks_about(pupils | self.unseen)
        on = clock.local(starts_at).date()
        return tuple(
            replace(
                _seat_of(person, role, is_away=person.pk in away),
                is_on_another_call=person.pk in elsewhere,
                barred_from=selectors.barred_from(person, blocks, on=on),
            )
            for person, role in people
        )

    @property
    def meeting_id(self) -> int:
        """Return the number of the call that is changed; of one that is new there is none."""
        return 0

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the times typed or shown so far, or harmless ones until there are any."""
        if not self.is_bound:
            shown = self.initial
            return _span(shown.get("day"), shown.get("starts"), shown.get("ends"), now)
        self.is_valid()
        # A day that was refused may be one that no clock can count.
        day, starts = self.cleaned_data.get("day"), self.cleaned_data.get("starts")
        return _span(day, starts, self._typed("ends"), now)


def _span(day: Any, starts: Any, ends: Any, now: datetime) -> tuple[datetime, datetime]:
    """Return when a call begins and ends; harmless times until it is said."""
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
