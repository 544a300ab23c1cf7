"""The outbox page, the health page and the development mailbox."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from notices import services
from notices.models import Delivery, Notice, Provider
from school.models import StaffMember
from schoolsafe import mailbox
from tests import factories
from tests.notices.letters import BROKEN, REQUEST, SECRET, draft
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db

Queue = Callable[..., list[Notice]]
SignIn = Callable[..., Client]


@pytest.fixture
def failed(school_day: datetime, queued: Queue, sink: Sink) -> Notice:
    """A letter to a guardian whose mail server refuses it for good."""
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil, name="Grace Guardian")
    sink.rcpt_answers[guardian.email] = ["550 no such user here"]
    [notice] = queued(
        draft(REQUEST, "f", at=school_day, guardian_id=guardian.pk, pupil_ids=(pupil.pk,))
    )
    services.run_due(school_day)
    notice.refresh_from_db()
    assert notice.state == "failed"
    return notice


def test_outbox_shows_the_office_what_failed_to_whom_and_why(
    failed: Notice, office: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(office).get("/outbox/").content.decode()
    assert "Grace Guardian" in page
    assert "550 no such user here" in page
    assert f'action="/outbox/{failed.name}/send-again/"' in page


def test_outbox_with_a_letter_that_waits_for_another_try_does_not_say_that_all_have_left(
    school_day: datetime, queued: Queue, sink: Sink, office: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(office)
    services.run_due(school_day)
    assert "Every message that is due has left." in client.get("/outbox/").content.decode()
    pupil = factories.make_pupil()
    guardian = factories.make_guardian(pupil)
    sink.rcpt_answers[guardian.email] = ["451 come again later"]
    queued(draft(REQUEST, "w", at=school_day, guardian_id=guardian.pk, pupil_ids=(pupil.pk,)))
    services.run_due(school_day)
    page = client.get("/outbox/").content.decode()
    assert "Every message that is due has left." not in page
    assert "1 message has not left yet and is tried again." in page
    assert "The mail server said: 451 come again later" in page


def test_outbox_with_a_letter_that_cannot_be_written_does_not_blame_the_mail_server(
    school_day: datetime, queued: Queue, office: StaffMember, staff_client: SignIn
) -> None:
    [notice] = queued(draft(BROKEN, "b", at=school_day))
    services.run_due(school_day)
    client = staff_client(office)
    page = client.get("/outbox/").content.decode()
    assert "Could not be written (RuntimeError)" in page
    assert "mail server" not in page
    tries = client.get(f"/outbox/{notice.name}/").content.decode()
    assert "it was not given to the mail server" in tries
    assert "the mail server could not take it" not in tries


def test_outbox_shows_it_kinds_and_counts_and_no_names(
    failed: Notice, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(it_superuser)
    page = client.get("/outbox/").content.decode()
    assert "Grace Guardian" not in page
    assert "Test request" in page
    assert client.get(f"/outbox/{failed.name}/").status_code == 403
    assert client.post(f"/outbox/{failed.name}/send-again/").status_code == 403


def test_outbox_is_not_for_teachers(host: StaffMember, staff_client: SignIn) -> None:
    assert staff_client(host).get("/outbox/").status_code == 403


def test_outbox_and_admin_show_nobody_a_sensitive_notice(
    school_day: datetime,
    queued: Queue,
    lead: StaffMember,
    deputy: StaffMember,
    it_superuser: StaffMember,
    staff_client: SignIn,
) -> None:
    secret, plain = queued(
        draft(SECRET, "s", at=school_day, staff_id=deputy.pk),
        draft(REQUEST, "p", at=school_day, staff_id=deputy.pk),
    )
    services.run_due(school_day)
    for person in (lead, it_superuser):
        client = staff_client(person)
        page = client.get("/outbox/").content.decode()
        assert "Test request" in page
        assert "Test secret" not in page
        assert client.get(f"/outbox/{secret.name}/").status_code in {403, 404}
    client = staff_client(lead)
    assert client.get(f"/outbox/{plain.name}/").status_code == 200
    listed = client.get("/admin/notices/notice/").content.decode()
    assert "test_request" in listed
    assert re.findall(r"/admin/notices/notice/([^/]*)/change/", listed) == [plain.name]
    assert client.get(f"/admin/notices/notice/{secret.name}/change/").status_code == 404
    assert client.post("/outbox/send-again/", {"kind": "test_secret"}).status_code == 404


def test_admin_shows_no_text(
    school_day: datetime, queued: Queue, lead: StaffMember, staff_client: SignIn
) -> None:
    [notice] = queued(draft(REQUEST, "p", at=school_day))
    services.run_due(school_day)
    client = staff_client(lead)
    page = client.get(f"/admin/notices/notice/{notice.name}/change/").content.decode()
    assert "tests.thing:p" in page
    assert "Dear family" not in page
    assert "Dear family" in client.get(f"/outbox/{notice.name}/").content.decode()


def test_send_again_asks_again_and_is_audited(
    failed: Notice, office: StaffMember, staff_client: SignIn, sink: Sink, school_day: datetime
) -> None:
    client = staff_client(office)
    sink.rcpt_answers.clear()
    assert client.post(f"/outbox/{failed.name}/send-again/").status_code == 302
    services.run_due(school_day)
    failed.refresh_from_db()
    assert failed.state == "sent"
    [entry] = Entry.objects.filter(verb="notice.send_again")
    assert (entry.actor, entry.object) == (office.actor, f"notices.notice:{failed.pk}")
    assert client.post(f"/outbox/{failed.name}/send-again/").status_code == 403


def test_send_again_to_a_blocked_guardian_is_dropped(
    failed: Notice, head: StaffMember, sink: Sink, school_day: datetime
) -> None:
    tie = failed.guardian.guardianships.get()
    tie.blocked_from, tie.block_reason, tie.block_evidence = school_day.date(), "order", "file"
    tie.block_approved_by = head
    tie.save()
    sink.rcpt_answers.clear()
    services.send_again(failed, by=head)
    services.run_due(school_day)
    failed.refresh_from_db()
    assert (failed.state, sink.recipients) == ("dropped", [])


def test_it_sends_a_kind_again_without_seeing_names(
    failed: Notice, it_superuser: StaffMember, staff_client: SignIn
) -> None:
    response = staff_client(it_superuser).post("/outbox/send-again/", {"kind": "test_request"})
    assert response.status_code == 302
    failed.refresh_from_db()
    assert failed.state == "due"


def test_outbox_names_the_expected_finish(
    school_day: datetime, queued: Queue, office: StaffMember, staff_client: SignIn, settings: Any
) -> None:
    settings.MAIL_RATE_PER_MINUTE = 30
    services.beat("once", now=school_day)
    queued(*(draft(REQUEST, f"k{number}", at=school_day) for number in range(250)))
    page = staff_client(office).get("/outbox/").content.decode()
    assert "250 messages are on their way." in page
    assert "Tuesday 15 September, 2:10 pm" in " ".join(page.split())


def test_outbox_costs_the_same_queries_for_any_number(
    school_day: datetime, queued: Queue, office: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(office)

    def cost(rows: int) -> int:
        queued(*(draft(BROKEN, f"{rows}-{number}", at=school_day) for number in range(rows)))
        with CaptureQueriesContext(connection) as seen:
            client.get("/outbox/")
        return len(seen)

    first = cost(1)
    assert cost(3) == cost(30) == first


LATE = "messages overdue by more than fifteen minutes"


def test_health_tells_anybody_whether_messages_leave_and_staff_why_not(
    school_day: datetime,
    queued: Queue,
    client: Client,
    it_superuser: StaffMember,
    staff_client: SignIn,
) -> None:
    services.beat("once", now=school_day)
    queued(draft(REQUEST, "one", at=school_day - timedelta(minutes=16)))
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "red", "sweep": "running"})
    assert LATE in staff_client(it_superuser).get("/outbox/").content.decode()
    services.run_due(school_day)
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "sweep": "running"})


def test_health_says_that_no_sweep_has_run(school_day: datetime, client: Client) -> None:
    silent = {"status": "red", "sweep": "silent"}
    assert client.get("/health/").json() == silent
    services.beat("once", now=school_day - timedelta(minutes=11))
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, silent)


def test_sensitive_notice_that_is_due_shows_in_no_count_and_no_forecast(
    school_day: datetime,
    queued: Queue,
    deputy: StaffMember,
    it_superuser: StaffMember,
    client: Client,
    staff_client: SignIn,
) -> None:
    services.beat("once", now=school_day)
    it = staff_client(it_superuser)

    def seen() -> tuple[bytes, str]:
        page = it.get("/outbox/").content.decode()
        return client.get("/health/").content, page[page.index("<main") : page.index("</main")]

    before = seen()
    later, again = school_day + timedelta(hours=10), school_day + timedelta(minutes=5)
    due, _, tried = queued(
        *(draft(SECRET, key, at=school_day, staff_id=deputy.pk) for key in ("a", "b", "c"))
    )
    Notice.objects.filter(key="b").update(try_at=later)
    Notice.objects.filter(pk=tried.pk).update(try_at=again, failures=1)
    assert seen() == before
    Notice.objects.filter(pk=due.pk).update(state="sending", leased_until=again)
    assert seen() == before
    queued(draft(REQUEST, "d", at=school_day))
    assert "1 message is on its way." in seen()[1]


def test_health_is_red_when_an_alert_of_a_concern_does_not_leave(
    school_day: datetime, queued: Queue, deputy: StaffMember, client: Client
) -> None:
    services.beat("once", now=school_day)
    assert client.get("/health/").status_code == 200
    queued(draft(SECRET, "s", at=school_day - timedelta(minutes=16), staff_id=deputy.pk))
    assert client.get("/health/").status_code == 503


@pytest.fixture
def post(settings: Any, tmp_path: Path) -> Callable[[str], None]:
    """Put letters into a mailbox of this test."""
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "schoolsafe.mailbox.MailboxBackend"
    settings.DEVELOPMENT = True

    def send(to: str) -> None:
        message = EmailMultiAlternatives("Grüße", "See http://x.example/c/1/", to=[to])
        message.attach_alternative("<p style='color:red'>See</p>", "text/html")
        message.connection = mailbox.MailboxBackend()
        message.send()

    return send


def letters(to: str = "") -> list[mailbox.Letter]:
    """Every letter, newest first."""
    return [one for name in mailbox.names(to) if (one := mailbox.letter(name))]


def test_mailbox_keeps_each_letter_whole_newest_first(post: Callable[[str], None]) -> None:
    assert letters() == []
    post("a@family.example")
    post("b@family.example")
    newest, oldest = letters()
    assert (newest.to, oldest.to) == ("b@family.example", "a@family.example")
    assert newest.text.strip() == "See http://x.example/c/1/"
    assert newest.subject == "Grüße"
    assert [one.to for one in letters("A@family")] == ["a@family.example"]
    mailbox.empty()
    assert letters() == []


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The letters that are read whole, in their order."""
    found: list[str] = []
    read_bytes = Path.read_bytes

    def note(file: Path) -> bytes:
        found.append(file.stem)
        return read_bytes(file)

    monkeypatch.setattr(Path, "read_bytes", note)
    return found


def test_mailbox_reads_the_letters_of_its_page_and_no_others(
    post: Callable[[str], None], school: object, client: Client, read: list[str]
) -> None:
    for number in range(51):
        post(f"a{number}@family.example")
        post(f"b{number}@family.example")
    every = mailbox.names()
    assert (len(every), read) == (102, [])
    for page, names in (("", every[:50]), ("2", every[50:100]), ("3", every[100:])):
        read.clear()
        answer = client.get("/mailbox/", {"page": page})
        assert read == names
        assert [one.name for one in answer.context["letters"]] == names
    assert "101 to 102 of 102 letters, newest first." in answer.content.decode()
    assert 'href="?page=2"' in answer.content.decode()


def test_mailbox_of_one_address_reads_only_what_it_shows(
    post: Callable[[str], None], school: object, client: Client, read: list[str]
) -> None:
    for number in range(51):
        post(f"a{number}@family.example")
        post("b+c&d@family.example")
    answer = client.get("/mailbox/", {"to": " B+C&d@family "})
    assert {one.to for one in answer.context["letters"]} == {"b+c&d@family.example"}
    assert len(read) == len(answer.context["letters"]) == 50
    [older] = re.findall(r'rel="next"\s+href="([^"]*)"', answer.content.decode())
    rest = client.get("/mailbox/" + unescape(older))
    assert [one.to for one in rest.context["letters"]] == ["b+c&d@family.example"]
    nobody = client.get("/mailbox/", {"to": "who@nobody"})
    assert "No letter to this address." in nobody.content.decode()


def test_mailbox_pages_show_a_letter(
    post: Callable[[str], None], school: object, client: Client
) -> None:
    post("a@family.example")
    [letter] = letters()
    assert "a@family.example" in client.get("/mailbox/").content.decode()
    page = client.get(f"/mailbox/{letter.name}/").content.decode()
    assert 'href="http://x.example/c/1/"' in page
    shown = client.get(f"/mailbox/{letter.name}/page/")
    assert shown.content.decode().strip() == "<p style='color:red'>See</p>"
    assert "style-src 'self' 'unsafe-inline'" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["..", "nothing", "1-2-3", "0" * 20])
def test_mailbox_knows_no_other_file(
    name: str, post: Callable[[str], None], school: object, client: Client
) -> None:
    post("a@family.example")
    assert mailbox.letter(name) is None


def test_mailbox_exists_in_development_only(
    post: Callable[[str], None], school: object, client: Client, settings: Any
) -> None:
    post("a@family.example")
    [letter] = letters()
    pages = ("/mailbox/", f"/mailbox/{letter.name}/", f"/mailbox/{letter.name}/page/")
    assert [client.get(url).status_code for url in pages] == [200] * 3
    settings.DEVELOPMENT = False
    assert [client.get(url).status_code for url in pages] == [404] * 3


def test_e8_no_address_of_a_message_tells_of_the_hidden_ones(
    school_day: datetime,
    queued: Queue,
    deputy: StaffMember,
    office: StaffMember,
    staff_client: SignIn,
) -> None:
    first, secret, last = queued(
        draft(REQUEST, "p", at=school_day, staff_id=deputy.pk),
        draft(SECRET, "s", at=school_day, staff_id=deputy.pk),
        draft(REQUEST, "q", at=school_day, staff_id=deputy.pk),
    )
    client = staff_client(office)
    page = client.get("/outbox/").content.decode()
    assert set(re.findall(r'href="/outbox/([^"/?]+)/"', page)) == {first.name, last.name}
    assert client.get(f"/admin/notices/notice/{first.name}/change/").status_code == 200
    for hidden in (first.pk, secret.pk, secret.name):
        assert client.get(f"/admin/notices/notice/{hidden}/change/").status_code == 404
        assert client.get(f"/outbox/{hidden}/").status_code == 404
    services.run_due(school_day)
    tried = Delivery.objects.get(notice=first)
    listed = client.get("/admin/notices/delivery/").content.decode()
    assert f"{first.kind} ({first.about})" in listed
    assert re.findall(r"/admin/notices/delivery/\d", listed) == []
    assert client.get(f"/admin/notices/delivery/{tried.pk}/change/").status_code == 404


def test_e8_it_does_not_see_how_many_messages_have_left(
    school_day: datetime,
    queued: Queue,
    deputy: StaffMember,
    it_superuser: StaffMember,
    staff_client: SignIn,
    settings: Any,
) -> None:
    settings.MAIL_DAILY_QUOTA = 100
    queued(draft(REQUEST, "p", at=school_day, staff_id=deputy.pk))
    services.run_due(school_day)
    provider = Provider.objects.get()
    client = staff_client(it_superuser)
    address = f"/admin/notices/provider/{provider.pk}/change/"

    def fields() -> list[str]:
        page = client.get(address).content.decode()
        return re.findall(r'(?s)<div class="readonly">(.*?)</div>', page)

    before = fields()
    assert before
    queued(draft(SECRET, "s", at=school_day, staff_id=deputy.pk))
    services.run_due(school_day)
    assert Provider.objects.get().counted == provider.counted + 1
    assert fields() == before
