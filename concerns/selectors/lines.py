"""An entry of the chronology in words: the same on the page, in print and in what leaves the house."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from concerns import policy
from concerns.models import Entry
from concerns.policy import EntryKind as Kind
from schoolsafe.lib import clock

# What an entry needs beside it to be told in words, in one query.
WITH_ENTRY = (
    "by", "called", "outcome", "agency", "staff", "told_by", "task__owner", "follows__by", "copy",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Lines:
    """One entry in words: what happened, what is known of it, and what was written."""

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def plain(self) -> str:
        """Return all of it as text without any mark-up."""
        facts = [f"{name}: {value}" for name, value in self.facts]
        return "\n".join(line for line in (self.heading, *facts, self.text) if line)


def _decision(entry: Entry) -> str:
    return f"{entry.by} decided: {entry.outcome}"


def _call(entry: Entry) -> str:
    reached = "spoke to them" if entry.was_reached else "did not reach them"
    return f"{entry.by} rang {entry.called} and {reached}."


def _report(entry: Entry) -> str:
    if entry.staff_id == entry.told_by_id:
        return f"{entry.staff} told {entry.agency} what they are bound to tell."
    return f"{entry.told_by} told {entry.agency}, also for {entry.staff}."


def _disagreement(entry: Entry) -> str:
    further = " further up" if entry.follows_id else ""
    return f"{entry.by} noted that the school disagrees, and took it{further} to {_whom(entry)}."


def _correction(entry: Entry) -> str:
    wrong = entry.follows
    what = "the account" if wrong is None else f"what was written on {clock.in_words(wrong.at)}"
    return f"{entry.by} corrected {what}:"


def _closure(entry: Entry) -> str:
    alone = " Nobody else could read it, so one person closed it." if entry.was_alone else ""
    return f"{entry.by} closed it.{alone}"


def _weighing(entry: Entry) -> str:
    return f"{entry.by} says that it is {entry.urgency}."


def _answer(entry: Entry) -> str:
    return f"{entry.by} noted the answer of {_whom(entry.follows or entry)}."


def _question(entry: Entry) -> str:
    return f"{entry.by} asked whoever logged it:"


def _addendum(entry: Entry) -> str:
    answered = entry.follows is not None and entry.follows.kind == Kind.QUESTION
    return f"{entry.by} answered:" if answered else f"{entry.by} added:"


def _saying(words: str) -> Callable[[Entry], str]:
    """Return what tells an entry by who made it and these words."""
    return lambda entry: f"{entry.by} {words}"


def _given(entry: Entry, what: str) -> str:
    """Return in words to whom something was given; nobody gives a thing to themselves by name."""
    if entry.staff_id == entry.by_id:
        return f"took on {what}"
    return f"gave {entry.staff} {what}"


HEADINGS: dict[Kind, Callable[[Entry], str]] = {
    Kind.ADDENDUM: _addendum,
    Kind.CALL: _call,
    Kind.ACKNOWLEDGEMENT: _saying("acknowledged it."),
    Kind.DECISION: _decision,
    Kind.REFERRAL: lambda entry: f"{entry.by} referred it to {entry.agency}.",
    Kind.NAMING: _saying("recorded whom it is about."),
    Kind.CLOSURE: _closure,
    Kind.REOPENING: _saying("opened it again."),
    Kind.WEIGHING: _weighing,
    Kind.HANDOVER: lambda entry: f"{entry.by} handed it on to {entry.staff}.",
    Kind.TASK: lambda entry: f"{entry.by} {_given(entry, 'something to do')}.",
    Kind.TASK_GIVEN: lambda entry: f"{entry.by} {_given(entry, 'a task')}.",
    Kind.TASK_DONE: _saying("noted a task as done."),
    Kind.TASK_CANCELLED: _saying("cancelled a task."),
    Kind.ANSWER: _answer,
    Kind.SHARED: lambda entry: f"{entry.by} noted that it was shared with {_whom(entry)}.",
    Kind.NOT_SHARED: lambda entry: (
        f"{entry.by} noted that it was decided not to share it with {_whom(entry)}, because:"
    ),
    Kind.NOTIFICATION: _report,
    Kind.HOLDER_TOLD: lambda entry: f"{entry.by} told {entry.staff} that the report was made.",
    Kind.DISAGREEMENT: _disagreement,
    Kind.QUESTION: _question,
    Kind.WITHDRAWAL: _saying("noted that a question needs no answer any more, because:"),
    Kind.CORRECTION: _correction,
    Kind.MOVE: _saying("moved it here from another child, for whom it was filed by mistake."),
    Kind.SECOND_ASKED: _saying("asked for a second person before it is closed."),
    Kind.SECOND_SIGNED: _saying("signed as the second person: it can be closed."),
    Kind.SECOND_REFUSED: _saying("says as the second person that it cannot be closed yet:"),
    Kind.LOWERED: _saying("moved it into the register of low-level concerns, because:"),
    Kind.RAISED: _saying("raised it from a low-level concern to an allegation, because:"),
    Kind.SETTLED: _saying("settled it as a low-level concern, because:"),
    Kind.HANDED_OVER: lambda entry: f"Handed over to {entry.person} by {entry.by}.",
    Kind.TAKEN_OVER: lambda entry: f"{entry.by} noted that it is in {_product(entry)}.",
    Kind.KEPT_HERE: lambda entry: (
        f"{entry.by} noted that it was not handed over to {_product(entry)} after all, because:"
    ),
}


def entry_lines(entry: Entry) -> Lines:
    """Return any entry in words: a heading, facts, and what was written (E12).

    Pages, print and bundles tell every kind by this; fetch `WITH_ENTRY` along with many.
    """
    return Lines(
        heading=HEADINGS[Kind(entry.kind)](entry), facts=tuple(_facts(entry)), text=str(entry.text)
    )


def _facts(entry: Entry) -> Iterable[tuple[str, str]]:
    """Yield what is known of an entry beside its words."""
    if entry.called_at is not None:
        yield "Rang on", clock.in_words(entry.called_at)
    if entry.task is not None:
        yield "Task", str(entry.task.what)
        if entry.kind in {Kind.TASK, Kind.TASK_GIVEN}:
            yield "Due", clock.date_in_words(entry.task.due_on)
    if entry.copy is not None:
        yield "Copy", entry.copy.code
    if entry.result:
        yield "Answer", policy.Result(entry.result).label
    yield from _of_contact(entry)


def _of_contact(entry: Entry) -> Iterable[tuple[str, str]]:
    """Yield what is known of how somebody outside was told."""
    if entry.dealt_at is not None:
        yield "When", clock.in_words(entry.dealt_at)
    if entry.person and entry.agency is not None:
        yield "To whom", str(entry.person)
    if entry.how:
        yield "How", policy.How(entry.how).label
    if entry.agency_reference:
        yield "Their reference", str(entry.agency_reference)
    if entry.holder_knows is not None and entry.staff_id != entry.told_by_id:
        yield f"{entry.staff} knows", "Yes" if entry.holder_knows else "Not yet"


def _product(entry: Entry) -> str:
    """Return to which product it was handed over."""
    return str(entry.follows.person) if entry.follows else "the other product"


def _whom(entry: Entry) -> str:
    """Return who outside it was: the agency, or a person by name."""
    return str(entry.agency or entry.person or "somebody outside")
