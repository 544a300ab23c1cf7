"""Calls planned together: asked about in one letter, changed and cancelled one or several at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.formats import date_format

from audit import services as audit
from audit.services import Row
from consent import services as consent
from consent.services import Occurrence
from meetings import policy, selectors
from meetings.models import Meeting, Place, Seat, Series
from meetings.services import change
from meetings.services.closing import cancel_all
from meetings.services.families import asked_of_all, settle_recording
from meetings.services.planning import PlanRefused, revise, set_link
from meetings.services.plans import Plan, merged_rows, plan_of, rebased
from school import terms
from school.calendar import why_closed
from school.models import StaffMember
from school.roles import may_plan_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.inserting import insert
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class SeriesPlan:
    """What a host decides about calls that come again: one call, and on which days."""

    call: Plan
    every_weeks: int
    days: Sequence[date]


class SeriesRefused(PlanRefused):
    """One of the calls breaks the policy: says on which day."""

    def __init__(self, verdict: policy.Verdict, starts_at: datetime) -> None:
        super().__init__(verdict)
        self.args = (f"{clock.in_words(starts_at)}: {verdict.sentence}",)
        self.starts_at = starts_at


@audit.atomic()
def plan_series(*, by: StaffMember, what: SeriesPlan, key: UUID | None = None) -> Series:
    """Write down a call for each day, at the same hour of the school's clock (E67).

    The same key plans one series. A fixed number of queries. Raises NotAllowed when the person may
    not plan or no day is left, SeriesRefused when one of the calls breaks the policy: then none is
    stored.
    """
    now = clock.now()
    if not may_plan_meetings(by.viewer()):
        raise NotAllowed("Only members of staff can plan a call.")
    days = sorted(set(what.days))
    if not days or len(days) > policy.MOST_CALLS:
        raise NotAllowed("Choose at least one day." if not days else "These are too many days.")
    known = selectors.series_planned_with(key, by=by)
    if known is not None:
        return known
    try:
        with audit.atomic():
            series = Series.objects.create(
                every_weeks=what.every_weeks, planned_at=now, planned_by=by, plan_key=key
            )
    except IntegrityError as fault:
        raise NotAllowed("Please open a new form: this one has been used.") from fault
    insert(_meeting(series, on_day(what.call, day), by=by, now=now) for day in days)
    meetings = list(series.meetings.select_related("purpose").order_by("starts_at", "pk"))
    insert(seat for meeting in meetings for seat in _seats(meeting, what.call, by=by))
    pupils = sorted({pupil.pk for pupil in what.call.pupils})
    insert(Place(meeting=meeting, pupil_id=pk) for meeting in meetings for pk in pupils)
    _check(meetings, by=by, now=now)
    rows = [
        Row(actor=by.actor, verb="meeting.plan", object=one.about, detail={"series": series.about})
        for one in meetings
    ]
    audit.record_many(at=now, rows=rows)
    return series


@audit.atomic()
def ask_series(series: Series, *, by: StaffMember) -> list[Meeting]:
    """Ask the families about every call to come, in one letter; who was asked before is not again.

    A fixed number of queries, however many calls. Raises NotAllowed when there is nothing to
    ask, or when one of the calls may not be asked about with or without its recording.
    """
    now, viewer = clock.now(), by.viewer()
    locked = change.lock_series(series)
    facts = selectors.facts_of(locked, now)
    meetings = [
        one
        for one in locked
        if one.starts_at > now and policy.Action.ASK in policy.actions_for(viewer, facts[one.pk])
    ]
    if not meetings:
        raise NotAllowed("There is no call of this series that families could be asked about.")
    settle_recording(meetings, facts, now=now)
    consent.hold({place.pupil_id for one in meetings for place in facts[one.pk].places})
    asked = asked_of_all(meetings)
    questions = consent.ask_series(
        by=by,
        series=series.about,
        calls=[
            Occurrence(
                about=meeting.about,
                asked=asked[meeting.pk],
                pupil_ids=[place.pupil_id for place in facts[meeting.pk].places],
            )
            for meeting in meetings
        ],
    )
    for meeting, question in zip(meetings, questions, strict=True):
        meeting.question = question
        meeting.status = policy.next_status(policy.Action.ASK, viewer, facts[meeting.pk]).value
    Meeting.objects.bulk_update(meetings, ["question", "status", "is_never_recorded"])
    rows = [
        Row(actor=by.actor, verb="meeting.ask", object=meeting.about, detail={})
        for meeting in meetings
    ]
    audit.record_many(at=now, rows=rows)
    return meetings


@audit.atomic()
def revise_later(
    meeting: Meeting, *, by: StaffMember, what: Plan, seen: Plan | None = None
) -> list[Meeting]:
    """Change this call and the later ones of its series: what changes in this one changes in each.

    A call that differs already keeps its difference; a pupil who comes on is asked about the calls to
    come alone (E53). `seen` as in `revise`. Raises NotAllowed, Overtaken or SeriesRefused, and then
    nothing has changed.
    """
    later = _later(meeting)
    here = plan_of(later[0])
    if seen is not None:
        what = rebased(what, seen=seen, now=here)
    plans = _plans(later, what)
    consent.hold({pupil.pk for _, wanted in plans for pupil in wanted.pupils})
    if clock.local(what.starts_at).date() != clock.local(here.starts_at).date():
        _check_days([clock.local(wanted.starts_at).date() for _, wanted in plans])
    changed = []
    for one, wanted in plans:
        try:
            changed.append(revise(one, by=by, what=wanted))
        except PlanRefused as refused:
            raise SeriesRefused(refused.verdict, wanted.starts_at) from refused
    return changed


@audit.atomic()
def cancel_later(meeting: Meeting, *, by: StaffMember) -> list[Meeting]:
    """Call off this call and the later ones of its series, and tell each family in one letter."""
    return cancel_all(_later(meeting), by=by)


@audit.atomic()
def set_link_later(
    meeting: Meeting, *, by: StaffMember, text: str, old_one_ended: bool = False
) -> list[Meeting]:
    """Keep one Teams link for this call and the later ones: an Outlook series has one for all.

    Raises LinkRefused or LinkTaken as for a single call.
    """
    return [set_link(one, by=by, text=text, old_one_ended=old_one_ended) for one in _later(meeting)]


def on_day(call: Plan, day: date) -> Plan:
    """Return a call as it is on another day: at the same hour of the school's clock (E67)."""
    starts, ends = clock.local(call.starts_at), clock.local(call.ends_at)
    return replace(call, starts_at=clock.at(day, starts.time()), ends_at=clock.at(day, ends.time()))


def _later(meeting: Meeting) -> list[Meeting]:
    """Return this call and the later ones of its series that can still be changed, all locked."""
    if meeting.series is None:
        return [change.lock(meeting)]
    return _from(meeting, change.lock_series(meeting.series))


def _from(meeting: Meeting, series: Iterable[Meeting]) -> list[Meeting]:
    """Return a call of a series and the later ones that can still be changed, in their order."""
    rows = list(series)
    own = next(one for one in rows if one.pk == meeting.pk)
    after = [
        one
        for one in rows
        if one.starts_at > own.starts_at and policy.Status(one.status) in policy.PLANNED
    ]
    return [own, *sorted(after, key=lambda one: (one.starts_at, one.pk))]


def as_changed(meeting: Meeting, what: Plan, *, is_for_later: bool) -> list[tuple[Meeting, Plan]]:
    """Return the calls that a change would be made to, each as it would be; nothing is changed."""
    if not is_for_later or meeting.series is None:
        return [(meeting, what)]
    rows = Meeting.objects.filter(series=meeting.series).select_related("purpose", "question")
    return _plans(_from(meeting, rows.order_by("pk")), what)


def _plans(later: Sequence[Meeting], what: Plan) -> list[tuple[Meeting, Plan]]:
    """Return each call's plan with the change that is made to the first of them."""
    here = plan_of(later[0])
    return [(one, _changed(plan_of(one), here, what)) for one in later]


def _changed(own: Plan, here: Plan, what: Plan) -> Plan:
    """Return one call's plan with the changes that were made to another one."""
    day = clock.local(own.starts_at).date() + (
        clock.local(what.starts_at).date() - clock.local(here.starts_at).date()
    )
    moved = on_day(own, day)
    if (what.starts_at, what.ends_at) != (here.starts_at, here.ends_at):
        moved = replace(
            moved,
            starts_at=_at_hour(day, own.starts_at, here.starts_at, what.starts_at),
            ends_at=_at_hour(day, own.ends_at, here.ends_at, what.ends_at),
        )
    return replace(
        moved,
        title=own.title if what.title == here.title else what.title,
        purpose=own.purpose if what.purpose == here.purpose else what.purpose,
        group=own.group if what.group == here.group else what.group,
        pupils=merged_rows(own.pupils, here.pupils, what.pupils),
        co_hosts=merged_rows(own.co_hosts, here.co_hosts, what.co_hosts),
        reserves=merged_rows(own.reserves, here.reserves, what.reserves),
        is_recorded=own.is_recorded if what.is_recorded == here.is_recorded else what.is_recorded,
        recording_declined_because=what.recording_declined_because
        if what.recording_declined_because != here.recording_declined_because
        else own.recording_declined_because,
    )


def _at_hour(day: date, own: datetime, here: datetime, there: datetime) -> datetime:
    """Return a day at its own hour, or at the new one where the hour was changed."""
    is_same = clock.local(here).time() == clock.local(there).time()
    return clock.at(day, clock.local(own if is_same else there).time())


def _check_days(days: Sequence[date]) -> None:
    """Refuse to move calls onto days on which the school is closed (E66)."""
    calendar = terms.calendar()
    for day in days:
        if why := why_closed(calendar, day):
            raise NotAllowed(
                f"{date_format(day, 'l j F')}: {why}. Change or cancel that call by itself."
            )


def _meeting(series: Series, call: Plan, *, by: StaffMember, now: datetime) -> Meeting:
    return Meeting(
        series=series,
        title=call.title,
        purpose=call.purpose,
        starts_at=call.starts_at,
        ends_at=call.ends_at,
        scheduled_at=now,
        is_recorded=call.is_recorded,
        recording_declined_because=call.recording_declined_because,
        group=call.group,
        planned_by=by,
    )


def _seats(meeting: Meeting, call: Plan, *, by: StaffMember) -> list[Seat]:
    """Return the seats of one call; whoever is named twice has one."""
    roles = {person.pk: policy.SeatRole.RESERVE for person in call.reserves}
    roles |= {person.pk: policy.SeatRole.CO_HOST for person in call.co_hosts}
    roles.pop(by.pk, None)
    seats = [(by.pk, policy.SeatRole.HOST), *roles.items()]
    return [Seat(meeting=meeting, staff_id=pk, role=role.value) for pk, role in seats]


def _check(meetings: Sequence[Meeting], *, by: StaffMember, now: datetime) -> None:
    """Refuse a series of which one call breaks the policy, whatever the families will say."""
    facts = selectors.facts_of(meetings, now)
    # The same pupils are on each of them: one look tells whom the planner may not know of.
    kept_from = selectors.seen_by(facts[meetings[0].pk], by.pk, now).kept_from
    for meeting in meetings:
        verdict = policy.assess_plan(policy.hushed(facts[meeting.pk], kept_from), now)
        if verdict.blocks:
            raise SeriesRefused(verdict, meeting.starts_at)
