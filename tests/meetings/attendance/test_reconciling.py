"""What happened held against the plan: each finding, and all of them beside a count of every second."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.attendance import (
    Attendee,
    Expected,
    ExpectedPupil,
    Finding,
    FindingKind,
    Findings,
    Flag,
    Interval,
    Layout,
    MatchedBy,
    NotChecked,
    Plan,
    Report,
    Side,
    reconcile,
)
from meetings.attendance.sweeping import MOST_NAMED

START = datetime(2026, 9, 15, 13, tzinfo=UTC)
MINUTE = 60
ALONE = {FindingKind.ONE_TO_ONE, FindingKind.NO_STAFF}


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def stay(start: int, end: int) -> Interval:
    return Interval(at(start), at(end))


HELEN = Expected(
    key="staff-1",
    name="Helen Host",
    addresses=("H.Host@school.example",),
    object_id="0E9D8C7B",
    role="host",
)
COLIN = Expected(key="staff-2", name="Colin Cohost", addresses=("c.cohost@school.example",))
POPPY = ExpectedPupil(
    key="pupil-1",
    name="Poppy Pupil",
    addresses=("poppy@school.example",),
    display_names=("Dad's iPad",),
    has_consent=True,
    was_let_in=True,
)
ALI = ExpectedPupil(
    key="pupil-2",
    name="Ali Pupil",
    addresses=("ali@school.example",),
    has_consent=True,
    was_let_in=True,
)


def came(who: Expected | str, *stays: tuple[int, int], **changes: Any) -> Attendee:
    """Return an attendee: somebody expected on their account, or a name and nothing else."""
    known = isinstance(who, Expected)
    facts = {
        "key": f"in-{who.key if known else who}",
        "name": who.name if known else who,
        "email": who.addresses[0].lower() if known else "",
        "intervals": tuple(stay(*each) for each in stays),
    }
    return Attendee(**(facts | changes))


def report(*attendees: Attendee, **changes: Any) -> Report:
    facts: dict[str, Any] = {
        "title": "",
        "meeting_id": "",
        "started": START,
        "ended": at(30 * MINUTE),
        "attendees": attendees,
        "has_intervals": True,
        "is_partial": False,
        "layout": Layout.GRAPH,
        "language": "en",
    }
    return Report(**(facts | changes))


def plan(**changes: Any) -> Plan:
    facts: dict[str, Any] = {
        "booked": stay(0, 30 * MINUTE),
        "opened": START,
        "ended": at(30 * MINUTE),
        "staff": (HELEN, COLIN),
        "pupils": (POPPY, ALI),
        "recording_promised": False,
        "recording_made": True,
    }
    return Plan(**(facts | changes))


def told(findings: Findings) -> list[tuple[FindingKind, int, int, tuple[str, ...]]]:
    """Return findings in seconds since the start, after holding their seconds against their ends."""
    for each in findings.findings:
        assert each.seconds == (each.end - each.start).total_seconds()
        assert 0 <= each.certain_seconds <= each.seconds
    return [
        (
            each.kind,
            round((each.start - START).total_seconds()),
            round((each.end - START).total_seconds()),
            each.who,
        )
        for each in findings.findings
    ]


def certain(findings: Findings) -> list[int]:
    return [each.certain_seconds for each in findings.findings]


BOTH = (came(HELEN, (0, 1800)), came(COLIN, (0, 1800)))


# --- Who was alone with whom ---


def test_two_adults_and_a_pupil_are_fine():
    found = reconcile(report(*BOTH, came(POPPY, (60, 1740))), plan())
    assert found.findings == ()
    assert found.not_checked == ()


def test_e57_co_host_drops_out_and_one_pupil_is_there():
    attendees = (
        came(HELEN, (0, 1800)),
        came(COLIN, (0, 600), (690, 1800)),
        came(POPPY, (60, 1740)),
    )
    found = reconcile(report(*attendees), plan())
    assert told(found) == [(FindingKind.ONE_TO_ONE, 600, 690, ("staff-1", "pupil-1"))]
    assert certain(found) == [90]


def test_e56_only_one_pupil_turns_up_to_one_adult():
    found = reconcile(report(came(HELEN, (0, 300)), came(POPPY, (60, 240))), plan())
    assert told(found) == [(FindingKind.ONE_TO_ONE, 60, 240, ("staff-1", "pupil-1"))]


def test_e58_both_adults_drop_out():
    attendees = (
        came(HELEN, (0, 600), (720, 1800)),
        came(COLIN, (0, 630), (750, 1800)),
        came(POPPY, (0, 1800)),
        came(ALI, (0, 1800)),
    )
    found = reconcile(report(*attendees), plan())
    assert told(found) == [(FindingKind.NO_STAFF, 630, 720, ("pupil-2", "pupil-1"))]
    assert certain(found) == [90]


def test_intervals_have_no_end_so_taking_turns_is_no_overlap_and_no_gap():
    attendees = (
        came(HELEN, (0, 600)),
        came(COLIN, (600, 1800)),
        came(POPPY, (0, 300)),
        came(ALI, (300, 1800)),
    )
    assert told(reconcile(report(*attendees), plan())) == [
        (FindingKind.ONE_TO_ONE, 0, 300, ("staff-1", "pupil-1")),
        (FindingKind.ONE_TO_ONE, 300, 600, ("staff-1", "pupil-2")),
        (FindingKind.ONE_TO_ONE, 600, 1800, ("staff-2", "pupil-2")),
    ]


def test_stay_of_no_second_is_alone_with_nobody_and_was_there_all_the_same():
    attendees = (*BOTH, came(POPPY, (60, 60)))
    found = reconcile(report(*attendees), plan(pupils=(replace(POPPY, has_consent=False),)))
    assert told(found) == [(FindingKind.WITHOUT_CONSENT, 60, 60, ("pupil-1",))]


def test_e69_child_on_two_devices_is_one_child():
    attendees = (
        came(HELEN, (0, 1800)),
        came(POPPY, (60, 900)),
        came(POPPY, (600, 1740), key="in-tablet"),
    )
    found = reconcile(report(*attendees), plan())
    assert told(found) == [(FindingKind.ONE_TO_ONE, 60, 1740, ("staff-1", "pupil-1"))]
    (poppy,) = [person for person in found.people if person.side is Side.PUPIL]
    assert poppy.intervals == (stay(60, 1740),)
    assert poppy.attendees == ("in-pupil-1", "in-tablet")


def test_e69_child_who_rejoins_nine_times_is_one_child():
    stays = [(120 * number, 120 * number + 110) for number in range(10)]
    found = reconcile(report(came(HELEN, (0, 1800)), came(POPPY, *stays)), plan())
    assert [(each.start, each.seconds) for each in found.findings] == [
        (at(120 * number), 110) for number in range(10)
    ]


def test_e69_adult_on_two_devices_is_no_second_adult():
    attendees = (
        came(HELEN, (0, 1800)),
        came(HELEN, (0, 1800), key="in-phone"),
        came(POPPY, (0, 1800)),
    )
    assert told(reconcile(report(*attendees), plan())) == [
        (FindingKind.ONE_TO_ONE, 0, 1800, ("staff-1", "pupil-1"))
    ]


# --- Who is who ---


def matched(attendee: Attendee, **changes: Any) -> tuple[str, MatchedBy | None, tuple[str, ...]]:
    (person,) = reconcile(report(attendee), plan(**changes)).people
    return person.key, person.matched_by, person.offers


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"email": "h.host@school.example"}, MatchedBy.ADDRESS),
        ({"email": "H.HOST@SCHOOL.example "}, MatchedBy.ADDRESS),
        ({"user_id": "0e9d8c7b", "email": ""}, MatchedBy.ACCOUNT),
        ({"user_id": "h.host@school.example", "email": ""}, MatchedBy.ACCOUNT),
        ({"user_id": "0e9d8c7b", "email": "somebody@else.example"}, MatchedBy.ACCOUNT),
        ({"user_id": "0e9d8c7b", "flags": frozenset({Flag.GUEST})}, MatchedBy.ACCOUNT),
    ],
)
def test_account_or_address_is_who_somebody_is(changes, by):
    assert matched(came(HELEN, (0, 9), **changes)) == ("staff-1", by, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"email": ""},
        {"flags": frozenset({Flag.UNVERIFIED})},
        {"flags": frozenset({Flag.TELEPHONE}), "user_id": "0e9d8c7b"},
        {"user_id": "0e9d8c7b", "email": "c.cohost@school.example"},
        {"role": "organizer", "email": ""},
    ],
    ids=["a name", "unverified", "telephone", "two people at once", "a role"],
)
def test_whoever_proves_nothing_is_offered_and_not_matched(changes):
    assert matched(came(HELEN, (0, 9), **changes)) == ("in-staff-1", None, ("staff-1",))


def test_address_that_only_folds_into_another_is_nobodys_proof():
    assert matched(came(HELEN, (0, 9), email="h.ho\u017ft@school.example"))[1] is None


def test_address_that_two_share_is_nobodys_proof():
    family = ("pupil@home.example",)
    pupils = (replace(POPPY, addresses=family), replace(ALI, addresses=family))
    attendee = came("A", (0, 9), email="pupil@home.example")
    assert matched(attendee, pupils=pupils) == ("in-A", None, ())


@pytest.mark.parametrize(
    ("name", "offers"),
    [
        ("poppy pupil", ("pupil-1",)),
        ("Pupil, Poppy", ("pupil-1",)),
        ("Póppy", ("pupil-1",)),
        ("Poppy Pupil 5H", ("pupil-1",)),
        ("dads ipad", ()),
        ("Dad’s iPad", ("pupil-1",)),
        ("iPad", ("pupil-1",)),
        ("Pupil", ("pupil-1", "pupil-2")),
        ("Pop", ()),
        ("Galaxy Tab", ()),
        ("", ()),
        ("🦄", ()),
    ],
)
def test_e55_names_are_offered_for_a_person_to_confirm(name, offers):
    assert matched(came(name, (0, 9))) == (f"in-{name}", None, offers)


@pytest.mark.parametrize(
    ("name", "offers", "hints"),
    [
        ("Harry D", ("pupil-3",), ()),
        ("harry d.", ("pupil-3",), ()),
        ("Harry J", ("pupil-3",), ()),
        ("Harry E", (), ()),
        ("Harry", ("pupil-3",), ()),
        ("H D", (), ()),
        ("D Harry", (), ()),
        # Two of that name, and an adult of the call: nobody is offered, and none of them is given away.
        ("Ali K", (), ("pupil-4", "pupil-5")),
        ("Helen H", (), ("staff-1",)),
        # An adult who is not on the call says nothing about who came.
        ("Colin C", (), ()),
    ],
)
def test_e55_given_name_with_an_initial_is_offered_as_the_one_pupil_who_has_them(
    name, offers, hints
):
    pupils = (
        ExpectedPupil(key="pupil-3", name="Harry James Davies"),
        ExpectedPupil(key="pupil-4", name="Ali Khan"),
        ExpectedPupil(key="pupil-5", name="Ali Karim"),
    )
    (person,) = reconcile(report(came(name, (0, 9))), plan(pupils=pupils)).people
    assert (person.side, person.offers, person.hints) == (Side.UNKNOWN, offers, hints)


def test_offers_are_few_and_the_same_name_is_first():
    pupils = tuple(
        ExpectedPupil(key=f"pupil-{number}", name=f"Ali {number}") for number in range(1, 21)
    )
    last = ExpectedPupil(key="pupil-ali", name="Ali")
    key, by, offers = matched(came("Ali", (0, 9)), pupils=(*pupils, last))
    assert offers == ("pupil-ali", *(f"pupil-{number}" for number in range(1, 8)))


def test_e55_what_a_person_confirmed_is_who_somebody_is():
    attendees = (came("Dad's iPad", (0, 600)), came(POPPY, (600, 900)))
    confirmed = {"in-Dad's iPad": "pupil-1", "in-of another report": "pupil-2"}
    found = reconcile(report(*attendees), plan(confirmed=confirmed))
    (poppy,) = found.people
    assert (poppy.key, poppy.side, poppy.intervals) == ("pupil-1", Side.PUPIL, (stay(0, 900),))
    assert poppy.matched_by is MatchedBy.ADDRESS
    assert found.unknown == found.offered == ()


# --- How people count whom nobody has named ---


@pytest.mark.parametrize(
    ("attendees", "expected"),
    [
        ((came(HELEN, (0, 60)), came("A", (0, 60))), [(FindingKind.ONE_TO_ONE, 0)]),
        (
            (came(HELEN, (0, 60)), came("A", (0, 60)), came("B", (0, 60))),
            [(FindingKind.ONE_TO_ONE, 0)],
        ),
        (
            (came(HELEN, (0, 60)), came(POPPY, (0, 60)), came("A", (0, 60))),
            [(FindingKind.ONE_TO_ONE, 0)],
        ),
        ((came(POPPY, (0, 60)), came("Colin Cohost", (0, 60))), [(FindingKind.NO_STAFF, 0)]),
        ((came("A", (0, 60)),), [(FindingKind.NO_STAFF, 0)]),
        ((came(HELEN, (0, 60)), came(POPPY, (0, 60)), came(ALI, (0, 60)), came("A", (0, 60))), []),
        ((came(HELEN, (0, 60)), came(COLIN, (0, 60)), came("A", (0, 60))), []),
        ((came(HELEN, (0, 60)),), []),
    ],
    ids=[
        "one adult and somebody",
        "one adult and two who may be one child on two devices",
        "one adult, a pupil and somebody who is no second adult",
        "a pupil and the name of an adult",
        "somebody alone",
        "two pupils are not one",
        "two adults",
        "an adult alone",
    ],
)
def test_unnamed_person_makes_a_finding_and_clears_none(attendees, expected):
    found = reconcile(report(*attendees), plan())
    alone = [each for each in found.findings if each.kind in ALONE]
    assert [(each.kind, each.certain_seconds) for each in alone] == expected


def test_confirming_who_it_was_clears_the_finding():
    attendees = (came(HELEN, (0, 60)), came(POPPY, (0, 60)), came("Colin", (0, 60)))
    assert [each.kind for each in reconcile(report(*attendees), plan()).findings] == [
        FindingKind.ONE_TO_ONE,
        FindingKind.UNKNOWN_PERSON,
    ]
    confirmed = plan(confirmed={"in-Colin": "staff-2"})
    assert reconcile(report(*attendees), confirmed).findings == ()


def test_finding_names_no_more_people_than_anybody_reads():
    crowd = [came(f"A{number}", (number, 5000)) for number in range(300)]
    found = reconcile(report(came(HELEN, (0, 9000)), *crowd), plan())
    (alone,) = [each for each in found.findings if each.kind is FindingKind.ONE_TO_ONE]
    assert (len(alone.who), alone.who[:2]) == (MOST_NAMED, ("staff-1", "in-A0"))
    assert alone.seconds == 5000


def test_only_the_seconds_without_an_unnamed_person_are_certain():
    attendees = (came(HELEN, (0, 600)), came(POPPY, (0, 600)), came("A", (100, 160)))
    found = reconcile(report(*attendees), plan())
    assert told(found) == [
        (FindingKind.ONE_TO_ONE, 0, 600, ("staff-1", "pupil-1", "in-A")),
        (FindingKind.UNKNOWN_PERSON, 100, 160, ("in-A",)),
    ]
    assert certain(found) == [540, 0]


# --- Consent, door, end, recording ---


def test_pupil_without_consent_and_never_let_in():
    pupils = (replace(POPPY, has_consent=False), replace(ALI, was_let_in=False))
    attendees = (*BOTH, came(POPPY, (0, 60), (90, 120)), came(ALI, (30, 40)))
    found = reconcile(report(*attendees), plan(pupils=pupils))
    assert told(found) == [
        (FindingKind.WITHOUT_CONSENT, 0, 60, ("pupil-1",)),
        (FindingKind.NEVER_LET_IN, 30, 40, ("pupil-2",)),
        (FindingKind.WITHOUT_CONSENT, 90, 120, ("pupil-1",)),
    ]


def test_pupil_who_was_taken_out_and_is_in_again_or_still():
    pupils = (replace(POPPY, removed_at=at(60.9)),)
    attendees = (*BOTH, came(POPPY, (0, 60), (90, 120)))
    found = reconcile(report(*attendees), plan(pupils=pupils))
    assert told(found) == [(FindingKind.AFTER_REMOVAL, 90, 120, ("pupil-1",))]
    still = (*BOTH, came(POPPY, (0, 120)))
    found = reconcile(report(*still), plan(pupils=pupils))
    assert told(found) == [(FindingKind.AFTER_REMOVAL, 60, 120, ("pupil-1",))]


def test_who_is_in_before_the_door_is_opened():
    attendees = (*BOTH, came(POPPY, (10, 90)), came("A", (20, 60)))
    found = reconcile(report(*attendees), plan(opened=at(60)))
    assert told(found) == [
        (FindingKind.BEFORE_OPENING, 10, 60, ("pupil-1",)),
        (FindingKind.BEFORE_OPENING, 20, 60, ("in-A",)),
        (FindingKind.UNKNOWN_PERSON, 20, 60, ("in-A",)),
    ]
    assert certain(found) == [50, 0, 0]


def test_who_comes_in_the_second_of_the_opening_is_not_too_early():
    found = reconcile(report(*BOTH, came(POPPY, (10, 20), (60, 90))), plan(opened=at(60)))
    assert told(found) == [(FindingKind.BEFORE_OPENING, 10, 20, ("pupil-1",))]


def test_e65_who_looks_in_for_no_second_at_the_end_came_back():
    found = reconcile(report(*BOTH, came(POPPY, (60, 1700), (1800, 1800))), plan())
    assert told(found) == [(FindingKind.CAME_BACK, 1800, 1800, ("pupil-1",))]


def test_door_that_nobody_opened_was_never_open():
    found = reconcile(report(*BOTH, came(POPPY, (10, 90))), plan(opened=None))
    assert told(found) == [(FindingKind.BEFORE_OPENING, 10, 90, ("pupil-1",))]


def test_e65_who_is_in_after_the_end():
    attendees = (
        came(HELEN, (0, 1800), (2100, 2110)),
        came(COLIN, (0, 1810), (2100, 2110)),
        came(POPPY, (60, 1805)),
        came(ALI, (60, 1800), (2100, 2105)),
    )
    found = reconcile(report(*attendees, ended=at(2110)), plan())
    assert told(found) == [
        (FindingKind.ONE_TO_ONE, 1800, 1805, ("staff-2", "pupil-1")),
        (FindingKind.STAYED_ON, 1800, 1805, ("pupil-1",)),
        (FindingKind.CAME_BACK, 2100, 2105, ("pupil-2",)),
    ]


def test_end_that_nobody_recorded_is_said_not_to_be_looked_at():
    found = reconcile(report(*BOTH, came(POPPY, (0, 9000))), plan(ended=None))
    assert NotChecked.AFTER_THE_END in found.not_checked
    assert [each.kind for each in found.findings] == [FindingKind.NO_STAFF]


ONE_OF_TWO = (came(HELEN, (0, 1800)), came(COLIN, (0, 600)))


@pytest.mark.parametrize("made", [False, None])
def test_e62_no_recording_with_one_adult(made):
    attendees = (*ONE_OF_TWO, came(POPPY, (0, 1700)), came(ALI, (0, 1700)))
    found = reconcile(report(*attendees), plan(recording_made=made))
    assert told(found) == [(FindingKind.NOT_RECORDED, 600, 1700, ("staff-1", "pupil-2", "pupil-1"))]
    assert reconcile(report(*attendees), plan(recording_made=True)).findings == ()


def test_e62_recording_that_was_promised_is_missing_for_all_the_time_with_pupils():
    attendees = (*BOTH, came(POPPY, (60, 1700)), came("A", (100, 200)))
    changes = {"recording_promised": True, "recording_made": False}
    found = reconcile(report(*attendees), plan(**changes))
    assert told(found)[0] == (
        FindingKind.NOT_RECORDED,
        60,
        1700,
        ("staff-2", "staff-1", "pupil-1", "in-A"),
    )
    assert found.findings[0].certain_seconds == 1640


# --- Another meeting ---


@pytest.mark.parametrize(
    ("of_report", "of_plan", "kinds"),
    [
        ({"meeting_id": "a"}, {"meeting_id": "b"}, [FindingKind.OTHER_MEETING]),
        ({"meeting_id": "a", "title": "x"}, {"meeting_id": "a", "title": "y"}, []),
        ({"title": "Maths, Year 5"}, {"title": "year 5 maths"}, []),
        ({"title": "Meeting in General"}, {"title": "Maths"}, [FindingKind.OTHER_TITLE]),
        ({"title": "", "meeting_id": "a"}, {"title": "Maths"}, []),
        ({"started": at(1800), "ended": at(2400)}, {}, [FindingKind.OTHER_TIME]),
        ({"started": at(1799), "ended": at(2400)}, {}, []),
        ({"started": at(-600), "ended": at(0)}, {}, [FindingKind.OTHER_TIME]),
        ({"started": at(-600), "ended": at(1)}, {}, []),
        ({"started": at(2000), "ended": at(2400)}, {"opened": at(1900), "ended": at(2500)}, []),
        (
            {"started": at(2000), "ended": at(2400), "meeting_id": "a"},
            {"meeting_id": "a"},
            [FindingKind.OTHER_TIME],
        ),
    ],
)
def test_e70_report_that_fits_no_booked_call(of_report, of_plan, kinds):
    found = reconcile(report(**of_report), plan(**of_plan))
    assert [each.kind for each in found.findings] == kinds
    assert all(each.who == () for each in found.findings)


def test_e68_meeting_is_known_by_its_id_and_not_by_its_title():
    same_title = report(title="Maths", meeting_id="a")
    found = reconcile(same_title, plan(title="Maths", meeting_id="b"))
    assert [each.kind for each in found.findings] == [FindingKind.OTHER_MEETING]


# --- What could not be looked at ---


def test_without_intervals_nobody_is_said_to_have_been_alone_or_not():
    attendees = (came(HELEN, (0, 1800)), came(POPPY, (0, 1800)), came("A", (0, 1800)))
    changes = {"has_intervals": False, "is_partial": True}
    found = reconcile(report(*attendees, **changes), plan(recording_made=False))
    assert found.not_checked == (NotChecked.ALONE, NotChecked.AFTER_THE_LIST)
    assert [each.kind for each in found.findings] == [FindingKind.UNKNOWN_PERSON]
    promised = plan(recording_made=False, recording_promised=True)
    assert FindingKind.NOT_RECORDED in [
        each.kind for each in reconcile(report(*attendees, **changes), promised).findings
    ]


def test_times_of_the_plan_may_be_in_any_zone_and_finer_than_a_second():
    london = ZoneInfo("Europe/London")
    changes = {
        "opened": at(60.5).astimezone(london),
        "ended": at(120.9).astimezone(london),
    }
    found = reconcile(report(*BOTH, came(POPPY, (50, 130))), plan(**changes))
    assert told(found) == [
        (FindingKind.BEFORE_OPENING, 50, 60, ("pupil-1",)),
        (FindingKind.STAYED_ON, 120, 130, ("pupil-1",)),
    ]


def test_nobody_at_all():
    found = reconcile(report(), plan())
    assert (found.people, found.findings) == ((), ())


# --- Every second counted one by one ---

END = 24
SPANS = st.tuples(st.integers(0, END), st.integers(0, END)).map(lambda pair: tuple(sorted(pair)))
STAYS = st.lists(SPANS, max_size=4).map(tuple)
WHO = st.sampled_from([HELEN, COLIN, POPPY, ALI, "A", "B"])
SECONDS = st.none() | st.integers(-1, END + 1)


def of(second: dict[str, Side], side: Side) -> frozenset[str]:
    return frozenset(key for key, what in second.items() if what is side)


def pair(second: dict[str, Side], kind: FindingKind, *, promised: bool) -> frozenset[str] | None:
    """Say who makes a finding in one second, or none."""
    adults, pupils, others = (of(second, side) for side in Side)
    if not pupils | others:
        return None
    if kind is FindingKind.ONE_TO_ONE:
        return adults | pupils if len(adults) == 1 and len(pupils) <= 1 else None
    if kind is FindingKind.NO_STAFF:
        return None if adults else frozenset()
    return frozenset() if promised or len(adults) == 1 else None


def naive_alone(
    inside: list[dict[str, Side]], kind: FindingKind, *, promised: bool
) -> list[tuple[int, int, int, frozenset[str]]]:
    """Say of each second whether it is wrong, and put seconds with the same pair together."""

    def is_certain(second: dict[str, Side]) -> bool:
        named = not of(second, Side.UNKNOWN) or (kind is FindingKind.NOT_RECORDED and promised)
        return bool(of(second, Side.PUPIL)) and named

    found = []
    pairs = [pair(second, kind, promised=promised) for second in inside]
    for same, group in groupby(range(len(inside)), key=pairs.__getitem__):
        run = list(group)
        if same is not None:
            sure = sum(is_certain(inside[second]) for second in run)
            who = frozenset().union(*(inside[second] for second in run))
            found.append((run[0], run[-1] + 1, sure, who))
    return found


def spoken(each: Finding) -> tuple[int, int, int, frozenset[str]]:
    start, end = ((time - START).total_seconds() for time in (each.start, each.end))
    return (round(start), round(end), each.certain_seconds, frozenset(each.who))


@settings(max_examples=300, deadline=None)
@given(
    came_in=st.lists(st.tuples(WHO, STAYS), max_size=8),
    opened=SECONDS,
    ended=SECONDS,
    removed=SECONDS,
    promised=st.booleans(),
)
def test_every_finding_is_what_counting_each_second_comes_to(
    came_in, opened, ended, removed, promised
):
    attendees = [
        came(who, *stays, key=f"in-{number}") for number, (who, stays) in enumerate(came_in)
    ]
    facts = plan(
        opened=None if opened is None else at(opened),
        ended=None if ended is None else at(ended),
        pupils=(replace(POPPY, removed_at=None if removed is None else at(removed)), ALI),
        recording_promised=promised,
        recording_made=False,
    )
    found = reconcile(report(*attendees), facts)

    sides = {person.key: person.side for person in found.people}
    whose = {key: person.key for person in found.people for key in person.attendees}
    present: dict[str, set[int]] = defaultdict(set)
    for attendee, (_, stays) in zip(attendees, came_in, strict=True):
        for start, end in stays:
            present[whose[attendee.key]] |= set(range(start, end))
    inside = [
        {key: sides[key] for key, seconds in present.items() if second in seconds}
        for second in range(END + 1)
    ]
    for kind in (*ALONE, FindingKind.NOT_RECORDED):
        assert [spoken(each) for each in found.findings if each.kind is kind] == naive_alone(
            inside, kind, promised=promised
        )
    covered: dict[tuple[FindingKind, str], set[int]] = defaultdict(set)
    for each in found.findings:
        if len(each.who) == 1:
            start, end, *_ = spoken(each)
            covered[each.kind, each.who[0]] |= set(range(start, end))
    for key, seconds in present.items():
        if sides[key] is Side.ADULT:
            continue
        assert covered[FindingKind.BEFORE_OPENING, key] == {
            second for second in seconds if opened is None or second < opened
        }
        after = {second for second in seconds if ended is not None and second >= ended}
        stayed, back = (
            covered[kind, key] for kind in (FindingKind.STAYED_ON, FindingKind.CAME_BACK)
        )
        assert (stayed | back, stayed & back) == (after, set())
        # Whoever stayed on was in at the last second before the end, and without a break since.
        assert all(ended - 1 in seconds and set(range(ended, s)) <= stayed for s in stayed)
        assert covered[FindingKind.UNKNOWN_PERSON, key] == (
            seconds if sides[key] is Side.UNKNOWN else set()
        )
    gone = present[POPPY.key] if removed is not None else set()
    assert covered[FindingKind.AFTER_REMOVAL, POPPY.key] == {s for s in gone if s >= removed}


@given(came_in=st.lists(st.tuples(WHO, STAYS), max_size=6), data=st.data())
def test_order_of_the_report_and_pieces_of_a_stay_change_nothing(came_in, data):
    whole = [came(who, *stays, key=f"in-{n}") for n, (who, stays) in enumerate(came_in)]
    pieces = [
        replace(
            attendee,
            intervals=tuple(
                part
                for interval in attendee.intervals
                for middle in [data.draw(st.integers(0, interval.seconds))]
                for part in (
                    Interval(interval.start, interval.start + timedelta(seconds=middle)),
                    Interval(interval.start + timedelta(seconds=middle), interval.end),
                )
            ),
        )
        for attendee in data.draw(st.permutations(whole))
    ]
    assert told(reconcile(report(*pieces), plan())) == told(reconcile(report(*whole), plan()))


@pytest.mark.parametrize(
    ("ended", "found"),
    [
        (None, []),
        (-60, [(0, 600), (700, 1200)]),
        (0, [(0, 600), (700, 1200)]),
        (300, [(300, 600), (700, 1200)]),
        (600, [(700, 1200)]),
        (1199, [(1199, 1200)]),
        (1200, []),
        (9999, []),
    ],
)
def test_p5_consent_that_ended_during_the_call_is_missing_from_then_on(
    ended: int | None, found: list[tuple[int, int]]
) -> None:
    poppy = replace(POPPY, consent_ended_at=None if ended is None else at(ended))
    said = report(
        came(HELEN, (0, 1500)), came(COLIN, (0, 1500)), came(poppy, (0, 600), (700, 1200))
    )
    findings = reconcile(said, plan(pupils=(poppy, ALI))).findings
    assert [
        (one.start, one.end) for one in findings if one.kind is FindingKind.WITHOUT_CONSENT
    ] == [(at(first), at(last)) for first, last in found]
