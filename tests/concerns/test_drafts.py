"""Drafts that nag, and text that outlives a session (A14, E18, E19)."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry as AuditEntry
from audit.selectors import visible_to
from concerns import policy, services
from concerns.forms import is_blank, pack, unpack
from concerns.models import Concern, Draft
from notices.models import Ladder, Notice
from notices.services import run_due
from school.calendar import Calendar
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns.test_views import filled

SignIn = Callable[..., Client]
SetClock = Callable[[datetime], object]
MINUTE = timedelta(minutes=1)
LONDON = ZoneInfo("Europe/London")
TYPED = '{"seen": ["MARKERSEEN a bruise"], "happened": ["unknown"], "urgency": ["urgent"]}'
HOURS = Calendar(
    opens_at=time(8, 30),
    closes_at=time(16),
    zone=LONDON,
    nation="ENG",
    terms=((date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18))),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def begin(host: StaffMember, typed: str = TYPED) -> Draft:
    return services.keep_draft(typed, by=host, key=uuid4())


# --- When --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-10-22T14:00", "2026-10-22T14:15"),
        ("2026-10-22T14:15", "2026-10-22T15:00"),
        # Then every school morning, and the half term is none.
        ("2026-10-22T15:00", "2026-10-23T08:30"),
        ("2026-10-23T08:29", "2026-10-23T08:30"),
        ("2026-10-23T08:30", "2026-11-02T08:30"),
        ("2026-10-25T12:00", "2026-11-02T08:30"),
        ("2026-11-02T20:00", "2026-11-03T08:30"),
    ],
)
def test_a14_reminders_come_soon_then_once_more_then_every_school_morning(
    after: str, due: str
) -> None:
    saved_at = at("2026-10-22T14:00")
    assert policy.next_reminder(saved_at, HOURS, after=at(after)) == at(due)


@pytest.mark.django_db
def test_a14_letters_go_to_the_writer_alone_and_name_nothing_until_it_is_sent(
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    lead: StaffMember,
    mailbox: Callable[[], list[Any]],
) -> None:
    draft = begin(host)
    waits = [14 * MINUTE, 15 * MINUTE, 59 * MINUTE, 60 * MINUTE, timedelta(hours=18, minutes=30)]
    counts = []
    for wait in waits:
        clock_at(school_day + wait)
        counts.append(len(mailbox()))
    assert counts == [0, 1, 1, 2, 3]
    letters = mailbox()
    assert {tuple(letter.to) for letter in letters} == {(host.email,)}
    text = "".join(letter.subject + letter.body for letter in letters)
    assert [word for word in ("MARKER", "bruise", str(draft.key)) if word in text] == []
    # Whoever types on is left in peace for a quarter of an hour.
    services.keep_draft(TYPED, by=host, key=draft.key)
    clock_at(school_day + waits[-1] + 14 * MINUTE)
    assert len(mailbox()) == 3
    make.log(host, key=draft.key)
    clock_at(school_day + timedelta(days=3))
    assert [letter.subject for letter in mailbox()[3:] if "begun" in letter.subject] == []


@pytest.mark.django_db
def test_a14_the_sweep_gives_a_draft_without_a_ladder_a_new_one(
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    mailbox: Callable[[], list[Any]],
) -> None:
    draft = begin(host)
    Ladder.objects.all().delete()
    clock_at(school_day + 20 * MINUTE)
    # The first pass mends, the next one climbs.
    mailbox()
    assert len(mailbox()) == 1
    assert [row.about for row in Ladder.objects.open()] == [draft.object]


@pytest.mark.django_db
def test_a_letter_that_is_late_is_not_sent_once_the_draft_is_thrown_away(
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    mailbox: Callable[[], list[Any]],
) -> None:
    draft = begin(host)
    clock_at(school_day + 15 * MINUTE)
    services.throw_away(draft, by=host)
    assert (mailbox(), Ladder.objects.open().count()) == ([], 0)


# --- What remains ------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("end", ["sent", "thrown away"])
def test_a14_nothing_of_a_draft_remains_and_what_was_typed_is_sealed_before(
    end: str, school_day: datetime, host: StaffMember
) -> None:
    draft = begin(host)
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM concerns_draft")
        [(stored,)] = cursor.fetchall()
    assert "MARKER" not in stored
    if end == "sent":
        make.log(host, key=draft.key)
    else:
        services.throw_away(draft, by=host)
        # Pressed twice it is gone once.
        services.throw_away(draft, by=host)
    verbs = ["concern.begin_draft"] + ["concern.discard_draft"] * (end == "thrown away")
    kept = AuditEntry.objects.about(draft.object).order_by("pk")
    assert list(kept.values_list("verb", flat=True)) == verbs
    assert (Draft.objects.count(), Ladder.objects.open().filter(kind="concern_draft").count()) == (
        0,
        0,
    )


@pytest.mark.django_db
def test_a_late_save_brings_nothing_back(school_day: datetime, host: StaffMember) -> None:
    draft = begin(host)
    make.log(host, key=draft.key)
    with pytest.raises(services.AlreadySent):
        services.keep_draft(TYPED, by=host, key=draft.key)
    assert Draft.objects.count() == 0


@pytest.mark.django_db
def test_only_its_writer_keeps_on_or_throws_away(
    school_day: datetime, host: StaffMember, lead: StaffMember, leaver: StaffMember
) -> None:
    draft = begin(host)
    with pytest.raises(NotAllowed, match="this one has been used"):
        services.keep_draft("{}", by=lead, key=draft.key)
    with pytest.raises(NotAllowed, match="Only whoever has begun it"):
        services.throw_away(draft, by=lead)
    with pytest.raises(NotAllowed, match="Only people who work"):
        services.keep_draft("{}", by=factories.make_staff(roles=()), key=uuid4())
    draft.refresh_from_db()
    assert (draft.typed, draft.by) == (TYPED, host)


@pytest.mark.django_db
def test_nobody_reads_in_the_audit_that_somebody_has_begun_one(
    school_day: datetime, host: StaffMember, lead: StaffMember, head: StaffMember
) -> None:
    draft = begin(host)
    assert AuditEntry.objects.about(draft.object).count() == 1
    for person in (host, lead, head):
        assert visible_to(person.viewer()).filter(object=draft.object).count() == 0


# --- The pages ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_keeping_by_button_comes_back_whole_and_says_not_sent(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    client, key = staff_client(host), uuid4()
    typed = filled(
        key=key,
        keep="1",
        danger="yes",
        pupils=[amy.pk],
        child_name_2="A cousin",
        mark_2_place="front-chest",
        mark_2_words="MARKERMARK",
        is_from_home="on",
        **{f"part_{amy.pk}": "harmed"},
    )
    answer = client.post(reverse("concerns:log"), typed)
    assert (answer.status_code, answer["Location"]) == (302, f"/concerns/log/{key}/")
    page = client.get(answer["Location"])
    text = page.content.decode()
    assert "Draft kept at 2:00 pm. NOT SENT." in text
    for words in (make.SEEN, "MARKERMARK", "A cousin", str(key)):
        assert words in text
    [row] = page.context["pupil_rows"]
    assert (row["pupil"], row["is_chosen"], row["part"]) == (amy, True, "harmed")
    assert re.search(r'value="yes"\s+checked', text)
    opened = page.context["opened"]
    assert {part for part, is_open in opened.items() if is_open} == {"other", "body", "home"}
    assert Concern.objects.count() == 0
    # What comes back is sent as it stands.
    client.post(reverse("concerns:log"), typed | {"keep": ""} | {"keep": []})
    assert (Concern.objects.get().key, Draft.objects.count()) == (key, 0)


@pytest.mark.django_db
def test_start_page_and_ones_own_list_say_what_is_begun_and_not_sent_to_its_writer_alone(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    draft = begin(host)
    words = "You have begun a concern and not sent it"
    for person, is_theirs in ((host, True), (lead, False)):
        client = staff_client(person)
        for page in ("schoolsafe_home", "concerns:mine"):
            text = client.get(reverse(page)).content.decode()
            assert (page, words in text) == (page, is_theirs)
    client = staff_client(host)
    mine = client.get(reverse("concerns:mine")).content.decode()
    assert reverse("concerns:draft", args=[draft.key]) in mine
    there = reverse("concerns:throw_away", args=[draft.key])
    assert there in mine
    asked = client.get(there).content.decode()
    assert "A worry that turned out to be a mistake is worth logging too" in asked
    assert Draft.objects.count() == 1
    assert client.post(there)["Location"] == reverse("concerns:mine")
    assert words not in client.get(reverse("concerns:mine")).content.decode()


@pytest.mark.django_db
def test_the_script_keeps_what_is_typed_and_nothing_is_kept_of_an_empty_form(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client, key = staff_client(host), uuid4()
    address = reverse("concerns:keep")
    said = [
        client.post(address, sent).content.decode()
        for sent in (
            {"key": key, "urgency": "urgent", "seen": " "},
            {"key": "nonsense", "seen": "MARKER"},
            {"key": key, "seen": "MARKER"},
        )
    ]
    assert said == ["", "", "Draft kept at 2:00 pm. NOT SENT."]
    make.log(host, key=key)
    assert client.post(address, {"key": key, "seen": "MARKER"}).content == b""
    assert Draft.objects.count() == 0
    answer = client.post(reverse("concerns:log"), {"keep": "1", "key": uuid4()})
    assert "nothing to keep yet" in answer.content.decode()


# --- A session that has ended (E19) ------------------------------------------------------------------
def writer_on(client: Client) -> str:
    """What the page says of whose it is."""
    return str(client.get(reverse("concerns:log")).context["writer"])


@pytest.mark.django_db
def test_e19_what_is_sent_after_the_session_ended_waits_for_its_writer_and_nobody_else(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client, key = staff_client(host), uuid4()
    sent = filled(key=key, writer=writer_on(client))
    client.logout()
    answer = client.post(reverse("concerns:log"), sent)
    assert (answer.status_code, Concern.objects.count()) == (302, 0)
    assert answer["Location"].endswith(f"?next=/concerns/log/{key}/")
    assert (Draft.objects.get().by, Draft.objects.get().key) == (host, key)
    there = f"/concerns/log/{key}/"
    assert staff_client(lead).get(there).status_code == 404
    assert make.SEEN in staff_client(host).get(there).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["forged", "old", "left", "none", "sent"])
def test_e19_nothing_is_kept_without_a_page_of_somebody_who_works_here(
    fault: str,
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    client, key = staff_client(host), uuid4()
    writer = {"forged": "MTIz.abc", "none": ""}.get(fault) or writer_on(client)
    client.logout()
    if fault == "old":
        clock_at(school_day + timedelta(hours=25))
    if fault == "left":
        factories.close_account(host)
    if fault == "sent":
        make.log(host, key=key)
    writer = "" if fault == "none" else writer
    answer = client.post(reverse("concerns:log"), filled(key=key, writer=writer))
    assert (answer.status_code, Draft.objects.count()) == (302, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["concerns:log", "concerns:keep"])
def test_e19_nobody_logs_what_somebody_else_began_on_the_same_computer(
    page: str, school_day: datetime, host: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    sent = filled(writer=writer_on(staff_client(host)))
    answer = staff_client(colleague).post(reverse(page), sent)
    assert answer.status_code == 403
    assert "It has not been sent: it waits for them as a draft." in answer.content.decode()
    assert (Concern.objects.count(), Draft.objects.get().by) == (0, host)


@pytest.mark.django_db
def test_e18_a_draft_is_kept_by_no_browser(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    draft = begin(host)
    answer = staff_client(host).get(reverse("concerns:draft", args=[draft.key]))
    assert answer["Cache-Control"] == "no-store"


# --- The parser --------------------------------------------------------------------------------------
NAMES = st.text(min_size=1, max_size=20).filter(
    lambda name: name not in {"key", "writer", "find", "keep", "more", "find_words", "siblings_of"}
)


@given(st.dictionaries(NAMES, st.lists(st.text(max_size=40), min_size=1, max_size=3), max_size=8))
def test_whatever_is_typed_comes_back_as_it_was(sent: dict[str, list[str]]) -> None:
    typed = QueryDict(mutable=True)
    for name, values in (sent | {"csrfmiddlewaretoken": ["x"], "key": ["k"]}).items():
        typed.setlist(name, values)
    assert dict(unpack(pack(typed)).lists()) == sent


@pytest.mark.parametrize(
    ("typed", "blank"),
    [
        ("urgency=urgent&happened=unknown&child_part=subject&staff=", True),
        ("seen=%20%0A", True),
        ("seen=a", False),
        ("child_name_3=Ben", False),
        ("mark_2_words=red", False),
        ("pupils=7", False),
    ],
)
def test_choices_alone_are_nothing_to_keep(typed: str, blank: bool) -> None:
    assert is_blank(QueryDict(typed)) is blank


@pytest.mark.django_db
def test_reminders_of_many_drafts_ask_as_often_as_of_one(
    school_day: datetime,
    clock_at: SetClock,
    host: StaffMember,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(3):
        begin(host)
    clock_at(school_day + 15 * MINUTE)
    ladders = list(Ladder.objects.due(now=clock.now()))
    assert len(ladders) == 3
    with django_assert_num_queries(4):
        climbs = services.remind(ladders, clock.now())
    assert [len(climb.drafts) for climb in climbs] == [1, 1, 1]
    run_due(clock.now())
    assert Notice.objects.filter(kind="concern_draft", state="sent").count() == 3
