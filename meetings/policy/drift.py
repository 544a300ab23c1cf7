"""What Teams itself says of a meeting, held against the policy: the lobby first of all.

The organiser can change any option of a meeting in Teams afterwards. What was last read is a fact of
the call like any other; only what was read and is wrong can shut a door. What could not be read, is
old, or is a word that we do not know, is said and stops nothing.
"""

from datetime import datetime, timedelta

from meetings.policy.facts import Facts, SeatRole, TeamsFacts
from meetings.policy.rules import Rule, Say, names
from schoolsafe.lib.rules import Finding, Severity

# Read once more so long before the start: an hour leaves time to mend it, and a quarter of an hour is
# when the door can first be opened.
READ_BEFORE = (timedelta(hours=1), timedelta(minutes=15))
# While the door is open somebody may change an option at any moment.
READ_EVERY = timedelta(minutes=5)
# A reading that should have been made by now, and so much for Microsoft to be slow.
GRACE = timedelta(minutes=10)

# O4: `organization` lets guests in whom somebody has let in, and pupils with school accounts at once.
STRICT_LOBBY = "organizer"
LOBBIES = frozenset(
    {
        STRICT_LOBBY,
        "organization",
        "organizationAndFederated",
        "organizationExcludingGuests",
        "everyone",
        "invited",
    }
)
STRICT_PRESENTERS = frozenset({"roleIsPresenter", "organizer"})
PRESENTERS = STRICT_PRESENTERS | {"everyone", "organization"}
STRICT_ADMITTERS = "organizerAndCoOrganizers"
ADMITTERS = frozenset({STRICT_ADMITTERS, "organizerAndCoOrganizersAndPresenters"})
CHATS = frozenset({"enabled", "disabled", "limited"})
SCHEDULED = frozenset({"scheduled", "recurring"})
KINDS = SCHEDULED | {"adhoc", "meetnow", "broadcast"}


def next_reading(
    *, starts_at: datetime, opened_at: datetime | None, last: datetime | None, now: datetime
) -> datetime | None:
    """Return when a meeting is to be read next: now, at a later moment, or not at all.

    At once when its link is new; an hour and a quarter of an hour before the start; when the door is
    opened, and then every few minutes.
    """
    marks = [starts_at - before for before in READ_BEFORE]
    if opened_at is not None:
        marks.append(opened_at)
    passed = [mark for mark in marks if mark <= now]
    if last is None or (passed and last < max(passed)):
        return now
    later = [mark for mark in marks if mark > now]
    if opened_at is not None:
        later.append(last + READ_EVERY)
    return min(later, default=None)


def _read(facts: Facts) -> TeamsFacts | None:
    """Return what was read of the meeting, if anything was."""
    return facts.teams if facts.teams is not None and facts.teams.read_at is not None else None


def _lobby_open(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.lobby not in LOBBIES - {STRICT_LOBBY}:
        return None
    return "In Teams the lobby is open: not only the organisers come in without being admitted."


def _dial_in_bypass(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.dial_in_bypasses is not True:
        return None
    return "In Teams people who dial in by telephone pass the lobby by."


def _presenters_widened(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.presenters not in PRESENTERS - STRICT_PRESENTERS:
        return None
    return "In Teams others than the staff of this call may present, mute and remove people."


def _meet_now_in_teams(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.kind != "meetnow":
        return None
    return "Teams says that this is a 'meet now', not a scheduled meeting."


def _records_by_itself(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or facts.is_recorded or read.records_itself is not True:
        return None
    return "Teams would record this call by itself, and families agreed to no recording."


def _ad_hoc(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.kind not in KINDS - SCHEDULED - {"meetnow"}:
        return None
    return "Teams does not call this a scheduled meeting."


def _event_gone(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.is_in_calendar is not False:
        return None
    return "This call is no longer in the host's Outlook calendar."


def _event_moved(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.event_starts_at is None or read.event_ends_at is None:
        return None
    if (read.event_starts_at, read.event_ends_at) == (facts.starts_at, facts.ends_at):
        return None
    return "In the host's Outlook calendar this call is at another time."


def _link_differs(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.is_same_link is not False:
        return None
    return "The call in Outlook has another Teams link than the one kept here."


def _meeting_unknown(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.is_known is not False:
        return None
    return "Teams knows no meeting of the host behind this link."


def _admitters_widened(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.admitters not in ADMITTERS - {STRICT_ADMITTERS}:
        return None
    return "In Teams presenters may let people in from the lobby, not only the organisers."


def _co_organiser_missing(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.co_organisers is None:
        return None
    missing = [
        seat.name
        for seat in facts.seats
        if seat.role is not SeatRole.HOST
        and (seat.is_active or seat.role is SeatRole.RESERVE)
        and (not seat.entra_id or seat.entra_id not in read.co_organisers)
    ]
    if not missing:
        return None
    verb = "is no co-organiser" if len(missing) == 1 else "are no co-organisers"
    return f"In Teams {names(missing)} {verb}: they wait in the lobby and can let nobody in."


def _breakout_rooms(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.has_breakout_rooms is not True:
        return None
    return "In Teams breakout rooms are allowed: one could leave one adult with one pupil."


def _not_recording(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or not facts.is_recorded or read.records_itself is not False:
        return None
    return "This call is to be recorded, and Teams does not begin to record by itself."


def _chat_open(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    if read is None or read.chat != "enabled":
        return None
    return "In Teams the chat is open before and after the call, when nobody is looking."


def _unclear(facts: Facts, now: datetime) -> str | None:
    read = _read(facts)
    # A meeting that Teams does not know has no options to be unclear about.
    if read is None or read.is_known is False:
        return None
    known = (
        ("the lobby", read.lobby in LOBBIES),
        ("callers by telephone", read.dial_in_bypasses is not None),
        ("who may present", read.presenters in PRESENTERS),
        ("who may admit", read.admitters in ADMITTERS),
        ("recording", read.records_itself is not None),
        ("the chat", read.chat in CHATS),
        ("breakout rooms", read.has_breakout_rooms is not None),
        ("whether it is scheduled", read.kind in KINDS),
    )
    unclear = [what for what, is_known in known if not is_known]
    return f"Teams says nothing that we know of {names(unclear)}." if unclear else None


def _unread(facts: Facts, now: datetime) -> str | None:
    if facts.teams is None or facts.teams.read_at is not None:
        return None
    if facts.teams.fault:
        return f"The options of the Teams meeting could not be read. {facts.teams.fault}"
    return "The options of the Teams meeting have not been read yet."


def is_stale(facts: Facts, now: datetime) -> bool:
    """Tell whether what is known of the Teams meeting is older than it should be by now."""
    read = _read(facts)
    if read is None or read.read_at is None or not facts.is_past_sharing:
        return False
    since = facts.starts_at - READ_BEFORE[0]
    if facts.is_live:
        return now - read.read_at > READ_EVERY + GRACE
    return now >= since + GRACE and read.read_at < since


def _stale(facts: Facts, now: datetime) -> str | None:
    if not is_stale(facts, now):
        return None
    fault = facts.teams.fault if facts.teams else ""
    return (
        f"What is known of the Teams meeting is old: it has not been read lately. {fault}".strip()
    )


# What a person does in the options of a meeting, in the words of Teams.
LOBBY = "In the meeting options let only organisers and co-organisers bypass the lobby."
OPTIONS = "Open the meeting options in Teams, and set"
AGAIN = "Press 'Check Teams now'; until it succeeds look at the meeting options yourself."

B, A = Severity.BLOCKS, Severity.ADVISES


def _rule(code: str, clause: str, severity: Severity, broken: Say, mend: str, meaning: str) -> Rule:
    return Rule(
        code=code,
        clause=clause,
        severity=severity,
        broken=broken,
        mend=mend,
        mend_with="teams",
        meaning=meaning,
    )


DRIFT_RULES: tuple[Rule, ...] = (
    _rule("teams_lobby_open", "P8", B, _lobby_open, LOBBY,
          "Only organisers and co-organisers pass the lobby; everybody else waits to be admitted."),
    _rule("teams_dial_in", "P8", B, _dial_in_bypass,
          f"{OPTIONS} that people who dial in do not bypass the lobby.",
          "Nobody passes the lobby by telephone."),
    _rule("teams_presenters", "P11", B, _presenters_widened,
          f"{OPTIONS} 'Who can present' to organisers and co-organisers, or to named people.",
          "Only staff of the call present, mute and remove."),
    _rule("teams_meet_now", "P8", B, _meet_now_in_teams,
          "Schedule the meeting in Outlook and paste its link.",
          "What Teams calls a 'meet now' is never a call with pupils."),
    _rule("teams_records", "P5", B, _records_by_itself,
          f"{OPTIONS} 'Record and transcribe automatically' to off.",
          "Teams does not record by itself what families agreed to without a recording."),
    _rule("teams_ad_hoc", "P8", A, _ad_hoc,
          "Make sure that it is in the host's Outlook calendar.",
          "Teams calls the meeting scheduled."),
    _rule("teams_event_gone", "P8", A, _event_gone,
          "Cancel the call here, or schedule it anew in Outlook and paste its link.",
          "A call that was made in Outlook is still there."),
    _rule("teams_event_moved", "P8", A, _event_moved,
          "Change the time here or in Outlook, so that both say the same.",
          "Outlook and this call say the same time."),
    _rule("teams_link_differs", "P4", A, _link_differs,
          "Paste the link from the Outlook invitation, or join by the link kept here.",
          "Outlook and this call have one link."),
    _rule("teams_unknown", "P4", A, _meeting_unknown,
          "Make sure that the host of this call is the organiser in Outlook, and paste the link again.",
          "Teams knows the link as a meeting of the host."),
    _rule("teams_admitters", "P10", A, _admitters_widened,
          f"{OPTIONS} 'Who can admit from lobby' to organisers and co-organisers.",
          "Only organisers and co-organisers let people in."),
    _rule("teams_co_organiser", "P10", A, _co_organiser_missing,
          "In the meeting options make every other adult of this call a co-organiser.",
          "The other adults of the call are co-organisers in Teams."),
    _rule("teams_breakout", "P1", A, _breakout_rooms,
          f"{OPTIONS} breakout rooms to off, or open none.",
          "A call has no breakout rooms (E63)."),
    _rule("teams_not_recording", "P2", A, _not_recording,
          "Start the recording yourself before anybody is admitted.",
          "Teams begins to record by itself where the call is to be recorded."),
    _rule("teams_chat", "P11", A, _chat_open,
          f"{OPTIONS} the meeting chat to 'In-meeting only' or off.",
          "The chat is off, or open during the call only."),
    _rule("teams_unclear", "P8", A, _unclear,
          "Look at the meeting options in Teams yourself.",
          "What Teams says is understood."),
    _rule("teams_unread", "P8", A, _unread, AGAIN,
          "With Microsoft Graph on, the options of a meeting have been read."),
    _rule("teams_stale", "P8", A, _stale, AGAIN,
          "They were read within the hour before the start, and every few minutes of the call."),
)  # fmt: skip


def drift(facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Return where the meeting in Teams has drifted from the policy, or cannot be told."""
    found = (rule.finding(facts, now) for rule in DRIFT_RULES)
    return tuple(finding for finding in found if finding is not None)


# What can be set at Microsoft from here; the rest is a person's to mend, in Outlook or in the plan.
SETTABLE = frozenset(
    {
        "teams_lobby_open",
        "teams_dial_in",
        "teams_presenters",
        "teams_records",
        "teams_admitters",
        "teams_co_organiser",
        "teams_breakout",
        "teams_not_recording",
        "teams_chat",
    }
)


def may_be_set_right(facts: Facts, now: datetime) -> bool:
    """Tell whether something about the Teams meeting is wrong that one press can set right."""
    return any(finding.code in SETTABLE for finding in drift(facts, now))
