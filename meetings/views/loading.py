"""What every page of a meeting loads first: the meeting, if the person may know of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from meetings import policy, selectors
from meetings.forms import LeakForm, ScopeForm
from meetings.models import Meeting
from school.access import StaffRequest
from school.models import StaffMember
from school.selectors import kin_of
from schoolsafe.lib import clock


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A meeting as one person sees it now."""

    meeting: Meeting
    facts: policy.Facts
    verdict: policy.Verdict
    actions: frozenset[policy.Action]
    now: datetime
    staff: StaffMember

    @cached_property
    def own_family(self) -> frozenset[int]:
        """Return the children of this person, on this call or not, of whose family they read nothing.

        What one guardian says is nothing for the other, be it the host (E35).
        """
        return kin_of(self.staff.pk)

    @cached_property
    def unread(self) -> frozenset[int]:
        """Return the pupils of whose families this person reads nothing: kept from them, or their own."""
        return self.facts.kept_from | self.own_family

    def is_barred(self, staff: StaffMember) -> bool:
        """Tell whether no contact is allowed between an adult of the call and a pupil on it (E30).

        Neither a family's link nor the Teams address is shown to them; others see neither anyway.
        """
        met = {place.pupil_id for place in self.facts.places}
        return any(one.staff_id == staff.pk and one.barred_from & met for one in self.facts.seats)


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, be it nothing at all; None when it is only opened."""
    return request.POST if request.method == "POST" else None


def meeting_for(request: StaffRequest, pk: int) -> Meeting:
    """Return a meeting that the person may see; to anybody else it does not exist."""
    visible = Meeting.objects.visible_to(request.viewer)
    return get_object_or_404(visible.select_related("purpose", "question", "series"), pk=pk)


def seen(request: StaffRequest, pk: int) -> Seen:
    """Return a meeting with its verdict and what this person may do now.

    Nothing on its pages names a pupil from whom this person is kept (E30, E42).
    """
    now = clock.now()
    meeting = meeting_for(request, pk)
    facts = selectors.seen_by(selectors.facts(meeting, now), request.staff.pk, now)
    facts = selectors.without_own_family(facts, request.staff)
    return Seen(
        meeting=meeting,
        facts=facts,
        verdict=policy.assess(facts, now),
        actions=policy.actions_for(request.viewer, facts),
        now=now,
        staff=request.staff,
    )


def for_those_who(request: StaffRequest, pk: int, action: policy.Action) -> Seen:
    """Return a meeting for a page that says by itself at which stage an action is possible.

    Raises NotAllowed for whoever sees the meeting but may never do that.
    """
    here = seen(request, pk)
    policy.check_person(action, request.viewer, here.facts)
    return here


def for_action(request: StaffRequest, pk: int, action: policy.Action) -> Seen:
    """Return a meeting for the form of an action; raises NotAllowed when it is not possible now."""
    here = seen(request, pk)
    policy.next_status(action, request.viewer, here.facts)
    return here


def leak_form(here: Seen, data: QueryDict | None = None) -> LeakForm:
    """Return the question what leaked, with the versions of the links that are out now."""
    return LeakForm(
        data,
        facts=here.facts,
        version=here.meeting.class_link_version,
        links=dict(here.meeting.places.values_list("pupil_id", "link_version")),
    )


def may_leak(here: Seen) -> bool:
    """Tell whether a link of this call can have leaked and this person may say so."""
    has_link = bool(here.meeting.join_url) and not here.meeting.link_leaked_at
    return has_link and policy.Action.LEAK in here.actions


def scope_form(request: HttpRequest, meeting: Meeting) -> ScopeForm | None:
    """Return the choice between one call and the later ones too; a call alone has none."""
    later = [
        one
        for one in selectors.calls_of_series(meeting)
        if one.starts_at > meeting.starts_at and policy.Status(one.status) in policy.PLANNED
    ]
    return ScopeForm(sent(request), meeting=meeting, later=later) if later else None
