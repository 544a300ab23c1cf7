"""What can be noted about what a family asks, as one table, and its steps in words."""

from collections.abc import Callable
from dataclasses import dataclass

from school import services
from school.models import FamilyRequest, FamilyRequestStep
from school.rights import Outcome, Step, Wish
from schoolsafe.families import forms


@dataclass(frozen=True, kw_only=True)
class Act:
    """What can be noted: its heading, what its link says, what is said after, its form and what does it."""

    heading: str
    label: str
    done: str
    form: type[forms.StepForm]
    do: Callable[..., FamilyRequest]


ACTS = {
    "identity": Act(
        heading="Who are they?",
        label="Note how it was made sure who they are",
        done="It is on record who they are. The clock runs.",
        form=forms.StepForm,
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
        heading="May they ask for this person?",
        label="Note that they may ask for this person",
        done="It is on record that they may ask.",
        form=forms.AuthorityForm,
        do=services.check_authority,
    ),
    "extend": Act(
        heading="Two more months",
        label="Note that they were told of two more months",
        done="They have two more months to wait, and know it.",
        form=forms.StepForm,
        do=services.extend_family_request,
    ),
    "decide": Act(
        heading="How did it end?",
        label="Note how it ended",
        done="It has ended.",
        form=forms.DecideForm,
        do=services.decide_family_request,
    ),
}
STEPS = {
    Step.NOTED: "They asked.",
    Step.IDENTITY_ASKED: "They have to show who they are. The clock stands.",
    Step.IDENTITY: "It is known who they are.",
    Step.AUTHORITY: "They may ask for this person.",
    Step.EXTENDED: "They were told of two more months.",
    Step.RELEASED: "The copy for them was made.",
}


def offered(wish: Wish) -> list[str]:
    """Return what can be noted now."""
    if wish.is_ended:
        return []
    left_out = {
        "identity": wish.identity_on is not None,
        "ask-identity": wish.identity_asked_on is not None or wish.identity_on is not None,
        "authority": not wish.is_for_another or wish.has_authority,
        "extend": wish.extended_on is not None,
    }
    return [name for name in ACTS if not left_out.get(name, False)]


def heading(step: FamilyRequestStep) -> str:
    """Return a step in words."""
    if step.kind == Step.ENDED:
        return f"{Outcome(step.request.outcome).label}."
    return STEPS[Step(step.kind)]
