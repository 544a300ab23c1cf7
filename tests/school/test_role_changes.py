"""Roles given, proposed, approved and ended: who may, what is refused, and what it opens meanwhile."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from audit.models import Entry
from notices import services as outbox
from school import selectors, services
from school.models import RoleHeld, RoleProposal, StaffMember
from school.roles import Role
from school.services import SETUP
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.staffing import changes
from tests import factories
from tests.school.appointing import WHY, appoint, propose

Mailbox = Callable[[], list[EmailMessage]]
TODAY = date(2026, 9, 15)
TOMORROW = TODAY + timedelta(days=1)
pytestmark = pytest.mark.usefixtures("school_day")


def held(staff: StaffMember) -> set[Role]:
    """The roles of somebody as the rules see them now."""
    return set(StaffMember.objects.get(pk=staff.pk).viewer().roles)


def role_of(staff: StaffMember, role: Role) -> RoleHeld:
    return RoleHeld.objects.get(staff=staff, role=role.value)


def give(staff: StaffMember, role: Role = Role.OFFICE, **facts: object) -> RoleHeld:
    days = {"starts_on": TODAY, "ends_on": None} | facts
    return changes.give(staff, role=role, **days)  # type: ignore[arg-type]


def told(mailbox: Mailbox) -> dict[str, set[str]]:
    """Who got which letter."""
    names = dict(StaffMember.objects.values_list("user__email", "name"))
    found: dict[str, set[str]] = {}
    for letter in mailbox():
        found.setdefault(letter.subject, set()).add(names[letter.to[0]])
    return found


# --- Given by one ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "role", "given"),
    [
        ("it_superuser", Role.OFFICE, True),
        ("lead", Role.GOVERNOR, True),
        ("head", Role.IT, True),
        ("office", Role.OFFICE, False),
        ("deputy", Role.OFFICE, False),
        ("chair", Role.OFFICE, False),
        # What opens concerns takes two.
        ("lead", Role.DSL, False),
        ("head", Role.SAFEGUARDING, False),
        ("it_superuser", Role.CHAIR, False),
    ],
)
def test_role_given_by_one_person(
    who: str, role: Role, given: bool, colleague: StaffMember, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    if not given:
        with pytest.raises(NotAllowed):
            give(colleague, role, by=by)
    else:
        give(colleague, role, by=by)
    assert (role in held(colleague)) is given
    rows = Entry.objects.filter(verb="role.give").values_list("actor", "detail")
    detail = {"staff": colleague.pk, "role": role.value, "starts_on": "2026-09-15",
              "ends_on": None, "at_once": False}  # fmt: skip
    assert list(rows) == ([(by.actor, detail)] if given else [])


def test_role_for_oneself_and_one_of_somebody_who_reads_concerns_by_it_are_refused(
    lead: StaffMember, it_superuser: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match="Nobody changes their own"):
        give(lead, by=lead)
    with pytest.raises(NotAllowed, match="Leah Lead may read concerns"):
        give(lead, by=it_superuser)


def test_role_that_begins_later_opens_nothing_before_and_nothing_after(
    colleague: StaffMember, head: StaffMember, clock_at: Callable[[datetime], object]
) -> None:
    give(colleague, by=head, starts_on=TOMORROW, ends_on=TOMORROW)
    assert held(colleague) == {Role.STAFF}
    assert selectors.holders(Role.OFFICE, on=TODAY) == []
    clock_at(datetime(2026, 9, 16, 9, tzinfo=UTC))
    assert held(colleague) == {Role.STAFF, Role.OFFICE}
    assert selectors.holders(Role.OFFICE, on=TOMORROW) == [colleague]
    clock_at(datetime(2026, 9, 17, 9, tzinfo=UTC))
    assert held(colleague) == {Role.STAFF}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"starts_on": TODAY - timedelta(days=1)}, "before today"),
        ({"ends_on": TODAY - timedelta(days=1)}, "end before it begins"),
    ],
)
def test_days_that_cannot_be_are_refused(
    days: dict[str, date], words: str, colleague: StaffMember, head: StaffMember
) -> None:
    with pytest.raises(NotAllowed, match=words):
        give(colleague, by=head, **days)


def test_days_that_overlap_are_refused_and_those_after_are_not(
    colleague: StaffMember, head: StaffMember
) -> None:
    give(colleague, by=head, ends_on=date(2026, 9, 30))
    with pytest.raises(
        NotAllowed, match="holds this role already from 15 September 2026 until 30 "
    ):
        give(colleague, by=head, starts_on=date(2026, 9, 30))
    give(colleague, by=head, starts_on=date(2026, 10, 1))
    assert RoleHeld.objects.filter(staff=colleague, role="office").count() == 2


def test_leaver_gets_no_role(leaver: StaffMember, head: StaffMember, lead: StaffMember) -> None:
    with pytest.raises(NotAllowed, match="account of Larry Leaver is closed"):
        give(leaver, by=head)
    with pytest.raises(NotAllowed, match="account of Larry Leaver is closed"):
        propose(leaver, by=head, role=Role.DSL)


# --- Given by two ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.DSL, Role.SAFEGUARDING, Role.HEADTEACHER, Role.CHAIR])
def test_role_that_opens_concerns_opens_nothing_until_a_second_person_approved(
    role: Role, colleague: StaffMember, deputy: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    made = propose(colleague, by=deputy, role=role)
    assert held(colleague) == {Role.STAFF}
    assert told(mailbox) == {
        "A proposal about who may read concerns": {"Leah Lead", "Carol Colleague"}
    }

    changes.approve(made, by=lead)

    assert held(colleague) == {Role.STAFF, role}
    made.refresh_from_db()
    assert (made.outcome, made.settled_by, made.held) == (
        "approved",
        lead,
        role_of(colleague, role),
    )
    entries = Entry.objects.filter(verb__startswith="role").order_by("pk")
    verbs = entries.values_list("verb", "actor")
    assert list(verbs) == [
        ("role_proposal.propose", deputy.actor),
        ("role.give", lead.actor),
        ("role_proposal.approve", lead.actor),
    ]
    assert WHY not in str(list(Entry.objects.values_list("detail", flat=True)))
    assert told(mailbox)["Who may read concerns has changed"] == {"Dana Deputy", "Carol Colleague"}


def test_letters_say_what_is_proposed_and_lead_only_who_may_decide_to_it(
    colleague: StaffMember, deputy: StaffMember, lead: StaffMember, mailbox: Mailbox
) -> None:
    propose(colleague, by=deputy, role=Role.DSL)
    letters = {letter.to[0]: str(letter.body) for letter in mailbox()}
    assert "Dana Deputy has proposed Carol Colleague" in letters[lead.email]
    assert f"/school/roles/{colleague.pk}/" in letters[lead.email]
    assert "Dana Deputy has proposed you" in letters[colleague.email]
    assert "You need to do nothing." in letters[colleague.email]
    assert "/school/roles/" not in letters[colleague.email]
    assert [text for text in letters.values() if WHY in text] == []


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("lead", True),
        ("head", True),
        ("chair", True),
        ("deputy", True),
        ("office", False),
        ("it_superuser", False),
        ("host", False),
        ("colleague", False),
    ],
)
def test_who_proposes(
    who: str,
    may: bool,
    lead: StaffMember,
    head: StaffMember,
    colleague: StaffMember,
    request: pytest.FixtureRequest,
) -> None:
    by = request.getfixturevalue(who)
    if may:
        propose(colleague, by=by)
    else:
        with pytest.raises(NotAllowed):
            propose(colleague, by=by)
    assert RoleProposal.objects.count() == may


@pytest.mark.parametrize("decide", [changes.approve, changes.decline])
@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("head", True),
        ("lead", False),  # who proposed it
        ("colleague", False),  # whom it is about, and who is headteacher as well
        ("deputy", False),
        ("chair", False),
        ("it_superuser", False),
    ],
)
def test_who_decides(
    who: str,
    may: bool,
    decide: Callable[..., RoleProposal],
    lead: StaffMember,
    head: StaffMember,
    colleague: StaffMember,
    request: pytest.FixtureRequest,
) -> None:
    factories.give_role(colleague, Role.HEADTEACHER)
    made, by = propose(colleague, by=lead, role=Role.DSL), request.getfixturevalue(who)
    if may:
        decide(made, by=by)
    else:
        with pytest.raises(NotAllowed, match="never the person who proposed it"):
            decide(made, by=by)
    made.refresh_from_db()
    assert (made.settled_at is not None) is may
    assert (Role.DSL in held(colleague)) is (may and decide is changes.approve)


def test_sole_lead_who_is_headteacher_too_approves_what_the_chair_proposes(
    lead: StaffMember, chair: StaffMember, colleague: StaffMember
) -> None:
    factories.give_role(lead, Role.HEADTEACHER)
    with pytest.raises(
        NotAllowed, match="Nobody could approve it but you. Ask a deputy or the chair"
    ):
        propose(colleague, by=lead)
    changes.approve(propose(colleague, by=chair), by=lead)
    assert Role.SAFEGUARDING in held(colleague)


def test_proposer_who_lost_their_role_meanwhile_has_proposed_nothing(
    lead: StaffMember, head: StaffMember, deputy: StaffMember, colleague: StaffMember
) -> None:
    made = propose(colleague, by=deputy)
    changes.end(role_of(deputy, Role.SAFEGUARDING), by=lead, on=None)
    with pytest.raises(NotAllowed, match="Dana Deputy, who proposed it, does not answer"):
        changes.approve(made, by=head)
    assert held(colleague) == {Role.STAFF}
    changes.decline(made, by=head)


def test_proposer_whose_account_was_closed_has_proposed_nothing(
    head: StaffMember, deputy: StaffMember, colleague: StaffMember
) -> None:
    made = propose(colleague, by=deputy)
    factories.close_account(deputy)
    with pytest.raises(NotAllowed, match="does not answer for safeguarding"):
        changes.approve(made, by=head)


def test_approved_after_its_first_day_it_begins_on_the_day_of_approval(
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    clock_at: Callable[[datetime], object],
) -> None:
    made = propose(colleague, by=head, starts_on=TODAY, ends_on=date(2026, 9, 20))
    clock_at(datetime(2026, 9, 18, 9, tzinfo=UTC))
    changes.approve(made, by=lead)
    row = role_of(colleague, Role.SAFEGUARDING)
    assert (row.starts_on, row.ends_on) == (date(2026, 9, 18), date(2026, 9, 20))


def test_approved_after_its_last_day_it_is_refused(
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    clock_at: Callable[[datetime], object],
) -> None:
    made = propose(colleague, by=head, ends_on=date(2026, 9, 17))
    clock_at(datetime(2026, 9, 18, 9, tzinfo=UTC))
    with pytest.raises(NotAllowed, match="is over"):
        changes.approve(made, by=lead)
    assert held(colleague) == {Role.STAFF}


def test_decided_once(colleague: StaffMember, lead: StaffMember, head: StaffMember) -> None:
    made = propose(colleague, by=head)
    changes.decline(made, by=lead)
    for again in (changes.approve, changes.decline):
        with pytest.raises(NotAllowed, match="decided about this already"):
            again(made, by=lead)
    with pytest.raises(NotAllowed, match="decided about this already"):
        changes.take_back(made, by=head)


def test_declined_is_told_to_who_proposed_it_and_to_the_person(
    colleague: StaffMember, lead: StaffMember, head: StaffMember, mailbox: Mailbox
) -> None:
    changes.decline(propose(colleague, by=head), by=lead)
    letters = {letter.to[0]: str(letter.body) for letter in mailbox()}
    # That it was proposed is not told any more: it was decided before a letter left.
    assert letters.keys() == {colleague.email, head.email}
    assert all("Leah Lead has declined it." in text for text in letters.values())


def test_taken_back_by_who_proposed_it_alone(
    colleague: StaffMember, lead: StaffMember, head: StaffMember, mailbox: Mailbox
) -> None:
    made = propose(colleague, by=head)
    with pytest.raises(NotAllowed, match="Only the person who proposed it"):
        changes.take_back(made, by=lead)
    changes.take_back(made, by=head)
    assert told(mailbox) == {"A proposal about who may read concerns": {"Carol Colleague"}}
    propose(colleague, by=head)


def test_proposed_once_at_a_time_and_not_what_is_held(
    colleague: StaffMember, deputy: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    propose(colleague, by=head)
    with pytest.raises(NotAllowed, match="proposed for this role already"):
        propose(colleague, by=lead)
    with pytest.raises(NotAllowed, match="holds this role already"):
        propose(deputy, by=lead)


def test_without_a_reason_and_for_an_ordinary_role_nothing_is_proposed(
    colleague: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    for role, reason in ((Role.DSL, " "), (Role.OFFICE, WHY)):
        with pytest.raises(NotAllowed, match="write down why"):
            services.propose_role(colleague, by=head, role=role, reason=reason, starts_on=TODAY)


def test_proposal_lapses_and_both_are_told(
    colleague: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    mailbox: Mailbox,
    clock_at: Callable[[datetime], object],
) -> None:
    made = propose(colleague, by=head)
    mailbox()
    clock_at(made.lapses_at - timedelta(minutes=2))
    outbox.run_due(clock.now())
    made.refresh_from_db()
    assert made.is_waiting(now=clock.now())

    clock_at(made.lapses_at)
    with pytest.raises(NotAllowed, match="waited too long"):
        changes.approve(made, by=lead)
    outbox.run_due(clock.now())

    made.refresh_from_db()
    assert (made.outcome, made.settled_by) == ("lapsed", None)
    found = [letter.to[0] for letter in mailbox() if "it has lapsed" in str(letter.body)]
    assert sorted(found) == sorted([colleague.email, head.email])
    assert held(colleague) == {Role.STAFF}


# --- Ended -----------------------------------------------------------------------------------------
def test_role_ended_at_once_opens_nothing_from_now_on_and_is_told(
    deputy: StaffMember, lead: StaffMember, head: StaffMember, mailbox: Mailbox
) -> None:
    changes.end(role_of(deputy, Role.SAFEGUARDING), by=lead, on=None)
    assert held(deputy) == {Role.STAFF}
    assert deputy not in selectors.holders(Role.SAFEGUARDING, on=TODAY)
    assert told(mailbox) == {"Who may read concerns has changed": {"Dana Deputy", "Hugo Head"}}
    # The history stays.
    row = role_of(deputy, Role.SAFEGUARDING)
    assert (row.ends_on, row.ended_at) == (TODAY, clock.now())
    with pytest.raises(NotAllowed, match="does not hold this role any more"):
        changes.end(row, by=lead, on=None)


def test_role_ended_with_a_day_is_held_until_then(
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    mailbox: Mailbox,
    clock_at: Callable[[datetime], object],
) -> None:
    changes.end(role_of(deputy, Role.SAFEGUARDING), by=head, on=TOMORROW)
    assert Role.SAFEGUARDING in held(deputy)
    letters = [letter for letter in mailbox() if letter.to == [lead.email]]
    assert "The role deputy safeguarding lead of Dana Deputy ends with 16 September 2026." in str(
        letters[0].body
    )
    clock_at(datetime(2026, 9, 16, 21, tzinfo=UTC))
    assert Role.SAFEGUARDING in held(deputy)
    clock_at(datetime(2026, 9, 17, 5, tzinfo=UTC))
    assert held(deputy) == {Role.STAFF}


def test_role_that_has_not_begun_is_taken_back(colleague: StaffMember, head: StaffMember) -> None:
    row = give(colleague, by=head, starts_on=date(2026, 10, 1))
    changes.end(row, by=head, on=None)
    row.refresh_from_db()
    assert row.is_over(on=TODAY)
    assert row.is_over(on=date(2026, 10, 1))
    give(colleague, by=head, starts_on=date(2026, 10, 1))


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("lead", True),
        ("head", True),
        ("it_superuser", False),
        ("deputy", False),
        ("chair", False),
    ],
)
def test_who_ends_a_role_of_somebody_who_reads_concerns(
    who: str, may: bool, lead: StaffMember, request: pytest.FixtureRequest
) -> None:
    dora = factories.make_staff("Dora Deputy", roles=(Role.STAFF, Role.SAFEGUARDING))
    row, by = role_of(dora, Role.STAFF), request.getfixturevalue(who)
    if may:
        changes.end(row, by=by, on=None)
    else:
        with pytest.raises(NotAllowed):
            changes.end(row, by=by, on=None)
    assert (Role.STAFF in held(dora)) is not may


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (TODAY - timedelta(days=1), "cannot end before today"),
        (date(2026, 10, 2), "It ends on 30 September 2026"),
    ],
)
def test_end_that_cannot_be_is_refused(
    on: date, words: str, colleague: StaffMember, head: StaffMember
) -> None:
    row = give(colleague, by=head, ends_on=date(2026, 9, 30))
    with pytest.raises(NotAllowed, match=words):
        changes.end(row, by=head, on=on)


def test_role_of_a_leaver_ends_on_the_day_on_which_they_left(
    leaver: StaffMember, head: StaffMember
) -> None:
    """From then on what is kept about them is counted."""
    changes.end(role_of(leaver, Role.STAFF), by=head, on=date(2026, 7, 20))
    assert role_of(leaver, Role.STAFF).ends_on == date(2026, 7, 20)


@pytest.mark.parametrize("on", [None, date(2026, 9, 30)])
def test_only_lead_is_not_ended_before_another_begins(
    on: date | None,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    colleague: StaffMember,
) -> None:
    row = role_of(lead, Role.DSL)
    with pytest.raises(
        NotAllowed, match="Nobody but Leah Lead is the designated safeguarding lead"
    ):
        changes.end(row, by=head, on=on)
    made = propose(colleague, by=chair, role=Role.DSL, starts_on=date(2026, 10, 1))
    changes.approve(made, by=head)
    if on is None:
        with pytest.raises(NotAllowed, match="on 15 September 2026"):
            changes.end(row, by=head, on=on)
    else:
        changes.end(row, by=head, on=on)
        # And who was counted on cannot be taken back.
        with pytest.raises(NotAllowed, match="on 1 October 2026"):
            changes.end(role_of(colleague, Role.DSL), by=head, on=None)


def test_history_does_not_guard_an_account_for_ever(
    deputy: StaffMember, lead: StaffMember, it_superuser: StaffMember
) -> None:
    """Who was a deputy once is kept by IT again."""
    with pytest.raises(NotAllowed):
        give(deputy, by=it_superuser)
    changes.end(role_of(deputy, Role.SAFEGUARDING), by=lead, on=None)
    give(deputy, by=it_superuser)
    assert held(deputy) == {Role.STAFF, Role.OFFICE}


# --- The first lead --------------------------------------------------------------------------------
def test_first_lead_is_appointed_by_the_command_and_told_to_who_answers_for_concerns(
    head: StaffMember, colleague: StaffMember, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("appoint_lead", colleague.email.upper())
    assert capsys.readouterr().out == "Carol Colleague is the designated safeguarding lead.\n"
    assert held(colleague) == {Role.STAFF, Role.DSL}
    entry = Entry.objects.get(verb="role.give")
    assert (entry.actor, entry.detail["role"]) == (SETUP.actor, "dsl")
    letters = {letter.to[0]: str(letter.body) for letter in mailbox()}
    assert letters.keys() == {head.email, colleague.email}
    assert "was done by a command on the school's server" in letters[head.email]


def test_first_lead_of_a_school_without_staff_gets_an_account_without_a_password(
    school: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="add --name"):
        call_command("appoint_lead", "leah@elmfield.example")
    assert StaffMember.objects.count() == 0
    call_command(
        "appoint_lead", "leah@elmfield.example", name="Leah Lead", telephone="07700 900001"
    )
    assert "'Forgotten password'" in capsys.readouterr().out
    made = StaffMember.objects.get()
    assert (made.name, made.telephone, held(made)) == (
        "Leah Lead",
        "07700 900001",
        {Role.STAFF, Role.DSL},
    )
    assert not made.user.has_usable_password()


@pytest.mark.parametrize("email", ["carol", ""])
def test_command_asks_for_an_address(school: object, email: str) -> None:
    with pytest.raises(CommandError):
        call_command("appoint_lead", email)


def test_second_lead_is_not_made_by_the_command(lead: StaffMember, colleague: StaffMember) -> None:
    with pytest.raises(CommandError, match="Somebody is the designated lead already"):
        call_command("appoint_lead", colleague.email)
    assert held(colleague) == {Role.STAFF}


def test_first_lead_is_nobody_who_has_left(leaver: StaffMember) -> None:
    with pytest.raises(CommandError, match="is closed"):
        call_command("appoint_lead", leaver.email)


def test_after_the_lead_has_gone_the_command_makes_another(
    lead: StaffMember, colleague: StaffMember
) -> None:
    factories.close_account(lead)
    call_command("appoint_lead", colleague.email)
    assert Role.DSL in held(colleague)


# --- What the database refuses ---------------------------------------------------------------------
def facts(lead: StaffMember, colleague: StaffMember) -> dict[str, object]:
    return {
        "staff": colleague,
        "role": "dsl",
        "starts_on": TODAY,
        "reason": WHY,
        "proposed_at": clock.now(),
        "proposed_by": lead,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "office"},
        {"reason": ""},
        {"ends_on": TODAY - timedelta(days=1)},
        {"outcome": "lapsed"},
        {"settled_at": datetime(2026, 9, 15, tzinfo=UTC)},
        {"settled_at": datetime(2026, 9, 15, tzinfo=UTC), "outcome": "declined"},
        {"settled_at": datetime(2026, 9, 15, tzinfo=UTC), "outcome": "approved"},
    ],
)
def test_proposal_that_must_not_be_is_refused_by_the_database(
    wrong: dict[str, object], lead: StaffMember, colleague: StaffMember
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleProposal.objects.create(**facts(lead, colleague) | wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleProposal.objects.create(**facts(lead, colleague) | {"proposed_by": colleague})
    for _ in range(2):
        row = RoleProposal.objects.create(**facts(lead, colleague))
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleProposal.objects.create(**facts(lead, colleague))
        row.delete()


def test_proposal_approved_by_who_made_it_is_refused_by_the_database(
    lead: StaffMember, head: StaffMember, colleague: StaffMember
) -> None:
    made = appoint(colleague, Role.DSL, by=lead, approved_by=head)
    for wrong in (lead, colleague):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleProposal.objects.filter(pk=made.pk).update(settled_by=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_on": TODAY, "ends_on": TODAY - timedelta(days=1)},
        {"ended_at": datetime(2026, 9, 15, tzinfo=UTC)},
        {"role": "caretaker"},
        {"role": "staff"},
    ],
)
def test_role_that_must_not_be_is_refused_by_the_database(
    wrong: dict[str, object], colleague: StaffMember
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleHeld.objects.create(**{"staff": colleague, "role": "office"} | wrong)
