"""Being away: said in two presses from a phone, and taken back in one."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from school import cover, selectors, services
from school.access import StaffRequest, factor_where_it_opens_concerns, staff_page
from school.cover import Rota
from school.forms.rota import AwayForm, next_school_day
from school.models import Absence, StaffMember
from school.pages import rota as pages
from school.roles import may_manage_rota
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row
from schoolsafe.lib.rules import NotAllowed


@require_http_methods(["GET", "POST"])
@staff_page
@factor_where_it_opens_concerns
def say(request: StaffRequest) -> HttpResponse:
    """Ask how long somebody is away, and show what is said already and what it leaves."""
    known = calendar()
    others = (
        list(StaffMember.objects.working().exclude(pk=request.staff.pk))
        if may_manage_rota(request.viewer)
        else []
    )
    sent = request.POST if request.method == "POST" else None
    form = AwayForm(sent, calendar=known, others=others)
    if sent is not None and form.is_valid():
        starts_at, ends_at = form.stretch()
        staff = form.cleaned_data.get("staff") or request.staff
        try:
            row = services.record_absence(
                staff,
                by=request.staff,
                starts_at=starts_at,
                ends_at=ends_at,
                reason=form.cleaned_data["reason"],
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{request.path}?said={row.pk}")
    tomorrow = next_school_day(known)
    context = {
        "form": form,
        "next_day": tomorrow,
        "is_tomorrow": (tomorrow - clock.today()).days == 1,
        **_said(request),
    }
    return render(request, "school/away.html", context)


@require_POST
@staff_page
@factor_where_it_opens_concerns
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back that somebody is away, or say that they are back."""
    row = get_object_or_404(_own(request), pk=pk)
    services.take_back_absence(row, by=request.staff)
    is_own = row.staff_id == request.staff.pk
    words = "You are" if is_own else f"{row.staff} is"
    messages.success(request, f"{words} no longer down as away for that time.")
    return redirect("school:away" if is_own else "school:rota")


def _own(request: StaffRequest) -> QuerySet[Absence]:
    """Return the absences that this person may take back."""
    rows = Absence.objects.select_related("staff")
    return rows if may_manage_rota(request.viewer) else rows.filter(staff=request.staff)


def _said(request: StaffRequest) -> dict[str, object]:
    """Return when this person is away, and of what was said just now what it leaves and who is told."""
    now = clock.now()
    said = request.GET.get("said", "")
    row = _own(request).filter(pk=said, ends_at__gte=now).first() if names_a_row(said) else None
    own = [
        (one.pk, pages.away_words(one.starts_at, one.ends_at, now=now), one.starts_at <= now)
        for one in Absence.objects.filter(staff=request.staff, ends_at__gte=now)
    ]
    return {
        "own": own,
        "is_away_now": any(is_now for _, _, is_now in own),
        "said": row,
        "said_words": pages.away_words(row.starts_at, row.ends_at, now=now) if row else "",
        "is_own": row is not None and row.staff_id == request.staff.pk,
        "holes": [pages.hole_words(hole) for hole in _left_by(row)] if row else [],
        "told": [one.name for one in pages.who_is_told(now)] if row else [],
    }


def _left_by(row: Absence) -> list[cover.Hole]:
    """Return where nobody answers because of one absence."""
    now, known = clock.now(), calendar()
    rota = selectors.rota(now)
    others = tuple(one for one in rota.absences if one.pk != row.pk)
    without = Rota(people=rota.people, duties=rota.duties, covers=rota.covers, absences=others)
    before = cover.holes(without, known, start=now, until=row.ends_at)
    after = cover.holes(rota, known, start=now, until=row.ends_at)
    return [hole for hole in after if not any(cover.lies_in(hole, one) for one in before)]
