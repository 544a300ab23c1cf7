"""What calls of the demo school are made of: planned, asked, answered, shared, run, closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from consent import services as consent
from consent.models import Question, Request
from consent.selectors.covering import cover_now
from consent.services import PupilAlone
from meetings import policy, services
from meetings.models import Meeting, Series
from meetings.services import Ending, Plan, SeriesPlan
from school.models import Pupil
from schoolsafe.demo.cast import Cast
from schoolsafe.demo.setting import TENANT
from schoolsafe.demo.telling import Story
from schoolsafe.lib import clock

ORGANISER = "11111111-2222-3333-4444-555555555555"
LATER = timedelta(minutes=13)
# How a tie is called in the answer's list of relationships.
RELATIONSHIPS = {
    "mother": "mother",
    "father": "father",
    "step-parent": "step_parent",
    "foster carer": "carer",
    "grandparent": "grandparent",
    "social worker": "social_worker",
}


def teams_link(meeting: Meeting) -> str:
    """Return a join link as Outlook writes it; it leads nowhere."""
    thread = f"19%3ameeting_RWxtZmllbGREZW1vQ2FsbE51bWJlcg{meeting.pk:04d}%40thread.v2"
    context = f"%7b%22Tid%22%3a%22{TENANT}%22%2c%22Oid%22%3a%22{ORGANISER}%22%7d"
    return f"https://teams.microsoft.com/l/meetup-join/{thread}/0?context={context}"


def plan(
    cast: Cast,
    title: str,
    *,
    purpose: str,
    host: str,
    co_hosts: Sequence[str],
    pupils: Sequence[Pupil],
    starts_at: datetime,
    minutes: int = 45,
    is_recorded: bool = False,
    why_not_recorded: str = "",
    reserve: str = "",
) -> Meeting:
    """Plan a call."""
    return services.plan(
        by=cast.staff[host],
        what=Plan(
            title=title,
            purpose=cast.purposes[purpose],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            pupils=pupils,
            co_hosts=[cast.staff[key] for key in co_hosts],
            reserves=[cast.staff[reserve]] if reserve else [],
            is_recorded=is_recorded,
            recording_declined_because=why_not_recorded,
        ),
    )


def plan_weekly(
    cast: Cast,
    title: str,
    *,
    purpose: str,
    host: str,
    co_hosts: Sequence[str],
    pupils: Sequence[Pupil],
    first: datetime,
    minutes: int,
    times: int,
) -> Series:
    """Plan a call of every week, but for the weeks in which the school is closed on that day."""
    begins = clock.local(first).date()
    days = policy.occurrences(cast.days.calendar, first=begins, every=1, times=times)
    return services.plan_series(
        by=cast.staff[host],
        what=SeriesPlan(
            call=Plan(
                title=title,
                purpose=cast.purposes[purpose],
                starts_at=first,
                ends_at=first + timedelta(minutes=minutes),
                pupils=pupils,
                co_hosts=[cast.staff[key] for key in co_hosts],
            ),
            every_weeks=1,
            days=[day.on for day in days if not day.skipped],
        ),
    )


def answer(
    meeting: Meeting,
    pupil: Pupil,
    *,
    takes_part: bool = True,
    name: str = "",
    recorded: bool = True,
) -> None:
    """Answer by the link: the first person asked about a pupil, or the one named."""
    meeting.refresh_from_db(fields=["question"])
    request = _request(meeting, pupil, name)
    person = request.guardian
    consent.answer(
        request,
        by=person or PupilAlone(pupil.pk),
        takes_part=takes_part,
        may_be_recorded=recorded,
        name=person.name if person else str(pupil),
        relationship=_relationship(request),
        version=Question.objects.values_list("version", flat=True).get(pk=request.question_id),
    )


def answer_dates(
    meetings: Sequence[Meeting], pupil: Pupil, *, takes_part: bool = True, wants_call: bool = False
) -> None:
    """Answer for all dates of a series at once, by the link of the first person asked."""
    requests = [_request(meeting, pupil, "") for meeting in meetings]
    person = requests[0].guardian
    if person is not None:
        consent.answer_dates(
            requests,
            by=person,
            takes_part=takes_part,
            may_be_recorded=None,
            name=person.name,
            relationship=_relationship(requests[0]),
            versions={request.pk: request.question.version for request in requests},
            wants_call=wants_call,
        )


def mean_all_year(meeting: Meeting, pupil: Pupil) -> None:
    """Say on the receipt of a yes that it is meant for all calls of this kind in the school year."""
    meeting.refresh_from_db(fields=["question"])
    request = _request(meeting, pupil, "")
    person, cover = request.guardian, cover_now(request)
    if person is not None and cover is not None:
        consent.give_standing(request, by=person, cover=cover, name=person.name)


def answer_by_telephone(cast: Cast, meeting: Meeting, pupil: Pupil) -> None:
    """Let the office write down a yes that came by telephone."""
    meeting.refresh_from_db(fields=["question"])
    request = _request(meeting, pupil, "")
    consent.record(
        request,
        by=cast.staff["olive"],
        takes_part=True,
        may_be_recorded=True,
        name=request.guardian.name if request.guardian else "",
        relationship=_relationship(request),
        channel="telephone",
    )


def withdraw(meeting: Meeting, pupil: Pupil) -> None:
    """Take a yes back, by the link of the first person asked."""
    meeting.refresh_from_db(fields=["question"])
    request = _request(meeting, pupil, "")
    if request.guardian is not None:
        consent.withdraw(request, by=request.guardian, name=request.guardian.name)


def _request(meeting: Meeting, pupil: Pupil, name: str) -> Request:
    rows = Request.objects.live().filter(question=meeting.question_id, pupil=pupil)
    if name:
        rows = rows.filter(guardian__name=name)
    return rows.select_related("question", "pupil", "guardian").order_by("pk")[0]


def _relationship(request: Request) -> str:
    if request.guardian is None:
        return "self"
    tie = request.guardian.guardianships.get(pupil=request.pupil)
    return RELATIONSHIPS[tie.relationship]


def agree(meeting: Meeting, pupils: Sequence[Pupil], *, since: datetime) -> Story:
    """Let one guardian of each pupil say yes, one after the other."""
    for place, pupil in enumerate(pupils):
        yield since + place * LATER
        answer(meeting, pupil)


def ask_and_agree(
    cast: Cast, meeting: Meeting, pupils: Sequence[Pupil], *, asked_at: datetime
) -> Story:
    """Ask the families, and let each of these pupils' say yes within hours."""
    yield asked_at
    services.ask(meeting, by=meeting.planned_by)
    yield from agree(meeting, pupils, since=asked_at + timedelta(minutes=40))


def share(cast: Cast, meeting: Meeting) -> None:
    """Paste the link and let the families have theirs."""
    services.set_link(meeting, by=meeting.planned_by, text=teams_link(meeting))
    services.share_by_email(meeting, by=meeting.planned_by)


def confirm(cast: Cast, meeting: Meeting, *keys: str) -> None:
    """Let adults confirm their start checklist."""
    needed = list(policy.CheckItem)
    if not meeting.is_recorded:
        needed.remove(policy.CheckItem.RECORDING)
    for key in keys:
        services.confirm(meeting, by=cast.staff[key], items=needed)


def open_and_admit(
    cast: Cast, meeting: Meeting, pupils: Sequence[Pupil], *, adults: Sequence[str]
) -> Story:
    """Confirm, open the door five minutes before the start, and let the pupils in from the lobby."""
    yield meeting.starts_at - timedelta(minutes=8)
    confirm(cast, meeting, *adults)
    yield meeting.starts_at - timedelta(minutes=5)
    services.open_door(meeting, by=meeting.planned_by)
    for place, pupil in enumerate(pupils):
        yield meeting.starts_at - timedelta(minutes=3) + place * timedelta(seconds=20)
        knock(meeting, pupil)
    yield meeting.starts_at
    services.admit(meeting, by=meeting.planned_by, pupil_ids=[pupil.pk for pupil in pupils])


def knock(meeting: Meeting, pupil: Pupil) -> None:
    """Let a family press Join."""
    place = meeting.places.select_related("meeting").get(pupil=pupil)
    guardian = _request(meeting, pupil, "").guardian_id
    services.press(place, guardian_id=guardian or 0)


def end_and_close(meeting: Meeting, how: Ending, *, close_after: int = 6) -> Story:
    """End the call for everyone on time, and fill in the closing form a little later."""
    yield meeting.ends_at
    services.end(meeting, by=meeting.planned_by)
    yield meeting.ends_at + timedelta(minutes=close_after)
    services.close(meeting, by=meeting.planned_by, how=how)
