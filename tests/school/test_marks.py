"""By what guardians are known again: kept beside them, and never relied on when it is out of date (E7)."""

from typing import Any

import pytest
from django.db import connection

from school import services
from school.kin import marks
from school.models import Guardian, StaffMember
from tests import factories

pytestmark = pytest.mark.django_db
NAME, EMAIL, TELEPHONE = "Dr Zoë Parker", "Zoe.Parker+school@gmail.com", "+44 (0)7700 900123"


def found(**known: str) -> list[str]:
    """Return who may be whoever is known by this."""
    known = {"name": "", "email": "", "telephone": ""} | known
    return sorted(one.name for one in Guardian.objects.marked(marks(**known)))


@pytest.fixture
def zoe() -> Guardian:
    factories.make_guardian(name="Somebody Else", email="", telephone="")
    zoe = factories.make_guardian(name=NAME, email=EMAIL, telephone=TELEPHONE)
    assert services.renew_marks() == 2
    return zoe


@pytest.mark.parametrize(
    "known",
    [
        {"name": "parker, zoe"},
        {"email": "zoeparker@googlemail.com"},
        {"telephone": "07700 900 123"},
    ],
)
def test_guardian_is_found_by_each_mark_however_it_is_written(
    known: dict[str, str], zoe: Guardian
) -> None:
    assert found(**known) == [NAME]


def test_nobody_is_found_by_a_mark_of_another_kind_or_by_none(zoe: Guardian) -> None:
    assert found(name="Zoe", email="", telephone="") == []
    assert found(name="07700 900123") == []


@pytest.mark.parametrize(
    ("field", "value", "known"),
    [
        ("name", "Zadie Smith", {"name": "Zadie Smith"}),
        ("email", "zadie@home.example", {"email": "zadie@home.example"}),
        ("telephone", "020 7946 0999", {"telephone": "02079460999"}),
    ],
)
def test_e7_a_record_that_was_changed_past_every_service_is_found_at_once(
    field: str, value: str, known: dict[str, str], zoe: Guardian
) -> None:
    """The database sees that the marks are of another record: until they are renewed, all are asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE school_guardian SET {field} = %s WHERE id = %s",  # noqa: S608 - our own names
            [value, zoe.pk],
        )
    zoe.refresh_from_db()

    assert found(**known) == [zoe.name]
    assert [one.pk for one in Guardian.objects.unmarked()] == [zoe.pk]
    assert services.renew_marks() == 1
    assert found(**known) == [zoe.name]
    assert list(Guardian.objects.unmarked()) == []
    assert found(**{field: {"name": NAME, "email": EMAIL, "telephone": TELEPHONE}[field]}) == []


def test_every_way_of_writing_a_guardian_leaves_them_found(
    zoe: Guardian, office: StaffMember, django_assert_num_queries: Any
) -> None:
    new = services.add_guardians(
        by=office, guardians=[Guardian(name="New Person", email="a@b.example")]
    )
    services.change_email(zoe, by=office, email="new@home.example")
    services.change_emails({new[0].pk: "other@home.example"}, by=office)

    names = {
        one.name
        for one in Guardian.objects.marked(marks(name="", email="new@home.example", telephone=""))
    }
    assert names == {NAME, "New Person"}
    assert services.renew_marks() == 2
    with django_assert_num_queries(1):
        assert found(email="new@home.example") == [NAME]
    assert found(email="other@home.example") == ["New Person"]


def test_a_name_of_any_length_can_be_kept() -> None:
    hostile = "\ufdfa" * 118 + " x"
    factories.make_guardian(name=hostile)

    assert services.renew_marks() == 1
    assert found(name=hostile) == [hostile]


def test_marks_are_renewed_some_hundreds_at_once() -> None:
    Guardian.objects.bulk_create(Guardian(name=f"Guardian {number}") for number in range(510))

    assert [services.renew_marks() for _ in range(3)] == [500, 10, 0]
