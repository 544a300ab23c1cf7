"""A yes for the school year: given once, used while nothing differs, ended by either side."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from audit.models import Entry
from consent import links, services
from consent.models import Answer, Question, Request, StandingConsent
from consent.policy import OWN_STAFF, TERMS, Status
from consent.selectors import families_consenting
from consent.selectors.covering import cover_now
from consent.services import Outdated
from notices import services as outbox
from notices.models import Notice
from school import services as people
from school.models import Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.conftest import ON_POSTGRESQL
from tests.consent.builders import answer, ask, consent_of, page, plan, request_of
from tests.consent.standing import KIND, give, give_by, later, reading
from tests.notices.notify import FakeNotify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(school: Any) -> None:
    """The school year 2026 to 2027."""
    factories.make_term()
    factories.make_term("Spring", date(2027, 1, 4), date(2027, 3, 25))
    factories.make_term("Summer", date(2027, 4, 12), date(2027, 7, 16))


def letters(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def sent() -> list[tuple[str, str]]:
    outbox.run_due(clock.now())
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


# --- Giving ---------------------------------------------------------------------------------------
def test_b20_yes_for_the_year_keeps_what_was_shown_until_when_and_whose_it_is(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    assert (given.guardian, given.pupil, given.until) == (mum, maya, date(2027, 7, 16))
    assert (given.kind, given.kind_name, given.adults) == (KIND, "Reading together", OWN_STAFF)
    assert given.text_shown == {
        "version": 1,
        "question_version": 1,
        "language": "en",
        "pupil": "Maya O.",
        "first_name": "Maya",
        "kind": "Reading together",
        "adults": OWN_STAFF,
        "platform": "Microsoft Teams",
        "is_recorded": False,
        "until": "2027-07-16",
        "terms": list(TERMS),
    }
    assert given.answer.request.guardian == mum
    assert Entry.objects.filter(verb="consent.standing_give").count() == 1
    assert len(letters("consent_standing")) == 1


def test_b20_said_twice_it_is_one(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    given = give(host, maya, mum)
    assert give_by(given.answer.request) == given
    assert StandingConsent.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        StandingConsent.objects.bulk_create([replace_row(given)])


def replace_row(given: StandingConsent) -> StandingConsent:
    """The same row once more."""
    return StandingConsent(
        **{
            field.attname: getattr(given, field.attname)
            for field in StandingConsent._meta.concrete_fields
            if not field.primary_key
        }
    )


def test_b20_ending_before_it_was_given_is_refused_by_the_database(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    with pytest.raises(IntegrityError), transaction.atomic():
        StandingConsent.objects.filter(pk=given.pk).update(
            ended_at=given.given_at - timedelta(days=1)
        )


@pytest.mark.parametrize("said", ["nothing", "no", "stranger", "withdrawn", "not recorded"])
def test_b20_without_a_clear_yes_it_cannot_be_given(
    host: StaffMember, maya: Pupil, mum: Guardian, said: str
) -> None:
    question = ask(host, maya, asked=reading(is_recorded=said == "not recorded"))
    request = request_of(question, maya, mum)
    if said == "stranger":
        answer(request, takes_part=True, name="Zoe Quite-Another")
    elif said != "nothing":
        answer(request, takes_part=said != "no", may_be_recorded=False)
    if said == "withdrawn":
        services.withdraw(request, by=mum)
    with pytest.raises(NotAllowed):
        give_by(request)


def test_b20_yes_by_telephone_is_for_its_call_alone(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    request = request_of(ask(host, maya, asked=reading()), maya, mum)
    services.record(request, by=office, takes_part=True, may_be_recorded=None, name=mum.name,
                    relationship="mother", channel="telephone")  # fmt: skip
    with pytest.raises(NotAllowed):
        give_by(request)


def test_b20_plan_that_changed_since_the_page_was_shown_is_read_again(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = reading()
    question = ask(host, maya, asked=asked)
    request = request_of(question, maya, mum)
    answer(request, takes_part=True)
    cover = cover_now(request)
    assert cover is not None
    factories.make_term("Late", date(2027, 7, 17), date(2027, 7, 20))
    with pytest.raises(Outdated):
        services.give_standing(request, by=mum, cover=cover, name=mum.name)


# --- Using ----------------------------------------------------------------------------------------
def test_p5_b20_later_call_is_answered_and_the_family_is_told_instead_of_asked(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    sent()
    mail.outbox.clear()
    question = later(host, maya, staff=("Rita Reserve", "Ed Extra"))
    consent = consent_of(question, maya)
    assert (consent.status, consent.reason) == (
        Status.GIVEN,
        "Mother said yes for this school year.",
    )
    [said] = Answer.objects.filter(request__question=question)
    assert (said.kind, said.channel, said.standing, said.recorded_by) == (
        "yes",
        "standing",
        given,
        None,
    )
    assert (said.name, said.relationship) == ("Amina Okafor", "mother")
    assert said.text_shown["agreed"] == given.text_shown
    assert said.text_shown["call"]["staff"] == ["Rita Reserve", "Ed Extra"]
    assert sent() == [("amina@family.example", "Maya is down for a video call")]
    [letter] = mail.outbox
    for words in ("You need do nothing", "Say no to this call alone", "/withdraw/", "Rita Reserve"):
        assert words in letter.body
    assert [family.guardian_id for family in families_consenting(question.pk, clock.now())] == [
        mum.pk
    ]


def test_p5_b20_recording_was_agreed_to_with_it(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum, is_recorded=True)
    question = later(host, maya, is_recorded=True)
    assert consent_of(question, maya).may_be_recorded is True


DIFFERENT: list[dict[str, Any]] = [
    {"platform": "Another"},
    {"is_recorded": True},
    {"adults": "A visiting author"},
    {"kind": "meetings.purpose:2"},
    {"kind": ""},
    {"purpose": "Counselling"},
    {"staff": ("Helen Host",)},
]


@pytest.mark.parametrize("facts", DIFFERENT, ids=lambda facts: "-".join(facts))
def test_p5_b20_call_that_differs_in_what_matters_is_asked_about(
    host: StaffMember, maya: Pupil, mum: Guardian, facts: dict[str, Any]
) -> None:
    give(host, maya, mum)
    question = ask(host, maya, about="later", asked=replace(reading(17), **facts))
    assert consent_of(question, maya).status is Status.WAITING
    assert not Answer.objects.filter(request__question=question).exists()
    assert [row.about for row in letters("consent_request")] == ["first", "later"]
    assert letters("consent_notice") == []


def test_b20_call_of_the_next_school_year_is_asked_about(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    factories.make_term("Next", date(2027, 9, 2), date(2027, 12, 17))
    assert consent_of(later(host, maya, days=360), maya).status is Status.WAITING


def test_u10_yes_for_one_child_and_one_guardian_speaks_for_nobody_else(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, dad: Guardian
) -> None:
    Pupil.objects.filter(pk=maya.pk).update(consent_mode="all")
    give(host, maya, mum)
    question = later(host, maya, tom)
    assert consent_of(question, tom).status is Status.WAITING
    waiting = consent_of(question, maya)
    assert (waiting.status, waiting.reason) == (
        Status.WAITING,
        "Mother said yes for this school year, and this pupil needs everybody's yes. "
        "No answer yet from Father.",
    )
    answer(request_of(question, maya, dad), takes_part=False, relationship="father")
    assert consent_of(question, maya).status is Status.CONFLICT


def test_b20_named_mode_hears_the_named_guardian_alone(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    give(host, maya, mum)
    Pupil.objects.filter(pk=maya.pk).update(consent_mode="named")
    Guardianship.objects.filter(guardian=dad).update(is_named_for_consent=True)
    question = later(host, maya)
    assert consent_of(question, maya).status is Status.WAITING
    assert not Request.objects.filter(question=question, guardian=mum).exists()


def block(guardian: Guardian, lead: StaffMember) -> None:
    Guardianship.objects.filter(guardian=guardian).update(
        blocked_from=clock.today(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )


def test_e30_order_stops_the_yes_of_before(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    assert consent_of(question, maya).is_given
    block(mum, lead)
    assert not consent_of(question, maya).is_given
    assert not consent_of(later(host, maya, about="third"), maya).is_given


def test_e41_e48_e53_birthday_suspended_contact_and_leaving_stop_it(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    for number, facts in enumerate(
        (
            {"born_on": date(2008, 9, 1)},
            {"is_contact_suspended": True},
            {"left_on": clock.today()},
        )
    ):
        Pupil.objects.filter(pk=maya.pk).update(**facts)
        assert not consent_of(question, maya).is_given
        asked = later(host, maya, about=f"then {number}")
        assert not asked.requests.filter(answers__channel="standing").exists()
        Pupil.objects.filter(pk=maya.pk).update(
            born_on=None, is_contact_suspended=False, left_on=None
        )
    assert consent_of(question, maya).is_given


def test_p5_who_cannot_be_told_is_not_answered_for(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    Guardian.objects.filter(pk=mum.pk).update(email="")
    assert consent_of(later(host, maya), maya).status is Status.NO_CONTACT


def test_p5_letter_that_comes_back_takes_the_yes(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    asked = request_of(question, maya, mum)
    services.mark_failed([asked.pk], now=clock.now())
    assert consent_of(question, maya).status is Status.FAILED
    services.resend(asked, by=office)
    assert consent_of(question, maya).is_given
    assert [row.about for row in letters("consent_notice")] == ["later", "later"]


def test_e26_link_that_went_astray_puts_it_in_doubt_and_ends_what_was_given_with_it(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    question = later(host, maya)
    another = later(host, maya, about="another", days=24)
    services.disown(request_of(question, maya, mum), by=mum)
    # It is the mailbox that is somebody else's: whatever went there does not count any more.
    assert [consent_of(one, maya).status for one in (question, another)] == [Status.FAILED] * 2
    assert not later(host, maya, about="third").requests.filter(answers__isnull=False).exists()
    given.refresh_from_db()
    assert (given.ended_at, given.link_version) == (clock.now(), 2)


def test_e26_page_of_the_year_in_the_wrong_mailbox_opens_nothing_any_more(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    given = give(host, maya, mum)
    address = f"/c/year/{links.year_token(given.pk, given.link_version)}/"
    question = later(host, maya)
    assert page(request_of(question, maya, mum)) in family.get(address).content.decode()
    services.disown(request_of(question, maya, mum), by=mum)
    assert family.get(address).status_code == 404


def test_p5_family_with_a_telephone_alone_is_told_of_every_call_by_text_message(
    host: StaffMember, maya: Pupil, notify: FakeNotify
) -> None:
    aunt = factories.make_guardian(maya, name="Ada Aunt", email="", telephone="07700 900123")
    give(host, maya, aunt)
    question = later(host, maya)
    outbox.run_due(clock.now())
    told = [one["personalisation"]["message"] for one in notify.taken]
    [of_year] = [text for text in told if "for this school year. Read more here:" in text]
    assert "/c/year/" in of_year
    [of_call] = [text for text in told if "your yes for this school year covers" in text]
    assert page(request_of(question, maya, aunt)) in of_call
    assert consent_of(question, maya).is_given


def test_p5_call_of_which_a_family_could_not_be_told_is_not_covered(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    """Another letter came back between the asking and the sending."""
    give(host, maya, mum)
    question = later(host, maya)
    people.close_email(mum.email, by=people.SWEEP, at=clock.now())
    assert consent_of(question, maya).is_given
    outbox.run_due(clock.now())
    [notice] = letters("consent_notice")
    assert (notice.state, notice.fate) == ("dropped", "bounced")
    assert consent_of(question, maya).status is Status.FAILED


def test_p5_letter_that_failed_and_is_sent_again_asks(
    host: StaffMember, it_superuser: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    outbox.run_due(clock.now())
    travel(clock.now() + timedelta(minutes=5))
    mail.outbox.clear()
    services.mark_failed([request_of(question, maya, mum).pk], now=clock.now())
    Notice.objects.filter(kind="consent_notice").update(state="failed")
    outbox.send_kind_again("consent_notice", by=it_superuser)
    # Not even until it is sent: nobody has told the family of this call yet.
    assert consent_of(question, maya).status is Status.WAITING
    assert [subject for _, subject in sent()] == [
        "Please answer: may Maya take part in a video call?"
    ]
    assert consent_of(question, maya).status is Status.WAITING


def test_b20_undoing_the_answer_ends_the_year_with_a_letter(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    given = give(host, maya, mum)
    told = family.get(page(given.answer.request, "undo/")).content.decode()
    assert "Your yes for the whole school year, given with this answer, ends too." in told
    services.undo(given.answer.request, by=mum)
    given.refresh_from_db()
    assert given.ended_at == clock.now()
    assert [row.key.rpartition(":")[2] for row in letters("consent_standing")] == ["given", "ended"]


def test_b20_saying_no_to_one_call_leaves_the_others(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    second, third = later(host, maya), later(host, maya, about="third", days=24)
    services.withdraw(request_of(second, maya, mum), by=mum)
    assert [consent_of(one, maya).status for one in (second, third)] == [
        Status.WITHDRAWN,
        Status.GIVEN,
    ]


def test_b20_who_opted_out_is_asked_when_the_child_comes_back(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    give(host, maya, mum)
    question = later(host, maya)
    services.withdraw(request_of(question, maya, mum), by=mum)
    services.release(question, by=host, pupil_ids=[maya.pk])
    travel(clock.now() + timedelta(hours=1))
    later(host, maya, days=17)
    assert consent_of(question, maya).status is Status.WAITING


def test_e39_change_that_matters_is_covered_still_and_told(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    asked = reading(17)
    question = ask(host, maya, about="later", asked=asked)
    services.reword(question, by=host, asked=replace(asked, staff=("Rita Reserve", "Ed Extra")))
    assert consent_of(question, maya).is_given
    [letter] = letters("consent_changed")
    assert letter.detail["material"] is False
    assert Answer.objects.filter(request__question=question, channel="standing").count() == 2


@pytest.mark.parametrize("facts", [{"is_recorded": True}, {"platform": "Another"}])
def test_e39_change_to_what_it_does_not_cover_is_asked_about(
    host: StaffMember, maya: Pupil, mum: Guardian, facts: dict[str, Any]
) -> None:
    give(host, maya, mum)
    asked = reading(17)
    question = ask(host, maya, about="later", asked=asked)
    services.reword(question, by=host, asked=replace(asked, **facts))
    assert consent_of(question, maya).status is Status.VOID
    [letter] = letters("consent_changed")
    assert letter.detail["material"] is True


def test_e39_recording_that_falls_away_is_asked_about_too(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum, is_recorded=True)
    asked = reading(17, is_recorded=True)
    question = ask(host, maya, about="later", asked=asked)
    services.reword(question, by=host, asked=replace(asked, is_recorded=False))
    assert consent_of(question, maya).status is Status.VOID
    assert [letter.detail["material"] for letter in letters("consent_changed")] == [True]


# --- Ending ---------------------------------------------------------------------------------------
def test_b20_family_ends_it_and_every_coming_call_loses_it_at_once(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    first = Question.objects.get(about="first")
    second = later(host, maya)
    ended = services.end_standing(given, by=mum)
    assert services.end_standing(given, by=mum) == ended
    assert (ended.ended_at, ended.ended_by, ended.ended_reason) == (clock.now(), None, "")
    lost = consent_of(second, maya)
    assert (lost.status, lost.reason) == (
        Status.VOID,
        "The yes of Mother for this school year holds no more: ask about this call.",
    )
    # Her own answer to the first call is her own.
    assert consent_of(first, maya).is_given
    assert consent_of(later(host, maya, about="third"), maya).status is Status.WAITING
    assert len(letters("consent_standing")) == 2
    answer(request_of(second, maya, mum), takes_part=True)
    assert consent_of(second, maya).reason == "Mother said yes."


def test_b20_staff_end_it_with_a_reason_and_the_family_is_told(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    for by, reason in ((host, "why"), (office, "  ")):
        with pytest.raises(NotAllowed):
            services.end_standing(given, by=by, reason=reason)
    ended = services.end_standing(given, by=office, reason="The mother rang.")
    assert (ended.ended_by, ended.ended_reason) == (office, "The mother rang.")
    sent()
    assert mail.outbox[-1].subject == "Your yes for the school year has ended"
    assert "The mother rang" not in str(mail.outbox[-1].body)


def test_b20_call_that_is_over_keeps_the_yes_that_it_was_held_with(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    given = give(host, maya, mum)
    question = later(host, maya)
    travel(question.ends_at)
    services.end_standing(given, by=mum)
    assert consent_of(question, maya).is_given


def test_b20_ended_between_asking_and_the_letter_the_family_is_asked(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    later(host, maya)
    services.end_standing(given, by=mum)
    assert "Please answer: may Maya take part in a video call?" in [
        subject for _, subject in sent()[-3:]
    ]


def test_b20_reminder_goes_to_whose_yes_has_ended(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    given = give(host, maya, mum)
    question = later(host, maya)
    services.end_standing(given, by=mum)
    travel(question.closes_at - timedelta(days=7))
    sent()
    assert [row.about for row in letters("consent_reminder")] == ["later"]


@pytest.mark.parametrize("act", ["undo", "invalidate"])
def test_b20_answer_that_never_counted_takes_it_along(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, act: str
) -> None:
    given = give(host, maya, mum)
    question = later(host, maya)
    if act == "undo":
        services.undo(given.answer.request, by=mum)
    else:
        services.invalidate(given.answer, by=office, reason="wrong pupil")
    given.refresh_from_db()
    assert given.ended_at == clock.now()
    assert not consent_of(question, maya).is_given


def test_b20_changing_ones_mind_about_the_first_call_leaves_it(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    given = give(host, maya, mum)
    services.withdraw(given.answer.request, by=mum)
    assert consent_of(later(host, maya), maya).is_given


def test_e33_child_with_a_safe_address_is_told_without_staff_and_reason(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    sent()
    mail.outbox.clear()
    later(host, maya)
    assert sent() == [("amina@family.example", "News from the school")]
    [letter] = mail.outbox
    [(html, _)] = letter.alternatives  # type: ignore[attr-defined]
    for secret in ("Helen Host", "Reading", "Okafor"):
        assert secret not in f"{letter.subject}{letter.body}{html}"


def test_asking_60_families_that_said_yes_takes_a_constant_number_of_queries(
    host: StaffMember, django_assert_num_queries: Any
) -> None:
    small = [factories.make_pupil() for _ in range(3)]
    large = [factories.make_pupil() for _ in range(60)]
    for pupil in [*small, *large]:
        guardian = factories.make_guardian(pupil)
        give(host, pupil, guardian, about=f"first of {pupil.pk}")
    for number, pupils in enumerate([small, large]):
        asked = reading(17)
        with django_assert_num_queries(22 + ON_POSTGRESQL):
            question = ask(host, *pupils, about=f"later {number}", asked=asked)
        assert question.requests.filter(answers__channel="standing").count() == len(pupils)


def test_database_refuses_an_answer_that_rests_on_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    rows = Answer.objects.filter(request__question=later(host, maya))
    for facts in ({"standing": None}, {"channel": "link"}, {"kind": "no"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**facts)


def test_record_of_an_answer_never_says_that_it_rests_on_one(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    request = request_of(ask(host, maya, asked=plan()), maya, mum)
    with pytest.raises(NotAllowed):
        services.record(request, by=office, takes_part=True, may_be_recorded=None, name=mum.name,
                        relationship="mother", channel="standing")  # fmt: skip


def test_b20_call_for_which_it_was_set_aside_is_asked_about_also_when_the_pupil_comes_back(
    host: StaffMember, office: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    give(host, maya, mum)
    question = later(host, maya, tom)
    rested = Answer.objects.get(request=request_of(question, maya, mum))
    assert rested.channel == "standing"
    services.invalidate(rested, by=office, reason="She rang: not this one.")
    services.release(question, by=host, pupil_ids=[maya.pk])
    services.ask(
        by=host,
        about=question.about,
        asked=question.asked,
        pupil_ids=[maya.pk, tom.pk],
        closes_at=question.closes_at,
    )
    assert Answer.objects.filter(request__question=question, request__pupil=maya).count() == 1
    assert not consent_of(question, maya).is_given
