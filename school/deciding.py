"""When a pupil of 16 or 17 may decide themselves (E42): the grounds, the dates, and what was decided."""

from datetime import date
from enum import StrEnum

from school.policy import ADULT_AT, OWN_CONSENT_AT, Own, birthday, has_left, is_adult
from school.roles import Role, Viewer

# The years before it in which the page offers to prepare it.
NEAR = 1
YEAR_OF_15 = 10


class Ground(StrEnum):
    """Why a pupil decides themselves before 18: for those who say who is asked, and nobody else."""

    ABLE = "able"
    ESTRANGED = "estranged"
    CARE_LEAVER = "care_leaver"

    @property
    def words(self) -> str:
        """Return it as staff who may know it read it."""
        return {
            "able": "16 or 17, and able to decide this",
            "estranged": "Estranged from the family",
            "care_leaver": "Care leaver",
        }[self.value]


class Stage(StrEnum):
    """How far it has come that a pupil decides themselves."""

    PROPOSED = "proposed"
    COMING = "coming"
    STANDS = "stands"
    OVER = "over"
    ENDED = "ended"
    REFUSED = "refused"

    @property
    def words(self) -> str:
        """Return it as a word on a page."""
        return {
            "proposed": "Waits for approval",
            "coming": "Approved",
            "stands": "Decides themselves",
            "over": "Over",
            "ended": "Ended",
            "refused": "Not approved",
        }[self.value]

    @property
    def tone(self) -> str:
        """Return the colour that goes with the word."""
        return {"proposed": "care", "coming": "news", "stands": "clear"}.get(self.value, "quiet")


# What is asked about before there is anything new to propose.
CURRENT = frozenset({Stage.PROPOSED, Stage.COMING, Stage.STANDS})


def stage_of(
    *, begins_on: date, until: date | None, is_approved: bool, is_ended: bool, on: date
) -> Stage:
    """Return how far it has come on a day."""
    if is_ended:
        return Stage.ENDED if is_approved else Stage.REFUSED
    if until is not None and on > until:
        return Stage.OVER
    if not is_approved:
        return Stage.PROPOSED
    return Stage.STANDS if on >= begins_on else Stage.COMING


def is_near(born_on: date | None, *, year_group: int, on: date) -> bool:
    """Tell whether a pupil is old enough, or nearly, that a page offers it; by the year, if need be."""
    if born_on is None:
        return year_group >= YEAR_OF_15
    return on >= birthday(born_on, OWN_CONSENT_AT - NEAR)


def is_for_a_deputy(asked_by: Viewer) -> bool:
    """Tell whether a proposal waits for another lead or a deputy, because a lead has made it."""
    return asked_by.holds(Role.DSL)


def fault_of_age(own: Own, *, on: date) -> str:
    """Return why nothing can be proposed for a pupil whatever the dates, or nothing."""
    if own.born_on is None or has_left(own.left_on, on=on) or is_adult(own.born_on, on=on):
        return faults(own, begins_on=None, until=None, on=on)["begins_on"]
    return ""


def faults(own: Own, *, begins_on: date | None, until: date | None, on: date) -> dict[str, str]:
    """Return what is wrong with a proposed time, in words by the field that they belong to.

    Below 16 the guardians decide, and from 18 on the pupil does anyway (E41).
    """
    if own.born_on is None:
        return {"begins_on": "There is no date of birth on record. Put it on record first."}
    first, grown = birthday(own.born_on, OWN_CONSENT_AT), birthday(own.born_on, ADULT_AT)
    found = {}
    if has_left(own.left_on, on=on):
        found["begins_on"] = "This pupil has left."
    elif on >= grown:
        found["begins_on"] = "This pupil is 18 and decides themselves already."
    elif begins_on is not None and begins_on < first:
        found["begins_on"] = (
            f"Below 16 the guardians decide. It can begin on {_day(first)}, the 16th birthday."
        )
    elif begins_on is not None and begins_on >= grown:
        found["begins_on"] = f"From {_day(grown)}, the 18th birthday, this pupil decides anyway."
    if until is not None and until >= grown:
        found["until"] = (
            f"From {_day(grown)}, the 18th birthday, this pupil decides anyway. Leave it empty, or "
            "choose an earlier day."
        )
    elif until is not None and until < max(begins_on or on, on):
        found["until"] = "It would be over before it begins."
    return found


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
