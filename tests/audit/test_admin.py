import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from audit import selectors
from audit.models import Entry
from audit.readonly import ReadOnlyAdmin, ReadOnlyTabularInline
from school.roles import Role
from schoolsafe.middleware import StaffMiddleware
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_hooks_of_other_rooms(monkeypatch):
    monkeypatch.setattr(selectors, "_hooks", {})


@pytest.fixture
def ask(rf, school):
    """A request, past the project's own doors, of a superuser who holds these roles."""

    def request(*roles, query=""):
        asked = rf.get(f"/{query}")
        if roles == ("nobody",):
            asked.user = User.objects.create(username="root", is_superuser=True, is_staff=True)
        else:
            asked.user = factories.make_staff(roles=tuple(map(Role, roles)), is_superuser=True).user
        StaffMiddleware(lambda passed: HttpResponse())(asked)
        asked.has_second_factor = True
        return asked

    return request


@pytest.fixture
def register():
    return admin.site.get_model_admin(Entry)


@pytest.mark.parametrize(
    ("role", "may"),
    [("dsl", True), ("headteacher", True)]
    + [(role, False) for role in ("nobody", *Role) if role not in ("dsl", "headteacher")],
)
def test_audit_opens_to_the_lead_and_the_headteacher_alone(register, ask, write, role, may):
    entry = write()
    asked = ask(role)
    assert register.has_view_permission(asked) is may
    assert register.has_module_permission(asked) is may
    if may:
        assert register.changelist_view(asked).status_code == 200
    else:
        with pytest.raises(PermissionDenied):
            register.changelist_view(asked)
        with pytest.raises(PermissionDenied):
            register.changeform_view(asked, entry.hash[:32])
        assert Entry.objects.count() == 1


def test_nobody_adds_changes_or_removes(register, ask, write):
    asked = ask("dsl")
    assert not register.has_add_permission(asked)
    assert not register.has_change_permission(asked, write())
    assert not register.has_delete_permission(asked)
    assert register.get_actions(asked) == {}
    shown = {field.name for field in Entry._meta.fields} - {"id", "previous"}
    assert set(register.get_readonly_fields(asked)) == shown


def test_e8_neither_list_nor_entry_tells_of_the_hidden_ones_by_number_or_link(register, ask, write):
    write()
    hidden = write(object="concerns.concern:5")
    after = write()
    assert after.previous == hidden.hash
    listed = register.changelist_view(ask("dsl")).render().content.decode()
    assert f"/audit/entry/{after.hash[:32]}/change/" in listed
    page = register.changeform_view(ask("dsl"), after.hash[:32]).render().content.decode()
    assert after.hash in page
    for told in (listed, page):
        assert "field-id" not in told
        assert f"/entry/{after.pk}/" not in told
        assert hidden.hash[:32] not in told
    assert register.changeform_view(ask("headteacher"), after.hash[:32]).status_code == 200
    with pytest.raises(Http404):
        register.get_object(ask("dsl"), str(after.pk))


def test_list_hides_what_tells_of_a_concern(register, ask, write):
    seen, hidden = write(), write(object="concerns.concern:5")
    assert Entry.objects.filter(pk=hidden.pk).exists()
    listed = register.changelist_view(ask("dsl")).context_data["cl"]
    assert list(listed.result_list) == [seen]
    assert listed.result_count == 1


def test_list_that_was_seen_is_itself_recorded(register, ask, write):
    write()
    asked = ask("headteacher")
    register.changelist_view(asked)
    newest = Entry.objects.first()
    assert newest.actor == asked.staff.actor
    assert (newest.verb, newest.object) == ("audit.read", "audit.entry")


def test_entry_that_was_seen_is_itself_recorded(register, ask, write):
    entry = write()
    assert register.changeform_view(ask("dsl"), entry.hash[:32]).status_code == 200
    newest = Entry.objects.first()
    assert (newest.verb, newest.object) == ("audit.read", f"audit.entry:{entry.hash[:32]}")


def test_entry_that_is_hidden_does_not_exist_and_leaves_no_look(register, ask, write):
    hidden = write(object="concerns.concern:5")
    with pytest.raises(Http404):
        register.changeform_view(ask("dsl"), hidden.hash[:32])
    assert Entry.objects.count() == 1


def test_search_finds_the_exact_object(register, ask, write):
    found = write(object="meetings.meeting:1")
    write(object="meetings.meeting:12")
    listed = register.changelist_view(ask("dsl", query="?q=meetings.meeting:1")).context_data["cl"]
    assert list(listed.result_list) == [found]


def test_register_of_a_room_that_says_nothing_opens_to_nobody(ask):
    closed = ReadOnlyAdmin(Entry, admin.site)
    beside = ReadOnlyTabularInline.__new__(ReadOnlyTabularInline)
    for asked in (ask("dsl"), ask("nobody")):
        assert not closed.has_view_permission(asked)
        assert not closed.has_module_permission(asked)
        assert not beside.has_view_permission(asked)
        assert not beside.has_add_permission(asked)
        assert not beside.has_change_permission(asked)
        assert not beside.has_delete_permission(asked)


def test_register_without_a_verb_records_no_look(ask, write):
    class Quiet(ReadOnlyAdmin):
        def may_look(self, request):
            return True

    write()
    assert Quiet(Entry, admin.site).changelist_view(ask("dsl")).status_code == 200
    assert Entry.objects.count() == 1


def test_list_says_the_names_behind_the_numbers(register, ask, write):
    asked = ask("dsl")
    person = factories.make_staff()
    entry = write(actor=person.actor)
    response = register.changelist_view(asked)
    rows = list(response.context_data["cl"].result_list)
    assert [register.who(row) for row in rows if row.pk == entry.pk] == [
        f"{person.name} ({person.actor})"
    ]
