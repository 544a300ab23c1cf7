"""What a page asks of the database does not grow with the Log, and what it shows is still all of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from concerns import policy, selectors, services
from concerns.models import Concern, Involved
from concerns.services import Named
from concerns.views import work
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MINUTE = timedelta(minutes=1)
FEW_AND_MANY = pytest.mark.parametrize("number", [3, 30])


def some(number: int, by: StaffMember, *, closed_by: StaffMember | None = None) -> list[Concern]:
    """Log so many, each with a child who has a guardian, and with an adult in words."""
    made = []
    for _ in range(number):
        pupil = factories.make_pupil()
        factories.make_guardian(pupil)
        is_urgent = closed_by is None
        who = in_words("a man at the gate")
        concern = make.log(by, make.child(pupil), who, urgent=is_urgent)
        if closed_by is not None:
            services.acknowledge(concern, by=closed_by)
            make.close(concern, closed_by)
        made.append(concern)
    return made


def in_words(name: str) -> Named:
    return Named(part=policy.Part.HARMING, name=name, is_adult=True)


@FEW_AND_MANY
@pytest.mark.parametrize("state", ["open", "new", "undecided", "overdue", "mine"])
def test_queue_asks_the_same_number_of_questions_for_3_and_for_30(
    number: int,
    state: str,
    school_day: datetime,
    clock_at: Callable[[datetime], object],
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    for concern in [*some(number, host), *some(number, host)][::2]:
        services.acknowledge(concern, by=lead)
    clock_at(school_day + timedelta(days=1))
    client = staff_client(lead)

    # Something is in each of them, or nothing would be asked about it.
    rows = client.get(reverse("concerns:list"), {"state": state}).context["rows"]
    assert len(rows) >= min(number, work.PER_PAGE)
    with django_assert_num_queries(25):
        client.get(reverse("concerns:list"), {"state": state})


@FEW_AND_MANY
def test_closed_ones_ask_the_same_number_of_questions_for_3_and_for_30(
    number: int,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    some(number, host, closed_by=lead)
    client = staff_client(lead)
    client.get(reverse("concerns:list"))

    with django_assert_num_queries(30):
        page = client.get(reverse("concerns:list"), {"state": "closed"})

    assert len(page.context["rows"]) == min(number, work.PER_PAGE)


@FEW_AND_MANY
def test_one_concern_asks_the_same_number_of_questions_among_3_and_among_30(
    number: int,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    address = reverse("concerns:detail", args=[some(number, host)[0].reference])
    client = staff_client(lead)
    client.get(address)

    with django_assert_num_queries(70):
        client.get(address)


@FEW_AND_MANY
def test_acknowledging_asks_the_same_number_of_questions_among_3_and_among_30(
    number: int,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    first, second, *_ = some(number, host)
    client = staff_client(lead)
    client.post(reverse("concerns:acknowledge", args=[first.reference]))

    # Three of them keep what the page tells the next one in the session, where no cookie holds it.
    with django_assert_num_queries(67):
        client.post(reverse("concerns:acknowledge", args=[second.reference]))

    assert Concern.objects.get(pk=second.pk).acknowledged_by == lead


@FEW_AND_MANY
def test_what_is_looked_after_each_minute_asks_the_same_number_of_questions(
    number: int,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    django_assert_num_queries: Any,
) -> None:
    some(number, host)
    some(number, host, closed_by=lead)

    with django_assert_num_queries(15):
        assert selectors.astray(school_day) == []


# --- Closed ones, page by page ------------------------------------------------------------------------
@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PER_PAGE", 3)


def leaf(client: Client, **asked: str) -> list[list[str]]:
    """Turn over all pages of closed ones, as the button does; return the references of each."""
    pages, after = [], ""
    while True:
        page = client.post(reverse("concerns:list"), {"state": "closed", "after": after} | asked)
        assert page.status_code == 200
        pages.append([row["concern"].reference for row in page.context["rows"]])
        after = page.context["older"]
        assert (f'name="after" value="{after}"' in page.content.decode()) is bool(after)
        if not after:
            return pages


def test_closed_ones_are_leafed_through_the_newest_first_each_once(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    small_pages: None,
) -> None:
    made = []
    for number in range(7):
        # Two of one instant each: the order among them must not change from page to page.
        clock_at(school_day + number // 2 * MINUTE)
        made += some(1, host, closed_by=lead)
    names = [concern.reference for concern in reversed(made)]

    assert leaf(staff_client(lead)) == [names[:3], names[3:6], names[6:]]
    assert leaf(staff_client(lead), words=made[0].involved.get(kind="pupil").pupil.given_name) == [
        [made[0].reference]
    ]


def test_e8_closed_ones_one_may_not_read_leave_no_gap(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    small_pages: None,
) -> None:
    """Twenty in which words mean the lead stand before the four that she may read: she sees full pages."""
    own = some(4, host, closed_by=lead)
    for number in range(20):
        clock_at(school_day + (number + 1) * MINUTE)
        about_lead = make.log(host, urgent=False)
        services.acknowledge(about_lead, by=head)
        make.close(about_lead, head)
        # Said later, and by nobody yet of whom: what is closed is not opened for it.
        services.name_subject(about_lead, by=head, person=in_words("Mrs Leah Lead"))
    names = [concern.reference for concern in reversed(own)]

    assert leaf(staff_client(lead)) == [names[:3], names[3:]]
    assert [len(page) for page in leaf(staff_client(head))] == [3] * 8
    # The place of one that must not be read is no place to go on from.
    asked = {"state": "closed", "after": about_lead.reference}
    page = staff_client(lead).post(reverse("concerns:list"), asked)
    assert [row["concern"].reference for row in page.context["rows"]] == names[:3]


def test_e8_nobody_is_told_how_many_are_closed(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    some(2, host, closed_by=lead)
    page = staff_client(lead).get(reverse("concerns:list"), {"state": "closed"}).content.decode()

    assert "Closed</option>" in page
    assert 'class="count"' not in page


def test_words_are_opened_in_what_is_asked_for_alone(
    school_day: datetime, host: StaffMember, lead: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading one concern opens the words about adults in that one, however many there are."""
    first, *_ = some(30, host)
    opened = []
    monkeypatch.setattr(
        Involved, "may_mean", lambda row, *_, **__: bool(opened.append(row.concern_id))
    )

    assert Concern.objects.filter(pk=first.pk).visible_to(lead.viewer()).exists()

    assert opened == [first.pk]
