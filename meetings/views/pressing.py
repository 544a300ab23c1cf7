"""One press on the live register: make the change, and answer with the register as it stands."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from meetings import pages, policy, selectors
from meetings.forms import PressForm, UnknownNameForm
from meetings.models import Meeting
from meetings.services import Press
from meetings.views import drawn
from meetings.views.concern import concern_address
from meetings.views.loading import Seen, meeting_for, seen
from school.access import StaffRequest
from schoolsafe.lib.rules import NotAllowed

Change = Callable[[Meeting, Press | None], object]


def register_of(request: StaffRequest, here: Seen) -> dict[str, object]:
    """Return what the part of the page needs that renews itself."""
    # Before anything is read: what changes meanwhile is shown by the next renewal.
    stamp = selectors.stamp(here.meeting.pk, here.now)
    entries = selectors.register(here.meeting, but=here.facts.kept_from)
    wait = selectors.wait_for_others()
    return {
        "here": here,
        "meeting": here.meeting,
        **pages.teams_context(here.meeting, here.actions, here.facts, here.now),
        "join_url": "" if here.is_barred(request.staff) else here.meeting.join_url,
        "line": pages.live_line(here.facts, here.now, wait=wait, entries=entries),
        "button": pages.live_button(
            here.meeting, here.facts, here.now, here.actions, wait=wait, entries=entries
        ),
        "findings": pages.opening_findings(here.facts, here.now),
        "stamp": stamp,
        "rows": drawn.rows(
            request,
            here.meeting.pk,
            pages.register_rows(here.facts, entries, here.now),
            may_run=policy.Action.RUN in here.actions,
        ),
        "adults": pages.adults(here.facts),
        "lobby": pages.lobby(here.facts, here.now),
        "look": pages.second_look(here.meeting, here.facts, here.now, entries),
        "record": drawn.record(pages.record(entries)) if entries else "",
        "concern_url": concern_address(here.meeting),
        "unknown_form": UnknownNameForm(),
        "is_over": here.facts.status in {policy.Status.ENDED, policy.Status.CLOSED},
    }


def press(request: StaffRequest, pk: int, change: Change) -> HttpResponse:
    """Make a change from the register; a refusal is said in place, beside the buttons."""
    meeting = meeting_for(request, pk)
    refused = ""
    try:
        change(meeting, PressForm(request.POST).made())
    except NotAllowed as reason:
        refused = str(reason)
    if request.htmx:
        context = register_of(request, seen(request, pk)) | {"refused": refused}
        return render(request, "meetings/_register.html", context)
    if refused:
        messages.error(request, refused)
    return redirect("meetings:live", pk=pk)
