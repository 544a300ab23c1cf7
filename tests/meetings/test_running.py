"""Running a call: the checklist, the door, the register, and what happens when somebody goes."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from audit import services as audit
from audit.models import Entry
from consent import services as consent
from consent.models import Answer, Question
from meetings import links, policy, services
from meetings.models import Check, Incident, Meeting, RegisterEntry
from meetings.policy import Door
from notices import services as notices
from notices.models import Notice
from school.models import Absence, Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls
from tests.names import names_in

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]
Mailbox = Callable[[], list[Any]]
ITEMS = list(policy.CheckItem)
WEEK = timedelta(days=7)
FIVE_TO = calls.STARTS - timedelta(minutes=5)


@pytest.fixture
def open_call(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> Meeting:
    """Two adults, two pupils, not recorded; the door is open, five minutes before the start."""
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host])
    clock_at(FIVE_TO)
    return meeting


def register() -> list[str]:
    return list(RegisterEntry.objects.order_by("pk").values_list("kind", flat=True))


def told(kind: str) -> list[int | None]:
    """Which members of staff a notice of this kind is for."""
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("staff_id", flat=True))


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


# --- The checklist --------------------------------------------------------------------------------
def test_checklist_is_confirmed_by_oneself_and_in_full(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(FIVE_TO)
    for person in (colleague, lead):
        with pytest.raises(NotAllowed):
            services.confirm(meeting, by=person, items=ITEMS)
    with pytest.raises(NotAllowed, match="Every line"):
        services.confirm(meeting, by=host, items=[policy.CheckItem.BACKGROUND])
    assert Check.objects.count() == 0

    services.confirm(meeting, by=co_host, items=ITEMS)

    rows = Check.objects.values_list("seat__staff", "confirmed_at")
    assert set(rows) == {(co_host.pk, FIVE_TO)}
    with pytest.raises(NotAllowed, match="Helen Host still to confirm"):
        services.open_door(meeting, by=host)


def test_checklist_is_confirmed_from_two_hours_before_only(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(hours=2, seconds=1))
    with pytest.raises(NotAllowed, match="from two hours ahead"):
        services.confirm(meeting, by=host, items=ITEMS)
    clock_at(calls.STARTS - timedelta(hours=2))
    services.confirm(meeting, by=host, items=ITEMS)
    clock_at(FIVE_TO)
    services.confirm(meeting, by=host, items=ITEMS)
    assert set(Check.objects.values_list("confirmed_at", flat=True)) == {FIVE_TO}
    assert Check.objects.count() == len(ITEMS)


# --- The door -------------------------------------------------------------------------------------
def test_open_door_needs_the_hour_the_checklist_and_the_rules(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(minutes=15, seconds=1))
    calls.confirm(meeting, host, co_host)
    with pytest.raises(NotAllowed, match="15 minutes before"):
        services.open_door(meeting, by=host)
    clock_at(calls.STARTS - timedelta(minutes=15))
    absence = factories.make_absence(co_host, calls.STARTS - timedelta(hours=1), calls.ENDS)
    with pytest.raises(NotAllowed, match="alone with Amy"):
        services.open_door(meeting, by=host)
    Absence.objects.filter(pk=absence.pk).delete()

    meeting = services.open_door(meeting, by=co_host)

    assert (meeting.status, meeting.opened_at) == ("open", clock.now())
    assert register() == ["door_opened"]
    with pytest.raises(NotAllowed, match="at this stage"):
        services.open_door(meeting, by=host)


def test_press_answers_each_stage_in_its_words(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.asked(host, [amy[1], ben[1]], co_hosts=[co_host])
    assert calls.door(meeting, *amy) == "no_consent"
    calls.answer(meeting, *amy)
    assert calls.door(meeting, *amy) == "not_yet"
    services.share_by_email(meeting, by=host)
    assert calls.door(meeting, *amy) == "not_yet"
    clock_at(FIVE_TO)
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    assert calls.door(meeting, *amy) == "open"
    assert calls.door(meeting, *ben) == "no_consent"
    services.drop_out(meeting, by=host, staff=co_host)
    assert calls.door(meeting, *amy) == "on_hold"
    services.come_back(meeting, by=co_host, staff=co_host)
    services.remove(meeting, by=host, pupil_id=amy[1].pk, reason="shouting")
    assert calls.door(meeting, *amy) == "removed"
    services.end(meeting, by=host)
    assert calls.door(meeting, *amy) == "ended"
    services.close(meeting, by=host, how=services.Ending())
    assert calls.door(meeting, *amy) == "ended"


def test_press_gives_the_teams_address_to_an_open_door_only_and_writes_it_down(
    open_call: Meeting, amy: Family, ben: Family
) -> None:
    passage = calls.press(open_call, *amy)
    assert (passage.answer.is_open, passage.teams_url) == (True, calls.LINK)
    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.pupil_id, last.actor) == ("at_door", amy[1].pk, amy[0].actor)
    assert (verbs()[-1], Entry.objects.latest("pk").actor) == ("meeting.press", amy[0].actor)
    before = len(register()), len(verbs())
    calls.withdraw(open_call, *ben)
    shut = calls.press(open_call, *ben)
    assert (shut.answer.door, shut.teams_url) == ("no_consent", "")
    assert "at_door" not in register()[before[0] :]


def test_e30_press_by_a_blocked_guardian_is_answered_as_if_there_were_no_consent(
    open_call: Meeting, lead: StaffMember, amy: Family
) -> None:
    assert calls.door(open_call, *amy) == "open"
    father = factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 9, 1), name="Boris Blocked"
    )
    stranger = factories.make_guardian(name="Stan Stranger")
    for person in (father, stranger):
        passage = calls.press(open_call, person, amy[1])
        assert (passage.answer, passage.teams_url) == (policy.refuse_entry(), "")
    assert calls.door(open_call, *amy) == "open"
    Guardianship.objects.filter(guardian=father).update(blocked_until=date(2026, 9, 16))
    Guardianship.objects.filter(guardian=amy[0]).update(
        blocked_from=date(2026, 9, 17),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    assert calls.press(open_call, *amy).teams_url == ""


def test_e30_page_behind_a_link_tells_somebody_barred_nothing_at_all(
    open_call: Meeting, lead: StaffMember, amy: Family
) -> None:
    place = calls.place(open_call, amy[1])
    path = links.personal(place.pk, amy[0].pk, place.link_version).split("/j/")[1]
    page = f"/j/{path}"
    assert "Amy" in Client().get(page).content.decode()
    Guardianship.objects.filter(guardian=amy[0]).update(
        blocked_from=date(2026, 9, 17),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    for answer in (Client().get(page), Client().post(page)):
        assert answer.status_code == 404
        assert names_in(answer.content.decode(), "Amy") == []


def test_e31_press_from_a_mailbox_shared_with_a_blocked_person_stays_shut(
    open_call: Meeting, lead: StaffMember, amy: Family
) -> None:
    factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 9, 1), email=amy[0].email
    )
    assert calls.press(open_call, *amy).teams_url == ""


def test_e41_pupil_of_18_goes_in_with_a_link_of_their_own_and_a_child_does_not(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    grown = factories.make_pupil("Gail", born_on=date(2008, 1, 1), email="gail@pupil.example")
    meeting = calls.asked(host, [grown, amy[1]], co_hosts=[co_host])
    calls.answer(meeting, *amy)
    calls.answer_oneself(meeting, grown)
    services.share_by_email(meeting, by=host)
    clock_at(FIVE_TO)
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)

    own = services.press(calls.place(meeting, grown), guardian_id=0)
    assert own.teams_url == calls.LINK
    child = services.press(calls.place(meeting, amy[1]), guardian_id=0)
    assert (child.answer.door, child.teams_url) == ("no_consent", "")


def test_e31_pupil_of_18_whose_mailbox_a_blocked_person_reads_has_no_letter_and_no_way_in(
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    amy: Family,
    clock_at: SetClock,
    mailbox: Mailbox,
) -> None:
    grown = factories.make_pupil("Gail", born_on=date(2008, 1, 1), email="gail@pupil.example")
    meeting = calls.asked(host, [grown, amy[1]], co_hosts=[co_host])

    def letters() -> list[Any]:
        return [row for row in mailbox() if row.to == ["gail@pupil.example"]]

    assert len(letters()) == 1
    calls.answer(meeting, *amy)
    calls.answer_oneself(meeting, grown)
    services.share_by_email(meeting, by=host)
    assert len(letters()) == 3
    pages = {found for row in letters() for found in re.findall(r"/(?:c|j)/[^\s\"<]+", row.body)}
    assert {page[:3] for page in pages} == {"/c/", "/j/"}
    assert {Client().get(page).status_code for page in pages} == {200}
    factories.make_blocked_guardian(
        grown, approved_by=lead, blocked_from=date(2026, 9, 1), email="Gail@Pupil.example"
    )
    clock_at(FIVE_TO)
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    assert services.press(calls.place(meeting, grown), guardian_id=0).teams_url == ""
    assert {Client().get(page).status_code for page in pages} == {404}
    later = {"starts_at": calls.STARTS + WEEK, "ends_at": calls.ENDS + WEEK}
    services.cancel(calls.asked(host, [grown, amy[1]], co_hosts=[co_host], **later), by=host)
    assert len(letters()) == 3


def test_e40_call_that_was_moved_opens_to_nobody_at_its_old_time(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    later = {"starts_at": calls.STARTS + WEEK, "ends_at": calls.ENDS + WEEK}
    meeting = services.revise(meeting, by=host, what=calls.as_it_is(meeting, **later))
    clock_at(FIVE_TO)
    with pytest.raises(NotAllowed):
        calls.confirm(meeting, host, co_host)
    with pytest.raises(NotAllowed):
        services.open_door(meeting, by=host)
    assert calls.press(meeting, *amy).teams_url == ""
    # A yes stands through another time, and so does the link that lies in the mailbox.
    clock_at(FIVE_TO + WEEK)
    calls.confirm(meeting, host, co_host)
    services.open_door(meeting, by=host)
    assert calls.press(meeting, *amy).teams_url == calls.LINK


def test_e38_withdrawal_during_the_call_shuts_that_door_at_once_and_the_adults_are_told(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    cat: Family,
    clock_at: SetClock,
    mailbox: Mailbox,
) -> None:
    meeting = calls.opened(host, [amy, ben, cat], co_hosts=[co_host])
    clock_at(FIVE_TO)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk, cat[1].pk])
    mailbox()
    clock_at(FIVE_TO + timedelta(minutes=6))

    calls.withdraw(meeting, *amy)

    assert calls.door(meeting, *amy) == "no_consent"
    assert calls.door(meeting, *ben) == "open"
    assert sorted(told("meeting_answers_changed")[-2:], key=str) == sorted(
        [host.pk, co_host.pk], key=str
    )
    assert "on_hold" not in register()


def test_e26_disowned_yes_shuts_the_door_if_it_was_the_only_one_and_the_adults_are_told(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
) -> None:
    """The yes came by a link whose holder now says that it was not meant for them."""
    father = factories.make_guardian(ben[1], name="Basil Brown", relationship="father")
    meeting = calls.opened(host, [amy, ben, (father, ben[1])], co_hosts=[co_host])
    clock_at(FIVE_TO)
    assert (calls.door(meeting, *amy), calls.door(meeting, *ben)) == ("open", "open")

    for guardian, pupil in (amy, ben):
        asked = meeting.question.requests.get(guardian=guardian, pupil=pupil)  # type: ignore[union-attr]
        consent.disown(asked, by=guardian)

    assert calls.door(meeting, *amy) == "no_consent"
    # Ben's father has said yes as well: his own link opens, the one in wrong hands does not.
    assert calls.door(meeting, father, ben[1]) == "open"
    assert calls.door(meeting, *ben) == "no_consent"
    assert {host.pk, co_host.pk} <= set(told("meeting_answers_changed"))
    consent.check(Answer.objects.get(request__guardian=amy[0]), by=office, is_accepted=True)
    assert calls.door(meeting, *amy) == "open"


def test_e26_disowned_yes_that_leaves_one_adult_with_one_pupil_holds_the_call(
    host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(FIVE_TO)
    asked = meeting.question.requests.get(guardian=amy[0])  # type: ignore[union-attr]
    consent.disown(asked, by=amy[0])
    assert calls.verdict(meeting) == ["one_to_one"]
    assert calls.door(meeting, *ben) == "on_hold"


def test_e38_withdrawal_that_leaves_one_adult_with_one_pupil_holds_the_call(
    host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(FIVE_TO)
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])

    calls.withdraw(meeting, *amy)

    assert calls.verdict(meeting) == ["one_to_one"]
    assert calls.door(meeting, *ben) == "on_hold"
    assert register()[-1] == "on_hold"
    meeting.refresh_from_db()
    assert meeting.on_hold_since == clock.now()


# --- The register ---------------------------------------------------------------------------------
def test_admission_is_noted_once_for_each_pupil(
    open_call: Meeting, host: StaffMember, amy: Family, ben: Family
) -> None:
    services.admit(open_call, by=host, pupil_ids=[amy[1].pk, ben[1].pk, amy[1].pk])
    rows = RegisterEntry.objects.filter(kind="admitted").order_by("pk")
    assert list(rows.values_list("pupil_id", flat=True)) == [amy[1].pk, ben[1].pk]


def test_e56_single_adult_cannot_admit_one_pupil_alone(
    host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(FIVE_TO)
    before = register()
    with pytest.raises(NotAllowed, match="first two pupils together"):
        services.admit(meeting, by=host, pupil_ids=[amy[1].pk])
    assert register() == before
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    services.mark(meeting, by=host, pupil_id=amy[1].pk, kind=policy.EntryKind.LEFT)
    assert calls.verdict(meeting) == ["alone_now"]
    assert calls.door(meeting, *amy) == "on_hold"
    services.admit(meeting, by=host, pupil_ids=[amy[1].pk])
    assert calls.verdict(meeting) == []
    assert register()[-2:] == ["admitted", "clear_again"]


def test_marks_are_noted_with_their_reason_and_others_are_refused(
    open_call: Meeting, host: StaffMember, cat: Family, amy: Family
) -> None:
    for kind in ("muted", "unmuted", "presenting", "presented", "left"):
        services.mark(
            open_call, by=host, pupil_id=amy[1].pk, kind=policy.EntryKind(kind), reason="noise"
        )
    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.reason, last.actor) == ("left", "noise", host.actor)
    assert register()[1:] == ["muted", "unmuted", "presenting", "presented", "left"]
    with pytest.raises(NotAllowed, match="cannot be noted"):
        services.mark(open_call, by=host, pupil_id=amy[1].pk, kind=policy.EntryKind.ADMITTED)
    with pytest.raises(NotAllowed, match="not on this call"):
        services.mark(open_call, by=host, pupil_id=cat[1].pk, kind=policy.EntryKind.MUTED)


def test_pressing_again_takes_nobody_off_the_call_nor_brings_a_removed_pupil_back(
    host: StaffMember, open_call: Meeting, amy: Family, ben: Family
) -> None:
    services.admit(open_call, by=host, pupil_ids=[amy[1].pk, ben[1].pk])
    calls.press(open_call, *amy)
    services.drop_out(open_call, by=host, staff=host)
    assert calls.verdict(open_call) == ["single_adult_unrecorded"]
    services.come_back(open_call, by=host, staff=host)
    services.remove(open_call, by=host, pupil_id=amy[1].pk, reason="shouting")
    services.mark(open_call, by=host, pupil_id=amy[1].pk, kind=policy.EntryKind.LEFT)
    assert calls.door(open_call, *amy) == "removed"


def test_removed_pupil_is_let_back_with_a_reason_before_they_are_admitted(
    open_call: Meeting, host: StaffMember, amy: Family, ben: Family
) -> None:
    amy_id = amy[1].pk
    services.admit(open_call, by=host, pupil_ids=[amy_id, ben[1].pk])
    with pytest.raises(NotAllowed, match="not removed"):
        services.let_back(open_call, by=host, pupil_id=amy_id, reason="calm again")
    services.remove(open_call, by=host, pupil_id=amy_id, reason="shouting")
    before = register()
    for pupil_ids in ([amy_id], [amy_id, ben[1].pk]):
        with pytest.raises(NotAllowed, match="was removed"):
            services.admit(open_call, by=host, pupil_ids=pupil_ids)
    with pytest.raises(NotAllowed, match="needs its reason"):
        services.let_back(open_call, by=host, pupil_id=amy_id, reason=" ")
    assert register() == before

    services.let_back(open_call, by=host, pupil_id=amy_id, reason=" calm again ")

    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.reason, last.pupil, last.actor) == (
        "let_back",
        "calm again",
        amy[1],
        host.actor,
    )
    assert verbs()[-1] == "meeting.let_back"
    assert "calm again" not in str(Entry.objects.latest("pk").detail)
    assert calls.door(open_call, *amy) == "open"
    services.admit(open_call, by=host, pupil_ids=[amy_id])
    assert register()[-3:] == ["let_back", "at_door", "admitted"]


def test_pupil_let_back_makes_two_for_a_single_adult(
    host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.opened(host, [amy, ben], is_recorded=True)
    clock_at(FIVE_TO)
    pupil_ids = [amy[1].pk, ben[1].pk]
    for pupil_id in pupil_ids:
        services.remove(meeting, by=host, pupil_id=pupil_id, reason="shouting")
    for pupil_id in pupil_ids:
        services.let_back(meeting, by=host, pupil_id=pupil_id, reason="calm again")
    # The rule of the first two holds as before.
    with pytest.raises(NotAllowed, match="first two pupils together"):
        services.admit(meeting, by=host, pupil_ids=pupil_ids[:1])
    services.admit(meeting, by=host, pupil_ids=pupil_ids)
    assert calls.verdict(meeting) == []


def test_unknown_name_is_noted(open_call: Meeting, host: StaffMember) -> None:
    with pytest.raises(NotAllowed):
        services.note_unknown_name(open_call, by=host, name="  ")
    services.note_unknown_name(open_call, by=host, name=" Dad's iPad ")
    last = RegisterEntry.objects.latest("pk")
    assert (last.kind, last.reason) == ("unknown_name", "Dad's iPad")


def test_removal_needs_a_reason_and_tells_family_and_teachers(
    open_call: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    amy: Family,
    ben: Family,
    mailbox: Mailbox,
) -> None:
    factories.make_group(amy[1], staff=(colleague, host))
    father = factories.make_blocked_guardian(
        amy[1], approved_by=lead, blocked_from=date(2026, 9, 1)
    )
    mailbox()
    with pytest.raises(NotAllowed, match="needs its reason"):
        services.remove(open_call, by=host, pupil_id=amy[1].pk, reason=" ")

    services.remove(open_call, by=host, pupil_id=amy[1].pk, reason=" shouting ")

    last = RegisterEntry.objects.get(kind="removed")
    assert (last.reason, last.pupil) == ("shouting", amy[1])
    letters = mailbox()[-2:]
    assert sorted(letter.to[0] for letter in letters) == sorted([amy[0].email, colleague.email])
    assert not any("shouting" in str(letter.body) for letter in letters)
    assert not any(letter.to == [father.email] for letter in letters)


def test_register_is_for_those_on_the_call(
    open_call: Meeting, colleague: StaffMember, lead: StaffMember, amy: Family
) -> None:
    before = register()
    for person in (colleague, lead):
        for change in (
            lambda p=person: services.admit(open_call, by=p, pupil_ids=[amy[1].pk]),
            lambda p=person: services.remove(open_call, by=p, pupil_id=amy[1].pk, reason="x"),
            lambda p=person: services.let_back(open_call, by=p, pupil_id=amy[1].pk, reason="x"),
            lambda p=person: services.note_unknown_name(open_call, by=p, name="x"),
            lambda p=person: services.drop_out(open_call, by=p, staff=p),
        ):
            with pytest.raises(NotAllowed):
                change()
    assert register() == before


# --- Adults who go --------------------------------------------------------------------------------
def test_e57_co_host_drops_out_the_call_is_on_hold_and_he_comes_back(
    open_call: Meeting,
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    mailbox: Mailbox,
) -> None:
    services.drop_out(open_call, by=host, staff=co_host)
    services.drop_out(open_call, by=host, staff=co_host)

    assert register() == ["door_opened", "dropped_out", "on_hold"]
    assert sorted(told("meeting_on_hold"), key=str) == sorted([host.pk, co_host.pk], key=str)
    assert calls.press(open_call, *amy).teams_url == ""
    mailbox()

    services.come_back(open_call, by=co_host, staff=co_host)
    services.come_back(open_call, by=co_host, staff=co_host)

    assert register()[3:] == ["returned", "clear_again"]
    assert calls.door(open_call, *amy) == "open"
    assert verbs().count("meeting.drop_out") == verbs().count("meeting.come_back") == 1
    assert audit.verify() is None


def test_adult_left_alone_with_one_pupil_on_the_call_reaches_the_team_once(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family, lead: StaffMember
) -> None:
    services.admit(open_call, by=host, pupil_ids=[amy[1].pk])
    assert Incident.objects.count() == 0
    for _ in range(2):
        services.drop_out(open_call, by=host, staff=co_host)
        services.come_back(open_call, by=co_host, staff=co_host)

    assert [incident.kind for incident in Incident.objects.all()] == ["alone_on_call"]
    notices.run_due(clock.now())
    assert told("meeting_incident") == [lead.pk]


def test_adult_whose_only_pupil_is_still_at_the_door_is_not_alone_on_the_call(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    calls.press(open_call, *amy)
    services.drop_out(open_call, by=host, staff=co_host)
    assert Incident.objects.count() == 0


def test_p5_named_reserve_is_called_in_and_the_yes_stands(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    clock_at(meeting.starts_at - timedelta(hours=1))
    services.call_reserve(meeting, by=host, staff=colleague)
    services.drop_out(meeting, by=host, staff=co_host)
    clock_at(meeting.starts_at - timedelta(minutes=5))
    calls.confirm(meeting, host, colleague)
    services.open_door(meeting, by=host)
    assert [calls.door(meeting, *family) for family in (amy, ben)] == [Door.OPEN, Door.OPEN]


def test_p5_reserve_of_whom_families_were_not_told_needs_a_new_yes(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    ben: Family,
    clock_at: SetClock,
) -> None:
    """Asked before reserves were named to families."""
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    question = Question.objects.get()
    for name in ("staff_ids", "reserves", "reserve_ids"):
        del question.facts[name]
    question.save(update_fields=["facts"])
    clock_at(meeting.starts_at - timedelta(hours=1))

    services.call_reserve(meeting, by=host, staff=colleague)

    question.refresh_from_db()
    assert (question.version, question.material_version) == (2, 2)
    assert question.asked.reserves == (colleague.name,)
    assert calls.verdict(meeting) == ["nobody_consented"]
    for family in (amy, ben):
        calls.answer(meeting, *family)
    assert calls.verdict(meeting) == []
    # Called again, nothing is asked again.
    services.call_reserve(meeting, by=host, staff=colleague)
    assert Question.objects.get().version == 2


def test_p5_reserve_of_whom_families_were_not_told_holds_a_call_that_runs(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family,
    clock_at: SetClock,
) -> None:  # fmt: skip
    meeting = calls.opened(host, [amy, ben], co_hosts=[co_host], reserves=[colleague])
    question = Question.objects.get()
    question.facts |= {"reserves": [], "reserve_ids": []}
    question.save(update_fields=["facts"])
    clock_at(FIVE_TO)
    assert calls.door(meeting, *amy) is Door.OPEN

    services.call_reserve(meeting, by=host, staff=colleague)

    assert calls.door(meeting, *amy) is Door.NO_CONSENT
    assert Meeting.objects.get().on_hold_since == clock.now()


def test_e57_called_reserve_counts_once_they_have_confirmed(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    clock_at: SetClock,
) -> None:
    meeting = calls.opened(host, [amy], co_hosts=[co_host], reserves=[colleague])
    clock_at(FIVE_TO)
    with pytest.raises(NotAllowed, match="not a reserve"):
        services.call_reserve(meeting, by=host, staff=co_host)
    services.drop_out(meeting, by=host, staff=co_host)
    services.call_reserve(meeting, by=host, staff=colleague)
    services.call_reserve(meeting, by=host, staff=colleague)
    assert told("meeting_reserve_called") == [colleague.pk]
    assert calls.door(meeting, *amy) == "on_hold"

    services.confirm(meeting, by=colleague, items=ITEMS)

    assert calls.door(meeting, *amy) == "open"


def test_e58_both_adults_gone_holds_the_call(
    open_call: Meeting, host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    services.drop_out(open_call, by=co_host, staff=host)
    services.drop_out(open_call, by=co_host, staff=co_host)
    assert calls.verdict(open_call) == ["no_adult"]
    assert calls.door(open_call, *amy) == "on_hold"


def test_person_without_a_seat_neither_goes_nor_comes_back(
    open_call: Meeting, host: StaffMember, colleague: StaffMember
) -> None:
    for change in (services.drop_out, services.come_back, services.call_reserve):
        with pytest.raises(NotAllowed, match="not on this call"):
            change(open_call, by=host, staff=colleague)
