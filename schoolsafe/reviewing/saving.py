"""What the reader of the audit shows, as a file with its proof."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from audit import exporting, saved, selectors, verification
from audit.models import Alarm, Entry
from audit.saved import Form, Told
from audit.searching import Asked, found
from school.models import StaffMember
from school.roles import Viewer
from schoolsafe.lib import clock
from schoolsafe.reviewing import reading

# Put into words in pieces of this size, each with one query for each kind of record in it.
PIECE = 1_000


def made(
    by: StaffMember, viewer: Viewer, asked: Asked, form: Form, asked_for: Mapping[str, str]
) -> bytes | None:
    """Return the file, after it is written down that it was taken; nothing when they are too many."""
    now = clock.now()
    entries = list(found(viewer, asked)[: exporting.MOST + 1])
    if len(entries) > exporting.MOST:
        return None
    file = secrets.token_hex(16)
    body = saved.body(form, _told(viewer, entries), file=file)
    digest = saved.digest(sha256(body).hexdigest(), file=file)
    proof = {
        "file": file,
        "count": len(entries),
        "digest": digest,
        "saved_at": saved.moment(now),
        "saved_by": by.name,
        "person": by.actor,
        "filters": dict(asked_for),
        "check": _state(entries),
        "entry": reading.note_saved(by, asked, form=form.value, digest=digest),
    }
    return body + saved.closing(form, proof)


def _told(viewer: Viewer, entries: Sequence[Entry]) -> Iterator[Told]:
    """Yield entries as the page tells them, and nothing that the page leaves out but their hashes."""
    for start in range(0, len(entries), PIECE):
        piece = entries[start : start + PIECE]
        for entry, line in zip(piece, reading.lines(viewer, piece), strict=True):
            yield Told(
                at=line.at,
                who=line.who,
                person=line.person,
                what=line.what,
                verb=entry.verb,
                about=line.about,
                record=line.record,
                more=line.details,
                entry=entry.hash,
            )


def _state(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what is known of the chain: of the whole from the sweep, of these entries from looking now."""
    checked_at = selectors.whole_checked_at()
    return {
        "whole_chain_checked_at": _moment(checked_at),
        "open_alarms": Alarm.objects.open().count(),
        "entries_hold": all(verification.fits(verification.link_of(one)) for one in entries),
    }


def _moment(at: datetime | None) -> str | None:
    return saved.moment(at) if at else None
