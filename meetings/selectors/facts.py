"""The facts of a call that the rules ask for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from consent import selectors as consent
from consent.policy import PupilConsent
from meetings import policy
from meetings.models import Check, LeakedLink, Meeting, Place, RegisterEntry, Seat
from meetings.selectors.barred import barred_from, blocks_about
from meetings.selectors.teams import teams_facts
from school import terms
from school.calendar import why_closed
from school.models import Absence, Guardianship, StaffMember
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.prepared import Prepared

PRESENCE = {
    policy.EntryKind.AT_DOOR.value: policy.Presence.AT_DOOR,
    policy.EntryKind.ADMITTED.value: policy.Presence.ADMITTED,
    policy.EntryKind.LEFT.value: policy.Presence.LEFT,
    policy.EntryKind.REMOVED.value: policy.Presence.REMOVED,
    # Let back is not yet back: they have left, and may press Join again.
    policy.EntryKind.LET_BACK.value: policy.Presence.LEFT,
}
END_A_REMOVAL = frozenset({policy.EntryKind.LET_BACK.value, policy.EntryKind.ADMITTED.value})


def facts(meeting: Meeting, now: datetime) -> policy.Facts:
    """Return a meeting as the rules see it now."""
    return facts_of([meeting], now)[meeting.pk]


def facts_of(meetings: Sequence[Meeting], now: datetime) -> dict[int, policy.Facts]:
    """Return the facts of several meetings in a constant number of queries."""
    ids = [meeting.pk for meeting in meetings]
    places = _places(ids)
    # Of most calls the places themselves say that there is no order to be asked for.
    barring = {row.pupil_id for rows in places.values() for row in rows if row.has_block}
    blocks = blocks_about(barring) if barring else []
    seats = _seats(meetings, blocks)
    presence = _presence(ids)
    questions = {m.question_id: m.pk for m in meetings if m.question_id}
    same_link, leaked = _same_link(meetings)
    teams = teams_facts(meetings)
    unrecorded = _recorded_nowhere(meetings)
    consents = consent.pupil_consents(list(questions), now) if questions else {}
    found = {
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
            is_link_leaked=meeting.link_leaked_at is not None or meeting.pk in leaked,
            same_link=tuple(same_link[meeting.pk]),
            teams=teams.get(meeting.pk),
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

    return {
        pk: policy.where_none_is_recorded(one) if pk in unrecorded else one
        for pk, one in found.items()
    }


def is_never_recorded(
    standing: Meeting | None, *, is_recorded: bool, purpose_id: int | None
) -> bool:
    """Tell whether a call is never recorded as it is planned, or as a call that stands is changed."""
    is_known = standing is not None and standing.status != policy.Status.DRAFT.value
    told = standing if is_known else None
    return policy.is_never_recorded(
        school_records=school().records_calls,
        is_recorded=is_recorded,
        was_recorded=told is not None and told.is_recorded,
        was_never_recorded=told is not None
        and told.is_never_recorded
        and told.purpose_id == purpose_id,
    )


def _recorded_nowhere(meetings: Sequence[Meeting]) -> frozenset[int]:
    """Return those that are never recorded, whatever their purpose asks for.

    A draft goes by what the school says now, which is asked where it makes a difference alone. The
    others stand as families were told of them.
    """
    asks = {policy.RecordingRule.REQUIRED.value, policy.RecordingRule.ADVISED.value}
    draft = policy.Status.DRAFT.value
    told = frozenset(one.pk for one in meetings if one.is_never_recorded and one.status != draft)
    drafts = frozenset(
        one.pk
        for one in meetings
        if one.status == draft and (one.is_recorded or one.purpose.recording_rule in asks)
    )
    return told if not drafts or school().records_calls else told | drafts


# All of these are asked for every page of a call, and at every press of a family.
PLACES: Prepared[Any] = Prepared(
    lambda ids: (
        Place.objects.filter(meeting__in=ids, taken_off_at__isnull=True)
        .annotate(
            has_block=Exists(
                Guardianship.objects.filter(pupil=OuterRef("pupil"), blocked_from__isnull=False)
            )
        )
        .select_related("pupil")
        .only("meeting", "pupil__given_name", "pupil__family_name", "pupil__decides_from")
        .order_by("pk")
    )
)
SEATS = Prepared(
    lambda ids: Seat.objects.filter(meeting__in=ids).select_related("staff__user").order_by("pk")
)
CHECKS = Prepared(lambda seat_ids: Check.objects.filter(seat__in=seat_ids))
MOVES: Prepared[Any] = Prepared(
    lambda ids: (
        RegisterEntry.objects.filter(meeting__in=ids, kind__in=PRESENCE, pupil__isnull=False)
        .only("meeting", "pupil", "kind")
        .order_by("pk")
    )
)
BY_LINK: Prepared[Any] = Prepared(
    lambda ids: (
        Meeting.objects.filter(
            link_digest__in=Meeting.objects.filter(pk__in=ids).values("link_digest")
        )
        .exclude(link_digest="")
        .exclude(status=policy.Status.CANCELLED.value)
        .only("link_digest", "starts_at", "ends_at", "ended_at", "series")
        .annotate(is_leaked=Exists(LeakedLink.objects.filter(link_digest=OuterRef("link_digest"))))
        .order_by("pk")
    )
)


def _same_link(
    meetings: Sequence[Meeting],
) -> tuple[dict[int, list[policy.SameLink]], frozenset[int]]:
    """Return by meeting the others with the same Teams link, whoever they belong to.

    Those that are over count too: who was on one of them has the way in for good. The second value
    are those whose link has leaked.
    """
    found: dict[int, list[policy.SameLink]] = defaultdict(list)
    linked = [meeting for meeting in meetings if meeting.link_digest]
    others = BY_LINK.rows([meeting.pk for meeting in linked]) if linked else []
    for meeting in linked:
        found[meeting.pk] += [
            policy.SameLink(
                starts_at=other.starts_at,
                ends_at=other.ended_at or other.ends_at,
                is_of_series=other.series_id is not None and other.series_id == meeting.series_id,
            )
            for other in others
            if other.link_digest == meeting.link_digest and other.pk != meeting.pk
        ]
    return found, frozenset(other.pk for other in others if other.is_leaked)


def _seats(
    meetings: Sequence[Meeting], blocks: Sequence[policy.Block]
) -> dict[int, list[policy.SeatFacts]]:
    """Return the adults by meeting, with absence on the day, orders and what they confirmed."""
    starts = {meeting.pk: meeting for meeting in meetings}
    rows = SEATS.rows(list(starts))
    checks: dict[int, set[policy.CheckItem]] = defaultdict(set)
    meeting_of = {row.pk: starts[row.meeting_id] for row in rows}
    for check in CHECKS.rows(list(meeting_of)) if rows else []:
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
                is_eligible=row.staff.is_eligible_on(_day(starts[row.meeting_id])),
                is_away=_is_away(absences[row.staff_id], starts[row.meeting_id]),
                has_dropped_out=row.dropped_out_at is not None,
                is_called=row.called_at is not None,
                household=row.staff.household,
                entra_id=str(row.staff.entra_id or ""),
                checks=frozenset(checks[row.pk]),
                barred_from=barred_from(row.staff, blocks, on=_day(starts[row.meeting_id])),
            )
        )
    return found


def candidate(meeting: Meeting, person: StaffMember, now: datetime) -> policy.SeatFacts:
    """Return somebody as the rules would see them on this call, who has no seat yet (E75)."""
    pupil_ids = Place.objects.filter(meeting=meeting, taken_off_at__isnull=True)
    blocks = blocks_about(pupil_ids.values_list("pupil_id", flat=True))
    return policy.SeatFacts(
        staff_id=person.pk,
        name=person.name,
        role=policy.SeatRole.RESERVE,
        is_eligible=person.is_eligible_on(_day(meeting)),
        is_away=person.pk in away([person.pk], meeting.starts_at, meeting.ends_at),
        household=person.household,
        barred_from=barred_from(person, blocks, on=_day(meeting)),
    )


def _day(meeting: Meeting) -> date:
    """Return the day of a call by the school's clock."""
    return clock.local(meeting.starts_at).date()


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


def away(staff_ids: Iterable[int], starts_at: datetime, ends_at: datetime) -> frozenset[int]:
    """Return who of these is away at some moment of a stretch (E59)."""
    absences = Absence.objects.filter(
        staff__in=list(staff_ids), starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    return frozenset(absences.values_list("staff_id", flat=True))


def closed_because(day: date) -> str:
    """Return why the school is closed on a day, in words; nothing on a school day (E66)."""
    return why_closed(terms.calendar(), day)


def _places(ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the places that still stand, by meeting, and whether an order is about the pupil."""
    found: dict[int, list[Any]] = defaultdict(list)
    for place in PLACES.rows(ids):
        found[place.meeting_id].append(place)
    return found


def _presence(ids: Sequence[int]) -> dict[tuple[int, int], policy.Presence]:
    """Return where each pupil is, from the newest line of the register that says so.

    Once removed, a pupil stays removed until they are let back: a press at the door, or a mark
    that they left, does not do it.
    """
    found: dict[tuple[int, int], policy.Presence] = {}
    for line in MOVES.rows(ids):
        key, kind = (line.meeting_id, line.pupil_id), line.kind
        before = found.get(key)
        if before is policy.Presence.REMOVED and kind not in END_A_REMOVAL:
            continue
        # Another device, or a scanner, pressing Join does not take anybody off the call.
        if before is policy.Presence.ADMITTED and kind == policy.EntryKind.AT_DOOR.value:
            continue
        found[key] = PRESENCE[kind]
    return found


def _place_facts(
    place: Any, given: PupilConsent | None, presence: policy.Presence
) -> policy.PlaceFacts:
    """Return a pupil as the rules see them; no answer known means no consent."""
    waiting = given is None or given.status.is_waiting
    return policy.PlaceFacts(
        pupil_id=place.pupil_id,
        name=str(place.pupil),
        has_consent=given is not None and given.is_given,
        is_waiting=waiting,
        consent_words=given.reason if given else "Not asked yet",
        may_be_recorded=given is not None and given.may_be_recorded,
        presence=presence,
        is_guarded=place.has_block or place.pupil.decides_from is not None,
    )
