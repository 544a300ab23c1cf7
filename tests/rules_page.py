"""The page docs/rules.md as the rules themselves write it: `python -m tests.rules_page`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from concerns.policy import Lack
from consent import policy as consent
from consent.policy import Asked, Cover
from meetings import policy
from meetings.policy import Door, moves
from meetings.policy.door import WORDS
from meetings.policy.rules import ON_A_CALL, Rule
from notices.policy import MISSED, Fate, Quiet
from school.pace import Pace
from school.settings import FIXED, SETTINGS, Setting
from schoolsafe.lib.rules import Severity
from schoolsafe.staffing import reading
from tests import rules_of_keeping as keeping
from tests import rules_of_reading as order
from tests import rules_of_team as staff

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"
WEIGHT = {Severity.BLOCKS: "blocks", Severity.ADVISES: "advises"}
WHO = {
    moves.runs_it: "host, co-host",
    moves.is_needed: "host, co-host, a reserve who was called",
    moves.runs_or_sees_all: "host, co-host, office, safeguarding team, headteacher",
    moves.is_on_it_or_leads: "host, co-host, a reserve, safeguarding team, headteacher",
    moves.is_needed_or_leads: "host, co-host, a reserve who was called, safeguarding team, headteacher",
    moves.needed_or_sees_all: "host, co-host, a reserve who was called, the safeguarding team, headteacher, office",
    moves.runs_or_leads: "host, co-host, safeguarding team, headteacher",
}


def mend_of(rule: Rule) -> str:
    """What mends a rule, and what does during a call when that is something else."""
    now = ON_A_CALL.get(rule.code)
    return f"{rule.mend} During a call: {now[0].lower()}{now[1:]}" if now else rule.mend


WHEN = {
    Door.OPEN: "the call is open, no rule is broken at this second, and consent stands",
    Door.NOT_YET: "consent stands, and the staff have not opened the call",
    Door.ON_HOLD: "the call is open, and a rule is broken",
    Door.NO_CONSENT: "no valid consent, taken off the call, or no contact allowed",
    Door.REMOVED: "the host has sent the pupil out, and nobody has let them back since",
    Door.CANCELLED: "the call is cancelled",
    Door.ENDED: "ended, closed, or more than 30 minutes past its end",
}
OLD = Asked(
    title="Reading",
    purpose="Lesson",
    starts_at=datetime(2026, 9, 17, 13, tzinfo=UTC),
    ends_at=datetime(2026, 9, 17, 14, tzinfo=UTC),
    staff=("Helen", "Colin"),
    staff_ids=("1", "2"),
    reserves=("Rose",),
    reserve_ids=("9",),
    is_recorded=False,
)
HOUR = timedelta(hours=1)
CHANGES = [
    ("a later or earlier start", OLD, replace(OLD, starts_at=OLD.starts_at + HOUR / 2)),
    ("a later or earlier end", OLD, replace(OLD, ends_at=OLD.ends_at + HOUR)),
    ("another title", OLD, replace(OLD, title="Reading aloud")),
    ("other rules of conduct", OLD, replace(OLD, conduct=("Be kind.",))),
    ("another purpose", OLD, replace(OLD, purpose="Counselling")),
    ("another platform", OLD, replace(OLD, platform="Another")),
    ("another kind of adult", OLD, replace(OLD, adults="A visitor")),
    (
        "a new adult",
        OLD,
        replace(OLD, staff=("Helen", "Colin", "Rita"), staff_ids=("1", "2", "3")),
    ),
    ("another adult of the same name", OLD, replace(OLD, staff_ids=("1", "3"))),
    ("an adult fewer", OLD, replace(OLD, staff=("Helen",), staff_ids=("1",))),
    ("the corrected name of an adult", OLD, replace(OLD, staff=("Helen", "Collin"))),
    ("a new reserve", OLD, replace(OLD, reserves=("Rose", "Ravi"), reserve_ids=("9", "8"))),
    ("another reserve", OLD, replace(OLD, reserves=("Ravi",), reserve_ids=("8",))),
    ("a reserve fewer", OLD, replace(OLD, reserves=(), reserve_ids=())),
    (
        "a named reserve in the place of an adult",
        OLD,
        replace(OLD, staff=("Helen", "Rose"), staff_ids=("1", "9"), reserves=(), reserve_ids=()),
    ),
    ("now recorded", OLD, replace(OLD, is_recorded=True)),
    ("no longer recorded", replace(OLD, is_recorded=True), OLD),
]

CALL = replace(OLD, kind="a kind")
DAY = OLD.starts_at.date()
LATER = [
    (label, consent.cover_of(call, on=DAY, until=DAY), asked)
    for label, call, asked in (
        ("another day and hour of the year", CALL, replace(CALL, ends_at=OLD.ends_at + HOUR)),
        ("another title", CALL, replace(CALL, title="Reading aloud")),
        ("other members of staff", CALL, replace(CALL, staff=("Rita", "Ed"), staff_ids=("3", "4"))),
        ("another reserve", CALL, replace(CALL, reserves=("Ravi",), reserve_ids=("8",))),
        ("other rules of conduct", CALL, replace(CALL, conduct=("Be kind.",))),
        ("another purpose", CALL, replace(CALL, purpose="Counselling", kind="another")),
        ("another platform", CALL, replace(CALL, platform="Another")),
        ("another kind of adult", CALL, replace(CALL, adults="A visitor")),
        ("one adult and no recording", CALL, replace(CALL, staff=("Helen",), staff_ids=("1",))),
        ("now recorded", CALL, replace(CALL, is_recorded=True)),
        ("no longer recorded", replace(CALL, is_recorded=True), CALL),
    )
]

INTRO = """\
# The rules of a call

This page is what the rules say of themselves; a test compares it with them, letter by letter. The
clauses (P1 to P14) are explained in [policy.md](policy.md). A rule that *blocks* stops a plan, the
links, or the door; one that *advises* is shown and stops nothing.

"""
ALWAYS = """\
## Always

Asked when a call is planned, when links go out, at every press at the door, and in the live
register. Once links are out a broken rule means *on hold*: the door is shut until it is mended.

"""
TEAMS = """\
## What Teams says of itself

With Microsoft Graph on. The meeting's options are read when its link is new, an hour and a quarter of
an hour before the start, when the door is opened and every five minutes while it is open, and when
somebody presses *Check Teams now*. These stand among the rules that are always asked, but for the plan
itself. Only what was read and is wrong shuts a door: an open lobby, by telephone too, presenters who
are not staff, a 'meet now', and a recording that families did not agree to. What could not be read, is
old, or is a word that nobody knows, is said and shuts nothing, for Microsoft's silence must not end a call.

"""
SHARING = """\
## Before links go out

The rules above, as if the links were out already, and these:

"""
OPENING = """\
## Before the door is opened

The rules above, and these:

"""
MOVES = """\
## Who may do what, and when

"""
REPORTS = """\
## What an attendance report brings to the safeguarding team

Every second is shown on the page of the call. It is an incident from so many seconds on, those of one
kind together. What holds only if somebody nobody has named is who they could be waits for a day; then
the worst is taken for true.

"""
DOORS = """\
## How the door stands

One answer for each pupil, at each press. Anything unclear is shut.

"""
CONSENT = """\
## When families are asked again

A change that matters makes an earlier yes void, and the family is asked again. Of any other change
they are told, and the yes stands. Adults are told apart by who they are, not by their names. Families
read who is in reserve, "or in their place"; a reserve of whom they were not told is asked about like
any other adult, at the latest when called in.

"""
OFFICE = """\
## What the office does next

One thing for each pupil who is asked about: the first that is true. Calls of today and tomorrow come
first, then those within three days, within seven, and later; within each, in this order.

"""

STANDING = """\
## When a yes for the school year answers

A family may say, on the receipt of a yes, that it is meant for all calls of the kind until the end of
the school year. Then they are told of each call and can say no to it. They are asked all the same
when anything that matters is different, when they cannot be told, when a link of theirs went astray,
and once they have said anything about the call itself. It never speaks for another guardian.

"""


AGAIN = """\
## Who sends a request again

To a closed address it goes once more when the office sends it by hand. Whose mailbox it is when a
link was in the wrong hands, only those find out who look after addresses.

"""
SENDERS = {
    "the person who asked": {"is_asker": True, "looks_after": False},
    "the office, the safeguarding team, the headteacher": {"is_asker": False, "looks_after": True},
    "anybody else": {"is_asker": False, "looks_after": False},
}
ADDRESSES = {
    "a message failed": {"is_closed": False, "is_disowned": False, "is_settled": True},
    "the address is closed": {"is_closed": True, "is_disowned": False, "is_settled": True},
    "in the wrong hands": {"is_closed": False, "is_disowned": True, "is_settled": False},
    "corrected or confirmed since": {"is_closed": False, "is_disowned": True, "is_settled": True},
}
PACE = Pace()
MESSAGES = f"""\
## How often a family is written to

| what | rule |
| --- | --- |
| reminders | {PACE.remind_first_days} and {PACE.remind_second_days} days before the call, or halfway; {PACE.tell_asker_hours} hours before, the person who asked is told |
| a reminder by hand | takes the place of the next automatic one within {consent.REPLACES_WITHIN.days} days; one a day for each person, none to who has had {PACE.most_messages} |
| most letters that chase an answer | {PACE.most_messages} to one person about one call, however often it is moved; then somebody rings |
| a change, to who said yes | always told |
| several changes before a letter leaves | one letter: all that changed since that family was last told, and whether they are asked again |
| quiet hours | {Quiet().begins:%H:%M} to {Quiet().ends:%H:%M} unless the school says otherwise: what can wait leaves in the morning, what is of no use by then leaves at once |
| several calls at one time | one letter, each child and call with its own link; a child with a safe address has their own |

## What becomes of a message

What a mail server or provider says of it afterwards. *Failed* tells staff to ring; a *closed*
address gets nothing more until the office has corrected it or sends again by hand.

"""


CLOSING = """\
## Before a concern is closed

None of these may be missing (G2, G18). A second person is whoever else may read it, did not make the
decision and did not ask (A32); what is written after they signed is for their eyes too. Where nobody else
may read it, one person closes it, and the record says so.

"""
READING = """\
## Who reads a concern

Whoever needs to know, and nobody else. A concern about an adult at the school goes to the headteacher, one
about the headteacher to the chair of governors (G9); being a superuser is not a role. Who may not read a
concern finds it in no list, number or search (E8).

"""
OUTSIDE = """\
Whoever stands outside a concern reads nothing of it, whatever their role (E1, E6, E7):

"""
SIGHT = """\
Beside the desk there are two ways, each for a time, and neither for whoever stands outside:

"""
TEAM = """\
## What the safeguarding team must not lack

The designated lead and the deputies, now and when a role of theirs begins or ends in the next four weeks (G12, A45,
E89). What a change would leave is shown before it is made; a school is never left without a designated lead.

"""
GIVING = """\
## Who gives a role

Nobody their own. What opens concerns takes two people besides the person concerned; until the second has approved
it, it opens nothing, and after two weeks it lapses. Ending takes one.

"""
LEAVING = """\
## When somebody who left goes

With a school year that two people destroy, six years after it, or as many as the school has set: pupils, and staff with
their accounts. Staff have left when the account is closed and the last role has ended, or their days on supply are over; a
hold is on pupils alone. A guardian goes once none of their pupils is on record and nothing that is kept names them. How
many people stay is said nowhere: it could tell of a concern (E8).

"""
CHRONOLOGY = """\
## What stands in a child's chronology

A chronology holds what its reader may read. For who handles concerns and may look for pupils its page is
always there, so that an empty one says nothing (E8).

"""
ORDER = """\
It stands in the order in which it happened, not in which it was filed (A36), as far as that is known (E13):

"""
KNOWING = """\
Who knew what when is told by who filed it, by each reader's first look, and by these entries:

"""


SETTING = """\
## What the school may choose

On the page of settings; each change stands there with its reason. Beyond its line a setting guards less
than its clause asks for: a lead proposes that, the headteacher lets it, and every other leader is told.
Who makes it stricter again needs nobody.

"""


FIXED_WORDS = """\
These stand on the same page and leave nothing to choose.

"""


def text() -> str:
    """Return the whole page."""
    return (
        "".join(
            [
                INTRO,
                ALWAYS,
                _rules(policy.RULES),
                TEAMS,
                _rules(policy.DRIFT_RULES),
                SHARING,
                _rules(policy.SHARING_RULES),
                OPENING,
                _rules(policy.OPENING_RULES),
                MOVES,
                _moves(),
                REPORTS,
                _reports(),
                DOORS,
                _table(
                    ["door", "when", "what the family reads"],
                    [[door.value, WHEN[door], _words(door)] for door in Door],
                ),
                CONSENT,
                _table(
                    ["change", "clause", "asked again"],
                    [[label, "P5", _asked_again(old, new)] for label, old, new in CHANGES],
                ),
                OFFICE,
                _table(
                    ["what stands", "what to do", "with", "with, the day before and later"],
                    [
                        [task.words, _advice(task), _mends(task, days=5), _mends(task, days=1)]
                        for task in consent.Task
                    ],
                ),
                STANDING,
                _table(
                    ["the call", "clause", "covered"],
                    [[label, "P5", covered(cover, asked)] for label, cover, asked in LATER],
                ),
                AGAIN,
                _table(
                    ["who", *ADDRESSES],
                    [
                        [who, *("no" if refused(who, where) else "yes" for where in ADDRESSES)]
                        for who in SENDERS
                    ],
                ),
                MESSAGES,
                _table(
                    ["known as", "words", "failed", "address closed", "sent again by itself"],
                    [_fate(fate) for fate in Fate],
                ),
                CLOSING,
                _table(["missing", "what the page says"], [[one.value, one.label] for one in Lack]),
                READING,
                _table(reading.DESKS_HEAD, reading.desks()),
                OUTSIDE,
                _table(reading.OUTSIDE_HEAD, reading.outside()),
                SIGHT,
                _table(reading.SIGHT_HEAD, reading.sights()),
                CHRONOLOGY,
                _table(reading.CHRONOLOGY_HEAD, reading.chronologies()),
                ORDER,
                _table(order.TIME_HEAD, order.times()),
                KNOWING,
                _table(order.STEPS_HEAD, order.steps()),
                SETTING,
                _table(
                    ["setting", "clause", "suggested", "bounds", "guards less", "what is lost"],
                    [_setting(one) for one in SETTINGS.values()],
                ),
                FIXED_WORDS,
                _table(
                    ["fixed", "clause", "what holds", "why"],
                    [[one.words, one.clause, one.value, one.why] for one in FIXED],
                ),
                TEAM,
                _table(staff.LACKS_HEAD, staff.lacking()),
                GIVING,
                _table(staff.GIVING_HEAD, staff.giving()),
                LEAVING,
                _table(keeping.HEAD, keeping.leaving()),
            ]
        ).rstrip("\n")
        + "\n"
    )


def _rules(rules: Iterable[policy.Rule]) -> str:
    return _table(
        ["rule", "clause", "weight", "meaning", "what mends it"],
        [
            [f"`{rule.code}`", rule.clause, WEIGHT[rule.severity], rule.meaning, mend_of(rule)]
            for rule in rules
        ],
    )


def _reports() -> str:
    return _table(
        ["finding", "clause", "from seconds", "incident"],
        [
            [f"`{found.value}`", one.clause, str(one.seconds), f"`{one.kind.value}`"]
            for found, one in policy.RAISES.items()
        ]
        + [
            [f"`{found.value}`", clause, "–", "only shown"]
            for found, clause in policy.SHOWN_ONLY.items()
        ],
    )


def _moves() -> str:
    rows = []
    for action, move in policy.MOVES.items():
        stages = ", ".join(status.value for status in policy.Status if status in move.from_)
        rows.append([action.value, stages, move.to.value if move.to else "stays", WHO[move.who]])
    return _table(["action", "from", "to", "by"], rows)


def _words(door: Door) -> str:
    return f"{WORDS[door]} {policy.next_for_family(door)}"


def _asked_again(old: Asked, new: Asked) -> str:
    return "yes" if consent.material_changes(old, new) else "no, only told"


def _advice(task: consent.Task) -> str:
    words = consent.advice(task, consent.Status.GIVEN, days=5)
    return words or "Nothing."


def _mends(task: consent.Task, *, days: int) -> str:
    return ", ".join(mend.value for mend in consent.mends(task, days=days)) or "–"


def covered(cover: Cover | None, asked: Asked) -> str:
    """Say whether a yes for the school year answers a question."""
    assert cover is not None
    return "no, the family is asked" if consent.misses(cover, asked, on=DAY) else "yes"


def refused(who: str, where: str) -> str:
    """Say why somebody may not send a request again."""
    return consent.resend_refusal(**SENDERS[who], **ADDRESSES[where])


def _fate(fate: Fate) -> list[str]:
    missed = "to another address" if fate in MISSED else "no"
    failed, closed = ("yes" if holds else "no" for holds in (fate.has_failed, fate.closes_address))
    return [fate.value, fate.words, failed, closed, missed]


def _setting(one: Setting) -> list[str]:
    bounds = one.bounds or " or ".join(words for _, words in one.choices)
    line = one.line_in_words
    return [one.words, one.clause, one.in_words(one.default), bounds or "–", line or "–",
            one.loses or "–"]  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
