"""Low-level concerns about adults, self-referrals, and two records of one event."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Concern, Counterpart
from concerns.policy import (
    Desk,
    Gap,
    Keeping,
    Known,
    Level,
    Life,
    Line,
    Part,
    Rule,
    Status,
    Why,
    outside_both,
)
from concerns.services import Account, Named
from notices.models import Notice
from school.models import Pupil, StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

SignIn = Callable[..., Client]
MARK = "MARKERSPLIT she cried"


# --- The rules ----------------------------------------------------------------------------------------
def test_g10_register_is_by_adult_in_the_order_in_which_it_happened() -> None:
    def line(reference: str, day: int, *about: str, was_raised: bool = False) -> Line:
        at = datetime(2026, 9, day, tzinfo=UTC)
        return Line(reference=reference, about=about, at=at, was_raised=was_raised)

    adults = policy.by_adult(
        [
            line("C", 9, "sam"),
            line("A", 3, "sam", was_raised=True),
            line("B", 12, "kim"),
            line("D", 1, "sam", "kim"),
        ]
    )

    told = [
        (one.key, [row.reference for row in one.lines], one.raised, one.is_pattern)
        for one in adults
    ]
    assert told == [("sam", ["D", "A", "C"], 1, True), ("kim", ["D", "B"], 0, True)]
    assert not policy.by_adult([line("C", 9, "sam")])[0].is_pattern


@pytest.mark.parametrize(
    ("role", "expected"),
    [(role, role in {Role.HEADTEACHER, Role.CHAIR}) for role in Role],
)
def test_g10_register_is_kept_by_the_headteacher_and_the_chair(role: Role, expected: bool) -> None:
    assert policy.may_keep_register(Viewer(staff_id=1, roles=frozenset({role}))) is expected


LEFT = date(2027, 8, 31)
ADULT = Life(part=Part.SUBJECT, works_here=True, born_on=date(1990, 1, 1))
CHILD = Life(part=Part.HARMED, is_child=True, born_on=date(2015, 3, 1))
KEEPING = Keeping(
    logged_on=date(2026, 9, 15), written_on=date(2026, 9, 15), is_closed=True, people=(ADULT,)
)


@pytest.mark.parametrize(
    ("concern", "expected"),
    [
        (KEEPING, (date(2057, 1, 1), Rule.STAFF, ())),
        (replace(KEEPING, level=Level.LOW), (None, None, (Gap.LEAVING,))),
        (
            replace(KEEPING, level=Level.LOW, people=(replace(ADULT, left_on=LEFT),)),
            (date(2033, 8, 31), Rule.LOW, ()),
        ),
        # A child who is named in it has its own day, and the later one counts.
        (
            replace(KEEPING, level=Level.LOW, people=(replace(ADULT, left_on=LEFT), CHILD)),
            (date(2040, 3, 1), Rule.PUPIL, ()),
        ),
    ],
)
def test_g10_low_level_concern_is_kept_by_a_rule_of_its_own(
    concern: Keeping, expected: tuple[date | None, Rule | None, tuple[Gap, ...]]
) -> None:
    found = policy.until(concern)

    assert (found.due_on, found.rule, found.gaps) == expected


def test_e104_staff_record_beside_a_childs_own_is_kept_by_the_rule_for_staff_alone() -> None:
    old = replace(ADULT, born_on=date(1965, 1, 1))
    both = replace(KEEPING, people=(old, CHILD))

    assert policy.until(both).rule is Rule.PUPIL
    apart = policy.until(replace(both, has_pupil_record=True))
    child = policy.until(replace(KEEPING, people=(CHILD,)))
    assert (apart.rule, apart.due_on) == (Rule.STAFF, date(2036, 9, 15))
    assert (child.rule, child.due_on) == (Rule.PUPIL, date(2040, 3, 1))


@pytest.mark.parametrize(
    ("roles", "excluded", "desk", "expected"),
    [
        ({Role.HEADTEACHER}, set(), Desk.HEADTEACHER, Known.ALL),
        ({Role.DSL}, set(), Desk.HEADTEACHER, Known.REFERENCE),
        ({Role.DSL}, {1}, Desk.HEADTEACHER, Known.NOTHING),
        ({Role.SAFEGUARDING}, set(), Desk.HEADTEACHER, Known.NOTHING),
        ({Role.STAFF}, set(), Desk.HEADTEACHER, Known.NOTHING),
        ({Role.HEADTEACHER}, {1}, Desk.CHAIR, Known.NOTHING),
        ({Role.CHAIR}, set(), Desk.TEAM, Known.REFERENCE),
    ],
)
def test_e104_who_knows_of_the_other_record(
    roles: set[Role], excluded: set[int], desk: Desk, expected: Known
) -> None:
    other = Concern(
        desk=desk, urgency="routine", logged_at=datetime(2026, 9, 15, tzinfo=UTC), reporter_id=9
    ).facts(excluded=frozenset(excluded))

    assert policy.known_of(Viewer(staff_id=1, roles=frozenset(roles)), other) is expected


# --- The register -------------------------------------------------------------------------------------
@pytest.fixture
def low(
    school_day: datetime, host: StaffMember, colleague: StaffMember, head: StaffMember
) -> Concern:
    return lowered(host, head, colleague)


def lowered(host: StaffMember, head: StaffMember, about: StaffMember) -> Concern:
    concern = make.log(host, make.accused(about), urgent=False)
    services.acknowledge(concern, by=head)
    services.lower(concern, by=head, reasons="Not as the code asks; no harm.")
    return Concern.objects.get(pk=concern.pk)


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"concerns:{name}", args=args)).content.decode()


@pytest.mark.django_db
def test_g10_low_level_concern_is_settled_with_reasons_and_stays_in_the_register(
    low: Concern, colleague: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    assert low.level == Level.LOW
    services.settle_low(low, by=head, reasons="Spoken to; agreed.")

    low.refresh_from_db()
    assert (low.status, low.closed_by) == (policy.Status.CLOSED, head)
    assert [entry.kind for entry in low.entries.all()][-2:] == ["lowered", "settled"]
    assert low.reference in page(staff_client(head), "register")
    assert AuditEntry.objects.filter(verb="concern.register.read").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("is_settled", [False, True])
def test_g10_low_level_concern_is_raised_and_has_to_be_decided_anew_with_nothing_lost(
    is_settled: bool, low: Concern, head: StaffMember, school_day: datetime, staff_client: SignIn
) -> None:
    if is_settled:
        services.settle_low(low, by=head, reasons="Spoken to; agreed.")
    services.raise_up(low, by=head, reasons="It happened again.")

    low.refresh_from_db()
    assert (low.level, low.closed_at, low.decided_at) == (Level.FULL, None, None)
    assert low.decide_by is not None
    assert low.status == (policy.Status.REOPENED if is_settled else policy.Status.ACKNOWLEDGED)
    texts = {str(entry.text) for entry in low.entries.all()}
    assert {"Not as the code asks; no harm.", "It happened again."} <= texts
    shown = page(staff_client(head), "register")
    assert "1 raised to an allegation" in shown
    with pytest.raises(NotAllowed, match="Nothing is decided"):
        services.close(low, by=head, reasons="Done.")


@pytest.mark.django_db
def test_g10_several_about_the_same_adult_are_said(
    low: Concern, host: StaffMember, head: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(head)
    assert "Several concern the same adult" not in page(client, "register")

    lowered(host, head, colleague)

    assert "Several concern the same adult" in page(client, "register")


@pytest.mark.django_db
def test_g10_register_and_its_concerns_are_nothing_to_the_team_the_subject_and_their_relatives(
    low: Concern,
    colleague: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    for person in (colleague, lead, deputy):
        assert staff_client(person).get(reverse("concerns:register")).status_code == 404
        assert list(Concern.objects.visible_to(person.viewer())) == []
    assert low.reference not in page(staff_client(chair), "register")
    StaffMember.objects.filter(pk__in=[head.pk, colleague.pk]).update(household="one")

    assert selectors.register(head.viewer()).concerns == []


@pytest.mark.django_db
def test_g10_low_level_concern_about_the_head_is_the_chairs(
    school_day: datetime,
    host: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = lowered(host, chair, head)

    assert concern.reference in page(staff_client(chair), "register")
    assert concern.reference not in page(staff_client(head), "register")


@pytest.mark.django_db
def test_g10_concern_about_a_child_is_never_low_level(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, make.child(factories.make_pupil()), urgent=False)
    services.acknowledge(concern, by=lead)

    with pytest.raises(NotAllowed, match="about an adult who works here"):
        services.lower(concern, by=lead, reasons="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Concern.objects.update(level="none")


@pytest.mark.django_db
def test_g10_nothing_is_lowered_without_reasons_or_while_the_officer_has_not_answered(
    school_day: datetime, host: StaffMember, head: StaffMember, colleague: StaffMember
) -> None:
    concern = make.log(host, make.accused(colleague), urgent=False)
    services.acknowledge(concern, by=head)
    with pytest.raises(NotAllowed, match="Write it down"):
        services.lower(concern, by=head, reasons=" ")

    services.refer(concern, by=head, contact=make.contact(at=concern.logged_at), text="All.")

    with pytest.raises(NotAllowed, match="Note their answer"):
        services.lower(concern, by=head, reasons="Low.")


# --- Self-referral ------------------------------------------------------------------------------------
def told_of_oneself(by: StaffMember) -> Concern:
    account = Account(
        urgency=policy.Urgency.ROUTINE, seen="I was alone online.", is_self_referral=True
    )
    return services.log(account, by=by, key=uuid4())


@pytest.mark.django_db
def test_e5_self_referral_goes_to_the_head_and_leaves_its_reporter_their_own_text_only(
    school_day: datetime, deputy: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    concern = told_of_oneself(deputy)
    services.acknowledge(concern, by=head)
    services.decide(
        concern, by=head, outcome=make.outcome_of("Talk"), reasons="MARKERREASONS of the head"
    )
    services.close(concern, by=head, reasons="Done.")
    client = staff_client(deputy)

    concern.refresh_from_db()
    assert concern.desk == Desk.HEADTEACHER
    assert client.get(concern.get_absolute_url()).status_code == 404
    shown = page(client, "received", concern.reference)
    assert "I was alone online." in shown
    for hidden in ("MARKERREASONS", "closed", "Decided"):
        assert hidden not in shown
    assert "Acknowledged" in page(client, "mine")
    assert "Self-referral" in page(staff_client(head), "detail", concern.reference)


@pytest.mark.django_db
def test_e5_self_referral_of_the_head_goes_to_the_chair(
    school_day: datetime, head: StaffMember, chair: StaffMember, lead: StaffMember
) -> None:
    concern = told_of_oneself(head)

    assert concern.desk == Desk.CHAIR
    assert list(Concern.objects.visible_to(chair.viewer())) == [concern]
    for person in (head, lead):
        assert list(Concern.objects.visible_to(person.viewer())) == []


@pytest.mark.django_db
def test_e5_self_referral_is_chosen_in_the_form(
    school_day: datetime, host: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    sent = {
        "key": str(uuid4()),
        "urgency": "routine",
        "seen": "I was alone online.",
        "happened": "unknown",
        "own": "on",
        # Whoever names themselves as well is in it once.
        "staff": host.pk,
        "staff_part": "subject",
    }
    client = staff_client(host)
    from_page = client.get(reverse("concerns:log")).context["writer"]

    answer = client.post(reverse("concerns:log"), {**sent, "writer": from_page})

    concern = Concern.objects.get()
    assert answer.status_code == 302
    assert concern.is_self_referral
    assert [(row.staff, row.part) for row in concern.involved.all()] == [(host, "subject")]


# --- Two records --------------------------------------------------------------------------------------
@pytest.fixture
def amy(db: None) -> Pupil:
    return factories.make_pupil("Amy", "Adams", born_on=date(2015, 3, 1))


@pytest.fixture
def pair(
    amy: Pupil,
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    head: StaffMember,
) -> Counterpart:
    concern = make.log(
        host, make.child(amy, Part.HARMED), Named(part=Part.HARMING, staff=colleague)
    )
    return services.split(concern, by=head, text=MARK)


@pytest.mark.django_db
def test_e104_childs_record_holds_its_own_words_and_nothing_of_the_allegation(
    amy: Pupil,
    pair: Counterpart,
    lead: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    child = pair.pupil_record
    shown = page(staff_client(lead), "detail", child.reference)

    assert child.desk == Desk.TEAM
    assert [row.pupil for row in child.involved.all()] == [amy]
    assert MARK in shown
    for word in (*make.MARKERS, str(colleague)):
        assert word not in shown
    # The lead knows that there is another record and with whom; the page of it does not exist.
    assert pair.staff_record.reference in shown
    assert "the headteacher" in shown
    assert staff_client(lead).get(pair.staff_record.get_absolute_url()).status_code == 404


@pytest.mark.django_db
def test_e104_deputy_and_whoever_stands_outside_do_not_know_that_there_is_another(
    pair: Counterpart, lead: StaffMember, deputy: StaffMember, colleague: StaffMember,
    staff_client: SignIn,
) -> None:  # fmt: skip
    other = pair.staff_record.reference
    assert other not in page(staff_client(deputy), "detail", pair.pupil_record.reference)

    StaffMember.objects.filter(pk=lead.pk).update(line_manager=colleague)

    shown = page(staff_client(lead), "detail", pair.pupil_record.reference)
    assert MARK in shown
    assert other not in shown
    assert "counterpart" not in shown


@pytest.mark.parametrize(
    ("why", "is_outside"),
    [
        (Why.SUBJECT, True),
        (Why.RELATIVE, True),
        # It may be the whole team that reports to the accused.
        (Why.BELOW, False),
        (Why.FAMILY, False),
        (Why.NAMED, False),
        (Why.DECIDED, False),
    ],
)
def test_e104_who_of_those_outside_the_one_is_outside_both(why: Why, is_outside: bool) -> None:
    assert (1 in outside_both({1: why})) is is_outside


@pytest.mark.parametrize("who", ["deputy", "head"])
@pytest.mark.django_db
def test_e104_accused_of_the_team_has_no_part_in_the_childs_record(
    who: str, amy: Pupil, school_day: datetime, host: StaffMember, lead: StaffMember,
    deputy: StaffMember, head: StaffMember, chair: StaffMember, staff_client: SignIn,
) -> None:  # fmt: skip
    accused, keeper = {"deputy": (deputy, head), "head": (head, chair)}[who]
    concern = make.log(host, make.child(amy, Part.HARMED), Named(part=Part.HARMING, staff=accused))

    child = services.split(concern, by=keeper, text=MARK).pupil_record

    assert child.desk == Desk.TEAM
    assert MARK in page(staff_client(lead), "detail", child.reference)
    assert staff_client(accused).get(child.get_absolute_url()).status_code == 404
    told = Notice.objects.filter(about=child.object).values_list("staff_id", flat=True)
    assert lead.pk in told
    assert accused.pk not in told


@pytest.mark.django_db
def test_e104_who_is_accused_later_leaves_the_childs_record_they_had_taken(
    pair: Counterpart, head: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    child = pair.pupil_record
    staff_client(deputy).get(child.get_absolute_url())
    services.acknowledge(child, by=deputy)
    before = child.entries.count()

    services.name_subject(pair.staff_record, by=head, person=make.accused(deputy))

    assert staff_client(deputy).get(child.get_absolute_url()).status_code == 404
    child.refresh_from_db()
    # It waits for somebody else, and nothing in it says why.
    assert (child.status, child.owner, child.entries.count()) == (Status.LOGGED, None, before)
    assert child.exclusions.get(staff=deputy).had_read


@pytest.mark.django_db
def test_e104_each_of_both_is_kept_by_its_own_rule(pair: Counterpart, school_day: datetime) -> None:
    staff, child = selectors.kept([pair.staff_record, pair.pupil_record], now=school_day)

    assert child.until.rule is Rule.PUPIL
    assert staff.until.gaps == (Gap.STAFF,)
    assert staff.facts.has_pupil_record


@pytest.mark.django_db
def test_e104_second_record_and_one_of_nobody_are_refused(
    pair: Counterpart, host: StaffMember, head: StaffMember, lead: StaffMember,
    colleague: StaffMember,
) -> None:  # fmt: skip
    with pytest.raises(NotAllowed, match="already"):
        services.split(pair.staff_record, by=head, text=MARK)
    with pytest.raises(NotAllowed, match="No child"):
        services.split(make.log(host, make.accused(colleague)), by=head, text=MARK)
    with pytest.raises(NotAllowed, match="by who reads it"):
        services.split(pair.staff_record, by=lead, text=MARK)
    with pytest.raises(IntegrityError), transaction.atomic():
        Counterpart.objects.update(pupil_record=pair.staff_record)
