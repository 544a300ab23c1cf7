"""The table of people and roles, the page of one person, and who can see what."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from school import selectors
from school.access import StaffRequest, StaffView, View, capable, second_factor, staff_page
from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import (
    OPENS_CONCERNS,
    Role,
    Viewer,
    may_change_role_of,
    may_manage_accounts,
    may_propose_role_of,
    may_see_roles,
    opens_concerns,
)
from schoolsafe.lib import clock
from schoolsafe.lib.rows import names_a_row
from schoolsafe.lib.rules import Finding, NotAllowed
from schoolsafe.staffing import changes, sight
from schoolsafe.staffing.forms import EndForm, FindForm, GiveForm, StaffingForm

UNREADABLE = HTTPStatus.UNPROCESSABLE_ENTITY
ON_A_PAGE = 50
MOST_FOUND = 100


def role_page(view: StaffView[Any]) -> View[Any]:
    """Let in who may see roles, with a second factor."""
    return staff_page(capable(may_see_roles)(second_factor(view)))


@require_http_methods(["GET", "POST"])
@role_page
def roles(request: StaffRequest) -> HttpResponse:
    """Show who holds which role; found by POST, for a name stands in no address and no log."""
    now, today = clock.now(), clock.today()
    form = FindForm(request.POST if request.method == "POST" else {})
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "role": ""}
    is_asked = bool(asked["q"].strip() or asked["role"])
    people = selectors.role_holders(search=asked["q"], role=asked["role"] or None, on=today)
    pages = Paginator(people, MOST_FOUND if is_asked else ON_A_PAGE)
    page = pages.get_page(1 if is_asked else request.GET.get("page"))
    since = today - selectors.ENDED_LATELY
    context = {
        "form": form,
        "asked": asked,
        "is_asked": is_asked,
        "page": page,
        "more": max(pages.count - MOST_FOUND, 0) if is_asked else 0,
        "rows": [selectors.sorted_roles(one, on=today, ended_since=since) for one in page],
        "all_roles": list(Role),
        "lacks": selectors.team_lacks(now),
        "proposals": _with_rights(request.viewer, selectors.waiting_proposals(now)),
        "left": _left_by_microsoft(),
        "may_see_groups": may_manage_accounts(request.viewer),
    }
    return render(request, "staffing/roles.html", context)


def _left_by_microsoft() -> list[RoleHeld]:
    """Return the roles that a group gave while signing in with Microsoft was on: once it is off nothing there ends them."""
    return list(selectors.held_from_microsoft()[:MOST_FOUND]) if settings.ENTRA is None else []


@require_http_methods(["GET", "POST"])
@role_page
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Show somebody's roles; give one, or propose one that opens concerns."""
    staff = _somebody(pk)
    offered = _offered(request.viewer, staff)
    is_sent = request.method == "POST"
    form = GiveForm(
        request.POST if is_sent else None, offered=offered, initial={"starts_on": clock.today()}
    )
    if is_sent and not offered:
        raise NotAllowed("These roles are not yours to change.")
    brings: list[Finding] = []
    if is_sent and form.is_valid():
        brings = _brought_by_giving(staff, form)
        if _has_seen(form, brings):
            try:
                return _given(request, staff, form)
            except NotAllowed as refusal:
                form.add_error(None, str(refusal))
    return _person_page(request, staff, form, offered=offered, brings=brings)


def _brought_by_giving(staff: StaffMember, form: GiveForm) -> list[Finding]:
    said = form.cleaned_data
    return selectors.brought_by_giving(
        staff,
        said["role"],
        starts_on=said["starts_on"],
        ends_on=said["ends_on"],
        now=clock.now(),
    )


def _given(request: StaffRequest, staff: StaffMember, form: GiveForm) -> HttpResponse:
    """Give or propose what was filled in. Raises NotAllowed."""
    said = form.cleaned_data
    role, days = said["role"], {"starts_on": said["starts_on"], "ends_on": said["ends_on"]}
    if role in OPENS_CONCERNS:
        changes.propose(staff, by=request.staff, role=role, reason=said["reason"], **days)
        words = "It is proposed. It opens nothing until a second person has approved it."
    else:
        changes.give(staff, by=request.staff, role=role, **days)
        words = f"{staff} has the role: {role.words}."
    messages.success(request, words)
    return redirect("staffing:person", pk=staff.pk)


@require_http_methods(["GET", "POST"])
@role_page
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a role end, after what that would leave has been shown."""
    held = get_object_or_404(RoleHeld.objects.select_related("staff__user"), pk=pk)
    _check_may_end(request.viewer, held)
    is_sent = request.method == "POST"
    form = EndForm(request.POST if is_sent else None, held=held)
    brings: list[Finding] = []
    if is_sent and form.is_valid():
        last = form.last_day
        brings = selectors.brought_by_ending(held, on=last, now=clock.now())
        if _has_seen(form, brings):
            try:
                return _ended(request, held, last)
            except NotAllowed as refusal:
                form.add_error(None, str(refusal))
                brings = []
    context = {"held": held, "form": form, "brings": brings, "seen": _digest(brings)}
    return render(request, "staffing/end.html", context, status=_status(form, brings))


def _check_may_end(viewer: Viewer, held: RoleHeld) -> None:
    """Raise NotAllowed for whoever may not end it, and Http404 for a role that is over."""
    if held.is_over(on=clock.today()):
        raise Http404
    known = held.staff.roles_now_or_later()
    if not may_change_role_of(viewer, known, staff_id=held.staff_id):
        raise NotAllowed("This role is not yours to end.")


def _ended(request: StaffRequest, held: RoleHeld, last: date | None) -> HttpResponse:
    changes.end(held, by=request.staff, on=last)
    when = "at once" if last is None else f"with {last.day} {last:%B %Y}"
    messages.success(request, f"{held.words}: it ends {when}.")
    return redirect("staffing:person", pk=held.staff_id)


@require_POST
@role_page
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    proposal = _to_settle(request.viewer, pk)
    return _decided(request, proposal, changes.approve, "It is approved: {staff} has the role.")


@require_POST
@role_page
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    proposal = _to_settle(request.viewer, pk)
    return _decided(request, proposal, changes.decline, "It is declined. Nothing has changed.")


@require_POST
@role_page
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    proposal = get_object_or_404(selectors.role_proposals(), pk=pk)
    if proposal.proposed_by_id != request.staff.pk:
        raise NotAllowed("Only the person who proposed it takes it back.")
    return _decided(request, proposal, changes.take_back, "It is taken back. Nothing has changed.")


def _to_settle(viewer: Viewer, pk: int) -> RoleProposal:
    """Return a proposal that is this viewer's to decide. Raises NotAllowed where it is not."""
    proposal = get_object_or_404(selectors.role_proposals(), pk=pk)
    if not selectors.may_settle(viewer, proposal):
        raise NotAllowed(
            "The designated lead or the headteacher decides about this: never the person who proposed it, "
            "nor the person concerned."
        )
    return proposal


def _decided(
    request: StaffRequest,
    proposal: RoleProposal,
    decide: Callable[..., RoleProposal],
    words: str,
) -> HttpResponse:
    """Decide about a proposal; a refusal stands on the page of the person."""
    try:
        decide(proposal, by=request.staff)
    except NotAllowed as refusal:
        staff = _somebody(proposal.staff_id)
        offered = _offered(request.viewer, staff)
        form = GiveForm(None, offered=offered, initial={"starts_on": clock.today()})
        return _person_page(request, staff, form, offered=offered, refused=str(refusal))
    messages.success(request, words.format(staff=proposal.staff))
    return redirect("staffing:person", pk=proposal.staff_id)


@require_http_methods(["GET"])
@role_page
def who_sees_what(request: StaffRequest) -> HttpResponse:
    """Show what each role opens; of one person what they can see, and why."""
    today = clock.today()
    asked = request.GET.get("person", "")
    staff = _somebody(int(asked)) if names_a_row(asked) else None
    if asked and staff is None:
        raise Http404
    context: dict[str, Any] = {
        "people": StaffMember.objects.working().only("pk", "name").order_by("name"),
        "staff": staff,
        "roles": list(Role),
        "groups": sight.table(),
        **sight.concerns_read(),
    }
    if staff is not None:
        held = selectors.sorted_roles(staff, on=today)
        context |= {"held": held, "theirs": sight.of_person(held.now, staff_id=staff.pk)}
    return render(request, "staffing/who_sees_what.html", context)


def _somebody(pk: int) -> StaffMember:
    people = StaffMember.objects.select_related("user").prefetch_related("roles_held")
    return get_object_or_404(people, pk=pk)


def _offered(viewer: Viewer, staff: StaffMember) -> list[Role]:
    """Return the roles that this viewer may give to somebody, or propose them for."""
    if not staff.user.is_active:
        return []
    held = staff.roles_now_or_later()
    proposes = may_propose_role_of(viewer, staff_id=staff.pk)
    return [
        role
        for role in Role
        if (proposes if role in OPENS_CONCERNS else _may_give(viewer, held | {role}, staff))
    ]


def _may_give(viewer: Viewer, held: frozenset[Role], staff: StaffMember) -> bool:
    return may_change_role_of(viewer, held, staff_id=staff.pk)


def _person_page(
    request: StaffRequest,
    staff: StaffMember,
    form: GiveForm,
    *,
    offered: Sequence[Role],
    brings: Sequence[Finding] = (),
    refused: str = "",
) -> HttpResponse:
    now, today, viewer = clock.now(), clock.today(), request.viewer
    rows = list(selectors.role_proposals(staff))
    open_rows = [row for row in rows if row.settled_at is None]
    context = {
        "staff": staff,
        "is_own": staff.pk == viewer.staff_id,
        "held": selectors.sorted_roles(staff, on=today),
        "may_end": _may_give(viewer, staff.roles_now_or_later(), staff),
        "proposals": [_weighed(viewer, row) for row in open_rows],
        "settled": [row for row in rows if row.settled_at is not None],
        "reads_reasons": opens_concerns(viewer.roles),
        "offered": offered,
        "proposes": any(role in OPENS_CONCERNS for role in offered),
        "form": form,
        "brings": brings,
        "seen": _digest(brings),
        "refused": refused,
        "now": now,
    }
    status = UNREADABLE if refused else _status(form, brings)
    return render(request, "staffing/person.html", context, status=status)


def _weighed(viewer: Viewer, row: RoleProposal) -> dict[str, Any]:
    """Return a proposal with who can decide about it, and what it would bring."""
    now = clock.now()
    deciding = selectors.approvers(
        row.staff_id, proposed_by=row.proposed_by_id, on=clock.local(now).date()
    )
    return {
        "row": row,
        "is_waiting": row.is_waiting(now=now),
        "may_settle": selectors.may_settle(viewer, row),
        "may_take_back": row.proposed_by_id == viewer.staff_id,
        "deciding": deciding,
        "brings": selectors.brought_by_giving(
            row.staff, Role(row.role), starts_on=row.starts_on, ends_on=row.ends_on, now=now
        ),
    }


def _with_rights(viewer: Viewer, rows: Sequence[RoleProposal]) -> list[tuple[RoleProposal, bool]]:
    """Return proposals, each with whether it waits for this viewer."""
    return [(row, selectors.may_settle(viewer, row)) for row in rows]


def _digest(brings: Sequence[Finding]) -> str:
    """Return by what a page knows again that it has shown exactly this."""
    return hashlib.sha256("\n".join(one.words for one in brings).encode()).hexdigest()[:16]


def _has_seen(form: StaffingForm, brings: Sequence[Finding]) -> bool:
    """Tell whether nothing stands against it that was not shown before the button was pressed."""
    return not brings or form.cleaned_data["seen"] == _digest(brings)


def _status(form: StaffingForm, brings: Sequence[Finding]) -> int:
    return UNREADABLE if form.errors or brings else HTTPStatus.OK
