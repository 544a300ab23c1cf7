"""Calls planned together: each a call of its own, asked about in one letter."""

from datetime import UTC, date, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from audit import services as audit
from consent import selectors as consent
from consent import services as consent_services
from consent.models import Answer, Question, Request
from consent.policy import Status
from consent.selectors.covering import cover_now
from meetings import policy, selectors, services
from meetings.models import Meeting, Place, Series
from meetings.services import SeriesPlan, SeriesRefused
from notices import services as outbox
from notices.models import Notice
from school.calendar import Calendar
from school.models import Guardianship, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import ON_POSTGRESQL
from tests.meetings import calls, series
from tests.meetings.series import Family

pytestmark = pytest.mark.django_db

TERMS = ((date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18)))
CALENDAR = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=ZoneInfo("Europe/London"),
    nation="ENG",
    terms=TERMS,
    closed_days=frozenset({date(2026, 10, 8)}),
)


def days(**facts: Any) -> list[tuple[str, str]]:
    said: dict[str, Any] = {"first": date(2026, 9, 24), "every": 1} | facts
    return [(f"{x.on:%d %b}", x.skipped) for x in policy.occurrences(CALENDAR, **said)]


# --- Which days -----------------------------------------------------------------------------------
def test_e66_series_skips_days_on_which_the_school_is_closed_and_says_why() -> None:
    assert days(until=date(2026, 11, 5)) == [
        ("24 Sep", ""),
        ("01 Oct", ""),
        ("08 Oct", "the school is closed"),
        ("15 Oct", ""),
        ("22 Oct", ""),
        ("29 Oct", "outside term"),
        ("05 Nov", ""),
    ]


def test_e66_number_of_calls_counts_those_that_are_held() -> None:
    found = days(times=5)
    assert [day for day, why in found if not why] == [
        "24 Sep",
        "01 Oct",
        "15 Oct",
        "22 Oct",
        "05 Nov",
    ]
    assert found[-1] == ("05 Nov", "")


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"every": 2, "times": 3}, [("24 Sep", ""), ("08 Oct", "the school is closed"),
                                    ("22 Oct", ""), ("05 Nov", "")]),
        ({"first": date(2026, 9, 26), "until": date(2026, 9, 26)}, [("26 Sep", "a weekend")]),
        ({"first": date(2026, 12, 25), "until": date(2026, 12, 25)}, [("25 Dec", "a bank holiday")]),
        ({"until": date(2026, 9, 23)}, []),
    ],
)  # fmt: skip
def test_e66_days_of_a_series(facts: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert days(**facts) == found


def test_series_without_an_end_or_with_too_many_calls_is_refused() -> None:
    for facts in ({}, {"times": 60, "first": date(2027, 1, 4), "every": 1}):
        with pytest.raises(NotAllowed):
            days(**facts)


def test_days_of_a_series_of_which_the_terms_say_nothing_end_within_a_year() -> None:
    found = days(first=date(2027, 2, 1), times=40, every=4)
    assert len(found) <= 14


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        (date(2026, 10, 22), [(13, 0), (14, 0), (14, 0)]),
        (date(2027, 3, 18), [(14, 0), (14, 0), (13, 0)]),
    ],
)
def test_e67_series_keeps_its_hour_across_both_clock_changes(
    host: StaffMember, co_host: StaffMember, amy: Family, first: date, hours: list[Any]
) -> None:
    made = series.planned(host, [amy[1]], co_hosts=[co_host], days=series.weekly(3, first))
    starts = [meeting.starts_at for meeting in series.of(made)]
    assert [clock.local(at).time() for at in starts] == [time(14)] * 3
    assert [(at.astimezone(UTC).hour, at.minute) for at in starts] == hours
    assert {meeting.ends_at - meeting.starts_at for meeting in series.of(made)} == {
        timedelta(minutes=45)
    }


# --- Planning -------------------------------------------------------------------------------------
def test_each_call_of_a_series_is_a_call_of_its_own(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    made = series.planned(
        host, [amy[1], ben[1]], co_hosts=[co_host, host], reserves=[co_host, colleague]
    )
    meetings = series.of(made)
    assert [clock.local(one.starts_at).date() for one in meetings] == series.weekly(3)
    for meeting in meetings:
        assert (meeting.status, meeting.join_url, meeting.question) == ("draft", "", None)
        assert {(seat.staff, seat.role) for seat in meeting.seats.all()} == {
            (host, "host"),
            (co_host, "co_host"),
            (colleague, "reserve"),
        }
        assert [place.pupil for place in meeting.places.all()] == [amy[1], ben[1]]
    assert audit.verify() is None


def test_p1_series_of_which_one_call_breaks_the_policy_is_not_stored(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    with pytest.raises(SeriesRefused):
        series.planned(host, [amy[1]])
    away = clock.at(series.FIRST + timedelta(weeks=1), time(8))
    factories.make_absence(co_host, away, away + timedelta(hours=10))
    with pytest.raises(SeriesRefused, match="Thursday 24 September, 2:00 pm: "):
        series.planned(host, [amy[1]], co_hosts=[co_host])
    assert not Meeting.objects.exists()
    assert not Series.objects.exists()


def test_planning_twice_with_one_key_is_one_series_and_only_staff_plan(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family
) -> None:
    what = SeriesPlan(
        call=calls.plan_of([amy[1]], co_hosts=[co_host]), every_weeks=1, days=series.weekly(2)
    )
    key = uuid4()
    made = services.plan_series(by=host, what=what, key=key)
    assert services.plan_series(by=host, what=what, key=key) == made
    assert Meeting.objects.count() == 2
    for by in (co_host, office):
        with pytest.raises(NotAllowed):
            services.plan_series(by=by, what=what, key=key)
    for wrong in ([], series.weekly(41)):
        with pytest.raises(NotAllowed):
            services.plan_series(
                by=host, what=SeriesPlan(call=what.call, every_weeks=1, days=wrong)
            )


PLANNING, ASKING = 17, 30


def test_planning_and_asking_take_a_constant_number_of_queries(
    host: StaffMember, co_host: StaffMember, django_assert_num_queries: Any
) -> None:
    for pupil_count, times in ((2, 2), (30, 12)):
        pupils = [factories.make_pupil() for _ in range(pupil_count)]
        for pupil in pupils:
            factories.make_guardian(pupil)
            factories.make_guardian(pupil)
        what = SeriesPlan(
            call=calls.plan_of(pupils, co_hosts=[co_host]),
            every_weeks=1,
            days=series.weekly(times),
        )
        with django_assert_num_queries(PLANNING + ON_POSTGRESQL):
            made = services.plan_series(by=host, what=what)
        with django_assert_num_queries(ASKING + ON_POSTGRESQL):
            services.ask_series(made, by=host)
        assert Place.objects.filter(meeting__series=made).count() == pupil_count * times
        asked = Request.objects.filter(question__series=made.about)
        assert asked.count() == pupil_count * times * 2
        letters = Notice.objects.about(made.about).filter(kind="consent_request")
        assert letters.count() == pupil_count * 2


# --- Asking ---------------------------------------------------------------------------------------
def letters() -> list[Any]:
    mail.outbox.clear()
    outbox.run_due(clock.now())
    return list(mail.outbox)


def status(meeting: Meeting, family: Family) -> Status:
    meeting.refresh_from_db()
    assert meeting.question_id is not None
    found = consent.pupil_consents([meeting.question_id], clock.now())
    return found[meeting.question_id, family[1].pk].status


def test_p5_families_are_asked_about_all_dates_in_one_letter(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meetings = series.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    assert [meeting.status for meeting in meetings] == ["asked"] * 3
    assert Question.objects.count() == 3
    sent = letters()
    assert sorted(letter.to[0] for letter in sent) == sorted([amy[0].email, ben[0].email])
    for letter in sent:
        assert letter.subject == "Please answer: a series of video calls"
        for day in ("Thursday 17 September", "Thursday 24 September", "Thursday 1 October"):
            assert day in str(letter.body)
        assert str(letter.body).count("/c/") == 1
    [own] = Request.objects.filter(question=meetings[0].question, guardian=amy[0])
    assert f"/c/{consent.link(own).split('/c/')[1]}" in str(sent[0].body) + str(sent[1].body)


def test_series_without_a_call_to_come_and_a_stranger_ask_nobody(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    made = series.planned(host, [amy[1]], co_hosts=[co_host])
    empty = Series.objects.create(every_weeks=1, planned_at=clock.now(), planned_by=host)
    for which, by in ((empty, host), (made, colleague)):
        with pytest.raises(NotAllowed):
            services.ask_series(which, by=by)
    assert not Request.objects.exists()


def test_asking_again_asks_nobody_twice(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meetings = series.asked(host, [amy[1]], co_hosts=[co_host])
    assert len(letters()) == 1
    assert meetings[0].series is not None
    services.ask_series(meetings[0].series, by=host)
    assert letters() == []


def test_letter_about_a_series_is_one_of_the_three_about_each_of_its_dates(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: Any, mailbox: Any
) -> None:
    _, second, third = series.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    mailbox()
    for title in ("Poetry", "Book club"):
        plan = calls.as_it_is(second, title=title)
        second = services.revise(second, by=host, what=plan)
        mailbox()
    for call in (second, third):
        for before in (timedelta(days=7), timedelta(days=2)):
            clock_at(call.starts_at - before)
            mailbox()
    about = Notice.objects.filter(guardian=amy[0], kind__startswith="consent_", state="sent")
    assert list(about.order_by("pk").values_list("kind", "about")) == [
        ("consent_request", f"meetings.series:{second.series_id}"),
        ("consent_changed", second.about),
        ("consent_changed", second.about),
        ("consent_reminder", third.about),
        ("consent_reminder", third.about),
    ]


def test_letter_that_lists_a_cancelled_date_is_written_without_it(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meetings = series.asked(host, [amy[1]], co_hosts=[co_host])
    services.cancel(meetings[0], by=host)
    [asking] = [letter for letter in letters() if "answer" in letter.subject]
    assert "17 September" not in str(asking.body)
    assert "24 September" in str(asking.body)


def test_b20_yes_for_the_school_year_covers_a_series_and_one_letter_tells_so(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    factories.make_term()
    first = calls.agreed(host, [amy], co_hosts=[co_host])
    request = Request.objects.get(question=first.question_id)
    cover = cover_now(request)
    assert cover is not None
    standing = consent_services.give_standing(request, by=amy[0], cover=cover, name=amy[0].name)
    letters()
    meetings = series.asked(host, [amy[1]], co_hosts=[co_host])
    assert [status(one, amy) for one in meetings] == [Status.GIVEN] * 3
    [told] = letters()
    assert told.subject == "A series of video calls: your yes covers it"
    assert str(told.body).count("/withdraw/") == 3
    consent_services.end_standing(standing, by=amy[0])
    assert [status(one, amy) for one in meetings] == [Status.VOID] * 3


# --- Changing -------------------------------------------------------------------------------------
def test_change_of_one_call_leaves_the_others(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    one, two, three = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    services.revise(two, by=host, what=calls.as_it_is(two, title="Another"))
    assert [x.title for x in series.of(Series.objects.get())] == [one.title, "Another", three.title]


def test_change_of_later_calls_moves_the_hour_and_keeps_what_each_has_of_its_own(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    one, two, three = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    services.revise(
        three, by=host, what=calls.as_it_is(three, title="The last", reserves=[colleague])
    )
    shift = timedelta(hours=1)
    services.revise_later(
        two,
        by=host,
        what=calls.as_it_is(
            two,
            title="Reading aloud",
            starts_at=two.starts_at + shift,
            ends_at=two.ends_at + shift,
            pupils=[amy[1], ben[1]],
        ),
    )
    after = series.of(Series.objects.get())
    assert [x.title for x in after] == ["Reading together", "Reading aloud", "Reading aloud"]
    assert [x.starts_at - y.starts_at for x, y in zip(after, (one, two, three), strict=True)] == [
        timedelta(),
        shift,
        shift,
    ]
    assert [x.places.count() for x in after] == [1, 2, 2]
    assert [seat.staff for seat in after[2].seats.filter(role="reserve")] == [colleague]
    assert audit.verify() is None


def test_e53_u10_pupil_who_joins_later_is_asked_about_the_dates_to_come_alone(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    one, two, _ = series.asked(host, [amy[1]], co_hosts=[co_host])
    services.revise_later(two, by=host, what=calls.as_it_is(two, pupils=[amy[1], ben[1]]))
    asked = Request.objects.filter(pupil=ben[1]).order_by("question__closes_at")
    assert [row.question.closes_at for row in asked] == [
        one.starts_at + timedelta(weeks=1),
        one.starts_at + timedelta(weeks=2),
    ]
    # The next series has nobody on it but those who were chosen for it.
    series.planned(host, [amy[1]], co_hosts=[co_host], days=series.weekly(2, date(2026, 11, 5)))
    assert Place.objects.filter(pupil=ben[1]).count() == 2


def test_e66_calls_are_not_moved_onto_days_on_which_the_school_is_closed(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    _, two, _ = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    factories.make_closed_day(date(2026, 10, 2))
    day = timedelta(days=1)
    moved = calls.as_it_is(two, starts_at=two.starts_at + day, ends_at=two.ends_at + day)
    with pytest.raises(NotAllowed, match="Friday 2 October: the school is closed") as refused:
        services.revise_later(two, by=host, what=moved)
    assert str(refused.value)
    assert series.of(Series.objects.get())[1].starts_at == two.starts_at


def test_later_change_that_one_call_forbids_changes_none(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    one, _, three = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    away = three.starts_at - timedelta(hours=1)
    factories.make_absence(colleague, away, away + timedelta(hours=4))
    with pytest.raises(SeriesRefused, match="Thursday 1 October"):
        services.revise_later(one, by=host, what=calls.as_it_is(one, co_hosts=[colleague]))
    assert {seat.staff for x in series.of(Series.objects.get()) for seat in x.seats.all()} == {
        host,
        co_host,
    }


def test_one_teams_link_for_this_call_and_the_later_ones(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    _, two, _ = series.of(series.planned(host, [amy[1]], co_hosts=[co_host]))
    services.set_link_later(two, by=host, text=calls.LINK)
    linked = series.of(Series.objects.get())
    assert [bool(x.join_url) for x in linked] == [False, True, True]
    # An Outlook series has one link for all its dates: nothing to advise.
    now = clock.now()
    verdicts = [policy.assess(selectors.facts(x, now), now) for x in linked]
    codes = [finding.code for verdict in verdicts for finding in verdict.findings]
    assert [code for code in codes if code.startswith("link_")] == []


def test_cancelling_later_calls_tells_each_family_once(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    one, two, _ = series.asked(host, [amy[1]], co_hosts=[co_host])
    letters()
    services.cancel_later(two, by=host)
    assert [x.status for x in series.of(one.series or Series())] == [
        "asked",
        "cancelled",
        "cancelled",
    ]
    [told] = [letter for letter in letters() if letter.to == [amy[0].email]]
    assert "Thursday 24 September" in str(told.body)
    assert "Thursday 1 October" in str(told.body)
    assert audit.verify() is None


def test_call_without_a_series_is_changed_alone(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    assert services.revise_later(meeting, by=host, what=calls.as_it_is(meeting, title="New")) == [
        meeting
    ]
    assert [x.status for x in services.cancel_later(meeting, by=host)] == ["cancelled"]


def test_answers_are_kept_for_each_call(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    one, two, _ = series.asked(host, [amy[1]], co_hosts=[co_host])
    calls.answer(one, *amy)
    assert (status(one, amy), status(two, amy)) == (Status.GIVEN, Status.WAITING)
    assert Answer.objects.count() == 1


def test_e30_cancelled_series_tells_no_date_of_a_child_about_whom_a_person_is_blocked(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, mailbox: Any
) -> None:
    """Fred was asked about both; the last date was Ann's alone, and he may not hear of her now."""
    ann, bea = factories.make_pupil("Ann", "Ash"), factories.make_pupil("Bea", "Ash")
    fred = factories.make_guardian(ann, bea, name="Fred Ash")
    zoe = factories.make_pupil("Zoe", "Zed")
    mother = factories.make_guardian(zoe)
    meetings = series.asked(host, [ann, bea, zoe], co_hosts=[co_host])
    services.revise(meetings[2], by=host, what=calls.as_it_is(meetings[2], pupils=[ann, zoe]))
    before = len(mailbox())
    Guardianship.objects.filter(guardian=fred, pupil=ann).update(
        blocked_from=date(2026, 9, 1),
        block_reason="An order",
        block_evidence="Seen",
        block_approved_by=lead,
    )
    services.cancel_later(meetings[0], by=host)
    letters = mailbox()[before:]
    told = {
        person.email: [
            [one.starts_at for one in meetings if clock.in_words(one.starts_at) in letter.body]
            for letter in letters
            if letter.to == [person.email]
        ]
        for person in (fred, mother)
    }
    starts = [one.starts_at for one in meetings]
    assert told == {fred.email: [starts[:2]], mother.email: [starts]}
