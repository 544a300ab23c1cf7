"""What every page's frame needs: the school, the way round, and whether the clock has stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from notices.selectors import silence
from school import roles
from school.roles import Viewer
from school.selectors import SCHOOL
from schoolsafe.lib import clock, languages
from schoolsafe.middleware import home, is_family_page, is_ours


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One entry of the menu."""

    label: str
    url: str
    current: bool


NAV: tuple[tuple[str, str, Callable[[Viewer], bool]], ...] = (
    ("Meetings", "meetings:list", roles.may_follow_consent),
    ("Consent", "consent:worklist", roles.may_follow_consent),
    ("Concerns", "concerns:list", roles.may_log_concern),
    ("Messages", "notices:outbox", roles.may_see_outbox),
    ("Records", "admin:index", roles.may_enter_records),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame of a page; a family's page gets the school and nothing that needs a session.

    A page of the intranet that the module is mounted in gets nothing: its names are its own.
    """
    if not is_ours(request):
        return {}
    frame: dict[str, Any] = {"school": next(iter(SCHOOL.rows()), None)}
    if is_family_page(request):
        return frame | {"keep": languages.kept(request)}
    if not hasattr(request, "staff"):
        return frame
    frame["home_url"] = home()
    asked: Any = request
    if asked.staff:
        viewer: Viewer = asked.viewer
        frame["person_name"] = asked.staff.name
        frame["second_factor"] = bool(asked.has_second_factor)
        frame["sign_out_url"] = reverse("account_logout")
        frame["nav"] = [item for entry in NAV if (item := _item(request, viewer, *entry))]
        if roles.may_see_outbox(viewer):
            frame["silence"] = silence(clock.now())
        if roles.may_log_concern(viewer):
            frame["log_concern_url"] = _url("concerns:log")
    return frame


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
