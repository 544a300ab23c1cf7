"""Whose yes is enough, and how a guardian is written to: who changes it, and what is kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from school import services
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.policy import Choice
from school.selectors import choice_of, contact_for, may_be_told_at, unsettled_until
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories


@pytest.fixture(autouse=True)
def _now(school_day: datetime) -> None:
    """It is Tuesday."""


@pytest.fixture
def amy(school: Any) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def alice(amy: Pupil) -> Guardian:
    """Amy's mother."""
    return factories.make_guardian(amy, name="Alice Adams", email="alice@family.example")


@pytest.fixture
def adam(amy: Pupil) -> Guardian:
    """Amy's father."""
    return factories.make_guardian(amy, name="Adam Adams", relationship="father")


def tie(guardian: Guardian) -> Guardianship:
    return Guardianship.objects.get(guardian=guardian)


def as_it_stands(amy: Pupil) -> Choice:
    return choice_of(Pupil.objects.get(pk=amy.pk), Guardianship.objects.filter(pupil=amy))


def choose(amy: Pupil, by: StaffMember, **what: Any) -> Pupil:
    wanted = Choice(
        **{"mode": "any", "named": None} | what | {"counting": frozenset(what["counting"])}
    )
    return services.choose_who_is_asked(amy, by=by, wanted=wanted, seen=as_it_stands(amy))


def test_choice_is_kept_with_who_made_it(
    amy: Pupil, alice: Guardian, adam: Guardian, office: StaffMember
) -> None:
    choose(amy, office, mode="named", counting=[tie(alice).pk], named=tie(alice).pk)

    amy.refresh_from_db()
    assert amy.consent_mode == "named"
    assert (tie(alice).counts_for_consent, tie(alice).is_named_for_consent) == (True, True)
    assert (tie(adam).counts_for_consent, tie(adam).is_named_for_consent) == (False, False)
    entry = Entry.objects.get(verb="pupil.choose_who_is_asked")
    assert (entry.actor, entry.object) == (office.actor, f"school.pupil:{amy.pk}")


def test_another_guardian_is_named_instead(
    amy: Pupil, alice: Guardian, adam: Guardian, office: StaffMember
) -> None:
    both = [tie(alice).pk, tie(adam).pk]
    for who in (adam, alice, adam):
        choose(amy, office, mode="named", counting=both, named=tie(who).pk)
        assert tie(who).is_named_for_consent
    assert Guardianship.objects.filter(is_named_for_consent=True).count() == 1


def test_e30_blocked_guardian_cannot_be_named_and_stays_blocked(
    amy: Pupil, alice: Guardian, lead: StaffMember, office: StaffMember
) -> None:
    boris = factories.make_blocked_guardian(amy, approved_by=lead, blocked_from=date(2026, 1, 1))
    with pytest.raises(NotAllowed, match="cannot be asked"):
        choose(amy, office, mode="named", counting=[tie(boris).pk], named=tie(boris).pk)
    choose(amy, office, counting=[tie(alice).pk, tie(boris).pk])
    assert tie(boris).blocked_from == date(2026, 1, 1)


@pytest.mark.parametrize("who", ["host", "it_superuser", "governor", "chair"])
def test_others_change_nothing(
    who: str, amy: Pupil, alice: Guardian, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    changes: list[Callable[[], object]] = [
        lambda: choose(amy, person, mode="all", counting=[], named=None),
        lambda: services.change_language(alice, by=person, language="ur"),
        lambda: services.change_email(alice, by=person, email="thief@elsewhere.example"),
        lambda: services.confirm_email(alice, by=person, email=alice.email, how="telephone"),
    ]
    for change in changes:
        with pytest.raises(NotAllowed, match="Only the office and the safeguarding team"):
            change()
    alice.refresh_from_db()
    assert (alice.email, alice.language, Entry.objects.count()) == ("alice@family.example", "en", 0)


def test_language_is_noted(alice: Guardian, office: StaffMember) -> None:
    assert services.change_language(alice, by=office, language="ur").language == "ur"
    assert Entry.objects.get().verb == "guardian.change_language"


def test_e34_confirmation_is_of_one_change_by_a_person_with_a_name(
    alice: Guardian, amy: Pupil, office: StaffMember, deputy: StaffMember, clock_at: Any
) -> None:
    with pytest.raises(NotAllowed, match="needs no confirmation"):
        services.confirm_email(alice, by=office, email=alice.email, how="telephone")
    changed = services.change_email(alice, by=SWEEP, email="new@family.example")
    until = clock.now() + timedelta(hours=72)
    assert contact_for(alice.pk, [amy.pk], clock.now()).unsettled_until == until
    with pytest.raises(NotAllowed, match="changed again"):
        services.confirm_email(changed, by=deputy, email="alice@family.example", how="telephone")

    services.confirm_email(changed, by=deputy, email="new@family.example", how="telephone")

    alice.refresh_from_db()
    assert (alice.email_confirmed_by, alice.email_confirmed_at) == (deputy, clock.now())
    assert contact_for(alice.pk, [amy.pk], clock.now()).unsettled_until is None
    clock_at(clock.now() + timedelta(minutes=1))
    again = services.change_email(alice, by=office, email="third@family.example")
    assert (again.email_confirmed_by, unsettled_until(again, clock.now()) is None) == (
        None,
        False,
    )


def test_confirmation_without_a_name_is_refused_by_the_database(alice: Guardian) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardian.objects.filter(pk=alice.pk).update(email_confirmed_at=clock.now())


def test_e31_old_address_is_told_unless_contact_is_forbidden(
    amy: Pupil, alice: Guardian, lead: StaffMember, deputy: StaffMember
) -> None:
    def told() -> bool:
        return may_be_told_at(alice.pk, "alice@family.example", clock.now())

    assert told()
    boris = factories.make_blocked_guardian(
        amy, approved_by=lead, blocked_from=date(2026, 1, 1), email="Alice@family.example"
    )
    assert not told()
    Guardian.objects.filter(pk=boris.pk).update(email="boris@family.example")
    assert told()
    services.suspend_contact(amy, by=deputy)
    assert not told()
