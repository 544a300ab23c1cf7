"""The office's pages: a stranger's answer, one to set aside, a message sent again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from consent import selectors, services
from consent.forms import CheckForm, SetAsideForm
from consent.models import Answer, Request
from consent.pages import dial
from school.access import StaffRequest, capable, staff_page
from school.roles import may_see_all_meetings
from schoolsafe.lib import clock
from schoolsafe.lib.origin import leads_here


@staff_page
@capable(may_see_all_meetings)
def check(request: StaffRequest, pk: int) -> HttpResponse:
    asked = request_for(pk)
    answer = selectors.unchecked_answer(asked)
    if answer is None:
        raise Http404("Nothing waits to be checked.")
    form = CheckForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        services.look(answer, by=request.staff)
        telephone = selectors.on_record(asked, clock.now()).telephone
        extra = {
            "form": form,
            "answer": answer,
            "at": clock.local(answer.at),
            "telephone": telephone,
            "dial": dial(telephone),
            "is_doubted": not answer.is_by_someone_else,
        }
        return show(request, asked, "check_answer", extra)
    said = form.cleaned_data
    services.check(
        answer, by=request.staff, is_accepted=said["choice"] == "accept", note=said["note"]
    )
    messages.success(request, "Your check is recorded.")
    return back(request)


@staff_page
@capable(may_see_all_meetings)
def set_aside(request: StaffRequest, pk: int) -> HttpResponse:
    live = Request.objects.live().select_related("question", "pupil", "guardian")
    answer = get_object_or_404(Answer.objects.filter(request__in=live, invalidation=None), pk=pk)
    asked = request_for(answer.request_id)
    form = SetAsideForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        services.look(answer, by=request.staff)
        extra = {"form": form, "answer": answer, "at": clock.local(answer.at)}
        return show(request, asked, "set_aside", extra)
    services.invalidate(answer, by=request.staff, reason=form.cleaned_data["reason"])
    messages.success(request, "The answer is set aside. It stays on record, and does not count.")
    return back(request)


@require_POST
@staff_page
def resend(request: StaffRequest, pk: int) -> HttpResponse:
    asked = request_for(pk)
    if not (may_see_all_meetings(request.viewer) or asked.question.asked_by_id == request.staff.pk):
        raise Http404("Somebody else's question.")
    services.resend(asked, by=request.staff)
    messages.success(request, "The message is ready, and leaves in a moment.")
    return back(request)


def request_for(pk: int) -> Request:
    """Return a request that still stands."""
    live = Request.objects.live().select_related("question", "pupil", "guardian")
    return get_object_or_404(live, pk=pk)


def show(request: StaffRequest, asked: Request, name: str, extra: dict[str, Any]) -> HttpResponse:
    """Render a staff page about one request; a form that was sent back is not a success."""
    status = 422 if extra["form"].is_bound else 200
    context = {
        "asked": asked,
        "person": asked.guardian.name if asked.guardian else str(asked.pupil),
        "plan": asked.question.asked,
        "starts_at": clock.local(asked.question.asked.starts_at),
        "next": next_of(request),
    }
    return render(request, f"consent/{name}.html", context | extra, status=status)


def next_of(request: StaffRequest) -> str:
    """Return the page of ours that led here, if it named itself."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    return there if leads_here(request, there) else reverse("schoolsafe_home")


def back(request: StaffRequest) -> HttpResponseRedirect:
    """Lead back to where the person came from."""
    return redirect(next_of(request))
