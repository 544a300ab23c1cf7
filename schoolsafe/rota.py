"""The warning that nobody will answer for safeguarding: a watch of the sweep, and its letter (G12, G13)."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from audit import services as audit
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
from school import cover
from school import selectors as school
from school import services as changes
from school.cover import Hole
from school.models import CoverHole, School, StaffMember
from school.pages.rota import hole_words, who_is_told
from school.selectors import Contact
from school.services import SWEEP
from schoolsafe.lib.links import absolute

KIND = "rota_hole"
SCHOOL = 1


def turned(now: datetime) -> Iterable[int]:
    """Return the school where something is to be said of a hole, or one is gone."""
    if not School.objects.filter(pk=SCHOOL).exists():
        return []
    news = cover.news(school.cover_holes(now), school.known_holes(), now=now)
    return [SCHOOL] if news else []


@audit.atomic()
def see_to(pk: int, now: datetime) -> None:
    """Tell whoever keeps the rota of holes that are new, and of those that are near and still there."""
    warned = changes.note_holes(by=SWEEP, now=now)
    people = who_is_told(now) if warned.fresh or warned.again else []
    drafts = [
        _draft(stage, holes, person, now)
        for stage, holes in (("first", warned.fresh), ("again", warned.again))
        if holes
        for person in people
    ]
    notices.queue(drafts, now=now)


def _draft(stage: str, holes: tuple[int, ...], person: StaffMember, now: datetime) -> Draft:
    # A hole is told of once at each stage, so its number says which letter this is.
    return Draft(
        kind=KIND,
        key=f"{KIND}:{stage}:{min(holes)}:{person.pk}",
        due_at=now,
        about=f"school.school:{SCHOOL}",
        staff_id=person.pk,
        detail={"holes": list(holes), "stage": stage},
    )


def compose(notice: Notice, contact: Contact, now: datetime) -> Letter | Unwanted:
    """Write which of these holes are there still; none is left when somebody was quicker."""
    numbers: list[int] = notice.detail["holes"]
    rows = CoverHole.objects.filter(pk__in=numbers, gone_at=None)
    told = [
        Hole(starts_at=row.starts_at, ends_at=row.ends_at, kind=cover.Kind(row.kind))
        for row in rows
    ]
    left = [
        hole for hole in school.cover_holes(now) if any(cover.lies_in(hole, one) for one in told)
    ]
    if not left:
        return Unwanted("somebody answers then")
    return render(
        "school/mail/rota_hole",
        {
            "school": School.objects.current(),
            "name": _name(notice),
            "holes": [hole_words(hole) for hole in left],
            "again": notice.detail["stage"] == "again",
            "url": absolute(reverse("school:rota")),
        },
    )


def _name(notice: Notice) -> str:
    """Return whom the letter is for."""
    return StaffMember.objects.values_list("name", flat=True).get(pk=notice.staff_id or 0)


register(
    Kind(
        name=KIND,
        urgency=Urgency.NOW,
        template="school/mail/rota_hole",
        compose=compose,
        label="Nobody answers for safeguarding",
    )
)
register_watch(Watch(name="rota", turned=turned, see_to=see_to))
