"""The check of the chain as the sweep drives it: bit by bit, and an alarm that stays until answered."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse

from audit import policy, selectors, services, verification
from audit.models import Alarm, Entry, Verified
from audit.policy import Part, Why
from audit.services import verifying
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed

MINUTE = timedelta(minutes=1)
OTHER_KEYS = {"a2": "another key of thirty-two characters or more"}


@pytest.fixture
def five(school_day, db, write):
    """Five entries about five meetings."""
    return [write(object=f"meetings.meeting:{number}") for number in range(5)]


@pytest.fixture
def checked(five):
    """Both walks have come to the end of the chain."""
    for part in Part:
        verifying.look(part, now=clock.now())
    return five


def later(clock_at, **ahead):
    """The clock goes on."""
    now = clock.now() + timedelta(**ahead)
    clock_at(now)
    return now


def check_all(now):
    """Do what is due until nothing is."""
    for _ in range(20):
        due = [p for p in Part if p in selectors.parts_due(now)]
        if not due:
            return
        for part in due:
            verifying.look(part, now=now)
    pytest.fail("The walks never come to their end.")


def alarms():
    return [(row.why, row.entry) for row in Alarm.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("part", "under_way", "since", "due"),
    [
        (Part.NEWEST, True, timedelta(0), True),
        (Part.NEWEST, False, timedelta(minutes=4, seconds=59), False),
        (Part.NEWEST, False, timedelta(minutes=5), True),
        (Part.WHOLE, True, timedelta(0), True),
        (Part.WHOLE, False, timedelta(hours=23, minutes=59, seconds=59), False),
        (Part.WHOLE, False, timedelta(hours=24), True),
    ],
)
def test_walk_is_due(school_day, part, under_way, since, due):
    asked = policy.is_due(part, begun_at=school_day, is_under_way=under_way, now=school_day + since)
    assert asked is due


@pytest.mark.parametrize(
    ("part", "since", "late"),
    [
        (Part.NEWEST, timedelta(hours=1), False),
        (Part.NEWEST, timedelta(hours=1, seconds=1), True),
        (Part.WHOLE, timedelta(days=3), False),
        (Part.WHOLE, timedelta(days=3, seconds=1), True),
    ],
)
def test_walk_is_late(school_day, part, since, late):
    assert policy.is_late(part, finished_at=school_day, now=school_day + since) is late


def test_walks_come_to_the_end_and_say_how_far_by_which_key(checked, school_day):
    rows = Verified.objects.order_by("part").values_list(
        "part", "entry", "head", "count", "is_under_way", "finished_at", "key_id"
    )
    last = checked[-1]
    whole_ended_at = Entry.objects.get(verb="audit.verify")
    assert list(rows) == [
        ("newest", last.pk, last.hash, 5, False, school_day, "a1"),
        ("whole", last.pk, last.hash, 5, False, school_day, "a1"),
    ]
    assert (whole_ended_at.actor, whole_ended_at.object, whole_ended_at.detail) == (
        "system:sweep",
        "audit.entry",
        {},
    )
    assert alarms() == []


def test_walk_goes_on_where_it_stopped(five, school_day, monkeypatch):
    monkeypatch.setattr(verification, "PIECE", 2)
    for count in (2, 4, 5):
        verifying.look(Part.NEWEST, now=clock.now())
        row = Verified.objects.get(part="newest")
        assert (row.count, row.entry) == (count, five[count - 1].pk)
    assert row.is_under_way is False


def test_newest_walk_reads_only_what_is_new(checked, write, school_day, django_assert_num_queries):
    for number in range(3):
        write(object=f"meetings.meeting:{number}")
    verifying.look(Part.NEWEST, now=school_day + 5 * MINUTE)
    row = Verified.objects.get(part="newest")
    # Five, the entry that tells of the whole walk, and three.
    assert (row.count, row.entry) == (9, Entry.objects.first().pk)


def test_whole_walk_begins_anew_the_next_day(checked, clock_at):
    now = later(clock_at, hours=24)
    verifying.look(Part.WHOLE, now=now)
    row = Verified.objects.get(part="whole")
    assert (row.count, row.begun_at, row.finished_at) == (6, now, now)


def test_entry_changed_after_it_was_checked_raises_one_alarm_the_next_day(
    checked, unguarded, clock_at
):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [checked[2].pk])
    check_all(later(clock_at, minutes=5))
    assert alarms() == []
    check_all(later(clock_at, hours=24))
    check_all(later(clock_at, hours=24))
    assert alarms() == [("changed", checked[2].pk)]


def test_entry_changed_once_more_raises_another(five, unguarded, clock_at):
    for actor in ("staff:2", "staff:3"):
        with unguarded() as cursor:
            cursor.execute("UPDATE audit_entry SET actor = %s WHERE id = %s", [actor, five[2].pk])
        check_all(later(clock_at, hours=25))
    assert alarms() == [("changed", five[2].pk)] * 2


def test_everything_behind_a_fault_is_checked_as_well(five, unguarded, clock_at):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [five[1].pk])
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [five[3].pk])
    check_all(clock.now())
    assert alarms() == [("changed", five[1].pk), ("removed", five[4].pk)]


def test_newest_entries_cut_off_raise_one_alarm_within_minutes(checked, unguarded, clock_at, write):
    check_all(later(clock_at, minutes=5))
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id > %s", [checked[1].pk])
    write(object="meetings.meeting:99")
    check_all(later(clock_at, minutes=5))
    check_all(later(clock_at, hours=24))
    assert alarms() == [("cut short", None)]


def test_everything_removed_raises_the_alarm(checked, unguarded, clock_at):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry")
    check_all(later(clock_at, minutes=5))
    assert alarms() == [("cut short", None)]


def test_note_of_the_walk_set_back_to_hide_a_cut_raises_the_alarm(checked, unguarded, clock_at):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE id > %s", [checked[1].pk])
    Verified.objects.filter(part="newest").update(entry=checked[1].pk, head=checked[1].hash)
    check_all(later(clock_at, minutes=5))
    assert alarms() == [("set back", None)]


def test_key_taken_away_raises_one_alarm_for_all_that_it_sealed(five, settings, clock_at):
    settings.AUDIT_KEYS = OTHER_KEYS
    check_all(clock.now())
    check_all(later(clock_at, hours=24))
    assert [why for why, _ in alarms()] == ["unknown key"]


def test_key_added_in_front_raises_none(checked, settings, write, clock_at):
    settings.AUDIT_KEYS = OTHER_KEYS | settings.AUDIT_KEYS
    write()
    check_all(later(clock_at, hours=24))
    assert alarms() == []
    assert set(Verified.objects.values_list("key_id", flat=True)) == {"a2"}


def test_walks_stand_still_at_twenty_open_alarms(school_day, db, write, unguarded, clock_at):
    for number in range(30):
        write(object=f"meetings.meeting:{number}")
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:66'")
    for _ in range(40):
        for part in selectors.parts_due(clock.now()):
            verifying.look(part, now=clock.now())
    assert Alarm.objects.count() == policy.MOST_OPEN


def test_check_that_fails_raises_an_alarm_within_the_hour_and_again_the_next_day(
    checked, clock_at, monkeypatch, head, mailbox
):
    monkeypatch.setattr(verification, "step", lambda **_facts: 1 / 0)
    later(clock_at, hours=1)
    mailbox()
    assert alarms() == []
    later(clock_at, seconds=61)
    mailbox()
    assert alarms() == [("not run", None)]
    verifying.acknowledge(Alarm.objects.get(), by="staff:1", words="IT looks.", now=clock.now())
    later(clock_at, minutes=2)
    mailbox()
    assert len(alarms()) == 1
    later(clock_at, hours=24)
    mailbox()
    assert len(alarms()) == 2


def test_alarm_reaches_lead_head_and_it_once_a_day_until_somebody_answers(
    five, unguarded, clock_at, lead, head, it_superuser, deputy, office, mailbox
):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [five[2].pk])
    for _ in range(3):
        mailbox()
        later(clock_at, minutes=1)
    told = [(letter.to, letter.subject) for letter in mailbox()]
    reads, keeps = "an alarm about the audit", "schoolsafe needs IT"
    assert sorted(told) == sorted(
        [([one.email], f"Please look today: {reads}") for one in (lead, head)]
        + [([it_superuser.email], f"Please look today: {keeps}")]
    )
    texts = {letter.to[0]: letter.body for letter in mail.outbox}
    assert policy.WORDS[Why.CHANGED] in texts[lead.email]
    assert policy.WORDS[Why.CHANGED] not in texts[it_superuser.email]
    assert reverse("audit_alarms") not in texts[it_superuser.email]
    later(clock_at, hours=24)
    assert len(mailbox()) == 6
    verifying.acknowledge(
        Alarm.objects.get(), by=lead.actor, words="An old copy was put back.", now=clock.now()
    )
    later(clock_at, hours=24)
    assert len(mailbox()) == 6


def test_alarm_stands_above_the_pages_of_those_who_read_the_audit(
    five, unguarded, staff_client, lead, head, deputy, it_superuser, mailbox
):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [five[2].pk])
    mailbox()
    shows = {
        person.name: "The audit has raised an alarm" in page
        for person in (lead, head, deputy, it_superuser)
        for page in [staff_client(person).get("/").content.decode()]
    }
    assert shows == {lead.name: True, head.name: True, deputy.name: False, it_superuser.name: False}


def test_answer_takes_words_keeps_them_and_lets_the_alarm_rest(
    five, unguarded, staff_client, lead, head, mailbox
):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [five[2].pk])
    mailbox()
    alarm = Alarm.objects.get()
    client, there = staff_client(lead), reverse("audit_alarm", args=[alarm.pk])
    assert "Write what you make of it." in client.post(there, {"words": " "}).content.decode()
    assert Alarm.objects.open().count() == 1
    answered = client.post(there, {"words": "IT put back Monday's copy."}, follow=True)
    assert "The audit has raised an alarm" not in answered.content.decode()
    page = staff_client(head).get(there).content.decode()
    assert "IT put back Monday&#x27;s copy." in page
    assert lead.name in page
    newest = Entry.objects.filter(verb="audit.acknowledge").get()
    assert (newest.actor, newest.object, newest.detail) == (
        lead.actor,
        alarm.object,
        {"why": "changed"},
    )
    again = staff_client(head).post(there, {"words": "So do I."}).content.decode()
    assert "Somebody else has answered for this alarm meanwhile." in again
    with pytest.raises(NotAllowed):
        verifying.acknowledge(alarm, by=head.actor, words="So do I.", now=clock.now())


def test_page_of_the_alarms_says_how_far_the_checks_are(checked, staff_client, lead):
    page = staff_client(lead).get(reverse("audit_alarms")).content.decode()
    assert "The audit holds." in page
    assert page.count("Last checked to the end") == 2


def test_page_of_an_alarm_at_a_hidden_entry_says_nothing_of_it(
    school_day, db, write, unguarded, staff_client, lead, mailbox
):
    hidden = write(object="concerns.concern:NOTSEEN1")
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [hidden.pk])
    mailbox()
    page = staff_client(lead).get(reverse("audit_alarm", args=[Alarm.objects.get().pk]))
    assert "Where it shows" not in page.content.decode()
    assert "NOTSEEN1" not in page.content.decode()


def test_verify_still_finds_the_first_fault_of_all(five):
    assert services.verify() is None


def test_walk_that_another_driver_took_further_meanwhile_is_left_alone(five, monkeypatch):
    verifying.look(Part.NEWEST, now=clock.now())
    stale = Verified.objects.get(part="newest")
    now: datetime = clock.now() + 5 * MINUTE
    verifying.look(Part.NEWEST, now=now)
    assert verifying._unmoved(stale) is None
