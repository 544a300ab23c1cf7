"""A child with records leaves: by when the file is due, who is reminded, and what is never forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from concerns import selectors, services
from concerns.models import Concern, Copy, Transfer
from concerns.policy.transfer import (
    Leaving,
    Stage,
    Way,
    Whither,
    due_on,
    is_late,
    plan_of,
    stage_of,
)
from notices import services as outbox
from notices.models import Ladder
from school.calendar import Calendar
from school.models import Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
DAYS = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=ZoneInfo("Europe/London"),
    nation="ENG",
    terms=((date(2026, 4, 13), date(2026, 7, 21)), (date(2026, 9, 3), date(2026, 12, 18))),
    closed_days=frozenset({date(2026, 9, 7)}),
)
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
LEAVES = Leaving(left_on=date(2026, 9, 15))
DAY = timedelta(days=1)


# --- The rules -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("left_on", "due"),
    [
        (date(2026, 9, 15), date(2026, 9, 21)),
        # G31: who leaves in summer is due in the first five days of the new term, an INSET day not counted.
        (date(2026, 7, 22), date(2026, 9, 10)),
        (date(2026, 9, 1), date(2026, 9, 10)),
        # Over a weekend.
        (date(2026, 9, 19), date(2026, 9, 25)),
    ],
)
def test_file_is_due_on_the_fifth_school_day(left_on: date, due: date) -> None:
    assert due_on(DAYS, left_on) == due


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ({}, Stage.ASK),
        ({"whither": Whither.STAYS}, Stage.DONE),
        ({"whither": Whither.SCHOOL}, Stage.SEND),
        ({"whither": Whither.SCHOOL, "sent_at": NOON}, Stage.RECEIPT),
        ({"whither": Whither.SCHOOL, "sent_at": NOON, "received_at": NOON}, Stage.DONE),
        ({"whither": Whither.HOME}, Stage.AUTHORITY),
        ({"whither": Whither.ABROAD}, Stage.AUTHORITY),
        ({"whither": Whither.MISSING}, Stage.AUTHORITY),
        ({"whither": Whither.UNKNOWN}, Stage.AUTHORITY),
        ({"whither": Whither.HOME, "authority_at": NOON}, Stage.DONE),
        ({"whither": Whither.ABROAD, "authority_at": NOON}, Stage.DONE),
        ({"whither": Whither.MISSING, "authority_at": NOON}, Stage.SEARCH),
        ({"whither": Whither.UNKNOWN, "authority_at": NOON}, Stage.SEARCH),
    ],
)
def test_e90_each_way_of_leaving_has_its_own_road(facts: dict[str, object], stage: Stage) -> None:
    leaving = replace(LEAVES, **facts)  # type: ignore[arg-type]

    assert stage_of(leaving) is stage
    assert (plan_of(leaving, DAYS) is None) == (stage is Stage.DONE)


def test_e90_reminders_before_it_is_sent_never_end() -> None:
    plan = plan_of(LEAVES, DAYS)
    assert plan is not None

    first = [plan.due_at(step).date() for step in range(5)]
    assert first == [date(2026, 9, day) for day in (15, 17, 21, 22, 23)]
    for step in range(200):
        assert plan.step_at(plan.due_at(step)) == step
        assert plan.step_at(plan.due_at(step) - timedelta(seconds=1)) == step - 1


def test_e91_receipt_is_chased_after_five_school_days_and_then_weekly() -> None:
    plan = plan_of(replace(LEAVES, whither=Whither.SCHOOL, sent_at=NOON), DAYS)
    assert plan is not None

    assert [plan.due_at(step).date() for step in range(3)] == [
        date(2026, 9, 22),
        date(2026, 9, 29),
        date(2026, 10, 6),
    ]


def test_late_is_the_day_after_it_was_due_and_never_once_it_was_sent() -> None:
    due = due_on(DAYS, LEAVES.left_on)
    sent = replace(LEAVES, whither=Whither.SCHOOL, sent_at=NOON)

    assert [is_late(LEAVES, DAYS, today=day) for day in (due, due + DAY)] == [False, True]
    assert not is_late(sent, DAYS, today=due + DAY)


# --- What happens ----------------------------------------------------------------------------------
@pytest.fixture
def amy(school_day: datetime, lead: StaffMember, deputy: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def concern(amy: Pupil, host: StaffMember) -> Concern:
    return make.log(host, make.child(amy))


def leave(pupil: Pupil, on: date | None) -> None:
    Pupil.objects.filter(pk=pupil.pk).update(left_on=on)


def sweep() -> None:
    """What the sweep does: it looks at the roll once a minute, and sends what is due."""
    for pk in selectors.turned(clock.now()):
        services.see_to_leaver(Pupil.objects.get(pk=pk), by=SWEEP)
    outbox.run_due(clock.now())


def left(amy: Pupil) -> Transfer:
    leave(amy, clock.today())
    sweep()
    return Transfer.objects.get(pupil=amy)


def a_copy(amy: Pupil, concern: Concern, by: StaffMember) -> Copy:
    return services.record_copy(
        amy,
        [concern],
        by=by,
        code="c0ffee",
        for_whom="Hill School",
        reason="Amy goes there",
        content=b"locked",
        text_sha256="0" * 64,
    )


def send(transfer: Transfer, copy: Copy, by: StaffMember) -> None:
    services.say_whither(transfer, by=by, whither=Whither.SCHOOL, place="Hill School")
    services.send(
        transfer,
        by=by,
        copy=copy,
        way=Way.ELECTRONIC,
        whom="Ms Hill, DSL",
        happened_at=clock.now(),
    )


@pytest.mark.django_db
def test_pupil_with_records_who_leaves_is_raised_by_itself_and_the_team_is_told(
    amy: Pupil, concern: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    nobody = factories.make_pupil("Nora", "Nothing", left_on=clock.today())
    leave(amy, clock.today())

    # The sweep itself, and nobody who presses anything.
    outbox.run_due(clock.now())
    outbox.run_due(clock.now())

    transfer = Transfer.objects.get(pupil=amy)
    letters = [letter for letter in mail.outbox if transfer.reference in str(letter.body)]
    assert sorted(letter.to[0] for letter in letters) == sorted([lead.email, deputy.email])
    everything = "\n".join(str(letter.message()) for letter in mail.outbox)
    assert transfer.reference in everything
    assert [word for word in ("Amy", "Adams", *make.MARKERS) if word in everything] == []
    assert not Transfer.objects.filter(pupil=nobody).exists()


@pytest.mark.django_db
def test_e90_reminders_go_on_until_somebody_says_where_the_child_is(
    amy: Pupil, concern: Concern, lead: StaffMember, clock_at: SetClock, school_day: datetime
) -> None:
    transfer = left(amy)
    mail.outbox.clear()
    for days in range(1, 60):
        clock_at(school_day + days * DAY)
        sweep()
    about_it = [letter for letter in mail.outbox if transfer.reference in str(letter.body)]
    assert len([letter for letter in about_it if letter.to == [lead.email]]) > 50

    services.say_whither(transfer, by=lead, whither=Whither.HOME, place="")
    services.tell_authority(
        transfer, by=lead, whom="The council", happened_at=clock.now(), text="By telephone"
    )

    assert Ladder.objects.open().filter(about=transfer.object).count() == 0
    assert selectors.transfers_open(lead.viewer()) == []


@pytest.mark.django_db
def test_e91_receipt_ends_the_chase_and_closes_no_concern(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    transfer = left(amy)
    send(transfer, a_copy(amy, concern, lead), lead)
    assert selectors.is_leaving_open(amy)

    services.receive(
        transfer, by=lead, whom="Ms Hill", happened_at=clock.now(), text="By secure e-mail"
    )

    transfer.refresh_from_db()
    concern.refresh_from_db()
    assert stage_of(transfer.leaving()) is Stage.DONE
    # U14: sending a file closes nothing and destroys nothing.
    assert (concern.status, str(concern.seen)) == ("logged", make.SEEN)
    assert not selectors.is_leaving_open(amy)
    assert Ladder.objects.open().filter(about=transfer.object).count() == 0


@pytest.mark.django_db
def test_e92_pupil_who_returns_and_leaves_again_has_one_row_with_all_its_steps(
    amy: Pupil, concern: Concern, lead: StaffMember, school_day: datetime, clock_at: SetClock
) -> None:
    transfer = left(amy)
    send(transfer, a_copy(amy, concern, lead), lead)
    leave(amy, None)
    sweep()
    transfer.refresh_from_db()
    assert (transfer.whither, selectors.is_leaving_open(amy)) == (Whither.STAYS, False)

    clock_at(school_day + 30 * DAY)
    again = left(amy)

    assert (again.pk, again.whither, again.sent_at) == (transfer.pk, "", None)
    assert [step.kind for step in again.steps.all()] == [
        "raised",
        "whither",
        "sent",
        "returned",
        "raised",
    ]


@pytest.mark.django_db
def test_corrected_leaving_date_forgets_nothing_that_was_done(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    transfer = left(amy)
    send(transfer, a_copy(amy, concern, lead), lead)
    leave(amy, clock.today() - DAY)
    sweep()

    transfer.refresh_from_db()
    assert transfer.left_on == clock.today() - DAY
    assert stage_of(transfer.leaving()) is Stage.RECEIPT


@pytest.mark.django_db
def test_another_school_has_to_be_sent_the_file_anew(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    transfer = left(amy)
    send(transfer, a_copy(amy, concern, lead), lead)

    changed = services.say_whither(transfer, by=lead, whither=Whither.SCHOOL, place="Vale School")

    assert stage_of(changed.leaving()) is Stage.SEND


@pytest.mark.django_db
def test_steps_in_the_wrong_order_are_refused(
    amy: Pupil, concern: Concern, lead: StaffMember, host: StaffMember, head: StaffMember
) -> None:
    transfer, copy, now = left(amy), a_copy(amy, concern, lead), clock.now()
    said = {"whom": "Ms Hill", "happened_at": now, "text": "x"}

    with pytest.raises(NotAllowed, match="to which school"):
        services.send(transfer, by=lead, copy=copy, way=Way.HAND, whom="x", happened_at=now)
    with pytest.raises(NotAllowed, match="before it was sent"):
        services.receive(transfer, by=lead, **said)
    with pytest.raises(NotAllowed, match="no school is known"):
        services.tell_authority(transfer, by=lead, **said)
    with pytest.raises(NotAllowed, match="which school it is"):
        services.say_whither(transfer, by=lead, whither=Whither.SCHOOL, place=" ")
    with pytest.raises(NotAllowed, match="has been done"):
        services.chase(transfer, by=lead, whom="x", happened_at=now + DAY, text="")
    with pytest.raises(NotAllowed, match="files of leavers"):
        services.chase(transfer, by=host, **said)


@pytest.mark.django_db
def test_lead_who_is_a_parent_hears_nothing_of_the_leaving_and_cannot_find_it(
    amy: Pupil,
    concern: Concern,
    lead: StaffMember,
    deputy: StaffMember,
    staff_client: SignIn,
) -> None:
    factories.make_guardian(amy, email=lead.email)
    sweep()
    mail.outbox.clear()

    transfer = left(amy)
    sweep()

    address = reverse("concerns:transfer", args=[transfer.reference])
    assert {letter.to[0] for letter in mail.outbox} == {deputy.email}
    assert staff_client(lead).get(address).status_code == 404
    assert (
        transfer.reference not in staff_client(lead).get(reverse("concerns:list")).content.decode()
    )
    assert transfer.reference in staff_client(deputy).get(reverse("concerns:list")).content.decode()


@pytest.mark.django_db
def test_page_leads_through_the_leaving_and_keeps_what_was_typed(
    amy: Pupil, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    transfer, client = left(amy), staff_client(lead)

    def act(name: str) -> str:
        return reverse("concerns:transfer_act", args=[transfer.reference, name])

    page = client.get(transfer.get_absolute_url()).content.decode()
    assert "It is not on record where the child goes." in page
    assert "Monday 21 September 2026" in page
    faulty = client.post(act("whither"), {"whither": "school", "text": "MOTHERSAIDSO"})
    assert (faulty.status_code, "MOTHERSAIDSO" in faulty.content.decode()) == (422, True)
    assert client.post(act("whither"), {"whither": "school", "place": "Hill"}).status_code == 302
    assert "Make a copy" in client.get(transfer.get_absolute_url()).content.decode()
    copy = a_copy(amy, concern, lead)
    sent = {"copy": copy.code, "way": "hand", "whom": "Ms Hill", "happened_at": "2026-09-15T14:00"}
    assert client.post(act("send"), sent).status_code == 302
    page = client.get(transfer.get_absolute_url()).content.decode()
    assert copy.sha256 in page
    assert "nobody has confirmed" in page
    assert client.get(act("nothing")).status_code == 404
    make.log(lead, make.child(amy))
    assert (
        "1 concern you may read is not in the copy"
        in client.get(transfer.get_absolute_url()).content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "is_sent"), [("14:05", True), ("14:04", False)])
def test_g31_copy_is_sent_in_the_minute_in_which_it_was_made_and_not_before(
    typed: str, is_sent: bool, amy: Pupil, concern: Concern, lead: StaffMember,
    staff_client: SignIn, clock_at: SetClock, school_day: datetime,
) -> None:  # fmt: skip
    transfer, client = left(amy), staff_client(lead)
    services.say_whither(transfer, by=lead, whither=Whither.SCHOOL, place="Hill")
    clock_at(school_day + timedelta(minutes=5, seconds=20))
    copy = a_copy(amy, concern, lead)
    clock_at(school_day + timedelta(minutes=5, seconds=50))
    address = reverse("concerns:transfer_act", args=[transfer.reference, "send"])

    form = client.get(address).context["form"]
    # Most of what is noted has just happened: the page begins with the present.
    assert form["happened_at"].value().strftime("%H:%M") == "14:05"
    client.post(
        address,
        {"copy": copy.code, "way": "hand", "whom": "Ms Hill", "happened_at": f"2026-09-15T{typed}"},
    )

    transfer.refresh_from_db()
    assert (transfer.sent_at is not None) is is_sent
