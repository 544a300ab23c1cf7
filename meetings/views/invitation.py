from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from meetings import policy, services
from meetings.forms import InvitationForm, LinkForm, PlanForm, Reading, TakeForm, unseal
from meetings.services import plan_of
from meetings.teams import LinkRefused
from meetings.views.loading import Seen, for_action, scope_form
from meetings.views.planning import detail_page, new_page
from school.access import StaffRequest, capable, staff_page
from school.roles import may_plan_meetings
from school.selectors import school
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

GONE = "What was read lay here too long, or was changed. Please drop the invitation again."


def upload_form(request: HttpRequest) -> InvitationForm:
    """Return the form with the file that was sent; what it belongs to is told by the school's tenant."""
    tenant = school().microsoft_tenant
    tenant_id = str(tenant) if tenant else None
    return InvitationForm(request.POST, request.FILES, tenant_id=tenant_id)


@require_http_methods(["GET", "POST"])
@staff_page
def read_invitation(request: StaffRequest, pk: int) -> HttpResponse:
    """Read the file that was dropped, and show what stands in it before anything is kept."""
    here = for_action(request, pk, policy.Action.REVISE)
    if request.method == "GET":
        return redirect("meetings:detail", pk=pk)
    form = upload_form(request)
    if not form.is_valid():
        return detail_page(request, pk, LinkForm(), drop_form=form, status=422)
    reading = form.cleaned_data["invitation"]
    take = TakeForm(reading=reading, planned=plan_of(here.meeting).times)
    return _page(request, here, take, reading)


@require_http_methods(["GET", "POST"])
@staff_page
def take_invitation(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the link of the invitation that was shown, and its time where that was chosen."""
    here = for_action(request, pk, policy.Action.REVISE)
    if request.method == "GET":
        return redirect("meetings:detail", pk=pk)
    reading = unseal(request.POST.get("read", ""))
    if reading is None:
        messages.error(request, GONE)
        return redirect("meetings:detail", pk=pk)
    form = TakeForm(request.POST, reading=reading, planned=plan_of(here.meeting).times)
    if form.is_valid() and _take(request, here, form):
        messages.success(request, "The Teams link is kept. Families never see it themselves.")
        return redirect("meetings:detail", pk=pk)
    return _page(request, here, form, reading, status=422)


def _take(request: StaffRequest, here: Seen, form: TakeForm) -> bool:
    """Keep what was decided; what is refused is said on the page that asked."""
    scope = scope_form(request, here.meeting)
    try:
        services.take_invitation(
            here.meeting,
            by=request.staff,
            link=form.reading.link,
            times=form.reading.times if form.moves else None,
            is_for_later=bool(scope and scope.is_for_later),
        )
    except LinkRefused as refused:
        form.add_error(None, refused.sentence)
    except NotAllowed as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


def _page(
    request: StaffRequest, here: Seen, form: TakeForm, reading: Reading, status: int = 200
) -> HttpResponse:
    """Show what was read, held against the call, with the choices that are left to a person."""
    seats = here.meeting.seats.exclude(role=policy.SeatRole.RESERVE.value)
    adults = [seat.staff.email for seat in seats.select_related("staff__user")]
    finding = reading.finding(adults)
    context = {
        "meeting": here.meeting,
        "form": form,
        "reading": reading,
        "findings": [finding] if finding else [],
        "scope": scope_form(request, here.meeting),
    }
    return render(request, "meetings/invitation.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_plan_meetings)
def plan_invitation(request: StaffRequest) -> HttpResponse:
    """Show the form of a new call again with what stands in its invitation; nothing is kept yet."""
    if request.method == "GET":
        return redirect("meetings:plan")
    form, drop_form = PlanForm(request.POST, host=request.staff), InvitationForm()
    typed = request.POST.copy()
    if "leave_out" in typed:
        typed["read"] = ""
    elif "use_times" in typed and form.reading is not None:
        for name, at in form.reading.typed.items():
            typed[name] = at
    else:
        drop_form = upload_form(request)
        if drop_form.is_valid():
            _fill(typed, drop_form.cleaned_data["invitation"], PlanForm.blank(request.staff))
    form.data = typed
    page = new_page(request, form, clock.now(), typed, drop_form=drop_form)
    page.status_code = 422 if drop_form.errors else 200
    return page


def _fill(typed: QueryDict, reading: Reading, blank: PlanForm) -> None:
    """Put what stands in an invitation where nobody has typed anything.

    A time without a zone waits for a person to say that it is the school's.
    """
    typed["read"] = reading.seal()
    if not typed.get("title", "").strip():
        typed["title"] = reading.title
    is_untouched = all(typed.get(name, "") in {"", _shown(blank, name)} for name in reading.typed)
    if reading.zone and is_untouched:
        for name, at in reading.typed.items():
            typed[name] = at


def _shown(form: PlanForm, name: str) -> str:
    """Return how a field of a new form stands on the page."""
    return str(form.fields[name].widget.format_value(form[name].value()) or "")
