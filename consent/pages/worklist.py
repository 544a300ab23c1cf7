"""How the office's list tells what to do next: the rows of the page."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from consent import policy
from consent.pages.doing import (
    Action,
    actions_of,
    concerned,
    dial,
    has_changed,
    next_of,
    telephone_of,
)
from consent.policy import Kind, Objection, Task
from consent.policy.status import IN_PEACE
from consent.selectors import page_of
from consent.selectors.messages import Message, Messages
from consent.selectors.voices import Heard
from consent.selectors.worklist import Item
from school import policy as people
from school.roles import Viewer, may_choose_who_is_asked, may_see_all_meetings

NOBODY_TO_RING = "There is no number on record that may be rung: use paper, or speak to them."
CHANGED_YOURSELF = (
    "You changed the address: somebody else of the office or the safeguarding team confirms it."
)


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


def row(item: Item, messages: Messages, *, viewer: Viewer) -> Row:
    """Return one row of the list as this person may see it."""
    asked = item.asked.question.asked
    may_choose = may_choose_who_is_asked(viewer)
    first = next_of(item, viewer=viewer)
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
    if item.task is Task.ADDRESS and any(has_changed(viewer, item, one) for one in concerned(item)):
        return CHANGED_YOURSELF
    words = policy.advice(item.task, item.asked.consent.status, days=item.days)
    is_told_to_ring = re.search(r"\bring\b", f"{reason(item)} {words}", re.IGNORECASE)
    may_ring = any(telephone_of(item, heard) for heard in item.asked.heard)
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
    request, said = heard.request, heard.said
    may_know, why = may_choose_who_is_asked(viewer), heard.voice.unreachable
    message = messages.last.get(request.pk) if request else None
    is_barred = may_know and why in people.TELLS_OF_A_BLOCK
    fate = message.words if message else ""
    return Person(
        name=heard.name,
        relationship=heard.relationship,
        telephone=telephone_of(item, heard) if may_know else "",
        said=_said(heard, viewer=viewer),
        said_at=said.at if said else request.help_asked_at if request else None,
        message=message,
        fate=fate.replace(people.HUSHED, why) if is_barred else fate,
        unreachable=why if may_know else people.told(why),
        is_barred=is_barred,
        is_astray=heard.voice.is_astray,
        is_mended=heard.voice.is_mended,
        actions=tuple(
            one for one in actions_of(item, heard, viewer=viewer) if not but or one.url != but.url
        ),
    )


def _said(heard: Heard, *, viewer: Viewer) -> str:
    """Return what somebody said, why, and what they wish for.

    Why is not for those who are on the call themselves: it may be because of them.
    """
    said, need = heard.said, heard.voice.needs
    words = [f"Said {heard.words}"] if said else []
    if said and said.kind == Kind.WITHDRAWN:
        words = ["Took the yes back"]
    if said and said.objection and may_see_all_meetings(viewer):
        words.append(f"because {Objection(said.objection).words}")
    if said and said.wants_call:
        words.append("asks for a call")
    if need:
        words.append(f"asks for {need.words}")
    return ", ".join(words).capitalize()
