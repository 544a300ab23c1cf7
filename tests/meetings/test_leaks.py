"""A link has leaked (E71): every way in is shut in one press, and exactly the right families get new ones."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from audit.models import Entry
from meetings import links, policy, selectors, services
from meetings.models import Check, Incident, LeakedLink, Meeting, RegisterEntry, Seat, Share
from notices.models import Ladder, Notice
from school.models import Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.meetings.pages import url, words
from tests.meetings.scanning import leaks

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
SignIn = Callable[..., Client]

FRESH = calls.LINK.replace(calls.THREAD_ID, "ZnJlc2g")
SHORT = "https://teams.microsoft.com/meet/123456789012?p=first"


def report(meeting: Meeting, by: StaffMember) -> Meeting:
    """Press the button as the page shows it now."""
    meeting.refresh_from_db()
    return services.report_leak(meeting, by=by, seen=meeting.class_link_version)


def letters(kind: str = "meeting_join_link") -> list[tuple[str, str, str]]:
    """To whom letters of a kind went or wait, and how they stand."""
    rows = Notice.objects.filter(kind=kind).order_by("pk").select_related("guardian", "staff")
    return [
        (
            (row.guardian or row.staff).email if row.guardian else str(row.staff),
            str(row.pupil_ids),
            row.state,
        )  # type: ignore[union-attr]
        for row in rows
    ]


def lines(meeting: Meeting) -> list[str]:
    """What stands in the register."""
    return list(meeting.register.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def shared(host: StaffMember, co_host: StaffMember, amy: Family, ben: Family) -> Meeting:
    """Amy's and Ben's families have been asked and said yes; their links are in the outbox."""
    return calls.shared(host, [amy, ben], co_hosts=[co_host])


@pytest.fixture
def running(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """The door is open and Amy is on the call; Ben has not come yet."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(meeting.starts_at - timedelta(minutes=4))
    calls.press(meeting, *amy)
    return services.admit(meeting, by=host, pupil_ids=[amy[1].pk])


def test_e71_one_press_shuts_the_door_kills_every_link_and_takes_the_teams_link_off(
    shared: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    place = calls.place(shared, amy[1])
    old = links.personal(place.pk, amy[0].pk, place.link_version)
    meeting = report(shared, host)

    meeting.refresh_from_db()
    assert (meeting.join_url, meeting.link_digest, meeting.link_proves_tenant) == ("", "", False)
    assert (meeting.link_leaked_at, meeting.on_hold_since) == (clock.now(), clock.now())
    assert calls.verdict(meeting) == ["link_leaked"]
    assert list(meeting.places.values_list("link_version", flat=True)) == [2, 2]
    assert meeting.class_link_version == 2
    assert Client().get(old).status_code == 404
    assert lines(meeting) == ["link_leaked"]
    [kept] = LeakedLink.objects.all()
    assert (kept.meeting, kept.reported_by, kept.leaked_at) == (meeting, host, clock.now())
    # The press that was under way is answered by the version it came with.
    passage = services.press(place, guardian_id=amy[0].pk)
    assert (passage.answer.door, passage.teams_url) == (policy.Door.NO_CONSENT, "")
    page = words(staff_client(host).get(url("detail", meeting)))
    assert "On hold. The Teams link of this call has leaked, and no new one is in yet." in page
    assert "Put in the new Teams link" in page


def test_e71_letters_on_their_way_are_dropped_and_nothing_new_goes_out_before_there_is_a_link(
    shared: Meeting, host: StaffMember, mailbox: Mailbox
) -> None:
    report(shared, host)
    mailbox()
    assert [state for _, _, state in letters()] == ["dropped", "dropped"]
    with pytest.raises(NotAllowed, match="has leaked, and no new one is in yet"):
        services.share_by_email(shared, by=host)
    with pytest.raises(NotAllowed, match="has leaked, and no new one is in yet"):
        services.record_class_message(shared, by=host, channel="parent_hub")
    assert len(letters()) == 2


def test_e71_adults_and_the_safeguarding_team_are_told_and_who_reported_it_is_not(
    shared: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    report(shared, host)
    mailbox()
    assert letters("meeting_link_leaked") == [(str(co_host), "[]", "sent")]
    assert letters("meeting_on_hold") == []
    [incident] = Incident.objects.all()
    assert (incident.kind, incident.meeting) == ("link_leaked", shared)
    assert Ladder.objects.open().filter(about=f"meetings.incident:{incident.pk}").count() == 1
    assert str(lead) in [to for to, _, state in letters("meeting_incident") if state == "sent"]
    [entry] = Entry.objects.filter(verb="meeting.leak")
    assert entry.detail == {"what": "everything", "calls": [shared.pk]}


@pytest.mark.parametrize("text", [calls.LINK, f"{calls.LINK}&utm=1"])
def test_e71_leaked_address_is_never_taken_again_on_any_call(
    text: str, shared: Meeting, host: StaffMember, colleague: StaffMember, cat: Family
) -> None:
    report(shared, host)
    other = services.plan(by=colleague, what=calls.plan_of([cat[1]], co_hosts=[host]))
    for meeting, by in [(shared, host), (other, colleague)]:
        with pytest.raises(services.LinkTaken, match="That Teams link has leaked"):
            services.set_link(meeting, by=by, text=text)
    other.refresh_from_db()
    assert other.join_url == ""


def test_e71_another_address_of_the_leaked_meeting_is_not_taken_either(
    shared: Meeting, host: StaffMember
) -> None:
    services.set_link(shared, by=host, text=SHORT)
    report(shared, host)
    with pytest.raises(services.LinkTaken, match="has leaked"):
        services.set_link(shared, by=host, text=SHORT.replace("first", "second"))


def test_e71_new_link_sends_new_links_to_those_who_had_one_and_nobody_else(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    mailbox: Mailbox,
    staff_client: SignIn,
) -> None:
    """Amy's mother had hers by Parent Hub. Ben's was never handed over. Cat's father was since blocked."""
    father = factories.make_guardian(cat[1], name="Carl Clark")
    meeting = calls.asked(host, [amy[1], ben[1], cat[1]], co_hosts=[co_host])
    for family in (amy, ben, cat, (father, cat[1])):
        calls.answer(meeting, *family)
    meeting = services.direct_message(meeting, by=host)
    for guardian, pupil in (amy, cat, (father, cat[1])):
        services.record_direct_message(
            meeting, by=host, channel="parent_hub", guardian=guardian, pupil=pupil
        )
    report(meeting, host)
    Guardianship.objects.filter(guardian=father).update(
        blocked_from=date(2026, 1, 1),
        block_reason="non-molestation order",
        block_evidence="case file 12",
        block_approved_by=lead,
    )

    services.set_link(meeting, by=host, text=FRESH)
    mailbox()

    told = [(to, state) for to, _, state in letters()]
    assert told == [(amy[0].email, "sent"), (cat[0].email, "sent")]
    renewed = Share.objects.filter(is_renewal=True).order_by("pk")
    assert list(renewed.values_list("guardian", "pupil", "link_version", "channel")) == [
        (amy[0].pk, amy[1].pk, 2, "email"),
        (cat[0].pk, cat[1].pk, 2, "email"),
    ]
    page = words(staff_client(host).get(url("detail", meeting)))
    assert "E-mail, new personal link to Alice Adams, by itself" in page
    meeting.refresh_from_db()
    assert (meeting.link_leaked_at, meeting.on_hold_since) == (None, None)
    assert lines(meeting) == ["link_leaked", "link_renewed", "clear_again"]


def test_e71_letter_says_that_it_is_a_new_link_and_the_old_one_opens_nothing(
    shared: Meeting, host: StaffMember, amy: Family, mailbox: Mailbox
) -> None:
    mailbox()
    report(shared, host)
    mailbox()
    services.set_link(shared, by=host, text=FRESH)
    sent = mailbox()

    [letter] = [one for one in sent if one.to == [amy[0].email] and "new link" in one.subject]
    assert letter.subject == "Your new link for the video call"
    assert "The link you had no longer works. Please use this one" in letter.body
    place = calls.place(shared, amy[1])
    assert links.personal(place.pk, amy[0].pk, 2) in letter.body
    assert leaks() == {"meetings.Meeting"}


def test_e71_family_without_email_has_to_be_handed_its_new_link(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    office: StaffMember,
    staff_client: SignIn,
) -> None:
    meeting = calls.agreed(host, [amy, ben], co_hosts=[co_host])
    Guardian.objects.filter(pk=ben[0].pk).update(email="")
    meeting = services.share_by_email(meeting, by=host)
    client = staff_client(host)
    client.post(
        url("posted", meeting),
        {"channel": "parent_hub", "guardian": ben[0].pk, "pupil": ben[1].pk},
    )
    assert "Their link was handed over" in words(client.get(url("share", meeting)))
    report(meeting, host)
    services.set_link(meeting, by=host, text=FRESH)

    page = words(client.get(url("share", meeting)))
    assert "One family gets none: hand its link over." in page
    assert "Their link was handed over" not in page


def test_e71_running_call_is_held_and_begins_anew_in_the_new_meeting(
    running: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    report(running, co_host)
    assert calls.verdict(running)[0] == "link_leaked"
    assert calls.door(running, *ben) is policy.Door.ON_HOLD
    with pytest.raises(NotAllowed, match="Choose 'End meeting' for everyone in the old"):
        services.set_link(running, by=host, text=FRESH)

    services.set_link(running, by=host, text=FRESH, old_one_ended=True)
    # Nobody has confirmed anything about the new meeting, and nobody is in it.
    assert Check.objects.count() == 0
    assert calls.verdict(running) == ["no_adult"]
    assert lines(running)[-3:] == ["link_leaked", "link_renewed", "left"]
    assert [state for _, _, state in letters()] == ["dropped", "dropped"]
    calls.confirm(running, host, co_host)
    passage = calls.press(running, *amy)
    assert (passage.answer.door, passage.teams_url) == (policy.Door.OPEN, FRESH)
    assert [state for _, _, state in letters()] == ["dropped", "dropped", "due", "due"]


def test_e71_one_familys_link_alone_is_revoked_and_renewed_at_once(
    shared: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
) -> None:
    mailbox()
    services.report_own_leak(shared, by=host, pupil_id=amy[1].pk, seen=1)
    sent = mailbox()

    shared.refresh_from_db()
    assert shared.join_url == calls.LINK
    assert dict(shared.places.values_list("pupil", "link_version")) == {amy[1].pk: 2, ben[1].pk: 1}
    assert [one.to for one in sent if "new link for the video call" in one.subject] == [
        [amy[0].email]
    ]
    assert letters("meeting_own_link_leaked") == [(str(co_host), "[]", "sent")]
    assert lines(shared) == ["own_revoked"]
    assert [incident.kind for incident in Incident.objects.all()] == ["link_leaked"]
    assert calls.verdict(shared) == []


def test_e71_link_that_opened_the_door_is_never_alone(
    running: Meeting, host: StaffMember, amy: Family, ben: Family
) -> None:
    with pytest.raises(NotAllowed, match="Choose everything"):
        services.report_own_leak(running, by=host, pupil_id=amy[1].pk, seen=1)
    services.report_own_leak(running, by=host, pupil_id=ben[1].pk, seen=1)
    assert calls.place(running, ben[1]).link_version == 2


def test_e71_pressed_twice_it_is_one_leak_and_the_new_link_stands(
    shared: Meeting, host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    report(shared, host)
    with pytest.raises(NotAllowed, match="reported this already"):
        services.report_leak(shared, by=co_host, seen=1)
    services.set_link(shared, by=host, text=FRESH)
    with pytest.raises(NotAllowed, match="reported this already"):
        services.report_leak(shared, by=co_host, seen=1)
    services.report_own_leak(shared, by=host, pupil_id=amy[1].pk, seen=2)
    with pytest.raises(NotAllowed, match="reported this already"):
        services.report_own_leak(shared, by=co_host, pupil_id=amy[1].pk, seen=2)
    shared.refresh_from_db()
    assert shared.join_url == FRESH
    assert Incident.objects.count() == 1


def test_e71_second_leak_after_the_first_is_settled_is_another_incident(
    shared: Meeting, host: StaffMember, lead: StaffMember
) -> None:
    report(shared, host)
    services.settle(Incident.objects.get(), by=lead, note="Posted by mistake; told the teacher.")
    services.set_link(shared, by=host, text=FRESH)
    report(shared, host)
    assert list(Incident.objects.values_list("kind", "settled_by").order_by("pk")) == [
        ("link_leaked", lead.pk),
        ("link_leaked", None),
    ]


def test_e71_other_calls_with_that_link_lose_it_too_and_their_families_keep_theirs(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    first = calls.shared(host, [amy, ben], co_hosts=[co_host])
    week = timedelta(days=7)
    second = calls.agreed(
        host,
        [amy, ben],
        co_hosts=[co_host],
        starts_at=calls.STARTS + week,
        ends_at=calls.ENDS + week,
    )
    services.set_link(second, by=host, text=calls.LINK)
    second = services.share_by_email(second, by=host)

    report(first, host)

    second.refresh_from_db()
    assert (second.join_url, second.link_leaked_at) == ("", clock.now())
    assert calls.verdict(second) == ["link_leaked"]
    assert list(second.places.values_list("link_version", flat=True)) == [1, 1]
    assert Incident.objects.get().meeting == first
    told = Notice.objects.filter(kind="meeting_link_leaked").values_list("about", flat=True)
    assert sorted(told) == sorted([first.about, second.about])


def test_e71_call_that_took_the_link_while_it_leaked_is_held_all_the_same(
    shared: Meeting, host: StaffMember
) -> None:
    report(shared, host)
    link = LeakedLink.objects.get()
    Meeting.objects.filter(pk=shared.pk).update(
        join_url=calls.LINK, link_digest=link.link_digest, link_leaked_at=None
    )
    assert calls.blocking(shared)[0].words == "The Teams link of this call has leaked."


@pytest.mark.parametrize("stage", ["draft", "ended", "cancelled"])
def test_e71_nothing_can_leak_without_a_link_or_after_the_end(
    stage: str, host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    if stage == "draft":
        meeting = services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[co_host]))
    elif stage == "ended":
        meeting = services.end(calls.opened(host, [amy, ben], co_hosts=[co_host]), by=host)
    else:
        meeting = services.cancel(calls.shared(host, [amy, ben], co_hosts=[co_host]), by=host)
    said = "no Teams link yet" if stage == "draft" else "not possible at this stage"
    with pytest.raises(NotAllowed, match=said):
        report(meeting, host)


def test_e71_draft_whose_link_leaked_takes_a_new_one_like_any_draft(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    report(meeting, host)
    assert calls.verdict(meeting) == []
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, title="Another title"))
    meeting = services.set_link(meeting, by=host, text=FRESH)
    assert (meeting.join_url, meeting.link_leaked_at) == (FRESH, None)
    assert lines(meeting) == ["link_leaked"]


def test_e71_series_with_one_link_takes_one_new_link(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    made = [
        calls.planned(
            host,
            [amy[1]],
            co_hosts=[co_host],
            starts_at=calls.STARTS + week,
            ends_at=calls.ENDS + week,
        )
        for week in (timedelta(0), timedelta(days=7))
    ]
    services.set_link(made[1], by=host, text=calls.LINK)
    report(made[0], host)
    for meeting in made:
        meeting.refresh_from_db()
        assert services.set_link(meeting, by=host, text=FRESH).link_leaked_at is None


def test_leak_page_offers_everything_first_and_a_stale_choice_does_nothing(
    shared: Meeting, host: StaffMember, office: StaffMember, amy: Family, staff_client: SignIn
) -> None:
    client = staff_client(host)
    for page in ("detail", "live"):
        html = client.get(url(page, shared)).content.decode()
        options = html.split('id="id_what"')[1].split("</select>")[0]
        assert options.index("all:1") < options.index(f"{amy[1].pk}:1")
        assert "Only the link for Amy Adams" in options
    said = client.post(url("leaked", shared), {"what": f"{amy[1].pk}:1"}, follow=True)
    assert "That link no longer works." in words(said)
    stale = client.post(url("leaked", shared), {"what": f"{amy[1].pk}:1"}, follow=True)
    assert "Nothing was done: choose what leaked once more." in words(stale)
    # The office hears of it first: they may shut the door, and the host puts in the new link.
    done = staff_client(office).post(url("leaked", shared), {"what": "all:1"}, follow=True)
    assert "Every way in is shut" in words(done)
    assert 'id="leaked"' not in done.content.decode()
    assert "Replace the link" not in words(done)


def test_new_link_of_a_running_call_asks_whether_the_old_meeting_was_ended(
    running: Meeting, host: StaffMember, staff_client: SignIn
) -> None:
    report(running, host)
    client = staff_client(host)
    shown = words(client.get(url("detail", running)))
    assert "In the old Teams meeting, choose 'End meeting' for everyone." in shown
    refused = client.post(url("set_link", running), {"link": FRESH})
    assert refused.status_code == 422
    assert "End the old Teams meeting for everyone first, and say so." in words(refused)
    kept = client.post(url("set_link", running), {"link": FRESH, "ended": "on"}, follow=True)
    assert "Families who had a link get a new one by e-mail." in words(kept)


def test_e44_link_handed_over_for_one_sibling_is_not_handed_over_for_the_other(
    host: StaffMember, co_host: StaffMember, staff_client: SignIn
) -> None:
    amy, ann = factories.make_pupil("Amy"), factories.make_pupil("Ann")
    mother = factories.make_guardian(amy, ann, name="Alice Adams")
    meeting = calls.agreed(host, [(mother, amy), (mother, ann)], co_hosts=[co_host])
    meeting = services.direct_message(meeting, by=host)
    client = staff_client(host)
    client.post(
        url("posted", meeting), {"channel": "parent_hub", "guardian": mother.pk, "pupil": amy.pk}
    )
    page = client.get(url("share", meeting)).content.decode()
    assert page.count("Handed over") == 1
    [share] = Share.objects.all()
    assert (share.pupil, share.link_version) == (amy, 1)
    assert (
        words(client.get(url("share", meeting))).count("I posted it in Parent Hub , to Alice") == 2
    )


def test_leaked_calls_that_wait_for_a_link_are_known_soonest_first(
    shared: Meeting, host: StaffMember
) -> None:
    assert selectors.awaiting_link(clock.now()) == []
    report(shared, host)
    assert selectors.awaiting_link(clock.now()) == [shared]
    assert selectors.awaiting_link(shared.ends_at) == []


def test_leak_leaves_nothing_by_which_anybody_could_come_in(
    shared: Meeting, host: StaffMember
) -> None:
    report(shared, host)
    assert leaks() == set()
    assert Seat.objects.filter(meeting=shared).count() == 2
    assert [line.reason for line in RegisterEntry.objects.filter(meeting=shared)] == [""]
