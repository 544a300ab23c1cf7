"""Two people at once, on PostgreSQL with real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection, transaction

from audit.models import Entry as AuditEntry
from concerns import selectors, services
from concerns.models import Concern, Draft, Entry, Link, Opening, Share, StatusFlag, Task
from concerns.policy import FlagKind
from concerns.searching import sought
from notices.models import Ladder, Notice
from notices.services import run_due
from school.models import StaffMember
from school.services import SETUP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Outcome = TypeVar("Outcome")
ROUNDS = 10


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


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_people_acknowledge_at_once_and_one_is_told_who_was_first(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host)

    answers = at_once(
        lambda: services.acknowledge(concern, by=lead),
        lambda: services.acknowledge(concern, by=deputy),
    )

    concern.refresh_from_db()
    [refusal] = [answer for answer in answers if isinstance(answer, NotAllowed)]
    assert isinstance(refusal, services.AlreadyAcknowledged)
    assert str(refusal).startswith(f"{concern.acknowledged_by} acknowledged this concern on ")
    assert Entry.objects.filter(concern=concern, kind="acknowledgement").count() == 1
    assert Notice.objects.filter(kind="concern_read").count() == 1
    assert AuditEntry.objects.filter(verb="concern.acknowledge").count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e20_two_presses_in_the_same_moment_log_once(
    turn: int, host: StaffMember, lead: StaffMember
) -> None:
    key = uuid4()

    answers = at_once(
        lambda: make.log(host, key=key).pk,
        lambda: make.log(host, key=key).pk,
    )

    assert answers[0] == answers[1]
    assert (Concern.objects.count(), Ladder.objects.count(), Notice.objects.count()) == (1, 1, 1)
    assert AuditEntry.objects.filter(verb="concern.log").count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e86_acknowledging_while_the_sweep_climbs_leaves_the_second_wait_and_no_letter(
    turn: int, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host)
    Ladder.objects.update(due_at=clock.now())

    at_once(
        lambda: services.acknowledge(concern, by=lead).pk,
        lambda: run_due(clock.now(), driver="once").climbed,
    )

    run_due(clock.now(), driver="once")
    concern.refresh_from_db()
    assert [row.due_at for row in Ladder.objects.open()] == [concern.decide_by]
    assert Notice.objects.filter(kind="concern_alert", state__in=["due", "sending"]).count() == 0


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_an_alert_fails_while_it_is_acknowledged_and_nothing_is_stuck(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host)
    alert = Notice.objects.filter(about=concern.object, staff=deputy).get()

    def fail() -> int:
        with transaction.atomic():
            Notice.objects.select_for_update().get(pk=alert.pk)
            services.alert_failed(alert, clock.now())
        return 0

    at_once(lambda: services.acknowledge(concern, by=lead).pk, fail)

    concern.refresh_from_db()
    assert concern.status == "acknowledged"
    assert [row.due_at for row in Ladder.objects.open()] == [concern.decide_by]


def test_naming_while_acknowledging_never_leaves_it_with_whom_it_is_about(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    for _ in range(ROUNDS):
        concern = make.log(host, make.child(factories.make_pupil()))

        at_once(
            lambda concern=concern: services.acknowledge(concern, by=deputy).pk,  # type: ignore[misc]
            lambda concern=concern: (
                services.name_subject(  # type: ignore[misc]
                    concern, by=lead, person=make.accused(deputy)
                ).pk
            ),
        )

        concern.refresh_from_db()
        assert (concern.desk, concern.status, concern.acknowledged_by) == (
            "headteacher",
            "logged",
            None,
        )


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a14_saving_a_draft_while_it_is_sent_brings_nothing_back(
    turn: int, host: StaffMember, lead: StaffMember
) -> None:
    key = uuid4()
    if turn % 2:
        services.keep_draft("{}", by=host, key=key)

    at_once(
        lambda: services.keep_draft('{"seen": ["a"]}', by=host, key=key).pk,
        lambda: make.log(host, key=key).pk,
        lambda: services.keep_draft('{"seen": ["b"]}', by=host, key=key).pk,
    )

    assert (Concern.objects.count(), Draft.objects.count()) == (1, 0)
    assert list(Ladder.objects.open().values_list("kind", flat=True)) == ["concern"]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_words_that_two_people_add_at_once_are_both_found(
    turn: int, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)

    at_once(
        lambda: services.add(concern, by=host, text="firstword"),
        lambda: services.add(concern, by=lead, text="secondword"),
        lambda: services.index_all(by=SETUP),
    )

    hits = selectors.search(lead.viewer(), sought("firstword secondword")).hits
    assert [hit.concern for hit in hits] == [concern]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_status_that_two_people_set_at_once_stands_once(
    turn: int, lead: StaffMember, deputy: StaffMember
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    status = {"kind": FlagKind.IN_NEED, "since": clock.today()}

    answers = at_once(
        lambda: services.set_status(amy, by=lead, **status),
        lambda: services.set_status(amy, by=deputy, **status),
    )

    [refusal] = [answer for answer in answers if isinstance(answer, NotAllowed)]
    assert str(refusal) == "This status stands already. End it first if it begins anew."
    assert StatusFlag.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_closing_while_a_task_is_added_never_leaves_a_task_on_a_closed_concern(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host, urgent=False), by=lead)
    make.decide(concern, lead)
    due_on = clock.today()

    answers = at_once(
        lambda: services.close(concern, by=lead, reasons="Done.").pk,
        lambda: services.add_task(concern, by=deputy, what="Ring.", owner=lead, due_on=due_on).pk,
    )

    concern.refresh_from_db()
    refused = [answer for answer in answers if isinstance(answer, NotAllowed)]
    assert len(refused) == 1
    assert (concern.status == "closed") is not Task.objects.filter(concern=concern).exists()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a32_two_people_sign_at_once_and_one_is_told_who_was_first(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    make.decide(concern, lead)
    services.ask_second(concern, by=lead)

    answers = at_once(
        lambda: services.sign(concern, by=deputy).pk,
        lambda: services.sign(concern, by=head).pk,
    )

    [refusal] = [answer for answer in answers if isinstance(answer, NotAllowed)]
    signed = Entry.objects.get(concern=concern, kind="second_signed")
    assert isinstance(refusal, services.AlreadySigned)
    assert str(refusal) == f"{signed.by} has signed it already."


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e11_moving_while_acknowledging_never_leaves_it_with_the_right_childs_parent(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    right = factories.make_pupil("Sam", "Smyth")
    factories.make_guardian(right, email=lead.email)
    concern = make.log(host, make.child(factories.make_pupil("Sam", "Smith")))
    row = concern.involved.get()

    at_once(
        lambda: services.acknowledge(concern, by=lead).pk,
        lambda: services.move_pupil(concern, by=deputy, row=row, pupil=right, reasons="Year 5.").pk,
    )

    concern.refresh_from_db()
    assert (concern.status, concern.owner, concern.involved.get().pupil) == ("logged", None, right)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e10_two_people_link_from_both_sides_and_there_is_one_link(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    one, other = make.log(host), make.log(host)

    answers = at_once(
        lambda: services.link(one, by=lead, other=other, text="The same.").pk,
        lambda: services.link(other, by=deputy, other=one, text="The same.").pk,
    )

    assert sum(isinstance(answer, NotAllowed) for answer in answers) == 1
    assert Link.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_sharing_with_somebody_while_they_are_named_never_leaves_them_with_it(
    turn: int, host: StaffMember, lead: StaffMember, head: StaffMember, colleague: StaffMember
) -> None:
    concern = make.log(host)
    until = clock.today()

    answers = at_once(
        lambda: services.lend(concern, by=lead, staff=colleague, until=until, reason="x").pk,
        lambda: services.name_subject(concern, by=lead, person=make.accused(colleague)).pk,
    )

    now = clock.now()
    assert answers[1] == concern.pk
    assert list(Concern.objects.shared_with(colleague.viewer(), now=now)) == []
    assert Share.objects.running(now).count() == 0


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_opening_in_an_emergency_while_one_is_named_never_leaves_one_with_it(
    turn: int,
    host: StaffMember,
    colleague: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    chair: StaffMember,
) -> None:
    concern = make.log(host, make.accused(colleague))

    opened, named = at_once(
        lambda: services.open_in_emergency(concern.reference, by=deputy, reason="x") is not None,
        lambda: services.name_subject(concern, by=head, person=make.accused(deputy)).pk,
    )

    assert named == concern.pk
    assert list(Concern.objects.opened_by(deputy.viewer(), now=clock.now())) == []
    # Whichever came first: it was opened and that is on the record, or it did not exist for them.
    assert Opening.objects.count() == int(bool(opened))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_who_share_it_with_one_person_at_once_share_it_once(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember, colleague: StaffMember
) -> None:
    concern = make.log(host)
    until = clock.today()

    at_once(
        lambda: services.lend(concern, by=lead, staff=colleague, until=until, reason="x").pk,
        lambda: services.lend(concern, by=deputy, staff=colleague, until=until, reason="y").pk,
    )

    assert Share.objects.count() == 1
