"""An import beside a change of the same address, a letter, an answer and another import."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import close_old_connections, connections

from consent import services
from school import selectors
from school import services as school
from school.imports import read
from school.models import Guardian, Guardianship, ImportRun, Pupil, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.school.imports.files import Table, elmfield, user, written

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = 12


def at_once(*works: Callable[[], object]) -> list[bool]:
    """Do them in threads that start together; whether each was done."""
    gate = Barrier(len(works))

    def one(work: Callable[[], object]) -> bool:
        close_old_connections()
        gate.wait()
        try:
            work()
        except NotAllowed:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def proposed(tables: dict[str, Table], by: StaffMember) -> ImportRun:
    roster = read("sds", written(tables), on=clock.today())
    return school.propose_import(by=by, source="sds", roster=roster, data=b"zip")


def approve(run: ImportRun, by: StaffMember) -> Callable[[], ImportRun]:
    proposal = selectors.proposal_of(run, on=clock.today())
    return lambda: services.approve_import(
        run, by=by, keys=proposal.preset, seen=proposal.digest, asked=["parent"]
    )


def with_address(email: str) -> dict[str, Table]:
    tables = elmfield()
    tables["users.csv"][3] = user("g1", "Anne Lovelace", email=email, sms="07700 900001")
    return tables


def test_e54_an_import_and_a_change_of_the_same_address_never_mix(clerk: StaffMember) -> None:
    approve(proposed(elmfield(), clerk), clerk)()
    anne = Guardian.objects.get(name="Anne Lovelace")
    for number in range(ROUNDS):
        run = proposed(with_address(f"file{number}@family.example"), clerk)
        by_hand = f"hand{number}@family.example"

        imported, changed = at_once(
            approve(run, clerk), partial(services.correct_address, anne, by=clerk, email=by_hand)
        )

        anne.refresh_from_db()
        run.refresh_from_db()
        # The change by hand always stands: an import that was looked at before it is refused after it.
        assert changed
        assert anne.email == by_hand
        assert run.stage == ("applied" if imported else "proposed")
        assert anne.email_changed_at == clock.now()


def test_two_people_approve_one_import_once(clerk: StaffMember) -> None:
    run = proposed(elmfield(), clerk)
    other = factories.make_staff("Oscar Office", roles=(Role.OFFICE,))

    done = at_once(approve(run, clerk), approve(run, other))

    assert sorted(done) == [False, True]
    assert (Pupil.objects.count(), Guardianship.objects.count()) == (3, 3)


def test_two_imports_of_the_same_school_bring_nobody_twice(clerk: StaffMember) -> None:
    runs = [proposed(elmfield(), clerk), proposed(elmfield(), clerk)]

    done = at_once(*(approve(run, clerk) for run in runs))

    assert sorted(done) == [False, True]
    assert (Pupil.objects.count(), Guardian.objects.count()) == (3, 2)


def test_e30_an_order_and_taking_the_tie_back_never_mix(
    clerk: StaffMember, lead: StaffMember
) -> None:
    for _ in range(ROUNDS):
        approve(run := proposed(elmfield(), clerk), clerk)()
        tie = Guardianship.objects.get(pupil__given_name="Chidi")
        ordered, undone = at_once(
            partial(
                school.block_contact, tie, by=lead, blocked_from=clock.today(),
                reason="An order.", evidence="File 12",
            ),
            partial(services.undo_import, run, by=clerk),
        )  # fmt: skip

        # Either the order stands on its tie, or the tie was gone before anybody ordered anything.
        assert (ordered, undone) in {(True, False), (False, True)}
        assert (
            Guardianship.objects.filter(pk=tie.pk, blocked_from=clock.today()).exists() is ordered
        )
        if ordered:
            Guardianship.objects.filter(pk=tie.pk).update(
                blocked_from=None, block_reason="", block_evidence="", block_approved_by=None
            )
            services.undo_import(run, by=clerk)
