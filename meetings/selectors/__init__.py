"""Reads of the meetings room: the facts that the rules ask for, and what the pages show."""

from meetings.selectors.barred import barred_from, blocks_about, seen_by
from meetings.selectors.calendar import SchoolDays, calls_between, calls_of, school_days
from meetings.selectors.colleagues import (
    Around,
    colleagues,
    colleagues_around,
    seated_elsewhere,
)
from meetings.selectors.facts import PRESENCE, away, candidate, closed_because, facts, facts_of
from meetings.selectors.families import (
    FamilyLink,
    family_links,
    guardians_asked,
    guardians_of,
    has_agreed,
    may_hold_link,
    pupils_asked,
    reads_in,
)
from meetings.selectors.pages import (
    PAGE,
    ListPage,
    calls_of_series,
    closing_of,
    home_cards,
    list_page,
    names_in_teams,
    planned_with,
    register,
    series_planned_with,
    shares_of,
    wait_for_others,
)
from meetings.selectors.post import asking_in_words
from meetings.selectors.stamp import ANEW_AFTER, stamp
from meetings.selectors.teams import (
    TeamsPanel,
    said_of,
    teams_events_due,
    teams_panel,
    teams_readings_due,
    teams_turned,
)
from meetings.selectors.watching import WARNING, awaiting_link, turned, turned_among

__all__ = [
    "Around",
    "ANEW_AFTER",
    "FamilyLink",
    "ListPage",
    "PAGE",
    "PRESENCE",
    "SchoolDays",
    "TeamsPanel",
    "WARNING",
    "away",
    "awaiting_link",
    "barred_from",
    "blocks_about",
    "calls_between",
    "calls_of",
    "calls_of_series",
    "candidate",
    "names_in_teams",
    "wait_for_others",
    "closed_because",
    "closing_of",
    "colleagues",
    "colleagues_around",
    "asking_in_words",
    "facts",
    "facts_of",
    "family_links",
    "guardians_asked",
    "guardians_of",
    "home_cards",
    "list_page",
    "has_agreed",
    "may_hold_link",
    "reads_in",
    "planned_with",
    "pupils_asked",
    "register",
    "school_days",
    "seated_elsewhere",
    "seen_by",
    "series_planned_with",
    "shares_of",
    "stamp",
    "said_of",
    "teams_events_due",
    "teams_panel",
    "teams_readings_due",
    "teams_turned",
    "turned",
    "turned_among",
]
