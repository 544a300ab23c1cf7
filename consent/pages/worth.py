"""What an answer counts for now, in words."""

from consent import policy
from consent.models import Answer, Request
from consent.policy import Weight
from consent.selectors.voices import weigh

WORTH = {
    Weight.STANDS: "It counts as it was given.",
    Weight.WAITS: "It does not count until staff have checked who gave it.",
    Weight.UNSETTLED: "It counts once somebody has made sure of the address, which was changed lately.",
    Weight.NOTHING: "It does not count.",
}
STANDS_AS = {
    policy.Kind.UNCLEAR.value: "It is neither yes nor no, and counts as no until they have been asked.",
    policy.Kind.WITHDRAWN.value: "It counts: the yes before it has ended.",
}


def worth(request: Request, said: Answer) -> str:
    """Say what an answer counts for now."""
    if said.recorded_at < request.asked_at:
        return "It belongs to an earlier asking, and does not count now."
    weight = weigh(request, said)
    is_outdated = said.wording.version < request.question.material_version
    if weight is Weight.STANDS and is_outdated and said.kind == policy.Kind.YES:
        return "It was given to a plan that has materially changed since, and does not count."
    if weight is Weight.STANDS and said.kind in STANDS_AS:
        return STANDS_AS[said.kind]
    return WORTH[weight]
