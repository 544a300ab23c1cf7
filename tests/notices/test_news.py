"""What providers tell afterwards: each message's own fate, and nothing for the forged (E46)."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consent.models import Request
from consent.policy import Status
from notices import services
from notices.models import Delivery, Notice
from notices.policy import Fate, of_event, of_refusal, of_state
from notices.services.news import News, hear
from school import services as people
from school.models import Guardian, Pupil, StaffMember
from school.services import SWEEP
from schoolsafe.lib import clock
from tests import factories
from tests.consent.builders import ask, consent_of
from tests.notices.notify import FakeNotify
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db

SECRET = "anymail:0123456789abcdefghij"
TOKEN = "t" * 24
MINUTE = timedelta(minutes=1)


@pytest.fixture
def maya(school_day: datetime, school: object) -> Pupil:
    return factories.make_pupil("Maya", "Okafor")


@pytest.fixture
def mum(maya: Pupil) -> Guardian:
    return factories.make_guardian(
        maya, name="Amina", email="amina@family.example", relationship="mother"
    )


@pytest.fixture
def postmark(settings: Any) -> None:
    settings.MAIL_SERVICE = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def sent_question(host: StaffMember, maya: Pupil) -> Notice:
    """A question that the provider has taken."""
    ask(host, maya)
    services.run_due(clock.now())
    notice = Notice.objects.get(kind="consent_request")
    assert notice.state == "sent"
    return notice


def told(notice: Notice, type_: str = "HardBounce", **facts: Any) -> dict[str, Any]:
    """What Postmark posts about a letter."""
    return {
        "RecordType": "Bounce",
        "Type": type_,
        "MessageID": notice.message_id.strip("<>"),
        "Email": "amina@family.example",
        "BouncedAt": "2026-09-15T13:05:00Z",
        "ID": 42,
        "Description": "The server was unable to deliver your message",
        "Details": "smtp;550 5.1.1 no such user",
    } | facts


def post_mail(body: object, secret: str = SECRET) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    basic = base64.b64encode(secret.encode()).decode()
    return (
        Client(raise_request_exception=False)
        .post(
            "/outbox/hooks/mail/", raw, content_type="application/json",
            headers={"Authorization": f"Basic {basic}"},
        )
        .status_code
    )  # fmt: skip


def post_notify(body: object, token: str = TOKEN) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (
        Client(raise_request_exception=False)
        .post(
            "/outbox/hooks/notify/", raw, content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        .status_code
    )  # fmt: skip


# --- The rules ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        ("550 5.1.1 no such user", Fate.BOUNCED),
        ("550 no such user here", Fate.BOUNCED),
        ("553 mailbox name not allowed", Fate.BOUNCED),
        ("550 5.2.1 mailbox disabled", Fate.BOUNCED),
        ("552 5.2.2 mailbox full", Fate.FULL),
        ("552 over quota", Fate.FULL),
        ("550 5.7.1 not wanted here", Fate.LOST),
        ("554 5.7.1 spam", Fate.LOST),
        ("554 transaction failed", Fate.LOST),
        ("", Fate.LOST),
    ],
)
def test_e46_refusal_of_a_mail_server_says_what_is_wrong(answer: str, fate: Fate) -> None:
    assert of_refusal(answer) is fate


@pytest.mark.parametrize(
    ("name", "reason", "answer", "fate"),
    [
        ("bounced", "bounced", "550 5.1.1 no such user", Fate.BOUNCED),
        ("bounced", "bounced", "", Fate.BOUNCED),
        ("bounced", "bounced", "452 4.2.2 mailbox full", Fate.FULL),
        ("bounced", "bounced", "451 4.7.1 later", Fate.DELAYED),
        ("bounced", "other", "", Fate.LOST),
        ("rejected", "invalid", "", Fate.BOUNCED),
        ("rejected", "spam", "", Fate.COMPLAINT),
        ("rejected", "blocked", "", Fate.LOST),
        ("deferred", "", "", Fate.DELAYED),
        ("delivered", "", "", Fate.DELIVERED),
        ("complained", "spam", "", Fate.COMPLAINT),
        ("failed", "", "", Fate.LOST),
        ("opened", "", "", None),
        ("clicked", "", "", None),
        ("unsubscribed", "", "", None),
        ("", "", "", None),
    ],
)
def test_e46_event_of_a_mail_service_says_what_became_of_it(
    name: str, reason: str, answer: str, fate: Fate | None
) -> None:
    assert of_event(name, reason=reason, answer=answer) is fate


def test_states_of_notify() -> None:
    assert of_state("delivered") is Fate.DELIVERED
    assert of_state("permanent-failure") is Fate.BOUNCED
    assert of_state("temporary-failure") is of_state("technical-failure") is Fate.LOST
    assert of_state("sending") is of_state("created") is of_state("nonsense") is None


# --- Mail -----------------------------------------------------------------------------------------
@pytest.mark.usefixtures("postmark")
def test_e46_hard_bounce_fails_the_message_closes_the_address_and_tells_staff(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    notice = sent_question(host, maya)
    assert post_mail(told(notice)) == 204
    notice.refresh_from_db()
    assert (notice.state, notice.fate) == ("failed", "bounced")
    mum.refresh_from_db()
    assert mum.email_closed_at == clock.now()
    request = Request.objects.get()
    assert (request.failed_at, request.failed_because) == (clock.now(), "bounced")
    found = consent_of(request.question, maya)
    assert found.status is Status.FAILED
    assert found.reason == (
        "The message to Mother came back or reached somebody else. Ring or use paper."
    )


@pytest.mark.usefixtures("postmark")
def test_e46_hard_bounce_stops_reminders_to_that_address(
    host: StaffMember, maya: Pupil, mum: Guardian, clock_at: Any
) -> None:
    post_mail(told(sent_question(host, maya)))
    for _ in range(9):
        clock_at(clock.now() + timedelta(days=1))
        services.run_due(clock.now())
    assert Notice.objects.filter(kind="consent_reminder").count() == 0
    assert [letter.to[0] for letter in mail.outbox] == ["amina@family.example", host.email]


@pytest.mark.usefixtures("postmark")
def test_e46_corrected_address_gets_the_missed_letter_by_itself(
    host: StaffMember, maya: Pupil, mum: Guardian, clock_at: Any
) -> None:
    notice = sent_question(host, maya)
    post_mail(told(notice))
    clock_at(clock.now() + MINUTE)
    people.change_email(mum, by=SWEEP, email="right@family.example")
    clock_at(clock.now() + MINUTE)
    services.run_due(clock.now())
    assert mail.outbox[-1].to == ["right@family.example"]
    request = Request.objects.get()
    assert (request.failed_at, request.failed_because) == (None, "")
    # The old bounce, told once more or late, is not about the new address.
    assert post_mail(told(notice)) == 204
    assert post_mail(told(notice, ID=43, BouncedAt="2026-09-15T14:05:00Z")) == 204
    notice.refresh_from_db()
    mum.refresh_from_db()
    assert (notice.state, notice.fate, mum.email_closed_at) == ("sent", "", None)


def test_e46_address_that_was_missing_gets_the_missed_letter_once_it_is_there(
    host: StaffMember, maya: Pupil, mum: Guardian, clock_at: Any
) -> None:
    Guardian.objects.update(email="")
    ask(host, maya)
    services.run_due(clock.now())
    assert Notice.objects.get().fate == "no_address"
    clock_at(clock.now() + MINUTE)
    people.change_email(mum, by=SWEEP, email="right@family.example")
    clock_at(clock.now() + MINUTE)
    services.run_due(clock.now())
    assert [letter.to for letter in mail.outbox] == [["right@family.example"]]


@pytest.mark.usefixtures("postmark")
@pytest.mark.parametrize(
    ("type_", "facts", "state", "fate", "closed", "failed"),
    [
        ("Transient", {}, "sent", "delayed", False, ""),
        ("SoftBounce", {"Details": "452 4.2.2 mailbox full"}, "failed", "full", False, "full"),
        ("Blocked", {"Details": ""}, "failed", "lost", False, "lost"),
        ("SpamComplaint", {"RecordType": "SpamComplaint"}, "sent", "complaint", True, "complaint"),
    ],
)
def test_e46_soft_full_refused_and_unwanted_each_have_their_own_consequence(
    type_: str, facts: dict[str, str], state: str, fate: str, closed: bool, failed: str,
    host: StaffMember, maya: Pupil, mum: Guardian,
) -> None:  # fmt: skip
    notice = sent_question(host, maya)
    assert post_mail(told(notice, type_, **facts)) == 204
    notice.refresh_from_db()
    mum.refresh_from_db()
    assert (notice.state, notice.fate) == (state, fate)
    assert (mum.email_closed_at is not None) is closed
    assert Request.objects.get().failed_because == failed


@pytest.mark.usefixtures("postmark")
def test_news_told_twice_count_once_and_late_ones_change_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    notice = sent_question(host, maya)
    for _ in range(3):
        assert post_mail(told(notice)) == 204
    delivered = {"RecordType": "Delivery", "DeliveredAt": "2026-09-15T13:06:00Z"}
    assert post_mail(told(notice, **delivered)) == 204
    notice.refresh_from_db()
    assert notice.fate == "bounced"
    kept = list(Delivery.objects.values_list("outcome", flat=True))
    assert kept == ["accepted", "bounced", "delivered"]


@pytest.mark.usefixtures("postmark")
@pytest.mark.parametrize("secret", ["", "anymail:wrong", ":", SECRET + "x"])
def test_news_without_the_secret_are_refused_and_change_nothing(
    secret: str, host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    notice = sent_question(host, maya)
    assert post_mail(told(notice), secret) == 400
    notice.refresh_from_db()
    assert notice.state == "sent"


@pytest.mark.usefixtures("postmark")
def test_news_of_another_recipient_or_an_unknown_letter_change_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    notice = sent_question(host, maya)
    assert post_mail(told(notice, Email="other@family.example")) == 204
    assert post_mail(told(notice, MessageID="nobody@knows")) == 204
    notice.refresh_from_db()
    assert (notice.state, Delivery.objects.count()) == ("sent", 1)


def test_e46_address_refused_by_the_mail_server_is_closed_too(
    host: StaffMember, maya: Pupil, mum: Guardian, sink: Sink
) -> None:
    sink.rcpt_answers["amina@family.example"] = ["550 5.1.1 no such user"]
    ask(host, maya)
    services.run_due(clock.now())
    mum.refresh_from_db()
    assert mum.email_closed_at is not None
    assert Request.objects.get().failed_because == "bounced"


def test_e46_letter_refused_for_its_text_does_not_close_the_address(
    host: StaffMember, maya: Pupil, mum: Guardian, sink: Sink
) -> None:
    sink.data_answers = ["554 5.7.1 not wanted here"]
    ask(host, maya)
    services.run_due(clock.now())
    mum.refresh_from_db()
    assert mum.email_closed_at is None
    assert Request.objects.get().failed_because == "lost"


def test_sending_again_by_hand_opens_the_address_once_more(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, sink: Sink
) -> None:
    sink.rcpt_answers["amina@family.example"] = ["550 5.1.1 no such user"]
    ask(host, maya)
    services.run_due(clock.now())
    sink.rcpt_answers.clear()
    services.send_again(Notice.objects.get(), by=office)
    services.run_due(clock.now())
    mum.refresh_from_db()
    assert (Notice.objects.get().state, mum.email_closed_at) == ("sent", None)
    assert Request.objects.get().failed_at is None


def test_without_a_mail_service_nobody_tells_anything() -> None:
    assert post_mail({}) == 404
    assert post_notify({}) == 404


# --- Text messages --------------------------------------------------------------------------------
@pytest.fixture
def by_text(mum: Guardian, notify: FakeNotify) -> FakeNotify:
    Guardian.objects.update(email="", telephone="07700 900123")
    return notify


@pytest.mark.parametrize(
    ("status", "state", "fate"),
    [
        ("delivered", "sent", "delivered"),
        ("permanent-failure", "failed", "bounced"),
        ("temporary-failure", "failed", "lost"),
        ("technical-failure", "failed", "lost"),
        ("sending", "sent", ""),
    ],
)
def test_states_of_a_text_message_come_by_callback(
    status: str, state: str, fate: str, by_text: FakeNotify, host: StaffMember, maya: Pupil
) -> None:
    notice = sent_question(host, maya)
    [taken] = by_text.taken
    body = {"id": taken["id"], "reference": str(notice.pk), "status": status, "to": "x"}
    assert post_notify(body) == post_notify(body) == 204
    notice.refresh_from_db()
    assert (notice.state, notice.fate) == (state, fate)
    assert Delivery.objects.exclude(event="").count() == (1 if fate else 0)


def test_states_of_text_messages_are_fetched_where_there_is_no_callback(
    by_text: FakeNotify, host: StaffMember, maya: Pupil, clock_at: Any, settings: Any
) -> None:
    settings.NOTIFY = type(settings.NOTIFY)(
        api_key=settings.NOTIFY.api_key, template="t", url=by_text.url
    )
    notice = sent_question(host, maya)
    by_text.states[by_text.taken[0]["id"]] = "permanent-failure"
    clock_at(clock.now() + 5 * MINUTE)
    services.run_due(clock.now())
    notice.refresh_from_db()
    assert (notice.state, notice.fate) == ("failed", "bounced")
    assert consent_of(Request.objects.get().question, maya).status is Status.FAILED


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "\u00fc" * 24])
def test_callback_without_the_token_is_refused(
    token: str, by_text: FakeNotify, host: StaffMember, maya: Pupil
) -> None:
    sent_question(host, maya)
    body = {"id": by_text.taken[0]["id"], "status": "permanent-failure"}
    assert post_notify(body, token) == 403
    assert Notice.objects.get().state == "sent"


# --- Whatever else is posted ----------------------------------------------------------------------
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\x00", "\ud800", "Bounce", "permanent-failure", "9" * 5000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def mutated(good: dict[str, Any], place: str, junk: object, cut: int | None) -> bytes:
    """A body like a good one with one thing wrong in it; the message it names is not known."""
    raw = json.dumps(good | {"MessageID": "m@x", "id": "none"} | {place: junk}).encode()
    return raw if cut is None else raw[: cut % len(raw)] + b"\xff" * (cut % 3)


@pytest.mark.usefixtures("postmark")
def test_e46_a_thousand_mutated_bodies_never_give_a_500_and_change_nothing(
    by_text: FakeNotify, host: StaffMember, maya: Pupil
) -> None:
    notice = sent_question(host, maya)
    before = list(Notice.objects.values())
    good = told(notice) | {"status": "permanent-failure", "reference": str(notice.pk)}

    @hypothesis_settings(
        max_examples=1000, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        place=st.sampled_from([*sorted(good), "id", "Metadata"]),
        junk=JUNK,
        cut=st.none() | st.integers(0, 10_000),
    )
    def post(place: str, junk: object, cut: int | None) -> None:
        body = mutated(good, place, junk, cut)
        assert post_mail(body) in {204, 400}
        assert post_notify(body) in {204, 400}

    post()
    for deep in (b"[" * 100_000, b'{"id":' * 50_000, b"", b"\xff", b"null", b"[]", b'""'):
        assert post_mail(deep) in {204, 400}
        assert post_notify(deep) in {204, 400}
    assert list(Notice.objects.values()) == before
    assert Delivery.objects.count() == 1


def test_news_whose_consequence_fails_are_to_be_told_again(
    host: StaffMember, maya: Pupil, mum: Guardian, postmark: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = sent_question(host, maya)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("notices.services.news.tell_of", broken)
        assert post_mail(told(notice)) == 503
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert post_mail(told(notice)) == 204
    notice.refresh_from_db()
    assert notice.state == "failed"


def test_news_of_a_letter_that_carried_several_are_about_each_of_them(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    ask(host, maya)
    ask(host, maya, about="meetings.meeting:2")
    services.run_due(clock.now())
    assert len(mail.outbox) == 1
    sent_as = Delivery.objects.values_list("sent_as", flat=True).distinct().get()
    told_of = News(sent_as=sent_as, fate=Fate.BOUNCED, event="x")
    assert hear([told_of], now=clock.now()) == 2
    assert set(Notice.objects.values_list("state", "fate")) == {("failed", "bounced")}
