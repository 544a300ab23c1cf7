"""A file held against the record, approved by a person, and taken back."""

import json
from collections.abc import Collection
from datetime import date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from notices import services as notices
from school import selectors, services
from school.imports import Change, Section, read
from school.models import (
    Guardian,
    Guardianship,
    ImportRun,
    OwnConsent,
    Pupil,
    Revision,
    SourcedId,
    StaffMember,
    TeachingGroup,
)
from school.names import looks_garbled
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed, Overtaken
from tests import factories
from tests.school.imports.files import Table, elmfield, role, user, written

pytestmark = pytest.mark.usefixtures("school_day", "school", "teacher")


@pytest.fixture
def clerk(school: object) -> StaffMember:
    """Works in the office: takes people from files."""
    return factories.make_staff("Olive Office", roles=(Role.OFFICE,))


@pytest.fixture
def teacher(school: object) -> StaffMember:
    """Teaches 4A, and has an account under the address that the file has too."""
    found = factories.make_staff("Helen Host")
    get_user_model().objects.filter(pk=found.user_id).update(email="Helen@elmfield.example")
    return found


def proposed(tables: dict[str, Table], by: StaffMember) -> ImportRun:
    roster = read("sds", written(tables), on=clock.today())
    return services.propose_import(by=by, source="sds", roster=roster, data=b"zip")


def changes(run: ImportRun, section: Section | None = None) -> list[Change]:
    found = selectors.proposal_of(run, on=clock.today()).changes
    return [one for one in found if section in {None, one.section}]


def keys(run: ImportRun, *sections: Section) -> list[str]:
    return [one.key for section in sections for one in changes(run, section)]


def approve(
    run: ImportRun, by: StaffMember, *also: str, asked: Collection[str] = ("parent",)
) -> ImportRun:
    proposal = selectors.proposal_of(run, on=clock.today())
    return services.approve_import(
        run, by=by, keys={*proposal.preset, *also}, seen=proposal.digest, asked=asked
    )


def taken(tables: dict[str, Table], by: StaffMember, *also: str) -> ImportRun:
    return approve(proposed(tables, by), by, *also)


def roll() -> list[tuple[str, int]]:
    return [(str(row), row.year_group) for row in Pupil.objects.order_by("given_name", "pk")]


# --- The first import, and the same once more ---------------------------------------------------------
def test_a_school_moves_in_and_the_same_file_changes_nothing(
    clerk: StaffMember, teacher: StaffMember
) -> None:
    run = taken(elmfield(), clerk)

    assert roll() == [("Ada Lovelace", 4), ("Ben Lovelace", 4), ("Chidi Okafor", 5)]
    assert sorted(Guardian.objects.values_list("name", "email", "telephone")) == [
        ("Anne Lovelace", "anne@family.example", "07700 900001"),
        ("Obi Okafor", "obi@family.example", "020 7946 0001"),
    ]
    ties = Guardianship.objects.order_by("pk").values_list(
        "pupil__given_name", "relationship", "counts_for_consent", "awaits_confirmation"
    )
    assert list(ties) == [
        ("Ada", "parent", True, False),
        ("Ben", "parent", True, False),
        ("Chidi", "guardian", False, True),
    ]
    groups = {row.name: row for row in TeachingGroup.objects.all()}
    assert {name: sorted(map(str, row.pupils.all())) for name, row in groups.items()} == {
        "4A": ["Ada Lovelace", "Ben Lovelace"],
        "5B": ["Chidi Okafor"],
    }
    assert list(groups["4A"].staff.all()) == [teacher]
    assert (run.stage, run.roster) == ("applied", "")
    assert changes(proposed(elmfield(), clerk)) == []


def test_what_was_done_is_in_the_audit_row_by_row(clerk: StaffMember) -> None:
    run = taken(elmfield(), clerk)

    verbs = [*Entry.objects.filter(actor=clerk.actor).values_list("verb", flat=True)]
    assert {verb: verbs.count(verb) for verb in verbs} == {
        "import.propose": 1,
        "pupil.enrol": 3,
        "guardian.add": 2,
        "guardianship.tie": 3,
        "group.form": 2,
        "import.approve": 1,
    }
    assert run.counts == {"new_pupil": 3, "new_guardian": 2, "new_tie": 3, "new_group": 2}


def test_nothing_changes_before_somebody_approves(clerk: StaffMember) -> None:
    run = proposed(elmfield(), clerk)

    assert roll() == []
    run = services.drop_import(run, by=clerk)
    assert (run.stage, run.roster, roll()) == ("dropped", "", [])
    with pytest.raises(Overtaken):
        services.drop_import(run, by=clerk)


# --- What a later file says ---------------------------------------------------------------------------
def test_a_new_year_moves_children_and_classes_hand_on_their_names(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    later = elmfield()
    for row, grade in zip(later["roles.csv"], ("05", "05", "06"), strict=False):
        row[4] = grade
    later["classes.csv"][0][2], later["classes.csv"][1][2] = "5B", "4A"

    taken(later, clerk)

    assert roll() == [("Ada Lovelace", 5), ("Ben Lovelace", 5), ("Chidi Okafor", 6)]
    assert sorted(str(one) for one in TeachingGroup.objects.get(name="5B").pupils.all()) == [
        "Ada Lovelace", "Ben Lovelace",
    ]  # fmt: skip
    assert changes(proposed(later, clerk)) == []


def test_e54_who_is_missing_in_a_file_stays_until_a_person_says_otherwise(
    clerk: StaffMember,
) -> None:
    taken(elmfield(), clerk)
    less = elmfield()
    less["roles.csv"] = [row for row in less["roles.csv"] if row[0] != "p3"]
    less["relationships.csv"] = less["relationships.csv"][1:2]

    run = taken(less, clerk)

    assert Guardianship.objects.count() == 3
    assert Pupil.objects.get(given_name="Chidi").left_on is None
    assert run.counts == {"change_group": 1}
    again = proposed(less, clerk)
    assert [(one.section.value, one.words) for one in changes(again)] == [
        ("leaving", "Chidi Okafor (Year 5, born 31 Jan 2017) is not in the file: leaves today."),
        (
            "noted",
            "Anne Lovelace is no longer with Ada Lovelace in the file. Nothing is taken away: look "
            "whether anything must change.",
        ),
    ]
    approve(again, clerk, "leave:p3")
    assert Pupil.objects.get(given_name="Chidi").left_on == clock.today()


def test_e54_orders_and_flags_survive_every_import(clerk: StaffMember, lead: StaffMember) -> None:
    taken(elmfield(), clerk)
    tie = Guardianship.objects.get(pupil__given_name="Chidi")
    services.block_contact(
        tie, by=lead, blocked_from=date(2026, 9, 1), reason="An order.", evidence="File 12"
    )
    Pupil.objects.filter(given_name="Ada").update(is_address_confidential=True)
    kept = Guardianship.objects.filter(pk=tie.pk).values().get()
    changed = elmfield()
    changed["users.csv"][4] = user("g2", "Obi Okafor", email="new@family.example")

    taken(changed, clerk)

    assert Guardianship.objects.filter(pk=tie.pk).values().get() == kept
    assert Pupil.objects.get(given_name="Ada").is_address_confidential
    # His new address is known, so that it is kept out too; nothing goes there.
    assert Guardian.objects.get(name="Obi Okafor").email == "new@family.example"


def test_e34_a_changed_address_is_one_that_was_changed_today(
    clerk: StaffMember, school_day: datetime
) -> None:
    taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][3] = user(
        "g1", "Anne Lovelace", email="ANNE@family.example", sms="07700 900001"
    )
    assert changes(proposed(changed, clerk)) == []
    changed["users.csv"][3] = user(
        "g1", "Anne Lovelace", email="anne@new.example", sms="07700 900001"
    )

    taken(changed, clerk)

    anne = Guardian.objects.get(name="Anne Lovelace")
    assert (anne.email, anne.email_changed_at, anne.email_changed_by) == (
        "anne@new.example", school_day, clerk,
    )  # fmt: skip
    assert selectors.unsettled_until(anne, school_day) is not None


def test_an_empty_cell_takes_nothing_away(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    empty = elmfield()
    empty["users.csv"][3] = user("g1", "Anne Lovelace")
    del empty["demographics.csv"]

    assert changes(proposed(empty, clerk)) == []


# --- What is suspicious is never done by itself -------------------------------------------------------
def test_e30_a_file_does_not_bring_back_somebody_whom_an_order_keeps_away(
    clerk: StaffMember, lead: StaffMember
) -> None:
    chidi = factories.make_pupil("Chidi", "Okafor", year_group=5, born_on=date(2017, 1, 31))
    blocked = factories.make_blocked_guardian(
        chidi,
        approved_by=lead,
        blocked_from=date(2026, 9, 1),
        name="Obi Okafor",
        email="o@x.example",
    )

    run = proposed(elmfield(), clerk)

    assert {one.key: one.section.value for one in changes(run) if "p3" in one.key or "g2" in one.key} == {
        "same_pupil:p3": "changed",
        "same_guardian:g2": "changed",
        "change_guardian:g2": "changed",
        "change_address:g2": "changed",
    }  # fmt: skip
    approve(run, clerk)
    tie = Guardianship.objects.get(pupil=chidi)
    assert (tie.guardian, tie.blocked_from) == (blocked, date(2026, 9, 1))


def test_e31_a_new_adult_with_the_mailbox_of_somebody_kept_away_is_looked_at(
    clerk: StaffMember, lead: StaffMember
) -> None:
    chidi = factories.make_pupil("Chidi", "Okafor", year_group=5, born_on=date(2017, 1, 31))
    factories.make_blocked_guardian(
        chidi,
        approved_by=lead,
        blocked_from=date(2026, 9, 1),
        name="Dan Black",
        email="o.bi@gmail.com",
    )
    tables = elmfield()
    tables["users.csv"][4] = user("g2", "Obi Okafor", email="obi+school@googlemail.com")

    run = taken(tables, clerk)

    assert not Guardian.objects.filter(name="Obi Okafor").exists()
    assert "new_guardian" in run.counts
    assert keys(proposed(tables, clerk), Section.SUSPICIOUS) == ["new_guardian:g2", "new_tie:p3:g2"]


def test_e11_two_children_of_one_name_stay_two(clerk: StaffMember) -> None:
    known = factories.make_pupil("Ada", "Lovelace", year_group=2, born_on=date(2020, 5, 5))

    run = proposed(elmfield(), clerk)

    assert keys(run, Section.SUSPICIOUS) == ["new_pupil:p1", "same_pupil:p1"]
    approve(run, clerk)
    assert [one.pk for one in Pupil.objects.filter(given_name="Ada")] == [known.pk]
    approve(proposed(elmfield(), clerk), clerk, "new_pupil:p1")
    assert roll()[:2] == [("Ada Lovelace", 2), ("Ada Lovelace", 4)]


def test_a_child_who_left_comes_back_by_a_persons_word(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    Pupil.objects.filter(given_name="Chidi").update(left_on=date(2026, 9, 1))

    run = proposed(elmfield(), clerk)

    assert keys(run, Section.SUSPICIOUS) == ["came_back:p3"]
    approve(run, clerk, "came_back:p3")
    assert Pupil.objects.get(given_name="Chidi").left_on is None


def test_an_identity_that_another_child_has_now_is_asked_about(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    other = elmfield()
    other["users.csv"][2] = user("p3", "Dora Pike")

    run = taken(other, clerk)

    assert run.counts == {}
    [change] = changes(proposed(other, clerk), Section.SUSPICIOUS)
    assert change.words == (
        "Chidi Okafor (Year 5, born 31 Jan 2017) becomes Dora Pike (Year 5, born 31 Jan 2017). Is this "
        "the same child?"
    )


def test_names_in_the_wrong_letters_are_looked_at_before_they_are_taken(
    clerk: StaffMember,
) -> None:
    """A file that was saved on another machine: one press would have written them over the right ones."""
    taken(elmfield(), clerk)
    spoiled = elmfield()
    spoiled["users.csv"][0] = user("p1", "Ada \u00fcovelac\u017d")
    spoiled["users.csv"][3] = user(
        "g1", "Anne Lovel\u00c3\u00a9ce", email="anne@family.example", sms="07700 900001"
    )
    spoiled["users.csv"].append(user("g9", "Zo\u00c3\u00ab Pike"))
    spoiled["relationships.csv"].append(["p3", "g9", "parent"])
    run = proposed(spoiled, clerk)
    assert keys(run, Section.NEW, Section.CHANGED) == ["new_tie:p3:g9"]
    odd = changes(run, Section.SUSPICIOUS)
    assert [one.key for one in odd] == ["change_pupil:p1", "change_guardian:g1", "new_guardian:g9"]
    assert all("Does this name look right?" in one.words for one in odd)


@pytest.mark.parametrize(
    ("name", "garbled"),
    [
        ("Zo\u00eb N\u00fa\u00f1ez-O\u2019Neill", False),
        ("Anne-Marie d'E\u00e7a", False),
        ("McDonald", False),
        ("\u0141ukasz \u017bak", False),
        ("J. R. Ewing (Bobby)", False),
        ("\u0645\u062d\u0645\u062f", False),
        ("N\u00c3\u00ba\u00c3\u00b1ez", True),
        ("M\u00c3\u00bcller", True),
        ("Lovelac\u017d", True),
        ("\u00fcovelace", True),
        ("N?\u00f1ez", True),
        ("Nu\u2013ez", True),
    ],
)
def test_letters_of_another_machine_are_known_by_their_look(name: str, garbled: bool) -> None:
    assert looks_garbled(name) is garbled


def test_half_a_file_is_warned_of(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    half = elmfield()
    half["roles.csv"] = [role("p1", "student", "04")]

    proposal = selectors.proposal_of(proposed(half, clerk), on=clock.today())

    assert proposal.warnings == (
        "2 of 3 pupils are not in this file. Perhaps it is cut off, or of one class only: make it again "
        "before you let anybody leave.",
    )


# --- Who may, and what was seen -----------------------------------------------------------------------
@pytest.mark.parametrize("part", [Role.STAFF, Role.IT, Role.GOVERNOR])
def test_others_import_nobody(clerk: StaffMember, part: Role) -> None:
    other = factories.make_staff("Tim Teacher", roles=(part,))
    run = proposed(elmfield(), clerk)

    for action in (
        lambda: proposed(elmfield(), other),
        lambda: approve(run, other),
        lambda: services.drop_import(run, by=other),
        lambda: services.undo_import(run, by=other),
        lambda: services.confirm_ties({}, by=other, has_responsibility=True),
    ):
        with pytest.raises(NotAllowed):
            action()


def test_an_approval_is_of_what_was_seen(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    run = proposed(changed, clerk)
    seen = selectors.proposal_of(run, on=clock.today())
    services.change_email(
        Guardian.objects.get(name="Anne Lovelace"), by=clerk, email="anne@other.example"
    )

    with pytest.raises(Overtaken):
        services.approve_import(run, by=clerk, keys=seen.preset, seen=seen.digest)

    assert Guardian.objects.get(name="Anne Lovelace").email == "anne@other.example"
    assert ImportRun.objects.get(pk=run.pk).stage == "proposed"


def test_e30_nobody_approves_changes_about_their_own_family(school: object) -> None:
    clerk = factories.make_staff("Anne Lovelace", roles=(Role.OFFICE,), telephone="07700900001")
    other = factories.make_staff("Olive Office", roles=(Role.OFFICE,))
    taken(elmfield(), other)
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")

    with pytest.raises(NotAllowed, match="your own family"):
        taken(changed, clerk)

    taken(changed, other)
    assert Guardian.objects.get(name="Anne Lovelace").email == "anne@new.example"


def test_e30_nobody_takes_back_or_throws_away_what_is_about_their_own_family(
    clerk: StaffMember, lead: StaffMember
) -> None:
    """An order keeps the father, who works in the office, from Ada; her mother has a new address."""
    taken(elmfield(), clerk)
    father = factories.make_staff("Frank Lovelace", roles=(Role.OFFICE,), telephone="07700900007")
    factories.make_blocked_guardian(
        Pupil.objects.get(given_name="Ada"), approved_by=lead, blocked_from=clock.today(),
        name="Frank Lovelace", telephone="07700 900007",
    )  # fmt: skip
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    run = proposed(changed, clerk)
    with pytest.raises(NotAllowed, match="your own family"):
        services.drop_import(run, by=father)
    run = approve(run, clerk)

    with pytest.raises(NotAllowed, match="your own family"):
        services.undo_import(run, by=father)

    assert Guardian.objects.get(name="Anne Lovelace").email == "anne@new.example"
    assert services.undo_import(run, by=clerk).stage == "undone"


@pytest.mark.parametrize("touched", ["class", "new tie", "himself as he was"])
def test_e30_class_tie_and_own_number_of_the_family_are_not_taken_back_by_it(
    clerk: StaffMember, touched: str
) -> None:
    first = elmfield()
    if touched == "new tie":
        first["relationships.csv"] = first["relationships.csv"][:2]
    taken(first, clerk)
    obi = factories.make_staff("Obi Okafor", roles=(Role.OFFICE,), telephone="020 79460001")
    later = elmfield()
    if touched == "class":
        later["enrollments.csv"] = [row for row in later["enrollments.csv"] if row[1] != "p3"]
    elif touched == "himself as he was":
        later["users.csv"][4] = user("g2", "Obadiah O", email="o@new.example", sms="07700 900099")
    run = taken(later, clerk, *keys(proposed(later, clerk), *Section))

    assert selectors.is_about_family(obi, run, on=clock.today())
    with pytest.raises(NotAllowed, match="your own family"):
        services.undo_import(run, by=obi)
    assert not selectors.is_about_family(clerk, run, on=clock.today())


def test_run_about_others_is_taken_back_by_a_parent_on_the_staff(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    obi = factories.make_staff("Obi Okafor", roles=(Role.OFFICE,), telephone="020 79460001")
    later = elmfield()
    later["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    run = taken(later, clerk)

    assert services.undo_import(run, by=obi).stage == "undone"
    assert services.drop_import(proposed(later, clerk), by=obi).stage == "dropped"


# --- Confirming what a tie means ----------------------------------------------------------------------
def test_a_tie_from_a_file_is_asked_once_the_school_has_confirmed_it(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    [waiting] = selectors.unconfirmed_ties(clerk)
    assert (waiting.relationship, [str(tie.pupil) for tie in waiting.ties]) == (
        "guardian", ["Chidi Okafor"],
    )  # fmt: skip

    services.confirm_ties({tie.pk: "" for tie in waiting.ties}, by=clerk, has_responsibility=True)

    tie = Guardianship.objects.get(pupil__given_name="Chidi")
    assert (tie.has_parental_responsibility, tie.counts_for_consent) == (True, True)
    assert selectors.unconfirmed_ties(clerk) == []


# --- Taking it back -------------------------------------------------------------------------------------
def test_an_import_is_taken_back(clerk: StaffMember) -> None:
    first = taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][0] = user("p1", "Ada King")
    changed["users.csv"][3] = user("g1", "Anne King", email="anne@new.example", sms="07700 900009")
    changed["enrollments.csv"][1] = ["c2", "p2", "student"]
    second = taken(changed, clerk)
    assert roll()[0] == ("Ada King", 4)

    services.undo_import(second, by=clerk)

    assert roll() == [("Ada Lovelace", 4), ("Ben Lovelace", 4), ("Chidi Okafor", 5)]
    assert Guardian.objects.values_list("name", "email", "telephone")[0] == (
        "Anne Lovelace", "anne@family.example", "07700 900001",
    )  # fmt: skip
    assert changes(proposed(elmfield(), clerk)) == []

    services.undo_import(first, by=clerk)

    assert [
        model.objects.count() for model in (Pupil, Guardian, Guardianship, TeachingGroup, SourcedId)
    ] == [0] * 5
    assert ImportRun.objects.get(pk=first.pk).stage == "undone"


def test_what_somebody_has_changed_since_is_not_undone_over_them(clerk: StaffMember) -> None:
    taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    changed["roles.csv"][0] = role("p1", "student", "05")
    run = taken(changed, clerk)
    services.change_email(
        Guardian.objects.get(name="Anne Lovelace"), by=clerk, email="anne@third.example"
    )

    with pytest.raises(NotAllowed, match="changed people of this import since"):
        services.undo_import(run, by=clerk)

    assert roll()[0] == ("Ada Lovelace", 5)
    assert Guardian.objects.get(name="Anne Lovelace").email == "anne@third.example"


def test_people_of_whom_a_call_speaks_are_not_taken_back(
    clerk: StaffMember, host: StaffMember
) -> None:
    run = taken(elmfield(), clerk)
    OwnConsent.objects.create(
        pupil=Pupil.objects.get(given_name="Ada"), ground="able", reasons="She asked.", begins_on=clock.today(),
        asked_at=clock.now(), asked_by=host,
    )  # fmt: skip

    with pytest.raises(NotAllowed, match="Calls have been planned since"):
        services.undo_import(run, by=clerk)

    assert len(roll()) == 3


def test_e30_order_set_since_is_not_taken_away_with_its_tie(
    clerk: StaffMember, lead: StaffMember
) -> None:
    without = elmfield()
    without["relationships.csv"] = without["relationships.csv"][:2]
    taken(without, clerk)
    run = taken(elmfield(), clerk, *keys(proposed(elmfield(), clerk), *Section))
    [number] = json.loads(run.done)["made"]["guardianship"]
    services.block_contact(
        Guardianship.objects.get(pk=number), by=lead, blocked_from=clock.today(),
        reason="An order.", evidence="File 12",
    )  # fmt: skip

    with pytest.raises(NotAllowed, match="decided something since") as refused:
        services.undo_import(run, by=clerk)

    assert [word for word in ("order", "block", "Obi", "Chidi") if word in str(refused.value)] == []
    assert Guardianship.objects.filter(pk=number, blocked_from=clock.today()).exists()


@pytest.mark.parametrize(
    "decision",
    [
        {"is_address_confidential": True},
        {"is_contact_suspended": True},
        {"decides_from": date(2026, 9, 1)},
        {"email": "ada@own.example"},
        {"consent_mode": "all"},
    ],
    ids=lambda decision: next(iter(decision)),
)
def test_what_was_decided_about_a_pupil_since_is_not_taken_away_with_them(
    clerk: StaffMember, decision: dict[str, object]
) -> None:
    run = taken(elmfield(), clerk)
    Pupil.objects.filter(given_name="Ada").update(**decision)

    with pytest.raises(NotAllowed, match="decided something since"):
        services.undo_import(run, by=clerk)

    assert Pupil.objects.filter(given_name="Ada", **decision).exists()


@pytest.mark.parametrize("has_responsibility", [True, False])
def test_tie_that_was_confirmed_since_is_not_taken_away(
    clerk: StaffMember, has_responsibility: bool
) -> None:
    run = taken(elmfield(), clerk)
    tie = Guardianship.objects.get(pupil__given_name="Chidi")
    services.confirm_ties({tie.pk: ""}, by=clerk, has_responsibility=has_responsibility)

    with pytest.raises(NotAllowed, match="decided something since"):
        services.undo_import(run, by=clerk)

    tie.refresh_from_db()
    assert (tie.awaits_confirmation, tie.counts_for_consent) == (False, has_responsibility)


def test_e34_address_of_somebody_brought_that_was_put_right_since_stays(clerk: StaffMember) -> None:
    run = taken(elmfield(), clerk)
    anne = Guardian.objects.get(name="Anne Lovelace")
    services.change_email(anne, by=clerk, email="anne@safe.example")

    with pytest.raises(NotAllowed, match="decided something since"):
        services.undo_import(run, by=clerk)

    assert Guardian.objects.get(pk=anne.pk).email == "anne@safe.example"


def test_e34_address_of_a_file_that_somebody_made_sure_of_since_stays(
    clerk: StaffMember, lead: StaffMember
) -> None:
    taken(elmfield(), clerk)
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    run = taken(changed, clerk)
    anne = Guardian.objects.get(name="Anne Lovelace")
    services.confirm_email(anne, by=lead, email="anne@new.example", how="rang")

    with pytest.raises(NotAllowed, match="decided something since"):
        services.undo_import(run, by=clerk)

    assert Guardian.objects.get(pk=anne.pk).email_confirmed_by == lead


# --- Large schools ----------------------------------------------------------------------------------------
def test_a_larger_school_takes_no_more_queries(
    clerk: StaffMember,
) -> None:
    def school_of(number: int) -> dict[str, Table]:
        pupils = [f"p{place}" for place in range(number)]
        return {
            "users.csv": [
                *(user(one, f"Child Number{one}") for one in pupils),
                *(
                    user(f"g{one}", f"Adult Number{one}", email=f"{one}@family.example")
                    for one in pupils
                ),
            ],
            "roles.csv": [role(one, "student", "04") for one in pupils],
            "relationships.csv": [[one, f"g{one}", "parent"] for one in pupils],
        }

    taken(school_of(1), clerk)
    with CaptureQueriesContext(connection) as few:
        taken(school_of(20), clerk)
    with CaptureQueriesContext(connection) as many:
        taken(school_of(120), clerk)
    # SQLite takes so many rows in one query and no more: nothing is asked for each person.
    assert len(many) - len(few) <= 4


def test_no_letter_leaves_because_of_an_import(clerk: StaffMember, school_day: datetime) -> None:
    taken(elmfield(), clerk)

    notices.run_due(school_day)

    assert mail.outbox == []


# --- What people on record said before --------------------------------------------------------------------
def test_import_keeps_what_it_changes_and_nothing_of_whom_it_brings(
    clerk: StaffMember, teacher: StaffMember
) -> None:
    taken(elmfield(), clerk)
    assert Revision.objects.count() == 0
    changed = elmfield()
    changed["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@new.example")
    changed["roles.csv"][0] = role("p1", "student", "05")
    anne, ada = Guardian.objects.get(name="Anne Lovelace"), Pupil.objects.get(given_name="Ada")

    run = taken(changed, clerk)
    made = [(one.object, one.changes) for one in Revision.objects.order_by("pk")]
    services.undo_import(run, by=clerk)
    undone = [(one.object, one.changes) for one in Revision.objects.order_by("pk")[len(made) :]]

    year, mail = ["year_group", 4, 5], ["email", "anne@family.example", "anne@new.example"]
    assert made == [
        (f"school.pupil:{ada.pk}", {year[0]: year[1:]}),
        (f"school.guardian:{anne.pk}", {mail[0]: mail[1:]}),
    ]
    assert undone == [
        (f"school.pupil:{ada.pk}", {year[0]: [5, 4]}),
        (f"school.guardian:{anne.pk}", {mail[0]: [mail[2], mail[1]]}),
    ]


def test_import_that_is_undone_leaves_nothing_of_whom_it_brought(clerk: StaffMember) -> None:
    run = taken(elmfield(), clerk)
    anne, chidi = Guardian.objects.get(name="Anne Lovelace"), Pupil.objects.get(given_name="Chidi")
    services.change_language(anne, by=clerk, language="pl")
    services.leave(chidi, by=clerk, on=clock.today())
    assert Revision.objects.count() == 2

    services.undo_import(run, by=clerk)

    assert (Pupil.objects.count(), Guardian.objects.count(), Revision.objects.count()) == (0, 0, 0)


def test_class_keeps_who_went_and_who_came_and_what_it_was_called(
    clerk: StaffMember, teacher: StaffMember
) -> None:
    taken(elmfield(), clerk)
    group = TeachingGroup.objects.get(name="4A")
    TeachingGroup.objects.filter(pk=group.pk).update(name="4 Ash")
    ada, chidi = Pupil.objects.get(given_name="Ada"), Pupil.objects.get(given_name="Chidi")
    group.pupils.set([*group.pupils.exclude(pk=ada.pk), chidi])
    group.staff.clear()

    taken(elmfield(), clerk)

    [kept] = Revision.objects.filter(object=f"school.teachinggroup:{group.pk}")
    assert kept.changes == {
        "name": ["4 Ash", "4A"],
        "pupils": [[chidi.pk], [ada.pk]],
        "staff": [[], [teacher.pk]],
    }
