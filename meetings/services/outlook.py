"""Going to Microsoft with a wish for an event: one state after the other, each kept as it is reached.

No transaction is held while Microsoft is asked. Whoever goes has the row on loan for some minutes;
one that comes back after that finds its turn is over and writes nothing. Before the first call to
create it is written down that there will be one: a sweep that dies at any point leaves a row from which
the next one finds the event again.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from audit import services as audit
from meetings import policy
from meetings.graph import Client, Event, GraphFault, Reading, Trouble
from meetings.models import Meeting, TeamsEvent, TeamsReading
from meetings.services import change, loans, planning, readings, wishes
from meetings.teams import JoinLink, LinkRefused, parse_join_link
from notices import services as notices
from notices.kinds import Draft
from school.selectors import school
from school.services import System
from schoolsafe.lib.rules import NotAllowed

State = policy.EventState
# Wanted, made, hardened; and once more where the plan has changed on the way.
MOST_STEPS = 6
LOBBY_NOT_TAKEN = "Microsoft took the options of the meeting, and reads them back otherwise."


def see_to_event(pk: int, *, by: System, now: datetime) -> bool:
    """Take a wish as far as it goes; tell whether Microsoft answered."""
    chosen = settings.GRAPH
    for _ in range(MOST_STEPS):
        event = loans.take(TeamsEvent.objects.due(now=now), pk, now=now) if chosen else None
        if chosen is None or event is None:
            return True
        try:
            with Client(chosen) as graph:
                STEPS[State(event.state)](graph, event, by, now)
        except GraphFault as fault:
            _note(event, fault, by=by, now=now)
            return not fault.is_silence
        except (LinkRefused, NotAllowed) as refused:
            # Microsoft has done its part; what is left over is ours to say, and a person's to mend.
            _note(event, GraphFault(Trouble.WRONG, str(refused)), by=by, now=now)
            return True
    return True


def _held(event: TeamsEvent, **changes: object) -> bool:
    """Write to a row, if it is still this driver's turn; tell whether it was."""
    return bool(TeamsEvent.objects.filter(pk=event.pk, turn=event.turn).update(**changes))


def _meeting(event: TeamsEvent) -> Meeting:
    return Meeting.objects.select_related("purpose", "question").get(pk=event.meeting_id)


# --- Wanted: find it, or make it ------------------------------------------------------------------
def _make(graph: Client, event: TeamsEvent, by: System, now: datetime) -> None:
    """Put the call into Outlook, unless an earlier try has done so unheard."""
    who, mark = event.organiser_entra_id, event.transaction
    found = graph.find_events(who, transaction=mark) if event.asked_at else []
    meeting = _meeting(event)
    sent = wishes.sent_of(meeting)
    if found:
        # Nobody knows of which plan the lost answer spoke.
        _made(event, found[0], sent="", by=by, now=now)
        return
    if _about_to_ask(event, now=now):
        made = graph.create_event(who, wishes.planned_event(meeting), transaction=mark)
        _made(event, made, sent=sent, by=by, now=now)


@audit.atomic()
def _about_to_ask(event: TeamsEvent, *, now: datetime) -> bool:
    """Write down that Microsoft is asked from now on; tell whether the event is still wanted.

    Where it is not, the row is free at once for whoever calls it off.
    """
    rows = TeamsEvent.objects.filter(pk=event.pk, turn=event.turn, state=State.WANTED.value)
    if rows.update(asked_at=now):
        return True
    _held(event, leased_until=None)
    return False


@audit.atomic()
def _made(event: TeamsEvent, made: Event, *, sent: str, by: System, now: datetime) -> None:
    """Keep what stands in Outlook now; when it is unwanted meanwhile, it is called off next."""
    meeting = change.lock(event.meeting)
    is_ours = _held(event, event_id=made.id, leased_until=None)
    rows = TeamsEvent.objects.filter(pk=event.pk, turn=event.turn, state=State.WANTED.value)
    rows.update(
        state=policy.NEXT[State.WANTED].value,
        join_url=made.join_url,
        sent=sent,
        tries=0,
        fault="",
        try_at=now,
    )
    if is_ours:
        change.record(meeting, "teams_create", actor=by.actor, now=now)


# --- Made: find its online meeting, set the lobby, look whether it was taken ------------------------
def _harden(graph: Client, event: TeamsEvent, by: System, now: datetime) -> None:
    """Set what the policy asks, read it back, and only then keep the link."""
    who = event.organiser_entra_id
    for other in graph.find_events(who, transaction=event.transaction):
        if other.id != event.event_id and not other.is_cancelled:
            graph.cancel_event(who, other.id)
    stands = graph.event(who, event.event_id)
    if stands is None or stands.is_cancelled:
        raise GraphFault(
            Trouble.MISSING, "The call is not in the host's Outlook calendar any more."
        )
    if not stands.join_url:
        raise GraphFault(Trouble.MISSING)
    tenant = school().microsoft_tenant
    link = parse_join_link(stands.join_url, tenant_id=str(tenant) if tenant else None)
    found = graph.read(who, link)
    if found is None:
        raise GraphFault(Trouble.MISSING)
    meeting = _meeting(event)
    sent = wishes.sent_of(meeting)
    if sent != event.sent:
        graph.change_event(who, event.event_id, wishes.planned_event(meeting))
    graph.harden(who, found.online_id, wishes.options_for(meeting))
    taken = graph.read(who, link)
    if taken is None or not _is_strict(taken):
        raise GraphFault(Trouble.AWAY, LOBBY_NOT_TAKEN)
    stands = graph.event(who, event.event_id) or stands
    _hardened(event, stands, taken, link, sent=sent, by=by, now=now)


def _is_strict(taken: Reading) -> bool:
    """Tell whether nobody but the organisers passes the lobby or presents."""
    return (
        taken.lobby == "organizer"
        and taken.dial_in_bypasses is False
        and taken.presenters in {"roleIsPresenter", "organizer"}
    )


@audit.atomic()
def _hardened(
    event: TeamsEvent,
    stands: Event,
    taken: Reading,
    link: JoinLink,
    *,
    sent: str,
    by: System,
    now: datetime,
) -> None:
    """Keep the link as if it had been pasted, with what Teams has just said of its meeting.

    Raises NotAllowed when whoever wished for it may not set the link any more.
    """
    meeting = change.lock(event.meeting)
    rows = TeamsEvent.objects.filter(pk=event.pk, turn=event.turn, state=State.CREATED.value)
    is_ours = rows.update(
        state=policy.NEXT[State.CREATED].value,
        join_url=link.url,
        link_digest=link.digest,
        sent=sent,
        fault="",
        tries=0,
        try_at=None,
        hardened_at=now,
        leased_until=None,
    )
    if not is_ours:
        _held(event, leased_until=None)
        return
    if not meeting.join_url:
        meeting = planning.set_link(meeting, by=event.wanted_by, text=link.url)
    if meeting.link_digest == link.digest:
        row = TeamsReading.objects.get(meeting=meeting)
        facts = readings.said(taken, link, stands, is_made=True)
        readings.keep(row, meeting, facts, taken, now=now)
    change.look_again(meeting, actor=by.actor, now=now)
    change.record(meeting, "teams_harden", actor=by.actor, now=now)


# --- Changed: let Outlook follow --------------------------------------------------------------------
def _change(graph: Client, event: TeamsEvent, by: System, now: datetime) -> None:
    """Let the event say what the call says now; then the lobby and who is co-organiser."""
    meeting = _meeting(event)
    sent = wishes.sent_of(meeting)
    graph.change_event(event.organiser_entra_id, event.event_id, wishes.planned_event(meeting))
    _changed(event, sent, by=by, now=now)


@audit.atomic()
def _changed(event: TeamsEvent, sent: str, *, by: System, now: datetime) -> None:
    meeting = change.lock(event.meeting)
    rows = TeamsEvent.objects.filter(pk=event.pk, turn=event.turn, state=State.CHANGED.value)
    rows.update(state=policy.NEXT[State.CHANGED].value, sent=sent, fault="", tries=0, try_at=now)
    _held(event, leased_until=None)
    change.record(meeting, "teams_change", actor=by.actor, now=now)


# --- Unwanted: call it off --------------------------------------------------------------------------
def _call_off(graph: Client, event: TeamsEvent, by: System, now: datetime) -> None:
    """Call off whatever came of the wish, also what came of a call that nobody heard the answer to."""
    who = event.organiser_entra_id
    found = graph.find_events(who, transaction=event.transaction) if event.asked_at else []
    ids = [one.id for one in found if not one.is_cancelled]
    if event.event_id and event.event_id not in {one.id for one in found}:
        ids.append(event.event_id)
    for event_id in ids:
        graph.cancel_event(who, event_id)
    is_over = bool(event.event_id or ids) or policy.has_come_to_nothing(event.asked_at, now)
    _called_off(event, is_over=is_over, by=by, now=now)


@audit.atomic()
def _called_off(event: TeamsEvent, *, is_over: bool, by: System, now: datetime) -> None:
    """Write down that nothing is left in Outlook, or when to look once more."""
    meeting = change.lock(event.meeting)
    if not is_over:
        _held(event, leased_until=None, try_at=now + policy.READ_AGAIN_IN)
        return
    state = policy.NEXT[State.UNWANTED].value
    if _held(event, state=state, ended_at=now, try_at=None, fault="", leased_until=None):
        change.record(meeting, "teams_cancel", actor=by.actor, now=now)


# --- Trouble ----------------------------------------------------------------------------------------
@audit.atomic()
def _note(event: TeamsEvent, fault: GraphFault, *, by: System, now: datetime) -> None:
    """Keep why a call was of no use, and when to try again; tell whoever wished for it when it failed."""
    meeting = change.lock(event.meeting)
    again = loans.again_after(fault, tries=event.tries, now=now)
    failed_at = None if again.at else now
    # A clear no to a first call to create: nothing can have come of it.
    is_unheard = fault.trouble is Trouble.AWAY or event.state != State.WANTED.value
    asked_at = {} if is_unheard else {"asked_at": event.asked_at}
    rows = TeamsEvent.objects.filter(pk=event.pk, turn=event.turn, state=event.state)
    is_ours = rows.update(
        tries=again.tries,
        try_at=again.at,
        failed_at=failed_at,
        fault=fault.words[:300],
        leased_until=None,
        **asked_at,
    )
    _held(event, leased_until=None)
    if fault.is_silence and again.at:
        wishes.rest(until=again.at, now=now)
    if is_ours and failed_at:
        notices.queue([_letter(event, now=now)], now=now)
        change.record(meeting, "teams_fail", actor=by.actor, now=now, why=fault.trouble.value)


def _letter(event: TeamsEvent, *, now: datetime) -> Draft:
    return Draft(
        kind="meeting_teams_failed",
        key=f"meeting_teams_failed:{event.pk}:{now.timestamp():.6f}",
        due_at=now,
        about=event.meeting.about,
        staff_id=event.wanted_by_id,
    )


Step = Callable[[Client, TeamsEvent, System, datetime], None]
STEPS: dict[State, Step] = {
    State.WANTED: _make,
    State.CREATED: _harden,
    State.CHANGED: _change,
    State.UNWANTED: _call_off,
}
