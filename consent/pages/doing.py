"""What can be pressed about a row of the office's list: the one next thing, and what else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from consent import policy
from consent.policy import Mend, Task
from consent.selectors import resend_refusal
from consent.selectors.voices import Heard
from consent.selectors.worklist import Item
from school import policy as people
from school.models import Guardian, Pupil
from school.roles import Viewer, may_choose_who_is_asked, may_see_all_meetings


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to press: a page, a button that posts, or a telephone call."""

    label: str
    url: str
    about: str = ""
    is_button: bool = False
    comes_back: bool = False


def dial(telephone: str) -> str:
    """Return a number without what is only written for the eye."""
    return "".join(c for c in telephone if c.isdigit() or c == "+")


def telephone_of(item: Item, heard: Heard) -> str:
    """Return the number on record; nobody rings a family that is to be left in peace.

    Nor a number at which somebody with a no-contact order may answer (E31).
    """
    guardian = heard.guardian
    if guardian is None or item.asked.is_out:
        return ""
    return "" if people.number(guardian.telephone) in item.barred else guardian.telephone


def actions_of(item: Item, heard: Heard, *, viewer: Viewer) -> Iterator[Action]:
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


def next_of(item: Item, *, viewer: Viewer) -> Action | None:
    """Return the one thing to press: the first that mends it and that this person may do."""
    for mend in policy.mends(item.task, days=item.days):
        for heard in concerned(item):
            action = _DOES[mend](item, heard, viewer)
            if action is not None:
                return action
    return None


def concerned(item: Item) -> list[Heard]:
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
    if item.task is Task.ADDRESS and has_changed(viewer, item, heard):
        return None
    return _correct(item, heard)


def has_changed(viewer: Viewer, item: Item, heard: Heard) -> bool:
    """Tell whether who looks has changed this address: then somebody else confirms it (E34)."""
    person = heard.guardian or item.asked.pupil
    return person.email_changed_by_id is not None and person.email_changed_by_id == viewer.staff_id


def _has_page(heard: Heard) -> bool:
    """Tell whether there is somebody whose address can be put right: not where nobody is on record."""
    return heard.guardian is not None or heard.is_own


def _ring(item: Item, heard: Heard, viewer: Viewer) -> Action | None:
    telephone = telephone_of(item, heard)
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
