"""The pages on which somebody reviews what happened."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from audit import exporting
from audit.models import Alarm
from audit.saved import Form
from audit.services import verifying
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import Pupil
from school.roles import may_read_audit
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.reviewing import alarms, reading, records, saving
from schoolsafe.reviewing.forms import LONGEST_ASKED, AnswerForm, FindForm, SaveForm, SearchForm

CONTENT_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.LINES: "application/jsonl; charset=utf-8",
}


@require_safe
@staff_page
@capable(may_read_audit)
@second_factor
def reader(request: StaffRequest) -> HttpResponse:
    """Show who did or saw what, newest first; that it was looked at is written down."""
    form = SearchForm(request.GET)
    context: dict[str, object] = {"form": form, "find_form": FindForm()}
    if form.is_valid():
        asked = form.asked()
        names, asked_for = reading.names_of(request.viewer, asked), _asked_for(request.GET)
        context |= {
            "piece": reading.piece(request.viewer, asked, before=request.GET.get("before", "")),
            "is_narrowed": bool(asked.filters),
            "chosen_record": records.label(form.cleaned_data["record"], names)
            if form.cleaned_data["record"]
            else "",
            "chosen_url": getattr(names.get(asked.record), "url", ""),
            "query": urlencode(asked_for),
            "asked_for": asked_for,
        }
        reading.note_look(request.staff, asked)
    return render(request, "audit/reader.html", context)


@require_POST
@staff_page
@capable(may_read_audit)
@second_factor
def find(request: StaffRequest) -> HttpResponse:
    """Find a record by a pupil's name or a page's address: no name stands in an address."""
    form = FindForm(request.POST)
    found: list[Pupil] = []
    if form.is_valid():
        words = form.cleaned_data["words"]
        reference = records.behind(words)
        if reference:
            return redirect(_about(reference))
        found = records.pupils_called(request.viewer, words)
        if len(found) == 1:
            return redirect(_about(f"school.pupil:{found[0].pk}"))
        if not found:
            form.add_error("words", "No pupil is called so, and it is no address of a page here.")
    context = {"form": form, "found": found}
    return render(request, "audit/find.html", context)


def _about(reference: str) -> str:
    """Return the address of the reader for one record."""
    return f"{reverse('audit_reader')}?{urlencode({'record': records.shown_as(reference)})}"


def _asked_for(told: QueryDict) -> dict[str, str]:
    """Return what is looked for as it stands in an address, without the place in the list."""
    given = {name: str(told.get(name, "")) for name in SearchForm.base_fields}
    return {name: value for name, value in given.items() if 0 < len(value) <= LONGEST_ASKED}


@require_POST
@staff_page
@capable(may_read_audit)
@second_factor
def save(request: StaffRequest) -> HttpResponse:
    """Give what the reader shows with the same filters as a file, and write down that it was taken."""
    form, asked_for = SaveForm(request.POST), _asked_for(request.POST)
    here = f"{reverse('audit_reader')}?{urlencode(asked_for)}"
    if not form.is_valid():
        messages.error(request, "Nothing was saved: choose again what, and as which kind of file.")
        return redirect(here)
    kind = form.cleaned_data["file"]
    content = saving.made(request.staff, request.viewer, form.asked(), kind, asked_for)
    if content is None:
        words = (
            f"More than {exporting.MOST:,} entries: narrow them down first, by a day for example."
        )
        messages.error(request, words)
        return redirect(here)
    name = f"audit-{clock.local(clock.now()):%Y-%m-%d-%H%M%S}.{kind.value}"
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_GET
@staff_page
@capable(may_read_audit)
@second_factor
def alarm_list(request: StaffRequest) -> HttpResponse:
    """Show what the checks of the audit have found, and when they last came to their end."""
    return render(request, "audit/alarms.html", alarms.overview(clock.now()))


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_read_audit)
@second_factor
def alarm_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one alarm, and take what somebody makes of it."""
    alarm = get_object_or_404(Alarm, pk=pk)
    is_sent = request.method == "POST"
    form = AnswerForm(request.POST if is_sent else None)
    if is_sent and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            verifying.acknowledge(alarm, by=request.staff.actor, words=words, now=clock.now())
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
            alarm.refresh_from_db()
        else:
            messages.success(request, "Written down. The alarm rests.")
            return redirect("audit_alarms")
    context = {"alarm": alarms.told(alarm, request.viewer), "form": form}
    return render(request, "audit/alarm.html", context)
