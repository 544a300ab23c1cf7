"""Pages for everybody: log a concern, and follow what one has logged oneself."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from concerns import policy, selectors, services
from concerns.forms import AddForm, CallForm, ConcernForm
from concerns.models import Concern
from concerns.selectors import About
from school import roles
from school.access import StaffRequest, capable, staff_page
from school.calendar import is_open
from school.models import School
from school.pickers import row_numbers
from school.terms import calendar
from schoolsafe.lib import clock


@require_http_methods(["GET", "POST"])
@staff_page
@capable(roles.may_log_concern)
def log(request: StaffRequest) -> HttpResponse:
    """Ask for a concern, keeping whatever was typed until it is logged."""
    team, finds = team_ids(), roles.may_find_pupils(request.viewer)
    if request.method != "POST":
        behind = _about(request)
        place = behind.place if behind else ""
        about = request.GET.get("about", "")
        form = ConcernForm.blank(
            about=about,
            place=place,
            team=team,
            finds_pupils=finds,
            at=_happened_at(request) if behind else None,
        )
        return _form_page(request, form)
    if "find" in request.POST:
        kept = ConcernForm.kept(request.POST, team=team, finds_pupils=finds)
        return _form_page(request, kept)
    form = ConcernForm(request.POST, team=team, finds_pupils=finds)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    concern = services.log(form.account(), by=request.staff, key=form.cleaned_data["key"])
    return redirect("concerns:received", concern.reference)


def _happened_at(request: StaffRequest) -> datetime:
    """Return when it happened: as the page says that led here, or about now (E73)."""
    try:
        at = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return clock.now()
    return at if at.tzinfo and at <= clock.now() else clock.now()


def team_ids() -> list[int]:
    """Return whom a reporter may say they rang: everybody who handles concerns."""
    return [person.staff_id for person in selectors.colleagues(clock.now())]


def team_for(facts: policy.Facts, people: Sequence[policy.Colleague]) -> list[int]:
    """Return whom a call about a concern may be noted to: never somebody who stands outside it (E1)."""
    return [person.staff_id for person in people if person.staff_id not in facts.excluded]


def _about(request: StaffRequest) -> About | None:
    """Return what the concern is about outside this room, as far as the person may know it."""
    named = request.POST if request.method == "POST" else request.GET
    return selectors.about(named.get("about", ""), request.viewer)


def _form_page(request: StaffRequest, form: ConcernForm, *, status: int = 200) -> HttpResponse:
    """Show the form under the numbers to ring first."""
    now = clock.now()
    return render(
        request,
        "concerns/log.html",
        {
            "form": form,
            "behind": _about(request),
            "first": selectors.phone_first(now, selectors.colleagues(now)),
            "numbers": School.objects.current(),
            "is_open": is_open(calendar(), now),
            "find_words": request.POST.get("find_words", ""),
            "finds_pupils": roles.may_find_pupils(request.viewer),
            "pupil_rows": _pupil_rows(request),
            "parts": list(policy.Part),
        },
        status=status,
    )


def _pupil_rows(request: StaffRequest) -> Sequence[dict[str, object]]:
    """Return the children chosen so far and those found, each with the part chosen beside them.

    None to somebody who may not look for pupils, whatever was sent.
    """
    if not roles.may_find_pupils(request.viewer):
        return []
    chosen = row_numbers(request.POST.getlist("pupils"))
    behind = _about(request)
    # Those of the call stand there to be ticked, whatever else is looked for.
    offered = [*chosen, *(behind.pupil_ids if behind else ())]
    found = selectors.find_pupils(
        request.POST.get("find_words", ""), chosen=offered, now=clock.now()
    )
    return [
        {
            "pupil": pupil,
            "classes": ", ".join(group.name for group in pupil.teaching_groups.all()),
            "is_chosen": pupil.pk in chosen,
            "part": request.POST.get(f"part_{pupil.pk}", policy.Part.SUBJECT.value),
        }
        for pupil in found
    ]


@require_POST
@staff_page
@capable(roles.may_find_pupils)
def pupils(request: StaffRequest) -> HttpResponse:
    """Answer the picker: a POST, so that no child's name stands in an address or a log."""
    return render(
        request,
        "concerns/_pupils.html",
        {
            "pupil_rows": _pupil_rows(request),
            "parts": list(policy.Part),
            "find_words": request.POST.get("find_words", ""),
        },
    )


@require_GET
@staff_page
def mine(request: StaffRequest) -> HttpResponse:
    """List what one has logged oneself."""
    now, people, hours = clock.now(), selectors.colleagues(clock.now()), calendar()
    later = selectors.named_later(request.staff)
    rows = [
        {
            "concern": concern,
            "people": selectors.people_as_logged(concern),
            "seen": selectors.seen_by_reporter(concern, people, hours, now=now)
            if concern.pk in later
            else concern,
        }
        for concern in selectors.logged_with_people(request.staff)
    ]
    return render(request, "concerns/mine.html", {"rows": rows})


@require_GET
@staff_page
def received(request: StaffRequest, reference: str) -> HttpResponse:
    """Show the reporter, for ever, that it was received, where it stands and whom to ring."""
    concern = get_object_or_404(
        selectors.logged_with_people(request.staff).select_related("acknowledged_by"),
        reference=reference,
    )
    now, people, hours = clock.now(), selectors.colleagues(clock.now()), calendar()
    seen = selectors.seen_by_reporter(concern, people, hours, now=now)
    rung = policy.rung_at(seen.facts, people, hours, now=now)
    entries = [entry for entry in selectors.chronology(concern) if entry.by_id == request.staff.pk]
    called = [entry for entry in entries if entry.kind == policy.EntryKind.CALL]
    told = [entry for entry in called if entry.called_id not in seen.facts.excluded]
    telephones = selectors.telephones(rung)
    return render(
        request,
        "concerns/received.html",
        {
            "concern": concern,
            "seen": seen,
            "entries": entries,
            "people": selectors.people_as_logged(concern),
            "needs_call": concern.is_from_home and not told,
            "telephones": telephones,
            "call_words": f"Received. {selectors.ring_whom(telephones)}",
            "must_phone": rung is not None
            and (rung.tells_reporter or not is_open(hours, now) or seen.facts.is_hurried),
            "is_unread": seen.facts.desk is policy.Desk.OUTSIDE,
            "is_open": is_open(hours, now),
            "numbers": School.objects.current(),
            "add_form": AddForm(),
            "call_form": CallForm(team=team_for(seen.facts, people)),
            "is_reader": Concern.objects.visible_to(request.viewer).filter(pk=concern.pk).exists(),
        },
    )
