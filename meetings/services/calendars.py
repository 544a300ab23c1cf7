"""Taking a call out of the calendar of a family that may not join it any more (E40)."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from consent import selectors as consent
from meetings.models import Meeting, Share
from notices import services as notices
from notices.kinds import Draft

# By then the letter about the answer itself has left and taken the entry out, or the slip is mended.
LEAVES_AFTER = timedelta(minutes=10)


def take_out(meeting: Meeting, pupil_ids: Collection[int], *, now: datetime) -> None:
    """Queue a letter to each person with an e-mailed link whose own yes is gone, or whose child is.

    It is dropped as it is to leave where no entry ever reached them, another letter has taken it out,
    or they have said yes again.
    """
    shares = meeting.shares.filter(channel=Share.EMAIL, pupil__in=list(pupil_ids))
    had = sorted(
        set(shares.values_list("guardian_id", "pupil_id")), key=lambda pair: (pair[0] or 0, pair[1])
    )
    if not had:
        return
    question_id = meeting.question_id or 0
    yes = consent.relying([question_id], now)
    lost: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for guardian_id, pupil_id in had:
        if (question_id, guardian_id, pupil_id) not in yes:
            lost[guardian_id, None if guardian_id else pupil_id].append(pupil_id)
    notices.queue(
        [
            Draft(
                kind="meeting_entry_gone",
                key=f"meeting_entry_gone:{meeting.pk}:{_who(*person)}:{now.timestamp():.6f}",
                due_at=now + LEAVES_AFTER,
                about=meeting.about,
                guardian_id=person[0],
                pupil_ids=tuple(pupils) if person[0] else (),
                pupil_id=person[1],
                needed_by=meeting.starts_at,
            )
            for person, pupils in lost.items()
        ],
        now=now,
    )


def _who(guardian_id: int | None, pupil_id: int | None) -> str:
    return f"g{guardian_id}" if guardian_id else f"p{pupil_id}"
