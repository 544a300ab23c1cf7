from datetime import date, timedelta
from typing import Any

import pytest

from consent import services
from consent.models import Answer, Request
from consent.policy import Status, Way
from consent.selectors import (
    Family,
    asked_rows,
    families_agreed,
    families_consenting,
    link,
    opened,
    pupil_consents,
)
from consent.selectors.answers import answers_to, by_request
from consent.selectors.opened import BEHIND, behind
from school.models import Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import answer, ask, page, request_of

pytestmark = pytest.mark.django_db


def token_of(request: Any) -> str:
    return page(request).split("/")[2]


def test_pupil_consents_takes_three_queries_for_any_number(
    host: StaffMember, django_assert_num_queries: Any
) -> None:
    questions = []
    for number in range(4):
        pupils = [factories.make_pupil() for _ in range(5)]
        for pupil in pupils:
            factories.make_guardian(pupil)
        questions.append(ask(host, *pupils, about=f"meetings.meeting:{number}"))
    with django_assert_num_queries(3):
        found = pupil_consents([question.pk for question in questions], clock.now())
    assert len(found) == 20
    with django_assert_num_queries(3):
        pupil_consents([questions[0].pk], clock.now())
    with django_assert_num_queries(3):
        assert families_consenting(questions[0].pk, clock.now()) == []
    viewer = host.viewer()
    with django_assert_num_queries(7):
        assert len(asked_rows(questions[0].pk, viewer, clock.now())) == 5


def test_e46_family_whose_letter_came_back_has_its_link_by_hand_and_by_mail_once_corrected(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    Guardian.objects.update(email_closed_at=clock.now())
    [family] = families_agreed(question.pk, clock.now())
    assert (family.way, family.why) == (
        Way.BY_HAND,
        "a message to this address came back or reached somebody else",
    )
    assert families_consenting(question.pk, clock.now()) == [family]
    Request.objects.update(disowned_at=clock.now() - timedelta(hours=1))
    [disowned] = families_agreed(question.pk, clock.now())
    assert (disowned.way, families_consenting(question.pk, clock.now())) == (Way.BY_HAND, [])


def test_families_consenting_are_those_whose_own_yes_stands(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya, tom)
    for pupil in (maya, tom):
        answer(request_of(question, pupil, mum), takes_part=True)
    # Ordered by family and given name: Maya before Tom.
    assert families_consenting(question.pk, clock.now()) == [
        Family(guardian_id=mum.pk, pupil_ids=(maya.pk, tom.pk), name="Amina Okafor")
    ]
    answer(request_of(question, maya, dad), takes_part=False, relationship="father")
    assert families_consenting(question.pk, clock.now()) == [
        Family(guardian_id=mum.pk, pupil_ids=(tom.pk,), name="Amina Okafor")
    ]


def test_e41_adult_pupil_is_their_own_family(host: StaffMember, school: Any) -> None:
    from_birth = clock.today().replace(year=2008)
    adult = factories.make_pupil("Ada", "Lane", born_on=from_birth, email="ada@elmfield.example")
    question = ask(host, adult)
    answer(request_of(question, adult, None), takes_part=True, relationship="self")
    assert families_consenting(question.pk, clock.now()) == [
        Family(guardian_id=None, pupil_id=adult.pk, pupil_ids=(adult.pk,), name="Ada Lane")
    ]


def test_family_that_may_not_be_written_to_gets_no_join_link(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert len(families_consenting(question.pk, clock.now())) == 1
    Pupil.objects.filter(pk=maya.pk).update(is_contact_suspended=True)
    assert families_consenting(question.pk, clock.now()) == []


def test_e48_yes_of_a_family_with_suspended_contact_does_not_count(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    Pupil.objects.filter(pk=maya.pk).update(is_contact_suspended=True)
    found = pupil_consents([question.pk], clock.now())[question.pk, maya.pk]
    assert found.status == Status.VOID
    assert found.reason == "Contact with the family of Maya is suspended."


def test_leaver_has_no_consent(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    Pupil.objects.filter(pk=maya.pk).update(left_on=clock.today())
    found = pupil_consents([question.pk], clock.now())[question.pk, maya.pk]
    assert (found.status, found.reason) == (Status.VOID, "Maya has left the school.")


def test_two_mothers_are_told_apart_by_name(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    other = factories.make_guardian(maya, name="Grace Mensah", relationship="mother")
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(request_of(question, maya, other), takes_part=False)
    found = pupil_consents([question.pk], clock.now())[question.pk, maya.pk]
    assert found.reason == "Amina Okafor said yes, Grace Mensah said no: counts as no."


def test_asked_rows_show_answer_message_and_what_to_check(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    strange = answer(request_of(question, maya, dad), takes_part=True, name="Grace Mensah")
    [row] = asked_rows(question.pk, host.viewer(), clock.now())
    shown = [
        (one.name, one.relationship, one.answer, one.message, one.unchecked_answer_id)
        for one in row.people
    ]
    assert shown == [
        ("Amina Okafor", "mother", "yes", "waiting to be sent", None),
        ("Bayo Okafor", "father", "", "waiting to be sent", strange.pk),
    ]
    assert [one.needs_check for one in row.people] == [False, True]


def test_link_is_the_address_of_the_page(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert link(asked) == f"http://localhost:8000{page(asked)}"


def test_opened_shows_the_request_until_the_call_ends(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    for now, is_there in (
        (clock.now(), True),
        (question.ends_at - timedelta(seconds=1), True),
        (question.ends_at, False),
    ):
        assert (opened(token_of(asked), now) is not None) is is_there


@pytest.mark.parametrize("cause", ["blocked", "left", "adult", "released", "revoked", "stops"])
def test_opened_is_nothing_once_the_person_may_not_be_told(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, cause: str
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    assert opened(token_of(asked), clock.now()) is not None
    pupil, tie = Pupil.objects.filter(pk=maya.pk), Guardianship.objects.filter(guardian=mum)
    match cause:
        case "blocked":
            tie.update(
                blocked_from=clock.today(),
                block_reason="order",
                block_evidence="file",
                block_approved_by=lead,
            )
        case "left":
            pupil.update(left_on=clock.today())
        case "adult":
            pupil.update(born_on=clock.today().replace(year=2008))
        case "released":
            services.release(question, by=host, pupil_ids=[maya.pk])
        case "revoked":
            services.send_new_link(asked, by=mum)
        case "stops":
            tie.update(counts_for_consent=False)
    assert opened(token_of(asked), clock.now()) is None


def test_e44_siblings_of_a_safe_address_stand_on_nobodys_page(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, tom)
    first = request_of(question, maya, mum)
    found = opened(token_of(first), clock.now())
    assert found is not None
    assert [one.name for one in found.siblings] == ["Tom O."]
    Pupil.objects.filter(pk=tom.pk).update(is_address_confidential=True)
    found = opened(token_of(first), clock.now())
    assert found is not None
    assert found.siblings == ()
    found = opened(token_of(request_of(question, tom, mum)), clock.now())
    assert found is not None
    assert found.siblings == ()


def test_a_link_shows_no_child_of_another_family_on_the_same_call(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    stranger = factories.make_pupil("Zoe", "Nowak")
    theirs = factories.make_guardian(stranger, name="Ola Nowak")
    question = ask(host, maya, tom, stranger)
    found = opened(token_of(request_of(question, maya, mum)), clock.now())
    assert found is not None
    assert [one.name for one in found.siblings] == ["Tom O."]
    found = opened(token_of(request_of(question, stranger, theirs)), clock.now())
    assert found is not None
    assert found.siblings == ()


def test_another_familys_child_never_stands_on_a_page(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    other = factories.make_pupil("Zoe", "Quartermain")
    stranger = factories.make_guardian(other, name="Una Quartermain")
    adult = factories.make_pupil(
        "Ada", "Lane", born_on=clock.today().replace(year=2008), email="ada@elmfield.example"
    )
    alone = factories.make_pupil("Ali", "Nobody")
    question = ask(host, maya, tom, other, adult, alone)
    for pupil, guardian, expected in (
        (maya, mum, ["Tom O."]),
        (tom, mum, ["Maya O."]),
        (other, stranger, []),
        (adult, None, []),
    ):
        found = opened(token_of(request_of(question, pupil, guardian)), clock.now())
        assert found is not None
        assert [one.name for one in found.siblings] == expected
    assert opened(token_of(request_of(question, alone, None)), clock.now()) is None


def facts(row: Any) -> dict[str, Any]:
    """Everything that a row carries, with the rows that came along with it."""
    kept = {name: value for name, value in vars(row).items() if name != "_state"}
    along = row._state.fields_cache
    return kept | {name: facts(other) if other else None for name, other in along.items()}


def test_page_reads_by_written_sql_what_its_queries_say(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    alone, grown = factories.make_pupil(), factories.make_pupil(born_on=date(2000, 2, 29))
    questions = [ask(host, maya, tom, alone, grown), ask(host, maya, about="meetings.meeting:2")]
    said = request_of(questions[0], maya, mum)
    answer(said, takes_part=True)
    answer(request_of(questions[0], maya, dad), takes_part=False, name="Somebody Else")
    Request.objects.filter(question=questions[1], guardian=dad).update(ended_at=clock.now())
    pks = list(Request.objects.values_list("pk", flat=True))
    assert {len(behind(pk)) for pk in pks} == {0, 1, 2}
    for pk in [*pks, 0, 2_000_000_000]:
        assert [facts(row) for row in BEHIND.rows(pk)] == [facts(row) for row in behind(pk)]
    asked_all = by_request(Answer.objects.filter(request__in=pks))
    assert len(asked_all) == 2
    for some in (pks, pks[:1], [said.pk]):
        plain = by_request(Answer.objects.filter(request__in=some))
        written = answers_to(some)
        assert {pk: [facts(row) for row in rows] for pk, rows in written.items()} == {
            pk: [facts(row) for row in rows] for pk, rows in plain.items()
        }
