"""What stands in a family's calendar: what the last file that left for a person made of an entry (E40)."""

from collections.abc import Collection

from django.db.models import Min

from meetings.entry import Told, told_in, uid_of
from meetings.models import Place, Share
from notices.models import Notice
from notices.selectors import files_sent

# Every letter that may bring an entry, put it right, or take it out.
CARRIERS = (
    "meeting_join_link",
    "meeting_called_off",
    "meeting_entry_gone",
    "consent_changed",
    "consent_receipt",
    "consent_undone",
    "consent_standing",
)


def uid_for(place: Place, notice: Notice) -> str:
    """Return the name of the entry that the person of a letter has for a child."""
    return uid_of(place.meeting.calendar_id, "place", place.pk, notice.guardian_id or 0)


def told(places: Collection[Place], notice: Notice) -> dict[int, Told]:
    """Return what the person of a letter was last told for each child, whose entry ever left.

    What is in the outbox has told nobody: a letter that was dropped, or came back, brought no entry.
    """
    first = Share.objects.filter(
        channel=Share.EMAIL,
        guardian=notice.guardian_id,
        meeting__in={place.meeting_id for place in places},
    ).aggregate(at=Min("shared_at"))["at"]
    if first is None:
        return {}
    last: dict[str, Told] = {}
    for file in files_sent(notice, kinds=CARRIERS, since=first):
        uid, now = told_in(file.content)
        if uid not in last or now.number >= last[uid].number:
            last[uid] = now
    uids = {place.pk: uid_for(place, notice) for place in places}
    return {pk: last[uid] for pk, uid in uids.items() if uid in last}
