"""E42: a pupil of 16 or 17 decides themselves: proposed by one, approved by another, ended."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from consent import services
from consent.links import token
from consent.models import Question, Request, StandingConsent
from consent.policy import Status
from consent.selectors import opened
from consent.selectors.covering import cover_now
from consent.selectors.voices import asked_pupils
from notices.models import Notice
from school.models import Guardian, Guardianship, OwnConsent, Pupil, StaffMember
from school.selectors import own_consents_to_approve
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent.builders import answer, ask, consent_of, plan, request_of, wish
from tests.consent.own_consent import REASONS, approved, propose

TODAY = date(2026, 9, 15)


def a_minute_later(travel: Any) -> None:
    """What is asked anew is asked after what was said before."""
    travel(clock.now() + timedelta(minutes=1))


def heard_in(question: Question) -> list[str]:
    return [one.name for row in asked_pupils([question.pk], clock.now()) for one in row.heard]


def doors(question: Question) -> dict[str, bool]:
    """Whether the page behind each link that was ever mailed opens now, by whose it was."""
    rows = Request.objects.filter(question=question).select_related("guardian")
    return {
        row.guardian.name if row.guardian else "pupil": any(
            opened(token(row.pk, version), clock.now())
            for version in range(1, row.link_version + 1)
        )
        for row in rows
    }


def written_to(mailbox: Any) -> list[str]:
    return [address for letter in mailbox() for address in letter.to]


# --- Proposing and approving ----------------------------------------------------------------------
def test_e42_below_16_the_guardians_decide(office: StaffMember, noor: Pupil) -> None:
    Pupil.objects.filter(pk=noor.pk).update(born_on=date(2010, 9, 16))
    with pytest.raises(NotAllowed, match="Below 16 the guardians decide.* 16 September 2026"):
        propose(noor, by=office)
    assert propose(noor, by=office, begins_on=date(2026, 9, 16)).approved_at is None


@pytest.mark.parametrize(
    "facts",
    [{"reasons": " "}, {"begins_on": date(2026, 9, 14)}, {"until": date(2028, 3, 1)}],
)
def test_e42_proposal_without_reasons_or_out_of_time_is_refused(
    office: StaffMember, noor: Pupil, facts: dict[str, Any]
) -> None:
    with pytest.raises(NotAllowed):
        propose(noor, by=office, **facts)
    assert not OwnConsent.objects.exists()


def test_e42_teacher_proposes_nothing(host: StaffMember, noor: Pupil) -> None:
    with pytest.raises(NotAllowed):
        propose(noor, by=host)


def test_e42_one_proposal_at_a_time(office: StaffMember, noor: Pupil) -> None:
    propose(noor, by=office)
    with pytest.raises(NotAllowed, match="one already"):
        propose(noor, by=office)


def test_e42_who_proposed_cannot_approve(
    lead: StaffMember, deputy: StaffMember, noor: Pupil
) -> None:
    own = propose(noor, by=lead)
    with pytest.raises(NotAllowed, match="never the person"):
        services.approve_own_consent(own, by=lead)
    noor.refresh_from_db()
    assert noor.decides_from is None
    assert services.approve_own_consent(own, by=deputy).approved_by == deputy


@pytest.mark.parametrize("who", ["office", "deputy", "head", "host"])
def test_e42_only_the_lead_approves_what_the_office_proposed(
    office: StaffMember, noor: Pupil, request: pytest.FixtureRequest, who: str
) -> None:
    own = propose(noor, by=office)
    with pytest.raises(NotAllowed):
        services.approve_own_consent(own, by=request.getfixturevalue(who))


def test_e42_approved_or_ended_once(office: StaffMember, lead: StaffMember, noor: Pupil) -> None:
    own = approved(noor, office=office, lead=lead)
    with pytest.raises(NotAllowed, match="decided about this already"):
        services.approve_own_consent(own, by=lead)
    services.end_own_consent(own, by=lead)
    for again in (services.end_own_consent, services.approve_own_consent):
        with pytest.raises(NotAllowed):
            again(own, by=lead)


def test_e42_not_approved_after_the_time_is_over(
    office: StaffMember, lead: StaffMember, noor: Pupil, travel: Any
) -> None:
    own = propose(noor, by=office, until=date(2026, 9, 20))
    travel(clock.now() + timedelta(days=6))
    with pytest.raises(NotAllowed):
        services.approve_own_consent(own, by=lead)
    assert propose(noor, by=office).pk != own.pk


def test_e42_mailbox_that_a_guardian_reads_is_none(
    office: StaffMember, lead: StaffMember, noor: Pupil, mother: Guardian
) -> None:
    Guardian.objects.filter(pk=mother.pk).update(email="NOOR@pupil.example")
    own = propose(noor, by=office)
    with pytest.raises(NotAllowed, match="A guardian is written to"):
        services.approve_own_consent(own, by=lead)


def test_e42_proposal_waits_for_those_who_may_approve_it(
    office: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember, noor: Pupil
) -> None:
    own = propose(noor, by=office)
    people = (office, lead, deputy, head)

    def waiting() -> list[list[OwnConsent]]:
        return [own_consents_to_approve(one.viewer(), clock.today()) for one in people]

    assert waiting() == [[], [own], [], []]
    services.end_own_consent(own, by=office)
    assert waiting() == [[], [], [], []]


def test_e42_office_takes_back_its_own_proposal_and_no_approval(
    office: StaffMember, lead: StaffMember, noor: Pupil
) -> None:
    own = approved(noor, office=office, lead=lead)
    with pytest.raises(NotAllowed, match="Only the safeguarding team"):
        services.end_own_consent(own, by=office)


def test_e42_audit_tells_neither_ground_nor_reasons(
    office: StaffMember, lead: StaffMember, noor: Pupil
) -> None:
    own = approved(noor, office=office, lead=lead)
    services.end_own_consent(own, by=lead)
    rows = Entry.objects.filter(object=f"school.ownconsent:{own.pk}").order_by("pk")
    assert [(row.actor, row.verb, set(row.detail)) for row in rows] == [
        (office.actor, "own_consent.propose", {"pupil", "begins_on", "until"}),
        (lead.actor, "own_consent.approve", {"pupil", "begins_on", "until"}),
        (lead.actor, "own_consent.end", {"pupil", "begins_on", "until"}),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"reasons": ""},
        {"ground": "other"},
        {"until": date(2026, 9, 1)},
        {"approved_at": clock.now()},
        {"ended_at": clock.now()},
    ],
)
def test_e42_database_refuses_what_must_never_be(
    office: StaffMember, noor: Pupil, facts: dict[str, Any]
) -> None:
    usual: dict[str, Any] = {
        "pupil": noor,
        "ground": "able",
        "reasons": REASONS,
        "begins_on": TODAY,
        "asked_by": office,
        "asked_at": clock.now(),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnConsent.objects.create(**(usual | facts))
    both = {"approved_by": office, "approved_at": clock.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnConsent.objects.create(**(usual | both))
    with pytest.raises(IntegrityError), transaction.atomic():
        Pupil.objects.filter(pk=noor.pk).update(decides_until=TODAY)


# --- What it changes ------------------------------------------------------------------------------
def test_e42_nothing_changes_until_it_is_approved(
    host: StaffMember, office: StaffMember, noor: Pupil, mother: Guardian, mailbox: Any
) -> None:
    question = ask(host, noor)
    propose(noor, by=office)
    answer(request_of(question, noor, mother), takes_part=True)
    assert consent_of(question, noor).is_given
    assert heard_in(question) == ["Sana Aziz"]
    assert set(written_to(mailbox)) == {"sana@family.example"}


def test_e42_only_the_pupil_is_asked_and_counts(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    father: Guardian,
    mailbox: Any,
) -> None:
    approved(noor, office=office, lead=lead)
    question = ask(host, noor)
    assert (heard_in(question), written_to(mailbox)) == (["Noor Aziz"], ["noor@pupil.example"])
    assert not consent_of(question, noor).is_given
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    assert consent_of(question, noor).is_given
    assert set(written_to(mailbox)) == {"noor@pupil.example"}


def test_e42_guardians_yes_ends_with_every_link_and_no_letter_at_the_approval(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    father: Guardian,
    mailbox: Any,
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    before = written_to(mailbox)
    assert set(before) == {"sana@family.example", "omar@family.example"}
    assert doors(question) == {"Sana Aziz": True, "Omar Aziz": True}

    approved(noor, office=office, lead=lead)

    assert consent_of(question, noor).status is Status.WAITING
    assert (heard_in(question), doors(question)) == (
        ["Noor Aziz"],
        {"Sana Aziz": False, "Omar Aziz": False, "pupil": True},
    )
    assert written_to(mailbox)[len(before) :] == ["noor@pupil.example"]
    wish("sana@family.example")
    services.reword(question, by=host, asked=plan(is_recorded=True))
    assert set(written_to(mailbox)[len(before) :]) == {"noor@pupil.example"}


def test_e42_letter_that_waits_for_a_guardian_does_not_leave(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
) -> None:
    ask(host, noor)
    approved(noor, office=office, lead=lead)
    assert written_to(mailbox) == ["noor@pupil.example"]
    kept = Notice.objects.get(guardian=mother)
    assert (kept.state, kept.why) == ("dropped", "the pupil decides themselves")


def test_e42_brother_is_still_asked_about_and_his_page_names_her_no_more(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
) -> None:
    brother = factories.make_pupil("Idris", "Aziz", year_group=6)
    factories.tie_guardian(mother, brother)
    question = ask(host, noor, brother)
    his = request_of(question, brother, mother)
    page = opened(token(his.pk, his.link_version), clock.now())
    assert page is not None
    assert [one.name for one in page.siblings] == ["Noor A."]
    approved(noor, office=office, lead=lead)
    page = opened(token(his.pk, his.link_version), clock.now())
    assert page is not None
    assert page.siblings == ()
    [letter] = [one for one in mailbox() if one.to == [mother.email]]
    assert ("Idris" in letter.body, "Noor" in letter.body) == (True, False)


def test_e42_yes_for_the_school_year_ends_without_a_letter(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
) -> None:
    factories.make_term()
    question = ask(host, noor, asked=plan(kind="meetings.purpose:1"))
    asked = request_of(question, noor, mother)
    answer(asked, takes_part=True)
    cover = cover_now(asked)
    assert cover is not None
    services.give_standing(asked, by=mother, cover=cover, name=mother.name)
    before = len(written_to(mailbox))
    approved(noor, office=office, lead=lead)
    standing = StandingConsent.objects.get()
    assert (standing.ended_at, standing.ended_by) == (clock.now(), lead)
    assert written_to(mailbox)[before:] == ["noor@pupil.example"]
    other = ask(host, noor, about="meetings.meeting:2", asked=plan(kind="meetings.purpose:1"))
    assert (
        consent_of(other, noor).status is Status.SCHEDULED or not consent_of(other, noor).is_given
    )


def test_e42_without_an_address_the_office_asks_the_pupil(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, mother: Guardian
) -> None:
    Pupil.objects.filter(pk=noor.pk).update(email="")
    approved(noor, office=office, lead=lead)
    question = ask(host, noor)
    assert consent_of(question, noor).status is Status.NO_CONTACT
    services.record(
        request_of(question, noor, None),
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Noor Aziz",
        relationship="self",
        channel="telephone",
        at=clock.now(),
        note="",
    )
    assert consent_of(question, noor).is_given


def test_e42_what_the_office_wrote_down_for_nobody_on_record_is_not_the_pupils_word(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, travel: Any
) -> None:
    question = ask(host, noor)
    family = request_of(question, noor, None)
    services.record(
        family,
        by=office,
        takes_part=True,
        may_be_recorded=None,
        name="Her aunt",
        relationship="other",
        channel="paper",
        at=clock.now(),
        note="",
    )
    assert consent_of(question, noor).is_given
    a_minute_later(travel)
    own = approved(noor, office=office, lead=lead)
    assert not consent_of(question, noor).is_given
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    assert consent_of(question, noor).is_given
    a_minute_later(travel)
    services.end_own_consent(own, by=lead)
    assert not consent_of(question, noor).is_given


def test_e42_own_yes_is_not_the_familys_word_when_the_time_is_over(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, travel: Any
) -> None:
    """A care leaver of whom nobody is on record: the row of the pupil is then the office's."""
    approved(noor, office=office, lead=lead, until=date(2026, 9, 20))
    question = ask(host, noor)
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    assert consent_of(question, noor).is_given
    travel(clock.now() + timedelta(days=6))
    assert not consent_of(question, noor).is_given


# --- Ending ---------------------------------------------------------------------------------------
def test_e42_ending_it_asks_the_guardians_anew(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    father: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    Guardianship.objects.filter(guardian=father).update(counts_for_consent=False)
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    a_minute_later(travel)
    own = approved(noor, office=office, lead=lead)
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    assert consent_of(question, noor).is_given
    before = len(written_to(mailbox))
    a_minute_later(travel)

    services.end_own_consent(own, by=lead)

    assert (heard_in(question), consent_of(question, noor).is_given) == (["Sana Aziz"], False)
    assert written_to(mailbox)[before:] == ["sana@family.example"]
    assert doors(question)["pupil"] is False
    fresh = request_of(question, noor, mother)
    assert opened(token(fresh.pk, 1), clock.now()) is None
    answer(fresh, takes_part=True)
    assert consent_of(question, noor).is_given


def test_e42_letting_a_proposal_go_leaves_every_question_alone(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, mother: Guardian
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    before = list(Request.objects.values())
    services.end_own_consent(propose(noor, by=office), by=lead)
    assert (list(Request.objects.values()), consent_of(question, noor).is_given) == (before, True)


def test_e42_guardians_decide_again_when_the_time_is_over(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    """The call is in ten days, the time ends in five: the mother is asked on the sixth morning."""
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    mailbox()
    a_minute_later(travel)
    approved(noor, office=office, lead=lead, until=date(2026, 9, 20))
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    before = written_to(mailbox)
    assert (before.count("sana@family.example"), doors(question)["Sana Aziz"]) == (1, False)
    assert consent_of(question, noor).is_given

    travel(clock.now() + timedelta(days=6))

    assert (heard_in(question), consent_of(question, noor).is_given) == (["Sana Aziz"], False)
    assert written_to(mailbox)[len(before) :][:1] == ["sana@family.example"]
    assert doors(question) == {"Sana Aziz": True, "pupil": False}


def test_e42_time_that_begins_later_leaves_the_guardians_until_then(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    before = len(written_to(mailbox))
    approved(noor, office=office, lead=lead, begins_on=date(2026, 9, 20))
    assert consent_of(question, noor).is_given
    assert written_to(mailbox)[before:] == []

    travel(clock.now() + timedelta(days=5))

    assert (heard_in(question), consent_of(question, noor).is_given) == (["Noor Aziz"], False)
    assert written_to(mailbox)[before:][:1] == ["noor@pupil.example"]
    assert doors(question) == {"Sana Aziz": False, "pupil": True}


def test_e42_time_that_begins_later_and_is_over_before_the_call_hears_each_in_their_time(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    before = len(written_to(mailbox))
    dates = {"begins_on": date(2026, 9, 17), "until": date(2026, 9, 19)}
    approved(noor, office=office, lead=lead, **dates)
    start = clock.now()

    travel(start + timedelta(days=2))
    assert (heard_in(question), consent_of(question, noor).is_given) == (["Noor Aziz"], False)
    assert consent_of(question, noor).reason == "No answer yet from Noor Aziz."
    assert written_to(mailbox)[before:] == ["noor@pupil.example"]
    assert doors(question) == {"Sana Aziz": False, "pupil": True}
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    assert consent_of(question, noor).is_given
    before = len(written_to(mailbox))

    travel(start + timedelta(days=5))
    assert (heard_in(question), consent_of(question, noor).reason) == (
        ["Sana Aziz"],
        "Mother said yes.",
    )
    assert doors(question) == {"Sana Aziz": True, "pupil": False}
    assert written_to(mailbox)[before:] == []


def test_e42_time_ended_before_it_began_keeps_what_the_guardians_said(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    own = approved(noor, office=office, lead=lead, begins_on=date(2026, 9, 20))
    services.end_own_consent(own, by=lead)
    assert consent_of(question, noor).is_given
    travel(clock.now() + timedelta(days=5))
    assert "noor@pupil.example" not in written_to(mailbox)
    approved(noor, office=office, lead=lead)
    assert "noor@pupil.example" in written_to(mailbox)


def test_e42_own_answer_goes_on_counting_after_the_18th_birthday(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    travel: Any,
) -> None:
    Pupil.objects.filter(pk=noor.pk).update(born_on=date(2008, 9, 18))
    own = approved(noor, office=office, lead=lead)
    question = ask(host, noor)
    answer(request_of(question, noor, None), takes_part=True, relationship="self")
    travel(clock.now() + timedelta(days=4))
    assert (consent_of(question, noor).is_given, heard_in(question)) == (True, ["Noor Aziz"])
    services.end_own_consent(own, by=lead)
    assert (consent_of(question, noor).is_given, heard_in(question)) == (True, ["Noor Aziz"])
    noor.refresh_from_db()
    with pytest.raises(NotAllowed, match="is 18"):
        propose(noor, by=office)


def test_e42_call_that_has_begun_hears_the_guardian_no_more(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    travel: Any,
) -> None:
    question = ask(host, noor)
    answer(request_of(question, noor, mother), takes_part=True)
    travel(question.closes_at + timedelta(minutes=5))
    assert consent_of(question, noor).is_given
    before = Notice.objects.count()
    approved(noor, office=office, lead=lead)
    assert (consent_of(question, noor).is_given, heard_in(question)) == (False, ["Noor Aziz"])
    assert Notice.objects.count() == before


# --- The pupil's own mailbox ----------------------------------------------------------------------
def test_e41_e42_mailbox_of_another_gets_no_letter_of_a_new_call(
    host: StaffMember, office: StaffMember, lead: StaffMember, noor: Pupil, mailbox: Any
) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1), email="ada@home.example")
    approved(noor, office=office, lead=lead)
    question = ask(host, noor, adult)
    for pupil in (noor, adult):
        services.disown(request_of(question, pupil, None), by=services.PupilAlone(pupil.pk))
        pupil.refresh_from_db()
    assert [one.email_closed_at for one in (noor, adult)] == [clock.now()] * 2
    new = ask(host, noor, adult, about="meetings.meeting:2")
    assert written_to(mailbox) == []
    heard = [
        one.voice.unreachable for row in asked_pupils([new.pk], clock.now()) for one in row.heard
    ]
    assert heard == ["a message to this address came back or reached somebody else"] * 2


def test_e41_corrected_mailbox_of_a_pupil_gets_what_was_missed_and_the_old_one_is_told(
    host: StaffMember, office: StaffMember, mailbox: Any, school: Any
) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1), email="ada@home.example")
    asked = request_of(ask(host, adult), adult, None)
    before = len(written_to(mailbox))
    services.disown(asked, by=services.PupilAlone(adult.pk))
    with pytest.raises(NotAllowed):
        services.resend(asked, by=office)
    services.correct_address(adult, by=office, email="ada@pupil.example")
    adult.refresh_from_db()
    assert (adult.email_closed_at, adult.email_changed_at) == (None, clock.now())
    assert sorted(written_to(mailbox)[before:]) == ["ada@home.example", "ada@pupil.example"]
    old = Notice.objects.get(address="ada@home.example")
    assert (old.kind, old.detail) == ("consent_address_changed", {"pupil": adult.pk})


def test_e42_old_mailbox_that_a_guardian_reads_is_not_told_of_the_new_one(
    host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
    noor: Pupil,
    mother: Guardian,
    mailbox: Any,
    travel: Any,
) -> None:
    approved(noor, office=office, lead=lead)
    Guardian.objects.filter(pk=mother.pk).update(email="noor@pupil.example")
    question = ask(host, noor)
    assert consent_of(question, noor).status is Status.NO_CONTACT
    assert written_to(mailbox) == []
    a_minute_later(travel)
    services.correct_address(noor, by=office, email="noor@new.example")
    assert set(written_to(mailbox)) == {"noor@new.example"}


def test_e41_confirmed_mailbox_of_a_pupil_is_open_again(
    host: StaffMember, office: StaffMember, mailbox: Any, school: Any
) -> None:
    adult = factories.make_pupil("Ada", "Lane", born_on=date(2008, 1, 1), email="ada@home.example")
    question = ask(host, adult)
    before = len(written_to(mailbox))
    services.disown(request_of(question, adult, None), by=services.PupilAlone(adult.pk))
    services.confirm_address(adult, by=office, email="ada@home.example", how="in_person")
    adult.refresh_from_db()
    assert (adult.email_closed_at, adult.email_confirmed_by) == (None, office)
    assert written_to(mailbox)[before:] == ["ada@home.example"]
