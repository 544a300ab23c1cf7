"""Who can see what: every capability of the code against every role, and against one person."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from concerns.policy import READERS, may_open_chronology
from concerns.policy.access import DESK_LABELS, Desk
from school import roles
from school.models import RoleHeld
from school.roles import Role, Viewer
from schoolsafe.staffing import reading

# People that nobody is: somebody else, and a third person.
OTHER, THIRD = -1, -2
CONCERNS = "Concerns"
REST = "The school, its accounts and its records"
GROUPS: dict[str, tuple[str, ...]] = {
    "Calls with pupils": (
        "may_plan_meetings",
        "may_see_all_meetings",
        "may_follow_consent",
        "may_review_meetings",
        "may_review_incidents",
        "may_see_figures",
    ),
    CONCERNS: ("may_log_concern",),
    "Pupils and families": (
        "may_find_pupils",
        "may_review_people",
        "may_see_status",
        "may_see_status_notes",
        "may_set_status",
        "may_choose_who_is_asked",
        "may_import_people",
        "may_approve_own_consent",
        "may_end_own_consent",
        "may_approve_languages",
    ),
    "Messages": ("may_see_outbox", "may_see_recipients"),
}
NOT_READING, READING = frozenset({Role.STAFF}), frozenset({Role.DSL})
BY_ACCOUNT = (("one who reads no concerns", NOT_READING), ("one who reads concerns", READING))


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One thing that some may do: in words, by which clause, and who may."""

    name: str
    words: str
    clause: str
    holds: Callable[[Viewer], bool]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A capability with a mark for each role, in their order."""

    capability: Capability
    marks: tuple[bool, ...]

    @property
    def marked(self) -> list[tuple[Role, bool]]:
        """Return each role with its mark."""
        return list(zip(Role, self.marks, strict=True))


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """A capability of one person: whether they have it, and by which roles that they hold."""

    capability: Capability
    has: bool
    by: list[RoleHeld]


def table() -> list[tuple[str, list[Row]]]:
    """Return every capability with its marks, in groups."""
    viewers = [Viewer(staff_id=0, roles=frozenset({role})) for role in Role]
    return [
        (
            title,
            [
                Row(capability=one, marks=tuple(one.holds(viewer) for viewer in viewers))
                for one in found
            ],
        )
        for title, found in _grouped()
    ]


def of_person(held: Sequence[RoleHeld], *, staff_id: int) -> list[tuple[str, list[Theirs]]]:
    """Return what somebody can see and do with the roles that they hold now, and by which of them."""
    viewer = Viewer(staff_id=staff_id, roles=frozenset(Role(row.role) for row in held))
    alone = [(row, Viewer(staff_id=staff_id, roles=frozenset({Role(row.role)}))) for row in held]
    return [
        (
            title,
            [
                Theirs(
                    capability=one,
                    has=one.holds(viewer),
                    by=[row for row, by_itself in alone if one.holds(by_itself)],
                )
                for one in found
            ],
        )
        for title, found in _grouped()
    ]


def concerns_read() -> dict[str, Any]:
    """Return the tables of who reads a concern, whatever the role."""
    head = reading.SIGHT_HEAD
    told = [(who, list(zip(head[1:], rest, strict=True))) for who, *rest in reading.sights()]
    return {
        "sight_head": head,
        "sights": told,
        "outside": [words for _, words in reading.outside()],
    }


@cache
def capabilities() -> dict[str, list[Capability]]:
    """Return every capability function of `school.roles`, by its name; with facts it is several.

    Raises LookupError for one whose facts this page does not know: it would be missing.
    """
    found = sorted(
        inspect.getmembers(roles, inspect.isfunction),
        key=lambda one: one[1].__code__.co_firstlineno,
    )
    return {name: list(_of(name, function)) for name, function in found if name.startswith("may_")}


def _grouped() -> Iterator[tuple[str, list[Capability]]]:
    """Yield the groups; what none of them names is of the last."""
    known = capabilities()
    for title, names in GROUPS.items():
        also = [*_desks(), CHRONOLOGY] if title == CONCERNS else []
        yield title, [one for name in names for one in known[name]] + also
    named = {name for names in GROUPS.values() for name in names}
    yield REST, [one for name, found in known.items() if name not in named for one in found]


def _of(name: str, function: Callable[..., bool]) -> Iterator[Capability]:
    words, clause = _said(function)
    for case, holds in _cases(name, function):
        yield Capability(
            name=name, words=f"{words}: {case}" if case else words, clause=clause, holds=holds
        )


def _cases(name: str, function: Callable[..., bool]) -> list[tuple[str, Callable[[Viewer], bool]]]:
    """Return for which facts a capability is asked about here."""
    if len(inspect.signature(function).parameters) == 1:
        return [("", function)]
    cases: dict[str, list[tuple[str, Callable[[Viewer], bool]]]] = {
        "may_approve_own_consent": [
            (f"where {words} proposed it", _with(function, asked_by=_other(role)))
            for words, role in (("the lead", Role.DSL), ("somebody else", Role.OFFICE))
        ],
        "may_manage_account_of": [
            (words, _with(function, held=held)) for words, held in BY_ACCOUNT
        ],
        "may_tie_account_of": [
            (words, _with(function, held=held, staff_id=OTHER)) for words, held in BY_ACCOUNT
        ],
        "may_change_role_of": [
            (words, _with(function, held=held, staff_id=OTHER)) for words, held in BY_ACCOUNT
        ],
        "may_propose_role_of": [("", _with(function, staff_id=OTHER))],
        "may_approve_role_of": [
            ("proposed by a colleague", _with(function, staff_id=OTHER, proposed_by=THIRD))
        ],
    }
    if name not in cases:
        raise LookupError(f"Say for which facts the page shows {name}.")
    return cases[name]


def _with(function: Callable[..., bool], **facts: Any) -> Callable[[Viewer], bool]:
    return lambda viewer: function(viewer, **facts)


def _other(role: Role) -> Viewer:
    return Viewer(staff_id=OTHER, roles=frozenset({role}))


def _said(function: Callable[..., bool]) -> tuple[str, str]:
    """Return the sentence of a docstring as a page says it, and the clause that it names."""
    sentence = (function.__doc__ or "").strip().splitlines()[0]
    told = re.fullmatch(r"Tell whether a person may (.+?)(?: \((\w\d+)\))?\.", sentence)
    if told is None:
        raise LookupError(f"The docstring of {function.__name__} does not say what a person may.")
    return told[1][0].upper() + told[1][1:], told[2] or ""


def _desks() -> list[Capability]:
    """Return the reading of each desk of the Log of Concern as capabilities."""
    return [
        Capability(
            name=f"desk_{desk.value}",
            words=f"Read the concerns handled by {label}",
            clause="G9",
            holds=_at(desk),
        )
        for desk, label in DESK_LABELS.items()
        if READERS[desk]
    ]


def _at(desk: Desk) -> Callable[[Viewer], bool]:
    return lambda viewer: viewer.holds(*READERS[desk])


def _opens_any_chronology(viewer: Viewer) -> bool:
    """Tell whether the page of every pupil's chronology is there for a person, with what they may read."""
    finds = roles.may_find_pupils(viewer)
    return may_open_chronology(viewer, finds_pupils=finds, has_any=False)


CHRONOLOGY = Capability(
    name="chronology",
    words="Open the chronology of any pupil, and find in it what they may read",
    clause="E8",
    holds=_opens_any_chronology,
)
