"""What a host types when a plan changes: what others have changed meanwhile is not written over."""

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any, Self

from django import forms
from django.core import signing

from meetings.forms.plan import PlanForm
from meetings.models import Meeting, Purpose
from meetings.services import Plan, merged, plan_of
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Overtaken

SALT = "meetings.seen"
UNSEEN = "This page is damaged. Open it again, and change the plan there."


class RevisionForm(PlanForm):
    """The plan of a call that exists; it says what its page showed."""

    meeting: Meeting
    seen = forms.CharField(
        label="What the page showed",
        widget=forms.HiddenInput,
        error_messages={"required": UNSEEN},
    )

    def __init__(
        self, typed: Any, *, meeting: Meeting, hidden: frozenset[int] = frozenset(), **kwargs: Any
    ) -> None:
        self.meeting, self.hidden = meeting, hidden
        now = showing(plan_of(meeting), but=hidden)
        kwargs["initial"] = now | {"seen": seal(meeting.pk, now)} | kwargs.get("initial", {})
        super().__init__(typed, **kwargs)
        self.offered = self.offered.exclude(pk__in=hidden)
        self._offer("pupils", self.offered)
        self.helper.layout.append("seen")

    @property
    def unseen(self) -> frozenset[int]:
        """Return the pupils of the call whom the person who types may not know of: they stay (E30)."""
        return self.hidden

    @property
    def meeting_id(self) -> int:
        """Return the number of the call that is changed."""
        return self.meeting.pk

    def clean_seen(self) -> Plan:
        """Read the plan that the page showed."""
        try:
            facts = signing.loads(self.cleaned_data["seen"], salt=SALT)
            if facts.pop("meeting") != self.meeting.pk:
                raise forms.ValidationError(UNSEEN)
            return _read(facts)
        except (signing.BadSignature, Purpose.DoesNotExist) as fault:
            raise forms.ValidationError(UNSEEN) from fault

    def seen_plan(self) -> Plan:
        """Return what the page of a valid form showed."""
        seen: Plan = self.cleaned_data["seen"]
        return seen

    def as_it_would_be(self) -> Plan:
        """Return the plan as it stands with what is changed here, whoever else has changed it."""
        return merged(self.what(), seen=self.seen_plan(), now=plan_of(self.meeting))

    def again(self, meeting: Meeting, refused: Overtaken) -> Self:
        """Return the form over what holds now with what was typed, and what was changed meanwhile."""
        now = plan_of(meeting)
        mine = showing(merged(self.what(), seen=self.seen_plan(), now=now), but=self.hidden)
        typed = mine | {"seen": seal(meeting.pk, showing(now, but=self.hidden))}
        form = type(self)(typed, meeting=meeting, hidden=self.hidden, host=self.host, by=self.by)
        for name in refused.names:
            form.add_error(name, f"{_stands(name, now)} If yours is right, press again.")
        return form


def showing(plan: Plan, *, but: Collection[int] = ()) -> dict[str, Any]:
    """Return what the form shows for a plan, without some of its pupils."""
    starts, ends = clock.local(plan.starts_at), clock.local(plan.ends_at)
    return {
        "title": plan.title,
        "purpose": plan.purpose.pk,
        "day": starts.date(),
        "starts": starts.time().replace(second=0, microsecond=0),
        "ends": ends.time().replace(second=0, microsecond=0),
        "pupils": [row.pk for row in plan.pupils if row.pk not in but],
        "co_hosts": [row.pk for row in plan.co_hosts],
        "reserves": [row.pk for row in plan.reserves],
        "is_recorded": plan.is_recorded,
        "recording_declined_because": plan.recording_declined_because,
    }


def seal(pk: int, shown: Mapping[str, Any]) -> str:
    """Return what the page of a call shows as one signed word; it names nobody."""
    when = {name: shown[name].isoformat() for name in ("day", "starts", "ends")}
    return signing.dumps({**shown, **when, "meeting": pk}, salt=SALT, compress=True)


def _read(facts: Mapping[str, Any]) -> Plan:
    """Return the plan that was sealed."""
    day = date.fromisoformat(facts["day"])
    staff = StaffMember.objects.in_bulk([*facts["co_hosts"], *facts["reserves"]])
    return Plan(
        title=facts["title"],
        purpose=Purpose.objects.get(pk=facts["purpose"]),
        starts_at=clock.at(day, time.fromisoformat(facts["starts"])),
        ends_at=clock.at(day, time.fromisoformat(facts["ends"])),
        pupils=list(Pupil.objects.filter(pk__in=facts["pupils"])),
        co_hosts=[staff[pk] for pk in facts["co_hosts"] if pk in staff],
        reserves=[staff[pk] for pk in facts["reserves"] if pk in staff],
        is_recorded=facts["is_recorded"],
        recording_declined_because=facts["recording_declined_because"],
    )


def _stands(name: str, now: Plan) -> str:
    """Return in words how a field stands that somebody else has changed."""
    until = clock.time_in_words(now.ends_at)
    stands = {
        "title": f"it is called '{now.title}' now.",
        "purpose": f"it is for '{now.purpose}' now.",
        "starts": f"it is on {clock.in_words(now.starts_at)} until {until} now.",
        "recording_declined_because": f"it says '{now.recording_declined_because}' now.",
        "reserves": "a colleague is on the call now, or its reserve.",
    }
    return f"Somebody has changed this since you opened the page: {stands[name]}"
