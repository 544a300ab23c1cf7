"""Members of staff who left: who goes with a school year, and destroying them in batches."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from audit import selectors as audited
from audit import services as audit
from concerns.selectors.drafted import drafted_staff
from concerns.selectors.retention import certified_by
from notices import services as notices
from school import keeping, selectors
from school import services as school
from school.keeping import Former
from school.models import Disposal, StaffMember
from school.services import SWEEP
from schoolsafe.keeping import naming
from schoolsafe.keeping.naming import Going
from schoolsafe.keeping.relations import GOES, GOES_WITH_ACCOUNT

BATCH = 25


def due(year_ends_on: date, *, going: Going, today: date) -> dict[int, date]:
    """Return who goes with a school year, and the day on which they left, once these calls and pupils have gone.

    At most: what names somebody without a foreign key is asked only where they are destroyed.
    """
    days = _left_by(year_ends_on)
    kept = naming.named(StaffMember, days.keys(), going=going)
    years = selectors.spans().keep_years
    return {
        pk: day
        for pk, day in days.items()
        if keeping.former_goes(
            Former(left_on=day, is_held=False, is_named=pk in kept),
            year_ends_on=year_ends_on,
            years=years,
            today=today,
        )
    }


def destroy_staff(row: Disposal) -> dict[str, int]:
    """Destroy the first batch of those who left of which anybody goes."""
    days = _left_by(row.year_ends_on)
    left = sorted(days.keys() - naming.named(StaffMember, days.keys()))
    for first in range(0, len(left), BATCH):
        gone = _staff(left[first : first + BATCH], row)
        if gone:
            return gone
    return {}


def _left_by(day: date) -> dict[int, date]:
    return {pk: left for pk, left in selectors.staff_left().items() if left <= day}


@audit.atomic()
def _staff(ids: Collection[int], row: Disposal) -> dict[str, int]:
    """Lock these members of staff, ask everything again, and destroy who still goes."""
    found = school.lock_leavers(ids, row, named=kept)
    if not found:
        return {}
    names = _names(found)
    gone = Counter(notices.forget(names.keys()))
    gone.update(school.remove_staff(found, row, by=SWEEP, names=names.keys()))
    return {label: count for label, count in gone.items() if count}


def kept(ids: Collection[int]) -> set[int]:
    """Return which of these members of staff something that is kept still names."""
    return (
        naming.named(StaffMember, ids)
        | naming.told_of(_names(ids))
        | drafted_staff(ids)
        | _whose_account_is_named(ids)
        | _who_did_something(ids)
    )


def _names(ids: Collection[int]) -> dict[str, int]:
    """Return under which names the audit and letters know these people, their accounts and what goes with them."""
    label = get_user_model()._meta.label_lower
    accounts = StaffMember.objects.filter(pk__in=ids).values_list("pk", "user_id")
    found = {f"{label}:{user}": pk for pk, user in accounts}
    return found | naming.names(StaffMember, ids, only=GOES)


def _whose_account_is_named(ids: Collection[int]) -> set[int]:
    """Return whose account something names that nobody here knows: an intranet keeps its accounts itself."""
    if not settings.OWN_SIGN_IN:
        return set()
    people = dict(StaffMember.objects.filter(pk__in=ids).values_list("user_id", "pk"))
    found = set()
    for relation in get_user_model()._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        if f"{relation.related_model._meta.label}.{relation.field.name}" in GOES_WITH_ACCOUNT:
            continue
        rows = relation.related_model._base_manager.filter(
            **{f"{relation.field.name}__in": people.keys()}
        )
        found |= {people[user] for user in rows.values_list(relation.field.attname, flat=True)}
    return found


def _who_did_something(ids: Collection[int]) -> set[int]:
    """Return who of them did something to what is still on record: the audit and certificates tell who by number.

    What colleagues did to one another's accounts keeps neither: they would keep each other for ever.
    """
    actors = {f"staff:{pk}": pk for pk in ids}
    did = audited.objects_by(actors.keys())
    names = {name for some in did.values() for name in some if not _is_of_staff(name)}
    there = naming.on_record(names)
    found = {actors[actor] for actor, some in did.items() if there & some}
    return found | {actors[actor] for actor in certified_by(actors.keys())}


def _is_of_staff(name: str) -> bool:
    label = name.partition(":")[0]
    return label in OF_STAFF or label == get_user_model()._meta.label_lower


# Tables of the accounts, roles and days of staff, as the audit names them.
OF_STAFF = frozenset(
    {
        "account.emailaddress",
        "mfa.authenticator",
        "school.absence",
        "school.cover",
        "school.dutyslot",
        "school.roleheld",
        "school.savedview",
        "school.staffmember",
        "school.supplystay",
        "school.unsent",
        "school.yearlead",
    }
)
