"""The demo people and signing one in with a click: part of the site in development only."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from school.models import StaffMember
from school.roles import Role
from school.selectors import BROWSER
from schoolsafe.demo.people import BY_EMAIL, Person
from schoolsafe.demo.setting import PASSWORD
from schoolsafe.lib import agents
from schoolsafe.lib.rules import NotAllowed

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Part:
    """A group of demo people who may do the same."""

    role: Role
    title: str
    may: str


PARTS = (
    Part(Role.STAFF, "Teachers and support staff", "Plan and run calls, log concerns."),
    Part(
        Role.DSL,
        "Designated safeguarding lead",
        "Reads and decides concerns, reviews calls, opens the audit trail.",
    ),
    Part(Role.SAFEGUARDING, "Deputy leads", "Read and acknowledge concerns, settle incidents."),
    Part(
        Role.HEADTEACHER,
        "Headteacher",
        "The last rung of every ladder; allegations about staff come here.",
    ),
    Part(Role.CHAIR, "Chair of governors", "Hears of allegations about the headteacher only."),
    Part(Role.OFFICE, "School office", "Records paper and telephone consent, sees who is late."),
    Part(Role.GOVERNOR, "Governors", "Log concerns; see no names."),
    Part(Role.IT, "IT", "Manages accounts and reference data; sees no concern."),
)
# Who plays in the lines at the top of the page: the teacher, a running call, the lead.
STORY = ("helen", "grace", "joan")
# The weightiest role decides in which group somebody stands.
WEIGHT = (
    Role.DSL,
    Role.HEADTEACHER,
    Role.CHAIR,
    Role.SAFEGUARDING,
    Role.IT,
    Role.OFFICE,
    Role.GOVERNOR,
    Role.STAFF,
)


def people(request: HttpRequest) -> HttpResponse:
    """Show the demo people, grouped by what they may do."""
    _check_nearby(request)
    groups: dict[Role, list[tuple[StaffMember, Person | None]]] = {}
    cast: dict[str, StaffMember] = {}
    staff = StaffMember.objects.working().select_related("user").prefetch_related("roles_held")
    for person in staff:
        held = person.viewer().roles
        part = next((role for role in WEIGHT if role in held), Role.STAFF)
        told = BY_EMAIL.get(person.email)
        groups.setdefault(part, []).append((person, told))
        if told:
            cast[told.key] = person
    for found in groups.values():
        found.sort(key=lambda pair: (not (pair[1] and pair[1].try_), pair[0].name))
    shown = [(part, groups[part.role]) for part in PARTS if part.role in groups]
    # The story of the first step needs all of its people.
    context = {
        "groups": shown,
        "cast": cast if set(STORY) <= set(cast) else {},
        "password": PASSWORD if cast else "",
    }
    return render(request, "school/people.html", context)


@require_POST
def sign_in_as(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a demo person in, second factor and all; who wants to plan a call is led there."""
    _check_nearby(request)
    person = get_object_or_404(StaffMember.objects.working().select_related("user"), pk=pk)
    user: Any = person.user
    login(request, user, backend=BACKEND)
    request.session[BROWSER] = agents.in_words(request.headers.get("User-Agent", ""))
    record_authentication(request, user, method="password", reauthenticated=True)
    record_authentication(request, user, method="mfa", type="totp", reauthenticated=True)
    return redirect("meetings:plan" if "plan" in request.POST else "schoolsafe_home")


def _check_nearby(request: HttpRequest) -> None:
    """Refuse every other machine: whoever can press this button is everybody."""
    if not ip_address(request.META["REMOTE_ADDR"]).is_loopback:
        raise NotAllowed("The demo people sign in only on the computer that runs the demo.")
