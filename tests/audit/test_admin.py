import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpResponse

from audit import selectors
from audit.models import Entry
from audit.readonly import ReadOnlyAdmin, ReadOnlyTabularInline
from school.models import Pupil
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
    assert Quiet(Pupil, admin.site).changelist_view(ask("dsl")).status_code == 200
    assert Entry.objects.count() == 1
