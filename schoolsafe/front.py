"""The start page: what every room says is waiting for this person."""

from datetime import datetime

from django.urls import reverse

from concerns import selectors as concerns
from consent import selectors as consent
from meetings import selectors as meetings
from notices import selectors as notices
from school import selectors as school
from school.cards import Card
from school.cover import TOLD_BEFORE, is_near
from school.models import FamilyRequest
from school.pages.rota import hole_words
from school.rights import may_answer_families
from school.roles import LEADERS, Viewer, may_keep_team, may_see_all_meetings, may_see_outbox
from schoolsafe.lib import clock
from schoolsafe.reviewing import alarms


def cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what waits for a person, what cannot wait first."""
    found = [
        *alarms.cards(viewer),
        *concerns.home_cards(viewer, now),
        *meetings.home_cards(viewer, now),
        *_consent_cards(viewer, now),
        *_own_consent_cards(viewer, now),
        *_role_cards(viewer, now),
        *_team_cards(viewer, now),
        *_setting_cards(viewer),
        *_letter_cards(viewer),
        *_hole_cards(viewer, now),
        *_unsent_cards(viewer, now),
        *_family_cards(viewer),
    ]
    return sorted(found, key=lambda card: card.rank)


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


def _role_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return how many proposals for a role that opens concerns wait for this person."""
    waiting = school.proposals_to_approve(viewer, now)
    if not waiting:
        return []
    card = Card(
        title="Roles to approve",
        sentence="Somebody is proposed for a role that opens concerns, and you are the second person.",
        url=reverse("staffing:roles"),
        count=len(waiting),
        tone="care",
        rank=12,
    )
    return [card]


def _team_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return what the safeguarding team lacks, to whoever can mend it: no lead, factor, number or cover."""
    if not may_keep_team(viewer):
        return []
    lacks = school.team_lacks(now)
    if not lacks:
        return []
    card = Card(
        title="The safeguarding team",
        sentence=lacks[0].words,
        url=reverse("staffing:roles"),
        count=len(lacks),
        tone="stop" if lacks[0].blocks else "care",
        rank=14 if lacks[0].blocks else 35,
    )
    return [card]


def _setting_cards(viewer: Viewer) -> list[Card]:
    """Return how many weaker settings wait for the headteacher."""
    waiting = school.settings_to_approve(viewer)
    if not waiting:
        return []
    card = Card(
        title="Settings that would guard less",
        sentence="Proposed by a lead. Nothing changes until you have decided.",
        url=reverse("school_settings"),
        count=waiting,
        tone="care",
        rank=16,
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


def _hole_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return where nobody answers for safeguarding within the week, to those who could (G12, G13)."""
    if not viewer.holds(*LEADERS):
        return []
    holes = [hole for hole in school.cover_holes(now) if hole.starts_at <= now + TOLD_BEFORE]
    if not holes:
        return []
    near = is_near(holes[0], now)
    card = Card(
        title="Nobody answers for safeguarding",
        sentence=f"{hole_words(holes[0])}.",
        url=reverse("school:rota"),
        count=len(holes),
        tone="stop" if near else "care",
        rank=8 if near else 18,
    )
    return [card]


def _unsent_cards(viewer: Viewer, now: datetime) -> list[Card]:
    """Return how much of theirs somebody sent from a browser that was locked: it went nowhere (E19)."""
    waiting = school.unsent_of(viewer.staff_id, now=now).count()
    if not waiting:
        return []
    card = Card(
        title="NOT SENT",
        sentence="What you sent after the page was locked waits for you: send it, or throw it away.",
        url=reverse("unsent"),
        count=waiting,
        tone="stop",
        rank=5,
    )
    return [card]


def _family_cards(viewer: Viewer) -> list[Card]:
    """Return how many families wait for an answer about their data, which is due within a month (G37)."""
    # Mostly nobody asks: whose family this person is, is looked up only where somebody does.
    if not may_answer_families(viewer) or not FamilyRequest.objects.open().exists():
        return []
    waiting = school.family_requests(viewer).filter(ended_at=None).count()
    if not waiting:
        return []
    card = Card(
        title="Families who ask about their data",
        sentence="Each has an answer within a month.",
        url=reverse("family_requests"),
        count=waiting,
        tone="care",
        rank=18,
    )
    return [card]
