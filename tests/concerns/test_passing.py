"""What went to the next school: kept here, or not, by the word of the school (A51)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from concerns import policy, selectors, services
from concerns.models import Concern, Transfer
from concerns.models.copies import new_code
from concerns.policy import HoldWhy, Rule, Stand
from concerns.policy.transfer import Way, Whither
from school.models import Pupil, School, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.concerns import log as make
from tests.concerns.keeping import BORN, DUE, closed
from tests.concerns.test_attachments import attach

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
GROWN = policy.Until(due_on=DUE, rule=Rule.PUPIL)
YEAR_AND_DAY = timedelta(days=366)


@pytest.fixture
def amy(school_day: datetime, lead: StaffMember, deputy: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams", born_on=BORN)


@pytest.fixture
def concern(amy: Pupil, host: StaffMember, lead: StaffMember) -> Concern:
    return closed(host, lead, make.child(amy))


@pytest.fixture
def keeps_none(concern: Concern) -> None:
    School.objects.update(keeps_file_after_transfer=False)


def leave(pupil: Pupil, on: date | None) -> Transfer:
    Pupil.objects.filter(pk=pupil.pk).update(left_on=on)
    services.see_to_leaver(pupil, by=SWEEP)
    return Transfer.objects.get(pupil=pupil)


def send(
    pupil: Pupil,
    concern: Concern,
    by: StaffMember,
    *,
    place: str = "Hill School",
    is_whole: bool = True,
) -> Transfer:
    """Send a copy with one concern to a school. Nobody has said yet that it is there."""
    transfer = leave(pupil, clock.today())
    copy = services.record_copy(
        pupil,
        [concern],
        by=by,
        code=new_code(),
        for_whom=place,
        reason="goes there",
        content=b"locked",
        text_sha256="0" * 64,
        is_whole=is_whole,
    )
    services.say_whither(transfer, by=by, whither=Whither.SCHOOL, place=place)
    services.send(
        transfer, by=by, copy=copy, way=Way.HAND, whom="Ms Hill, DSL", happened_at=clock.now()
    )
    return transfer


def receive(transfer: Transfer, by: StaffMember) -> None:
    services.receive(transfer, by=by, whom="Ms Hill", happened_at=clock.now(), text="By telephone")


def until(concern: Concern) -> policy.Until:
    row = Concern.objects.get(pk=concern.pk)
    return selectors.kept_one(row, now=clock.now()).until


def test_a51_school_keeps_what_went_unless_it_says_otherwise(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    receive(send(amy, concern, lead), lead)
    assert until(concern) == GROWN

    School.objects.update(keeps_file_after_transfer=False)

    year_on = date(clock.today().year + 1, clock.today().month, clock.today().day)
    assert until(concern) == policy.Until(due_on=year_on, rule=Rule.PASSED)


@pytest.mark.usefixtures("keeps_none")
def test_a51_what_went_comes_up_a_year_after_the_receipt_and_takes_two_people_and_no_hold(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember,
    clock_at: SetClock, school_day: datetime,
) -> None:  # fmt: skip
    receive(send(amy, concern, lead), lead)
    stayed = closed(host, lead, make.child(amy))
    hold = services.hold(concern, by=deputy, why=HoldWhy.POLICE, reasons="They ask")
    clock_at(school_day + YEAR_AND_DAY)

    found = selectors.by_stand(lead.viewer(), now=clock.now())
    assert [row.concern.pk for row in found[Stand.HELD]] == [concern.pk]
    assert found[Stand.DUE] == []

    services.lift(hold, by=lead, because="over")
    found = selectors.by_stand(lead.viewer(), now=clock.now())
    assert [row.concern.pk for row in found[Stand.DUE]] == [concern.pk]
    services.propose([concern.reference], by=lead, reasons="The next school has it")
    [certificate] = services.agree([concern.reference], by=deputy)
    assert [row.rule for row in certificate.destroyed.all()] == [Rule.PASSED]
    assert Concern.objects.get() == stayed


@pytest.mark.usefixtures("keeps_none")
def test_a51_nothing_comes_up_before_the_next_school_says_that_it_has_it(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    send(amy, concern, lead)
    assert until(concern) == GROWN


@pytest.mark.usefixtures("keeps_none")
def test_a51_what_was_sent_to_a_school_where_the_child_did_not_go_has_not_been_passed_on(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember,
    clock_at: SetClock, school_day: datetime,
) -> None:  # fmt: skip
    other = closed(host, lead, make.child(amy))
    send(amy, concern, lead)
    clock_at(school_day + timedelta(hours=1))
    receive(send(amy, other, lead, place="Dale School"), lead)
    assert until(concern) == GROWN
    assert until(other).rule is Rule.PASSED


@pytest.mark.usefixtures("keeps_none")
def test_a51_what_was_added_after_the_copy_keeps_all_of_it(
    amy: Pupil, concern: Concern, lead: StaffMember, clock_at: SetClock, school_day: datetime
) -> None:
    receive(send(amy, concern, lead), lead)
    clock_at(school_day + timedelta(days=1))
    services.add(concern, by=lead, text="Her aunt rang")
    assert until(concern) == GROWN


@pytest.mark.usefixtures("keeps_none")
def test_a51_files_keep_it_because_their_originals_did_not_go(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    attach(concern, host)
    receive(send(amy, concern, lead), lead)
    assert until(concern) == GROWN


@pytest.mark.usefixtures("keeps_none")
def test_a51_words_left_out_by_hand_keep_it_because_only_this_school_has_them(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    receive(send(amy, concern, lead, is_whole=False), lead)
    assert until(concern) == GROWN


@pytest.mark.usefixtures("keeps_none")
def test_e92_what_went_is_kept_again_once_the_child_is_back(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    receive(send(amy, concern, lead), lead)
    leave(amy, None)
    assert until(concern) == GROWN


@pytest.mark.usefixtures("keeps_none")
def test_e93_of_two_children_both_must_have_gone(
    amy: Pupil, host: StaffMember, lead: StaffMember
) -> None:
    leo = factories.make_pupil("Leo", born_on=BORN)
    both = closed(host, lead, make.child(amy), make.child(leo))
    receive(send(amy, both, lead), lead)
    assert until(both) == GROWN

    receive(send(leo, both, lead), lead)
    assert until(both).rule is Rule.PASSED


@pytest.mark.usefixtures("keeps_none")
def test_a51_page_of_the_leaving_says_what_becomes_of_what_stands_here(
    amy: Pupil, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    transfer = send(amy, concern, lead)
    page, client = reverse("concerns:transfer", args=[transfer.reference]), staff_client(lead)
    assert "keeps no copy" not in client.get(page).content.decode()

    receive(transfer, lead)
    assert "This school keeps no copy" in client.get(page).content.decode()

    School.objects.update(keeps_file_after_transfer=True)
    assert "What stands here is kept as every other file" in client.get(page).content.decode()
