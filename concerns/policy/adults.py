"""Whether a concern about an adult says which, and who of the staff is asked about before it goes."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from concerns.policy.access import Part, Party
from school.names import written

WHICH_ADULT = "Say which adult; words are enough ('a TA in Year 4')."


class Said(StrEnum):
    """What a reporter answers about a member of staff of whom they wrote."""

    WRONG = "wrong"
    HELPED = "helped"
    NOT_THEM = "not_them"

    @property
    def label(self) -> str:
        """Return the answer in words."""
        return SAID_LABELS[self]

    @property
    def part(self) -> Part | None:
        """Return the part that makes of them, or None where somebody else was meant."""
        return PARTS_SAID[self]


SAID_LABELS = {
    Said.WRONG: "May have done something wrong or harmful",
    Said.HELPED: "Was there or helped, did nothing wrong",
    Said.NOT_THEM: "I wrote about somebody else of that name",
}
PARTS_SAID = {Said.WRONG: Part.HARMING, Said.HELPED: Part.MENTIONED, Said.NOT_THEM: None}


def lacks_adult(*, is_about_adult: bool, parties: Iterable[Party]) -> bool:
    """Tell whether a concern about an adult at school names none whom it is about (E1, E3, E4).

    It would go to those who read the others, and the adult may be one of them. Words are enough.
    """
    return is_about_adult and not any(
        party.is_accused and (party.staff_id is not None or party.works_here) for party in parties
    )


def to_ask_about(
    texts: Iterable[str], staff: Mapping[int, str], *, known: Collection[int]
) -> list[int]:
    """Return of whom of the staff the texts tell by name, and nobody has said their part (E1, E3, E4).

    `staff` are all names on record, also of those who have left; `known` is who writes, and who
    stands in the concern with a part.
    """
    text = written("\n\n".join(texts))
    return [pk for pk, name in staff.items() if pk not in known and text.names(name)]
