"""Calls with their consent and letters: six years after the school year, by two people, and never what is held."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from concerns.policy import HoldWhy
from concerns.services import hold_pupil
from consent.models import Answer, Question
from meetings.models import Meeting, RegisterEntry
from meetings.policy import Status
from meetings.policy.keeping import Kept, stand
from notices import services as outbox
from notices.models import Notice
from school import keeping, services
from school.keeping import Stand
from school.models import Disposal, Guardian, Pupil, Revision, StaffMember
from school.rights import Heard, Right
from school.roles import Role
from school.services import change_setting, revisions
from schoolsafe.families import asking
from schoolsafe.keeping import destroying
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log
from tests.meetings import calls

pytestmark = pytest.mark.django_db

# The call of the story is on 17 September 2026: its school year ends on 31 August 2027.
YEAR = date(2027, 8, 31)
DUE = datetime(2033, 9, 1, 9, 0, tzinfo=UTC)
Enter = Callable[..., Client]


# --- The rules ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 9, 1), date(2027, 8, 31)),
        (date(2026, 12, 31), date(2027, 8, 31)),
        (date(2027, 8, 31), date(2027, 8, 31)),
        (date(2027, 9, 1), date(2028, 8, 31)),
    ],
)
def test_school_year_ends_on_31_august(day: date, end: date) -> None:
    assert keeping.year_end(day) == end


@pytest.mark.parametrize(
    ("facts", "today", "found"),
    [
        ({}, date(2033, 8, 31), Stand.KEPT),
        ({}, date(2033, 9, 1), Stand.DUE),
        ({"is_held": True}, date(2033, 9, 1), Stand.HELD),
        ({"is_held": True}, date(2033, 8, 31), Stand.KEPT),
        ({"has_open_incident": True}, date(2033, 9, 1), Stand.OPEN),
        ({"has_recording": True}, date(2033, 9, 1), Stand.OPEN),
        ({"status": Status.OPEN}, date(2033, 9, 1), Stand.OPEN),
        ({"status": Status.ENDED}, date(2033, 9, 1), Stand.OPEN),
        ({"status": Status.CANCELLED}, date(2033, 9, 1), Stand.DUE),
        ({"status": Status.DRAFT}, date(2033, 9, 1), Stand.DUE),
        ({"is_held": True, "has_recording": True}, date(2033, 9, 1), Stand.HELD),
    ],
)
def test_call_is_kept_six_years_after_its_school_year_and_a_hold_wins(
    facts: dict[str, Any], today: date, found: Stand
) -> None:
    call = Kept(**({"ended_on": date(2026, 9, 17), "status": Status.CLOSED} | facts))
    assert stand(call, years=6, today=today) is found


# --- The story ---------------------------------------------------------------------------------------
@pytest.fixture
def later(call: Meeting, clock_at: Callable[[datetime], object]) -> Meeting:
    """The call of the story, never held, years later: its time is up."""
    clock_at(DUE)
    return call


def agreed(lead: StaffMember, head: StaffMember, year: date = YEAR) -> Disposal:
    row = services.propose_disposal(year, by=lead, reasons="Six years are over.")
    return destroying.agree(row, by=head)


def swept(row: Disposal) -> Disposal:
    """The sweep looks until it is done."""
    for _ in range(10):
        if row.finished_at is None:
            row = destroying.destroy_batch(row)
    return row


def left() -> dict[str, int]:
    """How much there is of each kind in the three rooms."""
    rooms = [
        model
        for name in ("meetings", "consent")
        for model in apps.get_app_config(name).get_models()
    ]
    return {m._meta.label: n for m in [*rooms, Notice] if (n := m._base_manager.count())}


def test_call_goes_with_its_consent_and_letters_and_the_audit_and_the_people_stay(
    later: Meeting, lead: StaffMember, head: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    before, entries = left(), Entry.objects.count()
    assert [
        n for n in ("meetings.Meeting", "consent.Answer", "notices.Notice") if n not in before
    ] == []
    row = swept(agreed(lead, head))
    assert left() == {"meetings.Purpose": 1}
    assert row.rows["meetings.meeting"] == before["meetings.Meeting"]
    assert row.rows["consent.answer"] == before["consent.Answer"]
    assert row.rows["notices.notice"] == before["notices.Notice"]
    assert (row.kept_back, row.finished_at) == (0, clock.now())
    assert Entry.objects.count() > entries
    assert list(Pupil.objects.filter(pk=maya.pk)) == [maya]
    assert list(Guardian.objects.filter(pk=mum.pk)) == [mum]
    told = Entry.objects.filter(object=row.object).order_by("pk")
    assert [one.verb for one in told] == [
        "retention.propose", "retention.agree", "retention.destroy", "retention.finish",
    ]  # fmt: skip


def test_nothing_goes_before_its_time_nor_by_one_person_alone(
    call: Meeting, lead: StaffMember, head: StaffMember, deputy: StaffMember, office: StaffMember,
    clock_at: Callable[[datetime], object],
) -> None:  # fmt: skip
    clock_at(DUE - timedelta(days=1))
    assert destroying.years_due(clock.today()) == []
    with pytest.raises(NotAllowed, match="is not up"):
        services.propose_disposal(YEAR, by=lead, reasons="Too early.")
    clock_at(DUE)
    for person in (deputy, office):
        with pytest.raises(NotAllowed, match="lead or the headteacher"):
            services.propose_disposal(YEAR, by=person, reasons="x")
    row = services.propose_disposal(YEAR, by=lead, reasons="Six years are over.")
    with pytest.raises(NotAllowed, match="proposed already"):
        services.propose_disposal(YEAR, by=head, reasons="x")
    with pytest.raises(NotAllowed, match="Nobody has agreed"):
        destroying.destroy_batch(row)
    with pytest.raises(NotAllowed, match="two accounts of one person|Somebody else"):
        destroying.agree(row, by=lead)
    twin = factories.make_staff("Leah Lead", roles=(Role.DSL,))
    with pytest.raises(NotAllowed, match="two accounts of one person"):
        destroying.agree(row, by=twin)
    assert Meeting.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.filter(pk=row.pk).update(agreed_at=clock.now(), agreed_by=lead)


def test_e96_hold_on_the_file_of_one_pupil_keeps_the_call(
    later: Meeting, lead: StaffMember, head: StaffMember, maya: Pupil
) -> None:
    hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing.")
    [year] = destroying.years_due(clock.today())
    assert (year.due, year.stay) == (0, 1)
    row = swept(agreed(lead, head))
    assert (row.kept_back, Meeting.objects.count()) == (1, 1)
    assert Notice.objects.filter(about=later.about).exists()


def test_request_of_a_guardian_keeps_what_they_ask_for(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, dad: Guardian
) -> None:
    asking.note(
        by=office, right=Right.CORRECT, pupil=None, guardian=dad, is_by_another=False,
        heard=Heard.WRITTEN, name="Bayo", words="Which answers?", received_on=clock.today(),
    )  # fmt: skip
    assert swept(agreed(lead, head)).kept_back == 1
    assert Answer.objects.count() == 2


def test_call_from_which_a_concern_arose_stays_as_long_as_the_concern(
    later: Meeting, lead: StaffMember, head: StaffMember, host: StaffMember, maya: Pupil
) -> None:
    log.log(host, log.child(maya), about=later.about)
    assert swept(agreed(lead, head)).kept_back == 1
    assert Meeting.objects.count() == 1


def test_concern_about_a_pupil_alone_does_not_keep_their_calls(
    later: Meeting, lead: StaffMember, head: StaffMember, host: StaffMember, maya: Pupil
) -> None:
    log.log(host, log.child(maya))
    assert swept(agreed(lead, head)).kept_back == 0


def test_what_is_withdrawn_between_two_batches_stops(
    later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    row = agreed(lead, head)
    services.withdraw_disposal(row, by=lead)
    with pytest.raises(NotAllowed, match="withdrawn"):
        destroying.destroy_batch(row)
    assert Meeting.objects.count() == 1


def test_p13_what_two_have_agreed_to_ends_when_the_school_keeps_it_for_longer(
    later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    row, before = agreed(lead, head), left()
    change_setting("keep_years", 7, by=lead, why="Our insurers ask for it.", seen=0)
    assert [year.ends_on for year in destroying.years_due(clock.today())] == []
    row = destroying.destroy_batch(row)
    assert (row.withdrawn_at, row.finished_at, row.rows) == (clock.now(), None, {})
    assert left() == before
    told = Entry.objects.filter(object=row.object).order_by("pk").values_list("verb", "actor")
    assert list(told)[-1] == ("retention.lapse", "system:sweep")
    # Set back, two people decide anew.
    with pytest.raises(NotAllowed, match="withdrawn"):
        destroying.destroy_batch(row)


def test_p13_nobody_agrees_to_what_is_kept_for_longer_by_now(
    later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    row = services.propose_disposal(YEAR, by=lead, reasons="Six years are over.")
    change_setting("keep_years", 7, by=lead, why="Our insurers ask for it.", seen=0)
    with pytest.raises(NotAllowed, match="not up"):
        destroying.agree(row, by=head)
    with pytest.raises(NotAllowed, match="not up"):
        services.propose_disposal(YEAR, by=lead, reasons="Six years are over.")


def test_p13_school_that_keeps_calls_for_a_year_sees_what_is_due_after_one(
    call: Meeting, lead: StaffMember, head: StaffMember, clock_at: Callable[[datetime], object]
) -> None:
    clock_at(datetime(2028, 9, 1, 12, tzinfo=UTC))
    assert destroying.years_due(clock.today()) == []
    change_setting("keep_years", 1, by=head, why="We keep less.", seen=0)
    assert [(year.ends_on, year.due) for year in destroying.years_due(clock.today())] == [(YEAR, 1)]
    swept(agreed(lead, head))
    assert Meeting.objects.count() == 0


def test_call_of_another_year_and_a_new_one_stay(
    later: Meeting, lead: StaffMember, head: StaffMember, host: StaffMember, co_host: StaffMember,
    maya: Pupil, mum: Guardian,
) -> None:  # fmt: skip
    starts = DUE + timedelta(days=10)
    new = calls.shared(
        host,
        [(mum, maya)],
        co_hosts=[co_host],
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
    )
    outbox.run_due(clock.now())
    before = Notice.objects.filter(about=new.about).count()
    assert before > 0
    swept(agreed(lead, head))
    assert list(Meeting.objects.all()) == [new]
    assert Question.objects.count() == 1
    assert Notice.objects.filter(about=new.about).count() == before


def test_sweep_does_it_by_itself_once_two_have_agreed(
    later: Meeting, lead: StaffMember, head: StaffMember
) -> None:
    agreed(lead, head)
    for _ in range(3):
        outbox.run_due(clock.now())
        RegisterEntry.objects.count()
    assert Meeting.objects.count() == 0


def test_pages_from_proposing_to_the_certificate(
    later: Meeting, lead: StaffMember, head: StaffMember, staff_client: Enter
) -> None:
    first, second = staff_client(lead), staff_client(head)
    page = first.get(reverse("disposals")).content.decode()
    assert "School year 2026 to 2027" in page
    again = first.post(reverse("disposals"), {"year": "2027-08-31", "reasons": " "})
    assert again.status_code == 422
    first.post(reverse("disposals"), {"year": "2027-08-31", "reasons": "Six years are over."})
    row = Disposal.objects.get()
    own = first.get(row.get_absolute_url()).content.decode()
    assert reverse("disposal_agree", args=[row.reference]) not in own
    other = second.get(row.get_absolute_url()).content.decode()
    assert reverse("disposal_agree", args=[row.reference]) in other
    second.post(reverse("disposal_agree", args=[row.reference]))
    row.refresh_from_db()
    done = swept(row)
    page = first.get(done.get_absolute_url()).content.decode()
    assert "Certificate of destruction" in page
    assert "Leah Lead" in page
    assert "Hugo Head" in page


def test_what_was_removed_in_the_year_goes_with_it_and_all_it_ever_said(
    later: Meeting, lead: StaffMember, head: StaffMember, clock_at: Callable[[datetime], object]
) -> None:
    of_year, stays, after = (factories.make_term(name=one) for one in ("Old", "Stays", "New"))
    clock_at(clock.at(YEAR, time(23, 59)))
    for term in (of_year, stays):
        revisions.note(term, {"name": (term.name, "Autumn")}, by=lead)
    revisions.note_gone(of_year, by=lead)
    clock_at(clock.at(YEAR + timedelta(days=1), time(0)))
    revisions.note_gone(after, by=lead)
    clock_at(DUE)
    row = swept(agreed(lead, head))
    left = Revision.objects.order_by("pk").values_list("object", "is_removal")
    assert list(left) == [(f"school.term:{stays.pk}", False), (f"school.term:{after.pk}", True)]
    assert row.rows["school.revision"] == 2
    assert Entry.objects.get(verb="retention.finish").detail["rows"] == 2
