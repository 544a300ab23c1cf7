"""The rota and being away: how they are changed, and what their pages say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from threading import Barrier
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from audit.models import Entry
from notices.services import run_due
from school import selectors, services
from school.models import Absence, Cover, CoverHole, DutySlot, School, StaffMember
from school.pages import rota as pages
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories

SignIn = Callable[..., Client]
ClockAt = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[object]]
LONDON = ZoneInfo("Europe/London")
Outcome = TypeVar("Outcome")
TUESDAY = date(2026, 9, 15)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.fixture
def team(
    school_day: datetime, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> dict[str, StaffMember]:
    """The lead on duty every day, all with a telephone; Tuesday 2:00 pm in a term with a half-term."""
    factories.make_term("Autumn 1", date(2026, 9, 1), date(2026, 10, 23))
    factories.make_term("Autumn 2", date(2026, 11, 2), date(2026, 12, 18))
    StaffMember.objects.update(telephone="020 7946 0999")
    people = {"lead": lead, "deputy": deputy, "head": head}
    for person in people.values():
        person.refresh_from_db()
    for weekday in range(5):
        factories.make_duty(lead, weekday)
    return people


def holes() -> list[str]:
    return [pages.hole_words(hole) for hole in selectors.cover_holes(clock.now())]


# --- Weekly duties --------------------------------------------------------------------------------
def typed(
    staff: StaffMember, weekday: int = 1, first: str = "08:00", last: str = "12:00"
) -> dict[str, object]:
    return {"staff": staff.pk, "weekday": weekday, "starts_at": first, "ends_at": last}  # fmt: skip


def test_a_duty_is_added_changed_and_taken_off(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    client = staff_client(team["head"])
    client.post(reverse("school:add_duty"), typed(team["deputy"]))
    slot = DutySlot.objects.get(staff=team["deputy"])
    client.post(
        reverse("school:change_duty", args=[slot.pk]), typed(team["deputy"], 2, "09:00", "16:00")
    )
    slot.refresh_from_db()
    after = (slot.weekday, slot.starts_at, slot.ends_at)
    client.post(reverse("school:remove_duty", args=[slot.pk]))

    assert after == (2, time(9), time(16))
    assert DutySlot.objects.filter(staff=team["deputy"]).count() == 0
    assert [
        (entry.actor, entry.verb, entry.detail)
        for entry in Entry.objects.filter(verb__contains="duty").order_by("pk")
    ] == [
        (team["head"].actor, "staff.put_on_duty", {"slots": [slot.pk]}),
        (
            team["head"].actor,
            "dutyslot.change",
            {"fields": ["ends_at", "starts_at", "weekday"]},
        ),
        (team["head"].actor, "dutyslot.delete", {}),
    ]


def test_e89_a_duty_without_a_telephone_number_is_refused_beside_the_name(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=team["deputy"].pk).update(telephone=" ")
    team["deputy"].refresh_from_db()
    page = staff_client(team["lead"]).post(reverse("school:add_duty"), typed(team["deputy"]))

    assert page.context["form"].errors == {
        "staff": ["Dana Deputy needs a telephone number before being on duty: ask IT to enter it."]
    }
    with pytest.raises(NotAllowed, match="needs a telephone number"):
        services.put_on_duty(team["deputy"], by=team["lead"], slots=[(1, time(8), time(12))])
    assert DutySlot.objects.filter(staff=team["deputy"]).count() == 0


@pytest.mark.parametrize(
    ("who", "first", "last", "errors"),
    [
        ("deputy", "12:00", "08:00", {"ends_at": ["A duty ends after it begins."]}),
        ("deputy", "8 o'clock", "12:00", {"starts_at": ["Write a time, such as 14:00."]}),
        ("lead", "16:00", "18:00", {"__all__": ["Leah Lead is on duty in that time already."]}),
        # The headteacher is not of the team.
        ("head", "08:00", "12:00", {"staff": ["This person cannot be chosen any more. Choose again."]}),
    ],
)  # fmt: skip
def test_a_duty_that_cannot_be_is_refused_and_nothing_is_kept(
    who: str,
    first: str,
    last: str,
    errors: dict[str, list[str]],
    team: dict[str, StaffMember],
    staff_client: SignIn,
) -> None:
    page = staff_client(team["lead"]).post(
        reverse("school:add_duty"), typed(team[who], 1, first, last)
    )
    assert page.context["form"].errors == errors
    assert DutySlot.objects.count() == 5


def test_taking_off_the_last_duty_of_an_hour_is_said_first_and_done_when_it_is_meant(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    slot = DutySlot.objects.get(weekday=2)
    client = staff_client(team["lead"])
    page = client.post(reverse("school:remove_duty", args=[slot.pk]))
    still_there = DutySlot.objects.filter(pk=slot.pk).exists()
    client.post(reverse("school:remove_duty", args=[slot.pk]), {"knowing": "on"})

    assert page.context["holes"] == [
        f"Wednesday {day}, 8:30 am to 4:00 pm"
        for day in ("16 September", "23 September", "30 September", "7 October")
    ]
    assert still_there
    assert not DutySlot.objects.filter(pk=slot.pk).exists()


def test_a_change_that_leaves_a_hole_is_said_first_too(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    slot = DutySlot.objects.get(weekday=2)
    client = staff_client(team["lead"])
    address = reverse("school:change_duty", args=[slot.pk])
    page = client.post(address, typed(team["lead"], 2, "08:00", "15:00"))
    slot.refresh_from_db()
    before = slot.ends_at
    client.post(address, typed(team["lead"], 2, "08:00", "15:00") | {"knowing": "on"})
    slot.refresh_from_db()

    assert page.context["holes"][0] == "Wednesday 16 September, 3:00 pm to 4:00 pm"
    assert 'name="knowing" value="on"' in page.content.decode()
    assert (before, slot.ends_at) == (time(17), time(15))


def test_what_somebody_else_took_off_is_said_and_no_fault(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    page = staff_client(team["lead"]).post(reverse("school:remove_duty", args=[31337]), follow=True)
    assert [str(one) for one in page.context["messages"]] == ["This duty was taken off already."]


# --- Answering besides ----------------------------------------------------------------------------
def test_g13_a_deputy_says_for_herself_that_she_answers_in_the_holiday(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    client = staff_client(team["deputy"])
    stretch = {"starts_at": "2026-10-24T00:00", "ends_at": "2026-11-02T00:00"}
    for_lead = client.post(reverse("school:answer_besides"), {"staff": team["lead"].pk, **stretch})
    client.post(reverse("school:answer_besides"), {"staff": team["deputy"].pk, **stretch})
    client.post(reverse("school:answer_besides"), {"staff": team["deputy"].pk, **stretch})
    row = Cover.objects.get()

    assert list(for_lead.context["form"].errors) == ["staff"]
    assert (row.staff, pages.stretch_words(row.starts_at, row.ends_at)) == (
        team["deputy"],
        "Saturday 24 October to Sunday 1 November",
    )


def test_a_hole_leads_to_the_form_that_fills_it(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    services.record_absence(
        team["lead"],
        by=team["lead"],
        starts_at=local("2026-09-16T00:00"),
        ends_at=local("2026-09-16T23:59"),
    )
    client = staff_client(team["lead"])
    page = client.get(reverse("school:rota")).content.decode()
    link = f"{reverse('school:answer_besides')}?starts_at=2026-09-16T08:30&amp;ends_at=2026-09-16T16:00"
    form = client.get(link.replace("&amp;", "&")).content.decode()
    nonsense = client.get(f"{reverse('school:answer_besides')}?starts_at=2026-99-99T00:00")
    client.post(
        reverse("school:answer_besides"),
        {
            "staff": team["deputy"].pk,
            "starts_at": "2026-09-16T08:30",
            "ends_at": "2026-09-16T16:00",
        },
    )

    assert link in page
    assert 'value="2026-09-16T08:30"' in form
    assert nonsense.status_code == 200
    assert holes() == []


def test_a_stretch_that_is_over_or_turned_round_is_refused(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    client, staff = staff_client(team["lead"]), team["lead"].pk
    over = {"staff": staff, "starts_at": "2026-09-01T00:00", "ends_at": "2026-09-02T00:00"}
    turned = {"staff": staff, "starts_at": "2026-10-02T00:00", "ends_at": "2026-10-01T00:00"}
    assert [
        client.post(reverse("school:answer_besides"), one).context["form"].errors
        for one in (over, turned)
    ] == [
        {"ends_at": ["That time is over."]},
        {"ends_at": ["The end comes before the beginning."]},
    ]


# --- Being away -----------------------------------------------------------------------------------
def test_anybody_says_in_two_presses_from_the_start_page_that_they_are_away(
    team: dict[str, StaffMember], host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    start = client.get(reverse("schoolsafe_home")).content.decode()
    page = client.post(reverse("school:away"), {"when": "today"}, follow=True)
    row = Absence.objects.get()
    away_now = selectors.away([host.pk], clock.now())
    client.post(reverse("school:take_back_absence", args=[row.pk]))

    assert f'href="{reverse("school:away")}"' in start
    assert "You are down as away" in page.content.decode()
    assert clock.local(row.ends_at) == datetime(2026, 9, 15, 23, 59, 59, 999999, tzinfo=LONDON)
    assert (away_now, selectors.away([host.pk], clock.now())) == ({host.pk}, set())
    assert [
        (entry.actor, entry.verb)
        for entry in Entry.objects.filter(verb__startswith="staff.abs").order_by("pk")
    ] == [(host.actor, "staff.absence"), (host.actor, "staff.absence_taken_back")]


@pytest.mark.parametrize(
    ("at", "typed", "first", "last"),
    [
        # The next school day: tomorrow, after the weekend, after half-term.
        ("2026-09-15T14:00", {"when": "next"}, "2026-09-16T00:00", "2026-09-17T00:00"),
        ("2026-09-18T14:00", {"when": "next"}, "2026-09-21T00:00", "2026-09-22T00:00"),
        ("2026-10-23T14:00", {"when": "next"}, "2026-11-02T00:00", "2026-11-03T00:00"),
        # The day of the clock change has 25 hours, and all of them count.
        ("2026-10-25T00:30", {"when": "today"}, "2026-10-25T00:30", "2026-10-26T00:00"),
        (
            "2026-09-15T14:00",
            {"when": "days", "last": "2026-09-18"},
            "2026-09-15T14:00",
            "2026-09-19T00:00",
        ),
        (
            "2026-09-15T14:00",
            {"when": "days", "first": "2026-10-24", "last": "2026-10-26"},
            "2026-10-24T00:00",
            "2026-10-27T00:00",
        ),
    ],
)
def test_e67_being_away_goes_by_the_days_of_the_school_clock(
    at: str,
    typed: dict[str, str],
    first: str,
    last: str,
    team: dict[str, StaffMember],
    host: StaffMember,
    staff_client: SignIn,
    clock_at: ClockAt,
) -> None:
    clock_at(local(at))
    staff_client(host).post(reverse("school:away"), typed)
    row = Absence.objects.get()
    assert (row.starts_at, row.ends_at + timedelta(microseconds=1)) == (local(first), local(last))


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"when": "days"}, {"last": ["Say until which day."]}),
        ({"when": "days", "last": "2026-09-14"}, {"last": ["The last day comes before the first day."]}),
        (
            {"when": "days", "first": "2026-09-10", "last": "2026-09-14"},
            {"last": ["That day is over."]},
        ),
        (
            {"when": "days", "first": "2026-09-10", "last": "2026-09-16"},
            {"first": ["Being away is said from now on. Leave it empty."]},
        ),
        (
            {"when": "days", "last": "9999-12-31"},
            {"last": ["This lies more than ten years away. Look at the year."]},
        ),
        ({"when": "days", "last": "2030-09-16"}, {"__all__": ["That lies more than two years away. Look at the year."]}),
    ],
)  # fmt: skip
def test_a_time_away_that_cannot_be_is_refused_beside_its_field(
    typed: dict[str, str],
    errors: dict[str, list[str]],
    team: dict[str, StaffMember],
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    page = staff_client(host).post(reverse("school:away"), typed | {"reason": "course"})
    assert page.context["form"].errors == errors
    assert 'value="course"' in page.content.decode()
    assert Absence.objects.count() == 0


def test_it_says_at_once_what_hole_that_leaves_and_who_is_told(
    team: dict[str, StaffMember], staff_client: SignIn
) -> None:
    client = staff_client(team["lead"])
    page = client.post(reverse("school:away"), {"when": "next"}, follow=True)

    assert page.context["holes"] == ["Wednesday 16 September, 8:30 am to 4:00 pm"]
    assert page.context["told"] == ["Leah Lead", "Hugo Head"]
    assert "tells Leah Lead, Hugo Head." in page.content.decode()


def test_only_who_keeps_the_rota_says_it_of_others_and_nobody_else_sees_theirs(
    team: dict[str, StaffMember], host: StaffMember, staff_client: SignIn
) -> None:
    typed = {"staff": host.pk, "when": "days", "last": "2026-09-16"}
    staff_client(team["deputy"]).post(reverse("school:away"), typed)
    of_deputy = list(Absence.objects.values_list("staff", flat=True))
    page = staff_client(team["lead"]).post(reverse("school:away"), typed, follow=True)
    row = Absence.objects.get(staff=host)

    # A deputy's page has no such field: what is sent all the same says it of herself.
    assert of_deputy == [team["deputy"].pk]
    assert "Helen Host is down as away" in page.content.decode().replace("\n", " ").replace(
        "  ", ""
    )
    peek = staff_client(team["deputy"]).get(f"{reverse('school:away')}?said={row.pk}")
    assert peek.context["said"] is None
    with pytest.raises(NotAllowed, match="say it of others"):
        services.take_back_absence(row, by=team["deputy"])


def test_a_second_press_adds_nothing_and_back_ends_all_that_runs(
    team: dict[str, StaffMember], host: StaffMember, clock_at: ClockAt
) -> None:
    stretch = {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(days=2)}
    services.record_absence(host, by=host, **stretch)
    services.record_absence(host, by=host, **stretch)
    services.record_absence(
        host, by=host, **(stretch | {"ends_at": clock.now() + timedelta(days=3)})
    )
    count = Absence.objects.count()
    clock_at(local("2026-09-16T09:00"))

    assert (count, services.come_back(host, by=host), services.come_back(host, by=host)) == (
        2,
        2,
        0,
    )
    assert selectors.away([host.pk], clock.now()) == set()
    assert {row.ends_at for row in Absence.objects.all()} == {
        local("2026-09-16T09:00") - timedelta(microseconds=1)
    }


def test_with_a_password_alone_nobody_says_that_the_lead_is_away(
    team: dict[str, StaffMember], host: StaffMember, client: Client
) -> None:
    """No alert would reach her."""
    answers = []
    for who in (host, team["lead"]):
        client.force_login(who.user)
        answers.append(client.post(reverse("school:away"), {"when": "today"})["Location"])
    assert answers == [reverse("mfa_activate_totp")] * 2
    assert not Absence.objects.exists()


def test_in_an_intranet_that_asks_for_no_factor_a_teacher_is_ill_all_the_same(
    team: dict[str, StaffMember], host: StaffMember, client: Client, settings: Any
) -> None:
    settings.OWN_SIGN_IN = False
    answers = []
    for who in (host, team["lead"]):
        client.force_login(who.user)
        answers.append(client.post(reverse("school:away"), {"when": "today"})["Location"])
    assert answers[0].startswith(reverse("school:away"))
    assert answers[1] == reverse("mfa_activate_totp")
    assert [row.staff for row in Absence.objects.all()] == [host]


# --- The page -------------------------------------------------------------------------------------
def test_page_tells_week_by_week_who_answers_and_who_is_away(team: dict[str, StaffMember]) -> None:
    services.record_absence(
        team["lead"],
        by=team["lead"],
        starts_at=local("2026-09-16T12:00"),
        ends_at=local("2026-09-16T23:59"),
    )
    services.answer_besides(
        team["deputy"],
        by=team["lead"],
        starts_at=local("2026-09-16T12:00"),
        ends_at=local("2026-09-16T15:00"),
    )
    page = pages.read(clock.now())
    wednesday = page.weeks[0][2]

    assert [(line.name, line.words, line.pill) for line in wednesday.lines] == [
        ("Leah Lead", "8:00 am to 5:00 pm", "there only 8:00 am to 12:00 pm"),
        ("Dana Deputy", "12:00 pm to 3:00 pm", "answers besides"),
    ]
    assert [one.words for one in wednesday.holes] == ["Wednesday 16 September, 3:00 pm to 4:00 pm"]
    assert [(one.name, one.words) for one in page.gone] == [
        (
            "Leah Lead",
            "from Wednesday 16 September, 12:00 pm until Wednesday 16 September, 11:59 pm",
        )
    ]
    assert [(one.name, [hole.words for hole in one.holes]) for one in page.holidays] == [
        ("Half-term holiday", ["Saturday 24 October to Sunday 1 November (holiday)"])
    ]


def test_page_and_start_page_ask_the_same_number_of_questions_whatever_is_entered(
    team: dict[str, StaffMember],
    staff_client: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = staff_client(team["lead"])
    client.get(reverse("school:rota"))
    with django_assert_num_queries(16):
        client.get(reverse("school:rota"))
    for number in range(30):
        factories.make_absence(
            team["deputy"], clock.now(), clock.now() + timedelta(days=1 + number)
        )
        factories.make_duty(factories.make_staff(f"More {number}"), number % 5)
    with django_assert_num_queries(16):
        client.get(reverse("school:rota"))


def test_a_hole_within_the_week_stands_on_the_start_page_of_the_team_alone(
    team: dict[str, StaffMember], host: StaffMember, staff_client: SignIn
) -> None:
    DutySlot.objects.filter(weekday=2).delete()
    for_lead = staff_client(team["lead"]).get(reverse("schoolsafe_home")).content.decode()
    for_host = staff_client(host).get(reverse("schoolsafe_home")).content.decode()
    assert "Wednesday 16 September, 8:30 am to 4:00 pm." in for_lead
    assert "Nobody answers for safeguarding" not in for_host


# --- The warning ----------------------------------------------------------------------------------
def told(mailbox: Mailbox) -> list[tuple[str, list[str]]]:
    """Who got a letter about a hole so far, and its holes."""
    return [
        (letter.to[0], [line[2:] for line in letter.body.splitlines() if line.startswith("- ")])  # type: ignore[attr-defined]
        for letter in mailbox()
        if letter.subject == "Nobody answers for safeguarding"  # type: ignore[attr-defined]
    ]


def test_g12_lead_and_headteacher_are_told_a_week_ahead_and_again_the_day_before_and_no_more(
    team: dict[str, StaffMember], mailbox: Mailbox, clock_at: ClockAt
) -> None:
    lead, head = team["lead"], team["head"]
    services.record_absence(
        lead, by=lead, starts_at=local("2026-09-28T00:00"), ends_at=local("2026-09-29T23:59")
    )
    both = ["Monday 28 September, 8:30 am to 4:00 pm", "Tuesday 29 September, 8:30 am to 4:00 pm"]
    counts = []
    for at in (
        "2026-09-20T12:00",
        "2026-09-21T08:31",
        "2026-09-21T08:40",
        "2026-09-25T12:00",
        "2026-09-27T08:31",
        "2026-09-27T09:00",
    ):
        clock_at(local(at))
        counts.append(len(told(mailbox)))

    assert counts == [0, 2, 2, 2, 4, 4]
    assert told(mailbox) == [
        (lead.email, both),
        (head.email, both),
        (lead.email, both[:1]),
        (head.email, both[:1]),
    ]


def test_g12_no_letter_leaves_for_a_hole_that_somebody_filled_and_one_that_opens_again_is_new(
    team: dict[str, StaffMember], mailbox: Mailbox, clock_at: ClockAt
) -> None:
    lead, deputy = team["lead"], team["deputy"]
    services.record_absence(
        lead, by=lead, starts_at=local("2026-09-17T00:00"), ends_at=local("2026-09-17T23:59")
    )
    first = len(told(mailbox))
    cover = services.answer_besides(
        deputy,
        by=lead,
        starts_at=local("2026-09-17T08:00"),
        ends_at=local("2026-09-17T17:00"),
    )
    clock_at(local("2026-09-16T12:00"))
    filled = (len(told(mailbox)), CoverHole.objects.filter(gone_at=None).count())
    services.remove_cover(cover, by=deputy, knowing=True)
    clock_at(local("2026-09-16T12:02"))

    assert (first, filled, len(told(mailbox))) == (2, (2, 0), 4)


def test_g13_a_holiday_that_nobody_answers_in_is_told_a_week_ahead_too(
    team: dict[str, StaffMember], mailbox: Mailbox, clock_at: ClockAt
) -> None:
    clock_at(local("2026-10-16T12:00"))
    before = told(mailbox)
    clock_at(local("2026-10-17T12:00"))
    assert before == []
    assert told(mailbox) == [
        (team["lead"].email, ["Saturday 24 October to Sunday 1 November (holiday)"]),
        (team["head"].email, ["Saturday 24 October to Sunday 1 November (holiday)"]),
    ]


def test_whoever_is_away_is_not_told_while_anybody_is_here(
    team: dict[str, StaffMember], mailbox: Mailbox
) -> None:
    for name in ("lead", "head"):
        services.record_absence(
            team[name],
            by=team[name],
            starts_at=clock.now(),
            ends_at=local("2026-09-18T23:59"),
        )
    assert {who for who, _ in told(mailbox)} == {team["deputy"].email}


def test_a_school_without_terms_or_without_anybody_is_told_nothing(
    school: School, school_day: datetime, lead: StaffMember, mailbox: Mailbox
) -> None:
    assert (told(mailbox), holes()) == ([], [])


# --- Two at once ----------------------------------------------------------------------------------
def at_once(*works: Callable[[], Outcome]) -> list[Outcome | NotAllowed]:
    """Do these at the same moment, each on its own connection; a refusal is an answer."""
    gate = Barrier(len(works))

    def one(work: Callable[[], Outcome]) -> Outcome | NotAllowed:
        try:
            gate.wait(10)
            return work()
        except NotAllowed as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(one, works))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_who_each_take_off_a_duty_because_the_other_is_there_never_leave_nobody_unsaid(
    turn: int, team: dict[str, StaffMember]
) -> None:
    first = DutySlot.objects.get(weekday=2)
    second = factories.make_duty(team["deputy"], 2)

    answers = at_once(
        lambda: services.remove_duty(first, by=team["lead"]),
        lambda: services.remove_duty(second, by=team["head"]),
    )

    [refusal] = [one for one in answers if isinstance(one, NotAllowed)]
    assert isinstance(refusal, services.LeavesHole)
    assert DutySlot.objects.filter(weekday=2).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_who_put_one_person_on_duty_at_once_do_it_once(
    turn: int, team: dict[str, StaffMember]
) -> None:
    slot = (1, time(8), time(12))
    answers = at_once(
        lambda: services.put_on_duty(team["deputy"], by=team["lead"], slots=[slot]),
        lambda: services.put_on_duty(team["deputy"], by=team["head"], slots=[slot]),
    )
    assert sum(isinstance(one, NotAllowed) for one in answers) == 1
    assert DutySlot.objects.filter(staff=team["deputy"]).count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_of_a_hole_once(team: dict[str, StaffMember]) -> None:
    DutySlot.objects.filter(weekday=2).delete()
    now = clock.now()
    at_once(
        lambda: services.note_holes(by=services.SWEEP, now=now).fresh,
        lambda: services.note_holes(by=services.SWEEP, now=now).fresh,
    )
    run_due(now)
    assert CoverHole.objects.count() == 4
