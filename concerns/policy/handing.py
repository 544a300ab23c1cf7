"""How a concern is handed over to the product that holds the child protection file (A50, A51, A52).

Some schools take in concerns here and keep the file elsewhere. Nothing of a concern ends by it: its
clocks, its decision and its closing stay as they are, and nothing is destroyed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from concerns.policy.moves import Action
from schoolsafe.lib.rules import NotAllowed


class Standing(StrEnum):
    """Where a concern is kept: here alone, on its way, or in the other product too."""

    HERE = "here"
    UNDER_WAY = "under way"
    THERE = "there"


@dataclass(frozen=True, kw_only=True)
class Handing:
    """How it stands with handing a concern over.

    `kept_in`: the product that holds the file by the school's word now; empty where that is this one.
    `handed_to`: the product to which this concern went; the school may have changed its mind since.
    """

    kept_in: str = ""
    handed_to: str = ""
    is_confirmed: bool = False

    @property
    def standing(self) -> Standing:
        """Return where it is kept: handed over is not taken over (A50)."""
        if not self.handed_to:
            return Standing.HERE
        return Standing.THERE if self.is_confirmed else Standing.UNDER_WAY

    @property
    def product(self) -> str:
        """Return of which product one speaks: of the one it is on its way to, else of the school's."""
        if self.standing is Standing.UNDER_WAY:
            return self.handed_to
        return self.kept_in.strip() or self.handed_to

    def allows(self, action: Action) -> bool:
        """Tell whether an action fits: over, again with what was added since, taken over, or not after all."""
        if action is Action.HAND_OVER:
            return bool(self.kept_in.strip()) and self.standing is not Standing.UNDER_WAY
        if action is Action.TAKE_OVER:
            return self.standing is Standing.UNDER_WAY
        if action is Action.KEEP_HERE:
            return self.standing is not Standing.HERE
        return True


REFUSALS = {
    Action.HAND_OVER: "It has been handed over already, and waits for their reference.",
    Action.TAKE_OVER: "It is not on its way anywhere: hand it over first.",
    Action.KEEP_HERE: "It was not handed over.",
}
NO_PRODUCT = "This school keeps its child protection files here: no other product is named."


def fitting(actions: Iterable[Action], handing: Handing) -> frozenset[Action]:
    """Return which of a person's actions fit how it stands with handing over; pages show these."""
    return frozenset(action for action in actions if handing.allows(action))


def check(action: Action, handing: Handing) -> None:
    """Refuse to hand over twice, to nobody, or to end what has not begun."""
    if handing.allows(action):
        return
    if action is Action.HAND_OVER and not handing.kept_in.strip():
        raise NotAllowed(NO_PRODUCT)
    raise NotAllowed(REFUSALS[action])
