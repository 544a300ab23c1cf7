"""The second person who looks at an urgent concern before it is closed (A32)."""

from datetime import datetime

import pytest

from concerns import services
from concerns.models import Concern
from notices.models import Notice
from school.models import StaffMember
from school.roles import Role
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> Concern:
    """An urgent concern that the lead has acknowledged and decided; the deputy may read it."""
    concern = services.acknowledge(make.log(host), by=lead)
    make.decide(concern, lead)
    return concern


@pytest.fixture
def third(school: object) -> StaffMember:
    """Another deputy."""
    return factories.make_staff("Tess Third", roles=(Role.STAFF, Role.SAFEGUARDING))


def kinds(concern: Concern) -> list[str]:
    return list(concern.entries.values_list("kind", flat=True))


def told(concern: Concern) -> list[str]:
    """Whom the letters of something new in a concern went to, in their order."""
    rows = Notice.objects.about(concern.object).filter(kind="concern_added")
    return [str(row.staff) for row in rows.select_related("staff__user").order_by("pk")]


def test_a32_nobody_is_asked_while_the_work_itself_is_not_done(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    with pytest.raises(NotAllowed, match="Nothing is decided"):
        services.ask_second(concern, by=lead)
    assert "second_asked" not in kinds(concern)
    assert told(concern) == []


def test_a32_where_nobody_else_may_read_it_nobody_is_asked(
    school_day: datetime, host: StaffMember, colleague: StaffMember, head: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host, make.accused(colleague)), by=head)
    make.decide(concern, head)
    with pytest.raises(NotAllowed, match="needs no second person"):
        services.ask_second(concern, by=head)
    assert "second_asked" not in kinds(concern)


@pytest.mark.parametrize("signs", [False, True])
def test_a32_second_person_is_asked_once(
    signs: bool, decided: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.ask_second(decided, by=lead)
    if signs:
        services.sign(decided, by=deputy)
    with pytest.raises(NotAllowed, match="asked already"):
        services.ask_second(decided, by=lead)
    assert kinds(decided).count("second_asked") == 1


def test_a32_what_has_come_to_be_missing_since_is_not_signed(
    decided: Concern, lead: StaffMember, deputy: StaffMember, school_day: datetime
) -> None:
    services.ask_second(decided, by=lead)
    task = services.add_task(
        decided, by=lead, what="Ring the nurse.", owner=lead, due_on=school_day.date()
    )
    with pytest.raises(NotAllowed, match="A task is neither done nor cancelled"):
        services.sign(decided, by=deputy)

    services.finish_task(task, by=lead, text="She is well.")
    services.sign(decided, by=deputy)

    assert kinds(decided)[-1] == "second_signed"


def test_a32_nobody_signs_whom_nobody_asked(decided: Concern, deputy: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="was asked"):
        services.sign(decided, by=deputy)
    assert "second_signed" not in kinds(decided)


def test_a32_whoever_signs_after_somebody_else_reads_who_was_first(
    decided: Concern, lead: StaffMember, deputy: StaffMember, third: StaffMember
) -> None:
    services.ask_second(decided, by=lead)
    services.sign(decided, by=deputy, text="Seen.")

    with pytest.raises(NotAllowed, match="Dana Deputy has signed it already"):
        services.sign(decided, by=third)
    with pytest.raises(NotAllowed, match="Dana Deputy has signed it already"):
        services.refuse(decided, by=third, reasons="Not yet.")

    assert decided.entries.get(kind="second_signed").text == "Seen."
    assert "second_refused" not in kinds(decided)


def test_a32_refused_concern_stays_open_and_whoever_has_it_is_told_and_asks_anew(
    decided: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.ask_second(decided, by=lead)

    noted = services.refuse(decided, by=deputy, reasons="Nobody has spoken to her mother.")

    assert noted.text == "Nobody has spoken to her mother."
    assert told(decided) == ["Dana Deputy", "Leah Lead"]
    with pytest.raises(NotAllowed, match="second person"):
        services.close(decided, by=lead, reasons="Done.")
    with pytest.raises(NotAllowed, match="was asked"):
        services.sign(decided, by=deputy)

    services.ask_second(decided, by=lead)
    services.sign(decided, by=deputy)

    assert services.close(decided, by=lead, reasons="Done.").status == "closed"


def test_a32_nobody_refuses_without_reasons_or_what_they_decided_themselves(
    decided: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.ask_second(decided, by=lead)
    with pytest.raises(NotAllowed, match="Write it down"):
        services.refuse(decided, by=deputy, reasons=" ")
    with pytest.raises(NotAllowed, match="did not decide"):
        services.refuse(decided, by=lead, reasons="Not yet.")
    assert "second_refused" not in kinds(decided)


def test_a32_whoever_has_it_and_signs_is_not_told_of_it(
    decided: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.hand_on(decided, by=lead, to=deputy, reasons="She knows the family.")
    services.ask_second(decided, by=lead)
    before = told(decided)

    services.sign(decided, by=deputy)

    assert told(decided) == before
