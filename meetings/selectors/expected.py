"""A call as it was planned and run, as far as a report of Teams is held against it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from django.db.models import Q

from consent import selectors as consent
from meetings import attendance, policy
from meetings.models import LeakedLink, Meeting, Place, RegisterEntry
from meetings.selectors.pages import names_in_teams
from meetings.teams import parse_join_link
from school.models import Pupil, StaffMember

# How the thread of a meeting begins, by which Teams knows it.
THREAD = "19:"
LETS_IN = frozenset({policy.EntryKind.ADMITTED.value})
ABOUT_NAMES = policy.EntryKind.NAMED.value
ABOUT_PRESENCE = (*LETS_IN, policy.EntryKind.REMOVED.value, policy.EntryKind.LET_BACK.value)


def staff_key(pk: int) -> str:
    """Return how the comparison calls a member of staff."""
    return f"staff-{pk}"


def pupil_key(pk: int) -> str:
    """Return how the comparison calls a pupil."""
    return f"pupil-{pk}"


def plan_of(
    meeting: Meeting,
    *,
    consented: Collection[int],
    confirmed: Mapping[str, str],
    uninvited: Iterable[int] = (),
    reported: str = "",
) -> attendance.Plan:
    """Return a call as it was planned and run.

    `consented` are the pupils whose yes stood; `uninvited` others of the school who may have come;
    `reported` is how the report calls its Teams meeting.
    """
    known = {*confirmed.values(), *(pupil_key(pk) for pk in uninvited)}
    register = list(
        RegisterEntry.objects.filter(
            meeting=meeting, kind__in=(*ABOUT_PRESENCE, ABOUT_NAMES, policy.EntryKind.ENDED.value)
        ).order_by("pk")
    )
    ended = [entry.at for entry in register if entry.kind == policy.EntryKind.ENDED.value]
    closing = getattr(meeting, "closing", None)
    return attendance.Plan(
        booked=attendance.Interval(_second(meeting.starts_at), _second(meeting.ends_at)),
        opened=_second(meeting.opened_at) if meeting.opened_at else None,
        ended=_second(ended[-1]) if ended else None,
        staff=_staff(meeting, known),
        pupils=_pupils(meeting, register, consented, known),
        recording_promised=meeting.is_recorded,
        recording_made=closing.was_recorded if closing else None,
        title=meeting.title,
        meeting_id=_own_meeting_id(meeting, reported),
        confirmed=confirmed,
    )


def _own_meeting_id(meeting: Meeting, reported: str) -> str:
    """Return how a report should call the Teams meeting of a call; nothing where that is not known.

    Reports know a meeting by its thread, which a short link does not name. One whose link leaked on
    this very call was its meeting too, and of that nothing but a digest is kept (E71).
    """
    if not reported.startswith(THREAD):
        return ""
    digest = sha256(reported.encode()).hexdigest()
    if LeakedLink.objects.filter(meeting=meeting, meeting_digest=digest).exists():
        return reported
    if not meeting.join_url:
        return ""
    own = parse_join_link(meeting.join_url).meeting_id
    return own if own.startswith(THREAD) else ""


def _second(at: datetime) -> datetime:
    """Return the full second in which something was, in UTC."""
    return at.astimezone(UTC).replace(microsecond=0)


def numbers(keys: Iterable[str], kind: str) -> set[int]:
    """Return the numbers of those of a kind among these keys."""
    return {int(key.removeprefix(kind)) for key in keys if key.startswith(kind)}


def _staff(meeting: Meeting, known: Iterable[str]) -> tuple[attendance.Expected, ...]:
    """Return who counts as an adult of a call: whoever may, and whoever was known on it (E59)."""
    may_count = Q(is_eligible_for_calls=True, user__is_active=True)
    was_known = Q(pk__in=numbers(known, "staff-"))
    roles = dict(meeting.seats.values_list("staff_id", "role"))
    return tuple(
        attendance.Expected(
            key=staff_key(person.pk),
            name=person.name,
            addresses=(person.email.lower(),) if person.email else (),
            object_id=str(person.entra_id or ""),
            role=roles.get(person.pk, ""),
        )
        for person in StaffMember.objects.filter(may_count | was_known).select_related("user")
    )


def _pupils(
    meeting: Meeting,
    register: Iterable[RegisterEntry],
    consented: Collection[int],
    known: Iterable[str],
) -> tuple[attendance.ExpectedPupil, ...]:
    """Return the pupils of a call, and those of the school who were on it uninvited.

    Whoever was taken off it is among them: they may have come all the same, without a yes. Who was let
    in by the register had one at that second.
    """
    register = list(register)
    let_in: set[int] = set()
    removed: dict[int, datetime] = {}
    for entry in register:
        if entry.pupil_id is None or entry.kind == ABOUT_NAMES:
            continue
        if entry.kind in LETS_IN:
            let_in.add(entry.pupil_id)
        if entry.kind == policy.EntryKind.REMOVED.value:
            removed[entry.pupil_id] = _second(entry.at)
        else:
            removed.pop(entry.pupil_id, None)
    names = names_in_teams(register)
    ended = _consent_ended(meeting, let_in - set(consented))
    places = Place.objects.filter(meeting=meeting).values("pupil")
    rows = Pupil.objects.filter(Q(pk__in=places) | Q(pk__in=numbers(known, "pupil-")))
    return tuple(
        attendance.ExpectedPupil(
            key=pupil_key(pupil.pk),
            name=str(pupil),
            addresses=(pupil.email.lower(),) if pupil.email else (),
            display_names=(names[pupil.pk],) if pupil.pk in names else (),
            has_consent=pupil.pk in consented or pupil.pk in let_in,
            consent_ended_at=ended.get(pupil.pk),
            was_let_in=pupil.pk in let_in,
            removed_at=removed.get(pupil.pk),
        )
        for pupil in rows
    )


def _consent_ended(meeting: Meeting, pupil_ids: Collection[int]) -> dict[int, datetime]:
    """Return when the consent of pupils ended who were let in and may not take part any more (P5)."""
    if not pupil_ids or meeting.question_id is None or meeting.opened_at is None:
        return {}
    ended = consent.taken_back(meeting.question_id, since=meeting.opened_at)
    return {pk: at for pk, at in ended.items() if pk in pupil_ids}
