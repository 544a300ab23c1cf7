import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.utils.html import escape

from consent import services
from consent.models import Request
from consent.policy import Status
from notices import kinds
from notices import services as outbox
from notices.models import Ladder, Notice
from school.models import Guardian, Guardianship, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import answer, ask, consent_of, page, plan, request_of
from tests.names import names_in

pytestmark = pytest.mark.django_db


def sent() -> list[tuple[str, str]]:
    """Send what is due, and return addresses and subjects."""
    outbox.run_due(clock.now())
    return sorted((letter.to[0], letter.subject) for letter in mail.outbox)


def body() -> str:
    """The text of the only letter, both forms of it."""
    [letter] = mail.outbox
    [(html, _)] = letter.alternatives
    return f"{letter.subject}\n{letter.body}\n{html}"


def test_request_says_who_when_and_has_the_personal_link(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    assert sent() == [
        ("amina@family.example", "Please answer: may Maya take part in a video call?")
    ]
    letter = mail.outbox[0].body
    for words in (
        "May Maya O. take part in a video call?",
        "What: Reading group",
        "When: Friday 25 September, 2:00 pm to 2:45 pm",
        "With: Helen Host, Colin Cohost",
        "Recorded: no",
        f"http://localhost:8000{page(request_of(question, maya, mum))}",
        "Please do not forward this e-mail.",
    ):
        assert words in letter
    assert "Okafor" not in body()


def test_letters_of_one_call_differ_in_the_familys_own_words_and_in_nothing_else(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    mark = factories.make_pupil("Ma'rk", "<b> & Sons")
    nora = factories.make_guardian(mark, name="Nora", email="nora@family.example")
    question = ask(host, maya, mark)
    assert sent() == [
        ("amina@family.example", "Please answer: may Maya take part in a video call?"),
        ("nora@family.example", "Please answer: may Ma'rk take part in a video call?"),
    ]
    forms: set[tuple[str, ...]] = set()
    for letter, pupil, guardian in zip(mail.outbox, (maya, mark), (mum, nora), strict=True):
        [(html, _)] = letter.alternatives
        link = f"http://localhost:8000{page(request_of(question, pupil, guardian))}"
        assert (letter.body.count(link), html.count(link)) == (1, 2)
        assert (letter.body.count(pupil.short_name), html.count(escape(pupil.short_name))) == (1, 2)
        parts = (letter.subject, letter.body, unescape(html))
        forms.add(
            tuple(
                part.replace(link, "LINK")
                .replace(pupil.short_name, "CHILD")
                .replace(pupil.given_name, "CHILD")
                for part in parts
            )
        )
    assert len(forms) == 1


def test_e44_one_letter_lists_each_sibling_with_a_link(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, tom)
    assert sent() == [
        ("amina@family.example", "Please answer: may your children take part in a video call?")
    ]
    for pupil in (maya, tom):
        assert page(request_of(question, pupil, mum)) in mail.outbox[0].body


def test_e32_no_letter_shows_the_address_of_anybody_else(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    """Mother and father are both asked: a reply to all reaches nobody but the school."""
    ask(host, maya, tom)
    sent()
    addresses = {mum.email, dad.email}
    assert {letter.to[0] for letter in mail.outbox} == addresses
    for letter in mail.outbox:
        assert (len(letter.to), letter.cc, letter.bcc, letter.reply_to) == (1, [], [], [])
        [other] = addresses - set(letter.to)
        assert other not in letter.message().as_string()


def test_e44_a_sibling_who_is_blocked_for_this_guardian_is_not_revealed(
    host: StaffMember, lead: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    ask(host, maya, tom)
    Guardianship.objects.filter(guardian=mum, pupil=tom).update(
        blocked_from=clock.today(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    sent()
    assert "Maya" in body()
    assert names_in(body(), "Maya", "Tom") == ["Maya"]


def test_e33_letter_about_a_safe_address_names_no_staff_and_no_reason(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    ask(host, maya, asked=plan(reserves=("Rita Reserve",)))
    sent()
    text = body()
    assert "Maya" in text
    for secret in ("Rita", "Helen Host", "Colin Cohost", "Reading", "Okafor", "Year 4", "Maya O."):
        assert secret not in text


def test_e31_mailbox_shared_with_a_blocked_person_gets_nothing(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    ask(host, maya)
    Guardian.objects.filter(pk=dad.pk).update(email="AMINA@family.example")
    Guardianship.objects.filter(guardian=dad).update(
        blocked_from=clock.today(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    assert sent() == []


def test_e47_reminder_queued_before_the_answer_is_not_sent_after_it(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    sent()
    travel(clock.now() + timedelta(days=3))
    outbox.climb_due(now=clock.now())
    assert Notice.objects.filter(kind="consent_reminder", state="due").count() == 1
    answer(request_of(question, maya, mum), takes_part=True)
    sent()
    reminder = Notice.objects.get(kind="consent_reminder")
    assert (reminder.state, reminder.why) == ("dropped", "the family has answered")


def test_ladder_reminds_twice_then_tells_who_asked(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    ask(host, maya)
    for day in range(10):
        travel(start + timedelta(days=day))
        sent()
    assert [(letter.to[0], letter.subject) for letter in mail.outbox] == [
        ("amina@family.example", "Please answer: may Maya take part in a video call?"),
        ("amina@family.example", "Reminder: may we hear from you about the video call?"),
        ("amina@family.example", "Reminder: may we hear from you about the video call?"),
        (host.email, "1 without an answer: Reading group"),
    ]
    assert Ladder.objects.open().count() == 0
    outbox.repair(now=clock.now())
    assert Ladder.objects.open().count() == 0


def test_ladder_after_days_of_silence_takes_the_rung_of_now_once(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    ask(host, maya)
    sent()
    travel(start + timedelta(days=8, hours=1))
    sent()
    assert Notice.objects.filter(kind="consent_reminder").count() == 1


def test_never_more_than_three_automatic_messages(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    asked = plan()
    question = ask(host, maya, asked=asked)
    sent()
    for title in ("Book club", "Poetry"):
        services.reword(question, by=host, asked=plan(title=title, starts_at=asked.starts_at))
        sent()
    for day in range(9):
        travel(start + timedelta(days=day))
        sent()
    assert Notice.objects.filter(kind="consent_reminder").count() == 0


def test_nobody_is_reminded_once_the_consent_is_settled(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    travel(clock.now() + timedelta(days=3))
    sent()
    assert Notice.objects.filter(kind="consent_reminder").count() == 0


def test_repair_gives_a_lost_ladder_back(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    ask(host, maya)
    Ladder.objects.all().delete()
    outbox.repair(now=clock.now())
    ladder = Ladder.objects.get()
    assert (ladder.about, ladder.due_at) == (
        "meetings.meeting:1",
        clock.now() + timedelta(days=3),
    )


def test_receipt_says_what_was_recorded_and_how_to_change_it(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, asked=plan(is_recorded=True))
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True, may_be_recorded=False)
    assert sent() == [("amina@family.example", "Your answer about the video call")]
    letter = mail.outbox[0].body
    for words in (
        "You said yes: Maya O. may take part.",
        "You did not agree to a recording.",
        "We wrote this down on Tuesday 15 September at 2:00 pm.",
        page(asked),
        # True also for somebody who says yes once more when the links are out.
        "you get the link to join from the school, unless you have it already",
    ):
        assert words in letter


def test_e35_nothing_a_guardian_gets_tells_the_others_answer(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(request_of(question, maya, dad), takes_part=False, relationship="father")
    sent()
    for letter in mail.outbox:
        other = "Bayo" if letter.to == ["amina@family.example"] else "Amina"
        assert other not in letter.body
        assert "disagree" not in letter.body
    assert {letter.to[0] for letter in mail.outbox} == {
        "amina@family.example",
        "bayo@family.example",
    }


def test_e26_the_person_asked_is_warned_and_the_stranger_named_nowhere(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True, name="Grace Mensah")
    subjects = [subject for _, subject in sent()]
    assert subjects == ["Somebody answered for Maya with your link"]
    assert "Grace" not in body()


def test_e39_letter_about_a_material_change_says_what_changed_and_asks_again(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    sent()
    mail.outbox.clear()
    services.reword(question, by=host, asked=plan(staff=("Helen Host", "Carol")))
    assert sent() == [("amina@family.example", "The video call has changed: please answer again")]
    letter = mail.outbox[0].body
    assert "With: Helen Host, Carol (was: Helen Host, Colin Cohost)" in letter
    assert "an earlier yes does not count any more" in letter


def test_e39_letter_about_a_new_time_asks_for_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    sent()
    mail.outbox.clear()
    services.reword(question, by=host, asked=plan(starts_at=asked.starts_at + timedelta(days=1)))
    assert sent() == [("amina@family.example", "The video call has changed")]
    assert "New time: Saturday 26 September, 2:00 pm" in mail.outbox[0].body
    assert "You do not need to do anything" in mail.outbox[0].body


def test_e27_new_link_letter_holds_the_link_of_now(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    sent()
    mail.outbox.clear()
    old = page(asked)
    services.send_new_link(asked, by=mum)
    assert sent() == [("amina@family.example", "Your new link to answer about the video call")]
    new = page(Request.objects.get(pk=asked.pk))
    links = re.findall(r"http://localhost:8000(/c/\S+)", mail.outbox[0].body)
    assert links == [new]
    assert new != old


def test_released_pupil_gets_no_letter(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    question = ask(host, maya)
    services.release(question, by=host, pupil_ids=[maya.pk])
    assert sent() == []
    assert Notice.objects.get().why == "nobody is asked about these pupils any more"


def test_letter_without_an_address_left_is_dropped_and_the_status_says_so(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    Guardian.objects.filter(pk=mum.pk).update(email="")
    assert sent() == []
    assert Notice.objects.get().state == "dropped"
    assert consent_of(question, maya).status is Status.NO_CONTACT


def test_letter_that_can_never_be_sent_makes_the_status_failed(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    on_failed = kinds.kind("consent_request").on_failed
    assert on_failed is not None
    on_failed(Notice.objects.get(), clock.now())
    assert consent_of(question, maya).status is Status.FAILED


def test_letters_that_came_too_late_are_dropped_with_the_reason(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    services.reword(question, by=host, asked=plan(title="One", starts_at=asked.starts_at))
    services.reword(question, by=host, asked=plan(title="Two", starts_at=asked.starts_at))
    services.reword(question, by=host, asked=plan(staff=("Carol",), starts_at=asked.starts_at))
    answer(request_of(question, maya, mum), takes_part=True)
    services.release(question, by=host, pupil_ids=[])
    sent()
    why = Notice.objects.filter(kind="consent_changed").order_by("id").values_list("why", flat=True)
    newer = "the plan has changed again, and a newer letter tells of it"
    assert list(why) == [newer, newer, "the family has answered"]
    services.send_new_link(request_of(question, maya, mum), by=mum)
    services.reword(
        question, by=host, asked=plan(title="Three", staff=("Carol",), starts_at=asked.starts_at)
    )
    answer(request_of(question, maya, mum), takes_part=True, name="Grace Mensah")
    travel(question.ends_at)
    mail.outbox.clear()
    sent()
    over = "the call is over or not taking place"
    dropped = dict(
        Notice.objects.filter(kind__in=["consent_new_link", "consent_changed"])
        .order_by("id")
        .values_list("kind", "why")
    )
    assert dropped == {
        "consent_new_link": "nobody is asked about these pupils any more",
        "consent_changed": over,
    }


def test_every_letter_about_a_released_pupil_is_dropped(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    answer(asked, takes_part=True, name="Grace Mensah")
    services.send_new_link(asked, by=mum)
    services.reword(question, by=host, asked=plan(title="Book club"))
    services.release(question, by=host, pupil_ids=[maya.pk])
    assert sent() == []
    assert set(Notice.objects.values_list("kind", "why")) == {
        (kind, "nobody is asked about these pupils any more")
        for kind in (
            "consent_request",
            "consent_receipt",
            "consent_answered_by_other",
            "consent_new_link",
            "consent_changed",
        )
    }


def test_request_after_the_beginning_is_dropped(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    travel(question.closes_at)
    assert sent() == []
    assert Ladder.objects.open().count() == 0


def test_who_asked_hears_nothing_when_all_is_settled_before_the_letter_leaves(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    question = ask(host, maya)
    sent()
    travel(start + timedelta(days=9))
    outbox.climb_due(now=clock.now())
    answer(request_of(question, maya, mum), takes_part=True)
    mail.outbox.clear()
    assert [address for address, _ in sent()] == ["amina@family.example"]
    assert Notice.objects.get(kind="consent_unanswered").why == "the family has answered"


def test_question_asked_by_the_system_has_nobody_to_tell(
    maya: Pupil, mum: Guardian, travel: Any
) -> None:
    start = clock.now()
    asked = plan()
    services.ask(
        by=SWEEP, about="x.y:1", asked=asked, pupil_ids=[maya.pk], closes_at=asked.starts_at
    )
    travel(start + timedelta(days=9))
    sent()
    assert Notice.objects.filter(kind="consent_unanswered").count() == 0
