"""Sign-ins that were refused, in the audit: whose account, how often, and nothing that was typed.

Whoever tries a thousand passwords must not fill the chain, which is never shortened. So within five
minutes the first, the tenth, the hundredth and so on are written down, each with the number of tries; and of
all accounts together no more than forty lines, beyond which tries are counted as one (ASVS 16.3.1).
"""

from enum import StrEnum

from django.core.cache import cache

from audit import services as audit
from school.models import StaffMember
from schoolsafe.lib import clock

WINDOW = 300
MOST_LINES = 40
ACTOR = "system:sign_in"
# Of an address that is nobody's, and where there are too many accounts to tell apart.
NOBODY = "school.staffmember"


class Why(StrEnum):
    """What was wrong."""

    PASSWORD = "password"  # noqa: S105 - no password
    CODE = "code"
    TOO_MANY = "too_many_tries"


def note_address(address: str, why: Why) -> None:
    """Note a refused try at the account of an address, known or not: both cost the same."""
    found = StaffMember.objects.filter(user__email__iexact=address).values_list("pk", flat=True)
    _note(found.first(), why)


def note_person(user_id: int, why: Why) -> None:
    """Note a refused second factor of somebody who had the password."""
    _note(StaffMember.objects.filter(user=user_id).values_list("pk", flat=True).first(), why)


def _note(staff_id: int | None, why: Why) -> None:
    """Count a try, and write it down when its number is one that is told."""
    whose = f"{NOBODY}:{staff_id}" if staff_id else NOBODY
    times = _count(f"{why}:{whose}")
    if not _is_told(times):
        return
    if _count("lines") > MOST_LINES:
        whose, times = NOBODY, _count(f"{why}:beyond")
        if not _is_told(times):
            return
    with audit.atomic():
        audit.record(
            at=clock.now(),
            actor=ACTOR,
            verb="account.sign_in_failed",
            object=whose,
            why=why.value,
            times=times,
        )


def _count(name: str) -> int:
    """Count one more within these five minutes, for all processes."""
    key = f"refused:{int(clock.now().timestamp()) // WINDOW}:{name}"
    if cache.add(key, 1, timeout=WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        # It ended between the two.
        return 1


def _is_told(times: int) -> bool:
    """Tell whether a number is one, ten, a hundred and so on."""
    return str(times).rstrip("0") == "1"
