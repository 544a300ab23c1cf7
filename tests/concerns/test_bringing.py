"""Files in the filing form itself: taken by the same checks, and never in the way of the concern (A10, E16, E20)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, services
from concerns.models import Attachment, Concern, NotTaken
from concerns.policy import SealedAs
from concerns.services import Brought
from concerns.services.attachments import UNDECLARED, UNLAWFUL, UNSCANNED
from school.models import StaffMember
from schoolsafe.lib.providers import Clamav
from schoolsafe.lib.uploads import MOST_KEPT
from tests.concerns import log as make
from tests.concerns import papers
from tests.concerns.test_attachment_views import text_of, upload
from tests.concerns.test_full_disk import full
from tests.concerns.test_views import filled, url

SignIn = Callable[..., Client]
LOG = "concerns:log"
MEGABYTE = policy.MEGABYTE
NAME = "MARKERNAME bruise-Aisha-7B.jpg"


# --- The rule --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        ([], []),
        ([1], [True]),
        ([10 * MEGABYTE], [True]),
        ([10 * MEGABYTE + 1, 1], [False, True]),
        ([10 * MEGABYTE] * 5, [True] * 4 + [False]),
        ([10 * MEGABYTE] * 3 + [10 * MEGABYTE + 1, 10 * MEGABYTE], [True] * 3 + [False, True]),
        ([1] * 12, [True] * 10 + [False] * 2),
    ],
)
def test_a10_as_many_files_as_fit_are_taken_in_their_order(
    sizes: list[int], taken: list[bool]
) -> None:
    assert [not fault for fault in policy.faults_of_each(sizes)] == taken


# --- The form --------------------------------------------------------------------------------------
def with_files(*files: SimpleUploadedFile, **changes: object) -> dict[str, object]:
    told = {"chosen_files": list(files), "files_what": "MARKERWHAT", "files_declared": "on"}
    return {key: value for key, value in filled(**told | changes).items() if value is not None}


@pytest.mark.django_db
def test_e16_question_stands_before_the_field_and_is_not_answered_beforehand(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).get(reverse(LOG)).content.decode()
    order = ["Do not view, copy, save, print", 'name="files_declared"', 'name="chosen_files"']
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    assert 'enctype="multipart/form-data"' in page
    assert "multiple" in page[page.index('name="chosen_files"') - 200 :][:400]
    assert "checked" not in page[page.index('id="with-files"') :]


@pytest.mark.django_db
def test_e20_files_come_with_the_concern_and_a_second_click_attaches_nothing(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client, key = staff_client(host, second_factor=False), uuid4()
    for _ in range(2):
        sent = with_files(upload(papers.picture(), NAME), upload(), key=key)
        answer = client.post(reverse(LOG), sent)
        concern = Concern.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, url("received", concern))
    assert [(row.kind, row.words, row.is_declared) for row in concern.attachments.all()] == [
        ("jpg", "MARKERWHAT", True),
        ("pdf", "MARKERWHAT", True),
    ]
    assert NotTaken.objects.count() == 0
    assert "MARKERWHAT" in text_of(staff_client(lead).get(url("detail", concern)))


REFUSED = [
    ([upload(b"MZ\x90\0", NAME)], {}, "This is not a file that can be kept."),
    ([upload(bytes(MOST_KEPT + 1), NAME)], {}, "A file may have 10 MB at most."),
    ([upload(papers.picture(), NAME)], {"files_declared": None}, UNDECLARED),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("files", "changes", "why"), REFUSED, ids=["program", "large", "undeclared"]
)
def test_refused_file_never_loses_the_concern_and_is_said_on_the_page_after(
    files: list[Any],
    changes: dict[str, object],
    why: str,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    files[0].seek(0)
    client, key = staff_client(host), uuid4()
    for _ in range(2):
        files[0].seek(0)
        answer = client.post(reverse(LOG), with_files(*files, key=key, **changes))
        assert answer.status_code == 302
    concern = Concern.objects.get()
    assert (concern.seen, Attachment.objects.count()) == (make.SEEN, 0)
    row = NotTaken.objects.get()
    assert (row.name, row.why.startswith(why)) == (NAME, True)
    page = client.get(url("received", concern))
    assert "The concern is received, these files are not" in text_of(page)
    assert f"{NAME} {why}" in text_of(page)
    assert url("attach", concern) in page.content.decode()
    # The team learns that there is a file, not what its owner called it.
    shown = text_of(staff_client(lead).get(url("detail", concern)))
    assert (f"A file was not taken: {why}" in shown, "MARKERNAME" in shown) == (True, False)
    [entry] = AuditEntry.objects.filter(verb="concern.file_not_taken")
    assert (entry.actor, entry.object, entry.detail) == (host.actor, concern.object, {"files": 1})


@pytest.mark.django_db
def test_one_bad_file_keeps_no_other_out_and_is_quiet_once_another_is_attached(
    school_day: datetime,
    clock_at: Callable[[datetime], object],
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    client = staff_client(host)
    client.post(reverse(LOG), with_files(upload(b"MZ\x90\0", NAME), upload(papers.TEXT)))
    concern = Concern.objects.get()
    assert [row.kind for row in concern.attachments.all()] == ["txt"]
    assert NAME in text_of(client.get(url("received", concern)))
    clock_at(school_day.replace(minute=59))
    again = services.check_file("a", papers.PDF)
    services.attach(concern, [again], by=host, words="x", is_declared=True)
    page = text_of(client.get(url("received", concern)))
    assert (NAME in page, "A file was not taken" in page) == (False, True)


@pytest.mark.django_db
def test_scanner_that_is_down_takes_the_concern_and_no_file(
    settings: Any, school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    settings.CLAMAV = Clamav(socket="/nowhere")
    client = staff_client(host)
    client.post(reverse(LOG), with_files(upload()))
    concern = Concern.objects.get()
    assert Attachment.objects.count() == 0
    assert UNSCANNED in text_of(client.get(url("received", concern)))


@pytest.mark.django_db
def test_e16_file_that_was_removed_for_ever_keeps_no_other_out(
    school_day: datetime, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    concern, picture = make.log(host), papers.picture()
    [file] = services.attach(
        concern, [services.check_file("x", picture)], by=host, words="x", is_declared=True
    )
    services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")
    services.propose_removal(file, by=lead, reason="x")
    services.confirm_removal(file, by=deputy)
    brought = [
        Brought(name=NAME, size=len(picture), content=picture),
        Brought(name="letter", size=len(papers.PDF), content=papers.PDF),
    ]
    [kept] = services.bring(concern, brought, by=host, is_declared=True)
    assert (kept.kind, kept.words) == ("pdf", "Sent with the concern")
    assert [(row.name, row.why) for row in NotTaken.objects.all()] == [(NAME, UNLAWFUL)]


@pytest.mark.django_db
def test_form_that_is_wrong_keeps_the_text_and_says_to_choose_the_files_again(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    answer = client.post(reverse(LOG), with_files(upload(), urgency=""))
    page = answer.content.decode()
    assert (answer.status_code, Concern.objects.count()) == (422, 0)
    assert answer.context["form"].errors.keys() == {"urgency"}
    assert (make.SEEN in page, "Choose the files once more" in page) == (True, True)
    assert "Choose the files once more" not in client.get(reverse(LOG)).content.decode()


@pytest.mark.django_db
def test_draft_keeps_what_a_file_is_and_not_that_it_may_be_taken(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    answer = client.post(reverse(LOG), with_files(upload(), keep="1"), follow=True)
    form = answer.context["form"]
    assert (Concern.objects.count(), Attachment.objects.count()) == (0, 0)
    assert (form["files_what"].value(), form["files_declared"].value()) == ("MARKERWHAT", None)


@pytest.mark.django_db
def test_full_disk_takes_the_concern_and_says_that_its_files_are_not_taken(
    school_day: datetime,
    host: StaffMember,
    staff_client: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "bring", full)
    answer = staff_client(host).post(reverse(LOG), with_files(upload()), follow=True)
    assert Concern.objects.count() == 1
    assert "The concern is received, its files are NOT TAKEN" in text_of(answer)


@pytest.mark.django_db
def test_reporter_never_reads_of_a_file_that_somebody_else_brought(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)
    bad = Brought(name=NAME, size=4, content=b"MZ\x90\0")
    services.bring(concern, [bad], by=lead, is_declared=True)
    assert NotTaken.objects.get().by == lead
    page = text_of(staff_client(host).get(url("received", concern)))
    assert ("MARKERNAME" in page, "not taken" in page) == (False, False)
