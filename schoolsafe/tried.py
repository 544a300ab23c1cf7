"""Many wrong passwords or codes at one account: its person is told, once a day at most (ASVS V6.3.5).

The sweep looks, and no request: whoever tries would see by the time it takes that an address is somebody's.
"""

from collections.abc import Iterable
from datetime import date, datetime

from audit import services as audit
from notices import services as notices
from notices.kinds import (
    Draft,
    Kind,
    Letter,
    Unwanted,
    Urgency,
    Watch,
    register,
    register_watch,
    render,
)
from notices.models import Notice
from school.models import School, StaffMember
from school.selectors import Contact
from schoolsafe.lib import clock
from schoolsafe.refused import Tries, tries_today

TEMPLATE = "account/mail/tried"
# So many wrong passwords in a day nobody types who has forgotten theirs: there is a letter for a new one.
MANY_PASSWORDS = 10
# Whoever gets so far has the password.
MANY_CODES = 5


def _is_many(tries: Tries) -> bool:
    return tries.passwords >= MANY_PASSWORDS or tries.codes >= MANY_CODES


def _turned(now: datetime) -> Iterable[int]:
    """Name the people at whose accounts somebody has tried often today, and who were not told."""
    people = StaffMember.objects.working().values_list("pk", flat=True)
    many = [pk for pk, tries in tries_today(people).items() if _is_many(tries)]
    keys = {_key(pk, clock.local(now).date()): pk for pk in many}
    told = Notice.objects.filter(key__in=keys).values_list("key", flat=True) if keys else ()
    return sorted(set(many) - {keys[key] for key in told})


@audit.atomic()
def _tell(pk: int, now: datetime) -> None:
    """Queue the letter of today; a second one of the same day is none."""
    tries = tries_today([pk]).get(pk, Tries())
    if not _is_many(tries):
        return
    draft = Draft(
        kind="account_tried",
        key=_key(pk, clock.local(now).date()),
        due_at=now,
        about=f"school.staffmember:{pk}",
        staff_id=pk,
        detail={"passwords": tries.passwords, "codes": tries.codes},
    )
    notices.queue([draft], now=now)


def _key(pk: int, day: date) -> str:
    return f"account_tried:{day.isoformat()}:{pk}"


def _letter(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say how often, and what to do: more where the password was right."""
    person = StaffMember.objects.get(pk=notice.staff_id or 0)
    context: dict[str, object] = {
        "school": School.objects.current(),
        "name": person.name,
        "passwords": notice.detail["passwords"],
        "codes": notice.detail["codes"],
        "has_password": int(str(notice.detail["codes"])) >= MANY_CODES,
    }
    return render(TEMPLATE, context)


register(
    Kind(
        name="account_tried",
        urgency=Urgency.TODAY,
        template=TEMPLATE,
        compose=_letter,
        label="Many wrong passwords at an account",
    )
)
register_watch(Watch(name="tried", turned=_turned, see_to=_tell))
