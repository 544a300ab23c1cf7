"""The calendar: terms, closed days, and what follows from them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from school import calendar as hours
from school import services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.forms.calendar import CloseDaysForm, ClosedDayForm, TermForm
from school.models import ClosedDay, School, Term
from school.pages import year
from school.roles import may_keep_calendar, may_keep_policy
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@require_GET
@staff_page
def show(request: StaffRequest) -> HttpResponse:
    """Show the school year, and to whoever keeps it what changes it."""
    context = {
        "page": year.read(clock.today()),
        "school": School.objects.current(),
        "may_keep": may_keep_calendar(request.viewer),
        "settings_url": _settings_url(request),
    }
    return render(request, "school/calendar.html", context)


def _settings_url(request: StaffRequest) -> str:
    """Return where the opening hours and the nation are chosen, to whoever may."""
    return reverse("school_settings") if may_keep_policy(request.viewer) else ""


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_calendar)
@second_factor
def add_term(request: StaffRequest) -> HttpResponse:
    """Enter a term."""
    form = TermForm(request.POST if request.method == "POST" else None)

    def change() -> str:
        services.add_term(by=request.staff, **form.cleaned_data)
        return f"{form.cleaned_data['name']} is in the calendar."

    return _answer(request, form, change, heading="A new term", button="Enter the term")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_calendar)
@second_factor
def change_term(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a term, or remove it."""
    term = get_object_or_404(Term, pk=pk)
    kept = {"name": term.name, "starts_on": term.starts_on, "ends_on": term.ends_on}
    form = TermForm(request.POST if request.method == "POST" else None, initial=kept)

    def change() -> str:
        services.change_term(term, by=request.staff, **form.cleaned_data)
        return f"{form.cleaned_data['name']} is changed."

    return _answer(
        request,
        form,
        change,
        heading=term.name,
        button="Keep the change",
        remove_url=reverse("school:remove_term", args=[pk]),
        remove_words="Its days count as a holiday then, or as open where no term follows.",
        remove_label="Remove this term",
    )


@require_POST
@staff_page
@capable(may_keep_calendar)
@second_factor
def remove_term(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a term off the calendar."""
    term = get_object_or_404(Term, pk=pk)
    services.remove_term(term, by=request.staff)
    messages.success(request, f"{term.name} is no longer in the calendar.")
    return redirect("school:calendar")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_calendar)
@second_factor
def close_days(request: StaffRequest) -> HttpResponse:
    """Enter a day, or several in a row, on which the school is closed."""
    form = CloseDaysForm(request.POST if request.method == "POST" else None)

    def change() -> str:
        days = form.days()
        already = _closed_anyway(days)
        services.close_days(by=request.staff, days=days, reason=form.cleaned_data["reason"])
        return f"{_counted(days)} kept.{already}"

    return _answer(request, form, change, heading="A closed day", button="Close the school")


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_calendar)
@second_factor
def change_closed_day(request: StaffRequest, pk: int) -> HttpResponse:
    """Move a closed day, say another reason, or open the school again."""
    row = get_object_or_404(ClosedDay, pk=pk)
    kept = {"day": row.day, "reason": row.reason}
    form = ClosedDayForm(request.POST if request.method == "POST" else None, initial=kept)

    def change() -> str:
        day = form.cleaned_data["day"]
        already = _closed_anyway([day]) if day != row.day else ""
        services.change_closed_day(
            row, by=request.staff, day=day, reason=form.cleaned_data["reason"]
        )
        return f"{clock.date_in_words(day)} kept.{already}"

    return _answer(
        request,
        form,
        change,
        heading=f"Closed on {clock.date_in_words(row.day)}",
        button="Keep the change",
        remove_url=reverse("school:remove_closed_day", args=[pk]),
        remove_words="The school counts as open on this day then, if it lies in a term.",
        remove_label="Open the school again",
    )


@require_POST
@staff_page
@capable(may_keep_calendar)
@second_factor
def remove_closed_day(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the school be open again on a day."""
    row = get_object_or_404(ClosedDay, pk=pk)
    services.remove_closed_day(row, by=request.staff)
    messages.success(request, f"{clock.date_in_words(row.day)} is no longer a closed day.")
    return redirect("school:calendar")


def _answer(
    request: StaffRequest, form: Form, change: Callable[[], str], **context: Any
) -> HttpResponse:
    """Do what a form asks for and lead back to the calendar, or show the form with what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            done = change()
        except services.DateRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("school:calendar")
    return render(request, "school/calendar_form.html", {"form": form, **context})


def _counted(days: Sequence[date]) -> str:
    """Return how many days were closed, or which one."""
    return clock.date_in_words(days[0]) if len(days) == 1 else f"{len(days)} closed days"


def _closed_anyway(days: Sequence[date]) -> str:
    """Say of days on which the school is closed already why it is: it may be a slip."""
    known = calendar()
    why = {words: None for day in days if (words := hours.why_closed(known, day))}
    return f" The school is closed then anyway: {', '.join(why)}." if why else ""
