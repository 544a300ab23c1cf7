"""The check of the audit as the sweep drives it, and how its alarm reaches a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from audit import selectors
from audit import services as audit
from audit.models import Alarm, Entry, Verified
from audit.policy import BY_HAND, WORDS, Part, Why
from audit.services import verifying
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
from school.cards import Card
from school.models import School, StaffMember
from school.roles import Role, Viewer, may_read_audit
from school.selectors import Contact, holders
from schoolsafe.lib import clock
from schoolsafe.lib.links import absolute

PARTS = list(Part)
TEMPLATE = "audit/mail/alarm"
# The newest so many stand on the page.
SHOWN = 200
TOLD = (Role.DSL, Role.HEADTEACHER, Role.IT)


def cards(viewer: Viewer) -> list[Card]:
    """Return the alarms that wait for an answer, for those who read the audit."""
    if not may_read_audit(viewer):
        return []
    waiting = Alarm.objects.open().count()
    if not waiting:
        return []
    card = Card(
        title="Alarm about the audit",
        sentence="The record of who did what does not hold, or was not checked. Say what you make of it.",
        url=reverse("audit_alarms"),
        count=waiting,
        tone="stop",
        rank=1,
    )
    return [card]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alarm as a page tells it."""

    pk: int
    what: str
    is_by_hand: bool
    found_at: datetime
    answered_at: datetime | None
    answered_by: str
    words: str
    at_entry: Entry | None = None


def overview(now: datetime) -> dict[str, object]:
    """Return what the page of the alarms shows: what waits, what was answered, how far the checks are."""
    rows = list(Alarm.objects.order_by("-found_at", "-pk")[:SHOWN])
    names = selectors.names_of({row.acknowledged_by for row in rows})
    walks = {row.part: row for row in Verified.objects.all()}
    return {
        "waiting": [_told(row, names) for row in rows if row.acknowledged_at is None],
        "answered": [_told(row, names) for row in rows if row.acknowledged_at is not None],
        "newest": walks.get(Part.NEWEST),
        "whole": walks.get(Part.WHOLE),
        "is_late": bool(selectors.late(now)),
    }


def told(alarm: Alarm, viewer: Viewer) -> Told:
    """Return one alarm, with the entry at which it shows where this reader may see that."""
    seen = selectors.visible_to(viewer).filter(pk=alarm.entry).first() if alarm.entry else None
    return replace(_told(alarm, selectors.names_of({alarm.acknowledged_by})), at_entry=seen)


def _told(alarm: Alarm, names: Mapping[str, str]) -> Told:
    """Return an alarm in words."""
    why = Why(alarm.why)
    return Told(
        pk=alarm.pk,
        what=WORDS[why],
        is_by_hand=why in BY_HAND,
        found_at=alarm.found_at,
        answered_at=alarm.acknowledged_at,
        answered_by=names.get(alarm.acknowledged_by, alarm.acknowledged_by),
        words=alarm.words,
    )


def _due(now: datetime) -> list[int]:
    """Name the walks that go on now, by their place in the list."""
    return [PARTS.index(part) for part in selectors.parts_due(now)]


def _look(place: int, now: datetime) -> None:
    """Check the next piece of one walk."""
    verifying.look(PARTS[place], now=now)


def _turned(now: datetime) -> Iterable[int]:
    """Name the alarm of which people are told today, and 0 where a check is late."""
    first = Alarm.objects.open().order_by("found_at", "pk").values_list("pk", flat=True)[:1]
    return [*([0] if selectors.late(now) else []), *first]


@audit.atomic()
def _tell(pk: int, now: datetime) -> None:
    """Queue the letters about what waits: one a day to each person, until somebody has answered."""
    if pk == 0:
        verifying.look_whether_late(now=now)
        return
    today = clock.local(now).date()
    drafts = [
        Draft(
            kind="audit_alarm",
            key=f"audit_alarm:{pk}:{today.isoformat()}:{person.pk}",
            due_at=now,
            about=f"audit.alarm:{pk}",
            staff_id=person.pk,
            detail={"alarm": pk},
        )
        for person in holders(*TOLD, on=today)
    ]
    notices.queue(drafts, now=now)


def _letter(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Say what was found to those who read the audit; to IT, that it needs them, and what to run."""
    alarm = Alarm.objects.open().filter(pk=notice.detail["alarm"]).first()
    if alarm is None:
        return Unwanted("somebody has answered for it")
    person = StaffMember.objects.select_related("user").get(pk=notice.staff_id or 0)
    why = Why(alarm.why)
    reads = may_read_audit(person.viewer())
    context: dict[str, object] = {
        "school": School.objects.current(),
        "name": person.name,
        "reads": reads,
        "what": WORDS[why] if reads else "",
        "is_by_hand": reads and why in BY_HAND,
        "found_at": alarm.found_at,
        "button_url": absolute(reverse("audit_alarms" if reads else "schoolsafe_home")),
        "button_label": "See what was found" if reads else "Open schoolsafe",
    }
    return render(TEMPLATE, context)


register(
    Kind(
        name="audit_alarm",
        urgency=Urgency.NOW,
        template=TEMPLATE,
        compose=_letter,
        label="Alarm about the audit",
    )
)
register_watch(Watch(name="audit_chain", turned=_due, see_to=_look))
register_watch(Watch(name="audit_alarm", turned=_turned, see_to=_tell))
