"""Keying in an answer: by telephone, in person, or on paper with its form and its scan."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from consent import links, selectors, services
from consent.forms import YES_NO, RecordForm
from consent.models import Answer, PaperForm, Request
from consent.pages import form_paper, name_of
from consent.pages.evidence import changes_in_words
from consent.policy import Channel
from consent.views.staff import back, request_for, show
from school import services as school
from school.access import StaffRequest, capable, staff_page
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.tokens import BadToken


@require_safe
@staff_page
@capable(may_see_all_meetings)
def form(request: StaffRequest, token: str) -> HttpResponse:
    """Lead from the code on a paper form to where its answer is keyed in."""
    try:
        number = links.read_form(token)
    except BadToken as fault:
        raise Http404("No form of ours.") from fault
    paper = get_object_or_404(PaperForm.objects.select_related("request__question"), pk=number)
    asked = paper.request
    if asked.ended_at is not None or paper.printed_at < asked.asked_at:
        raise NotAllowed("This form was printed before the pupil was taken off the call.")
    if not asked.question.is_open(now=clock.now()):
        raise NotAllowed("The call has begun, is over or cancelled: no answer can be keyed in.")
    return redirect(f"{reverse('consent:record', args=[asked.pk])}?form={number}")


@require_POST
@staff_page
@capable(may_see_all_meetings)
def print_form(request: StaffRequest, pk: int) -> HttpResponse:
    """Print the form of one person, to go home with the child."""
    asked = request_for(pk)
    forms = services.print_forms(asked.question, by=request.staff, request_ids=[asked.pk])
    return HttpResponse(
        form_paper(forms, now=clock.now()),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name_of(forms)}"'},
    )


@staff_page
@capable(may_see_all_meetings)
def record(request: StaffRequest, pk: int) -> HttpResponse:
    asked = request_for(pk)
    school.check_no_kin(asked.pupil, by=request.staff)
    paper = _paper(request, asked)
    text = paper.wording.asked if paper else asked.question.asked
    filled = RecordForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        asks_recording=text.is_recorded if paper else asked.question.asks_recording,
        asked=asked,
        # A form of ours is an answer to the text on it, which is about one date.
        others=() if paper else selectors.dates_to_record(asked, clock.now()),
        initial=_known(asked, paper),
    )
    if not filled.is_valid():
        extra = {
            "form": filled,
            "paper": paper,
            "keyed": paper.answers.order_by("recorded_at").last() if paper else None,
            "changed": _changed(paper, asked),
        }
        return show(request, asked, "record", extra)
    said = filled.cleaned_data
    facts = {key: said[key] for key in ("name", "channel", "at", "note", "scan")}
    # Somebody may have answered on the telephone with the form in hand: that is no paper.
    facts["form"] = paper if said["channel"] == Channel.PAPER else None
    facts["also"] = filled.meant()
    if said["takes_part"] == "unclear":
        kept = services.record_unclear(asked, by=request.staff, **facts)
        _tell(request, kept, "It is recorded as unclear: the family is to be called.")
        return back(request)
    kept = services.record(
        asked,
        by=request.staff,
        takes_part=YES_NO[said["takes_part"]],
        may_be_recorded=YES_NO.get(said.get("may_be_recorded") or ""),
        relationship=said["relationship"],
        **facts,
    )
    dates = f" for {len(facts['also']) + 1} dates" if facts["also"] else ""
    _tell(request, kept, f"The answer for {asked.pupil} is recorded{dates}, with your name.")
    return back(request)


def _tell(request: StaffRequest, kept: Answer, words: str) -> None:
    """Say that it is kept; and that it does not count, where the day or the hour may be a slip (E37)."""
    if selectors.is_overruled(kept):
        messages.warning(
            request,
            f"{words} It does not count: the same person has said something later. Was the time that "
            "you wrote right?",
        )
        return
    messages.success(request, words)


def _known(asked: Request, paper: PaperForm | None) -> dict[str, object]:
    """Return what is filled in already; who signed a paper is read from it, not from our records."""
    now = clock.now()
    if paper:
        return {"at": clock.local(now), "channel": Channel.PAPER.value}
    person = selectors.on_record(asked, now)
    return {"at": clock.local(now), "name": person.name, "relationship": person.relationship}


def _paper(request: StaffRequest, asked: Request) -> PaperForm | None:
    """Return the printed form that is keyed in, when the page was opened by one of this request."""
    number: Any = request.POST.get("form") or request.GET.get("form") or ""
    if not names_a_row(number):
        return None
    forms = PaperForm.objects.filter(request=asked).select_related("wording")
    return forms.filter(pk=int(number)).first()


def _changed(paper: PaperForm | None, asked: Request) -> str:
    """Return what has changed in the plan since a form was printed, or nothing."""
    if paper is None:
        return ""
    is_hidden = asked.pupil.is_address_confidential
    return changes_in_words(paper.wording, asked.question.asked, is_hidden=is_hidden)
