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
