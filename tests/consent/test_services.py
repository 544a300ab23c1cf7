import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from consent import events, services
from consent.models import Answer, Check, LinkWish, Question, Request, Wording
from consent.policy import Channel, Help, Status
from consent.services import Outdated, TooLate
from consent.services.wishing import LOST
from notices.models import Ladder, Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import ON_POSTGRESQL
from tests.consent.builders import answer, ask, consent_of, kinds_of, plan, request_of, wish

pytestmark = pytest.mark.django_db


# --- Asking ---------------------------------------------------------------------------------------
def test_ask_writes_one_letter_for_each_guardian(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    assert {request.guardian for request in question.requests.all()} == {mum, dad}
    rows = Notice.objects.order_by("guardian_id").values_list("kind", "guardian", "pupil_ids")
    assert list(rows) == [
        ("consent_request", mum.pk, [maya.pk]),
        ("consent_request", dad.pk, [maya.pk]),
    ]
    assert [entry.verb for entry in Entry.objects.all()] == ["consent.ask"]
    assert Wording.objects.get().facts["staff"] == ["Helen Host", "Colin Cohost"]


def test_e44_siblings_share_one_letter(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    ask(host, maya, tom)
    assert [sorted(notice.pupil_ids) for notice in Notice.objects.all()] == [[maya.pk, tom.pk]]


def test_e44_a_sibling_with_a_safe_address_has_a_letter_of_their_own(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    Pupil.objects.filter(pk=tom.pk).update(is_address_confidential=True)
    ask(host, maya, tom)
    assert sorted(notice.pupil_ids for notice in Notice.objects.all()) == [[maya.pk], [tom.pk]]


def test_ask_again_with_more_pupils_asks_only_the_new_ones(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    asked = plan()
    ask(host, maya, asked=asked)
    ask(host, maya, tom, asked=asked)
    ask(host, maya, tom, asked=asked)
    assert [notice.pupil_ids for notice in Notice.objects.order_by("pk")] == [[maya.pk], [tom.pk]]
    assert Question.objects.get().version == 1


def test_e30_blocked_guardian_is_neither_asked_nor_counted(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    blocked = factories.make_blocked_guardian(maya, approved_by=lead, blocked_from=date(2026, 1, 1))
    question = ask(host, maya)
    assert [request.guardian for request in question.requests.all()] == [mum]
    assert blocked.pk not in Notice.objects.values_list("guardian", flat=True)


def test_e30_a_block_after_the_yes_takes_it_away(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).is_given
    mum.guardianships.update(
        blocked_from=date(2026, 9, 1),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    assert consent_of(question, maya).status is Status.NO_CONTACT


def test_e45_pupil_without_guardian_is_on_the_worklist_and_answers_on_paper(
    host: StaffMember, office: StaffMember
) -> None:
    alone = factories.make_pupil("Ali")
    question = ask(host, alone)
    assert Notice.objects.count() == 0
    assert consent_of(question, alone).status is Status.NO_CONTACT
    services.record(
        request_of(question, alone, None),
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Aunt Sara",
        relationship="carer",
        channel="paper",
    )
    assert consent_of(question, alone).is_given


def test_e45_guardian_without_address_is_not_omitted(host: StaffMember, maya: Pupil) -> None:
    factories.make_guardian(maya, email="")
    question = ask(host, maya)
    found = consent_of(question, maya)
    assert found.status is Status.NO_CONTACT
    assert found.reason == (
        "Cannot be written to (Mother: there is no usable address): ring or use paper."
    )


def test_e41_adult_pupil_is_asked_and_guardians_are_not(host: StaffMember, school: Any) -> None:
    adult = factories.make_pupil("Ada", born_on=date(2008, 9, 1), email="ada@elmfield.example")
    factories.make_guardian(adult)
    question = ask(host, adult)
    rows = list(Notice.objects.values_list("guardian", "pupil"))
    assert rows == [(None, adult.pk)]
    answer(request_of(question, adult, None), takes_part=True, relationship="self")
    assert consent_of(question, adult).is_given
    assert Entry.objects.latest("id").actor == f"pupil:{adult.pk}"


def test_e41_the_parents_yes_lapses_on_the_18th_birthday(host: StaffMember, travel: Any) -> None:
    nearly = factories.make_pupil("Nia", born_on=date(2008, 9, 18), email="nia@elmfield.example")
    parent = factories.make_guardian(nearly)
    question = ask(host, nearly)
    answer(request_of(question, nearly, parent), takes_part=True)
    assert consent_of(question, nearly).is_given
    letters = Notice.objects.filter(pupil=nearly)
    assert [notice.due_at.isoformat() for notice in letters] == ["2026-09-18T07:00:00+00:00"]
    travel(clock.now() + timedelta(days=3))
    assert consent_of(question, nearly).status is Status.WAITING


def test_ask_after_the_beginning_is_refused(host: StaffMember, maya: Pupil) -> None:
    with pytest.raises(NotAllowed):
        ask(host, maya, asked=plan(starts_at=clock.now()))


def test_ask_of_600_takes_a_constant_number_of_queries(
    host: StaffMember, django_assert_num_queries: Any
) -> None:
    small = [factories.make_pupil() for _ in range(3)]
    large = [factories.make_pupil() for _ in range(300)]
    for pupil in [*small, *large]:
        factories.make_guardian(pupil)
        factories.make_guardian(pupil)
    asked = plan()
    counts = []
    for number, pupils in enumerate([small, large]):
        with django_assert_num_queries(15 + ON_POSTGRESQL):
            ask(host, *pupils, about=f"meetings.meeting:{number}", asked=asked)
        counts.append(Request.objects.filter(question__about=f"meetings.meeting:{number}").count())
    assert counts == [6, 600]


def test_release_ends_the_requests_and_asking_again_needs_a_new_answer(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    services.release(question, by=host, pupil_ids=[maya.pk])
    with pytest.raises(NotAllowed):
        answer(request_of(question, maya, mum), takes_part=True)
    travel(clock.now() + timedelta(minutes=5))
    ask(host, maya, asked=asked)
    assert consent_of(question, maya).status is Status.WAITING


def test_close_stops_the_ladder_and_what_waits(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    assert Ladder.objects.open().count() == 1
    services.close(question, by=host)
    services.close(question, by=host)
    assert Ladder.objects.open().count() == 0
    assert [notice.state for notice in Notice.objects.all()] == ["dropped"]
    with pytest.raises(TooLate):
        answer(request_of(question, maya, mum), takes_part=True)
    verbs = [entry.verb for entry in Entry.objects.order_by("id")]
    assert verbs == ["consent.ask", "consent.close"]


# --- Answering ------------------------------------------------------------------------------------
def test_answer_counts_and_queues_a_receipt(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).is_given
    assert kinds_of(Notice.objects.all()) == ["consent_receipt", "consent_request"]
    entry = Entry.objects.latest("id")
    assert (entry.verb, entry.actor) == ("consent.answer", mum.actor)
    assert said.text_shown["staff"] == ["Helen Host", "Colin Cohost"]


def test_answer_rolls_back_when_the_audit_fails(
    host: StaffMember, maya: Pupil, mum: Guardian, settings: Any
) -> None:
    question = ask(host, maya)
    settings.AUDIT_KEYS = {}
    with pytest.raises(Exception, match=r".*"), transaction.atomic():
        answer(request_of(question, maya, mum), takes_part=True)
    assert Answer.objects.count() == 0
    assert kinds_of(Notice.objects.all()) == ["consent_request"]


def test_e35_two_guardians_who_disagree_are_no(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    answer(request_of(question, maya, dad), takes_part=False, relationship="father")
    found = consent_of(question, maya)
    assert found.status is Status.CONFLICT
    assert found.reason == "Mother said yes, Father said no: counts as no."


def test_e36_one_yes_is_enough_unless_the_pupil_needs_all(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).status is Status.GIVEN
    Pupil.objects.filter(pk=maya.pk).update(consent_mode="all")
    assert consent_of(question, maya).status is Status.WAITING
    answer(request_of(question, maya, dad), takes_part=True, relationship="father")
    assert consent_of(question, maya).status is Status.GIVEN


def test_e37_the_latest_by_event_time_counts_and_both_are_kept(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    start = clock.now()
    travel(start + timedelta(hours=2))
    answer(asked, takes_part=False)
    travel(start + timedelta(hours=3))
    earlier = services.record(
        asked,
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Amina Okafor",
        relationship="mother",
        channel="telephone",
        at=start + timedelta(hours=1),
    )
    assert consent_of(question, maya).status is Status.REFUSED
    assert earlier.recorded_by == office
    services.record(
        asked,
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Amina Okafor",
        relationship="mother",
        channel="telephone",
        at=start + timedelta(minutes=150),
    )
    assert consent_of(question, maya).status is Status.GIVEN
    assert Answer.objects.count() == 3


def test_e29_with_a_shared_mailbox_the_answer_is_the_declared_persons(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    Guardian.objects.filter(pk=dad.pk).update(email=mum.email)
    question = ask(host, maya)
    said = answer(
        request_of(question, maya, mum), takes_part=True, name="Bayo Okafor", relationship="father"
    )
    assert said.request.guardian == dad
    assert said.is_by_someone_else is False
    assert consent_of(question, maya).reason == "Father said yes."


def test_e29_no_is_not_turned_behind_the_link_of_the_other_in_the_mailbox(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    """Whoever opens hers could type his name: the page shows nothing of his no."""
    Guardian.objects.filter(pk=dad.pk).update(email=mum.email)
    question = ask(host, maya)
    hers, his = request_of(question, maya, mum), request_of(question, maya, dad)
    answer(his, takes_part=False, name="Bayo Okafor", relationship="father")
    turned = answer(hers, takes_part=True, name="Bayo Okafor", relationship="father")
    assert (turned.request, turned.is_by_someone_else) == (hers, True)
    assert consent_of(question, maya).status is Status.REFUSED
    again = answer(hers, takes_part=True, name="Bayo Okafor", relationship="father")
    assert again == turned
    # Behind his own link he changes his mind.
    answer(his, takes_part=True, name="Bayo Okafor", relationship="father")
    assert consent_of(question, maya).is_given


def test_e26_answer_under_another_name_waits_and_warns(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    said = answer(
        request_of(question, maya, mum), takes_part=True, name="Bayo Okafor", relationship="father"
    )
    assert said.request.guardian == mum
    found = consent_of(question, maya)
    assert found.status is Status.WAITING
    assert found.reason == (
        "Somebody else answered with the link of Mother: it counts once you have checked."
    )
    warning = Notice.objects.get(kind="consent_answered_by_other")
    assert warning.guardian == mum
    services.check(said, by=office, is_accepted=True, note="Rang the mother.")
    assert consent_of(question, maya).is_given
    with pytest.raises(NotAllowed):
        services.check(said, by=office, is_accepted=False)


def test_e26_a_rejected_answer_never_counts(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True, name="Grace Mensah")
    services.check(said, by=office, is_accepted=False)
    assert consent_of(question, maya).status is Status.WAITING
    assert consent_of(question, maya).reason == "No answer yet from Mother."


def test_e26_a_strangers_no_holds_back_a_yes_until_checked(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    said = answer(asked, takes_part=False, name="Grace Mensah")
    assert consent_of(question, maya).is_given is False
    services.check(said, by=office, is_accepted=False)
    assert consent_of(question, maya).is_given is True


def test_check_and_record_are_for_the_office_and_the_team(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    said = answer(asked, takes_part=True, name="Grace Mensah")
    with pytest.raises(NotAllowed):
        services.check(said, by=host, is_accepted=True)
    facts: dict[str, Any] = {
        "takes_part": True,
        "may_be_recorded": None,
        "name": "Amina",
        "relationship": "mother",
    }
    with pytest.raises(NotAllowed):
        services.record(asked, by=host, channel="telephone", **facts)
    assert Check.objects.count() == 0
    assert Answer.objects.count() == 1


def test_record_refuses_the_link_as_channel_and_a_time_ahead(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    facts: dict[str, Any] = {
        "takes_part": True,
        "may_be_recorded": None,
        "name": "Amina",
        "relationship": "mother",
    }
    with pytest.raises(NotAllowed):
        services.record(asked, by=office, channel="link", **facts)
    with pytest.raises(NotAllowed):
        services.record(
            asked, by=office, channel="paper", at=clock.now() + timedelta(minutes=1), **facts
        )


def test_check_of_the_persons_own_answer_is_refused(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    said = answer(request_of(ask(host, maya), maya, mum), takes_part=True)
    with pytest.raises(NotAllowed):
        services.check(said, by=office, is_accepted=True)


def test_e38_withdrawing_takes_the_yes_away_until_the_call_ends(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    answer(asked, takes_part=True)
    travel(question.closes_at + timedelta(minutes=10))
    with pytest.raises(TooLate):
        answer(asked, takes_part=False)
    first = services.withdraw(asked, by=mum)
    again = services.withdraw(asked, by=mum)
    assert first == again
    assert consent_of(question, maya).status is Status.WITHDRAWN
    assert Answer.objects.count() == 2
    travel(question.ends_at)
    with pytest.raises(TooLate):
        services.withdraw(asked, by=mum)


def test_withdraw_without_a_yes_is_refused(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    with pytest.raises(NotAllowed):
        services.withdraw(asked, by=mum)


def test_every_change_of_an_answer_is_announced_before_the_audit(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    heard: list[tuple[str, tuple[int, ...], int]] = []

    def listen(sender: object, *, pupil_ids: tuple[int, ...], **_: object) -> None:
        heard.append(("changed", pupil_ids, Entry.objects.count()))

    events.answer_changed.connect(listen)
    try:
        before = Entry.objects.count()
        answer(asked, takes_part=True)
        services.withdraw(asked, by=mum)
        said = answer(asked, takes_part=True, name="Grace Mensah")
        services.check(said, by=office, is_accepted=False)
        services.reword(question, by=host, asked=plan(staff=("Carol",)))
    finally:
        events.answer_changed.disconnect(listen)
    expected = [("changed", (maya.pk,), before + number) for number in range(5)]
    assert heard == expected


# --- Changing what was told -----------------------------------------------------------------------
def test_e39_time_alone_is_told_and_the_yes_stays(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    later = plan(starts_at=asked.starts_at + timedelta(days=1))
    question = services.reword(question, by=host, asked=later)
    assert (question.version, question.material_version) == (2, 1)
    assert question.closes_at == later.starts_at
    assert consent_of(question, maya).is_given
    assert Notice.objects.get(kind="consent_changed").detail["material"] is False


@pytest.mark.parametrize(
    "facts", [{"staff": ("Helen Host", "Carol")}, {"platform": "Zoom"}, {"is_recorded": True}]
)
def test_e39_a_material_change_voids_the_yes_and_asks_again(
    host: StaffMember, maya: Pupil, mum: Guardian, facts: dict[str, Any]
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    question = services.reword(question, by=host, asked=plan(**facts))
    assert consent_of(question, maya).status is Status.VOID
    assert Notice.objects.get(kind="consent_changed").detail["material"] is True
    answer(request_of(question, maya, mum), takes_part=True, may_be_recorded=True)
    assert consent_of(question, maya).is_given


def test_e39_a_refusal_outlives_the_change(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=False)
    question = services.reword(question, by=host, asked=plan(staff=("Carol",)))
    assert consent_of(question, maya).status is Status.REFUSED


def test_reword_without_a_change_does_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = plan()
    question = ask(host, maya, asked=asked)
    assert services.reword(question, by=host, asked=asked).version == 1
    assert kinds_of(Notice.objects.all()) == ["consent_request"]


def test_reword_of_a_closed_question_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    services.close(question, by=host)
    with pytest.raises(NotAllowed):
        services.reword(question, by=host, asked=plan(title="Other"))
    with pytest.raises(NotAllowed):
        ask(host, maya)


def test_ask_with_another_plan_rewords(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    ask(host, maya)
    assert ask(host, maya, asked=plan(title="Book club")).version == 2


def test_e51_each_answer_keeps_the_text_it_was_given_to(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    first = answer(asked, takes_part=True)
    services.reword(question, by=host, asked=plan(staff=("Carol",)))
    second = answer(request_of(question, maya, mum), takes_part=True)
    assert [said.text_shown["staff"] for said in (first, second)] == [
        ["Helen Host", "Colin Cohost"],
        ["Carol"],
    ]
    assert [said.wording.version for said in (first, second)] == [1, 2]


def test_answer_to_an_outdated_text_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    services.reword(question, by=host, asked=plan(title="Book club"))
    with pytest.raises(Outdated):
        answer(request_of(question, maya, mum), takes_part=True, version=1)


def test_recording_is_kept_only_with_a_yes_to_a_recorded_call(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya, asked=plan(is_recorded=True))
    said = answer(request_of(question, maya, mum), takes_part=False, may_be_recorded=True)
    assert said.may_be_recorded is None
    agreed = answer(
        request_of(question, maya, dad), takes_part=True, may_be_recorded=True, name="Bayo Okafor"
    )
    assert agreed.may_be_recorded is True


# --- Reaching -------------------------------------------------------------------------------------
def test_e27_new_link_kills_the_old_and_goes_to_the_address_on_record_once_an_hour(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    assert services.send_new_link(asked, by=mum) is True
    assert services.send_new_link(asked, by=mum) is False
    asked.refresh_from_db()
    assert asked.link_version == 2
    assert Notice.objects.get(kind="consent_new_link").guardian == mum
    travel(clock.now() + timedelta(hours=1))
    assert services.send_new_link(asked, by=mum) is True


def test_b3_wish_does_the_same_for_a_known_and_an_unknown_address(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    """What differs happens later, in the sweep: the page could not tell by its time either."""
    ask(host, maya)
    done: list[list[str]] = []
    for address in ("amina@family.example", "stranger@family.example"):
        with CaptureQueriesContext(connection) as queries:
            services.wish(LOST, address, is_crowded=False)
        done.append([re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in queries])
    assert done[0] == done[1]
    assert not Notice.objects.filter(kind="consent_new_link").exists()


def test_e27_wish_brings_one_letter_to_an_address_on_record_and_none_to_another(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    wish("AMINA@family.example")
    wish("stranger@family.example")
    wish("amina@family.example")
    assert LinkWish.objects.count() == 2
    sent = Notice.objects.filter(kind="consent_new_link")
    assert [notice.guardian for notice in sent] == [mum]
    asked.refresh_from_db()
    assert asked.link_version == 1


def test_disown_kills_the_link_and_tells_staff_in_words(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    services.disown(request_of(question, maya, mum), by=mum)
    found = consent_of(question, maya)
    assert found.status is Status.FAILED
    assert found.reason == "Whoever opened the link of Mother says it was not meant for them."
    services.confirm_address(mum, by=office, email=mum.email, how="telephone")
    assert consent_of(question, maya).status is Status.WAITING


def test_e26_whatever_went_to_the_wrong_mailbox_is_doubted_and_nothing_more_goes_there(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, mailbox: Any, travel: Any
) -> None:
    """One letter for two calls, and a stranger who answered both before pressing 'not me'."""
    one, other = ask(host, maya), ask(host, maya, about="meetings.meeting:2")
    mailbox()
    for question in (one, other):
        answer(request_of(question, maya, mum), takes_part=True)
    mailbox()
    travel(clock.now() + timedelta(hours=1))
    services.disown(request_of(one, maya, mum), by=mum)
    assert [consent_of(question, maya).is_given for question in (one, other)] == [False, False]
    assert {request_of(question, maya, mum).link_version for question in (one, other)} == {2}
    before = len(mailbox())
    third = ask(host, maya, about="meetings.meeting:3")
    assert len(mailbox()) == before
    assert consent_of(third, maya).status is Status.FAILED
    services.correct_address(mum, by=office, email="amina@right.example")
    to_old, to_new = mailbox()[before:]
    # The old address is told that there is another one, and nothing else.
    assert (to_old.to, "Maya" in to_old.body) == (["amina@family.example"], False)
    assert (to_new.to, "Maya" in to_new.body) == (["amina@right.example"], True)


def test_e39_answer_by_telephone_is_about_the_plan_of_that_hour(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    spoke_at = clock.now() + timedelta(hours=1)
    travel(clock.now() + timedelta(hours=2))
    services.reword(
        question, by=host, asked=plan(staff=("Helen Host", "Nick New"), is_recorded=True)
    )
    travel(clock.now() + timedelta(hours=1))
    said = services.record(
        request_of(question, maya, mum),
        by=office,
        takes_part=True,
        may_be_recorded=True,
        name=mum.name,
        relationship="mother",
        channel="telephone",
        at=spoke_at,
    )
    assert (said.wording.version, said.may_be_recorded) == (1, None)
    assert consent_of(question, maya).status is Status.VOID


def test_e26_yes_by_a_link_that_is_disowned_counts_only_once_staff_have_looked(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True)
    assert consent_of(question, maya).is_given
    travel(clock.now() + timedelta(hours=1))
    services.disown(request_of(question, maya, mum), by=mum)
    found = consent_of(question, maya)
    assert (found.status, found.reason) == (
        Status.WAITING,
        "Whoever holds the link of Mother says it was not meant for them: "
        "the yes given with it counts once you have checked.",
    )
    services.check(said, by=office, is_accepted=True, note="Rang her: it was her answer.")
    assert consent_of(question, maya).is_given
    with pytest.raises(NotAllowed):
        services.check(said, by=office, is_accepted=False)


def test_e26_disowned_yes_that_staff_reject_never_counts(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True)
    services.disown(request_of(question, maya, mum), by=mum)
    services.check(said, by=office, is_accepted=False, note="Not her.")
    assert consent_of(question, maya).status is Status.FAILED


def test_e26_disowned_link_leaves_an_answer_by_the_office_and_any_no_standing(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    services.record(
        request_of(question, maya, mum),
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name=mum.name,
        relationship="mother",
        channel="paper",
    )
    travel(clock.now() + timedelta(hours=1))
    answer(request_of(question, maya, mum), takes_part=True)
    services.disown(request_of(question, maya, mum), by=mum)
    found = consent_of(question, maya)
    assert (found.status, found.reason) == (Status.GIVEN, "Mother said yes.")
    answer(request_of(question, maya, dad), takes_part=False)
    services.disown(request_of(question, maya, dad), by=dad)
    assert consent_of(question, maya).status is Status.CONFLICT


def test_e26_answer_after_the_disowning_stands(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    """The office rings: the person says yes on the telephone."""
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    services.disown(request_of(question, maya, mum), by=mum)
    travel(clock.now() + timedelta(hours=1))
    services.record(
        request_of(question, maya, mum),
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name=mum.name,
        relationship="mother",
        channel="telephone",
    )
    assert consent_of(question, maya).is_given


def test_e26_asking_again_leaves_a_disowned_yes_behind_with_the_name_of_who_did(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True)
    services.disown(request_of(question, maya, mum), by=mum)
    services.confirm_address(mum, by=office, email=mum.email, how="telephone")
    found = consent_of(question, maya)
    assert (found.status, found.reason) == (Status.WAITING, "No answer yet from Mother.")
    check = Check.objects.get()
    assert (check.answer, check.is_accepted, check.checked_by) == (said, False, office)


def test_e44_disowned_link_takes_those_of_brothers_and_sisters_with_it(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    """One e-mail held both links; the father's is another mailbox."""
    question = ask(host, maya, tom)
    answer(request_of(question, tom, mum), takes_part=True)
    services.disown(request_of(question, maya, mum), by=mum)
    versions = {(row.pupil, row.guardian): row.link_version for row in question.requests.all()}
    assert versions == {(maya, mum): 2, (tom, mum): 2, (maya, dad): 1}
    assert not consent_of(question, tom).is_given


def test_e41_link_of_a_pupil_of_18_is_disowned_alone(host: StaffMember, maya: Pupil) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1), email="ada@home.example")
    question = ask(host, adult, maya)
    own = request_of(question, adult, None)
    answer(own, takes_part=True, relationship="self")
    services.disown(own, by=services.PupilAlone(adult.pk))
    assert not consent_of(question, adult).is_given
    assert [row.pupil for row in question.requests.exclude(disowned_at=None)] == [adult]


def test_disowned_address_gets_nothing_more_until_staff_have_looked(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    services.disown(request_of(question, maya, mum), by=mum)
    wish(mum.email)
    services.reword(question, by=host, asked=plan(is_recorded=True))
    services.release(question, by=host, pupil_ids=[maya.pk])
    ask(host, maya, asked=plan(is_recorded=True))
    assert kinds_of(Notice.objects.all()) == ["consent_request"]
    services.confirm_address(mum, by=office, email=mum.email, how="telephone")
    travel(clock.now() + timedelta(minutes=11))
    wish("AMINA@family.example ", is_crowded=True)
    assert kinds_of(Notice.objects.filter(kind="consent_new_link")) == ["consent_new_link"]


def test_resend_is_for_who_asked_and_the_office(
    host: StaffMember, colleague: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    with pytest.raises(NotAllowed):
        services.resend(asked, by=colleague)
    services.resend(asked, by=office)
    assert kinds_of(Notice.objects.all()) == ["consent_request", "consent_request"]


def test_e26_request_in_the_wrong_hands_is_not_sent_again_by_who_asked(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    """Not even once the address is put right: then it has gone again by itself."""
    asked = request_of(ask(host, maya), maya, mum)
    services.disown(asked, by=mum)
    Guardian.objects.filter(pk=mum.pk).update(email_changed_at=clock.now())
    with pytest.raises(NotAllowed, match="office looks after"):
        services.resend(asked, by=host)
    asked.refresh_from_db()
    assert asked.disowned_at == clock.now()
    assert kinds_of(Notice.objects.all()) == ["consent_request"]


def test_e46_closed_address_is_opened_again_by_the_office_and_not_by_who_asked(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    services.mark_failed([asked.pk], because="bounced", now=clock.now())
    Guardian.objects.filter(pk=mum.pk).update(email_closed_at=clock.now())
    with pytest.raises(NotAllowed, match="office looks after"):
        services.resend(asked, by=host)
    mum.refresh_from_db()
    assert mum.email_closed_at == clock.now()
    services.resend(asked, by=office)
    mum.refresh_from_db()
    assert mum.email_closed_at is None


def test_e26_office_puts_the_address_right_before_it_sends_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    services.correct_address(mum, by=office, email="old@family.example")
    travel(clock.now() + timedelta(minutes=1))
    services.disown(asked, by=mum)
    with pytest.raises(NotAllowed, match="correct the address first, or confirm it"):
        services.resend(asked, by=office)
    assert Notice.objects.filter(kind="consent_request").count() == 1
    mum.refresh_from_db()
    services.correct_address(mum, by=office, email="new@family.example")
    asked.refresh_from_db()
    assert asked.disowned_at is None
    assert Notice.objects.filter(kind="consent_request").count() == 2
    services.resend(asked, by=office)


def test_e26_confirmed_address_gets_what_was_said_to_be_in_the_wrong_hands(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    tom: Pupil,
    mum: Guardian,
    dad: Guardian,
) -> None:
    question = ask(host, maya, tom)
    services.disown(request_of(question, maya, mum), by=mum)
    with pytest.raises(NotAllowed, match="needs no confirmation"):
        # The doubt is about her address and nobody else's.
        services.confirm_address(dad, by=office, email=dad.email, how="telephone")
    services.confirm_address(mum, by=office, email=mum.email, how="telephone")
    assert list(question.requests.exclude(disowned_at=None)) == []
    mum.refresh_from_db()
    assert (mum.email_confirmed_by, mum.email_confirmed_at) == (office, clock.now())
    again = Notice.objects.filter(kind="consent_request", guardian=mum).order_by("pk")[1:]
    assert [one.pupil_ids for one in again] == [[maya.pk], [tom.pk]]


def test_e41_request_of_a_pupil_of_18_in_the_wrong_hands_is_left_to_the_telephone(
    host: StaffMember, office: StaffMember, school: Any
) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1), email="ada@home.example")
    asked = request_of(ask(host, adult), adult, None)
    services.disown(asked, by=services.PupilAlone(adult.pk))
    with pytest.raises(NotAllowed):
        services.resend(asked, by=office)


def test_e26_receipt_of_an_answer_by_telephone_goes_to_no_mailbox_of_another_person(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    services.disown(request_of(question, maya, mum), by=mum)
    for person, relationship in ((mum, "mother"), (dad, "father")):
        services.record(
            request_of(question, maya, person),
            by=office,
            takes_part=True,
            may_be_recorded=None,
            name=person.name,
            relationship=relationship,
            channel="telephone",
        )
    receipts = Notice.objects.filter(kind="consent_receipt")
    assert [one.guardian for one in receipts] == [dad]


# --- Said already ---------------------------------------------------------------------------------
def test_same_answer_again_is_the_one_that_is_there(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    first = answer(asked, takes_part=True)
    entries = Entry.objects.count()
    travel(clock.now() + timedelta(minutes=1))
    assert answer(asked, takes_part=True, name=f" {mum.name} ") == first
    assert (Answer.objects.count(), Entry.objects.count()) == (1, entries)
    assert Notice.objects.filter(kind="consent_receipt").count() == 1


def test_same_answer_again_by_somebody_else_waits_and_warns_once(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    facts: dict[str, Any] = {"takes_part": True, "name": "Grace Mensah", "relationship": "other"}
    first = answer(asked, **facts)
    travel(clock.now() + timedelta(minutes=1))
    assert answer(asked, **facts) == first
    assert Notice.objects.filter(kind="consent_answered_by_other").count() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"takes_part": True}, {"takes_part": False}),
        ({"takes_part": True}, {"takes_part": True, "may_be_recorded": False}),
        ({"takes_part": True}, {"takes_part": True, "name": "Amina  Okafor"}),
        ({"takes_part": True}, {"takes_part": True, "relationship": "carer"}),
        ({"takes_part": False}, {"takes_part": False, "objection": "time"}),
        ({"takes_part": False}, {"takes_part": False, "wants_call": True}),
    ],
)
def test_answer_that_differs_in_anything_is_another_one(
    host: StaffMember, maya: Pupil, mum: Guardian, first: dict[str, Any], second: dict[str, Any]
) -> None:
    asked = request_of(ask(host, maya, asked=plan(is_recorded=True)), maya, mum)
    facts = {"may_be_recorded": True}
    answer(asked, **(facts | first))
    answer(asked, **(facts | second))
    assert Answer.objects.count() == 2
    assert Notice.objects.filter(kind="consent_receipt").count() == 2


@pytest.mark.parametrize(
    "between",
    ["taken back", "set aside", "by the office", "another plan", "help", "rejected", "off and on"],
)
def test_same_answer_after_something_else_is_said_anew(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    travel: Any,
    between: str,
) -> None:
    question = ask(host, maya)
    asked = request_of(question, maya, mum)
    facts: dict[str, Any] = {"takes_part": True}
    if between == "rejected":
        facts |= {"name": "Grace Mensah", "relationship": "other"}
    said = answer(asked, **facts)
    travel(clock.now() + timedelta(hours=1))
    if between == "taken back":
        services.withdraw(asked, by=mum)
    elif between == "set aside":
        services.invalidate(said, by=office, reason="It was not she.")
    elif between == "by the office":
        services.record(asked, by=office, takes_part=False, may_be_recorded=None, name=mum.name,
                        relationship="mother", channel="telephone")  # fmt: skip
    elif between == "another plan":
        services.reword(question, by=host, asked=plan(title="Another title"))
    elif between == "help":
        services.ask_for_help(asked, by=mum, need=Help.QUESTION)
    elif between == "rejected":
        services.check(said, by=office, is_accepted=False, note="Not hers.")
    else:
        services.release(question, by=host, pupil_ids=[maya.pk])
        ask(host, maya)
    travel(clock.now() + timedelta(hours=1))
    before = Answer.objects.count()
    assert answer(request_of(question, maya, mum), **facts) != said
    assert Answer.objects.count() == before + 1


def test_e29_same_answer_from_a_shared_mailbox_settles_what_was_disowned(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Any
) -> None:
    """Her own link went astray; she says it again with the link of his, in their one mailbox."""
    Guardian.objects.filter(pk=dad.pk).update(email=mum.email)
    question = ask(host, maya)
    said = answer(request_of(question, maya, mum), takes_part=True)
    travel(clock.now() + timedelta(hours=1))
    services.disown(request_of(question, maya, mum), by=mum)
    assert not consent_of(question, maya).is_given
    travel(clock.now() + timedelta(hours=1))
    again = answer(request_of(question, maya, dad), takes_part=True, name=mum.name)
    assert (again.request, again != said) == (said.request, True)
    assert consent_of(question, maya).is_given


def test_failed_letter_makes_the_status_failed(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    services.mark_failed([request_of(question, maya, mum).pk], now=clock.now())
    assert consent_of(question, maya).status is Status.FAILED


# --- What the database refuses --------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "perhaps"},
        {"channel": Channel.PAPER.value},
        {"kind": "no", "may_be_recorded": True},
        {"at": "later"},
    ],
)
def test_database_refuses_an_answer_that_must_not_be(
    host: StaffMember, maya: Pupil, mum: Guardian, wrong: dict[str, Any]
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    now = clock.now()
    facts: dict[str, Any] = {
        "kind": "yes",
        "channel": "link",
        "shown": "{}",
        "at": now,
        "recorded_at": now,
    }
    if wrong.get("at"):
        wrong = {"at": now + timedelta(seconds=1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(request=asked, wording=Wording.objects.get(), **(facts | wrong))


def test_database_refuses_a_second_request_of_one_person(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.create(
            question=question, pupil=maya, guardian=mum, created_at=now, asked_at=now
        )


def test_shared_mailbox_does_not_make_a_third_name_one_of_the_two(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    Guardian.objects.filter(pk=dad.pk).update(email=mum.email)
    asked = request_of(ask(host, maya), maya, mum)
    said = answer(asked, takes_part=True, name="Grace Mensah")
    assert (said.request, said.is_by_someone_else) == (asked, True)


def test_e45_nobody_is_written_to_about_a_child_without_a_guardian(
    host: StaffMember, office: StaffMember, school: Any
) -> None:
    alone = factories.make_pupil("Ali", email="ali@elmfield.example")
    question = ask(host, alone)
    asked = request_of(question, alone, None)
    services.record(
        asked,
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Aunt Sara",
        relationship="carer",
        channel="in_person",
    )
    services.reword(question, by=host, asked=plan(staff=("Carol",)))
    wish("ali@elmfield.example")
    with pytest.raises(NotAllowed):
        services.resend(asked, by=office)
    assert Notice.objects.count() == 0


def test_resend_after_the_question_is_closed_is_refused(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    services.close(question, by=host)
    with pytest.raises(NotAllowed):
        services.resend(request_of(question, maya, mum), by=host)


def test_guardian_added_after_the_asking_counts_and_is_asked_by_asking_again(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = plan()
    Pupil.objects.filter(pk=maya.pk).update(consent_mode="all")
    question = ask(host, maya, asked=asked)
    answer(request_of(question, maya, mum), takes_part=True)
    late = factories.make_guardian(maya, name="Bayo Okafor", relationship="father")
    assert consent_of(question, maya).status is Status.WAITING
    ask(host, maya, asked=asked)
    assert Notice.objects.filter(guardian=late).count() == 1


def test_pupil_who_turned_18_without_being_asked_has_no_consent(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    Pupil.objects.filter(pk=maya.pk).update(born_on=date(2008, 1, 1))
    assert consent_of(question, maya).status is Status.NO_CONTACT


def test_e26_e35_nobody_speaks_by_the_link_of_another(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    asked = request_of(ask(host, maya), maya, mum)
    words = "^By this link only the person answers whom it was sent to.$"
    for somebody in (office, dad, services.PupilAlone(maya.pk)):
        with pytest.raises(NotAllowed, match=words):
            answer(asked, takes_part=True, by=somebody)
    answer(asked, takes_part=True)
    for act in (services.withdraw, services.undo):
        for somebody in (office, dad):
            with pytest.raises(NotAllowed, match=words):
                act(asked, by=somebody)
    assert consent_of(asked.question, maya).is_given


def test_e53_what_a_family_said_before_it_was_asked_anew_is_not_written_down_as_its_answer(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    said_at = clock.now()
    travel(said_at + timedelta(hours=1))
    services.release(question, by=host, pupil_ids=[maya.pk])
    ask(host, maya)
    asked = request_of(question, maya, mum)
    facts: dict[str, Any] = {
        "by": office, "takes_part": True, "may_be_recorded": None, "name": mum.name,
        "relationship": "mother", "channel": "telephone",
    }  # fmt: skip
    travel(clock.now() + timedelta(hours=1))
    with pytest.raises(NotAllowed, match="^The family has been asked anew since then"):
        services.record(asked, at=said_at, **facts)
    assert consent_of(question, maya).status is Status.WAITING
    services.record(asked, at=asked.asked_at, **facts)
    assert consent_of(question, maya).is_given
