"""What is done at services outside: after the letters, one at a time, home at the first silence."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.core import mail

from notices import kinds, services
from notices.kinds import Errand, Urgency
from tests.notices import letters
from tests.notices.letters import draft

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)
Ran = list[tuple[str, int]]


@pytest.fixture
def errand() -> Iterator[Callable[..., Ran]]:
    """Register an errand; return what it ran, with how many letters were out by then."""
    names: list[str] = []

    def make(name: str, due: list[int], answer: Callable[[int], bool] = lambda pk: True) -> Ran:
        ran: Ran = []

        def run(pk: int, now: datetime) -> bool:
            ran.append((f"{len(mail.outbox)} letters out", pk))
            due.remove(pk)
            return answer(pk)

        kinds.register_errand(Errand(name=name, due=lambda now: list(due), run=run))
        names.append(name)
        return ran

    yield make
    for name in names:
        kinds.unregister(name)


def test_letters_leave_first_and_the_report_counts_what_was_done(
    errand: Callable[..., Ran],
) -> None:
    kind = letters.kind("test_first", Urgency.BULK)
    kinds.register(kind)
    try:
        services.queue([draft(kind, "k1", at=NOW)], now=NOW)
        ran = errand("test_errand", [7, 8])
        report = services.run_due(NOW)
    finally:
        kinds.unregister("test_first")
    assert ran == [("1 letters out", 7), ("1 letters out", 8)]
    assert (report.errands, report.again) == (2, True)
    assert services.run_due(NOW).again is False


def test_silent_service_sends_the_sweep_home_and_another_kind_goes_on(
    errand: Callable[..., Ran],
) -> None:
    silent = errand("test_silent", [1, 2, 3], lambda pk: False)
    other = errand("test_other", [4])
    report = services.run_due(NOW)
    assert [pk for _, pk in silent] == [1]
    assert [pk for _, pk in other] == [4]
    assert report.errands == 1


def test_errand_that_breaks_does_not_stop_the_next(errand: Callable[..., Ran]) -> None:
    def answer(pk: int) -> bool:
        if pk == 1:
            raise RuntimeError("a person's name")
        return True

    ran = errand("test_broken", [1, 2], answer)
    assert services.run_due(NOW).errands == 1
    assert [pk for _, pk in ran] == [1, 2]


def test_urgent_letter_that_comes_meanwhile_ends_the_round(errand: Callable[..., Ran]) -> None:
    kind = letters.kind("test_urgent", Urgency.NOW)
    kinds.register(kind)
    try:

        def answer(pk: int) -> bool:
            services.queue([draft(kind, "u1", at=NOW)], now=NOW)
            return True

        ran = errand("test_slow", [1, 2], answer)
        services.run_due(NOW)
        assert [pk for _, pk in ran] == [1]
        services.run_due(NOW)
    finally:
        kinds.unregister("test_urgent")
    assert ran == [("0 letters out", 1), ("1 letters out", 2)]


def test_sweep_that_is_to_stop_runs_no_errand(errand: Callable[..., Ran]) -> None:
    ran = errand("test_stopped", [1])
    services.run_due(NOW, should_stop=lambda: True)
    assert ran == []


def test_two_errands_of_one_name_are_refused(errand: Callable[..., Ran]) -> None:
    errand("test_twice", [])
    with pytest.raises(ValueError, match="two errands called test_twice"):
        errand("test_twice", [])
