"""What happens to a concern: each service, its refusals, and that all of it happens or nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMessage
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.models import Entry as AuditEntry
from concerns import policy, services
from concerns.models import Category, Concern, Entry, Exclusion, Involved, Outcome
from concerns.policy import Desk, EntryKind, Status
from concerns.services import Named
from notices.models import Ladder, Notice
from notices.services import run_due
from school.models import StaffMember
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
Mailbox = Callable[[], list[EmailMessage]]


def told(concern: Concern, kind: str = "concern_alert") -> set[str]:
    return set(
        Notice.objects.about(concern.object)
        .filter(kind=kind)
        .exclude(state="dropped")
        .values_list("staff__name", flat=True)
    )


def verbs(concern: Concern) -> list[str]:
    return list(
        AuditEntry.objects.about(concern.object).order_by("pk").values_list("verb", flat=True)
    )


def is_climbing(concern: Concern) -> bool:
    return Ladder.objects.open().filter(about=concern.object).exists()


# --- Logging ---------------------------------------------------------------------------------------
def test_log_writes_the_concern_its_people_its_alerts_its_ladder_and_the_audit(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    pupil = factories.make_pupil()
    category = Category.objects.create(name="Marker category")

    concern = make.log(
        host,
        make.child(pupil, policy.Part.HARMED),
        categories=[category.pk],
        about="meetings.meeting:12",
    )

    concern.refresh_from_db()
    assert (concern.status, concern.desk, concern.reporter) == ("logged", "team", host)
    assert (concern.child_words, concern.seen, concern.thought) == make.MARKERS[:3]
    assert [(row.pupil, row.part) for row in concern.involved.all()] == [(pupil, "harmed")]
    assert list(concern.categories.all()) == [category]
    assert concern.about == "meetings.meeting:12"
    assert concern.acknowledge_by == school_day + 15 * MINUTE
    assert told(concern) == {"Leah Lead", "Dana Deputy"}
    assert Ladder.objects.open().get(about=concern.object).due_at == school_day + 15 * MINUTE
    assert verbs(concern) == ["concern.log"]


def test_log_keeps_nothing_readable_in_the_database(
    school_day: datetime, host: StaffMember
) -> None:
    concern = make.log(host, Named(part=policy.Part.SUBJECT, name="MARKERCHILD"))

    with connection.cursor() as cursor:
        cursor.execute("select * from concerns_concern")
        stored = str(cursor.fetchall())
        cursor.execute("select * from concerns_involved")
        stored += str(cursor.fetchall())
    assert concern.reference in stored
    assert [marker for marker in (*make.MARKERS, "MARKERCHILD") if marker in stored] == []


def test_log_when_the_audit_fails_leaves_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("audit.services.record", fail)

    with pytest.raises(DatabaseError):
        make.log(host)

    assert (Concern.objects.count(), Notice.objects.count(), Ladder.objects.count()) == (0, 0, 0)


def test_e20_a_double_click_logs_once(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    key = uuid4()

    first, second = make.log(host, key=key), make.log(host, key=key)

    assert first == second
    assert (Concern.objects.count(), Notice.objects.count(), Ladder.objects.count()) == (1, 1, 1)
    assert verbs(first) == ["concern.log"]


@pytest.mark.parametrize(
    "changed",
    [
        {"seen": f"{make.SEEN}, and then she named her uncle"},
        {"thought": ""},
        {"place": "the hall"},
        {"urgent": False},
        {"call": True},
        {"people": True},
        {"marks": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_e20_what_was_added_to_a_form_that_was_received_is_never_dropped(
    changed: dict[str, Any], school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    """The answer was lost on the way, more was written, and the button pressed once more."""
    key, uncle = uuid4(), Named(part=policy.Part.HARMING, name="her uncle", is_adult=True)
    changed = dict(changed)
    people = (uncle,) if changed.pop("people", False) else ()
    if changed.pop("call", False):
        changed["call"] = make.rang(lead, school_day, reached=True)
    if changed.pop("marks", False):
        mark = services.Mark(
            number=1, side=policy.Side.FRONT, region=policy.Region.CHEST, words="red"
        )
        changed["marks"] = [mark]
    first = make.log(host, key=key)

    with pytest.raises(services.AlreadyLogged) as refusal:
        make.log(host, *people, key=key, **changed)

    assert refusal.value.concern == first
    assert Concern.objects.count() == 1


@pytest.mark.parametrize("since", ["nobody", "named", "moved"])
def test_e5_form_sent_anew_answers_alike_whatever_others_have_said_since(
    since: str, school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    """Whoever is accused by their own concern must not find that out by sending its form once more."""
    key, amy = uuid4(), factories.make_pupil()
    concern = make.log(host, make.child(amy), key=key)
    if since == "named":
        services.name_subject(concern, by=lead, person=make.accused(host))
    if since == "moved":
        services.record_call(concern, by=lead, call=make.rang(lead, school_day, reached=True))
        row, other = concern.involved.get(), factories.make_pupil()
        services.move_pupil(concern, by=lead, row=row, pupil=other, reasons="A namesake")

    assert make.log(host, make.child(amy), key=key) == concern
    with pytest.raises(services.AlreadyLogged):
        make.log(host, make.child(amy), make.accused(host), key=key)
    call = make.rang(lead, school_day, reached=True)
    with pytest.raises(services.AlreadyLogged):
        make.log(host, make.child(amy), key=key, call=call)


def test_log_with_the_key_of_somebody_elses_form_is_refused(
    school_day: datetime, host: StaffMember, co_host: StaffMember
) -> None:
    key = uuid4()
    make.log(host, key=key)

    with pytest.raises(NotAllowed, match="open a new form"):
        make.log(co_host, key=key)


def test_log_without_words_is_refused(school_day: datetime, host: StaffMember) -> None:
    with pytest.raises(NotAllowed):
        make.log(host, child_words=" ", seen="", thought="")


def test_log_by_somebody_without_a_part_in_the_school_is_refused(school_day: datetime) -> None:
    stranger = factories.make_staff(roles=())

    with pytest.raises(NotAllowed):
        make.log(stranger)


def test_log_by_every_part_of_the_school_is_taken(
    school_day: datetime, office: StaffMember, governor: StaffMember, it_superuser: StaffMember
) -> None:
    for person in (office, governor, it_superuser):
        assert make.log(person).status == "logged"


def test_governor_cannot_name_a_pupil_of_the_roll(
    school_day: datetime, governor: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="in words"):
        make.log(governor, make.child(factories.make_pupil()))
    assert Concern.objects.count() == 0


def test_hostile_text_comes_back_as_typed(school_day: datetime, host: StaffMember) -> None:
    hostile = "<script>alert(1)</script>\r\n=1+1\u202e \u200b{{ x }} 🙂  "

    concern = make.log(host, seen=hostile)

    assert Concern.objects.get(pk=concern.pk).seen == hostile


# --- Who is told -----------------------------------------------------------------------------------
def test_e1_a_concern_about_a_colleague_goes_to_the_head_only(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
) -> None:
    concern = make.log(host, make.accused(co_host))

    assert (concern.desk, told(concern)) == ("headteacher", {"Hugo Head"})
    assert Exclusion.objects.get(concern=concern).staff == co_host


def test_e2_a_concern_about_the_head_goes_to_the_chair(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
) -> None:
    concern = make.log(host, make.accused(head))

    assert (concern.desk, told(concern)) == ("chair", {"Chandra Chair"})


def test_e3_a_concern_about_the_deputy_skips_her(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> None:
    concern = make.log(host, make.accused(deputy))

    assert told(concern) == {"Hugo Head"}


def test_e6_a_free_text_adult_is_shut_out_when_they_get_an_account(
    school_day: datetime, host: StaffMember, head: StaffMember
) -> None:
    supply = Named(
        part=policy.Part.SUBJECT,
        name="Sam Supply",
        email="Sam@Agency.example",
        is_adult=True,
        works_here=True,
    )
    concern = make.log(host, supply)

    later = factories.make_staff("Sam Supply", roles=(Role.HEADTEACHER,))
    later.user.email = "sam@agency.example"
    later.user.save()

    assert list(Concern.objects.visible_to(head.viewer())) == [concern]
    assert list(Concern.objects.visible_to(later.viewer())) == []


def test_e7_a_lead_who_is_the_childs_parent_is_not_told(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    pupil = factories.make_pupil()
    factories.make_guardian(pupil, email=lead.email.upper())

    concern = make.log(host, make.child(pupil))

    assert told(concern) == {"Dana Deputy"}
    assert list(Concern.objects.visible_to(lead.viewer())) == []


def test_when_nobody_may_know_the_reporter_is_told_to_telephone(
    school_day: datetime, host: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host, make.accused(head))

    assert concern.desk == Desk.OUTSIDE
    assert told(concern, "concern_phone") == {"Helen Host"}


# --- From home (P14) -------------------------------------------------------------------------------
def test_e87_without_a_call_the_reporter_is_reminded_and_those_on_duty_are_told(
    school_day: datetime, clock_at: Any, host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    concern = make.log(host, is_from_home=True)
    mailbox()

    clock_at(school_day + 15 * MINUTE - timedelta(seconds=1))
    early = [letter.to for letter in mailbox()]
    clock_at(school_day + 15 * MINUTE)
    late = mailbox()

    assert concern.status == "logged"
    assert early == [[lead.email]]
    assert sorted((letter.to[0], letter.subject) for letter in late[1:]) == sorted(
        [
            (host.email, "Please telephone now"),
            (lead.email, "No telephone call has been noted"),
            (lead.email, "There is something to read"),
        ]
    )


def test_e87_the_reminder_asks_for_a_call_in_words_that_fit_whom_the_page_names(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    mailbox: Mailbox,
) -> None:
    def asked_for(*people: Named) -> list[str]:
        make.log(host, *people, is_from_home=True)
        logged_at = clock.now()
        mailbox()
        clock_at(logged_at + 15 * MINUTE)
        words = [letter.body for letter in mailbox() if letter.subject == "Please telephone now"]
        return [body.partition("outside school. ")[2].partition("\n")[0] for body in words]

    nobody = "Nobody at school can be rung about it: ring children's social care yourself."
    assert asked_for() == [nobody]
    StaffMember.objects.filter(pk__in=[lead.pk, deputy.pk, head.pk]).update(
        telephone="07700 900111"
    )
    several = "Now telephone one of the people whom the page names as well, and note the call."
    assert asked_for()[1:] == [several]
    # Of a member of staff the headteacher alone may hear (E1).
    one = "Now telephone the person whom the page names as well, and note the call."
    assert asked_for(make.accused(lead))[2:] == [one]


def test_e87_a_call_noted_later_ends_the_reminder(
    school_day: datetime, clock_at: Any, host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    concern = make.log(host, is_from_home=True)
    clock_at(school_day + 5 * MINUTE)

    services.record_call(concern, by=host, call=make.rang(lead, school_day, reached=True))
    clock_at(school_day + 14 * MINUTE)
    mailbox()

    assert told(concern, "concern_nag") == set()
    assert told(concern, "concern_uncalled") == set()


def test_e88_a_call_that_was_taken_does_not_end_the_wait(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, is_from_home=True, call=make.rang(lead, school_day, reached=True))

    assert told(concern, "concern_nag") == set()
    assert concern.status == Status.LOGGED
    assert is_climbing(concern) is True


def test_p14_a_call_that_reached_nobody_climbs_at_once(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    factories.make_duty(lead, school_day.weekday())

    calm = make.log(host)
    missed = make.log(host, is_from_home=True, call=make.rang(lead, school_day, reached=False))

    assert told(calm) == {"Leah Lead"}
    assert told(missed) == {"Leah Lead", "Dana Deputy"}
    assert Ladder.objects.get(about=missed.object).due_at == school_day + 15 * MINUTE


def test_p14_a_missed_call_noted_later_makes_a_routine_concern_climb_in_real_hours(
    school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember, mailbox: Mailbox
) -> None:
    concern = make.log(host, urgent=False)

    services.record_call(concern, by=host, call=make.rang(lead, school_day, reached=False))
    mailbox()

    concern.refresh_from_db()
    assert concern.is_hurried is True
    assert Ladder.objects.get(about=concern.object).due_at == school_day + 15 * MINUTE


def test_a_call_to_whom_it_is_about_is_no_call(
    school_day: datetime, host: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    concern = make.log(
        host,
        make.accused(deputy),
        is_from_home=True,
        call=make.rang(deputy, school_day, reached=True),
    )

    assert told(concern, "concern_nag") == {"Helen Host"}


def test_a_call_in_the_future_is_refused(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)

    with pytest.raises(NotAllowed):
        services.record_call(
            concern, by=host, call=make.rang(lead, school_day + MINUTE, reached=True)
        )


# --- Acknowledging ---------------------------------------------------------------------------------
def test_acknowledge_ends_the_first_wait_begins_the_second_and_tells_the_reporter(
    school_day: datetime, host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    concern = make.log(host)

    services.acknowledge(concern, by=lead)

    concern.refresh_from_db()
    assert (concern.status, concern.acknowledged_by) == ("acknowledged", lead)
    assert concern.acknowledged_at == school_day
    assert Ladder.objects.open().get(about=concern.object).due_at == concern.decide_by
    assert [letter.subject for letter in mailbox()] == ["What you logged has been acknowledged"]
    assert verbs(concern) == ["concern.log", "concern.acknowledge"]


def test_acknowledge_after_somebody_else_says_who_was_first(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host)
    services.acknowledge(concern, by=deputy)

    with pytest.raises(services.AlreadyAcknowledged) as refusal:
        services.acknowledge(concern, by=lead)

    assert (
        str(refusal.value)
        == "Dana Deputy acknowledged this concern on Tuesday 15 September, 2:00 pm."
    )


def test_acknowledge_by_somebody_outside_says_nothing_of_who_was_first(
    school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host, make.accused(lead))
    services.acknowledge(concern, by=head)

    with pytest.raises(NotAllowed) as refusal:
        services.acknowledge(concern, by=lead)

    assert "Hugo" not in str(refusal.value)


@pytest.mark.parametrize("name", ["host", "colleague", "office", "it_superuser", "chair"])
def test_acknowledge_by_whoever_may_not_read_it_is_refused(
    name: str, school_day: datetime, host: StaffMember, request: pytest.FixtureRequest
) -> None:
    concern = make.log(host)

    with pytest.raises(NotAllowed):
        services.acknowledge(concern, by=request.getfixturevalue(name))

    assert Concern.objects.get(pk=concern.pk).status == "logged"


def test_acknowledge_when_the_audit_fails_changes_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    concern = make.log(host)

    def fail(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("audit.services.record", fail)
    with pytest.raises(DatabaseError):
        services.acknowledge(concern, by=lead)

    concern.refresh_from_db()
    assert (concern.status, is_climbing(concern)) == ("logged", True)


# --- Deciding, closing, opening again --------------------------------------------------------------
def test_decide_close_and_reopen_are_appended(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    outcome = Outcome.objects.create(name="Watch")

    services.decide(concern, by=lead, outcome=outcome, reasons="Because.")
    services.close(concern, by=lead, reasons="Done.")
    services.reopen(concern, by=lead, reasons="More came to light.")

    concern.refresh_from_db()
    kinds = list(concern.entries.values_list("kind", flat=True))
    assert kinds == ["acknowledgement", "decision", "closure", "reopening"]
    assert (concern.status, concern.decided_at, concern.closed_at) == ("reopened", None, None)
    assert verbs(concern) == [
        "concern.log",
        "concern.acknowledge",
        "concern.decide",
        "concern.close",
        "concern.reopen",
    ]


def test_decide_without_reasons_is_refused(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    outcome = Outcome.objects.create(name="Watch")

    with pytest.raises(NotAllowed):
        services.decide(concern, by=lead, outcome=outcome, reasons="  ")
    with pytest.raises(NotAllowed):
        services.close(concern, by=lead, reasons="")

    assert Concern.objects.get(pk=concern.pk).decided_at is None


def test_decide_before_acknowledging_is_refused(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)

    with pytest.raises(NotAllowed):
        services.decide(
            concern, by=lead, outcome=Outcome.objects.create(name="Watch"), reasons="Because."
        )


def test_e12_an_addition_stands_below_what_was_logged(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)

    services.add(concern, by=host, text="It was on Monday.")

    concern.refresh_from_db()
    assert concern.seen == make.SEEN
    assert concern.entries.get(kind=EntryKind.ADDENDUM).text == "It was on Monday."
    assert told(concern, "concern_added") == {"Leah Lead"}


def test_add_by_a_colleague_is_refused(
    school_day: datetime, host: StaffMember, colleague: StaffMember
) -> None:
    with pytest.raises(NotAllowed):
        services.add(make.log(host), by=colleague, text="Let me in.")


# --- Naming the subject later (E4) -----------------------------------------------------------------
def test_e4_naming_somebody_who_has_read_it_shuts_them_out_and_tells_the_head(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
) -> None:
    concern = make.log(host)
    services.read(concern, by=deputy)
    services.acknowledge(concern, by=deputy)

    services.name_subject(concern, by=lead, person=make.accused(deputy), text="She said so.")

    concern.refresh_from_db()
    assert [
        list(Concern.objects.visible_to(person.viewer())) for person in (deputy, lead, head)
    ] == [[], [], [concern]]
    assert (concern.desk, concern.status) == ("headteacher", "logged")
    assert Exclusion.objects.get(concern=concern, staff=deputy).had_read is True
    assert told(concern) == {"Hugo Head"}
    assert is_climbing(concern) is True
    entry = AuditEntry.objects.about(concern.object).get(verb="concern.name_subject")
    assert (entry.detail["shut_out"], entry.detail["had_read"]) == ([deputy.pk], [deputy.pk])


def test_name_subject_of_a_witness_changes_nothing_about_who_reads(
    school_day: datetime, host: StaffMember, lead: StaffMember, co_host: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)

    services.name_subject(concern, by=lead, person=Named(part=policy.Part.WITNESS, staff=co_host))

    concern.refresh_from_db()
    assert (concern.desk, concern.status, concern.acknowledged_by) == ("team", "acknowledged", lead)


def test_name_subject_twice_is_refused(
    school_day: datetime, host: StaffMember, co_host: StaffMember, head: StaffMember
) -> None:
    concern = make.log(host, make.accused(co_host))

    with pytest.raises(NotAllowed):
        services.name_subject(concern, by=head, person=make.accused(co_host))


def test_e4_witness_who_turns_out_to_be_whom_it_is_about_is_shut_out(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> None:
    concern = make.log(host, Named(part=policy.Part.WITNESS, staff=deputy))
    assert list(Concern.objects.visible_to(deputy.viewer())) == [concern]

    services.name_subject(concern, by=lead, person=make.accused(deputy), text="It was her.")

    concern.refresh_from_db()
    assert [
        list(Concern.objects.visible_to(person.viewer())) for person in (deputy, lead, head)
    ] == [[], [], [concern]]
    assert concern.desk == "headteacher"
    assert [(row.staff, row.part) for row in concern.involved.all()] == [
        (deputy, "witness"),
        (deputy, "subject"),
    ]


def test_e4_child_logged_as_witness_can_be_named_as_whom_it_is_about(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    pupil = factories.make_pupil()
    concern = make.log(host, make.child(pupil, policy.Part.WITNESS))

    services.name_subject(concern, by=lead, person=make.child(pupil))

    assert [row.part for row in concern.involved.all()] == ["witness", "subject"]


def test_name_subject_by_the_reporter_is_refused(
    school_day: datetime, host: StaffMember, co_host: StaffMember
) -> None:
    with pytest.raises(NotAllowed):
        services.name_subject(make.log(host), by=host, person=make.accused(co_host))


# --- The ladder, driven by the sweep ---------------------------------------------------------------
def test_unacknowledged_urgent_concern_climbs_to_the_head_and_the_reporter(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    mailbox: Mailbox,
) -> None:
    make.log(host)
    seen: list[set[str]] = []
    before = 0
    for minutes in (0, 15, 30, 60):
        clock_at(school_day + minutes * MINUTE)
        letters = mailbox()
        seen.append({letter.to[0] for letter in letters[before:]})
        before = len(letters)

    assert seen == [
        {lead.email},
        {lead.email},
        {head.email, lead.email},
        {head.email, chair.email, host.email},
    ]


def test_e84_two_sweeps_at_once_tell_once(
    school_day: datetime, clock_at: Any, host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    make.log(host)
    clock_at(school_day + 15 * MINUTE)

    run_due(school_day + 15 * MINUTE)
    run_due(school_day + 15 * MINUTE)

    assert len(mailbox()) == 2


def test_e85_a_sweep_that_was_down_for_three_days_sends_one_rung(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    mailbox: Mailbox,
) -> None:
    make.log(host)
    mailbox()

    clock_at(school_day + timedelta(days=3))
    letters = mailbox()[1:]

    assert sorted(letter.to[0] for letter in letters) == sorted(
        [head.email, chair.email, host.email]
    )


def test_e86_acknowledged_while_the_alert_waits_sends_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host)
    services.acknowledge(concern, by=lead)

    run_due(school_day)

    states = Notice.objects.about(concern.object).filter(kind="concern_alert")
    assert set(states.values_list("state", flat=True)) == {"dropped"}


def test_e81_whoever_is_named_after_the_alert_was_queued_is_not_sent_it(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    mailbox: Mailbox,
) -> None:
    concern = make.log(host)
    Exclusion.objects.create(
        concern=concern, staff=deputy, why=policy.Why.DECIDED, since=school_day
    )

    assert [letter.to for letter in mailbox()] == [[lead.email]]


def test_the_repair_gives_a_waiting_concern_its_ladder_back(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)
    Ladder.objects.all().delete()

    run_due(school_day)

    assert is_climbing(concern) is True


def test_an_alert_that_cannot_arrive_makes_the_concern_climb_at_once(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    factories.make_duty(lead, school_day.weekday())
    concern = make.log(host)
    alert = Notice.objects.get(about=concern.object)

    with transaction.atomic():
        services.alert_failed(alert, school_day)
    run_due(school_day)

    assert told(concern) == {"Leah Lead", "Dana Deputy"}
    concern.refresh_from_db()
    assert concern.is_hurried is True


def test_a_second_alert_of_the_same_rung_that_fails_does_not_climb_twice(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host)
    alerts = list(Notice.objects.filter(about=concern.object))

    with transaction.atomic():
        for alert in alerts:
            services.alert_failed(alert, school_day)

    concern.refresh_from_db()
    assert concern.clock_began_at == school_day - 15 * MINUTE


def test_an_alert_that_fails_after_the_acknowledgement_changes_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)
    alert = Notice.objects.get(about=concern.object)
    services.acknowledge(concern, by=lead)

    with transaction.atomic():
        services.alert_failed(alert, school_day)

    concern.refresh_from_db()
    assert concern.is_hurried is False


def test_climb_asks_the_same_number_of_questions_for_one_and_for_three(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    django_assert_num_queries: Any,
) -> None:
    def climb(number: int) -> None:
        ladders = list(Ladder.objects.open().order_by("pk")[:number])
        assert len(services.climb(ladders, school_day + 15 * MINUTE)) == number

    for _ in range(3):
        make.log(host, make.child(factories.make_pupil()))

    with django_assert_num_queries(14):
        climb(1)
    with django_assert_num_queries(14):
        climb(3)


# --- What the database refuses ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"status": "lost"},
        {"urgency": "whenever"},
        {"desk": "nobody"},
        {"happened": "exact", "happened_at": None},
        {"status": "acknowledged"},
        {"status": "closed"},
    ],
)
def test_the_database_refuses(
    change: dict[str, object], school_day: datetime, host: StaffMember
) -> None:
    concern = make.log(host)

    with pytest.raises(IntegrityError), transaction.atomic():
        Concern.objects.filter(pk=concern.pk).update(**change)


def test_the_database_refuses_a_decision_without_reasons_or_outcome(
    school_day: datetime, host: StaffMember
) -> None:
    concern = make.log(host)

    for fields in ({"text": "Because."}, {"outcome": Outcome.objects.create(name="Watch")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(concern=concern, kind="decision", at=school_day, by=host, **fields)


def test_the_database_refuses_half_a_call_and_a_nameless_person(
    school_day: datetime, host: StaffMember
) -> None:
    concern = make.log(host)

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(concern=concern, kind="call", at=school_day, by=host, called=host)
    with pytest.raises(IntegrityError), transaction.atomic():
        Involved.objects.create(
            concern=concern, kind="child", part="subject", added_at=school_day, added_by=host
        )
