"""What one person who counts for a pupil has said, how, and what they need."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an answer says."""

    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"
    UNCLEAR = "unclear"


class Mode(StrEnum):
    """Whose yes is enough for a pupil: one guardian's, the named one's, or everybody's."""

    ANY = "any"
    NAMED = "named"
    ALL = "all"


def mode_of(pupil: str, school: str) -> Mode:
    """Return the mode of a pupil: their own, or the school's where nothing else is said of them."""
    return Mode(pupil or school)


class Help(StrEnum):
    """What somebody needs who cannot answer yet."""

    LANGUAGE = "language"
    READING = "reading"
    QUESTION = "question"

    @property
    def words(self) -> str:
        """Return it as staff read it."""
        return {
            "language": "another language",
            "reading": "help with reading",
            "question": "an answer to a question",
        }[self.value]


class Objection(StrEnum):
    """Why somebody said no, if they wanted to say."""

    TIME = "time"
    SCREEN = "screen"
    PEOPLE = "people"
    RECORDING = "recording"
    OTHER = "other"

    @property
    def words(self) -> str:
        """Return it as staff read it."""
        return {
            "time": "the time does not suit them",
            "screen": "they do not want it by video",
            "people": "of the people on the call",
            "recording": "of the recording",
            "other": "of something else",
        }[self.value]


class Channel(StrEnum):
    """How an answer came."""

    LINK = "link"
    TELEPHONE = "telephone"
    PAPER = "paper"
    IN_PERSON = "in_person"
    STANDING = "standing"


class Owed(StrEnum):
    """Why a person must answer anew, whatever others say: what became of their no."""

    UNDONE = "undone"
    SET_ASIDE = "set_aside"


# After these, by the outbox's word for it, an address takes nothing more.
CLOSES = frozenset({"bounced", "complaint"})


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One person who counts for a pupil, and what they last said.

    `unchecked` is what was said with this person's link and waits until staff have looked at it:
    somebody else's answer, or, when it is doubted, a yes by a link that was disowned afterwards.
    `is_for_year` is a yes that rests on one given for the school year; `has_year_ended` says that
    there was one, and that it holds no more. `is_mended` says of an address from which a letter came
    back that it has been corrected since: the letter goes out once more by itself. `is_undone` tells
    an answer that its person took back from one that staff set aside. `owed` is what became of a no
    that counts no more and after which this person has not answered again. `is_unsettled` says that
    their last word is a yes from an address that was changed lately: it counts once the address is settled.
    """

    who: str
    guardian_id: int | None = None
    kind: Kind | None = None
    may_be_recorded: bool | None = None
    is_outdated: bool = False
    unchecked: Kind | None = None
    unreachable: str = ""
    has_failed: bool = False
    failed_because: str = ""
    is_disowned: bool = False
    is_mended: bool = False
    is_doubted: bool = False
    is_invalidated: bool = False
    is_undone: bool = False
    is_scheduled: bool = False
    wants_call: bool = False
    needs: Help | None = None
    is_for_year: bool = False
    has_year_ended: bool = False
    owed: Owed | None = None
    is_unsettled: bool = False

    @property
    def has_come_back(self) -> bool:
        """Tell whether nothing more is sent there until somebody has seen to the address (E46)."""
        return self.has_failed and self.failed_because in CLOSES

    @property
    def is_astray(self) -> bool:
        """Tell whether their letter reached somebody else, and they have not answered (E26)."""
        return self.is_disowned and not self.is_answered

    @property
    def says_yes(self) -> bool:
        """Tell whether there is a yes to the text as it stands."""
        return self.kind is Kind.YES and not self.is_outdated

    @property
    def says_no(self) -> bool:
        """Tell whether there is a no: one to an earlier text stands until it is answered anew."""
        return self.kind in {Kind.NO, Kind.WITHDRAWN}

    @property
    def is_open(self) -> bool:
        """Tell whether an answer to the text as it stands is still missing."""
        return not self.says_yes and (self.kind in {None, Kind.UNCLEAR} or self.is_outdated)

    @property
    def is_answered(self) -> bool:
        """Tell whether the text as it stands is answered, be it by somebody else."""
        is_looked_at = self.unchecked is not None and not self.is_doubted
        return not self.is_open or is_looked_at or self.is_unsettled
