"""The addresses of consent: a family's link is the same for whoever holds it."""

from typing import Any

from consent import links, services
from consent.forms import seal_seen
from consent.models import Scan
from consent.selectors.covering import cover_now
from school.models import Guardian
from school.selectors import reach_of
from tests import factories
from tests.access.table import Facts, Page, everybody, only


def make(facts: Facts) -> Facts:
    request: Any = facts["request"]
    [form] = services.print_forms(
        request.question,
        by=facts["host"],
        request_ids=[request.pk],  # type: ignore[arg-type]
    )
    Scan.objects.create(answer=request.answers.latest("pk"), kind="png", size=1, content=b"x")
    factories.make_term()
    cover = cover_now(request)
    assert cover is not None
    given = services.give_standing(
        request, by=request.guardian, cover=cover, name=request.guardian.name
    )
    return {
        "consent": links.token(request.pk, request.link_version),
        "standing": given,
        "year": links.year_token(given.pk, given.link_version),
        "form": links.form_page(form.pk).split("/")[-2],
    }


def token(facts: Facts) -> dict[str, object]:
    return {"token": facts["consent"]}


def row(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].pk}  # type: ignore[attr-defined]


def standing(facts: Facts) -> dict[str, object]:
    return {"pk": facts["standing"].pk}  # type: ignore[attr-defined]


def answer(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].answers.latest("pk").pk}  # type: ignore[attr-defined]


def pupil(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].pupil_id}  # type: ignore[attr-defined]


def guardian(facts: Facts) -> dict[str, object]:
    return {"pk": facts["request"].guardian_id}  # type: ignore[attr-defined]


FOLLOW = ("host", "colleague", "deputy", "lead", "head", "office")


def form(facts: Facts) -> dict[str, object]:
    return {"token": facts["form"]}


def of_pupil(facts: Facts) -> dict[str, object]:
    request: Any = facts["request"]
    return {"pk": request.question_id, "pupil_id": request.pupil_id}


SEE_ALL = ("deputy", "lead", "head", "office")


def corrected(facts: Facts) -> dict[str, object]:
    """A new address, on a page that shows the old one."""
    old = reach_of(Guardian.objects.get(pk=guardian(facts)["pk"]))
    return {"email": "new@family.example", "language": "en", "seen": seal_seen(old)}


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
        corrected,
    ),
    # Its address was not changed: there is nothing to confirm.
    "POST consent:confirm_address": Page(only(*SEE_ALL, gets=422), guardian),
    "consent:standings": Page(only(*SEE_ALL)),
    "consent:end_standing": Page(only(*SEE_ALL), standing),
    "consent:record": Page(only(*SEE_ALL), row),
    "POST consent:print_form": Page(only(*SEE_ALL, gets="200+"), row),
    # To where its answer is keyed in; a family that scans it is led to sign in, and no further.
    "consent:form": Page(only(*SEE_ALL, gets=302), form),
    "consent:scan": Page(only(*SEE_ALL), answer),
    "consent:evidence": Page(only(*SEE_ALL), of_pupil),
    "consent:evidence_file": Page(only(*SEE_ALL), of_pupil),
    # Nothing waits to be checked.
    "consent:check": Page(only(*SEE_ALL, gets=404), row),
    "consent:set_aside": Page(only(*SEE_ALL), answer),
    "POST consent:resend": Page(only("host", *SEE_ALL, gets="302+", others=404), row),
}
