"""Answers that never counted, help that is wanted, and what came back unclear."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from audit.models import Entry
from consent import selectors, services
from consent.models import Answer, Invalidation, Request
from consent.policy import Channel, Help, Status
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, School, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.conftest import sign_in
from tests.consent.builders import (
    answer,
    ask,
    confirm,
    consent_of,
    hidden,
    page,
    request_of,
    typed,
)

pytestmark = pytest.mark.django_db

Travel = Callable[[Any], Any]


# --- Set aside by staff ---------------------------------------------------------------------------
def test_answer_set_aside_never_counted_and_the_one_before_stands_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=False)
    wrong = answer(asked, takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN
    services.invalidate(wrong, by=office, reason="Recorded for the wrong pupil.")
    assert consent_of(question, maya).status is Status.REFUSED
    made = Invalidation.objects.get()
    assert (made.by_staff, made.reason) == (office, "Recorded for the wrong pupil.")
    assert Answer.objects.count() == 2
    entry = Entry.objects.get(verb="consent.invalidate")
    assert (entry.actor, entry.object) == (office.actor, f"consent.answer:{wrong.pk}")
    assert "wrong pupil" not in str(entry.detail)


def test_only_answer_set_aside_leaves_the_pupil_to_be_asked_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    given = answer(request_of(question, maya, mum), takes_part=True)
    services.invalidate(given, by=office, reason="Another Maya.")
    assert consent_of(question, maya).status is Status.INVALIDATED
    answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN


def test_set_aside_needs_the_office_a_reason_and_happens_once(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = answer(request_of(ask(host, maya), maya, mum), takes_part=True)
    for by, reason in ((host, "Because."), (office, "  ")):
        with pytest.raises(NotAllowed):
            services.invalidate(given, by=by, reason=reason)
    assert not Invalidation.objects.exists()
    services.invalidate(given, by=office, reason="Because.")
    with pytest.raises(NotAllowed):
        services.invalidate(given, by=office, reason="Because.")
    assert Invalidation.objects.count() == 1


def test_office_sets_an_answer_aside_on_its_page(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    given = answer(request_of(question, maya, mum), takes_part=True)
    client = sign_in(office)
    address = f"/consent/answers/{given.pk}/set-aside/"
    assert "Amina Okafor" in client.get(address).content.decode()
    refused = client.post(address, {"reason": ""})
    assert (refused.status_code, Invalidation.objects.count()) == (422, 0)
    done = client.post(address, {"reason": "Another Maya.", "next": "/"})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert consent_of(question, maya).status is Status.INVALIDATED
    assert client.get(address).status_code == 404


# --- Undone on the receipt ------------------------------------------------------------------------
def test_receipt_offers_to_undo_and_undone_it_is_as_if_nothing_was_said(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    assert "Undo my answer" in family.get(page(asked)).content.decode()
    shown = family.get(page(asked, "undo/"))
    data = hidden(shown)
    too_fast = family.post(page(asked, "undo/"), data | {"choice": "undo"})
    assert (too_fast.status_code, Invalidation.objects.count()) == (422, 0)
    travel(clock.now() + timedelta(seconds=3))
    unchosen = family.post(page(asked, "undo/"), data)
    kept = family.post(page(asked, "undo/"), data | {"choice": "keep"})
    assert (unchosen.status_code, kept.status_code) == (422, 303)
    assert consent_of(question, maya).status is Status.GIVEN
    assert family.post(page(asked, "undo/"), data | {"choice": "undo"}).status_code == 303
    assert consent_of(question, maya).status is Status.INVALIDATED
    again = family.get(page(asked)).content.decode()
    assert "May Maya O. take part in this call?" in again
    assert "Your last answer does not count any more." in again
    assert family.get(page(asked, "undo/")).status_code == 303
    made = Invalidation.objects.get()
    assert (made.by_staff, made.reason) == (None, "")
    assert Entry.objects.get(verb="consent.undo").actor == mum.actor


def test_e26_undoing_a_no_brings_back_no_older_yes(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Travel
) -> None:
    """Whoever holds a forwarded link may press it: nobody is on a call by that."""
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    travel(clock.now() + timedelta(minutes=5))
    answer(asked, takes_part=False)
    services.undo(asked, by=mum)
    assert consent_of(question, maya).status is Status.INVALIDATED
    assert Invalidation.objects.count() == 2


def letters(mailbox: str) -> list[Any]:
    outbox.run_due(clock.now())
    return [letter for letter in mail.outbox if letter.to == [mailbox]]


def test_e26_undone_no_lets_nobody_elses_yes_decide_until_its_person_has_answered(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, family: Client, travel: Travel
) -> None:
    """Whoever reads a shared mailbox may press it: it asks no name, so it must give no yes."""
    question = ask(host, maya)
    asked = request_of(question, maya, dad)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(asked, takes_part=False)
    before = len(letters(dad.email))
    shown = family.get(page(asked, "undo/"))
    assert "Until you answer again, it counts as no." in shown.content.decode()
    travel(clock.now() + timedelta(seconds=3))
    done = family.post(page(asked, "undo/"), hidden(shown) | {"choice": "undo"})
    assert (done.status_code, done.headers["Location"]) == (303, page(asked))
    again = family.get(page(asked)).content.decode()
    assert "May Maya O. take part in this call?" in again
    assert "Please answer again: until you do, it counts as no." in again
    found = consent_of(question, maya)
    assert (found.status, found.is_given, found.reason) == (
        Status.INVALIDATED,
        False,
        "Mother said yes. Father undid a no and has not answered again.",
    )
    [letter] = letters(dad.email)[before:]
    assert letter.subject == "Your answer about the video call does not count any more"
    assert "It was undone with your link" in letter.body
    assert "It was a no." in letter.body
    assert "answer again" in letter.body
    assert page(asked) in letter.body
    answer(asked, takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN


def test_e26_no_undone_after_a_yes_still_wants_a_new_answer(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Travel
) -> None:
    """A yes given and undone in its place makes nobody forget that there was a no."""
    question = ask(host, maya)
    asked = request_of(question, maya, dad)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(asked, takes_part=False)
    travel(clock.now() + timedelta(minutes=5))
    answer(asked, takes_part=True)
    services.undo(asked, by=dad)
    assert consent_of(question, maya).status is Status.INVALIDATED


def test_undone_yes_is_told_and_leaves_the_others_yes_alone(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, dad)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(asked, takes_part=True)
    before = len(letters(dad.email))
    services.undo(asked, by=dad)
    assert consent_of(question, maya).status is Status.GIVEN
    [letter] = letters(dad.email)[before:]
    assert "It was a yes." in letter.body


def test_letter_about_an_undone_answer_goes_also_when_it_is_answered_anew_by_then(
    host: StaffMember, maya: Pupil, dad: Guardian
) -> None:
    """A stranger with the link who answers at once in another sense does not hide it."""
    asked = request_of(ask(host, maya), maya, dad)
    answer(asked, takes_part=False)
    before = len(letters(dad.email))
    services.undo(asked, by=dad)
    answer(asked, takes_part=True)
    told, receipt = letters(dad.email)[before:]
    assert "It was undone with your link" in told.body
    assert "answer again" not in told.body
    assert "You said yes" in receipt.body


def test_no_letter_about_an_undone_answer_goes_to_the_mailbox_of_another(
    host: StaffMember, maya: Pupil, dad: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, dad)
    services.disown(asked, by=dad)
    answer(asked, takes_part=False)
    services.undo(Request.objects.get(pk=asked.pk), by=dad)
    assert not Notice.objects.filter(kind="consent_undone").exists()


def test_no_by_link_set_aside_by_the_office_is_told_and_asked_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    """The person has read that their no is written down: nobody takes it away behind their back."""
    question = ask(host, maya)
    asked = request_of(question, maya, dad)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(asked, takes_part=True)
    said = answer(asked, takes_part=False)
    before = len(letters(dad.email))
    services.invalidate(said, by=office, reason="He says that it was his son.")
    found = consent_of(question, maya)
    assert (found.status, found.reason) == (
        Status.INVALIDATED,
        "Mother said yes. The no of Father was set aside, and they have not answered again.",
    )
    [letter] = letters(dad.email)[before:]
    assert "The school set it aside" in letter.body
    assert "It was a no." in letter.body
    assert "answer again" in letter.body
    assert "his son" not in letter.body
    answer(asked, takes_part=False)
    assert consent_of(question, maya).status is Status.CONFLICT


def test_no_that_the_office_wrote_down_by_mistake_is_told_and_holds_nobody_back(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, dad)
    answer(request_of(question, maya, mum), takes_part=True)
    wrong = services.record(
        asked, by=office, takes_part=False, may_be_recorded=None, name=dad.name,
        relationship="father", channel=Channel.TELEPHONE.value,
    )  # fmt: skip
    before = len(letters(dad.email))
    services.invalidate(wrong, by=office, reason="Recorded for the wrong pupil.")
    assert consent_of(question, maya).status is Status.GIVEN
    assert ["The school set it aside" in one.body for one in letters(dad.email)[before:]] == [True]


def test_setting_aside_tells_nobody_who_was_told_nothing_or_once_the_call_has_begun(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    unclear = services.record_unclear(asked, by=office, name="", channel=Channel.PAPER.value)
    services.invalidate(unclear, by=office, reason="Another pupil's form.")
    stranger = answer(asked, takes_part=True, name="Mallory Malone")
    services.invalidate(stranger, by=office, reason="Nobody knows her.")
    said = answer(asked, takes_part=True)
    travel(question.closes_at)
    services.invalidate(said, by=office, reason="She was somebody else.")
    assert not Notice.objects.filter(kind="consent_undone").exists()


def test_seal_of_a_withdrawal_undoes_nothing_and_the_other_way_round(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    withdrawal = hidden(family.get(page(asked, "withdraw/")))
    undoing = hidden(family.get(page(asked, "undo/")))
    travel(clock.now() + timedelta(seconds=3))
    for data, tail, choice in ((withdrawal, "undo/", "undo"), (undoing, "withdraw/", "withdraw")):
        assert family.post(page(asked, tail), data | {"choice": choice}).status_code == 422
    assert consent_of(question, maya).status is Status.GIVEN


def test_undo_after_a_day_or_after_the_beginning_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    travel(clock.now() + timedelta(hours=24))
    assert "Undo my answer" not in family.get(page(asked)).content.decode()
    with pytest.raises(NotAllowed):
        services.undo(asked, by=mum)
    travel(question.closes_at - timedelta(minutes=1))
    answer(asked, takes_part=False)
    travel(question.closes_at)
    with pytest.raises(services.TooLate):
        services.undo(asked, by=mum)
    assert consent_of(question, maya).status is Status.REFUSED


# --- A no, with a word about it -------------------------------------------------------------------
def test_b16_no_may_say_why_and_ask_for_a_call(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    why = family.post(page(asked), typed(asked, "no"))
    assert "You need no reason" in why.content.decode()
    said = hidden(why) | {"objection": "time", "wants_call": "on"}
    check = family.post(page(asked, "refusal/"), said)
    assert "Yes, about this answer" in check.content.decode()
    assert confirm(family, asked, check, travel).status_code == 303
    given = Answer.objects.get()
    assert (given.kind, given.objection, given.wants_call) == ("no", "time", True)
    found = consent_of(question, maya)
    assert found.status is Status.FOLLOW_UP
    assert found.reason == "Mother said no: Mother would like a call about it."
    # Who asked and the office are told, as of anybody who needs help; the receipt promises it too.
    outbox.run_due(clock.now())
    assert Notice.objects.filter(kind="consent_help_wanted").count() == 2
    [receipt] = [letter for letter in mail.outbox if letter.to == [mum.email]][-1:]
    assert "The school will call you." in receipt.body
    assert "nothing" not in receipt.body


def test_b16_no_without_a_word_is_a_no(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    why = family.post(page(asked), typed(asked, "no"))
    check = family.post(page(asked, "refusal/"), hidden(why) | {"objection": ""})
    assert confirm(family, asked, check, travel).status_code == 303
    given = Answer.objects.get()
    assert (given.kind, given.objection, given.wants_call) == ("no", "", False)
    assert consent_of(question, maya).status is Status.REFUSED
    odd = family.post(page(asked, "refusal/"), hidden(why) | {"objection": "nonsense"})
    assert odd.status_code == 422


# --- Help -----------------------------------------------------------------------------------------
def test_e49_family_that_needs_help_is_raised_to_staff_by_letters_that_name_nobody(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    outbox.run_due(clock.now())
    mail.outbox.clear()
    assert family.get(page(asked, "help/")).status_code == 200
    empty = family.post(page(asked, "help/"), {})
    # Choices alone: nothing was written that could still be there.
    assert (empty.status_code, "What you wrote" in empty.content.decode()) == (422, False)
    assert "Nothing has been saved yet." in empty.content.decode()
    for _ in range(2):
        thanks = family.post(page(asked, "help/"), {"need": "language"})
        assert "The school will call you" in thanks.content.decode()
    found = consent_of(question, maya)
    assert (found.status, found.reason) == (
        Status.FOLLOW_UP,
        "Mother asks for another language: call them.",
    )
    outbox.run_due(clock.now())
    office_email = School.objects.get().office_email
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([host.email, office_email])
    for letter in mail.outbox:
        text = f"{letter.subject}{letter.body}{letter.alternatives}"
        assert [name for name in ("Maya", "Okafor", "Amina", "language") if name in text] == []


def test_who_answers_after_asking_for_help_was_helped(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    services.ask_for_help(asked, by=mum, need=Help.READING)
    travel(clock.now() + timedelta(minutes=5))
    answer(asked, takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN


def test_help_for_a_question_that_is_over_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    travel(question.closes_at)
    with pytest.raises(NotAllowed):
        services.ask_for_help(asked, by=mum, need=Help.READING)
    assert family.post(page(asked, "help/"), {"need": "language"}).status_code == 303
    assert Request.objects.get().help_asked_at is None


# --- Unclear --------------------------------------------------------------------------------------
def test_e50_paper_that_cannot_be_read_is_recorded_as_unclear_and_counts_as_no(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    client = sign_in(office)
    done = client.post(
        f"/consent/{asked.pk}/record/",
        {
            "takes_part": "unclear",
            "name": "Amina Okafor",
            "relationship": "mother",
            "channel": "paper",
            "at": f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}",
            "note": "Both boxes are ticked.",
        },
    )
    assert done.status_code == 302
    given = Answer.objects.latest("pk")
    assert (given.kind, given.channel, given.recorded_by) == ("unclear", "paper", office)
    found = consent_of(question, maya)
    assert found.status is Status.UNCLEAR
    assert not found.is_given


def test_unclear_has_no_receipt_and_is_the_offices_to_record(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    before = Notice.objects.count()
    services.record_unclear(asked, by=office, name="", channel=Channel.PAPER.value)
    assert Notice.objects.count() == before
    for by, channel in ((host, Channel.PAPER.value), (office, Channel.LINK.value)):
        with pytest.raises(NotAllowed):
            services.record_unclear(asked, by=by, name="", channel=channel)


# --- Who is asked ---------------------------------------------------------------------------------
def test_schools_setting_holds_for_every_pupil_of_whom_nothing_is_said(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN
    School.objects.update(consent_mode="all")
    assert consent_of(question, maya).status is Status.WAITING
    Pupil.objects.update(consent_mode="any")
    assert consent_of(question, maya).status is Status.GIVEN


def test_named_guardian_alone_is_asked_and_heard(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    early = ask(host, maya)
    answer(request_of(early, maya, dad), takes_part=False)
    Pupil.objects.update(consent_mode="named")
    maya.guardianships.filter(guardian=mum).update(is_named_for_consent=True)
    assert consent_of(early, maya).reason == "No answer yet from Mother."
    later = ask(host, maya, about="meetings.meeting:2")
    assert list(later.requests.values_list("guardian", flat=True)) == [mum.pk]
    maya.guardianships.update(is_named_for_consent=False)
    assert consent_of(early, maya).status is Status.NO_CONTACT


def test_b6_message_that_has_not_left_yet_is_told_apart_from_no_answer(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    [row] = selectors.asked_rows(question.pk, host.viewer(), clock.now())
    assert row.consent.status is Status.SCHEDULED
    outbox.run_due(clock.now())
    [row] = selectors.asked_rows(question.pk, host.viewer(), clock.now())
    assert row.consent.status is Status.WAITING


# --- A page that was left open --------------------------------------------------------------------
def to_be_confirmed(family: Client, asked: Request, choice: str = "yes") -> dict[str, str]:
    """The page that wants one more press, left open."""
    return hidden(family.post(page(asked), typed(asked, choice)))


OVERTAKEN = "An answer was given, changed or undone since you opened this page."


def test_old_page_writes_over_no_later_no_unread(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    old = to_be_confirmed(family, asked)
    travel(clock.now() + timedelta(minutes=5))
    answer(asked, takes_part=False)
    shown = family.post(page(asked, "confirm/"), old)
    text = shown.content.decode()
    assert (shown.status_code, OVERTAKEN in text, "You said no" in text) == (409, True, True)
    assert "Amina Okafor" in text
    assert consent_of(question, maya).status is Status.REFUSED
    # Read and pressed again, it is meant.
    assert confirm(family, asked, shown, travel).status_code == 303
    assert consent_of(question, maya).status is Status.GIVEN


def test_old_page_gives_no_yes_back_that_was_withdrawn_or_undone(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    for take_back in (services.withdraw, services.undo):
        old = to_be_confirmed(family, asked)
        travel(clock.now() + timedelta(seconds=5))
        assert family.post(page(asked, "confirm/"), old).status_code == 303
        # Twice is once: the second press leads to the receipt.
        assert family.post(page(asked, "confirm/"), old).status_code == 303
        take_back(asked, by=mum)
        assert family.post(page(asked, "confirm/"), old).status_code == 409
        assert not consent_of(question, maya).is_given
    assert Answer.objects.filter(kind="yes").count() == 2


def test_page_that_was_open_for_more_than_an_hour_is_shown_once_more(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    start = clock.now()
    old = to_be_confirmed(family, asked)
    travel(start + timedelta(hours=1, seconds=1))
    shown = family.post(page(asked, "confirm/"), old)
    assert "This page was open for a long time." in shown.content.decode()
    assert (shown.status_code, Answer.objects.count()) == (409, 0)
    assert confirm(family, asked, shown, travel).status_code == 303
    travel(start)
    assert Answer.objects.count() == 1


def test_old_page_undoes_no_answer_that_came_after_it(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    old = hidden(family.get(page(asked, "undo/")))
    travel(clock.now() + timedelta(minutes=5))
    answer(asked, takes_part=False)
    shown = family.post(page(asked, "undo/"), old | {"choice": "undo"})
    assert (shown.status_code, OVERTAKEN in shown.content.decode()) == (409, True)
    assert consent_of(question, maya).status is Status.REFUSED
