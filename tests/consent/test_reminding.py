"""A reminder by hand: to exactly those on the list that was seen, and to each once."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import services
from consent.models import Question, Request
from consent.policy import Help, Kind, Spared, Voice, spared
from consent.services import Changed
from notices.models import Notice
from school import services as people
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, hidden, request_of
from tests.meetings import calls

PAGE = "/consent/remind/"


def voice(**facts: Any) -> Voice:
    return Voice(who="Mother", guardian_id=1, **facts)


WHY: list[tuple[Voice, dict[str, Any], str]] = [
    (voice(), {}, ""),
    (voice(is_scheduled=True), {}, ""),
    (voice(has_failed=True), {}, ""),
    (voice(kind=Kind.YES, is_outdated=True), {}, ""),
    (voice(kind=Kind.YES), {}, Spared.ANSWERED),
    (voice(kind=Kind.NO), {}, Spared.ANSWERED),
    (voice(unchecked=Kind.YES), {}, Spared.ANSWERED),
    (voice(kind=Kind.YES, unreachable="no contact"), {}, Spared.ANSWERED),
    (voice(unreachable="contact with the family is suspended"), {},
     "contact with the family is suspended"),
    (voice(), {"is_decided": True}, Spared.DECIDED),
    (voice(is_disowned=True), {}, Spared.DISOWNED),
    (voice(needs=Help.LANGUAGE), {}, Spared.UNCALLED),
    (voice(kind=Kind.UNCLEAR), {}, Spared.UNCALLED),
    (voice(), {"is_asked": False}, Spared.UNASKED),
    (voice(), {"is_reminded_today": True}, Spared.TODAY),
    (voice(), {"had": 2}, ""),
    (voice(), {"had": 3}, Spared.ENOUGH),
    (voice(), {"had": 4}, Spared.ENOUGH),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "facts", "why"), WHY)
def test_who_gets_no_reminder_and_why(heard: Voice, facts: dict[str, Any], why: str) -> None:
    usual: dict[str, Any] = {"is_asked": True, "is_decided": False, "had": 1,
                             "is_reminded_today": False, "most": 3}  # fmt: skip
    assert spared(heard, **(usual | facts)) == why


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
    assert "2 reminders are in the outbox. The last one leaves by" in again.content.decode()
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
    assert found.context["finish"] >= clock.now()
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
