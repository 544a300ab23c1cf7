"""The office's list: what comes next for each pupil, who sees what, counts, searches and pages."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import services
from consent.policy import (
    Help,
    Kind,
    Left,
    Mend,
    Mode,
    Spared,
    Status,
    Task,
    Voice,
    advice,
    days_left,
    left_of,
    mends,
    next_task,
    status_of,
    urgency,
)
from notices.models import Notice
from notices.services import mending
from school import services as people
from school.models import Guardian, Pupil, StaffMember
from school.roles import Role
from schoolsafe.lib import clock, spreadsheet
from tests import factories
from tests.consent.builders import answer, ask, plan, request_of
from tests.meetings import calls

YES, NO, UNCLEAR = Kind.YES, Kind.NO, Kind.UNCLEAR
ANY, ALL = Mode.ANY, Mode.ALL


def mum(**facts: Any) -> Voice:
    return Voice(who="Mother", guardian_id=1, **facts)


def dad(**facts: Any) -> Voice:
    return Voice(who="Father", guardian_id=2, **facts)


NOWHERE = "there is no usable address"
CAME_BACK = "a message to this address came back or reached somebody else"
TABLE: list[tuple[str, list[Voice], Mode, Task]] = [
    ("nobody on record", [], ANY, Task.NO_ADDRESS),
    ("no answer", [mum()], ANY, Task.NO_ANSWER),
    ("not sent yet", [mum(is_scheduled=True)], ANY, Task.SCHEDULED),
    ("yes", [mum(kind=YES)], ANY, Task.DONE),
    ("no", [mum(kind=NO)], ANY, Task.DONE),
    ("E26 answered by someone else", [mum(unchecked=YES)], ANY, Task.CHECK),
    ("E26 and the father agreed", [mum(unchecked=NO), dad(kind=YES)], ANY, Task.CHECK),
    ("E26 and the father refused", [mum(unchecked=YES), dad(kind=NO)], ANY, Task.CHECK),
    ("E34 yes from a changed address", [mum(is_unsettled=True), dad()], ANY, Task.ADDRESS),
    ("E34 after a no", [mum(kind=NO, is_unsettled=True)], ANY, Task.ADDRESS),
    ("E34 and the father agreed", [mum(is_unsettled=True), dad(kind=YES)], ANY, Task.DONE),
    ("E35 yes and no", [mum(kind=YES), dad(kind=NO)], ANY, Task.CONFLICT),
    ("E50 unclear", [mum(kind=UNCLEAR), dad()], ANY, Task.UNCLEAR),
    ("no, and a call", [mum(kind=NO, wants_call=True)], ANY, Task.HELP),
    ("E49 asks for help", [mum(needs=Help.LANGUAGE), dad()], ANY, Task.HELP),
    ("asks for help, the other agreed", [mum(needs=Help.READING), dad(kind=YES)], ANY, Task.DONE),
    ("E46 bounced", [mum(has_failed=True)], ANY, Task.FAILED),
    ("E46 bounced, the other waits", [mum(has_failed=True), dad()], ANY, Task.FAILED),
    ("E46 bounced, the other agreed", [mum(has_failed=True), dad(kind=YES)], ANY, Task.DONE),
    ("disowned", [mum(is_disowned=True)], ANY, Task.ASTRAY),
    ("E26 disowned, the other agreed", [mum(is_disowned=True), dad(kind=YES)], ANY, Task.ASTRAY),
    ("E46 corrected since", [mum(has_failed=True, is_mended=True)], ANY, Task.SCHEDULED),
    ("disowned, and said no by telephone", [mum(is_disowned=True, kind=NO)], ANY, Task.DONE),
    ("E46 closed by another call's", [mum(unreachable=CAME_BACK)], ANY, Task.FAILED),
    ("E45 no address", [mum(unreachable=NOWHERE)], ANY, Task.NO_ADDRESS),
    ("one without an address", [mum(), dad(unreachable=NOWHERE)], ANY, Task.NO_ANSWER),
    ("the same where all count", [mum(), dad(unreachable=NOWHERE)], ALL, Task.NO_ADDRESS),
    ("set aside", [mum(is_invalidated=True)], ANY, Task.ASK_AGAIN),
    ("E39 void", [mum(kind=YES, is_outdated=True)], ANY, Task.VOID),
    ("E39 void and bounced", [mum(kind=YES, is_outdated=True, has_failed=True)], ANY, Task.FAILED),
    ("E36 all, one yes", [mum(kind=YES), dad()], ALL, Task.NO_ANSWER),
    ("unclear before no address", [mum(kind=UNCLEAR), dad(unreachable=NOWHERE)], ALL, Task.UNCLEAR),
]


@pytest.mark.parametrize(("label", "voices", "mode", "task"), TABLE, ids=[r[0] for r in TABLE])
def test_next_task_of(label: str, voices: list[Voice], mode: Mode, task: Task) -> None:
    status, _ = status_of(voices, mode=mode)
    assert next_task(status, voices, mode=mode) is task


def test_every_status_has_a_task_and_a_family_in_grief_has_none() -> None:
    for status in Status:
        assert next_task(status, [], mode=ANY) in Task
        assert next_task(status, [mum(unchecked=YES)], mode=ANY, is_out=True) is Task.DONE


def test_what_was_set_aside_and_asked_again_waits_for_its_answer() -> None:
    voices = [mum(is_invalidated=True)]
    for is_asked_again, task in ((False, Task.ASK_AGAIN), (True, Task.NO_ANSWER)):
        assert task is next_task(
            Status.INVALIDATED, voices, mode=ANY, is_asked_again=is_asked_again
        )


@pytest.mark.parametrize(
    ("days", "left"),
    [(0, Left.NOW), (1, Left.NOW), (2, Left.SOON), (3, Left.SOON), (4, Left.WEEK), (7, Left.WEEK),
     (8, Left.LATER)],
)  # fmt: skip
def test_how_soon_a_call_is(days: int, left: Left) -> None:
    assert left_of(days) is left
    assert days_left(date(2026, 9, 15) + timedelta(days=days), today=date(2026, 9, 15)) == days


def test_what_presses_most_comes_first() -> None:
    rows = [(Task.DONE, 0), (Task.CHECK, 8), (Task.NO_ANSWER, 1), (Task.CHECK, 5),
            (Task.SCHEDULED, 2), (Task.CONFLICT, 3), (Task.CHECK, 0)]  # fmt: skip
    in_order = sorted(rows, key=lambda row: urgency(row[0], days=row[1]))
    assert in_order == [(Task.CHECK, 0), (Task.NO_ANSWER, 1), (Task.CONFLICT, 3),
                        (Task.CHECK, 5), (Task.CHECK, 8), (Task.SCHEDULED, 2),
                        (Task.DONE, 0)]  # fmt: skip


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("days", [0, 1, 2, 30])
def test_every_task_has_words_and_a_mend_where_there_is_something_to_do(
    task: Task, days: int
) -> None:
    assert task.words
    for status in Status:
        words = advice(task, status, days=days)
        assert words.endswith(".") or (words == "" and task in {Task.CHECK, Task.DONE})
    nothing = task is Task.DONE or (task is Task.SCHEDULED and days > 1)
    assert bool(mends(task, days=days)) is not nothing
    if task in {Task.NO_ANSWER, Task.VOID}:
        assert mends(task, days=days)[0] is (Mend.RING if days <= 1 else Mend.REMIND)


@pytest.mark.parametrize(
    ("task", "status", "words"),
    [
        (Task.CHECK, Status.WAITING, ""),
        (Task.CHECK, Status.GIVEN, "An answer waits: say whether it counts."),
        (Task.FAILED, Status.FAILED, "Or correct the address and send it again."),
        (
            Task.FAILED,
            Status.WAITING,
            "A message did not arrive: correct the address and send it again, or ring.",
        ),
        (Task.NO_ADDRESS, Status.NO_CONTACT, "Then put the address right."),
        (
            Task.NO_ADDRESS,
            Status.WAITING,
            "A guardian has no address: ring or use paper, and put it right.",
        ),
        (Task.NO_ANSWER, Status.WAITING, "Wait for the next reminder, or send one now."),
    ],
)
def test_advice_says_what_the_reason_does_not(task: Task, status: Status, words: str) -> None:
    assert advice(task, status, days=5) == words


# --- The page -------------------------------------------------------------------------------------
PAGE = "/consent/"
OFFICE = (Role.OFFICE,)


def names(response: Any) -> list[str]:
    """The pupils of the rows, in their order."""
    return [str(row.item.asked.pupil) for row in response.context["rows"]]


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def office_client(office: StaffMember, staff_client: Callable[..., Client]) -> Client:
    return staff_client(office)


def test_list_says_for_each_pupil_what_comes_next(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, dad: Guardian, tom: Pupil
) -> None:
    question = ask(asker, maya, tom)
    answer(request_of(question, tom, mum), takes_part=True)
    services.mark_failed([request_of(question, maya, dad).pk], now=clock.now())

    found = office_client.get(PAGE)

    assert names(found) == ["Maya Okafor"]
    [row] = found.context["rows"]
    assert (row.item.task, row.next.label) == (Task.FAILED, "Correct the address")
    assert row.next.url == f"/consent/guardians/{dad.pk}/"
    assert f'href="tel:{mum.telephone.replace(" ", "")}"' in text(found)
    everything = office_client.get(PAGE, {"task": "all"})
    assert names(everything) == ["Maya Okafor", "Tom Okafor"]
    assert names(office_client.get(PAGE, {"task": "done"})) == ["Tom Okafor"]


def test_host_sees_the_own_calls_without_telephone_numbers(
    host: StaffMember, colleague: StaffMember, staff_client: Callable[..., Client],
    maya: Pupil, mum: Guardian, tom: Pupil,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [maya, tom], co_hosts=[factories.make_staff()])
    other = factories.make_pupil("Zoe", "Zimmer")
    factories.make_guardian(other)
    calls.asked(colleague, [other, tom], co_hosts=[factories.make_staff()])

    own = staff_client(host).get(PAGE)
    assert names(own) == ["Maya Okafor", "Tom Okafor"]
    assert mum.telephone not in text(own)
    assert mum.telephone in text(staff_client(factories.make_staff(roles=OFFICE)).get(PAGE))
    assert f'href="/meetings/{meeting.pk}/"' in text(own)
    assert "Spreadsheet" not in text(own)
    assert "/consent/pupils/" not in text(own)
    theirs = staff_client(colleague).get(PAGE, {"call": meeting.question_id})
    assert (theirs.status_code, names(theirs)) == (422, [])


def test_e48_family_in_grief_is_in_no_list_of_things_to_do(
    asker: StaffMember, office_client: Client, deputy: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    ask(asker, maya)
    assert names(office_client.get(PAGE)) == ["Maya Okafor"]
    people.suspend_contact(maya, by=deputy)

    assert names(office_client.get(PAGE)) == []
    shown = text(office_client.get(PAGE, {"task": "all"}))
    assert "leave them in peace" in shown
    assert mum.telephone not in shown


def test_choices_have_true_counts(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, tom: Pupil
) -> None:
    factories.make_group(maya, tom, name="Oak")
    factories.make_group(tom, name="Ash")
    first, second = ask(asker, maya, tom), ask(asker, tom, about="meetings.meeting:2",
                                              asked=plan(starts_at=soon(2)))  # fmt: skip
    answer(request_of(first, tom, mum), takes_part=True)

    found = office_client.get(PAGE, {"task": "all", "year": "2"})

    labels = {name: dict(field.choices) for name, field in found.context["form"].fields.items()
              if hasattr(field, "choices")}  # fmt: skip
    assert names(found) == ["Tom Okafor", "Tom Okafor"]
    assert labels["year"] == {"": "Every year", 2: "Year 2 (2)", 4: "Year 4 (1)"}
    assert [label[-4:] for label in labels["call"].values()] == ["call", " (1)", " (1)"]
    assert labels["task"]["done"] == "Nothing to do (1)"
    assert labels["task"]["scheduled"] == "Not sent yet (1)"
    assert labels["task"][""] == "To do (1)"
    oak, ash = maya.teaching_groups.get().pk, tom.teaching_groups.get(name="Ash").pk
    assert labels["group"] == {"": "Every class", ash: "Ash (2)", oak: "Oak (2)"}
    assert labels["left"]["soon"] == "In 2 or 3 days (1)"
    for chosen, expected in (
        ({"group": ash}, ["Tom Okafor"]),
        ({"left": "soon"}, ["Tom Okafor"]),
        ({"call": second.pk}, ["Tom Okafor"]),
        ({"pupil": maya.pk}, ["Maya Okafor"]),
        ({"words": "amina"}, ["Tom Okafor", "Maya Okafor"]),
        ({"words": "MÁY oka"}, ["Maya Okafor"]),
        ({"words": "nobody"}, []),
    ):
        assert names(office_client.get(PAGE, chosen)) == expected, chosen


def soon(days: float) -> datetime:
    return clock.now() + timedelta(days=days)


@pytest.mark.parametrize(
    "chosen",
    [{"call": "999"}, {"call": "x"}, {"year": "9"}, {"task": "x"}, {"left": "x"}, {"group": "1e9"},
     {"words": "x" * 81}],
)  # fmt: skip
def test_choice_that_is_not_there_shows_nothing_and_keeps_what_was_typed(
    chosen: dict[str, str], asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    ask(asker, maya)
    found = office_client.get(PAGE, {"words": "maya", **chosen})
    assert (found.status_code, names(found)) == (422, [])
    assert "Please look at this again" in text(found)
    # A list is only looked at.
    assert "Nothing has been saved yet." not in text(found)
    assert 'value="maya"' in text(found) or "words" in chosen


def test_list_has_pages_of_25(asker: StaffMember, office_client: Client, school: Any) -> None:
    pupils = [factories.make_pupil() for _ in range(30)]
    for pupil in pupils:
        factories.make_guardian(pupil)
    ask(asker, *pupils)
    first, second = (office_client.get(PAGE, {"page": n, "words": "okafor"}) for n in (1, 2))
    assert (len(names(first)), len(names(second))) == (25, 5)
    assert 'href="?page=2&amp;words=okafor"' in text(first)
    assert len(names(office_client.get(PAGE, {"page": "nonsense"}))) == 25


@pytest.mark.parametrize("pupils", [1, 3, 30])
def test_list_costs_the_same_number_of_queries(
    pupils: int, asker: StaffMember, office_client: Client, school: Any,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    made = [factories.make_pupil() for _ in range(pupils)]
    for pupil in made:
        factories.make_guardian(pupil)
        factories.make_guardian(pupil, relationship="father")
    factories.make_group(*made)
    ask(asker, *made)
    office_client.get(PAGE)
    with django_assert_num_queries(14):
        office_client.get(PAGE)


def test_empty_list_says_so(
    office_client: Client, asker: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    assert "Nobody is being asked" in text(office_client.get(PAGE))
    question = ask(asker, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert "Every family that was asked has answered." in text(office_client.get(PAGE))


def test_call_that_has_begun_is_in_the_list_no_more(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    ask(asker, maya, asked=plan(starts_at=soon(1 / 24)))
    assert names(office_client.get(PAGE)) == ["Maya Okafor"]
    travel(soon(1 / 24))
    assert names(office_client.get(PAGE)) == []


def test_message_and_its_fate_stand_on_the_row(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, mailbox: Any
) -> None:
    ask(asker, maya)
    assert "Message waiting to be sent" in text(office_client.get(PAGE))
    mailbox()
    assert "Message sent" in text(office_client.get(PAGE))


def test_who_was_told_that_an_answer_is_set_aside_is_asked_again_by_that_letter(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian,
    mailbox: Any, travel: Any,
) -> None:  # fmt: skip
    question = ask(asker, maya)
    mailbox()
    given = answer(request_of(question, maya, mum), takes_part=True)
    travel(soon(1 / 48))
    services.invalidate(given, by=office, reason="the wrong pupil")
    [row] = office_client.get(PAGE).context["rows"]
    assert (row.item.task, row.next.label) == (Task.NO_ANSWER, "Send a reminder")


def test_set_aside_answer_is_asked_again_with_one_press(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian,
    mailbox: Any, travel: Any,
) -> None:  # fmt: skip
    question = ask(asker, maya)
    mailbox()
    asked = request_of(question, maya, mum)
    # Nobody was told that it came: so nobody is told that it counts no more.
    given = services.record_unclear(asked, by=office, name="", channel="paper")
    travel(soon(1 / 48))
    services.invalidate(given, by=office, reason="the wrong pupil")
    [row] = office_client.get(PAGE).context["rows"]
    assert (row.item.task, row.next.label, row.next.is_button) == (
        Task.ASK_AGAIN, "Ask again", True)  # fmt: skip

    travel(soon(1 / 48))
    back: Any = office_client.post(row.next.url, {"next": PAGE}, follow=True)

    [row] = back.context["rows"]
    assert (row.item.task, row.next.label) == (Task.NO_ANSWER, "Send a reminder")


def first_row(client: Client, **chosen: Any) -> Any:
    return client.get(PAGE, chosen).context["rows"][0]


def test_next_step_is_the_one_that_mends_it(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian,
    dad: Guardian, mailbox: Any,
) -> None:  # fmt: skip
    question = ask(asker, maya, asked=plan(starts_at=soon(1)))
    mailbox()
    hers, his = request_of(question, maya, mum), request_of(question, maya, dad)

    def step() -> tuple[Task, str, str]:
        row = first_row(office_client)
        return row.item.task, row.next.label, row.next.url

    tel = f"tel:{mum.telephone.replace(' ', '')}"
    assert step() == (Task.NO_ANSWER, "Ring Amina Okafor", tel)
    Guardian.objects.update(telephone="")
    assert step() == (Task.NO_ANSWER, "Record an answer", f"/consent/{hers.pk}/record/")
    services.disown(his, by=dad)
    assert step() == (Task.ASTRAY, "Check the address", f"/consent/guardians/{dad.pk}/")
    services.confirm_address(dad, by=office, email=dad.email, how="telephone")
    mailbox()
    services.ask_for_help(his, by=dad, need=Help.QUESTION)
    assert step() == (Task.HELP, "Record an answer", f"/consent/{his.pk}/record/")
    answer(hers, takes_part=False, wants_call=True)
    assert step() == (Task.HELP, "Record an answer", f"/consent/{hers.pk}/record/")
    answer(his, takes_part=True, name="Sam Stranger", relationship="other")
    assert step() == (Task.CHECK, "Check the answer", f"/consent/{his.pk}/check/")
    assert f'href="/consent/{his.pk}/check/?next=%2Fconsent%2F"' in text(office_client.get(PAGE))


def test_family_without_address_or_telephone_gets_a_form_on_paper(
    asker: StaffMember, office_client: Client
) -> None:
    child = factories.make_pupil("Leo", "Turner")
    factories.make_guardian(child, name="Gary Turner", email="", telephone="")
    ask(asker, child)
    row = first_row(office_client)
    assert (row.item.task, row.next.label) == (Task.NO_ADDRESS, "Print a form")
    assert row.advice == (
        "Then put the address right. "
        "There is no number on record that may be rung: use paper, or speak to them."
    )

    # The button that is answered with a file comes back, and no other does before the time.
    before, _, after = text(office_client.get(PAGE)).partition(f'action="{row.next.url}"')
    assert "data-download" in after.partition(">")[0]
    assert (before + after).count("data-download") == 1
    drawn = office_client.post(row.next.url)

    assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "application/pdf")
    assert drawn.content.startswith(b"%PDF-")
    assert Entry.objects.filter(verb="consent.print").count() == 1


def test_who_is_rung_is_whose_answer_is_missing(
    asker: StaffMember, office_client: Client, mailbox: Any
) -> None:
    child = factories.make_pupil("Poppy", "Lewis")
    factories.make_guardian(child, name="Jess Lewis", email="")
    factories.make_guardian(child, name="Rita Lewis", relationship="grandparent")
    ask(asker, child, asked=plan(starts_at=soon(1)))
    mailbox()
    row = first_row(office_client)
    assert (row.reason, row.next.label) == ("No answer yet from Grandparent.", "Ring Rita Lewis")


def test_row_says_what_a_family_wishes(
    asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(asker, maya)
    answer(request_of(question, maya, mum), takes_part=False, objection="time", wants_call=True)
    services.ask_for_help(request_of(question, maya, dad), by=dad, need=Help.LANGUAGE)
    assert [person.said for person in first_row(office_client).people] == [
        "Said no, because the time does not suit them, asks for a call",
        "Asks for another language",
    ]


def state_of(shown: str, name: str) -> str:
    """What a row says of one person's message."""
    _, _, after = shown.partition(f"<b>{name}</b>")
    state = after.partition('<span class="worklist-state">')[2].partition("</span>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", state).split())


def test_e26_letter_that_reached_somebody_else_is_told_of_in_one_way_on_every_page(
    host: StaffMember, office_client: Client, staff_client: Callable[..., Client], maya: Pupil,
    mum: Guardian, dad: Guardian, mailbox: Any,
) -> None:  # fmt: skip
    """The e-mail was only passed on, and the father has agreed meanwhile."""
    meeting = calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    mailbox()
    asked = request_of(meeting.question, maya, mum)
    services.disown(asked, by=mum, is_mailbox_wrong=False)
    told = "Whoever opened the link of Mother says it was not meant for them."
    row = first_row(office_client)
    assert (row.item.task, row.reason, row.advice, row.next.label) == (
        Task.ASTRAY, told, "Correct the address, or confirm that it is theirs.",
        "Check the address",
    )  # fmt: skip
    answer(request_of(meeting.question, maya, dad), takes_part=True, relationship="father")
    row = first_row(office_client)
    assert (row.item.task, row.reason, row.advice) == (
        Task.ASTRAY,
        "Father said yes.",
        "Whoever opened one of the links says it was not meant for them: "
        "correct the address, or confirm that it is theirs.",
    )
    state = state_of(text(office_client.get(PAGE)), mum.name)
    assert state.startswith("Message sent,")
    assert state.endswith("· Whoever opened the link says it was not meant for them")
    found: Any = office_client.get(f"{PAGE}remind/")
    assert {one.name: one.why for one in found.context["spared"]} == {
        mum.name: Spared.DISOWNED.value, dad.name: Spared.ANSWERED.value
    }  # fmt: skip
    [sheet] = [
        line for line in lines(office_client.get(f"{PAGE}export/"))[1:] if line[7] == mum.name
    ]
    assert sheet[12].endswith("sent, and whoever opened the link says it was not meant for them")
    own = " ".join(text(staff_client(host).get(f"/meetings/{meeting.pk}/")).split())
    assert "· message sent; the office is finding out whom it reached" in own


def test_e46_address_that_is_corrected_waits_for_nobody(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian,
    mailbox: Any, travel: Any,
) -> None:  # fmt: skip
    question = ask(asker, maya)
    mailbox()
    asked = request_of(question, maya, mum)
    notice = Notice.objects.get(kind="consent_request")
    Notice.objects.filter(pk=notice.pk).update(state="failed", fate="bounced", ended_at=clock.now())
    services.mark_failed([asked.pk], because="bounced", now=clock.now())
    assert first_row(office_client).next.label == "Correct the address"
    travel(clock.now() + timedelta(minutes=1))

    services.correct_address(mum, by=office, email="amina@right.example")

    row = first_row(office_client)
    told = "is corrected: the letter goes out again by itself within a minute"
    assert (row.item.task, row.reason, row.next) == (
        Task.SCHEDULED, f"The address of Mother {told}.", None
    )  # fmt: skip
    shown = text(office_client.get(PAGE))
    assert state_of(shown, mum.name) == f"The address {told}"
    assert [words for words in ("Correct the address", "did not reach") if words in shown] == []

    mending.mend(now=clock.now())

    row = first_row(office_client)
    assert (row.item.task, row.reason) == (
        Task.SCHEDULED, "The message to Mother has not left yet."
    )  # fmt: skip


def test_answer_that_a_parent_undid_is_not_laid_to_the_office(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(asker, maya), maya, mum)
    answer(asked, takes_part=True)
    services.undo(asked, by=mum)
    told = "Mother undid an answer and has not answered again."
    assert first_row(office_client).reason == told
    services.invalidate(answer(asked, takes_part=True), by=office, reason="Wrong pupil.")
    assert first_row(office_client).reason == "The answer of Mother was set aside as never given."


def test_host_is_told_who_looks_after_what_a_host_may_not_do(
    host: StaffMember, staff_client: Callable[..., Client], maya: Pupil, mum: Guardian
) -> None:
    meeting = calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    asked = request_of(meeting.question, maya, mum)
    services.mark_failed([asked.pk], now=clock.now())
    failed = first_row(staff_client(host))
    assert (failed.next.label, failed.next.is_button) == ("Send it again", True)
    services.disown(asked, by=mum)
    disowned = first_row(staff_client(host))
    assert (disowned.next, disowned.advice) == (None, "The office looks after it.")
    answer(asked, takes_part=True, name="Sam Stranger", relationship="other")
    unchecked = first_row(staff_client(host))
    assert (unchecked.next, unchecked.advice) == (None, "The office looks after it.")


def test_e41_pupil_of_18_and_e45_child_without_anybody_are_listed(
    asker: StaffMember, office_client: Client, school: Any
) -> None:
    adult = factories.make_pupil(
        "Ada", "Adult", born_on=date(2008, 1, 1), email="ada@school.example"
    )
    nobody = factories.make_pupil("Nina", "Noone")
    ask(asker, adult, nobody)
    rows = office_client.get(PAGE).context["rows"]
    assert [(str(row.item.asked.pupil), row.item.task, row.next and row.next.label)
            for row in rows] == [
        ("Nina Noone", Task.NO_ADDRESS, "Print a form"),
        ("Ada Adult", Task.SCHEDULED, None),
    ]  # fmt: skip
    people_of = [row[7] for row in lines(office_client.get(f"{PAGE}export/"))[1:]]
    assert people_of == ["the family", "Ada Adult"]
    found: Any = office_client.get(f"{PAGE}remind/")
    assert [letter.address for letter in found.context["found"].letters] == ["ada@school.example"]
    assert [one.why for one in found.context["spared"]] == ["nobody is on record"]


@pytest.mark.parametrize("page", ["export", "remind"])
def test_choice_that_is_not_there_leads_back_to_the_list(
    page: str, asker: StaffMember, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    ask(asker, maya)
    found = office_client.get(f"{PAGE}{page}/", {"call": "999", "other": "x"})
    assert (found.status_code, found.headers["Location"]) == (302, f"{PAGE}?call=999")


# --- The spreadsheet ------------------------------------------------------------------------------
def lines(response: Any) -> list[list[str]]:
    content = response.content.decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:])))


def test_spreadsheet_holds_what_was_chosen_and_says_who_took_it(
    asker: StaffMember, office: StaffMember, office_client: Client, maya: Pupil, mum: Guardian,
    dad: Guardian, tom: Pupil,
) -> None:  # fmt: skip
    ask(asker, maya, tom)
    found = office_client.get(f"{PAGE}export/", {"year": "4"})

    assert [(row[0], row[7], row[10]) for row in lines(found)[1:]] == [
        ("Maya Okafor", "Amina Okafor", "amina@family.example"),
        ("Maya Okafor", "Bayo Okafor", "bayo@family.example"),
    ]
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["Content-Disposition"] == 'attachment; filename="consent-2026-09-15.csv"'
    entry = Entry.objects.get(verb="consent.export.read")
    assert (entry.actor, entry.detail) == (office.actor, {"rows": 2, "wanted": ["year"]})


def test_e30_blocked_guardian_is_in_no_spreadsheet_nor_an_address_shared_with_one(
    asker: StaffMember, lead: StaffMember, office_client: Client, maya: Pupil, mum: Guardian
) -> None:
    shared = {"approved_by": lead, "blocked_from": date(2026, 1, 1), "name": "Boris Blocked"}
    factories.make_blocked_guardian(maya, **shared, email="AMINA@family.example")
    ask(asker, maya)
    content = office_client.get(f"{PAGE}export/").content.decode()
    assert "Amina Okafor" in content
    assert "Boris" not in content
    assert "amina@family.example" not in content.lower()


@pytest.mark.parametrize(
    ("value", "cell"),
    [("Maya", "Maya"), ("=1+1", "'=1+1"), ("+44 7700", "'+44 7700"), ("-1", "'-1"),
     ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("\n=x", "'\n=x"),
     ("  =x", "'  =x"), ("＝x", "'＝x"), (7, "7"), ("", ""), ("a=b", "a=b")],
)  # fmt: skip
def test_spreadsheet_calculates_nothing_that_a_person_typed(value: object, cell: str) -> None:
    assert spreadsheet.cell(value) == cell


def test_formula_for_a_name_is_text_in_the_file(
    asker: StaffMember, office_client: Client, school: Any
) -> None:
    pupil = factories.make_pupil("=cmd|'/c calc'!A0", "Okafor")
    factories.make_guardian(pupil, name="@evil", telephone="+44 7700 900001")
    ask(asker, pupil)
    [_, row] = lines(office_client.get(f"{PAGE}export/"))
    assert [value for value in row if value[:1] in "=+-@" and value] == []
    assert (row[7], row[9]) == ("'@evil", "'+44 7700 900001")
