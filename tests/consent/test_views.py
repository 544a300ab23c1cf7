import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import events, services
from consent.links import token
from consent.models import Answer, Check, LinkWish, Question, Request
from consent.policy import Status
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, School, StaffMember
from school.policy import MOST_WISHES_AN_HOUR
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import ON_POSTGRESQL
from tests.consent.builders import (
    answer,
    ask,
    confirm,
    consent_of,
    hidden,
    kinds_of,
    page,
    plan,
    request_of,
    typed,
)
from tests.meetings import calls

pytestmark = pytest.mark.django_db

Travel = Callable[[Any], Any]


def rows() -> tuple[int, ...]:
    """How much there is of everything that a page could write."""
    models = (Answer, Notice, Entry, LinkWish, Request, Check)
    return tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]


def answer_by_link(
    family: Client, asked: Request, travel: Travel, choice: str = "yes", **facts: Any
) -> Any:
    check = family.post(page(asked), typed(asked, choice, **facts))
    assert check.status_code == 200
    return confirm(family, asked, check, travel)


# --- The page -------------------------------------------------------------------------------------
def test_page_says_who_when_with_whom_and_asks_one_question(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    response = family.get(page(asked))
    assert response.status_code == 200
    text = response.content.decode()
    for words in ("Maya O.", "Friday 25 September", "Helen Host, Colin Cohost", "020 7946 0100"):
        assert words in text
    for secret in ("Okafor", "Amina", "amina@family.example", "Year 4"):
        assert secret not in text
    assert " checked" not in text
    assert len(re.findall(r'type="radio"', text)) == 2
    assert len(re.findall(r"btn-primary", text)) == 1


def test_p5_page_names_who_may_come_in_the_place_of_an_adult_and_the_answer_keeps_it(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya, asked=plan(reserves=("Rita Reserve",))), maya, mum)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", family.get(page(asked)).content.decode()))
    assert "With Helen Host, Colin Cohost Or in their place Rita Reserve On" in words
    shown = answer(asked, takes_part=True).text_shown
    assert (shown["reserves"], shown["text"][4]) == (
        ["Rita Reserve"],
        "Or in their place: Rita Reserve",
    )


def test_page_without_a_reserve_says_nothing_of_one(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert "in their place" not in family.get(page(asked)).content.decode()
    assert "in their place" not in str(answer(asked, takes_part=True).text_shown)


def test_page_needs_and_sets_no_cookie_and_is_kept_nowhere(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    response = family.get(page(request_of(ask(host, maya), maya, mum)))
    assert response.cookies == {}
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_e28_page_asks_no_other_site_for_anything(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    text = family.get(page(asked)).content.decode()
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', text) == []


def test_e28_link_holds_numbers_and_a_signature_and_no_name(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert re.fullmatch(r"[\w-]+\.[\w-]{43}", token(asked.pk, 1))
    assert token(asked.pk, 1) == token(asked.pk, 1)
    assert token(asked.pk, 1) != token(asked.pk, 2)


def test_page_takes_three_queries_and_four_once_answered(
    host: StaffMember,
    maya: Pupil,
    tom: Pupil,
    mum: Guardian,
    family: Client,
    django_assert_num_queries: Any,
) -> None:
    asked = request_of(ask(host, maya, tom), maya, mum)
    with django_assert_num_queries(3):
        family.get(page(asked))
    answer(asked, takes_part=True)
    with django_assert_num_queries(4):
        family.get(page(asked))


def test_answering_takes_fifteen_queries_at_most(
    host: StaffMember,
    maya: Pupil,
    mum: Guardian,
    family: Client,
    travel: Travel,
    django_assert_num_queries: Any,
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    check = family.post(page(asked), typed(asked))
    travel(clock.now() + timedelta(seconds=3))
    data = hidden(check)
    with django_assert_num_queries(ANSWERING + ON_POSTGRESQL):
        response = family.post(page(asked, "confirm/"), data)
    assert response.status_code == 303
    assert ANSWERING < 15


ANSWERING = 13


def test_e24_looking_any_number_of_times_changes_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=True)
    before = rows()
    for _ in range(3):
        for tail in ("", "change/", "withdraw/", "new-link/", "not-me/", "recording/", "confirm/"):
            for look in (family.get, family.head):
                assert look(page(asked, tail)).status_code in {200, 303}
    assert rows() == before
    asked.refresh_from_db()
    assert asked.link_version == 1


@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("has_answer", [False, True])
def test_e25_scanner_that_submits_every_form_as_it_finds_it_decides_nothing(
    host: StaffMember,
    maya: Pupil,
    mum: Guardian,
    family: Client,
    is_recorded: bool,
    has_answer: bool,
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=is_recorded)), maya, mum)
    if has_answer:
        answer(asked, takes_part=True)
    before = rows()
    for tail in ("", "change/", "withdraw/", "new-link/", "not-me/"):
        text = family.get(page(asked, tail)).content.decode()
        for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
            [action] = re.findall(r'action="([^"]*)"', form)
            data = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
            blank = dict.fromkeys(re.findall(r'name="(\w+)"', form), "") | data
            for sent in (data, blank):
                response = family.post(action, sent)
                assert response.status_code == 422
                assert "Nothing has been saved yet." in response.content.decode()
    assert rows() == before
    asked.refresh_from_db()
    assert (asked.link_version, asked.disowned_at) == (1, None)


# --- Answering ------------------------------------------------------------------------------------
def test_yes_is_recorded_after_check_and_confirm(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    check = family.post(page(asked), typed(asked))
    assert "Yes, Maya O. may take part" in check.content.decode()
    assert Answer.objects.count() == 0
    response = confirm(family, asked, check, travel)
    assert (response.status_code, response.headers["Location"]) == (303, page(asked))
    said = Answer.objects.get()
    assert (said.kind, said.name, said.channel) == ("yes", "Amina Okafor", "link")
    assert consent_of(question, maya).is_given
    receipt = family.get(page(asked)).content.decode()
    for words in ("You said yes: Maya may take part", "What happens next", "Change my answer"):
        assert words in receipt


def test_one_form_sent_over_and_over_is_one_answer_with_one_receipt(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    """A double press without scripts, or somebody who keeps the form."""
    meeting = calls.shared(host, [(mum, maya)], co_hosts=[factories.make_staff()])
    asked = request_of(meeting.question, maya, mum)
    start = clock.now()
    travel(start + timedelta(hours=1))
    check = family.post(page(asked), typed(asked, "no"))
    check = family.post(page(asked, "refusal/"), hidden(check))
    travel(clock.now() + timedelta(seconds=3))
    before = Answer.objects.count()
    for _ in range(5):
        travel(clock.now() + timedelta(milliseconds=50))
        sent = family.post(page(asked, "confirm/"), hidden(check))
        assert (sent.status_code, sent.headers["Location"]) == (303, page(asked))
    assert Answer.objects.count() == before + 1
    assert kinds_of(Notice.objects.filter(queued_at__gt=start)) == [
        "consent_receipt",
        "meeting_answers_changed",
        "meeting_answers_changed",
        "meeting_entry_gone",
        "meeting_on_hold",
        "meeting_on_hold",
    ]


def test_no_needs_no_second_question(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=True)), maya, mum)
    answer_by_link(family, asked, travel, "no")
    assert Answer.objects.get().kind == "no"
    assert "You said no: Maya will not take part" in family.get(page(asked)).content.decode()


def test_recorded_call_asks_about_recording_on_its_own_page(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=True)), maya, mum)
    second = family.post(page(asked), typed(asked))
    assert "May the call be recorded?" in second.content.decode()
    empty = family.post(page(asked, "recording/"), hidden(second))
    assert empty.status_code == 422
    assert "Choose yes or no." in empty.content.decode()
    check = family.post(page(asked, "recording/"), hidden(empty) | {"may_be_recorded": "yes"})
    assert check.status_code == 200
    confirm(family, asked, check, travel)
    said = Answer.objects.get()
    assert (said.kind, said.may_be_recorded) == ("yes", True)


def test_form_without_a_choice_says_so_beside_the_field_and_keeps_what_was_typed(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    response = family.post(page(asked), typed(asked, "", name="Amina O'Kafor"))
    text = response.content.decode()
    assert response.status_code == 422
    assert text.count("Choose yes or no.") == 2
    assert 'value="Amina O&#x27;Kafor"' in text
    assert 'value="mother" selected' in text
    assert Answer.objects.count() == 0


def test_every_field_left_out_is_named(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    text = family.post(page(asked), {"version": "1"}).content.decode()
    for words in (
        "Choose yes or no.",
        "Write your first and last name.",
        "Choose what you are to the child.",
    ):
        assert text.count(words) == 2


def test_e25_confirmation_within_two_seconds_asks_to_press_again_and_loses_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    check = family.post(page(asked), typed(asked))
    travel(clock.now() + timedelta(seconds=1.9))
    early = family.post(page(asked, "confirm/"), hidden(check))
    assert early.status_code == 422
    assert "press the button again" in early.content.decode()
    assert "Amina Okafor" in early.content.decode()
    assert Answer.objects.count() == 0
    travel(clock.now() + timedelta(seconds=0.2))
    assert family.post(page(asked, "confirm/"), hidden(early)).status_code == 303
    assert Answer.objects.count() == 1


def test_going_back_from_the_check_keeps_what_was_typed(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    check = family.post(page(asked), typed(asked))
    back = family.post(page(asked, "confirm/"), hidden(check) | {"edit": "1"})
    assert back.status_code == 200
    assert 'value="Amina Okafor"' in back.content.decode()
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("is_recorded", [False, True])
def test_check_page_has_a_button_that_leads_back_and_keeps_what_was_typed(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, is_recorded: bool
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=is_recorded)), maya, mum)
    second = family.post(page(asked), typed(asked))
    assert second.headers["Cache-Control"] == "no-store"
    assert "Change my answer" in second.content.decode()
    first = family.post(page(asked, "confirm/"), hidden(second) | {"edit": "1"})
    assert 'value="Amina Okafor"' in first.content.decode()


@pytest.mark.parametrize(("name", "status"), [("L", 422), ("amina", 422), ("A Okafor", 200)])
def test_one_word_is_no_full_name(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, name: str, status: int
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert family.post(page(asked), typed(asked, name=name)).status_code == status


def test_one_word_that_is_the_whole_name_on_record_is_taken(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    Guardian.objects.filter(pk=mum.pk).update(name="Suharto")
    asked = request_of(ask(host, maya), maya, mum)
    assert family.post(page(asked), typed(asked, name="suharto")).status_code == 200


@pytest.mark.parametrize("damaged", ["", "x", "eyJhIjoxfQ:1abc:def"])
def test_damaged_seal_leads_back_to_the_question(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, damaged: str
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    for tail in ("confirm/", "recording/"):
        response = family.post(page(asked, tail), {"sealed": damaged})
        assert response.status_code == 303
    assert Answer.objects.count() == 0


def test_seal_of_one_request_does_not_open_another(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya, tom)
    check = family.post(
        page(request_of(question, maya, mum)), typed(request_of(question, maya, mum))
    )
    confirm(family, request_of(question, tom, mum), check, travel)
    assert Answer.objects.count() == 0


def test_e26_other_name_is_told_that_the_school_checks_first(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer_by_link(family, asked, travel, name="Grace Mensah", relationship="grandparent")
    text = family.get(page(asked)).content.decode()
    assert "It does not count yet." in text
    assert "Amina" not in text
    assert consent_of(question, maya).is_given is False


def test_e44_answering_for_one_child_never_answers_for_the_other(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya, tom)
    asked = request_of(question, maya, mum)
    assert "Answer for Tom O." in family.get(page(asked)).content.decode()
    answer_by_link(family, asked, travel)
    assert "Now answer for Tom O." in family.get(page(asked)).content.decode()
    assert consent_of(question, maya).is_given is True
    assert consent_of(question, tom).is_given is False


def test_e33_page_of_a_safe_address_shows_no_staff_and_no_reason(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    asked = request_of(ask(host, maya, asked=plan(reserves=("Rita",))), maya, mum)
    text = family.get(page(asked)).content.decode()
    assert "Friday 25 September" in text
    for secret in ("Helen", "Colin", "Rita", "in their place", "Reading", "Okafor", "Maya O."):
        assert secret not in text


def test_e41_adult_pupil_answers_for_themselves(
    host: StaffMember, school: Any, family: Client, travel: Travel
) -> None:
    adult = factories.make_pupil(
        "Ada", "Lane", born_on=clock.today().replace(year=2008), email="ada@elmfield.example"
    )
    question = ask(host, adult)
    asked = request_of(question, adult, None)
    assert "Will you take part in this call?" in family.get(page(asked)).content.decode()
    answer_by_link(family, asked, travel)
    assert consent_of(question, adult).is_given


# --- Changing and withdrawing ---------------------------------------------------------------------
def test_answer_can_be_changed_until_the_call_begins(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    assert "Next: check your answer" in family.get(page(asked, "change/")).content.decode()
    answer_by_link(family, asked, travel, "no")
    assert consent_of(question, maya).is_given is False
    travel(question.closes_at)
    assert "The call has begun" in family.get(page(asked, "change/")).content.decode()
    late = family.post(page(asked), typed(asked))
    assert late.status_code == 409
    assert Answer.objects.count() == 2


def test_e38_withdrawing_is_one_choice_and_one_button_while_the_call_runs(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    travel(question.closes_at + timedelta(minutes=5))
    assert "Take my yes back" in family.get(page(asked)).content.decode()
    shown = family.get(page(asked, "withdraw/"))
    choice = {"choice": "withdraw"}
    early = family.post(page(asked, "withdraw/"), hidden(shown) | choice)
    assert early.status_code == 422
    assert family.post(page(asked, "withdraw/"), choice).status_code == 422
    travel(clock.now() + timedelta(seconds=2))
    done = family.post(page(asked, "withdraw/"), hidden(early) | choice)
    assert done.status_code == 303
    assert [said.kind for said in Answer.objects.order_by("id")] == ["yes", "withdrawn"]
    assert "You took your yes back" in family.get(page(asked)).content.decode()


def test_seal_of_an_answer_withdraws_nothing_and_the_other_way_round(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=True)
    answering = hidden(family.post(page(asked), typed(asked, "no")))
    withdrawing = hidden(family.get(page(asked, "withdraw/")))
    travel(clock.now() + timedelta(seconds=3))
    choice = {"choice": "withdraw"}
    assert family.post(page(asked, "withdraw/"), answering | choice).status_code == 422
    assert family.post(page(asked, "confirm/"), withdrawing).status_code == 409
    assert Answer.objects.count() == 1


def test_keeping_the_yes_changes_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=True)
    assert family.post(page(asked, "withdraw/"), {"choice": "keep"}).status_code == 303
    assert Answer.objects.count() == 1


def test_withdraw_without_a_yes_leads_back(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    response = family.post(page(asked, "withdraw/"), {"choice": "withdraw"})
    assert (response.status_code, response.headers["Location"]) == (303, page(asked))


def test_e39_change_between_reading_and_answering_is_shown_and_asked_again(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    data = typed(asked)
    check = family.post(page(asked), data)
    services.reword(question, by=host, asked=plan(staff=("Helen Host", "Carol Colleague")))
    first = family.post(page(asked), data)
    second = confirm(family, asked, check, travel)
    for response in (first, second):
        text = response.content.decode()
        assert response.status_code == 409
        assert "The plan changed while you had this page open." in text
        assert "Helen Host, Carol Colleague" in text
        assert 'value="Amina Okafor"' in text
        assert " checked" not in text
    assert Answer.objects.count() == 0


def test_e39_void_yes_shows_what_changed_since(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    services.reword(question, by=host, asked=plan(is_recorded=True))
    text = family.get(page(asked)).content.decode()
    assert "Your earlier yes does not count any more." in text
    assert "Recorded: yes (was: no)" in text


def test_closed_question_says_that_there_is_nothing_to_do(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    services.close(question, by=host)
    assert "There is nothing for you to do." in family.get(page(asked)).content.decode()
    assert family.post(page(asked), typed(asked)).status_code == 409


# --- Dead links -----------------------------------------------------------------------------------
def dead_links(question: Question, host: StaffMember, mum: Guardian, maya: Pupil) -> list[str]:
    asked = request_of(question, maya, mum)
    good = page(asked)
    unknown = f"/c/{token(999_999, 1)}/"
    damaged = f"{good[:-3]}x/"
    services.send_new_link(asked, by=mum)
    return [unknown, damaged, good, "/c/rubbish/", f"/c/{'x' * 400}/"]


def test_e27_every_dead_link_gets_the_same_bytes_and_status(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    links = dead_links(question, host, mum, maya)
    responses = [family.get(link) for link in links]
    asked = request_of(question, maya, mum)
    assert family.get(page(asked)).status_code == 200
    travel(question.ends_at)
    responses.append(family.get(page(asked)))
    responses += [family.get(page(asked, tail)) for tail in ("change/", "withdraw/", "not-me/")]
    responses.append(family.post(page(asked), typed(asked)))
    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1
    text = responses[0].content.decode()
    assert "Send me a new link" in text
    assert "020 7946 0100" in text
    assert "Maya" not in text


def test_e27_wish_answers_the_same_for_known_and_unknown_addresses(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    ask(host, maya)
    known = family.post("/c/new-link/", {"email": "amina@family.example"})
    unknown = family.post("/c/new-link/", {"email": "nobody@family.example"})
    again = family.post("/c/new-link/", {"email": "amina@family.example"})
    assert {known.content, unknown.content, again.content} == {known.content}
    assert known.status_code == 200
    outbox.run_due(clock.now())
    letters = Notice.objects.filter(kind="consent_new_link")
    assert [letter.guardian for letter in letters] == [mum]


def wish_often(family: Client, count: int) -> set[bytes]:
    """Ask for links of addresses that nobody has; return what was answered."""
    return {
        family.post("/c/new-link/", {"email": f"nobody{number}@family.example"}).content
        for number in range(count)
    }


def test_e27_wish_from_an_address_that_asked_very_often_still_brings_the_link(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    """A whole school, or a mobile network, may stand behind one address."""
    ask(host, maya)
    stranger = wish_often(family, MOST_WISHES_AN_HOUR + 5)
    answer = family.post("/c/new-link/", {"email": "amina@family.example"})
    assert {answer.content} == stranger
    outbox.run_due(clock.now())
    letters = Notice.objects.filter(kind="consent_new_link")
    assert [letter.guardian for letter in letters] == [mum]


def test_e27_wishes_from_a_crowded_sender_bring_each_address_one_letter_a_day(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    ask(host, maya, asked=plan(starts_at=clock.now() + timedelta(days=3)))
    wish_often(family, MOST_WISHES_AN_HOUR)

    def letters() -> int:
        family.post("/c/new-link/", {"email": "amina@family.example"})
        outbox.run_due(clock.now())
        return Notice.objects.filter(kind="consent_new_link").count()

    assert letters() == letters() == 1
    travel(clock.now() + timedelta(minutes=20))
    assert letters() == 1
    # Who asks alone from elsewhere has it again after an hour.
    travel(clock.now() + timedelta(hours=2))
    assert letters() == 2


def test_e27_wish_from_a_sender_that_cannot_be_told_still_brings_the_link(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    ask(host, maya)
    answer = Client(REMOTE_ADDR="").post("/c/new-link/", {"email": "amina@family.example"})
    assert answer.status_code == 200
    outbox.run_due(clock.now())
    assert Notice.objects.filter(kind="consent_new_link").count() == 1


def test_wish_without_an_address_is_told_so(school: Any, family: Client) -> None:
    assert family.get("/c/new-link/").status_code == 200
    for typed_address in ("", "amina"):
        response = family.post("/c/new-link/", {"email": typed_address})
        assert response.status_code == 422
    assert LinkWish.objects.count() == 0


def test_new_link_is_sent_after_a_tick_and_the_old_one_dies(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    response = family.post(page(asked, "new-link/"), {"agreed": "on"})
    assert response.status_code == 200
    assert family.get(page(asked)).status_code == 404
    assert Notice.objects.filter(kind="consent_new_link").count() == 1


def test_not_me_kills_the_link(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert family.post(page(asked, "not-me/"), {"reason": "unknown"}).status_code == 200
    assert family.get(page(asked)).status_code == 404


def test_e26_check_page_of_a_disowned_yes_says_what_is_in_doubt(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    family: Client,
    staff_client: Callable[..., Client],
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    told = family.post(page(asked, "not-me/"), {"reason": "unknown"}).content.decode()
    assert "that does not count until the school has looked" in told
    check = f"/consent/{asked.pk}/check/"
    text = staff_client(office).get(check).content.decode()
    assert "Who answered for Maya Okafor" in text
    assert "the e-mail was not meant for them" in text
    staff_client(office).post(check, {"choice": "accept", "note": "Rang her."})
    assert consent_of(question, maya).is_given


def test_e26_letter_that_was_passed_on_leaves_the_right_mailbox_open(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert family.post(page(asked, "not-me/"), {"reason": "forwarded"}).status_code == 200
    mum.refresh_from_db()
    assert (mum.email_closed_at, family.get(page(asked)).status_code) == (None, 404)
    other = request_of(ask(host, maya, about="meetings.meeting:2"), maya, mum)
    assert family.post(page(other, "not-me/"), {"reason": "unknown"}).status_code == 200
    mum.refresh_from_db()
    assert mum.email_closed_at == clock.now()


def test_not_me_of_a_pupil_who_was_taken_off_finds_a_dead_link(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)

    def take_off(**_: Any) -> None:
        Request.objects.filter(pk=asked.pk).update(ended_at=clock.now())

    events.answer_coming.connect(take_off, weak=False, dispatch_uid="take_off")
    try:
        response = family.post(page(asked, "not-me/"), {"reason": "unknown"})
    finally:
        events.answer_coming.disconnect(dispatch_uid="take_off")
    assert response.status_code == 404


FOREIGN = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_ORIGIN": "https://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_post_from_another_site_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, headers: dict[str, str]
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    answer(asked, takes_part=True)
    before = rows()
    for path, data in (
        (page(asked), typed(asked)),
        (page(asked, "not-me/"), {"reason": "unknown"}),
        ("/c/new-link/", {"email": "amina@family.example"}),
    ):
        response = family.post(path, data, **headers)
        assert response.status_code == 403
        assert "Another website sent this" in response.content.decode()
    assert rows() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"},
        {"HTTP_ORIGIN": "http://testserver"},
        {"HTTP_SEC_FETCH_SITE": "none"},
    ],
)
def test_post_from_our_own_page_is_taken(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, headers: dict[str, str]
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert family.post(page(asked), typed(asked), **headers).status_code == 200


def test_other_methods_are_refused(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert family.put(page(asked)).status_code == 405


# --- Staff ----------------------------------------------------------------------------------------
def in_field(at: datetime) -> str:
    """A time as the browser's field sends it: it knows no seconds."""
    return clock.local(at).strftime("%Y-%m-%dT%H:%M")


def said_on_the_telephone(**facts: Any) -> dict[str, Any]:
    return {
        "takes_part": "yes",
        "name": "Amina Okafor",
        "relationship": "mother",
        "channel": "telephone",
        "at": in_field(clock.now()),
        "note": "Rang back on the number on record.",
    } | facts


def test_office_records_an_answer_by_telephone(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
    travel: Any,
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    travel(question.asked_at + timedelta(minutes=5))
    browser = staff_client(office)
    opened: Any = browser.get(f"/consent/{asked.pk}/record/")
    # Who was asked is filled in, and may be written over.
    form = opened.context["form"]
    assert (opened.status_code, form["name"].value(), form["relationship"].value()) == (
        200, mum.name, "mother",
    )  # fmt: skip
    given = said_on_the_telephone(at=in_field(question.asked_at))
    response = browser.post(f"/consent/{asked.pk}/record/?next=/", given)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    said = Answer.objects.get()
    assert (said.recorded_by, said.channel) == (office, "telephone")
    assert said.recorded_at - said.at == timedelta(minutes=5)
    assert consent_of(question, maya).is_given


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        (datetime(2006, 9, 15, 14, 0, tzinfo=UTC), False),
        (datetime(2026, 9, 15, 12, 59, tzinfo=UTC), False),
        (datetime(2026, 9, 15, 13, 0, tzinfo=UTC), True),
    ],
)
def test_e39_answer_from_before_the_question_is_refused_beside_the_field(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any, travel: Any,
    given: datetime, is_kept: bool,
) -> None:  # fmt: skip
    """A year is soon mistyped: nobody has answered what was not asked yet. What was typed stays."""
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    assert question.asked_at.replace(second=0, microsecond=0) == datetime(
        2026, 9, 15, 13, tzinfo=UTC
    )
    travel(question.asked_at + timedelta(minutes=30))
    data = said_on_the_telephone(at=in_field(given))
    response = staff_client(office).post(f"/consent/{asked.pk}/record/", data)
    assert (response.status_code, Answer.objects.count()) == ((302, 1) if is_kept else (422, 0))
    if is_kept:
        return
    assert response.context["form"].errors == {
        "at": [
            "Nobody had been asked then: there was no question to answer. They were asked on "
            "15 September 2026 at 2:00 pm. When was the answer given?"
        ]
    }
    text = response.content.decode()
    assert (data["at"] in text, "Rang back on the number on record." in text) == (True, True)
    with pytest.raises(NotAllowed, match="^Nobody had been asked then"):
        services.record(
            asked,
            by=office,
            takes_part=True,
            may_be_recorded=None,
            name=mum.name,
            relationship="mother",
            channel="telephone",
            at=given,
        )


def test_recording_an_answer_says_what_is_missing(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=True)), maya, mum)
    ahead = clock.local(clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    data = said_on_the_telephone(channel="", at=ahead)
    response = staff_client(office).post(f"/consent/{asked.pk}/record/", data)
    text = response.content.decode()
    assert response.status_code == 422
    for words in (
        "Choose how the answer came.",
        "This time lies ahead.",
        "Ask this too: the call is to be recorded.",
    ):
        assert words in text
    assert "Rang back on the number on record." in text
    assert Answer.objects.count() == 0


def test_next_of_another_site_is_not_followed(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    data = said_on_the_telephone(next="https://evil.example/")
    response = staff_client(office).post(f"/consent/{asked.pk}/record/", data)
    assert response.headers["Location"] == "/"


def test_office_checks_a_strangers_answer_and_the_look_is_audited(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    said = answer(asked, takes_part=True, name="Grace Mensah", relationship="grandparent")
    browser = staff_client(office)
    text = browser.get(f"/consent/{asked.pk}/check/").content.decode()
    assert "Grace Mensah (Grandparent)" in text
    assert f'href="tel:{mum.telephone.replace(" ", "")}">{mum.telephone}</a>' in text
    entry = Entry.objects.latest("id")
    assert (entry.verb, entry.actor, entry.object) == (
        "consent.read",
        office.actor,
        f"consent.answer:{said.pk}",
    )
    assert browser.post(f"/consent/{asked.pk}/check/", {"choice": "accept"}).status_code == 422
    browser.post(f"/consent/{asked.pk}/check/", {"choice": "accept", "note": "Rang Amina."})
    assert consent_of(question, maya).is_given
    assert browser.get(f"/consent/{asked.pk}/check/").status_code == 404


def test_resend_is_for_who_asked_and_nobody_else_knows_of_it(
    host: StaffMember,
    colleague: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert staff_client(colleague).post(f"/consent/{asked.pk}/resend/").status_code == 404
    opened = staff_client(host).get(f"/consent/{asked.pk}/resend/")
    assert (opened.status_code, opened.headers["Allow"]) == (405, "POST")
    assert "There is nothing here" in opened.content.decode()
    assert staff_client(host).post(f"/consent/{asked.pk}/resend/").status_code == 302
    assert Notice.objects.filter(kind="consent_request").count() == 2


def test_e26_who_asked_cannot_send_again_to_a_mailbox_that_is_another_person_s(
    host: StaffMember, maya: Pupil, mum: Guardian, staff_client: Callable[..., Client]
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    services.disown(asked, by=mum)
    refused = staff_client(host).post(f"/consent/{asked.pk}/resend/")
    assert refused.status_code == 403
    assert "The office looks after this address" in refused.content.decode()
    assert Notice.objects.filter(kind="consent_request").count() == 1


def test_teacher_cannot_record_or_check(
    host: StaffMember, maya: Pupil, mum: Guardian, staff_client: Callable[..., Client]
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    for tail in ("record", "check"):
        assert staff_client(host).get(f"/consent/{asked.pk}/{tail}/").status_code == 403


# --- What changes in the very moment of pressing ---------------------------------------------------
def just_before(change: Callable[[], object]) -> Callable[..., None]:
    """Do something once, between the opening of the link and the lock of the answer."""
    done: list[object] = []

    def listen(sender: object, **_: object) -> None:
        if not done:
            done.append(change())

    return listen


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda question, host, maya: services.close(question, by=host), 303),
        (
            lambda question, host, maya: services.reword(
                question, by=host, asked=plan(staff=("Carol",))
            ),
            303,
        ),
        (
            lambda question, host, maya: services.release(question, by=host, pupil_ids=[maya.pk]),
            404,
        ),
    ],
)
def test_answer_overtaken_by_the_school_is_not_recorded(
    host: StaffMember,
    maya: Pupil,
    mum: Guardian,
    family: Client,
    travel: Travel,
    change: Callable[..., object],
    status: int,
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    check = family.post(page(asked), typed(asked))
    listen = just_before(lambda: change(question, host, maya))
    events.answer_coming.connect(listen)
    try:
        response = confirm(family, asked, check, travel)
    finally:
        events.answer_coming.disconnect(listen)
    assert response.status_code == status
    assert Answer.objects.count() == 0


def test_withdrawal_overtaken_by_the_end_shows_how_it_stands(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    shown = family.get(page(asked, "withdraw/"))
    travel(clock.now() + timedelta(seconds=3))
    listen = just_before(lambda: services.close(question, by=host))
    events.answer_coming.connect(listen)
    try:
        response = family.post(page(asked, "withdraw/"), hidden(shown) | {"choice": "withdraw"})
    finally:
        events.answer_coming.disconnect(listen)
    assert response.status_code == 303
    assert Answer.objects.count() == 1


def test_page_after_the_beginning_without_an_answer_says_whom_to_call(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Travel
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    travel(question.closes_at)
    text = family.get(page(asked)).content.decode()
    assert "The call has begun" in text
    assert "020 7946 0100" in text
    assert family.post(page(asked, "change/")).status_code == 303


def test_question_kept_for_all_families_is_to_each_the_page_written_for_them_alone(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian, family: Client
) -> None:
    mark = factories.make_pupil("Ma'rk <b>", "O'Neil & Sons")
    factories.make_guardian(mark, name="Nora O'Neil", email="nora@family.example")
    hidden_child = factories.make_pupil("Hana", "Safe", is_address_confidential=True)
    factories.make_guardian(hidden_child, name="Sara Safe", email="sara@family.example")
    grown = factories.make_pupil("Grace", "Grown", born_on=date(2008, 1, 1), email="g@g.example")
    asked = plan(title="Reading <i>group</i> & more")
    question = ask(host, maya, tom, mark, hidden_child, grown, asked=asked)
    assert "group" in family.get(page(request_of(question, maya, dad))).content.decode()
    for name in ("Elmfield Primary", "Oak & Elm"):
        School.objects.update(name=name)
        for request in Request.objects.order_by("pk"):
            # The page that changes an answer is written for one family alone, and is the same page.
            alone = family.get(page(request, "change/"))
            kept = family.get(page(request))
            assert kept.status_code == 200
            assert kept.content.decode() == alone.content.decode()
            assert request.pupil.given_name in html.unescape(kept.content.decode())
    services.reword(question, by=host, asked=plan(title="Sums"))
    for request in Request.objects.order_by("pk"):
        kept = family.get(page(request)).content.decode()
        assert kept == family.get(page(request, "change/")).content.decode()
        assert "group" not in kept


def test_e37_office_is_told_that_what_it_wrote_down_is_overruled_by_a_later_answer(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Any,
    travel: Any,
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    travel(question.asked_at + timedelta(hours=4))
    answer(asked, takes_part=True)
    earlier = in_field(clock.now() - timedelta(hours=3))
    data = said_on_the_telephone(takes_part="no", at=earlier)
    client = staff_client(office)
    shown = client.post(f"/consent/{asked.pk}/record/", data, follow=True).content.decode()
    assert "It does not count: the same person has said something later." in shown
    assert consent_of(question, maya).is_given
    data["at"] = clock.local(clock.now()).strftime("%Y-%m-%dT%H:%M")
    shown = client.post(f"/consent/{asked.pk}/record/", data, follow=True).content.decode()
    assert "It does not count" not in shown
    assert consent_of(question, maya).status is Status.REFUSED
