"""Whatever an answer of Graph holds, it is taken apart without a fault, and nothing of it is trusted."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetings.graph import GraphFault, Reading, options_page
from meetings.graph.client import _event, _listed

NAMES = st.sampled_from(
    [
        "id", "lobbyBypassSettings", "scope", "isDialInBypassEnabled", "allowedPresenters",
        "allowedLobbyAdmitters", "allowMeetingChat", "recordAutomatically", "allowBreakoutRooms",
        "meetingType", "participants", "attendees", "role", "identity", "user",
        "meetingOptionsWebUrl", "onlineMeeting", "joinUrl", "start", "end", "dateTime", "timeZone",
        "createdDateTime", "isCancelled", "value",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    ["organizer", "coorganizer", "everyone", "UTC", "2026-09-15T14:00:00.0000000Z"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
ON_A_BUSY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OBJECTS = st.dictionaries(NAMES, ANYTHING, max_size=8)


@ON_A_BUSY_MACHINE
@given(said=OBJECTS)
def test_any_object_is_a_reading(said: dict[str, Any]) -> None:
    reading = Reading.of(said)
    assert len(reading.lobby) <= 60
    assert reading.records_itself in {True, False, None}
    assert reading.options_url == "" or reading.options_url.startswith("https://teams.")


@ON_A_BUSY_MACHINE
@given(said=OBJECTS)
def test_any_object_is_an_event_or_a_fault(said: dict[str, Any]) -> None:
    try:
        event = _event(said)
    except GraphFault:
        assert not isinstance(said.get("id"), str) or not 0 < len(said["id"]) <= 400
    else:
        assert event.id == said["id"]
        assert event.starts_at is None or event.starts_at.tzinfo is not None


@ON_A_BUSY_MACHINE
@given(said=OBJECTS)
def test_any_object_is_a_list_of_objects_or_a_fault(said: dict[str, Any]) -> None:
    try:
        rows = list(_listed(said))
    except GraphFault:
        return
    assert rows == said["value"]


@ON_A_BUSY_MACHINE
@given(text=st.text(max_size=80))
def test_any_text_leads_to_the_options_of_teams_or_nowhere(text: str) -> None:
    for value in (text, f"https://teams.microsoft.com{text}", f"https://{text}/meetingOptions/"):
        found = options_page(value)
        assert found in {"", value}
        if found:
            assert found.startswith(
                ("https://teams.microsoft.com/", "https://teams.cloud.microsoft/")
            )


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("https://teams.microsoft.com/meetingOptions/?organizerId=1", True),
        ("https://teams.cloud.microsoft/meetingOptions/?organizerId=1", True),
        ("http://teams.microsoft.com/meetingOptions/", False),
        ("https://teams.microsoft.com:444/meetingOptions/", False),
        ("https://x@teams.microsoft.com/meetingOptions/", False),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting_x", False),
        ("https://teams.microsoft.com.evil.example/meetingOptions/", False),
    ],
)
def test_options_page_is_one_of_teams(value: str, is_kept: bool) -> None:
    assert options_page(value) == (value if is_kept else "")
