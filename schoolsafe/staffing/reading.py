"""Who reads a concern, as the rules themselves say it: for a page, and for docs/rules.md."""

from dataclasses import dataclass, replace
from datetime import timedelta

from concerns import policy
from concerns.policy import Desk, Sight, Why
from concerns.policy.access import DESK_LABELS, may_follow
from concerns.policy.lending import OPENED_FOR
from school.roles import Role, Viewer, may_find_pupils

DESKS_HEAD = ["desk", "is", "read by"]
OUTSIDE_HEAD = ["reason", "in words"]
SIGHT_HEAD = ["who", "reads it", "may open it in an emergency", "finds what they wrote"]
CHRONOLOGY_HEAD = ["role", "may read nothing in it", "may read something in it"]
BY = {
    Sight.DESK: "yes, at its desk",
    Sight.EMERGENCY: f"yes, for {OPENED_FOR // timedelta(minutes=1)} minutes",
    Sight.SHARED: "yes, until the day that was said or it is taken back",
    None: "no",
}
ME, REPORTER = 1, 2


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A concern as the rules of reading see it."""

    desk: Desk = Desk.TEAM
    reporter_id: int = REPORTER
    excluded: frozenset[int] = frozenset()
    shared_with: frozenset[int] = frozenset()
    opened_by: frozenset[int] = frozenset()


def a(role: Role) -> Viewer:
    """Return somebody of one role."""
    return Viewer(staff_id=ME, roles=frozenset({role}))


MINE = frozenset({ME})
ELSEWHERE = Kept(desk=Desk.CHAIR)
EVERYTHING = Kept(reporter_id=ME, shared_with=MINE, opened_by=MINE)
PEOPLE = [
    ("somebody of its desk", a(Role.DSL), Kept()),
    ("safeguarding team, headteacher: it is at another desk", a(Role.DSL), ELSEWHERE),
    ("the same, who opened it in an emergency", a(Role.DSL), replace(ELSEWHERE, opened_by=MINE)),
    ("anybody else who opened one while on the team", a(Role.STAFF), Kept(opened_by=MINE)),
    ("anybody else with whom it is shared", a(Role.STAFF), Kept(shared_with=MINE)),
    ("whoever logged it", a(Role.STAFF), Kept(reporter_id=ME)),
    ("anybody else, IT with every right included", a(Role.IT), Kept()),
    (
        "whoever stands outside it, whatever else holds",
        a(Role.DSL),
        replace(EVERYTHING, excluded=MINE),
    ),
]


def desks() -> list[list[str]]:
    """Return each desk with the roles that read there."""
    return [
        [desk.value, words, ", ".join(role for role in Role if role in policy.READERS[desk]) or "–"]
        for desk, words in DESK_LABELS.items()
    ]


def outside() -> list[list[str]]:
    """Return each reason to stand outside a concern."""
    return [[f"`{why.name.lower()}`", f"{why.value[0].upper()}{why.value[1:]}."] for why in Why]


def sights() -> list[list[str]]:
    """Return what each of them sees of a concern, and may do to see more."""
    return [
        [
            label,
            BY[policy.sight(viewer, concern)],
            yes(policy.may_open_in_emergency(viewer, concern)),
            yes(may_follow(viewer, concern)),
        ]
        for label, viewer, concern in PEOPLE
    ]


def chronologies() -> list[list[str]]:
    """Return for whom the page of a child's chronology is there."""
    return [
        [role.value, *(_page(a(role), has_any=has_any) for has_any in (False, True))]
        for role in Role
    ]


def _page(viewer: Viewer, *, has_any: bool) -> str:
    finds = may_find_pupils(viewer)
    is_there = policy.may_open_chronology(viewer, finds_pupils=finds, has_any=has_any)
    return "is there" if is_there else "does not exist"


def yes(holds: bool) -> str:
    """Return a mark as a word."""
    return "yes" if holds else "no"
