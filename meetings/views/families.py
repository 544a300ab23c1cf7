"""The two pages that families see. No cookie, no session; the signed link is the proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import services as consent
from meetings import links, pages, policy, selectors, services
from meetings.forms import AddressForm
from meetings.models import Meeting, Place
from meetings.views.loading import sent
from school.models import Pupil
from school.policy import MOST_WISHES_AN_HOUR
from schoolsafe.lib import clock, languages
from schoolsafe.lib.origin import is_foreign
from schoolsafe.lib.senders import is_crowded
from schoolsafe.lib.tokens import BadToken


# The unguessable link is the proof of intent; a cookie would shut out in-app mail browsers.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    opened = _opened(token)
    if opened is None:
        return lost(request)
    place, guardian_id, language = opened
    with languages.spoken(request, language):
        return _door(request, place, guardian_id)


def _door(request: HttpRequest, place: Place, guardian_id: int) -> HttpResponse:
    """Say how the door stands; a press goes through it, and is written down."""
    now = clock.now()
    if request.method == "POST" and not is_foreign(request):
        passage = services.press(place, guardian_id=guardian_id)
        answer, teams_url = passage.answer, passage.teams_url
    else:
        facts = selectors.facts(place.meeting, now)
        has_agreed = selectors.has_agreed(place, guardian_id, now)
        door = policy.door(facts, place.pupil_id, now)
        answer, teams_url = policy.for_holder(door, has_agreed=has_agreed), ""
    context = {
        "meeting": place.meeting,
        "pupil": place.pupil,
        "name": _name_of(place.pupil),
        "answer": answer,
        "teams_url": teams_url,
        "next": pages.next_for_family(answer.door, place.meeting, now),
        "may_press": answer.door in pages.WORTH_PRESSING,
        "has_pressed": request.method == "POST",
    }
    return render(request, "meetings/family/join.html", context)


def _name_of(pupil: Pupil) -> str:
    """Return the name as this family's pages show it: of a child with a safe address the first (E33)."""
    return pupil.given_name if pupil.is_address_confidential else pupil.short_name


def _opened(token: str) -> tuple[Place, int, str] | None:
    """Return the place behind a link that is still good, with whose it is and their language."""
    try:
        place_id, guardian_id, version = links.read_personal(token)
    except BadToken:
        return None
    rows = Place.objects.select_related("pupil", "meeting__purpose")
    place = rows.filter(pk=place_id, link_version=version).first()
    language = selectors.reads_in(place, guardian_id, clock.now()) if place else None
    if place is None or language is None:
        return None
    return place, guardian_id, language


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def class_page(request: HttpRequest, token: str) -> HttpResponse:
    """Send a family its own link, to the address on record only; the answer is the same for all."""
    form = AddressForm(sent(request))
    if request.method == "POST" and not is_foreign(request) and form.is_valid():
        crowded = is_crowded(request, "wish", most=MOST_WISHES_AN_HOUR)
        meeting = _meeting_behind(token)
        if meeting is not None:
            consent.wish(
                services.LOST_ONE,
                form.cleaned_data["email"],
                about=meeting.about,
                is_crowded=crowded,
            )
        return render(request, "meetings/family/sent.html")
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/family/class_page.html", {"form": form}, status=status)


def _meeting_behind(token: str) -> Meeting | None:
    try:
        meeting_id, version = links.read_class(token)
    except BadToken:
        return None
    rows = Meeting.objects.filter(pk=meeting_id, class_link_version=version)
    return rows.select_related("question").first()


def lost(request: HttpRequest) -> HttpResponse:
    """Answer every link that is unknown, damaged or revoked in the same way, with a way to a new one."""
    form = AddressForm(request.POST if "email" in request.POST else None)
    if form.is_bound and not is_foreign(request) and form.is_valid():
        crowded = is_crowded(request, "wish", most=MOST_WISHES_AN_HOUR)
        consent.wish(services.LOST_ALL, form.cleaned_data["email"], is_crowded=crowded)
        return render(request, "meetings/family/sent.html")
    return render(request, "meetings/family/lost.html", {"form": form}, status=404)
