"""That there is a no-contact order is told to those who may know of it, and to nobody else."""

import csv
import io
import re
from datetime import date
from typing import Any

import pytest

from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import answer, ask, request_of
from tests.meetings import calls

TELLS = "the address is shared with somebody who may not be contacted"
HUSHED = "the office can say why"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def exported(client: Any) -> list[dict[str, str]]:
    content = client.get("/consent/export/?task=all").content.decode()
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))


@pytest.fixture
def boris(maya: Pupil, mum: Guardian, lead: StaffMember) -> Guardian:
    """Maya's father, under a no-contact order; he reads the mailbox of her mother."""
    return factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked",
        email=mum.email, telephone="01632 960001", relationship="father",
    )  # fmt: skip


@pytest.mark.parametrize("is_asked_first", [False, True], ids=["at once", "after the asking"])
def test_e31_teacher_reads_nowhere_that_somebody_is_blocked(
    is_asked_first: bool, host: StaffMember, lead: StaffMember, office: StaffMember, maya: Pupil,
    mum: Guardian, request: pytest.FixtureRequest, staff_client: Any,
) -> None:  # fmt: skip
    if not is_asked_first:
        request.getfixturevalue("boris")
    meeting = calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    if is_asked_first:
        # The letter is held at the door of the outbox, and its row says why.
        request.getfixturevalue("boris")
    outbox.run_due(clock.now())
    teacher = staff_client(host)
    for page in ("/consent/?task=all", f"/meetings/{meeting.pk}/", "/consent/remind/?task=all"):
        shown = text(teacher.get(page))
        assert [word for word in ("shared with", "contacted", "Boris") if word in shown] == []
        if "remind" not in page:
            assert f"Cannot be written to (Mother: {HUSHED}): ring or use paper." in shown
            assert f"essage not sent: {HUSHED}" in shown

    assert TELLS in text(staff_client(office).get(f"/consent/pupils/{maya.pk}/"))


@pytest.mark.usefixtures("boris")
def test_e31_office_reads_in_the_list_why_nobody_writes(
    host: StaffMember, office: StaffMember, maya: Pupil, staff_client: Any
) -> None:
    calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    outbox.run_due(clock.now())
    shown = text(staff_client(office).get("/consent/?task=all"))
    assert "Cannot be written to (Mother: see below): ring or use paper." in shown
    assert (f"Message not sent: {TELLS}," in shown, shown.count(TELLS), HUSHED in shown) == (
        True, 1, False,
    )  # fmt: skip
    own = text(staff_client(host).get("/consent/?task=all"))
    assert ("Amina Okafor" in own, "Not written to" in own) == (True, False)


@pytest.mark.usefixtures("boris")
def test_e30_spreadsheet_tells_of_no_block(
    host: StaffMember, office: StaffMember, maya: Pupil, staff_client: Any
) -> None:
    ask(host, maya)
    outbox.run_due(clock.now())
    [line] = exported(staff_client(office))
    assert (line["Guardian"], line["E-mail"]) == ("Amina Okafor", "")
    assert line["Last message"].endswith(f": not sent: {HUSHED}")
    assert HUSHED in line["Why"]
    assert [word for word in ("shared", "contacted", "Boris") if word in str(line)] == []


@pytest.mark.parametrize(
    ("number", "his"),
    [
        ("07700 900111", "+44 7700 900111"),
        ("020 7946 0000", "+44 (0)20 7946 0000"),
    ],
    ids=["mobile", "at home"],
)
def test_e31_telephone_that_a_blocked_person_answers_is_nowhere_to_be_rung(
    number: str, his: str, host: StaffMember, office: StaffMember, lead: StaffMember, maya: Pupil,
    staff_client: Any,
) -> None:  # fmt: skip
    amina = factories.make_guardian(
        maya, name="Amina Okafor", email="a@family.example", telephone=number
    )
    gran = factories.make_guardian(maya, name="Grace Okafor", telephone="01632 960123")
    tie = {"approved_by": lead, "blocked_from": date(2026, 1, 1), "name": "Boris Blocked"}
    boris = factories.make_blocked_guardian(
        maya, **tie, email="a@family.example", telephone="01632 960999"
    )
    question = ask(host, maya)
    browser = staff_client(office)
    assert number in text(browser.get("/consent/?task=all"))
    assert [line["Telephone"] for line in exported(browser)] == [number, gran.telephone]

    Guardian.objects.filter(pk=boris.pk).update(telephone=his)

    asked = request_of(question, maya, amina)
    answer(asked, takes_part=True, name="Sam Stranger", relationship="other")
    checked = text(browser.get(f"/consent/{asked.pk}/check/"))
    assert (number in checked, "no number on record that may be rung" in checked) == (False, True)

    page = text(browser.get("/consent/?task=all"))
    assert (number in page, gran.telephone in page) == (False, True)
    assert f"tel:{number.replace(' ', '')}" not in page
    assert [line["Telephone"] for line in exported(browser)] == ["", gran.telephone]


def test_e31_telephone_of_somebody_whose_order_has_ended_is_shown(
    host: StaffMember, office: StaffMember, lead: StaffMember, maya: Pupil, staff_client: Any
) -> None:
    amina = factories.make_guardian(maya, name="Amina Okafor", telephone="07700 900111")
    factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), blocked_until=date(2026, 9, 14),
        telephone="07700 900111", counts_for_consent=False,
    )  # fmt: skip
    ask(host, maya)
    [line] = exported(staff_client(office))
    assert line["Telephone"] == amina.telephone


@pytest.mark.usefixtures("boris")
def test_e31_who_is_not_asked_yet_for_that_reason_is_told_of_likewise(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    gran = factories.make_guardian(maya, name="Grace Okafor", email=mum.email)
    assert f"Not written to: {HUSHED}" in text(staff_client(host).get("/consent/?task=all"))
    assert f"Not written to: {TELLS}" in text(staff_client(office).get("/consent/?task=all"))
    told = {line["Guardian"]: line["Last message"] for line in exported(staff_client(office))}
    assert told[gran.name] == HUSHED


def test_e31_page_of_a_guardian_warns_beside_a_telephone_that_a_blocked_person_may_answer(
    office: StaffMember, maya: Pupil, mum: Guardian, tom: Pupil, boris: Guardian, staff_client: Any
) -> None:
    page, warning = f"/consent/guardians/{mum.pk}/", "Do not ring"
    client = staff_client(office)
    assert warning not in text(client.get(page))

    Guardian.objects.filter(pk=boris.pk).update(telephone=f"+44 {mum.telephone[1:]}")

    for guardian in (mum, boris):
        shown = text(client.get(f"/consent/guardians/{guardian.pk}/"))
        assert warning in shown
        assert "no contact is allowed about Maya Okafor. Reach the family" in shown
        assert "tel:" not in shown.partition("<main")[2].partition("</main>")[0]
