"""What can be noted about a request to see a child's file, as one table, and its steps in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from concerns import forms, services
from concerns.models import AccessStep
from concerns.policy import requests as rules
from concerns.policy.requests import Asked, Asker, RequestStep


@dataclass(frozen=True, kw_only=True)
class Act:
    """What can be noted about a request: its heading, what its link says, its form and what does it."""

    heading: str
    label: str
    done: str
    form: Callable[..., Any]
    do: Callable[..., object]


ACTS = {
    "identity": Act(
        heading="Who are they?",
        label="Note how it was made sure who they are",
        done="It is on record who they are. The clock runs.",
        form=forms.NoteForm,
        do=services.check_identity,
    ),
    "ask-identity": Act(
        heading="Ask them to show who they are",
        label="Note that they have to show who they are",
        done="The clock stands until they have shown who they are.",
        form=forms.AskIdentityForm,
        do=services.ask_identity,
    ),
    "authority": Act(
        heading="May they ask for this child?",
        label="Note that they may ask for this child",
        done="It is on record that they may ask.",
        form=forms.RightForm,
        do=services.check_authority,
    ),
    "child": Act(
        heading="What does the child say?",
        label="Note what the child says",
        done="What the child says is on record.",
        form=forms.ChildForm,
        do=services.ask_child,
    ),
    "advice": Act(
        heading="What does data protection say?",
        label="Note what whoever leads on data protection says",
        done="What they say is on record.",
        form=forms.AdviceForm,
        do=services.note_advice,
    ),
    "flag": Act(
        heading="Harm may come of it",
        label="Say that harm may come of it",
        done="From now on two different people have to agree.",
        form=forms.FlagForm,
        do=services.flag_request,
    ),
    "extend": Act(
        heading="Two more months",
        label="Note that they were told of two more months",
        done="They have two more months to wait, and know it.",
        form=forms.ExtendForm,
        do=services.extend_request,
    ),
    "end": Act(
        heading="How did it end?",
        label="Note how it ended",
        done="It has ended. The file is not held for it any more.",
        form=forms.EndForm,
        do=services.end_request,
    ),
}
STEPS = {
    RequestStep.NOTED: "Somebody asked.",
    RequestStep.IDENTITY_ASKED: "They have to show who they are. The clock stands.",
    RequestStep.IDENTITY: "It is known who they are.",
    RequestStep.AUTHORITY: "They may ask for this child.",
    RequestStep.EXTENDED: "They were told of two more months.",
    RequestStep.FLAGGED: "Harm may come of it: two people have to agree.",
    RequestStep.ADVISED: "Whoever leads on data protection was asked.",
    RequestStep.APPROVED: "What leaves was approved.",
    RequestStep.RELEASED: "The file for them was made.",
}


def offered(asked: Asked) -> list[str]:
    """Return what can be noted about a request now."""
    if asked.is_ended:
        return []
    left_out = {
        "identity": asked.identity_on is not None,
        "ask-identity": asked.identity_asked_on is not None or asked.identity_on is not None,
        "child": asked.asker is Asker.PUPIL,
        "flag": asked.is_flagged,
        "extend": asked.extended_on is not None,
    }
    return [name for name in ACTS if not left_out.get(name, False)]


def heading(step: AccessStep) -> str:
    """Return a step in words."""
    if step.kind == RequestStep.CHILD:
        return f"{rules.ChildSays(step.answer).label}."
    if step.kind == RequestStep.ENDED:
        return f"{rules.Ending(step.answer).label}."
    return STEPS[RequestStep(step.kind)]
