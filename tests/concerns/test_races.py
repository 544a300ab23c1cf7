"""Two people at once, on PostgreSQL with real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection, transaction

from audit.models import Entry as AuditEntry
from concerns import services
from concerns.models import Concern, Entry
from notices.models import Ladder, Notice
from notices.services import run_due
from school.models import StaffMember
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
    assert str(refusal).startswith(f"{concern.acknowledged_by} acknowledged this concern at ")
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
