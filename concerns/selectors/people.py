"""Who handles concerns at an instant, and who stands outside which."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet

from concerns import policy
from concerns.models import Concern, Exclusion, Involved
from concerns.models.concern import marks_of
from concerns.models.people import teachers_in, teachers_of, words_may_mean
from concerns.policy.access import HANDLERS
from school.kin import home
from school.models import Guardianship, StaffMember
from school.roles import Role
from school.selectors import away, on_duty
from schoolsafe.lib import clock


def colleagues(now: datetime) -> list[policy.Colleague]:
    """Return the working people who handle concerns, as they are now, in a constant number of queries."""
    handlers = StaffMember.objects.working().holding(*HANDLERS, on=clock.local(now).date())
    return _as_colleagues(handlers, now)


def with_reporter(
    concern: Concern, people: Sequence[policy.Colleague], now: datetime
) -> list[policy.Colleague]:
    """Return these people and whoever logged a concern, who may be family of whom it is about (E5)."""
    known = {person.staff_id for person in people}
    own = StaffMember.objects.filter(pk=concern.reporter_id).exclude(pk__in=known)
    return [*people, *_as_colleagues(own, now)]


def _as_colleagues(staff: QuerySet[StaffMember], now: datetime) -> list[policy.Colleague]:
    """Return members of staff as the rules see them now."""
    today = clock.local(now).date()
    people = list(staff.select_related("user").prefetch_related("roles_held").order_by("pk"))
    ids = [person.pk for person in people]
    absent = away(ids, now)
    duty = {person.pk for person in on_duty(now)}
    homes = _homes(people)
    return [
        policy.Colleague(
            staff_id=person.pk,
            roles=frozenset(
                Role(held.role) for held in person.roles_held.all() if held.is_held(on=today)
            ),
            email=_plain(person.email),
            kin_ids=frozenset(row.pk for row in homes[person.pk]),
            kin_emails=frozenset(_plain(row.email) for row in homes[person.pk]) - {""},
            kin_marks=frozenset().union(*(marks_of(row) for row in homes[person.pk])),
            is_on_duty=person.pk in duty,
            is_away=person.pk in absent,
            has_telephone=bool(person.telephone),
        )
        for person in people
    ]


def _homes(people: Sequence[StaffMember]) -> dict[int, list[StaffMember]]:
    """Return each of these with who on the staff lives in their home."""
    homes: dict[str, list[StaffMember]] = defaultdict(list)
    if any(person.household for person in people):
        for row in StaffMember.objects.exclude(household="").select_related("user"):
            homes[home(row.household)].append(row)
    return {
        person.pk: [person, *(homes[own] if (own := home(person.household)) else [])]
        for person in people
    }


def _plain(email: str) -> str:
    """Return an address as it is compared."""
    return email.strip().lower()


def parties_of(
    concern_ids: Sequence[int], *, now: datetime, until: datetime | None = None
) -> dict[int, list[policy.Party]]:
    """Return who is in each of these concerns, or was named before an instant, in four queries."""
    involved = Involved.objects.filter(concern__in=concern_ids).select_related("staff__user")
    rows = list(involved if until is None else involved.filter(added_at__lt=until))
    guardians: dict[int, set[str]] = defaultdict(set)
    ties = Guardianship.objects.filter(
        pupil__in=[row.pupil_id for row in rows if row.pupil_id is not None]
    ).select_related("guardian")
    for tie in ties:
        guardians[tie.pupil_id] |= marks_of(tie.guardian)
    today = clock.local(now).date()
    heads = set(
        StaffMember.objects.holding(Role.HEADTEACHER, on=today).values_list("pk", flat=True)
    )
    meant = _meant(rows)
    parties: dict[int, list[policy.Party]] = defaultdict(list)
    for row in rows:
        parties[row.concern_id].append(
            policy.Party(
                part=policy.Part(row.part),
                is_adult=row.is_adult,
                staff_id=row.staff_id,
                email=_plain(row.staff.email if row.staff is not None else row.email),
                works_here=row.works_here,
                is_head=row.staff_id in heads or not heads.isdisjoint(meant[row.pk]),
                may_be=meant[row.pk],
                guardian_marks=frozenset(guardians[row.pupil_id])
                if row.pupil_id is not None
                else frozenset(),
            )
        )
    return parties


def _meant(rows: Sequence[Involved]) -> dict[int, frozenset[int]]:
    """Return for each of these whom of the staff the words may mean, in four queries at most."""
    staff = list(_staff_in_words()) if any(row.is_open for row in rows) else []
    teachers = teachers_in(rows)
    return {
        row.pk: frozenset(
            who.pk
            for who in staff
            if row.may_mean(who, teachers=teachers.get(row.concern_id, frozenset()))
        )
        for row in rows
    }


def _staff_in_words() -> QuerySet[StaffMember]:
    """Return everybody on the staff with all by which words may mean them."""
    return StaffMember.objects.prefetch_related("roles_held", "teaching_groups")


def may_be_meant(words: str, *, pupils: Collection[int]) -> list[StaffMember]:
    """Return whom of the staff words about an adult may mean, also those who have left.

    `pupils` are the children in the concern: 'his teacher' is one of theirs.
    """
    teachers = teachers_of(pupils)
    return [who for who in _staff_in_words() if words_may_mean(words, who, teachers=teachers)]


def children_in(concern: Concern) -> frozenset[int]:
    """Return the children on roll in a concern."""
    rows = concern.involved.exclude(pupil=None)
    return frozenset(rows.values_list("pupil", flat=True))


def unsettled(concern: Concern) -> frozenset[int]:
    """Return the adults in words in a concern who may be somebody on the staff."""
    meant = _meant(list(concern.involved.unsettled()))
    return frozenset(pk for pk, people in meant.items() if people)


def facts_of_all(
    concerns: Sequence[Concern], people: Sequence[policy.Colleague], *, now: datetime
) -> dict[int, policy.Facts]:
    """Return each concern as the rules see it now, in a constant number of queries."""
    ids = [concern.pk for concern in concerns]
    parties = parties_of(ids, now=now)
    set_aside: dict[int, set[int]] = defaultdict(set)
    for concern_id, staff_id in Exclusion.objects.filter(concern__in=ids).values_list(
        "concern_id", "staff_id"
    ):
        set_aside[concern_id].add(staff_id)
    return {
        concern.pk: concern.facts(
            excluded=frozenset(policy.conflicts(people, parties[concern.pk]))
            | set_aside[concern.pk],
            parties=parties[concern.pk],
        )
        for concern in concerns
    }


def facts_of(
    concern: Concern, *, now: datetime, people: Sequence[policy.Colleague] | None = None
) -> policy.Facts:
    """Return one concern as the rules see it now."""
    return facts_of_all([concern], colleagues(now) if people is None else people, now=now)[
        concern.pk
    ]


def facts_until(
    concern: Concern, until: datetime, people: Sequence[policy.Colleague], *, now: datetime
) -> policy.Facts:
    """Return one concern as it would be if nobody had been named since an instant."""
    parties = parties_of([concern.pk], now=now, until=until)[concern.pk]
    before = Exclusion.objects.filter(concern=concern, since__lt=until)
    aside = frozenset(before.values_list("staff_id", flat=True))
    excluded = frozenset(policy.conflicts(people, parties)) | aside
    facts = concern.facts(excluded=excluded, parties=parties)
    return replace(facts, desk=policy.route(parties, people, excluded=excluded))


def astray(now: datetime) -> list[int]:
    """Return the concerns that stand where they should not, or of which nobody is in charge any more.

    Of closed ones, of which there are many, only those are asked about that can have gone astray:
    nobody holds the roles of their desk, or somebody who does is in them.
    """
    people = colleagues(now)
    ids = [person.staff_id for person in people]
    unread = [
        desk.value
        for desk, roles in policy.READERS.items()
        if not any(person.holds(*roles) for person in people)
    ]
    met = Involved.objects.filter(staff__in=ids).values("concern")
    aside = Exclusion.objects.filter(staff__in=ids).values("concern")
    closed = Concern.objects.filter(status=policy.Status.CLOSED).filter(
        Q(desk__in=unread) | Q(pk__in=met) | Q(pk__in=aside)
    )
    rows = [*Concern.objects.open().order_by("pk"), *closed.order_by("pk")]
    facts = facts_of_all(rows, people, now=now)
    return [pk for pk, seen in facts.items() if policy.is_astray(seen, people)]
