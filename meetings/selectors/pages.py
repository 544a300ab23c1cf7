"""What the list, the start page and the record show."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from meetings import policy
from meetings.models import Closing, Incident, Meeting, RegisterEntry, Seat, Series, Share
from meetings.selectors.calendar import calls_of
from school.cards import Card
from school.models import Guardianship, School, StaffMember
from school.roles import Viewer, may_review_incidents, may_see_figures
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.prepared import Prepared

# Asked whenever a register is renewed.
LINES = Prepared(
    lambda pk: (
        RegisterEntry.objects.filter(meeting=pk).select_related("pupil", "staff").order_by("pk")
    )
)


def register(meeting: Meeting, *, but: Collection[int] = ()) -> list[RegisterEntry]:
    """Return the register of a call, oldest line first, without what it says of some pupils."""
    return [line for line in LINES.rows(meeting.pk) if line.pupil_id not in but]


def closing_of(meeting: Meeting) -> Closing | None:
    """Return how a call was closed, with who left early; None where it is not."""
    rows = Closing.objects.filter(meeting=meeting).select_related("closed_by", "destroyed_by")
    return rows.prefetch_related("left_early").first()


def shares_of(meeting: Meeting, *, but: Collection[int] = ()) -> QuerySet[Share]:
    """Return what went where, without what went to some pupils and to their guardians."""
    shares = meeting.shares.select_related("guardian", "pupil", "shared_by")
    if not but:
        return shares
    theirs = Guardianship.objects.filter(pupil__in=but).values("guardian")
    return shares.filter(
        Q(pupil__isnull=True) | ~Q(pupil__in=but),
        Q(guardian__isnull=True) | ~Q(guardian__in=theirs),
    )


def wait_for_others() -> timedelta:
    """Return how long the adults may wait for others with the only pupil who turned up (E56)."""
    return timedelta(minutes=school().wait_for_others_minutes)


def names_in_teams(entries: Iterable[RegisterEntry]) -> dict[int, str]:
    """Return by pupil the name that Teams shows of them, as it was agreed last (E55)."""
    named = {
        entry.pupil_id: entry.reason
        for entry in entries
        if entry.kind == policy.EntryKind.NAMED.value and entry.pupil_id is not None
    }
    return {pupil_id: name for pupil_id, name in named.items() if name}


def planned_with(key: UUID | None, *, by: StaffMember) -> Meeting | None:
    """Return the call that this person planned with a form of this key."""
    return Meeting.objects.filter(plan_key=key, planned_by=by).first() if key else None


def series_planned_with(key: UUID | None, *, by: StaffMember) -> Series | None:
    """Return the series that this person planned with a form of this key."""
    return Series.objects.filter(plan_key=key, planned_by=by).first() if key else None


def calls_of_series(meeting: Meeting) -> list[Meeting]:
    """Return every call of the series that a call belongs to, in their order."""
    if meeting.series_id is None:
        return []
    return list(Meeting.objects.filter(series=meeting.series_id).order_by("starts_at", "pk"))


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of the list: what is coming, or a stretch of what has been."""

    meetings: list[Meeting]
    is_earlier: bool
    next_before: str


PAGE = 25


def list_page(
    viewer: Viewer, now: datetime, *, earlier: str = "", is_own: bool = False
) -> ListPage:
    """Return one page of calls in two queries, however many there are; all that one sees, or one's own.

    Without `earlier` it is what is coming up, soonest first; `earlier` is `now` or the place where
    the page before ended.
    """
    rows = calls_of(viewer, is_own=is_own)
    if not earlier:
        today = clock.at(clock.local(now).date(), time.min)
        coming = rows.filter(starts_at__gte=today).order_by("starts_at", "pk")
        return ListPage(meetings=list(coming[:PAGE]), is_earlier=False, next_before="now")
    before, pk = _place_in_list(earlier, now)
    found = list(
        rows.filter(starts_at__lte=before)
        .exclude(starts_at=before, pk__gte=pk)
        .order_by("-starts_at", "-pk")[: PAGE + 1]
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    return ListPage(
        meetings=found[:PAGE],
        is_earlier=True,
        next_before=f"{last.starts_at.timestamp():.6f}_{last.pk}" if last else "",
    )


def _place_in_list(earlier: str, now: datetime) -> tuple[datetime, int]:
    """Return where a page of the list begins; anything unreadable means now."""
    at, _, pk = earlier.partition("_")
    try:
        return datetime.fromtimestamp(float(at), tz=UTC), int(pk)
    except (ValueError, OverflowError, OSError):
        return now, 0


def home_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what about calls waits for this person."""
    cards = [_call_card(meeting, now) for meeting in _own_soon(viewer, now)]
    cards += [_report_card(meeting) for meeting in _own_unreported(viewer, now)]
    # Leaders find them on the list of calls; to others here the list has nothing to say.
    if may_see_figures(viewer) and not may_review_incidents(viewer):
        cards.append(
            Card(
                title="Figures for the school",
                sentence="How many calls, answers and incidents there were, without a name.",
                url=reverse("meetings:figures"),
                rank=70,
            )
        )
    if may_review_incidents(viewer):
        held = Meeting.objects.filter(status=policy.Status.OPEN.value, on_hold_since__isnull=False)
        cards += [_call_card(one, now) for one in held.exclude(seats__staff=viewer.staff_id)[:5]]
        open_incidents = Incident.objects.filter(settled_at__isnull=True).count()
        if open_incidents:
            cards.append(
                Card(
                    title="Incidents on calls",
                    sentence="Something about a call needs the safeguarding team.",
                    url=reverse("meetings:incidents"),
                    count=open_incidents,
                    tone="stop",
                    rank=20,
                )
            )
    return cards


def _own_soon(viewer: Viewer, now: datetime) -> list[Meeting]:
    """Return the person's own calls that want something: on now, soon, or not closed."""
    return list(
        Meeting.objects.filter(seats__staff=viewer.staff_id)
        .exclude(status__in=["closed", "cancelled"])
        .filter(starts_at__lt=now + timedelta(days=14))
        .annotate(is_awaited=_is_awaited(viewer))
        .order_by("starts_at")[:5]
    )


def _is_awaited(viewer: Viewer) -> Exists:
    """Return the condition that a person was called in as reserve and has confirmed nothing yet (E57)."""
    return Exists(
        Seat.objects.filter(
            meeting=OuterRef("pk"),
            staff=viewer.staff_id,
            role=policy.SeatRole.RESERVE.value,
            called_at__isnull=False,
            dropped_out_at=None,
            checks=None,
        )
    )


def _own_unreported(viewer: Viewer, now: datetime) -> list[Meeting]:
    """Return the person's own calls whose attendance report is looked for, where the school uses them.

    A call that did not take place has none.
    """
    days = School.objects.values_list("reports_within_days", flat=True).first()
    between = policy.reports_looked_for(days, now=now)
    if between is None:
        return []
    return list(
        Meeting.objects.filter(
            seats__staff=viewer.staff_id,
            seats__role__in=[policy.SeatRole.HOST.value, policy.SeatRole.CO_HOST.value],
            status=policy.Status.CLOSED.value,
            closing__took_place=True,
            ended_at__range=between,
            attendance_reports__isnull=True,
        ).order_by("-ended_at")[:5]
    )


def _report_card(meeting: Meeting) -> Card:
    """Return a call whose attendance report has not come."""
    return Card(
        title=meeting.title,
        sentence=f"{clock.in_words(meeting.starts_at)}. Its attendance report has not come: bring it.",
        url=reverse("meetings:attendance", args=[meeting.pk]),
        tone="quiet",
        rank=70,
    )


def _call_card(meeting: Meeting, now: datetime) -> Card:
    """Return one call as a card: on hold and unclosed first."""
    when = clock.in_words(meeting.starts_at)
    page = "detail"
    soon = meeting.starts_at - policy.DOOR_OPENS_BEFORE <= now <= meeting.ends_at
    is_awaited = getattr(meeting, "is_awaited", False) and now <= meeting.ends_at
    if is_awaited and meeting.status == policy.Status.OPEN.value:
        # The others wait for this very person: before everything else.
        tone, rank, page = "stop", -1, "live"
        words = "You are called in: confirm your checklist."
    elif meeting.on_hold_since:
        tone, rank, words = "stop", 10, "On hold: the door is shut."
    elif soon and meeting.status == policy.Status.SHARED.value:
        tone, rank, words, page = "care", 5, "Confirm your checklist and open the door.", "live"
    elif soon and meeting.status == policy.Status.OPEN.value:
        tone, rank, words, page = "clear", 5, "It is running: go to the live register.", "live"
    elif meeting.ends_at < now and meeting.status != "draft":
        tone, rank, words = "care", 30, "Not closed yet."
    else:
        tone, rank, words = "quiet", 60, meeting.get_status_display()
    return Card(
        title=meeting.title,
        sentence=f"{when}. {words}",
        url=reverse(f"meetings:{page}", args=[meeting.pk]),
        tone=tone,
        rank=rank,
    )
