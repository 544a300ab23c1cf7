"""Sign-ins that were refused, in the audit: whose account, how often, and nothing that was typed.

Whoever tries a thousand passwords must not fill the chain, which is never shortened. So within five
minutes the first, the tenth, the hundredth and so on are written down, each with the number of tries; and of
all accounts together no more than forty lines, beyond which tries are counted as one (ASVS 16.3.1).

Tries at an account are counted by the day as well: its person is told of many (`schoolsafe.tried`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache

from audit import services as audit
from school.models import StaffMember
from schoolsafe.lib import clock

WINDOW = 300
# Longer than a day, so that a sweep just after midnight still finds the whole of it.
DAY = 25 * 60 * 60
MOST_LINES = 40
ACTOR = "system:sign_in"
PASSWORDS, CODES = "passwords", "codes"
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
    staff_id = found.first()
    _add_one(_of_day(PASSWORDS, staff_id or 0), timeout=DAY)
    _note(staff_id, why)


def note_person(user_id: int, why: Why) -> None:
    """Note a refused second factor of somebody who had the password."""
    staff_id = StaffMember.objects.filter(user=user_id).values_list("pk", flat=True).first()
    _add_one(_of_day(CODES, staff_id or 0), timeout=DAY)
    _note(staff_id, why)


@dataclass(frozen=True, kw_only=True)
class Tries:
    """How often somebody was refused today at one account: before the password was right, and after it."""

    passwords: int = 0
    codes: int = 0


def tries_today(staff_ids: Iterable[int]) -> Mapping[int, Tries]:
    """Return the tries of today at the accounts of these people; who had none is not there. One query."""
    names = {_of_day(factor, pk): (pk, factor) for pk in staff_ids for factor in (PASSWORDS, CODES)}
    found: dict[int, dict[str, int]] = {}
    for name, times in cache.get_many(names).items():
        pk, factor = names[name]
        found.setdefault(pk, {})[factor] = times
    return {pk: Tries(**counted) for pk, counted in found.items()}


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
    return _add_one(f"refused:{int(clock.now().timestamp()) // WINDOW}:{name}", timeout=WINDOW)


def _of_day(factor: str, staff_id: int) -> str:
    """Return under which name the tries of today at an account are counted."""
    return f"tried:{clock.today().isoformat()}:{factor}:{staff_id}"


def _add_one(key: str, *, timeout: int) -> int:
    if cache.add(key, 1, timeout=timeout):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        # It ended between the two.
        return 1


def _is_told(times: int) -> bool:
    """Tell whether a number is one, ten, a hundred and so on."""
    return str(times).rstrip("0") == "1"
