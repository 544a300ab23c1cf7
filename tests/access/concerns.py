"""The addresses of concerns: one logged by the host about a child, one about the deputy herself."""

from typing import Any

from concerns.policy import Part
from concerns.services import Named
from tests import factories
from tests.access.table import CAST, STAFF, Facts, Page, only, staff
from tests.concerns.log import accused, child, log

WORK_HERE = tuple(name for name in STAFF if name not in {"governor", "chair"})
TEAM = ("deputy", "lead", "head")


def make(facts: Facts) -> Facts:
    host: Any = facts["host"]
    deputy: Any = facts["deputy"]
    return {
        "concern": log(host, child(factories.make_pupil("Cat", "Clark"))),
        "about_deputy": log(host, accused(deputy)),
        "in_words": log(host, Named(part=Part.SUBJECT, name="Dana Deputy", is_adult=True)),
    }


def of(name: str) -> Any:
    return lambda facts: {"reference": facts[name].reference}


def words_of(facts: Facts) -> Any:
    concern: Any = facts["in_words"]
    return {"reference": concern.reference, "pk": concern.involved.get().pk}


def unseen(*names: str, gets: int = 200) -> str:
    """These get it; to everybody else it does not exist."""
    return only(*names, gets=gets, others=404)


ACCESS = {
    "concerns:list": Page(" ".join("200" if name in (*TEAM, "chair") else "302" for name in CAST)),
    "concerns:log": Page(staff()),
    # Governors name a child in words: the roll is not theirs to search.
    "POST concerns:pupils": Page(only(*WORK_HERE)),
    "concerns:mine": Page(staff()),
    "concerns:detail": Page(unseen(*TEAM), of("concern")),
    "concerns:received": Page(unseen("host"), of("concern")),
    "POST concerns:acknowledge": Page(unseen(*TEAM, gets="302+"), of("concern")),
    "concerns:add": Page(unseen("host", *TEAM), of("concern")),
    "concerns:call": Page(unseen("host", *TEAM), of("concern")),
    "concerns:decide": Page(unseen(*TEAM), of("concern")),
    "concerns:close": Page(unseen(*TEAM), of("concern")),
    "concerns:reopen": Page(unseen(*TEAM), of("concern")),
    "concerns:name_subject": Page(unseen(*TEAM), of("concern")),
    "concerns:settle": Page(unseen("head"), words_of),
}
# The same addresses for a concern about the deputy herself: to her it does not exist.
ABOUT_THE_DEPUTY = {
    "concerns:detail": Page(unseen("head"), of("about_deputy")),
    "POST concerns:acknowledge": Page(unseen("head", gets="302+"), of("about_deputy")),
    "concerns:add": Page(unseen("host", "head"), of("about_deputy")),
}
