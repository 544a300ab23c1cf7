"""An Outlook invitation: the file on its way in, and what a person decides about what was read."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone

from meetings import policy
from meetings.invitation import (
    Invitation,
    InvitationRefusal,
    InvitationRefused,
    Organiser,
    read_invitation,
)
from meetings.invitation.refusals import SENTENCES
from schoolsafe.lib import clock
from schoolsafe.lib.rules import Finding
from schoolsafe.lib.uploads import MOST_KEPT

SALT = "meetings.invitation"
# Long enough for a telephone call in between; the file itself is gone.
KEPT_FOR = timedelta(hours=2)
KEEP, TAKE = "keep", "take"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read from an invitation, while a person looks at it: signed, stored nowhere.

    Its times are those of the school's clock where the file names no zone that is known.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    organiser: Organiser | None
    link: str
    proves_tenant: bool
    repeats: bool

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """Return what a person is shown of an invitation."""
        school_clock: Any = timezone.get_default_timezone()
        return cls(
            title=invitation.title,
            starts_at=invitation.starts.at(school_clock),
            ends_at=invitation.ends.at(school_clock),
            zone=invitation.starts.zone if invitation.knows_zone else "",
            organiser=invitation.organiser,
            link=invitation.link.url,
            proves_tenant=invitation.link.proves_tenant,
            repeats=invitation.repeats,
        )

    def seal(self) -> str:
        """Return it as one signed word."""
        facts = asdict(self)
        facts |= {"starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}
        return signing.dumps(facts, salt=SALT, compress=True)

    def finding(self, adults: Iterable[str]) -> Finding | None:
        """Return what is said where who made the meeting is none of these hosts (P13)."""
        address = self.organiser.address if self.organiser else ""
        return policy.organiser_finding(address, adults)

    @property
    def typed(self) -> dict[str, str]:
        """Return its day and times as the form of a plan has them."""
        starts, ends = clock.local(self.starts_at), clock.local(self.ends_at)
        return {"day": f"{starts:%Y-%m-%d}", "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Return start and end to the minute, as a plan has them."""
        return (
            self.starts_at.replace(second=0, microsecond=0),
            self.ends_at.replace(second=0, microsecond=0),
        )


def unseal(text: str) -> Reading | None:
    """Return what was read, or None when it is damaged or lay too long."""
    try:
        facts = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
        organiser = Organiser(**facts.pop("organiser")) if facts.get("organiser") else None
        facts |= {name: datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at")}
        return Reading(**(facts | {"organiser": organiser}))
    except (signing.BadSignature, TypeError, ValueError, KeyError):
        return None


class InvitationForm(forms.Form):
    """The file that somebody dropped or chose; it is read and not kept."""

    invitation = forms.FileField(
        label="Outlook invitation",
        help_text="Or drop the .ics file here, or choose it. It is read and not kept.",
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
        error_messages={
            "required": "Choose the invitation first: a file whose name ends in .ics.",
            "empty": "This file is empty. Save the invitation again.",
        },
    )

    def __init__(self, *args: Any, tenant_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant_id = tenant_id
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_invitation(self) -> Reading:
        """Read the file, or say why it is not taken."""
        file: Any = self.cleaned_data["invitation"]
        if file.size > MOST_KEPT:
            raise ValidationError(SENTENCES[InvitationRefusal.TOO_LARGE])
        try:
            return Reading.of(read_invitation(file.read(), tenant_id=self.tenant_id))
        except InvitationRefused as refused:
            raise ValidationError(refused.sentence) from refused


class TakeForm(forms.Form):
    """What a person decides about an invitation that was read: its link, and whose times hold."""

    read = forms.CharField(widget=forms.HiddenInput)
    times = forms.ChoiceField(
        label="Which time holds?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say which time holds."},
    )

    def __init__(
        self, *args: Any, reading: Reading, planned: tuple[datetime, datetime], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reading = reading
        self.fields["read"].initial = reading.seal()
        choice: Any = self.fields["times"]
        if reading.zone and reading.times == planned:
            del self.fields["times"]
        elif reading.zone:
            choice.choices = _choices(reading, planned)
        else:
            at = clock.time_in_words(reading.starts_at)
            choice.label = (
                f"The invitation names no time zone. Is {at} the time on the school's clock?"
            )
            choice.choices = _choices_of_unknown(reading, planned)
        self.helper = FormHelper()
        self.helper.form_tag = False

    @property
    def moves(self) -> bool:
        """Tell whether the call is to be moved to the time of the invitation."""
        return self.cleaned_data.get("times") == TAKE


def _choices(reading: Reading, planned: tuple[datetime, datetime]) -> list[tuple[str, str]]:
    return [
        (KEEP, f"Keep the planned time: {_in_words(planned)}"),
        (TAKE, f"Move the call to the time of the invitation: {_in_words(reading.times)}"),
    ]


def _choices_of_unknown(
    reading: Reading, planned: tuple[datetime, datetime]
) -> list[tuple[str, str]]:
    """Return the answers to a time without a zone; nothing is taken for granted."""
    if reading.times == planned:
        return [
            (KEEP, "Yes: it is the time that is planned"),
            ("unsure", "No, or I am not sure: keep the planned time, and I look in Outlook"),
        ]
    return [
        (TAKE, f"Yes: move the call to {_in_words(reading.times)}"),
        (KEEP, f"No, or I am not sure: keep the planned time, {_in_words(planned)}"),
    ]


def _in_words(times: tuple[datetime, datetime]) -> str:
    return f"{clock.in_words(times[0])} until {clock.time_in_words(times[1])}"
