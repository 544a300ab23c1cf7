"""Noting what a family asks in every room that answers a part of it, and the reminders until it has ended."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from audit import services as audit
from concerns import services as concerns
from concerns.policy.requests import Asker
from notices import models as outbox
from notices import services as notices
from notices.kinds import Climb, Draft
from school import selectors, services
from school.models import FamilyRequest, Guardian, Pupil, StaffMember
from school.rights import Heard, Right, due_on, is_paused, may_answer_families
from school.roles import Role, Viewer
from schoolsafe.lib import clock

REQUESTED = "family_requested"
Answering = Sequence[tuple[Viewer, Collection[int]]]
# How many days before its day those who answer are reminded; from then on every day (G37).
REMINDED_BEFORE = (14, 7, 3, 1, 0)
REMINDED_AT = time(8)


@audit.atomic()
def note(
    *,
    by: StaffMember,
    right: Right,
    pupil: Pupil | None,
    guardian: Guardian | None,
    is_by_another: bool,
    heard: Heard,
    name: str,
    words: str,
    received_on: date,
) -> FamilyRequest:
    """Write down what somebody asks; of a copy the safeguarding team hears too, about each child in it.

    It does so about every child, whatever is kept: that it does tells nothing (E8, E94). Raises NotAllowed as
    `services.note_family_request` does.
    """
    now = clock.now()
    request = services.note_family_request(
        by=by,
        right=right,
        pupil=pupil,
        guardian=guardian,
        is_by_another=is_by_another,
        heard=heard,
        name=name,
        words=words,
        received_on=received_on,
    )
    if right is Right.ACCESS:
        for child in selectors.children_in(request):
            concerns.note_request(
                child,
                by=by,
                asker=_asker(request),
                heard=heard,
                name=name,
                words=words,
                received_on=received_on,
            )
    notices.start_ladder(REQUESTED, request.object, due_at=next_at(request, now), now=now)
    return request


def _asker(request: FamilyRequest) -> Asker:
    if request.is_by_another:
        return Asker.OTHER
    return Asker.PUPIL if request.guardian_id is None else Asker.PARENT


@audit.atomic()
def do(
    act: Callable[..., FamilyRequest], request: FamilyRequest, *, by: StaffMember, **facts: Any
) -> FamilyRequest:
    """Do one thing about a request, and set its reminders to what is due now."""
    now = clock.now()
    request = act(request, by=by, **facts)
    if request.ended_at is not None:
        notices.stop_ladder(REQUESTED, request.object, now=now)
        notices.drop(about=request.object, kinds=(REQUESTED,), now=now, why="it has ended")
    else:
        notices.move_ladder(REQUESTED, request.object, due_at=next_at(request, now))
    return request


def next_at(request: FamilyRequest, now: datetime) -> datetime:
    """Return when those who answer are reminded next: weekly while the clock stands, later on daily."""
    wish, today = request.wish(), clock.local(now).date()
    last = due_on(wish, today=today)
    days = [last - timedelta(days=number) for number in REMINDED_BEFORE]
    if is_paused(wish):
        days = [today + timedelta(days=7)]
    at = [clock.at(one, REMINDED_AT) for one in days]
    later = [one for one in at if one > now]
    return later[0] if later else clock.at(today + timedelta(days=1), REMINDED_AT)


def climb(ladders: Sequence[outbox.Ladder], now: datetime) -> list[Climb]:
    """Return, for each open request, who is reminded now, and when again."""
    rows = {row.object: row for row in FamilyRequest.objects.open()}
    answering = _answering()
    return [_climb(ladder, rows.get(ladder.about), answering, now) for ladder in ladders]


def _climb(
    ladder: outbox.Ladder, row: FamilyRequest | None, answering: Answering, now: datetime
) -> Climb:
    if row is None:
        return Climb(ladder_id=ladder.pk, drafts=(), next_due=None)
    day = clock.local(now).date()
    drafts = tuple(
        Draft(
            kind=REQUESTED,
            key=f"family_request:{row.pk}:{day.isoformat()}:{viewer.staff_id}",
            due_at=now,
            about=row.object,
            staff_id=viewer.staff_id,
        )
        for viewer in to_remind(row, answering)
    )
    return Climb(ladder_id=ladder.pk, drafts=drafts, next_due=next_at(row, now))


def to_remind(row: FamilyRequest, answering: Answering) -> list[Viewer]:
    """Return who is reminded of a request: the office, or the leaders where nobody of the office answers it."""
    able = [viewer for viewer, numbers in answering if row.pk in numbers]
    return [viewer for viewer in able if viewer.holds(Role.OFFICE)] or able


def _answering() -> Answering:
    """Return everybody who answers families, each with the open requests that they see."""
    people = StaffMember.objects.working().prefetch_related("roles_held").order_by("pk")
    viewers = [one.viewer() for one in people]
    return [
        (
            viewer,
            set(
                selectors.family_requests(viewer).filter(ended_at=None).values_list("pk", flat=True)
            ),
        )
        for viewer in viewers
        if may_answer_families(viewer)
    ]


def unreminded(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open requests that no ladder carries."""
    open_ = outbox.Ladder.objects.open().filter(kind=REQUESTED)
    carried = set(open_.values_list("about", flat=True))
    return [(row.object, now) for row in FamilyRequest.objects.open() if row.object not in carried]
