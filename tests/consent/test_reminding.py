"""Reminders by the ladder and by hand: never too many, never two for one, by hand those seen."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from audit.models import Entry
from consent import policy, selectors, services
from consent.models import Question, Request
from consent.policy import Help, Kind, Spared, Voice, spared
from consent.services import Changed
from notices import services as outbox
from notices.models import Notice
from school import services as people
from school.models import Guardian, Pupil, StaffMember
from school.pace import Pace
from school.policy import Refusal
from school.roles import Role
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, hidden, plan, request_of
from tests.meetings import calls

pytestmark = pytest.mark.django_db

PAGE = "/consent/remind/"
DAY = timedelta(days=1)
NOW = datetime.fromisoformat("2026-09-15T13:00:00+00:00")


def voice(**facts: Any) -> Voice:
    return Voice(who="Mother", guardian_id=1, **facts)


WHY: list[tuple[Voice, dict[str, Any], str]] = [
    (voice(), {}, ""),
    (voice(is_scheduled=True), {}, ""),
    (voice(has_failed=True), {}, ""),
    (voice(has_failed=True, failed_because="full"), {}, ""),
    (voice(has_failed=True, failed_because="bounced"), {}, Spared.CAME_BACK),
    (voice(has_failed=True, failed_because="complaint"), {}, Spared.CAME_BACK),
    (voice(kind=Kind.YES, is_outdated=True), {}, ""),
    (voice(kind=Kind.YES), {}, Spared.ANSWERED),
    (voice(kind=Kind.NO), {}, Spared.ANSWERED),
    (voice(unchecked=Kind.YES), {}, Spared.ANSWERED),
    (voice(kind=Kind.YES, unreachable="no contact"), {}, Spared.ANSWERED),
    (voice(unreachable="contact with the family is suspended"), {},
     "contact with the family is suspended"),
    (voice(), {"is_decided": True}, Spared.DECIDED),
    (voice(is_disowned=True), {}, Spared.DISOWNED),
    (voice(is_disowned=True), {"is_decided": True}, Spared.DISOWNED),
    (voice(is_disowned=True, unreachable=Refusal.CAME_BACK.value), {}, Spared.DISOWNED),
    (voice(is_disowned=True, unreachable=Refusal.SUSPENDED.value), {}, Refusal.SUSPENDED),
    (voice(has_failed=True, failed_because="bounced", is_mended=True), {}, Spared.MENDED),
    (voice(needs=Help.LANGUAGE), {}, Spared.UNCALLED),
    (voice(kind=Kind.UNCLEAR), {}, Spared.UNCALLED),
    (voice(), {"is_asked": False}, Spared.UNASKED),
    (voice(), {"is_waiting": True}, Spared.WAITING),
    (voice(kind=Kind.YES), {"is_waiting": True}, Spared.ANSWERED),
    (voice(), {"is_reminded_today": True}, Spared.TODAY),
    (voice(), {"had": 2}, ""),
    (voice(), {"had": 3}, Spared.ENOUGH),
    (voice(), {"had": 4}, Spared.ENOUGH),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "facts", "why"), WHY)
def test_who_gets_no_reminder_and_why(heard: Voice, facts: dict[str, Any], why: str) -> None:
    usual: dict[str, Any] = {"is_asked": True, "is_waiting": False, "is_decided": False, "had": 1,
                             "is_reminded_today": False, "most": 3}  # fmt: skip
    assert spared(heard, **(usual | facts)) == why


@pytest.mark.parametrize(
    ("before", "replaced"),
    [
        (None, False),
        (timedelta(0), True),
        (timedelta(days=3), True),
        (timedelta(days=3, seconds=1), False),
        (timedelta(days=-1), False),
    ],
)
def test_reminder_by_hand_replaces_the_next_one_within_three_days(
    before: timedelta | None, replaced: bool
) -> None:
    reminded_at = None if before is None else NOW - before
    assert policy.is_replaced(reminded_at=reminded_at, at=NOW) is replaced


@pytest.mark.parametrize(("had", "may"), [(0, True), (2, True), (3, False), (9, False)])
def test_nobody_is_chased_a_fourth_time(had: int, may: bool) -> None:
    assert policy.may_chase(had=had, pace=Pace()) is may


def due(question: Question, by: StaffMember, *pupils: Pupil) -> Any:
    return services.due([(question.pk, pupil.pk) for pupil in pupils], by=by, now=clock.now())


def remind(question: Question, by: StaffMember, *pupils: Pupil, seen: Any = None) -> Any:
    pairs = [(question.pk, pupil.pk) for pupil in pupils]
    keys = due(question, by, *pupils).keys if seen is None else seen
    return services.remind(by=by, pairs=pairs, seen=keys)


def reminders() -> list[Notice]:
    return list(Notice.objects.filter(kind="consent_reminder").order_by("pk"))


def test_e44_reminder_names_each_child_once_and_is_written_down(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, tom: Pupil, mailbox: Any
) -> None:
    question = ask(asker, maya, tom)
    mailbox()
    found = remind(question, office, maya, tom)

    [letter] = found.letters
    assert (letter.children, letter.had) == (("Maya Okafor", "Tom Okafor"), 1)
    sent = mailbox()
    assert [message.to for message in sent] == [["amina@family.example"]] * 2
    assert "Maya" in sent[1].body
    assert "Tom" in sent[1].body
    assert set(Request.objects.values_list("reminded_at", flat=True)) == {clock.now()}
    entry = Entry.objects.get(verb="consent.remind")
    assert (entry.actor, entry.object) == (office.actor, f"consent.question:{question.pk}")
    assert entry.detail == {"requests": sorted(Request.objects.values_list("pk", flat=True))}


def test_e33_child_with_a_safe_address_has_a_letter_of_its_own(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, tom: Pupil
) -> None:
    Pupil.objects.filter(pk=tom.pk).update(is_address_confidential=True)
    question = ask(asker, maya, tom)
    found = due(question, office, maya, tom)
    assert [letter.children for letter in found.letters] == [("Maya Okafor",), ("Tom Okafor",)]
    assert [len(letters) for _, letters in found.addresses] == [2]


def test_e29_one_mailbox_is_listed_once_with_both_its_people(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    factories.make_guardian(maya, name="Bayo Okafor", email="Amina@family.example")
    question = ask(asker, maya)
    found = due(question, office, maya)
    assert [(address.lower(), [one.name for one in letters])
            for address, letters in found.addresses] == [
        ("amina@family.example", ["Amina Okafor", "Bayo Okafor"])]  # fmt: skip


def test_e47_one_a_day_for_each_person_by_hand_and_by_itself(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any, mailbox: Any
) -> None:
    question = ask(asker, maya)
    remind(question, office, maya)
    assert due(question, office, maya).spared[0].why == Spared.TODAY
    with pytest.raises(Changed):
        remind(question, office, maya, seen=[(request_of(question, maya, mum).pk,)])
    with pytest.raises(NotAllowed, match="nobody to remind"):
        remind(question, office, maya)
    assert len(reminders()) == 1

    travel(clock.now() + timedelta(days=1))
    remind(question, office, maya)
    travel(clock.now() + timedelta(days=1))
    # The first letter and two reminders: three messages are enough.
    assert due(question, office, maya).spared[0].why == Spared.ENOUGH


def test_e47_ladder_of_the_same_day_adds_nothing(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any, mailbox: Any
) -> None:
    question = ask(asker, maya)
    mailbox()
    travel(question.closes_at - timedelta(days=7, hours=1))
    remind(question, office, maya)
    travel(question.closes_at - timedelta(days=7) + timedelta(minutes=1))
    mailbox()
    assert [notice.state for notice in reminders()] == ["sent"]


def test_answer_since_the_list_was_seen_sends_nothing_and_is_named(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    question = ask(asker, maya)
    client = staff_client(office)
    preview: Any = client.get(PAGE)
    answer(request_of(question, maya, mum), takes_part=True)

    found = client.post(PAGE, hidden(preview))

    assert (found.status_code, len(reminders())) == (409, 0)
    shown = re.sub(r"\s+", " ", found.content.decode())
    assert "Something has changed since you looked. Nothing was sent." in shown
    assert "<b>Amina Okafor</b> gets none about Maya Okafor any more: has answered." in shown
    assert "<b>Bayo Okafor</b> gets none about Maya Okafor any more: no more answers" in shown


def test_person_added_since_the_list_was_seen_sends_nothing_and_is_named(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    question = ask(asker, maya)
    client = staff_client(office)
    preview: Any = client.get(PAGE)
    factories.make_guardian(maya, name="Bayo Okafor", relationship="father")
    ask(asker, maya)

    found = client.post(PAGE, hidden(preview))

    assert (found.status_code, len(reminders())) == (409, 0)
    assert "<b>Bayo Okafor</b> would get one about Maya Okafor." in re.sub(
        r"\s+", " ", found.content.decode()
    )
    again: Any = client.post(PAGE, hidden(found), follow=True)
    assert len(reminders()) == 2
    assert (
        "2 reminders are ready to leave. 2 messages, the last will be out at about"
        in again.content.decode()
    )
    assert question.pk


def test_preview_says_who_gets_what_and_who_does_not(
    asker: StaffMember, office: StaffMember, lead: StaffMember, deputy: StaffMember, maya: Pupil,
    mum: Guardian, tom: Pupil, staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked"
    )
    nobody = factories.make_pupil("Nina", "Noone")
    factories.make_guardian(nobody, name="Nora Noone", email="")
    sad = factories.make_pupil("Sara", "Sad")
    factories.make_guardian(sad, name="Simon Sad")
    ask(asker, maya, tom, nobody, sad)
    people.suspend_contact(sad, by=deputy)

    found: Any = staff_client(office).get(PAGE, {"task": "all"})

    assert [(one.name, one.why) for one in found.context["spared"]] == [
        ("Nora Noone", "there is no usable address"),
        ("Simon Sad", "contact with the family is suspended"),
        ("Boris Blocked", "no contact is allowed"),
    ]
    shown = re.sub(r"\s+", " ", found.content.decode())
    assert "1 reminder to 1 address. Nothing has been sent yet." in shown
    assert "amina@family.example" in shown
    assert "Sent now: 1 message, it will be out at about" in shown
    assert reminders() == []


def test_host_reminds_the_own_families_and_sees_neither_addresses_nor_blocks(
    host: StaffMember, colleague: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    factories.make_blocked_guardian(
        maya, approved_by=lead, blocked_from=date(2026, 1, 1), name="Boris Blocked"
    )
    meeting = calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    client = staff_client(host)
    preview: Any = client.get(PAGE)
    shown = preview.content.decode()
    assert "Amina Okafor" in shown
    assert [word for word in ("amina@family", "Boris", "no contact") if word in shown] == []

    stranger = staff_client(colleague).post(PAGE, hidden(preview))
    assert (stranger.status_code, len(reminders())) == (403, 0)
    assert client.post(PAGE, hidden(preview)).status_code == 302
    assert [notice.about for notice in reminders()] == [meeting.about]


@pytest.mark.parametrize("sealed", ["", "nonsense", "eyJwIjoxfQ:1x:abc"])
def test_damaged_list_sends_nothing(
    sealed: str, asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    ask(asker, maya)
    found: Any = staff_client(office).post(PAGE, {"sealed": sealed, "query": "year=4&next=//x"},
                                           follow=True)  # fmt: skip
    assert "The list could not be read. Nothing was sent" in found.content.decode()
    assert reminders() == []


def test_e30_block_between_the_press_and_the_sending_stops_the_letter(
    asker: StaffMember, office: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian,
    mailbox: Any,
) -> None:  # fmt: skip
    question = ask(asker, maya)
    mailbox()
    remind(question, office, maya)
    people.block_contact(
        maya.guardianships.get(), by=lead, blocked_from=clock.today(), reason="order", evidence="12"
    )
    mailbox()
    assert [notice.state for notice in reminders()] == ["dropped"]


def test_reminder_is_undone_when_it_cannot_be_written_down(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, monkeypatch: Any
) -> None:
    question = ask(asker, maya)
    monkeypatch.setattr("audit.services.record_many", _fails)
    with pytest.raises(RuntimeError):
        remind(question, office, maya)
    assert reminders() == []
    assert Request.objects.get().reminded_at is None


def _fails(**_: Any) -> None:
    raise RuntimeError


def test_reminder_by_hand_takes_the_place_of_the_next_automatic_one(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    """Automatic ones are due after three and after eight days."""
    start = clock.now()
    question = ask(asker, maya)
    travel(start + DAY)
    remind(question, office, maya)
    travel(start + 3 * DAY)
    outbox.run_due(clock.now())
    assert len(reminders()) == 1
    travel(start + 8 * DAY)
    outbox.run_due(clock.now())
    assert len(reminders()) == 2


def test_reminder_by_hand_long_before_replaces_nothing(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    question = ask(asker, maya)
    travel(start + 4 * DAY)
    remind(question, office, maya)
    travel(start + 8 * DAY)
    outbox.run_due(clock.now())
    assert len(reminders()) == 2


def test_reminder_when_nobody_can_answer_is_refused(
    asker: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(asker, maya)
    travel(question.closes_at)
    with pytest.raises(NotAllowed, match="nobody to remind"):
        remind(question, office, maya)


def test_who_said_yes_hears_of_every_change_however_many(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    outbox.run_due(clock.now())
    mail.outbox.clear()
    for hours in range(1, 7):
        moved = plan(starts_at=asked.starts_at + timedelta(hours=hours))
        question = services.reword(question, by=host, asked=moved)
        outbox.run_due(clock.now())
    assert [letter.subject for letter in mail.outbox] == ["The video call has changed"] * 6


def test_who_has_not_answered_hears_of_three_things_at_most(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    for hours in range(1, 7):
        outbox.run_due(clock.now())
        moved = plan(starts_at=asked.starts_at + timedelta(hours=hours))
        question = services.reword(question, by=host, asked=moved)
    outbox.run_due(clock.now())
    assert len(mail.outbox) == 3


def test_letters_to_ask_counts_people_not_children(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    factories.make_pupil("Nobody")
    hidden = factories.make_pupil("Hidden", is_address_confidential=True)
    factories.tie_guardian(mum, hidden)
    adult = factories.make_pupil(
        "Adult", born_on=clock.today().replace(year=2000), email="a@x.example"
    )
    pupils = list(Pupil.objects.values_list("pk", flat=True))
    # Mother for two, mother for the hidden one, father, and the pupil who is 18.
    assert selectors.letters_to_ask(None, pupils, clock.now()) == 4
    question = ask(host, maya, tom, hidden, adult)
    assert Notice.objects.count() == 4
    assert selectors.letters_to_ask(question, pupils, clock.now()) == 0


def test_e47_one_change_brings_a_parent_of_two_no_fourth_letter(
    school: Any, host: Any, clock_at: Any
) -> None:
    """A no that a change has made void and a silence are two letters: only the first of them goes."""
    machine = Chasing()
    machine.sweep()
    machine.take_off_and_ask_again()
    machine.sweep()
    machine.say(who="mum", yes=False)
    machine.change(adult="Carol", days=0)
    machine.change(adult="Carol", days=2)
    machine.nobody_is_chased_more_than_three_times()
    machine.atomic.__exit__(None, None, None)


class Chasing(RuleBasedStateMachine):
    """A call that is moved, changed, answered, reminded of and asked again, over many days."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.host = factories.make_staff("Host")
        self.office = factories.make_staff("Office", roles=(Role.OFFICE,))
        factories.make_school()
        self.maya, self.tom = factories.make_pupil("Maya"), factories.make_pupil("Tom")
        self.mum = factories.make_guardian(self.maya, name="Mum", email="mum@x.example")
        factories.tie_guardian(self.mum, self.tom)
        self.dad = factories.make_guardian(self.maya, name="Dad", email="dad@x.example")
        self.now = NOW
        self.days = 20
        self.question: Any = None
        with self.at():
            self.question = ask(self.host, self.maya, self.tom, asked=self.plan())

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def at(self) -> Any:
        return clock.standing_at(self.now)

    def plan(self, **facts: Any) -> Any:
        return plan(starts_at=NOW + timedelta(days=self.days), **facts)

    @rule(days=st.integers(-6, 9), adult=st.sampled_from(["Colin", "Carol", "Rita"]))
    def change(self, days: int, adult: str) -> None:
        self.days = max(self.days + days, (self.now - NOW).days + 2)
        with self.at():
            self.question = services.reword(
                self.question, by=self.host, asked=self.plan(staff=("Host", adult))
            )

    @rule(hours=st.sampled_from([1, 5, 24, 24, 72]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        outbox.run_due(self.now)

    @rule()
    def remind(self) -> None:
        with self.at():
            if self.question.is_open(now=self.now):
                found = due(self.question, self.office, self.maya, self.tom)
                if found.letters:
                    remind(self.question, self.office, self.maya, self.tom)

    @rule(who=st.sampled_from(["mum", "dad"]), yes=st.booleans())
    def say(self, who: str, yes: bool) -> None:
        request = request_of(self.question, self.maya, getattr(self, who))
        with self.at():
            if request.ended_at is None and self.question.is_open(now=self.now):
                answer(request, takes_part=yes)

    @rule()
    def take_off_and_ask_again(self) -> None:
        with self.at():
            if self.question.is_open(now=self.now):
                services.release(self.question, by=self.host, pupil_ids=[self.maya.pk])
                self.now += timedelta(seconds=1)
        with self.at():
            if self.question.is_open(now=self.now):
                self.question = services.ask(
                    by=self.host, about=self.question.about, asked=self.question.asked,
                    pupil_ids=[self.maya.pk], closes_at=self.question.closes_at,
                )  # fmt: skip

    @invariant()
    def nobody_is_chased_more_than_three_times(self) -> None:
        rows = Notice.objects.filter(
            kind__in=["consent_request", "consent_reminder", "consent_changed"]
        ).exclude(state="dropped")
        for guardian in (self.mum, self.dad):
            chased = [
                row
                for row in rows.filter(guardian=guardian)
                if not (row.detail.get("is_by_hand") or row.detail.get("is_news"))
            ]
            assert len(chased) <= 3, [(row.kind, row.state) for row in chased]

    @invariant()
    def nobody_is_reminded_twice_a_day(self) -> None:
        rows = Notice.objects.filter(kind="consent_reminder").values_list("key", flat=True)
        assert len(set(rows)) == len(rows)
        assert Request.objects.count() == 3


def test_whatever_happens_to_a_call_nobody_is_chased_a_fourth_time() -> None:
    run_state_machine_as_test(
        Chasing,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
