"""Reads about people: who may be written to, where, and who counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from school import policy
from school.models import Guardianship, Pupil, School, StaffMember, away
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.prepared import Prepared

# Asked for every letter.
LINKS = Prepared(
    lambda pupil_ids: (
        Guardianship.objects.filter(pupil__in=pupil_ids)
        .select_related("guardian", "pupil")
        .order_by("pk")
    )
)
SCHOOL = Prepared(lambda: School.objects.filter(pk=1))
FRONT = Prepared(lambda: School.objects.filter(pk=1).only("name", "office_telephone"))


@dataclass(frozen=True, kw_only=True)
class Front:
    """What stands on every family's page: the school's name, and whom to call."""

    name: str
    office_telephone: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where a guardian may be written to now, which way, and about which pupils."""

    address: str
    language: str
    pupil_ids: tuple[int, ...]
    refused: str = ""
    way: policy.Way = policy.Way.EMAIL


def contact_for(
    guardian_id: int, pupil_ids: Sequence[int], now: datetime, *, texts: bool = True
) -> Contact:
    """Return the address of a guardian and the pupils about whom they may be written to now.

    Asked at the moment of sending. When nobody is left, `refused` says why (E30, E31, E41, E48, E53).
    Without `texts` a message of this kind never goes as a text message.
    """
    today = clock.local(now).date()
    links = _links(pupil_ids)
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
    if not allowed:
        return Contact(
            address="", language=guardian.language, pupil_ids=(), refused=refusals[0].value
        )
    is_text = way is policy.Way.SMS
    return Contact(
        address=policy.mobile(guardian.telephone) if is_text else guardian.email,
        language=guardian.language,
        pupil_ids=tuple(allowed),
        way=way,
    )


def way_to(link: policy.Link, *, texts: bool = True) -> policy.Way:
    """Return how a guardian is written to, as this school can."""
    return policy.way_of(
        link,
        texts=texts and bool(settings.SMS_PROVIDER),
        after_bounce=settings.SMS_AFTER_BOUNCE,
    )


def guardians_who_count(
    pupil_ids: Iterable[int], *, on: date
) -> dict[int, list[tuple[Guardianship, policy.Refusal | None]]]:
    """Return for each pupil the guardians whose answer counts, each with why they can't be written to.

    A blocked guardian is left out altogether: neither asked nor counted (E30). So is everybody once
    the pupil is 18 (E41).
    """
    rows = _links(list(pupil_ids))
    by_pupil: dict[int, list[Guardianship]] = defaultdict(list)
    for row in rows:
        by_pupil[row.pupil_id].append(row)
    counted: dict[int, list[tuple[Guardianship, policy.Refusal | None]]] = {}
    for pupil_id, pupil_rows in by_pupil.items():
        counted[pupil_id] = []
        for row in pupil_rows:
            facts = row.facts()
            if not row.counts_for_consent or facts.is_blocked(on=on):
                continue
            others = [other.facts() for other in pupil_rows if other.pk != row.pk]
            refusal = policy.contact_refusal(facts, others, on=on, way=way_to(facts))
            if refusal is not policy.Refusal.ADULT:
                counted[pupil_id].append((row, refusal))
    return counted


def _links(pupil_ids: Sequence[int]) -> list[Guardianship]:
    """Return every tie of these pupils in one query, with both its ends."""
    return LINKS.rows(list(pupil_ids))


def staff_address(staff_id: int) -> str:
    """Return where a member of staff is written to; empty once their account is closed."""
    staff = StaffMember.objects.working().filter(pk=staff_id).select_related("user").first()
    return staff.email if staff else ""


def pupil_address(pupil_id: int, now: datetime) -> str:
    """Return where an adult pupil is written to; empty for a child, a leaver or a suspended contact."""
    pupil = Pupil.objects.filter(pk=pupil_id, is_contact_suspended=False).first()
    today = clock.local(now).date()
    if pupil is None or policy.has_left(pupil.left_on, on=today):
        return ""
    return pupil.email if policy.is_adult(pupil.born_on, on=today) else ""


def holders(*roles: Role, on: date) -> list[StaffMember]:
    """Return the working people who hold one of these roles on a day, in a steady order."""
    return list(
        StaffMember.objects.working().holding(*roles, on=on).select_related("user").order_by("pk")
    )


def on_duty(at: datetime) -> list[StaffMember]:
    """Return who of the safeguarding team is on duty at an instant and not away."""
    local = clock.local(at)
    staff = list(
        StaffMember.objects.working()
        .filter(
            duty_slots__weekday=local.weekday(),
            duty_slots__starts_at__lte=local.time(),
            duty_slots__ends_at__gt=local.time(),
        )
        .select_related("user")
        .distinct()
        .order_by("pk")
    )
    absent = away([person.pk for person in staff], at)
    return [person for person in staff if person.pk not in absent]


def school() -> School:
    """Return the one school; raises School.DoesNotExist before the installation is set up."""
    found = SCHOOL.rows()
    if not found:
        raise School.DoesNotExist("The school is not set up yet.")
    return found[0]


def front() -> Front | None:
    """Return the front of the school as families see it; None before the installation is set up."""
    for found in FRONT.rows():
        return Front(name=found.name, office_telephone=found.office_telephone)
    return None
