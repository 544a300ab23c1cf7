"""The chronology of a pupil: its order, its markers, its counts, and what it must not tell."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry as AuditEntry
from concerns import services
from concerns.chronology import (
    ACCOUNT,
    MOST_MONTHS,
    TALLEST,
    Line,
    Step,
    Wanted,
    in_order,
    patterns,
    who_knew,
)
from concerns.models import Category, Concern, Outcome
from concerns.policy import Part, Region, Side, When
from concerns.services import Mark, Named
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.bench import place
from tests.concerns import log as make
from tests.names import names_in

SignIn = Callable[..., Client]
LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
# What a page holds against forgery is another at every look.
TOKEN = re.compile(r'(?<="X-CSRFToken": ")[^"]+|(?<=name="csrfmiddlewaretoken" value=")[^"]+')
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


# --- The order (pure) ------------------------------------------------------------------------------
def line(**facts: object) -> Line:
    plain: dict[str, object] = {"concern": "AAAA", "kind": ACCOUNT, "noted_at": NOON}
    return Line(**(plain | facts))  # type: ignore[arg-type]


moments = st.integers(0, 6000).map(lambda hours: NOON - hours * 25 * HOUR)
lines = st.builds(
    Line,
    concern=st.sampled_from(["AAAA", "BBBB", "CCCC"]),
    kind=st.sampled_from([ACCOUNT, "addendum", "decision"]),
    noted_at=moments,
    happened=st.sampled_from(When),
    happened_at=st.none() | moments,
    number=st.integers(0, 5),
)


@given(st.lists(lines))
def test_chronology_is_in_the_order_of_what_happened_and_keeps_every_line(
    found: list[Line],
) -> None:
    ordered = in_order(found)

    assert [one.at for one in ordered] == sorted(one.at for one in found)
    assert sorted(map(id, ordered)) == sorted(map(id, found))
    assert [one.at for one in ordered if not one.is_known] == [
        one.noted_at for one in ordered if not one.is_known
    ]


@given(st.lists(lines), st.randoms())
def test_chronology_does_not_depend_on_the_order_of_filing(
    found: list[Line], by_chance: object
) -> None:
    mixed = list(found)
    by_chance.shuffle(mixed)  # type: ignore[attr-defined]
    keys = [(one.at, one.noted_at, one.concern, one.number) for one in in_order(found)]

    assert [(one.at, one.noted_at, one.concern, one.number) for one in in_order(mixed)] == keys


def test_e13_what_happened_years_ago_stands_first_and_the_unknown_where_it_was_written() -> None:
    now = line(concern="NOW", happened_at=NOON)
    years_ago = line(
        concern="OLD", happened=When.ABOUT, happened_at=NOON - 3000 * DAY, noted_at=NOON + HOUR
    )
    unknown = line(concern="NONE", happened=When.UNKNOWN, noted_at=NOON - HOUR)

    assert [one.concern for one in in_order([now, unknown, years_ago])] == ["OLD", "NONE", "NOW"]
    assert (years_ago.is_known, unknown.is_known) == (True, False)


def test_account_stands_before_what_was_done_about_it_at_the_same_instant() -> None:
    account = line(happened_at=NOON)
    call = line(kind="call", happened_at=NOON, number=1)

    assert in_order([call, account]) == [account, call]


WHOLE = line(
    happened_at=NOON,
    urgency="urgent",
    stands=frozenset({"open", "new"}),
    categories={3: "Bullying"},
)


@pytest.mark.parametrize(
    ("wanted", "is_kept"),
    [
        (Wanted(), True),
        (Wanted(category=3), True),
        (Wanted(category=4), False),
        (Wanted(urgency="urgent"), True),
        (Wanted(urgency="routine"), False),
        (Wanted(stands="new"), True),
        (Wanted(stands="closed"), False),
        (Wanted(kind=ACCOUNT), True),
        (Wanted(kind="call"), False),
        (Wanted(since=date(2026, 9, 15), until=date(2026, 9, 15)), True),
        (Wanted(since=date(2026, 9, 16)), False),
        (Wanted(until=date(2026, 9, 14)), False),
        (Wanted(decisions=True), False),
        (Wanted(category=3, urgency="routine"), False),
    ],
)
def test_filters_keep_what_fits_all_of_them(wanted: Wanted, is_kept: bool) -> None:
    assert wanted.keeps(WHOLE, LONDON) is is_kept


@pytest.mark.parametrize("kind", ["decision", "referral", "closure", "reopening"])
def test_only_decisions_keeps_each_kind_of_decision(kind: str) -> None:
    assert Wanted(decisions=True).keeps(replace(WHOLE, kind=kind), LONDON)


def test_day_of_a_line_is_that_of_the_schools_clock() -> None:
    late = line(happened_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))

    assert late.day(LONDON) == date(2026, 7, 2)


def test_who_knew_counts_each_readers_first_look_and_every_step() -> None:
    known = who_knew(
        filed=("Helen", NOON),
        read=[("Leah", NOON + 2 * HOUR), ("Leah", NOON + HOUR), ("Hugo", NOON + DAY)],
        entries=[
            ("acknowledgement", "Leah", NOON + HOUR),
            ("addendum", "Helen", NOON + 2 * HOUR),
            ("referral", "Leah", NOON + 3 * HOUR),
        ],
    )

    assert [(one.step, one.who) for one in known] == [
        (Step.FILED, "Helen"),
        (Step.READ, "Leah"),
        (Step.ACKNOWLEDGED, "Leah"),
        (Step.DECIDED, "Leah"),
        (Step.READ, "Hugo"),
    ]


# --- Patterns (pure) -------------------------------------------------------------------------------
def test_patterns_count_accounts_alone_and_give_no_day_to_the_undated() -> None:
    tuesday = line(happened_at=NOON, urgency="urgent", categories={1: "Bullying", 2: "Home"})
    found = patterns(
        [
            tuesday,
            replace(tuesday, happened_at=NOON - 40 * DAY, urgency="routine"),
            line(happened=When.UNKNOWN, categories={2: "Home"}),
            line(kind="call", happened_at=NOON),
        ],
        zone=LONDON,
        today=NOON.date(),
    )

    assert (found.total, found.urgent, found.lately, found.in_a_year) == (3, 1, 1, 2)
    assert (found.undated, found.first, found.last) == (1, date(2026, 8, 6), date(2026, 9, 15))
    assert found.categories == [("Home", 3), ("Bullying", 2)]
    assert [number for _, number in found.weekdays] == [0, 1, 0, 1, 0, 0, 0]
    assert [(bar.label, bar.count, bar.urgent) for bar in found.bars] == [
        ("August 2026", 1, 0),
        ("September 2026", 1, 1),
    ]


@given(st.lists(moments, max_size=30))
def test_bars_count_everything_once_and_stay_inside_the_picture(when: list[datetime]) -> None:
    found = patterns([line(happened_at=at) for at in when], zone=LONDON, today=NOON.date())

    assert sum(bar.count for bar in found.bars) == len(when)
    assert len(found.bars) <= MOST_MONTHS
    assert all(bar.x >= 0 and bar.x + bar.width <= 100.01 for bar in found.bars)
    assert all(0 <= bar.urgent_height <= bar.height <= TALLEST for bar in found.bars)


def test_nothing_is_counted_of_nothing() -> None:
    found = patterns([], zone=LONDON, today=NOON.date())

    assert (found.total, found.first, list(found.bars), found.busiest) == (0, None, [], None)


# --- The page --------------------------------------------------------------------------------------
def page_of(client: Client, pupil: Pupil, **choices: str) -> str:
    answer = client.get(reverse("concerns:chronology", args=[pupil.pk]), choices)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def amy(school_day: datetime) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.mark.django_db
def test_chronology_shows_accounts_and_entries_in_order_with_who_knew_what_when(
    school_day: datetime,
    amy: Pupil,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    clock_at: Callable[[datetime], object],
) -> None:
    recent = make.log(host, make.child(amy), seen="SEENNOW")
    clock_at(school_day + HOUR)
    make.log(
        host,
        make.child(amy, Part.WITNESS),
        seen="SEENLONGAGO",
        happened=When.ABOUT,
        happened_at=school_day - 900 * DAY,
    )
    services.read(recent, by=lead)
    services.acknowledge(recent, by=lead)
    outcome = Outcome.objects.create(name="Early help")
    services.decide(recent, by=lead, outcome=outcome, reasons="BECAUSE")

    page = page_of(staff_client(lead), amy)

    assert page.index("SEENLONGAGO") < page.index("SEENNOW") < page.index("BECAUSE")
    assert "About" in page
    assert "2024" in page
    assert page.index("Filed by Helen Host") < page.rindex("Read by Leah Lead")
    assert page.count("Acknowledged by Leah Lead") == 1
    assert page.count("Decided by Leah Lead") == 1


@pytest.mark.django_db
def test_child_in_words_who_is_matched_to_a_pupil_counts(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    meant = Named(part=Part.SUBJECT, pupil=amy)
    make.log(host, Named(part=Part.SUBJECT, name="Little Amy", meant=meant))

    page = page_of(staff_client(lead), amy)

    assert make.WORDS in page
    assert "Little Amy" in page


@pytest.mark.django_db
def test_e8_lead_who_is_a_parent_reads_the_page_of_a_child_without_records(
    amy: Pupil, host: StaffMember, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    """Also beside a sister or brother whose records the lead may read nothing of (E7, E44)."""
    nobody = factories.make_pupil("Amy", "Adams")
    brother = factories.make_pupil("Bob", "Adams")
    mother = factories.make_guardian(amy, brother, email=lead.email)
    factories.make_guardian(nobody, name="Somebody Else")
    for child in (amy, brother):
        make.log(host, make.child(child))
    client = staff_client(lead)

    pages = [page_of(client, child) for child in (amy, nobody)]

    same = [
        TOKEN.sub("", page.replace(f"/pupils/{child.pk}/", "/"))
        for page, child in zip(pages, (amy, nobody), strict=True)
    ]
    assert same[0] == same[1]
    assert [word for word in (*make.MARKERS, str(mother)) if word in pages[0]] == []
    assert names_in(pages[0], "Bob") == []
    assert make.WORDS in page_of(staff_client(head), amy)
    assert "Together with Bob Adams" in page_of(staff_client(head), amy)


@pytest.mark.django_db
def test_marks_on_the_body_stand_with_their_words_in_the_chronology_and_where_it_is_lent(
    amy: Pupil, host: StaffMember, colleague: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    mark = Mark(number=1, side=Side.FRONT, region=Region.CHEST, words="Red, round, 2 cm")
    concern = make.log(host, make.child(amy), marks=[mark])
    services.lend(concern, by=lead, staff=colleague, until=clock.today(), reason="their form")
    lent = staff_client(colleague).get(reverse("concerns:shared", args=[concern.reference]))

    for text in (page_of(staff_client(lead), amy), lent.content.decode()):
        assert "Red, round, 2 cm" in text
        assert "1: Chest, front" in text


@pytest.mark.django_db
def test_concern_about_a_reader_is_missing_from_the_chronology_and_its_counts(
    amy: Pupil, host: StaffMember, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy), make.accused(lead), seen="ABOUTTHELEAD")
    make.log(host, make.child(amy), seen="ABOUTAMY")

    for_lead, for_head = (page_of(staff_client(who), amy) for who in (lead, head))

    assert ("ABOUTTHELEAD" in for_lead, "ABOUTTHELEAD" in for_head) == (False, True)
    assert ("1 line of 1 concern," in for_lead, "2 lines of 2 concerns," in for_head) == (
        True,
        True,
    )


@pytest.mark.django_db
def test_e44_brothers_and_sisters_come_together_only_where_there_is_something_to_read(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    brother, silent, hidden, in_care = (
        factories.make_pupil(name, "Adams") for name in ("Bob", "Silent", "Hidden", "Incare")
    )
    factories.make_guardian(amy, brother, silent, hidden)
    worker = factories.make_guardian(amy, is_corporate_parent=True)
    factories.tie_guardian(worker, in_care, is_corporate_parent=True)
    make.log(host, make.child(amy), seen="OFAMY")
    make.log(host, make.child(brother), seen="OFBOB")
    make.log(host, make.child(hidden), make.accused(lead), seen="OFHIDDEN")
    make.log(host, make.child(in_care), seen="OFCARE")
    client = staff_client(lead)

    alone, together = page_of(client, amy), page_of(client, amy, together="yes")

    words = ("OFAMY", "OFBOB", "OFHIDDEN", "OFCARE", "Silent", "Hidden", "Incare")
    assert [word for word in words if word in alone] == ["OFAMY"]
    assert [word for word in words if word in together] == ["OFAMY", "OFBOB"]
    assert "Together with Bob Adams" in alone


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["chair", "host", "office", "it_superuser"])
def test_page_of_a_pupil_does_not_exist_for_others(
    who: str, amy: Pupil, staff_client: SignIn, request: pytest.FixtureRequest
) -> None:
    make.log(request.getfixturevalue("colleague"), make.child(amy))
    client = staff_client(request.getfixturevalue(who))

    answers = [
        client.get(reverse("concerns:chronology", args=[pk])).status_code for pk in (amy.pk, 4711)
    ]

    assert answers == [404, 404]


@pytest.mark.django_db
def test_chair_reads_the_chronology_of_what_reaches_the_chair(
    amy: Pupil, host: StaffMember, head: StaffMember, chair: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy), make.accused(head), seen="ABOUTTHEHEAD")
    make.log(host, make.child(amy), seen="ABOUTAMY")

    page = page_of(staff_client(chair), amy)

    assert ("ABOUTTHEHEAD" in page, "ABOUTAMY" in page) == (True, False)


@pytest.mark.django_db
def test_filters_of_the_page(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    bullying = Category.objects.create(name="Bullying")
    make.log(host, make.child(amy), seen="ONEFIRST", categories=[bullying.pk])
    make.log(host, make.child(amy), seen="TWOSECOND", urgent=False)
    client = staff_client(lead)

    def seen(**choices: str) -> list[str]:
        page = page_of(client, amy, **choices)
        return [word for word in ("ONEFIRST", "TWOSECOND") if word in page]

    assert seen(category=str(bullying.pk)) == ["ONEFIRST"]
    assert seen(urgency="routine") == ["TWOSECOND"]
    assert seen(stands="closed") == []
    assert seen(kind="account") == ["ONEFIRST", "TWOSECOND"]
    assert seen(since="2026-09-16") == []


@pytest.mark.django_db
def test_days_the_wrong_way_round_are_said_beside_the_field_and_hide_nothing(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy))

    answer = staff_client(lead).get(
        reverse("concerns:chronology", args=[amy.pk]),
        {"since": "2026-09-16", "until": "2026-09-01"},
    )

    assert answer.status_code == 422
    assert "This day lies before the first one." in answer.content.decode()
    assert make.WORDS in answer.content.decode()


@pytest.mark.django_db
def test_e4_who_opened_a_chronology_has_read_each_concern_that_it_showed(
    amy: Pupil, host: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    shown, elsewhere = make.log(host, make.child(amy)), make.log(host)
    page_of(staff_client(deputy), amy)

    services.name_subject(shown, by=lead, person=make.accused(deputy), text="It was her.")

    looks = AuditEntry.objects.filter(verb="concern.read")
    assert [(look.actor, look.object) for look in looks] == [(deputy.actor, shown.object)]
    assert shown.exclusions.get(staff=deputy).had_read is True
    assert elsewhere.exclusions.count() == 0
    opened = AuditEntry.objects.get(verb="concern.chronology.read")
    assert (opened.object, opened.detail) == (f"school.pupil:{amy.pk}", {})


@pytest.mark.django_db
def test_look_at_a_chronology_is_told_by_the_audit_to_nobody_but_who_looked(
    amy: Pupil, host: StaffMember, lead: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    make.log(host, make.child(amy), make.accused(lead))
    page_of(staff_client(head), amy)
    audit = reverse("audit_reader")

    told = {who.name: staff_client(who).get(audit).content.decode() for who in (lead, head)}

    words = f"record=school.pupil%3A{amy.pk}"
    assert (words in told[head.name], words in told[lead.name]) == (True, False)


@pytest.mark.django_db
def test_number_of_queries_is_the_same_for_any_number_of_concerns(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    category = Category.objects.create(name="Bullying")
    brother = factories.make_pupil("Bob", "Adams")
    factories.make_guardian(amy, brother)
    client = staff_client(lead)

    def queries(count: int) -> int:
        for _ in range(count):
            concern = make.log(
                host,
                make.child(amy),
                make.child(brother),
                categories=[category.pk],
                marks=[Mark(number=1, side=Side.BACK, region=Region.NECK, words="Scratch")],
            )
            services.add(concern, by=host, text="More of it")
        page_of(client, amy, together="yes")
        with place.counted() as seen:
            page_of(client, amy, together="yes")
        return len(seen)

    assert queries(1) == queries(4)
    assert Concern.objects.count() == 5


@pytest.mark.django_db
def test_concern_and_queue_lead_to_the_chronology(
    amy: Pupil, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.child(amy))
    client = staff_client(lead)
    there = reverse("concerns:chronology", args=[amy.pk])

    for page in (concern.get_absolute_url(), reverse("concerns:list")):
        assert f'href="{there}"' in client.get(page).content.decode()
