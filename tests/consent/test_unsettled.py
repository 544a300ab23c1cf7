"""A yes from an address that was changed lately waits until it is sure whose the address is (E34)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from consent import services
from consent.models import Answer, Check, Question, Request
from consent.policy import Status
from consent.selectors import families_consenting
from consent.selectors.unsettled import settled_meanwhile
from consent.selectors.voices import asked_pupils
from meetings.models import Share
from meetings.services import share_by_email
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, page, request_of
from tests.consent.standing import give_by, reading
from tests.consent.test_people import text
from tests.consent.test_worklist import lines
from tests.meetings import calls

NEW = "new@family.example"
THREE_DAYS = timedelta(hours=72)


def changed(host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian) -> Request:
    """Maya's mother is asked, and then a message comes that says it is from her."""
    question = ask(host, maya)
    services.correct_address(mum, by=office, email=NEW)
    return request_of(question, maya, Guardian.objects.get(pk=mum.pk))


def standing(question: Question, pupil: Pupil) -> tuple[Status, str]:
    found = consent_of(question, pupil)
    return found.status, found.reason


WAITS = (
    Status.WAITING,
    "Mother said yes from an address that was changed lately: "
    "it counts once somebody has made sure that the address is theirs.",
)


def test_e34_yes_from_a_changed_address_counts_once_the_address_is_confirmed(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    request = changed(host, office, maya, mum)
    said = answer(request, takes_part=True)
    assert standing(request.question, maya) == WAITS
    assert families_consenting(request.question_id, clock.now()) == []

    services.confirm_address(request.guardian, by=deputy, email=NEW, how="telephone")

    assert standing(request.question, maya) == (Status.GIVEN, "Mother said yes.")
    assert [one.guardian_id for one in families_consenting(request.question_id, clock.now())] == [
        mum.pk
    ]
    made = Check.objects.get()
    assert (made.answer, made.is_accepted, made.checked_by) == (said, True, deputy)
    entry = Entry.objects.get(verb="consent.settle")
    assert (entry.actor, entry.detail) == (deputy.actor, {"answers": [said.pk]})


@pytest.mark.parametrize("takes_back", [False, True])
def test_e34_no_and_withdrawal_from_a_changed_address_count_at_once(
    takes_back: bool, host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    request = changed(host, office, maya, mum)
    answer(request, takes_part=takes_back)
    if takes_back:
        services.withdraw(request, by=mum)
    words = "withdrew their yes" if takes_back else "said no"
    status = Status.WITHDRAWN if takes_back else Status.REFUSED
    assert standing(request.question, maya) == (status, f"Mother {words}.")


def test_e34_yes_from_before_the_change_stays(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    services.correct_address(mum, by=office, email=NEW)
    assert consent_of(question, maya).is_given


def test_e34_yes_from_a_changed_address_outweighs_no_earlier_no(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=False)
    answer(request_of(question, maya, dad), takes_part=True, relationship="father")
    services.correct_address(mum, by=office, email=NEW)
    answer(request_of(question, maya, mum), takes_part=True)
    assert standing(question, maya) == (
        Status.CONFLICT,
        "Father said yes, Mother said no: counts as no.",
    )


def test_e34_other_parents_yes_is_enough_where_one_is(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    request = changed(host, office, maya, mum)
    answer(request, takes_part=True)
    answer(request_of(request.question, maya, dad), takes_part=True, relationship="father")
    assert standing(request.question, maya) == (Status.GIVEN, "Father said yes.")
    agreed = families_consenting(request.question_id, clock.now())
    assert [one.guardian_id for one in agreed] == [dad.pk]


def test_e34_yes_from_an_address_that_another_replaced_never_counts_and_is_asked_for_anew(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    mailbox: Any, travel: Any,
) -> None:  # fmt: skip
    request = changed(host, office, maya, mum)
    answer(request, takes_part=True)
    mailbox()
    travel(clock.now() + timedelta(hours=5))

    services.correct_address(mum, by=office, email="amina@family.example")

    assert standing(request.question, maya)[0] is Status.WAITING
    asked_at = [letter.to for letter in mailbox() if "Please answer" in letter.subject]
    # The first letter fell away unsent: by then there was an answer.
    assert asked_at == [["amina@family.example"]]
    mum.refresh_from_db()
    services.confirm_address(mum, by=deputy, email=mum.email, how="telephone")
    travel(clock.now() + THREE_DAYS)
    outbox.run_due(clock.now())
    assert (Check.objects.count(), consent_of(request.question, maya).is_given) == (0, False)

    answer(request_of(request.question, maya, mum), takes_part=True)
    assert consent_of(request.question, maya).is_given


def test_e34_yes_counts_by_itself_once_the_address_has_stood_for_72_hours(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    request = changed(host, office, maya, mum)
    said = answer(request, takes_part=True)
    travel(clock.now() + THREE_DAYS - timedelta(seconds=1))
    outbox.run_due(clock.now())
    assert standing(request.question, maya) == WAITS

    travel(clock.now() + timedelta(minutes=1))
    outbox.run_due(clock.now())

    assert consent_of(request.question, maya).is_given
    made = Check.objects.get()
    assert (made.answer, made.checked_by, made.note) == (
        said,
        None,
        "The address had stood for 72 hours, and nobody objected.",
    )
    # For good: what becomes of the address later takes nothing back.
    services.correct_address(mum, by=office, email="third@family.example")
    assert consent_of(request.question, maya).is_given


def test_e34_yes_that_slipped_in_beside_the_confirmation_counts_a_minute_later(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    travel: Any,
) -> None:  # fmt: skip
    request = changed(host, office, maya, mum)
    said = answer(request, takes_part=True)
    since = said.address_changed_at
    travel(clock.now() + timedelta(minutes=5))
    services.confirm_address(request.guardian, by=deputy, email=NEW, how="telephone")
    # As it stands where the answer read the address before the confirmation and was written after it.
    Check.objects.all().delete()
    assert (since, consent_of(request.question, maya).is_given) == (mum_changed(mum), False)
    outbox.run_due(clock.now())
    assert consent_of(request.question, maya).is_given


def mum_changed(mum: Guardian) -> Any:
    return Guardian.objects.values_list("email_changed_at", flat=True).get(pk=mum.pk)


def test_e34_waiting_yes_that_was_undone_or_disowned_is_not_let_through(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    first = changed(host, office, maya, mum)
    second = request_of(ask(host, maya, about="meetings.meeting:2"), maya, first.guardian)
    answer(first, takes_part=True)
    services.undo(first, by=mum)
    answer(second, takes_part=True)
    services.disown(second, by=mum)
    travel(clock.now() + THREE_DAYS)
    outbox.run_due(clock.now())
    assert Check.objects.count() == 0
    given = [consent_of(one.question, maya).is_given for one in (first, second)]
    assert given == [False, False]


def test_e34_family_reads_its_answer_and_is_offered_a_year_once_the_address_is_confirmed(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    client: Client, mailbox: Any,
) -> None:  # fmt: skip
    factories.make_term()
    factories.make_term("Summer", date(2027, 4, 12), date(2027, 7, 16))
    question = ask(host, maya, asked=reading())
    services.correct_address(mum, by=office, email=NEW)
    mum.refresh_from_db()
    request = request_of(question, maya, mum)
    answer(request, takes_part=True)
    year = page(request, "standing/")
    waits = (
        "Your e-mail address at the school was changed lately. The school office checks it first."
    )
    seen = text(client.get(page(request)))
    assert ("You said yes" in seen, waits in seen, "Nothing more to do" in seen) == (
        True, True, False,
    )  # fmt: skip
    receipt = mailbox()[-1]
    assert waits in " ".join(receipt.body.split())
    assert year not in text(client.get(page(request)))
    with pytest.raises(NotAllowed):
        give_by(request)

    services.confirm_address(mum, by=deputy, email=NEW, how="telephone")

    seen = text(client.get(page(request)))
    assert (year in seen, waits in seen, "Nothing more to do" in seen) == (True, False, True)
    assert give_by(request).guardian == mum


def test_e34_office_reads_what_waits_and_where_it_is_confirmed(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Any,
) -> None:  # fmt: skip
    meeting = calls.asked(host, [maya], co_hosts=[factories.make_staff()])
    services.correct_address(mum, by=office, email=NEW)
    calls.answer(meeting, Guardian.objects.get(pk=mum.pk), maya)
    listed = text(staff_client(deputy).get("/consent/"))
    assert [word in listed for word in (WAITS[1], "Address to be confirmed", "Confirm the address")] == [
        True, True, True,
    ]  # fmt: skip
    assert f"/consent/guardians/{mum.pk}/" in listed
    assert "Said yes, once the address is confirmed" in listed
    line = lines(staff_client(deputy).get("/consent/export/"))[1]
    assert (line[5], line[11]) == ("Address to be confirmed", "yes, once the address is confirmed")
    own = text(staff_client(office).get("/consent/"))
    told = (
        "You changed the address: somebody else of the office or the safeguarding team confirms it."
    )
    assert (told in own, "Confirm the address" in own) == (True, False)
    call = text(staff_client(host).get(f"/meetings/{meeting.pk}/"))
    assert "yes, once the address is confirmed" in call


def test_e34_join_link_follows_the_confirmation_of_a_waiting_yes(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    mailbox: Any,
) -> None:  # fmt: skip
    tom = factories.make_pupil("Tom", "Adeyemi")
    other = factories.make_guardian(tom, name="Joy Adeyemi", email="joy@other.example")
    meeting = calls.asked(host, [maya, tom], co_hosts=[factories.make_staff()])
    services.correct_address(mum, by=office, email=NEW)
    mum.refresh_from_db()
    calls.answer(meeting, other, tom)
    calls.answer(meeting, mum, maya)
    share_by_email(meeting, by=host)
    mailbox()
    assert [share.pupil for share in Share.objects.all()] == [tom]

    services.confirm_address(mum, by=deputy, email=NEW, how="telephone")
    mailbox()

    sent = Notice.objects.filter(kind="meeting_join_link", state="sent").order_by("pk")
    assert [one.guardian for one in sent] == [other, mum]


def test_e34_looking_for_what_is_settled_asks_one_query_and_names_nobody_elses(
    host: StaffMember, office: StaffMember, deputy: StaffMember, maya: Pupil, mum: Guardian,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    """Neither a confirmed address of the pupil nor another guardian's settles the mother's."""
    waiting = []
    for number in range(4):
        question = ask(host, maya, about=f"meetings.meeting:{number + 10}")
        if not number:
            services.correct_address(mum, by=office, email=NEW)
            mum.refresh_from_db()
        waiting.append(request_of(question, maya, mum))
        answer(waiting[-1], takes_part=True)
    Pupil.objects.filter(pk=maya.pk).update(
        email_changed_at=clock.now(), email_confirmed_at=clock.now(), email_confirmed_by=deputy
    )
    with django_assert_num_queries(1):
        assert settled_meanwhile(clock.now()) == []
    with django_assert_num_queries(1):
        assert settled_meanwhile(clock.now() + THREE_DAYS) == [one.pk for one in waiting]
    with django_assert_num_queries(3):
        rows = asked_pupils([one.question_id for one in waiting], clock.now())
    assert [row.consent.status for row in rows] == [Status.WAITING] * 4


def test_settling_what_is_off_the_call_is_refused(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, tom: Pupil
) -> None:
    request = changed(host, office, maya, mum)
    answer(request, takes_part=True)
    Request.objects.filter(pk=request.pk).update(ended_at=clock.now())
    with pytest.raises(NotAllowed):
        services.settle_in_time(request.pk, by=SWEEP, now=clock.now() + THREE_DAYS)
    assert Answer.objects.filter(check_made=None).count() == 1
