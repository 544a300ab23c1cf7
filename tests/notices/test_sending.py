"""Claiming, asking again, sending and writing down."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notices import kinds, services
from notices.delivery import Sealed
from notices.models import Delivery, Notice
from notices.policy import RETRY_AFTER
from notices.selectors import letter_of
from school.models import Guardianship, StaffMember
from tests import factories
from tests.notices import letters
from tests.notices.letters import ALERT, BROKEN, FLEETING, REMINDER, REQUEST, draft

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def test_queue_outside_a_transaction_is_refused(school_day: datetime) -> None:
    assert connection.in_atomic_block  # the test's own
    connection.in_atomic_block = False
    try:
        with pytest.raises(transaction.TransactionManagementError):
            services.queue([], now=school_day)
    finally:
        connection.in_atomic_block = True


def test_queue_of_the_same_key_adds_nothing(school_day: datetime, queued: Queue) -> None:
    [first] = queued(draft(REQUEST, "one", at=school_day))
    [second] = queued(draft(REQUEST, "one", at=school_day + timedelta(hours=1), about="other:1"))
    assert second.pk == first.pk
    assert second.about == "tests.thing:one"


def test_queue_of_six_hundred_is_one_query(school_day: datetime) -> None:
    drafts = [draft(REQUEST, f"k{number}", at=school_day) for number in range(600)]
    with CaptureQueriesContext(connection) as seen:
        services.queue(drafts, now=school_day)
    assert len(seen) == 1
    assert Notice.objects.count() == 600


def test_queue_rolls_back_with_the_change_it_tells_of(school_day: datetime) -> None:
    with transaction.atomic():
        services.queue([draft(REQUEST, "one", at=school_day)], now=school_day)
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)
    assert Notice.objects.count() == 0


def test_run_sends_what_is_due_and_nothing_else(school_day: datetime, queued: Queue) -> None:
    queued(
        draft(REQUEST, "due", at=school_day),
        draft(REQUEST, "later", at=school_day + timedelta(seconds=1)),
    )
    report = services.run_due(school_day)
    assert states() == {"due": "sent", "later": "due"}
    assert (report.sent, report.again, report.waiting) == (1, False, False)
    assert [message.to for message in mail.outbox] == [["due@family.example"]]


def test_run_sends_urgent_before_bulk(school_day: datetime, queued: Queue) -> None:
    queued(
        draft(REQUEST, "bulk", at=school_day - timedelta(hours=2)),
        draft(REMINDER, "today", at=school_day - timedelta(hours=1)),
        draft(ALERT, "now", at=school_day),
    )
    services.run_due(school_day)
    assert [message.to[0] for message in mail.outbox] == [
        "now@family.example",
        "today@family.example",
        "bulk@family.example",
    ]


def test_compose_that_says_unwanted_drops_with_the_reason(
    school_day: datetime, queued: Queue
) -> None:
    [notice] = queued(draft(REQUEST, "one", at=school_day))
    letters.ANSWERED.add(notice.about)
    services.run_due(school_day)
    notice.refresh_from_db()
    assert (notice.state, notice.why, notice.letter) == ("dropped", "it was answered", "")
    assert mail.outbox == []


def test_e30_blocked_guardian_gets_nothing_and_the_row_says_why(
    school_day: datetime, queued: Queue, head: StaffMember
) -> None:
    pupil = factories.make_pupil()
    allowed = factories.make_guardian(pupil)
    blocked = factories.make_blocked_guardian(
        pupil, approved_by=head, blocked_from=date(2026, 1, 1)
    )
    one, other = queued(
        draft(REQUEST, "a", at=school_day, guardian_id=allowed.pk, pupil_ids=(pupil.pk,)),
        draft(REQUEST, "b", at=school_day, guardian_id=blocked.pk, pupil_ids=(pupil.pk,)),
    )
    services.run_due(school_day)
    other.refresh_from_db()
    assert [message.to for message in mail.outbox] == [[allowed.email]]
    assert other.state == "dropped"
    assert other.why != ""


def test_e30_block_that_comes_after_queueing_still_stops_the_letter(
    school_day: datetime, queued: Queue, head: StaffMember
) -> None:
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil)
    queued(draft(REQUEST, "a", at=school_day, guardian_id=guardian.pk, pupil_ids=(pupil.pk,)))
    Guardianship.objects.filter(guardian=guardian).update(
        blocked_from=date(2026, 9, 1),
        block_reason="order",
        block_evidence="file",
        block_approved_by=head,
    )
    services.run_due(school_day)
    assert states() == {"a": "dropped"}
    assert mail.outbox == []


def test_staff_who_has_gone_is_a_failure_that_its_room_hears_of(
    school_day: datetime, queued: Queue, leaver: StaffMember
) -> None:
    told: list[str] = []
    kinds.register(
        letters.kind(
            "test_told", kinds.Urgency.NOW, on_failed=lambda notice, now: told.append(notice.key)
        )
    )
    queued(draft(kinds.kind("test_told"), "gone", at=school_day, staff_id=leaver.pk))
    services.run_due(school_day)
    assert states() == {"gone": "failed"}
    assert told == ["gone"]


def test_failure_climbs_at_once_to_the_next_person(
    school_day: datetime, queued: Queue, leaver: StaffMember, head: StaffMember
) -> None:
    def climb(notice: Notice, now: datetime) -> None:
        services.queue([draft(ALERT, "next", at=now, staff_id=head.pk)], now=now)

    kinds.register(letters.kind("test_climbs", kinds.Urgency.NOW, on_failed=climb))
    queued(draft(kinds.kind("test_climbs"), "gone", at=school_day, staff_id=leaver.pk))
    services.run_due(school_day)
    assert [message.to for message in mail.outbox] == [[head.email]]


def test_failure_whose_room_fails_too_is_still_a_row_a_person_sees(
    school_day: datetime, queued: Queue, leaver: StaffMember
) -> None:
    def fails(notice: Notice, now: datetime) -> None:
        services.queue([draft(ALERT, "half", at=now)], now=now)
        raise RuntimeError("no")

    kinds.register(letters.kind("test_fails", kinds.Urgency.NOW, on_failed=fails))
    [notice] = queued(draft(kinds.kind("test_fails"), "gone", at=school_day, staff_id=leaver.pk))
    services.run_due(school_day)
    notice.refresh_from_db()
    assert states() == {"gone": "failed"}
    assert notice.why == "there is no address for this person any more (nobody could be told)"


def test_letter_that_cannot_be_written_stops_no_other_and_is_tried_for_a_day(
    school_day: datetime, queued: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    [bad, _] = queued(draft(BROKEN, "bad", at=school_day), draft(REQUEST, "good", at=school_day))
    services.run_due(school_day)
    assert states() == {"bad": "due", "good": "sent"}
    bad.refresh_from_db()
    assert bad.try_at == school_day + timedelta(minutes=1)
    assert "Amina" not in caplog.text
    assert f"notice {bad.pk} (test_broken) failed: RuntimeError" in caplog.text
    now = school_day
    for wait in RETRY_AFTER:
        now += wait
        services.run_due(now)
    bad.refresh_from_db()
    assert (bad.state, bad.why) == ("failed", "could not be written (RuntimeError)")
    assert now - school_day < timedelta(hours=24)
    assert bad.deliveries.count() == len(RETRY_AFTER) + 1


def test_unknown_kind_stops_no_other(school_day: datetime, queued: Queue) -> None:
    kinds.register(letters.kind("test_gone", kinds.Urgency.BULK))
    queued(
        draft(kinds.kind("test_gone"), "old", at=school_day), draft(REQUEST, "new", at=school_day)
    )
    kinds.unregister("test_gone")
    services.run_due(school_day)
    assert states() == {"old": "due", "new": "sent"}


def test_exact_text_is_kept_and_encrypted(school_day: datetime, queued: Queue) -> None:
    [notice] = queued(draft(REQUEST, "one", at=school_day))
    services.run_due(school_day)
    notice.refresh_from_db()
    kept = letter_of(notice)
    assert kept is not None
    assert kept.text == mail.outbox[0].body
    with connection.cursor() as cursor:
        cursor.execute("SELECT letter FROM notices_notice")
        [(raw,)] = cursor.fetchall()
    assert "Dear family" not in raw
    assert ":gAAAAA" in raw


def test_text_of_a_fleeting_kind_is_erased_once_sent(school_day: datetime, queued: Queue) -> None:
    [notice] = queued(draft(FLEETING, "one", at=school_day))
    services.run_due(school_day)
    notice.refresh_from_db()
    assert (notice.state, notice.letter) == ("sent", "")


def test_message_id_stands_on_the_row_before_the_first_try(
    school_day: datetime, queued: Queue
) -> None:
    [notice] = queued(draft(REQUEST, "one", at=school_day))
    before = notice.message_id
    services.run_due(school_day)
    assert mail.outbox[0].message()["Message-ID"] == before


def test_drop_takes_back_what_is_due_of_the_named_kinds(
    school_day: datetime, queued: Queue
) -> None:
    queued(
        draft(REQUEST, "a", at=school_day, about="x:1"),
        draft(REMINDER, "b", at=school_day, about="x:1"),
        draft(REQUEST, "c", at=school_day, about="x:2"),
    )
    services.drop(about="x:1", kinds=["test_request"], now=school_day, why="cancelled")
    assert states() == {"a": "dropped", "b": "due", "c": "due"}
    services.drop(about="x:1", now=school_day, why="cancelled")
    assert states() == {"a": "dropped", "b": "dropped", "c": "due"}


def test_drop_while_it_is_being_written_stops_it(school_day: datetime, queued: Queue) -> None:
    def answered_meanwhile(notice: Notice, contact: object, now: datetime) -> kinds.Letter:
        services.drop(about=notice.about, now=now, why="cancelled")
        return kinds.Letter(subject="s", text="t")

    kinds.register(letters.kind("test_race", kinds.Urgency.NOW, compose=answered_meanwhile))
    [notice] = queued(draft(kinds.kind("test_race"), "one", at=school_day))
    services.run_due(school_day)
    notice.refresh_from_db()
    assert (notice.state, mail.outbox) == ("dropped", [])


def test_sealed_letter_survives_its_row() -> None:
    letter = Sealed(
        to="a@b.example",
        subject="Grüße “x”",
        text="t",
        html="<p>h</p>",
        message_id="<1@b>",
        written_at="2026-09-15T13:00:00+00:00",
        pupil_ids=[1, 2],
    )
    assert Sealed.restored(letter.stored()) == letter


def test_one_letter_costs_few_queries(school_day: datetime, queued: Queue) -> None:
    """Ask again, take into the hand, write down: short transactions, counted without savepoints."""
    services.beat("once", now=school_day)

    def cost(count: int) -> int:
        queued(*(draft(REQUEST, f"{count}-{number}", at=school_day) for number in range(count)))
        with CaptureQueriesContext(connection) as seen:
            services.run_due(school_day)
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    cost(2)
    few = cost(1)
    assert cost(11) - few == 10 * 3
    assert Delivery.objects.count() == 14
