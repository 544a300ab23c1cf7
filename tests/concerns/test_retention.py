"""Holding, proposing, and destroying with two people and a certificate."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.db.models import ProtectedError

from audit import services as audit
from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import (
    Birth,
    Category,
    Certificate,
    Concern,
    Destroyed,
    Entry,
    Hold,
    Involved,
    KeptUntil,
    Proposal,
    StatusFlag,
)
from concerns.policy import HoldWhy, Stand
from concerns.services import Named
from notices.models import Delivery, Ladder, Notice
from school.models import Guardian, Pupil, School, StaffMember
from school.roles import Role
from school.services import change_setting, removing
from schoolsafe.lib import clock, ledger
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.keeping import BORN, DUE, LATER, REASONS, closed, of_child

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("school_day")]
POLICE = HoldWhy.POLICE


@pytest.fixture(autouse=True)
def _ledger(settings: Any, tmp_path: Path) -> None:
    settings.DESTRUCTION_LEDGER = tmp_path / "destroyed.ledger"


@pytest.fixture
def due(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Callable[..., object]
) -> Concern:
    """A closed concern about a child who has turned 25."""
    concern = of_child(host, lead)
    clock_at(LATER)
    return concern


def kept(concern: Concern) -> selectors.Kept:
    return selectors.kept_one(Concern.objects.get(pk=concern.pk), now=clock.now())


def destroy(*concerns: Concern, first: StaffMember, second: StaffMember) -> list[Certificate]:
    names = [concern.reference for concern in concerns]
    services.propose(names, by=first, reasons=REASONS)
    return services.agree(names, by=second)


# --- What is left of it, and what is not ----------------------------------------------------------
def test_everything_of_a_concern_goes_and_the_certificate_and_the_audit_stay(
    due: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, mailbox: Any
) -> None:
    category = Category.objects.create(name="Neglect")
    due.categories.add(category)
    services.keep(due, by=lead, day=DUE, reasons="MARKERKEPT until she is 25")
    services.lift(
        services.hold(due, by=deputy, why=POLICE, reasons="MARKERHOLD"), by=lead, because="over"
    )
    mailbox()
    pupil = due.involved.get().pupil
    other = of_child(host, lead, "Leo")
    entries = AuditEntry.objects.filter(object=due.object).count()
    assert Notice.objects.about(due.object).exists()
    assert Delivery.objects.filter(notice__about=due.object).exists()

    [certificate] = destroy(due, first=lead, second=deputy)

    assert list(Concern.objects.all()) == [other]
    for model in (Involved, Entry, Hold, KeptUntil, Proposal):
        pointing = {"concern": due.pk}
        assert model._default_manager.filter(**pointing).count() == 0
    assert Concern.categories.through.objects.filter(concern=due.pk).count() == 0
    assert Notice.objects.about(due.object).count() == 0
    assert Ladder.objects.filter(about=due.object).count() == 0
    # What it stood beside is untouched.
    assert Category.objects.get() == category
    assert Pupil.objects.filter(pk=pupil.pk).exists()
    assert other.entries.count() == 2
    assert Notice.objects.about(other.object).exists()
    # The audit tells who did what, by numbers, and is whole.
    assert AuditEntry.objects.filter(object=due.object).count() == entries + 2
    assert audit.verify() is None
    assert (certificate.proposed_by, certificate.agreed_by) == (lead.actor, deputy.actor)
    assert [(row.reference, row.rule, row.due_on) for row in certificate.destroyed.all()] == [
        (due.reference, "pupil", DUE)
    ]
    assert certificate.rows["concerns.concern"] == 1
    assert certificate.rows["concerns.entry"] == 2
    assert certificate.rows["concerns.hold"] == 1


# Rows of the room that do not hang on a concern, each with its reason. A new model that hangs on one
# is destroyed with it by itself; one that does not has to be thought about here.
NOT_OF_A_CONCERN = {
    "Agency": "what the school may word for itself",
    "Category": "what the school may word for itself",
    "Draft": "not sent: nobody else's yet, and gone when it is sent or thrown away",
    "Outcome": "what the school may word for itself",
    "Certificate": "what is left of destroyed ones, for ever",
    "Destroyed": "what is left of destroyed ones, for ever",
    "Copy": "the log of what left the house stays; it holds who, for whom and a hash",
    "Transfer": "the log of what left the house stays (G35)",
    "TransferStep": "the log of what left the house stays (G35)",
    "AccessRequest": "the log of what left the house stays (A53); of texts it holds nothing",
    "AccessStep": "the log of what left the house stays (A53); of texts it holds nothing",
    "StatusFlag": "of a pupil; one that has ended goes with the last concern about the pupil",
}


def depends(model: type[models.Model], on: type[models.Model], seen: frozenset[Any]) -> bool:
    """Tell whether a row of a table hangs on a row of another, by any way of foreign keys."""
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model not in seen:
            there: Any = field.related_model
            if there is on or depends(there, on, seen | {model}):
                return True
    return False


def test_every_table_that_hangs_on_a_concern_goes_with_it() -> None:
    """Walked from the tables' own side, up every foreign key: none can be forgotten."""
    room = set(apps.get_app_config("concerns").get_models()) - {Concern}
    hanging = {model for model in room if depends(model, Concern, frozenset())}
    assert {model.__name__ for model in room - hanging} == set(NOT_OF_A_CONCERN)
    everywhere = {model for model in apps.get_models() if depends(model, Concern, frozenset())}
    assert everywhere == hanging
    found, waiting = set(), [Concern]
    while waiting:
        for relation in removing.pointing_at(waiting.pop()):
            if relation.related_model not in found | {Concern}:
                found.add(relation.related_model)
                waiting.append(relation.related_model)
    assert found == hanging


# --- E98 ------------------------------------------------------------------------------------------
# What may go with an account or a person: none of it says what happened.
MAY_GO = {
    "account.EmailAddress",
    "account.EmailConfirmation",
    "admin.LogEntry",
    "mfa.Authenticator",
    # Of allauth, and empty here: no sign-in at Microsoft keeps anything.
    "socialaccount.SocialAccount",
    "socialaccount.SocialToken",
    "school.Absence",
    "school.Cover",
    "school.DutySlot",
    "school.Guardianship",
    "school.RoleHeld",
    "school.SavedView",
    "school.Session",
    "school.SourcedId",
    # What was typed and not sent is nobody's record, and is kept for a day.
    "school.Unsent",
    "school.YearLead",
}


def cascades(model: type[models.Model]) -> set[str]:
    """Every table of which a row goes when one of this table is deleted."""
    found: set[str] = set()
    for relation in removing.pointing_at(model):
        if relation.on_delete is models.CASCADE and relation.related_model is not model:
            found |= {relation.related_model._meta.label} | cascades(relation.related_model)
    return found


@pytest.mark.parametrize("model", [User, StaffMember, Pupil, Guardian, Concern])
def test_e98_deleting_somebody_never_takes_evidence_with_it(model: type[models.Model]) -> None:
    assert cascades(model) - MAY_GO == set()


def test_e98_account_of_a_reporter_cannot_be_deleted(due: Concern, host: StaffMember) -> None:
    with pytest.raises(ProtectedError):
        host.user.delete()
    with pytest.raises(ProtectedError):
        host.delete()
    with pytest.raises(ProtectedError):
        due.delete()
    assert Concern.objects.get().reporter == host


# --- Two people -----------------------------------------------------------------------------------
def test_nobody_destroys_alone(due: Concern, lead: StaffMember, head: StaffMember) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    with pytest.raises(NotAllowed, match="no longer there"):
        services.agree([due.reference], by=lead)
    again = factories.make_staff("Leah Lead", roles=(Role.SAFEGUARDING,))
    with pytest.raises(NotAllowed, match="two accounts of one person"):
        services.agree([due.reference], by=again)
    mailbox = factories.make_staff("L. Lead", roles=(Role.DSL,))
    mailbox.user.email = lead.email.upper()
    mailbox.user.save()
    with pytest.raises(NotAllowed, match="two accounts of one person"):
        services.agree([due.reference], by=mailbox)
    assert Concern.objects.count() == 1
    assert services.agree([due.reference], by=head)
    assert Concern.objects.count() == 0


def test_e60_two_who_share_a_home_may_and_the_certificate_says_so(
    due: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    StaffMember.objects.filter(pk__in=[lead.pk, deputy.pk]).update(household="12 Mill Lane")
    lead.refresh_from_db()
    deputy.refresh_from_db()
    [certificate] = destroy(due, first=lead, second=deputy)
    assert certificate.share_a_home is True


@pytest.mark.parametrize("name", ["deputy", "host", "office", "governor", "it_superuser", "chair"])
def test_only_the_lead_and_the_headteacher_propose(
    name: str, due: Concern, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed, match="no longer there"):
        services.propose([due.reference], by=request.getfixturevalue(name), reasons=REASONS)
    assert Proposal.objects.count() == 0


@pytest.mark.parametrize("name", ["host", "office", "governor", "it_superuser", "chair", "leaver"])
def test_only_readers_agree(
    name: str, due: Concern, lead: StaffMember, request: pytest.FixtureRequest
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    if name == "leaver":
        request.getfixturevalue("leaver").roles_held.update(ends_on=date(2030, 1, 1))
    with pytest.raises(NotAllowed, match="no longer there"):
        services.agree([due.reference], by=request.getfixturevalue(name))
    assert Concern.objects.count() == 1


def test_what_one_headteacher_reads_the_chair_agrees_to_without_reading(
    host: StaffMember, head: StaffMember, chair: StaffMember, lead: StaffMember, clock_at: Any
) -> None:
    concern = closed(host, head, make.accused(host))
    services.note_birth(concern.involved.get(), by=head, born_on=date(1980, 1, 1))
    clock_at(LATER.replace(year=2047))
    services.propose([concern.reference], by=head, reasons=REASONS)
    with pytest.raises(NotAllowed, match="no longer there"):
        services.agree([concern.reference], by=lead)
    asked = selectors.asked_of(chair.viewer(), now=clock.now())
    assert [row.concern for row in asked] == [concern]
    assert selectors.asked_of(lead.viewer(), now=clock.now()) == []
    [certificate] = services.agree([concern.reference], by=chair)
    rows = Certificate.objects
    assert list(rows.visible_to(chair.viewer())) == [certificate]
    assert list(rows.visible_to(head.viewer())) == [certificate]
    assert list(rows.visible_to(lead.viewer())) == []


def test_whoever_stands_outside_is_never_asked(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember, clock_at: Any
) -> None:
    """E7: it is about the deputy's own child."""
    pupil = factories.make_pupil("Maya", born_on=BORN)
    factories.make_guardian(pupil, email=deputy.email)
    concern = closed(host, lead, make.child(pupil))
    clock_at(LATER)
    services.propose([concern.reference], by=lead, reasons=REASONS)
    assert selectors.asked_of(deputy.viewer(), now=clock.now()) == []
    assert [row.concern for row in selectors.asked_of(head.viewer(), now=clock.now())] == [concern]
    with pytest.raises(NotAllowed, match="no longer there"):
        services.agree([concern.reference], by=deputy)


def test_one_certificate_for_each_who_proposed(
    due: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember,
    clock_at: Any, school_day: Any,
) -> None:  # fmt: skip
    clock_at(school_day)
    other = of_child(host, lead, "Leo")
    clock_at(LATER)
    services.propose([due.reference], by=lead, reasons=REASONS)
    services.propose([other.reference], by=head, reasons=REASONS)
    done = services.agree([due.reference, other.reference], by=deputy)
    assert {(one.proposed_by, one.destroyed.get().reference) for one in done} == {
        (lead.actor, due.reference),
        (head.actor, other.reference),
    }


def test_taken_back_proposal_destroys_nothing(
    due: Concern, lead: StaffMember, deputy: StaffMember, host: StaffMember
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    with pytest.raises(NotAllowed, match="no longer there"):
        services.end_proposal(due, by=host)
    services.end_proposal(due, by=deputy)
    with pytest.raises(NotAllowed, match="no longer there"):
        services.agree([due.reference], by=deputy)
    with pytest.raises(NotAllowed, match="Nothing is proposed"):
        services.end_proposal(due, by=lead)
    assert destroy(due, first=lead, second=deputy)


# --- Asked again at the very end ------------------------------------------------------------------
def test_proposal_lapses_after_a_month_and_is_made_anew(
    due: Concern, lead: StaffMember, deputy: StaffMember, clock_at: Any
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    with pytest.raises(NotAllowed, match="proposed already"):
        services.propose([due.reference], by=lead, reasons=REASONS)
    clock_at(LATER + timedelta(days=30))
    with pytest.raises(NotAllowed, match="has lapsed"):
        services.agree([due.reference], by=deputy)
    assert destroy(due, first=lead, second=deputy)


def test_what_was_added_to_or_opened_since_is_not_destroyed(
    due: Concern, lead: StaffMember, deputy: StaffMember, host: StaffMember, clock_at: Any
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    clock_at(LATER + timedelta(hours=1))
    services.add(due, by=host, text="There was more.")
    with pytest.raises(NotAllowed, match="has lapsed"):
        services.agree([due.reference], by=deputy)
    services.reopen(due, by=lead, reasons="There was more.")
    with pytest.raises(NotAllowed, match="It is open"):
        services.agree([due.reference], by=deputy)
    assert Concern.objects.count() == 1


def test_e99_corrected_date_of_birth_counts_at_once(
    due: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    Pupil.objects.update(born_on=date(2018, 3, 9))
    assert kept(due).until.due_on == date(2043, 3, 9)
    with pytest.raises(NotAllowed, match="Its day has not come"):
        services.agree([due.reference], by=deputy)
    Pupil.objects.update(born_on=date(2015, 3, 9))
    with pytest.raises(NotAllowed, match="has lapsed"):
        services.agree([due.reference], by=deputy)
    Pupil.objects.update(born_on=None)
    with pytest.raises(NotAllowed, match="date of birth of a child is missing"):
        services.agree([due.reference], by=deputy)
    assert selectors.by_stand(lead.viewer(), now=clock.now())[Stand.UNKNOWN][0].concern == due


def test_g34_what_is_proposed_is_asked_again_when_the_school_keeps_it_for_longer(
    due: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    longer = change_setting("keep_child_years", 30, by=lead, why="The governors.", seen=0)
    assert kept(due).until.due_on == date(2046, 3, 9)
    with pytest.raises(NotAllowed, match="Its day has not come"):
        services.agree([due.reference], by=deputy)
    assert selectors.asked_of(deputy.viewer(), now=clock.now()) == []
    assert selectors.by_stand(lead.viewer(), now=clock.now())[Stand.DUE] == []
    # Set back it is due again; what two people destroy they look at again if its day is another one.
    change_setting("keep_child_years", 25, by=lead, why="Too long.", seen=longer.pk)
    [certificate] = services.agree([due.reference], by=deputy)
    assert certificate.destroyed.get().due_on == DUE


def test_g34_what_somebody_decided_to_keep_is_never_shortened_by_a_setting(
    due: Concern, lead: StaffMember
) -> None:
    services.keep(due, by=lead, day=date(2044, 1, 1), reasons="MARKERKEPT until then")
    longer = change_setting("keep_child_years", 26, by=lead, why="The governors.", seen=0)
    assert kept(due).until.due_on == date(2044, 1, 1)
    change_setting("keep_child_years", 25, by=lead, why="Too long.", seen=longer.pk)
    assert kept(due).until.due_on == date(2044, 1, 1)


def test_g11_concern_about_an_adult_is_kept_for_as_long_as_the_school_says(
    host: StaffMember, co_host: StaffMember, head: StaffMember, lead: StaffMember,
    clock_at: Callable[..., object],
) -> None:  # fmt: skip
    concern = closed(host, head, make.accused(co_host))
    services.note_birth(concern.involved.get(), by=head, born_on=date(1962, 5, 1))
    assert kept(concern).until.due_on == date(2036, 9, 15)
    clock_at(datetime(2036, 9, 16, 12, tzinfo=UTC))
    assert [one.concern for one in due_for(head)] == [concern]
    services.propose([concern.reference], by=head, reasons=REASONS)
    change_setting("keep_adult_years", 11, by=lead, why="The insurers.", seen=0)
    assert kept(concern).until.due_on == date(2037, 9, 15)
    assert due_for(head) == []


def due_for(person: StaffMember) -> list[selectors.Kept]:
    return selectors.by_stand(person.viewer(), now=clock.now())[Stand.DUE]


def test_e99_child_in_words_is_kept_until_somebody_notes_the_date(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Any
) -> None:
    concern = closed(host, lead, Named(part=policy.Part.SUBJECT, name="A boy in a red coat"))
    clock_at(LATER)
    with pytest.raises(NotAllowed, match="date of birth of a child is missing"):
        services.propose([concern.reference], by=lead, reasons=REASONS)
    with pytest.raises(NotAllowed, match="day to come"):
        services.note_birth(concern.involved.get(), by=lead, born_on=date(2041, 3, 11))
    services.note_birth(concern.involved.get(), by=lead, born_on=date(2020, 1, 1))
    services.note_birth(concern.involved.get(), by=lead, born_on=date(2014, 1, 1))
    assert kept(concern).until.due_on == date(2039, 1, 1)
    assert destroy(concern, first=lead, second=deputy)
    assert Birth.objects.count() == 0


def test_e99_or_decides_on_a_day_on_which_nobody_can_be_wronged(
    host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Any
) -> None:
    concern = closed(host, lead)
    with pytest.raises(NotAllowed, match="before 15 September 2052"):
        services.keep(concern, by=lead, day=date(2052, 9, 14), reasons=REASONS)
    services.keep(concern, by=lead, day=date(2052, 9, 15), reasons=REASONS)
    clock_at(LATER.replace(year=2053))
    assert destroy(concern, first=lead, second=deputy)


# --- E96: holds -----------------------------------------------------------------------------------
def test_e96_hold_wins_over_everything(
    due: Concern, lead: StaffMember, deputy: StaffMember, clock_at: Any
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    held = services.hold(due, by=deputy, why=POLICE, reasons="MARKERHOLD case 7")
    with pytest.raises(NotAllowed, match=f"{due.reference}: It is on hold"):
        services.agree([due.reference], by=deputy)
    assert kept(due).stand is Stand.HELD
    with pytest.raises(NotAllowed, match="Write the reasons"):
        services.lift(held, by=lead, because=" ")
    services.lift(held, by=lead, because="The case is closed.")
    with pytest.raises(NotAllowed, match="already"):
        services.lift(held, by=lead, because="The case is closed.")
    assert services.agree([due.reference], by=deputy)


def test_e96_hold_on_a_child_holds_every_concern_with_the_child_in_it(
    due: Concern, host: StaffMember, lead: StaffMember, deputy: StaffMember, clock_at: Any,
    school_day: Any,
) -> None:  # fmt: skip
    pupil = due.involved.get().pupil
    held = services.hold_pupil(pupil, by=lead, why=HoldWhy.ACCESS, reasons="MARKERHOLD asked")
    clock_at(school_day)
    saw = closed(host, lead, make.child(pupil, policy.Part.WITNESS))
    clock_at(LATER)
    for concern in (due, saw):
        with pytest.raises(NotAllowed, match="It is on hold"):
            services.propose([concern.reference], by=lead, reasons=REASONS)
    services.lift(held, by=deputy, because="It was answered.")
    ended = services.set_status(
        pupil, by=lead, kind=policy.FlagKind.YOUNG_CARER, since=BORN, notes="MARKERSTATUS"
    )
    services.end_status(ended, by=lead, on=BORN, notes="")
    destroy(due, first=lead, second=deputy)
    # The lifted hold stays while there is a concern about the child, and goes with the last.
    assert (Hold.objects.get(), StatusFlag.objects.get()) == (held, ended)
    destroy(saw, first=lead, second=deputy)
    assert (Hold.objects.count(), StatusFlag.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["host", "office", "governor", "it_superuser", "chair"])
def test_only_readers_hold_keep_and_note(
    name: str, due: Concern, lead: StaffMember, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(name)
    held = services.hold(due, by=lead, why=POLICE, reasons="MARKERHOLD")
    for act in (
        lambda: services.hold(due, by=other, why=POLICE, reasons="mine"),
        lambda: services.lift(held, by=other, because="mine"),
        lambda: services.keep(due, by=other, day=date(2060, 1, 1), reasons="mine"),
        lambda: services.note_birth(due.involved.get(), by=other, born_on=BORN),
    ):
        with pytest.raises(NotAllowed, match="no longer there"):
            act()
    assert list(Hold.objects.open()) == [held]


def test_e3_team_reads_nothing_of_what_the_headteacher_holds(
    due: Concern, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    """The police ask about the deputy: she must not learn it from the child's file."""
    pupil = due.involved.get().pupil
    held = services.hold_pupil(pupil, by=head, why=POLICE, reasons="MARKERHOLD about the deputy")
    seen = kept(due)
    assert seen.readable_holds(deputy.viewer()) == []
    assert seen.is_held_elsewhere(deputy.viewer())
    assert seen.readable_holds(head.viewer()) == [held]
    with pytest.raises(NotAllowed, match="Only those who read this hold"):
        services.lift(held, by=lead, because="mine")
    with pytest.raises(NotAllowed, match="on hold"):
        services.propose([due.reference], by=lead, reasons=REASONS)


def test_hold_of_another_desk_on_a_concern_that_is_not_due_is_told_to_nobody(
    host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    concern = of_child(host, lead)
    services.hold_pupil(concern.involved.get().pupil, by=head, why=POLICE, reasons="MARKERHOLD")
    assert not kept(concern).is_held_elsewhere(lead.viewer())
    found = selectors.by_stand(lead.viewer(), now=clock.now())
    assert [row for rows in found.values() for row in rows] == []
    assert len(selectors.by_stand(head.viewer(), now=clock.now())[Stand.HELD]) == 1


def test_family_of_a_child_neither_holds_nor_reads_the_childs_file(lead: StaffMember) -> None:
    pupil = factories.make_pupil("Maya", born_on=BORN)
    factories.make_guardian(pupil, email=lead.email)
    with pytest.raises(NotAllowed, match="Only those who handle"):
        services.hold_pupil(pupil, by=lead, why=POLICE, reasons="mine")


# --- E104, G36 ------------------------------------------------------------------------------------
def test_e104_record_of_the_child_goes_and_that_of_the_adult_stays(
    due: Concern, host: StaffMember, head: StaffMember, lead: StaffMember, deputy: StaffMember,
    clock_at: Any, school_day: Any,
) -> None:  # fmt: skip
    """Two records of one event, two rules: they know one another by reference only."""
    clock_at(school_day)
    about_host = closed(host, head, make.accused(host), seen=f"See {due.reference}.")
    services.note_birth(about_host.involved.get(), by=head, born_on=date(1990, 1, 1))
    clock_at(LATER)
    assert kept(about_host).until == policy.Until(due_on=date(2057, 1, 1), rule=policy.Rule.STAFF)
    destroy(due, first=lead, second=deputy)
    about_host = Concern.objects.get()
    assert about_host.seen == f"See {due.reference}."
    assert Destroyed.objects.get().reference == due.reference


def test_g36_school_may_keep_child_sexual_abuse_for_75_years_and_is_warned_until_it_does(
    due: Concern, lead: StaffMember
) -> None:
    due.categories.add(Category.objects.create(name="Sexual abuse", is_sexual_abuse=True))
    assert (kept(due).is_warned_of, kept(due).stand) == (True, Stand.DUE)
    School.objects.update(keeps_abuse=True)
    assert (kept(due).is_warned_of, kept(due).until.due_on) == (False, date(2101, 9, 15))


# --- The ledger -----------------------------------------------------------------------------------
def test_e97_what_was_destroyed_stands_outside_the_database_too(
    due: Concern, lead: StaffMember, deputy: StaffMember, settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    services.propose([due.reference], by=lead, reasons=REASONS)
    with django_capture_on_commit_callbacks(execute=True):
        [certificate] = services.agree([due.reference], by=deputy)
    text = settings.DESTRUCTION_LEDGER.read_text()
    assert "MARKER" not in text
    assert "Maya" not in text
    assert ledger.read(settings.DESTRUCTION_LEDGER) == ([selectors.in_ledger(certificate)], [])
    # Nobody without the keys can order a destruction, nor change one.
    forged = text.replace(due.reference, "AAAAAAAA") + "nonsense\n"
    settings.DESTRUCTION_LEDGER.write_text(text + forged)
    assert ledger.read(settings.DESTRUCTION_LEDGER)[1] == [2, 3]


def test_nothing_is_left_half_destroyed(
    due: Concern, lead: StaffMember, deputy: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)

    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("audit.services.record", fail)
    with pytest.raises(RuntimeError):
        services.agree([due.reference], by=deputy)
    assert Concern.objects.get() == due
    assert (due.entries.count(), Certificate.objects.count()) == (2, 0)


def test_letter_that_is_being_sent_is_waited_for(
    due: Concern, lead: StaffMember, deputy: StaffMember
) -> None:
    services.propose([due.reference], by=lead, reasons=REASONS)
    Notice.objects.about(due.object).filter(kind="concern_read").update(
        state="sending", leased_until=LATER, ended_at=None
    )
    with pytest.raises(NotAllowed, match="being sent this moment"):
        services.agree([due.reference], by=deputy)
    assert Concern.objects.count() == 1


def test_pages_ask_a_constant_number_of_questions(
    host: StaffMember, lead: StaffMember, clock_at: Any, django_assert_num_queries: Any
) -> None:
    of_child(host, lead, "One")
    clock_at(LATER)
    concerns = list(Concern.objects.all())
    with django_assert_num_queries(9):
        selectors.kept(concerns, now=clock.now())
    for name in ("Two", "Three"):
        of_child(host, lead, name)
    concerns = list(Concern.objects.all())
    with django_assert_num_queries(9):
        selectors.kept(concerns, now=clock.now())
