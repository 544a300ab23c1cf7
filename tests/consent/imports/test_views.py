"""The pages of people from files."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent.pages.imports import MOST_TICKED
from school import selectors
from school import services as school
from school.imports import read
from school.models import Guardianship, ImportRun, Pupil, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from tests import factories
from tests.school.imports.files import Table, elmfield, role, user, written, zipped

pytestmark = pytest.mark.usefixtures("school_day", "school")
LIST = "consent:imports"


def upload(client: Client, tables: dict[str, Table], **fields: str) -> Any:
    file = SimpleUploadedFile("people.zip", zipped(written(tables)))
    return client.post(reverse(LIST), {"source": "sds", "file": file} | fields)


def proposed(tables: dict[str, Table], by: StaffMember) -> ImportRun:
    roster = read("sds", written(tables), on=clock.today())
    return school.propose_import(by=by, source="sds", roster=roster, data=b"zip")


def everything(client: Client, page: Any) -> dict[str, Any]:
    """The form as it is shown, with every preset box ticked."""
    proposal = page.context["proposal"]
    parts = page.context["parts"]
    groups = [(part.section, group) for part in parts for group in part.groups]
    return {
        "seen": proposal.digest,
        "keys": list(proposal.preset),
        "together": [f"{section}:{one.verb}" for section, one in groups if not one.is_each],
    }


def test_a_file_is_looked_at_before_anything_changes(office: Client) -> None:
    answer = upload(office, elmfield())
    run = ImportRun.objects.get()
    assert answer.url == reverse("consent:import_one", args=[run.pk])

    page = office.get(answer.url)
    assert Pupil.objects.count() == 0
    done = office.post(answer.url, everything(office, page) | {"asked": ["parent"]}, follow=True)

    assert Pupil.objects.count() == 3
    assert Guardianship.objects.filter(counts_for_consent=True).count() == 2
    assert "Done by Olive Office." in done.content.decode()


def test_what_is_wrong_stands_on_the_page_with_its_place(office: Client) -> None:
    tables = elmfield()
    tables["users.csv"][3] = user("g1", "Anne Lovelace", email="anne")

    page = upload(office, tables)

    assert page.status_code == 422
    assert [fault.place for fault in page.context["refused"].faults] == ["users.csv, row 5, email"]
    assert "users.csv, row 5, email" in page.content.decode()
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is nothing in this file."),
        (b"not a zip", "This is not a zip file that can be opened."),
        (b"x" * (10 * 1024 * 1024 + 1), "This is larger than 10 MB."),
    ],
)
def test_what_is_no_file_set_is_refused(office: Client, content: bytes, words: str) -> None:
    file = SimpleUploadedFile("people.zip", content)

    page = office.post(reverse(LIST), {"source": "sds", "file": file})

    assert page.status_code == 422
    assert words in page.content.decode()


SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
CUT_OFF = (
    "This file is not whole: it may have been cut off while it was saved or sent. Export it again."
)


def sent(client: Client, source: str, content: bytes, name: str = "people.zip") -> list[str]:
    """Send a file; return what the page says is wrong with it."""
    file = SimpleUploadedFile(name, content)
    page = client.post(reverse(LIST), {"source": source, "file": file})
    assert page.status_code == 422
    return [fault.words for fault in page.context["refused"].faults]


@pytest.mark.parametrize("source", ["arbor", "sims", "sds", "oneroster"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_file_that_was_cut_off_is_told_so(office: Client, source: str, kept: float) -> None:
    content = (SAMPLES / "arbor.xlsx").read_bytes()
    assert sent(office, source, content[: int(len(content) * kept)]) == [CUT_OFF]


def test_table_that_was_cut_off_in_its_last_row_is_told_so(office: Client) -> None:
    whole = (SAMPLES / "sims.csv").read_bytes()
    [words] = sent(office, "sims", whole.rstrip().rpartition(b";")[0].rpartition(b";")[0])
    assert words.startswith("This row has ")
    assert words.endswith(CUT_OFF)
    # In the middle of a cell with quotation marks.
    assert sent(office, "sims", whole + b'"12,') == [CUT_OFF]


@pytest.mark.parametrize("source", ["sds", "sds-uk", "oneroster", "arbor", "bromcom"])
def test_table_of_another_source_is_told_which(office: Client, source: str) -> None:
    words = sent(office, source, (SAMPLES / "sims.csv").read_bytes(), "sims.csv")
    assert words[0] == (
        "These are the headings of another source: choose “SIMS: pupils, or pupils and contacts”."
    )


@pytest.mark.parametrize(
    ("chosen", "folder", "title"),
    [
        ("sims", "sds", "Microsoft School Data Sync, CSV v2.1"),
        ("oneroster", "sds", "Microsoft School Data Sync, CSV v2.1"),
        ("sds", "oneroster", "OneRoster 1.1, CSV"),
        ("sds", "sds-uk", "Microsoft School Data Sync, format for the United Kingdom (v1)"),
    ],
)
def test_file_set_of_another_format_is_told_which(
    office: Client, chosen: str, folder: str, title: str
) -> None:
    files = {one.name: one.read_bytes() for one in (SAMPLES / folder).iterdir()}
    words = sent(office, chosen, zipped(files))
    assert words == [f"These are the headings of another source: choose “{title}”."]


def test_table_that_fits_no_source_is_not_given_to_any(office: Client) -> None:
    assert sent(office, "sds", b"Nr,Klasse\n1,4b\n")[0].startswith("This is not a zip file")


def test_formula_in_place_of_a_name_is_shown_with_its_row_and_column(office: Client) -> None:
    tables = elmfield()
    bad = '=HYPERLINK("https://evil.example/<b>steal</b>"; "Ada")'
    tables["users.csv"][0][2] = f"{bad}\u202e"
    page = upload(office, tables)
    [fault] = page.context["refused"].faults
    assert fault.place == "users.csv, row 2, givenName"
    assert fault.words == (
        'A name does not begin like “=HYPERLINK("https://evil.examp…”: this looks like a formula.'
    )
    assert "=HYPERLINK(&quot;https://evil.examp…" in page.content.decode()
    assert "steal" not in page.content.decode()


def test_list_says_of_each_import_which_file_and_what_became_of_it(office: Client) -> None:
    answer = upload(office, elmfield())
    waits = shown(office.get(reverse(LIST)))
    assert waits == [
        "people.zip Waits for a decision Microsoft School Data Sync, CSV v2.1. "
        "15 September 2026, 2:00 pm, Olive Office"
    ]
    everybody = everything(office, office.get(answer.url))
    everybody["keys"].remove("new_tie:p3:g2")
    # Classes, pupils, adults and ties come together; one of them is taken out.
    everybody["together"] = [one for one in everybody["together"] if not one.endswith("new_tie")]
    everybody["keys"] = [one for one in everybody["keys"] if not one.startswith("new_tie:p3")]
    office.post(answer.url, everybody)
    assert shown(office.get(reverse(LIST))) == [
        "people.zip Done 7 new, 2 changed, 1 left for a person Microsoft School Data Sync, CSV v2.1. "
        "15 September 2026, 2:00 pm, Olive Office"
    ]


def shown(page: Any) -> list[str]:
    """Return the imports that a page lists, each as it is read."""
    found = re.findall(
        r"<li class=\"row-item import-row\">(.*?)</li>", page.content.decode(), re.DOTALL
    )
    return [
        " ".join(
            unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", one, flags=re.DOTALL))
            .replace(" ,", ",")
            .split()
        ).replace(" ,", ",")
        for one in found
    ]


def test_only_what_is_ticked_is_done(office: Client, clerk: StaffMember) -> None:
    school.approve_import(
        first := proposed(elmfield(), clerk),
        by=clerk,
        keys=selectors.proposal_of(first, on=clock.today()).preset,
        seen=selectors.proposal_of(first, on=clock.today()).digest,
    )
    tables = elmfield()
    tables["roles.csv"] = [
        role("p1", "student", "05"), role("p2", "student", "05"), role("t1", "teacher"),
    ]  # fmt: skip
    address = upload(office, tables).url
    page = office.get(address)

    office.post(
        address,
        {"seen": page.context["proposal"].digest, "keys": ["change_pupil:p2", "leave:p3"]},
    )

    assert list(Pupil.objects.order_by("given_name").values_list("year_group", "left_on")) == [
        (4, None), (5, None), (5, clock.today()),
    ]  # fmt: skip


def test_an_old_page_changes_nothing(office: Client) -> None:
    address = upload(office, elmfield()).url
    form = everything(office, office.get(address))
    factories.make_pupil("Ada", "Lovelace")

    page = office.post(address, form, follow=True)

    assert "People on record have changed since you opened this page." in page.content.decode()
    assert Pupil.objects.count() == 1


def test_many_changes_of_one_kind_are_chosen_together(office: Client, clerk: StaffMember) -> None:
    pupils = [f"p{place}" for place in range(MOST_TICKED + 1)]

    def year(number: int) -> dict[str, Table]:
        return {
            "users.csv": [user(one, f"Child Number{one}") for one in pupils],
            "roles.csv": [role(one, "student", str(number)) for one in pupils],
        }

    for number in (4, 5):
        address = upload(office, year(number)).url
        page = office.get(address)
        form = everything(office, page)
        form["keys"] = []
        office.post(address, form)

    assert {pupil.year_group for pupil in Pupil.objects.all()} == {5}


def test_a_proposal_is_thrown_away_and_an_import_taken_back(office: Client) -> None:
    dropped = upload(office, elmfield()).url
    office.post(reverse("consent:drop_import", args=[ImportRun.objects.get().pk]))
    address = upload(office, elmfield()).url
    office.post(address, everything(office, office.get(address)))
    newest = ImportRun.objects.order_by("-pk")[0]
    assert Pupil.objects.count() == 3

    page = office.post(reverse("consent:undo_import", args=[newest.pk]), follow=True)

    assert Pupil.objects.count() == 0
    assert "Taken back by Olive Office" in page.content.decode()
    assert "Thrown away by Olive Office" in office.get(dropped).content.decode()


def test_ties_from_a_file_are_confirmed_by_relationship(office: Client) -> None:
    address = upload(office, elmfield()).url
    office.post(address, everything(office, office.get(address)))
    assert "Some adults from files are not asked yet." in office.get(reverse(LIST)).content.decode()
    ties = {tie.pupil.given_name: tie.pk for tie in Guardianship.objects.all()}

    office.post(
        reverse("consent:confirm_ties"), {"ties": [ties["Ada"], ties["Ben"]], "means": "yes"}
    )
    office.post(reverse("consent:confirm_ties"), {"ties": [ties["Chidi"]], "means": "no"})

    found = Guardianship.objects.order_by("pk").values_list(
        "awaits_confirmation", "counts_for_consent"
    )
    assert list(found) == [(False, True), (False, True), (False, False)]
    assert "Nobody waits" in office.get(reverse("consent:confirm_ties")).content.decode()


def test_a_long_proposal_takes_no_more_queries(
    office: Client, clerk: StaffMember, django_assert_num_queries: Any
) -> None:
    def counted(number: int) -> None:
        pupils = [f"p{place}" for place in range(number)]
        tables = {
            "users.csv": [user(one, f"Child Number{one}") for one in pupils],
            "roles.csv": [role(one, "student", "4") for one in pupils],
        }
        address = reverse("consent:import_one", args=[proposed(tables, clerk).pk])
        office.get(address)
        with django_assert_num_queries(14):
            office.get(address)

    counted(1)
    counted(200)


def test_e30_a_file_shows_a_parent_on_the_staff_nothing_of_their_own_family(
    clerk: StaffMember, lead: StaffMember, staff_client: Callable[..., Client]
) -> None:
    """The father works in the office, and an order keeps him from Ada and her mother."""
    father = factories.make_staff("Frank Lovelace", roles=(Role.OFFICE,), telephone="07700900007")
    first = proposed(elmfield(), clerk)
    seen = selectors.proposal_of(first, on=clock.today())
    school.approve_import(first, by=clerk, keys=seen.preset, seen=seen.digest)
    factories.make_blocked_guardian(
        Pupil.objects.get(given_name="Ada"), approved_by=lead, blocked_from=clock.today(),
        name="Frank Lovelace", telephone="07700 900007",
    )  # fmt: skip
    tables = elmfield()
    tables["users.csv"][3] = user("g1", "Anne Lovelace", email="anne@secret.example")
    tables["users.csv"][4] = user("g2", "Obi Okafor", email="obi@new.example")
    tables["enrollments.csv"][0] = ["c2", "p1", "student"]
    run = proposed(tables, clerk)
    address = reverse("consent:import_one", args=[run.pk])

    his, hers = (staff_client(one).get(address).content.decode() for one in (father, clerk))
    waiting = staff_client(father).get(reverse("consent:confirm_ties")).content.decode()

    assert ["anne@secret.example" in page for page in (his, hers)] == [False, True]
    assert ["obi@new.example" in page for page in (his, hers)] == [True, True]
    assert "Ada" not in his + waiting
    page = staff_client(father).get(address)
    staff_client(father).post(address, everything(staff_client(father), page))
    mails = [*Guardianship.objects.order_by("pk").values_list("guardian__email", flat=True)]
    assert "anne@secret.example" not in mails
    assert "obi@new.example" in mails


def test_e30_parent_on_the_staff_is_shown_no_way_to_take_back_or_throw_away_their_own(
    clerk: StaffMember, staff_client: Callable[..., Client]
) -> None:
    anne = factories.make_staff("Anne Lovelace", roles=(Role.OFFICE,), telephone="07700900001")
    run = proposed(elmfield(), clerk)
    address = reverse("consent:import_one", args=[run.pk])
    seen = selectors.proposal_of(run, on=clock.today())
    drop, undo = (reverse(f"consent:{word}_import", args=[run.pk]) for word in ("drop", "undo"))

    def offered(action: str) -> list[bool]:
        pages = [staff_client(one).get(address).content.decode() for one in (anne, clerk)]
        assert ["about your own family too" in page for page in pages] == [True, False]
        return [action in page for page in pages]

    assert offered(drop) == [False, True]
    page = staff_client(anne).post(drop, follow=True)
    assert "somebody else takes it back or throws it away" in page.content.decode()
    school.approve_import(run, by=clerk, keys=seen.preset, seen=seen.digest)
    assert offered(undo) == [False, True]
    page = staff_client(anne).post(undo, follow=True)
    assert "somebody else takes it back or throws it away" in page.content.decode()
    assert (ImportRun.objects.get().stage, Pupil.objects.count()) == ("applied", 3)
