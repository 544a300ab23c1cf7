"""Members of staff who left go with the school year, with their accounts, unless something that is kept names them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from audit import services as audit
from audit.models import Entry
from concerns import services as concerns
from concerns.models import Certificate
from concerns.policy import HoldWhy
from meetings.models import Meeting
from notices.models import Notice
from notices.policy import State
from school import selectors, services
from school.models import (
    Absence,
    Disposal,
    Pupil,
    Revision,
    RoleHeld,
    SavedView,
    School,
    Session,
    StaffMember,
    SupplyStay,
)
from school.roles import Role
from school.services import revisions
from schoolsafe.keeping import colleagues, destroying, naming
from schoolsafe.keeping.relations import GOES_WITH_ACCOUNT
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log
from tests.families.test_keeping import DUE, YEAR, agreed, swept

pytestmark = pytest.mark.django_db
LEFT = date(2027, 7, 20)
ClockAt = Callable[[datetime], object]
Enter = Callable[..., Client]


def has_left(name: str, on: date = LEFT, **facts: Any) -> StaffMember:
    """Somebody whose last role has ended and whose account is closed."""
    staff = factories.make_staff(name, is_active=False, **facts)
    RoleHeld.objects.filter(staff=staff).update(ends_on=on)
    return staff


@pytest.fixture
def rita(school: School, clock_at: ClockAt) -> StaffMember:
    """A teacher who left in the school year that is due now; nothing names her."""
    rita = has_left("Rita Retired")
    Absence.objects.create(
        staff=rita, starts_at=DUE - timedelta(days=3000), ends_at=DUE - timedelta(days=2999)
    )
    SavedView.objects.create(staff=rita, register="calls", name="Mine", query="", saved_at=DUE)
    Authenticator.objects.create(user=rita.user, type=Authenticator.Type.TOTP, data={})
    clock_at(DUE)
    return rita


def year_due() -> destroying.YearDue:
    [found] = destroying.years_due(clock.today())
    return found


# --- When somebody left ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("is_active", "ends", "facts", "left"),
    [
        (False, LEFT, {}, LEFT),
        # The account is open, or a role has no end: nobody has left.
        (True, LEFT, {}, None),
        (False, None, {}, None),
        # On supply: the last day counts, for outside their days an account opens nothing.
        (True, None, {"works_from": LEFT, "works_until": LEFT}, LEFT),
        (False, None, {"works_from": LEFT, "works_until": LEFT}, LEFT),
        (True, None, {"works_from": LEFT, "works_until": DUE.date()}, None),
        (False, date(2027, 8, 1), {"works_from": LEFT, "works_until": LEFT}, date(2027, 8, 1)),
    ],
)
def test_somebody_left_when_their_last_role_ended_and_the_account_is_closed(
    school: School, clock_at: ClockAt, is_active: bool, ends: date | None, facts: dict[str, Any],
    left: date | None,
) -> None:  # fmt: skip
    staff = factories.make_staff("Rita Retired", is_active=is_active, **facts)
    RoleHeld.objects.update(ends_on=ends)
    clock_at(DUE)
    assert selectors.staff_left() == ({staff.pk: left} if left else {})
    assert selectors.staff_left([staff.pk + 1]) == {}


def test_supply_staff_with_another_role_have_not_left(school: School, clock_at: ClockAt) -> None:
    sue = factories.make_staff("Sue Supply", roles=(Role.STAFF, Role.GOVERNOR), works_from=LEFT,
                               works_until=LEFT)  # fmt: skip
    clock_at(DUE)
    assert selectors.staff_left() == {}
    RoleHeld.objects.filter(role=Role.GOVERNOR.value).update(ends_on=date(2028, 1, 1))
    assert selectors.staff_left() == {sue.pk: LEFT}


# --- What names them ---------------------------------------------------------------------------------
def test_every_relation_to_an_account_of_ours_is_said_to_go_with_it() -> None:
    relations = get_user_model()._meta.get_fields(include_hidden=True)
    found = {
        f"{one.related_model._meta.label}.{one.field.name}"
        for one in relations
        if one.is_relation and one.auto_created and not one.many_to_many
    }
    assert found == GOES_WITH_ACCOUNT


def test_relation_that_nobody_has_thought_of_keeps_somebody(
    call: Meeting, host: StaffMember, rita: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "KEEPS", {})
    assert naming.named(StaffMember, [host.pk, rita.pk]) == {host.pk}
    monkeypatch.setattr(
        colleagues, "GOES_WITH_ACCOUNT", GOES_WITH_ACCOUNT - {"mfa.Authenticator.user"}
    )
    assert colleagues.kept([rita.pk]) == {rita.pk}


# --- The story ---------------------------------------------------------------------------------------
def test_who_left_goes_with_their_year_and_their_account(
    rita: StaffMember, lead: StaffMember, head: StaffMember, co_host: StaffMember,
    staff_client: Enter,
) -> None:  # fmt: skip
    held = rita.roles_held.get()
    Session.objects.create(
        session_key="r" * 32, session_data="", user=rita.user, acted_at=DUE, expire_date=DUE
    )
    for row in (rita, rita.user, held, lead):
        revisions.note(row, {"pk": (1, 2)}, by=lead)
    year = year_due()
    assert (year.ends_on, year.due, year.pupils, year.staff, year.may_go) == (YEAR, 0, 0, 1, True)
    page = staff_client(lead).get(reverse("disposals")).content.decode()
    assert "1 member of staff who left by then" in " ".join(page.split())
    assert "Rita" not in page
    row = swept(agreed(lead, head))
    assert row.finished_at == clock.now()
    assert row.rows == {
        "school.staffmember": 1,
        "school.roleheld": 1,
        "school.absence": 1,
        "school.savedview": 1,
        "school.session": 1,
        "school.revision": 3,
        "mfa.authenticator": 1,
        "auth.user": 1,
    }
    assert ("Users", 1) in row.counts
    assert not get_user_model().objects.filter(pk=rita.user_id).exists()
    assert set(StaffMember.objects.values_list("name", flat=True)) == {
        lead.name, head.name, co_host.name
    }  # fmt: skip
    assert [one.object for one in Revision.objects.all()] == [revisions.reference(lead)]
    [told] = Entry.objects.filter(verb="staffmember.destroy")
    assert (told.object, told.actor, told.detail) == (
        f"school.staffmember:{rita.pk}", "system:sweep", {"disposal": row.reference}
    )  # fmt: skip
    assert not Entry.objects.filter(detail__icontains="Rita").exists()
    assert destroying.years_due(clock.today()) == []


def test_supply_staff_go_with_their_stays(
    lead: StaffMember, head: StaffMember, office: StaffMember, clock_at: ClockAt
) -> None:
    clock_at(datetime(2027, 3, 1, 9, tzinfo=UTC))
    sue = services.engage_supply(
        by=office, name="Sue Supply", email="sue@agency.example", telephone="",
        starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 3), is_checked=True,
    )  # fmt: skip
    clock_at(DUE)
    row = swept(agreed(lead, head))
    assert (row.rows["school.staffmember"], row.rows["school.supplystay"]) == (1, 1)
    assert not StaffMember.objects.filter(pk=sue.pk).exists()
    with pytest.raises(NotAllowed, match="no longer on record"):
        services.come_again(
            sue, by=office, starts_on=clock.today(), ends_on=clock.today(), is_checked=True
        )


def test_staff_go_in_batches_and_whoever_manages_another_goes_after_them(
    rita: StaffMember, lead: StaffMember, head: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colleagues, "BATCH", 1)
    has_left("Tim Teacher", date(2020, 7, 1), line_manager=rita)
    row = swept(agreed(lead, head))
    assert row.rows["school.staffmember"] == 2
    verbs = Entry.objects.filter(object=row.object).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[2:] == ["retention.destroy"] * 2 + ["retention.finish"]


def test_teacher_goes_in_the_same_round_as_the_last_call_that_names_them(
    call: Meeting, host: StaffMember, co_host: StaffMember, lead: StaffMember, head: StaffMember,
    clock_at: ClockAt,
) -> None:  # fmt: skip
    for person in (host, co_host):
        person.user.is_active = False
        person.user.save(update_fields=["is_active"])
    RoleHeld.objects.filter(staff__in=[host, co_host]).update(ends_on=LEFT)
    clock_at(DUE)
    assert year_due().staff == 2
    row = swept(agreed(lead, head))
    assert (row.rows["meetings.meeting"], row.rows["school.staffmember"]) == (1, 2)
    assert not StaffMember.objects.filter(pk__in=[host.pk, co_host.pk]).exists()


def test_account_of_an_intranet_is_not_ours_to_destroy(
    rita: StaffMember, lead: StaffMember, head: StaffMember, settings: Any
) -> None:
    settings.OWN_SIGN_IN = False
    row = swept(agreed(lead, head))
    assert (row.rows["school.staffmember"], row.rows["mfa.authenticator"]) == (1, 1)
    assert "auth.user" not in row.rows
    assert get_user_model().objects.filter(pk=rita.user_id).exists()


# --- What keeps them ---------------------------------------------------------------------------------
def accused(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    log.log(lead, log.child(maya), log.accused(rita))


def in_a_draft(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    typed = json.dumps({"child_words": ["She said that"], "staff": [str(rita.pk)]})
    concerns.keep_draft(typed, by=lead, key=uuid4())


def read_a_pupil(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    """Nothing but the audit says that she did: whose name stands there is asked as long as the pupil is here."""
    record(rita, f"school.pupil:{maya.pk}")


def did_what_nobody_knows(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    record(rita, "no.table:7")


def signed_a_certificate(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    Certificate.objects.create(
        at=clock.now(), desk="team", proposed_by=rita.actor, agreed_by=lead.actor
    )


def written_about(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    letter(lead, clock.today(), f"school.staffmember:{rita.pk}")


def decided(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    Pupil.objects.filter(pk=maya.pk).update(email_changed_by=rita)


def is_back(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    get_user_model().objects.filter(pk=rita.user_id).update(is_active=True)


def left_later(rita: StaffMember, lead: StaffMember, maya: Pupil) -> None:
    RoleHeld.objects.filter(staff=rita).update(ends_on=YEAR + timedelta(days=1))


def record(rita: StaffMember, name: str) -> None:
    audit.record(at=clock.now(), actor=rita.actor, verb="pupil.read", object=name)


@pytest.mark.parametrize(
    "keep",
    [
        accused,
        in_a_draft,
        read_a_pupil,
        did_what_nobody_knows,
        signed_a_certificate,
        written_about,
        decided,
        is_back,
        left_later,
    ],
)
def test_whoever_something_needs_stays_whole(
    keep: Callable[[StaffMember, StaffMember, Pupil], None], rita: StaffMember,
    lead: StaffMember, head: StaffMember, maya: Pupil,
) -> None:  # fmt: skip
    other = has_left("Tim Teacher")
    keep(rita, lead, maya)
    row = swept(agreed(lead, head))
    assert row.rows["school.staffmember"] == 1
    assert not StaffMember.objects.filter(pk=other.pk).exists()
    assert list(rita.roles_held.values_list("role", flat=True)) == ["staff"]
    assert Authenticator.objects.filter(user=rita.user_id).count() == 1
    assert get_user_model().objects.filter(pk=rita.user_id).exists()


@pytest.mark.parametrize(
    "name",
    [
        "audit.entry",
        "school.pupil:999999",
        "meetings.meeting:5",
        "concerns.draft:x",
        "school.disposal:AAAAAAAA",
        "school.pupil:99999999999999999999999",
    ],  # fmt: skip
)
def test_what_somebody_did_to_what_is_gone_keeps_nobody(
    rita: StaffMember, lead: StaffMember, head: StaffMember, name: str
) -> None:
    record(rita, name)
    record(rita, f"school.staffmember:{lead.pk}")
    assert swept(agreed(lead, head)).rows["school.staffmember"] == 1


def test_e8_page_says_the_same_whether_a_concern_keeps_somebody_or_they_are_here(
    rita: StaffMember, lead: StaffMember, deputy: StaffMember, maya: Pupil, staff_client: Enter
) -> None:
    has_left("Tim Teacher")
    browser = staff_client(lead)
    log.log(deputy, log.child(maya), log.accused(rita))
    kept = browser.get(reverse("disposals")).content.decode()
    is_back(rita, lead, maya)
    here = browser.get(reverse("disposals")).content.decode()
    assert "1 member of staff" in " ".join(kept.split())
    assert _said(kept) == _said(here)


def _said(page: str) -> str:
    main = page[page.index("<main") : page.index("</main")]
    return "\n".join(line for line in main.splitlines() if "csrfmiddlewaretoken" not in line)


# --- Letters alone -----------------------------------------------------------------------------------
def letter(to: StaffMember, on: date, about: str = "school.school:1", **facts: Any) -> Notice:
    at, key = clock.at(on, time.min), str(uuid4())
    return Notice.objects.create(
        key=key, message_id=key, kind="x", urgency=1, staff=to, about=about, queued_at=at, due_at=at,
        try_at=at, state=State.DROPPED.value, ended_at=at, **facts,
    )  # fmt: skip


def test_year_without_a_call_in_which_nobody_left_is_due_for_its_letters(
    lead: StaffMember, head: StaffMember, staff_client: Enter, clock_at: ClockAt
) -> None:
    letter(lead, date(2025, 3, 1))
    kept = [letter(lead, date(2025, 3, 1), "concerns.concern:AAAA"), letter(lead, date(2028, 3, 1))]
    clock_at(DUE)
    year = year_due()
    assert (year.label, year.due, year.letters, year.staff, year.may_go) == (
        "2024 to 2025", 0, 1, 0, True,
    )  # fmt: skip
    page = " ".join(staff_client(lead).get(reverse("disposals")).content.decode().split())
    assert "1 letter of that year about neither a call nor a concern goes with it." in page
    row = swept(agreed(lead, head, year.ends_on))
    assert row.rows == {"notices.notice": 1}
    assert list(Notice.objects.order_by("ended_at")) == kept
    assert destroying.years_due(clock.today()) == []


def test_e96_year_of_which_only_letters_about_a_held_pupil_are_left_is_not_due(
    lead: StaffMember, maya: Pupil, clock_at: ClockAt
) -> None:
    letter(lead, date(2025, 3, 1), pupil_ids=[maya.pk])
    clock_at(DUE)
    assert [year.letters for year in destroying.years_due(clock.today())] == [1]
    concerns.hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing.")
    assert destroying.years_due(clock.today()) == []
    assert Disposal.objects.count() == SupplyStay.objects.count() == 0


def test_teacher_of_a_call_that_stays_stays_too(
    call: Meeting, host: StaffMember, lead: StaffMember, head: StaffMember, maya: Pupil,
    clock_at: ClockAt,
) -> None:  # fmt: skip
    get_user_model().objects.filter(pk=host.user_id).update(is_active=False)
    RoleHeld.objects.filter(staff=host).update(ends_on=LEFT)
    clock_at(DUE)
    concerns.hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing.")
    assert year_due().staff == 0
    row = swept(agreed(lead, head))
    assert row.kept_back == 1
    assert StaffMember.objects.filter(pk=host.pk).exists()
