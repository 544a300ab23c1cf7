"""Which role a group or an app role of Microsoft Entra gives: plain Python, no clock.

Never one that opens concerns: two people give these, and no claim of a directory (decision record 34).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from school.roles import OPENS_CONCERNS, Role, opens_concerns

GROUP_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Longer ones Microsoft does not keep.
LONGEST = 120


class Kind(StrEnum):
    """What a token may say of somebody besides who they are."""

    GROUP = "group"
    APP_ROLE = "app_role"

    @property
    def words(self) -> str:
        """Return it as people say it."""
        return "Group" if self is Kind.GROUP else "App role"

    @property
    def claim(self) -> str:
        """Return under which name a token says it."""
        return "groups" if self is Kind.GROUP else "roles"


class Unknown(StrEnum):
    """Why nobody knows in which groups somebody is: then nothing changes."""

    TOO_MANY = "too-many-groups"
    NOT_SAID = "not-said"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One group, by its object id in small letters, or one app role, by its value."""

    kind: Kind
    value: str


Claims = frozenset[Claim] | Unknown


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """A row of the table: what gives which role, and who wrote it."""

    claim: Claim
    role: Role
    written_by: int


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role of somebody, as it matters here; `stays_off` where a person has ended it."""

    role: Role
    is_over: bool = False
    from_microsoft: bool = False
    stays_off: bool = False


# --- The table ------------------------------------------------------------------------------------
def may_be_mapped(role: Role) -> bool:
    """Tell whether a group or an app role may give a role: never one that opens concerns."""
    return role not in OPENS_CONCERNS


def cleaned(kind: Kind, typed: str) -> str:
    """Return what was typed as it is kept: without space around it, the id of a group in small letters."""
    text = typed.strip()
    return text.lower() if kind is Kind.GROUP else text


def fault_of(claim: Claim) -> str:
    """Say what is wrong with a group or an app role, or nothing."""
    if claim.kind is Kind.GROUP:
        is_id = GROUP_ID.fullmatch(claim.value) is not None
        return "" if is_id else "An object id looks like 8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b."
    if not claim.value:
        return "Type the value of the app role."
    if len(claim.value) > LONGEST:
        return f"The value of an app role has {LONGEST} characters at most."
    if not claim.value.isprintable():
        return "There is a character in it that cannot be seen. Type the value anew."
    return ""


# --- What a token says ----------------------------------------------------------------------------
def said_in(token: Mapping[str, object]) -> Claims:
    """Return the groups and app roles of a token that was proved; or why they are not known.

    Microsoft leaves a claim out where there is nothing to say. So a token that has one of the two says all
    of it; one that has neither says nothing, for it may not be asked for at all.
    """
    elsewhere = token.get("_claim_names", {})
    if not isinstance(elsewhere, Mapping):
        return Unknown.UNREADABLE
    if token.get("hasgroups") or any(kind.claim in elsewhere for kind in Kind):
        return Unknown.TOO_MANY
    told = {kind: token[kind.claim] for kind in Kind if kind.claim in token}
    if not told:
        return Unknown.NOT_SAID
    found: set[Claim] = set()
    for kind, values in told.items():
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            return Unknown.UNREADABLE
        found |= {Claim(kind=kind, value=cleaned(kind, one)) for one in values}
    return frozenset(found)


def packed(claims: Claims) -> str | list[list[str]]:
    """Return claims as a session keeps them until the second factor is shown."""
    if isinstance(claims, Unknown):
        return claims.value
    return sorted([one.kind.value, one.value] for one in claims)


def unpacked(kept: object) -> Claims:
    """Return claims as a session kept them; anything else is not known."""
    if isinstance(kept, str) and kept in set(Unknown):
        return Unknown(kept)
    if not isinstance(kept, list):
        return Unknown.UNREADABLE
    return frozenset(Claim(kind=Kind(kind), value=value) for kind, value in kept)


# --- What follows ---------------------------------------------------------------------------------
def claimed_roles(
    table: Iterable[Mapped], claims: frozenset[Claim], *, staff_id: int
) -> frozenset[Role]:
    """Return the roles that claims give somebody.

    None that opens concerns, whatever the table says; and nobody has one by a row of their own making, as
    nobody changes their own roles by hand.
    """
    return frozenset(
        row.role
        for row in table
        if row.claim in claims and may_be_mapped(row.role) and row.written_by != staff_id
    )


def to_give(
    held: Sequence[Held], claimed: frozenset[Role], *, is_supply: bool = False
) -> frozenset[Role]:
    """Return which of the claimed roles somebody gets; `held` in the order in which they were given.

    None to whoever may read concerns, now or later: their roles are changed by people who answer for
    safeguarding. Nor to supply staff, who are here as staff and as nothing else. None that they hold or
    will, whoever gave it; and none that a person has ended after Microsoft had given it.
    """
    known = frozenset(one.role for one in held if not one.is_over)
    if is_supply or opens_concerns(known):
        return frozenset()
    last = {one.role: one for one in held}
    return frozenset(
        role
        for role in claimed - known
        if may_be_mapped(role) and not (role in last and last[role].stays_off)
    )


def is_taken_back(held: Held, claimed: frozenset[Role]) -> bool:
    """Tell whether a role goes: only one that came from Microsoft, once nothing there gives it."""
    return held.from_microsoft and not held.is_over and held.role not in claimed
