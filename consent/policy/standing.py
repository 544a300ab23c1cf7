"""A yes for the school year: what it covers, and which later question it answers (P5).

Anything unclear is no: then the family is asked.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from consent.policy.plan import Asked, changes
from schoolsafe.lib.words import marked

# What somebody reads before they say yes for a school year; every change of it is a new version.
TERMS_VERSION = 1
TERMS = (
    marked("Two members of staff are on every call, or it is recorded."),
    marked("We tell you of each call before it is held, and you can say no to it."),
    marked("If the platform, the recording or the kind of adult changes, we ask you again."),
    marked("You can end this yes at any time, without a reason."),
)
TWO = 2


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What a yes for the school year covers: calls of one kind, held in one way, until a day."""

    kind: str
    kind_name: str
    adults: str
    platform: str
    is_recorded: bool
    until: date

    @property
    def mark(self) -> str:
        """Return it in one line: what a page showed is what is agreed to."""
        parts = (self.kind, self.kind_name, self.adults, self.platform, self.is_recorded)
        return "|".join(str(part) for part in (TERMS_VERSION, *parts, self.until.isoformat()))


def cover_of(asked: Asked, *, on: date, until: date | None) -> Cover | None:
    """Return what a yes for the school year would cover after a yes to this call.

    None where it cannot be offered: nobody knows when the year ends, or what kind of call this is.
    """
    is_told = asked.kind and asked.purpose and asked.adults and asked.platform
    if not is_told or until is None or on > until or not _is_safeguarded(asked):
        return None
    return Cover(
        kind=asked.kind,
        kind_name=asked.purpose,
        adults=asked.adults,
        platform=asked.platform,
        is_recorded=asked.is_recorded,
        until=until,
    )


def misses(cover: Cover, asked: Asked, *, on: date) -> list[str]:
    """Return what a call has that the yes does not cover; with nothing in it, the yes answers.

    What matters is what would matter after an answer, and one thing more: a recording that was
    agreed to and does not happen is another way of keeping a call safe, so that is asked too.
    """
    as_agreed = replace(
        asked,
        purpose=cover.kind_name,
        adults=cover.adults,
        platform=cover.platform,
        is_recorded=cover.is_recorded,
    )
    found = [change.code for change in changes(as_agreed, asked)]
    if not asked.kind or asked.kind != cover.kind:
        found.append("kind")
    if not _is_safeguarded(asked):
        found.append("safeguard")
    if on > cover.until:
        found.append("year")
    return found


def may_rest(
    cover: Cover,
    asked: Asked,
    *,
    on: date,
    is_reachable: bool,
    is_doubted: bool,
    has_answered: bool,
) -> bool:
    """Tell whether a question is answered by a yes for the school year.

    Not for somebody who cannot be told of the call, nor where a link of theirs went astray, nor
    over anything that they have said to this very question.
    """
    in_doubt = not is_reachable or is_doubted or has_answered
    return not in_doubt and not misses(cover, asked, on=on)


def has_lapsed(
    cover: Cover,
    asked: Asked,
    *,
    on: date,
    ended_at: datetime | None,
    has_failed: bool,
) -> bool:
    """Tell whether an answer has lost the yes for the school year on which it rests.

    It was ended before the call was over, the plan has become one that it does not cover, or the
    letter about the call came back: parents know of every call (P5).
    """
    is_ended = ended_at is not None and ended_at < asked.ends_at
    return is_ended or has_failed or bool(misses(cover, asked, on=on))


def may_offer(
    *, says_yes: bool, by_link: bool, may_be_recorded: bool | None, is_recorded: bool
) -> bool:
    """Tell whether a receipt offers a yes for the school year: after a clear yes by one's own link.

    Whoever does not want a recording is asked each time.
    """
    return says_yes and by_link and (not is_recorded or may_be_recorded is True)


def _is_safeguarded(asked: Asked) -> bool:
    """Tell whether two adults are on the call, or it is recorded (P2)."""
    return len(set(asked.staff_ids or asked.staff)) >= TWO or asked.is_recorded
