"""How the people of a report are called on the page of one reader."""

from collections.abc import Collection

from meetings.attendance import Findings, Person, Side

# In the place of a typed name that the reader is not to read.
A_GUEST = "A guest"


def hidden_names(found: Findings, kept_from: Collection[str]) -> frozenset[str]:
    """Return the entries whose typed name would give away somebody kept from the reader (E30)."""
    return frozenset(
        person.key
        for person in found.people
        if person.side is Side.UNKNOWN
        and not set(kept_from).isdisjoint(person.offers + person.hints)
    )


def name_of(person: Person, hidden: Collection[str]) -> str:
    """Return a name; what nobody has confirmed stands as Teams has it, in quotation marks."""
    if person.key in hidden:
        return A_GUEST
    if person.side is Side.UNKNOWN:
        return f"\N{LEFT DOUBLE QUOTATION MARK}{person.name}\N{RIGHT DOUBLE QUOTATION MARK}"
    return person.name
