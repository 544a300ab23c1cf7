"""The numbers for the governors, and what an inspection is given: counts, and no child behind them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry as AuditEntry
from concerns import services
from concerns.models import Category, Concern
from concerns.pages.report import inspection_lines, report_figures
from concerns.policy.report import (
    Counted,
    Pace,
    Purpose,
    StaffCounted,
    numbers,
    pace,
    staff_numbers,
)
from concerns.selectors.report import cases, report_counts
from school.models import StaffMember, Term
from school.years import year_of, years
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.small_numbers import FEWEST, Name
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
TERMS, KINDS = ("t1", "t2"), ("c1", "c2")
PACES = (Pace.IN_TIME, Pace.LATE)
OUTCOMES = ("o1", "o2")
EVERY = list(product(TERMS, KINDS, PACES, PACES, OUTCOMES))


# --- What may be shown --------------------------------------------------------------------------------
def of(sizes: Iterable[int]) -> list[Counted]:
    """So many concerns of each sort."""
    return [
        Counted(term=term, category=kind, acknowledged=soon, decided=decided, outcome=outcome)
        for (term, kind, soon, decided, outcome), size in zip(EVERY, sizes, strict=True)
        for _ in range(size)
    ]


def sums(concerns: Sequence[Counted]) -> Counter[Name]:
    """Every number of the report, added up the plain way."""
    found: Counter[Name] = Counter()
    for one in concerns:
        soon = one.acknowledged.value
        found.update(
            [
                ("row", one.term),
                ("row", one.term, soon),
                ("group", one.category),
                ("group", one.category, soon),
                ("kind", soon),
                ("all",),
                ("by", "outcome", one.outcome),
                ("by", "decided", one.decided.value),
            ]
        )
    return found


# Each sort more or less often than the others, and many of them not at all.
SIZES = st.lists(
    st.one_of(st.just(0), st.integers(0, 2), st.integers(0, 12)),
    min_size=len(EVERY),
    max_size=len(EVERY),
)


@given(SIZES)
def test_e101_what_is_shown_is_true_and_never_small(sizes: list[int]) -> None:
    concerns = of(sizes)
    told = {name: value for name, value in numbers(concerns).items() if value is not None}

    assert told == {name: sums(concerns)[name] for name in told}
    assert [value for value in told.values() if 0 < value < FEWEST] == []


def could_be(name: Name, told: dict[Name, int | None]) -> tuple[float, float]:
    """The least and the most that a hidden number may be, by all sums that the report lets one make.

    Every row and column adds up to its total, and each way to divide the concerns to the same whole. The
    bounds of one number are drawn closer by those of the others until nothing moves any more.
    """
    low = {one: value if value is not None else 0.0 for one, value in told.items()}
    high = {one: value if value is not None else float("inf") for one, value in told.items()}
    equations = sums_of(told)
    for _ in range(60):
        for whole, parts in equations:
            low[whole] = max(low[whole], sum(low[part] for part in parts))
            high[whole] = min(high[whole], sum(high[part] for part in parts))
            for part in parts:
                others = [other for other in parts if other != part]
                low[part] = max(low[part], low[whole] - sum(high[other] for other in others))
                high[part] = min(high[part], high[whole] - sum(low[other] for other in others))
    return low[name], high[name]


def sums_of(told: dict[Name, int | None]) -> list[tuple[Name, list[Name]]]:
    """Every sum: a whole, and its parts."""
    names = list(told)
    soon = sorted({name[2] for name in names if name[0] == "row" and len(name) == 3})
    found: list[tuple[Name, list[Name]]] = []
    for side in ("row", "group"):
        heads = [name for name in names if name[0] == side and len(name) == 2]
        found.append((("all",), heads))
        found += [
            (head, [name for name in names if name[:2] == head and len(name) == 3])
            for head in heads
        ]
        for kind in soon:
            column = [name for name in names if name[0] == side and name[2:] == (kind,)]
            found.append((("kind", kind), column))
    found.append((("all",), [("kind", kind) for kind in soon]))
    for way in ("outcome", "decided"):
        found.append((("all",), [name for name in names if name[:2] == ("by", way)]))
    return [(whole, parts) for whole, parts in found if parts]


@given(SIZES)
def test_e101_no_hidden_number_is_told_by_any_row_column_or_total(sizes: list[int]) -> None:
    told = numbers(of(sizes))

    assert [
        name
        for name, value in told.items()
        if value is None and (bounds := could_be(name, told))[1] - bounds[0] < FEWEST
    ] == []


def test_e101_count_of_one_is_not_told_by_another_way_to_divide_the_same() -> None:
    """All terms are shown, so that their sum is known: one outcome of one would be what is left over."""
    concerns = [
        Counted(
            term="t1",
            category="c1",
            acknowledged=Pace.IN_TIME,
            decided=Pace.IN_TIME,
            outcome="rare" if number == 0 else "common",
        )
        for number in range(30)
    ]
    told = numbers(concerns)

    assert told["by", "outcome", "rare"] is None
    assert told["by", "outcome", "common"] is None or told["all",] is None


def test_e101_adults_are_in_no_sum_with_children() -> None:
    one = [StaffCounted(term="t1", level="full")]

    assert set(staff_numbers(one).values()) == {None}
    assert numbers([]) == {}


@pytest.mark.parametrize(
    ("after", "expected"),
    [(None, Pace.WAITING), (-1, Pace.IN_TIME), (0, Pace.IN_TIME), (1, Pace.LATE)],
)
def test_a56_pace_at_one_second_before_at_and_after(after: int | None, expected: Pace) -> None:
    due = datetime.fromisoformat("2026-09-15T12:00:00+00:00")
    done = None if after is None else due + timedelta(seconds=after)

    assert pace(done_at=done, due_at=due) is expected


# --- The pages ----------------------------------------------------------------------------------------
@pytest.fixture
def summer(school_day: datetime) -> Term:
    """A term that is over, in the school year before this one."""
    Term.objects.all().delete()
    Term.objects.create(name="Autumn", starts_on=date(2026, 9, 3), ends_on=date(2026, 12, 18))
    return Term.objects.create(
        name="Summer", starts_on=date(2026, 4, 13), ends_on=date(2026, 7, 22)
    )


@pytest.fixture
def many(
    summer: Term,
    host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> list[Concern]:
    """Seven concerns for children and one about an adult in that term, and one in the term that runs."""
    category = Category.objects.create(name="=Neglect")
    amy = factories.make_pupil("Amy", "Adams")
    rows = [make.log(host, make.child(amy), categories=[category.pk]) for _ in range(7)]
    rows.append(make.log(host, make.accused(colleague)))
    Concern.objects.update(logged_at=clock.at(date(2026, 5, 12), datetime.min.time()))
    make.log(host, make.child(amy))
    return rows


def last_year() -> str:
    return years(clock.now())[-1].key


@pytest.mark.django_db
def test_a56_governor_reads_the_numbers_of_the_whole_school_and_no_name(
    many: list[Concern],
    lead: StaffMember,
    governor: StaffMember,
    staff_client: SignIn,
) -> None:
    address = f"{reverse('concerns:report')}?year={last_year()}"
    pages = [staff_client(person).get(address) for person in (governor, lead)]

    shown = pages[0].content.decode()
    # Whoever stands outside a concern, or may read none, reads the same numbers as everybody.
    assert pages[0].context["figures"] == pages[1].context["figures"]
    assert "Summer" in shown
    for word in (*make.MARKERS, "Amy", "Adams", "Carol", many[0].reference):
        assert word not in shown
    concerns, *_, adults = pages[0].context["figures"]
    assert concerns.tables[0].rows[0].total.value == 7
    assert adults.tables[0].rows[0].total.value is None


@pytest.mark.django_db
def test_e101_term_that_runs_is_not_counted_yet(
    many: list[Concern], governor: StaffMember, staff_client: SignIn
) -> None:
    shown = staff_client(governor).get(reverse("concerns:report"))

    assert shown.context["is_empty"]
    assert "No term of this school year is over yet" in shown.content.decode()


@pytest.mark.django_db
def test_a55_export_is_on_record_each_time_and_lists_what_its_maker_may_read(
    many: list[Concern], lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    sent = {"purpose": "inspection", "form": "csv", "year": last_year()}
    text = client.post(reverse("concerns:inspection"), sent).content.decode()
    paper = client.post(reverse("concerns:inspection"), sent | {"form": "print"}).content.decode()

    for file in (text, paper):
        assert all(row.reference in file for row in many[:7])
        # E8: the one about an adult is the headteacher's.
        assert many[7].reference not in file
        for word in (*make.MARKERS, "Amy", "Adams"):
            assert word not in file
    assert "'=Neglect" in text
    told = AuditEntry.objects.filter(verb="concern.inspection.read").order_by("pk")
    assert [(row.actor, row.detail) for row in told] == [
        (lead.actor, {"year": last_year(), "purpose": "inspection", "form": form, "cases": 7})
        for form in ("csv", "print")
    ]


@pytest.mark.django_db
def test_a55_nothing_leaves_without_a_purpose_or_by_somebody_else(
    many: list[Concern], lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(reverse("concerns:inspection"), {"form": "csv"})

    assert answer.status_code == 422
    with pytest.raises(NotAllowed):
        services.export_cases(by=deputy, year="x", purpose=Purpose.AUDIT, form="csv", cases=0)
    assert not AuditEntry.objects.filter(verb="concern.inspection.read").exists()


@pytest.mark.django_db
def test_a55_list_says_dates_category_status_and_whether_a_referral_was_made(
    many: list[Concern], lead: StaffMember
) -> None:
    concern = many[0]
    services.acknowledge(concern, by=lead)
    services.refer(concern, by=lead, contact=make.contact(at=clock.now()), text="All.")
    year = year_of(years(clock.now()), last_year())

    found = {case.reference: case for case in cases(year, lead.viewer())}
    counts = report_counts(year, today=clock.today())

    case = found[concern.reference]
    assert (case.status, case.is_referred, case.categories) == ("Open", True, "=Neglect")
    assert (case.acknowledged_on, case.decided_on) == (clock.today(), None)
    assert sum(one.is_referred for one in found.values()) == 1
    assert len(inspection_lines("x", report_figures(counts), list(found.values()))) > 7
