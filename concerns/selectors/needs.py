"""What of the Log of Concern waits for a person on their start page: how many, never which (E8)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse

from concerns import policy
from concerns.models import Concern, Entry
from concerns.policy import EntryKind, Status
from concerns.policy.transfer import is_late
from concerns.selectors.casework import ENDS_WAITING, case_of, my_tasks
from concerns.selectors.pages import drafts_of
from concerns.selectors.people import colleagues, facts_of_all
from concerns.selectors.reporter import own_chronology
from concerns.selectors.requests import clocks_open
from concerns.selectors.transfers import transfers_open
from school.cards import Card
from school.roles import Viewer
from school.terms import calendar
from schoolsafe.lib import clock


def home_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what waits for a person: what they began, what they are asked, what is theirs to do."""
    today = clock.local(now).date()
    return [
        *_drafts(viewer),
        *_questions(viewer),
        *_unacknowledged(viewer),
        *_second(viewer, now),
        *_tasks(viewer, today),
        *_asked(viewer),
        *_leavers(viewer, today),
    ]


def _drafts(viewer: Viewer) -> Iterator[Card]:
    """Yield what somebody has begun and not sent: nobody else knows of it (A14)."""
    if begun := drafts_of(viewer.staff_id):
        yield Card(
            title="You have begun a concern and not sent it",
            sentence="NOT SENT: nobody has been told. Go on writing, or throw it away.",
            url=reverse("concerns:mine"),
            count=begun,
            tone="stop",
            rank=0,
        )


def _unacknowledged(viewer: Viewer) -> Iterator[Card]:
    """Yield how many concerns this person may read that nobody has acknowledged: never which (E8)."""
    if not policy.may_work_queue(viewer):
        return
    new = Concern.objects.filter(status=Status.LOGGED)
    if waiting := new.visible_to(viewer).count():
        yield Card(
            title="Concerns",
            sentence="Waiting for somebody to acknowledge them.",
            url=reverse("concerns:list"),
            count=waiting,
            tone="stop",
            rank=0,
        )


def _questions(viewer: Viewer) -> Iterator[Card]:
    """Yield that somebody who logged a concern is asked about it, as their own page of it says (A24)."""
    settled = Entry.objects.filter(follows=OuterRef("pk"), kind__in=ENDS_WAITING["reply"])
    open_ = Entry.objects.filter(
        ~Exists(settled), kind=EntryKind.QUESTION, concern__reporter=viewer.staff_id
    )
    logged = [
        concern
        for concern in Concern.objects.filter(pk__in=open_.values("concern")).order_by("pk")
        if any(one.waits_for == "reply" for one in own_chronology(concern).entries)
    ]
    if logged:
        yield Card(
            title="You are asked about a concern that you logged",
            sentence="Somebody needs to know more from you.",
            url=reverse("concerns:received", args=[logged[0].reference]),
            count=len(logged),
            tone="stop",
            rank=2,
        )


def _second(viewer: Viewer, now: datetime) -> Iterator[Card]:
    """Yield that this person is asked to sign as the second before a concern is closed (A32)."""
    if not policy.may_work_queue(viewer):
        return
    asked = Entry.objects.filter(concern=OuterRef("pk"), kind=EntryKind.SECOND_ASKED)
    open_ = Concern.objects.visible_to(viewer).exclude(status=Status.CLOSED)
    rows = list(open_.filter(Exists(asked)).order_by("pk"))
    # Mostly nobody is asked: who may read what is worked out only where somebody is.
    people = colleagues(now) if rows else []
    facts = facts_of_all(rows, people, now=now) if rows else {}
    mine = [row for row in rows if _is_asked(case_of(row, facts[row.pk], people), viewer)]
    if mine:
        yield Card(
            title="Concerns to sign as the second person",
            sentence="Somebody would close them, and asks you to look first.",
            url=mine[0].get_absolute_url(),
            count=len(mine),
            tone="care",
            rank=5,
        )


def _is_asked(case: policy.Case, viewer: Viewer) -> bool:
    is_open = policy.asked_by(case) is not None and not policy.is_signed(case)
    return is_open and policy.may_sign(viewer.staff_id, case)


def _tasks(viewer: Viewer, today: date) -> Iterator[Card]:
    """Yield the tasks of this person, the first of which is due or will be (A30)."""
    if not policy.may_work_queue(viewer):
        return
    if tasks := my_tasks(viewer):
        late = sum(task.due_on < today for task in tasks)
        first = min(task.due_on for task in tasks)
        yield Card(
            title="Your tasks about concerns",
            sentence=f"{late} overdue." if late else f"The first by {clock.date_in_words(first)}.",
            url=reverse("concerns:tasks"),
            count=len(tasks),
            tone="stop" if late else "care",
            rank=4 if late else 18,
        )


def _asked(viewer: Viewer) -> Iterator[Card]:
    """Yield how many have asked to see a child's file, and by when the first answer is due (G37)."""
    if clocks := clocks_open(viewer):
        late = sum(bool(one["is_late"]) for one in clocks)
        yield Card(
            title="Requests to see a child's file",
            sentence=f"{late} overdue." if late else "The month for the answer runs.",
            url=reverse("concerns:requests"),
            count=len(clocks),
            tone="stop" if late else "care",
            rank=4 if late else 16,
        )


def _leavers(viewer: Viewer, today: date) -> Iterator[Card]:
    """Yield how many children leave with something left to do about their file (G31, E90)."""
    if leaving := transfers_open(viewer):
        days = calendar()
        late = sum(is_late(row.leaving(), days, today=today) for row in leaving)
        yield Card(
            title="Files of children who leave",
            sentence=f"{late} overdue at the next school." if late else "Something is left to do.",
            url=f"{reverse('concerns:list')}#leavers",
            count=len(leaving),
            tone="stop" if late else "care",
            rank=4 if late else 17,
        )
