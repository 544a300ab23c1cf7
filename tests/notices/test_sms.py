"""Text messages: to whom, what they say, and what GOV.UK Notify may answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.template.loader import get_template

from notices import kinds, providers, services
from notices.models import Delivery, Notice, Provider
from school.models import Guardian, Guardianship
from schoolsafe.lib.providers import Notify
from tests import factories
from tests.notices import letters
from tests.notices.letters import draft
from tests.notices.notify import API_KEY, FakeNotify

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
MINUTE = timedelta(minutes=1)
NUMBER = "+447700900123"


@pytest.fixture(autouse=True)
def _texts(school: object) -> kinds.Kind:
    """A kind that may go as a text message."""
    kind = letters.kind("test_text", kinds.Urgency.TODAY, by_sms=True)
    kinds.register(kind)
    return kind


def mother(**facts: Any) -> tuple[Guardian, int]:
    """A guardian with a telephone and no e-mail, and her child."""
    pupil = factories.make_pupil()
    facts = {"email": "", "telephone": "07700 900123"} | facts
    return factories.make_guardian(pupil, **facts), pupil.pk


def to(guardian: Guardian, pupil_id: int, key: str = "a", *, at: datetime) -> kinds.Draft:
    return draft(
        kinds.kind("test_text"), key, at=at, guardian_id=guardian.pk, pupil_ids=(pupil_id,)
    )


def states() -> dict[str, tuple[str, str]]:
    return {row.key: (row.channel, row.state) for row in Notice.objects.all()}


def outcomes() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("outcome", flat=True))


def test_guardian_with_a_telephone_and_no_mail_gets_a_text_message(
    school_day: datetime, queued: Queue, notify: FakeNotify
) -> None:
    guardian, pupil_id = mother()
    [notice] = queued(to(guardian, pupil_id, at=school_day))
    assert notice.channel == "sms"
    services.run_due(school_day)
    assert states() == {"a": ("sms", "sent")}
    [taken] = notify.taken
    assert taken["phone_number"] == NUMBER
    assert taken["reference"] == str(notice.pk)
    assert taken["template_id"] == "t"
    assert Delivery.objects.get().sent_as == taken["id"]
    assert notify.headers[0].startswith("Bearer ")
    assert mail.outbox == []


def test_guardian_with_mail_gets_mail(
    school_day: datetime, queued: Queue, notify: FakeNotify
) -> None:
    guardian, pupil_id = mother(email="a@family.example")
    queued(to(guardian, pupil_id, at=school_day))
    services.run_due(school_day)
    assert states() == {"a": ("email", "sent")}
    assert notify.taken == []


def test_without_text_messages_nothing_is_different(school_day: datetime, queued: Queue) -> None:
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    services.run_due(school_day)
    assert states() == {"a": ("email", "dropped")}
    assert Notice.objects.get().why == "there is no usable address"


def test_kind_that_may_not_go_by_text_message_does_not(
    school_day: datetime, queued: Queue, notify: FakeNotify
) -> None:
    guardian, pupil_id = mother()
    queued(
        draft(letters.REMINDER, "a", at=school_day, guardian_id=guardian.pk, pupil_ids=(pupil_id,))
    )
    services.run_due(school_day)
    assert states() == {"a": ("email", "dropped")}


def test_address_that_is_found_meanwhile_is_used_instead_of_the_telephone(
    school_day: datetime, queued: Queue, notify: FakeNotify
) -> None:
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    Guardian.objects.update(email="new@family.example")
    services.run_due(school_day)
    assert states() == {"a": ("email", "sent")}
    assert [letter.to for letter in mail.outbox] == [["new@family.example"]]


def test_mail_that_came_back_makes_the_telephone_the_second_channel(
    school_day: datetime, queued: Queue, notify: FakeNotify, settings: Any
) -> None:
    guardian, pupil_id = mother(email="a@family.example")
    Guardian.objects.update(email_closed_at=school_day)
    queued(to(guardian, pupil_id, at=school_day))
    services.run_due(school_day)
    assert states() == {"a": ("sms", "sent")}
    settings.SMS_AFTER_BOUNCE = False
    queued(to(guardian, pupil_id, "b", at=school_day))
    services.run_due(school_day)
    assert states()["b"] == ("email", "dropped")


def test_e31_telephone_shared_with_a_blocked_person_gets_nothing(
    school_day: datetime, queued: Queue, notify: FakeNotify, lead: Any
) -> None:
    guardian, pupil_id = mother()
    other = factories.make_guardian(email="x@family.example", telephone="+44 7700 900123")
    Guardianship.objects.create(
        guardian=other,
        pupil_id=pupil_id,
        relationship="father",
        blocked_from=school_day.date(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    queued(to(guardian, pupil_id, at=school_day))
    services.run_due(school_day)
    assert notify.taken == []
    assert "shared with somebody who may not be contacted" in Notice.objects.get().why


@pytest.mark.parametrize(
    ("status", "body", "state", "outcome"),
    [
        (500, {"errors": [{"error": "Exception", "message": "Internal"}]}, "due", ["temporary"]),
        (503, b"busy", "due", ["temporary"]),
        (
            400,
            {"errors": [{"error": "ValidationError", "message": "phone_number is too short"}]},
            "failed",
            ["permanent"],
        ),
        (400, {"errors": "nonsense"}, "failed", ["permanent"]),
        (200, b"no json", "due", ["unknown"]),
        (403, {"errors": [{"message": "Invalid token: API key not found"}]}, "due", []),
        (401, {"errors": [{"message": "Unauthorized"}]}, "due", []),
        (429, {"errors": [{"message": "Exceeded rate limit"}]}, "due", []),
        (429, {"errors": [{"message": "Exceeded send limits (250000) for today"}]}, "due", []),
        (400, {"errors": [{"message": "Template not found"}]}, "due", []),
    ],
)
def test_what_notify_answers_is_sorted_like_a_mail_servers(
    status: int,
    body: object,
    state: str,
    outcome: list[str],
    school_day: datetime,
    queued: Queue,
    notify: FakeNotify,
) -> None:
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    notify.answers = [(status, body)]
    services.run_due(school_day)
    assert states() == {"a": ("sms", state)}
    assert outcomes() == outcome
    # What is about us costs no message a try, and the provider rests.
    faults = Provider.objects.get(name="notify").faults
    assert (faults > 0) == (state == "due" and not outcome)


def test_notify_that_is_away_keeps_back_no_mail(
    school_day: datetime, queued: Queue, notify: FakeNotify, settings: Any
) -> None:
    settings.NOTIFY = Notify(api_key=API_KEY, template="t", url="http://127.0.0.1:9")
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day), draft(letters.ALERT, "b", at=school_day))
    report = services.run_due(school_day)
    assert states() == {"a": ("sms", "due"), "b": ("email", "sent")}
    assert Notice.objects.get(key="a").failures == 0
    assert report.sent == 1
    assert providers.in_use()[-1].name == "notify"


def test_frozen_notify_is_given_up_and_asked_before_the_message_goes_again(
    school_day: datetime, queued: Queue, notify: FakeNotify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.delivery.sms.TIMEOUT", 0.3)
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    notify.silent.set()
    services.run_due(school_day)
    assert outcomes() == ["unknown"]
    notify.silent.clear()
    services.run_due(school_day + MINUTE)
    assert states() == {"a": ("sms", "sent")}
    assert len(notify.taken) == 1


def test_line_that_drops_after_the_message_sends_it_once(
    school_day: datetime, queued: Queue, notify: FakeNotify
) -> None:
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    notify.drops_after_taking = 1
    services.run_due(school_day)
    services.run_due(school_day + MINUTE)
    assert outcomes() == ["unknown", "accepted"]
    assert len(notify.taken) == 1


def test_text_messages_switched_off_are_sent_as_mail_where_there_is_one(
    school_day: datetime, queued: Queue, notify: FakeNotify, settings: Any
) -> None:
    guardian, pupil_id = mother()
    queued(to(guardian, pupil_id, at=school_day))
    settings.SMS_PROVIDER = ""
    Guardian.objects.update(email="new@family.example")
    services.run_due(school_day)
    services.run_due(school_day)
    assert states() == {"a": ("email", "sent")}


def test_every_kind_that_goes_by_text_message_has_its_template() -> None:
    told = [kind for kind in kinds.kinds() if kind.by_sms and not kind.name.startswith("test_")]
    assert len(told) >= 9
    for kind in told:
        get_template(f"{kind.template}_sms.txt")
