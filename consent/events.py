"""The one news that travels upward: somebody's answer changed what a pupil may do."""

from django.dispatch import Signal

# Sent with `question_ids` and `now` inside the transaction, before this room takes any lock: a
# listener that will change its own rows on the news takes their locks here, so that everybody locks
# in the same order, the things asked about first. It returns True where each question is locked by that:
# then nobody else is answering any of them.
answer_coming = Signal()

# Sent with `question`, `pupil_ids` and `now` inside the transaction, before the audit is written; with
# `is_astray` where what was mailed to somebody about these pupils turned out to be in the wrong hands.
answer_changed = Signal()
