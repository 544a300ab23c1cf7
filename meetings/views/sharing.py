from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from meetings import policy, selectors, services
from meetings.forms import PostedForm
from meetings.models import Share
from meetings.pages import class_text, sharing_findings
from meetings.views.loading import Seen, for_those_who, meeting_for
from notices.forecast import quiet_hours
from school.access import StaffRequest, staff_page
from school.models import Guardian, Pupil
from school.selectors import pace
from schoolsafe.lib import clock


@require_GET
@staff_page
def share(request: StaffRequest, pk: int) -> HttpResponse:
    here = for_those_who(request, pk, policy.Action.SHARE)
    is_out = here.facts.is_past_sharing
    may_share = "share" in here.actions
    may_copy = may_share and not here.is_barred(request.staff)
    links = selectors.family_links(here.meeting, here.now) if may_copy else []
    agreed = [family for family in links if family.pupil.pk not in here.unread]
    shares = selectors.shares_of(here.meeting, but=here.unread)
    # Whom no e-mail reaches stands there from the start; a way in is shown once links are out.
    apart = [family for family in agreed if family.why]
    context = {
        "meeting": here.meeting,
        "is_out": is_out,
        "may_share": may_share,
        "findings": sharing_findings(here.facts, here.now),
        # A family's own link is shown to those who pass it on, and to nobody else.
        "families": [family for family in agreed if not family.why] if is_out else [],
        "apart": apart,
        "waiting": sum(bool(one.link) and not one.is_handed_over for one in apart),
        "class_text": class_text(here.meeting) if is_out and may_share else "",
        "emailed": sum(share.channel == Share.EMAIL for share in shares),
        "held": _waiting(here),
        "shares": shares,
        "has_own_family": may_copy and len(agreed) < len(links),
        "without": [place for place in here.facts.shown if not place.has_consent],
    }
    return render(request, "meetings/share.html", context)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The e-mails with links that wait for the hour that the school has chosen, and when they leave."""

    count: int
    at: datetime


def _waiting(here: Seen) -> Waiting | None:
    """Return what waits; None where all that is due is out."""
    at = policy.links_leave_at(here.facts.starts_at, pace=pace())
    if at is None or here.now >= at:
        return None
    count = selectors.links_waiting(here.meeting)
    morning = quiet_hours().until(clock.local(at))
    is_in_time = morning is not None and morning <= here.facts.starts_at
    return Waiting(count=count, at=morning if morning and is_in_time else at) if count else None


@require_POST
@staff_page
def by_email(request: StaffRequest, pk: int) -> HttpResponse:
    services.share_by_email(meeting_for(request, pk), by=request.staff)
    messages.success(request, "Each consenting family gets its own link by e-mail.")
    return redirect("meetings:share", pk=pk)


@require_POST
@staff_page
def by_hand(request: StaffRequest, pk: int) -> HttpResponse:
    services.direct_message(meeting_for(request, pk), by=request.staff)
    return redirect("meetings:share", pk=pk)


@require_POST
@staff_page
def posted(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = meeting_for(request, pk)
    form = PostedForm(request.POST)
    if form.is_valid():
        guardian_id, pupil_id = form.cleaned_data["guardian"], form.cleaned_data["pupil"]
        services.record_direct_message(
            meeting,
            by=request.staff,
            channel=form.cleaned_data["channel"],
            guardian=get_object_or_404(Guardian, pk=guardian_id) if guardian_id else None,
            pupil=get_object_or_404(Pupil, pk=pupil_id) if pupil_id else None,
        )
        messages.success(request, "Noted.")
    else:
        messages.error(request, "Choose Parent Hub or Purple Mash. Nothing was noted.")
    return redirect("meetings:share", pk=pk)


@require_POST
@staff_page
def posted_class(request: StaffRequest, pk: int) -> HttpResponse:
    meeting = meeting_for(request, pk)
    form = PostedForm(request.POST)
    if form.is_valid():
        channel = form.cleaned_data["channel"]
        services.record_class_message(meeting, by=request.staff, channel=channel)
        messages.success(request, "Noted.")
    else:
        messages.error(request, "Choose Parent Hub or Purple Mash. Nothing was noted.")
    return redirect("meetings:share", pk=pk)
