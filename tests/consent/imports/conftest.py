"""Who takes people from files, in the school's office."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from school.models import StaffMember
from school.roles import Role
from tests import factories


@pytest.fixture
def clerk(school_day: datetime, school: object) -> StaffMember:
    """Works in the office."""
    return factories.make_staff("Olive Office", roles=(Role.OFFICE,))


@pytest.fixture
def office(clerk: StaffMember, staff_client: Callable[..., Client]) -> Client:
    """The clerk's browser."""
    return staff_client(clerk)
