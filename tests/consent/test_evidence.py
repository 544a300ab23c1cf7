"""The evidence of one pupil and one call: all of it, nothing of anybody else, at a fixed price."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from audit.models import Entry
from concerns.models import Concern
from consent import services
from consent.models import Question
from consent.pages import EvidencePage, evidence_page, evidence_paper
from consent.policy import Help
from consent.selectors import evidence
from notices import services as outbox
from notices.models import Delivery
from school.models import Guardian, Pupil, StaffMember
from school.selectors import school as the_school
from schoolsafe.lib import clock, scans
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns.log import MARKERS, child, log
from tests.consent.builders import answer, ask, plan, request_of
from tests.lib.test_scans import PDF
from tests.names import names_in


def told(question: Question, pupil: Pupil) -> EvidencePage:
    question.refresh_from_db()
    found = evidence(question, pupil, clock.now())
    assert found is not None
    return evidence_page(found)


def later(travel: Any, **by: int) -> None:
    travel(clock.now() + timedelta(**by))


@pytest.fixture
def story(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    dad: Guardian,
    travel: Any,
) -> Question:
    """Asked; the mother says yes by her link; the father's paper is unclear, then he says no on the
    telephone, which is set aside; the plan changes; somebody else answers for the mother."""
    question = ask(host, maya)
    outbox.run_due(clock.now())
    later(travel, hours=1)
    answer(request_of(question, maya, mum), takes_part=True, name="Amina Okafor")
    later(travel, hours=1)
    form = services.print_forms(question, by=host, request_ids=[request_of(question, maya, dad).pk])
    services.record_unclear(
        request_of(question, maya, dad),
        by=office,
        name="Bayo Okafor",
        channel="paper",
        note="Both boxes are ticked.",
        form=form[0],
        scan=scans.clean(PDF),
    )
    later(travel, hours=1)
    said = services.record(
        request_of(question, maya, dad),
        by=office,
        takes_part=False,
        may_be_recorded=None,
        name="Bayo Okafor",
        relationship="father",
        channel="telephone",
        note="He rang at break.",
    )
    services.invalidate(said, by=office, reason="It was another Bayo.")
    later(travel, hours=1)
    services.reword(question, by=host, asked=plan(staff=("Helen Host", "Rita Reserve")))
    services.ask_for_help(request_of(question, maya, dad), by=dad, need=Help.LANGUAGE)
    outbox.run_due(clock.now())
    later(travel, hours=1)
    said = answer(
        request_of(question, maya, mum), takes_part=True, name="Zoe Stranger", relationship="other"
    )
    services.check(said, by=office, is_accepted=False, note="Rang Amina: not hers.")
    later(travel, minutes=5)
    services.send_new_link(request_of(question, maya, mum), by=mum)
    outbox.run_due(clock.now())
    return question


def test_evidence_tells_the_whole_story(story: Question, maya: Pupil) -> None:
    page = told(story, maya)
    assert (page.pupil, page.call) == ("Maya Okafor (Year 4)", "Reading group")
    assert page.sentence == "Maya may not take part as things stand."
    assert page.detail == "Father asks for another language: call them."
    assert [line.words for line in page.versions] == [
        "Version 1: the first text.",
        "Version 2: When: Friday 25 September, 2:00 pm → Friday 25 September, 6:00 pm; "
        "Until: Friday 25 September, 2:45 pm → Friday 25 September, 6:45 pm; "
        "With: Helen Host, Colin Cohost → Helen Host, Rita Reserve. Families were asked again.",
    ]
    mother, father = page.people
    assert (mother.heading, mother.sentence) == (
        "Amina Okafor, mother",
        "Counts; the answer that stands to an earlier plan: yes.",
    )
    assert dict(mother.facts) == {
        "First asked": "Tuesday 15 September, 2:00 pm",
        "Link": "version 2; 1 earlier no longer open anything",
        "Reminders sent": "none",
    }
    assert (father.heading, father.sentence) == (
        "Bayo Okafor, father",
        "Counts; the answer that stands to an earlier plan: unclear.",
    )
    assert dict(father.facts)["Help asked"] == "another language, Tuesday 15 September, 6:00 pm"


def test_evidence_says_that_a_namesake_is_another_person(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, asked=plan(staff_ids=("1", "2")))
    answer(request_of(question, maya, mum), takes_part=True)
    services.reword(question, by=host, asked=plan(staff_ids=("1", "3")))
    words = "Another person of the same name: Colin Cohost"
    page = told(question, maya)
    assert page.versions[-1].words == f"Version 2: {words}. Families were asked again."
    assert dict(page.people[0].answers[0].facts)["Changed since"] == words


def test_evidence_of_an_answer_by_link(story: Question, maya: Pupil) -> None:
    first, second = told(story, maya).people[0].answers
    assert first.heading == "Yes, Tuesday 15 September, 3:00 pm"
    assert dict(first.facts) == {
        "Given by": "Amina Okafor (mother)",
        "How": "by the link",
        "Worth": "It was given to a plan that has materially changed since, and does not count.",
        "Link last sent with": "Question to a family, Tuesday 15 September, 2:00 pm",
        "Changed since": "When: Friday 25 September, 2:00 pm → Friday 25 September, 6:00 pm; "
        "Until: Friday 25 September, 2:45 pm → Friday 25 September, 6:45 pm; "
        "With: Helen Host, Colin Cohost → Helen Host, Rita Reserve",
    }
    assert first.told_heading == "Exactly what was read: version 1, in English"
    assert dict(first.told)["With"] == "Helen Host, Colin Cohost"
    assert dict(first.told)["Rules"].startswith("Two members of staff are on the call")
    assert dict(second.facts) == {
        "Given by": "Zoe Stranger (somebody else)",
        "Somebody else": "the name is not that of the person asked",
        "How": "by the link",
        "Worth": "It does not count.",
        "Link last sent with": "Change of plan, Tuesday 15 September, 6:00 pm",
        "Checked": "not accepted by Olive Office, Tuesday 15 September, 7:00 pm. "
        "Rang Amina: not hers.",
    }


def test_evidence_of_paper_and_telephone(story: Question, maya: Pupil) -> None:
    father = told(story, maya).people[1]
    unclear, refused = father.answers
    facts = dict(unclear.facts)
    assert facts["How"] == (
        "on paper, written down by Olive Office on Tuesday 15 September, 4:00 pm"
    )
    assert facts["Form"].endswith("printed on Tuesday 15 September, 4:00 pm")
    assert (facts["Note"], facts["Scan of the paper"]) == (
        "Both boxes are ticked.",
        "kept encrypted (PDF, 1 KB)",
    )
    assert unclear.scan_of is not None
    facts = dict(refused.facts)
    assert (facts["Given by"], facts["Note"], facts["Worth"], refused.scan_of) == (
        "Bayo Okafor (father)",
        "He rang at break.",
        "It does not count.",
        None,
    )
    assert facts["Set aside"] == (
        "by Olive Office, Tuesday 15 September, 5:00 pm. It was another Bayo."
    )
    assert [line.words[:4] for line in father.happened] == ["Form", "Help"]


def test_evidence_shows_each_letter_as_it_left_with_what_the_server_said(
    story: Question, maya: Pupil
) -> None:
    Delivery.objects.update(answer="250 ok for <amina@family.example>")
    messages = told(story, maya).people[0].messages
    assert [one.heading for one in messages] == [
        "Question to a family",
        "Receipt of an answer",
        "Change of plan",
        "Warning: another name answered",
        "New link",
    ]
    first = messages[0]
    facts = dict(first.facts)
    assert facts["Left"] == "Tuesday 15 September, 2:00 pm"
    assert facts["Try 1"] == (
        "Tuesday 15 September, 2:00 pm: the mail server accepted it (250 ok for <[address]>)"
    )
    assert "Maya O." in first.text
    assert "/c/***" in first.text


def test_evidence_never_holds_a_key_or_an_address(story: Question, maya: Pupil) -> None:
    words = str(told(story, maya))
    assert "/c/***" in words
    for guardian in Guardian.objects.all():
        assert guardian.email not in words
        assert guardian.telephone not in words


def test_e44_evidence_names_no_other_child_and_none_of_their_answers(
    host: StaffMember, office: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    """One letter was about both; his refusal and its note are his own."""
    question = ask(host, maya, tom)
    outbox.run_due(clock.now())
    answer(request_of(question, maya, mum), takes_part=True)
    services.record(
        request_of(question, tom, mum),
        by=office,
        takes_part=False,
        may_be_recorded=None,
        name="Amina Okafor",
        relationship="mother",
        channel="telephone",
        note="Tom is in hospital.",
    )
    outbox.run_due(clock.now())
    assert "Tom is in hospital." in str(told(question, tom))
    page = told(question, maya)
    letter = page.people[0].messages[0]
    assert (letter.names_others, "[another child]" in letter.text) == (True, True)
    assert names_in(str(page), "Maya", "Tom") == ["Maya"]
    assert "hospital" not in str(page)
    assert len(page.people[0].answers) == 1


def test_evidence_of_one_call_holds_nothing_of_another(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    other = ask(host, maya, about="meetings.meeting:2", asked=plan(title="Speech therapy"))
    outbox.run_due(clock.now())
    answer(request_of(other, maya, mum), takes_part=False, objection="time")
    assert "Speech therapy" in str(told(other, maya))
    page = told(question, maya)
    assert ("Speech therapy" in str(page), "does not suit" in str(page)) == (False, False)
    assert (page.people[0].answers, len(page.people[0].messages)) == ((), 1)


def test_e33_evidence_of_a_child_with_a_safe_address_names_no_staff_and_no_class(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    assert "Helen Host" not in told(question, maya).call
    services.reword(question, by=host, asked=plan(staff=("Helen Host", "Rita Reserve")))
    assert "Rita Reserve" in str(told(question, maya))
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    maya.refresh_from_db()
    other = ask(host, maya, about="meetings.meeting:2")
    outbox.run_due(clock.now())
    answer(request_of(other, maya, mum), takes_part=True)
    services.reword(other, by=host, asked=plan(staff=("Helen Host", "Rita Reserve")))
    page = told(other, maya)
    assert (page.pupil, page.call, page.is_hidden) == ("Maya Okafor", "A video call", True)
    for hidden in ("Helen", "Colin", "Rita", "Reading", "Year 4"):
        assert hidden not in str(page)


def test_e33_evidence_leaves_out_what_was_told_before_the_address_was_safe(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, asked=plan(reserves=("Rita Reserve",)))
    outbox.run_due(clock.now())
    [form] = services.print_forms(question, by=host)
    services.record(
        form.request,
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Amina Okafor",
        relationship="mother",
        channel="paper",
        form=form,
    )
    services.resend(form.request, by=host)
    outbox.run_due(clock.now())
    said = ("Helen Host", "Colin Cohost", "Rita Reserve", "Reading group", "Reading together")
    assert [words in str(told(question, maya)) for words in said] == [True] * 5
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    maya.refresh_from_db()
    page = told(question, maya)
    assert [words in str(page) for words in said] == [False] * 5
    answered = dict(page.people[0].answers[0].told)
    assert (answered["Child"], answered["With"]) == ("Maya", "[left out]")
    assert answered["Or in their place"] == "[left out]"
    assert "[left out]" in page.people[0].messages[0].text
    assert "Olive Office" in str(page)


def test_e74_evidence_never_tells_that_a_concern_exists(
    story: Question, maya: Pupil, lead: StaffMember, office: StaffMember, staff_client: Any
) -> None:
    log(lead, child(maya))
    address = reverse("consent:evidence", args=[story.pk, maya.pk])
    page = staff_client(office).get(address).content.decode()
    assert "Maya Okafor" in page
    for marker in (*MARKERS, Concern.objects.get().reference):
        assert marker not in page


def test_blocked_guardian_was_asked_and_does_not_count(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, dad), takes_part=True, relationship="father")
    dad.guardianships.update(
        blocked_from=clock.today(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    mother, father = told(question, maya).people
    assert (mother.heading, father.heading) == ("Amina Okafor, mother", "Bayo Okafor, father")
    assert father.sentence == "Was asked; does not count now."
    assert len(father.answers) == 1


def test_pupil_taken_off_keeps_their_evidence(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    services.release(question, by=host, pupil_ids=[maya.pk])
    page = told(question, maya)
    assert page.sentence == "Nobody is asked about Maya any more: taken off this call."
    assert len(page.people[0].answers) == 1


def test_evidence_costs_the_same_for_much(
    story: Question, maya: Pupil, tom: Pupil, host: StaffMember, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(COST):
        evidence(story, maya, clock.now())
    for _ in range(3):
        factories.make_guardian(maya)
        factories.make_guardian(factories.make_pupil())
    pupils = [*Pupil.objects.all()]
    services.ask(
        by=host,
        about=story.about,
        asked=Question.objects.get(pk=story.pk).asked,
        pupil_ids=[pupil.pk for pupil in pupils],
        closes_at=story.closes_at,
    )
    outbox.run_due(clock.now())
    with django_assert_num_queries(COST):
        evidence(story, maya, clock.now())


COST = 13


def test_page_and_paper_are_read_by_those_who_may_and_each_look_is_written_down(
    story: Question, maya: Pupil, host: StaffMember, head: StaffMember, staff_client: Any
) -> None:
    addresses = [
        reverse(f"consent:{name}", args=[story.pk, maya.pk])
        for name in ("evidence", "evidence_file")
    ]
    browser: Callable[..., Any] = staff_client(head).get
    page, paper = (browser(address) for address in addresses)
    assert "Rang Amina: not hers." in page.content.decode()
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    looks = Entry.objects.filter(verb="consent.read").order_by("pk")
    assert [(one.actor, one.object, one.detail) for one in looks] == [
        (head.actor, f"consent.question:{story.pk}", {"pupil": maya.pk, "form": form})
        for form in ("page", "file")
    ]
    assert [staff_client(host).get(address).status_code for address in addresses] == [403, 403]
    with pytest.raises(NotAllowed):
        services.look_at_evidence(story, maya, by=host, form="page")


def test_evidence_of_nobody_who_was_asked_does_not_exist(
    story: Question, tom: Pupil, office: StaffMember, staff_client: Any
) -> None:
    address = reverse("consent:evidence", args=[story.pk, tom.pk])
    assert staff_client(office).get(address).status_code == 404
    assert Entry.objects.filter(verb="consent.read").count() == 0


def test_paper_is_drawn_from_the_rows_of_the_page(
    story: Question, maya: Pupil, office: StaffMember
) -> None:
    page = told(story, maya)
    content = evidence_paper(page, number=story.pk, school=the_school(), by=office, now=clock.now())
    assert content[:5] == b"%PDF-"
    assert content.count(b"/Type /Page\n") >= 3
