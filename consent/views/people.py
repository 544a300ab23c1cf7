"""Who is asked for one pupil, and where: seen and changed by the office and the safeguarding team."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from consent import pages, selectors, services
from consent.forms import AddressForm, AskedForm, ConfirmForm, showing
from consent.views.pages import CONFLICT, UNREADABLE
from school import policy
from school import selectors as school
from school.access import StaffRequest, capable, staff_page
from school.models import Guardian, Guardianship, Pupil
from school.roles import may_choose_who_is_asked
from schoolsafe.lib import clock
from schoolsafe.lib.languages import language_name
from schoolsafe.lib.rules import NotAllowed, Overtaken


@staff_page
@capable(may_choose_who_is_asked)
def pupil(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pupil, pk=pk)
    form, status = _asked_form(found, request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = UNREADABLE
    if form.is_bound and form.is_valid():
        wanted, seen = form.wanted(), form.cleaned_data["seen"]
        try:
            services.choose_who_is_asked(found, by=request.staff, wanted=wanted, seen=seen)
        except Overtaken as refused:
            found.refresh_from_db()
            form, status = _asked_form(found, again=(wanted, seen)), CONFLICT
            form.add_error(None, str(refused))
        except NotAllowed as refused:
            form.add_error("named" if "named" in form.fields else "mode", str(refused))
        else:
            messages.success(request, "Who is asked is changed. Who is new is asked now.")
            return redirect("consent:pupil", pk=pk)
    services.look_at_pupil(found, by=request.staff)
    context = {
        "pupil": found,
        "form": form,
        "ties": school.ties_of(found.pk, clock.today()),
        "is_adult": policy.is_adult(found.born_on, on=clock.today()),
    }
    return render(request, "consent/pupil.html", context, status=status)


def _asked_form(
    found: Pupil, typed: Any = None, *, again: tuple[policy.Choice, policy.Choice] | None = None
) -> AskedForm:
    """Return the form over what holds now; `again` holds what was chosen, and on what page."""
    ties = school.ties_of(found.pk, clock.today())
    now = school.choice_of(found, [one.tie for one in ties])
    facts: dict[str, Any] = {
        "choice": now,
        "ties": [one.tie for one in ties if not one.is_blocked],
        "school_mode": school.school().consent_mode,
    }
    form = AskedForm(typed, **facts)
    if again is None:
        return form
    wanted, seen = again
    return AskedForm(form.showing(policy.rebased(wanted, seen=seen, now=now), on=now), **facts)


@staff_page
@capable(may_choose_who_is_asked)
def guardian(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Guardian, pk=pk)
    is_sent = request.method == "POST"
    form = AddressForm(request.POST if is_sent else None, initial=showing(school.reach_of(found)))
    confirm = ConfirmForm(initial={"email": found.email})
    if not form.is_bound:
        return _guardian_page(request, found, form, confirm)
    if not form.is_valid():
        return _guardian_page(request, found, form, confirm, status=UNREADABLE)
    wanted, seen = form.wanted(), form.cleaned_data["seen"]
    try:
        services.change_reach(found, by=request.staff, wanted=wanted, seen=seen)
    except Overtaken as refused:
        found.refresh_from_db()
        form = _address_again(wanted, seen, school.reach_of(found), refused)
        confirm = ConfirmForm(initial={"email": found.email})
        return _guardian_page(request, found, form, confirm, status=CONFLICT)
    messages.success(request, _kept(wanted, seen))
    return redirect("consent:guardian", pk=pk)


def _kept(wanted: policy.Reach, seen: policy.Reach) -> str:
    if "email" not in wanted.changed_from(seen):
        return "It is kept."
    if not seen.email:
        return "The address is kept."
    return "The new address is kept. The old one is told of it."


def _address_again(
    wanted: policy.Reach, seen: policy.Reach, now: policy.Reach, refused: Overtaken
) -> AddressForm:
    """Return what a person typed over how it stands now, with what was changed meanwhile."""
    changed = wanted.changed_from(seen)
    mine = policy.Reach(
        email=wanted.email if "email" in changed else now.email,
        language=wanted.language if "language" in changed else now.language,
    )
    form = AddressForm(showing(mine, on=now))
    stands = {
        "email": f"Somebody has changed the address since you opened this page: it is "
        f"{now.email or 'none'} now.",
        "language": f"Somebody has changed the language since you opened this page: it is "
        f"{language_name(now.language)} now.",
    }
    for name in refused.names:
        form.add_error(name, f"{stands[name]} If yours is right, press again.")
    return form


@require_POST
@staff_page
@capable(may_choose_who_is_asked)
def confirm_address(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Guardian, pk=pk)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_address(found, by=request.staff, **form.cleaned_data)
        except NotAllowed as refused:
            found.refresh_from_db()
            form = _confirmed_again(form, found)
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The address is confirmed, with your name.")
            return redirect("consent:guardian", pk=pk)
    address = AddressForm(initial=showing(school.reach_of(found)))
    return _guardian_page(request, found, address, form, status=UNREADABLE)


def _confirmed_again(sent: ConfirmForm, found: Guardian) -> ConfirmForm:
    """Return the form over the address as it is now; of another one nobody has made sure yet."""
    if sent.cleaned_data["email"] == found.email:
        return sent
    form = ConfirmForm({"email": found.email})
    # That the address has changed is all that is said; how is asked when it is sent again.
    form.fields["how"].required = False
    return form


def _guardian_page(
    request: StaffRequest,
    found: Guardian,
    form: AddressForm,
    confirm: ConfirmForm,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show how a guardian is written to, and whether the address is settled."""
    services.look_at_guardian(found, by=request.staff)
    ties = Guardianship.objects.filter(guardian=found).select_related("pupil")
    ties = ties.order_by("pupil__family_name", "pupil__given_name")
    barred = school.barred_numbers([tie.pupil_id for tie in ties], on=clock.today())
    own = policy.number(found.telephone)
    context = {
        "guardian": found,
        "dial": pages.dial(found.telephone),
        "not_rung_about": [tie.pupil for tie in ties if own in barred.get(tie.pupil_id, ())],
        "ties": ties,
        "today": clock.today(),
        "form": form,
        "confirm": confirm,
        "is_in_doubt": bool(found.email and selectors.in_doubt(found, clock.now())),
        "unsettled_until": school.unsettled_until(found, clock.now()) if found.email else None,
    }
    return render(request, "consent/guardian.html", context, status=status)
