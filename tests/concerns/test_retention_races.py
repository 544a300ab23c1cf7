"""Destroying while somebody else does something with the same concern: PostgreSQL, real threads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import services as audit
from concerns import services
from concerns.models import Certificate, Concern, Entry, Hold
from concerns.policy import HoldWhy
from concerns.services.retention import GONE
from notices.models import Notice
from school.models import Pupil, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests.concerns.keeping import LATER, REASONS, of_child
from tests.concerns.test_races import ROUNDS, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _ledger(settings: Any, tmp_path: Path) -> None:
    settings.DESTRUCTION_LEDGER = tmp_path / "destroyed.ledger"


@pytest.fixture
def proposed(
    school_day: object, host: StaffMember, lead: StaffMember, clock_at: Callable[..., object]
) -> Concern:
    """A concern that the lead proposes to destroy."""
    concern = of_child(host, lead)
    clock_at(LATER)
    services.propose([concern.reference], by=lead, reasons=REASONS)
    return concern


def is_gone_or_whole(concern: Concern) -> bool:
    """Either nothing is left but a certificate, or everything is there."""
    certified = Certificate.objects.filter(destroyed__reference=concern.reference).count()
    letters = Notice.objects.about(concern.object).exists()
    there = Concern.objects.filter(pk=concern.pk).exists()
    entries = Entry.objects.filter(concern=concern.pk).exists()
    assert audit.verify() is None
    return (certified, there, entries, letters) in {(1, False, False, False), (0, True, True, True)}


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_agree_at_the_same_instant_and_it_is_destroyed_once(
    turn: int, proposed: Concern, deputy: StaffMember, head: StaffMember
) -> None:
    answers = at_once(
        lambda: len(services.agree([proposed.reference], by=deputy)),
        lambda: len(services.agree([proposed.reference], by=head)),
    )
    assert sorted(map(str, answers)) == ["1", GONE]
    assert is_gone_or_whole(proposed)
    assert Certificate.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e96_hold_that_is_placed_meanwhile_stands_on_something_or_comes_too_late(
    turn: int, proposed: Concern, deputy: StaffMember, head: StaffMember
) -> None:
    at_once(
        lambda: len(services.agree([proposed.reference], by=deputy)),
        lambda: services.hold(proposed, by=head, why=HoldWhy.COURT, reasons="Asked today.").pk,
    )
    assert is_gone_or_whole(proposed)
    assert Hold.objects.count() == Concern.objects.count()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e96_hold_on_the_child_that_is_placed_meanwhile_keeps_all_or_nothing(
    turn: int, proposed: Concern, deputy: StaffMember, head: StaffMember
) -> None:
    pupil = Pupil.objects.get()
    answers = at_once(
        lambda: len(services.agree([proposed.reference], by=deputy)),
        lambda: services.hold_pupil(pupil, by=head, why=HoldWhy.COURT, reasons="Asked today.").pk,
    )
    assert is_gone_or_whole(proposed)
    assert Hold.objects.count() == 1
    assert Concern.objects.count() == int(isinstance(answers[0], NotAllowed))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_is_opened_again_or_added_to_meanwhile_stays_whole_or_is_gone(
    turn: int, proposed: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    answers = at_once(
        lambda: len(services.agree([proposed.reference], by=deputy)),
        lambda: services.reopen(proposed, by=lead, reasons="There was more.").pk,
        lambda: services.add(proposed, by=host, text="There was more.").pk,
    )
    assert is_gone_or_whole(proposed)
    is_destroyed = answers[0] == 1
    assert [isinstance(answer, NotAllowed) for answer in answers[1:]] == [is_destroyed] * 2
