"""What every page's frame needs: the school, the way round, and whether the clock has stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from notices.selectors import pulse
from school import roles
from school.pages import front
from school.roles import Viewer
from school.selectors import SCHOOL
from schoolsafe import idle
from schoolsafe.lib import clock, languages
from schoolsafe.middleware import home, is_family_page, is_ours


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One entry of the menu."""

    label: str
    url: str
    current: bool


def _sees_roles_alone(viewer: Viewer) -> bool:
    """Tell whether somebody sees the roles and no records: the chair of governors."""
    return roles.may_see_roles(viewer) and not roles.may_enter_records(viewer)


NAV: tuple[tuple[str, str, Callable[[Viewer], bool]], ...] = (
    ("Calls", "meetings:list", roles.may_follow_consent),
    ("Consent", "consent:worklist", roles.may_follow_consent),
    ("Concerns", "concerns:list", roles.may_log_concern),
    ("Messages", "notices:outbox", roles.may_see_outbox),
    ("Records", "admin:index", roles.may_enter_records),
    # Who enters the records finds it there.
    ("Roles", "staffing:roles", _sees_roles_alone),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame of a page; a family's page gets the school and nothing that needs a session.

    A page of the intranet that the module is mounted in gets nothing: its names are its own.
    """
    if not is_ours(request):
        return {}
    frame = _front()
    if is_family_page(request):
        return frame | {"keep": languages.kept(request)}
    if not hasattr(request, "staff"):
        return frame
    frame["home_url"] = home()
    asked: Any = request
    if settings.ENTRA is not None and settings.OWN_SIGN_IN:
        frame["microsoft_url"] = reverse("entra_start")
    if getattr(request, "locked_out", None):
        # Mounted in development only: there everybody has one password, which nobody was given.
        demo = {"demo_url": _url("people")}
        return frame | {"is_locked": True, "locked_for": asked.locked_out.name} | demo
    return frame | (_of_staff(request) if asked.staff else {})


def _of_staff(request: HttpRequest) -> dict[str, Any]:
    """Return what stands around a page for staff: who they are, where they may go, what cannot wait."""
    asked: Any = request
    viewer: Viewer = asked.viewer
    frame: dict[str, Any] = {
        "idle": idle.frame(request),
        "person_name": asked.staff.name,
        "second_factor": bool(asked.has_second_factor),
        "hides": _hides(request),
        "sign_out_url": reverse("account_logout"),
        "nav": [item for entry in NAV if (item := _item(request, viewer, *entry))],
    }
    frame |= _above(viewer) | _reviewing(request, viewer)
    if roles.may_log_concern(viewer):
        frame["log_concern_url"] = _url("concerns:log")
    return frame


def _above(viewer: Viewer) -> dict[str, str]:
    """Return what stands above every page of those who must know: silence, and an alarm of the audit."""
    if not roles.may_see_outbox(viewer):
        return {}
    found = pulse(clock.now())
    is_told = found.has_alarm and roles.may_read_audit(viewer)
    return {"silence": found.silence, "alarm_url": reverse("audit_alarms") if is_told else ""}


def _front() -> dict[str, Any]:
    """Return the school with its colour and its own words to families."""
    return front.frame(next(iter(SCHOOL.rows()), None))


def _reviewing(request: HttpRequest, viewer: Viewer) -> dict[str, str]:
    """Return where the page of a record leads whoever may read who did or saw it."""
    asked: Any = request
    may = roles.may_read_audit(viewer) and asked.has_second_factor
    return {"audit_url": reverse("audit_reader")} if may else {}


def _hides(request: HttpRequest) -> bool:
    """Tell whether a page can be hidden at once: all of the Log of Concern (A49)."""
    match = request.resolver_match
    return match is not None and "concerns" in match.app_names


def _item(
    request: HttpRequest,
    viewer: Viewer,
    label: str,
    name: str,
    capability: Callable[[Viewer], bool],
) -> NavItem | None:
    """Return the entry when the person may follow it."""
    url = _url(name)
    if not url or not capability(viewer):
        return None
    return NavItem(label=label, url=url, current=request.path.startswith(url))


def _url(name: str) -> str:
    """Return the address of a page, or nothing where its room is not mounted."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
