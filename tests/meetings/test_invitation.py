"""What is read from an Outlook invitation, and every file that is not taken (P4)."""

import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.invitation import (
    Invitation,
    InvitationRefusal,
    InvitationRefused,
    Moment,
    Organiser,
    read_invitation,
)
from meetings.invitation.lines import LARGEST
from meetings.invitation.refusals import SENTENCES
from meetings.teams import LinkRefusal
from meetings.teams.refusals import SENTENCES as LINK_SENTENCES
from tests.meetings.hostile import HOSTILE
from tests.meetings.invitations import LINES, UID, calendar, event, invitation, zone
from tests.meetings.test_teams import (
    CLASSIC,
    CLASSIC_LINK,
    CODED,
    HOST,
    OTHER,
    SHORT,
    SHORT_LINK,
    TENANT,
    wrapped,
)

LONDON = ZoneInfo("Europe/London")
OTHER_CLASSIC = CLASSIC.replace("meeting_", "meeting_Zz")
READ = Invitation(
    uid=UID,
    title="Reading group, Year 5",
    starts=Moment(datetime(2026, 9, 15, 14, 0), "Europe/London"),  # noqa: DTZ001 - a wall clock
    ends=Moment(datetime(2026, 9, 15, 14, 30), "Europe/London"),  # noqa: DTZ001
    organiser=Organiser(address="a.okoro@school.example", name="Okoro, Ada"),
    link=CLASSIC_LINK,
    short_link=SHORT_LINK,
    repeats=False,
)


def refusal_of(data: bytes, *, tenant_id: str | None = None) -> InvitationRefused:
    with pytest.raises(InvitationRefused) as caught:
        read_invitation(data, tenant_id=tenant_id)
    return caught.value


def reason_of(data: bytes) -> InvitationRefusal:
    return refusal_of(data).reason


def instant(data: bytes) -> datetime:
    return read_invitation(data).starts.at(LONDON).astimezone(UTC)


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(InvitationRefusal)


def test_invitation_of_exchange_is_read_whole() -> None:
    assert read_invitation(invitation()) == READ


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(invitation().replace(b"\r\n", b"\n"), id="line feeds alone"),
        pytest.param(b"\xef\xbb\xbf" + invitation(), id="UTF-8 with its mark"),
        pytest.param(invitation().decode().encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(b"\xfe\xff" + invitation().decode().encode("utf-16-be"), id="UTF-16, big end"),
        pytest.param(invitation().decode().encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(invitation().decode().encode("utf-16-be"), id="the same, big end"),
        pytest.param(b"\r\n" + invitation() + b"\r\n\r\n", id="empty lines around it"),
        pytest.param(calendar(event(), method="PUBLISH"), id="saved, without a time zone"),
        pytest.param(calendar(event()).replace(b"METHOD:REQUEST\r\n", b""), id="no method"),
        pytest.param(invitation(DTSTART='DTSTART;TZID="GMT Standard Time":20260915T140000'), id="quoted"),
        pytest.param(invitation(DTSTART="DTSTART;TZID=Europe/London:20260915T140000"), id="the world's name"),
        pytest.param(invitation("DURATION:PT30M", without=("DTEND",)), id="with its length"),
        pytest.param(invitation("ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA"), id="with a paper in it"),
        pytest.param(invitation(LINES["SUMMARY"]), id="the same line twice"),
        pytest.param(invitation(TEAMS=f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{wrapped(CLASSIC)}"), id="Safe Links"),
        pytest.param(invitation(without=("TEAMS",)), id="links in the words alone"),
    ],
)  # fmt: skip
def test_invitation_in_other_clothes_is_the_same(data: bytes) -> None:
    assert read_invitation(data) == READ


@pytest.mark.parametrize(
    ("lines", "link", "short"),
    [
        ({"DESCRIPTION": f"DESCRIPTION:Join: {SHORT}", "without": ("TEAMS",)}, SHORT_LINK, None),
        ({"DESCRIPTION": "DESCRIPTION:Bring a pencil"}, CLASSIC_LINK, None),
        (
            {"DESCRIPTION": "DESCRIPTION:", "LOCATION": f"LOCATION:{SHORT}", "without": ("TEAMS",)},
            SHORT_LINK,
            None,
        ),
        (
            {
                "DESCRIPTION": f'X-ALT-DESC;FMTTYPE=text/html:<a href="{CLASSIC}&amp;anon=true">Join</a>',
                "without": ("TEAMS",),
            },
            CLASSIC_LINK,
            None,
        ),
        (
            {"DESCRIPTION": f"DESCRIPTION:Click here<{CLASSIC}>", "TEAMS": f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{SHORT}"},
            CLASSIC_LINK,
            SHORT_LINK,
        ),
    ],
)  # fmt: skip
def test_link_is_found_where_outlook_puts_it(lines: dict, link: object, short: object) -> None:
    read = read_invitation(invitation(**lines))
    assert (read.link, read.short_link) == (link, short)


def test_never_the_first_address() -> None:
    words = (
        "DESCRIPTION:Read this first: https://teams.rnicrosoft.com/meet/1?p=x\\n"
        "Options: https://teams.microsoft.com/meetingOptions/?organizerId=1\\n"
        f"Join: {SHORT}"
    )
    assert read_invitation(invitation(DESCRIPTION=words, without=("TEAMS",))).link == SHORT_LINK


def link_reason(sentence_of: LinkRefusal, data: bytes, **how: str) -> None:
    refused = refusal_of(data, **how)
    assert (refused.reason, refused.sentence) == (
        InvitationRefusal.BAD_LINK,
        LINK_SENTENCES[sentence_of],
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://teams.live.com/meet/9345678901234?p=x", LinkRefusal.PERSONAL),
        (f"{HOST}.evil.example/l/meetup-join/{CODED}/0", LinkRefusal.LOOKALIKE),
        ("https://zoom.example/j/123", LinkRefusal.NOT_TEAMS),
        (CLASSIC.replace("meeting_", "").replace("thread.v2", "thread.tacv2"), LinkRefusal.CHANNEL),
        ("javascript:alert(1)", LinkRefusal.NOT_A_URL),
    ],
)
def test_what_outlook_would_open_is_never_replaced_by_a_better_link_beside_it(
    address: str, reason: LinkRefusal
) -> None:
    link_reason(reason, invitation(TEAMS=f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{address}"))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Join: https://teams.live.com/meet/9345678901234", LinkRefusal.PERSONAL),
        ("Join: https://teams.rnicrosoft.com/meet/9345678901234?p=x", LinkRefusal.LOOKALIKE),
    ],
)
def test_why_the_only_link_is_no_good_is_said(words: str, reason: LinkRefusal) -> None:
    link_reason(reason, invitation(DESCRIPTION=f"DESCRIPTION:{words}", without=("TEAMS",)))


def test_link_of_another_school_is_refused_whatever_stands_beside_it() -> None:
    assert read_invitation(invitation(), tenant_id=TENANT) == READ
    link_reason(LinkRefusal.OTHER_TENANT, invitation(), tenant_id=OTHER)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_a_calendar"),
        (b"\x00" * 40, "not_a_calendar"),
        (b"%PDF-1.7 ...", "not_a_calendar"),
        (b"PK\x03\x04", "not_a_calendar"),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "not_a_calendar"),
        (b"\xff\xfe\x00\xd8", "not_a_calendar"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * LARGEST, "outlook_item"),
        (b"Received: from mail.school.example\r\n\r\n" + invitation(), "mail"),
        (b"MIME-Version: 1.0\r\n\r\n" + b"x" * LARGEST, "mail"),
        (invitation() + b" " * LARGEST, "too_large"),
        (invitation().replace(b"Reading", b"R\xe9ading"), "unreadable"),
        (invitation().replace(b"Reading", b"R\0eading"), "unreadable"),
        (invitation()[:-20], "damaged"),
        (invitation().replace(b"END:VALARM\r\n", b""), "damaged"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 4000, "damaged"),
        (invitation(SUMMARY='SUMMARY;LANGUAGE="\x01":x'), "damaged"),
        (calendar(), "no_event"),
        (calendar(("BEGIN:VTODO", "END:VTODO")), "no_event"),
        (calendar(("BEGIN:VJOURNAL", *event(), "END:VJOURNAL")), "no_event"),
        (calendar(event(), event(UID="UID:another")), "several_events"),
        (calendar(event()) + calendar(event()), "several_events"),
        (calendar(event("RRULE:FREQ=WEEKLY"), event()), "several_events"),
        (calendar(event(), method="REPLY"), "an_answer"),
        (calendar(event(), method="Counter"), "an_answer"),
        (calendar(event(), method="CANCEL"), "cancelled"),
        (calendar(event("STATUS:CANCELLED")), "cancelled"),
        (invitation(without=("UID",)), "incomplete"),
        (invitation(UID="UID:" + "x" * 256), "incomplete"),
        (invitation(without=("DTSTART",)), "incomplete"),
        (invitation(without=("DTEND",)), "incomplete"),
        (invitation("DURATION:PT30M"), "said_twice"),
        (invitation("DTSTART:20270915T140000Z"), "said_twice"),
        (invitation(f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{OTHER_CLASSIC}"), "said_twice"),
        (invitation("ORGANIZER:mailto:b@school.example"), "said_twice"),
        (invitation(DTSTART="DTSTART;TZID=Asia/Tokyo:20260915T140000Z"), "said_twice"),
        (invitation(DTSTART="DTSTART;VALUE=DATE:20260915"), "all_day"),
        (invitation(DTSTART="DTSTART:20260915"), "all_day"),
        (invitation(DTEND="DTEND;TZID=GMT Standard Time:20260918T143000"), "all_day"),
        (invitation(DTEND=LINES["DTSTART"].replace("START", "END")), "impossible_times"),
        (invitation(DTSTART="DTSTART:tomorrow"), "impossible_times"),
        (invitation(DTSTART="DTSTART:20260230T140000Z"), "impossible_times"),
        (invitation(DTSTART="DTSTART:00010101T000000Z"), "impossible_times"),
        (invitation(DTSTART="DTSTART:99991231T235959Z"), "impossible_times"),
        (invitation(DTSTART="DTSTART:٢٠٢٦٠٩١٥T140000"), "impossible_times"),
        (invitation("DURATION:-PT30M", without=("DTEND",)), "impossible_times"),
        (invitation("DURATION:P9999999999999W", without=("DTEND",)), "impossible_times"),
        (invitation("DURATION:P" + "9" * 5000 + "D", without=("DTEND",)), "impossible_times"),
        (invitation(without=("TEAMS", "DESCRIPTION")), "no_link"),
        (invitation(DESCRIPTION=f"DESCRIPTION:{OTHER_CLASSIC}"), "two_meetings"),
        (invitation(DESCRIPTION=f"DESCRIPTION:{CLASSIC} {OTHER_CLASSIC}", without=("TEAMS",)), "two_meetings"),
        (invitation(LOCATION=f"LOCATION:{SHORT}x"), "two_meetings"),
    ],
)  # fmt: skip
def test_file_is_refused_by_name(data: bytes, reason: str) -> None:
    refused = refusal_of(data)
    assert (refused.reason, str(refused)) == (
        InvitationRefusal(reason),
        SENTENCES[InvitationRefusal(reason)],
    )


def test_series_gives_its_first_date_and_says_that_it_repeats() -> None:
    """Its other dates follow in the same file where single ones were moved (E66)."""
    master = event("RRULE:FREQ=WEEKLY;COUNT=10")
    moved = event("RECURRENCE-ID;TZID=GMT Standard Time:20260922T140000", DTSTART=LINES["DTSTART"])
    for data in (calendar(master), calendar(master, moved), calendar(moved, master)):
        read = read_invitation(data)
        assert (read.repeats, read.starts) == (True, READ.starts)


def test_one_date_out_of_a_series_is_one_meeting() -> None:
    one = event("RECURRENCE-ID;TZID=GMT Standard Time:20260922T140000")
    assert read_invitation(calendar(one)) == READ


@pytest.mark.parametrize(
    ("start", "zone_named"),
    [
        ("DTSTART;TZID=GMT Standard Time:20260915T140000", "Europe/London"),
        ("DTSTART;TZID=gmt standard time:20260915T140000", "Europe/London"),
        ("DTSTART;TZID=W. Europe Standard Time:20260915T140000", "Europe/Berlin"),
        ('DTSTART;TZID="tzone://Microsoft/Utc":20260915T130000', "UTC"),
        ("DTSTART;TZID=UTC:20260915T130000", "UTC"),
        ("DTSTART:20260915T130000Z", "UTC"),
        ("DTSTART:20260915T140000", ""),
        ("DTSTART;TZID=Customized Time Zone:20260915T140000", ""),
        ('DTSTART;TZID="(UTC+00:00) Dublin, Edinburgh, Lisbon, London":20260915T140000', ""),
        ("DTSTART;TZID=../../../etc/passwd:20260915T140000", ""),
        ("DTSTART;TZID=localtime:20260915T140000", ""),
        ("DTSTART;TZID=Europe/London,Asia/Tokyo:20260915T140000", ""),
    ],
)
def test_zone_is_known_by_its_name_alone(start: str, zone_named: str) -> None:
    read = read_invitation(invitation("DURATION:PT1H", DTSTART=start, without=("DTEND",)))
    assert (read.starts.zone, read.knows_zone) == (zone_named, bool(zone_named))


def test_one_zone_out_of_two_leaves_both_open() -> None:
    read = read_invitation(invitation(DTEND="DTEND:20260915T143000"))
    assert (read.starts.zone, read.ends.zone, read.knows_zone) == ("", "", False)


def test_unknown_zone_takes_the_one_that_a_person_names() -> None:
    read = read_invitation(invitation(DTSTART="DTSTART:20260915T140000"))
    assert (read.starts.at(LONDON).astimezone(UTC), read.ends.zone) == (
        datetime(2026, 9, 15, 13, 0, tzinfo=UTC),
        "",
    )


def test_hostile_zone_does_not_shift_its_own_file_nor_a_later_one() -> None:
    """A file may define a zone's name as it likes; the library keeps that for the whole process."""
    name = "GMT Standard Time"
    for data in (
        calendar(zone(name, "-0800"), event()),
        calendar(event()),
        calendar(event(), zone(name, "+1300")),
        calendar(zone("Europe/London", "-0800"), event()),
        calendar(event(DTSTART="DTSTART;TZID=Europe/London:20260915T140000")),
    ):
        assert instant(data) == datetime(2026, 9, 15, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "at"),
    [
        ("20260328T140000", datetime(2026, 3, 28, 14, 0, tzinfo=UTC)),
        ("20260329T140000", datetime(2026, 3, 29, 13, 0, tzinfo=UTC)),
        ("20260329T013000", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("20261025T013000", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("20261025T140000", datetime(2026, 10, 25, 14, 0, tzinfo=UTC)),
    ],
)
def test_e67_invitation_keeps_the_wall_clock_over_both_clock_changes(
    wall: str, at: datetime
) -> None:
    start = f"DTSTART;TZID=GMT Standard Time:{wall}"
    assert instant(invitation("DURATION:PT30M", DTSTART=start, without=("DTEND",))) == at


@pytest.mark.parametrize(
    ("summary", "title"),
    [
        ("SUMMARY:A\\nB\\t  C", "A B\\t C"),
        ("SUMMARY:gnidaeR \u202egroup\u202c", "gnidaeR group"),
        ("SUMMARY:a\x07b\u200bc", "abc"),
        ("SUMMARY:" + "x" * 5000, "x" * 120),
        ("SUMMARY:", ""),
        ("X-NOTHING:", ""),
        ("SUMMARY:=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_title_is_one_harmless_line(summary: str, title: str) -> None:
    assert read_invitation(invitation(SUMMARY=summary)).title == title


@pytest.mark.parametrize(
    ("line", "organiser"),
    [
        ("ORGANIZER:mailto:a@school.example", Organiser("a@school.example", "")),
        ("ORGANIZER;CN=Ada:MAILTO:A@School.Example", Organiser("a@school.example", "Ada")),
        ("ORGANIZER;CN=Ada:invalid:nomail", None),
        ("ORGANIZER:mailto:a@b@c", None),
        ("X-NOTHING:", None),
    ],
)
def test_organiser_is_an_address_or_nobody(line: str, organiser: Organiser | None) -> None:
    assert read_invitation(invitation(ORGANIZER=line)).organiser == organiser


def test_nothing_secret_stands_in_its_repr() -> None:
    shown = repr(read_invitation(invitation()))
    assert [secret for secret in (UID, CLASSIC, SHORT) if secret in shown] == []


PIECES = st.sampled_from(
    [
        *LINES.values(),
        *zone("GMT Standard Time", "-0800"),
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "METHOD:REQUEST",
        "RRULE:FREQ=SECONDLY",
        "DTSTART;TZID=UTC:20260915T140000",
        "DTEND:99991231T235959",
        "DURATION:P1D",
        f"LOCATION:{OTHER_CLASSIC}",
    ]
)


def ends_by_name(data: bytes) -> None:
    try:
        read = read_invitation(data)
    except InvitationRefused:
        return
    lasts = read.ends.at(LONDON).timestamp() - read.starts.at(LONDON).timestamp()
    assert (read.link.url[:28], 0 <= lasts <= 86_400 + 3600) == (f"{HOST}/", True)


@settings(max_examples=300)
@given(st.binary(max_size=2000))
def test_any_bytes_end_in_a_value_or_a_named_refusal(data: bytes) -> None:
    ends_by_name(data)
    ends_by_name(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + data)


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.text(max_size=60)), max_size=30))
def test_any_lines_end_in_a_value_or_a_named_refusal(lines: list[str]) -> None:
    ends_by_name(calendar(tuple(lines)))
    ends_by_name(calendar(event(*lines)))


@settings(max_examples=200)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8), st.integers(0, 8))
def test_invitation_changed_anywhere_ends_in_a_value_or_a_named_refusal(
    place: int, put: bytes, cut: int
) -> None:
    whole = invitation()
    place %= len(whole)
    ends_by_name(whole[:place] + put + whole[place + cut :])


@pytest.mark.parametrize("name", HOSTILE)
def test_five_megabytes_end_by_name_within_a_hundred_megabytes(name: str) -> None:
    """How long each takes is measured by `make bench`."""
    tracemalloc.start()
    try:
        ends_by_name(HOSTILE[name])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
