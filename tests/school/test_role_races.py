"""Two change roles at the same moment. On PostgreSQL, with threads."""

from typing import Any

import pytest

from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.staffing import changes
from tests import factories
from tests.consent.test_races import TIMES, together
from tests.school.appointing import propose

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def role_of(staff: StaffMember, role: Role) -> RoleHeld:
    return RoleHeld.objects.get(staff=staff, role=role.value)


def leads() -> int:
    return len(StaffMember.objects.working().holding(Role.DSL, on=clock.today()))


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_approve_at_once_and_the_role_is_given_once(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, colleague: StaffMember, attempt: int
) -> None:
    made = propose(colleague, by=deputy)
    results = together(
        lambda: changes.approve(made, by=lead), lambda: changes.approve(made, by=head)
    )
    assert kinds(results) == ["NotAllowed", "RoleProposal"]
    assert RoleHeld.objects.filter(staff=colleague, role="safeguarding").count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_approved_and_declined_at_once_is_one_of_the_two(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, colleague: StaffMember, attempt: int
) -> None:
    made = propose(colleague, by=deputy)
    results = together(
        lambda: changes.approve(made, by=lead), lambda: changes.decline(made, by=head)
    )
    assert kinds(results) == ["NotAllowed", "RoleProposal"]
    made.refresh_from_db()
    given = RoleHeld.objects.filter(staff=colleague, role="safeguarding").exists()
    assert given is (made.outcome == "approved")


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_propose_the_same_at_once_and_one_is_kept(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, colleague: StaffMember, attempt: int
) -> None:
    results = together(lambda: propose(colleague, by=deputy), lambda: propose(colleague, by=head))
    assert kinds(results) == ["NotAllowed", "RoleProposal"]
    assert RoleProposal.objects.count() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_leads_end_each_other_at_once_and_one_stays(lead: StaffMember, attempt: int) -> None:
    other = factories.make_staff("Lena Lead", roles=(Role.STAFF, Role.DSL))
    results = together(
        lambda: changes.end(role_of(other, Role.DSL), by=lead, on=None),
        lambda: changes.end(role_of(lead, Role.DSL), by=other, on=None),
    )
    assert kinds(results) == ["NotAllowed", "RoleHeld"]
    assert leads() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_headteacher_ends_both_leads_at_once_and_one_stays(
    lead: StaffMember, head: StaffMember, attempt: int
) -> None:
    other = factories.make_staff("Lena Lead", roles=(Role.STAFF, Role.DSL))
    results = together(
        lambda: changes.end(role_of(other, Role.DSL), by=head, on=None),
        lambda: changes.end(role_of(lead, Role.DSL), by=head, on=None),
    )
    assert kinds(results) == ["NotAllowed", "RoleHeld"]
    assert leads() == 1


@pytest.mark.parametrize("attempt", range(TIMES))
def test_proposer_who_loses_their_role_at_the_moment_of_approval_has_or_has_not_proposed(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, colleague: StaffMember, attempt: int
) -> None:
    """Whichever comes first: never both refused, and never given after the role was lost."""
    made = propose(colleague, by=deputy)
    approved, ended = together(
        lambda: changes.approve(made, by=lead),
        lambda: changes.end(role_of(deputy, Role.SAFEGUARDING), by=head, on=None),
    )
    assert type(ended) is RoleHeld
    given = RoleHeld.objects.filter(staff=colleague, role="safeguarding").exists()
    assert given is isinstance(approved, RoleProposal)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_give_the_same_role_at_once_and_it_is_held_once(
    lead: StaffMember, head: StaffMember, colleague: StaffMember, attempt: int
) -> None:
    days = {"role": Role.OFFICE, "starts_on": clock.today(), "ends_on": clock.today()}
    results = together(
        lambda: changes.give(colleague, by=lead, **days),  # type: ignore[arg-type]
        lambda: changes.give(colleague, by=head, **days),  # type: ignore[arg-type]
    )
    assert kinds(results) == ["NotAllowed", "RoleHeld"]
    assert RoleHeld.objects.filter(staff=colleague, role="office").count() == 1
