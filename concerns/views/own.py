"""Pages for everybody: follow what one has logged oneself."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from concerns import policy, selectors
from concerns.forms import AddForm, CallForm, unpack
from concerns.models import Concern, Draft
from notices.selectors import standstill
from school import roles
from school.access import StaffRequest, reporting_page
from school.calendar import is_open
from school.models import School
from school.terms import calendar
from schoolsafe.lib import clock


def team_for(facts: policy.Facts, people: Sequence[policy.Colleague]) -> list[int]:
    """Return whom a call about a concern may be noted to: never somebody who stands outside it (E1)."""
    return [person.staff_id for person in people if person.staff_id not in facts.excluded]


@require_GET
@reporting_page
def mine(request: StaffRequest) -> HttpResponse:
    """List what one has logged oneself."""
    now, people, hours = clock.now(), selectors.colleagues(clock.now()), calendar()
    later = selectors.named_later(request.staff)
    rows = [
        {
            "concern": concern,
            "people": selectors.people_as_logged(concern),
            "seen": selectors.seen_by_reporter(concern, people, hours, now=now)
            if concern.pk in later or concern.is_self_referral
            else concern,
        }
        for concern in selectors.logged_with_people(request.staff)
    ]
    drafts = [
        {"draft": draft, "typed": unpack(draft.typed)}
        for draft in Draft.objects.kept_by(request.staff)
    ]
    return render(
        request,
        "concerns/mine.html",
        {
            "finds_pupils": roles.may_find_pupils(request.viewer),
            "rows": rows,
            "drafts": drafts,
            "lent": selectors.lent_to(request.viewer, now=now),
            "reads_report": policy.may_read_report(request.viewer),
            "may_see_status": roles.may_see_status(request.viewer),
        },
    )


@require_GET
@reporting_page
def received(request: StaffRequest, reference: str) -> HttpResponse:
    """Show the reporter, for ever, that it was received, where it stands and whom to ring."""
    concern = get_object_or_404(
        selectors.logged_with_people(request.staff).select_related("acknowledged_by"),
        reference=reference,
    )
    now, people, hours = clock.now(), selectors.colleagues(clock.now()), calendar()
    seen = selectors.seen_by_reporter(concern, people, hours, now=now)
    rung = policy.rung_at(seen.facts, people, hours, now=now)
    entries = selectors.own_entries(concern)
    called = [entry for entry in entries if entry.kind == policy.EntryKind.CALL]
    told = [entry for entry in called if entry.called_id not in seen.facts.excluded]
    telephones = selectors.telephones(rung)
    return render(
        request,
        "concerns/received.html",
        {
            "silence": standstill(now),
            "concern": concern,
            "seen": seen,
            "told": selectors.own_chronology(concern),
            "people": selectors.people_as_logged(concern),
            "marks": list(concern.marks.all()),
            "figures": selectors.figures(list(concern.marks.all())),
            "needs_call": concern.is_from_home and not told,
            "telephones": telephones,
            "call_words": f"Received. {selectors.ring_whom(telephones)}",
            "must_phone": rung is not None
            and (
                rung.tells_reporter
                or seen.facts.is_hurried
                or (not is_open(hours, now) and seen.facts.urgency is policy.Urgency.URGENT)
            ),
            "is_unread": seen.facts.desk is policy.Desk.OUTSIDE,
            "is_open": is_open(hours, now),
            "is_about_staff": policy.is_about_staff(seen.facts),
            "numbers": School.objects.current(),
            "add_form": AddForm(),
            # Two forms with a `text` on one page: each label must lead to its own.
            "call_form": CallForm(team=team_for(seen.facts, people), auto_id="id_call_%s"),
            "files": selectors.files_of(concern, only_of=request.staff),
            "is_reader": Concern.objects.filter(pk=concern.pk).visible_to(request.viewer).exists(),
        },
    )
