"""How a proposal is shown: in groups, with what a person can choose; and how the runs there have been."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from school.imports import SOURCES, Change, ColumnMapping, Proposal, Section, Verb
from school.models import ImportRun

# More rows than these are chosen together: nobody ticks them one by one.
MOST_TICKED = 60
# What is odd is looked at one by one; the rest of a long list comes with the next import.
MOST_SHOWN = 300

TITLES = {
    Verb.NEW_PUPIL: "Pupils come onto the roll",
    Verb.SAME_PUPIL: "Pupils are on record already",
    Verb.CHANGE_PUPIL: "Pupils have another name, year or date of birth",
    Verb.CAME_BACK: "Pupils are back who had left",
    Verb.LEAVE: "Pupils are not in the file",
    Verb.NEW_GUARDIAN: "Adults are new",
    Verb.SAME_GUARDIAN: "Adults are on record already",
    Verb.CHANGE_GUARDIAN: "Adults have another name or telephone",
    Verb.CHANGE_ADDRESS: "Adults have another e-mail address",
    Verb.NEW_TIE: "Adults are family of a pupil",
    Verb.MARK_TIE: "Adults whom the file says something against asking",
    Verb.NEW_GROUP: "Classes are new",
    Verb.SAME_GROUP: "Classes are on record already",
    Verb.CHANGE_GROUP: "Classes have other pupils or another name",
    Verb.NOTE: "Nothing is done about these",
}

BROUGHT = frozenset({Verb.NEW_PUPIL, Verb.NEW_GUARDIAN, Verb.NEW_GROUP})
CHANGED = frozenset(
    {
        *(Verb.CHANGE_PUPIL, Verb.CAME_BACK, Verb.LEAVE, Verb.CHANGE_GUARDIAN),
        *(Verb.CHANGE_ADDRESS, Verb.NEW_TIE, Verb.MARK_TIE, Verb.CHANGE_GROUP),
    }
)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Changes of one kind, to be chosen together or one by one."""

    verb: Verb
    section: Section
    rows: tuple[Change, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return TITLES[self.verb]

    @property
    def is_each(self) -> bool:
        """Tell whether each has a box of its own. What is odd or loses somebody always has."""
        if self.section in {Section.LEAVING, Section.SUSPICIOUS}:
            return True
        return self.section is Section.CHANGED and len(self.rows) <= MOST_TICKED

    @property
    def shown(self) -> tuple[Change, ...]:
        """Return the rows that stand on the page."""
        return self.rows[:MOST_SHOWN]

    @property
    def more(self) -> int:
        """Return how many do not."""
        return len(self.rows) - len(self.shown)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One section of a proposal."""

    section: Section
    groups: tuple[Rows, ...]


def shown(proposal: Proposal) -> list[Shown]:
    """Return a proposal by section and kind; what must be looked at comes first."""
    found: dict[Section, dict[Verb, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for change in proposal.changes:
        found[change.section][change.verb].append(change)
    order = (
        Section.SUSPICIOUS,
        Section.LEAVING,
        Section.CHANGED,
        Section.NEW,
        Section.NOTED,
    )
    return [
        Shown(
            section=section,
            groups=tuple(
                Rows(verb=verb, section=section, rows=tuple(found[section][verb]))
                for verb in Verb
                if found[section][verb]
            ),
        )
        for section in order
        if found[section]
    ]


def chosen(proposal: Proposal, keys: Iterable[str], together: Iterable[str]) -> frozenset[str]:
    """Return the keys that a person has chosen: one by one, and by kind where that was offered."""
    whole = {
        change.key
        for part in shown(proposal)
        for group in part.groups
        if not group.is_each and f"{part.section}:{group.verb}" in set(together)
        for change in group.rows
    }
    return frozenset(keys) | whole


def relationships(proposal: Proposal) -> list[tuple[str, int]]:
    """Return the relationships of new ties, with how many there are of each."""
    return sorted(
        Counter(one.after for one in proposal.changes if one.verb is Verb.NEW_TIE).items()
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """One import in the list of them: of which source, and what became of how much."""

    row: ImportRun
    source: str
    counts: str


def runs(rows: Iterable[ImportRun], mappings: Mapping[str, ColumnMapping]) -> list[Run]:
    """Return imports with the names of their sources; one that the school has dropped keeps its short name."""
    titles = SOURCES | {one.source: one.title for one in mappings.values()}
    return [
        Run(row=row, source=titles.get(row.source, row.source), counts=_counted(row))
        for row in rows
    ]


def _counted(row: ImportRun) -> str:
    """Return what was done and what was not: "3 new, 1 changed, 2 left". Undecided there is nothing to count."""
    if row.stage not in {ImportRun.APPLIED, ImportRun.UNDONE}:
        return ""
    told = [
        (sum(row.counts.get(verb, 0) for verb in BROUGHT), "new"),
        (sum(row.counts.get(verb, 0) for verb in CHANGED), "changed"),
        # Imports from before these were counted do not say so.
        (row.left or 0, "left for a person"),
    ]
    return ", ".join(f"{number} {word}" for number, word in told if number) or "nothing to do"
