"""The start page: what every room says is waiting for this person."""

from datetime import datetime

from django.urls import reverse

from concerns import selectors as concerns
from concerns.policy import may_work_queue
from consent import selectors as consent
from meetings import selectors as meetings
from notices import selectors as notices
from school import selectors as school
from school.cards import Card
from school.roles import Viewer, may_see_all_meetings, may_see_outbox
from schoolsafe.lib import clock


def cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what waits for a person, what cannot wait first."""
    found = [
        *_concern_cards(viewer, now),
        *meetings.home_cards(viewer, now),
        *_consent_cards(viewer, now),
        *_own_consent_cards(viewer, now),
        *_letter_cards(viewer),
    ]
    return sorted(found, key=lambda card: card.rank)


def _concern_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return how many concerns this person may read that nobody has acknowledged: never which (E8)."""
    if not may_work_queue(viewer):
        return []
    waiting = {state: number for state, _, number in concerns.counts(viewer, now=now)}["new"]
    if not waiting:
        return []
    card = Card(
        title="Concerns",
        sentence="Waiting for somebody to acknowledge them.",
        url=reverse("concerns:list"),
        count=waiting,
        tone="stop",
        rank=0,
    )
    return [card]


def _consent_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return how many pupils of the calls to come need the office: a number to ring, an answer to check."""
    if not may_see_all_meetings(viewer):
        return []
    rows = consent.folded(consent.worklist(viewer, now).items)
    waiting = sum(row.task.is_to_do for row in rows)
    if not waiting:
        return []
    card = Card(
        title="Consent",
        sentence="Families to remind, to ring or to ask again.",
        url=reverse("consent:worklist"),
        count=waiting,
        tone="care",
        rank=20,
    )
    return [card]


def _own_consent_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return how many pupils are to decide themselves, where this person is to approve it (E42)."""
    waiting = school.own_consents_to_approve(viewer, clock.local(now).date())
    if not waiting:
        return []
    card = Card(
        title="Pupils to decide themselves",
        sentence="Proposed by somebody else, and waiting for you to approve it.",
        url=reverse("consent:own_consents"),
        count=len(waiting),
        tone="care",
        rank=15,
    )
    return [card]


def _letter_cards(viewer: Viewer) -> list[Card]:
    """Return how many messages could not be sent: a person must ring instead."""
    if not may_see_outbox(viewer):
        return []
    failed = sum(kind.failed for kind in notices.counts_by_kind())
    if not failed:
        return []
    card = Card(
        title="Messages that could not be sent",
        sentence="Ring these people, or mend the address and send again.",
        url=reverse("notices:outbox"),
        count=failed,
        tone="care",
        rank=25,
    )
    return [card]
