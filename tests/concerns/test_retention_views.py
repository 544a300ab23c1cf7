"""The pages about how long concerns are kept."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from concerns import services
from concerns.models import Birth, Certificate, Concern, Hold, KeptUntil, Proposal
from concerns.policy import HoldWhy
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make
from tests.concerns.keeping import BORN, LATER, REASONS, closed, of_child

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("school_day")]
SignIn = Callable[..., Client]
PAGE = "concerns:retention"


@pytest.fixture(autouse=True)
def _ledger(settings: Any, tmp_path: Path) -> None:
    settings.DESTRUCTION_LEDGER = tmp_path / "destroyed.ledger"


@pytest.fixture
def due(host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Any) -> Concern:
    concern = of_child(host, lead)
    clock_at(LATER)
    return concern


def url(page: str, *args: object) -> str:
    return reverse(f"concerns:{page}", args=args)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_one_proposes_and_another_destroys_and_prints_the_certificate(
    due: Concern, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    first, second = staff_client(lead), staff_client(deputy)
    page = text(first.get(url("retention")))
    assert "Due now (1)" in page
    assert "kept until 9 March 2041: the youngest child it is about is 25" in page

    refused = first.post(url("retention"), {"reasons": REASONS})
    assert (refused.status_code, Proposal.objects.count()) == (422, 0)
    assert "Tick at least one." in text(refused)
    assert REASONS in text(refused)
    assert "Propose to destroy what is ticked" in text(refused)
    first.post(url("retention"), {"references": [due.reference], "reasons": REASONS})
    nothing_left = text(first.get(url("retention")))
    assert "asks you to look at them" not in nothing_left
    assert "Propose to destroy what is ticked" not in nothing_left
    assert "asks you to look at them" in text(second.get(url("retention")))

    asked = text(second.get(url("agree")))
    assert REASONS in asked
    assert "Maya Okafor" in asked
    unsure = second.post(url("agree"), {"references": [due.reference]})
    assert (unsure.status_code, Concern.objects.count()) == (422, 1)
    done = second.post(url("agree"), {"references": [due.reference], "is_sure": "on"}, follow=True)
    assert Concern.objects.count() == 0
    certificate = text(done)
    assert due.reference in certificate
    assert "Proposed by Leah Lead. Agreed to and destroyed by Dana Deputy." in certificate
    assert "Maya" not in certificate
    assert "MARKER" not in certificate
    assert first.get(url("detail", due.reference)).status_code == 404
    assert Certificate.objects.get().reference in text(first.get(url("certificates")))


def test_chair_agrees_and_reads_nothing(
    host: StaffMember, head: StaffMember, chair: StaffMember, staff_client: SignIn, clock_at: Any
) -> None:
    concern = closed(host, head, make.accused(host))
    services.note_birth(concern.involved.get(), by=head, born_on=date(1980, 1, 1))
    clock_at(LATER.replace(year=2047))
    services.propose([concern.reference], by=head, reasons=REASONS)
    client = staff_client(chair)
    asked = text(client.get(url("agree")))
    assert concern.reference in asked
    assert "Helen Host" not in asked
    assert "MARKER" not in asked
    assert client.get(url("detail", concern.reference)).status_code == 404
    client.post(url("agree"), {"references": [concern.reference], "is_sure": "on"})
    assert Concern.objects.count() == 0


def test_what_has_changed_meanwhile_is_said_beside_the_list(
    due: Concern, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    client = staff_client(deputy)
    services.hold(due, by=lead, why=HoldWhy.POLICE, reasons="MARKERHOLD")
    answer = client.post(url("agree"), {"references": [due.reference], "is_sure": "on"})
    assert (answer.status_code, Concern.objects.count()) == (422, 1)
    assert "not in the list any more" in text(answer)


def test_page_of_a_concern_says_how_long_it_is_kept_and_why(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    concern = of_child(host, lead)
    client = staff_client(deputy)
    page = text(client.get(url("detail", concern.reference)))
    assert "Until 9 March 2041, then it is looked at again." in page

    assert client.post(url("hold", concern.reference), {"why": "police"}).status_code == 422
    client.post(url("hold", concern.reference), {"why": "police", "reasons": "MARKERHOLD"})
    hold = Hold.objects.get()
    assert "MARKERHOLD" in text(client.get(url("detail", concern.reference)))
    held = text(client.get(url("retention") + "?state=held"))
    assert "On hold (1)" in held
    assert client.post(url("lift", concern.reference, hold.pk), {"because": " "}).status_code == 422
    client.post(url("lift", concern.reference, hold.pk), {"because": "MARKERLIFTED"})
    assert "MARKERLIFTED" in text(client.get(url("detail", concern.reference)))

    early = client.post(url("keep", concern.reference), {"day": "2030-01-01", "reasons": "x"})
    assert (early.status_code, KeptUntil.objects.count()) == (422, 0)
    client.post(url("keep", concern.reference), {"day": "2050-01-01", "reasons": "MARKERKEPT"})
    assert "Until 1 January 2050" in text(client.get(url("detail", concern.reference)))


def test_e99_missing_date_of_birth_is_listed_and_mended_there(
    host: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    concern = closed(host, head, make.accused(host), make.child(factories.make_pupil("Maya")))
    client = staff_client(head)
    listed = text(client.get(url("retention") + "?state=unknown"))
    assert "No day can be told (1)" not in listed  # ten years have to pass first
    page = text(client.get(url("detail", concern.reference)))
    assert "No day can be told, so it is never destroyed by itself." in page
    row = concern.involved.get(pupil=None)
    future = client.post(url("born", concern.reference, row.pk), {"born_on": "2027-01-01"})
    assert (future.status_code, Birth.objects.count()) == (422, 0)
    client.post(url("born", concern.reference, row.pk), {"born_on": "1980-01-01"})
    assert Birth.objects.get().involved == row


def test_e99_child_without_a_date_of_birth_is_listed_at_once(
    host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    closed(host, lead, make.child(factories.make_pupil("Maya")))
    listed = text(staff_client(lead).get(url("retention") + "?state=unknown"))
    assert "No day can be told (1)" in listed
    assert "The date of birth of a child is missing." in listed


def test_file_of_a_child_is_held_on_the_childs_page(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    concern = of_child(host, lead)
    pupil = concern.involved.get().pupil
    client = staff_client(deputy)
    assert url("pupil_holds", pupil.pk) in text(client.get(url("chronology", pupil.pk)))
    assert client.post(url("pupil_holds", pupil.pk), {"why": "access"}).status_code == 422
    client.post(url("pupil_holds", pupil.pk), {"why": "access", "reasons": "MARKERASKED"})
    hold = Hold.objects.get()
    assert "MARKERASKED" in text(staff_client(lead).get(url("detail", concern.reference)))
    # What the headteacher holds is not for the team.
    services.hold_pupil(pupil, by=head, why=HoldWhy.POLICE, reasons="MARKERHEAD")
    for page in (url("pupil_holds", pupil.pk), url("detail", concern.reference)):
        assert "MARKERHEAD" not in text(client.get(page))
    assert "MARKERHEAD" in text(staff_client(head).get(url("pupil_holds", pupil.pk)))
    headed = Hold.objects.open().get(desk="headteacher")
    assert client.get(url("lift_pupil", headed.pk)).status_code == 404
    client.post(url("lift_pupil", hold.pk), {"because": "It was answered."})
    assert list(Hold.objects.open()) == [headed]


def test_family_of_the_child_finds_no_page_of_holds(
    host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    pupil = factories.make_pupil("Maya", born_on=BORN)
    factories.make_guardian(pupil, email=lead.email)
    assert staff_client(lead).get(url("pupil_holds", pupil.pk)).status_code == 404
    assert url("pupil_holds", pupil.pk) not in text(
        staff_client(lead).get(url("chronology", pupil.pk))
    )


def test_list_asks_as_much_for_three_as_for_one(
    host: StaffMember, lead: StaffMember, staff_client: SignIn, clock_at: Any, school_day: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    seen = []
    for name in ("One", "Two", "Three"):
        clock_at(school_day)
        of_child(host, lead, name)
        clock_at(LATER)
        client = staff_client(lead)
        with django_assert_max_num_queries(60) as asked:
            client.get(url("retention"))
        seen.append(len(asked))
    assert seen[0] == seen[1] == seen[2]
