"""What is due to one person at one time is one letter, with a row for each notice (E52)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from notices import forecast, kinds, selectors, services
from notices.models import Delivery, Notice, Provider
from notices.policy import Channel
from notices.services import claims
from school.models import Guardian
from tests import factories
from tests.notices import letters
from tests.notices.letters import ALERT, ASKED, CHASED, draft
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mother(school: object) -> Guardian:
    return factories.make_guardian(factories.make_pupil(), email="mother@family.example")


def to(guardian: Guardian, key: str, *, at: datetime, kind: kinds.Kind = ASKED) -> kinds.Draft:
    pupil = guardian.pupils.get()
    return draft(kind, key, at=at, guardian_id=guardian.pk, pupil_ids=(pupil.pk,))


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def lists(raw: bytes) -> list[str]:
    """The things one letter lists, in order."""
    plain = raw.decode().partition("text/plain")[2].partition("--=_")[0]
    return [line.removeprefix("tests.thing:") for line in plain.split() if "tests.thing:" in line]


def test_e52_requests_and_reminders_due_together_are_one_letter(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    rows = queued(
        to(mother, "a", at=school_day),
        to(mother, "b", at=school_day),
        to(mother, "c", at=school_day, kind=CHASED),
        to(mother, "urgent", at=school_day, kind=ALERT),
    )
    report = services.run_due(school_day)
    assert len(sink.letters) == 2
    assert lists(sink.letters[1]) == ["a", "b", "c"]
    assert report.sent == 4
    assert sink.message_ids[1] == rows[0].message_id
    tries = Delivery.objects.filter(notice__in=rows[:3])
    assert set(tries.values_list("outcome", "sent_as")) == {("accepted", rows[0].message_id)}
    assert tries.count() == 3
    for row in rows[:3]:
        row.refresh_from_db()
        kept = selectors.letter_of(row)
        assert kept is not None
        assert kept.subject == "About 3 things"


def test_e52_what_is_due_later_is_not_asked_early(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(to(mother, "a", at=school_day), to(mother, "b", at=school_day + MINUTE))
    services.run_due(school_day)
    assert states() == {"a": "sent", "b": "due"}
    services.run_due(school_day + MINUTE)
    assert len(sink.letters) == 2


def test_e52_two_people_have_two_letters_though_they_share_a_mailbox(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    father = factories.make_guardian(mother.pupils.get(), email=mother.email)
    queued(to(mother, "a", at=school_day), to(father, "b", at=school_day))
    services.run_due(school_day)
    assert len(sink.letters) == 2


def test_e52_dropped_and_answered_parts_fall_out_at_the_moment_of_sending(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(*(to(mother, key, at=school_day) for key in "abcd"))
    letters.ANSWERED.add("tests.thing:b")
    services.drop(about="tests.thing:c", now=school_day, why="cancelled")
    services.run_due(school_day)
    assert states() == {"a": "sent", "b": "dropped", "c": "dropped", "d": "sent"}
    assert [lists(raw) for raw in sink.letters] == [["a", "d"]]


def test_e52_when_only_one_is_left_it_is_an_ordinary_letter(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(*(to(mother, key, at=school_day) for key in "ab"))
    letters.ANSWERED.add("tests.thing:a")
    services.run_due(school_day)
    assert states() == {"a": "dropped", "b": "sent"}
    assert b"Subject: About tests.thing:b" in sink.letters[0]


def test_e52_child_that_stands_alone_has_a_letter_of_their_own(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(*(to(mother, key, at=school_day) for key in ("a", "x-alone", "b", "y-alone")))
    services.run_due(school_day)
    assert set(states().values()) == {"sent"}
    assert sorted(len(lists(raw)) for raw in sink.letters if lists(raw)) == [2]
    assert len(sink.letters) == 3
    # A letter of one's own is one like any other.
    subjects = b"".join(sink.letters)
    assert subjects.count(b"Subject: About tests.thing:x-alone") == 1
    assert subjects.count(b"Subject: About tests.thing:y-alone") == 1


def test_e52_taken_back_while_it_is_written_no_letter_tells_of_it(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    rows = queued(*(to(mother, key, at=school_day) for key in "abc"))

    def cancelled(*args: Any) -> kinds.Part | kinds.Unwanted:
        Notice.objects.filter(key="b", state="sending").update(unwanted="cancelled")
        return letters.part(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "_kinds", kinds._kinds | {"test_asked": letters.kind(
            "test_asked", kinds.Urgency.TODAY,
            digest=kinds.Digest(part=cancelled, join=letters.join),
        )})  # fmt: skip
        services.run_due(school_day)
    assert states() == {"a": "sent", "b": "dropped", "c": "sent"}
    assert [lists(raw) for raw in sink.letters] == [["a", "c"]]
    assert len(rows) == 3


def test_e52_one_that_cannot_be_written_keeps_back_no_other(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    def part(notice: Notice, *args: Any) -> kinds.Part | kinds.Unwanted:
        if notice.key == "b":
            raise RuntimeError
        return letters.part(notice, *args)

    def compose(notice: Notice, *args: Any) -> kinds.Letter | kinds.Unwanted:
        if notice.key == "b":
            raise RuntimeError
        return letters.compose(notice, *args)

    kinds.register(
        letters.kind(
            "test_faulty", kinds.Urgency.TODAY, compose=compose,
            digest=kinds.Digest(part=part, join=letters.join),
        )
    )  # fmt: skip
    kind = kinds.kind("test_faulty")
    queued(*(to(mother, key, at=school_day, kind=kind) for key in "abc"))
    services.run_due(school_day)
    assert states() == {"a": "sent", "b": "due", "c": "sent"}
    assert Notice.objects.get(key="b").failures == 1


def test_e52_repeat_is_the_same_letter_with_the_same_message_id(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    sink.drops_after_data = 1
    queued(*(to(mother, key, at=school_day) for key in "abc"))
    services.run_due(school_day)
    assert set(states().values()) == {"due"}
    services.run_due(school_day + MINUTE)
    assert set(states().values()) == {"sent"}
    first, again = sink.letters
    assert first == again


def test_e52_refused_letter_fails_each_of_its_notices(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    sink.rcpt_answers["mother@family.example"] = ["550 5.1.1 no such user"]
    queued(*(to(mother, key, at=school_day) for key in "ab"))
    services.run_due(school_day)
    assert set(states().values()) == {"failed"}
    assert Delivery.objects.filter(outcome="permanent").count() == 2


def test_e52_letter_of_several_costs_one_of_the_providers_day(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink, settings: Any
) -> None:
    settings.MAIL_DAILY_QUOTA = 100
    queued(*(to(mother, f"k{n}", at=school_day) for n in range(12)))
    services.run_due(school_day)
    assert (len(sink.letters), Provider.objects.get().counted) == (1, 1)


def test_e52_more_due_than_a_batch_is_still_one_letter(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(*(to(mother, f"k{n}", at=school_day) for n in range(45)))
    services.run_due(school_day)
    assert len(sink.letters) == 1


def test_e52_server_away_gives_back_the_whole_letter(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    sink.mail_answers = ["550 5.7.60 not permitted to send as this sender"]
    queued(*(to(mother, key, at=school_day) for key in "abc"))
    services.run_due(school_day)
    assert set(states().values()) == {"due"}
    assert Notice.objects.filter(failures=0, leased_until=None).count() == 3
    services.run_due(school_day + 5 * timedelta(seconds=1))
    assert len(sink.letters) == 1


def test_batch_without_such_kinds_asks_for_nothing_beside(
    school_day: datetime, queued: Queue, django_assert_num_queries: Any
) -> None:
    Provider.objects.create(name="mailbox", filled_at=school_day)
    queued(*(draft(ALERT, f"k{n}", at=school_day) for n in range(5)))
    with django_assert_num_queries(5):
        # A savepoint and its end, the provider, the batch, and its claim.
        claims.claim(Channel.EMAIL, now=school_day)


def test_e52_what_has_to_wait_is_in_no_letter_with_others(
    school_day: datetime, queued: Queue, mother: Guardian, sink: Sink
) -> None:
    queued(*(to(mother, key, at=school_day) for key in ("a", "waits", "b")))
    services.run_due(school_day)
    assert [lists(letter) for letter in sink.letters] == [["a", "b"]]
    waiting = Notice.objects.get(key="waits")
    assert (waiting.state, waiting.failures, waiting.why) == ("due", 0, "the address was changed")
    assert waiting.try_at == school_day + 60 * MINUTE
    # Not for the end of the quiet hours.
    assert forecast.waiting_for_morning(school_day).count == 0
