"""Who is asked for one pupil, and where: seen and changed by the office and the safeguarding team."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from consent import pages, selectors, services
from consent.forms import AddressForm, AskedForm, ConfirmForm, showing
from consent.views.pages import CONFLICT, UNREADABLE
from school import deciding, policy
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
        "own": _own(found),
    }
    return render(request, "consent/pupil.html", context, status=status)


def _own(found: Pupil) -> dict[str, Any]:
    """Return what the page says of a pupil who decides themselves, may soon, or is about to."""
    today = clock.today()
    rows = [(one, one.stage(on=today)) for one in school.own_consents(found)]
    current = next((pair for pair in rows if pair[1] in deciding.CURRENT), None)
    is_adult = policy.is_adult(found.born_on, on=today)
    return {
        "is_alone": found.answers_alone(on=today),
        "is_adult": is_adult,
        "consent": current[0] if current else None,
        "stage": current[1].value if current else "",
        "is_near": not is_adult
        and deciding.is_near(found.born_on, year_group=found.year_group, on=today),
    }


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
    return _reach(request, get_object_or_404(Guardian, pk=pk))


@staff_page
@capable(may_choose_who_is_asked)
def own_address(request: StaffRequest, pk: int) -> HttpResponse:
    """Show and change where a pupil is written to while they answer for themselves."""
    return _reach(request, get_object_or_404(Pupil, pk=pk))


def _reach(request: StaffRequest, found: Guardian | Pupil) -> HttpResponse:
    """Show how somebody is written to, and keep what is changed about it."""
    is_sent = request.method == "POST"
    now = school.reach_of(found)
    form = _address_form(found, request.POST if is_sent else None, initial=showing(now))
    if not form.is_bound:
        return _address_page(request, found, form)
    if not form.is_valid():
        return _address_page(request, found, form, status=UNREADABLE)
    wanted, seen = form.wanted(), form.cleaned_data["seen"]
    try:
        services.change_reach(found, by=request.staff, wanted=wanted, seen=seen)
    except Overtaken as refused:
        found.refresh_from_db()
        form = _address_again(found, wanted, seen, refused)
        return _address_page(request, found, form, status=CONFLICT)
    except NotAllowed as refused:
        form.add_error("email", str(refused))
        return _address_page(request, found, form, status=UNREADABLE)
    messages.success(request, _kept(wanted, seen))
    return redirect(pages.address_of(found))


def _address_form(found: Guardian | Pupil, typed: Any = None, **facts: Any) -> AddressForm:
    return AddressForm(typed, has_language=isinstance(found, Guardian), **facts)


def _kept(wanted: policy.Reach, seen: policy.Reach) -> str:
    if "email" not in wanted.changed_from(seen):
        return "It is kept."
    if not seen.email:
        return "The address is kept."
    return "The new address is kept. The old one is told of it."


def _address_again(
    found: Guardian | Pupil, wanted: policy.Reach, seen: policy.Reach, refused: Overtaken
) -> AddressForm:
    """Return what a person typed over how it stands now, with what was changed meanwhile."""
    now = school.reach_of(found)
    changed = wanted.changed_from(seen)
    mine = policy.Reach(
        email=wanted.email if "email" in changed else now.email,
        language=wanted.language if "language" in changed else now.language,
    )
    form = _address_form(found, showing(mine, on=now))
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
    return _confirm(request, get_object_or_404(Guardian, pk=pk))


@require_POST
@staff_page
@capable(may_choose_who_is_asked)
def confirm_own_address(request: StaffRequest, pk: int) -> HttpResponse:
    return _confirm(request, get_object_or_404(Pupil, pk=pk))


def _confirm(request: StaffRequest, found: Guardian | Pupil) -> HttpResponse:
    """Keep that somebody has made sure whose an address is."""
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
            return redirect(pages.address_of(found))
    address = _address_form(found, initial=showing(school.reach_of(found)))
    return _address_page(request, found, address, confirm=form, status=UNREADABLE)


def _confirmed_again(sent: ConfirmForm, found: Guardian | Pupil) -> ConfirmForm:
    """Return the form over the address as it is now; of another one nobody has made sure yet."""
    if sent.cleaned_data["email"] == found.email:
        return sent
    form = ConfirmForm({"email": found.email})
    # That the address has changed is all that is said; how is asked when it is sent again.
    form.fields["how"].required = False
    return form


def _address_page(
    request: StaffRequest,
    found: Guardian | Pupil,
    form: AddressForm,
    *,
    confirm: ConfirmForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show how somebody is written to, and whether the address is settled."""
    now = clock.now()
    context: dict[str, Any] = {
        "person": found,
        "form": form,
        "confirm": confirm or ConfirmForm(initial={"email": found.email}),
        "is_changed_by_reader": found.email_changed_by_id == request.staff.pk,
        "is_in_doubt": bool(found.email and selectors.in_doubt(found, now)),
        "is_closed": bool(found.email and found.email_closed_at),
        "unsettled_until": school.unsettled_until(found, now) if found.email else None,
    }
    context["is_to_confirm"] = any(
        context[name] for name in ("is_in_doubt", "is_closed", "unsettled_until")
    )
    if isinstance(found, Pupil):
        services.look_at_pupil(found, by=request.staff)
        context["answers_alone"] = found.answers_alone(on=clock.today())
        return render(request, "consent/own_address.html", context, status=status)
    services.look_at_guardian(found, by=request.staff)
    ties = Guardianship.objects.filter(guardian=found).select_related("pupil")
    ties = ties.order_by("pupil__family_name", "pupil__given_name")
    barred = school.barred_numbers([tie.pupil_id for tie in ties], on=clock.today())
    own = policy.number(found.telephone)
    context |= {
        "dial": pages.dial(found.telephone),
        "not_rung_about": [tie.pupil for tie in ties if own in barred.get(tie.pupil_id, ())],
        "ties": ties,
    }
    return render(request, "consent/guardian.html", context, status=status)
