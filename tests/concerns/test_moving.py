"""A concern whose people leave, rise or come: somebody may read it always, and is told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import transaction

from audit.models import Entry as AuditEntry
from concerns import services
from concerns.models import Concern, Outcome
from notices.models import Ladder, Notice
from notices.services import climb_due, run_due
from school.models import RoleHeld, StaffMember
from school.roles import Role
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Mailbox = Callable[[], list[EmailMessage]]


@pytest.fixture
def post(mailbox: Mailbox, clock_at: Any) -> Callable[[datetime], list[tuple[str, str]]]:
    """Return a postman: what has come since the last time, for whom and with which subject."""
    seen = 0

    def come(at: datetime) -> list[tuple[str, str]]:
        nonlocal seen
        clock_at(at)
        letters = mailbox()
        new, seen = letters[seen:], len(letters)
        names = dict(StaffMember.objects.values_list("user__email", "name"))
        return sorted((names[letter.to[0]], letter.subject) for letter in new)

    return come


Post = Callable[[datetime], list[tuple[str, str]]]
ALERT, ADDED = "There is something to read", "There is more to read"


def readers(*people: StaffMember) -> list[StaffMember]:
    """Return who of these can read the one concern there is."""
    now = [StaffMember.objects.get(pk=person.pk) for person in people]
    return [person for person in now if Concern.objects.visible_to(person.viewer()).exists()]


# --- The desk follows the people ---------------------------------------------------------------------
def test_e3_concern_all_of_whose_readers_have_left_goes_to_the_chair(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    post: Post,
) -> None:
    concern = make.log(host)
    post(school_day)

    factories.close_account(lead, head)

    assert post(school_day + MINUTE) == [("Chandra Chair", ALERT)]
    assert readers(lead, head, chair)[-1:] == [chair]
    moved = AuditEntry.objects.about(concern.object).get(verb="concern.route")
    assert (moved.actor, moved.detail) == ("system:sweep", {"left": "team", "desk": "chair"})


def test_e2_concern_about_somebody_who_becomes_headteacher_goes_to_the_chair(
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    post: Post,
) -> None:
    concern = make.log(host, make.accused(colleague))
    services.acknowledge(concern, by=head)
    post(school_day)

    factories.close_account(head)
    factories.give_role(colleague, Role.HEADTEACHER)

    assert post(school_day + MINUTE) == [("Chandra Chair", ALERT)]
    assert readers(colleague, chair) == [chair]
    concern.refresh_from_db()
    assert (concern.status, concern.acknowledged_by) == ("logged", None)


def test_e1_concern_that_nobody_could_read_goes_to_the_new_headteacher(
    school_day: datetime, host: StaffMember, lead: StaffMember, post: Post
) -> None:
    concern = make.log(host, make.accused(lead))
    assert concern.desk == "outside"
    assert post(school_day) == [("Helen Host", "Please telephone now")]

    new = factories.make_staff("Nora New", roles=(Role.HEADTEACHER,))

    assert post(school_day + MINUTE) == [("Nora New", ALERT)]
    assert readers(lead, new) == [new]


def test_e1_closed_concern_of_whom_becomes_headteacher_goes_to_the_chair(
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host, make.accused(colleague)), by=head)
    make.close(concern, head)
    post(school_day)

    RoleHeld.objects.filter(staff=head, role=Role.HEADTEACHER).delete()
    factories.give_role(colleague, Role.HEADTEACHER)

    assert post(school_day + MINUTE) == [("Chandra Chair", ADDED)]
    assert readers(colleague, head, chair) == [chair]
    concern.refresh_from_db()
    assert concern.status == "closed"


def test_concern_stays_where_it_is_worked_on(
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    chair: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host, make.accused(colleague)), by=chair)
    post(school_day)

    head = factories.make_staff("Nora New", roles=(Role.HEADTEACHER,))

    assert post(school_day + MINUTE) == []
    assert readers(head, chair) == [chair]
    assert not AuditEntry.objects.about(concern.object).filter(verb="concern.route").exists()


def test_sweep_that_finds_nothing_astray_changes_nothing(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    post: Post,
) -> None:
    make.log(host)
    services.acknowledge(make.log(host), by=lead)
    post(school_day)

    assert post(school_day + MINUTE) == []
    assert not AuditEntry.objects.filter(verb="concern.route").exists()


def test_letter_to_somebody_who_no_longer_reads_it_is_not_sent(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    post(school_day)
    services.add(concern, by=host, text="More.")

    RoleHeld.objects.filter(staff=deputy, role=Role.SAFEGUARDING).delete()

    assert ADDED not in [subject for to, subject in post(school_day) if to == "Dana Deputy"]
    assert Notice.objects.get(kind="concern_added").why == "no longer for this person"


# --- Whoever took charge is gone -----------------------------------------------------------------------
def test_e21_concern_of_somebody_who_has_left_waits_to_be_acknowledged_again(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    post(school_day)

    factories.close_account(deputy)

    assert post(school_day + DAY) == [("Leah Lead", ALERT)]
    concern.refresh_from_db()
    assert (concern.status, concern.acknowledged_by) == ("logged", None)
    services.acknowledge(concern, by=lead)
    assert Concern.objects.get().acknowledged_by == lead


def test_e21_decided_concern_of_somebody_who_has_left_is_decided_again_by_whoever_takes_it(
    school_day: datetime, host: StaffMember, deputy: StaffMember, lead: StaffMember, post: Post
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    outcome = Outcome.objects.create(name="Watch")
    services.decide(concern, by=deputy, outcome=outcome, reasons="Because.")
    post(school_day)
    factories.close_account(deputy)
    post(school_day + DAY)
    concern.refresh_from_db()
    assert (concern.status, concern.decided_at, concern.decide_by) == ("logged", None, None)
    taken = services.acknowledge(concern, by=lead)
    assert taken.decide_by is not None
    assert Concern.objects.climbing().get() == concern


def test_e21_addition_to_a_closed_concern_is_told_to_the_whole_desk(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    concern = make.close(concern, deputy, second=lead)
    post(school_day)
    factories.close_account(deputy)

    services.add(concern, by=host, text="Again this morning.")

    assert post(school_day + DAY) == [("Hugo Head", ADDED), ("Leah Lead", ADDED)]


def test_e21_addition_while_whoever_took_charge_is_away_is_told_to_the_others(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    post(school_day)
    factories.make_absence(deputy, school_day, school_day + DAY)

    services.add(concern, by=host, text="More.")

    assert post(school_day) == [("Leah Lead", ADDED)]


def test_addition_at_a_desk_where_nobody_is_left_moves_the_concern_first(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    chair: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    concern = make.close(concern, lead)
    post(school_day)
    factories.close_account(lead)

    services.add(concern, by=host, text="Again this morning.")

    # One letter says that it is theirs now, one that something was added.
    assert post(school_day) == [("Chandra Chair", ADDED), ("Chandra Chair", ADDED)]
    assert readers(chair) == [chair]


def test_addition_that_cannot_reach_who_is_in_charge_is_told_to_the_others(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    services.add(concern, by=host, text="More.")
    added = Notice.objects.filter(kind="concern_added")

    with transaction.atomic():
        services.more_failed(added.get(), school_day)
        services.more_failed(added.get(staff=lead), school_day)

    assert sorted(row.staff.name for row in added) == ["Dana Deputy", "Hugo Head", "Leah Lead"]


# --- The second wait -----------------------------------------------------------------------------------
ASKS = "Something waits for a decision"


def test_e21_acknowledged_and_not_decided_is_asked_about_until_it_is(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    post: Post,
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    post(school_day)
    due = Concern.objects.get().decide_by
    assert due is not None

    letters = [post(due - timedelta(seconds=1)), post(due), post(due), post(due + DAY)]
    outcome = Outcome.objects.create(name="Watch")
    services.decide(concern, by=deputy, outcome=outcome, reasons="Because.")

    assert letters == [
        [],
        [("Dana Deputy", ASKS)],
        [],
        [("Dana Deputy", ASKS), ("Leah Lead", ASKS)],
    ]
    assert post(due + 2 * DAY) == []
    assert not Ladder.objects.open().exists()


def test_e21_decided_before_the_question_leaves_sends_none(
    school_day: datetime, host: StaffMember, deputy: StaffMember, post: Post
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    post(school_day)
    due = Concern.objects.get().decide_by
    assert due is not None
    climb_due(now=due)

    make.decide(concern, deputy)

    assert Notice.objects.get(kind="concern_undecided").state == "dropped"
    assert post(due) == []


def test_e21_concern_opened_again_waits_for_a_decision_anew(
    school_day: datetime, host: StaffMember, deputy: StaffMember, post: Post
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    concern = make.close(concern, deputy)
    concern = services.reopen(concern, by=deputy, reasons="There is.")
    post(school_day)

    assert concern.decide_by is not None
    assert post(concern.decide_by) == [("Dana Deputy", ASKS)]


def test_e21_repair_gives_an_undecided_concern_its_ladder_back(
    school_day: datetime, host: StaffMember, deputy: StaffMember, post: Post
) -> None:
    concern = services.acknowledge(make.log(host), by=deputy)
    Ladder.objects.all().delete()

    run_due(school_day)

    assert Ladder.objects.open().get().due_at == concern.decide_by
