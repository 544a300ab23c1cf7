"""Asking Microsoft how the meeting behind a call's link is set, and keeping the answer."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings

from audit import services as audit
from meetings import selectors
from meetings.graph import Client, Event, GraphFault, Reading, Trouble
from meetings.models import Meeting, TeamsReading
from meetings.services import change, loans, sharing, wishes
from meetings.teams import JoinLink, LinkRefused, parse_join_link
from school.services import System

NOT_ON_RECORD = "It is not on record under which id Microsoft knows the host. Ask IT to add it to the staff list."
# Beside the options themselves: these have columns of their own.
OWN_COLUMNS = ("online_id", "options_url")


def see_to_reading(pk: int, *, by: System, now: datetime) -> bool:
    """Read the options of one meeting; tell whether Microsoft answered."""
    chosen = settings.GRAPH
    row = loans.take(TeamsReading.objects.due(now=now), pk, now=now) if chosen else None
    if chosen is None or row is None:
        return True
    meeting = Meeting.objects.get(pk=row.meeting_id)
    try:
        with Client(chosen) as graph:
            taken, facts = _ask(graph, meeting, is_to_be_set=row.set_right_at is not None)
    except (GraphFault, LinkRefused) as fault:
        trouble = fault if isinstance(fault, GraphFault) else GraphFault(Trouble.WRONG)
        _note(row, trouble, now=now)
        return not trouble.is_silence
    _read(row, taken, facts, by=by, now=now)
    return True


def _ask(graph: Client, meeting: Meeting, *, is_to_be_set: bool) -> tuple[Reading, dict[str, Any]]:
    """Return the options of the meeting behind the link, and what stands in Outlook.

    Where somebody wished for it they are set first, and what counts is how they read afterwards.
    """
    made = selectors.event_made(meeting)
    who = selectors.organiser_of(meeting, made)
    if who is None:
        raise GraphFault(Trouble.REFUSED, NOT_ON_RECORD)
    link = parse_join_link(meeting.join_url)
    taken = graph.read(who, link)
    if taken is not None and is_to_be_set:
        graph.harden(who, taken.online_id, wishes.options_for(meeting))
        taken = graph.read(who, link)
    if made is None:
        return taken or Reading(), said(taken, link)
    stands = graph.event(who, made.event_id)
    return taken or Reading(), said(taken, link, stands, is_made=True)


def said(
    taken: Reading | None, link: JoinLink, stands: Event | None = None, *, is_made: bool = False
) -> dict[str, Any]:
    """Return what was read as the row keeps it; of an event only where one was made through Graph."""
    options = asdict(taken or Reading())
    facts = {name: value for name, value in options.items() if name not in OWN_COLUMNS}
    facts["is_known"] = taken is not None
    if is_made:
        facts["is_in_calendar"] = stands is not None and not stands.is_cancelled
    if stands is not None and not stands.is_cancelled:
        facts["is_same_link"] = _is_same(stands.join_url, link)
        facts["event_starts_at"], facts["event_ends_at"] = stands.starts_at, stands.ends_at
    return selectors.said_of(facts)


def _is_same(url: str, kept: JoinLink) -> bool | None:
    """Tell whether Outlook has the link that is kept; None where that cannot be told.

    A short link and a long one may lead to one meeting.
    """
    try:
        theirs = parse_join_link(url)
    except LinkRefused:
        return None
    return theirs.digest == kept.digest if theirs.kind is kept.kind else None


@audit.atomic()
def _read(
    row: TeamsReading, taken: Reading, facts: dict[str, Any], *, by: System, now: datetime
) -> None:
    """Keep what was read, and look at the call again: it may be on hold from now on, or clear."""
    meeting = change.lock(row.meeting)
    is_ours = TeamsReading.objects.filter(
        pk=row.pk, turn=row.turn, link_digest=meeting.link_digest
    ).first()
    if is_ours is None:
        _give_back(row)
        return
    has_changed = is_ours.said != facts
    was_set = row.set_right_at is not None
    keep(is_ours, meeting, facts, taken, now=now)
    sharing.look_again(meeting, actor=by.actor, now=now)
    if was_set:
        TeamsReading.objects.filter(pk=row.pk, set_right_at=row.set_right_at).update(
            set_right_at=None
        )
    if was_set and taken.online_id:
        change.record(meeting, "teams_set", actor=by.actor, now=now)
    if has_changed:
        change.record(meeting, "teams_read", actor=by.actor, now=now)


def keep(
    row: TeamsReading, meeting: Meeting, facts: dict[str, Any], taken: Reading, *, now: datetime
) -> None:
    """Keep a reading, and say when the next one is due. Part of a service."""
    row.said, row.options_url, row.online_id = facts, taken.options_url, taken.online_id
    row.read_at = row.tried_at = now
    row.fault, row.tries, row.leased_until = "", 0, None
    row.asked_at = None
    row.due_at = wishes.due_at(row, meeting, now=now)
    row.save(
        update_fields=[
            "said", "options_url", "online_id", "read_at", "tried_at", "asked_at", "fault",
            "tries", "leased_until", "due_at",
        ]
    )  # fmt: skip


@audit.atomic()
def _note(row: TeamsReading, fault: GraphFault, *, now: datetime) -> None:
    """Keep why nothing could be read, and when to try again; what was read before stays, with its age."""
    meeting = change.lock(row.meeting)
    again = loans.again_after(fault, tries=row.tries, now=now)
    row.tried_at, row.asked_at = now, None
    row.tries = again.tries if again.at else 0
    TeamsReading.objects.filter(pk=row.pk, turn=row.turn).update(
        tried_at=now,
        asked_at=None,
        tries=row.tries,
        fault=fault.words[:300],
        due_at=again.at or wishes.due_at(row, meeting, now=now),
        # Nothing is set at Microsoft long after somebody has wished for it.
        set_right_at=row.set_right_at if again.at else None,
        leased_until=None,
    )
    if fault.is_silence and again.at:
        wishes.rest(until=again.at, now=now)


def _give_back(row: TeamsReading) -> None:
    """Give a row back that is about another link by now."""
    TeamsReading.objects.filter(pk=row.pk, turn=row.turn).update(leased_until=None)
