"""Planning a call from its Outlook invitation: what is filled in, what is asked, what survives (P4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meetings import services
from meetings.forms import PlanForm
from meetings.invitation.refusals import SENTENCES
from meetings.invitation.refusals import InvitationRefusal as R
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember
from tests.meetings import calls
from tests.meetings.invitations import of_call
from tests.meetings.pages import plan_form, url, words

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
HOUR = timedelta(hours=1)
NAIVE = {"DTSTART": "DTSTART:20260917T150000", "DTEND": "DTEND:20260917T154500"}


def drop(client: Client, data: bytes, typed: dict[str, Any], **press: str) -> Any:
    file = SimpleUploadedFile("invite.ics", data, content_type="text/calendar")
    more = press or {"invitation": file, "drop": "yes"}
    return client.post(url("plan_invitation"), typed | more)


def typed_on(page: Any) -> dict[str, Any]:
    """What the form of a page would send: all that stands in it."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "", False, [])}


def at(page: Any) -> tuple[str, str, str]:
    typed = typed_on(page)
    return str(typed["day"]), str(typed["starts"])[:5], str(typed["ends"])[:5]


def untouched(host: StaffMember) -> dict[str, Any]:
    """A form as it opens, before anybody has typed."""
    form = PlanForm.blank(host)
    shown = {name: form[name].value() for name in ("key", "day", "starts", "ends")}
    return {
        name: form.fields[name].widget.format_value(value) or "" for name, value in shown.items()
    }


def test_empty_form_is_filled_from_the_invitation_and_nothing_is_kept(
    host: StaffMember, staff_client: SignIn
) -> None:
    page = drop(staff_client(host), of_call(calls.STARTS, calls.ENDS), untouched(host))
    assert (page.status_code, Meeting.objects.count()) == (200, 0)
    assert at(page) == ("2026-09-17", "14:00", "14:45")
    assert typed_on(page)["title"] == "Reading group, Year 5"
    shown = words(page)
    assert ("The school's own Teams" in shown, "not the one in your plan" in shown) == (True, False)
    assert [secret for secret in calls.SECRETS if secret in shown] == []


@pytest.mark.parametrize("rules", [(), ("RRULE:FREQ=WEEKLY;COUNT=6",)])
def test_invitation_of_a_series_plans_its_first_date_and_says_how_the_others_come(
    rules: tuple[str, ...], host: StaffMember, staff_client: SignIn
) -> None:
    page = drop(staff_client(host), of_call(calls.STARTS, calls.ENDS, *rules), untouched(host))
    shown, told = words(page), "This form plans one call. For the other dates plan a series"
    assert at(page) == ("2026-09-17", "14:00", "14:45")
    assert ("It comes again. This is its first date" in shown, told in shown) == (bool(rules),) * 2


def test_plan_keeps_the_link_of_its_invitation(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, of_call(calls.STARTS, calls.ENDS), untouched(host))
    people = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    answer = client.post(url("plan"), people | typed_on(page))
    meeting = Meeting.objects.get()
    assert (answer.status_code, meeting.join_url) == (302, calls.LINK)
    assert (meeting.title, meeting.starts_at) == ("Reading group, Year 5", calls.STARTS)


def test_what_was_typed_stays_and_the_other_time_is_offered(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    typed = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    page = drop(client, of_call(calls.STARTS + HOUR, calls.ENDS + HOUR), typed)
    assert (at(page), typed_on(page)["title"]) == (
        (typed["day"], typed["starts"], typed["ends"]),
        typed["title"],
    )
    assert "Its time is not the one in your plan." in words(page)
    assert [str(pk) for pk in typed_on(page)["pupils"]] == [str(amy[1].pk), str(ben[1].pk)]

    used = drop(client, b"", typed_on(page), use_times="yes")
    assert at(used) == ("2026-09-17", "15:00", "15:45")
    assert "not the one in your plan" not in words(used)


def test_time_without_a_zone_waits_for_a_person(host: StaffMember, staff_client: SignIn) -> None:
    client = staff_client(host)
    page = drop(client, of_call(calls.STARTS, calls.ENDS, **NAIVE), untouched(host))
    assert at(page) != ("2026-09-17", "15:00", "15:45")
    assert "Is 3:00 pm the time on the school's clock?" in words(page)
    used = drop(client, b"", typed_on(page), use_times="yes")
    assert at(used) == ("2026-09-17", "15:00", "15:45")


def test_refused_file_leaves_what_was_typed(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    typed = plan_form([amy[1]], co_hosts=[co_host.pk], title="Chess club")
    page = drop(staff_client(host), b"Received: from a\r\n\r\n", typed)
    shown = words(page)
    assert (page.status_code, SENTENCES[R.MAIL] in shown) == (422, True)
    assert (typed_on(page)["title"], "Choose the pupils" in shown) == ("Chess club", False)


def test_invitation_can_be_left_out_again(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    page = drop(client, of_call(calls.STARTS, calls.ENDS), untouched(host))
    without = drop(client, b"", typed_on(page), leave_out="yes")
    assert "The school's own Teams" not in words(without)
    client.post(url("plan"), plan_form([amy[1], ben[1]], co_hosts=[co_host.pk]) | typed_on(without))
    assert Meeting.objects.get().join_url == ""


def test_link_of_another_call_keeps_no_plan_and_all_that_was_typed(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    page = drop(client, of_call(calls.STARTS, calls.ENDS), untouched(host))
    people = plan_form([amy[1], ben[1]], co_hosts=[co_host.pk])
    refused = client.post(url("plan"), people | typed_on(page))
    assert (refused.status_code, Meeting.objects.count()) == (422, 1)
    shown = words(refused)
    assert ("leave the invitation out" in shown, "The school's own Teams" in shown) == (True, True)


@pytest.mark.parametrize("who", ["host", "co_host", "stranger"])
def test_who_made_the_meeting_is_held_against_the_adults_chosen(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn, who: str
) -> None:
    email = {"host": host.email, "co_host": co_host.email, "stranger": "x@y.example"}[who]
    data = of_call(calls.STARTS, calls.ENDS, ORGANIZER=f"ORGANIZER:mailto:{email}")
    page = drop(staff_client(host), data, plan_form([amy[1]], co_hosts=[co_host.pk]))
    assert ("is not a host of this call" in words(page)) == (who == "stranger")


def test_page_of_the_file_leads_to_the_plan(host: StaffMember, staff_client: SignIn) -> None:
    answer: Any = staff_client(host).get(url("plan_invitation"))
    assert answer.url == url("plan")


def test_link_is_refused_with_the_plan_it_came_with(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    what = calls.plan_of([amy[1], ben[1]], co_hosts=[co_host])
    with pytest.raises(Exception, match="Teams"):
        services.plan(by=host, what=what, link="https://zoom.example/j/1")
    assert Meeting.objects.count() == 0
