"""What one activity of the register of processing says of itself (UK GDPR, Article 30)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from school.roles import Role, Viewer


class Kind(StrEnum):
    """How much a stored field says of a person."""

    PLAIN = "plain"
    PERSONAL = "personal"
    SPECIAL = "special"
    SECRET = "secret"  # noqa: S105 - the name of a class of fields


KIND_WORDS = {
    Kind.PLAIN: "says nothing of a person by itself",
    Kind.PERSONAL: "about a person",
    Kind.SPECIAL: "safeguarding, health, orders, or what a child or a family said; free text is encrypted",
    Kind.SECRET: "opens something",
}
PROTECTED = {
    Kind.PLAIN: "behind the sign-in and by role, as everything",
    Kind.PERSONAL: "as that, and by need to know; in no log, no alert and no address of a page",
    Kind.SPECIAL: "as that, with a second factor where it is about a concern; free text, letters and files are "
    "encrypted with keys outside the database",
    Kind.SECRET: "shown to nobody but whom it is for, masked in logs; kept encrypted, as a hash, or signed and short-lived",
}
ROLE_WORDS = {
    Role.STAFF: "staff",
    Role.SAFEGUARDING: "deputy safeguarding leads",
    Role.DSL: "the designated safeguarding lead",
    Role.HEADTEACHER: "the headteacher",
    Role.CHAIR: "the chair of governors",
    Role.OFFICE: "the office",
    Role.GOVERNOR: "governors",
    Role.IT: "IT",
}

TASK = "Article 6(1)(e), a task in the public interest: to teach children and to keep them safe"
DUTY = "Article 6(1)(c), a duty by law: to keep children safe (Education Act 2002, sections 157 and 175)"
ANSWERING = (
    "Article 6(1)(c), a duty by law: to answer for what is kept (UK GDPR, Articles 5, 15 to 21, 30)"
)
SAFEGUARDING = (
    "Article 9(2)(g) with the Data Protection Act 2018, Schedule 1, paragraph 18: to keep children and "
    "people at risk safe"
)
KEPT = (
    "Six years after the end of the school year, or as many as the school has set (1 to 10); then two people destroy "
    "it. Longer while on hold, while somebody asks for it, and where a concern arose from it"
)
KEPT_PEOPLE = (
    "As long as they are on roll, and after the end of the school year in which they left for as long as calls are "
    "kept; then two people destroy it. Longer while something about them is kept, or is on hold. A guardian as long as a pupil of theirs"
)
NOBODY_ELSE = "Nobody outside the school"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One stored field and its class."""

    model: str
    name: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One thing the school does with data about people, and every field that is kept for it.

    `readers` are the roles that may read it, taken from the rules themselves; `also` says who else. `holds`
    names by model and class the stored fields.
    """

    key: str
    name: str
    purpose: str
    whose: tuple[str, ...]
    basis: str
    condition: str = ""
    recipients: str = NOBODY_ELSE
    kept: str
    readers: frozenset[Role]
    also: str = ""
    holds: Mapping[str, Mapping[str, str]]

    @property
    def fields(self) -> Iterator[Field]:
        """Yield each field."""
        for model, classes in self.holds.items():
            for kind, names in classes.items():
                for name in names.split():
                    yield Field(model=model, name=name, kind=Kind(kind))

    @property
    def readers_words(self) -> str:
        """Return who may read it, in words and in the order of the roles."""
        roles = [ROLE_WORDS[role] for role in Role if role in self.readers]
        words = ", ".join(roles) or "nobody by role"
        return f"{words}; {self.also}" if self.also else words

    @property
    def kinds(self) -> list[Kind]:
        """Return which classes are among its fields, the most guarded last."""
        found = {field.kind for field in self.fields}
        return [kind for kind in Kind if kind in found]


def who(*capabilities: Callable[[Viewer], bool]) -> frozenset[Role]:
    """Return the roles that alone give one of these capabilities."""
    return frozenset(role for role in Role if _may(role, capabilities))


def _may(role: Role, capabilities: Iterable[Callable[[Viewer], bool]]) -> bool:
    viewer = Viewer(staff_id=0, roles=frozenset({role}))
    return any(may(viewer) for may in capabilities)
