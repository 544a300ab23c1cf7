"""A series: one page answers all its dates or each for itself, and each keeps an answer of its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from audit import services as audit
from consent import services
from consent.models import Answer, Question, Request
from consent.policy import Asked
from consent.services import Occurrence, Outdated
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.consent.builders import (
    answer,
    confirm,
    consent_of,
    hidden,
    page,
    plan,
    request_of,
    typed,
)
from tests.meetings.pages import words

pytestmark = pytest.mark.django_db
SERIES = "meetings.series:1"


def call(number: int, *pupils: Pupil, **facts: Any) -> Occurrence:
    asked: Asked = plan(starts_at=clock.now() + timedelta(days=10 + 7 * number))
    return Occurrence(
        about=f"meetings.meeting:{number}",
        asked=replace(asked, **facts),
        pupil_ids=[pupil.pk for pupil in pupils],
    )


@pytest.fixture
def dates(host: StaffMember, maya: Pupil, mum: Guardian) -> list[Question]:
    """Three Fridays, about which Maya's mother is asked."""
    calls = [call(number, maya) for number in range(3)]
    return services.ask_series(by=host, series=SERIES, calls=calls)


def requests_of(dates: list[Question], maya: Pupil, mum: Guardian) -> list[Request]:
    return [request_of(question, maya, mum) for question in dates]


def test_p5_one_answer_for_all_dates_is_kept_for_each_with_its_own_text(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    first, second, third = requests_of(dates, maya, mum)
    asked = family.get(page(second))
    told = words(asked)
    assert "3 video calls for Maya O." in told
    for day in ("Friday 25 September", "Friday 2 October", "Friday 9 October"):
        assert day in told
    assert b"checked" not in asked.content
    missing = family.post(page(second), typed(second))
    assert missing.status_code == 422
    assert "Choose for which dates you answer." in words(missing)
    check = family.post(page(second), typed(second, which="all"))
    assert "Friday 9 October" in words(check)
    assert not Answer.objects.exists()
    confirm(family, second, check, travel)
    assert [consent_of(question, maya).is_given for question in dates] == [True] * 3
    shown = {said.request_id: said.text_shown["starts_at"] for said in Answer.objects.all()}
    assert shown == {
        row.pk: row.question.asked.starts_at.isoformat() for row in (first, second, third)
    }
    outbox.run_due(clock.now())
    receipts = [one for one in mail.outbox if one.subject == "Your answer about the video call"]
    assert len(receipts) == 1
    for day in ("25 September", "2 October", "9 October"):
        assert day in str(receipts[0].body)
    receipt = words(family.get(page(second)))
    assert "The other dates of this series" in receipt
    assert audit.verify() is None


def test_p5_one_date_is_answered_for_itself(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    first, second, _ = requests_of(dates, maya, mum)
    check = family.post(page(first), typed(first, "no", which="one"))
    check = family.post(page(first, "refusal/"), hidden(check) | {"objection": ""})
    confirm(family, first, check, travel)
    assert [said.request_id for said in Answer.objects.all()] == [first.pk]
    assert "2 video calls for Maya O." in words(family.get(page(second)))
    assert "Please answer" in words(family.get(page(first)))


def test_date_that_differs_in_what_matters_has_its_own_question(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    alike, other, apart = services.ask_series(
        by=host,
        series=SERIES,
        calls=[call(0, maya), call(1, maya), call(2, maya, is_recorded=True)],
    )
    assert "2 video calls" in words(family.get(page(request_of(alike, maya, mum))))
    assert "A video call for Maya O." in words(family.get(page(request_of(apart, maya, mum))))
    answer(request_of(other, maya, mum), takes_part=True)
    assert "A video call for Maya O." in words(family.get(page(request_of(alike, maya, mum))))


def test_e39_date_that_changes_before_the_button_is_pressed_leaves_all_unanswered(
    host: StaffMember,
    dates: list[Question],
    maya: Pupil,
    mum: Guardian,
    family: Client,
    travel: Any,
) -> None:
    first, *_ = requests_of(dates, maya, mum)
    check = family.post(page(first), typed(first, which="all"))
    services.reword(dates[2], by=host, asked=replace(dates[2].asked, title="Reading aloud"))
    response = confirm(family, first, check, travel)
    assert response.status_code == 303
    assert not Answer.objects.exists()
    check = family.post(page(first), typed(first, which="all"))
    services.close(dates[1], by=host)
    assert confirm(family, first, check, travel).status_code == 303
    assert not Answer.objects.exists()


def test_p5_yes_is_taken_back_for_one_date_or_for_the_later_ones_too(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    for row in requests_of(dates, maya, mum):
        answer(row, takes_part=True)
    first, second, _ = requests_of(dates, maya, mum)
    opened = family.get(page(second, "withdraw/"))
    assert "Yes, for this date and the later ones (1)" in words(opened)
    travel(clock.now() + timedelta(seconds=3))
    family.post(page(second, "withdraw/"), hidden(opened) | {"choice": "later"})
    assert [consent_of(question, maya).is_given for question in dates] == [True, False, False]
    opened = family.get(page(first, "withdraw/"))
    assert "later ones" not in words(opened)
    travel(clock.now() + timedelta(seconds=3))
    family.post(page(first, "withdraw/"), hidden(opened) | {"choice": "withdraw"})
    assert not consent_of(dates[0], maya).is_given


def test_p5_one_answer_for_all_dates_is_undone_for_all_or_for_one(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    first, second, third = requests_of(dates, maya, mum)
    for row in (first, second, third):
        answer(row, takes_part=True)
    for which, left in (("undo", [True, False, True]), ("all", [False, False, False])):
        row = second if which == "undo" else first
        shown = family.get(page(row, "undo/"))
        if which == "all":
            # The date that is undone already is not counted.
            assert "All these 2 dates" in words(shown)
        travel(clock.now() + timedelta(seconds=3))
        done = family.post(page(row, "undo/"), hidden(shown) | {"choice": which})
        assert done.status_code == 303
        assert [consent_of(question, maya).is_given for question in dates] == left


def test_lost_link_brings_the_dates_of_a_series_in_one_letter(
    dates: list[Question], maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    before = len(mailbox())
    services.send_lost_links(mum.email, is_crowded=False, now=clock.now())
    [letter] = mailbox()[before:]
    for day in ("Friday 25 September", "Friday 2 October", "Friday 9 October"):
        assert day in letter.body


def test_e26_strangers_answer_for_all_dates_waits_for_each_and_warns_once(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    first, *_ = requests_of(dates, maya, mum)
    check = family.post(page(first), typed(first, which="all", name="Zoe Quite-Another"))
    confirm(family, first, check, travel)
    assert Answer.objects.filter(is_by_someone_else=True).count() == 3
    assert not any(consent_of(question, maya).is_given for question in dates)
    outbox.run_due(clock.now())
    assert len(mail.outbox) == 1


def test_e44_one_letter_about_all_dates_has_a_button_for_each_child(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    services.ask_series(by=host, series=SERIES, calls=[call(n, maya, tom) for n in range(3)])
    outbox.run_due(clock.now())
    [letter] = mail.outbox
    assert str(letter.body).count("/c/") == 2
    assert str(letter.body).count("October") == 2


def test_e33_child_with_a_safe_address_has_a_letter_of_its_own(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    Pupil.objects.filter(pk=tom.pk).update(is_address_confidential=True)
    services.ask_series(by=host, series=SERIES, calls=[call(n, maya, tom) for n in range(3)])
    outbox.run_due(clock.now())
    assert len(mail.outbox) == 2
    assert [("Maya" in str(one.body), "Tom" in str(one.body)) for one in mail.outbox] in (
        [(True, False), (False, True)],
        [(False, True), (True, False)],
    )


def test_e47_who_has_answered_a_date_reads_of_the_others_alone(
    dates: list[Question], maya: Pupil, mum: Guardian
) -> None:
    answer(requests_of(dates, maya, mum)[0], takes_part=True)
    outbox.run_due(clock.now())
    [asking] = [one for one in mail.outbox if "answer:" in one.subject]
    assert "25 September" not in str(asking.body)
    assert "9 October" in str(asking.body)


def test_series_is_not_asked_about_when_a_call_has_begun_or_is_closed(
    host: StaffMember, dates: list[Question], maya: Pupil, travel: Any
) -> None:
    calls = [call(number, maya) for number in range(3)]
    services.close(dates[0], by=host)
    with pytest.raises(NotAllowed):
        services.ask_series(by=host, series=SERIES, calls=calls)
    travel(clock.now() + timedelta(days=30))
    with pytest.raises(NotAllowed):
        services.ask_series(by=host, series=SERIES, calls=calls)


def test_answer_for_dates_leaves_those_that_say_so_already_and_tells_of_the_others(
    dates: list[Question], maya: Pupil, mum: Guardian, travel: Any
) -> None:
    rows = requests_of(dates, maya, mum)
    first = answer(rows[0], takes_part=True)
    travel(clock.now() + timedelta(minutes=1))

    def give() -> list[Answer]:
        return services.answer_dates(
            rows,
            by=mum,
            takes_part=True,
            may_be_recorded=None,
            name=mum.name,
            relationship="mother",
            versions={row.pk: 1 for row in rows},
        )

    given = give()
    assert (given[0], give()) == (first, given)
    assert Answer.objects.count() == 3
    receipts = Notice.objects.filter(kind="consent_receipt").order_by("pk")
    assert [one.detail["requests"] for one in receipts] == [
        [rows[0].pk],
        [rows[1].pk, rows[2].pk],
    ]


def test_answer_for_dates_of_which_one_has_a_new_text_is_refused_whole(
    host: StaffMember, dates: list[Question], maya: Pupil, mum: Guardian
) -> None:
    rows = requests_of(dates, maya, mum)
    with pytest.raises(Outdated):
        services.answer_dates(
            rows,
            by=mum,
            takes_part=True,
            may_be_recorded=None,
            name=mum.name,
            relationship="mother",
            versions={row.pk: 1 + (row == rows[2]) for row in rows},
        )
    assert not Answer.objects.exists()


def test_date_answered_since_the_page_was_made_is_not_written_over_and_nothing_typed_is_lost(
    host: StaffMember,
    dates: list[Question],
    maya: Pupil,
    mum: Guardian,
    family: Client,
    travel: Any,
) -> None:
    first, second, _ = requests_of(dates, maya, mum)
    check = family.post(page(first), typed(first, which="all"))
    answer(second, takes_part=False)
    shown = confirm(family, first, check, travel)
    text = shown.content.decode()
    assert (shown.status_code, "since you opened this page" in text) == (409, True)
    assert "Amina Okafor" in text
    assert list(Answer.objects.values_list("request", "kind")) == [(second.pk, "no")]


def test_receipt_of_one_date_leads_to_those_that_want_an_answer_before_it_says_what_comes(
    dates: list[Question], maya: Pupil, mum: Guardian, family: Client
) -> None:
    first, *others = requests_of(dates, maya, mum)
    answer(first, takes_part=True)
    told = words(family.get(page(first)))
    assert told.index("The other dates of this series") < told.index("What happens next")
    assert "Nothing more to do now." not in told
    for row in others:
        answer(row, takes_part=True)
    told = words(family.get(page(first)))
    assert told.index("What happens next") < told.index("The other dates of this series")
    assert "Nothing more to do now." in told


# --- The office -----------------------------------------------------------------------------------
def wish_for_a_call(rows: list[Request]) -> None:
    """A no to each date, with the wish to be rung about it."""
    for row in rows:
        answer(row, takes_part=False, wants_call=True)


def to_ring(browser: Client, **chosen: Any) -> list[tuple[str, int]]:
    """The rows of the office's list of those who want a call: whose, and about how many dates."""
    response = browser.get("/consent/", {"task": "help", **chosen})
    rows = response.context["rows"]
    # The number beside the choice is that of the rows.
    assert f"Wants a call ({len(rows)})" in words(response)
    return [(str(row.item.asked.pupil), len(row.also) + 1) for row in rows]


def recorded(**facts: Any) -> dict[str, Any]:
    return {
        "takes_part": "yes",
        "name": "Amina Okafor",
        "relationship": "mother",
        "channel": "telephone",
        "at": "2026-09-15T14:00",
    } | facts


def test_e49_one_wish_to_be_rung_about_a_series_is_one_row_and_settled_together(
    dates: list[Question], office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    rows, browser = requests_of(dates, maya, mum), staff_client(office)
    wish_for_a_call(rows)
    assert to_ring(browser) == [("Maya Okafor", 3)]
    shown = words(browser.get("/consent/?task=help"))
    assert "One call about 3 dates of the series: also Friday 2 October" in shown
    [card] = [one for one in browser.get("/").context["cards"] if one.title == "Consent"]
    assert (card.count, "To do (1)" in shown, "All (1)" in shown) == (1, True, True)
    # Of one date its own row is shown.
    assert to_ring(browser, call=dates[1].pk) == [("Maya Okafor", 1)]

    url = f"/consent/{rows[1].pk}/record/"
    page_of_it = browser.get(url)
    days = "Friday 25 September, Friday 2 October and Friday 9 October"
    assert f"Only Friday 2 October All these 3 dates: {days}" in words(page_of_it)
    assert b" checked" not in page_of_it.content
    one, every = [value for value, _ in page_of_it.context["form"].fields["which"].choices]
    missing = browser.post(url, recorded())
    assert (missing.status_code, "Choose for which dates." in words(missing)) == (422, True)
    mail.outbox.clear()
    done = browser.post(url, recorded(which=every), follow=True)

    assert "The answer for Maya Okafor is recorded for 3 dates, with your name." in words(done)
    assert [consent_of(question, maya).is_given for question in dates] == [True] * 3
    kept = Answer.objects.filter(channel="telephone").select_related("wording")
    assert {said.request_id: said.wording.question_id for said in kept} == {
        row.pk: row.question_id for row in rows
    }
    assert (one, to_ring(browser), audit.verify()) == ("one", [], None)
    # What one answer has settled stays one row.
    after = words(browser.get("/consent/?task=all"))
    assert ("All (1)" in after, "One answer for 3 dates of the series" in after) == (True, True)
    outbox.run_due(clock.now())
    receipts = Notice.objects.filter(kind="consent_receipt").order_by("-pk")
    assert receipts[0].detail["requests"] == [rows[1].pk, rows[0].pk, rows[2].pk]


def test_answer_recorded_for_one_date_leaves_the_wish_about_the_others(
    dates: list[Question], office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    rows, browser = requests_of(dates, maya, mum), staff_client(office)
    wish_for_a_call(rows)
    browser.post(f"/consent/{rows[0].pk}/record/", recorded(which="one"))
    assert [consent_of(question, maya).is_given for question in dates] == [True, False, False]
    assert to_ring(browser) == [("Maya Okafor", 2)]


def test_dates_that_were_answered_otherwise_or_are_closed_meanwhile_are_not_written_over(
    host: StaffMember, dates: list[Question], office: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Any,
) -> None:  # fmt: skip
    rows, browser = requests_of(dates, maya, mum), staff_client(office)
    answer(rows[2], takes_part=False)
    url = f"/consent/{rows[0].pk}/record/"
    every = browser.get(url).context["form"].fields["which"].choices[1]
    assert every == (str(rows[1].pk), "All these 2 dates: Friday 25 September and Friday 2 October")
    services.close(dates[1], by=host)
    late = browser.post(url, recorded(which=every[0]))
    # With the last other date gone there is nothing to choose: only this one is written down.
    assert late.status_code == 302
    assert [said.request_id for said in Answer.objects.filter(channel="telephone")] == [rows[0].pk]


def test_dates_that_changed_while_an_answer_was_keyed_in_are_chosen_again(
    host: StaffMember, dates: list[Question], office: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Any,
) -> None:  # fmt: skip
    rows, browser = requests_of(dates, maya, mum), staff_client(office)
    url = f"/consent/{rows[0].pk}/record/"
    every = browser.get(url).context["form"].fields["which"].choices[1][0]
    services.close(dates[1], by=host)
    late = browser.post(url, recorded(which=every))
    assert (late.status_code, Answer.objects.count()) == (422, 0)
    assert "The dates have changed since you opened this page. Choose again." in words(late)


def test_paper_that_cannot_be_told_is_recorded_for_all_dates(
    dates: list[Question], office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    rows, browser = requests_of(dates, maya, mum), staff_client(office)
    url = f"/consent/{rows[0].pk}/record/"
    every = browser.get(url).context["form"].fields["which"].choices[1][0]
    said = {"takes_part": "unclear", "channel": "paper", "which": every, "at": "2026-09-15T14:00"}
    browser.post(url, said)
    assert [one.kind for one in Answer.objects.all()] == ["unclear"] * 3
    [form] = services.print_forms(dates[0], by=office, request_ids=[rows[0].pk])
    keyed = browser.get(f"{url}?form={form.pk}")
    # The printed form is about one date.
    assert "which" not in keyed.context["form"].fields
