"""What the policy leaves to the school: the list, one setting with its history, and what waits."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from school import selectors, services
from school.access import StaffRequest, capable, second_factor, staff_page
from school.models import SettingChange
from school.roles import may_keep_policy, may_weaken_policy
from school.settings import FIXED, SETTINGS, Setting, Value
from school.settings.colour import stylesheet
from schoolsafe.choosing import telling
from schoolsafe.choosing.forms import SettingForm, shown
from schoolsafe.choosing.kept import kept
from schoolsafe.lib.rules import NotAllowed, Overtaken

UNREADABLE, CONFLICT = 422, 409


@require_GET
def colour(request: HttpRequest, digits: str) -> HttpResponse:
    """Give the school's colour as a stylesheet: the address changes with it, so it may be kept for a year."""
    chosen = selectors.colour()
    if chosen != f"#{digits}":
        raise Http404
    return kept(stylesheet(chosen), "text/css; charset=utf-8")


@require_GET
@staff_page
@capable(may_keep_policy)
@second_factor
def settings_list(request: StaffRequest) -> HttpResponse:
    """Show everything that the policy leaves to the school."""
    groups = selectors.standing_settings(selectors.school())
    waiting = [one for rows in groups.values() for one in rows if one.waiting]
    context = {
        "groups": [
            (group, rows, [one for one in FIXED if one.group is group])
            for group, rows in groups.items()
        ],
        "waiting": waiting,
        "may_approve": may_weaken_policy(request.viewer),
    }
    return render(request, "school/settings.html", context)


@require_http_methods(["GET", "POST"])
@staff_page
@capable(may_keep_policy)
@second_factor
def setting(request: StaffRequest, name: str) -> HttpResponse:
    """Show one setting with its history; change it, or propose what would weaken its clause."""
    found = SETTINGS.get(name)
    if found is None:
        raise Http404
    now = selectors.values_of(selectors.school())[name]
    if request.method != "POST":
        start = {"value": shown(found, now), "seen": selectors.newest_change(name)}
        return _page(request, found, now, SettingForm(setting=found, initial=start))
    form = SettingForm(request.POST, setting=found)
    if not form.is_valid():
        return _page(request, found, now, form, status=UNREADABLE)
    value = form.cleaned_data["value"]
    if found.weakens(now=now, to=value) and request.POST.get("weighed") != _mark(value):
        return _page(request, found, now, form, weighed=_mark(value))
    return _change(request, found, now, form)


def _change(request: StaffRequest, found: Setting, now: Value, form: SettingForm) -> HttpResponse:
    """Do it, or say why not."""
    said = form.cleaned_data
    try:
        change = telling.change_setting(
            found.name, said["value"], by=request.staff, why=said["why"], seen=said["seen"]
        )
    except NotAllowed as refused:
        form.add_error(None, str(refused))
        is_late = isinstance(refused, Overtaken)
        return _page(request, found, now, form, status=CONFLICT if is_late else UNREADABLE)
    if change.waits:
        messages.success(
            request, "It is proposed. Nothing changes until the headteacher approves it."
        )
    else:
        words = found.in_words(change.value)
        messages.success(request, f"{found.words}: {words}, from now on.")
    return redirect("school_setting", name=found.name)


def _page(
    request: StaffRequest,
    found: Setting,
    now: Value,
    form: SettingForm,
    *,
    weighed: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show a setting; `weighed` stands for a value of which it now says what that would weaken."""
    history = [
        (change, found.in_words(change.before), found.in_words(change.value))
        for change in selectors.history_of(found.name)
    ]
    context: dict[str, Any] = {
        "setting": found,
        "value": found.in_words(now),
        "default": found.in_words(found.default),
        "is_weak": found.is_weak(now) and now != found.default,
        "form": form,
        "history": history,
        "waiting": next((row for row in history if row[0].waits), None),
        "weighed": weighed,
        "weighed_words": found.in_words(form.cleaned_data["value"]) if weighed else "",
        "may_approve": may_weaken_policy(request.viewer),
    }
    return render(request, "school/setting.html", context, status=status)


def _mark(value: Value) -> str:
    """Return what stands in the page for a value that it has weighed."""
    return f"v{value}"


@require_POST
@staff_page
@capable(may_weaken_policy)
@second_factor
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(SettingChange, pk=pk)
    telling.approve_setting(change, by=request.staff)
    messages.success(request, "It is in force. The other leaders are told by e-mail.")
    return redirect("school_setting", name=change.name)


@require_POST
@staff_page
@capable(may_keep_policy)
@second_factor
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(SettingChange, pk=pk)
    services.drop_setting(change, by=request.staff)
    messages.success(request, "The proposal is off. Nothing has changed.")
    return redirect("school_setting", name=change.name)
