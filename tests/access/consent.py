"""The addresses of consent: a family's link is the same for whoever holds it."""

from typing import Any

from consent import links
from tests.access.table import Facts, Page, everybody, only


def make(facts: Facts) -> Facts:
    request: Any = facts["request"]
    return {"consent": links.token(request.pk, request.link_version)}


def token(facts: Facts) -> dict[str, object]:
    return {"token": facts["consent"]}


def row(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].pk}  # type: ignore[attr-defined]


def answer(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].answers.latest("pk").pk}  # type: ignore[attr-defined]


def pupil(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].pupil_id}  # type: ignore[attr-defined]


def guardian(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].guardian_id}  # type: ignore[attr-defined]


FOLLOW = ("host", "colleague", "deputy", "lead", "head", "office")
SEE_ALL = ("deputy", "lead", "head", "office")

ACCESS = {
    "consent:wish": Page(everybody(200)),
    "consent:ask": Page(everybody(200), token),
    "consent:change": Page(everybody(200), token),
    # Not recorded: there is nothing to ask, and nothing typed to confirm.
    "consent:recording": Page(everybody(303), token),
    "consent:refusal": Page(everybody(303), token),
    "consent:confirm": Page(everybody(303), token),
    "consent:withdraw": Page(everybody(200), token),
    "consent:undo": Page(everybody(200), token),
    "consent:help": Page(everybody(200), token),
    "consent:new_link": Page(everybody(200), token),
    "consent:not_me": Page(everybody(200), token),
    "consent:worklist": Page(only(*FOLLOW)),
    "consent:remind": Page(only(*FOLLOW)),
    # A list that nobody has seen sends nothing.
    "POST consent:remind": Page(only(*FOLLOW, gets=302)),
    "consent:export": Page(only(*SEE_ALL)),
    "consent:pupil": Page(only(*SEE_ALL), pupil),
    "consent:guardian": Page(only(*SEE_ALL), guardian),
    "POST consent:guardian": Page(
        only(*SEE_ALL, gets="302+"),
        guardian,
        lambda facts: {"email": "new@family.example", "language": "en"},
    ),
    # Its address was not changed: there is nothing to confirm.
    "POST consent:confirm_address": Page(only(*SEE_ALL, gets=422), guardian),
    "consent:record": Page(only(*SEE_ALL), row),
    # Nothing waits to be checked.
    "consent:check": Page(only(*SEE_ALL, gets=404), row),
    "consent:set_aside": Page(only(*SEE_ALL), answer),
    "POST consent:resend": Page(only("host", *SEE_ALL, gets="302+", others=404), row),
}
