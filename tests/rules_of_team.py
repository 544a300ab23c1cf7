"""What the safeguarding team must not lack, and who gives a role: tables of docs/rules.md."""

from datetime import UTC, date, datetime

from school import team
from school.roles import OPENS_CONCERNS, Role, Viewer, may_approve_role_of, may_propose_role_of
from school.team import Member, Part, Team

LACKS_HEAD = ["lacking", "clause", "weight", "what the page says", "what mends it"]
GIVING_HEAD = ["role", "given by", "proposed by", "approved by"]
DAY = date(2026, 9, 15)
HOURS = ((datetime(2026, 9, 15, 7, 30, tzinfo=UTC), datetime(2026, 9, 15, 15, tzinfo=UTC)),)
LEAH, DANA = 1, 2


def of(*roles: Role, lacks: bool = False, alone: bool = False, away: bool = False) -> Team:
    """A team of a lead and a deputy; the first of them, or both, have what they lack or are away."""
    people = {
        pk: Member(
            staff_id=pk,
            name=name,
            has_factor=not lacks or (pk == DANA and not alone),
            has_telephone=not lacks or (pk == DANA and not alone),
            away=HOURS if away else (),
        )
        for pk, name in ((LEAH, "Leah Lead"), (DANA, "Dana Deputy"))
    }
    parts = tuple(Part(staff_id=pk, role=role) for pk, role in enumerate(roles, start=LEAH))
    return Team(parts=parts, people=people, hours=HOURS)


BOTH = (Role.DSL, Role.SAFEGUARDING)
TEAMS = (
    of(Role.SAFEGUARDING, Role.SAFEGUARDING),
    of(Role.DSL),
    of(*BOTH, lacks=True),
    of(*BOTH, lacks=True, alone=True),
    of(*BOTH, away=True),
)


def lacking() -> list[list[str]]:
    """Each thing that a team may lack, as it is said of a small one."""
    found = {one.code: one for case in TEAMS for one in team.lacks(case, on=DAY)}
    return [
        [f"`{one.code}`", one.clause, one.severity.value, one.words, one.mend]
        for one in found.values()
    ]


def giving() -> list[list[str]]:
    """By whom each role is given."""
    return [[role.words, *_by(role)] for role in Role]


def _by(role: Role) -> list[str]:
    if role not in OPENS_CONCERNS:
        return ["designated lead, headteacher; IT to whoever reads no concerns", "–", "–"]
    viewers = {one: Viewer(staff_id=1, roles=frozenset({one})) for one in Role}
    proposing = [one.words for one, who in viewers.items() if may_propose_role_of(who, staff_id=2)]
    approving = [
        one.words
        for one, who in viewers.items()
        if may_approve_role_of(who, staff_id=2, proposed_by=3)
    ]
    return ["two people", ", ".join(proposing), f"another: {', '.join(approving)}"]
