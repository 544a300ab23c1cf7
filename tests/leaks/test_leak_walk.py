"""Everybody walks everything that answers, and finds exactly what is theirs (E1 to E9, E102).

Equality, not absence: what somebody may read they must find, or the walk would prove nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from concerns.models import Concern, ConcernQuerySet
from school.models import StaffMember
from tests.access.table import CAST, Facts
from tests.leaks.walk import Walk, addresses, in_letters, search, walk
from tests.leaks.world import World, build, mark
from tests.test_access import TABLE, cast, facts

__all__ = ["cast", "facts"]  # the fixtures of the access tables, used here as well

# What is reached here is reached for its answers: other tests count as covering it.
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]
PEOPLE = (*CAST, "co_host", "same_household")
# A few of them walk in one test: to build all there is to find takes as long as half a walk.
PARTIES = [PEOPLE[first::5] for first in range(5)]
SEARCHES = ("concerns:list", "concerns:pupils", "concerns:search")
DAYS = 6


@pytest.fixture
def people(cast: Facts, same_household: StaffMember) -> dict[str, StaffMember]:
    """Everybody with an account, as they are now."""
    rows: dict[str, Any] = {**cast, "same_household": same_household}
    return {name: StaffMember.objects.get(pk=row.pk) for name, row in rows.items()}


@pytest.fixture
def world(facts: Facts, people: dict[str, StaffMember], school_day: datetime) -> World:
    """What there is to find, beside all that the access tables make."""
    return build(people, now=school_day)


def session(
    person: str, people: dict[str, StaffMember], staff_client: Callable[..., Client]
) -> SimpleCookie:
    """The cookies of somebody who is signed in; of somebody who is not, none."""
    return staff_client(people[person]).cookies if person in people else SimpleCookie()


def walk_as(cookies: SimpleCookie, world: World, facts: Facts) -> Walk:
    """All that one person finds: on pages and files, and by searching for each text."""
    known = [secret.concern for secret in world.secrets]
    every = walk(cookies, addresses(TABLE, facts, known), world.marks)
    for box in SEARCHES:
        for secret in world.secrets:
            for words in secret.asked_for:
                more = search(cookies, reverse(box), words, world.marks)
                for one, where in more.found.items():
                    every.found.setdefault(one, set()).update(where)
    return every


@pytest.mark.parametrize("party", PARTIES, ids="-".join)
def test_everybody_finds_what_is_theirs_and_nothing_else(
    party: tuple[str, ...],
    people: dict[str, StaffMember],
    facts: Facts,
    world: World,
    staff_client: Callable[..., Client],
) -> None:
    walks = {
        person: walk_as(session(person, people, staff_client), world, facts) for person in party
    }

    wrong = {
        (person, one): where
        for person, found in walks.items()
        for one, where in found.found.items()
        if one not in world.expected(person)
    }
    assert wrong == {}
    missed = {person: world.expected(person) - set(found.found) for person, found in walks.items()}
    assert {person: marks for person, marks in missed.items() if marks} == {}
    assert {person for person, found in walks.items() if len(found.asked) <= 1000} == set()


def test_no_letter_of_any_day_says_what_was_written(
    people: dict[str, StaffMember],
    school_day: datetime,
    clock_at: Callable[[datetime], object],
    mailbox: Callable[[], list[EmailMessage]],
) -> None:
    """E9: a letter to a reader or the reporter may hold the address of a concern, and never a word of it."""
    world = build(people, now=school_day, is_worked_on=False)
    for hours in range(0, DAYS * 24, 3):
        clock_at(school_day + timedelta(hours=hours))
        letters = mailbox()
    names = {row.email: name for name, row in people.items()}

    found = in_letters(letters, names.get, world.marks)

    traces = frozenset().union(*(secret.traces for secret in world.secrets))
    told = {name: set(walked.found) for name, walked in found.items()}
    assert {name: marks - traces for name, marks in told.items() if marks - traces} == {}
    assert {name: wrong for name in told if (wrong := told[name] - world.told(name))} == {}
    assert len(letters) > len(world.secrets)


# --- The walk itself: what it would find if there were something to find ---------------------------
def test_a_planted_leak_is_found(
    people: dict[str, StaffMember],
    facts: Facts,
    world: World,
    staff_client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever stands outside is let in by one filter that is forgotten: the walk names what they see."""
    monkeypatch.setattr(ConcernQuerySet, "outside_of", lambda rows, staff_id: rows)

    found = walk_as(session("lead", people, staff_client), world, facts)

    wrong = set(found.found) - world.expected("lead")
    hidden = next(secret for secret in world.secrets if secret.slug == "ownchild")
    # Who asked to see the file of one's own child is kept apart by a rule of its own.
    kept = {mark(hidden.slug, "asked")}
    assert kept < hidden.case
    assert wrong == (hidden.account | hidden.case | hidden.traces) - kept


def test_a_word_planted_in_a_letter_is_found(
    people: dict[str, StaffMember], world: World, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    secret = world.secrets[0]
    word = sorted(secret.case)[0]
    letter = EmailMessage("Something to read", "nothing", to=[people["deputy"].email])
    letter.attach(f"{word}.txt", "nothing", "text/plain")

    found = in_letters([letter], {people["deputy"].email: "deputy"}.get, world.marks)

    assert set(found["deputy"].found) == {word}


def test_the_walk_asks_about_every_concern(facts: Facts, world: World) -> None:
    known = [secret.concern for secret in world.secrets]
    every = addresses(TABLE, facts, known)

    assert {row.get_absolute_url() for row in Concern.objects.all()} <= every | {
        row.get_absolute_url() for row in Concern.objects.exclude(pk__in=[one.pk for one in known])
    }
