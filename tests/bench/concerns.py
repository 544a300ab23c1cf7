"""The Log of Concern that is measured: a school of 5,000 pupils, and as many concerns as are asked for.

`open_school()` once, then `fill(school, open_ones=300, closed=700)`, and again `fill` for more. Sealing
texts is what takes long: a few hundred are sealed once, and stand in every concern.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from unittest.mock import patch
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import connection

from audit import services as audit
from concerns.models import Concern, Entry, Exclusion, Involved, Outcome
from notices import services as notices
from notices.kinds import Draft
from notices.models import Ladder
from school.models import Guardian, Guardianship, Pupil, RoleHeld, StaffMember, TeachingGroup
from school.roles import Role
from school.services import renew_marks
from schoolsafe.lib import clock, encryption
from schoolsafe.lib.inserting import insert
from tests import factories

PUPILS, STAFF, A_CLASS = 5_000, 60, 30
AT_ONCE = 5_000
# In so many concerns the last pupil is.
QUIET = 12
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Whom somebody wrote of whose name is on no list: some of these may mean somebody on the staff.
IN_WORDS = (
    "his father",
    "Mr Baker from number 12",
    "a man at the gate",
    "Auntie Jo",
    "the coach of the club",
    "Mrs Teacher7",
    "his teacher",
    "the headteacher",
)
SAID = [
    f"Came in without a coat again ({number}). Said that nobody was at home last night and that there "
    "was no breakfast. Was quiet for the rest of the morning, and asked twice when school ends."
    for number in range(300)
]


@dataclass(frozen=True, kw_only=True)
class Log:
    """The school whose concerns they are."""

    lead: StaffMember
    deputy: StaffMember
    head: StaffMember
    teachers: Sequence[StaffMember]
    pupil_ids: Sequence[int]
    outcome: Outcome


def open_school(pupils: int = PUPILS) -> Log:
    """Write a school: sixty staff of whom some share a home, pupils in classes with two guardians each."""
    # Measured at any hour: no letter waits for a morning.
    factories.make_school(quiet_from=time(0), quiet_until=time(0))
    roles = {0: Role.DSL, 1: Role.SAFEGUARDING, 2: Role.SAFEGUARDING, 3: Role.HEADTEACHER}
    roles[4] = Role.CHAIR
    users = get_user_model().objects.bulk_create(
        [
            get_user_model()(
                username=f"bench{number}", email=f"bench{number}@school.example", is_staff=True
            )
            for number in range(STAFF)
        ]
    )
    staff = StaffMember.objects.bulk_create(
        [
            StaffMember(
                user=user,
                name=f"Given{number} Teacher{number}",
                telephone=f"07700 9{number:05d}",
                # The lead and the head live with somebody who teaches, and so do a few others.
                household=f"{number % 30} Mill Lane" if number % 30 in {0, 3, 9, 12} else "",
            )
            for number, user in enumerate(users)
        ]
    )
    RoleHeld.objects.bulk_create(
        [
            RoleHeld(staff=one, role=roles.get(number, Role.STAFF))
            for number, one in enumerate(staff)
        ]
    )
    pupil_ids = _enrol(pupils, staff)
    while renew_marks():
        pass
    return Log(
        lead=staff[0],
        deputy=staff[1],
        head=staff[3],
        teachers=staff[5:],
        pupil_ids=pupil_ids,
        outcome=Outcome.objects.create(name="Keep watching, and talk with home"),
    )


def _enrol(count: int, staff: Sequence[StaffMember]) -> list[int]:
    """Write pupils in classes with two guardians each; every member of staff is the guardian of one."""
    pupils = Pupil.objects.bulk_create(
        [
            Pupil(
                given_name=f"Given{number}", family_name=f"Family{number}", year_group=number % 13
            )
            for number in range(count)
        ],
        batch_size=AT_ONCE,
    )
    guardians = [
        Guardian(
            name=f"Guardian{number} Family{number // 2}",
            email=f"guardian{number}@family.example",
            telephone=f"07800 {number:06d}",
        )
        for number in range(2 * count)
    ]
    for number, one in enumerate(staff):
        guardians[number * len(guardians) // len(staff)].telephone = one.telephone
    guardians = Guardian.objects.bulk_create(guardians, batch_size=AT_ONCE)
    insert(
        Guardianship(guardian=one, pupil=pupils[number // 2], relationship="mother")
        for number, one in enumerate(guardians)
    )
    groups = TeachingGroup.objects.bulk_create(
        [
            TeachingGroup(name=f"Class {number}", year_group=number % 13)
            for number in range(count // A_CLASS + 1)
        ]
    )
    insert(
        TeachingGroup.pupils.through(pupil_id=one.pk, teachinggroup_id=groups[number // A_CLASS].pk)
        for number, one in enumerate(pupils)
    )
    insert(
        TeachingGroup.staff.through(
            staffmember_id=staff[5 + number % (len(staff) - 5)].pk, teachinggroup_id=group.pk
        )
        for number, group in enumerate(groups)
    )
    return [one.pk for one in pupils]


def fill(log: Log, *, open_ones: int = 0, closed: int = 0, due: int = 0) -> None:
    """Write more concerns, each with its people, entries, letters and what the audit knows of it.

    Of the open ones a third waits to be acknowledged and a third to be decided; each has its ladder,
    and `due` of them are due to climb. The closed ones lie before them.
    """
    now = clock.now()
    before = Concern.objects.count()
    with _sealed_once():
        for numbers in _batches(before, open_ones):
            rows = [_open(log, number, now) for number in numbers]
            dues = [_due(number - before < due, now) for number in numbers]
            _write(log, rows, now=now, due_at=dues)
        for numbers in _batches(before + open_ones, closed):
            _write(log, [_closed(log, number, now) for number in numbers], now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def close_open(log: Log, *, but: int) -> None:
    """Close all open ones but the first so many, past every rule: they were there to climb."""
    now = clock.now()
    rows = Concern.objects.open().order_by("pk").values_list("pk", "reference")
    some = list(rows)[but:]
    about = [f"concerns.concern:{reference}" for _, reference in some]
    Concern.objects.filter(pk__in=[pk for pk, _ in some]).update(
        status="closed",
        acknowledged_at=now,
        acknowledged_by=log.deputy,
        owner=log.deputy,
        closed_at=now,
        closed_by=log.deputy,
    )
    Ladder.objects.open().filter(about__in=about).update(ended_at=now, due_at=None)


def _batches(first: int, count: int) -> Iterator[range]:
    numbers = range(first, first + count)
    return (numbers[start : start + AT_ONCE] for start in range(0, count, AT_ONCE))


@contextmanager
def _sealed_once() -> Iterator[None]:
    """Seal the same text once, however many rows it stands in."""
    with patch.object(encryption, "encrypt", lru_cache(maxsize=None)(encryption.encrypt)):
        yield


def _due(is_due: bool, now: datetime) -> datetime:
    return now - HOUR if is_due else now + DAY


def _concern(log: Log, number: int, logged_at: datetime) -> Concern:
    return Concern(
        key=uuid4(),
        reporter=log.teachers[number % len(log.teachers)],
        urgency="urgent" if number % 10 == 0 else "routine",
        reported_urgency="urgent" if number % 10 == 0 else "routine",
        logged_at=logged_at,
        happened="about",
        happened_at=logged_at - HOUR,
        place="In the playground",
        child_words=SAID[number % len(SAID)],
        seen=SAID[(number + 1) % len(SAID)],
        thought="",
        desk="headteacher" if _is_about_staff(number) else "team",
        clock_began_at=logged_at,
        acknowledge_by=logged_at + 2 * HOUR,
    )


def _open(log: Log, number: int, now: datetime) -> Concern:
    concern = _concern(log, number, now - HOUR - number % 5000 * timedelta(minutes=10))
    if number % 3:
        concern.status = "acknowledged"
        concern.acknowledged_at = concern.logged_at + HOUR
        concern.acknowledged_by = concern.owner = (
            log.head if _is_about_staff(number) else log.deputy
        )
        concern.decide_by = now + DAY
    if number % 3 == 2:
        concern.decided_at = concern.acknowledged_at
    return concern


def _closed(log: Log, number: int, now: datetime) -> Concern:
    # Before all open ones, and each at a time of its own.
    logged_at = now - 40 * DAY - number * timedelta(minutes=20)
    concern = _concern(log, number, logged_at)
    concern.status = "closed"
    concern.acknowledged_at = concern.decided_at = logged_at + HOUR
    concern.closed_at = logged_at + 3 * HOUR
    concern.acknowledged_by = concern.owner = concern.closed_by = (
        log.head if _is_about_staff(number) else log.deputy
    )
    concern.decide_by = logged_at + DAY
    return concern


def _is_about_staff(number: int) -> bool:
    return number % 50 == 7


def _write(
    log: Log, concerns: Sequence[Concern], *, now: datetime, due_at: Sequence[datetime] = ()
) -> None:
    """Write concerns with all that belongs to them."""
    # Where each stands among all of them: who is in it follows from that.
    first = Concern.objects.count()
    rows = Concern.objects.bulk_create(concerns, batch_size=AT_ONCE)
    insert(one for place, row in enumerate(rows, first) for one in _people(log, row, place))
    insert(one for place, row in enumerate(rows, first) for one in _outside(log, row, place))
    insert(one for row in rows for one in _entries(log, row))
    with audit.atomic():
        notices.queue([_alert(log, row) for row in rows], now=now)
        notices.start_ladders(
            "concern", [(row.object, at) for row, at in zip(rows, due_at, strict=False)], now=now
        )
        for verb in ("concern.log", "concern.read"):
            audit.record_many(
                at=now,
                rows=[audit.Row(actor=log.lead.actor, verb=verb, object=row.object, detail={}) for row in rows],
            )  # fmt: skip


def _people(log: Log, concern: Concern, place: int) -> list[Involved]:
    """Return who is in a concern: a pupil, every third time another, and sometimes an adult.

    The last pupil is in the first few alone: the page about them is the same however many there are.
    """
    added = {"concern": concern, "added_at": concern.logged_at, "added_by": concern.reporter}
    children = [place] if place % 3 else [place, place * 7 + 11]
    if place < QUIET:
        children = [-1]
    people = [
        Involved(
            kind="pupil",
            part="subject" if is_first else "witness",
            pupil_id=log.pupil_ids[child % (len(log.pupil_ids) - 1) if child >= 0 else child],
            **added,
        )
        for is_first, child in zip((True, False), children, strict=False)
    ]
    if _is_about_staff(place):
        people.append(Involved(kind="staff", part="subject", staff=_accused(log, place), **added))
    if place % 25 == 3:
        words = IN_WORDS[place // 25 % len(IN_WORDS)]
        people.append(Involved(kind="adult", part="harming", name=words, **added))
    if place % 40 == 1:
        email = f"somebody{place}@family.example"
        named = {"name": "her mother", "email": email, "settled_at": concern.logged_at}
        by = {"settled_by": concern.reporter}
        people.append(Involved(kind="adult", part="harming", **named, **by, **added))
    return people


def _accused(log: Log, place: int) -> StaffMember:
    """Return whom a concern about staff is about: seldom somebody who handles concerns."""
    return log.deputy if place % 2500 == 7 else log.teachers[place // 50 % len(log.teachers)]


def _outside(log: Log, concern: Concern, place: int) -> list[Exclusion]:
    if not _is_about_staff(place):
        return []
    return [
        Exclusion(
            concern=concern,
            staff=_accused(log, place),
            why="the concern is about them",
            since=concern.logged_at,
        )
    ]


def _entries(log: Log, concern: Concern) -> list[Entry]:
    """Return what was done about a concern so far."""
    steps = [
        ("acknowledgement", concern.acknowledged_at, ""),
        ("addendum", concern.acknowledged_at, SAID[2]),
        ("decision", concern.decided_at, SAID[3]),
        ("closure", concern.closed_at, SAID[4]),
    ]
    return [
        Entry(
            concern=concern,
            kind=kind,
            at=at,
            by=log.deputy,
            text=text,
            outcome=log.outcome if kind == "decision" else None,
        )
        for kind, at, text in steps
        if at is not None
    ]


def _alert(log: Log, concern: Concern) -> Draft:
    """Return the letter that once said that it is there; it waits for nobody here."""
    return Draft(
        kind="concern_read",
        key=f"bench:{concern.reference}",
        due_at=clock.now() + 30 * DAY,
        about=concern.object,
        staff_id=log.lead.pk,
    )
