"""The office's list as lines for a spreadsheet."""

from collections.abc import Iterable, Iterator

from consent.pages.doing import telephone_of
from consent.pages.worklist import reason
from consent.selectors.messages import Messages
from consent.selectors.voices import Heard
from consent.selectors.worklist import Item
from school import policy as people
from schoolsafe.lib import clock

HEAD = (
    "Pupil",
    "Year",
    "Class",
    "Call",
    "Day and time",
    "What to do",
    "Why",
    "Guardian",
    "Relationship",
    "Telephone",
    "E-mail",
    "Answer",
    "Last message",
)


def lines(items: Iterable[Item], messages: Messages) -> Iterator[tuple[object, ...]]:
    """Return the list for a spreadsheet, one line for each person who counts.

    Somebody with whom no contact is allowed counts for nothing and is never in it; an address
    stands there only where it may be written to (E30). What leaves the house says of nobody that
    there is such an order.
    """
    yield HEAD
    for item in items:
        pupil, asked = item.asked.pupil, item.asked.question.asked
        first = (
            pupil,
            pupil.year_group or "Reception",
            ", ".join(name for _, name in item.groups),
            asked.title,
            clock.in_words(asked.starts_at),
            item.task.words,
            reason(item),
        )
        people = [_told(item, heard, messages) for heard in item.asked.heard]
        yield from ((*first, *told) for told in people or [("",) * (len(HEAD) - len(first))])


def _told(item: Item, heard: Heard, messages: Messages) -> tuple[object, ...]:
    """Return what a spreadsheet says of one person."""
    message = messages.last.get(heard.request.pk) if heard.request else None
    may_write = heard.guardian is not None and not heard.voice.unreachable
    return (
        heard.name,
        heard.relationship,
        telephone_of(item, heard),
        heard.guardian.email if heard.guardian and may_write else "",
        heard.words,
        f"{clock.in_words(message.at)}: {message.words}{_since(heard)}"
        if message
        else people.told(heard.voice.unreachable),
    )


def _since(heard: Heard) -> str:
    """Return what has been learnt of a message since, for a line of a spreadsheet."""
    if heard.voice.is_astray:
        return ", and whoever opened the link says it was not meant for them"
    return ", and the address is corrected" if heard.voice.is_mended else ""
