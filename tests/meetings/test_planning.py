"""Planning, changing and linking a call: nothing unsafe is ever stored."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from audit.models import Entry
from consent import services as consent
from consent.models import Question, Request, Wording
from consent.policy import Status
from consent.selectors import pupil_consents
from meetings import policy, selectors, services
from meetings.forms import PlanForm
from meetings.models import Check, Meeting, Place, RegisterEntry, Seat
from meetings.services import PlanRefused
from meetings.services.families import asked_of
from meetings.teams import LinkRefused
from notices.models import Ladder, Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
SetClock = Callable[[datetime], time_machine.Traveller]


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def consents(meeting: Meeting) -> set[Status]:
    """How consent stands for the pupils of a call."""
    found = pupil_consents([meeting.question_id or 0], clock.now())
    return {consent.status for consent in found.values()}


def test_plan_keeps_people_times_and_who_planned(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    what = calls.plan_of([amy[1], ben[1], amy[1]], co_hosts=[co_host, host], reserves=[colleague])

    meeting = services.plan(by=host, what=what)

    assert (meeting.status, meeting.planned_by, meeting.scheduled_at) == (
        "draft",
        host,
        clock.now(),
    )
    assert list(meeting.seats.values_list("staff", "role")) == [
        (host.pk, "host"),
        (co_host.pk, "co_host"),
        (colleague.pk, "reserve"),
    ]
    assert list(meeting.places.values_list("pupil", flat=True)) == [amy[1].pk, ben[1].pk]
    assert verbs() == ["meeting.plan"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"pupils": 1}, "one_to_one"),
        ({"pupils": 1, "is_recorded": True}, "one_to_one"),
        ({"pupils": 2}, "single_adult_unrecorded"),
        ({"pupils": 0}, "no_pupils"),
        ({"pupils": 2, "is_recorded": True, "minutes_ahead": 29}, "meet_now"),
        ({"pupils": 2, "is_recorded": True, "minutes_ahead": -5}, "meet_now"),
        ({"pupils": 2, "is_recorded": True, "rule": "not_allowed"}, "recording_not_allowed"),
        ({"pupils": 2, "co_host": True, "rule": "required"}, "recording_required"),
        ({"pupils": 2, "co_host": True, "rule": "advised"}, "recording_advice_unanswered"),
    ],
)
def test_plan_that_breaks_a_rule_is_refused_and_nothing_is_stored(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    ben: Family,
    facts: dict[str, Any],
    code: str,
) -> None:
    starts_at = clock.now() + timedelta(minutes=facts.get("minutes_ahead", 3000))
    what = calls.plan_of(
        [amy[1], ben[1]][: facts["pupils"]],
        co_hosts=[co_host] if facts.get("co_host") else [],
        is_recorded=facts.get("is_recorded", False),
        purpose=calls.make_purpose(facts.get("rule", "optional")),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
    )

    with pytest.raises(PlanRefused) as refusal:
        services.plan(by=host, what=what)

    assert code in [finding.code for finding in refusal.value.verdict.blocking]
    assert all(finding.mend for finding in refusal.value.verdict.blocking)
    assert (Meeting.objects.count(), Seat.objects.count(), Place.objects.count()) == (0, 0, 0)
    assert Entry.objects.count() == 0


def test_plan_by_somebody_who_may_not_is_refused(
    office: StaffMember, governor: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    for person in (office, governor):
        with pytest.raises(NotAllowed, match="Only members of staff"):
            services.plan(by=person, what=calls.plan_of([amy[1], ben[1]], co_hosts=[co_host]))
    assert Meeting.objects.count() == 0


def test_plan_whose_audit_fails_leaves_nothing(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    settings: Any,
) -> None:
    settings.AUDIT_KEYS = {}

    with pytest.raises(RuntimeError):
        services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[co_host]))

    assert (Meeting.objects.count(), Seat.objects.count(), Place.objects.count()) == (0, 0, 0)


def test_plan_with_one_adult_two_pupils_and_recording_is_possible(
    host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = services.plan(by=host, what=calls.plan_of([amy[1], ben[1]], is_recorded=True))
    assert calls.verdict(meeting) == []


def test_e59_co_host_who_is_away_or_not_eligible_is_no_second_adult(
    host: StaffMember, co_host: StaffMember, office: StaffMember, amy: Family
) -> None:
    factories.make_absence(co_host, calls.STARTS - timedelta(hours=1), calls.ENDS)
    for second in (co_host, office):
        with pytest.raises(PlanRefused):
            services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[second]))


def test_e59_absence_that_comes_later_holds_the_link_back(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.agreed(host, [amy], co_hosts=[co_host])
    factories.make_absence(co_host, calls.STARTS - timedelta(hours=1), calls.STARTS + timedelta(1))

    with pytest.raises(NotAllowed, match="alone with Amy"):
        services.share_by_email(meeting, by=host)


# --- Revising -------------------------------------------------------------------------------------
def test_revise_that_breaks_a_rule_changes_nothing(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.planned(host, [amy[1], ben[1]], co_hosts=[co_host])
    before = verbs()

    with pytest.raises(PlanRefused):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[], title="New"))
    with pytest.raises(PlanRefused):
        services.revise(
            meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[], pupils=[amy[1]])
        )

    meeting.refresh_from_db()
    assert (meeting.title, meeting.seats.count()) == ("Reading together", 2)
    assert meeting.places.filter(taken_off_at=None).count() == 2
    assert verbs() == before


def test_revise_by_others_or_once_open_is_refused(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, lead: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    for person in (colleague, lead):
        with pytest.raises(NotAllowed, match="Only the people who run"):
            services.revise(meeting, by=person, what=calls.as_it_is(meeting))
    Meeting.objects.filter(pk=meeting.pk).update(status="open")
    with pytest.raises(NotAllowed, match="at this stage"):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting))


def test_revise_replaces_people_and_keeps_who_stays(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    kept = meeting.seats.get(staff=co_host).pk

    services.revise(
        meeting,
        by=co_host,
        what=calls.as_it_is(meeting, pupils=[ben[1]], reserves=[colleague, co_host]),
    )

    assert list(meeting.seats.values_list("staff", "role")) == [
        (host.pk, "host"),
        (co_host.pk, "co_host"),
        (colleague.pk, "reserve"),
    ]
    assert meeting.seats.get(staff=co_host).pk == kept
    standing = meeting.places.filter(taken_off_at=None)
    assert list(standing.values_list("pupil", flat=True)) == [ben[1].pk]
    assert verbs()[-1] == "meeting.revise"


def test_pupil_who_comes_back_has_to_be_asked_anew_and_the_old_link_stays_dead(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy, ben], co_hosts=[co_host])
    assert calls.place(meeting, amy[1]).link_version == 1

    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[ben[1]]))
    assert Request.objects.get(pupil=amy[1]).ended_at == clock.now()
    assert calls.door(meeting, *amy) == "no_consent"
    clock_at(clock.now() + timedelta(minutes=1))
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, pupils=[amy[1], ben[1]]))

    assert calls.place(meeting, amy[1]).link_version == 2
    consents = pupil_consents([meeting.question_id or 0], clock.now())
    assert consents[meeting.question_id or 0, ben[1].pk].is_given
    assert not consents[meeting.question_id or 0, amy[1].pk].is_given


def test_revise_that_adds_recording_voids_consent_and_holds_the_call_once(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])

    services.revise(meeting, by=host, what=calls.as_it_is(meeting, is_recorded=True))

    assert calls.verdict(meeting) == ["nobody_consented"]
    assert [entry.kind for entry in RegisterEntry.objects.all()] == ["on_hold"]
    held = Notice.objects.filter(kind="meeting_on_hold").values_list("staff_id", flat=True)
    assert sorted(held) == sorted([host.pk, co_host.pk])


def test_e39_moving_the_time_keeps_consent_and_moves_the_ladder(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    day = timedelta(days=1)

    services.revise(
        meeting,
        by=host,
        what=calls.as_it_is(meeting, starts_at=calls.STARTS + day, ends_at=calls.ENDS + day),
    )

    assert calls.verdict(meeting) == []
    ladder = Ladder.objects.open().get(kind="meeting_closing", about=meeting.about)
    assert ladder.due_at == calls.ENDS + day + timedelta(minutes=10)


def test_p5_another_adult_of_the_same_name_is_another_adult(
    host: StaffMember, amy: Family, cat: Family, mailbox: Callable[[], list[Any]]
) -> None:
    one, other = (factories.make_staff("John Smith") for _ in range(2))
    meeting = calls.agreed(host, [amy, cat], co_hosts=[one])
    mailbox()

    services.revise(meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[other]))

    assert consents(meeting) == {Status.VOID}
    letters = [letter.body for letter in mailbox() if "please answer again" in letter.subject]
    told = "Another person of the same name: John Smith\n"
    assert [told in letter for letter in letters] == [True, True]


def test_p5_corrected_name_of_an_adult_is_told_and_the_yes_stands(
    host: StaffMember, co_host: StaffMember, amy: Family, cat: Family
) -> None:
    meeting = calls.agreed(host, [amy, cat], co_hosts=[co_host])
    StaffMember.objects.filter(pk=co_host.pk).update(name="Colin Married")

    services.revise(meeting, by=host, what=calls.as_it_is(meeting))

    assert consents(meeting) == {Status.GIVEN}
    wordings = Wording.objects.order_by("version")
    assert [(one.asked.staff[1], one.is_material) for one in wordings] == [
        (co_host.name, True),
        ("Colin Married", False),
    ]


def test_p5_reserve_is_named_and_may_take_the_place_of_who_was_agreed_to(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, cat: Family
) -> None:
    meeting = calls.agreed(host, [amy, cat], co_hosts=[co_host], reserves=[colleague])
    asked = Question.objects.get().asked
    assert (asked.staff, asked.reserves) == ((host.name, co_host.name), (colleague.name,))

    services.revise(
        meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[colleague], reserves=[])
    )

    assert consents(meeting) == {Status.GIVEN}
    assert Question.objects.get().asked.staff == (host.name, colleague.name)


@pytest.mark.parametrize("has_one", [True, False])
def test_p5_new_or_exchanged_reserve_is_asked_about_like_any_other_adult(
    host: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    amy: Family,
    cat: Family,
    mailbox: Callable[[], list[Any]],
    has_one: bool,
) -> None:
    reserves = [colleague] if has_one else []
    meeting = calls.agreed(host, [amy, cat], co_hosts=[co_host], reserves=reserves)
    mailbox()
    other = factories.make_staff("Rita Reserve")

    services.revise(meeting, by=host, what=calls.as_it_is(meeting, reserves=[other]))

    assert consents(meeting) == {Status.VOID}
    letter = next(one.body for one in mailbox() if "please answer again" in one.subject)
    was = f" (was: {colleague.name})" if has_one else ""
    assert f"\nOr in their place: Rita Reserve{was}\n" in letter
    assert f"With: {host.name}, {co_host.name}\nOr in their place: Rita Reserve\n" in letter


def test_p5_text_from_before_people_had_keys_is_compared_by_names(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, cat: Family
) -> None:
    meeting = calls.agreed(host, [amy, cat], co_hosts=[co_host])
    question = Question.objects.get()
    del question.facts["staff_ids"]
    question.save(update_fields=["facts"])

    services.revise(meeting, by=host, what=calls.as_it_is(meeting))
    assert consents(meeting) == {Status.GIVEN}
    services.revise(meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[colleague]))
    assert consents(meeting) == {Status.VOID}


def test_checklist_confirmed_before_the_call_was_moved_no_longer_counts(
    host: StaffMember, co_host: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, host, co_host)
    hour = timedelta(hours=1)
    services.revise(
        meeting,
        by=host,
        what=calls.as_it_is(meeting, starts_at=calls.STARTS + hour, ends_at=calls.ENDS + hour),
    )
    clock_at(calls.STARTS + hour - timedelta(minutes=5))

    with pytest.raises(NotAllowed, match="still to confirm"):
        services.open_door(meeting, by=host)
    calls.confirm(meeting, host, co_host)
    assert services.open_door(meeting, by=host).status == "open"


def test_revise_that_takes_an_adult_off_takes_their_checklist_too(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, clock_at: SetClock
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    clock_at(calls.STARTS - timedelta(minutes=5))
    calls.confirm(meeting, co_host)

    services.revise(meeting, by=host, what=calls.as_it_is(meeting, co_hosts=[colleague]))

    assert Check.objects.count() == 0
    assert calls.verdict(meeting) == ["nobody_consented"]  # a new adult: families are asked again


def test_revise_makes_a_co_host_of_a_reserve(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host], reserves=[colleague])
    what = calls.as_it_is(meeting, co_hosts=[colleague], reserves=[co_host])
    services.revise(meeting, by=host, what=what)
    assert list(meeting.seats.values_list("staff", "role")) == [
        (host.pk, "host"),
        (co_host.pk, "reserve"),
        (colleague.pk, "co_host"),
    ]


def test_answer_to_a_question_about_something_else_touches_no_meeting(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.shared(host, [amy], co_hosts=[co_host])
    other = consent.ask(
        by=host,
        about="trips.trip:1",
        asked=asked_of(meeting),
        pupil_ids=[amy[1].pk],
        closes_at=calls.STARTS,
    )
    before = Notice.objects.filter(staff__isnull=False).count()
    consent.answer(
        Request.objects.get(question=other),
        by=amy[0],
        takes_part=False,
        may_be_recorded=None,
        name=amy[0].name,
        relationship="mother",
        version=1,
    )
    assert calls.verdict(meeting) == []
    assert Notice.objects.filter(staff__isnull=False).count() == before


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2062-09-17"])
def test_plan_on_a_mistyped_year_is_refused_beside_the_day(host: StaffMember, day: str) -> None:
    form = PlanForm({"day": day, "starts": "14:00", "ends": "14:45"}, host=host)
    assert form.errors["day"] == ["Choose a day within a year from now."]


def test_purpose_is_offered_with_its_recording_rule(host: StaffMember) -> None:
    purpose = services.offer_purpose(
        by=host, name="Music", recording_rule=policy.RecordingRule.ADVISED
    )
    assert (purpose.name, purpose.recording_rule) == ("Music", "advised")
    assert verbs() == ["purpose.offer"]


# --- The link -------------------------------------------------------------------------------------
OTHER_TENANT = calls.LINK.replace(calls.TENANT, "99999999-9999-4999-8999-999999999999")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://us02web.zoom.us/j/88512345678?pwd=abc", "not_teams"),
        ("https://teams.live.com/meet/9351234567890?p=AbCdEf", "personal"),
        (OTHER_TENANT, "other_tenant"),
        ("see you there", "not_a_url"),
    ],
)
def test_link_that_is_not_the_schools_own_is_refused_and_not_kept(
    host: StaffMember, co_host: StaffMember, amy: Family, text: str, reason: str
) -> None:
    meeting = services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[co_host]))

    with pytest.raises(LinkRefused) as refusal:
        services.set_link(meeting, by=host, text=text)

    assert refusal.value.reason.value == reason
    meeting.refresh_from_db()
    assert (meeting.join_url, verbs()) == ("", ["meeting.plan"])


def test_link_of_the_schools_own_is_kept_in_its_one_form(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = services.plan(by=host, what=calls.plan_of([amy[1]], co_hosts=[co_host]))

    services.set_link(meeting, by=host, text=f"  {calls.LINK}&utm=1 ")

    meeting.refresh_from_db()
    assert (meeting.join_url, meeting.link_proves_tenant) == (calls.LINK, True)
    assert verbs() == ["meeting.plan", "meeting.set_link"]


def test_short_link_is_kept_and_marked_as_unproven(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    text = "https://teams.microsoft.com/meet/9351234567890?p=AbCdEf"
    assert not services.set_link(meeting, by=host, text=text).link_proves_tenant


def test_link_by_others_is_refused(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    with pytest.raises(NotAllowed):
        services.set_link(meeting, by=colleague, text=calls.LINK)


def test_link_of_another_call_at_the_same_time_is_refused_and_not_kept(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family, ben: Family
) -> None:
    first = calls.planned(host, [amy[1]], co_hosts=[co_host], title="Only the host's own")
    meeting = services.plan(
        by=colleague, what=calls.plan_of([ben[1]], co_hosts=[factories.make_staff()])
    )

    with pytest.raises(services.LinkTaken) as refusal:
        services.set_link(meeting, by=colleague, text=f"{calls.LINK}&utm=1")

    # That there is another call is all that is told of it.
    assert str(refusal.value) == (
        "This Teams link belongs to another call at the same time: two groups of children would "
        "meet. Schedule a Teams meeting of its own in Outlook and paste its link, or change the times."
    )
    meeting.refresh_from_db()
    assert (meeting.join_url, meeting.link_digest) == ("", "")
    services.cancel(first, by=host)
    assert services.set_link(meeting, by=colleague, text=calls.LINK).join_url == calls.LINK


def test_link_of_a_call_on_another_day_is_kept_with_advice_and_no_call_is_moved_beside_it(
    host: StaffMember, co_host: StaffMember, amy: Family, ben: Family
) -> None:
    day = timedelta(days=1)
    first = calls.planned(host, [amy[1]], co_hosts=[co_host])
    later = calls.plan_of(
        [ben[1]], co_hosts=[co_host], starts_at=calls.STARTS + day, ends_at=calls.ENDS + day
    )
    meeting = services.plan(by=host, what=later)
    assert advice_about_links(meeting) == []

    services.set_link(meeting, by=host, text=calls.LINK)

    assert [advice_about_links(one) for one in (first, meeting)] == [["link_twice"]] * 2
    beside = calls.as_it_is(meeting, starts_at=calls.STARTS, ends_at=calls.ENDS)
    with pytest.raises(services.PlanRefused) as refusal:
        services.revise(meeting, by=host, what=beside)
    assert [one.code for one in refusal.value.verdict.blocking] == ["link_twice_at_once"]
    services.set_link(meeting, by=host, text=calls.link_of(meeting))
    assert [advice_about_links(one) for one in (first, meeting)] == [[], []]


def advice_about_links(meeting: Meeting) -> list[str]:
    meeting.refresh_from_db()
    found = policy.assess(selectors.facts(meeting, clock.now()), clock.now()).findings
    return [one.code for one in found if one.code.startswith("link_")]


# --- Asking ---------------------------------------------------------------------------------------
def test_ask_writes_to_every_guardian_who_counts_and_twice_is_once(
    host: StaffMember,
    co_host: StaffMember,
    amy: Family,
    cat: Family,
    blocked_father: Guardian,
    mailbox: Callable[[], list[Any]],
) -> None:
    meeting = calls.asked(host, [amy[1], cat[1]], co_hosts=[co_host])
    services.ask(meeting, by=co_host)

    assert meeting.status == "asked"
    assert sorted(letter.to for letter in mailbox()) == sorted([[amy[0].email], [cat[0].email]])
    assert verbs().count("meeting.ask") == 2


def test_ask_at_the_wrong_stage_or_by_others_is_refused(
    host: StaffMember, co_host: StaffMember, colleague: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    with pytest.raises(NotAllowed):
        services.ask(meeting, by=colleague)
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
    with pytest.raises(NotAllowed):
        services.ask(meeting, by=host)


def test_meeting_is_locked_and_read_anew_by_every_change(
    host: StaffMember, co_host: StaffMember, amy: Family
) -> None:
    meeting = calls.planned(host, [amy[1]], co_hosts=[co_host])
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
    assert meeting.status == "draft"
    with pytest.raises(NotAllowed):
        services.revise(meeting, by=host, what=calls.as_it_is(meeting))
