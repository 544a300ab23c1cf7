"""Choosing people for a plan: typed, found, whole classes, suggestions; and nothing that may not be known."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings import services
from meetings.models import Meeting
from school.models import Guardian, Pupil, StaffMember, TeachingGroup
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import beside, part, plain, plan_form, shown, url, words
from tests.names import names_in

Family = tuple[Guardian, Pupil]
SignIn = Callable[..., Client]
HTMX = {"HX-Request": "true"}


def make_class(name: str, *pupils: Pupil, staff: tuple[StaffMember, ...] = ()) -> TeachingGroup:
    group = TeachingGroup.objects.create(name=name, year_group=5)
    group.pupils.add(*pupils)
    group.staff.add(*staff)
    return group


def ask(
    client: Client, address: str = "choose", meeting: Meeting | None = None, **typed: Any
) -> str:
    """The part of the page in which people are chosen, as a script gets it."""
    sent = plan_form(typed.pop("chosen", []), **typed)
    answer = client.post(url(address, meeting), sent, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def found(html: str, field: str = "pupils") -> list[str]:
    """The labels of those who were found for a field."""
    listed = html.split(f'id="found_{field}"', 1)[1].split('class="chooser', 1)[0]
    for mark in ('id="verdict-box"', 'id="found_'):
        listed = listed.split(mark, 1)[0]
    return [plain(one) for one in re.findall(r"<label.*?>(.*?)</label>", listed, re.S)]


def chosen(html: str, field: str = "pupils") -> list[str]:
    """The labels of those who are chosen in a field."""
    own = html.split(f'id="div_id_{field}"', 1)[1].split(f'id="find_{field}"', 1)[0]
    listed = re.search(r'<ul class="chosen".*?</ul>', own, re.S)
    labels = re.findall(r"<label.*?>(.*?)</label>", listed[0], re.S) if listed else []
    return [plain(one) for one in labels]


# --- Typing ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("amy", ["Amy Adams (Year 5) 5B", "Amy Adams (Year 3)"]),
        ("AMY year 3", ["Amy Adams (Year 3)"]),
        ("adams y5", ["Amy Adams (Year 5) 5B"]),
        ("5b", ["Amy Adams (Year 5) 5B", "Zoë O'Neil (Reception) 5B"]),
        ("zoe", ["Zoë O'Neil (Reception) 5B"]),
        ("oneil", ["Zoë O'Neil (Reception) 5B"]),
        ("o'n", ["Zoë O'Neil (Reception) 5B"]),
        ("reception", ["Zoë O'Neil (Reception) 5B"]),
        ("dams", []),
        ("", []),
        ("   ", []),
        ("%", []),
        ("\x00", []),
    ],
)
def test_e11_pupils_are_found_by_name_year_and_class_and_told_apart(
    typed: str, names: list[str], host: StaffMember, staff_client: SignIn
) -> None:
    one = factories.make_pupil("Amy", "Adams", year_group=5)
    factories.make_pupil("Amy", "Adams", year_group=3)
    zoe = factories.make_pupil("Zoë", "O'Neil", year_group=0)
    factories.make_pupil("Gone", "Amy", left_on=date(2026, 7, 20))
    make_class("5B", one, zoe)
    assert sorted(found(ask(staff_client(host), find_pupils=typed))) == sorted(names)


def test_nobody_of_that_name_is_said(host: StaffMember, amy: Family, staff_client: SignIn) -> None:
    client = staff_client(host)
    assert "Nobody of that name." in plain(ask(client, find_pupils="nobody"))
    assert "Nobody of that name." in plain(ask(client, find_co_hosts="nobody"))
    assert "Nobody of that name." not in plain(ask(client, find_pupils="amy"))


def test_long_list_says_how_many_more_there_are(host: StaffMember, staff_client: SignIn) -> None:
    for number in range(15):
        factories.make_pupil("Ann", f"Number{number}")
    html = ask(staff_client(host), find_pupils="ann")
    assert len(found(html)) == 12
    assert "12 found. 3 more: type more of the name." in plain(html)


def test_typing_alone_does_not_ask_for_the_verdict(
    host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    sent = plan_form([amy[1]], find_pupils="b")
    typing = HTMX | {"HX-Trigger-Name": "find_pupils"}
    assert (
        'id="verdict-box"' not in client.post(url("choose"), sent, headers=typing).content.decode()
    )
    assert 'id="verdict-box"' in client.post(url("choose"), sent, headers=HTMX).content.decode()


def test_enter_chooses_the_only_one_found_and_nobody_when_it_could_be_two(
    host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    factories.make_pupil("Amy", "Brown")
    client = staff_client(host)
    assert chosen(ask(client, find_pupils="amy", find="pupils")) == []
    html = ask(client, find_pupils="amy ad", find="pupils")
    assert chosen(html) == [amy[1].full_label]
    assert 'name="find_pupils"\n           id="find_pupils"\n           value=""' in html


def test_whole_class_comes_in_one_press(
    host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    gone = factories.make_pupil("Gone", "Away", left_on=date(2026, 7, 20))
    cat = factories.make_pupil("Cat", "Clark")
    group = make_class("5B", amy[1], ben[1], gone, staff=(host,))
    make_class("6A", cat)
    client = staff_client(host)
    page = words(client.get(url("plan")))
    assert ("Whole class 5B (2)" in page, "Whole class 6A" in page) == (True, False)
    html = ask(client, add_class=group.pk, chosen=[cat])
    assert [label.split(" (")[0] for label in chosen(html)] == [
        "Cat Clark", "Amy Adams", "Ben Brown",
    ]  # fmt: skip
    # Whoever is chosen already is not offered again, and another class is found by its name.
    assert "Whole class 5B" not in plain(html)
    assert "Whole class 6A (1)" in plain(ask(client, find_pupils="6a"))


def test_tick_taken_away_takes_the_pupil_off(
    host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    assert len(chosen(ask(client, chosen=[amy[1], ben[1]]))) == 2
    assert chosen(ask(client, chosen=[ben[1]])) == [ben[1].full_label]


# --- Without a script -----------------------------------------------------------------------------
def test_without_a_script_finding_keeps_nothing_and_shows_the_form_as_it_was(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    sent = plan_form([amy[1]], co_hosts=[co_host.pk], title="", find="pupils", find_pupils="b")
    page = staff_client(host).post(url("plan"), sent | {"day": "2026-09-18", "starts": "11:15"})
    html = page.content.decode()
    assert (page.status_code, Meeting.objects.count()) == (200, 0)
    assert sorted(chosen(html)) == sorted([amy[1].full_label, ben[1].full_label])
    for value in (sent["key"], "2026-09-18", "11:15"):
        assert html.count(f'value="{value}"') == 1
    assert ('class="error-summary"' in html, beside(page, "title")) == (False, [])


def test_without_a_script_everybody_can_be_shown(
    host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    sent = plan_form([amy[1]], find="everybody")
    html = staff_client(host).post(url("plan"), sent).content.decode()
    assert found(html) == [ben[1].full_label]


def test_without_a_script_a_change_and_a_series_find_too(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    client = staff_client(host)
    sent = plan_form([amy[1]], find="pupils", find_pupils="ben", title="Poems")
    revised = client.post(url("revise", meeting), sent | shown(client, meeting))
    series = client.post(url("plan_series"), sent | {"every": "2", "times": "3"})
    for page in (revised, series):
        assert page.status_code == 200
        assert len(chosen(page.content.decode())) == 2
        assert 'value="Poems"' in page.content.decode()
    assert Meeting.objects.get().title == "Reading together"


# --- Who may not be known of ----------------------------------------------------------------------
def kept_from(pupil: Pupil, person: StaffMember, lead: StaffMember) -> None:
    factories.make_blocked_guardian(
        pupil, approved_by=lead, blocked_from=date(2026, 1, 1), name=person.name, email=person.email
    )


def test_e30_pupil_is_neither_found_nor_offered_to_who_is_kept_from_them(
    host: StaffMember, lead: StaffMember, amy: Family, ben: Family, staff_client: SignIn
) -> None:
    group = make_class("5B", amy[1], ben[1], staff=(host,))
    kept_from(amy[1], host, lead)
    client = staff_client(host)
    assert "Nobody of that name." in plain(ask(client, find_pupils="amy"))
    assert "Whole class 5B (1)" in words(client.get(url("plan")))
    assert len(chosen(ask(client, add_class=group.pk))) == 1
    assert found(ask(client, find="everybody")) == [ben[1].full_label + " 5B"]
    # Sent all the same, the number is no choice, like one that does not exist.
    own, none = (
        client.post(url("plan"), plan_form([]) | {"pupils": [ben[1].pk, pk]})
        for pk in (amy[1].pk, 9999)
    )
    said = [
        beside(page, "pupils")[0].replace(str(pk), "N")
        for page, pk in ((own, amy[1].pk), (none, 9999))
    ]
    assert said[0] == said[1]
    assert names_in(own.content.decode(), "Amy") == []


def test_e30_barred_colleague_is_not_offered_and_nothing_hints_at_it(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    kept_from(amy[1], co_host, lead)
    client = staff_client(host)
    others = ["Carol Colleague free then", "Leah Lead free then"]
    for field in ("co_hosts", "reserves"):
        assert found(ask(client, chosen=[amy[1]]), field) == others
        assert found(ask(client, chosen=[ben[1]]), field) == [
            others[0],
            "Colin Cohost free then",
            others[1],
        ]
    assert found(ask(client, chosen=[amy[1]], find_co_hosts="colin"), "co_hosts") == []
    assert "Nobody of that name." in plain(ask(client, chosen=[amy[1]], find_co_hosts="colin"))


def test_e30_barred_colleague_is_not_offered_by_somebody_who_may_not_know_of_the_pupil(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    kept_from(amy[1], co_host, lead)
    kept_from(amy[1], colleague, lead)
    client = staff_client(co_host)
    html = ask(client, "revise_choose", meeting, chosen=[ben[1]], **shown(client, meeting))
    assert found(html, "co_hosts") == ["Colin Cohost free then", "Leah Lead free then"][1:]


def test_e30_class_of_a_pupil_who_may_not_be_known_of_is_not_told_by_who_teaches_it(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    make_class("5B", amy[1], staff=(colleague,))
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    client, own = staff_client(co_host), staff_client(host)
    known = "Carol Colleague free then, teaches 5B"

    def suggested_at() -> list[bool]:
        """Whether it is told where a call is planned with her number, and where hers is changed."""
        plans = [
            ask(client, chosen=[amy[1]]),
            ask(client, "revise_choose", meeting, chosen=[ben[1]], **shown(client, meeting)),
            ask(own, chosen=[amy[1]]),
        ]
        return [known in found(html, "co_hosts") for html in plans]

    assert suggested_at() == [True, False, True]
    kept_from(amy[1], co_host, lead)
    assert suggested_at() == [False, False, True]


# --- Suggestions ----------------------------------------------------------------------------------
def test_e59_suggestions_know_who_is_away_on_a_call_or_not_eligible(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember,
    deputy: StaffMember, office: StaffMember, amy: Family, ben: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    StaffMember.objects.filter(pk=office.pk).update(is_eligible_for_calls=True)
    factories.make_absence(
        lead, calls.STARTS - timedelta(hours=1), calls.STARTS + timedelta(hours=1)
    )
    StaffMember.objects.filter(pk=deputy.pk).update(is_eligible_for_calls=False)
    calls.planned(colleague, [ben[1]], reserves=[co_host], co_hosts=[office])
    client = staff_client(host)
    assert found(ask(client, chosen=[amy[1]]), "co_hosts") == []
    named = {
        name: found(ask(client, chosen=[amy[1]], find_co_hosts=name), "co_hosts")
        for name in ("colin", "carol", "leah", "dana")
    }
    assert named == {
        "colin": ["Colin Cohost on another call then"],
        "carol": ["Carol Colleague on another call then"],
        "leah": ["Leah Lead away then"],
        "dana": ["Dana Deputy not eligible for calls"],
    }
    free = found(ask(client, chosen=[amy[1]], day="2026-09-21"), "co_hosts")
    assert free == ["Carol Colleague free then", "Colin Cohost free then", "Leah Lead free then"]


def test_e59_verdict_says_who_is_on_another_call_and_goes_on(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family,
    staff_client: SignIn,
) -> None:  # fmt: skip
    other = calls.planned(colleague, [ben[1]], co_hosts=[co_host])
    client = staff_client(host)
    typed = plan_form([amy[1]], co_hosts=[co_host.pk])
    box = plain(client.post(url("verdict"), typed).content.decode())
    assert box.startswith("This is safe.")
    assert "Colin Cohost is on another call then." in box
    services.cancel(other, by=colleague)
    assert "another call" not in plain(client.post(url("verdict"), typed).content.decode())


def test_e60_suggestions_put_whom_one_works_with_first_and_one_household_last(
    host: StaffMember, same_household: StaffMember, co_host: StaffMember, colleague: StaffMember,
    amy: Family, staff_client: SignIn,
) -> None:  # fmt: skip
    calls.planned(
        host, [amy[1]], co_hosts=[co_host],
        starts_at=calls.STARTS + timedelta(days=1), ends_at=calls.ENDS + timedelta(days=1),
    )  # fmt: skip
    make_class("5B", amy[1], staff=(colleague,))
    assert found(ask(staff_client(host), chosen=[amy[1]]), "co_hosts") == [
        "Colin Cohost free then, 1 call with you lately",
        "Carol Colleague free then, teaches 5B",
        "Harry Household free then of your household: a weaker safeguard",
    ]


def test_e66_nobody_is_suggested_on_a_closed_day_and_the_page_says_why(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    html = ask(staff_client(host), chosen=[amy[1]], day="2026-09-19")
    assert found(html, "co_hosts") == []
    assert "Nobody is suggested: a weekend." in plain(html)


def test_verdict_brings_the_suggestions_for_another_time_along(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    factories.make_absence(co_host, calls.STARTS, calls.ENDS)
    client = staff_client(host)
    boxes = [
        client.post(url("verdict"), plan_form([amy[1]], day=day), headers=HTMX).content.decode()
        for day in ("2026-09-17", "2026-09-21")
    ]
    assert [found(html, "co_hosts") for html in boxes] == [[], ["Colin Cohost free then"]]


# --- What a plan shows at first -------------------------------------------------------------------
def test_new_plan_shows_the_next_school_day_and_the_hour_and_purpose_of_the_last_call(
    host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    factories.make_closed_day(date(2026, 9, 16))
    client = staff_client(host)

    def values() -> list[str]:
        html = client.get(url("plan")).content.decode()
        return [
            re.search(rf'name="{name}"\s+value="([^"]*)"', html)[1]  # type: ignore[index]
            for name in ("day", "starts", "ends")
        ]

    assert values() == ["2026-09-17", "10:00", "10:30"]
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    assert values() == ["2026-09-17", "14:00", "14:45"]
    page = client.get(url("plan"))
    assert f'<option value="{meeting.purpose_id}" selected>' in page.content.decode()
    assert '<option value="Reading together">' in part(page, "<datalist", "</datalist>")


# --- What it costs --------------------------------------------------------------------------------
def test_choosing_asks_a_fixed_number_of_questions(
    host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)

    def asked() -> int:
        sent = plan_form(list(Pupil.objects.exclude(given_name="Ann")), find_pupils="ann")
        client.post(url("choose"), sent, headers=HTMX)
        with CaptureQueriesContext(connection) as queries:
            client.post(url("choose"), sent, headers=HTMX)
        return len(queries)

    make_class("5B", amy[1], factories.make_pupil("Ann", "Other"), staff=(host,))
    make_class("6A", factories.make_pupil(), staff=(factories.make_staff("Stan Other"),))
    few = asked()
    for number in range(8):
        pupil = factories.make_pupil("Ann", f"Number{number}")
        person = factories.make_staff(f"Stan Number{number}")
        make_class(f"{number}X", pupil, amy[1], staff=(host, person))
    assert asked() == few


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("required", "Recording: must be on."),
        ("advised", "Recording: advised; leaving it off needs a reason."),
        ("optional", "Recording: as you think right."),
        ("not_allowed", "Recording: may not be on."),
    ],
)
def test_p3_purpose_says_its_recording_rule_and_guidance_when_it_is_chosen_and_at_first(
    rule: str, said: str, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    purpose = calls.make_purpose(rule)
    purpose.guidance = "Be brief."
    purpose.save()
    client = staff_client(host)
    empty = plain(part(client.get(url("plan")), 'id="verdict-box"', "</aside>"))
    box = plain(client.post(url("verdict"), plan_form([amy[1]], purpose)).content.decode())
    assert (said in empty, said in box) == (False, True)
    why = {"recording_declined_because": "A rehearsal."} if rule == "advised" else {}
    calls.planned(
        host, [amy[1]], purpose=purpose, co_hosts=[co_host], is_recorded=rule == "required", **why
    )
    shown_first = plain(part(client.get(url("plan")), 'id="verdict-box"', "</aside>"))
    assert f"{said} About this purpose. Be brief." in shown_first
