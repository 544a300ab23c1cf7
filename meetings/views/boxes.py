"""The verdict beside a form: on a call that is typed, and on a change with what it would cost."""

from dataclasses import replace
from datetime import datetime

from meetings import pages, policy, selectors, services
from meetings.forms import PlanForm, RevisionForm, ScopeForm
from meetings.views.loading import Seen
from schoolsafe.lib import clock


def new_box(form: PlanForm, now: datetime) -> pages.Box:
    """Return the verdict on a call that is being typed; nothing shouts on a form just opened."""
    if not form.is_bound:
        return replace(pages.EMPTY_BOX, guidance=form.guidance, recording=form.recording)
    facts = form.facts(now)
    return pages.planning_box(
        facts, now, guidance=form.guidance, recording=form.recording, slips=form.slips
    )


def revised_box(here: Seen, form: RevisionForm, scope: ScopeForm | None) -> pages.Box:
    """Return the verdict on a call that is being changed, as the service will see it."""
    # Before the facts: they ask the form, and what is refused there is no change.
    cost = cost_of(here, form, scope)
    typed, was = form.facts(here.now), here.facts
    has_moved = (typed.starts_at, typed.ends_at) != (was.starts_at, was.ends_at)
    facts = replace(
        typed,
        status=was.status,
        scheduled_at=here.now if has_moved else was.scheduled_at,
        has_link=was.has_link,
        link_proves_tenant=was.link_proves_tenant,
        same_link=was.same_link,
    )
    return pages.planning_box(
        facts,
        here.now,
        guidance=form.guidance,
        recording=form.recording,
        cost=cost.before,
        slips=form.slips,
    )


def standing_box(here: Seen) -> pages.Box:
    """Return the verdict on a call that exists, before anything is changed."""
    return pages.planning_box(on_its_day(here), here.now, guidance=here.meeting.purpose.guidance)


def cost_of(here: Seen, form: RevisionForm, scope: ScopeForm | None) -> pages.Cost:
    """Return what the change that is typed would cost; none while something is missing."""
    if not form.is_valid():
        return pages.Cost()
    is_for_later = scope is not None and scope.is_for_later
    what = form.as_it_would_be()
    changed = services.as_changed(here.meeting, what, is_for_later=is_for_later)
    return pages.cost_of(changed, here.now, but=here.own_family)


def on_its_day(here: Seen) -> policy.Facts:
    """Return the facts of a call with what the school's calendar says of its day."""
    day = clock.local(here.facts.starts_at).date()
    return replace(here.facts, closed_because=selectors.closed_because(day))
