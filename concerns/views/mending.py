"""What is missing before a concern can be closed, each with the page that mends it."""

from collections.abc import Iterable

from django.urls import reverse

from concerns import policy
from concerns.models import Concern

# Where what is missing is mended; those that name a row have it in the address.
MENDS = {
    policy.Lack.ACKNOWLEDGEMENT: ("", "Acknowledge it above"),
    policy.Lack.DECISION: ("decide", "Decide"),
    policy.Lack.TASK: ("finish_task", "Note it as done"),
    policy.Lack.REFERRAL: ("refer", "Note the referral"),
    policy.Lack.ANSWER: ("answer", "Note their answer"),
    policy.Lack.REPLY: ("withdraw", "It needs no answer any more"),
    policy.Lack.WORDS: ("settle", "Say who is meant"),
    policy.Lack.TOLD: ("tell_holder", "They know now"),
    policy.Lack.HANDING: ("take_over", "Type in their reference"),
    policy.Lack.SECOND: ("ask_second", "Ask a second person"),
}


def mends(concern: Concern, missing: Iterable[policy.Missing]) -> list[dict[str, str]]:
    """Return what is missing before it can be closed, each with the page that mends it (G18)."""
    rows = []
    for one in missing:
        page, label = MENDS[one.lack]
        args = [concern.reference, *([] if one.row is None else [one.row])]
        url = reverse(f"concerns:{page}", args=args) if page else ""
        rows.append({"words": one.lack.label, "url": url, "label": label})
    return rows
