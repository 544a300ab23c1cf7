"""How the office's list tells what to do next: rows for the page, lines for a spreadsheet."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from consent import policy
from consent.policy import Kind, Mend, Objection, Task
from consent.policy.status import IN_PEACE
from consent.selectors import page_of, resend_refusal
from consent.selectors.messages import Message, Messages
from consent.selectors.voices import Heard
from consent.selectors.worklist import Item
from school import policy as people
from school.models import Guardian, Pupil
from school.roles import Viewer, may_choose_who_is_asked, may_see_all_meetings
from schoolsafe.lib import clock

NOBODY_TO_RING = "There is no number on record that may be rung: use paper, or speak to them."
CHANGED_YOURSELF = (
    "You changed the address: somebody else of the office or the safeguarding team confirms it."
)


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to press: a page, a button that posts, or a telephone call."""

    label: str
    url: str
    about: str = ""
    is_button: bool = False
    comes_back: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person who is asked, as a row shows them; `is_barred` only to whoever may know of it."""

    name: str
    relationship: str
    telephone: str
    said: str
    said_at: datetime | None
    message: Message | None
    fate: str
    unreachable: str
    is_barred: bool
    is_astray: bool
    is_mended: bool
    actions: tuple[Action, ...]

    @property
    def dial(self) -> str:
        """Return the number as a telephone takes it."""
        return dial(self.telephone)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pupil of one call, with what to do next."""

    item: Item
    classes: str
    call: str
    call_url: str
    starts_at: datetime
    when: str
    also: tuple[datetime, ...]
    reason: str
    advice: str
    next: Action | None
    people: tuple[Person, ...]
    pupil_url: str

    @property
    def tone(self) -> str:
        """Return the colour of the word."""
        return self.item.task.tone


def dial(telephone: str) -> str:
    """Return a number without what is only written for the eye."""
    return "".join(c for c in telephone if c.isdigit() or c == "+")


def row(item: Item, messages: Messages, *, viewer: Viewer) -> Row:
    """Return one row of the list as this person may see it."""
    asked = item.asked.question.asked
    may_choose = may_choose_who_is_asked(viewer)
    first = _next(item, viewer=viewer)
    return Row(
        item=item,
        classes=", ".join(name for _, name in item.groups),
        call=asked.title,
        call_url=page_of(item.asked.question.about),
        starts_at=asked.starts_at,
        when=in_days(item.days),
        also=tuple(one.asked.question.asked.starts_at for one in item.also),
        # Whoever may know reads it in the line of the person.
        reason=reason(item).replace(people.HUSHED, "see below") if may_choose else reason(item),
        advice=_advice(item, first, viewer=viewer),
        next=first,
        people=tuple(
            _person(item, heard, messages, viewer=viewer, but=first) for heard in item.asked.heard
        ),
        pupil_url=reverse("consent:pupil", args=[item.asked.pupil.pk]) if may_choose else "",
    )


def _advice(item: Item, first: Action | None, *, viewer: Viewer) -> str:
    """Return what to do next in words, or who does it where this person can do nothing."""
    looks_after_itself = item.task in {Task.SCHEDULED, Task.DONE}
    if not looks_after_itself and first is None and not may_see_all_meetings(viewer):
        return "The office looks after it."
    if item.task is Task.ADDRESS and any(
        _has_changed(viewer, item, one) for one in _concerned(item)
    ):
        return CHANGED_YOURSELF
    words = policy.advice(item.task, item.asked.consent.status, days=item.days)
    is_told_to_ring = re.search(r"\bring\b", f"{reason(item)} {words}", re.IGNORECASE)
    may_ring = any(_telephone(item, heard) for heard in item.asked.heard)
    if is_told_to_ring and may_choose_who_is_asked(viewer) and not may_ring:
        return f"{words} {NOBODY_TO_RING}".strip()
    return words


def in_days(days: int) -> str:
    """Return how soon a call is, in words."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def reason(item: Item) -> str:
    """Return why a pupil stands where they stand; a family in grief is not to be rung (E48)."""
    if item.asked.is_out and item.asked.pupil.is_contact_suspended:
        return IN_PEACE
    return item.asked.consent.reason


def _person(
    item: Item, heard: Heard, messages: Messages, *, viewer: Viewer, but: Action | None
) -> Person:
    """Return one person of a row; telephones and why not to write, only for those who may know."""
    request, said = heard.request, heard.unsettled or heard.standing
    may_know, why = may_choose_who_is_asked(viewer), heard.voice.unreachable
    message = messages.last.get(request.pk) if request else None
    is_barred = may_know and why in people.TELLS_OF_A_BLOCK
    fate = message.words if message else ""
    return Person(
        name=heard.name,
        relationship=heard.relationship,
        telephone=_telephone(item, heard) if may_know else "",
        said=_said(heard, viewer=viewer),
        said_at=said.at if said else request.help_asked_at if request else None,
        message=message,
        fate=fate.replace(people.HUSHED, why) if is_barred else fate,
        unreachable=why if may_know else people.told(why),
        is_barred=is_barred,
        is_astray=heard.voice.is_astray,
        is_mended=heard.voice.is_mended,
        actions=tuple(
            one for one in _actions(item, heard, viewer=viewer) if not but or one.url != but.url
        ),
    )


def _said(heard: Heard, *, viewer: Viewer) -> str:
    """Return what somebody said, why, and what they wish for.

    Why is not for those who are on the call themselves: it may be because of them.
    """
    said, need = heard.unsettled or heard.standing, heard.voice.needs
    waits = ", once the address is confirmed" if heard.voice.is_unsettled else ""
    words = [f"Said {said.words()}{waits}"] if said else []
    if said and said.kind == Kind.WITHDRAWN:
        words = ["Took the yes back"]
    if said and said.objection and may_see_all_meetings(viewer):
        words.append(f"because {Objection(said.objection).words}")
    if said and said.wants_call:
        words.append("asks for a call")
    if need:
        words.append(f"asks for {need.words}")
    return ", ".join(words).capitalize()


def _telephone(item: Item, heard: Heard) -> str:
    """Return the number on record; nobody rings a family that is to be left in peace.

    Nor a number at which somebody with a no-contact order may answer (E31).
    """
    guardian = heard.guardian
    if guardian is None or item.asked.is_out:
        return ""
    return "" if people.number(guardian.telephone) in item.barred else guardian.telephone


def _actions(item: Item, heard: Heard, *, viewer: Viewer) -> Iterator[Action]:
    """Return what can be done about one person beside the row's own next step."""
    if not may_see_all_meetings(viewer) or item.asked.is_out:
        return
    about = f"of {heard.name} for {item.asked.pupil}"
    if heard.request is not None:
        yield Action(
            label="Record an answer",
            url=_address("record", heard),
            about=about,
            comes_back=True,
        )
    has_failed = heard.voice.has_failed and not heard.voice.is_mended
    if _has_page(heard) and (heard.voice.unreachable or has_failed):
        yield _correct(item, heard)
        if _may_print(item, heard):
            yield _form(heard, about=about)


def _next(item: Item, *, viewer: Viewer) -> Action | None:
    """Return the one thing to press: the first that mends it and that this person may do."""
    for mend in policy.mends(item.task, days=item.days):
        for heard in _concerned(item):
            action = _DOES[mend](item, heard, viewer)
            if action is not None:
                return action
    return None


def _concerned(item: Item) -> list[Heard]:
    """Return whom a task is about, those who must be reached first."""
    own = [heard for heard in item.asked.heard if policy.task_of(heard.voice) is item.task]
    if item.task is Task.CONFLICT:
        # Both are rung; first the one who asked for it.
        own = sorted(item.asked.heard, key=lambda heard: not heard.voice.wants_call)
    waiting = [heard for heard in item.asked.heard if not heard.voice.is_answered]
    # Those whose answer the reason says is missing, before those who cannot be written to.
    waiting.sort(key=lambda heard: bool(heard.voice.unreachable))
    return own or waiting or list(item.asked.heard)


def _check(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    if heard.unchecked is None or not may_see_all_meetings(viewer):
        return None
    return Action(
        label="Check the answer", url=_address("check", heard), about=_for(item), comes_back=True
    )


def _record(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    if heard.request is None or not may_see_all_meetings(viewer):
        return None
    return Action(
        label="Record an answer", url=_address("record", heard), about=_for(item), comes_back=True
    )


def _resend(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    if heard.request is None or heard.voice.unreachable:
        return None
    if resend_refusal(heard.request, viewer):
        return None
    label = "Ask again" if item.task is Task.ASK_AGAIN else "Send it again"
    return Action(label=label, url=_address("resend", heard), about=_for(item), is_button=True)


def _remind(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    question, pupil = item.pair
    url = f"{reverse('consent:remind')}?task=all&call={question}&pupil={pupil}"
    return Action(label="Send a reminder", url=url, about=_for(item))


def _correct_for(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    if not _has_page(heard) or not may_choose_who_is_asked(viewer):
        return None
    if item.task is Task.ADDRESS and _has_changed(viewer, item, heard):
        return None
    return _correct(item, heard)


def _has_changed(viewer: Viewer, item: Item, heard: Heard) -> bool:
    """Tell whether who looks has changed this address: then somebody else confirms it (E34)."""
    person = heard.guardian or item.asked.pupil
    return person.email_changed_by_id is not None and person.email_changed_by_id == viewer.staff_id


def _has_page(heard: Heard) -> bool:
    """Tell whether there is somebody whose address can be put right: not where nobody is on record."""
    return heard.guardian is not None or heard.is_own


def _ring(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    telephone = _telephone(item, heard)
    if not telephone or not may_choose_who_is_asked(viewer):
        return None
    return Action(label=f"Ring {heard.name}", url=f"tel:{dial(telephone)}", about=_for(item))


def _print(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    if not _may_print(item, heard) or not may_see_all_meetings(viewer):
        return None
    return _form(heard, about=_for(item))


def _may_print(item: Item, heard: Heard) -> bool:
    """Tell whether a paper form may go to this person."""
    is_out = item.asked.is_out
    return heard.request is not None and policy.may_have_form(
        heard.voice.unreachable, is_suspended=is_out, has_left=is_out
    )


def _form(heard: Heard, *, about: str) -> Action:
    return Action(
        label="Print a form", url=_address("print_form", heard), about=about, is_button=True
    )


def address_of(person: Guardian | Pupil) -> str:
    """Return the page on which somebody's address is put right."""
    name = "guardian" if isinstance(person, Guardian) else "own_address"
    return reverse(f"consent:{name}", args=[person.pk])


def _correct(item: Item, heard: Heard) -> Action:
    url = address_of(heard.guardian or item.asked.pupil)
    label = "Check the address" if heard.voice.is_astray else "Correct the address"
    if heard.voice.is_unsettled:
        label = "Confirm the address"
    return Action(label=label, url=url, about=f"of {heard.name}")


def _for(item: Item) -> str:
    return f"for {item.asked.pupil}"


def _address(name: str, heard: Heard) -> str:
    request = heard.request
    return reverse(f"consent:{name}", args=[request.pk if request else 0])


_DOES: dict[Mend, Callable[[Item, Heard, Viewer], Action | None]] = {
    Mend.CHECK: _check,
    Mend.RECORD: _record,
    Mend.RESEND: _resend,
    Mend.REMIND: _remind,
    Mend.CORRECT: _correct_for,
    Mend.RING: _ring,
    Mend.PRINT: _print,
}

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
        _telephone(item, heard),
        heard.guardian.email if heard.guardian and may_write else "",
        heard.standing.words() if heard.standing else "",
        f"{clock.in_words(message.at)}: {message.words}{_since(heard)}"
        if message
        else people.told(heard.voice.unreachable),
    )


def _since(heard: Heard) -> str:
    """Return what has been learnt of a message since, for a line of a spreadsheet."""
    if heard.voice.is_astray:
        return ", and whoever opened the link says it was not meant for them"
    return ", and the address is corrected" if heard.voice.is_mended else ""
