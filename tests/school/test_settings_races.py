"""Two leaders at the very same moment. On PostgreSQL, with threads."""

import pytest

from school.models import School, SettingChange, StaffMember
from school.services import approve_setting, change_setting, drop_setting
from schoolsafe.lib.rules import NotAllowed, Overtaken
from tests.consent.test_races import TIMES, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
DAYS = "keep_recordings_days"


@pytest.mark.parametrize("attempt", range(TIMES))
def test_of_two_who_change_one_setting_at_once_the_second_is_told(
    lead: StaffMember, head: StaffMember, attempt: int
) -> None:
    results = together(
        lambda: change_setting(DAYS, 14, by=lead, why="Fewer.", seen=0),
        lambda: change_setting(DAYS, 20, by=head, why="Some.", seen=0),
    )
    assert [type(one) for one in results if isinstance(one, NotAllowed)] == [Overtaken]
    [change] = SettingChange.objects.all()
    assert School.objects.current().keep_recordings_days == change.value


@pytest.mark.parametrize("attempt", range(TIMES))
def test_proposal_approved_and_let_go_at_once_ends_one_way(
    lead: StaffMember, head: StaffMember, attempt: int
) -> None:
    proposal = change_setting(DAYS, 60, by=lead, why="More.", seen=0)
    results = together(
        lambda: approve_setting(proposal, by=head), lambda: drop_setting(proposal, by=lead)
    )
    assert sum(isinstance(one, NotAllowed) for one in results) == 1
    [change] = SettingChange.objects.all()
    is_in_force = change.approved_at is not None
    assert (change.dropped_at is None) is is_in_force
    assert School.objects.current().keep_recordings_days == (60 if is_in_force else 30)


@pytest.mark.parametrize("attempt", range(TIMES))
def test_two_settings_that_cannot_stand_together_are_not_both_changed_at_once(
    lead: StaffMember, head: StaffMember, attempt: int
) -> None:
    results = together(
        lambda: change_setting("opens_at", "12:00", by=lead, why="Late.", seen=0),
        lambda: change_setting("closes_at", "11:00", by=head, why="Early.", seen=0),
    )
    assert sum(isinstance(one, NotAllowed) for one in results) == 1
    school = School.objects.current()
    assert school.opens_at < school.closes_at
