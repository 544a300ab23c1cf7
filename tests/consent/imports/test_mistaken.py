"""People who look alike: nobody is taken for another unless a person says so, and nothing is lost."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consent import services as consent
from school import selectors
from school import services as school
from school.imports import READY, Section, Verb, read, read_table
from school.models import Guardian, Guardianship, ImportRun, Pupil, StaffMember, TeachingGroup
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.school.imports.files import elmfield, written

pytestmark = pytest.mark.usefixtures("school_day", "school")
HEAD = "Adno,Forename,Surname,DOB,Year,Reg,Contact Name,Relationship,Contact Email"


def proposed(clerk: StaffMember, *rows: str, head: str = HEAD) -> ImportRun:
    data = "\n".join([head, *rows]).encode()
    roster = read_table(READY["sims"], data, on=clock.today())
    return school.propose_import(by=clerk, source="sims", roster=roster, data=data)


def taken(run: ImportRun, by: StaffMember, *also: str) -> None:
    proposal = selectors.proposal_of(run, on=clock.today())
    keys = proposal.preset | set(also)
    consent.approve_import(run, by=by, keys=keys, seen=proposal.digest)


def sections(run: ImportRun) -> dict[str, Section]:
    changes = selectors.proposal_of(run, on=clock.today()).to_choose
    return {one.key: one.section for one in changes}


def sam_and_john() -> Pupil:
    """Sam Lee, born 2019, and his father John, as the school has typed them."""
    sam = factories.make_pupil("Sam", "Lee", year_group=2, born_on=date(2019, 3, 1))
    factories.make_guardian(sam, name="John Lee", email="john@family.example")
    return sam


def test_e11_father_of_a_namesake_is_nobody_we_know(clerk: StaffMember) -> None:
    sam_and_john()
    run = proposed(clerk, "9,Sam,Lee,2016-05-05,5,,John Lee,Father,stranger@family.example")

    taken(run, clerk)

    assert list(Guardian.objects.values_list("name", "email")) == [
        ("John Lee", "john@family.example")
    ]


def test_adult_known_through_a_child_in_doubt_is_in_doubt(clerk: StaffMember) -> None:
    sam_and_john()
    run = proposed(clerk, "9,Sam,Lee,2016-05-05,5,,John Lee,Father,stranger@family.example")

    found = sections(run)

    assert {key.split(":")[0]: section for key, section in found.items()} == {
        "new_pupil": Section.SUSPICIOUS,
        "same_pupil": Section.SUSPICIOUS,
        "change_pupil": Section.CHANGED,
        "same_guardian": Section.SUSPICIOUS,
        "change_address": Section.SUSPICIOUS,
    }


def test_two_of_a_family_who_share_a_mailbox_are_not_taken_for_one(clerk: StaffMember) -> None:
    sam = factories.make_pupil("Sam", "Lee", year_group=2, born_on=date(2019, 3, 1))
    factories.make_guardian(sam, name="Chris Lee", email="lees@family.example")
    row = "9,Sam,Lee,2019-03-01,2,,Christine Lee,Mother,lees@family.example"

    taken(proposed(clerk, row), clerk)

    assert [one.name for one in Guardian.objects.all()] == ["Chris Lee"]


def test_guardian_whom_two_adults_of_the_file_could_be_is_neither(clerk: StaffMember) -> None:
    sam = factories.make_pupil("Sam", "Lee", year_group=2, born_on=date(2019, 3, 1))
    factories.make_guardian(sam, name="Chris Lee", email="lees@family.example")
    rows = (
        "9,Sam,Lee,2019-03-01,2,,Chris Lee,Father,lees@family.example",
        "9,Sam,Lee,2019-03-01,2,,Christine Lee,Mother,lees@family.example",
    )
    run = proposed(clerk, *rows)

    assert {
        section for key, section in sections(run).items() if key.startswith("new_guardian")
    } == {Section.SUSPICIOUS}
    taken(run, clerk)
    assert [one.name for one in Guardian.objects.all()] == ["Chris Lee"]


def test_e34_adult_added_beside_one_of_their_name_waits_as_a_changed_address_does(
    clerk: StaffMember,
) -> None:
    """Where the table numbers nobody, another address is another adult."""
    row = "9,Sam,Lee,2019-03-01,2,,John Lee,Father,{}@family.example"
    taken(proposed(clerk, row.format("john")), clerk)
    run = proposed(clerk, row.format("stranger"))
    [added] = [key for key in sections(run) if key.startswith("new_guardian")]
    assert sections(run)[added] is Section.SUSPICIOUS

    taken(run, clerk, added)

    found = Guardian.objects.order_by("pk").values_list(
        "email", "email_changed_at", "email_changed_by"
    )
    assert list(found) == [
        ("john@family.example", None, None),
        ("stranger@family.example", clock.now(), clerk.pk),
    ]


def test_changes_that_cannot_both_be_are_refused_and_nothing_is_done(clerk: StaffMember) -> None:
    factories.make_pupil("Sam", "Lee", year_group=2)
    row = ",Sam,Lee,,2,,,,"
    for keys in (("new_pupil:9", "same_pupil:9"), ("same_pupil:8", "same_pupil:9")):
        run = proposed(clerk, f"8{row}", f"9{row}")
        with pytest.raises(NotAllowed, match="cannot both be"):
            taken(run, clerk, *keys)
        run.refresh_from_db()
        assert (run.stage, Pupil.objects.count()) == ("proposed", 1)


def test_class_that_takes_a_name_another_has_still_is_refused_and_nothing_is_done(
    clerk: StaffMember,
) -> None:
    tables = elmfield()
    first = school.propose_import(
        by=clerk, source="sds", roster=read("sds", written(tables), on=clock.today()), data=b""
    )
    taken(first, clerk)
    # What was 4A is 5A now, and another class is called 4A.
    tables["classes.csv"][0][2] = "5A"
    tables["classes.csv"].append(["c3", "o1", "4A", "s1", ""])
    run = school.propose_import(
        by=clerk, source="sds", roster=read("sds", written(tables), on=clock.today()), data=b""
    )
    proposal = selectors.proposal_of(run, on=clock.today())

    with pytest.raises(NotAllowed, match="two classes would have one name"):
        consent.approve_import(
            run, by=clerk, keys=proposal.preset - {"change_group:c1"}, seen=proposal.digest
        )

    assert sorted(TeachingGroup.objects.values_list("name", flat=True)) == ["4A", "5B"]
    taken(run, clerk)
    assert sorted(TeachingGroup.objects.values_list("name", flat=True)) == ["4A", "5A", "5B"]


def test_who_was_put_into_a_class_by_hand_stays_there(clerk: StaffMember) -> None:
    sam = factories.make_pupil("Sam", "Lee", year_group=5)
    factories.make_group(sam, name="5A")
    rows = ("8,Sam,Lee,,5,5A,,,", "9,New,Kid,2016-01-01,5,5A,,,")

    taken(proposed(clerk, *rows), clerk)

    assert {str(one) for one in TeachingGroup.objects.get().pupils.all()} == {"Sam Lee", "New Kid"}
    assert Verb.CHANGE_GROUP not in {
        one.verb
        for one in selectors.proposal_of(proposed(clerk, *rows), on=clock.today()).to_choose
    }


def test_e30_order_said_once_in_a_file_is_said(clerk: StaffMember) -> None:
    head = f"{HEAD},Contact ID,Court Order"
    john = "John Lee,Father,john@family.example,7"
    rows = (
        f"1,Sam,Lee,2019-03-01,2,2A,{john},Y",
        f"1,Sam,Lee,2019-03-01,2,Choir,{john},",
        f"2,Tom,Lee,2017-03-01,4,4A,{john},",
    )
    run = proposed(clerk, *rows, head=head)
    proposal = selectors.proposal_of(run, on=clock.today())
    consent.approve_import(
        run, by=clerk, keys=proposal.preset, seen=proposal.digest, asked=["father"]
    )

    assert (Pupil.objects.count(), Guardianship.objects.count()) == (2, 0)


def test_command_leaves_a_contradiction_to_a_person(tmp_path: Any, monkeypatch: Any) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\n".join([HEAD, "9,Sam,Lee,2019-03-01,2,7A,,,"]))

    def refuse(*_: Any, **__: Any) -> None:
        raise NotAllowed("Two of the ticked changes cannot both be.")

    monkeypatch.setattr(consent, "approve_import", refuse)
    with pytest.raises(CommandError, match="cannot both be") as caught:
        call_command("import_people", "sims", str(path), stdout=StringIO())
    assert caught.value.returncode == 1
