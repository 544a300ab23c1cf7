"""The kinds of notice about what leaves the house: a child's file, and an answer to who asks for it."""

from collections.abc import Iterable
from datetime import datetime

from concerns import selectors, services
from concerns.models import AccessRequest, Transfer
from notices import kinds
from notices.kinds import Kind, LadderKind, Letter, Unwanted, Urgency, Watch
from notices.models import Ladder, Notice
from school.models import Pupil, School
from school.selectors import Contact
from school.services import SWEEP
from schoolsafe.lib.links import absolute

OUTSIDE = Unwanted("no longer for this person")


def _leaving(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say that something has to be done by a day, to who may still know of it (E9, E81)."""
    row = Transfer.objects.open().filter(reference=Transfer.reference_in(notice.about)).first()
    if row is None:
        return Unwanted("nothing is left to do")
    if notice.staff_id not in selectors.to_tell([row], selectors.colleagues(now), now=now)[row.pk]:
        return OUTSIDE
    context: dict[str, object] = {
        "school": School.objects.current(),
        "button_url": absolute(row.get_absolute_url()),
        "button_label": "Open it",
    }
    return kinds.render("concerns/mail/leaving", context)


def _requested(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say that something has to be done by a day, to who still sees to it (E9, E81)."""
    rows = AccessRequest.objects.open()
    row = rows.filter(reference=AccessRequest.reference_in(notice.about)).first()
    if row is None:
        return Unwanted("it has ended")
    if (
        notice.staff_id
        not in selectors.to_tell_of_requests([row], selectors.colleagues(now))[row.pk]
    ):
        return OUTSIDE
    context: dict[str, object] = {
        "school": School.objects.current(),
        "button_url": absolute(row.get_absolute_url()),
        "button_label": "Open it",
    }
    return kinds.render("concerns/mail/requested", context)


def _requests_unreminded(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the open requests that no ladder carries."""
    open_ = Ladder.objects.open().filter(kind=services.REQUESTED)
    carried = set(open_.values_list("about", flat=True))
    return [(row.object, now) for row in AccessRequest.objects.open() if row.object not in carried]


def _leavers_unreminded(now: datetime) -> Iterable[tuple[str, datetime]]:
    """Return the leavings in which something is left to do and that no ladder carries (E90)."""
    open_ = Ladder.objects.open().filter(kind=services.LEAVING)
    carried = set(open_.values_list("about", flat=True))
    return [(row.object, now) for row in Transfer.objects.open() if row.object not in carried]


def _see_to_leaver(pk: int, now: datetime) -> None:
    """Take up that a pupil leaves or is back."""
    services.see_to_leaver(Pupil.objects.get(pk=pk), by=SWEEP)


kinds.register(
    Kind(
        name=services.LEAVING,
        urgency=Urgency.NOW,
        template="concerns/mail/leaving",
        compose=_leaving,
        label="Something to do by a day",
        sensitive=True,
    )
)
kinds.register_ladder(
    LadderKind(
        name=services.LEAVING,
        climb=services.climb_leaving,
        unladdered=_leavers_unreminded,
        sensitive=True,
    )
)
kinds.register(
    Kind(
        name=services.REQUESTED,
        urgency=Urgency.NOW,
        template="concerns/mail/requested",
        compose=_requested,
        label="Something to answer by a day",
        sensitive=True,
    )
)
kinds.register_ladder(
    LadderKind(
        name=services.REQUESTED,
        climb=services.climb_requests,
        unladdered=_requests_unreminded,
        sensitive=True,
    )
)
kinds.register_watch(Watch(name="concern_leaving", turned=selectors.turned, see_to=_see_to_leaver))
