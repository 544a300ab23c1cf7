"""The addresses of consent: a family's link is the same for whoever holds it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from consent import links, services
from consent.forms import seal_seen
from consent.models import Scan
from consent.selectors.covering import cover_now
from school import services as school
from school.deciding import Ground
from school.imports import read
from school.models import Guardian, Pupil
from school.policy import birthday
from school.selectors import reach_of
from schoolsafe.lib import clock
from tests import factories
from tests.access.table import CAST, Facts, Page, everybody, only
from tests.school.imports.files import elmfield, written, zipped


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
    born = birthday(clock.today(), -17)
    proposed = school.propose_own_consent(
        factories.make_pupil("Noor", "Aziz", year_group=12, born_on=born),
        by=facts["office"],  # type: ignore[arg-type]
        ground=Ground.ABLE,
        reasons="She asked for it.",
        begins_on=clock.today(),
    )
    run = school.propose_import(
        by=facts["office"],  # type: ignore[arg-type]
        source="sds",
        roster=read("sds", written(elmfield()), on=clock.today()),
        data=b"zip",
    )
    from_file = factories.make_guardian(factories.make_pupil(), awaits_confirmation=True)
    return {
        "run": run,
        "new_tie": from_file.guardianships.get(),
        "own": proposed,
        "near_adult": factories.make_pupil("Omar", "Aziz", year_group=12, born_on=born),
        "consent": links.token(request.pk, request.link_version),
        "standing": given,
        "year": links.year_token(given.pk, given.link_version),
        "form": links.form_page(form.pk).split("/")[-2],
    }


def token(facts: Facts) -> dict[str, object]:
    return {"token": facts["consent"]}


IMPORT = ("deputy", "lead", "head", "office")


A_MAPPING = {"pupil_id": "No", "given_name": "A", "family_name": "B", "year_group": "C"}


def run(facts: Facts) -> dict[str, object]:
    return {"pk": facts["run"].pk}  # type: ignore[attr-defined]


def a_file(_: Facts) -> dict[str, object]:
    content = zipped(written(elmfield()))
    return {"source": "sds", "file": SimpleUploadedFile("people.zip", content)}


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


def first_address(facts: Facts) -> dict[str, object]:
    """An address for a pupil who has none."""
    seen = seal_seen(reach_of(Pupil.objects.get(pk=pupil(facts)["pk"])))
    return {"email": "own@pupil.example", "seen": seen}


def near_adult(facts: Facts) -> dict[str, object]:
    return {"pk": facts["near_adult"].pk}  # type: ignore[attr-defined]


def own(facts: Facts) -> dict[str, object]:
    return {"pk": facts["own"].pk}  # type: ignore[attr-defined]


def proposal(facts: Facts) -> dict[str, object]:
    return {"ground": "able", "reasons": "They asked for it.", "begins_on": clock.today()}


def refused_but(name: str) -> str:
    """This person does it; the others who see the page are told why they cannot."""
    codes = dict(zip(CAST, only(*SEE_ALL, gets=422).split(), strict=True))
    return " ".join("302+" if one == name else code for one, code in codes.items())


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
    "consent:own_address": Page(only(*SEE_ALL), pupil),
    "POST consent:own_address": Page(only(*SEE_ALL, gets="302+"), pupil, first_address),
    # It has not changed: there is nothing to confirm.
    "POST consent:confirm_own_address": Page(only(*SEE_ALL, gets=422), pupil),
    "consent:own_consents": Page(only(*SEE_ALL)),
    "consent:own_consent": Page(only(*SEE_ALL), near_adult),
    "POST consent:own_consent": Page(only(*SEE_ALL, gets="302+"), near_adult, proposal),
    # The office has proposed it: the lead approves.
    "POST consent:approve_own_consent": Page(refused_but("lead"), own),
    "consent:end_own_consent": Page(only(*SEE_ALL), own),
    "POST consent:end_own_consent": Page(only(*SEE_ALL, gets="302+"), own),
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
    "consent:imports": Page(only(*IMPORT)),
    "POST consent:imports": Page(only(*IMPORT, gets="302+"), data=a_file),
    "consent:new_mapping": Page(only(*IMPORT)),
    "POST consent:new_mapping": Page(
        only(*IMPORT, gets="302+"), data=lambda _: {"source": "own", "title": "Own"} | A_MAPPING
    ),
    "consent:mapping": Page(only(*IMPORT), lambda _: {"source": "sims"}),
    "POST consent:mapping": Page(
        only(*IMPORT, gets="302+"),
        lambda _: {"source": "sims"},
        lambda _: {"title": "SIMS"} | A_MAPPING,
    ),
    "POST consent:drop_mapping": Page(only(*IMPORT, gets=302), lambda _: {"source": "sims"}),
    "consent:import_one": Page(only(*IMPORT), run),
    "POST consent:import_one": Page(
        only(*IMPORT, gets=302), run, lambda facts: {"seen": "another"}
    ),
    "POST consent:drop_import": Page(only(*IMPORT, gets="302+"), run),
    "POST consent:undo_import": Page(only(*IMPORT, gets=302), run),
    "consent:confirm_ties": Page(only(*IMPORT)),
    "POST consent:confirm_ties": Page(
        only(*IMPORT, gets="302+"),
        data=lambda facts: {"ties": [facts["new_tie"].pk], "means": "no"},  # type: ignore[attr-defined]
    ),
}
