"""What stands on the page of settings and is none: where a clause or the law leaves nothing to choose."""

from dataclasses import dataclass

from school.settings.setting import Group


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """One rule that the school cannot change, with its clause and why."""

    group: Group
    words: str
    value: str
    clause: str
    why: str


FIXED = (
    Fixed(
        group=Group.CALLS,
        words="The lobby of a call",
        value="only organisers and co-organisers pass it, nobody by telephone",
        clause="P8, P10",
        why="A lobby that others pass is none: this is what keeps strangers from the children.",
    ),
    Fixed(
        group=Group.CALLS,
        words="A family’s way in",
        value="its own link, once staff share the call, and never with the question",
        clause="P5, P9",
        why="A link that is out before a yes lets in who was never asked. It opens nothing before staff do.",
    ),
    Fixed(
        group=Group.CONSENT,
        words="Families can answer",
        value="until the call begins",
        clause="P5",
        why="No yes, no child on the call: one that comes late harms nobody, and a late no has to count. Who asked "
        "hears before who has not answered.",
    ),
    Fixed(
        group=Group.CONSENT,
        words="The link of a question lives",
        value="until the call is over, however often it is opened",
        clause="P5",
        why="Looking spends nothing, for mail scanners look too; a no must be possible as long as a yes counts.",
    ),
)
