"""The two writes of every letter that leaves: taken into the hand, and taken by the provider.

By hand, because each runs once a letter: the ORM takes longer to write them than the database to
do them.
"""

from datetime import datetime

from django.db import connection

from audit import services as audit
from notices.models import Delivery, Notice
from notices.policy import LEASE, Outcome, State
from schoolsafe.lib.encryption import encrypt

NOTICES, DELIVERIES = Notice._meta.db_table, Delivery._meta.db_table
# As long as the letter is in this sender's turn: nobody writes over a sender that took it over.
HELD = f"WHERE id = %s AND state = '{State.SENDING.value}' AND turn = %s"
INTO_HAND = f"""
UPDATE {NOTICES} SET handed_at = %s, leased_until = %s, letter = %s {HELD} AND unwanted = ''
"""  # noqa: S608 - our own names
SENT = f"""
UPDATE {NOTICES} SET state = '{State.SENT.value}', ended_at = %s, why = '', leased_until = NULL,
       handed_at = NULL {{erase}} {HELD}
"""  # noqa: S608 - our own names
KEEP, ERASE = SENT.format(erase=""), SENT.format(erase=", letter = ''")
ACCEPTED = f"""
INSERT INTO {DELIVERIES} (notice_id, at, turn, outcome, answer, sent_as, event)
VALUES (%s, %s, %s, '{Outcome.ACCEPTED.value}', %s, %s, '')
"""  # noqa: S608 - our own names


def take_into_hand(notice: Notice, letter: str, *, now: datetime) -> bool:
    """Keep the very letter that leaves now; tell whether it is still ours and still wanted."""
    adapted = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            INTO_HAND,
            [adapted(now), adapted(now + LEASE), encrypt(letter), notice.pk, notice.turn],
        )
        return bool(cursor.rowcount)


def note_sent(notice: Notice, words: str, *, sent_as: str, keep_text: bool, now: datetime) -> bool:
    """Write down that the provider took it; tell whether it was still ours."""
    at = connection.ops.adapt_datetimefield_value(now)
    with audit.atomic(), connection.cursor() as cursor:
        cursor.execute(KEEP if keep_text else ERASE, [at, notice.pk, notice.turn])
        held = bool(cursor.rowcount)
        if held:
            cursor.execute(ACCEPTED, [notice.pk, at, notice.turn, words, sent_as])
    return held
