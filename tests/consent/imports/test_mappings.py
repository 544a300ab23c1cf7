"""A table of the school's own system: its headings, what speaks against asking somebody, and its page."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from school import selectors
from school import services as school
from school.imports import READY, ColumnMapping, Field
from school.models import Guardian, Guardianship, HeadingMapping, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories

pytestmark = pytest.mark.usefixtures("school_day", "school")
HEAD = "Adno,Forename,Surname,Year,Contact ID,Contact Name,Relationship,Court Order,Parental Responsibility,Contact Email"
ANNE = "1,Ada,Lovelace,4,9,Anne Lovelace,Mother,N,Y,anne@family.example"
GEORGE = "1,Ada,Lovelace,4,8,George Byron,Father,Y,Y,george@family.example"
FIELDS = {
    "title": "Our own list",
    "pupil_id": "Nr",
    "given_name": "Rufname | Vorname",
    "family_name": "Name",
    "year_group": "Klasse",
}


def upload(client: Client, *rows: str, head: str = HEAD, source: str = "sims") -> Any:
    content = "\n".join([head, *rows]).encode()
    file = SimpleUploadedFile("export.csv", content)
    return client.post(reverse("consent:imports"), {"source": source, "file": file})


def approve(client: Client, address: str, *keys: str, asked: tuple[str, ...] = ()) -> Any:
    """Approve what is preset on the page of a proposal, and these keys."""
    page = client.get(address)
    proposal = page.context["proposal"]
    told = {"seen": proposal.digest, "keys": [*proposal.preset, *keys], "asked": list(asked)}
    return client.post(address, told)


# --- What speaks against asking somebody ----------------------------------------------------------------
def test_e30_adult_about_whom_the_file_says_an_order_stands_comes_in_by_a_person_alone(
    office: Client,
) -> None:
    address = upload(office, ANNE, GEORGE).url
    page = office.get(address).content.decode()
    assert "George Byron is father of Ada Lovelace. The file says: a court order stands." in page

    approve(office, address, asked=("mother", "father"))

    assert [tie.guardian.name for tie in Guardianship.objects.all()] == ["Anne Lovelace"]
    assert not Guardian.objects.filter(name="George Byron").exists()


def test_e30_relationship_confirmed_for_all_is_not_enough_where_the_file_says_no(
    office: Client,
) -> None:
    address = upload(office, ANNE, GEORGE).url

    approve(office, address, "new_guardian:8", "new_tie:1:8", asked=("mother", "father"))

    found = Guardianship.objects.order_by("guardian__name").values_list(
        "guardian__name", "counts_for_consent", "awaits_confirmation", "doubt"
    )
    assert list(found) == [
        ("Anne Lovelace", True, False, ""),
        ("George Byron", False, True, "court_order"),
    ]
    page = office.get(reverse("consent:confirm_ties")).content.decode()
    assert "A court order stands" in page
    assert "checked" not in page


def test_doubt_is_gone_when_the_school_has_confirmed_the_tie(office: Client) -> None:
    address = upload(office, GEORGE).url
    approve(office, address, "new_guardian:8", "new_tie:1:8")
    tie = Guardianship.objects.get()

    office.post(reverse("consent:confirm_ties"), {"ties": [tie.pk], "means": "no"})

    tie.refresh_from_db()
    assert (tie.doubt, tie.awaits_confirmation, tie.counts_for_consent) == ("", False, False)


def test_e30_order_in_the_file_of_which_nothing_is_on_record_is_said(office: Client) -> None:
    calm = GEORGE.replace(",Y,Y,", ",N,Y,")
    approve(office, upload(office, calm).url, asked=("father",))

    page = office.get(upload(office, GEORGE).url).content.decode()

    assert (
        "The file says that a court order stands about George Byron and Ada Lovelace, and none is on "
        "record. Look at once: until it is recorded, they are written to."
    ) in page


def test_e30_order_in_a_later_file_marks_a_tie_that_waits(office: Client) -> None:
    approve(
        office,
        upload(office, GEORGE.replace(",Y,Y,", ",N,N,")).url,
        "new_guardian:8",
        "new_tie:1:8",
    )
    assert Guardianship.objects.get().doubt == "no_responsibility"

    address = upload(office, GEORGE).url
    page = office.get(address).content.decode()
    approve(office, address)

    words = "The file says of George Byron and Ada Lovelace: a court order stands."
    assert words in page
    assert Guardianship.objects.get().doubt == "court_order"
    assert "A court order stands" in office.get(reverse("consent:confirm_ties")).content.decode()
    # Less grave, or nothing, takes it not off; the same again says nothing; undone, it is as before.
    for row in (GEORGE, GEORGE.replace(",Y,Y,", ",N,N,"), GEORGE.replace(",Y,Y,", ",N,Y,")):
        assert office.get(upload(office, row).url).context["proposal"].to_choose == ()
    office.post(f"{address}undo/")
    assert Guardianship.objects.get().doubt == "no_responsibility"


def test_e30_nobody_is_asked_whom_a_file_has_spoken_against_since_the_page_was_opened(
    office: Client,
) -> None:
    approve(office, upload(office, GEORGE.replace(",Y,Y,", ",N,Y,")).url)
    tie, page = Guardianship.objects.get(), reverse("consent:confirm_ties")
    opened = re.findall(r'name="ties"[^>]*value="([^"]*)"', office.get(page).content.decode())
    assert opened == [f"{tie.pk}:"]
    approve(office, upload(office, GEORGE).url)

    answer = office.post(page, {"ties": opened, "means": "yes"})

    assert answer.status_code == 422
    assert "A file has said something about one of these adults" in answer.content.decode()
    tie.refresh_from_db()
    assert (tie.awaits_confirmation, tie.counts_for_consent) == (True, False)
    # Who has seen it may say so all the same: an order may be over, or be about somebody else.
    office.post(page, {"ties": [f"{tie.pk}:court_order"], "means": "yes"})
    tie.refresh_from_db()
    assert (tie.awaits_confirmation, tie.counts_for_consent, tie.doubt) == (False, True, "")


def test_e34_address_of_somebody_under_an_order_in_the_file_is_looked_at(office: Client) -> None:
    approve(office, upload(office, GEORGE.replace(",Y,Y,", ",N,Y,")).url)
    address = upload(office, GEORGE.replace("george@", "new@")).url

    proposal = office.get(address).context["proposal"]

    assert [(one.verb, one.section) for one in proposal.to_choose] == [
        ("change_address", "suspicious"),
        ("mark_tie", "changed"),
    ]


def test_e34_changed_address_of_a_numbered_contact_is_a_changed_address(office: Client) -> None:
    approve(office, upload(office, ANNE).url)

    approve(office, upload(office, ANNE.replace("anne@", "new@")).url)

    guardian = Guardian.objects.get()
    assert (guardian.email, guardian.email_changed_at) == ("new@family.example", clock.now())


# --- Headings -------------------------------------------------------------------------------------------
def test_school_adds_a_source_of_its_own(office: Client, clerk: StaffMember) -> None:
    office.post(reverse("consent:new_mapping"), FIELDS | {"source": "Own"})

    found = selectors.mappings()["own"]
    assert (found.title, found.columns[Field.GIVEN_NAME]) == (
        "Our own list",
        ("Rufname", "Vorname"),
    )
    answer = upload(
        office, "1,,Ada,Lovelace,4", head="Nr,Rufname,Vorname,Name,Klasse", source="own"
    )
    approve(office, answer.url)
    assert str(Pupil.objects.get()) == "Ada Lovelace"
    entry = Entry.objects.get(verb="mapping.save")
    assert (entry.actor, entry.detail["fields"]) == (
        clerk.actor,
        ["family_name", "given_name", "pupil_id", "year_group"],
    )


def test_ready_made_headings_are_corrected_and_come_back(office: Client) -> None:
    address = reverse("consent:mapping", args=["sims"])
    form = office.get(address).context["form"]
    fields = {name: form[name].value() or "" for name in form.fields}
    refused = upload(office, "1,Ada,Lovelace,4", head="Roll no,Forename,Surname,Year")
    page = refused.content.decode()
    assert "The headings that are there: “Roll no”, “Forename”, “Surname”, “Year”." in page
    assert f'href="{address}">Say which heading is which</a>' in page

    office.post(address, fields | {"pupil_id": "Roll no"})

    assert (
        upload(office, "1,Ada,Lovelace,4", head="Roll no,Forename,Surname,Year").status_code == 302
    )
    assert "Last changed by Olive Office" in office.get(address).content.decode()
    office.post(reverse("consent:drop_mapping", args=["sims"]))
    assert selectors.mappings()["sims"] == READY["sims"]
    assert not HeadingMapping.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"source": "sims"}, "source", "This name is taken."),
        ({"source": "oneroster"}, "source", "This name is taken."),
        ({"source": "our list"}, "source", "Enter a valid"),
        ({"year_group": ""}, "year_group", "Say under which heading it stands."),
        ({"pupil_id": " | "}, "pupil_id", "Say by what a pupil is known: a number, or the UPN."),
        ({"class_name": "klasse"}, "class_name", "“klasse” is year already."),
        ({"email": "Mail"}, "contact_name", "Say under which heading a contact"),
    ],
)
def test_headings_that_say_too_little_are_refused_beside_the_field_and_kept(
    office: Client, change: dict[str, str], field: str, words: str
) -> None:
    answer = office.post(reverse("consent:new_mapping"), FIELDS | {"source": "own"} | change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.context["form"].errors[field][0]
    assert "Our own list" in answer.content.decode()
    assert not HeadingMapping.objects.exists()


def test_service_holds_the_rules_too(clerk: StaffMember) -> None:
    teacher = factories.make_staff("Tom Teacher")
    for mapping, by, words in (
        (READY["sims"], teacher, "Only the office"),
        (ColumnMapping(source="sds", title="x", columns=READY["sims"].columns), clerk, "format"),
        (ColumnMapping(source="own", title="x", columns={}), clerk, "Say under which heading"),
    ):
        with pytest.raises(NotAllowed, match=words):
            school.save_mapping(mapping, by=by)
    with pytest.raises(NotAllowed, match="Only the office"):
        school.drop_mapping("sims", by=teacher)
