"""Who may find whom: each role against the capabilities that open the roll."""

import pytest

from school import roles
from school.roles import Role, Viewer

NOT_GOVERNORS = set(Role) - {Role.GOVERNOR, Role.CHAIR}


@pytest.mark.parametrize("role", Role)
def test_pupils_are_found_by_those_who_work_here_and_not_by_governors(role: Role) -> None:
    viewer = Viewer(staff_id=1, roles=frozenset({role}))
    assert roles.may_find_pupils(viewer) is (role in NOT_GOVERNORS)
    assert roles.may_log_concern(viewer)


def test_governor_who_works_here_finds_pupils_and_nobody_without_a_role_does() -> None:
    both = frozenset({Role.GOVERNOR, Role.STAFF})
    assert roles.may_find_pupils(Viewer(staff_id=1, roles=both))
    assert not roles.may_find_pupils(Viewer(staff_id=1, roles=frozenset()))


@pytest.mark.parametrize("role", Role)
def test_microsoft_account_is_tied_by_who_keeps_accounts_and_by_nobody_for_themselves(
    role: Role,
) -> None:
    """IT ties none that opens concerns: it could be their own."""
    viewer = Viewer(staff_id=1, roles=frozenset({role}))
    for held in Role:
        may = roles.may_tie_account_of(viewer, frozenset({held}), staff_id=2)
        is_leader = role in {Role.DSL, Role.HEADTEACHER}
        assert may is (is_leader or (role is Role.IT and held not in roles.OPENS_CONCERNS))
        assert not roles.may_tie_account_of(viewer, frozenset({held}), staff_id=1)
