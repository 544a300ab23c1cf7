"""The page 'who can see what' says what the code does: every capability, every role, and one person."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from concerns.policy import READERS, Desk
from school import roles
from school.models import StaffMember
from school.roles import Role, Viewer
from schoolsafe.staffing import sight
from tests import factories

SignIn = Callable[..., Client]
PAGE = "/school/roles/who-sees-what/"
SOURCE = Path(roles.__file__).read_text(encoding="utf-8")
WRITTEN = [
    one.name
    for one in ast.parse(SOURCE).body
    if isinstance(one, ast.FunctionDef) and one.name.startswith("may_")
]
pytestmark = pytest.mark.usefixtures("school_day")


def shown() -> dict[str, list[sight.Row]]:
    """The rows of the table by the capability they are about."""
    found: dict[str, list[sight.Row]] = {}
    for _, rows in sight.table():
        for row in rows:
            found.setdefault(row.capability.name, []).append(row)
    return found


def test_every_capability_of_the_code_is_on_the_page_once_and_in_its_own_words() -> None:
    desks = {f"desk_{desk.value}" for desk in Desk if READERS[desk]}
    assert set(shown()) == set(WRITTEN) | desks | {"chronology"}
    words = [row.capability.words for rows in shown().values() for row in rows]
    assert len(words) == len(set(words))
    named = [name for names in sight.GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= set(WRITTEN)


def test_every_mark_is_what_the_rule_says() -> None:
    for name, rows in shown().items():
        function = getattr(roles, name, None)
        for row in rows:
            assert len(row.marks) == len(Role)
        if function is None or len(rows) > 1:
            continue
        if "held" in function.__annotations__ or "staff_id" in function.__annotations__:
            continue
        expected = tuple(function(Viewer(staff_id=1, roles=frozenset({role}))) for role in Role)
        assert rows[0].marks == expected, name


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("desk_team", {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER}),
        ("desk_headteacher", {Role.HEADTEACHER}),
        ("desk_chair", {Role.CHAIR}),
        ("chronology", {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER}),
        ("may_read_audit", {Role.DSL, Role.HEADTEACHER}),
        ("may_approve_role_of", {Role.DSL, Role.HEADTEACHER}),
        ("may_propose_role_of", {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER, Role.CHAIR}),
    ],
)
def test_marks_that_a_school_asks_about_first(name: str, may: set[Role]) -> None:
    [row] = shown()[name]
    assert {role for role, mark in zip(Role, row.marks, strict=True) if mark} == may


def test_role_of_others_is_changed_by_it_only_where_no_concern_is_opened() -> None:
    rows = {row.capability.words.rpartition(": ")[2]: row for row in shown()["may_change_role_of"]}
    assert {
        words: [role for role, mark in zip(Role, row.marks, strict=True) if mark]
        for words, row in rows.items()
    } == {
        "one who reads no concerns": [Role.DSL, Role.HEADTEACHER, Role.IT],
        "one who reads concerns": [Role.DSL, Role.HEADTEACHER],
    }


def unreadable(viewer: Viewer) -> bool:
    """Say whether a person can do a thing."""
    return False


def unknown(viewer: Viewer, *, weather: str) -> bool:
    """Tell whether a person may go out."""
    return False


@pytest.mark.parametrize("function", [unreadable, unknown])
def test_capability_that_the_page_could_not_tell_is_a_fault_of_the_build(
    function: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "may_go_out", function, raising=False)
    sight.capabilities.cache_clear()
    with pytest.raises(LookupError):
        sight.table()
    monkeypatch.undo()
    sight.capabilities.cache_clear()
    assert sight.table()


def marks(page: str) -> list[list[str]]:
    """The words of each row of the tables on the page."""
    rows = re.findall(r'<tr role="row">(.*?)</tr>', page, flags=re.S)
    return [re.findall(r'<span class="visually-hidden">(yes|no)</span>', row) for row in rows]


def test_page_has_a_mark_in_words_for_every_capability_and_role(
    lead: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(lead).get(PAGE).content.decode()
    told = [row for row in marks(page) if row]
    rows = [row for rows in shown().values() for row in rows]
    assert len(told) == len(rows)
    assert sorted(told) == sorted([["yes" if m else "no" for m in row.marks] for row in rows])
    for row in rows:
        assert row.capability.words.replace("'", "&#x27;") in page


def test_what_one_person_sees_is_told_with_the_role_that_opens_it_and_since_when(
    lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    factories.give_role(colleague, Role.OFFICE)
    client = staff_client(lead)
    page = client.get(PAGE, {"person": colleague.pk})
    theirs = {one.capability.name: one for _, rows in page.context["theirs"] for one in rows}
    assert {
        name: [row.role for row in theirs[name].by]
        for name in ("may_plan_meetings", "may_see_recipients", "may_log_concern", "desk_team")
    } == {
        "may_plan_meetings": ["staff"],
        "may_see_recipients": ["office"],
        "may_log_concern": ["staff", "office"],
        "desk_team": [],
    }
    viewer = StaffMember.objects.get(pk=colleague.pk).viewer()
    for name, one in theirs.items():
        assert one.has is bool(one.by)
        if name in {"may_read_audit", "may_see_outbox", "may_review_people"}:
            assert one.has is getattr(roles, name)(viewer)
    text = " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())
    assert "School office, from the beginning" in text


def test_superuser_sees_what_their_role_opens_and_no_concern(
    lead: StaffMember, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(lead).get(PAGE, {"person": it_superuser.pk})
    theirs = {one.capability.name: one.has for _, rows in page.context["theirs"] for one in rows}
    assert [name for name, has in theirs.items() if name.startswith("desk_") and has] == []
    assert theirs["may_manage_accounts"] is True


@pytest.mark.parametrize("asked", ["0", "9" * 30, "-1", "x"])
def test_person_who_is_not_there_is_not_found(
    asked: str, lead: StaffMember, staff_client: SignIn
) -> None:
    assert staff_client(lead).get(PAGE, {"person": asked}).status_code == 404
    assert staff_client(lead).get(PAGE, {"person": ""}).status_code == 200


def test_page_takes_the_same_number_of_queries_however_many_people(
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Callable[..., object],
) -> None:
    client = staff_client(lead)
    for people in (1, 30):
        for _ in range(people):
            factories.make_staff()
        with django_assert_num_queries(7):
            client.get(PAGE)


def test_records_lead_there_and_the_chair_finds_it_in_the_menu(
    lead: StaffMember, chair: StaffMember, staff_client: SignIn
) -> None:
    index = staff_client(lead).get(reverse("admin:index")).content.decode()
    assert f'href="{PAGE}"' in index
    assert 'href="/school/roles/"' in index
    assert 'href="/school/roles/"' in staff_client(chair).get("/").content.decode()
