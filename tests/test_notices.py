"""Every kind of letter in every room: its templates stand, and nothing in it is missing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.template import engines
from django.template.loader import get_template

from audit.models import Alarm
from audit.policy import Why
from concerns.policy import Part
from concerns.policy.requests import Asker, Heard
from concerns.services import (
    REMINDER,
    Named,
    acknowledge,
    add_task,
    ask,
    keep_draft,
    lend,
    note_request,
    open_in_emergency,
    see_to_leaver,
)
from concerns.services import Notice as ConcernNotice
from consent import services as consent
from consent.models import Request
from consent.policy import Help
from consent.selectors.covering import cover_now
from consent.services import drafts
from meetings import services as meetings
from meetings.attendance import from_graph
from meetings.models import Meeting
from meetings.services import Ending
from notices import kinds
from notices import services as outbox
from notices.kinds import Draft
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from school.rights import Right
from school.services import SWEEP
from schoolsafe import refused
from schoolsafe.accounts import queue_letter, tell_of_access, tell_of_new_address
from schoolsafe.choosing import telling as choosing
from schoolsafe.families import asking
from schoolsafe.first_factors import note_first_factor
from schoolsafe.lib import clock
from schoolsafe.staffing import changes
from schoolsafe.supply import letters as supply
from tests import factories
from tests.concerns import log as concerns
from tests.meetings import calls
from tests.meetings.graph import reports
from tests.meetings.graph.fake import FakeGraph
from tests.school import appointing

MISSING = "<<missing: %s>>"
SetClock = Callable[[datetime], time_machine.Traveller]


@pytest.fixture(autouse=True)
def _missing_is_shown(school_day: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter says where something it names is not there."""
    engine: Any = engines["django"]
    monkeypatch.setattr(engine.engine, "string_if_invalid", MISSING)


class Story:
    """A call with two families, a colleague who teaches one of them, and a clock."""

    def __init__(self, host: StaffMember, co_host: StaffMember, teacher: StaffMember) -> None:
        self.host, self.co_host, self.teacher = host, co_host, teacher
        self.amy, self.ben = factories.make_pupil("Amy", "Adams"), factories.make_pupil("Ben")
        self.alice = factories.make_guardian(self.amy, name="Alice Adams")
        self.bob = factories.make_guardian(self.ben, name="Bob Brown")
        factories.make_group(self.ben, name="Oak", staff=(teacher,))

    @property
    def families(self) -> list[tuple[Guardian, Pupil]]:
        return [(self.alice, self.amy), (self.bob, self.ben)]


@pytest.fixture
def story(host: StaffMember, co_host: StaffMember, colleague: StaffMember) -> Story:
    return Story(host, co_host, colleague)


def registered(prefix: str) -> set[str]:
    """The kinds of one room."""
    return {kind.name for kind in kinds.kinds() if kind.name.startswith(prefix)}


def sent(prefix: str) -> set[str]:
    """The kinds of one room of which a letter has left by now."""
    outbox.run_due(clock.now())
    rows = Notice.objects.filter(kind__startswith=prefix, state="sent")
    return set(rows.values_list("kind", flat=True))


def texts() -> list[str]:
    """Every letter in all its forms."""
    return ["\n".join([letter.subject, str(letter.body), *_html(letter)]) for letter in mail.outbox]


def _html(letter: Any) -> list[str]:
    return [str(part[0]) for part in getattr(letter, "alternatives", [])]


def to(*people: StaffMember) -> str:
    """Everything that was written to these members of staff."""
    addresses = {person.email for person in people}
    letters = zip(mail.outbox, texts(), strict=True)
    return "\n".join(text for letter, text in letters if set(letter.to) & addresses)


def check_nothing_missing() -> None:
    assert texts()
    assert [text for text in texts() if "<<missing" in text or "&lt;&lt;missing" in text] == []
    assert [letter.subject for letter in mail.outbox if not letter.subject.strip()] == []
    # A plain text is no page: what is quoted for HTML stays readable in it.
    assert [letter.body for letter in mail.outbox if "&#x27;" in letter.body] == []
    assert [letter.subject for letter in mail.outbox if "&#x27;" in letter.subject] == []


def test_every_kind_is_of_a_room_that_is_proved_here() -> None:
    rooms = (
        "meeting_",
        "consent_",
        "concern_",
        "account_",
        "audit_",
        "role_",
        "setting_",
        "family_",
        "rota_",
    )
    assert [kind.name for kind in kinds.kinds() if not kind.name.startswith(rooms)] == []
    assert {room for room in rooms if registered(room)} == set(rooms)


def test_every_kind_has_its_three_templates_and_words_for_the_outbox() -> None:
    for kind in kinds.kinds():
        for ending in ("_subject.txt", ".txt", ".html"):
            get_template(f"{kind.template}{ending}")
        assert kind.words[0].isupper(), kind.name


def fail_in_teams(story: Story, settings: Any) -> None:
    """Microsoft refuses to make a call in Outlook."""
    StaffMember.objects.filter(pk=story.host.pk).update(entra_id=calls.ORGANISER)
    with FakeGraph().running() as graph:
        settings.GRAPH = graph.settings()
        graph.answer("POST", "/events", 403)
        plan = calls.plan_of([story.amy, story.ben], co_hosts=[story.co_host])
        call = meetings.plan(by=story.host, what=plan)
        meetings.create_in_teams(call, by=story.host)
        outbox.run_due(clock.now())
        outbox.run_due(clock.now())
    settings.GRAPH = None


def report_by_itself(call: Meeting, host: StaffMember) -> None:
    """Teams gives its report, with somebody who typed a name."""
    said = reports.report("r1", reports.staff(host, 0, 600), reports.record("Dad's iPad", 0, 600))
    report = from_graph(said, said["attendanceRecords"])
    meetings.take_report(call, by=SWEEP, report=report, now=clock.now())


def test_letters_about_calls(
    story: Story, lead: StaffMember, clock_at: SetClock, settings: Any
) -> None:
    fail_in_teams(story, settings)
    running = calls.shared(story.host, story.families, co_hosts=[story.co_host],
                           reserves=[story.teacher])  # fmt: skip
    other = calls.shared(story.host, story.families, co_hosts=[story.co_host])
    meetings.report_own_leak(other, by=story.host, pupil_id=story.amy.pk, seen=1)
    meetings.report_leak(other, by=story.host, seen=1)
    sent("meeting_")
    meetings.cancel(other, by=story.host)
    sent("meeting_")
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(running, story.host, story.co_host)
    meetings.open_door(running, by=story.host)
    meetings.call_reserve(running, by=story.host, staff=story.teacher)
    meetings.remove(running, by=story.host, pupil_id=story.ben.pk, reason="Shouting",
                    for_family="He shouted at another child.")  # fmt: skip
    meetings.drop_out(running, by=story.host, staff=story.co_host)
    meetings.drop_out(running, by=story.host, staff=story.host)
    sent("meeting_")
    clock_at(calls.STARTS)
    for person in (story.host, story.co_host):
        meetings.come_back(running, by=story.host, staff=person)
    calls.withdraw(running, story.bob, story.ben)
    sent("meeting_")
    # The receipt, which takes the call out of his calendar, came back.
    Notice.objects.filter(kind="consent_receipt", guardian=story.bob).update(state="failed")
    for late in (11, 61):
        clock_at(calls.ENDS + timedelta(minutes=late))
        sent("meeting_")

    meetings.end(running, by=story.host)
    report_by_itself(running, story.host)
    ended = clock.now()
    clock_at(ended + timedelta(minutes=5))
    sent("meeting_")
    day = (ended + timedelta(days=1)).date()
    kept = Ending(was_recorded=True, recording_kept_at="OneDrive", destroy_by=day)
    meetings.close(running, by=story.host, how=kept)
    clock_at(ended + timedelta(days=1))
    sent("meeting_")

    assert sent("meeting_") == registered("meeting_")
    check_nothing_missing()
    # What is written to staff, alerts above all, names no pupil.
    staff = to(story.host, story.co_host, story.teacher, lead)
    assert staff.count("A pupil in your care was removed from a call") > 0
    assert staff.count("Something about a call needs you") > 0
    assert [
        name for name in ("Amy", "Adams", "Ben", "Okafor", "Shouting", "shouted") if name in staff
    ] == []
    assert "Amy" in "\n".join(texts())
    assert "He shouted at another child." in "\n".join(texts())


def test_letters_about_consent(story: Story, office: StaffMember, clock_at: SetClock) -> None:
    meeting: Meeting = calls.asked(
        story.host,
        [story.amy, story.ben],
        co_hosts=[story.co_host],
        starts_at=calls.STARTS + timedelta(days=20),
        ends_at=calls.ENDS + timedelta(days=20),
    )
    sent("consent_")
    calls.answer(meeting, story.alice, story.amy)
    [theirs] = Request.objects.select_related("question").filter(guardian=story.alice)
    consent.answer(
        theirs,
        by=story.alice,
        name="Sam Stranger",
        relationship="other",
        version=theirs.question.version,
        takes_part=False,
        may_be_recorded=None,
    )
    factories.make_term()
    consent.answer(
        theirs,
        by=story.alice,
        name=story.alice.name,
        relationship="mother",
        version=theirs.question.version,
        takes_part=True,
        may_be_recorded=None,
    )
    cover = cover_now(theirs)
    assert cover is not None
    given = consent.give_standing(theirs, by=story.alice, cover=cover, name=story.alice.name)
    calls.asked(story.host, [story.amy, story.ben], co_hosts=[story.co_host])
    sent("consent_")
    consent.end_standing(given, by=story.alice)
    [asked] = Request.objects.filter(guardian=story.bob, question=meeting.question)
    calls.answer(meeting, story.bob, story.ben)
    consent.undo(asked, by=story.bob)
    consent.send_new_link(asked, by=story.bob)
    consent.ask_for_help(asked, by=story.bob, need=Help.LANGUAGE)
    consent.correct_address(story.bob, by=office, email="bob@elsewhere.example")
    sent("consent_")
    asked_at = clock.now()
    for days in range(1, 22):
        clock_at(asked_at + timedelta(days=days))
        sent("consent_")
    meetings.revise(
        meeting,
        by=story.host,
        what=calls.as_it_is(meeting, starts_at=calls.STARTS + timedelta(days=21),
                            ends_at=calls.ENDS + timedelta(days=21)),
    )  # fmt: skip

    assert sent("consent_") == registered("consent_")
    assert drafts.UNANSWERED in registered("consent_")
    check_nothing_missing()
    assert [name for name in ("Sam Stranger", "Adams") if name in "\n".join(texts())] == []


def test_letters_about_concerns_hold_a_link_and_nothing_else(
    story: Story, lead: StaffMember, deputy: StaffMember
) -> None:
    saw = Named(part=Part.WITNESS, staff=story.teacher)
    concern = concerns.log(story.host, concerns.child(story.amy), saw)
    taken = acknowledge(concerns.log(story.host, concerns.child(story.amy)), by=lead)
    now = clock.now()
    add_task(taken, by=deputy, what="Ring the bruise clinic.", owner=lead, due_on=now.date())
    ask(taken, by=lead, text="Which arm was the bruise on?")
    readers = {ConcernNotice.READ: story.host, ConcernNotice.NAG: story.host,
               ConcernNotice.PHONE: story.host}  # fmt: skip
    outbox.queue(
        [
            Draft(
                kind=kind.value,
                key=f"test:{kind.value}",
                due_at=now,
                about=taken.object if kind is ConcernNotice.UNDECIDED else concern.object,
                staff_id=readers.get(kind, lead).pk,
            )
            for kind in ConcernNotice
        ],
        now=now,
    )
    begun = keep_draft('{"seen": ["Amy Adams has a bruise"]}', by=story.host, key=uuid4())
    outbox.queue(
        [
            Draft(
                kind=REMINDER,
                key="test:draft",
                due_at=now,
                about=begun.object,
                staff_id=story.host.pk,
            )
        ],
        now=now,
    )
    Pupil.objects.filter(pk=story.amy.pk).update(left_on=now.date())
    see_to_leaver(story.amy, by=SWEEP)
    note_request(
        story.amy,
        by=lead,
        asker=Asker.PARENT,
        heard=Heard.SPOKEN,
        name="bruise",
        words="bruise",
        received_on=clock.today(),
    )

    lend(concern, by=lead, staff=story.teacher, until=clock.today(), reason="bruise")
    of_staff = concerns.log(story.host, concerns.accused(story.teacher))
    opening = open_in_emergency(of_staff.reference, by=deputy, reason="bruise")
    assert opening is not None
    late = Draft(kind="concern_unreviewed", key="test:unreviewed", due_at=now, about=opening.object,
                 staff_id=lead.pk)  # fmt: skip
    outbox.queue([late], now=now)

    assert sent("concern_") == registered("concern_")
    check_nothing_missing()
    everything = "\n".join(texts())
    names = ("Amy", "Adams", "Carol", "Colleague", "Helen", "Host", "bruise", *concerns.MARKERS)
    assert [name for name in names if name in everything] == []


def test_letters_about_an_alarm_of_the_audit(
    story: Story, lead: StaffMember, it_superuser: StaffMember
) -> None:
    Alarm.objects.create(why=Why.CHANGED, mark="m", found_at=clock.now())
    assert sent("audit_") == registered("audit_")
    check_nothing_missing()
    assert "schoolsafe needs IT" in to(it_superuser)


def test_letter_about_what_a_family_asks_names_nobody(
    story: Story, office: StaffMember, clock_at: SetClock
) -> None:
    asking.note(
        by=office,
        right=Right.CORRECT,
        pupil=story.amy,
        guardian=None,
        is_by_another=False,
        heard=Heard.SPOKEN,
        name="Alice Adams",
        words="Her name is Aimee.",
        received_on=clock.today(),
    )
    clock_at(clock.now() + timedelta(days=31))
    assert sent("family_") == registered("family_")
    check_nothing_missing()
    assert [word for word in ("Amy", "Adams", "Aimee") if word in to(office)] == []


def test_letters_about_an_account(
    story: Story, lead: StaffMember, deputy: StaffMember, clock_at: SetClock
) -> None:
    note_first_factor(deputy.user)
    note_first_factor(story.host.user)
    for _ in range(10):
        refused.note_address(story.host.email, refused.Why.PASSWORD)
    tell_of_new_address(deputy.user, old="old@elmfield.example", by=lead.pk)
    tell_of_access([deputy], "role_given", by=lead.pk, role="headteacher")
    queue_letter("account_password_reset", story.host.user, {})
    queue_letter("account_changed", story.host.user, {"what": "password_changed"})
    supply.engage(
        by=lead,
        name="Sue Supply",
        email="sue@agency.example",
        telephone="",
        starts_on=clock.today(),
        ends_on=clock.today(),
        is_checked=True,
    )
    sent("account_")
    clock_at(clock.now() + timedelta(hours=3))
    assert sent("account_") == registered("account_")
    check_nothing_missing()


def test_letters_about_a_proposed_role(
    story: Story, lead: StaffMember, deputy: StaffMember
) -> None:
    made = appointing.propose(story.host, by=deputy)
    assert sent("role_") == registered("role_")
    assert "You can approve or decline it until" in to(lead)
    changes.decline(made, by=lead)
    changes.take_back(appointing.propose(story.host, by=deputy), by=deputy)
    sent("role_")
    assert "Leah Lead has declined it." in to(deputy)
    assert "Dana Deputy has taken it back." in to(story.host)
    check_nothing_missing()


def test_letters_about_settings(
    story: Story, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    """The reason is read on the page alone: it may name somebody."""
    proposal = choosing.change_setting(
        "keep_recordings_days", 60, by=lead, why="bruise of Amy", seen=0
    )
    assert sent("setting_") == {"setting_proposed"}
    assert "Keep a recording: now 30 days, to be 60 days." in to(head)
    assert to(lead, deputy) == ""
    choosing.approve_setting(proposal, by=head)
    assert sent("setting_") == registered("setting_")
    assert "Keep a recording: it was 30 days, and is 60 days now." in to(lead)
    assert f"{head.name} let it" in to(deputy)
    assert [text for text in texts() if "bruise" in text or "Amy" in text] == []
    check_nothing_missing()


def test_letter_about_hours_in_which_nobody_answers(
    school_day: datetime, lead: StaffMember
) -> None:
    factories.make_term()
    assert sent("rota_") == registered("rota_")
    assert "Nobody is down to answer for safeguarding" in to(lead)
    check_nothing_missing()
