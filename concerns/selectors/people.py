"""Who handles concerns at an instant, and who stands outside which."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Q, QuerySet, Value

from concerns import policy
from concerns.models import Category, Concern, Exclusion, Involved, Opening, Share
from concerns.models.homes import marks_of
from concerns.models.line import managers_above
from concerns.models.people import ACCUSED, teachers_in, teachers_of, words_may_mean
from concerns.policy.access import HANDLERS
from school.kin import home
from school.models import Guardianship, StaffMember
from school.roles import Role
from school.selectors import away, duty_at
from schoolsafe.lib import clock


def colleagues(now: datetime) -> list[policy.Colleague]:
    """Return the working people who handle concerns, as they are now, in a constant number of queries."""
    handlers = StaffMember.objects.working().holding(*HANDLERS, on=clock.local(now).date())
    return _as_colleagues(handlers, now)


def staff_as_colleagues(rows: Iterable[Exclusion], now: datetime) -> list[policy.Colleague]:
    """Return whoever these exclusions name, as the rules see them now."""
    return _as_colleagues(StaffMember.objects.filter(pk__in=[row.staff_id for row in rows]), now)


def with_others(
    people: Sequence[policy.Colleague], others: Collection[int], now: datetime
) -> list[policy.Colleague]:
    """Return these people and others who do not handle concerns, and may be family of whom one is about.

    Whoever logged it (E5), and whoever it is or was shared with (E4).
    """
    unknown = set(others) - {person.staff_id for person in people}
    if not unknown:
        return list(people)
    return [*people, *_as_colleagues(StaffMember.objects.filter(pk__in=unknown), now)]


def _as_colleagues(staff: QuerySet[StaffMember], now: datetime) -> list[policy.Colleague]:
    """Return members of staff as the rules see them now."""
    today = clock.local(now).date()
    people = list(staff.select_related("user").prefetch_related("roles_held").order_by("pk"))
    ids = [person.pk for person in people]
    absent = away(ids, now)
    weekly, covering = duty_at(now)
    homes = _homes(people)
    lines = managers_above(ids)
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
            above_ids=frozenset(row.pk for row in lines[person.pk]),
            above_emails=frozenset(_plain(row.email) for row in lines[person.pk]) - {""},
            is_on_duty=person.pk in weekly,
            is_covering=person.pk in covering,
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
    """Return who is in each of these concerns, or was named before an instant, in six queries at most."""
    involved = Involved.objects.filter(concern__in=concern_ids).select_related("staff__user")
    rows = list(involved if until is None else involved.filter(added_at__lt=until))
    guardians: dict[int, set[str]] = defaultdict(set)
    ties = Guardianship.objects.filter(
        pupil__in=[row.pupil_id for row in rows if row.pupil_id is not None]
    ).select_related("guardian")
    for tie in ties:
        guardians[tie.pupil_id] |= marks_of(tie.guardian)
    staff = _staff_in_words(rows)
    heads, meant = _heads(staff, clock.local(now).date()), _meant(rows, staff)
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


def _heads(staff: Sequence[StaffMember], today: date) -> set[int]:
    """Return who is head on a day: of the whole staff where it is at hand, else as the database says."""
    if not staff:
        heads = StaffMember.objects.holding(Role.HEADTEACHER, on=today)
        return set(heads.values_list("pk", flat=True))
    return {
        held.staff_id
        for who in staff
        for held in who.roles_held.all()
        if held.role == Role.HEADTEACHER and held.is_held(on=today)
    }


def _meant(rows: Sequence[Involved], staff: Sequence[StaffMember]) -> dict[int, frozenset[int]]:
    """Return for each of these whom of the staff the words may mean, in one query at most."""
    teachers = teachers_in(rows)
    return {
        row.pk: frozenset(
            who.pk
            for who in staff
            if row.may_mean(who, teachers=teachers.get(row.concern_id, frozenset()))
        )
        for row in rows
    }


def _staff_in_words(rows: Iterable[Involved]) -> list[StaffMember]:
    """Return everybody on the staff where words may mean one of them, else nobody: in three queries."""
    return list(_whole_staff()) if any(row.is_open for row in rows) else []


def _whole_staff() -> QuerySet[StaffMember]:
    """Return everybody on the staff with all by which words may mean them."""
    return StaffMember.objects.prefetch_related("roles_held", "teaching_groups")


def may_be_meant(words: str, *, pupils: Collection[int]) -> list[StaffMember]:
    """Return whom of the staff words about an adult may mean, also those who have left.

    `pupils` are the children in the concern: 'his teacher' is one of theirs.
    """
    teachers = teachers_of(pupils)
    return [who for who in _whole_staff() if words_may_mean(words, who, teachers=teachers)]


def staff_written_of(texts: Sequence[str], *, known: Collection[int]) -> list[StaffMember]:
    """Return whom of the staff texts tell by name, also those who have left, but those known."""
    if not any(text.strip() for text in texts):
        return []
    staff = {who.pk: who for who in StaffMember.objects.all()}
    names = {pk: who.name for pk, who in staff.items()}
    return [staff[pk] for pk in policy.to_ask_about(texts, names, known=known)]


def known_to(concern: Concern, writer: StaffMember) -> frozenset[int]:
    """Return of whom on the staff nothing is asked when somebody adds words: their part was said.

    Who only logged it is asked about all but those they named themselves: what others said since is
    not theirs to learn by a question that does not come.
    """
    named = concern.involved.exclude(staff=None)
    if not Concern.objects.filter(pk=concern.pk).visible_to(writer.viewer()).exists():
        named = named.filter(added_by=writer)
    return frozenset({writer.pk, *named.values_list("staff", flat=True)})


def is_about_adult(categories: Collection[int]) -> bool:
    """Tell whether one of these categories is about an adult at school."""
    return bool(categories) and (
        Category.objects.filter(pk__in=categories, is_about_adult=True).exists()
    )


def children_in(concern: Concern) -> frozenset[int]:
    """Return the children on roll in a concern."""
    rows = concern.involved.exclude(pupil=None)
    return frozenset(rows.values_list("pupil", flat=True))


def unsettled(concern: Concern) -> frozenset[int]:
    """Return the adults in words in a concern who may be somebody on the staff."""
    rows = list(concern.involved.unsettled())
    meant = _meant(rows, _staff_in_words(rows))
    return frozenset(pk for pk, people in meant.items() if people)


def facts_of_all(
    concerns: Sequence[Concern], people: Sequence[policy.Colleague], *, now: datetime
) -> dict[int, policy.Facts]:
    """Return each concern as the rules see it now, in a constant number of queries."""
    ids = [concern.pk for concern in concerns]
    parties = parties_of(ids, now=now)
    shared, opened, set_aside = _tied(ids, now)
    everybody = with_others(people, frozenset().union(*shared.values()), now)
    return {
        concern.pk: concern.facts(
            excluded=frozenset(policy.conflicts(everybody, parties[concern.pk]))
            | set_aside[concern.pk],
            parties=parties[concern.pk],
            shared_with=frozenset(shared[concern.pk]),
            opened_by=frozenset(opened[concern.pk]),
        )
        for concern in concerns
    }


def _tied(concern_ids: Sequence[int], now: datetime) -> list[dict[int, set[int]]]:
    """Return of each concern with whom it is shared now, who has it open in an emergency, who is set aside."""
    kinds = (Share.objects.running(now), Opening.objects.running(now), Exclusion.objects.standing())
    ties = [
        rows.filter(concern__in=concern_ids)
        .order_by()
        .annotate(kind_of_tie=Value(number))
        .values_list("kind_of_tie", "concern_id", "staff_id")
        for number, rows in enumerate(kinds)
    ]
    found: list[dict[int, set[int]]] = [defaultdict(set) for _ in kinds]
    for number, concern_id, staff_id in ties[0].union(*ties[1:], all=True):
        found[number][concern_id].add(staff_id)
    return found


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
    before = Exclusion.objects.standing().filter(concern=concern, since__lt=until)
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
    met = Involved.objects.filter(staff__in=ids, part__in=ACCUSED)
    aside = Exclusion.objects.filter(staff__in=ids)
    # By number: asked for as three things at once, the database would walk through all closed ones.
    theirs = {row for rows in (met, aside) for row in rows.values_list("concern", flat=True)}
    closed = Concern.objects.filter(
        Q(desk__in=unread) | Q(pk__in=theirs), status=policy.Status.CLOSED
    )
    rows = [*Concern.objects.open().order_by("pk"), *closed.order_by("pk")]
    facts = facts_of_all(rows, people, now=now)
    return [pk for pk, seen in facts.items() if policy.is_astray(seen, people)]
