"""The page of each act: load what is visible, show the form, do it."""

from collections.abc import Callable
from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from concerns import selectors
from concerns.forms.acts import Here, Row
from concerns.models import Concern, Entry, Involved, Task
from concerns.views.acts import ACTS, Act
from concerns.views.work import back_after, visible, visible_or_own, write
from school.access import StaffRequest, reporting_page, second_factor, staff_page
from school.models import School
from schoolsafe.lib import clock

PRODUCT = "{product}"


def page(name: str) -> Callable[..., HttpResponse]:
    """Return the page of one act."""
    act = ACTS[name]

    @require_http_methods(["GET", "POST"])
    @reporting_page
    def for_reporter_too(request: StaffRequest, reference: str, pk: int = 0) -> HttpResponse:
        return _answer(request, act, visible_or_own(request, reference), pk)

    @require_http_methods(["GET", "POST"])
    @staff_page
    @second_factor
    def for_readers(request: StaffRequest, reference: str, pk: int = 0) -> HttpResponse:
        return _answer(request, act, visible(request, reference), pk)

    return for_reporter_too if act.is_for_reporter else for_readers


def _answer(request: StaffRequest, act: Act, concern: Concern, pk: int) -> HttpResponse:
    """Show the form of an act, and do it."""
    here = _here(request, act, concern, pk)
    act = _named(act, here)
    initial = act.initial(here)
    looks = "find" in request.POST
    if looks:
        # Only to look for somebody: what was typed stays, and nothing is missing yet.
        initial = initial | request.POST.dict()
    sent = request.POST if request.method == "POST" and not looks else None
    form = act.form(sent, here=here, initial=initial)
    back = back_after(request, concern, form)
    return write(
        request,
        concern,
        form,
        lambda: act.do(here, form.said()),
        heading=act.heading,
        button=act.button,
        # The list, not the concern: it may have moved out of this person's sight.
        back=reverse("concerns:list") if act.leaves else back,
        done=act.done,
        hint=act.hint,
        about=_about(here),
    )


def _named(act: Act, here: Here) -> Act:
    """Return an act with the product that holds the file by its name, where its words speak of it."""
    if PRODUCT not in act.heading:
        return act
    name = selectors.handing_of(here.concern, School.objects.current()).product or "another product"
    heading, button = (words.replace(PRODUCT, name) for words in (act.heading, act.button))
    return replace(act, heading=heading, button=button)


def _here(request: StaffRequest, act: Act, concern: Concern, pk: int) -> Here:
    """Return what an act is about; a row that this person must not know of does not exist."""
    now, people = clock.now(), selectors.colleagues(clock.now())
    facts = selectors.facts_of(concern, now=now, people=people)
    readers = selectors.readers(facts, people) if request.has_second_factor else []
    here = Here(concern=concern, by=request.staff, readers=readers)
    if not act.row:
        return here
    row = ROWS[act.row](request, here, pk)
    return Here(concern=concern, by=request.staff, readers=readers, row=row)


def _entry(request: StaffRequest, here: Here, pk: int) -> Row:
    """Return an entry that this person may see: whoever only logged it sees their own (A24)."""
    if here.is_reader:
        return get_object_or_404(here.concern.entries.select_related(*selectors.WITH_ENTRY), pk=pk)
    own = {entry.pk: entry for entry in selectors.own_entries(here.concern)}
    if pk not in own:
        raise Http404
    return own[pk]


def _link(request: StaffRequest, here: Here, pk: int) -> Row:
    """Return a link of which this person may read both sides."""
    links = {one.link.pk: one.link for one in selectors.linked(here.concern, request.viewer)}
    if pk not in links:
        raise Http404
    return links[pk]


ROWS: dict[str, Callable[[StaffRequest, Here, int], Row]] = {
    "entry": _entry,
    "link": _link,
    "task": lambda request, here, pk: get_object_or_404(here.concern.tasks.open(), pk=pk),
    "pupil": lambda request, here, pk: get_object_or_404(
        here.concern.involved.select_related("pupil").exclude(pupil=None), pk=pk
    ),
}


def _about(here: Here) -> selectors.Lines | None:
    """Return in words what the page is about, where it names a row."""
    row = here.row
    if isinstance(row, Entry):
        return selectors.entry_lines(row)
    if isinstance(row, Task):
        return selectors.Lines(heading=str(row.what))
    if isinstance(row, Involved):
        return selectors.Lines(heading=f"Filed for {row.who}")
    return None
