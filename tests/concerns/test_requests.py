"""Somebody asks to see a child's file: the clock, who may, two people, and what is really left out."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import selectors, services
from concerns.models import AccessRequest, AccessStep, Concern, Hold
from concerns.policy import HoldWhy, Part
from concerns.policy.requests import (
    Asked,
    Asker,
    ChildSays,
    Choice,
    Ending,
    Exemption,
    Heard,
    Risk,
    approvals_missing,
    check_extension,
    check_read,
    due_on,
    is_held,
    is_paused,
    missing,
    months_after,
    needs_child,
    reminders,
)
from concerns.services import Decided, Named
from notices import services as outbox
from notices.models import Ladder
from school.calendar import Calendar
from school.models import Guardian, Pupil, StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_attachments import attach
from tests.concerns.test_copies import PASSPHRASE, text_of

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
DAYS = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=ZoneInfo("Europe/London"),
    nation="ENG",
    terms=(),
    closed_days=frozenset(),
)
TODAY = date(2026, 9, 15)
ASKED = Asked(received_on=TODAY, asker=Asker.PARENT, born_on=date(2018, 1, 1))


# --- The rules -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("received_on", "months", "day"),
    [
        (date(2026, 9, 15), 1, date(2026, 10, 15)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2026, 12, 31), 3, date(2027, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_g37_month_ends_on_the_same_day_or_the_last(
    received_on: date, months: int, day: date
) -> None:
    assert months_after(received_on, months) == day


@pytest.mark.parametrize(
    ("changes", "today", "due"),
    [
        ({}, TODAY, date(2026, 10, 15)),
        # From a Saturday and a Sunday to the Monday.
        ({"received_on": date(2026, 9, 17)}, TODAY, date(2026, 10, 19)),
        ({"received_on": date(2026, 9, 18)}, TODAY, date(2026, 10, 19)),
        ({"extended_on": TODAY}, TODAY, date(2026, 12, 15)),
        # While they have to show who they are, the clock stands; then it goes on.
        ({"identity_asked_on": date(2026, 9, 16)}, date(2026, 9, 21), date(2026, 10, 20)),
        (
            {"identity_asked_on": date(2026, 9, 16), "identity_on": date(2026, 9, 23)},
            date(2026, 10, 1),
            date(2026, 10, 22),
        ),
    ],
)
def test_g37_clock_runs_a_month_or_three_and_stands_while_identity_is_awaited(
    changes: dict[str, date], today: date, due: date
) -> None:
    asked = replace(ASKED, **changes)  # type: ignore[arg-type]
    assert due_on(asked, today=today) == due
    assert is_paused(asked) == ("identity_asked_on" in changes and "identity_on" not in changes)


def test_g37_two_more_months_are_said_in_the_first_and_once() -> None:
    check_extension(ASKED, told_on=date(2026, 10, 15))
    with pytest.raises(NotAllowed, match="first month"):
        check_extension(ASKED, told_on=date(2026, 10, 16))
    with pytest.raises(NotAllowed, match="already"):
        check_extension(replace(ASKED, extended_on=TODAY), told_on=TODAY)


@pytest.mark.parametrize(
    ("asker", "born_on", "needs"),
    [
        (Asker.PARENT, date(2014, 9, 15), True),
        (Asker.PARENT, date(2014, 9, 16), False),
        (Asker.OTHER, date(2010, 1, 1), True),
        (Asker.PARENT, None, True),
        (Asker.PUPIL, date(2010, 1, 1), False),
    ],
)
def test_e95_child_of_about_twelve_is_asked(
    asker: Asker, born_on: date | None, needs: bool
) -> None:
    assert needs_child(replace(ASKED, asker=asker, born_on=born_on), today=TODAY) is needs


@pytest.mark.parametrize(
    ("changes", "risk", "held"),
    [
        ({}, Risk(), False),
        ({}, Risk(is_blocked=True), True),
        ({}, Risk(is_alleged=True), True),
        ({"is_flagged": True}, Risk(), True),
        ({"child_says": ChildSays.OBJECTS}, Risk(), True),
        ({"child_says": ChildSays.NOT_ASKED}, Risk(), False),
    ],
)
def test_e94_where_harm_may_come_of_it_two_people_agree(
    changes: dict[str, object], risk: Risk, held: bool
) -> None:
    assert is_held(replace(ASKED, **changes), risk) is held  # type: ignore[arg-type]


LEAD, DEPUTY, HEAD = (
    Viewer(staff_id=number, roles=frozenset({role}))
    for number, role in enumerate((Role.DSL, Role.SAFEGUARDING, Role.HEADTEACHER))
)


@pytest.mark.parametrize(
    ("approvers", "held", "has_head", "is_enough"),
    [
        ([], False, True, False),
        ([HEAD], False, True, True),
        ([LEAD], True, True, False),
        ([LEAD, LEAD], True, True, False),
        ([LEAD, DEPUTY], True, True, False),
        ([LEAD, HEAD], True, True, True),
        ([HEAD, DEPUTY], True, True, True),
        ([LEAD, DEPUTY], True, False, True),
        ([HEAD], True, False, False),
    ],
)
def test_e94_two_approvals_are_by_different_people_of_the_team_and_the_head(
    approvers: list[Viewer], held: bool, has_head: bool, is_enough: bool
) -> None:
    assert (approvals_missing(approvers, is_held=held, has_head=has_head) == "") is is_enough


def test_g37_identity_and_the_right_to_ask_come_before_an_approval() -> None:
    assert len(missing(ASKED, is_held=True, today=TODAY)) == 3
    whole = replace(ASKED, identity_on=TODAY, has_authority=True)
    assert missing(whole, is_held=False, today=TODAY) == ()
    older = replace(whole, born_on=date(2012, 1, 1), is_advised=True)
    assert missing(older, is_held=True, today=TODAY) == ("Ask the child, or write why not.",)


def test_team_is_reminded_ever_more_often_and_then_daily_until_it_ends() -> None:
    plan = reminders(ASKED, DAYS)
    assert plan is not None
    days = [at.date() for at in (plan.due_at(step) for step in range(7))]
    due = date(2026, 10, 15)
    assert [(due - day).days for day in days] == [14, 7, 3, 1, 0, -1, -2]
    waits = reminders(replace(ASKED, identity_asked_on=TODAY), DAYS)
    assert waits is not None
    assert [waits.due_at(step).date() for step in (0, 1)] == [date(2026, 9, 22), date(2026, 9, 29)]
    assert reminders(replace(ASKED, is_ended=True), DAYS) is None


# --- What happens ----------------------------------------------------------------------------------
@pytest.fixture
def amy(school_day: datetime, lead: StaffMember, head: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams", born_on=date(2018, 1, 1))


@pytest.fixture
def parent(amy: Pupil) -> Guardian:
    return factories.make_guardian(amy, name="Ada Adams")


@pytest.fixture
def concern(amy: Pupil, host: StaffMember) -> Concern:
    bob = factories.make_pupil("Bob", "Brown")
    return make.log(
        host,
        make.child(amy),
        make.child(bob, Part.HARMING),
        seen="Bob pushed Amy. THESECRETPLACE is safe.",
        thought="WHOLLYWITHHELD",
        child_words="WHOLLYGIVEN",
    )


def asked_by_parent(amy: Pupil, by: StaffMember, **facts: object) -> AccessRequest:
    known: dict[str, object] = {
        "asker": Asker.PARENT,
        "heard": Heard.SPOKEN,
        "name": "Ada Adams",
        "words": "All of it",
        "received_on": TODAY,
    }
    return services.note_request(amy, by=by, **{**known, **facts})  # type: ignore[arg-type]


def checked(request: AccessRequest, by: StaffMember, parent: Guardian | None = None) -> None:
    services.check_identity(request, by=by, happened_on=TODAY, text="Passport")
    services.check_authority(
        request, by=by, happened_on=TODAY, text="Birth certificate", guardian=parent
    )


def give_all(request: AccessRequest, by: StaffMember, **others: Decided) -> None:
    """Give everything, but what is named otherwise."""
    for case in selectors.pack_of(request, by.viewer()).cases:
        decided = [
            others.get(one.row.key, Decided(key=one.row.key, choice=Choice.GIVE))
            for one in case.passages
            if not one.is_decided
        ]
        services.decide_access(request, case.concern, decided, by=by)


def withheld(key: str) -> Decided:
    return Decided(
        key=key, choice=Choice.WITHHOLD, exemption=Exemption.HARM, reasons="REASONSOFHARM"
    )


def approve(request: AccessRequest, *, by: StaffMember) -> AccessStep:
    """Approve what somebody has just read."""
    parts = selectors.pack_of(request, by.viewer()).parts
    return services.approve_access(request, by=by, text_sha256=selectors.text_hash(parts))


def page(name: str, request: AccessRequest, *more: str) -> str:
    return reverse(f"concerns:{name}", args=[request.reference, *more])


def press(client: Client, request: AccessRequest, **typed: str) -> HttpResponse:
    """Open the page of what leaves, and press one of its buttons."""
    address = page("access_release", request)
    return client.post(address, {**typed, "read": client.get(address).context["read"]})  # type: ignore[return-value]


MADE = {"do": "make", "whom": "Ada Adams, by hand", "has_looked": "on", "passphrase": PASSPHRASE}


@pytest.mark.django_db
def test_a53_pack_is_locked_and_what_is_left_out_is_not_in_it(
    amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    shorter = Decided(
        key="seen",
        choice=Choice.PART,
        exemption=Exemption.OTHERS,
        reasons="x",
        left_out="THESECRETPLACE",
    )
    give_all(request, lead, seen=shorter, thought=withheld("thought"))
    client = staff_client(lead)

    refused = press(client, request, **MADE)
    assert (refused.status_code, "has to approve" in refused.content.decode()) == (422, True)
    press(client, request, do="approve")
    answer = press(client, request, **MADE)

    assert answer.headers["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    assert "[another child (1)] pushed Amy. [left out] is safe." in text
    assert "WHOLLYGIVEN" in text
    left_out = ("THESECRETPLACE", "WHOLLYWITHHELD", "Bob", "REASONSOFHARM", "serious harm.")
    assert [words for words in left_out if words in text] == []
    assert [words for words in ("WHOLLYGIVEN", "Amy") if words.encode() in answer.content] == []
    # The one approval is used up, but what is left to do is to hand it out: that is what the page says.
    afterwards = client.get(page("access", request)).content.decode()
    assert "The file for them is made." in afterwards
    assert "has to approve" not in afterwards
    step = AccessStep.objects.get(kind="released")
    assert step.text_sha256 in text.replace(" ", "")
    assert PASSPHRASE not in client.get(page("access", request)).content.decode()
    assert AuditEntry.objects.filter(verb="concern.copy", object=concern.object).count() == 1
    # What was decided stays with it, and one approval gives it once.
    assert str(request.decisions.get(key="thought").reasons) == "REASONSOFHARM"
    assert press(client, request, **MADE).status_code == 422


@pytest.mark.django_db
def test_concern_of_which_all_is_withheld_leaves_no_trace(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    carl = factories.make_pupil("Carl", "Cole")
    kept = make.log(host, make.child(amy), make.child(carl, Part.WITNESS), seen="Carl saw it")
    request = asked_by_parent(amy, lead)
    pack = selectors.pack_of(request, lead.viewer())
    first = next(case for case in pack.cases if case.concern.pk == concern.pk)
    services.decide_access(
        request, concern, [withheld(one.row.key) for one in first.passages], by=lead
    )
    give_all(request, lead)

    parts = selectors.pack_of(request, lead.viewer()).parts

    assert [part.title for part in parts] == ["The child", f"Concern {kept.reference}"]
    # He was the second of all, and is the first of those who are given: no gap tells of the other.
    assert "[another child (1)] saw it" in parts[1].text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("decided", "words"),
    [
        (Decided(key="seen", choice=Choice.WITHHOLD, reasons="x"), "exemption"),
        (Decided(key="seen", choice=Choice.WITHHOLD, exemption=Exemption.CRIME), "why"),
        (Decided(key="seen", choice=Choice.GIVE, exemption=Exemption.CRIME), "needs no"),
        (
            Decided(
                key="seen",
                choice=Choice.PART,
                exemption=Exemption.CRIME,
                reasons="x",
                left_out="Bob pushed",
            ),
            "exactly",
        ),
        (Decided(key="nothing", choice=Choice.GIVE), "changed"),
    ],
)
def test_g38_what_is_left_out_has_an_exemption_reasons_and_stands_in_the_text(
    decided: Decided, words: str, amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    request = asked_by_parent(amy, lead)
    with pytest.raises(NotAllowed, match=words):
        services.decide_access(request, concern, [decided], by=lead)
    assert request.decisions.count() == 0


@pytest.mark.django_db
def test_e94_parent_who_may_be_accused_gets_nothing_before_lead_and_head_agree(
    amy: Pupil, parent: Guardian, host: StaffMember, lead: StaffMember, head: StaffMember,
    deputy: StaffMember,
) -> None:  # fmt: skip
    make.log(host, make.child(amy), Named(part=Part.HARMING, name="Mum's friend", is_adult=True))
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    give_all(request, lead)
    with pytest.raises(NotAllowed, match="data protection"):
        approve(request, by=lead)
    services.note_advice(request, by=lead, whom="DPO", happened_on=TODAY, text="With care")
    approve(request, by=lead)
    with pytest.raises(NotAllowed, match="already"):
        approve(request, by=lead)
    approve(request, by=deputy)
    pack = selectors.pack_of(request, lead.viewer())
    people = selectors.colleagues(clock.now())
    assert "headteacher" in selectors.approval_missing(pack, people)

    approve(request, by=head)

    assert selectors.approval_missing(pack, people) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asker", "known", "is_blocked"),
    [
        (Asker.PARENT, "blocked", True),
        (Asker.PARENT, "other", False),
        # Nobody knows who it is, or for whom: it may be the one.
        (Asker.PARENT, "", True),
        (Asker.OTHER, "other", True),
        (Asker.PUPIL, "", False),
    ],
)
def test_e94_no_contact_holds_disclosure_in_doubt_too(
    asker: Asker, known: str, is_blocked: bool, amy: Pupil, lead: StaffMember
) -> None:
    block = {
        "blocked_from": date(2026, 1, 1),
        "block_reason": "Order",
        "block_evidence": "Court",
        "block_approved_by": lead,
    }
    people = {
        "blocked": factories.make_guardian(amy, **block),
        "other": factories.make_guardian(amy),
        "": None,
    }
    request = asked_by_parent(amy, lead, asker=asker)
    request.guardian = people[known]
    assert selectors.risk_of(request, today=TODAY).is_blocked is is_blocked


@pytest.mark.django_db
def test_what_is_written_or_decided_after_an_approval_has_to_be_approved_anew(
    amy: Pupil, parent: Guardian, concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    give_all(request, lead)
    approve(request, by=lead)
    people = selectors.colleagues(clock.now())

    def waits() -> tuple[int, str]:
        pack = selectors.pack_of(request, lead.viewer())
        return pack.undecided, selectors.approval_missing(pack, people)

    assert waits() == (0, "")
    services.add(concern, by=host, text="LATER")
    undecided, missing_now = waits()
    assert (undecided, bool(missing_now)) == (1, True)
    give_all(request, lead)
    assert (waits()[0], bool(waits()[1])) == (0, True)
    approve(request, by=lead)
    assert waits() == (0, "")
    services.decide_access(request, concern, [withheld("seen")], by=lead)
    assert (waits()[0], bool(waits()[1])) == (0, True)


@pytest.mark.django_db
def test_e96_open_request_holds_the_file_and_its_hold_is_lifted_by_its_end_alone(
    amy: Pupil, lead: StaffMember, office: StaffMember
) -> None:
    request = asked_by_parent(amy, office)
    hold = Hold.objects.open().get(pupil=amy, why=HoldWhy.ACCESS)
    with pytest.raises(NotAllowed, match="asked to see"):
        services.lift(hold, by=lead, because="x")
    with pytest.raises(NotAllowed, match="Nothing was made"):
        services.end_request(
            request, by=lead, ending=Ending.GIVEN, happened_on=TODAY, text="Handed over"
        )

    services.end_request(
        request, by=lead, ending=Ending.NOTHING, happened_on=TODAY, text="By letter"
    )

    hold.refresh_from_db()
    assert hold.lifted_by == lead
    assert not Ladder.objects.open().filter(about=request.object).exists()
    with pytest.raises(NotAllowed, match="has ended"):
        services.flag_request(request, by=lead, text="x")


@pytest.mark.django_db
def test_team_has_a_letter_at_once_and_until_it_ends_that_says_nothing(
    amy: Pupil, concern: Concern, lead: StaffMember, head: StaffMember, office: StaffMember,
    clock_at: SetClock,
) -> None:  # fmt: skip
    request = asked_by_parent(amy, office)
    mail.outbox.clear()
    outbox.run_due(clock.now())
    outbox.run_due(clock.now())
    ours = [one for one in mail.outbox if request.reference in str(one.body)]
    assert sorted(one.to[0] for one in ours) == sorted([lead.email, head.email])
    assert [word for word in ("Amy", "Ada") if word in str(ours[0].body)] == []
    mail.outbox.clear()
    clock_at(datetime(2026, 10, 16, 9, tzinfo=UTC))
    outbox.run_due(clock.now())
    outbox.run_due(clock.now())
    assert [one for one in mail.outbox if request.reference in str(one.body)]


@pytest.mark.django_db
def test_who_stands_outside_one_concern_or_is_family_stands_outside_the_request(
    amy: Pupil, host: StaffMember, lead: StaffMember, head: StaffMember, deputy: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    make.log(host, make.child(amy))
    make.log(host, make.child(amy), make.accused(deputy))
    factories.make_guardian(amy, email=lead.email)
    request = asked_by_parent(amy, head)

    seen = {
        who.name: staff_client(who).get(page("access", request)).status_code
        for who in (lead, head, deputy, host)
    }

    assert seen == {lead.name: 404, head.name: 200, deputy.name: 404, host.name: 404}
    assert [row.pk for row in selectors.requests_open(head.viewer())] == [request.pk]
    assert selectors.requests_open(lead.viewer()) == selectors.requests_open(deputy.viewer()) == []
    told = selectors.to_tell_of_requests([request], selectors.colleagues(clock.now()))
    assert told == {request.pk: [head.pk]}
    with pytest.raises(NotAllowed, match="see to requests"):
        services.flag_request(request, by=deputy, text="x")


@pytest.mark.django_db
def test_e95_child_who_has_left_is_found_by_those_who_answer_and_by_no_others(
    host: StaffMember, lead: StaffMember, staff_client: SignIn, school_day: datetime
) -> None:
    gone = factories.make_pupil("Gina", "Gone", left_on=date(2024, 7, 20))
    asked, note = reverse("concerns:find_asked"), reverse("concerns:note_access", args=[gone.pk])

    found = staff_client(lead).get(asked, {"words": "Gone"}).content.decode()
    assert note in found
    assert "Not here from 20 July 2024 on." in found
    for_others = staff_client(host).get(asked, {"words": "Gone"}).content.decode()
    assert note not in for_others
    assert "tell the safeguarding team" in for_others


@pytest.mark.django_db
def test_e95_spoken_request_is_written_down_by_whoever_was_asked_and_worked_through_by_pages(
    amy: Pupil, parent: Guardian, concern: Concern, host: StaffMember, lead: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    asks = {
        "asker": "pupil",
        "name": "Amy herself",
        "heard": "spoken",
        "received_on": "2026-09-15",
        "words": "What have you written?",
    }
    found = staff_client(host).get(reverse("concerns:find_asked"), {"words": "Adams"})
    assert reverse("concerns:note_access", args=[amy.pk]) in found.content.decode()
    staff_client(host).post(reverse("concerns:note_access", args=[amy.pk]), asks)
    request = AccessRequest.objects.get()
    client = staff_client(lead)
    assert "30 days left" in client.get(reverse("concerns:requests")).content.decode()

    note = {"happened_on": "2026-09-15", "text": "Known by sight"}
    for act in ("identity", "authority"):
        assert client.get(page("access", request)).context["next_url"].endswith(f"/{act}/")
        assert client.post(page("access_act", request, act), note).status_code == 302
    texts = page("access_texts", request, concern.reference)
    assert client.get(page("access", request)).context["next_url"] == texts
    given = {one.fields[0].html_name: "give" for one in client.get(texts).context["askings"]}
    faulty = client.post(texts, dict.fromkeys(list(given)[:1], "withhold"))
    assert (faulty.status_code, request.decisions.count()) == (422, 0)
    client.post(texts, given)
    assert request.decisions.count() == len(given)
    # Sent once more unchanged it is nothing new, and undoes no approval.
    client.post(texts, given)
    assert request.decisions.count() == len(given)
    press(client, request, do="approve")
    assert press(client, request, **MADE).status_code == 200
    ended = client.post(page("access_act", request, "end"), {**note, "answer": "given"})
    assert ended.status_code == 302
    assert client.get(page("access", request)).status_code == 200
    assert client.get(texts).status_code == 404


@pytest.mark.django_db
def test_g38_answer_stays_with_its_text_though_a_colleague_adds_another_before_it(
    amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember, deputy: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    services.add(concern, by=lead, text="Seen again today")
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    client, texts = staff_client(lead), page("access_texts", request, concern.reference)
    typed = {}
    for one in client.get(texts).context["askings"]:
        is_kept = one.passage.row.key == "thought"
        answers = ("withhold", "", "harm", "REASONSOFHARM") if is_kept else ("give", "", "", "")
        typed |= {field.html_name: said for field, said in zip(one.fields, answers, strict=True)}
    uncle = Named(part=Part.WITNESS, name="Uncle Joe", is_adult=True)
    services.name_subject(concern, by=deputy, person=uncle)

    client.post(texts, typed)

    assert [row.key for row in request.decisions.exclude(choice="give")] == ["thought"]
    # What has come since has no answer yet, and nothing leaves before.
    pack = selectors.pack_of(request, lead.viewer())
    new = [one.row for case in pack.cases for one in case.passages if not one.is_decided]
    assert [row.text.startswith("Uncle Joe") for row in new] == [True, False]


def as_sent(page: HttpResponse) -> dict[str, str]:
    """What a browser sends of the page of texts: every field, and of the choices those that are made."""
    return {
        field.html_name: str(field.value() or "")
        for one in page.context["askings"]
        for field in one.fields
        if field.value() or field is not one.fields[0]
    }


@pytest.mark.django_db
def test_g38_rest_is_set_to_be_given_in_one_press_and_recorded_by_another(
    amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    attach(concern, lead)
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    client, texts = staff_client(lead), page("access_texts", request, concern.reference)
    opened = client.get(texts)
    askings = {one.passage.row.key: one for one in opened.context["askings"]}
    names = [field.html_name for field in askings["thought"].fields]
    answers = zip(names, ("withhold", "", "harm", "REASONSOFHARM"), strict=True)
    typed = as_sent(opened) | dict(answers)

    shown = client.post(texts, typed | {"do": "rest"})

    assert (shown.status_code, request.decisions.count()) == (200, 0)
    assert "Nothing is recorded yet." in shown.content.decode()
    said = {
        one.passage.row.key: (one.passage.file is None, *(field.value() for field in one.fields))
        for one in shown.context["askings"]
    }
    assert said.pop("thought") == (True, "withhold", "", "harm", "REASONSOFHARM")
    assert {(is_text, choice) for is_text, choice, *_ in said.values()} == {
        (True, "give"),
        # Nobody gives a file without having opened it.
        (False, None),
    }


@pytest.mark.django_db
def test_g38_giving_the_rest_undoes_no_decision_and_gives_nothing_that_was_not_on_the_page(
    amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember, deputy: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    services.decide_access(request, concern, [withheld("logged")], by=deputy)
    client, texts = staff_client(lead), page("access_texts", request, concern.reference)
    typed = as_sent(client.get(texts))
    # Meanwhile a colleague withholds one text, another one changes, and a third one comes.
    services.decide_access(request, concern, [withheld("thought")], by=deputy)
    Concern.objects.filter(pk=concern.pk).update(seen="Another text than the one that was read.")
    services.add(concern, by=deputy, text="It has come since.")

    shown = client.post(texts, typed | {"do": "rest"})

    said = {one.passage.row.key: one.fields[0].value() for one in shown.context["askings"]}
    new = next(key for key in said if key.startswith("entry"))
    assert {key: choice for key, choice in said.items() if choice != "give"} == {
        "logged": "withhold",
        "thought": "withhold",
        "seen": None,
        new: None,
    }
    assert said["child_words"] == "give"


@pytest.mark.parametrize("do", ["approve", "make"])
@pytest.mark.django_db
def test_e94_nobody_approves_or_makes_what_changed_after_they_had_read_it(
    do: str, amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember,
    deputy: StaffMember, staff_client: SignIn,
) -> None:  # fmt: skip
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    give_all(request, lead, thought=withheld("thought"))
    client, address = staff_client(lead), page("access_release", request)
    seen = client.get(address)
    given = [Decided(key="thought", choice=Choice.GIVE)]
    services.decide_access(request, concern, given, by=deputy)
    if do == "make":
        approve(request, by=deputy)
    before = request.steps.count()

    answer = client.post(address, {**MADE, "do": do, "read": seen.context["read"]})

    assert "WHOLLYWITHHELD" not in seen.content.decode()
    assert (answer.status_code, request.steps.count()) == (422, before)
    assert "has changed meanwhile" in answer.content.decode()


@pytest.mark.parametrize(
    ("read", "leaves", "may"), [("a", "a", True), ("a", "b", False), ("", "b", False)]
)
def test_e94_what_is_approved_or_made_was_read_as_it_is(read: str, leaves: str, may: bool) -> None:
    with nullcontext() if may else pytest.raises(NotAllowed, match="changed meanwhile"):
        check_read(read=read, leaves=leaves)


@pytest.mark.django_db
def test_e8_hold_of_a_request_is_known_to_those_alone_who_see_to_it(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    make.log(host, make.child(amy), make.accused(deputy))
    asked_by_parent(amy, lead)
    of_file = reverse("concerns:pupil_holds", args=[amy.pk])
    of_concern = reverse("concerns:detail", args=[concern.reference])
    hold = reverse("concerns:lift_pupil", args=[Hold.objects.get().pk])

    for address in (of_file, of_concern):
        assert services.requests.HOLD_REASONS in staff_client(lead).get(address).content.decode()
        shown = staff_client(deputy).get(address)
        assert shown.status_code == 200
        assert services.requests.HOLD_REASONS not in shown.content.decode()
    assert staff_client(deputy).get(hold).status_code == 404
    # One that somebody placed by hand belongs to no request.
    services.hold_pupil(amy, by=lead, why=HoldWhy.ACCESS, reasons="BYHAND")
    assert "BYHAND" in staff_client(deputy).get(of_file).content.decode()


@pytest.mark.django_db
def test_e20_request_that_is_sent_twice_is_one(amy: Pupil, host: StaffMember) -> None:
    first = asked_by_parent(amy, host)
    assert asked_by_parent(amy, host) == first
    assert Hold.objects.count() == Ladder.objects.count() == 1
    assert asked_by_parent(amy, host, words="Her photographs") != first


@pytest.mark.django_db
def test_parent_without_responsibility_may_not_ask(amy: Pupil, lead: StaffMember) -> None:
    stranger = factories.make_guardian(amy, has_parental_responsibility=False)
    request = asked_by_parent(amy, lead)
    with pytest.raises(NotAllowed, match="no parental responsibility"):
        services.check_authority(request, by=lead, happened_on=TODAY, text="x", guardian=stranger)
    with pytest.raises(NotAllowed, match="had not asked yet"):
        services.check_identity(request, by=lead, happened_on=TODAY - timedelta(days=1), text="x")
