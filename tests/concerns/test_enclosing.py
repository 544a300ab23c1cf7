"""Files inside a copy of a child's file: real bytes, opened with the passphrase (A52, A53)."""

import io
from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Attachment, Concern, Copy
from concerns.policy import Part, SealedAs
from concerns.policy.enclosing import Fate, fate_of, that_fit
from concerns.policy.requests import Choice, Exemption
from concerns.services import Decided
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.encryption import encrypt_file
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.concerns import papers
from tests.concerns.test_copies import PASSPHRASE, SENT, address, text_of
from tests.concerns.test_requests import (
    MADE,
    approve,
    asked_by_parent,
    checked,
    give_all,
    page,
    press,
    withheld,
)

SignIn = Callable[..., Client]
NAME = "MARKERNAME Amy at home.pdf"


# --- The rules -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("removed", "sealed", "others", "ticked", "fate"),
    [
        (False, False, False, False, Fate.GOES),
        (False, False, True, False, Fate.OTHERS),
        (False, False, True, True, Fate.GOES),
        # E16: no tick brings back what was taken out of sight.
        (False, True, False, True, Fate.SEALED),
        (False, True, True, True, Fate.SEALED),
        (True, True, False, True, Fate.REMOVED),
    ],
)
def test_e93_what_becomes_of_a_file_by_table(
    removed: bool, sealed: bool, others: bool, ticked: bool, fate: Fate
) -> None:
    found = fate_of(is_removed=removed, is_sealed=sealed, has_others=others, is_ticked=ticked)
    assert found is fate


def test_a52_as_many_files_go_as_fit_and_the_others_are_named() -> None:
    sizes = [(Fate.GOES, 6), (Fate.OTHERS, 9), (Fate.GOES, 5), (Fate.GOES, 4)]
    assert that_fit(sizes, most=10) == [Fate.GOES, Fate.OTHERS, Fate.TOO_MUCH, Fate.GOES]


# --- What happens ----------------------------------------------------------------------------------
@pytest.fixture
def amy(school_day: datetime, lead: StaffMember, head: StaffMember) -> Pupil:
    return factories.make_pupil("Amy", "Adams", born_on=date(2018, 1, 1))


@pytest.fixture
def parent(amy: Pupil) -> Guardian:
    return factories.make_guardian(amy, name="Ada Adams")


@pytest.fixture
def concern(amy: Pupil, host: StaffMember) -> Concern:
    return make.log(host, make.child(amy))


@pytest.fixture
def shared(amy: Pupil, host: StaffMember) -> Concern:
    """A concern in which another child stands too."""
    return make.log(
        host, make.child(amy), make.child(factories.make_pupil("Bob", "Brown"), Part.HARMING)
    )


def attach(
    concern: Concern, by: StaffMember, content: bytes, words: str = "Her note"
) -> Attachment:
    file = services.check_file(NAME, content)
    return services.attach(concern, [file], by=by, words=words, is_declared=True)[0]


def paper(mark: str) -> bytes:
    return papers.PDF + f"% {mark}\n".encode()


def inside(content: bytes) -> dict[str, bytes]:
    reader = PdfReader(io.BytesIO(content), password=PASSPHRASE)
    return {name: found[0] for name, found in reader.attachments.items()}


def whole(content: bytes) -> bytes:
    """Every byte of a locked PDF, unlocked and unpacked."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content), password=PASSPHRASE))
    out = io.BytesIO()
    writer.write(out)
    streams: list[Any] = [one for one in writer._objects if isinstance(one, StreamObject)]
    return b"\n".join([out.getvalue(), *(one.get_data() for one in streams)])


def made(pupil: Pupil, client: Client, **more: object) -> bytes:
    answer = client.post(address(pupil), SENT | more)
    assert answer.headers["Content-Type"] == "application/pdf"
    return answer.content


@pytest.mark.django_db
def test_a52_files_are_inside_the_copy_as_they_are_served_with_the_hashes_of_its_manifest(
    amy: Pupil, concern: Concern, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    original = papers.picture()
    files = [
        attach(concern, host, original, "Her drawing"),
        attach(concern, lead, paper("MARKERPAPER")),
        attach(concern, lead, papers.TEXT),
    ]

    content = made(amy, staff_client(lead))

    found = inside(content)
    assert set(found) == {f"{concern.reference}-{one.code}.{one.kind}" for one in files}
    picture, *others = files
    for one in others:
        assert sha256(found[one.served_name]).hexdigest() == one.sha256
    assert found[picture.served_name] == bytes(picture.redrawn or b"")
    assert papers.DEVICE.encode() in original
    text, packed = text_of(content), text_of(content).replace(" ", "")
    assert [n for n, b in found.items() if sha256(b).hexdigest() not in packed] == []
    assert [n for n, b in found.items() if f"{n}, {len(b)} bytes" not in text] == []
    assert "Files in it 3 of 3" in text
    assert "Picture: Her drawing" in text
    # Neither what it was called nor the device is anywhere in it.
    everything = whole(content)
    assert b"MARKERPAPER" in everything
    assert [m for m in ("MARKERNAME", papers.DEVICE) if m.encode() in everything] == []
    # Without the passphrase there is no name and no byte of any of them.
    marks = [b"MARKERPAPER", papers.TEXT[:20], *(one.served_name.encode() for one in files)]
    assert [mark for mark in marks if mark in content] == []
    assert [one for one in found.values() if one[10:34] in content] == []
    assert PdfReader(io.BytesIO(content)).decrypt("") == 0


@pytest.mark.django_db
def test_e16_what_was_sealed_off_or_removed_is_named_and_not_in_the_copy(
    amy: Pupil, concern: Concern, head: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    sealed = attach(concern, lead, paper("MARKERSEALED"), "WORDSOFSEALED")
    services.seal(sealed, by=lead, sealed_as=SealedAs.WRONG_CONCERN, reason="MARKERWHY")
    removed = attach(concern, lead, paper("MARKERREMOVED"), "WORDSOFREMOVED")
    services.seal(removed, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="MARKERWHY")
    services.propose_removal(removed, by=lead, reason="MARKERWHY")
    services.confirm_removal(removed, by=head)

    content = made(amy, staff_client(lead), carried=[])

    assert inside(content) == {}
    text = text_of(content)
    assert "Files in it 0 of 2" in text
    assert text.count(sealed.served_name) == text.count(removed.served_name) == 1
    assert "Sealed off on" in text
    assert "Taken away on" in text
    marks = ("MARKERSEALED", "MARKERREMOVED", "MARKERWHY", "WORDSOFSEALED", "WORDSOFREMOVED")
    everything = whole(content)
    assert [mark for mark in marks if mark in text or mark.encode() in everything] == []


@pytest.mark.django_db
def test_e93_file_beside_another_child_stays_out_unless_somebody_ticks_it(
    amy: Pupil, concern: Concern, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    other = attach(shared, lead, paper("MARKERBOTH"), "Bob and Amy")
    services.seal(
        gone := attach(shared, lead, paper("MARKERSEALED")),
        by=lead,
        sealed_as=SealedAs.WRONG_FILE,
        reason="x",
    )
    own = attach(concern, lead, paper("MARKEROWN"))
    client = staff_client(lead)

    shown = client.get(address(amy)).content.decode()
    assert f'value="{other.served_name}"' in shown
    assert [one for one in (own, gone) if f'value="{one.served_name}"' in shown] == []

    content = made(amy, client)
    assert set(inside(content)) == {own.served_name}
    assert b"MARKERBOTH" not in whole(content)
    assert "Left out: another child is in this concern; hand it over by hand" in text_of(content)
    assert "Bob" not in text_of(content)

    content = made(amy, client, carried=[other.served_name])
    assert set(inside(content)) == {own.served_name, other.served_name}

    # A tick is for what is asked about, and for nothing else.
    forged = client.post(address(amy), SENT | {"carried": [gone.served_name]})
    assert (forged.status_code, Copy.objects.count()) == (422, 2)


@pytest.mark.django_db
def test_e93_file_of_a_concern_that_names_another_child_in_its_words_stays_out_too(
    amy: Pupil, shared: Concern, host: StaffMember, lead: StaffMember
) -> None:
    named = make.log(host, make.child(amy), seen="Bob Brown was there")
    in_words = make.log(host, make.child(amy))
    attach(named, lead, paper("1"))
    attach(in_words, lead, paper("2"), "A picture of Bob Brown")

    record = selectors.record_with_files(amy, lead.viewer())

    assert [one.fate for one in record.files] == [Fate.OTHERS, Fate.OTHERS]


@pytest.mark.django_db
def test_e8_who_stands_outside_a_concern_gets_none_of_its_files(
    amy: Pupil,
    concern: Concern,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    about_lead = make.log(host, make.child(amy), make.accused(lead))
    hidden = attach(about_lead, head, paper("MARKERHIDDEN"))

    content = made(amy, staff_client(lead), carried=[])

    assert inside(content) == {}
    assert [m for m in (b"MARKERHIDDEN", hidden.code.encode()) if m in whole(content)] == []
    assert set(inside(made(amy, staff_client(head)))) == {hidden.served_name}


@pytest.mark.django_db
def test_record_says_which_files_went_by_code_and_never_by_name(
    amy: Pupil, concern: Concern, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    went = attach(concern, lead, paper("1"))
    attach(shared, lead, paper("2"))

    made(amy, staff_client(lead))

    rows = AuditEntry.objects.filter(verb="concern.copy")
    told = {row.object: row.detail.get("files") for row in rows}
    assert told == {concern.object: [went.code], shared.object: None}
    assert "MARKERNAME" not in "".join(str(row.detail) for row in AuditEntry.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["sealed", "another child"])
def test_what_changed_while_a_copy_was_made_stops_it(
    change: str, amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    file = attach(concern, lead, paper("1"))
    record = selectors.read_files(selectors.record_with_files(amy, lead.viewer()))
    if change == "sealed":
        services.seal(file, by=lead, sealed_as=SealedAs.WRONG_FILE, reason="x")
    else:
        concern.involved.create(
            kind="child",
            part=policy.Part.WITNESS,
            name="Robbie",
            added_at=file.attached_at,
            added_by=lead,
        )

    with pytest.raises(NotAllowed, match="changed meanwhile"):
        services.record_copy(
            amy,
            record.concerns,
            by=lead,
            code="a",
            for_whom="x",
            reason="y",
            content=b"",
            text_sha256="",
            files=selectors.going(record),
        )


def spoil(file: Attachment) -> None:
    """Keep a file by a key that nobody has any more."""
    sealed = bytearray(encrypt_file(b"x" * 40))
    sealed[-1] ^= 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE concerns_attachment SET original = %s WHERE id = %s", [bytes(sealed), file.pk]
        )


@pytest.mark.django_db
def test_file_that_cannot_be_read_is_named_and_keeps_no_other_out(
    amy: Pupil, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    lost, well = attach(concern, lead, paper("1")), attach(concern, lead, paper("2"))
    spoil(lost)

    content = made(amy, staff_client(lead))

    assert set(inside(content)) == {well.served_name}
    assert "Left out: it cannot be read" in text_of(content)
    assert "Files in it 1 of 2" in text_of(content)


# --- Somebody asks to see it -----------------------------------------------------------------------
@pytest.mark.django_db
def test_a53_file_is_in_the_pack_only_where_somebody_decided_to_give_it(
    amy: Pupil, parent: Guardian, concern: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    given = attach(concern, lead, paper("MARKERGIVEN"), "Her letter")
    kept = attach(concern, lead, paper("MARKERKEPT"), "WORDSOFKEPT")
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    client = staff_client(lead)
    asked = client.get(page("access_texts", request, concern.reference)).content.decode()
    assert [one for one in (given, kept) if one.get_absolute_url() not in asked] == []

    texts = [
        Decided(key=one.row.key, choice=Choice.GIVE)
        for case in selectors.pack_of(request, lead.viewer()).cases
        for one in case.passages
        if one.file is None
    ]
    services.decide_access(request, concern, texts, by=lead)
    pack = selectors.pack_of(request, lead.viewer())
    assert (pack.files, pack.undecided) == ([], 2)
    with pytest.raises(NotAllowed, match="Decide about 2 texts"):
        approve(request, by=lead)

    give_all(request, lead, **{f"file:{kept.pk}": withheld(f"file:{kept.pk}")})
    press(client, request, do="approve")
    content = press(client, request, **MADE).content

    assert {name: sha256(b).hexdigest() for name, b in inside(content).items()} == {
        given.served_name: given.sha256
    }
    text = text_of(content)
    assert given.sha256 in text.replace(" ", "")
    assert "PDF: Her letter" in text
    marks = ("MARKERKEPT", "WORDSOFKEPT", kept.code, "MARKERNAME")
    assert [mark for mark in marks if mark in text or mark.encode() in whole(content)] == []
    assert [m for m in (b"MARKERGIVEN", given.code.encode()) if m in content] == []
    row = AuditEntry.objects.get(verb="concern.copy")
    assert row.detail["files"] == [given.code]


@pytest.mark.django_db
def test_a53_file_is_given_whole_or_not_at_all(
    amy: Pupil, concern: Concern, lead: StaffMember
) -> None:
    file = attach(concern, lead, paper("1"), "Her letter")
    request = asked_by_parent(amy, lead)
    part = Decided(
        key=f"file:{file.pk}",
        choice=Choice.PART,
        exemption=Exemption.OTHERS,
        reasons="x",
        left_out="letter",
    )
    with pytest.raises(NotAllowed, match="whole or not at all"):
        services.decide_access(request, concern, [part], by=lead)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["sealed", "unreadable"])
def test_e16_file_that_was_given_and_then_sealed_off_or_lost_stops_the_pack(
    change: str,
    amy: Pupil,
    parent: Guardian,
    concern: Concern,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    file = attach(concern, lead, paper("MARKERGIVEN"))
    request = asked_by_parent(amy, lead)
    checked(request, lead, parent)
    give_all(request, lead)
    approve(request, by=lead)
    if change == "sealed":
        services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")
    else:
        spoil(file)

    answer = press(staff_client(lead), request, **MADE)

    words = "Decide about 1 text" if change == "sealed" else "cannot be read"
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not request.steps.filter(kind="released").exists()


@pytest.mark.django_db
def test_copy_page_says_of_each_file_what_becomes_of_it_before_it_is_made(
    amy: Pupil, concern: Concern, shared: Concern, lead: StaffMember, staff_client: SignIn
) -> None:
    own, other = attach(concern, lead, paper("1")), attach(shared, lead, paper("2"))
    client = staff_client(lead)

    words = client.get(address(amy)).content.decode()
    assert f"Inside this PDF as {own.served_name}" in words
    assert "Left out: another child is in this concern" in words
    look = {"do": "look", "carried": [other.served_name]}
    words = client.post(address(amy), look).content.decode()
    assert f"Inside this PDF as {other.served_name}" in words
    assert "Left out: another child is in this concern" not in words
