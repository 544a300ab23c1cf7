"""Pages of children who leave: where their file goes, and who has it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from concerns import forms, policy, selectors, services
from concerns.models import Transfer, TransferStep
from concerns.policy import transfer as rules
from concerns.policy.transfer import StepKind, Whither
from school.access import StaffRequest, second_factor, staff_page
from school.selectors import school
from school.terms import calendar
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@dataclass(frozen=True, kw_only=True)
class Act:
    """What can be noted about a leaving: its heading, its button, its form and what does it."""

    heading: str
    button: str
    done: str
    form: Callable[..., Any]
    do: Callable[..., object]


ACTS = {
    "whither": Act(
        heading="Where does the child go?",
        button="Record it",
        done="It is on record where the child goes.",
        form=forms.WhitherForm,
        do=services.say_whither,
    ),
    "ahead": Act(
        heading="Tell the next school in advance",
        button="Record it",
        done="What the next school was told is on record.",
        form=forms.AheadForm,
        do=services.tell_ahead,
    ),
    "send": Act(
        heading="Record that the file was sent",
        button="Record it",
        done="It was sent. The receipt is chased until it is here.",
        form=forms.SendForm,
        do=services.send,
    ),
    "receive": Act(
        heading="Record the receipt",
        button="Record it",
        done="The next school has the file. Nothing was closed here by that.",
        form=forms.ReceiptForm,
        do=services.receive,
    ),
    "chase": Act(
        heading="Record that you asked again",
        button="Record it",
        done="It is on record that you asked.",
        form=forms.ChaseForm,
        do=services.chase,
    ),
    "authority": Act(
        heading="Record that the local authority was told",
        button="Record it",
        done="It is on record what the local authority was told.",
        form=forms.AuthorityForm,
        do=services.tell_authority,
    ),
}
# Which of them a page offers at which stage, the first as the next step.
OFFERED = {
    rules.Stage.ASK: ("whither",),
    rules.Stage.SEND: ("send", "ahead", "whither"),
    rules.Stage.RECEIPT: ("receive", "chase", "send", "whither"),
    rules.Stage.AUTHORITY: ("authority", "whither"),
    rules.Stage.SEARCH: ("chase", "whither", "authority"),
    rules.Stage.DONE: ("whither",),
}
LABELS = {
    "whither": "Say where the child goes",
    "ahead": "Note that they were told in advance",
    "send": "Note that it was sent",
    "receive": "Note the receipt",
    "chase": "Note that you asked again",
    "authority": "Note that the local authority was told",
}
SENTENCES = {
    rules.Stage.ASK: "It is not on record where the child goes.",
    rules.Stage.SEND: "The file has to be sent.",
    rules.Stage.RECEIPT: "The file was sent, and nobody has confirmed that they have it.",
    rules.Stage.AUTHORITY: "No school takes the file: the local authority has to be told.",
    rules.Stage.SEARCH: "Nobody knows where the child is. Ask again, and say so here.",
    rules.Stage.DONE: "Nothing is left to do.",
}
STEPS = {
    StepKind.RAISED: "The roll says that the child leaves.",
    StepKind.RETURNED: "The child is on the roll again.",
    StepKind.AHEAD: "The next school was told in advance.",
    StepKind.SENT: "The file was sent.",
    StepKind.RECEIVED: "The next school has it.",
    StepKind.CHASED: "Somebody asked again.",
    StepKind.AUTHORITY: "The local authority was told.",
}


def _visible(request: StaffRequest, reference: str) -> Transfer:
    """Return a leaving of which this person may know; any other does not exist (E8)."""
    if not policy.may_copy_files(request.viewer):
        raise Http404
    rows = Transfer.objects.filter(reference=reference).visible_to(request.viewer)
    return get_object_or_404(rows.select_related("pupil"))


@require_GET
@staff_page
@second_factor
@transaction.atomic
def transfer(request: StaffRequest, reference: str) -> HttpResponse:
    """Show one leaving: what is left to do by when, and everything that was done."""
    row = _visible(request, reference)
    facts, days = row.leaving(), calendar()
    stage = rules.stage_of(facts)
    copies = selectors.copies_of(row.pupil, request.viewer)
    steps = list(row.steps.select_related("by", "copy"))
    sent = next((step.copy for step in reversed(steps) if step.copy in copies), None)
    first, *more = OFFERED[stage]
    context = {
        "transfer": row,
        "whither": Whither(row.whither).label if row.whither else "",
        "is_done": stage is rules.Stage.DONE,
        "is_received": stage is rules.Stage.DONE and facts.whither is Whither.SCHOOL,
        "keeps_copy": school().keeps_file_after_transfer,
        "is_late": rules.is_late(facts, days, today=clock.today()),
        "due_on": rules.due_on(days, row.left_on),
        "shows_due": stage in {rules.Stage.ASK, rules.Stage.SEND, rules.Stage.AUTHORITY},
        "needs_copy": stage is rules.Stage.SEND and not copies,
        "sentence": SENTENCES[stage],
        "first": (first, LABELS[first]),
        "more": [(act, LABELS[act]) for act in more],
        "since": selectors.logged_since(sent, row.pupil, request.viewer),
        "steps": [(step, _heading(step), step.copy in copies) for step in steps],
    }
    return render(request, "concerns/transfer.html", context)


def _heading(step: TransferStep) -> str:
    """Return a step in words."""
    if step.kind == StepKind.WHITHER:
        return f"{Whither(step.whither).label}."
    return STEPS[StepKind(step.kind)]


@require_http_methods(["GET", "POST"])
@staff_page
@second_factor
def transfer_act(request: StaffRequest, reference: str, act: str) -> HttpResponse:
    """Note one thing that was done so that the file is where the child is."""
    row, chosen = _visible(request, reference), ACTS.get(act)
    if chosen is None:
        raise Http404
    offered = {"copies": selectors.copies_of(row.pupil, request.viewer)} if act == "send" else {}
    form = chosen.form(request.POST or None, **offered)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.do(row, by=request.staff, **form.facts())
        except NotAllowed as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, chosen.done)
            return redirect(row)
    context = {"transfer": row, "form": form, "act": chosen}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "concerns/transfer_write.html", context, status=status)
