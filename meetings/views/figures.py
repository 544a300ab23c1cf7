from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings import services
from meetings.pages.figures import figures
from meetings.pages.figures_paper import figures_paper
from meetings.selectors.figures import measures, purposes
from school.access import StaffRequest, capable, staff_page
from school.roles import may_see_figures
from school.selectors import school
from school.years import Year, year_of, years
from schoolsafe.lib import clock, spreadsheet
from schoolsafe.lib.bars import NOTE, WIDE, Figure, lines


def _read(request: StaffRequest, now: datetime) -> tuple[list[Year], Year, tuple[Figure, ...]]:
    """Return the years to choose from, the one that was chosen, and its figures."""
    offered = years(now)
    year = year_of(offered, request.GET.get("year", ""))
    return offered, year, figures(year, measures(year, now), purposes())


@require_safe
@staff_page
@capable(may_see_figures)
def figures_page(request: StaffRequest) -> HttpResponse:
    offered, year, found = _read(request, clock.now())
    context: dict[str, Any] = {
        "years": offered,
        "year": year,
        "figures": found,
        "note": NOTE,
        "wide": WIDE,
        "is_empty": not any(figure.tables for figure in found),
    }
    return render(request, "meetings/figures.html", context)


@require_safe
@staff_page
@capable(may_see_figures)
def figures_csv(request: StaffRequest) -> HttpResponse:
    _, year, found = _read(request, clock.now())
    services.export_figures(by=request.staff, year=year.key, form="csv")
    text = spreadsheet.written(lines(year.label, found))
    return _file(text, "text/csv; charset=utf-8", f"calls-{year.key}.csv")


@require_safe
@staff_page
@capable(may_see_figures)
def figures_pdf(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    _, year, found = _read(request, now)
    services.export_figures(by=request.staff, year=year.key, form="pdf")
    paper = figures_paper(year, found, school=school().name, by=request.staff.name, now=now)
    return _file(paper, "application/pdf", f"calls-{year.key}.pdf")


def _file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
