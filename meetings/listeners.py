"""The one piece of news that this room listens to: a family's answer changed."""

from datetime import datetime
from typing import Any

from consent import events
from consent.models import Question
from meetings import services


def connect() -> None:
    """Start listening; Django calls it once, when the app is ready."""
    events.answer_coming.connect(lock_meeting, dispatch_uid="meetings.lock_meeting")
    events.answer_changed.connect(look_again, dispatch_uid="meetings.look_again")


def lock_meeting(question_ids: list[int], **_: Any) -> bool:
    """Lock the meetings first, so that no two changes wait for each other; tell whether all are."""
    return services.on_answer_coming(question_ids)


def look_again(
    question: Question, pupil_ids: list[int], now: datetime, is_astray: bool = False, **_: Any
) -> None:
    """Ask for the verdict again, in the transaction of the answer."""
    services.on_answers_changed(question, pupil_ids=pupil_ids, now=now, is_astray=is_astray)
