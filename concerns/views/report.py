"""The numbers for the governors, and what an inspection is given."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from concerns import policy, services
from concerns.forms.report import InspectionForm
from concerns.pages.report import inspection_lines, report_figures
from concerns.selectors.report import cases, ended, report_counts
from school.access import StaffRequest, capable, second_factor, staff_page
from school.selectors import school
from school.years import Year, year_of, years
from schoolsafe.lib import clock, spreadsheet
from schoolsafe.lib.bars import NOTE, WIDE, Figure


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The years to choose from, the one that was chosen, and its figures."""

    years: list[Year]
    year: Year
    terms: dict[str, str]
    figures: tuple[Figure, ...]

    def context(self) -> dict[str, object]:
        """Return what the templates of both pages show."""
        return {
            "years": self.years,
            "year": self.year,
            "terms": ", ".join(self.terms.values()),
            "figures": self.figures,
            "note": NOTE,
            "wide": WIDE,
            "is_empty": not any(figure.tables for figure in self.figures),
        }


def _read(asked: str) -> Shown:
    """Read the numbers of a school year as they may be shown."""
    offered = years(clock.now())
    year, today = year_of(offered, asked), clock.today()
    figures = report_figures(report_counts(year, today=today))
    return Shown(years=offered, year=year, terms=ended(year, today=today), figures=figures)


@require_safe
@staff_page
@capable(policy.may_read_report)
def report(request: StaffRequest) -> HttpResponse:
    """Show how many concerns there were in the whole school, without a name (A56)."""
    shown = _read(request.GET.get("year", ""))
    may_export = policy.may_export_cases(request.viewer)
    return render(request, "concerns/report.html", shown.context() | {"may_export": may_export})


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
@transaction.atomic
def inspection(request: StaffRequest) -> HttpResponse:
    """Hand out the numbers and the list of cases; that it was done is on record first (A55)."""
    if not policy.may_export_cases(request.viewer):
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    shown, form = _read(asked.get("year", "")), InspectionForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "years": shown.years, "year": shown.year}
        return render(request, "concerns/inspection.html", context, status=status)
    found = cases(shown.year, request.viewer)
    services.export_cases(
        by=request.staff,
        year=shown.year.key,
        purpose=form.wanted(),
        form=form.cleaned_data["form"],
        cases=len(found),
    )
    if form.cleaned_data["form"] == "csv":
        text = spreadsheet.written(inspection_lines(shown.year.label, shown.figures, found))
        name = f"safeguarding-{shown.year.key}.csv"
        return HttpResponse(
            text,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    context = shown.context() | {
        "cases": found,
        "purpose": form.wanted().label,
        "of": school().name,
        "made_at": clock.now(),
    }
    return render(request, "concerns/inspection_paper.html", context)
