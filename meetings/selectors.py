"""Reads of the meetings room: the facts that the rules ask for, and what the pages show."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.urls import reverse
from django.utils.formats import date_format

from consent import selectors as consent
from consent.models import Request
from consent.policy import PupilConsent
from consent.policy import Status as ConsentStatus
from meetings import links, policy
from meetings.models import Check, Incident, Meeting, Place, RegisterEntry, Seat
from school.cards import Card
from school.models import Absence, Pupil
from school.roles import Viewer, may_review_incidents
from schoolsafe.lib import clock

PRESENCE = {
    policy.EntryKind.AT_DOOR.value: policy.Presence.AT_DOOR,
    policy.EntryKind.ADMITTED.value: policy.Presence.ADMITTED,
    policy.EntryKind.LEFT.value: policy.Presence.LEFT,
    policy.EntryKind.REMOVED.value: policy.Presence.REMOVED,
}


def facts(meeting: Meeting, now: datetime) -> policy.Facts:
    """Return a meeting as the rules see it now."""
    return facts_of([meeting], now)[meeting.pk]


def facts_of(meetings: Sequence[Meeting], now: datetime) -> dict[int, policy.Facts]:
    """Return the facts of several meetings in a constant number of queries."""
    ids = [meeting.pk for meeting in meetings]
    seats = _seats(meetings)
    places = _places(ids)
    presence = _presence(ids)
    questions = {m.question_id: m.pk for m in meetings if m.question_id}
    consents = consent.pupil_consents(list(questions), now) if questions else {}
    return {
        meeting.pk: policy.Facts(
            status=policy.Status(meeting.status),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            scheduled_at=meeting.scheduled_at,
            recording_rule=policy.RecordingRule(meeting.purpose.recording_rule),
            is_recorded=meeting.is_recorded,
            recording_declined_because=meeting.recording_declined_because,
            has_link=bool(meeting.join_url),
            link_proves_tenant=meeting.link_proves_tenant,
            seats=tuple(seats[meeting.pk]),
            places=tuple(
                _place_facts(
                    place,
                    consents.get((meeting.question_id or 0, place.pupil_id)),
                    presence.get((meeting.pk, place.pupil_id), policy.Presence.EXPECTED),
                )
                for place in places[meeting.pk]
            ),
        )
        for meeting in meetings
    }


def _seats(meetings: Sequence[Meeting]) -> dict[int, list[policy.SeatFacts]]:
    """Return the adults by meeting, with absence on the day and what they confirmed."""
    starts = {meeting.pk: meeting for meeting in meetings}
    rows = list(
        Seat.objects.filter(meeting__in=starts).select_related("staff__user").order_by("pk")
    )
    checks: dict[int, set[policy.CheckItem]] = defaultdict(set)
    meeting_of = {row.pk: starts[row.meeting_id] for row in rows}
    for check in Check.objects.filter(seat__in=rows):
        meeting = meeting_of[check.seat_id]
        if policy.check_counts(
            check.confirmed_at, starts_at=meeting.starts_at, scheduled_at=meeting.scheduled_at
        ):
            checks[check.seat_id].add(policy.CheckItem(check.item))
    absences = _absences(rows, meetings)
    found: dict[int, list[policy.SeatFacts]] = defaultdict(list)
    for row in rows:
        found[row.meeting_id].append(
            policy.SeatFacts(
                staff_id=row.staff_id,
                name=row.staff.name,
                role=policy.SeatRole(row.role),
                is_eligible=row.staff.is_eligible_for_calls and row.staff.user.is_active,
                is_away=_is_away(absences[row.staff_id], starts[row.meeting_id]),
                has_dropped_out=row.dropped_out_at is not None,
                is_called=row.called_at is not None,
                household=row.staff.household,
                checks=frozenset(checks[row.pk]),
            )
        )
    return found


def _absences(rows: Iterable[Seat], meetings: Sequence[Meeting]) -> dict[int, list[Absence]]:
    """Return the absences that touch these meetings, by member of staff."""
    found: dict[int, list[Absence]] = defaultdict(list)
    if not meetings:
        return found
    for absence in Absence.objects.filter(
        staff__in={row.staff_id for row in rows},
        starts_at__lt=max(meeting.ends_at for meeting in meetings),
        ends_at__gt=min(meeting.starts_at for meeting in meetings),
    ):
        found[absence.staff_id].append(absence)
    return found


def _is_away(absences: Iterable[Absence], meeting: Meeting) -> bool:
    return any(a.starts_at < meeting.ends_at and a.ends_at > meeting.starts_at for a in absences)


def _places(ids: Sequence[int]) -> dict[int, list[Place]]:
    """Return the places that still stand, by meeting."""
    found: dict[int, list[Place]] = defaultdict(list)
    rows = Place.objects.filter(meeting__in=ids, taken_off_at__isnull=True)
    for place in rows.select_related("pupil").order_by("pk"):
        found[place.meeting_id].append(place)
    return found


def _presence(ids: Sequence[int]) -> dict[tuple[int, int], policy.Presence]:
    """Return where each pupil is, from the newest line of the register that says so.

    Once removed, a pupil stays removed until the host admits them again: a press at the door
    does not bring them back.
    """
    found: dict[tuple[int, int], policy.Presence] = {}
    lines = RegisterEntry.objects.filter(meeting__in=ids, kind__in=PRESENCE, pupil__isnull=False)
    for meeting_id, pupil_id, kind in lines.order_by("pk").values_list(
        "meeting_id", "pupil_id", "kind"
    ):
        key = (meeting_id, pupil_id)
        before = found.get(key)
        if before is policy.Presence.REMOVED and kind != policy.EntryKind.ADMITTED.value:
            continue
        # Another device, or a scanner, pressing Join does not take anybody off the call.
        if before is policy.Presence.ADMITTED and kind == policy.EntryKind.AT_DOOR.value:
            continue
        found[key] = PRESENCE[kind]
    return found


def _place_facts(
    place: Place, given: PupilConsent | None, presence: policy.Presence
) -> policy.PlaceFacts:
    """Return a pupil as the rules see them; no answer known means no consent."""
    waiting = given is None or given.status in {ConsentStatus.WAITING, ConsentStatus.VOID}
    return policy.PlaceFacts(
        pupil_id=place.pupil_id,
        name=str(place.pupil),
        has_consent=given is not None and given.is_given,
        is_waiting=waiting,
        consent_words=given.reason if given else "Not asked yet",
        may_be_recorded=given is not None and given.may_be_recorded,
        presence=presence,
    )


def guardians_of(meeting: Meeting, pupil_id: int, now: datetime) -> list[int]:
    """Return the consenting guardians of one pupil on a call."""
    if meeting.question_id is None:
        return []
    families = consent.families_consenting(meeting.question_id, now)
    return [
        family.guardian_id
        for family in families
        if family.guardian_id is not None and pupil_id in family.pupil_ids
    ]


def guardians_asked(meeting: Meeting) -> dict[int, tuple[int, ...]]:
    """Return the guardians who were asked about a call, each with their pupils on it."""
    asked: dict[int, tuple[int, ...]] = defaultdict(tuple)
    requests = Request.objects.filter(
        question=meeting.question_id, ended_at__isnull=True, guardian__isnull=False
    )
    for guardian_id, pupil_id in requests.order_by("pk").values_list("guardian_id", "pupil_id"):
        asked[guardian_id] += (pupil_id,)
    return dict(asked)


def register(meeting: Meeting) -> list[RegisterEntry]:
    """Return the register of a call, oldest line first."""
    return list(
        RegisterEntry.objects.filter(meeting=meeting)
        .select_related("pupil", "staff")
        .order_by("pk")
    )


@dataclass(frozen=True, kw_only=True)
class FamilyLink:
    """One family's own link for one pupil, to be passed on as a direct message."""

    name: str
    pupil: Pupil
    guardian_id: int | None
    link: str


def family_links(meeting: Meeting, now: datetime) -> list[FamilyLink]:
    """Return the personal links of the consenting families, and of nobody else (P5, P9)."""
    families = consent.families_consenting(meeting.question_id, now) if meeting.question_id else []
    places = {
        place.pupil_id: place
        for place in Place.objects.filter(
            meeting=meeting, taken_off_at__isnull=True
        ).select_related("pupil")
    }
    return [
        FamilyLink(
            name=family.name,
            pupil=places[pupil_id].pupil,
            guardian_id=family.guardian_id,
            link=links.personal(
                places[pupil_id].pk, family.guardian_id or 0, places[pupil_id].link_version
            ),
        )
        for family in families
        for pupil_id in family.pupil_ids
        if pupil_id in places
    ]


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of the list: what is coming, or a stretch of what has been."""

    meetings: list[Meeting]
    is_earlier: bool
    next_before: str


PAGE = 25


def list_page(viewer: Viewer, now: datetime, *, earlier: str = "") -> ListPage:
    """Return one page of calls in two queries, however many there are.

    Without `earlier` it is what is coming up, soonest first; `earlier` is `now` or the place where
    the page before ended.
    """
    rows = Meeting.objects.visible_to(viewer).select_related("purpose")
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
    if may_review_incidents(viewer):
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
        .order_by("starts_at")[:5]
    )


def _call_card(meeting: Meeting, now: datetime) -> Card:
    """Return one call as a card: on hold and unclosed first."""
    when = date_format(clock.local(meeting.starts_at), "l j F, g:i a")
    if meeting.on_hold_since:
        tone, rank, words = "stop", 10, "On hold: the door is shut."
    elif meeting.ends_at < now and meeting.status != "draft":
        tone, rank, words = "care", 30, "Not closed yet."
    else:
        tone, rank, words = "quiet", 60, meeting.get_status_display()
    return Card(
        title=meeting.title,
        sentence=f"{when}. {words}",
        url=reverse("meetings:detail", args=[meeting.pk]),
        tone=tone,
        rank=rank,
    )
