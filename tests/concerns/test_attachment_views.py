"""The pages of files: what stands before an upload, what is refused beside the field, how one is served."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import policy, services
from concerns.models import Attachment, Concern, PictureElsewhere
from concerns.policy import SealedAs
from school.models import StaffMember
from schoolsafe.lib.providers import Clamav
from schoolsafe.lib.uploads import MOST_KEPT
from tests import factories
from tests.concerns import log as make
from tests.concerns import papers
from tests.concerns.test_attachments import NAME, WORDS, attach

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def concern(school_day: datetime, host: StaffMember, lead: StaffMember) -> Concern:
    return make.log(host, make.child(factories.make_pupil("Cat", "Clark")))


def upload(content: bytes = papers.PDF, name: str = "a name.exe") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def sent(*files: SimpleUploadedFile, **changes: object) -> dict[str, object]:
    """The form as it is sent; what the browser calls a file counts for nothing."""
    typed = {"chosen_files": list(files), "what": WORDS, "is_declared": "on"} | changes
    return {name: value for name, value in typed.items() if value is not None}


def url(page: str, of: Concern | Attachment) -> str:
    if isinstance(of, Concern):
        return reverse(f"concerns:{page}", args=[of.reference])
    return reverse(f"concerns:{page}", args=[of.concern.reference, of.code])


def text_of(answer: Any) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


# --- Attaching -------------------------------------------------------------------------------------
def test_e16_warning_stands_before_the_files_are_chosen(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    page = staff_client(host, second_factor=False).get(url("attach", concern)).content.decode()
    warning = page.index("Do not view, copy, save, print, forward or upload it")
    assert warning < page.index('type="file"')
    assert url("picture", concern) in page
    assert "07700 900111" in page
    assert 'name="is_declared"' in page
    assert "checked" not in page


def test_e1_page_never_says_to_ring_whom_the_concern_is_about(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    StaffMember.objects.filter(pk=head.pk).update(telephone="07700 900222")
    concern = make.log(host, make.accused(lead))
    for page in ("attach", "picture"):
        shown = staff_client(host).get(url(page, concern)).content.decode()
        assert "07700 900222" in shown
        assert "07700 900111" not in shown


def test_reporter_attaches_without_a_second_factor_and_sees_it_on_their_page(
    concern: Concern, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host, second_factor=False)
    answer = client.post(url("attach", concern), sent(upload(papers.picture(), NAME), upload()))
    assert (answer.status_code, answer["Location"]) == (302, url("received", concern))
    assert [(file.kind, file.name) for file in concern.attachments.all()] == [
        ("jpg", NAME),
        ("pdf", "a name.exe"),
    ]
    page = text_of(client.get(url("received", concern)))
    assert page.count(WORDS) == 2
    # Its name may be evidence, and it names a child: it stands on its own page alone.
    assert NAME not in page


def test_e17_no_picture_stands_on_the_page_of_a_concern_or_of_the_file(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    [file] = attach(concern, host, papers.picture())
    client = staff_client(lead)
    pages = [client.get(url("detail", concern)), client.get(url("file", file))]
    for page in pages:
        assert page.status_code == 200
        assert "<img" not in page.content.decode()
    assert "Show the picture" in text_of(pages[1])
    assert NAME in text_of(pages[1])
    assert AuditEntry.objects.filter(verb="concern.attachment.read").count() == 0


@pytest.mark.parametrize(
    ("files", "changes", "words"),
    [
        ([], {}, "Choose a file."),
        ([upload()], {"is_declared": None}, "If one is, or might be, do not upload it"),
        ([upload()], {"what": ""}, "Say in a few words what it is."),
        ([upload(b"")], {}, "This file is empty."),
        ([upload(b"<html><script>alert(1)</script>", "a.pdf")], {}, "This is a web page"),
        ([upload(b"MZ\x90\0")], {}, "This is not a file that can be kept."),
        ([upload(bytes(MOST_KEPT + 1))], {}, "A file may have 10 MB at most."),
        ([upload(papers.TEXT)] * 11, {}, "Choose at most 10 files at once."),
    ],
    ids=["none", "undeclared", "no words", "empty", "web page", "program", "too large", "too many"],
)
def test_what_is_wrong_stands_beside_the_field_and_says_to_choose_again(
    files: list[Any],
    changes: dict[str, object],
    words: str,
    concern: Concern,
    host: StaffMember,
    staff_client: SignIn,
) -> None:
    for file in files:
        file.seek(0)
    answer = staff_client(host).post(url("attach", concern), sent(*files, **changes))
    page = text_of(answer)
    assert answer.status_code == 422
    assert words in page
    assert ("Choose the files once more" in page) == bool(files)
    assert Attachment.objects.count() == 0
    if changes.get("what", WORDS):
        assert WORDS in answer.content.decode()


def test_one_bad_file_among_several_is_named_and_none_is_kept(
    concern: Concern, host: StaffMember, staff_client: SignIn
) -> None:
    bad = upload(b"MZ\x90\0", "setup.pdf")
    page = text_of(staff_client(host).post(url("attach", concern), sent(upload(), bad)))
    assert "setup.pdf: This is not a file that can be kept." in page
    assert Attachment.objects.count() == 0


def test_scanner_that_is_down_refuses_the_file_in_words_and_takes_the_text(
    settings: Any, concern: Concern, host: StaffMember, staff_client: SignIn
) -> None:
    settings.CLAMAV = Clamav(socket="/nowhere")
    client = staff_client(host)
    answer = client.post(url("attach", concern), sent(upload()))
    assert answer.status_code == 422
    assert "The virus scanner does not answer, so no file is taken now." in text_of(answer)
    assert client.post(url("add", concern), {"text": "MARKERMORE"}).status_code == 302
    assert [entry.text for entry in concern.entries.all()] == ["MARKERMORE"]


def test_refusal_of_the_service_stands_on_the_form(
    concern: Concern, host: StaffMember, staff_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy.attachments, "MOST_FILES", 0)
    answer = staff_client(host).post(url("attach", concern), sent(upload()))
    assert answer.status_code == 422
    assert "A concern takes" in text_of(answer)


# --- Serving ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "disposition", "media"),
    [
        (papers.picture(), "inline", "image/jpeg"),
        (papers.picture("PNG"), "inline", "image/png"),
        (papers.PDF, "attachment", "application/pdf"),
        (papers.TEXT, "attachment", "text/plain; charset=utf-8"),
    ],
    ids=["jpeg", "png", "pdf", "text"],
)
def test_e17_file_is_served_under_another_name_apart_from_everything_of_ours(
    content: bytes,
    disposition: str,
    media: str,
    concern: Concern,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    [file] = attach(concern, host, content)
    answer = staff_client(lead).get(url("open_file", file))
    assert answer.status_code == 200
    assert answer["Content-Type"] == media
    assert answer["Content-Disposition"] == f'{disposition}; filename="{file.served_name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    policy_ = dict(
        part.split(" ", 1) if " " in part else (part, "")
        for part in answer["Content-Security-Policy"].split("; ")
    )
    strictest = {"default-src": "'none'", "frame-ancestors": "'none'", "sandbox": ""}
    assert {name: policy_.get(name) for name in strictest} == strictest
    assert "MARKER" not in str(answer.headers)
    [look] = AuditEntry.objects.filter(verb="concern.attachment.read")
    assert (look.actor, look.detail) == (lead.actor, {"file": file.code})


def test_reader_without_a_second_factor_sees_no_file(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    [file] = attach(concern, host)
    client = staff_client(lead, second_factor=False)
    assert client.get(url("file", file)).status_code == 404
    assert client.get(url("open_file", file)).status_code == 404
    assert client.get(url("seal", file)).status_code == 302


def test_code_of_another_concern_opens_nothing(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    [file] = attach(concern, host)
    another = make.log(host)
    address = reverse("concerns:open_file", args=[another.reference, file.code])
    assert staff_client(lead).get(address).status_code == 404
    assert staff_client(host).get(address).status_code == 404


# --- Sealing off, removing, and pictures elsewhere ----------------------------------------------------
def test_sealed_file_is_a_tombstone_on_every_page_and_served_to_nobody(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    [file] = attach(concern, host)
    reader, reporter = staff_client(lead), staff_client(host)
    assert reader.post(url("seal", file), {"sealed_as": "wrong_file"}).status_code == 422
    answer = reader.post(url("seal", file), {"sealed_as": "wrong_file", "reason": "MARKERWHY"})
    assert (answer.status_code, answer["Location"]) == (302, url("file", file))

    for client, page in ((reader, "detail"), (reporter, "received")):
        shown = text_of(client.get(url(page, concern)))
        assert "A file that is sealed off" in shown
        assert client.get(url("open_file", file)).status_code == 403
    assert "MARKERWHY" in text_of(reader.get(url("file", file)))
    # Why the team did so is nothing the reporter sees (E5).
    assert "MARKERWHY" not in text_of(reporter.get(url("file", file)))


def test_e96_one_asks_and_another_destroys(
    concern: Concern,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    staff_client: SignIn,
) -> None:
    [file] = attach(concern, host, papers.picture())
    services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")
    one, other = staff_client(lead), staff_client(deputy)

    assert one.post(url("remove", file), {"reason": " "}).status_code == 422
    assert one.post(url("remove", file), {"reason": "MARKERPOLICE"}).status_code == 302
    assert "Destroy its content for ever" not in text_of(one.get(url("file", file)))
    page = text_of(other.get(url("file", file)))
    assert "MARKERPOLICE" in page
    assert "Destroy its content for ever" in page
    assert one.post(url("settle_removal", file), {"answer": "confirm"}).status_code == 403
    assert other.post(url("settle_removal", file), {"answer": "perhaps"}).status_code == 404
    assert other.post(url("settle_removal", file), {"answer": "confirm"}).status_code == 302

    assert Attachment.objects.get().original is None
    assert "Its content was destroyed." in text_of(one.get(url("file", file)))
    assert "A file whose content was destroyed" in text_of(one.get(url("detail", concern)))


def test_e16_picture_is_logged_by_where_it_is(
    concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host, second_factor=False)
    assert client.post(url("picture", concern), {"holder": "x"}).status_code == 422
    typed = {"holder": "MARKERHOLDER", "place": "MARKERSAFE", "copied": "nobody"}
    assert client.post(url("picture", concern), typed).status_code == 302
    assert PictureElsewhere.objects.count() == 1
    for person, page in ((host, "received"), (lead, "detail")):
        shown = text_of(staff_client(person).get(url(page, concern)))
        assert "MARKERHOLDER" in shown
        assert "MARKERSAFE" in shown


def test_page_costs_the_same_with_one_file_and_with_ten(
    concern: Concern,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = staff_client(lead)
    attach(concern, host, papers.PDF)
    client.get(url("detail", concern))
    with django_assert_max_num_queries(200) as one:
        client.get(url("detail", concern))
    attach(concern, host, *(f"file {number}".encode() for number in range(9)))
    with django_assert_num_queries(len(one)):
        client.get(url("detail", concern))
