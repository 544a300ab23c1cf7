"""The other dates of a series about which the same person is asked, for the same child."""

from dataclasses import dataclass
from datetime import datetime

from consent import links, policy
from consent.models import Answer, Request
from consent.policy import Since, Voice
from consent.selectors.answers import answers_to
from consent.selectors.opened import Opened
from consent.selectors.voices import hear
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class OtherDate:
    """Another call of the series: a question of its own, with an answer of its own."""

    request: Request
    voice: Voice
    said: Answer | None
    count: int
    is_alike: bool
    is_open: bool

    @property
    def starts_at(self) -> datetime:
        """Return when it begins, by the school's clock."""
        return clock.local(self.request.question.asked.starts_at)

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, by the school's clock."""
        return clock.local(self.request.question.asked.ends_at)

    @property
    def url(self) -> str:
        """Return the page of this date."""
        return links.page(self.request.pk, self.request.link_version)

    @property
    def can_be_answered_alike(self) -> bool:
        """Tell whether one answer may be given for this date too: nothing that matters differs."""
        return self.is_open and self.is_alike and not self.voice.is_answered


def answerable_from(request: Request) -> Since:
    """Return when the person of a request was first asked what they answer, and why not before."""
    return policy.answerable_from(
        put_at=request.question.asked_at,
        asked_at=request.asked_at,
        created_at=request.created_at,
    )


def other_dates(opened: Opened, now: datetime) -> list[OtherDate]:
    """Return the other dates to come, soonest first; a call alone has none, and costs nothing."""
    return _other_dates(opened.request, now)


def dates_to_record(own: Request, now: datetime) -> list[Request]:
    """Return the other dates for which staff may write down the same answer, soonest first.

    Those that differ in nothing that matters, and for which the person has said nothing yet or just
    what they have said for this one: a wish to be rung about several dates is settled for all.
    """
    others = [one for one in _other_dates(own, now) if one.is_open and one.is_alike]
    if not others:
        return []
    answers = answers_to([own.pk]).get(own.pk, [])
    here = hear(own, answers, name="", relationship="", unreachable="").voice
    same = [one for one in others if not one.voice.is_answered or one.voice.kind is here.kind]
    return [one.request for one in same]


def _other_dates(own: Request, now: datetime) -> list[OtherDate]:
    if not own.question.series:
        return []
    rows = list(
        Request.objects.live()
        .filter(question__series=own.question.series, guardian=own.guardian_id, pupil=own.pupil_id)
        .filter(question__closed_at=None, question__ends_at__gt=now, disowned_at=None)
        .exclude(pk=own.pk)
        .select_related("question", "pupil", "guardian")
        .order_by("question__closes_at", "pk")
    )
    answers = answers_to([row.pk for row in rows])
    heard = [
        hear(row, answers.get(row.pk, []), name="", relationship="", unreachable="") for row in rows
    ]
    return [
        OtherDate(
            request=row,
            voice=one.voice,
            said=one.unchecked or one.standing,
            count=one.count,
            is_alike=_is_alike(own, row),
            is_open=row.question.is_open(now=now),
        )
        for row, one in zip(rows, heard, strict=True)
    ]


def _is_alike(own: Request, other: Request) -> bool:
    """Tell whether two calls differ in their date alone, as far as it matters to a family."""
    one, two = own.question.asked, other.question.asked
    return not policy.material_changes(one, two) and not policy.material_changes(two, one)
