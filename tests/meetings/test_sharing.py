"""Getting the way in to families: held back until it is safe, and never the Teams address."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from consent import services as consent
from meetings import links, services
from meetings.models import Meeting, Share
from notices import services as outbox
from notices.models import Ladder, Notice
from school import services as people
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.meetings.scanning import leaks, raw_rows, sent_texts

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]


def links_sent() -> list[tuple[str, str]]:
    """Subject aside: who has had a join link, and for whom it was."""
    letters = Notice.objects.filter(kind="meeting_join_link", state="sent").order_by("pk")
    return [(letter.guardian.email, str(letter.pupil_ids)) for letter in letters if letter.guardian]


def test_link_is_held_back_until_the_call_is_safe(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], is_recorded=True)
    held: list[tuple[Callable[[], Any], str]] = [
        (lambda: services.share_by_email(meeting, by=host), "No family has consented"),
        (lambda: services.direct_message(meeting, by=host), "No family has consented"),
        (
            lambda: services.record_class_message(meeting, by=host, channel="parent_hub"),
            "No family has consented",
        ),
    ]
    for change, why in held:
        with pytest.raises(NotAllowed, match=f"The link is held back. {why}"):
            change()
    calls.answer(meeting, *amy)
    with pytest.raises(NotAllowed, match="alone with Amy"):
        services.share_by_email(meeting, by=host)
    calls.answer(meeting, *ben)

    assert services.share_by_email(meeting, by=host).status == "shared"


def test_link_is_held_back_without_a_teams_link_and_once_the_call_should_have_begun(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[co_host]))
    meeting = services.ask(meeting, by=host)
    calls.answer(meeting, *amy)
    with pytest.raises(NotAllowed, match="no Teams link"):
        services.share_by_email(meeting, by=host)
    services.set_link(meeting, by=host, text=calls.LINK)
    clock_at(calls.STARTS)
    with pytest.raises(NotAllowed, match="start of this call has passed"):
        services.share_by_email(meeting, by=host)
    clock_at(calls.STARTS - timedelta(seconds=1))
    assert services.share_by_email(meeting, by=host).status == "shared"


def test_share_writes_one_mail_to_each_consenting_family_and_twice_is_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    blocked_father: Guardian,
    mailbox: Mailbox,
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1], cat[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    calls.answer(meeting, *ben, takes_part=False)
    calls.answer(meeting, *cat)

    services.share_by_email(meeting, by=host)
    services.share_by_email(meeting, by=co_host)
    mailbox()

    assert links_sent() == [(amy[0].email, f"[{amy[1].pk}]"), (cat[0].email, f"[{cat[1].pk}]")]
    assert list(Share.objects.values_list("channel", "guardian", "pupil", "shared_by")) == [
        ("email", amy[0].pk, amy[1].pk, host.pk),
        ("email", cat[0].pk, cat[1].pk, host.pk),
    ]
    assert Ladder.objects.open().filter(kind="meeting_closing").count() == 1
    shares = Entry.objects.filter(verb="meeting.share").order_by("pk")
    assert [entry.detail for entry in shares] == [
        {"channel": "email", "families": 2},
        {"channel": "email", "families": 0},
    ]


def test_e44_sibling_whose_answer_comes_later_gets_a_link_of_their_own(
    host: StaffMember, co_host: StaffMember, mailbox: Mailbox
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann, name="Alice Adams")
    meeting = calls.asked(host, [amy, ann], co_hosts=[co_host])
    calls.answer(meeting, mother, amy)
    services.share_by_email(meeting, by=host)
    calls.answer(meeting, mother, ann)
    services.share_by_email(meeting, by=host)
    mailbox()

    assert links_sent() == [(mother.email, f"[{amy.pk}]"), (mother.email, f"[{ann.pk}]")]


def test_link_that_died_is_sent_anew(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    mailbox()
    clock_at(clock.now() + timedelta(minutes=1))
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[amy[1], ben[1]]))
    calls.answer(meeting, *amy)
    services.share_by_email(meeting, by=host)
    letters = mailbox()

    place = calls.place(meeting, amy[1])
    assert place.link_version == 2
    old, new = (links.personal(place.pk, amy[0].pk, version) for version in (1, 2))
    assert [links.read_personal(url.rstrip("/").split("/")[-1])[2] for url in (old, new)] == [1, 2]
    assert sum(old in str(letter.body) for letter in letters) == 1
    assert sum(new in str(letter.body) for letter in letters) == 1
    assert Share.objects.filter(guardian=amy[0]).count() == 2


def test_e38_consent_withdrawn_before_the_mail_leaves_drops_the_mail(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    calls.withdraw(meeting, *amy)
    mailbox()
    assert [address for address, _ in links_sent()] == [ben[0].email]


def test_e38_family_that_says_yes_again_after_the_mail_was_dropped_has_its_link_once(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    for _ in range(2):
        calls.withdraw(meeting, *amy)
        mailbox()
        assert [address for address, _ in links_sent()] == [ben[0].email]
        calls.answer(meeting, *amy)
    mailbox()
    assert [address for address, _ in links_sent()] == [ben[0].email, amy[0].email]
    calls.withdraw(meeting, *amy)
    calls.answer(meeting, *amy)
    mailbox()
    assert len(links_sent()) == 2


def test_e30_order_that_arrives_before_the_mail_leaves_drops_the_mail(
    host: StaffMember, co_host: StaffMember, lead: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy], co_hosts=[co_host])
    Guardianship.objects.filter(guardian=amy[0]).update(
        blocked_from=date(2026, 9, 1),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    assert [letter for letter in mailbox() if letter.to == [amy[0].email]] == []


@pytest.mark.parametrize("channel", ["parent_hub", "purple_mash"])
def test_direct_message_is_recorded_for_a_consenting_family_only(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, channel: str
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    services.direct_message(meeting, by=host)

    share = services.record_direct_message(meeting, by=co_host, channel=channel, guardian=amy[0])
    with pytest.raises(NotAllowed, match="has not consented"):
        services.record_direct_message(meeting, by=host, channel=channel, guardian=ben[0])

    assert (share.channel, share.guardian, share.shared_by, share.shared_at) == (
        channel,
        amy[0],
        co_host,
        clock.now(),
    )
    assert Share.objects.count() == 1


def test_e72_class_message_is_recorded_without_a_family(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    share = services.record_class_message(meeting, by=host, channel="purple_mash")
    assert (share.is_for_class, share.guardian, share.pupil) == (True, None, None)


@pytest.mark.parametrize("channel", ["email", "whatsapp", ""])
def test_channel_that_the_policy_does_not_name_is_refused(
    host: StaffMember, co_host: StaffMember, amy: Family, channel: str
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    with pytest.raises(NotAllowed, match="Parent Hub or Purple Mash only"):
        services.record_class_message(meeting, by=host, channel=channel)
    with pytest.raises(NotAllowed, match="Parent Hub or Purple Mash only"):
        services.record_direct_message(meeting, by=host, channel=channel, guardian=amy[0])
    assert Share.objects.count() == 0


def test_share_by_others_is_refused(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember, amy: Family
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    for person in (colleague, lead):
        with pytest.raises(NotAllowed):
            services.share_by_email(meeting, by=person)


# --- The class page -------------------------------------------------------------------------------
def test_class_page_sends_the_own_link_to_an_address_on_record_and_nothing_to_others(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    cat: Family,
    blocked_father: Guardian,
    mailbox: Mailbox,
) -> None:
    meeting = calls.agreed(host, [amy, cat], co_hosts=[co_host])
    meeting = services.record_class_message(meeting, by=host, channel="parent_hub").meeting
    mailbox()
    wishes = (amy[0].email.upper(), "stranger@elsewhere.example", blocked_father.email, "")
    for address in wishes:
        consent.wish(services.LOST_ONE, address, about=meeting.about, is_crowded=False)
        consent.wish(services.LOST_ONE, address, about=meeting.about, is_crowded=False)
    mailbox()

    assert links_sent() == [(amy[0].email, f"[{amy[1].pk}]")]


def test_e27_wish_for_every_link_sends_those_of_each_call_that_is_out(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, mailbox: Mailbox
) -> None:
    calls.shared(host, [amy, ben], co_hosts=[co_host])
    calls.agreed(host, [amy], co_hosts=[co_host])
    mailbox()
    consent.wish(services.LOST_ALL, amy[0].email, is_crowded=False)
    consent.wish(services.LOST_ALL, "stranger@elsewhere.example", is_crowded=False)
    mailbox()
    assert links_sent() == [
        (amy[0].email, f"[{amy[1].pk}]"),
        (ben[0].email, f"[{ben[1].pk}]"),
        (amy[0].email, f"[{amy[1].pk}]"),
    ]


def test_class_page_of_a_call_that_is_not_shared_sends_nothing(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    consent.wish(services.LOST_ONE, amy[0].email, about=meeting.about, is_crowded=False)
    assert Notice.objects.filter(kind="meeting_join_link").count() == 0


# --- The Teams address ----------------------------------------------------------------------------
def test_teams_address_is_on_no_page_of_the_records(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    staff_client: Callable[..., Client],
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    page = staff_client(lead).get(reverse("admin:meetings_meeting_change", args=[meeting.pk]))
    assert page.status_code == 200
    assert not [secret for secret in calls.SECRETS if secret in page.content.decode()]


def test_teams_address_stands_nowhere_but_in_its_own_sealed_field(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    mailbox()
    clock_at(calls.STARTS)
    passage = calls.press(meeting, *amy)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.call_reserve(meeting, by=host, staff=colleague)
    services.drop_out(meeting, by=host, staff=co_host)
    services.remove(meeting, by=host, pupil_id=ben[1].pk, reason="shouting")
    mailbox()
    calls.withdraw(meeting, *amy)
    mailbox()
    services.close(meeting, by=host, how=services.Ending(hung_up=True))
    letters = mailbox()

    # There is something to leak, and many places where it could have.
    assert passage.teams_url == calls.LINK
    assert Meeting.objects.get().join_url == calls.LINK
    assert len(letters) > 6
    assert len(sent_texts()) > 12
    assert any("/j/" in text for text in sent_texts())
    assert sum(1 for table, _ in raw_rows() if table == "audit_entry") > 12
    assert leaks() == {"meetings.Meeting"}


def share_after_a_change(host: StaffMember, amy: Family) -> Meeting:
    """Amy's mother agreed; then her address was changed, and the link shared."""
    meeting = calls.agreed(host, [amy], co_hosts=[factories.make_staff()])
    people.change_email(amy[0], by=SWEEP, email="new@family.example")
    return services.share_by_email(meeting, by=host)


def test_e34_link_waits_for_a_changed_address_until_it_is_confirmed(
    host: StaffMember, office: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    share_after_a_change(host, amy)
    mailbox()
    waiting = Notice.objects.get(kind="meeting_join_link")
    assert (waiting.state, waiting.failures) == ("due", 0)
    assert waiting.why == "the address was changed lately: the office can confirm it"
    assert waiting.try_at == clock.now() + timedelta(hours=72)

    with transaction.atomic():
        people.confirm_email(amy[0], by=office, email="new@family.example", how="telephone")
        outbox.ask_again_now(guardian_id=amy[0].pk, now=clock.now())
    mailbox()

    assert links_sent() == [("new@family.example", str([amy[1].pk]))]


def test_e34_link_goes_by_itself_once_the_address_has_stood_for_72_hours(
    host: StaffMember, amy: Family, mailbox: Mailbox, clock_at: SetClock
) -> None:
    clock_at(calls.STARTS - timedelta(days=4))
    share_after_a_change(host, amy)
    mailbox()
    assert links_sent() == []

    clock_at(calls.STARTS - timedelta(days=1))
    mailbox()

    assert links_sent() == [("new@family.example", str([amy[1].pk]))]
