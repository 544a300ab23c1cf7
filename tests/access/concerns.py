"""The addresses of concerns: one logged by the host about a child, one about the deputy herself."""

from typing import Any, cast
from uuid import uuid4

from concerns import services
from concerns.models import Certificate, Proposal, StatusFlag, Transfer
from concerns.policy import FlagKind, HoldWhy, Part, SealedAs
from concerns.policy.requests import Asker, Heard
from concerns.services import Named, keep_draft, lend, open_in_emergency, set_status
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.access.table import CAST, STAFF, Facts, Page, only, staff
from tests.concerns import papers
from tests.concerns.log import accused, child, contact, log

WORK_HERE = tuple(name for name in STAFF if name not in {"governor", "chair"})
TEAM = ("deputy", "lead", "head")


def make(facts: Facts) -> Facts:
    host: Any = facts["host"]
    cat = factories.make_pupil("Cat", "Clark", left_on=clock.today())
    deputy: Any = facts["deputy"]
    lead: Any = facts["lead"]
    concern = log(host, child(cat))
    other = log(host, child(factories.make_pupil("Cat", "Clarke")))
    outside = contact(at=concern.logged_at)
    referral = services.refer(concern, by=lead, contact=outside, text="All of it.")
    colleague_and_head: Any = facts["colleague"], facts["head"]
    colleague, head = colleague_and_head
    # About somebody who is not of the cast: shared with a teacher, opened by the deputy.
    lent = log(host, accused(factories.make_staff("Nora Named")))
    lend(lent, by=head, staff=colleague, until=clock.today(), reason="they must know")
    opening = open_in_emergency(lent.reference, by=deputy, reason="nobody else is there")
    about_deputy = log(host, accused(deputy))
    sealed = attached(concern, host, papers.picture())
    services.seal(sealed, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")
    known = {
        "concern": concern,
        "involved": concern.involved.get(),
        "referral": referral,
        "task": services.add_task(
            concern, by=lead, what="Ring.", owner=lead, due_on=concern.logged_at.date()
        ),
        "question": services.ask(concern, by=lead, text="Which arm?"),
        "link": services.link(concern, by=lead, other=other, text="Both saw it."),
        "disagreement": services.disagree(concern, by=lead, contact=outside, text="Not so."),
        "report": services.notify(
            concern,
            by=lead,
            contact=outside,
            holder=deputy,
            told_by=lead,
            holder_knows=False,
        ),
        "begun": keep_draft('{"seen": ["a bruise"]}', by=host, key=uuid4()),
        "lent": lent,
        "opening": opening,
        "file": attached(concern, host, papers.PDF),
        "file_of_the_lead": attached(concern, facts["lead"], papers.PDF),
        "sealed": sealed,
        "about_deputy": about_deputy,
        "file_about_deputy": attached(about_deputy, host, papers.PDF),
        "in_words": log(host, Named(part=Part.SUBJECT, name="Dana Deputy", is_adult=True)),
        "flag": flagged(facts),
        **kept(facts),
    }
    services.see_to_leaver(cat, by=SWEEP)
    asked = services.note_request(
        cat,
        by=host,
        asker=Asker.PARENT,
        heard=Heard.SPOKEN,
        name="Carla Clark",
        words="All of it.",
        received_on=clock.today(),
    )
    return {**known, "asked": asked, "leaving": Transfer.objects.get(pupil=cat)}


def kept(facts: Facts) -> Facts:
    """What is said about how long the concern, and the file of a child, are kept."""
    host: Any = facts["host"]
    lead: Any = facts["lead"]
    concern = log(host, child(factories.make_pupil("Keno", "Kept")))
    pupil = factories.make_pupil("Nora", "Nothing")
    at = concern.logged_at
    Proposal.objects.create(concern=concern, due_on=at.date(), reasons="old", at=at, by=lead)
    return {
        "kept": concern,
        "unheard_of": pupil,
        "hold": services.hold(concern, by=lead, why=HoldWhy.POLICE, reasons="They ask."),
        "pupil_hold": services.hold_pupil(pupil, by=lead, why=HoldWhy.COURT, reasons="They ask."),
        "certificate": Certificate.objects.create(
            at=at, desk="team", proposed_by=lead.actor, agreed_by=lead.actor
        ),
    }


def flagged(facts: Facts) -> StatusFlag:
    lead: Any = facts["lead"]
    kind, since = FlagKind.IN_NEED, clock.today()
    return set_status(factories.make_pupil("Flo", "Flagged"), by=lead, kind=kind, since=since)


def flag(facts: Facts) -> Any:
    row: Any = facts["flag"]
    return {"pk": row.pk}


def attached(concern: Any, by: Any, content: bytes) -> Any:
    files = [services.check_file("a name", content)]
    [file] = services.attach(concern, files, by=by, words="a file", is_declared=True)
    return file


def of_file(name: str) -> Any:
    def args(facts: Facts) -> dict[str, object]:
        file: Any = facts[name]
        return {"reference": file.concern.reference, "code": file.code}

    return args


def of(name: str) -> Any:
    return lambda facts: {"reference": facts[name].reference}


def pupil(facts: Facts) -> Any:
    child: Any = facts["unheard_of"]
    return {"pk": child.pk}


def hold_of(facts: Facts) -> Any:
    concern: Any = facts["kept"]
    hold: Any = facts["hold"]
    return {"reference": concern.reference, "pk": hold.pk}


def pupil_hold(facts: Facts) -> Any:
    hold: Any = facts["pupil_hold"]
    return {"pk": hold.pk}


def words_of(facts: Facts) -> Any:
    concern: Any = facts["in_words"]
    return {"reference": concern.reference, "pk": concern.involved.get().pk}


def draft_of(facts: Facts) -> Any:
    draft: Any = facts["begun"]
    return {"key": draft.key}


def row_of(name: str) -> Any:
    """A row of the concern about a child, as its addresses name it."""
    return lambda facts: {"reference": facts["concern"].reference, "pk": facts[name].pk}  # type: ignore[attr-defined]


def leaving(facts: Facts) -> Any:
    transfer: Any = facts["leaving"]
    return {"reference": transfer.reference}


def act(facts: Facts) -> Any:
    return {**leaving(facts), "act": "whither"}


def asked(facts: Facts) -> Any:
    request: Any = facts["asked"]
    return {"reference": request.reference}


def asked_act(facts: Facts) -> Any:
    return {**asked(facts), "act": "identity"}


def asked_texts(facts: Facts) -> Any:
    concern: Any = facts["concern"]
    return {**asked(facts), "concern": concern.reference}


def unseen(*names: str, gets: int | str = 200) -> str:
    """These get it; to everybody else it does not exist."""
    return only(*names, gets=gets, others=404)


OF_A_CONCERN = (
    "weigh",
    "hand_on",
    "add_task",
    "refer",
    "share",
    "keep_back",
    "disagree",
    "ask",
    "link",
    "lower",
    "raise_up",
    "settle_low",
    "split",
    "hand_over",
    "keep_here",
    "ask_second",
    "sign",
    "refuse",
)
FOR_REPORTERS = ("notify", "correct")
OF_A_ROW = {
    "finish_task": "task",
    "cancel_task": "task",
    "give_task": "task",
    "answer": "referral",
    "take_over": "referral",
    "tell_holder": "report",
    "disagree_further": "disagreement",
    "withdraw": "question",
    "unlink": "link",
    "move_pupil": "involved",
}


def share_of(facts: Facts) -> Any:
    concern: Any = facts["lent"]
    return {"reference": concern.reference, "pk": concern.shares.get().pk}


ACCESS = {
    "concerns:list": Page(" ".join("200" if name in (*TEAM, "chair") else "302" for name in CAST)),
    "concerns:log": Page(staff()),
    # Governors name a child in words: the roll is not theirs to search.
    "POST concerns:pupils": Page(only(*WORK_HERE)),
    "POST concerns:keep": Page(staff()),
    # Of what somebody has begun nobody else knows that it is there.
    "concerns:draft": Page(unseen("host"), draft_of),
    "concerns:throw_away": Page(unseen("host"), draft_of),
    "concerns:mine": Page(staff()),
    "concerns:report": Page(only("lead", "head", "chair", "governor")),
    "concerns:inspection": Page(unseen("lead", "head")),
    "concerns:register": Page(unseen("head", "chair")),
    "concerns:search": Page(only(*TEAM, "chair")),
    "concerns:statuses": Page(only(*TEAM, "office")),
    "concerns:set_status": Page(unseen(*TEAM), pupil),
    "concerns:end_status": Page(unseen(*TEAM), flag),
    # Nothing is on record about this child: the page is there for those for whom it might be.
    "concerns:chronology": Page(unseen(*TEAM), pupil),
    # For those who make copies too, whether there is anything to copy or not (E8).
    "concerns:copy": Page(unseen(*TEAM), pupil),
    # Whoever works here may be asked by a parent in the corridor.
    "concerns:find_asked": Page(only(*WORK_HERE)),
    "concerns:note_access": Page(only(*WORK_HERE), pupil),
    "concerns:requests": Page(only(*TEAM)),
    "concerns:access": Page(unseen(*TEAM), asked),
    "concerns:access_act": Page(unseen(*TEAM), asked_act),
    "concerns:access_texts": Page(unseen(*TEAM), asked_texts),
    "concerns:access_release": Page(unseen(*TEAM), asked),
    "concerns:transfer": Page(unseen(*TEAM), leaving),
    "concerns:transfer_act": Page(unseen(*TEAM), act),
    "concerns:detail": Page(unseen(*TEAM), of("concern")),
    "concerns:received": Page(unseen("host"), of("concern")),
    "POST concerns:acknowledge": Page(unseen(*TEAM, gets="302+"), of("concern")),
    "concerns:add": Page(unseen("host", *TEAM), of("concern")),
    "concerns:call": Page(unseen("host", *TEAM), of("concern")),
    "concerns:decide": Page(unseen(*TEAM), of("concern")),
    "concerns:close": Page(unseen(*TEAM), of("concern")),
    "concerns:reopen": Page(unseen(*TEAM), of("concern")),
    "concerns:attach": Page(unseen("host", *TEAM), of("concern")),
    "concerns:picture": Page(unseen("host", *TEAM), of("concern")),
    "concerns:file": Page(unseen("host", *TEAM), of_file("file")),
    "concerns:open_file": Page(unseen("host", *TEAM), of_file("file")),
    "concerns:seal": Page(unseen(*TEAM), of_file("file")),
    "concerns:remove": Page(unseen(*TEAM), of_file("sealed")),
    # Nobody has asked for it: to confirm or decline is refused to those who read it.
    "POST concerns:settle_removal": Page(
        unseen(*TEAM, gets=403), of_file("sealed"), lambda facts: {"answer": "confirm"}
    ),
    "concerns:name_subject": Page(unseen(*TEAM), of("concern")),
    "concerns:settle": Page(unseen("head"), words_of),
    "concerns:tasks": Page(only(*TEAM, "chair", others=404)),
    **{f"concerns:{name}": Page(unseen(*TEAM), of("concern")) for name in OF_A_CONCERN},
    **{f"concerns:{name}": Page(unseen("host", *TEAM), of("concern")) for name in FOR_REPORTERS},
    **{f"concerns:{name}": Page(unseen(*TEAM), row_of(row)) for name, row in OF_A_ROW.items()},
    # Whoever logged it answers what they were asked, and corrects what they wrote.
    "concerns:reply": Page(unseen("host", *TEAM), row_of("question")),
    "concerns:correct_entry": Page(unseen(*TEAM), row_of("referral")),
    "concerns:lend": Page(unseen(*TEAM), of("concern")),
    "POST concerns:take_back": Page(unseen("head", gets="302+"), share_of),
    "concerns:shared": Page(unseen("colleague"), of("lent")),
    "concerns:emergency": Page(only(*TEAM)),
    "concerns:opened": Page(unseen("deputy"), of("lent")),
    "concerns:simulator": Page(only("lead", "head")),
    "concerns:openings": Page(only("lead", "head", "chair")),
    "concerns:review": Page(
        only("lead", "head", "chair"), lambda facts: {"pk": cast(Any, facts["opening"]).pk}
    ),
    "concerns:retention": Page(only(*TEAM, "chair")),
    "concerns:agree": Page(only(*TEAM, "chair")),
    "concerns:certificates": Page(only(*TEAM, "chair")),
    "concerns:certificate": Page("302 403 403 200 200 200 404 403 403 403 302", of("certificate")),
    "concerns:hold": Page(unseen(*TEAM), of("kept")),
    "concerns:lift": Page(unseen(*TEAM), hold_of),
    "concerns:keep": Page(unseen(*TEAM), of("kept")),
    "concerns:born": Page(unseen("head"), words_of),
    "POST concerns:end_proposal": Page(unseen(*TEAM, gets="302+"), of("kept")),
    "concerns:pupil_holds": Page(unseen(*TEAM), pupil),
    "concerns:lift_pupil": Page(unseen(*TEAM), pupil_hold),
}
# The same addresses for a concern about the deputy herself: to her it does not exist.
ABOUT_THE_DEPUTY = {
    "concerns:detail": Page(unseen("head"), of("about_deputy")),
    "POST concerns:acknowledge": Page(unseen("head", gets="302+"), of("about_deputy")),
    "concerns:add": Page(unseen("host", "head"), of("about_deputy")),
    **{
        f"concerns:{name}": Page(unseen("head"), of("about_deputy"))
        for name in ("lower", "raise_up", "settle_low", "split")
    },
    "concerns:attach": Page(unseen("host", "head"), of("about_deputy")),
    "concerns:picture": Page(unseen("host", "head"), of("about_deputy")),
    "concerns:file": Page(unseen("host", "head"), of_file("file_about_deputy")),
    "concerns:open_file": Page(unseen("host", "head"), of_file("file_about_deputy")),
    "concerns:seal": Page(unseen("head"), of_file("file_about_deputy")),
}
# What the team attached does not exist for the reporter (E5).
OF_THE_TEAM = {
    "concerns:file": Page(unseen(*TEAM), of_file("file_of_the_lead")),
    "concerns:open_file": Page(unseen(*TEAM), of_file("file_of_the_lead")),
    "concerns:hold": Page(unseen("head"), of("about_deputy")),
    "concerns:keep": Page(unseen("head"), of("about_deputy")),
}
