"""Pupils who left and their guardians go with the school year, unless something that is kept names them."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from audit import services as audit
from audit.models import Entry
from concerns import services as concerns
from concerns.models import AccessRequest, Copy, Hold, Involved, StatusFlag, Transfer
from concerns.policy import FlagKind, HoldWhy
from meetings.models import Meeting
from notices import services as outbox
from notices.models import Ladder, Notice
from school import keeping, services
from school.keeping import Former
from school.models import (
    Disposal,
    FamilyRequest,
    Guardian,
    Guardianship,
    ImportRun,
    Pupil,
    Revision,
    SourcedId,
    StaffMember,
)
from school.rights import Heard, Outcome, Right
from school.services.revisions import reference
from schoolsafe.families import asking
from schoolsafe.keeping import destroying, leaving, naming
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log
from tests.families.test_keeping import DUE, YEAR, agreed, swept
from tests.meetings import calls

pytestmark = pytest.mark.django_db
LEFT = date(2027, 7, 20)
ClockAt = Callable[[datetime], object]
Enter = Callable[..., Client]


# --- The rules ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "today", "goes"),
    [
        ({}, date(2033, 9, 1), True),
        ({}, date(2033, 8, 31), False),
        ({"left_on": YEAR}, date(2033, 9, 1), True),
        ({"left_on": YEAR + timedelta(days=1)}, date(2033, 9, 1), False),
        ({"left_on": date(2019, 7, 1)}, date(2033, 9, 1), True),
        # Back on roll, or leaving on a day to come.
        ({"left_on": None}, date(2033, 9, 1), False),
        ({"left_on": date(2033, 12, 20)}, date(2033, 9, 1), False),
        ({"is_held": True}, date(2033, 9, 1), False),
        ({"is_named": True}, date(2033, 9, 1), False),
        ({"is_held": True, "is_named": True}, date(2040, 1, 1), False),
    ],
)
def test_former_goes_with_the_year_in_which_they_left_or_a_later_one_and_a_hold_wins(
    facts: dict[str, Any], today: date, goes: bool
) -> None:
    former = Former(**({"left_on": LEFT, "is_held": False, "is_named": False} | facts))
    assert keeping.former_goes(former, year_ends_on=YEAR, years=6, today=today) is goes


@pytest.mark.parametrize(
    ("pupils", "is_named", "goes"),
    [(0, False, True), (1, False, False), (0, True, False), (2, True, False)],
)
def test_guardian_goes_who_has_no_pupil_here_and_is_named_by_nothing(
    pupils: int, is_named: bool, goes: bool
) -> None:
    assert keeping.guardian_goes(pupils=pupils, is_named=is_named) is goes


@pytest.mark.parametrize(
    ("today", "years", "last"),
    [
        (date(2033, 8, 31), 6, date(2026, 8, 31)),
        (date(2033, 9, 1), 6, date(2027, 8, 31)),
        (date(2034, 1, 1), 6, date(2027, 8, 31)),
        (date(2034, 1, 1), 10, date(2023, 8, 31)),
        (date(2034, 1, 1), 1, date(2032, 8, 31)),
    ],
)
def test_last_year_that_is_due_is_the_one_whose_time_is_up(
    today: date, years: int, last: date
) -> None:
    assert keeping.last_due(today, years=years) == last
    assert keeping.is_due(last, years=years, today=today)
    assert not keeping.is_due(last + timedelta(days=1), years=years, today=today)


# --- What names them ---------------------------------------------------------------------------------
def test_every_relation_to_a_person_is_said_to_go_or_to_keep() -> None:
    found = {
        label for model in (Pupil, Guardian, StaffMember) for label, _ in naming.relations(model)
    }
    assert found == naming.GOES | naming.KEEPS.keys()
    assert naming.GOES & naming.KEEPS.keys() == set()


def test_every_relation_that_django_knows_is_among_them() -> None:
    """Those without a name for the way back, and the tables between two others, too."""
    for model in (Pupil, Guardian, StaffMember):
        known = {label for label, _ in naming.relations(model)}
        direct = {
            f"{one.related_model._meta.label}.{one.field.name}"
            for one in model._meta.related_objects
            if one.one_to_many or one.one_to_one
        }
        between = {
            f"{one.through._meta.label}.{one.field.m2m_reverse_field_name()}"
            for one in model._meta.related_objects
            if one.many_to_many and one.through._meta.auto_created
        }
        assert (direct | between) - known == set()


def test_relation_that_nobody_has_thought_of_keeps_a_pupil(
    call: Meeting, maya: Pupil, other: Pupil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "KEEPS", {})
    assert naming.named(Pupil, [maya.pk, other.pk]) == {maya.pk, other.pk}


# --- The story ---------------------------------------------------------------------------------------
@pytest.fixture
def later(
    call: Meeting, maya: Pupil, tom: Pupil, other: Pupil, office: StaffMember, clock_at: ClockAt
) -> Meeting:
    """Maya left in the year of the call; Tom and Zachary are still here, and the time of the year is up."""
    services.leave(maya, by=office, on=LEFT)
    SourcedId.objects.create(source="sds", identifier="M-1", pupil=maya)
    services.note_siblings(by=office, families=[[maya, tom]])
    clock_at(DUE)
    return call


def year_due() -> destroying.YearDue:
    [found] = destroying.years_due(clock.today())
    return found


def test_pupil_who_left_goes_with_their_year_and_so_does_a_guardian_of_nobody_else(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, maya: Pupil,
    tom: Pupil, other: Pupil, mum: Guardian, dad: Guardian,
) -> None:  # fmt: skip
    for guardian in (mum, dad):
        services.change_language(guardian, by=office, language="pl")
    tie = maya.guardianships.get(guardian=dad)
    services.block_contact(
        tie, by=lead, blocked_from=LEFT, blocked_until=None, reason="An order.", evidence="File 7."
    )
    kept = {one.object for one in Revision.objects.all()}
    assert kept == {reference(row) for row in (maya, mum, dad, tie)}
    year = year_due()
    assert (year.due, year.stay, year.pupils, year.guardians) == (1, 0, 1, 1)
    row = swept(agreed(lead, head))
    assert set(Pupil.objects.all()) == {tom, other}
    assert set(Guardian.objects.values_list("name", flat=True)) == {"Amina Okafor", "Zelda Quill"}
    assert row.finished_at == clock.now()
    assert {label: row.rows[label] for label in row.rows if label.startswith("school.")} == {
        "school.pupil": 1,
        "school.guardian": 1,
        "school.guardianship": 2,
        "school.sourcedid": 1,
        "school.revision": 3,
    }
    assert [one.object for one in Revision.objects.all()] == [reference(mum)]
    assert dict(row.counts)["Pupils"] == 1
    told = Entry.objects.filter(verb__in=["pupil.destroy", "guardian.destroy"]).order_by("pk")
    assert [(one.verb, one.object, one.actor) for one in told] == [
        ("pupil.destroy", f"school.pupil:{maya.pk}", "system:sweep"),
        ("guardian.destroy", f"school.guardian:{dad.pk}", "system:sweep"),
    ]
    assert [one.detail for one in told] == [{"disposal": row.reference}] * 2
    assert not tom.siblings.exists()
    assert Entry.objects.filter(detail__icontains="Maya").count() == 0
    assert destroying.years_due(clock.today()) == []


def test_pupils_and_guardians_are_destroyed_in_batches(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember,
    maya: Pupil, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(leaving, "BATCH", 1)
    ana = factories.make_pupil("Ana", "Silva", left_on=date(2025, 7, 1))
    factories.make_guardian(ana, name="Rui Silva")
    row = swept(agreed(lead, head))
    assert (row.rows["school.pupil"], row.rows["school.guardian"]) == (2, 2)
    verbs = Entry.objects.filter(object=row.object).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "retention.propose", "retention.agree",
        *["retention.destroy"] * 5,
        "retention.finish",
    ]  # fmt: skip


def test_year_without_a_call_is_due_when_somebody_left_in_it(
    school: object, lead: StaffMember, head: StaffMember, clock_at: ClockAt
) -> None:
    ana = factories.make_pupil("Ana", "Silva", left_on=date(2025, 7, 1))
    factories.make_guardian(ana, name="Rui Silva")
    clock_at(DUE)
    year = year_due()
    assert (year.label, year.due, year.pupils, year.guardians, year.may_go) == (
        "2024 to 2025", 0, 1, 1, True,
    )  # fmt: skip
    row = swept(agreed(lead, head, year.ends_on))
    assert row.rows == {"school.pupil": 1, "school.guardianship": 1, "school.guardian": 1}
    assert (Pupil.objects.count(), Guardian.objects.count()) == (0, 0)


def test_who_left_in_a_later_year_and_who_is_back_stay(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, maya: Pupil
) -> None:
    kim = factories.make_pupil("Kim", "Roe", left_on=YEAR + timedelta(days=1))
    Pupil.objects.filter(pk=maya.pk).update(left_on=None)
    assert (year_due().pupils, year_due().guardians) == (0, 0)
    swept(agreed(lead, head))
    assert Pupil.objects.filter(pk__in=[maya.pk, kim.pk]).count() == 2
    assert Guardianship.objects.filter(pupil=maya).count() == 2


def test_guardian_stays_for_one_who_stays_and_goes_with_the_last(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, tom: Pupil,
    mum: Guardian, clock_at: ClockAt,
) -> None:  # fmt: skip
    swept(agreed(lead, head))
    assert list(Guardianship.objects.filter(guardian=mum).values_list("pupil", flat=True)) == [
        tom.pk
    ]
    services.leave(tom, by=office, on=date(2029, 7, 20))
    clock_at(datetime.combine(date(2035, 9, 1), DUE.timetz()))
    year = year_due()
    assert (year.label, year.pupils, year.guardians) == ("2028 to 2029", 1, 1)
    swept(agreed(lead, head, year.ends_on))
    assert list(Guardian.objects.values_list("name", flat=True)) == ["Zelda Quill"]


def test_guardian_whom_something_named_goes_with_a_later_year(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, dad: Guardian
) -> None:
    """Their pupil is gone by then: that they are of nobody says that they had one."""
    letter = Notice.objects.filter(guardian=dad).first()
    assert letter is not None
    Notice.objects.filter(pk=letter.pk).update(
        about="school.school:1", pupil_ids=[], ended_at=DUE - timedelta(days=30)
    )
    swept(agreed(lead, head))
    assert Guardianship.objects.filter(guardian=dad).count() == 0
    assert list(Guardian.objects.filter(pk=dad.pk)) == [dad]
    Notice.objects.filter(pk=letter.pk).update(ended_at=DUE - timedelta(days=3_000))
    row = services.propose_disposal(date(2025, 8, 31), by=lead, reasons="Six years are over.")
    swept(destroying.agree(row, by=head))
    assert list(Guardian.objects.filter(pk=dad.pk)) == []


# --- What keeps them ---------------------------------------------------------------------------------
def held(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    concerns.hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing.")


def asked_for(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    asking.note(
        by=office, right=Right.CORRECT, pupil=maya, guardian=None, is_by_another=False,
        heard=Heard.WRITTEN, name="Maya", words="All of it.", received_on=clock.today(),
    )  # fmt: skip


def in_a_concern(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    log.log(lead, log.child(maya))


def of_a_standing(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    concerns.set_status(maya, by=lead, kind=FlagKind.LOOKED_AFTER, since=clock.today())


def asked_to_see(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    ended_request(maya, lead)


def with_a_copy(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    copied(maya, lead)


def with_a_leaving(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    moved = taken_on(maya)
    long_ago = DUE - timedelta(days=3_000)
    Transfer.objects.filter(pk=moved.pk).update(raised_at=long_ago)


def on_a_letter(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    """Its list of pupils is no foreign key; neither a longer nor a shorter number is hers."""
    one = Notice.objects.order_by("pk").first()
    assert one is not None
    Notice.objects.filter(pk=one.pk).update(
        guardian=None, staff=office, about="school.school:1", pupil_ids=[maya.pk, 10 * maya.pk]
    )


def written_about(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    one = Notice.objects.order_by("pk").first()
    assert one is not None
    Notice.objects.filter(pk=one.pk).update(
        guardian=None, staff=office, about=f"school.pupil:{maya.pk}", pupil_ids=[],
        ended_at=clock.now(),
    )  # fmt: skip


def awaited(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    Ladder.objects.create(
        kind="x", about=f"school.pupil:{maya.pk}", started_at=clock.now(), due_at=clock.now()
    )


def in_a_draft(maya: Pupil, lead: StaffMember, office: StaffMember) -> None:
    """Nobody has sent it yet, and nobody but the office knows that it is there."""
    typed = json.dumps({"child_words": ["She said that"], "pupils": [str(maya.pk)]})
    concerns.keep_draft(typed, by=office, key=uuid4())


@pytest.mark.parametrize(
    "keep",
    [
        in_a_draft,
        held,
        asked_for,
        in_a_concern,
        of_a_standing,
        asked_to_see,
        with_a_copy,
        with_a_leaving,
        on_a_letter,
        written_about,
        awaited,
    ],
)
def test_whoever_something_needs_stays_whole_with_their_guardians(
    keep: Callable[[Pupil, StaffMember, StaffMember], None], later: Meeting, lead: StaffMember,
    head: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian,
) -> None:  # fmt: skip
    keep(maya, lead, office)
    Notice.objects.filter(pupil_ids__isnull=False, about="school.school:1").update(
        ended_at=clock.now()
    )
    row = swept(agreed(lead, head))
    assert row.finished_at == clock.now()
    assert set(Guardianship.objects.filter(pupil=maya).values_list("guardian", flat=True)) == {
        mum.pk,
        dad.pk,
    }
    assert list(maya.sourced_ids.values_list("identifier", flat=True)) == ["M-1"]
    assert "school.pupil" not in row.rows


def test_e8_page_and_certificate_say_the_same_whatever_keeps_somebody(
    later: Meeting, lead: StaffMember, head: StaffMember, deputy: StaffMember, maya: Pupil,
    staff_client: Enter,
) -> None:  # fmt: skip
    """One on roll, and one in a concern about the lead that only the head reads: the lead sees no difference."""
    Pupil.objects.filter(pk=maya.pk).update(left_on=None)
    browser = staff_client(lead)
    on_roll = browser.get(reverse("disposals")).content.decode()
    Pupil.objects.filter(pk=maya.pk).update(left_on=LEFT)
    free = browser.get(reverse("disposals")).content.decode()
    concern = log.log(deputy, log.child(maya), log.accused(lead))
    assert Involved.objects.filter(pupil=maya).count() == 1
    kept = browser.get(reverse("disposals")).content.decode()
    assert plain(free) != plain(kept)
    assert plain(on_roll) == plain(kept)
    row = swept(agreed(head, lead))
    page = browser.get(row.get_absolute_url()).content.decode()
    assert [
        word for word in ("Maya", "<dt>Pupil", "oncern</dt>", concern.reference) if word in page
    ] == []
    assert Entry.objects.filter(object=row.object, detail__icontains="concern").count() == 0


def plain(page: str) -> str:
    """What a page says, without what is new each time it is drawn."""
    said = page[page.index("<main") : page.index("</main")]
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", said)


# --- What goes with them -----------------------------------------------------------------------------
def ended_request(maya: Pupil, lead: StaffMember) -> AccessRequest:
    return AccessRequest.objects.create(
        pupil=maya, received_on=clock.today(), heard="written", asker="pupil", name="Maya",
        words="MARKERWORDS", noted_at=clock.now(), noted_by=lead, ended_at=clock.now(),
        ending="withdrawn",
    )  # fmt: skip


def copied(maya: Pupil, lead: StaffMember) -> Copy:
    return Copy.objects.create(
        pupil=maya, made_at=clock.now(), made_by=lead, for_whom="A court", reason="An order",
        sha256="0" * 64, text_sha256="0" * 64,
    )  # fmt: skip


def taken_on(maya: Pupil) -> Transfer:
    found = Transfer.objects.create(pupil=maya, raised_at=clock.now(), left_on=LEFT)
    found.steps.create(kind="raised", at=clock.now(), happened_at=clock.now())
    return found


def withdrawn(lead: StaffMember) -> FamilyRequest:
    """What was asked for is wished no longer."""
    return asking.do(
        services.decide_family_request, FamilyRequest.objects.get(), by=lead,
        outcome=Outcome.WITHDRAWN, ground=None, happened_on=clock.today(), text="A change of mind.",
    )  # fmt: skip


def test_old_request_lifted_hold_and_ended_status_go_with_the_pupil(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, maya: Pupil,
    clock_at: ClockAt,
) -> None:  # fmt: skip
    clock_at(datetime.combine(date(2027, 3, 1), DUE.timetz()))
    asked_for(maya, lead, office)
    request = withdrawn(lead)
    placed = concerns.hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing.")
    concerns.lift(placed, by=lead, because="It is over.")
    flag = concerns.set_status(maya, by=lead, kind=FlagKind.LOOKED_AFTER, since=clock.today())
    concerns.end_status(flag, by=lead, on=clock.today())
    seen = ended_request(maya, lead)
    copy, moved = copied(maya, lead), taken_on(maya)
    clock_at(DUE)
    row = swept(agreed(lead, head))
    assert not Pupil.objects.filter(pk=maya.pk).exists()
    for one in (seen, copy, moved):
        assert not type(one)._default_manager.filter(pk=one.pk).exists()
        assert row.rows[one._meta.label_lower] == 1
    assert [FamilyRequest.objects.count(), Hold.objects.count(), StatusFlag.objects.count()] == [
        0, 0, 0,
    ]  # fmt: skip
    assert row.rows["school.familyrequest"] == 1
    assert not Ladder.objects.filter(about=request.object).exists()


def test_request_that_ended_lately_keeps_whom_it_was_about(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember, maya: Pupil
) -> None:
    asked_for(maya, lead, office)
    withdrawn(lead)
    swept(agreed(lead, head))
    assert list(Pupil.objects.filter(pk=maya.pk)) == [maya]


def test_what_old_imports_said_of_people_is_forgotten_and_a_new_one_can_be_taken_back(
    later: Meeting, lead: StaffMember, head: StaffMember, office: StaffMember
) -> None:
    def run(day: date, stage: str) -> ImportRun:
        at = datetime.combine(day, DUE.timetz())
        return ImportRun.objects.create(
            source="sds", file_digest="0" * 64, stage=stage, roster="Maya Okafor",
            done='{"made": "Maya"}', proposed_at=at,
            decided_at=None if stage == ImportRun.PROPOSED else at,
        )  # fmt: skip

    old, waiting = run(date(2026, 9, 15), ImportRun.APPLIED), run(YEAR, ImportRun.PROPOSED)
    new = run(date(2033, 8, 1), ImportRun.APPLIED)
    swept(agreed(lead, head))
    found = ImportRun.objects.order_by("pk").values_list("pk", "stage", "roster", "done")
    assert list(found) == [
        (old.pk, "applied", "", ""),
        (waiting.pk, "dropped", "", ""),
        (new.pk, "applied", "Maya Okafor", '{"made": "Maya"}'),
    ]
    with pytest.raises(NotAllowed, match="kept no longer"):
        services.undo_import(old, by=office)


def test_nothing_of_a_pupil_in_a_concern_is_taken_along(maya: Pupil, lead: StaffMember) -> None:
    copy = copied(maya, lead)
    log.log(lead, log.child(maya))
    with pytest.raises(NotAllowed, match="still names one"):
        concerns.forget_former([maya.pk])
    assert list(Copy.objects.all()) == [copy]


# --- The last line -----------------------------------------------------------------------------------
def test_row_that_points_at_a_pupil_stops_it_all(
    later: Meeting, lead: StaffMember, maya: Pupil
) -> None:
    row = services.propose_disposal(YEAR, by=lead, reasons="Six years are over.")
    with pytest.raises(NotAllowed, match="still names one"):
        services.remove_pupils([maya.pk], row, by=services.SWEEP)
    assert Guardianship.objects.filter(pupil=maya).count() == 2


def test_whoever_is_gone_is_said_to_be_gone(
    maya: Pupil, mum: Guardian, lead: StaffMember, office: StaffMember
) -> None:
    tie = Guardianship.objects.get(pupil=maya)
    Guardianship.objects.all().delete()
    Pupil.objects.all().delete()
    Guardian.objects.all().delete()
    works: list[Callable[[], object]] = [
        lambda: services.leave(maya, by=office, on=LEFT),
        lambda: services.suspend_contact(maya, by=lead),
        lambda: concerns.hold_pupil(maya, by=lead, why=HoldWhy.COURT, reasons="A hearing."),
        lambda: services.block_contact(
            tie, by=lead, blocked_from=LEFT, reason="An order.", evidence="The safe."
        ),
        lambda: services.change_language(mum, by=office, language="pl"),
    ]
    for work in works:
        with pytest.raises(NotAllowed, match="no longer on record"):
            work()


@pytest.mark.django_db(transaction=True)
def test_row_about_somebody_who_was_destroyed_meanwhile_is_a_sentence(
    maya: Pupil, tom: Pupil, office: StaffMember
) -> None:
    def write(gone: int) -> None:
        with audit.atomic():
            Guardianship.objects.filter(pupil=gone).delete()
            Pupil.objects.filter(pk=gone).delete()
            tom.sourced_ids.create(source="sds", identifier="T-1")
            SourcedId.objects.create(source="sds", identifier="M-1", pupil_id=gone)

    with pytest.raises(NotAllowed, match="destroyed meanwhile"):
        write(maya.pk)
    assert SourcedId.objects.count() == 0
    assert Pupil.objects.filter(pk=maya.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_for_another_reason_stays_a_fault(maya: Pupil) -> None:
    with pytest.raises(IntegrityError), audit.atomic():
        SourcedId.objects.create(source="sds", identifier="X")


# --- The pages ---------------------------------------------------------------------------------------
def test_pages_say_how_many_people_go_before_and_after(
    later: Meeting, lead: StaffMember, head: StaffMember, staff_client: Enter
) -> None:
    words = (
        "Up to 1 pupil and 0 members of staff who left by then, and 1 guardian of nobody else, go with the "
        "school year."
    )
    first = staff_client(lead)
    assert words in first.get(reverse("disposals")).content.decode()
    first.post(reverse("disposals"), {"year": "2027-08-31", "reasons": "Six years are over."})
    row = Disposal.objects.get()
    assert words in staff_client(head).get(row.get_absolute_url()).content.decode()
    row = swept(destroying.agree(row, by=head))
    page = first.get(row.get_absolute_url()).content.decode()
    assert "".join(page.split()).count("<dt>Pupils</dt><dd>1</dd>") == 1
    assert "".join(page.split()).count("<dt>Guardians</dt><dd>1</dd>") == 1
    assert "Maya" not in page


def test_call_and_letters_about_the_new_pupil_are_left_alone(
    later: Meeting, lead: StaffMember, head: StaffMember, host: StaffMember, co_host: StaffMember,
    tom: Pupil, mum: Guardian,
) -> None:  # fmt: skip
    starts = DUE + timedelta(days=10)
    new = calls.shared(
        host, [(mum, tom)], co_hosts=[co_host], starts_at=starts, ends_at=starts + timedelta(hours=1)
    )  # fmt: skip
    outbox.run_due(clock.now())
    letters = set(Notice.objects.filter(about=new.about).values_list("pk", flat=True))
    swept(agreed(lead, head))
    assert set(Notice.objects.filter(about=new.about).values_list("pk", flat=True)) == letters
    assert list(Guardian.objects.filter(pk=mum.pk)) == [mum]
