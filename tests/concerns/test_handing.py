"""A concern is handed over to the product that holds the file: the rule, the story, and who may not (A50)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Concern, Copy, Entry, Task
from concerns.policy import Action
from concerns.policy.handing import NO_PRODUCT, Handing, Standing, check, fitting
from notices.models import Notice
from notices.services import run_due
from school.models import School, StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], time_machine.Traveller]
DAY = timedelta(days=1)
OVER, THERE, HERE = Action.HAND_OVER, Action.TAKE_OVER, Action.KEEP_HERE
ACTS = frozenset({OVER, THERE, HERE})
REFERENCE = "MARKERREFERENCE 77"


# --- The rule ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("handing", "standing", "product", "fits"),
    [
        (Handing(), Standing.HERE, "", set()),
        (Handing(kept_in="  "), Standing.HERE, "", set()),
        (Handing(kept_in="CPOMS"), Standing.HERE, "CPOMS", {OVER}),
        (
            Handing(kept_in="CPOMS", handed_to="CPOMS"),
            Standing.UNDER_WAY,
            "CPOMS",
            {THERE, HERE},
        ),
        # What was added since is handed over again.
        (
            Handing(kept_in="CPOMS", handed_to="CPOMS", is_confirmed=True),
            Standing.THERE,
            "CPOMS",
            {OVER, HERE},
        ),
        # The school has changed its mind since: what is on its way is on its way to where it went.
        (
            Handing(kept_in="MyConcern", handed_to="CPOMS"),
            Standing.UNDER_WAY,
            "CPOMS",
            {THERE, HERE},
        ),
        (Handing(handed_to="CPOMS"), Standing.UNDER_WAY, "CPOMS", {THERE, HERE}),
        (
            Handing(kept_in="MyConcern", handed_to="CPOMS", is_confirmed=True),
            Standing.THERE,
            "MyConcern",
            {OVER, HERE},
        ),
    ],
)
def test_a50_what_fits_how_it_stands_with_handing_over(
    handing: Handing, standing: Standing, product: str, fits: set[Action]
) -> None:
    assert (handing.standing, handing.product) == (standing, product)
    assert fitting(ACTS, handing) == fits
    for action in ACTS - fits:
        with pytest.raises(NotAllowed):
            check(action, handing)
    # Of all else that may be done nothing ends by it.
    assert fitting(Action, handing) >= set(Action) - ACTS


def test_a50_without_a_product_the_refusal_says_so() -> None:
    with pytest.raises(NotAllowed, match=NO_PRODUCT):
        check(OVER, Handing())


# --- The story by its pages ---------------------------------------------------------------------------
@pytest.fixture
def cpoms(school: School) -> School:
    """The school keeps its file in CPOMS."""
    school.file_kept_in = "CPOMS"
    school.save()
    return school


@pytest.fixture
def taken(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember, cpoms: School
) -> Concern:
    """A routine concern about a child that the lead has acknowledged."""
    concern = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")), urgent=False)
    return services.acknowledge(concern, by=lead)


def address(act: str, concern: Concern, *rows: int) -> str:
    return reverse(f"concerns:{act}", args=[concern.reference, *rows])


def shown(client: Client, concern: Concern) -> str:
    return client.get(concern.get_absolute_url()).content.decode()


def copied(concern: Concern, by: StaffMember) -> Copy:
    pupil = concern.involved.get().pupil
    assert pupil is not None
    return services.record_copy(
        pupil,
        [concern],
        by=by,
        code="0123456789ab",
        for_whom="CPOMS",
        reason="the file is there",
        content=b"locked",
        text_sha256="0" * 64,
    )


@pytest.mark.django_db
def test_a50_concern_is_handed_over_asked_for_confirmed_and_closed(
    taken: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    client, copy = staff_client(lead), copied(taken, lead)
    make.decide(taken, lead)
    assert "Hand over to CPOMS" in shown(client, taken)
    page = client.get(address("hand_over", taken)).content.decode()
    assert "Hand over to CPOMS" in page
    assert copy.code in page

    assert reverse("concerns:copy", args=[copy.pupil_id]) in page

    client.post(address("hand_over", taken), {"copy": copy.pk, "text": "By file."})

    page = shown(client, taken)
    assert "Handed over to CPOMS by Leah Lead." in page
    assert copy.code in page
    assert "Handed over to CPOMS, not confirmed" in page
    assert "nobody has confirmed that it is there" in page
    queue = client.get(reverse("concerns:list")).content.decode()
    assert "Handed over to CPOMS, not confirmed" in queue
    entry = taken.entries.get(kind="handed_over")
    task = Task.objects.get(concern=taken)
    assert (task.owner, task.chases, task.is_open) == (lead, entry, True)
    with pytest.raises(NotAllowed, match="nobody has confirmed"):
        services.close(taken, by=lead, reasons="Done.")

    assert "It is in CPOMS" in client.get(address("take_over", taken, entry.pk)).content.decode()
    answer = client.post(address("take_over", taken, entry.pk), {"reference": " "})
    assert answer.status_code == 422
    client.post(address("take_over", taken, entry.pk), {"reference": REFERENCE})

    page = shown(client, taken)
    assert REFERENCE in page
    assert "Leah Lead noted that it is in CPOMS." in page
    assert "Handed over to CPOMS" in page
    assert "not confirmed" not in page
    task.refresh_from_db()
    assert task.done_by == lead
    found = client.post(reverse("concerns:search"), {"words": "MARKERREFERENCE"}).content.decode()
    assert taken.reference in found
    assert "Handed over to CPOMS" in found
    services.close(taken, by=lead, reasons="Done.")
    taken.refresh_from_db()
    assert (taken.status, taken.handed_to) == ("closed", "CPOMS")
    assert "MARKERREFERENCE" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.django_db
def test_a50_mistaken_hand_over_is_withdrawn_with_reasons_and_stays_in_the_chronology(
    taken: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(lead)
    services.hand_over(taken, by=lead)
    assert client.post(address("keep_here", taken), {"reasons": ""}).status_code == 422

    client.post(address("keep_here", taken), {"reasons": "The wrong child."})

    page = shown(client, taken)
    assert "noted that it was not handed over to CPOMS after all" in page
    assert "not confirmed" not in page.lower()
    assert "Hand over to CPOMS" in page
    assert [task.is_open for task in Task.objects.filter(concern=taken)] == [False]
    case = selectors.case_of(taken, taken.facts(), [])
    assert case.unconfirmed == []
    services.hand_over(taken, by=lead)
    assert taken.entries.filter(kind="handed_over").count() == 2


@pytest.mark.django_db
def test_a50_what_was_confirmed_is_handed_over_again_with_what_was_added_since(
    taken: Concern, lead: StaffMember
) -> None:
    first = services.hand_over(taken, by=lead)
    services.take_over(taken, by=lead, entry=first, reference=REFERENCE)
    School.objects.update(file_kept_in="MyConcern")

    again = services.hand_over(taken, by=lead, text="What was added.")

    taken.refresh_from_db()
    assert taken.taken_over_at is None
    with pytest.raises(NotAllowed, match="handed over anew"):
        services.take_over(taken, by=lead, entry=first, reference="1")
    services.take_over(taken, by=lead, entry=again, reference="1")


@pytest.mark.django_db
def test_a50_owner_is_reminded_on_the_next_school_day_until_their_reference_is_there(
    taken: Concern, lead: StaffMember, clock_at: SetClock, school_day: datetime
) -> None:
    entry = services.hand_over(taken, by=lead)
    told = Notice.objects.filter(kind="concern_task", staff=lead)
    assert told.count() == 0

    clock_at(school_day + DAY)
    run_due(school_day + DAY)
    clock_at(school_day + 2 * DAY)
    run_due(school_day + 2 * DAY)
    assert told.count() == 2

    services.take_over(taken, by=lead, entry=entry, reference=REFERENCE)
    clock_at(school_day + 3 * DAY)
    run_due(school_day + 3 * DAY)
    assert told.count() == 2


# --- What it does not change, and who may not ---------------------------------------------------------
@pytest.mark.django_db
def test_e21_clock_of_an_undecided_concern_runs_on(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    before = (taken.decide_by, taken.status, taken.owner)

    services.hand_over(taken, by=lead)

    taken.refresh_from_db()
    assert (taken.decide_by, taken.status, taken.owner) == before
    assert policy.is_overdue(taken.facts(), now=before[0] or school_day)


@pytest.mark.django_db
def test_a50_nothing_is_handed_over_before_it_is_acknowledged_or_where_no_product_is_named(
    taken: Concern, host: StaffMember, lead: StaffMember, school: School, staff_client: SignIn
) -> None:
    fresh = make.log(host, urgent=False)
    assert "Hand over to" not in shown(staff_client(lead), fresh)
    with pytest.raises(NotAllowed, match="once it is acknowledged"):
        services.hand_over(fresh, by=lead)

    school.file_kept_in = ""
    school.save()

    assert "Hand over to" not in shown(staff_client(lead), taken)
    with pytest.raises(NotAllowed, match="no other product"):
        services.hand_over(taken, by=lead)
    assert not Entry.objects.filter(kind="handed_over").exists()


@pytest.mark.django_db
def test_a50_copy_without_this_concern_is_not_taken(
    taken: Concern, host: StaffMember, lead: StaffMember
) -> None:
    other = make.log(host, make.child(factories.make_pupil("Bob", "Brown")))
    with pytest.raises(NotAllowed, match="does not hold"):
        services.hand_over(taken, by=lead, copy=copied(other, lead))


@pytest.mark.django_db
def test_e8_whoever_does_not_read_it_by_their_part_finds_no_page_of_it(
    taken: Concern,
    host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    family: Client,
) -> None:
    entry = services.hand_over(taken, by=lead)
    services.lend(taken, by=lead, staff=colleague, until=entry.at.date(), reason="their form")
    of_deputy = services.acknowledge(make.log(host, make.accused(deputy)), by=head)
    asked = [
        (host, taken),
        (colleague, taken),
        (deputy, of_deputy),
        (lead, of_deputy),
    ]
    for person, concern in asked:
        for act in ("hand_over", "keep_here"):
            assert staff_client(person).get(address(act, concern)).status_code == 404
        assert staff_client(person).get(address("take_over", concern, entry.pk)).status_code == 404
        with pytest.raises(NotAllowed):
            services.hand_over(concern, by=person)
    assert family.get(address("hand_over", taken)).status_code in {302, 404}


@pytest.mark.django_db
def test_e8_reporter_sees_nothing_of_it(
    taken: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    before = client.get(address("received", taken)).content.decode()
    entry = services.hand_over(taken, by=lead)
    services.take_over(taken, by=lead, entry=entry, reference=REFERENCE)

    after = client.get(address("received", taken)).content.decode()

    assert "CPOMS" not in before + after
    assert REFERENCE not in after
    assert "CPOMS" not in client.get(reverse("concerns:mine")).content.decode()


# --- Two people at once -------------------------------------------------------------------------------
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_a50_two_people_hand_over_at_once_and_it_goes_once(
    turn: int, taken: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    gate = Barrier(2)

    def over(by: StaffMember) -> str:
        try:
            gate.wait(10)
            services.hand_over(taken, by=by)
        except NotAllowed as refusal:
            return str(refusal)
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(over, [lead, deputy]))

    assert answers[0] == ""
    assert "handed over already" in answers[1]
    assert taken.entries.filter(kind="handed_over").count() == 1
    assert Task.objects.filter(concern=taken).count() == 1
