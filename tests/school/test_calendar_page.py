"""The school calendar: the year as a person reads it, and how it is changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from audit.models import Entry
from school import calendar as hours
from school import services
from school.calendar import Calendar
from school.models import ClosedDay, School, StaffMember, Term
from school.pages import year
from schoolsafe.lib.rules import NotAllowed
from tests import factories

SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)
HALVES = (
    (date(2026, 9, 2), date(2026, 10, 23)),
    (date(2026, 11, 2), date(2026, 12, 18)),
    (date(2027, 1, 4), date(2027, 3, 25)),
    (date(2027, 4, 12), date(2027, 7, 21)),
    (date(2027, 9, 2), date(2027, 10, 22)),
)


def a_calendar(*terms: tuple[date, date], nation: str = "ENG") -> Calendar:
    return Calendar(
        opens_at=time(8, 30),
        closes_at=time(16),
        zone=ZoneInfo("Europe/London"),
        nation=nation,
        terms=terms or HALVES,
    )


# --- The rules ------------------------------------------------------------------------------------
def test_holidays_lie_between_two_terms_with_the_weekends_and_bank_holidays_on_either_side() -> (
    None
):
    assert hours.term_holidays(a_calendar()) == [
        (date(2026, 10, 24), date(2026, 11, 1)),
        (date(2026, 12, 19), date(2027, 1, 3)),
        # Good Friday is the day after the last of term, and the Monday after Easter lies inside.
        (date(2027, 3, 26), date(2027, 4, 11)),
        (date(2027, 7, 22), date(2027, 9, 1)),
    ]


@pytest.mark.parametrize(
    ("terms", "holidays"),
    [
        ((), []),
        (HALVES[:1], []),
        # A term entered as two that touch over a weekend has no holiday in it.
        (
            ((date(2026, 9, 2), date(2026, 10, 23)), (date(2026, 10, 26), date(2026, 12, 18))),
            [],
        ),
        # One that lies inside another, as older records may have it, makes none either.
        (((date(2026, 9, 2), date(2026, 12, 18)), (date(2026, 9, 7), date(2026, 9, 11))), []),
        # New Year is a bank holiday of two days in Scotland.
        (
            ((date(2026, 11, 2), date(2026, 12, 18)), (date(2027, 1, 5), date(2027, 3, 25))),
            [(date(2026, 12, 19), date(2027, 1, 4))],
        ),
    ],
)
def test_holidays_are_never_guessed(
    terms: tuple[tuple[date, date], ...], holidays: list[tuple[date, date]]
) -> None:
    known = Calendar(
        opens_at=time(8, 30),
        closes_at=time(16),
        zone=ZoneInfo("Europe/London"),
        nation="SCT",
        terms=terms,
    )
    assert hours.term_holidays(known) == holidays


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "fault"),
    [
        (date(2026, 11, 2), date(2026, 12, 18), None),
        (date(2026, 10, 24), date(2026, 10, 24), None),
        (date(2026, 11, 2), date(2026, 11, 1), ("ends_on", "The last day comes before the first day.")),
        (
            date(2026, 10, 23),
            date(2026, 12, 18),
            ("starts_on", "This term overlaps Autumn (2 September 2026 to 23 October 2026)."),
        ),
        (
            date(2026, 8, 31),
            date(2026, 9, 2),
            ("ends_on", "This term overlaps Autumn (2 September 2026 to 23 October 2026)."),
        ),
        (
            date(2026, 11, 2),
            date(2027, 11, 3),
            ("ends_on", "A term is not longer than a year. Look at the year."),
        ),
        (
            date(1, 1, 1),
            date(2026, 12, 18),
            ("starts_on", "This lies more than ten years away. Look at the year."),
        ),
        (
            date(2026, 11, 2),
            date(9999, 12, 31),
            ("ends_on", "This lies more than ten years away. Look at the year."),
        ),
    ],
)  # fmt: skip
def test_a_term_that_cannot_be_is_refused_beside_the_date_that_is_wrong(
    starts_on: date, ends_on: date, fault: tuple[str, str] | None
) -> None:
    others = [("Autumn", date(2026, 9, 2), date(2026, 10, 23))]
    found = hours.term_fault(starts_on=starts_on, ends_on=ends_on, others=others, today=TODAY)
    assert found == fault


@pytest.mark.parametrize(
    ("nation", "named"),
    [
        ("ENG", ["New Year's Day", "Good Friday", "Easter Monday", "May Day", "Spring Bank Holiday",
                 "Late Summer Bank Holiday", "Christmas Day (observed)", "Boxing Day (observed)"]),
    ],
)  # fmt: skip
def test_e78_bank_holidays_of_the_nation_have_their_names(nation: str, named: list[str]) -> None:
    known = hours.named_bank_holidays(nation, 2027)
    assert [name for day, name in known if day.weekday() < 5] == named


def test_e78_each_nation_has_its_own() -> None:
    days = {nation: dict(hours.named_bank_holidays(nation, 2027)) for nation in ("SCT", "NIR")}
    assert date(2027, 3, 29) not in days["SCT"]
    assert date(2027, 7, 12) in days["NIR"]


# --- The page -------------------------------------------------------------------------------------
@pytest.fixture
def year_of_terms(school: School, school_day: datetime) -> None:
    for name, (first, last) in zip(
        ("Autumn 1", "Autumn 2", "Spring", "Summer", "Next autumn"), HALVES, strict=True
    ):
        factories.make_term(name, first, last)
    factories.make_closed_day(date(2026, 9, 2), "INSET: first aid")
    factories.make_closed_day(date(2026, 12, 29), "Boiler")
    factories.make_closed_day(date(2028, 2, 1), "Far away")


def test_page_tells_the_year_in_the_order_of_its_days(year_of_terms: None) -> None:
    page = year.read(TODAY)

    assert [
        (part.name, part.is_now, [f"{one.day:%d %b} {one.words}" for one in part.singles])
        for part in page.years[0].stretches
    ] == [
        ("Autumn 1", True, ["02 Sep INSET: first aid"]),
        ("Half-term holiday", False, []),
        ("Autumn 2", False, []),
        (
            "Christmas holiday",
            False,
            [
                "25 Dec Christmas Day (bank holiday)",
                "28 Dec Boxing Day (observed) (bank holiday)",
                "29 Dec Boiler",
                "01 Jan New Year's Day (bank holiday)",
            ],
        ),
        ("Spring", False, []),
        (
            "Holiday",
            False,
            ["26 Mar Good Friday (bank holiday)", "29 Mar Easter Monday (bank holiday)"],
        ),
        (
            "Summer",
            False,
            ["03 May May Day (bank holiday)", "31 May Spring Bank Holiday (bank holiday)"],
        ),
    ]
    assert [one.name for one in page.years] == ["2026 to 2027", "2027"]
    assert [one.words for one in page.loose] == ["Far away"]


def test_everybody_reads_it_and_only_who_keeps_it_finds_what_changes_it(
    year_of_terms: None, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    address = reverse("school:calendar")
    for_host = staff_client(host).get(address).content.decode()
    for_lead = staff_client(lead).get(address).content.decode()

    assert "8:30 am to 4:00 pm" in for_host
    assert "with the bank holidays of England" in for_host
    assert "Wednesday 2 September 2026" in for_host
    assert (reverse("school:add_term") in for_host, reverse("school:add_term") in for_lead) == (
        False,
        True,
    )


def test_page_asks_the_same_number_of_questions_whatever_is_entered(
    year_of_terms: None,
    host: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = staff_client(host)
    client.get(reverse("school:calendar"))
    with django_assert_num_queries(11):
        client.get(reverse("school:calendar"))
    for number in range(40):
        factories.make_closed_day(date(2027, 5, 4) + timedelta(days=number))
    with django_assert_num_queries(11):
        client.get(reverse("school:calendar"))


# --- Changes --------------------------------------------------------------------------------------
def typed(
    name: str = "Spring", first: str = "2027-01-04", last: str = "2027-03-25"
) -> dict[str, str]:
    return {"name": name, "starts_on": first, "ends_on": last}


def test_a_term_is_entered_changed_and_removed_and_the_audit_names_fields_alone(
    school_day: datetime, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    client.post(reverse("school:add_term"), typed())
    term = Term.objects.get()
    client.post(
        reverse("school:change_term", args=[term.pk]), typed("Spring 2027", last="2027-03-26")
    )
    client.post(
        reverse("school:change_term", args=[term.pk]), typed("Spring 2027", last="2027-03-26")
    )
    after = Term.objects.values_list("name", "starts_on", "ends_on").get()
    client.post(reverse("school:remove_term", args=[term.pk]))

    assert after == ("Spring 2027", date(2027, 1, 4), date(2027, 3, 26))
    assert Term.objects.count() == 0
    assert [
        (entry.actor, entry.verb, entry.object, entry.detail)
        for entry in Entry.objects.filter(verb__startswith="term.").order_by("pk")
    ] == [
        (lead.actor, "term.add", f"school.term:{term.pk}", {}),
        (lead.actor, "term.change", f"school.term:{term.pk}", {"fields": ["ends_on", "name"]}),
        (lead.actor, "term.delete", f"school.term:{term.pk}", {}),
    ]


def test_what_cannot_be_stands_beside_its_field_and_what_was_typed_survives(
    school_day: datetime, lead: StaffMember, staff_client: SignIn
) -> None:
    factories.make_term("Autumn", date(2026, 9, 2), date(2026, 12, 18))
    page = staff_client(lead).post(
        reverse("school:add_term"), typed("Autumn again", "2026-12-18", "2026-12-20")
    )
    form = page.context["form"]

    assert form.errors == {
        "starts_on": ["This term overlaps Autumn (2 September 2026 to 18 December 2026)."]
    }
    assert 'value="Autumn again"' in page.content.decode()
    assert Term.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "until", "kept", "said"),
    [
        ("2026-09-17", "", ["2026-09-17"], "17 September 2026 kept."),
        # Thursday to Tuesday: the weekend between is closed by itself.
        (
            "2026-09-17",
            "2026-09-22",
            ["2026-09-17", "2026-09-18", "2026-09-21", "2026-09-22"],
            "4 closed days kept.",
        ),
        (
            "2026-12-21",
            "",
            ["2026-12-21"],
            "21 December 2026 kept. The school is closed then anyway: outside term.",
        ),
        (
            "2026-09-19",
            "",
            ["2026-09-19"],
            "19 September 2026 kept. The school is closed then anyway: a weekend.",
        ),
    ],
)
def test_days_are_closed_and_one_on_which_the_school_is_closed_anyway_is_said(
    day: str,
    until: str,
    kept: list[str],
    said: str,
    year_of_terms: None,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    ClosedDay.objects.all().delete()
    page = staff_client(lead).post(
        reverse("school:close_days"), {"day": day, "until": until, "reason": "Snow"}, follow=True
    )

    assert [f"{row.day}" for row in ClosedDay.objects.all()] == kept
    assert [str(message) for message in page.context["messages"]] == [said]


@pytest.mark.parametrize(
    ("day", "until", "errors"),
    [
        ("2026-09-02", "", {"day": ["2 September 2026 is entered already: INSET: first aid."]}),
        ("2026-09-01", "2026-09-03", {"day": ["2 September 2026 is entered already: INSET: first aid."]}),
        ("2026-09-17", "2026-09-16", {"until": ["The last day comes before the first day."]}),
        (
            "2026-09-17",
            "2026-10-01",
            {
                "until": [
                    "No more than 14 days in one go. A holiday lies between two terms: change these instead."
                ]
            },
        ),
        ("0001-01-01", "", {"day": ["This lies more than ten years away. Look at the year."]}),
        ("17th", "", {"day": ["Write a date, such as 15/09/2026."]}),
        ("", "", {"day": ["Please fill this in."]}),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_closed_is_refused_and_nothing_is_kept(
    day: str,
    until: str,
    errors: dict[str, list[str]],
    year_of_terms: None,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    before = ClosedDay.objects.count()
    page = staff_client(lead).post(
        reverse("school:close_days"), {"day": day, "until": until, "reason": "Snow"}
    )
    assert page.context["form"].errors == errors
    assert ClosedDay.objects.count() == before


def test_a_closed_day_moves_and_goes_and_two_who_remove_it_are_both_done(
    year_of_terms: None, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    row = ClosedDay.objects.get(day=date(2026, 9, 2))
    services.change_closed_day(row, by=lead, day=date(2026, 9, 3), reason="INSET")
    services.remove_closed_day(row, by=lead)
    services.remove_closed_day(row, by=head)

    with pytest.raises(NotAllowed, match="Somebody has removed this meanwhile"):
        services.change_closed_day(row, by=head, day=date(2026, 9, 4), reason="INSET")
    assert list(
        Entry.objects.filter(verb__startswith="closedday.")
        .order_by("pk")
        .values_list("verb", "actor")
    ) == [("closedday.change", lead.actor), ("closedday.delete", lead.actor)]


def test_whoever_may_not_keep_the_calendar_is_refused_by_the_service_too(
    year_of_terms: None, deputy: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="change the calendar"):
        services.add_term(
            by=deputy, name="Mine", starts_on=date(2028, 1, 4), ends_on=date(2028, 2, 4)
        )


def test_the_records_are_for_looking(
    year_of_terms: None, lead: StaffMember, staff_client: SignIn
) -> None:
    term = Term.objects.first()
    assert term is not None
    client = staff_client(lead)
    page = reverse("admin:school_term_change", args=[term.pk])
    assert (client.get(page).status_code, client.post(page, typed()).status_code) == (200, 403)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_terms_that_overlap_are_never_both_entered_by_two_people_at_once(
    turn: int, lead: StaffMember, head: StaffMember
) -> None:
    gate = Barrier(2)

    def enter(who: StaffMember) -> Term | NotAllowed:
        try:
            gate.wait(10)
            return services.add_term(
                by=who, name=who.name, starts_on=date(2027, 1, 4), ends_on=date(2027, 3, 25)
            )
        except NotAllowed as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(enter, (lead, head)))

    [refusal] = [one for one in answers if isinstance(one, NotAllowed)]
    assert isinstance(refusal, services.DateRefused)
    assert Term.objects.count() == 1
