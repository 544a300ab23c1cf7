"""Everything the team does with a concern on a short page of its own, as one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from concerns import services
from concerns.forms import acts, giving, handing, linking, outside
from concerns.forms.acts import ActForm, Here
from concerns.forms.fields import present
from concerns.views.hints import (
    DUTY_HINT,
    HAND_OVER_HINT,
    LOW_HINT,
    OUTSIDE_HINT,
    RAISE_HINT,
    SPLIT_HINT,
)

Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that can be done: its form, its service and its words.

    `row` says what its address names beside the concern. `is_for_reporter`: whoever logged it may do
    it too, from their own page. `leaves`: it may take the concern out of sight of whoever does it.
    `{product}` in its words is the product that holds the file.
    """

    form: type[ActForm]
    do: Callable[[Here, Said], object]
    heading: str
    button: str
    done: str
    hint: str = ""
    row: str = ""
    is_for_reporter: bool = False
    leaves: bool = False
    initial: Callable[[Here], Said] = lambda here: {}


def _on_concern(service: Callable[..., object]) -> Callable[[Here, Said], object]:
    """Do something with the concern."""
    return lambda here, said: service(here.concern, by=here.by, **said)


def _on_row(service: Callable[..., object], name: str) -> Callable[[Here, Said], object]:
    """Do something with a row of the concern, which the service takes by this name."""
    return lambda here, said: service(here.concern, by=here.by, **{name: here.row}, **said)


def _on_task(service: Callable[..., object]) -> Callable[[Here, Said], object]:
    """Do something with a task."""
    return lambda here, said: service(here.row, by=here.by, **said)


def _now(here: Here) -> Said:
    """Begin with the present."""
    return {"at": present()}


def _mine(here: Here) -> Said:
    """Begin with the person at the page."""
    return {"to": here.by.pk, "holder": here.by.pk, "told_by": here.by.pk} | _now(here)


ACTS: dict[str, Act] = {
    "weigh": Act(
        form=acts.WeighForm,
        do=_on_concern(services.weigh),
        heading="Say how serious it is",
        button="Record it",
        done="It is on the record, beside the reporter's own word.",
    ),
    "hand_on": Act(
        form=giving.HandOnForm,
        do=_on_concern(services.hand_on),
        heading="Hand it on",
        button="Hand it on",
        done="It is theirs now. They are told.",
    ),
    "add_task": Act(
        form=giving.TaskForm,
        do=_on_concern(services.add_task),
        heading="Give somebody something to do",
        button="Add the task",
        done="The task is on the record. Its owner is reminded when it is due.",
        initial=_mine,
    ),
    "finish_task": Act(
        form=giving.DoneForm,
        do=_on_task(services.finish_task),
        heading="This is done",
        button="Note it as done",
        done="It is noted as done.",
        row="task",
    ),
    "cancel_task": Act(
        form=acts.ReasonsForm,
        do=_on_task(services.cancel_task),
        heading="This need not be done",
        button="Cancel the task",
        done="The task is cancelled; it stays on the record.",
        row="task",
    ),
    "give_task": Act(
        form=giving.GiveForm,
        do=_on_task(services.give_task),
        heading="Give this to somebody",
        button="Give it",
        done="It is theirs now. They are told.",
        row="task",
        initial=_mine,
    ),
    "refer": Act(
        form=outside.ReferForm,
        do=_on_concern(services.refer),
        heading="Note a referral",
        button="Note the referral",
        done="It is on the record. Their answer is asked for on the next school day.",
        hint=OUTSIDE_HINT,
        initial=_now,
    ),
    "answer": Act(
        form=outside.AnswerForm,
        do=_on_row(services.answer, "entry"),
        heading="Note their answer",
        button="Note the answer",
        done="The answer is on the record.",
        row="entry",
        initial=_now,
    ),
    "share": Act(
        form=outside.ShareForm,
        do=_on_concern(services.share),
        heading="Note what was told to whom",
        button="Note it",
        done="It is on the record.",
        initial=_now,
    ),
    "keep_back": Act(
        form=outside.KeepBackForm,
        do=_on_concern(services.keep_back),
        heading="Decided not to share",
        button="Note the reasons",
        done="The reasons are on the record.",
    ),
    "notify": Act(
        form=outside.NotifyForm,
        do=_on_concern(services.notify),
        heading="Note who told the police or the local authority",
        button="Note it",
        done="It is on the record, and stays there.",
        hint=DUTY_HINT,
        is_for_reporter=True,
        initial=_mine,
    ),
    "tell_holder": Act(
        form=acts.PlainForm,
        do=_on_row(services.tell_holder, "entry"),
        heading="They know now that it was done",
        button="Yes, I told them",
        done="It is on the record that they know.",
        row="entry",
    ),
    "disagree": Act(
        form=outside.DisagreeForm,
        do=_on_concern(services.disagree),
        heading="We disagree with an agency",
        button="Note it",
        done="It is on the record. Note their answer when it comes.",
        initial=_now,
    ),
    "disagree_further": Act(
        form=outside.DisagreeForm,
        do=_on_row(services.disagree, "entry"),
        heading="Take it further up",
        button="Note it",
        done="It is on the record. Note their answer when it comes.",
        row="entry",
        initial=_now,
    ),
    "ask": Act(
        form=acts.QuestionForm,
        do=_on_concern(services.ask),
        heading="Ask whoever logged it",
        button="Ask",
        done="They are told that there is a question.",
    ),
    "withdraw": Act(
        form=acts.ReasonsForm,
        do=_on_row(services.withdraw, "entry"),
        heading="The question needs no answer any more",
        button="Record it",
        done="It is on the record.",
        row="entry",
    ),
    "correct": Act(
        form=acts.CorrectionForm,
        do=_on_concern(services.correct),
        heading="Correct what was logged",
        button="Add the correction",
        done="The correction stands beside it.",
        is_for_reporter=True,
    ),
    "correct_entry": Act(
        form=acts.CorrectionForm,
        do=_on_row(services.correct, "entry"),
        heading="Correct this entry",
        button="Add the correction",
        done="The correction stands beside it.",
        row="entry",
        is_for_reporter=True,
    ),
    "reply": Act(
        form=acts.ReplyForm,
        do=_on_row(services.add, "question"),
        heading="Answer the question",
        button="Answer",
        done="Your answer has been added.",
        row="entry",
        is_for_reporter=True,
    ),
    "link": Act(
        form=linking.LinkForm,
        do=_on_concern(services.link),
        heading="Link another concern about the same event",
        button="Link them",
        done="They are linked. Both texts stay as they are.",
    ),
    "unlink": Act(
        form=acts.PlainForm,
        do=_on_row(services.unlink, "link"),
        heading="This is not the same event",
        button="End the link",
        done="The link has ended.",
        row="link",
    ),
    "move_pupil": Act(
        form=linking.MovePupilForm,
        do=_on_row(services.move_pupil, "row"),
        heading="Filed for the wrong child",
        button="Move it",
        done="It is in the right child's record. The other holds a note without content.",
        hint="Nothing of it stays in the wrong child's file. Who may read it is found anew.",
        row="pupil",
        leaves=True,
    ),
    "lower": Act(
        form=acts.ReasonsForm,
        do=_on_concern(services.lower),
        heading="This is a low-level concern",
        button="Move it into the register",
        done="It is in the register of low-level concerns. It is settled, or raised, with reasons.",
        hint=LOW_HINT,
    ),
    "split": Act(
        form=acts.ChildRecordForm,
        do=_on_concern(services.split),
        heading="Give the child a record of its own",
        button="Make the record",
        done="The child has a record of its own, with the safeguarding team. Nothing of this one is in it.",
        hint=SPLIT_HINT,
    ),
    "raise_up": Act(
        form=acts.ReasonsForm,
        do=_on_concern(services.raise_up),
        heading="Raise it to an allegation",
        button="Raise it",
        done="It is an allegation now and has to be decided. Ring the designated officer.",
        hint=RAISE_HINT,
    ),
    "settle_low": Act(
        form=acts.ReasonsForm,
        do=_on_concern(services.settle_low),
        heading="Settle this low-level concern",
        button="Settle it",
        done="It is settled. It stays in the register and can be raised later.",
    ),
    "hand_over": Act(
        form=handing.HandOverForm,
        do=_on_concern(services.hand_over),
        heading="Hand over to {product}",
        button="Hand over to {product}",
        done="It is on the record. Their reference is asked for on the next school day.",
        hint=HAND_OVER_HINT,
    ),
    "take_over": Act(
        form=handing.TakeOverForm,
        do=_on_row(services.take_over, "entry"),
        heading="It is in {product}",
        button="It is in {product}",
        done="It is on the record, with their reference.",
        row="entry",
    ),
    "keep_here": Act(
        form=acts.ReasonsForm,
        do=_on_concern(services.keep_here),
        heading="It was not handed over after all",
        button="Record it",
        done="It is on the record. It counts as kept here alone.",
    ),
    "ask_second": Act(
        form=acts.PlainForm,
        do=_on_concern(services.ask_second),
        heading="Ask a second person",
        button="Ask them",
        done="The others who may read it are asked to look at it.",
    ),
    "sign": Act(
        form=acts.SignForm,
        do=_on_concern(services.sign),
        heading="Sign as the second person",
        button="Sign: it can be closed",
        done="You have signed. It can be closed.",
    ),
    "refuse": Act(
        form=acts.ReasonsForm,
        do=_on_concern(services.refuse),
        heading="It cannot be closed yet",
        button="Send it back",
        done="Your reasons are on the record. Whoever has it is told.",
    ),
}
