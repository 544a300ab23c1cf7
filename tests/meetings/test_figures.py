"""Figures for the head and the governors: counts by term and purpose, and no number that names a child."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from consent.models import Answer, Check, Question, Request, Wording
from meetings.models import Closing, Incident, Meeting, Purpose
from meetings.pages.figures import figures
from meetings.selectors.figures import Measure, measures
from school.models import StaffMember, Term
from school.roles import Role
from school.years import OUTSIDE, Year, year_of, years
from schoolsafe.lib import clock
from schoolsafe.lib.small_numbers import FEWEST
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import plain, queries, words

SignIn = Callable[..., Client]
AUTUMN, SPRING = datetime(2026, 9, 10, 9, tzinfo=UTC), datetime(2027, 2, 10, 9, tzinfo=UTC)
HALF_TERM = datetime(2026, 12, 28, 9, tzinfo=UTC)
LAST_YEAR = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def terms(host: StaffMember) -> dict[str, Term]:
    """Two school years; today is in the autumn of the second."""
    Term.objects.all().delete()
    spans = {
        "Spring 2026": (date(2026, 1, 5), date(2026, 3, 27)),
        "Autumn 2026": (date(2026, 9, 3), date(2026, 12, 18)),
        "Spring 2027": (date(2027, 1, 4), date(2027, 3, 26)),
    }
    return {
        name: Term.objects.create(name=name, starts_on=first, ends_on=last)
        for name, (first, last) in spans.items()
    }


def held(
    host: StaffMember, number: int, at: datetime, purpose: Purpose, **facts: object
) -> list[Meeting]:
    """So many calls at one time, closed."""
    facts = {"status": "closed"} | facts
    return Meeting.objects.bulk_create(
        Meeting(
            title="Reading",
            purpose=purpose,
            starts_at=at,
            ends_at=at + timedelta(minutes=45),
            scheduled_at=at - timedelta(days=1),
            planned_by=host,
            **facts,
        )
        for _ in range(number)
    )


def answered(meetings: Iterable[Meeting], host: StaffMember, *kinds: str) -> None:
    """One person asked about each call, who said these things one after the other."""
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil)
    for meeting in meetings:
        at = meeting.scheduled_at
        question = Question.objects.create(
            about=meeting.about,
            facts={},
            asks_recording=False,
            asked_at=at,
            closes_at=meeting.starts_at,
            ends_at=meeting.ends_at,
        )
        Meeting.objects.filter(pk=meeting.pk).update(question=question)
        wording = Wording.objects.create(
            question=question, version=1, facts={}, is_material=True, created_at=at
        )
        request = Request.objects.create(
            question=question, pupil=pupil, guardian=guardian, created_at=at, asked_at=at
        )
        for number, kind in enumerate(kinds):
            said_at = at + timedelta(minutes=number)
            Answer.objects.create(
                request=request,
                wording=wording,
                kind=kind,
                channel="link",
                shown="{}",
                at=said_at,
                recorded_at=said_at,
            )


def counts(name: str, key: str = "") -> dict[tuple[str, str, str], int]:
    """What is counted of one measure, by the names of term and purpose."""
    now = clock.now()
    year = year_of(years(now), key)
    [found] = [one for one in measures(year, now) if one.name == name]
    labels = {str(term.pk): term.name for term in year.terms} | {OUTSIDE: OUTSIDE}
    purposes = {str(one.pk): one.name for one in Purpose.objects.all()}
    return {(labels[t], purposes[p], kind): n for (t, p, kind), n in found.counts.items()}


def test_calls_are_counted_by_term_purpose_and_how_they_went(
    host: StaffMember, terms: dict[str, Term]
) -> None:
    lesson, talk = calls.make_purpose(name="Lesson"), calls.make_purpose(name="Talk")
    [not_held, *_] = held(host, 3, AUTUMN, lesson)
    Closing.objects.create(meeting=not_held, took_place=False, closed_at=AUTUMN, closed_by=host)
    held(host, 1, AUTUMN, lesson, status="ended")
    held(host, 1, AUTUMN, lesson, status="open")
    held(host, 1, AUTUMN, lesson, status="shared")
    held(host, 1, clock.now(), lesson, status="open")
    held(host, 1, clock.now(), lesson, status="ended")
    held(host, 1, AUTUMN, lesson, status="draft")
    held(host, 2, SPRING, talk, status="asked")
    held(host, 1, SPRING, talk, status="cancelled")
    held(host, 1, HALF_TERM, talk, status="shared")
    held(host, 5, LAST_YEAR, talk)

    assert counts("calls") == {
        ("Autumn 2026", "Lesson", "held"): 3,
        ("Autumn 2026", "Lesson", "unclosed"): 4,
        ("Autumn 2026", "Lesson", "not_held"): 2,
        ("Spring 2027", "Talk", "ahead"): 2,
        ("Spring 2027", "Talk", "not_held"): 1,
        (OUTSIDE, "Talk", "ahead"): 1,
    }
    assert counts("calls", "nonsense") == counts("calls")
    assert [year.label for year in years(clock.now())] == ["2026 to 2027", "2026"]
    assert counts("calls", "2026-01-05") == {("Spring 2026", "Talk", "held"): 5}


def test_term_begins_and_ends_with_the_day_in_the_schools_own_time(
    host: StaffMember, terms: dict[str, Term]
) -> None:
    lesson = calls.make_purpose(name="Lesson")
    # British Summer Time: midnight of 3 September is 11 pm of the day before in UTC.
    first = datetime(2026, 9, 2, 23, 0, tzinfo=UTC)
    last = datetime(2026, 12, 19, 0, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    for at in (first, last - second, last):
        held(host, 1, at, lesson)
    assert {term: n for (term, *_), n in counts("calls").items()} == {"Autumn 2026": 2, OUTSIDE: 1}


def test_answers_are_the_latest_that_count_of_those_still_asked(
    host: StaffMember, terms: dict[str, Term]
) -> None:
    lesson = calls.make_purpose(name="Lesson")
    answered(held(host, 2, AUTUMN, lesson), host, "yes")
    answered(held(host, 3, AUTUMN, lesson), host, "yes", "withdrawn")
    answered(held(host, 1, AUTUMN, lesson), host, "no", "yes")
    answered(held(host, 4, AUTUMN, lesson), host)
    [void] = held(host, 1, AUTUMN, lesson)
    answered([void], host, "yes")
    Question.objects.filter(about=void.about).update(version=2, material_version=2)
    [gone] = held(host, 1, AUTUMN, lesson)
    answered([gone], host, "no")
    Request.objects.filter(question__about=gone.about).update(ended_at=AUTUMN)

    assert counts("answers") == {
        ("Autumn 2026", "Lesson", "yes"): 3,
        ("Autumn 2026", "Lesson", "no"): 3,
        ("Autumn 2026", "Lesson", "none"): 5,
    }


def test_e34_e26_answer_that_waits_or_was_rejected_is_in_no_figure(
    host: StaffMember, terms: dict[str, Term]
) -> None:
    made = held(host, 7, AUTUMN, calls.make_purpose(name="Lesson"))
    answered(made, host, "yes")
    said = list(Answer.objects.order_by("pk"))
    someone, rejected, accepted, moved, confirmed, astray = said[:6]
    for one in (someone, rejected, accepted):
        Answer.objects.filter(pk=one.pk).update(is_by_someone_else=True)
    for one in (moved, confirmed):
        Answer.objects.filter(pk=one.pk).update(address_changed_at=AUTUMN)
    for one, is_accepted in ((rejected, False), (accepted, True), (confirmed, True)):
        Check.objects.create(
            answer=one, is_accepted=is_accepted, checked_by=host, checked_at=AUTUMN, note=""
        )
    Request.objects.filter(pk=astray.request_id).update(disowned_at=AUTUMN)
    assert counts("answers") == {
        ("Autumn 2026", "Lesson", "yes"): 3,
        ("Autumn 2026", "Lesson", "none"): 4,
    }


def test_incidents_are_counted_in_the_term_of_their_call(
    host: StaffMember, terms: dict[str, Term]
) -> None:
    made = held(host, 3, AUTUMN, calls.make_purpose(name="Lesson"))
    for meeting in made[:2]:
        Incident.objects.create(meeting=meeting, kind="unclosed", raised_at=SPRING)
    Incident.objects.create(meeting=made[2], kind="link_leaked", raised_at=SPRING)
    assert counts("incidents") == {
        ("Autumn 2026", "Lesson", "unclosed"): 2,
        ("Autumn 2026", "Lesson", "link_leaked"): 1,
    }


def test_page_hides_a_small_number_and_what_would_tell_it(
    host: StaffMember, terms: dict[str, Term], staff_client: SignIn
) -> None:
    governor = factories.make_staff("Gina Governor", roles=(Role.GOVERNOR,))
    lesson = calls.make_purpose(name="Lesson")
    answered(held(host, 29, AUTUMN, lesson), host, "yes")
    answered(held(host, 1, AUTUMN, lesson), host, "no")

    page = staff_client(governor).get(reverse("meetings:figures"))
    html = page.content.decode()
    table = plain(html.split('aria-labelledby="answers-row"')[1].split("</table>")[0])
    assert (
        "Autumn 2026 hidden hidden 0 30" in table or "Autumn 2026 hidden hidden 0 hidden" in table
    )
    assert " 1 " not in f" {table} "
    assert f"Hidden: 1 to {FEWEST - 1}" in words(page)
    assert 'style="' not in html
    assert "<script" not in html.split("<main")[1]
    for name in ("Pupil", "Guardian"):
        assert name not in html.split("<main")[1]


def test_page_says_when_there_is_nothing_to_count_and_works_without_terms(
    lead: StaffMember, host: StaffMember, staff_client: SignIn
) -> None:
    Term.objects.all().delete()
    client = staff_client(lead)
    empty = words(client.get(reverse("meetings:figures")))
    assert "There is nothing to count in this school year." in empty
    assert "For a spreadsheet" not in empty
    held(host, 7, AUTUMN, calls.make_purpose(name="Lesson"))
    assert "All the time 7 0 0 0 7" in words(client.get(reverse("meetings:figures")))


def test_files_hold_what_the_page_holds_and_taking_them_out_is_written_down(
    host: StaffMember, lead: StaffMember, terms: dict[str, Term], staff_client: SignIn
) -> None:
    formula = calls.make_purpose(name="=HYPERLINK(1)")
    held(host, 9, AUTUMN, formula)
    held(host, 2, SPRING, calls.make_purpose(name="Talk"))
    client = staff_client(lead)

    sheet = client.get(reverse("meetings:figures_csv"), {"year": "2026-09-03"}).content.decode(
        "utf-8-sig"
    )
    rows = sheet.splitlines()
    assert rows[0] == "School year,What,By,Of,Kind,Number"
    assert "2026 to 2027,Calls,By purpose,'=HYPERLINK(1),Held,hidden" in rows
    assert "2026 to 2027,Calls,By term,Autumn 2026,Not closed yet,0" in rows
    assert [row for row in rows if row.endswith(",2")] == []

    paper = client.get(reverse("meetings:figures_pdf"))
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert paper.headers["Content-Disposition"] == 'attachment; filename="calls-2026-09-03.pdf"'
    assert paper.content.count(b"/Type /Page\n") == 1
    assert list(
        Entry.objects.filter(verb="meeting.figures.read")
        .order_by("pk")
        .values_list("detail", flat=True)
    ) == [
        {"form": "csv", "year": "2026-09-03"},
        {"form": "pdf", "year": "2026-09-03"},
    ]


def test_page_asks_the_same_questions_for_three_calls_and_for_three_hundred(
    host: StaffMember, lead: StaffMember, terms: dict[str, Term], staff_client: SignIn
) -> None:
    client = staff_client(lead)
    lesson = calls.make_purpose(name="Lesson")
    few = held(host, 3, AUTUMN, lesson)
    answered(few, host, "yes")
    Incident.objects.create(meeting=few[0], kind="unclosed", raised_at=AUTUMN)
    before = queries(client, reverse("meetings:figures"))
    held(host, 300, AUTUMN, calls.make_purpose(name="Talk"))
    answered(held(host, 20, SPRING, lesson), host, "no")
    assert queries(client, reverse("meetings:figures")) == before


def test_bar_draws_what_is_hidden_as_one_piece_as_long_as_the_row_itself_tells() -> None:
    said = {"yes": "Yes", "no": "No", "none": "None"}
    year = Year(key="all", label="All calls")
    counts = {
        (OUTSIDE, "1", "yes"): 20,
        (OUTSIDE, "1", "no"): 3,
        (OUTSIDE, "1", "none"): 7,
        (OUTSIDE, "2", "yes"): 2,
        (OUTSIDE, "2", "no"): 1,
    }
    [figure] = figures(
        year,
        [Measure(name="answers", kinds=said, counts=counts)],
        {"1": "Lesson", "2": "Talk"},
    )
    told = {
        row.label: (
            [cell.value for cell in (*row.cells, row.total)],
            [(piece.tone, piece.x, piece.width) for piece in row.pieces],
        )
        for table in figure.tables
        for row in table.rows
        if not row.is_total
    }

    assert told == {
        "All the time": (
            [22, None, None, 33],
            [("kind-1", 0.0, 666.67), ("hidden", 666.67, 333.33)],
        ),
        "Lesson": ([None, None, None, None], [("hidden", 0.0, 26)]),
        "Talk": ([None, None, 0, None], [("hidden", 0.0, 26)]),
    }
