"""Who may be written to, where, and who counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet, Subquery

from school import policy
from school.models import (
    Guardian,
    Guardianship,
    Pupil,
    School,
    StaffMember,
)
from school.pace import Pace, Spans
from school.roles import Role
from schoolsafe.lib import clock, languages
from schoolsafe.lib.prepared import Prepared

Row = TypeVar("Row", bound=Model)

# Asked for every letter.
LINKS = Prepared(
    lambda pupil_ids: (
        Guardianship.objects.filter(pupil__in=pupil_ids)
        .select_related("guardian", "pupil")
        .order_by("pk")
    )
)
SCHOOL = Prepared(lambda: School.objects.filter(pk=1))
# What a family's page reads of the school, and no more.
FRONT = ("name", "office_telephone", "approved_catalogues", "chosen")


@dataclass(frozen=True, kw_only=True)
class Front:
    """What stands on every family's page: the school's name, whom to call, and what it has chosen itself."""

    name: str
    office_telephone: str
    approved_catalogues: tuple[tuple[str, str], ...] = ()
    families_words: str = ""
    colour: str = ""
    logo: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where a guardian may be written to now, which way, and about which pupils.

    Until `unsettled_until` no way into a call goes there: the address was changed lately (E34).
    """

    address: str
    language: str
    pupil_ids: tuple[int, ...]
    refused: str = ""
    unsettled_until: datetime | None = None
    way: policy.Way = policy.Way.EMAIL


def contact_for(
    guardian_id: int, pupil_ids: Sequence[int], now: datetime, *, texts: bool = True
) -> Contact:
    """Return the address of a guardian and the pupils about whom they may be written to now.

    Asked at the moment of sending. When nobody is left, `refused` says why (E30, E31, E41, E48, E53).
    Without `texts` a message of this kind never goes as a text message.
    """
    today = clock.local(now).date()
    links = links_of(pupil_ids)
    own = [link for link in links if link.guardian_id == guardian_id]
    if not own:
        return Contact(address="", language="en", pupil_ids=(), refused="no longer a guardian")
    way = way_to(own[0].facts(), texts=texts)
    allowed: list[int] = []
    refusals: list[policy.Refusal] = []
    for row in own:
        others = [x.facts() for x in links if x.pupil_id == row.pupil_id and x.pk != row.pk]
        refusal = policy.contact_refusal(row.facts(), others, on=today, way=way)
        if refusal is None:
            allowed.append(row.pupil_id)
        else:
            refusals.append(refusal)
    guardian = own[0].guardian
    language = languages.nearest(guardian.language)
    if not allowed:
        return Contact(address="", language=language, pupil_ids=(), refused=refusals[0].value)
    return Contact(
        address=policy.mobile(guardian.telephone) if way is policy.Way.SMS else guardian.email,
        language=language,
        pupil_ids=tuple(allowed),
        unsettled_until=unsettled_until(guardian, now),
        way=way,
    )


def unsettled_until(person: Guardian | Pupil, now: datetime) -> datetime | None:
    """Return until when no way into a call goes to somebody's address, if it may not now (E34)."""
    return policy.unsettled_until(person.email_changed_at, person.email_confirmed_at, now=now)


def may_be_told_at(guardian_id: int, address: str, now: datetime) -> bool:
    """Tell whether a guardian may be written to at an address that was theirs until now (E34).

    What forbids contact about any of their pupils forbids this, and so does a blocked person who
    shares that mailbox (E30, E31).
    """
    today = clock.local(now).date()
    pupil_ids = Guardianship.objects.filter(guardian=guardian_id).values_list("pupil", flat=True)
    links = links_of(list(pupil_ids))
    own = [
        replace(row.facts(), address=address, is_closed=False)
        for row in links
        if row.guardian_id == guardian_id
    ]
    refusals = {
        policy.contact_refusal(
            link,
            [
                x.facts()
                for x in links
                if x.pupil_id == link.pupil_id and x.guardian_id != guardian_id
            ],
            on=today,
        )
        for link in own
    }
    forbidding = {
        policy.Refusal.BLOCKED,
        policy.Refusal.SHARES_BLOCKED_ADDRESS,
        policy.Refusal.SUSPENDED,
    }
    return None in refusals and refusals.isdisjoint(forbidding)


def way_to(link: policy.Link, *, texts: bool = True) -> policy.Way:
    """Return how a guardian is written to, as this school can."""
    return policy.way_of(
        link,
        texts=texts and bool(settings.SMS_PROVIDER),
        after_bounce=settings.SMS_AFTER_BOUNCE,
    )


def reached_at(guardian: Guardian) -> str:
    """Return the address or telephone at which a guardian is written to, as this school can."""
    link = policy.Link(
        guardian_id=guardian.pk,
        pupil_id=0,
        address=guardian.email,
        telephone=guardian.telephone,
        is_closed=guardian.email_closed_at is not None,
    )
    is_text = way_to(link) is policy.Way.SMS
    return policy.mobile(guardian.telephone) if is_text else guardian.email


def guardians_who_count(
    pupil_ids: Iterable[int], *, on: date
) -> dict[int, list[tuple[Guardianship, policy.Refusal | None]]]:
    """Return for each pupil the guardians whose answer counts, each with why they can't be written to.

    `school.policy.counts` says who does: the others are left out altogether, neither asked nor heard.
    """
    rows = links_of(list(pupil_ids))
    by_pupil: dict[int, list[Guardianship]] = defaultdict(list)
    for row in rows:
        by_pupil[row.pupil_id].append(row)
    counted: dict[int, list[tuple[Guardianship, policy.Refusal | None]]] = {}
    for pupil_id, pupil_rows in by_pupil.items():
        counted[pupil_id] = []
        links = {row.pk: row.facts() for row in pupil_rows}
        for row in pupil_rows:
            facts = links[row.pk]
            if not policy.counts(facts, on=on):
                continue
            others = [links[other.pk] for other in pupil_rows if other.pk != row.pk]
            refusal = policy.contact_refusal(facts, others, on=on, way=way_to(facts))
            counted[pupil_id].append((row, refusal))
    return counted


@dataclass(frozen=True, kw_only=True)
class Tie:
    """One guardian of a pupil, as the page of who is asked shows them."""

    tie: Guardianship
    is_blocked: bool
    is_asked: bool
    refused: str


def ties_of(pupil_id: int, on: date) -> list[Tie]:
    """Return all guardians of a pupil: who is asked, and why somebody cannot be written to."""
    rows = links_of([pupil_id])
    facts = {row.pk: row.facts() for row in rows}
    found = []
    for row in rows:
        link, others = facts[row.pk], [facts[x.pk] for x in rows if x.pk != row.pk]
        refusal = policy.contact_refusal(link, others, on=on, way=way_to(link))
        found.append(
            Tie(
                tie=row,
                is_blocked=link.is_blocked(on=on),
                is_asked=policy.counts(link, on=on),
                refused=refusal.value if refusal else "",
            )
        )
    return found


def choice_of(pupil: Pupil, ties: Iterable[Guardianship]) -> policy.Choice:
    """Return whose yes is enough for a pupil, and who of these counts and is named."""
    rows = list(ties)
    return policy.Choice(
        mode=pupil.consent_mode,
        counting=frozenset(row.pk for row in rows if row.counts_for_consent),
        named=next((row.pk for row in rows if row.is_named_for_consent), None),
    )


def reach_of(person: Guardian | Pupil) -> policy.Reach:
    """Return where and in which language somebody is written to; of a pupil there is no language."""
    language = person.language if isinstance(person, Guardian) else languages.ENGLISH
    return policy.Reach(email=person.email, language=language)


def links_of(pupil_ids: Sequence[int]) -> list[Guardianship]:
    """Return every tie of these pupils in one query, with both its ends."""
    return LINKS.rows(list(pupil_ids))


def staff_address(staff_id: int) -> str:
    """Return where a member of staff is written to; empty once their account is closed."""
    staff = StaffMember.objects.working().filter(pk=staff_id).select_related("user").first()
    return staff.email if staff else ""


def holders(*roles: Role, on: date) -> list[StaffMember]:
    """Return the working people who hold one of these roles on a day, in a steady order."""
    return list(
        StaffMember.objects.working().holding(*roles, on=on).select_related("user").order_by("pk")
    )


def year_leads(pupil_id: int) -> list[StaffMember]:
    """Return who leads the year of a pupil, in a steady order."""
    years = Pupil.objects.filter(pk=pupil_id).values("year_group")
    leads = StaffMember.objects.working().filter(years_led__year_group__in=years)
    return list(leads.select_related("user").order_by("pk"))


def school() -> School:
    """Return the one school; raises School.DoesNotExist before the installation is set up."""
    found = SCHOOL.rows()
    if not found:
        raise School.DoesNotExist("The school is not set up yet.")
    return found[0]


def pace() -> Pace:
    """Return how long the school lets things wait; as is suggested before it is set up."""
    for found in SCHOOL.rows():
        return found.pace
    return Pace()


def spans() -> Spans:
    """Return for how many years the school keeps things; as is suggested before it is set up."""
    for found in SCHOOL.rows():
        return found.spans
    return Spans()


def colour() -> str:
    """Return the school's own colour; nothing where it has the usual one."""
    for found in SCHOOL.rows():
        return found.colour
    return ""


def front() -> Front | None:
    """Return the front of the school as families see it; None before the installation is set up."""
    for found in SCHOOL.rows():
        return Front(
            name=found.name,
            office_telephone=found.office_telephone,
            approved_catalogues=tuple(sorted(found.approved_catalogues.items())),
            families_words=found.families_words,
            colour=found.colour,
            logo=found.logo,
        )
    return None


def with_front(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Read the front of the school along with other rows; `front_of` takes it from one of them."""
    the_school = School.objects.filter(pk=1)
    columns: Any = {f"front_{name}": Subquery(the_school.values(name)) for name in FRONT}
    along: QuerySet[Row] = rows.annotate(**columns)
    return along


def front_of(row: Any) -> Front | None:
    """Return the front that was read along with a row; None before the installation is set up."""
    if row.front_name is None:
        return None
    chosen = School(chosen=row.front_chosen)
    return Front(
        name=row.front_name,
        office_telephone=row.front_office_telephone,
        approved_catalogues=tuple(sorted(row.front_approved_catalogues.items())),
        families_words=chosen.families_words,
        colour=chosen.colour,
        logo=chosen.logo,
    )


def is_approved(school: Front | School | None, language: str) -> bool:
    """Tell whether a speaker has approved what stands in a language's catalogue now."""
    if language == languages.ENGLISH:
        return True
    approved = dict(school.approved_catalogues) if school else {}
    return approved.get(language) == languages.digest(language)


def written_in(language: str, school: Front | School | None) -> str:
    """Tell staff in which language a family is written to, and whether anybody has read it over."""
    language = languages.nearest(language)
    if language == languages.ENGLISH:
        return ""
    words = f"Written in {languages.BY_CODE[language].english}"
    if is_approved(school, language):
        return f"{words}."
    return f"{words}; no speaker has approved this translation yet."
