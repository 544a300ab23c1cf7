"""Files of a concern: who attaches, opens, seals off and removes, and what is kept of each (A10)."""

from datetime import datetime
from hashlib import sha256
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from PIL import Image

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Attachment, Concern, PictureElsewhere, Removal
from concerns.policy import Copied, Desk, FileAction, FileFacts, SealedAs
from notices.models import Notice
from school.models import StaffMember
from school.roles import Role, Viewer
from schoolsafe.lib.providers import Clamav
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.lib.scans import Unfit
from tests import factories
from tests.concerns import log as make
from tests.concerns import papers
from tests.lib.scanner import clamd, says

pytestmark = pytest.mark.django_db
NAME = "MARKERNAME bruise-Aisha-7B.jpg"
WORDS = "MARKERWORDS her drawing"


def attach(
    concern: Concern, by: StaffMember, *contents: bytes, declared: bool = True
) -> list[Attachment]:
    """Attach files the way the page does."""
    files = [services.check_file(NAME, content) for content in contents or (papers.PDF,)]
    return services.attach(concern, files, by=by, words=WORDS, is_declared=declared)


@pytest.fixture
def concern(school_day: datetime, host: StaffMember, lead: StaffMember) -> Concern:
    """Logged by the host about a child; the lead reads it."""
    return make.log(host, make.child(factories.make_pupil("Cat", "Clark")))


@pytest.fixture
def unlawful(concern: Concern, host: StaffMember, lead: StaffMember) -> Attachment:
    """A picture that the lead has sealed off as one that nobody may hold."""
    [file] = attach(concern, host, papers.picture())
    return services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="MARKERWHY")


# --- The rules -------------------------------------------------------------------------------------
class Around:
    """A concern as the reading rules see it."""

    desk, reporter_id, excluded = Desk.TEAM, 5, frozenset({9})


READER = Viewer(staff_id=1, roles=frozenset({Role.DSL}))
OTHER_READER = Viewer(staff_id=2, roles=frozenset({Role.SAFEGUARDING}))
REPORTER = Viewer(staff_id=5, roles=frozenset({Role.STAFF}))
OUTSIDE = Viewer(staff_id=9, roles=frozenset({Role.DSL}))
PEOPLE = (READER, OTHER_READER, REPORTER, OUTSIDE)
STATES = {
    "of the reporter": FileFacts(attached_by=5),
    "of a reader": FileFacts(attached_by=1),
    "of the wrong child": FileFacts(attached_by=5, sealed_as=SealedAs.WRONG_CONCERN),
    "unlawful": FileFacts(attached_by=5, sealed_as=SealedAs.UNLAWFUL),
    "asked for": FileFacts(attached_by=5, sealed_as=SealedAs.UNLAWFUL, proposed_by=1),
    "removed": FileFacts(attached_by=5, sealed_as=SealedAs.UNLAWFUL, is_removed=True),
}
OPEN, SEAL, PROPOSE, CONFIRM, DECLINE = FileAction
BOTH = {OPEN, SEAL}
TABLE: dict[str, tuple[set[FileAction], ...]] = {
    "of the reporter": (BOTH, BOTH, {OPEN}, set()),
    "of a reader": (BOTH, BOTH, set(), set()),
    "of the wrong child": (set(), set(), set(), set()),
    "unlawful": ({PROPOSE}, {PROPOSE}, set(), set()),
    "asked for": ({DECLINE}, {CONFIRM, DECLINE}, set(), set()),
    "removed": (set(), set(), set(), set()),
}


@pytest.mark.parametrize("state", STATES)
def test_e96_what_each_may_do_with_a_file_by_table(state: str) -> None:
    """A removal takes two people; whoever asked for it can only take it back."""
    may = tuple(set(policy.file_actions(who, Around(), STATES[state])) for who in PEOPLE)
    assert may == TABLE[state]


@pytest.mark.parametrize(("state", "action"), list(product(STATES, FileAction)))
def test_whatever_is_not_in_the_table_is_refused(state: str, action: FileAction) -> None:
    for who, allowed in zip(PEOPLE, TABLE[state], strict=True):
        if action in allowed:
            policy.check_file_action(action, who, Around(), STATES[state])
            continue
        with pytest.raises(NotAllowed):
            policy.check_file_action(action, who, Around(), STATES[state])


MB = policy.MEGABYTE


@pytest.mark.parametrize(
    ("new", "there", "words"),
    [
        ([10 * MB] * 4, [], ""),
        ([1] * 10, [1] * 50, ""),
        ([1] * 11, [], "Choose at most 10 files at once."),
        ([10 * MB + 1], [], "A file may have 10 MB at most."),
        ([9 * MB] * 5, [], "These files together have more than 40 MB."),
        ([1], [1] * 60, "A concern takes 60 files and 200 MB at most."),
        ([1], [20 * MB] * 10, "A concern takes 60 files and 200 MB at most."),
    ],
)
def test_a10_number_and_sizes_are_refused_one_beyond_the_most(
    new: list[int], there: list[int], words: str
) -> None:
    if not words:
        policy.check_room(new, there)
        return
    with pytest.raises(NotAllowed) as refusal:
        policy.check_room(new, there)
    assert str(refusal.value).startswith(words)


# --- Taking ----------------------------------------------------------------------------------------
def test_e17_original_is_sealed_whole_and_a_picture_is_served_drawn_anew(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    before = papers.picture()
    [file] = attach(concern, host, before)

    file = Attachment.objects.get(pk=file.pk)
    assert (bytes(file.original), file.name, file.words) == (before, NAME, WORDS)
    assert (file.sha256, file.size) == (sha256(before).hexdigest(), len(before))
    assert file.served_name == f"{concern.reference}-{file.code}.jpg"
    shown = services.open_file(file, by=lead)
    assert papers.DEVICE.encode() in before
    assert papers.DEVICE.encode() not in shown
    with Image.open(BytesIO(shown)) as drawn:
        assert dict(drawn.getexif()) == {}


def test_file_that_is_no_picture_is_served_as_it_came(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    files = attach(concern, host, papers.PDF, papers.TEXT, papers.office())
    assert [services.open_file(file, by=lead) for file in files] == [
        papers.PDF,
        papers.TEXT,
        papers.office(),
    ]
    assert [file.kind for file in files] == ["pdf", "txt", "docx"]


def test_audit_knows_a_file_by_its_code_and_its_hash_alone(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    [file] = attach(concern, host)
    services.open_file(file, by=lead)

    entries = AuditEntry.objects.filter(object=concern.object, verb__contains="att")
    assert [(row.actor, row.verb, row.detail) for row in entries.order_by("pk")] == [
        (
            host.actor,
            "concern.attach",
            {"file": file.code, "sha256": file.sha256, "size": len(papers.PDF)},
        ),
        (lead.actor, "concern.attachment.read", {"file": file.code}),
    ]


def test_e20_same_file_from_the_same_person_is_attached_once(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    attach(concern, host, papers.PDF, papers.PDF)
    assert attach(concern, host, papers.PDF) == []
    assert concern.attachments.count() == 1
    # That the team has it already is nothing the reporter could learn.
    attach(concern, lead, papers.PDF)
    assert concern.attachments.count() == 2


def test_e16_no_file_without_the_answer_about_pictures(concern: Concern, host: StaffMember) -> None:
    for content in (papers.picture(), papers.PDF):
        with pytest.raises(NotAllowed, match="Answer the question about pictures"):
            attach(concern, host, content, declared=False)
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("who", ["colleague", "office", "it_superuser", "governor", "co_host"])
def test_nobody_else_attaches_or_opens(
    who: str, concern: Concern, host: StaffMember, request: pytest.FixtureRequest
) -> None:
    stranger = request.getfixturevalue(who)
    [file] = attach(concern, host)
    with pytest.raises(NotAllowed):
        attach(concern, stranger)
    with pytest.raises(NotAllowed):
        services.open_file(file, by=stranger)
    with pytest.raises(NotAllowed):
        services.tell_of_picture(concern, by=stranger, holder="x", place="y", copied=Copied.UNKNOWN)


def test_e5_reporter_opens_only_what_they_attached_themselves(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    [own] = attach(concern, host)
    [of_the_team] = attach(concern, lead, papers.TEXT)
    assert services.open_file(own, by=host) == papers.PDF
    with pytest.raises(NotAllowed):
        services.open_file(of_the_team, by=host)
    assert selectors.files_of(concern, only_of=host).attached == [own]
    assert selectors.files_of(concern).attached == [own, of_the_team]


def test_a10_reporter_is_refused_by_their_own_number_of_files_alone(
    concern: Concern, host: StaffMember, lead: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy.attachments, "MOST_FILES", 2)
    attach(concern, lead, papers.PDF, papers.TEXT)
    with pytest.raises(NotAllowed, match="A concern takes"):
        attach(concern, lead, papers.office())
    attach(concern, host, papers.PDF, papers.TEXT)
    with pytest.raises(NotAllowed, match="A concern takes"):
        attach(concern, host, papers.office())


def test_whoever_took_charge_is_told_that_there_is_a_file(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    services.acknowledge(concern, by=lead)
    attach(concern, host)
    assert [row.staff for row in Notice.objects.filter(kind="concern_added")] == [lead]


def test_what_leaves_in_letters_holds_nothing_of_a_file(
    concern: Concern, host: StaffMember, lead: StaffMember, mailbox: Any
) -> None:
    services.acknowledge(concern, by=lead)
    attach(concern, host)
    letters = mailbox()
    assert "There is more to read" in [letter.subject for letter in letters]
    assert "MARKER" not in "".join(str(letter.message()) for letter in letters)


# --- A picture that nobody may copy -----------------------------------------------------------------
def test_e16_picture_is_logged_without_it(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    services.acknowledge(concern, by=lead)
    row = services.tell_of_picture(
        concern,
        by=host,
        holder="MARKERHOLDER",
        place="MARKERPLACE",
        copied=Copied.NOBODY,
        text="MARKERTEXT",
    )
    assert (row.holder, row.place, row.text) == ("MARKERHOLDER", "MARKERPLACE", "MARKERTEXT")
    assert selectors.files_of(concern, only_of=host).elsewhere == [row]
    [entry] = AuditEntry.objects.filter(verb="concern.picture_elsewhere")
    assert entry.detail == {"picture": row.pk, "copied": "nobody"}
    assert [letter.staff for letter in Notice.objects.filter(kind="concern_added")] == [lead]
    with pytest.raises(NotAllowed, match="Say who has the device"):
        services.tell_of_picture(concern, by=host, holder=" ", place="x", copied=Copied.NOBODY)
    assert PictureElsewhere.objects.count() == 1


# --- Sealing off and removing -----------------------------------------------------------------------
def test_sealed_file_is_opened_by_nobody_and_stays(
    concern: Concern, host: StaffMember, lead: StaffMember
) -> None:
    [file] = attach(concern, host)
    with pytest.raises(NotAllowed):
        services.seal(file, by=host, sealed_as=SealedAs.WRONG_FILE, reason="x")
    with pytest.raises(NotAllowed, match="Say why"):
        services.seal(file, by=lead, sealed_as=SealedAs.WRONG_FILE, reason=" ")

    services.seal(file, by=lead, sealed_as=SealedAs.WRONG_FILE, reason="MARKERWHY")

    for who in (host, lead):
        with pytest.raises(NotAllowed, match="not shown any more"):
            services.open_file(file, by=who)
    with pytest.raises(NotAllowed, match="already"):
        services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")
    with pytest.raises(NotAllowed, match="Only a file that nobody may hold"):
        services.propose_removal(file, by=lead, reason="x")
    assert Attachment.objects.get().original == papers.PDF
    # The right one may be the same file once more: it was no mistake after all.
    assert len(attach(concern, host)) == 1


def test_e96_content_is_destroyed_by_two_people_and_hash_and_size_stay(
    concern: Concern, unlawful: Attachment, lead: StaffMember, deputy: StaffMember
) -> None:
    asked = services.propose_removal(unlawful, by=lead, reason="MARKERWHY the police said so")
    with pytest.raises(NotAllowed, match="takes two people"):
        services.confirm_removal(unlawful, by=lead)
    with pytest.raises(NotAllowed, match="asked for once"):
        services.propose_removal(unlawful, by=deputy, reason="x")

    services.confirm_removal(unlawful, by=deputy)

    file, asked = Attachment.objects.get(), Removal.objects.get(pk=asked.pk)
    assert (file.original, file.redrawn, file.removed_at) == (None, None, asked.settled_at)
    assert (file.sha256, file.size) == (unlawful.sha256, unlawful.size)
    assert (asked.settled_by, asked.is_confirmed) == (deputy, True)
    [entry] = AuditEntry.objects.filter(verb="concern.remove_attachment")
    assert entry.detail == {
        "file": file.code,
        "sha256": file.sha256,
        "size": file.size,
        "proposed_by": lead.pk,
    }
    for again in (services.confirm_removal, services.decline_removal):
        with pytest.raises(NotAllowed):
            again(file, by=deputy)


def test_removal_that_is_declined_leaves_the_file_sealed_and_may_be_asked_for_again(
    unlawful: Attachment, lead: StaffMember, deputy: StaffMember
) -> None:
    services.propose_removal(unlawful, by=lead, reason="x")
    services.decline_removal(unlawful, by=deputy)
    assert Attachment.objects.get().original is not None
    services.propose_removal(unlawful, by=deputy, reason="y")
    services.confirm_removal(unlawful, by=lead)
    assert Attachment.objects.get().original is None


def test_e16_file_that_was_removed_comes_back_to_no_concern(
    concern: Concern,
    unlawful: Attachment,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
) -> None:
    another = make.log(host)
    services.propose_removal(unlawful, by=lead, reason="x")
    services.confirm_removal(unlawful, by=deputy)
    for where, who in ((concern, host), (another, lead)):
        with pytest.raises(NotAllowed, match="because nobody may hold it"):
            attach(where, who, papers.picture())


def test_nothing_that_was_removed_is_left_in_the_row(
    unlawful: Attachment, lead: StaffMember, deputy: StaffMember
) -> None:
    services.propose_removal(unlawful, by=lead, reason="x")
    services.confirm_removal(unlawful, by=deputy)
    with connection.cursor() as cursor:
        cursor.execute("SELECT original, redrawn FROM concerns_attachment")
        assert cursor.fetchall() == [(None, None)]


# --- What the database refuses ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "svg"},
        {"is_declared": False},
        {"redrawn": None},
        {"original": None},
        {"sealed_as": "unlawful"},
    ],
    ids=str,
)
def test_database_refuses_what_must_never_be(
    changes: dict[str, Any], concern: Concern, host: StaffMember
) -> None:
    [file] = attach(concern, host, papers.picture())
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=file.pk).update(**changes)


def test_database_refuses_a_removal_by_one_person(unlawful: Attachment, lead: StaffMember) -> None:
    asked = services.propose_removal(unlawful, by=lead, reason="x")
    alone = {"settled_at": asked.proposed_at, "settled_by": lead, "is_confirmed": True}
    with pytest.raises(IntegrityError), transaction.atomic():
        Removal.objects.filter(pk=asked.pk).update(**alone)


# --- The virus scanner ------------------------------------------------------------------------------
@pytest.mark.clamav
def test_e17_real_scanner_lets_no_harmful_file_in(
    tmp_path: Path, settings: Any, concern: Concern, host: StaffMember
) -> None:
    with clamd(tmp_path) as settings.CLAMAV:
        attach(concern, host, papers.TEXT)
        with pytest.raises(Unfit, match="The virus scanner says that this file is harmful"):
            attach(concern, host, papers.EICAR.encode())
    with pytest.raises(Unfit, match="The virus scanner does not answer"):
        attach(concern, host, papers.PDF)
    assert [file.kind for file in Attachment.objects.all()] == ["txt"]


def test_scanner_is_asked_about_what_came_and_not_about_what_was_drawn(
    tmp_path: Path, settings: Any
) -> None:
    with says(tmp_path, b"stream: X FOUND\0") as settings.CLAMAV, pytest.raises(Unfit):
        services.check_file("x", papers.picture())


def test_scanner_that_is_down_leaves_a_line_for_it_without_the_name_of_the_file(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CLAMAV = Clamav(socket="/nowhere")
    with pytest.raises(Unfit):
        services.check_file(NAME, papers.TEXT)
    assert [record.getMessage() for record in caplog.records] == [
        "ClamAV gave no answer: FileNotFoundError. No file is taken."
    ]
