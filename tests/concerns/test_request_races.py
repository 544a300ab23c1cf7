"""What leaves the house while two people see to it at once: PostgreSQL, real threads."""

from collections.abc import Callable

import pytest

from audit import services as audit
from concerns import selectors, services
from concerns.models import AccessRequest, AccessStep, Concern, Copy, Hold, Transfer
from concerns.policy.requests import Ending
from concerns.policy.transfer import Way, Whither
from school.models import Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_races import ROUNDS, at_once
from tests.concerns.test_requests import (
    TODAY,
    approve,
    asked_by_parent,
    checked,
    give_all,
    withheld,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def amy(school_day: object, lead: StaffMember, head: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams", born_on=TODAY.replace(year=2018))


@pytest.fixture
def concern(amy: Pupil, host: StaffMember) -> Concern:
    return make.log(host, make.child(amy))


@pytest.fixture
def ready(amy: Pupil, concern: Concern, lead: StaffMember) -> AccessRequest:
    """A request of which all is decided, and that two people have to approve."""
    request = asked_by_parent(amy, lead)
    checked(request, lead)
    services.flag_request(request, by=lead, text="He has asked where she lives")
    services.note_advice(request, by=lead, whom="DPO", happened_on=TODAY, text="With care")
    give_all(request, lead)
    return request


def releasing(request: AccessRequest, by: StaffMember) -> Callable[[], AccessStep]:
    """What makes the file for the asker, as the page does."""
    parts = selectors.pack_of(request, by.viewer()).parts
    return lambda: services.release_access(
        request,
        by=by,
        code="0123456789ab",
        whom="Ada Adams",
        text="",
        content=b"locked",
        text_sha256=selectors.text_hash(parts),
    )


def kinds(request: AccessRequest) -> list[str]:
    assert audit.verify() is None
    return [step.kind for step in request.steps.all()]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_approve_at_once_and_both_count_and_one_twice_counts_once(
    turn: int, ready: AccessRequest, lead: StaffMember, head: StaffMember
) -> None:
    answers = at_once(
        lambda: approve(ready, by=lead),
        lambda: approve(ready, by=head),
        lambda: approve(ready, by=lead),
    )
    assert sum(isinstance(one, NotAllowed) for one in answers) == 1
    assert kinds(ready).count("approved") == 2
    pack = selectors.pack_of(ready, lead.viewer())
    assert selectors.approval_missing(pack, selectors.colleagues(clock.now())) == ""


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_release_at_once_and_it_leaves_once(
    turn: int, ready: AccessRequest, lead: StaffMember, head: StaffMember
) -> None:
    approve(ready, by=lead)
    approve(ready, by=head)
    answers = at_once(releasing(ready, lead), releasing(ready, head))
    assert sum(isinstance(one, NotAllowed) for one in answers) == 1
    assert kinds(ready).count("released") == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_is_withheld_at_the_instant_of_a_release_was_given_before_or_is_not(
    turn: int, ready: AccessRequest, concern: Concern, lead: StaffMember, head: StaffMember
) -> None:
    approve(ready, by=lead)
    approve(ready, by=head)

    def withhold() -> None:
        services.decide_access(ready, concern, [withheld("seen")], by=head)

    answers = at_once(releasing(ready, lead), withhold)
    assert not isinstance(answers[1], NotAllowed)
    released = ready.steps.filter(kind="released").first()
    later = ready.decisions.get(key="seen", choice="withhold")
    # Either it left, and the decision came after; or it did not leave.
    assert (released is None) == isinstance(answers[0], NotAllowed)
    parts = selectors.pack_of(ready, lead.viewer()).parts
    assert released is None or released.text_sha256 != selectors.text_hash(parts)
    assert later.by == head


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_end_at_once_and_it_ends_once(
    turn: int, amy: Pupil, lead: StaffMember, head: StaffMember
) -> None:
    request = asked_by_parent(amy, lead)

    def end(by: StaffMember) -> AccessRequest:
        return services.end_request(
            request, by=by, ending=Ending.REFUSED, happened_on=TODAY, text="Told so"
        )

    answers = at_once(lambda: end(lead), lambda: end(head))
    assert sum(isinstance(one, NotAllowed) for one in answers) == 1
    assert kinds(request) == ["noted", "ended"]
    assert not Hold.objects.open().exists()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_receipt_that_two_people_give_at_once_stands_with_both_and_closes_nothing(
    turn: int, amy: Pupil, concern: Concern, lead: StaffMember, head: StaffMember
) -> None:
    now = clock.now()
    amy.left_on = TODAY
    amy.save()
    services.see_to_leaver(amy, by=SWEEP)
    transfer = Transfer.objects.get(pupil=amy)
    services.say_whither(transfer, by=lead, whither=Whither.SCHOOL, place="Hill School")

    def copying(by: StaffMember, code: str) -> Copy:
        return services.record_copy(
            amy,
            [concern],
            by=by,
            code=code,
            for_whom="Hill School",
            reason="She goes there",
            content=b"locked",
            text_sha256="0" * 64,
        )

    made = at_once(lambda: copying(lead, "a" * 12), lambda: copying(head, "b" * 12))
    copies = [one for one in made if isinstance(one, Copy)]
    assert len(copies) == 2
    services.send(transfer, by=lead, copy=copies[0], way=Way.HAND, whom="The DSL", happened_at=now)

    def receive(by: StaffMember) -> object:
        return services.receive(transfer, by=by, whom="The DSL", happened_at=now, text="Signed")

    answers = at_once(lambda: receive(lead), lambda: receive(head))

    assert [one for one in answers if isinstance(one, NotAllowed)] == []
    transfer.refresh_from_db()
    assert transfer.received_at == now
    assert transfer.steps.filter(kind="received").count() == 2
    concern.refresh_from_db()
    assert concern.status == "logged"
    assert audit.verify() is None


def test_decision_waits_for_whoever_holds_the_request(
    ready: AccessRequest, concern: Concern, lead: StaffMember, head: StaffMember
) -> None:
    """A text that is decided twice at once has both decisions, and the later one counts."""
    answers = at_once(
        lambda: services.decide_access(ready, concern, [withheld("seen")], by=lead),
        lambda: services.decide_access(ready, concern, [withheld("seen")], by=head),
    )
    assert answers == [None, None]
    assert ready.decisions.filter(key="seen", choice="withhold").count() == 2
