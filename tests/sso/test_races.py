"""Two administrators at the very same moment. On PostgreSQL, with threads."""

import pytest

from audit.models import Entry
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests.consent.test_races import TIMES, together
from tests.sso.conftest import HELEN, tie
from tests.sso.entra import FakeEntra

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
CAROL = "66666666-2222-4333-8444-555555555555"


@pytest.mark.parametrize("attempt", range(TIMES))
def test_one_account_tied_to_two_people_at_once_opens_one_and_the_other_is_told_whose_it_is(
    entra: FakeEntra,
    host: StaffMember,
    colleague: StaffMember,
    head: StaffMember,
    it_superuser: StaffMember,
    attempt: int,
) -> None:
    results = together(lambda: tie(host, by=head), lambda: tie(colleague, by=it_superuser))
    [refused] = [one for one in results if isinstance(one, NotAllowed)]
    tied = StaffMember.objects.get(entra_id=HELEN)
    assert str(refused) == f"This Microsoft account is tied to {tied} already. Nothing was changed."
    assert StaffMember.objects.tied().count() == 1
    assert Entry.objects.filter(verb="staff.tie_to_microsoft").count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_one_person_tied_to_two_accounts_at_once_is_tied_to_one(
    entra: FakeEntra, host: StaffMember, head: StaffMember, lead: StaffMember, attempt: int
) -> None:
    results = together(lambda: tie(host, by=head), lambda: tie(host, by=lead, object_id=CAROL))
    assert sum(isinstance(one, NotAllowed) for one in results) == 1
    assert Entry.objects.filter(verb="staff.tie_to_microsoft").count() == 1
