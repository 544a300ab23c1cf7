"""What the team does with a concern: whose it is, how serious, tasks, the outside, questions, corrections."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns import urls as concern_urls
from concerns.models import Agency, Concern, Entry, Exclusion, Link, Moved, Task
from concerns.policy import EntryKind, How, Result, Urgency
from concerns.selectors.lines import HEADINGS
from notices.models import Ladder, Notice
from notices.services import run_due
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
Mailbox = Callable[[], list[EmailMessage]]
SetClock = Callable[[datetime], time_machine.Traveller]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def taken(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> Concern:
    """A routine concern about a child that the lead has acknowledged."""
    concern = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")), urgent=False)
    return services.acknowledge(concern, by=lead)


def kinds(concern: Concern) -> list[str]:
    return list(concern.entries.values_list("kind", flat=True))


def letters(kind: str, concern: Concern) -> list[str]:
    rows = Notice.objects.about(concern.object).filter(kind=f"concern_{kind}")
    return sorted(str(row.staff) for row in rows.select_related("staff__user"))


# --- How serious, and whose (A13, A29) --------------------------------------------------------------
def test_a13_raised_concern_climbs_in_real_hours_and_the_reporters_word_stays(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = make.log(host, urgent=False)

    services.weigh(concern, by=deputy, urgency=Urgency.URGENT, reasons="The child goes home at 3.")

    concern.refresh_from_db()
    assert (concern.urgency, concern.reported_urgency) == ("urgent", "routine")
    assert concern.acknowledge_by == school_day + timedelta(minutes=15)
    assert concern.entries.get().urgency == "urgent"
    assert Ladder.objects.open().get(kind="concern").due_at == school_day + timedelta(minutes=15)


def test_a13_raising_gives_nobody_more_time(
    school_day: datetime, clock_at: SetClock, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host, urgent=False)
    due = concern.acknowledge_by
    clock_at(due - timedelta(minutes=1))

    services.weigh(concern, by=lead, urgency=Urgency.URGENT, reasons="It is worse.")

    concern.refresh_from_db()
    assert concern.acknowledge_by == due


def test_a13_lowering_what_nobody_acknowledged_is_refused(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    concern = make.log(host)

    with pytest.raises(NotAllowed, match="Acknowledge it first"):
        services.weigh(concern, by=lead, urgency=Urgency.ROUTINE, reasons="Not so bad.")

    concern.refresh_from_db()
    assert (concern.urgency, kinds(concern)) == ("urgent", [])


def test_a29_whoever_acknowledges_owns_it_and_hands_it_on_with_a_reason(
    taken: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    assert taken.owner == lead

    services.hand_on(taken, by=lead, to=deputy, reasons="I teach her brother.")

    taken.refresh_from_db()
    assert (taken.owner, taken.acknowledged_by) == (deputy, lead)
    assert letters("added", taken) == ["Dana Deputy"]


def test_a29_nobody_who_may_not_read_it_is_given_it(
    taken: Concern, lead: StaffMember, colleague: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="may read it"):
        services.hand_on(taken, by=lead, to=colleague, reasons="Please.")


def test_e23_concern_of_an_owner_who_left_waits_to_be_acknowledged_again(
    taken: Concern, lead: StaffMember, deputy: StaffMember, school_day: datetime
) -> None:
    services.hand_on(taken, by=lead, to=deputy, reasons="I am away.")
    factories.close_account(deputy)

    run_due(school_day)

    taken.refresh_from_db()
    assert (taken.status, taken.owner, taken.acknowledged_by) == ("logged", None, None)


# --- Tasks (A30) ------------------------------------------------------------------------------------
def test_a30_task_is_told_reminded_on_its_morning_and_after_two_school_days_to_the_desk(
    taken: Concern,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    school_day: datetime,
    clock_at: SetClock,
    mailbox: Mailbox,
) -> None:
    due_on = (school_day + DAY).date()
    services.add_task(taken, by=lead, what="Ring the aunt.", owner=deputy, due_on=due_on)
    assert letters("task", taken) == ["Dana Deputy"]
    mailbox()

    told = []
    # 8:30 in London is 7:30 UTC.
    for days in (1, 2, 3):
        clock_at(school_day.replace(hour=7, minute=30) + days * DAY)
        before = Notice.objects.filter(kind="concern_task").count()
        letters_now = mailbox()
        rows = Notice.objects.filter(kind="concern_task").order_by("pk")[before:]
        told.append(sorted(str(row.staff) for row in rows))

    assert told == [["Dana Deputy"], ["Dana Deputy"], ["Dana Deputy", "Hugo Head", "Leah Lead"]]
    assert [
        one for one in letters_now if "aunt" in str(one.message()) or "Ada" in one.subject
    ] == []


def test_a30_finished_task_reminds_nobody(
    taken: Concern, lead: StaffMember, school_day: datetime, clock_at: SetClock, mailbox: Mailbox
) -> None:
    task = services.add_task(taken, by=lead, what="Ring.", owner=lead, due_on=school_day.date())

    services.finish_task(task, by=lead, text="She answered.")
    clock_at(school_day + 3 * DAY)
    mailbox()

    assert letters("task", taken) == []
    assert kinds(taken)[-2:] == ["task", "task_done"]
    with pytest.raises(NotAllowed, match="already"):
        services.cancel_task(task, by=lead, reasons="Twice.")


@pytest.mark.parametrize("lost", ["named later", "left"])
def test_e4_e23_task_of_whoever_may_not_read_it_goes_back_to_the_desk(
    lost: str,
    taken: Concern,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    school_day: datetime,
) -> None:
    task = services.add_task(
        taken, by=lead, what="Ring.", owner=deputy, due_on=(school_day + 9 * DAY).date()
    )
    if lost == "named later":
        services.name_subject(taken, by=lead, person=make.accused(deputy))
    else:
        factories.close_account(deputy)
        run_due(school_day)

    task.refresh_from_db()
    assert (task.owner, task.returned_at) == (None, school_day)
    readers = ["Hugo Head"] if lost == "named later" else ["Hugo Head", "Leah Lead"]
    # The first letter is the one by which it was given.
    assert letters("task", taken) == sorted(["Dana Deputy", *readers])


def test_a30_task_for_whoever_may_not_read_it_or_for_a_day_gone_is_refused(
    taken: Concern, lead: StaffMember, colleague: StaffMember, school_day: datetime
) -> None:
    today = school_day.date()
    for owner, due_on in ((colleague, today), (lead, today - DAY)):
        with pytest.raises(NotAllowed):
            services.add_task(taken, by=lead, what="Ring.", owner=owner, due_on=due_on)

    assert Task.objects.count() == 0


def test_repair_gives_a_task_its_reminders_back(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    services.add_task(taken, by=lead, what="Ring.", owner=lead, due_on=(school_day + DAY).date())
    Ladder.objects.filter(kind="concern_task").delete()

    run_due(school_day)

    assert Ladder.objects.open().filter(kind="concern_task").count() == 1


# --- Referrals, and what was shared (A34, G16, G15, A35) --------------------------------------------
def test_a34_referral_is_asked_after_until_it_is_answered(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    told = make.contact(at=school_day - HOUR, person="Jo Duty", how=How.TELEPHONE, reference="R7")
    referral = services.refer(taken, by=lead, contact=told, text="All of it.")

    task = Task.objects.get()
    assert (task.owner, task.due_on, task.chases) == (lead, (school_day + DAY).date(), referral)

    services.answer(taken, by=lead, entry=referral, result=Result.ACCEPTED, text="A visit.")

    task.refresh_from_db()
    assert not task.is_open
    assert kinds(taken) == ["acknowledgement", "referral", "task", "answer", "task_done"]


def test_a34_referral_in_the_future_or_to_nobody_is_refused(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    ahead = make.contact(at=school_day + HOUR)
    to_nobody = services.Contact(agency=None, at=school_day, person="somebody")
    for contact in (ahead, to_nobody):
        with pytest.raises(NotAllowed):
            services.refer(taken, by=lead, contact=contact, text="All of it.")

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(
            concern=taken,
            kind="referral",
            at=school_day,
            by=lead,
            text="x",
            agency=make.social_care(),
        )


def test_g16_shared_and_not_shared_are_entries_of_their_own(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    told = services.Contact(agency=None, at=school_day - HOUR, person="Her class teacher")
    services.share(taken, by=lead, contact=told, text="That she may be tired.")
    services.keep_back(taken, by=lead, agency=None, person="Her father", reasons="The order.")

    shared, kept = (selectors.entry_lines(one) for one in selectors.chronology(taken)[1:])
    assert shared.heading == "Leah Lead noted that it was shared with Her class teacher."
    assert kept.heading.endswith("it was decided not to share it with Her father, because:")
    assert (shared.text, kept.text) == ("That she may be tired.", "The order.")


def test_g15_each_persons_report_is_their_own_and_the_holder_learns_of_it(
    taken: Concern, host: StaffMember, lead: StaffMember, school_day: datetime
) -> None:
    told = make.contact(at=school_day, reference="SC 9")
    report = services.notify(
        taken, by=lead, contact=told, holder=host, told_by=lead, holder_knows=False
    )
    own = services.notify(
        taken, by=host, contact=told, holder=host, told_by=host, holder_knows=True
    )
    people = selectors.colleagues(school_day)
    facts = selectors.facts_of(taken, now=school_day, people=people)
    assert selectors.case_of(taken, facts, people).untold == [report.pk]

    services.tell_holder(taken, by=lead, entry=report)

    assert selectors.case_of(taken, facts, people).untold == []
    assert (report.staff, report.told_by, own.told_by) == (host, lead, host)


def test_g15_whoever_only_logged_it_notes_what_they_did_themselves(
    taken: Concern, host: StaffMember, lead: StaffMember, school_day: datetime
) -> None:
    told = make.contact(at=school_day)
    with pytest.raises(NotAllowed, match="yourself"):
        services.notify(taken, by=host, contact=told, holder=lead, told_by=host, holder_knows=True)
    elsewhere = Agency.objects.create(name="CAMHS")
    with pytest.raises(NotAllowed, match="police or the local authority"):
        services.notify(
            taken,
            by=host,
            contact=make.contact(at=school_day, agency=elsewhere),
            holder=host,
            told_by=host,
            holder_knows=True,
        )


def test_a35_disagreement_goes_further_up_until_it_is_answered(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    told = make.contact(at=school_day, person="Team manager")
    first = services.disagree(taken, by=lead, contact=told, text="It meets the threshold.")
    further = services.disagree(taken, by=lead, contact=told, text="Still.", entry=first)
    assert selectors.waiting(selectors.chronology(taken)) == {further.pk: "answer"}

    services.answer(taken, by=lead, entry=further, result=Result.ACCEPTED, text="They agree.")

    assert selectors.waiting(selectors.chronology(taken)) == {}


# --- Questions and corrections (A24, E12) -----------------------------------------------------------
def test_a24_reporter_sees_the_question_answers_it_and_sees_nothing_else(
    taken: Concern,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    school_day: datetime,
    mailbox: Mailbox,
    staff_client: Any,
) -> None:
    marker = "MARKERCASE"
    told = make.contact(at=school_day, person=marker, reference=marker)
    services.refer(taken, by=lead, contact=told, text=marker)
    services.share(taken, by=lead, contact=told, text=marker)
    services.keep_back(taken, by=lead, agency=None, person=marker, reasons=marker)
    services.disagree(taken, by=lead, contact=told, text=marker)
    services.notify(
        taken, by=lead, contact=told, holder=deputy, told_by=lead, holder_knows=True, text=marker
    )
    services.hand_on(taken, by=lead, to=deputy, reasons=marker)
    services.weigh(taken, by=lead, urgency=Urgency.URGENT, reasons=marker)
    services.correct(taken, by=lead, text=marker)
    services.decide(taken, by=lead, outcome=make.outcome_of(marker), reasons=marker)
    services.add(taken, by=lead, text=marker)
    question = services.ask(taken, by=lead, text="Which arm was it?")
    client = staff_client(host, second_factor=False)

    page = client.get(reverse("concerns:received", args=[taken.reference])).content.decode()
    asked = [one for one in mailbox() if one.to == [host.email]]
    answered = client.post(
        reverse("concerns:reply", args=[taken.reference, question.pk]), {"text": "The left one."}
    )
    after = client.get(reverse("concerns:received", args=[taken.reference])).content.decode()

    assert "Which arm was it?" in page
    assert [one for one in (marker, "Leah Lead asked", "urgent") if one in page + after] == []
    assert answered["Location"] == reverse("concerns:received", args=[taken.reference])
    assert "The left one." in after
    assert "You are asked" in page
    assert "You are asked" not in after
    assert "There is a question for you" in [one.subject for one in asked]
    assert [one for one in asked if "arm" in str(one.message())] == []


def test_e5_reporter_named_later_is_asked_nothing_and_sees_no_later_question(
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: Any,
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    services.ask(concern, by=lead, text="QUESTIONBEFORE")
    clock_at(school_day + HOUR)
    services.name_subject(concern, by=lead, person=make.accused(host))

    with pytest.raises(NotAllowed, match="outside"):
        services.ask(concern, by=head, text="QUESTIONAFTER")

    page = staff_client(host).get(reverse("concerns:received", args=[concern.reference]))
    assert "QUESTIONBEFORE" in page.content.decode()


def test_e12_corrections_stand_beside_what_they_correct_and_both_stay(
    taken: Concern, host: StaffMember, lead: StaffMember
) -> None:
    added = services.add(taken, by=host, text="It was the neighbour.")
    services.correct(taken, by=host, entry=added, text="It was the uncle.")
    services.correct(taken, by=lead, entry=added, text="He says: the grandfather.")
    services.correct(taken, by=host, text="It was Monday.")

    told = selectors.as_told(selectors.chronology(taken))

    beside = {one.lines.text: [two.lines.text for two in one.corrections] for one in told.entries}
    assert beside["It was the neighbour."] == ["It was the uncle.", "He says: the grandfather."]
    assert [one.lines.text for one in told.of_account] == ["It was Monday."]
    taken.refresh_from_db()
    assert taken.child_words == make.WORDS


def test_e12_reporter_corrects_no_words_of_others(
    taken: Concern, host: StaffMember, lead: StaffMember, staff_client: Any
) -> None:
    entry = services.add(taken, by=lead, text="What the team found.")

    with pytest.raises(NotAllowed, match="yourself"):
        services.correct(taken, by=host, entry=entry, text="No.")
    page = staff_client(host).get(
        reverse("concerns:correct_entry", args=[taken.reference, entry.pk])
    )

    assert page.status_code == 404


# --- One event twice (E10) --------------------------------------------------------------------------
def test_e10_link_shows_on_each_only_to_who_may_read_the_other(
    taken: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    about_deputy = make.log(host, make.accused(deputy))
    services.link(taken, by=head, other=about_deputy, text="The same afternoon.")

    seen = {
        person: [one.other for one in selectors.linked(taken, person.viewer())]
        for person in (lead, deputy, head)
    }

    assert seen == {lead: [], deputy: [], head: [about_deputy]}
    assert (taken.seen, about_deputy.seen) == (make.SEEN, make.SEEN)
    details = AuditEntry.objects.filter(verb="concern.link").values_list("object", "detail")
    assert dict(details) == {taken.object: {}, about_deputy.object: {}}
    assert "link" not in kinds(taken)


def test_e10_nobody_links_what_they_may_not_read(
    taken: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, staff_client: Any
) -> None:
    about_deputy = make.log(host, make.accused(deputy))
    with pytest.raises(NotAllowed):
        services.link(taken, by=deputy, other=about_deputy, text="The same.")

    answers = [
        staff_client(deputy).post(
            reverse("concerns:link", args=[taken.reference]),
            {"reference": reference, "text": "The same."},
        )
        for reference in (about_deputy.reference, "ZZZZZZZZ")
    ]

    # One that exists and one that does not are refused in the same words.
    assert [answer.status_code for answer in answers] == [422, 422]
    said = [
        "There is no other concern of this reference." in one.content.decode() for one in answers
    ]
    assert said == [True, True]
    assert Link.objects.count() == 0


def test_link_made_by_mistake_ends(taken: Concern, host: StaffMember, lead: StaffMember) -> None:
    other = make.log(host)
    link = services.link(taken, by=lead, other=other, text="The same.")

    services.unlink(other, by=lead, link=link)

    assert selectors.linked(taken, lead.viewer()) == []
    services.link(other, by=lead, other=taken, text="It is after all.")


# --- The wrong child (E11) --------------------------------------------------------------------------
def test_e11_moved_concern_leaves_a_tombstone_and_the_right_childs_parent_is_shut_out(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
) -> None:
    wrong, right = factories.make_pupil("Sam", "Smith"), factories.make_pupil("Sam", "Smyth")
    factories.make_guardian(right, email=lead.email)
    concern = services.acknowledge(make.log(host, make.child(wrong)), by=lead)
    services.read(concern, by=lead)

    services.move_pupil(
        concern, by=deputy, row=concern.involved.get(), pupil=right, reasons="Year 5, not 4."
    )

    concern.refresh_from_db()
    assert [row.pupil for row in concern.involved.all()] == [right]
    assert [row.words for row in selectors.tombstones(deputy.viewer(), [wrong.pk])] == [
        "A record was filed here by mistake and moved on 15 September 2026 "
        "by a deputy safeguarding lead."
    ]
    shut_out = Exclusion.objects.get()
    assert (shut_out.staff, shut_out.had_read) == (lead, True)
    assert not Concern.objects.visible_to(lead.viewer()).exists()
    assert selectors.tombstones(lead.viewer(), [wrong.pk]) == []
    assert (concern.status, concern.owner) == ("logged", None)


def test_e11_family_of_the_wrong_child_may_read_it_again(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    wrong, right = factories.make_pupil("Sam", "Smith"), factories.make_pupil("Sam", "Smyth")
    factories.make_guardian(wrong, email=lead.email)
    concern = make.log(host, make.child(wrong))
    assert not Concern.objects.visible_to(lead.viewer()).exists()

    services.move_pupil(
        concern, by=deputy, row=concern.involved.get(), pupil=right, reasons="Year 5, not 4."
    )

    assert Concern.objects.visible_to(lead.viewer()).get() == concern
    lifted = Exclusion.objects.get()
    assert (lifted.lifted_at, lifted.lifted_by) == (school_day, deputy)
    # Named for another reason later, they stand outside again.
    services.name_subject(concern, by=deputy, person=make.accused(lead))
    assert not Concern.objects.visible_to(lead.viewer()).exists()


def test_e11_reporter_still_sees_whom_they_wrote_of(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: Any
) -> None:
    wrong = factories.make_pupil("Sam", "Smith", year_group=4)
    right = factories.make_pupil("Sam", "Smyth", year_group=5)
    concern = make.log(host, make.child(wrong))
    client = staff_client(host)
    before = client.get(reverse("concerns:received", args=[concern.reference])).content.decode()

    services.move_pupil(
        concern, by=lead, row=concern.involved.get(), pupil=right, reasons="Year 5, not 4."
    )

    after = client.get(reverse("concerns:received", args=[concern.reference])).content.decode()
    assert "Smith" in before
    assert ("Smith" in after, "Smyth" in after) == (True, False)


def test_e11_child_who_is_in_it_already_is_in_it_once(
    school_day: datetime, host: StaffMember, lead: StaffMember
) -> None:
    wrong, right = factories.make_pupil("Sam", "Smith"), factories.make_pupil("Sam", "Smyth")
    concern = make.log(host, make.child(wrong), make.child(right))

    services.move_pupil(
        concern, by=lead, row=concern.involved.get(pupil=wrong), pupil=right, reasons="Only one."
    )

    assert [row.pupil for row in concern.involved.all()] == [right]
    assert Moved.objects.get().pupil == wrong
    shown = selectors.logged_with_people(host).get()
    assert {str(one.row.pupil) for one in selectors.people_as_logged(shown)} == {
        "Sam Smith",
        "Sam Smyth",
    }


# --- Closing (G18, A32) -----------------------------------------------------------------------------
def test_g18_concern_with_an_open_task_is_not_closed(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    make.decide(taken, lead)
    task = services.add_task(taken, by=lead, what="Ring.", owner=lead, due_on=school_day.date())
    with pytest.raises(NotAllowed, match="A task is neither done nor cancelled"):
        services.close(taken, by=lead, reasons="Done.")

    services.cancel_task(task, by=lead, reasons="She rang herself.")
    services.close(taken, by=lead, reasons="Done.")

    taken.refresh_from_db()
    assert taken.status == "closed"


def test_a32_urgent_concern_is_closed_when_another_reader_has_signed(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    make.decide(concern, lead)
    with pytest.raises(NotAllowed, match="second person"):
        services.close(concern, by=lead, reasons="Done.")

    services.ask_second(concern, by=lead)
    assert letters("added", concern) == ["Dana Deputy"]
    with pytest.raises(NotAllowed, match="did not decide"):
        services.sign(concern, by=lead)
    services.sign(concern, by=deputy)
    services.close(concern, by=lead, reasons="Done.")

    assert kinds(concern)[-3:] == ["second_asked", "second_signed", "closure"]
    assert not concern.entries.get(kind="closure").was_alone


def test_a32_where_nobody_else_may_read_it_the_record_says_so(
    school_day: datetime, host: StaffMember, colleague: StaffMember, head: StaffMember
) -> None:
    concern = services.acknowledge(make.log(host, make.accused(colleague)), by=head)
    make.decide(concern, head)

    services.close(concern, by=head, reasons="Done.")

    closure = concern.entries.get(kind="closure")
    assert closure.was_alone
    assert "Nobody else could read it" in selectors.entry_lines(closure).heading


def test_e103_malicious_report_is_kept_and_marked(taken: Concern, lead: StaffMember) -> None:
    make.decide(taken, lead, outcome="Found to be mistaken or malicious")
    services.close(taken, by=lead, reasons="The pupil says that it was made up.")

    taken.refresh_from_db()
    assert (taken.status, taken.child_words) == ("closed", make.WORDS)
    assert taken.entries.get(kind="decision").outcome == make.outcome_of(
        "Found to be mistaken or malicious"
    )


def test_e103_mistaken_report_is_neither_removed_nor_shown_in_a_reference(
    taken: Concern, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    """No service takes one away to clear somebody, and no page writes a reference about an adult."""
    make.decide(taken, lead, outcome="Found to be mistaken or malicious")
    services.close(taken, by=lead, reasons="It was made up.")
    for person in (host, lead, head):
        with pytest.raises(NotAllowed):
            services.propose([taken.reference], by=person, reasons="To clear his name.")
    assert Concern.objects.filter(pk=taken.pk).visible_to(lead.viewer()).exists()
    addresses = {pattern.name for pattern in concern_urls.urlpatterns}
    assert {name for name in addresses if name and "reference" in name} == set()


# --- In words ---------------------------------------------------------------------------------------
def test_every_kind_of_entry_is_told_in_words() -> None:
    assert set(HEADINGS) == set(EntryKind)


def test_lines_of_a_referral_hold_all_that_is_known(
    taken: Concern, lead: StaffMember, school_day: datetime
) -> None:
    told = make.contact(at=school_day - HOUR, person="Jo Duty", how=How.TELEPHONE, reference="R7")
    entry = services.refer(taken, by=lead, contact=told, text="All of it.")

    assert selectors.entry_lines(entry).plain().splitlines() == [
        "Leah Lead referred it to Children's social care.",
        "When: Tuesday 15 September, 1:00 pm",
        "To whom: Jo Duty",
        "How: By telephone",
        "Their reference: R7",
        "All of it.",
    ]


def test_queue_counts_what_is_mine_after_filtering(
    taken: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, school_day: datetime
) -> None:
    services.add_task(taken, by=lead, what="Ring.", owner=deputy, due_on=school_day.date())
    make.log(host, make.accused(deputy))

    def mine(person: StaffMember) -> int:
        return next(
            n
            for state, _, n in selectors.counts(
                selectors.open_to(person.viewer()), person.viewer(), now=school_day
            )
            if state == "mine"
        )

    assert (mine(lead), mine(deputy)) == (1, 1)
    assert [task.concern for task in selectors.my_tasks(deputy.viewer())] == [taken]
    assert policy.may_work_queue(deputy.viewer())
