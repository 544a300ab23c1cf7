"""What is looked after once a minute: letters that came back, and the news of text messages."""

from datetime import datetime

from django.conf import settings
from django.db.models import F, Q

from audit import services as audit
from notices import kinds
from notices.models import Notice
from notices.policy import MISSED, Channel, State
from notices.services import news
from notices.services.guard import Fault, guarded
from notices.services.outbox import revive

MOST_AT_ONCE = 200


def mend(*, now: datetime) -> int:
    """Send what was missed to those whose address was corrected, and see to text messages.

    Return how many messages are due again.
    """
    found = guarded(lambda: send_missed(now=now), doing="sending what was missed")
    guarded(lambda: news.fetch(now=now), doing="fetching news of text messages")
    if not settings.SMS_PROVIDER:
        _send_texts_as_mail()
    return 0 if isinstance(found, Fault) else found


@audit.atomic()
def _send_texts_as_mail() -> None:
    """Let what was put down for text messages before they were switched off go as e-mail."""
    texts = Notice.objects.filter(state=State.DUE.value, channel=Channel.SMS.value)
    texts.in_order(but_locked=True).update(channel=Channel.EMAIL.value)


@audit.atomic()
def send_missed(*, now: datetime) -> int:
    """Send the messages that came back to those whose address has been corrected since (E46).

    The newest of each kind about a thing: what it replaced is told in it. Whether it is still
    wanted is asked when it leaves.
    """
    corrected = Q(guardian__email_changed_at__gt=F("ended_at")) & ~Q(guardian__email="")
    corrected |= Q(pupil__email_changed_at__gt=F("ended_at")) & ~Q(pupil__email="")
    rows = (
        Notice.objects.filter(
            corrected,
            state__in=[State.FAILED.value, State.DROPPED.value],
            fate__in=[fate.value for fate in MISSED],
            guardian__email_closed_at=None,
            pupil__email_closed_at=None,
        )
        .defer("letter")
        .order_by("-pk")
    )
    came_back = list(rows[:MOST_AT_ONCE])
    kinds.hold_for(came_back)
    held = rows.filter(pk__in=[row.pk for row in came_back]).select_for_update(of=("self",))
    newest: dict[tuple[str, str, int | None, int | None], Notice] = {}
    older: list[int] = []
    for row in reversed(held.order_by("pk")):
        what = (row.kind, row.about, row.guardian_id, row.pupil_id)
        if newest.setdefault(what, row) is not row:
            older.append(row.pk)
    revive(list(newest.values()), now=now)
    Notice.objects.filter(pk__in=older).update(fate="")
    return len(newest)
