"""A yes from an address that was changed lately: it counts once the address is settled (E34)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from audit import services as audit
from consent.models import Check, Request
from consent.policy import Weight
from consent.selectors.standing import put_to
from consent.selectors.unsettled import unsettled
from consent.selectors.voices import weigh
from consent.services.answering import announce, locked
from consent.services.locks import hold
from school.models import Guardian, Pupil, StaffMember
from school.selectors import unsettled_until
from school.services import System

STOOD = "The address had stood for 72 hours, and nobody objected."


def hold_waiting(
    person: Guardian | Pupil, *, also: Collection[int], now: datetime
) -> list[Request]:
    """Lock what somebody has said yes to from an address that is not settled: before their own row.

    `also` are other requests that are needed, locked in the same breath.
    """
    rows = Request.objects.filter(put_to(person), pk__in=unsettled().values("request"))
    rows = rows.filter(question__ends_at__gt=now).order_by("question_id", "pk")
    numbers = set(rows.values_list("question_id", flat=True))
    hold(numbers, now=now, also=also)
    # A yes to another call that came this moment is settled in its own time.
    held = rows.filter(question__in=numbers)
    return list(held.select_related("question", "pupil", "guardian"))


def settle(
    requests: Iterable[Request], *, by: StaffMember | System, note: str, now: datetime
) -> None:
    """Let each yes count that was given from the address as it is now, and announce the change.

    Part of a service that holds the locks of `hold_waiting`. What came from an address that another
    has replaced meanwhile counts for nothing, and stays so.
    """
    for request in requests:
        rows = unsettled().filter(request=request).select_related("wording", "standing")
        answers = [one for one in rows if weigh(request, one) is Weight.UNSETTLED]
        if not answers:
            continue
        Check.objects.bulk_create(
            Check(
                answer=one,
                is_accepted=True,
                checked_by=by if isinstance(by, StaffMember) else None,
                checked_at=now,
                note=note,
            )
            for one in answers
        )
        announce(request, now=now)
        audit.record(
            at=now,
            actor=by.actor,
            verb="consent.settle",
            object=f"consent.request:{request.pk}",
            answers=[one.pk for one in answers],
        )


@audit.atomic()
def settle_in_time(request_id: int, *, by: System, now: datetime) -> None:
    """Let a yes count once its address has stood long enough, or was confirmed meanwhile.

    Raises NotAllowed when the pupil has been taken out of the question.
    """
    request, _ = locked(Request.objects.get(pk=request_id), now=now)
    # Locked, so that nobody is just replacing the address.
    person: Any = request.guardian or request.pupil
    rows: Any = type(person)._default_manager
    held = rows.select_for_update(no_key=True).get(pk=person.pk)
    person.email_changed_at = held.email_changed_at
    if unsettled_until(held, now) is None:
        settle([request], by=by, note=STOOD, now=now)
