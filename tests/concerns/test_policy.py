"""The rules of the Log of Concern as tables; no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from concerns import policy
from concerns.policy import Action, Colleague, Desk, Facts, Part, Party, Status, Urgency, Why
from school.calendar import Calendar
from school.roles import Role, Viewer
from schoolsafe.lib.rules import NotAllowed

LONDON = ZoneInfo("Europe/London")
SECOND = timedelta(seconds=1)
# Tuesday 15 September 2026, 10:00 in London.
TUESDAY = datetime(2026, 9, 15, 10, tzinfo=LONDON)
HOURS = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=LONDON,
    nation="ENG",
    terms=((date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18))),
)

LEAD, DEPUTY, HEAD, CHAIR, TEACHER, OFFICE, IT = range(1, 8)
CAST = {
    "lead": Viewer(staff_id=LEAD, roles=frozenset({Role.STAFF, Role.DSL})),
    "deputy": Viewer(staff_id=DEPUTY, roles=frozenset({Role.STAFF, Role.SAFEGUARDING})),
    "head": Viewer(staff_id=HEAD, roles=frozenset({Role.HEADTEACHER})),
    "chair": Viewer(staff_id=CHAIR, roles=frozenset({Role.CHAIR})),
    "reporter": Viewer(staff_id=TEACHER, roles=frozenset({Role.STAFF})),
    "office": Viewer(staff_id=OFFICE, roles=frozenset({Role.OFFICE})),
    "it": Viewer(staff_id=IT, roles=frozenset({Role.IT})),
    "nobody": Viewer(staff_id=99, roles=frozenset()),
}


def a_team(**changes: dict[int, dict[str, object]]) -> list[Colleague]:
    people = [
        Colleague(staff_id=LEAD, roles=frozenset({Role.DSL}), email="lead@s", is_on_duty=True),
        Colleague(staff_id=DEPUTY, roles=frozenset({Role.SAFEGUARDING}), email="deputy@s"),
        Colleague(staff_id=HEAD, roles=frozenset({Role.HEADTEACHER}), email="head@s"),
        Colleague(staff_id=CHAIR, roles=frozenset({Role.CHAIR}), email="chair@s"),
    ]
    facts = changes.get("facts", {})
    return [
        replace(
            person,
            **(
                {
                    "kin_ids": frozenset({person.staff_id}),
                    "kin_emails": frozenset({person.email}),
                    "kin_marks": frozenset({person.email}),
                }
                | facts.get(person.staff_id, {})
            ),
        )
        for person in people
    ]


def away(*ids: int) -> list[Colleague]:
    return a_team(facts={pk: {"is_away": True} for pk in ids})


def a_concern(**facts: object) -> Facts:
    defaults: dict[str, object] = {
        "status": Status.LOGGED,
        "urgency": Urgency.URGENT,
        "desk": Desk.TEAM,
        "reporter_id": TEACHER,
        "logged_at": TUESDAY,
        "clock_began_at": TUESDAY,
    }
    return Facts(**(defaults | facts))  # type: ignore[arg-type]


# --- Who may do what -------------------------------------------------------------------------------
BOTH = {Action.ADD, Action.CALL, Action.CORRECT, Action.NOTIFY, Action.ATTACH}
ALWAYS = {
    Action.NAME_SUBJECT,
    Action.ANSWER,
    Action.SHARE,
    Action.LEND,
    Action.LINK,
    Action.MOVE_PUPIL,
    Action.KEEP_HERE,
    *BOTH,
}
UNCLOSED = {
    Action.WEIGH,
    Action.TASK,
    Action.REFER,
    Action.DISAGREE,
    Action.ASK,
    Action.TAKE_OVER,
    *ALWAYS,
}
TAKEN = {
    Action.DECIDE,
    Action.CLOSE,
    Action.HAND_ON,
    Action.SECOND,
    Action.HAND_OVER,
    *UNCLOSED,
}
WORK: dict[Status, set[Action]] = {
    Status.LOGGED: {Action.ACKNOWLEDGE, *UNCLOSED},
    Status.ACKNOWLEDGED: TAKEN,
    Status.CLOSED: {Action.REOPEN, *ALWAYS},
    Status.REOPENED: TAKEN,
}
READERS = {
    Desk.TEAM: {"lead", "deputy", "head"},
    Desk.HEADTEACHER: {"head"},
    Desk.CHAIR: {"chair"},
    Desk.OUTSIDE: set(),
}


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", list(CAST))
def test_actions_for_every_person_status_and_desk(name: str, status: Status, desk: Desk) -> None:
    concern = a_concern(status=status, desk=desk)
    expected: set[Action] = BOTH if name == "reporter" else set()
    if name in READERS[desk]:
        expected = WORK[status]

    assert policy.actions_for(CAST[name], concern) == expected


@pytest.mark.parametrize("name", list(CAST))
def test_actions_for_whoever_stands_outside_is_none(name: str) -> None:
    concern = a_concern(excluded=frozenset(viewer.staff_id for viewer in CAST.values()))

    assert policy.actions_for(CAST[name], concern) == (BOTH if name == "reporter" else set())


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", list(Action))
def test_next_status_by_table(action: Action, status: Status) -> None:
    concern = a_concern(status=status)
    after = {
        Action.ACKNOWLEDGE: Status.ACKNOWLEDGED,
        Action.CLOSE: Status.CLOSED,
        Action.REOPEN: Status.REOPENED,
    }.get(action, status)

    if action in WORK[status]:
        assert policy.next_status(action, CAST["lead"], concern) is after
    else:
        with pytest.raises(NotAllowed):
            policy.next_status(action, CAST["lead"], concern)


@pytest.mark.parametrize("name", list(CAST))
def test_only_handlers_have_a_queue(name: str) -> None:
    expected = name in {"lead", "deputy", "head", "chair"}

    assert policy.may_work_queue(CAST[name]) is expected


# --- Who stands outside, and who handles it ---------------------------------------------------------
def staff_party(staff_id: int, *, part: Part = Part.SUBJECT, **facts: object) -> Party:
    return Party(part=part, is_adult=True, staff_id=staff_id, **facts)  # type: ignore[arg-type]


def in_words(*may_be: int, part: Part = Part.SUBJECT, is_head: bool = False) -> Party:
    return Party(part=part, is_adult=True, may_be=frozenset(may_be), is_head=is_head)


def routed(*parties: Party, team: list[Colleague] | None = None) -> Desk:
    people = a_team() if team is None else team
    outside = frozenset(policy.conflicts(people, parties))
    return policy.route(parties, people, excluded=outside)


def test_route_of_a_child_is_the_team() -> None:
    assert routed(Party(part=Part.SUBJECT)) is Desk.TEAM


def test_e1_route_of_a_member_of_staff_is_the_headteacher() -> None:
    assert routed(staff_party(TEACHER)) is Desk.HEADTEACHER


def test_e2_route_of_the_headteacher_is_the_chair() -> None:
    assert routed(staff_party(HEAD, is_head=True)) is Desk.CHAIR


def test_e3_route_of_the_deputy_is_the_headteacher_and_never_the_team() -> None:
    assert routed(staff_party(DEPUTY)) is Desk.HEADTEACHER


def test_e6_route_of_supply_staff_in_free_text_is_the_headteacher() -> None:
    party = Party(part=Part.SUBJECT, is_adult=True, works_here=True)

    assert routed(party) is Desk.HEADTEACHER


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (in_words(DEPUTY), Desk.HEADTEACHER),
        (in_words(TEACHER), Desk.HEADTEACHER),
        (in_words(HEAD, is_head=True), Desk.CHAIR),
        (in_words(DEPUTY, part=Part.WITNESS), Desk.TEAM),
    ],
)
def test_e3_e6_route_of_words_that_may_mean_somebody_is_past_them(
    party: Party, expected: Desk
) -> None:
    assert routed(party) is expected


def test_e3_conflict_of_a_relative_of_whom_words_may_mean() -> None:
    team = a_team(facts={LEAD: {"kin_ids": frozenset({LEAD, TEACHER})}})

    assert policy.conflicts(team, [in_words(TEACHER)]) == {LEAD: Why.NAMED}


def test_route_of_a_parent_who_harms_is_the_team() -> None:
    assert routed(Party(part=Part.HARMING, is_adult=True, email="parent@home")) is Desk.TEAM


def test_route_of_a_witness_on_the_staff_is_the_team() -> None:
    assert routed(staff_party(TEACHER, part=Part.WITNESS)) is Desk.TEAM


def test_route_past_a_headteacher_who_is_a_relative_is_the_chair() -> None:
    team = a_team(facts={HEAD: {"kin_ids": frozenset({HEAD, TEACHER})}})

    assert routed(staff_party(TEACHER), team=team) is Desk.CHAIR


def test_route_when_nobody_is_left_is_outside_the_school() -> None:
    parties = [staff_party(HEAD, is_head=True), staff_party(CHAIR)]

    assert routed(*parties) is Desk.OUTSIDE


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (staff_party(DEPUTY), {DEPUTY: Why.SUBJECT}),
        (staff_party(DEPUTY, part=Part.HARMING), {DEPUTY: Why.SUBJECT}),
        (staff_party(DEPUTY, part=Part.WITNESS), {}),
        (Party(part=Part.SUBJECT, is_adult=True, email="deputy@s"), {DEPUTY: Why.SUBJECT}),
        (Party(part=Part.SUBJECT, guardian_marks=frozenset({"lead@s"})), {LEAD: Why.FAMILY}),
        (Party(part=Part.WITNESS, guardian_marks=frozenset({"lead@s"})), {LEAD: Why.FAMILY}),
        (Party(part=Part.SUBJECT, guardian_marks=frozenset({"other@s"})), {}),
        (Party(part=Part.SUBJECT, is_adult=True), {}),
        (in_words(DEPUTY), {DEPUTY: Why.NAMED}),
        (in_words(DEPUTY, LEAD), {DEPUTY: Why.NAMED, LEAD: Why.NAMED}),
        (in_words(DEPUTY, part=Part.WITNESS), {}),
    ],
)
def test_conflicts_by_party(party: Party, expected: dict[int, Why]) -> None:
    assert policy.conflicts(a_team(), [party]) == expected


def test_e5_conflict_of_a_relative_of_the_subject() -> None:
    team = a_team(facts={LEAD: {"kin_ids": frozenset({LEAD, TEACHER})}})

    assert policy.conflicts(team, [staff_party(TEACHER)]) == {LEAD: Why.RELATIVE}


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (staff_party(LEAD), {LEAD: Why.SUBJECT, DEPUTY: Why.BELOW}),
        (staff_party(LEAD, part=Part.HARMING), {LEAD: Why.SUBJECT, DEPUTY: Why.BELOW}),
        (staff_party(LEAD, part=Part.WITNESS), {}),
        (
            Party(part=Part.SUBJECT, is_adult=True, email="lead@s"),
            {LEAD: Why.SUBJECT, DEPUTY: Why.BELOW},
        ),
        (in_words(LEAD), {LEAD: Why.NAMED, DEPUTY: Why.NAMED}),
        # Whoever is above reads on; their families are no matter of those below.
        (staff_party(DEPUTY), {DEPUTY: Why.SUBJECT}),
        (Party(part=Part.SUBJECT, guardian_marks=frozenset({"lead@s"})), {LEAD: Why.FAMILY}),
    ],
)
def test_e1_whoever_reports_to_whom_it_is_about_stands_outside(
    party: Party, expected: dict[int, Why]
) -> None:
    line = {"above_ids": frozenset({LEAD}), "above_emails": frozenset({"lead@s"})}

    assert policy.conflicts(a_team(facts={DEPUTY: line}), [party]) == expected


def test_conflict_of_a_relative_of_the_childs_family() -> None:
    team = a_team(facts={LEAD: {"kin_marks": frozenset({"lead@s", "spouse@s"})}})
    party = Party(part=Part.SUBJECT, guardian_marks=frozenset({"spouse@s"}))

    assert policy.conflicts(team, [party]) == {LEAD: Why.FAMILY}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("The headteacher", {Role.HEADTEACHER}),
        ("our Head  Teacher", {Role.HEADTEACHER}),
        ("the head", {Role.HEADTEACHER}),
        ("the headmaster", {Role.HEADTEACHER}),
        ("Headmistress", {Role.HEADTEACHER}),
        ("the HT", {Role.HEADTEACHER}),
        ("the safeguarding officer", {Role.DSL}),
        ("our child protection officer", {Role.DSL}),
        ("the head of Year 4", set()),
        ("somebody's head", set()),
        ("the DSL", {Role.DSL}),
        ("the deputy DSL", {Role.DSL, Role.SAFEGUARDING}),
        ("chair of the governors", {Role.CHAIR}),
        ("our deputy", {Role.SAFEGUARDING, Role.DSL}),
        ("the Deputy Headteacher", {Role.SAFEGUARDING, Role.DSL}),
        ("the assistant head", {Role.SAFEGUARDING, Role.DSL}),
        ("the deputy and the headteacher", {Role.SAFEGUARDING, Role.DSL, Role.HEADTEACHER}),
        ("a supply teacher in Year 4", set()),
        ("", set()),
    ],
)
def test_e2_e3_parts_that_words_may_mean(words: str, expected: set[Role]) -> None:
    assert policy.parts_meant(words) == expected


@pytest.mark.parametrize(
    ("words", "years"),
    [
        ("the Year 6 teacher", {6}),
        ("Y6 teacher", {6}),
        ("who teaches year six", {6}),
        ("the Reception teacher", {0}),
        ("his class teacher", set()),
        ("a tutor", set()),
        ("a supply teacher in Year 4", None),
        ("the head teacher", None),
        ("a mother in Year 6", None),
        ("", None),
    ],
)
def test_e3_whom_a_teacher_in_words_teaches(words: str, years: set[int] | None) -> None:
    taught = policy.taught_by(words)

    assert (None if taught is None else taught.years) == years


# --- When people change ------------------------------------------------------------------------------
def without(*ids: int) -> list[Colleague]:
    return [person for person in a_team() if person.staff_id not in ids]


ABOUT_HEAD = staff_party(HEAD, is_head=True)


@pytest.mark.parametrize(
    ("desk", "parties", "team", "expected"),
    [
        (Desk.TEAM, (), a_team(), Desk.TEAM),
        # All readers have left: the chair, and with the chair gone nobody at the school.
        (Desk.TEAM, (), without(LEAD, DEPUTY, HEAD), Desk.CHAIR),
        (Desk.TEAM, (), without(LEAD, DEPUTY, HEAD, CHAIR), Desk.OUTSIDE),
        (Desk.HEADTEACHER, (staff_party(TEACHER),), without(HEAD), Desk.CHAIR),
        # Whom it is about has become the headteacher.
        (Desk.HEADTEACHER, (ABOUT_HEAD,), a_team(), Desk.CHAIR),
        (Desk.HEADTEACHER, (ABOUT_HEAD,), without(CHAIR), Desk.OUTSIDE),
        # Somebody has come who may read what nobody could.
        (Desk.OUTSIDE, (staff_party(LEAD),), a_team(), Desk.HEADTEACHER),
        (Desk.OUTSIDE, (), a_team(), Desk.TEAM),
        # Who works on it keeps it, also when those below are there again.
        (Desk.CHAIR, (staff_party(TEACHER),), a_team(), Desk.CHAIR),
        (Desk.CHAIR, (staff_party(TEACHER),), without(CHAIR), Desk.HEADTEACHER),
    ],
)
def test_e1_e2_e3_desk_follows_the_people(
    desk: Desk, parties: tuple[Party, ...], team: list[Colleague], expected: Desk
) -> None:
    excluded = frozenset(policy.conflicts(team, parties))

    found = policy.desk_now(a_concern(desk=desk, parties=parties, excluded=excluded), team)

    assert found is expected


@pytest.mark.parametrize(
    ("facts", "team", "expected"),
    [
        ({}, a_team(), False),
        ({}, without(LEAD, DEPUTY, HEAD), True),
        ({"status": Status.ACKNOWLEDGED, "taken_by": LEAD}, a_team(), False),
        ({"status": Status.ACKNOWLEDGED, "taken_by": LEAD}, away(LEAD), False),
        ({"status": Status.ACKNOWLEDGED, "taken_by": LEAD}, without(LEAD), True),
        ({"status": Status.REOPENED, "taken_by": LEAD}, without(LEAD), True),
        (
            {"status": Status.ACKNOWLEDGED, "taken_by": LEAD, "excluded": frozenset({LEAD})},
            a_team(),
            True,
        ),
        ({"status": Status.CLOSED, "taken_by": LEAD}, without(LEAD), False),
        ({"status": Status.CLOSED, "taken_by": LEAD}, without(LEAD, DEPUTY, HEAD), True),
    ],
)
def test_concern_is_astray_without_readers_or_without_somebody_in_charge(
    facts: dict[str, object], team: list[Colleague], expected: bool
) -> None:
    assert policy.is_astray(a_concern(**facts), team) is expected


TAKEN = {"status": Status.ACKNOWLEDGED, "taken_by": LEAD}
ALL = (LEAD, DEPUTY, HEAD)


@pytest.mark.parametrize(
    ("facts", "team", "besides", "expected"),
    [
        ({}, a_team(), TEACHER, ()),
        (TAKEN, a_team(), TEACHER, (LEAD,)),
        (TAKEN, a_team(), LEAD, ()),
        (TAKEN, away(LEAD), TEACHER, (DEPUTY, HEAD)),
        (TAKEN, without(LEAD), TEACHER, (DEPUTY, HEAD)),
        (TAKEN | {"excluded": frozenset({LEAD, HEAD})}, a_team(), TEACHER, (DEPUTY,)),
        (TAKEN, away(*ALL), TEACHER, (LEAD,)),
        (TAKEN | {"status": Status.CLOSED}, a_team(), TEACHER, ALL),
        (TAKEN | {"status": Status.CLOSED}, a_team(), DEPUTY, (LEAD, HEAD)),
        (TAKEN | {"status": Status.CLOSED, "desk": Desk.CHAIR}, a_team(), TEACHER, (CHAIR,)),
    ],
)
def test_e21_an_addition_is_told_to_somebody_who_can_act_on_it(
    facts: dict[str, object], team: list[Colleague], besides: int, expected: tuple[int, ...]
) -> None:
    assert policy.to_tell_of_more(a_concern(**facts), team, besides=besides) == expected


# --- The ladder ------------------------------------------------------------------------------------
def rung(
    concern: Facts, waited: timedelta, team: list[Colleague] | None = None
) -> tuple[int, tuple[int, ...], bool]:
    found = policy.rung_at(
        concern, a_team() if team is None else team, HOURS, now=concern.clock_began_at + waited
    )
    assert found is not None
    return found.step, found.tell, found.tells_reporter


MINUTE = timedelta(minutes=1)
TEAM = (LEAD, DEPUTY)


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(), (0, (LEAD,), False)),
        (15 * MINUTE - SECOND, (0, (LEAD,), False)),
        (15 * MINUTE, (1, TEAM, False)),
        (15 * MINUTE + SECOND, (1, TEAM, False)),
        (30 * MINUTE - SECOND, (1, TEAM, False)),
        (30 * MINUTE, (2, (HEAD, *TEAM), False)),
        (30 * MINUTE + SECOND, (2, (HEAD, *TEAM), False)),
        (60 * MINUTE - SECOND, (2, (HEAD, *TEAM), False)),
        (60 * MINUTE, (3, (HEAD, CHAIR), True)),
        (60 * MINUTE + SECOND, (3, (HEAD, CHAIR), True)),
        (120 * MINUTE - SECOND, (3, (HEAD, CHAIR), True)),
        (120 * MINUTE, (4, (HEAD, CHAIR), True)),
    ],
)
def test_urgent_ladder_to_the_second(
    waited: timedelta, expected: tuple[int, tuple[int, ...], bool]
) -> None:
    assert rung(a_concern(), waited) == expected


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(), (0, TEAM, False)),
        (120 * MINUTE - SECOND, (0, TEAM, False)),
        (120 * MINUTE, (1, TEAM, False)),
        (120 * MINUTE + SECOND, (1, TEAM, False)),
        (360 * MINUTE - SECOND, (1, TEAM, False)),
        (360 * MINUTE, (2, (HEAD,), False)),
        (360 * MINUTE + SECOND, (2, (HEAD,), False)),
        (420 * MINUTE - SECOND, (2, (HEAD,), False)),
        (420 * MINUTE, (3, (HEAD,), True)),
        (420 * MINUTE + SECOND, (3, (HEAD,), True)),
        (420 * MINUTE + timedelta(hours=24), (4, (HEAD,), True)),
    ],
)
def test_routine_ladder_to_the_second(
    waited: timedelta, expected: tuple[int, tuple[int, ...], bool]
) -> None:
    assert rung(a_concern(urgency=Urgency.ROUTINE), waited) == expected


def test_urgent_with_nobody_on_duty_tells_the_whole_team_at_once() -> None:
    team = a_team(facts={LEAD: {"is_on_duty": False}})

    assert rung(a_concern(), timedelta(), team) == (0, TEAM, False)


def test_e76_whoever_is_away_is_skipped_and_the_skip_is_kept() -> None:
    found = policy.rung_at(a_concern(), away(LEAD), HOURS, now=TUESDAY)

    assert found is not None
    assert (found.tell, found.skipped) == ((DEPUTY,), (LEAD,))


def test_e77_routine_before_half_term_is_not_left_for_the_holidays() -> None:
    friday = datetime(2026, 10, 23, 17, 30, tzinfo=LONDON)
    concern = a_concern(urgency=Urgency.ROUTINE, clock_began_at=friday)

    told = [rung(concern, timedelta(hours=hours)) for hours in (0, 24, 72, 73)]

    assert told == [
        (0, TEAM, False),
        (1, TEAM, False),
        (2, (HEAD,), False),
        (3, (HEAD,), True),
    ]


def test_e79_routine_of_friday_at_closing_has_not_reached_the_head_on_monday_morning() -> None:
    friday = datetime(2026, 9, 18, 16, tzinfo=LONDON)
    concern = a_concern(urgency=Urgency.ROUTINE, clock_began_at=friday)
    monday = datetime(2026, 9, 21, 9, tzinfo=LONDON) - friday

    assert rung(concern, monday) == (1, TEAM, False)
    assert rung(concern, monday + timedelta(hours=7) - SECOND) == (1, TEAM, False)
    assert rung(concern, monday + timedelta(hours=7)) == (2, (HEAD,), False)


def test_e79_urgent_runs_through_the_weekend() -> None:
    saturday = datetime(2026, 9, 19, 3, tzinfo=LONDON)

    assert rung(a_concern(clock_began_at=saturday), 60 * MINUTE) == (3, (HEAD, CHAIR), True)


def test_e79_routine_logged_one_second_ago_on_a_monday_is_on_the_first_rung() -> None:
    monday = datetime(2026, 9, 21, 8, 30, tzinfo=LONDON)

    assert rung(a_concern(urgency=Urgency.ROUTINE, clock_began_at=monday), SECOND) == (
        0,
        TEAM,
        False,
    )


@pytest.mark.parametrize("urgency", list(Urgency))
@pytest.mark.parametrize("desk", list(Desk))
def test_e80_the_ladder_never_ends_while_a_concern_waits(desk: Desk, urgency: Urgency) -> None:
    concern = a_concern(desk=desk, urgency=urgency)
    last: datetime = TUESDAY

    for _ in range(12):
        following = policy.next_rung(concern, away(LEAD, DEPUTY, HEAD, CHAIR), HOURS, now=last)
        assert following is not None
        assert following.due_at > last
        assert following.tell or following.tells_reporter
        last = following.due_at


def test_e80_with_the_head_away_too_somebody_with_a_telephone_is_left() -> None:
    found = policy.rung_at(a_concern(), away(LEAD, DEPUTY, HEAD), HOURS, now=TUESDAY + 60 * MINUTE)

    assert found is not None
    assert (found.tell, found.tells_reporter) == ((CHAIR,), True)
    assert found.telephone == (LEAD, DEPUTY, HEAD)


def test_e80_with_nobody_at_the_desk_the_reporter_telephones_at_once() -> None:
    found = policy.rung_at(a_concern(desk=Desk.OUTSIDE), a_team(), HOURS, now=TUESDAY)

    assert found is not None
    assert (found.tell, found.tells_reporter, found.telephone) == ((), True, ())


def test_e81_whoever_is_in_conflict_is_skipped_at_every_rung() -> None:
    concern = a_concern(excluded=frozenset({LEAD}))

    told = [rung(concern, wait)[1] for wait in (timedelta(), 15 * MINUTE, 30 * MINUTE)]

    assert told == [(DEPUTY,), (DEPUTY,), (HEAD, DEPUTY)]


def test_e81_a_team_wholly_in_conflict_is_skipped_for_the_head_at_once() -> None:
    assert rung(a_concern(excluded=frozenset({LEAD, DEPUTY})), timedelta())[1] == (HEAD,)


def test_e81_the_skip_does_not_say_why() -> None:
    found = policy.rung_at(a_concern(excluded=frozenset({DEPUTY})), away(LEAD), HOURS, now=TUESDAY)

    assert found is not None
    assert found.skipped == (LEAD, DEPUTY)


def test_e82_urgent_is_never_slower_than_routine() -> None:
    for waited in range(0, 2000, 7):
        now = TUESDAY + waited * MINUTE
        steps = [
            policy.rung_at(a_concern(urgency=urgency), a_team(), HOURS, now=now)
            for urgency in (Urgency.URGENT, Urgency.ROUTINE)
        ]
        assert steps[0] is not None
        assert steps[1] is not None
        assert steps[0].step >= steps[1].step


def test_e85_after_three_days_of_silence_the_rung_of_now_is_taken_once() -> None:
    assert rung(a_concern(), timedelta(days=3)) == (3 + 71, (HEAD, CHAIR), True)


@pytest.mark.parametrize("desk", [Desk.HEADTEACHER, Desk.CHAIR])
@pytest.mark.parametrize("waited", [0, 15, 30])
def test_e1_e2_only_the_desk_is_told_before_the_last_rung(desk: Desk, waited: int) -> None:
    told = {Desk.HEADTEACHER: (HEAD,), Desk.CHAIR: (CHAIR,)}[desk]

    assert rung(a_concern(desk=desk), waited * MINUTE)[1] == told


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.CLOSED, Status.REOPENED])
def test_nobody_is_told_once_it_is_acknowledged(status: Status) -> None:
    concern = a_concern(status=status)

    assert policy.rung_at(concern, a_team(), HOURS, now=TUESDAY) is None
    assert policy.next_rung(concern, a_team(), HOURS, now=TUESDAY) is None


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "late", "team", "expected"),
    [
        ({}, -SECOND, a_team(), None),
        ({}, timedelta(), a_team(), (0, (LEAD,))),
        ({}, DAY - SECOND, a_team(), (0, (LEAD,))),
        ({}, DAY, a_team(), (1, (LEAD, DEPUTY, HEAD))),
        ({}, 9 * DAY, a_team(), (9, (LEAD, DEPUTY, HEAD))),
        ({}, timedelta(), away(LEAD), (0, (DEPUTY, HEAD))),
        ({}, timedelta(), away(LEAD, DEPUTY, HEAD), (0, (LEAD,))),
        ({"excluded": frozenset({LEAD})}, timedelta(), a_team(), (0, (DEPUTY, HEAD))),
        ({"status": Status.REOPENED}, timedelta(), a_team(), (0, (LEAD,))),
        ({"is_decided": True}, DAY, a_team(), None),
        ({"status": Status.CLOSED}, DAY, a_team(), None),
    ],
)
def test_e21_what_is_not_decided_in_time_is_asked_about_every_day(
    facts: dict[str, object],
    late: timedelta,
    team: list[Colleague],
    expected: tuple[int, tuple[int, ...]] | None,
) -> None:
    taken = {"status": Status.ACKNOWLEDGED, "taken_by": LEAD, "decide_by": TUESDAY + DAY}

    found = policy.rung_at(a_concern(**(taken | facts)), team, HOURS, now=TUESDAY + DAY + late)

    assert (found and (found.step, found.tell)) == expected
    assert found is None or (found.asks_decision, found.tells_reporter) == (True, False)


@pytest.mark.parametrize(("waited", "next_in"), [(0, 1), (23, 1), (24, 2), (47, 2), (48, 3)])
def test_e21_the_wait_for_a_decision_never_ends(waited: int, next_in: int) -> None:
    concern = a_concern(status=Status.ACKNOWLEDGED, taken_by=LEAD, decide_by=TUESDAY + DAY)

    following = policy.next_rung(concern, a_team(), HOURS, now=TUESDAY + timedelta(hours=waited))

    assert following is not None
    assert following.due_at == TUESDAY + next_in * DAY


@pytest.mark.parametrize(
    ("urgency", "waited", "step"),
    [
        (Urgency.URGENT, 0, 1),
        (Urgency.URGENT, 14, 1),
        (Urgency.URGENT, 16, 2),
        (Urgency.URGENT, 31, 3),
        (Urgency.ROUTINE, 0, 1),
        (Urgency.ROUTINE, 121, 2),
        (Urgency.ROUTINE, 361, 3),
    ],
)
def test_p14_a_call_not_taken_makes_the_next_rung_due_now(
    urgency: Urgency, waited: int, step: int
) -> None:
    now = TUESDAY + waited * MINUTE
    concern = a_concern(urgency=urgency)

    hurried = replace(
        concern,
        is_hurried=True,
        clock_began_at=policy.hurried_from(concern, HOURS, now=now),
    )

    found = policy.rung_at(hurried, a_team(), HOURS, now=now)
    assert found is not None
    assert (found.step, found.due_at) == (step, now)


# --- Deadlines -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("late", "expected"), [(-SECOND, False), (timedelta(), True), (SECOND, True)]
)
def test_overdue_to_acknowledge_to_the_second(late: timedelta, expected: bool) -> None:
    by = policy.acknowledge_by(a_concern(), HOURS)

    assert by == TUESDAY + 15 * MINUTE
    assert policy.is_overdue(a_concern(acknowledge_by=by), now=by + late) is expected


@pytest.mark.parametrize(
    ("late", "expected"), [(-SECOND, False), (timedelta(), True), (SECOND, True)]
)
def test_e21_overdue_to_decide_to_the_second(late: timedelta, expected: bool) -> None:
    by = policy.decide_by(HOURS, acknowledged_at=TUESDAY)
    concern = a_concern(status=Status.ACKNOWLEDGED, decide_by=by)

    assert by == datetime(2026, 9, 16, 16, tzinfo=LONDON)
    assert policy.is_overdue(concern, now=by + late) is expected
    assert policy.is_overdue(replace(concern, is_decided=True), now=by + late) is False


def test_a_closed_concern_is_neither_open_nor_overdue() -> None:
    concern = a_concern(status=Status.CLOSED, decide_by=TUESDAY)

    assert policy.is_open(concern) is False
    assert policy.is_overdue(concern, now=TUESDAY.astimezone(UTC)) is False
