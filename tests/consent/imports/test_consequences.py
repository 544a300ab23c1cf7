"""What an import means for families: old addresses are told, who counts from now on is asked."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.core.mail import EmailMessage

from consent import services
from consent.models import Request
from school import selectors
from school import services as school
from school.imports import read
from school.models import Guardian, Guardianship, ImportRun, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.consent import builders
from tests.school.imports.files import Table, elmfield, role, user, written

Mailbox = Callable[[], list[EmailMessage]]


def taken(tables: dict[str, Table], by: StaffMember, *also: str) -> ImportRun:
    roster = read("sds", written(tables), on=clock.today())
    run = school.propose_import(by=by, source="sds", roster=roster, data=b"zip")
    proposal = selectors.proposal_of(run, on=clock.today())
    keys = {*proposal.preset, *also}
    return services.approve_import(run, by=by, keys=keys, seen=proposal.digest, asked=["parent"])


def asked() -> list[tuple[str, str]]:
    rows = Request.objects.live().order_by("pupil__given_name", "guardian__name")
    return [*rows.values_list("pupil__given_name", "guardian__name")]


def letters(mailbox: Mailbox) -> list[tuple[str, str]]:
    return sorted((letter.to[0], letter.subject) for letter in mailbox())


def test_e34_the_old_address_is_told_of_an_address_that_a_file_changes(
    clerk: StaffMember, mailbox: Mailbox, travel: Callable[[datetime], object]
) -> None:
    taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")

    run = taken(changed, clerk)
    first = letters(mailbox)
    travel(clock.now() + timedelta(minutes=5))
    services.undo_import(run, by=clerk)

    subject = first[0][1]
    assert first == [("anne@family.example", subject)]
    assert letters(mailbox) == [("anne@family.example", subject), ("anne@new.example", subject)]


def test_a_guardian_from_a_file_is_asked_about_a_call_that_is_being_asked_about(
    clerk: StaffMember, host: StaffMember
) -> None:
    alone = elmfield()
    alone["relationships.csv"] = alone["relationships.csv"][2:]
    taken(alone, clerk)
    ada = Pupil.objects.get(given_name="Ada")
    factories.make_guardian(ada, name="Grace Lovelace")
    builders.ask(host, ada)
    assert asked() == [("Ada", "Grace Lovelace")]

    taken(elmfield(), clerk)

    assert asked() == [("Ada", "Anne Lovelace"), ("Ada", "Grace Lovelace")]


def test_a_tie_that_is_confirmed_later_is_asked_then(clerk: StaffMember, host: StaffMember) -> None:
    taken(elmfield(), clerk)
    chidi = Pupil.objects.get(given_name="Chidi")
    factories.make_guardian(chidi, name="Grace Okafor")
    builders.ask(host, chidi)
    assert asked() == [("Chidi", "Grace Okafor")]
    tie = Guardianship.objects.get(guardian__name="Obi Okafor")

    services.confirm_ties({tie.pk: ""}, by=clerk, has_responsibility=True)

    assert asked() == [("Chidi", "Grace Okafor"), ("Chidi", "Obi Okafor")]


def test_e30_an_import_writes_to_nobody_whom_an_order_keeps_away(
    clerk: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    taken(elmfield(), clerk)
    obi = Guardian.objects.get(name="Obi Okafor")
    school.block_contact(
        obi.guardianships.get(),
        by=lead,
        blocked_from=date(2026, 9, 1),
        reason="An order.",
        evidence="File 12",
    )
    changed = elmfield()
    changed["users.csv"][4] = user("g2", "Obi Okafor", email="obi@new.example")

    taken(changed, clerk)

    assert letters(mailbox) == []


def test_who_leaves_by_an_import_is_asked_about_no_more(
    clerk: StaffMember, host: StaffMember, mailbox: Mailbox
) -> None:
    taken(elmfield(), clerk)
    builders.ask(host, Pupil.objects.get(given_name="Ada"))
    gone = elmfield()
    gone["roles.csv"] = [
        role("p2", "student", "04"), role("p3", "student", "05"), role("t1", "teacher"),
    ]  # fmt: skip

    taken(gone, clerk, "leave:p1")

    assert letters(mailbox) == []
