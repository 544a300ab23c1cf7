"""The addresses of consent: a family's link is the same for whoever holds it."""

from typing import Any

from consent import links, services
from consent.selectors.covering import cover_now
from tests import factories
from tests.access.table import Facts, Page, everybody, only


def make(facts: Facts) -> Facts:
    request: Any = facts["request"]
    factories.make_term()
    cover = cover_now(request)
    assert cover is not None
    given = services.give_standing(request, by=request.guardian, cover=cover)
    return {
        "consent": links.token(request.pk, request.link_version),
        "standing": given,
        "year": links.year_token(given.pk, given.link_version),
    }


def token(facts: Facts) -> dict[str, object]:
    return {"token": facts["consent"]}


def row(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].pk}  # type: ignore[attr-defined]


def standing(facts: Facts) -> dict[str, object]:
    return {"pk": facts["standing"].pk}  # type: ignore[attr-defined]


def answer(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].answers.latest("pk").pk}  # type: ignore[attr-defined]


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
    # There is a yes for the school year already: it is listed.
    "consent:standing": Page(everybody(200), token),
    "consent:year": Page(everybody(200), lambda facts: {"token": facts["year"]}),
    "consent:help": Page(everybody(200), token),
    "consent:new_link": Page(everybody(200), token),
    "consent:not_me": Page(everybody(200), token),
    "consent:standings": Page(only(*SEE_ALL)),
    "consent:end_standing": Page(only(*SEE_ALL), standing),
    "consent:record": Page(only(*SEE_ALL), row),
    # Nothing waits to be checked.
    "consent:check": Page(only(*SEE_ALL, gets=404), row),
    "consent:set_aside": Page(only(*SEE_ALL), answer),
    "POST consent:resend": Page(only("host", *SEE_ALL, gets="302+", others=404), row),
}
