"""Paper: whom a form is printed for, what stands on it, what comes back and who sees it."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from audit.models import Entry
from consent import links, services
from consent.models import Answer, PaperForm, Scan
from consent.pages import form_paper
from consent.pages.form import form_words
from consent.policy import Kind, Status, may_have_form
from consent.selectors import requests_to_print
from school.models import Guardian, Pupil, StaffMember
from school.policy import Refusal
from school.selectors import front
from schoolsafe.lib import clock, encryption, rotation, scans
from schoolsafe.lib.encryption import WrongKey
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.scans import ScanKind
from tests import factories
from tests.consent.builders import answer, ask, consent_of, plan, request_of
from tests.lib.test_scans import PDF, of_points, picture


def printed(by: StaffMember, question: Any, **facts: Any) -> list[PaperForm]:
    return services.print_forms(question, by=by, **facts)


# --- For whom -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("refusal", "is_suspended", "has_left", "expected"),
    [
        ("", False, False, True),
        (Refusal.NO_ADDRESS, False, False, True),
        (Refusal.SHARES_BLOCKED_ADDRESS, False, False, True),
        (Refusal.BLOCKED, False, False, False),
        (Refusal.SUSPENDED, False, False, False),
        (Refusal.LEFT, False, False, False),
        (Refusal.PUPIL_DECIDES, False, False, False),
        ("", True, False, False),
        ("", False, True, False),
        ("nobody is on record", False, False, True),
    ],
)
def test_form_is_for_those_whom_paper_may_reach(
    refusal: str, is_suspended: bool, has_left: bool, expected: bool
) -> None:
    assert may_have_form(refusal, is_suspended=is_suspended, has_left=has_left) is expected


def test_e30_guardian_with_a_contact_block_gets_no_form(
    host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    blocked = factories.make_guardian(maya, name="Blocked Okafor")
    question = ask(host, maya)
    assert len(printed(host, question)) == 2
    blocked.guardianships.update(
        blocked_from=clock.today(),
        block_reason="order",
        block_evidence="file",
        block_approved_by=lead,
    )
    assert [form.request.guardian for form in printed(host, question)] == [mum]
    request = request_of(question, maya, blocked)
    with pytest.raises(NotAllowed, match="nobody a form could be printed for"):
        printed(host, question, request_ids=[request.pk])


def test_forms_that_are_missing_leave_out_who_has_answered(
    host: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian
) -> None:
    question = ask(host, maya)
    answer(request_of(question, maya, mum), takes_part=True)
    found = requests_to_print(question.pk, clock.now(), is_for_missing=True)
    assert [request.guardian for request in found] == [dad]
    assert len(requests_to_print(question.pk, clock.now())) == 2


def test_e45_child_with_nobody_on_record_has_a_form(host: StaffMember, school: Any) -> None:
    child = factories.make_pupil("Ada", "Lane")
    [form] = printed(host, ask(host, child))
    words = form_words(form, front(), now=clock.now())
    assert (words.addressee, words.question) == ("", "May Ada L. take part in this call?")


def test_printing_is_audited_and_costs_the_same_for_many(
    host: StaffMember, maya: Pupil, mum: Guardian, django_assert_num_queries: Any
) -> None:
    question = ask(host, maya)
    with CaptureQueriesContext(connection) as for_one:
        [form] = printed(host, question)
    entry = Entry.objects.get(verb="consent.print")
    assert (entry.actor, entry.object) == (host.actor, f"consent.question:{question.pk}")
    assert (entry.detail["forms"], entry.detail["version"]) == ([form.pk], 1)
    more = [factories.make_pupil() for _ in range(5)]
    for pupil in more:
        factories.make_guardian(pupil)
    question = ask(host, maya, *more)
    with django_assert_num_queries(len(for_one)):
        assert len(printed(host, question)) == 6


def test_no_form_once_the_call_has_begun(
    host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    travel(question.closes_at)
    with pytest.raises(NotAllowed, match="has begun"):
        printed(host, question)


def test_e49_form_says_that_nobody_has_read_its_translation_over(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    assert form_words(form, front(), now=clock.now()).drafted == ""
    Guardian.objects.filter(pk=mum.pk).update(language="pl")
    [form] = printed(host, ask(host, maya, about="meetings.meeting:2"))
    assert form_words(form, front(), now=clock.now()).drafted.startswith("To tłumaczenie")


def test_form_that_was_keyed_in_says_so(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian,
    staff_client: Callable[..., Client],
) -> None:  # fmt: skip
    [form] = printed(host, ask(host, maya))
    address = f"/consent/{form.request_id}/record/?form={form.pk}"
    client = staff_client(office)
    assert "Keyed in already" not in client.get(address).content.decode()
    came_back(form, office)
    told = " ".join(client.get(address).content.decode().split())
    assert "Keyed in already" in told
    assert "As yes, by Olive Office" in told


# --- What stands on it ----------------------------------------------------------------------------
def test_form_says_what_the_page_says(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    [form] = printed(host, ask(host, maya, asked=plan(is_recorded=True)))
    words = form_words(form, front(), now=clock.now())
    assert words.question == "May Maya O. take part in this call?"
    assert dict(words.plan) == {
        "Child": "Maya O.",
        "What": "Reading group. Reading together",
        "When": "Friday 25 September, 2:00 pm to 2:45 pm",
        "With": "Helen Host, Colin Cohost",
        "On": "Microsoft Teams",
        "Recorded": "Yes, by the school",
    }
    assert words.part == ("Yes, Maya O. may take part", "No, Maya O. may not take part")
    assert words.recording == (
        "May the call be recorded?",
        "Yes, it may be recorded",
        "No, it may not be recorded",
    )
    assert words.blanks == ("Your full name", "You are the child's", "Signature", "Date")
    assert words.office == "Questions? Call the school office: 020 7946 0100"
    assert "Okafor" not in f"{words.plan}{words.question}{words.part}"
    content = form_paper([form], now=clock.now())
    assert (content[:5], content.count(b"/Type /Page\n")) == (b"%PDF-", 1)


def test_p5_form_names_who_may_come_in_the_place_of_an_adult(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya, asked=plan(reserves=("Rita Reserve",))))
    told = form_words(form, front(), now=clock.now()).plan
    assert told[3:5] == (
        ("With", "Helen Host, Colin Cohost"),
        ("Or in their place", "Rita Reserve"),
    )


def test_e33_form_of_a_child_with_a_safe_address_hides_what_the_page_hides(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya, asked=plan(reserves=("Rita",)))
    [form] = printed(host, question)
    assert "Helen Host" in str(form_words(form, front(), now=clock.now()))
    Pupil.objects.filter(pk=maya.pk).update(is_address_confidential=True)
    [form] = printed(host, question)
    words = form_words(form, front(), now=clock.now())
    assert [name for name, _ in words.plan] == ["Child", "When", "With", "On", "Recorded"]
    assert dict(words.plan)["With"] == "Ask the school office"
    for hidden in ("Helen", "Colin", "Rita", "Reading", "Maya O."):
        assert hidden not in str(words)


def test_e41_adult_pupil_has_a_form_of_their_own(host: StaffMember, school: Any) -> None:
    from_birth = clock.today().replace(year=2008)
    adult = factories.make_pupil("Ada", "Lane", born_on=from_birth)
    [form] = printed(host, ask(host, adult))
    words = form_words(form, front(), now=clock.now())
    assert (words.question, len(words.blanks)) == ("Will you take part in this call?", 3)


@pytest.mark.parametrize("language", ["ar", "ur", "bn", "uk", "pl"])
def test_e49_form_is_drawn_in_any_writing(
    language: str, host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    """Right to left or not, on one page, with names of every writing in it."""
    Guardian.objects.filter(pk=mum.pk).update(name="أمينة Łukasz Олена মায়া")
    [form] = printed(host, ask(host, maya))
    form.request.guardian.name = "أمينة Łukasz Олена মায়া"
    form.language = language
    assert form_paper([form], now=clock.now()).count(b"/Type /Page\n") == 1


def test_form_of_a_language_we_do_not_speak_is_english(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    """Django itself speaks French: half a form in it would help nobody."""
    Guardian.objects.filter(pk=mum.pk).update(language="fr")
    [form] = printed(host, ask(host, maya))
    assert form.language == "en"


def test_form_with_many_rules_is_written_smaller_or_goes_on(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    rules = tuple(f"Rule {number}: " + "be kind to each other. " * 4 for number in range(40))
    [form] = printed(host, ask(host, maya, asked=plan(conduct=rules)))
    assert form_paper([form], now=clock.now()).count(b"/Type /Page\n") == 2


# --- The code on it -------------------------------------------------------------------------------
def address_of(form: PaperForm) -> str:
    return "/" + links.form_page(form.pk).split("/", 3)[3]


def test_code_holds_nothing_personal_and_opens_the_request_for_staff_alone(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    [form] = printed(host, ask(host, maya))
    address = address_of(form)
    assert Client().get(address)["Location"].startswith("/accounts/login/?next=")
    assert staff_client(host).get(address).status_code == 403
    response = staff_client(office).get(address)
    assert response["Location"] == f"/consent/{form.request_id}/record/?form={form.pk}"
    page = staff_client(office).get(response["Location"]).content.decode()
    assert f'name="form" value="{form.pk}"' in page


def test_code_is_no_key_to_a_familys_page(host: StaffMember, maya: Pupil, mum: Guardian) -> None:
    [form] = printed(host, ask(host, maya))
    token = address_of(form).split("/")[-2]
    assert Client().get(f"/c/{token}/").status_code == 404


def test_link_of_a_family_is_no_code(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    token = links.token(request.pk, request.link_version)
    assert staff_client(office).get(f"/consent/forms/{token}/").status_code == 404


def test_code_of_a_pupil_taken_off_says_so(
    host: StaffMember, office: StaffMember, maya: Pupil, tom: Pupil, staff_client: Any
) -> None:
    question = ask(host, maya, tom)
    form = printed(host, question)[0]
    services.release(question, by=host, pupil_ids=[form.request.pupil_id])
    response = staff_client(office).get(address_of(form))
    assert (response.status_code, b"taken off the call" in response.content) == (403, True)


def test_code_after_the_call_has_begun_says_so(
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Any,
    travel: Any,
) -> None:
    [form] = printed(host, ask(host, maya))
    travel(form.request.question.closes_at)
    response = staff_client(office).get(address_of(form))
    assert (response.status_code, b"has begun" in response.content) == (403, True)


# --- What comes back ------------------------------------------------------------------------------
def came_back(form: PaperForm, by: StaffMember, **facts: Any) -> Answer:
    said: dict[str, Any] = {
        "takes_part": True,
        "may_be_recorded": None,
        "name": "Amina Okafor",
        "relationship": "mother",
        "channel": "paper",
        "form": form,
    }
    return services.record(form.request, by=by, **(said | facts))


def test_e39_paper_answers_the_text_that_was_printed(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    [form] = printed(host, question)
    services.reword(question, by=host, asked=plan(is_recorded=True))
    said = came_back(form, office, may_be_recorded=True)
    assert (said.wording.version, said.text_shown["version"], said.may_be_recorded) == (1, 1, None)
    assert said.text_shown["is_recorded"] is False
    assert consent_of(question, maya).status is Status.VOID
    # The same paper, had the plan not changed, is a yes.
    [form] = printed(host, question)
    assert came_back(form, office, may_be_recorded=True).may_be_recorded is True
    assert consent_of(question, maya).status is Status.GIVEN


def test_page_of_an_old_form_says_what_has_changed(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    question = ask(host, maya)
    [form] = printed(host, question)
    services.reword(question, by=host, asked=plan(staff=("Helen Host", "Rita Reserve")))
    page = staff_client(office).get(f"/consent/{form.request_id}/record/?form={form.pk}")
    assert "With: Helen Host, Colin Cohost → Helen Host, Rita Reserve" in page.content.decode()


def test_form_of_somebody_else_or_of_an_earlier_asking_is_refused(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, dad: Guardian, travel: Any
) -> None:
    question = ask(host, maya)
    form, other = printed(host, question)
    with pytest.raises(NotAllowed, match="somebody else"):
        services.record(
            form.request,
            by=office,
            takes_part=True,
            may_be_recorded=None,
            name="x",
            relationship="mother",
            channel="paper",
            form=other,
        )
    with pytest.raises(NotAllowed, match="belong to an answer on paper"):
        came_back(form, office, channel="telephone")
    services.release(question, by=host, pupil_ids=[maya.pk])
    travel(clock.now() + timedelta(hours=1))
    ask(host, maya)
    with pytest.raises(NotAllowed, match="asked about anew"):
        came_back(form, office)


def typed(**facts: Any) -> dict[str, Any]:
    return {
        "takes_part": "yes",
        "name": "Amina Okafor",
        "relationship": "mother",
        "channel": "paper",
        "at": "2026-09-15T14:00",
        "note": "In the blue folder",
    } | facts


def file(content: bytes, name: str = "Amina Okafor consent.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_scan_is_kept_encrypted_with_its_answer_and_shown_to_those_who_may(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    browser = staff_client(office)
    response = browser.post(f"/consent/{request.pk}/record/", typed(scan=file(picture())))
    assert response.status_code == 302
    kept = Scan.objects.get()
    assert (kept.answer.request, kept.kind, kept.answer.recorded_by) == (request, "jpeg", office)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM consent_scan")
        [(stored,)] = cursor.fetchall()
    assert bytes(stored)[:3] != b"\xff\xd8\xff"
    assert b"JFIF" not in bytes(stored)
    seen = browser.get(f"/consent/answers/{kept.answer_id}/scan/")
    assert (seen.content[:3], seen["Content-Type"]) == (b"\xff\xd8\xff", "image/jpeg")
    assert seen["Content-Disposition"] == f'inline; filename="consent-scan-{kept.answer_id}.jpeg"'
    read = Entry.objects.get(verb="consent.read")
    assert (read.actor, read.object) == (office.actor, f"consent.answer:{kept.answer_id}")


def test_scanned_pdf_is_only_ever_saved(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    browser = staff_client(office)
    browser.post(f"/consent/{request.pk}/record/", typed(scan=file(PDF, "../../etc/passwd.html")))
    number = Scan.objects.get().answer_id
    seen = browser.get(f"/consent/answers/{number}/scan/")
    assert (seen.content, seen["Content-Type"]) == (PDF, "application/pdf")
    assert seen["Content-Disposition"] == f'attachment; filename="consent-scan-{number}.pdf"'
    assert seen["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in seen["Content-Security-Policy"].split("; ")


def test_e50_unclear_paper_is_kept_with_its_scan(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    question = ask(host, maya)
    [form] = printed(host, question)
    facts = typed(
        takes_part="unclear", name="", relationship="", form=form.pk, scan=file(picture("PNG"))
    )
    staff_client(office).post(f"/consent/{form.request_id}/record/", facts)
    said = Answer.objects.get()
    assert (said.kind, said.form, said.scan.kind) == (Kind.UNCLEAR, form, "png")
    assert consent_of(question, maya).status is Status.UNCLEAR


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ a program", "This is not a file that can be kept."),
        (b"", "This file is empty."),
        (picture()[:100], "This picture is not whole."),
        (of_points(7000, 7000), "This picture has too many points: more than 36 million."),
        (b"%PDF-" + b"x" * scans.MOST_BYTES, "This file is larger than 8 MB."),
        (b"%PDF-" + b"x" * (11 * 1024 * 1024), "This file is larger than 8 MB."),
    ],
    ids=["program", "empty", "half", "too many points", "large", "larger than is kept"],
)
def test_bad_upload_is_told_beside_the_field_and_keeps_what_was_typed(
    content: bytes,
    words: str,
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Any,
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    response = staff_client(office).post(
        f"/consent/{request.pk}/record/", typed(scan=file(content))
    )
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, ["scan"])
    assert form.errors["scan"][0].startswith(words)
    page = response.content.decode()
    assert ("In the blue folder" in page, 'value="Amina Okafor"' in page) == (True, True)
    assert Answer.objects.count() == 0


def test_good_scan_beside_another_fault_is_asked_for_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    browser = staff_client(office)
    response = browser.post(f"/consent/{request.pk}/record/", typed(name="", scan=file(picture())))
    assert "your browser does not keep it" in response.content.decode()
    response = browser.post(
        f"/consent/{request.pk}/record/", typed(channel="telephone", scan=file(picture()))
    )
    assert "A scan belongs to an answer on paper." in response.content.decode()
    assert Answer.objects.count() == 0


def test_scan_is_for_those_who_see_all_calls(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    said = came_back(form, office, scan=scans.clean(PDF))
    with pytest.raises(NotAllowed):
        services.look_at_scan(said, by=host)


def test_database_refuses_a_form_by_another_way_and_an_unknown_kind(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    said = came_back(form, office, scan=scans.clean(PDF))
    for change in ({"channel": "telephone"},):
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.filter(pk=said.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Scan.objects.update(kind="gif")
    with pytest.raises(IntegrityError), transaction.atomic():
        Scan.objects.create(answer=said, kind="pdf", size=1, content=b"x")


def test_scan_moves_under_a_new_key_and_a_wrong_one_opens_nothing(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, settings: Any
) -> None:
    from_before = dict(settings.FIELD_KEYS)
    [form] = printed(host, ask(host, maya))
    came_back(form, office, scan=scans.clean(PDF))
    fresh = "s" * 43 + "="
    settings.FIELD_KEYS = {"z9": fresh, **from_before}
    [(model, field)] = [found for found in rotation.files() if found[0] is Scan]
    assert (rotation.rotate_files(model, field), rotation.rotate_files(model, field)) == (1, 0)
    settings.FIELD_KEYS = {"z9": fresh}
    assert bytes(Scan.objects.get().content) == PDF
    settings.FIELD_KEYS = from_before
    with pytest.raises(WrongKey):
        Scan.objects.get()
    with pytest.raises(rotation.Unreadable, match="consent.Scan"):
        rotation.rotate_files(model, field)


def test_picture_that_is_kept_can_be_looked_at(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    came_back(form, office, scan=scans.clean(picture("PNG")))
    kept = Scan.objects.get()
    assert kept.kind == ScanKind.PNG
    with Image.open(BytesIO(kept.content)) as seen:
        assert seen.size == (60, 40)
    assert kept.words == "PNG, 1 KB"


def test_scan_is_sealed_in_a_dump_and_loads_again(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    came_back(form, office, scan=scans.clean(PDF))
    dump = serializers.serialize("json", Scan.objects.all())
    assert urlsafe_b64encode(PDF).decode()[:20] not in dump
    Scan.objects.all().delete()
    for thing in serializers.deserialize("json", dump):
        thing.save()
    assert Scan.objects.get().content == PDF


def test_scan_takes_bytes_and_is_found_by_nothing(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    [form] = printed(host, ask(host, maya))
    said = came_back(form, office)
    with pytest.raises(TypeError, match="takes bytes, not str"), transaction.atomic():
        Scan.objects.create(answer=said, kind="pdf", size=1, content="text")
    with pytest.raises(FieldError, match="cannot be searched"):
        Scan.objects.filter(content=PDF)
    assert Scan.objects.filter(content__isnull=False).count() == 0


def test_stored_file_that_is_damaged_or_clear_is_refused() -> None:
    sealed = encryption.encrypt_file(PDF)
    assert (encryption.decrypt_file(sealed), encryption.encrypt_file(b"")) == (PDF, b"")
    assert encryption.decrypt_file(b"") == b""
    for damaged in (PDF, sealed[:-1], b"x" + sealed, sealed[3:], sealed.partition(b":")[0] + b":"):
        with pytest.raises(WrongKey):
            encryption.decrypt_file(damaged)


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "0", "\u0661"])
def test_record_page_with_a_form_that_is_none_is_the_plain_one(
    number: str,
    host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Any,
) -> None:
    request = request_of(ask(host, maya), maya, mum)
    response = staff_client(office).get(f"/consent/{request.pk}/record/", {"form": number})
    assert (response.status_code, b"You are keying in form" in response.content) == (200, False)


def test_form_said_on_the_telephone_is_no_paper(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    [form] = printed(host, ask(host, maya))
    staff_client(office).post(
        f"/consent/{form.request_id}/record/", typed(channel="telephone", form=form.pk)
    )
    said = Answer.objects.get()
    assert (said.form, said.channel) == (None, "telephone")


def test_many_files_at_once_are_refused_unread(client: Client, host: StaffMember) -> None:
    """Nobody who is not signed in fills the memory with what no form takes."""
    files = {f"file{number}": file(PDF) for number in range(51)}
    assert client.post("/c/new-link/", files).status_code == 400
