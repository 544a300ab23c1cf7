"""Destroying members of staff who left, with their accounts: for the sweep, once two people have agreed."""

from collections import Counter
from collections.abc import Collection, Mapping

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError

from audit import services as audit
from audit.services import Row
from school import keeping, selectors
from school.keeping import Former
from school.models import Disposal, Revision, StaffMember, SupplyStay
from school.services.leaving import NAMED, Kept
from school.services.revisions import forget
from school.services.system import System
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


def lock_leavers(ids: Collection[int], row: Disposal, *, named: Kept) -> set[int]:
    """Lock these members of staff and their accounts, and return who of them goes as things stand now.

    Whoever opens an account again, gives a role or writes one down somewhere waits, and finds them gone;
    or was first, and they stay.
    """
    people = StaffMember.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    accounts = dict(people.values_list("pk", "user_id"))
    users = get_user_model()._default_manager.select_for_update()
    list(users.filter(pk__in=accounts.values()).order_by("pk").values_list("pk"))
    left, kept = selectors.staff_left(accounts.keys()), named(list(accounts))
    today, years = clock.today(), selectors.spans().keep_years
    return {
        pk
        for pk in accounts
        if keeping.former_goes(
            Former(left_on=left.get(pk), is_held=False, is_named=pk in kept),
            year_ends_on=row.year_ends_on,
            years=years,
            today=today,
        )
    }


@audit.atomic()
def remove_staff(
    ids: Collection[int], row: Disposal, *, by: System, names: Collection[str]
) -> dict[str, int]:
    """Remove members of staff with their roles, days, stays and accounts, and what all of these ever said.

    `names` are those under which the audit knows what goes. The account of an intranet is the intranet's:
    only the second factor goes. The caller holds the locks. Raises NotAllowed when a row that is kept still
    points at one of them.
    """
    people = StaffMember.objects.filter(pk__in=ids)
    users = list(people.values_list("user_id", flat=True))
    gone = Counter({Revision._meta.label: forget(names)})
    gone.update(SupplyStay.objects.filter(staff__in=ids).delete()[1])
    try:
        gone.update(people.delete()[1])
    except ProtectedError as fault:
        raise NotAllowed(NAMED) from fault
    gone.update(Authenticator.objects.filter(user__in=users).delete()[1])
    if settings.OWN_SIGN_IN:
        gone.update(get_user_model()._default_manager.filter(pk__in=users).delete()[1])
    audit.record_many(
        at=clock.now(),
        rows=[
            Row(
                actor=by.actor,
                verb="staffmember.destroy",
                object=f"school.staffmember:{pk}",
                detail={"disposal": row.reference},
            )
            for pk in sorted(ids)
        ],
    )
    return _counted(gone)


def _counted(gone: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows of each kind went, for the certificate: without tables between two others."""
    return {
        label.lower(): count
        for label, count in gone.items()
        if count and not apps.get_model(label)._meta.auto_created
    }
