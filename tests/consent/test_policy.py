from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.policy import (
    UNDO_WITHIN,
    Asked,
    Channel,
    Help,
    Kind,
    Mode,
    Owed,
    Rung,
    Status,
    Voice,
    Way,
    Weight,
    changes,
    changes_for_family,
    consent_of,
    is_same_person,
    is_settled,
    material_changes,
    may_be_recorded,
    may_undo,
    mode_of,
    owed_after,
    resend_refusal,
    rungs,
    status_of,
    way_to,
    weight_of,
)
from school.pace import Pace
from school.policy import Refusal

NOW = datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


def mum(**facts: Any) -> Voice:
    return Voice(who="Mother", guardian_id=1, **facts)


def dad(**facts: Any) -> Voice:
    return Voice(who="Father", guardian_id=2, **facts)


YES, NO, GONE, UNCLEAR = Kind.YES, Kind.NO, Kind.WITHDRAWN, Kind.UNCLEAR
ANY, NAMED, ALL = Mode.ANY, Mode.NAMED, Mode.ALL
UNDONE, ASIDE = Owed.UNDONE, Owed.SET_ASIDE

TABLE = [
    ("nobody", [], ANY, Status.NO_CONTACT),
    ("one yes", [mum(kind=YES)], ANY, Status.GIVEN),
    ("one no", [mum(kind=NO)], ANY, Status.REFUSED),
    ("withdrawn", [mum(kind=GONE)], ANY, Status.WITHDRAWN),
    ("no answer", [mum()], ANY, Status.WAITING),
    ("E35 yes and no", [mum(kind=YES), dad(kind=NO)], ANY, Status.CONFLICT),
    ("E35 in both mode", [mum(kind=YES), dad(kind=NO)], ALL, Status.CONFLICT),
    ("yes and withdrawn", [mum(kind=YES), dad(kind=GONE)], ANY, Status.CONFLICT),
    ("no and withdrawn", [mum(kind=NO), dad(kind=GONE)], ANY, Status.REFUSED),
    ("E36 any: one yes", [mum(kind=YES), dad()], ANY, Status.GIVEN),
    ("E36 all: one yes", [mum(kind=YES), dad()], ALL, Status.WAITING),
    ("E36 all: two yes", [mum(kind=YES), dad(kind=YES)], ALL, Status.GIVEN),
    ("all: the other unreachable", [mum(kind=YES), dad(unreachable="no")], ALL, Status.NO_CONTACT),
    ("no address", [mum(unreachable="there is no address")], ANY, Status.NO_CONTACT),
    ("one address", [mum(unreachable="there is no address"), dad()], ANY, Status.WAITING),
    ("unreachable but on paper", [mum(kind=YES, unreachable="no address")], ANY, Status.GIVEN),
    ("mail failed", [mum(has_failed=True)], ANY, Status.FAILED),
    ("one of two failed", [mum(has_failed=True), dad()], ANY, Status.WAITING),
    ("E39 void", [mum(kind=YES, is_outdated=True)], ANY, Status.VOID),
    ("void beside a yes", [mum(kind=YES, is_outdated=True), dad(kind=YES)], ANY, Status.GIVEN),
    ("a no to the earlier text stands", [mum(kind=NO, is_outdated=True)], ANY, Status.REFUSED),
    (
        "an earlier no outweighs a new yes",
        [mum(kind=NO, is_outdated=True), dad(kind=YES)],
        ANY,
        Status.CONFLICT,
    ),
    ("E26 stranger's yes", [mum(unchecked=YES)], ANY, Status.WAITING),
    ("E26 stranger's yes beside a yes", [mum(unchecked=YES), dad(kind=YES)], ANY, Status.GIVEN),
    ("E26 stranger's no", [mum(kind=YES, unchecked=NO)], ANY, Status.WAITING),
    ("E26 stranger's yes after a no", [mum(kind=NO, unchecked=YES)], ANY, Status.REFUSED),
    ("wrong person", [mum(is_disowned=True)], ANY, Status.FAILED),
    ("E34 yes from a changed address", [mum(is_unsettled=True)], ANY, Status.WAITING),
    ("E34 beside a yes", [mum(is_unsettled=True), dad(kind=YES)], ANY, Status.GIVEN),
    ("E34 where all count", [mum(is_unsettled=True), dad(kind=YES)], ALL, Status.WAITING),
    ("E34 after a no", [mum(kind=NO, is_unsettled=True)], ANY, Status.REFUSED),
    (
        "E34 after a no, beside a yes",
        [mum(kind=NO, is_unsettled=True), dad(kind=YES)],
        ANY,
        Status.CONFLICT,
    ),
    (
        "E34 after an undone no, beside a yes",
        [mum(owed=UNDONE, is_unsettled=True), dad(kind=YES)],
        ANY,
        Status.WAITING,
    ),
    (
        "E26 disowned yes",
        [mum(unchecked=YES, is_disowned=True, is_doubted=True)],
        ANY,
        Status.WAITING,
    ),
    (
        "E26 disowned yes beside a yes",
        [mum(unchecked=YES, is_disowned=True, is_doubted=True), dad(kind=YES)],
        ANY,
        Status.GIVEN,
    ),
    (
        "E26 disowned yes, needed beside a yes",
        [mum(unchecked=YES, is_disowned=True, is_doubted=True), dad(kind=YES)],
        ALL,
        Status.WAITING,
    ),
    ("disowned link, yes on paper", [mum(kind=YES, is_disowned=True)], ANY, Status.GIVEN),
    (
        "disowned link, yes on paper to an earlier text",
        [mum(kind=YES, is_outdated=True, is_disowned=True)],
        ANY,
        Status.FAILED,
    ),
    ("E26 undone no", [mum(owed=UNDONE)], ANY, Status.INVALIDATED),
    ("E26 undone no beside a yes", [mum(kind=YES), dad(owed=UNDONE)], ANY, Status.INVALIDATED),
    ("a no set aside beside a yes", [mum(kind=YES), dad(owed=ASIDE)], ANY, Status.INVALIDATED),
    ("undone no where all must agree", [mum(kind=YES), dad(owed=UNDONE)], ALL, Status.INVALIDATED),
    ("undone no beside a no", [mum(kind=NO), dad(owed=UNDONE)], ANY, Status.REFUSED),
    (
        "undone no, then a stranger's yes",
        [mum(kind=YES), dad(owed=UNDONE, unchecked=YES)],
        ANY,
        Status.WAITING,
    ),
    (
        "undone no, then unclear on paper",
        [mum(kind=YES), dad(owed=UNDONE, kind=UNCLEAR)],
        ANY,
        Status.UNCLEAR,
    ),
    (
        "undone no, then help wanted",
        [mum(kind=YES), dad(owed=UNDONE, needs=Help.READING)],
        ANY,
        Status.FOLLOW_UP,
    ),
]


@pytest.mark.parametrize(("name", "voices", "mode", "status"), TABLE, ids=[row[0] for row in TABLE])
def test_status_of_table(name: str, voices: list[Voice], mode: Mode, status: Status) -> None:
    assert status_of(voices, mode=mode)[0] is status


REASONS = [
    ([mum(kind=YES), dad(kind=NO)], ANY, "Mother said yes, Father said no: counts as no."),
    ([mum(kind=YES), dad()], ANY, "Mother said yes."),
    (
        [mum(kind=YES), dad()],
        ALL,
        "Mother said yes, and this pupil needs everybody's yes. No answer yet from Father.",
    ),
    ([mum(), dad()], ANY, "No answer yet from Mother and Father."),
    (
        [mum(unchecked=YES)],
        ANY,
        "Somebody else answered with the link of Mother: it counts once you have checked.",
    ),
    (
        [mum(unchecked=YES, is_disowned=True, is_doubted=True)],
        ANY,
        "Whoever holds the link of Mother says it was not meant for them: "
        "the yes given with it counts once you have checked.",
    ),
    ([mum(has_failed=True)], ANY, "The message did not reach Mother: ring or use paper."),
    (
        [mum(unreachable="there is no usable address")],
        ANY,
        "Cannot be written to (Mother: there is no usable address): ring or use paper.",
    ),
    (
        [mum(kind=NO, is_outdated=True)],
        ANY,
        "Mother said no before the plan changed.",
    ),
    (
        [mum(is_disowned=True)],
        ANY,
        "Whoever opened the link of Mother says it was not meant for them.",
    ),
    (
        [mum(kind=YES, is_outdated=True)],
        ANY,
        "Mother said yes before the plan changed, and is asked again.",
    ),
    (
        [mum(unreachable="contact with the family is suspended")],
        ANY,
        "Contact with the family is suspended: leave them in peace.",
    ),
    ([], ANY, "Nobody on record can be asked: ring the family or use paper."),
    (
        [mum(kind=NO, wants_call=True)],
        ANY,
        "Mother said no: Mother would like a call about it.",
    ),
    ([mum(needs=Help.LANGUAGE)], ANY, "Mother asks for another language: call them."),
    (
        [mum(kind=UNCLEAR)],
        ANY,
        "What came back from Mother cannot be read as yes or no: call them.",
    ),
    (
        [mum(is_invalidated=True)],
        ANY,
        "The answer of Mother was set aside as never given.",
    ),
    (
        [mum(is_invalidated=True, is_undone=True)],
        ANY,
        "Mother undid an answer and has not answered again.",
    ),
    (
        [mum(is_invalidated=True, is_undone=True), dad(is_invalidated=True)],
        ANY,
        "Mother undid an answer and has not answered again. "
        "The answer of Father was set aside as never given.",
    ),
    (
        [mum(has_failed=True, failed_because="bounced", is_mended=True)],
        ANY,
        "The address of Mother is corrected: the letter goes out again by itself within a minute.",
    ),
    ([mum(is_scheduled=True)], ANY, "The message to Mother has not left yet."),
    ([mum(owed=UNDONE)], ANY, "Mother undid a no and has not answered again."),
    (
        [mum(kind=YES), dad(owed=UNDONE)],
        ANY,
        "Mother said yes. Father undid a no and has not answered again.",
    ),
    (
        [mum(kind=YES), dad(owed=ASIDE)],
        ANY,
        "Mother said yes. The no of Father was set aside, and they have not answered again.",
    ),
    (
        [mum(kind=YES), dad(kind=UNCLEAR)],
        ANY,
        "Mother said yes. What came back from Father cannot be read as yes or no: call them.",
    ),
]


@pytest.mark.parametrize(("voices", "mode", "words"), REASONS)
def test_status_of_gives_its_reason_in_words(voices: list[Voice], mode: Mode, words: str) -> None:
    assert status_of(voices, mode=mode)[1] == words


@pytest.mark.parametrize(
    ("unreachable", "is_disowned", "way"),
    [
        ("", False, Way.EMAIL),
        ("", True, Way.BY_HAND),
        (Refusal.NO_ADDRESS.value, False, Way.BY_HAND),
        (Refusal.NO_ADDRESS.value, True, Way.BY_HAND),
        (Refusal.CAME_BACK.value, False, Way.BY_HAND),
        (Refusal.CAME_BACK.value, True, Way.BY_HAND),
        (Refusal.READ_BY_FAMILY.value, False, Way.BY_HAND),
        *[
            (refusal.value, is_disowned, Way.NONE)
            for refusal in Refusal
            if refusal not in {Refusal.NO_ADDRESS, Refusal.CAME_BACK, Refusal.READ_BY_FAMILY}
            for is_disowned in (False, True)
        ],
        ("nobody is on record", False, Way.NONE),
    ],
)
def test_e30_way_to_somebody_is_open_by_hand_only_where_nothing_but_the_address_is_missing(
    unreachable: str, is_disowned: bool, way: Way
) -> None:
    assert way_to(unreachable, is_disowned=is_disowned) is way


ASKER, OFFICE, OTHER = (True, False), (False, True), (False, False)
FINE, CLOSED = (False, False, True), (True, False, True)
ASTRAY, MENDED, BOTH = (False, True, False), (False, True, True), (True, True, False)
# Who asked and who looks after addresses; whether it is closed, disowned, and settled since.
AGAIN = [
    (ASKER, FINE, ""),
    (ASKER, CLOSED, "office looks after"),
    (ASKER, ASTRAY, "office looks after"),
    (ASKER, MENDED, "office looks after"),
    (OFFICE, FINE, ""),
    (OFFICE, CLOSED, ""),
    (OFFICE, ASTRAY, "correct the address"),
    (OFFICE, BOTH, "correct the address"),
    (OFFICE, MENDED, ""),
    ((True, True), ASTRAY, "correct the address"),
    ((True, True), CLOSED, ""),
    (OTHER, FINE, "Only the person who asked"),
    (OTHER, MENDED, "Only the person who asked"),
]


@pytest.mark.parametrize(("who", "address", "words"), AGAIN)
def test_e26_who_may_send_a_request_again(
    who: tuple[bool, bool], address: tuple[bool, bool, bool], words: str
) -> None:
    is_closed, is_disowned, is_settled_since = address
    found = resend_refusal(
        is_asker=who[0],
        looks_after=who[1],
        is_closed=is_closed,
        is_disowned=is_disowned,
        is_settled=is_settled_since,
    )
    assert (words in found, found == "") == (True, words == "")


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changed", "confirmed", "settled"),
    [
        (None, None, False),
        (NOW - SECOND, NOW - SECOND, False),
        (NOW, None, True),
        (None, NOW + SECOND, True),
        (NOW + SECOND, NOW - SECOND, True),
    ],
)
def test_e26_address_is_settled_by_what_staff_did_since(
    changed: datetime | None, confirmed: datetime | None, settled: bool
) -> None:
    assert is_settled(NOW, changed_at=changed, confirmed_at=confirmed) is settled


LINK, PAPER, TELEPHONE = Channel.LINK, Channel.PAPER, Channel.TELEPHONE
STANDS, WAITS, NOTHING = Weight.STANDS, Weight.WAITS, Weight.NOTHING

# What was said and how, by somebody else, disowned afterwards, what staff found: what it is worth.
WEIGHTS = [
    (YES, LINK, False, False, None, STANDS),
    (NO, LINK, False, False, None, STANDS),
    (YES, LINK, True, False, None, WAITS),
    (NO, LINK, True, False, None, WAITS),
    (YES, LINK, True, False, True, STANDS),
    (NO, LINK, True, False, False, NOTHING),
    # Disowned afterwards: only a yes by the link is in doubt.
    (YES, LINK, False, True, None, WAITS),
    (NO, LINK, False, True, None, STANDS),
    (GONE, LINK, False, True, None, STANDS),
    (YES, PAPER, False, True, None, STANDS),
    (YES, TELEPHONE, False, True, None, STANDS),
    (YES, LINK, True, True, None, WAITS),
    (YES, LINK, False, True, True, STANDS),
    (YES, LINK, False, True, False, NOTHING),
    # Staff had rung before it was disowned.
    (YES, LINK, True, True, True, STANDS),
]


@pytest.mark.parametrize(
    ("facts", "worth"),
    [
        ({"is_unsettled": True}, Weight.UNSETTLED),
        ({"is_unsettled": True, "is_from_replaced": True}, NOTHING),
        ({"is_unsettled": True, "is_accepted": True}, STANDS),
        # Once it counted, another address takes nothing back.
        ({"is_unsettled": True, "is_from_replaced": True, "is_accepted": True}, STANDS),
        ({"is_unsettled": True, "is_by_someone_else": True}, WAITS),
        ({"is_unsettled": True, "is_invalidated": True}, NOTHING),
    ],
)
def test_e34_weight_of_a_yes_from_a_changed_address(facts: dict[str, bool], worth: Weight) -> None:
    plain = {"is_by_someone_else": False, "was_disowned": False, "is_accepted": None}
    assert weight_of(YES, LINK, **(plain | facts)) is worth


@pytest.mark.parametrize(
    ("kind", "channel", "is_by_someone_else", "was_disowned", "is_accepted", "worth"), WEIGHTS
)
def test_e26_weight_of_table(
    kind: Kind,
    channel: Channel,
    is_by_someone_else: bool,
    was_disowned: bool,
    is_accepted: bool | None,
    worth: Weight,
) -> None:
    found = weight_of(
        kind,
        channel,
        is_by_someone_else=is_by_someone_else,
        was_disowned=was_disowned,
        is_accepted=is_accepted,
    )
    assert found is worth


voices = st.builds(
    Voice,
    who=st.sampled_from(["Mother", "Father", "Carer"]),
    kind=st.none() | st.sampled_from(Kind),
    may_be_recorded=st.none() | st.booleans(),
    is_outdated=st.booleans(),
    unchecked=st.none() | st.sampled_from(Kind),
    unreachable=st.sampled_from(["", "no address"]),
    has_failed=st.booleans(),
    is_disowned=st.booleans(),
    is_doubted=st.booleans(),
    owed=st.none() | st.sampled_from(Owed),
)


@given(st.lists(voices, max_size=4), st.sampled_from(Mode))
def test_consent_is_given_only_on_a_clear_yes(said: list[Voice], mode: Mode) -> None:
    found = consent_of(7, said, mode=mode)
    yes = [voice for voice in said if voice.kind is Kind.YES and not voice.is_outdated]
    no = [voice for voice in said if voice.kind in {Kind.NO, Kind.WITHDRAWN}]
    objected = [voice for voice in said if voice.unchecked in {Kind.NO, Kind.WITHDRAWN}]
    enough = bool(yes) if mode is not Mode.ALL else bool(yes) and len(yes) == len(said)
    owing = [voice for voice in said if voice.owed or voice.kind is Kind.UNCLEAR]
    assert found.is_given == (enough and not no and not objected and not owing)
    assert found.reason.endswith(".")
    assert not found.may_be_recorded or found.is_given


@given(st.lists(voices, max_size=4), st.sampled_from(Mode))
def test_one_more_no_never_makes_a_yes(said: list[Voice], mode: Mode) -> None:
    with_no = [*said, mum(kind=NO)]
    assert consent_of(7, with_no, mode=mode).is_given is False


@given(st.lists(voices, max_size=4), st.sampled_from(Mode))
def test_order_of_voices_does_not_matter(said: list[Voice], mode: Mode) -> None:
    assert status_of(said, mode=mode)[0] is status_of(said[::-1], mode=mode)[0]


RECORDING = [
    ([], False),
    ([mum(kind=YES, may_be_recorded=True)], True),
    ([mum(kind=YES, may_be_recorded=None)], False),
    ([mum(kind=YES, may_be_recorded=True), dad(kind=YES, may_be_recorded=False)], False),
    ([mum(kind=YES, may_be_recorded=True), dad()], True),
]


@pytest.mark.parametrize(("said", "expected"), RECORDING)
def test_may_be_recorded_needs_everybody_who_said_yes(said: list[Voice], expected: bool) -> None:
    assert may_be_recorded(said) is expected


def asked(**facts: Any) -> Asked:
    defaults: dict[str, Any] = {
        "title": "Reading",
        "purpose": "Reading together",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=1),
        "staff": ("Helen", "Colin"),
        "is_recorded": False,
    }
    return Asked(**(defaults | facts))


CHANGES = [
    ({}, [], []),
    ({"starts_at": NOW + timedelta(days=1)}, ["time"], []),
    ({"ends_at": NOW + timedelta(hours=2)}, ["end"], []),
    ({"title": "Book club"}, ["title"], []),
    ({"conduct": ("Be kind.",)}, ["conduct"], []),
    ({"staff": ("Helen",)}, ["staff"], []),
    ({"staff": ("Helen", "Carol")}, ["staff"], ["staff"]),
    ({"platform": "Another"}, ["platform"], ["platform"]),
    ({"is_recorded": True}, ["recording"], ["recording"]),
    ({"purpose": "Maths"}, ["purpose"], ["purpose"]),
]


@pytest.mark.parametrize(("facts", "codes", "material"), CHANGES)
def test_e39_which_changes_are_material(
    facts: dict[str, Any], codes: list[str], material: list[str]
) -> None:
    new = asked(**facts)
    assert [change.code for change in changes(asked(), new)] == codes
    assert [change.code for change in material_changes(asked(), new)] == material


PEOPLE = {"staff": ("Helen", "John"), "staff_ids": ("1", "2")}
ROSE = {"reserves": ("Rose",), "reserve_ids": ("9",)}
# What the plan becomes, and what a family then reads of its adults, material or not.
ADULTS: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str, bool]]]] = [
    (PEOPLE, {"staff_ids": ("1", "3")}, [("namesake", "", "John", True)]),
    (
        PEOPLE,
        {"staff": ("Helen", "John", "John"), "staff_ids": ("1", "2", "3")},
        [
            ("staff", "Helen, John", "Helen, John, John", True),
            ("namesake", "", "John", True),
        ],
    ),
    # Two people who change places under each other's names are seen through, too.
    (
        PEOPLE,
        {"staff": ("Helen", "John"), "staff_ids": ("3", "1")},
        [("namesake", "", "Helen", True)],
    ),
    # After a marriage or a slip of the pen: the person is the one who was agreed to.
    (PEOPLE, {"staff": ("Helen", "Jon")}, [("staff", "Helen, John", "Helen, Jon", False)]),
    (
        PEOPLE,
        {"staff": ("Helen", "Rita"), "staff_ids": ("1", "3")},
        [("staff", "Helen, John", "Helen, Rita", True)],
    ),
    # Reserves are named, so who takes the place of whom is told only; a new one is a new adult.
    (
        PEOPLE,
        {"reserves": ("Rose",), "reserve_ids": ("9",)},
        [("reserves", "", "Rose", True)],
    ),
    (
        PEOPLE | ROSE,
        {"reserves": ("Ravi",), "reserve_ids": ("8",)},
        [("reserves", "Rose", "Ravi", True)],
    ),
    (PEOPLE | ROSE, {"reserves": (), "reserve_ids": ()}, [("reserves", "Rose", "–", False)]),
    (
        PEOPLE | ROSE,
        {
            "staff": ("Helen", "Rose"),
            "staff_ids": ("1", "9"),
            "reserves": ("John",),
            "reserve_ids": ("2",),
        },
        [
            ("staff", "Helen, John", "Helen, Rose", False),
            ("reserves", "Rose", "John", False),
        ],
    ),
    (PEOPLE | ROSE, {"reserve_ids": ("8",)}, [("namesake", "", "Rose", True)]),
    # A text from before people had keys is compared by their names.
    ({"staff": ("Helen", "John")}, PEOPLE, []),
    (
        {"staff": ("Helen", "John")},
        {"staff": ("Helen", "Jon"), "staff_ids": ("1", "2")},
        [("staff", "Helen, John", "Helen, Jon", True)],
    ),
]


@pytest.mark.parametrize(("before", "after", "found"), ADULTS)
def test_p5_adults_are_told_apart_by_who_they_are_and_not_by_their_names(
    before: dict[str, Any], after: dict[str, Any], found: list[tuple[str, str, str, bool]]
) -> None:
    old = asked(**before)
    told = [
        (change.code, change.before, change.after, change.is_material)
        for change in changes(old, replace(old, **after))
    ]
    assert told == found


def test_e33_namesake_and_reserve_are_hidden_for_a_safe_address() -> None:
    old = asked(**PEOPLE)
    new = replace(old, staff_ids=("1", "3"), reserves=("Rose",), reserve_ids=("9",))
    assert [change.code for change in changes(old, new)] == ["reserves", "namesake"]
    assert changes_for_family(old, new, is_hidden=True) == []


TOLD_OF = [
    (PEOPLE | ROSE, ("1", "Helen"), True),
    (PEOPLE | ROSE, ("9", "Rose"), True),
    (PEOPLE | ROSE, ("9", "Rose Married"), True),
    (PEOPLE | ROSE, ("8", "Rose"), False),
    ({"staff": ("Helen", "John")}, ("1", "Helen"), True),
    ({"staff": ("Helen", "John")}, ("9", "Rose"), False),
]


@pytest.mark.parametrize(("facts", "person", "is_told"), TOLD_OF)
def test_p5_adult_is_told_of_or_not(
    facts: dict[str, Any], person: tuple[str, str], is_told: bool
) -> None:
    assert asked(**facts).tells_of(*person) is is_told


def test_e39_no_longer_recorded_is_told_only() -> None:
    assert material_changes(asked(is_recorded=True), asked()) == []


def test_e33_changes_of_staff_and_reason_are_hidden_for_a_safe_address() -> None:
    new = asked(staff=("Carol",), purpose="Maths", title="Maths", starts_at=NOW + timedelta(1))
    shown = changes_for_family(asked(), new, is_hidden=True)
    assert [change.code for change in shown] == ["time"]


DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RUNGS = [
    (10 * DAY, [(3 * DAY, False), (8 * DAY, False), (9 * DAY, True)]),
    (5 * DAY, [(3 * DAY, False), (4 * DAY, True)]),
    (2 * DAY, [(1 * DAY, False), (1 * DAY, True)]),
    (12 * HOUR, [(6 * HOUR, False)]),
    (2 * HOUR, [(1 * HOUR, False)]),
    (1 * HOUR, []),
]


@pytest.mark.parametrize(("until", "expected"), RUNGS)
def test_rungs_by_time_left(until: timedelta, expected: list[tuple[timedelta, bool]]) -> None:
    found = rungs(asked_at=NOW, starts_at=NOW + until, pace=Pace())
    assert found == [Rung(at=NOW + after, tells_asker=tells) for after, tells in expected]


NAMES = [
    ("Amina Okafor", "Amina Okafor", True),
    ("amina  okafor", "Amina Okafor", True),
    ("Mrs Amina Okafor", "Amina Okafor", True),
    ("Okafor Amina", "Amina Okafor", True),
    ("A Okafor", "Amina Okafor", True),
    ("Amina", "Amina Okafor", True),
    ("Amína Ökafor", "Amina Okafor", True),
    ("Amina Grace Okafor", "Amina Okafor", True),
    ("Anina Okafor", "Amina Okafor", True),
    ("Bayo Okafor", "Amina Okafor", False),
    ("Grace Mensah", "Amina Okafor", False),
    ("Amina Mensah", "Amina Okafor", False),
    ("Okafor", "Amina Okafor", False),
    ("Sam Lee", "Samantha Lee", True),
    ("", "Amina Okafor", False),
    ("?!", "Amina Okafor", False),
]


@pytest.mark.parametrize(("said", "on_record", "same"), NAMES)
def test_e26_is_same_person(said: str, on_record: str, same: bool) -> None:
    assert is_same_person(said, on_record) is same


def test_every_kind_and_mode_has_a_status() -> None:
    for kind, mode in product([None, *Kind], Mode):
        assert status_of([mum(kind=kind)], mode=mode)[0] in Status


MODES = [("", "any", ANY), ("", "all", ALL), ("any", "all", ANY), ("named", "all", NAMED)]


@pytest.mark.parametrize(("pupil", "school", "mode"), MODES)
def test_mode_of_a_pupil_is_their_own_or_the_schools(pupil: str, school: str, mode: Mode) -> None:
    assert mode_of(pupil, school) is mode


def test_set_aside_counts_for_nothing_whatever_else_is_true_of_it() -> None:
    for kind, channel, accepted in product(Kind, Channel, (None, True, False)):
        weight = weight_of(
            kind,
            channel,
            is_by_someone_else=False,
            was_disowned=False,
            is_accepted=accepted,
            is_invalidated=True,
        )
        assert weight is Weight.NOTHING


# What was set aside and how it came, undone by link, by somebody else, what staff had found.
OWED = [
    (NO, LINK, True, False, None, UNDONE),
    (GONE, LINK, True, False, None, UNDONE),
    (NO, TELEPHONE, True, False, None, UNDONE),
    (NO, LINK, True, True, None, UNDONE),
    (NO, LINK, True, True, False, None),
    (NO, LINK, False, False, None, ASIDE),
    (GONE, LINK, False, False, None, ASIDE),
    (NO, LINK, False, True, None, None),
    (NO, LINK, False, True, True, ASIDE),
    (NO, LINK, False, True, False, None),
    # Written down by staff, by mistake: it was never said.
    (NO, TELEPHONE, False, False, None, None),
    (NO, PAPER, False, False, None, None),
    (YES, LINK, True, False, None, None),
    (YES, LINK, False, False, None, None),
    (UNCLEAR, PAPER, False, False, None, None),
]


@pytest.mark.parametrize(
    ("kind", "channel", "is_undone", "is_by_someone_else", "is_accepted", "owed"), OWED
)
def test_e26_no_that_counts_no_more_leaves_its_person_owing_an_answer(
    kind: Kind,
    channel: Channel,
    is_undone: bool,
    is_by_someone_else: bool,
    is_accepted: bool | None,
    owed: Owed | None,
) -> None:
    found = owed_after(
        kind,
        channel,
        is_undone=is_undone,
        is_by_someone_else=is_by_someone_else,
        is_accepted=is_accepted,
    )
    assert found is owed


SECOND = timedelta(seconds=1)
UNDO = [
    ("yes", "link", False, UNDO_WITHIN - SECOND, True),
    ("no", "link", False, UNDO_WITHIN - SECOND, True),
    ("yes", "link", False, UNDO_WITHIN, False),
    ("yes", "link", True, SECOND, False),
    ("withdrawn", "link", False, SECOND, False),
    ("yes", "telephone", False, SECOND, False),
    ("unclear", "paper", False, SECOND, False),
]


@pytest.mark.parametrize(("kind", "channel", "invalidated", "after", "may"), UNDO)
def test_may_undo_table(
    kind: str, channel: str, invalidated: bool, after: timedelta, may: bool
) -> None:
    found = may_undo(kind, channel, recorded_at=NOW, is_invalidated=invalidated, now=NOW + after)
    assert found is may


@pytest.mark.parametrize(
    ("status", "word", "tone"),
    [
        (Status.GIVEN, "Yes", "clear"),
        (Status.REFUSED, "No", "stop"),
        (Status.WITHDRAWN, "No", "stop"),
        (Status.CONFLICT, "No", "stop"),
        (Status.WAITING, "Not yet", "care"),
        (Status.SCHEDULED, "Not yet", "care"),
        (Status.VOID, "Not yet", "care"),
        (Status.UNCLEAR, "Not yet", "care"),
        (Status.FOLLOW_UP, "Not yet", "care"),
        (Status.INVALIDATED, "Not yet", "care"),
        (Status.FAILED, "Not reached", "stop"),
        (Status.NO_CONTACT, "Not reached", "stop"),
    ],
)
def test_b6_word_of_a_status_is_red_only_where_somebody_must_act(
    status: Status, word: str, tone: str
) -> None:
    assert (status.word, status.tone) == (word, tone)
