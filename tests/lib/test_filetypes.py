"""Files from outside: what is taken, told by what is in it, and what is refused with what to do (E17)."""

from contextlib import suppress
from io import BytesIO
from lzma import LZMAError
from zipfile import ZIP_LZMA, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from schoolsafe.lib import filetypes, office, portable
from schoolsafe.lib.filetypes import FileKind
from schoolsafe.lib.scans import Unfit
from tests.concerns import papers
from tests.concerns.papers import relation

DEFINED = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'


def short(value: object) -> str:
    """A file is no name for a test."""
    return value if isinstance(value, str) else "file"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (papers.PDF, FileKind.PDF),
        (papers.picture("JPEG"), FileKind.JPEG),
        (papers.picture("PNG"), FileKind.PNG),
        (papers.TEXT, FileKind.TEXT),
        ("Größe, 大きさ, الحجم".encode("utf-16"), FileKind.TEXT),
        (papers.office(), FileKind.WORD),
        (papers.office(papers.MAIN + papers.EXCEL), FileKind.EXCEL),
        (papers.office(relations=relation("hyperlink", outside=True)), FileKind.WORD),
        (papers.office(relations=relation("officeDocument", outside=False)), FileKind.WORD),
        (papers.pdf_with(b"1 0 obj << /Type /Catalog >>", packed=True), FileKind.PDF),
        # In the middle of a picture the letters /JS are chance.
        (papers.pdf_with(b"1 0 obj << >> stream\nq/JS \nendstream"), FileKind.PDF),
    ],
    ids=short,
)
def test_e17_kind_is_told_by_what_is_in_a_file(content: bytes, kind: FileKind) -> None:
    assert filetypes.judge(content).kind is kind


TYPES = b"[Content_Types].xml"


def repacked(way: int) -> bytes:
    """A Word document whose parts are packed another way."""
    out = BytesIO()
    with ZipFile(BytesIO(papers.office())) as old, ZipFile(out, "w", way) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    return out.getvalue()


def test_document_packed_in_a_damaged_way_is_refused_in_words() -> None:
    """Whatever the reader of zips raises is an answer to the person, never a fault of the page."""
    sound = repacked(ZIP_LZMA)
    assert filetypes.judge(sound).kind is FileKind.WORD
    # Behind the name of the first part: version and size of what follows, then how it was packed.
    damaged = bytearray(sound)
    damaged[sound.index(TYPES) + len(TYPES) + 4] ^= 0xFF
    with pytest.raises(LZMAError), ZipFile(BytesIO(damaged)) as packed:
        packed.read(TYPES.decode())
    with pytest.raises(Unfit, match="not a Word or Excel document"):
        filetypes.judge(bytes(damaged))


PACKED_SCRIPT = papers.pdf_with(b"<< /S /JavaScript /JS (app.alert(1)) >>", packed=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"MZ\x90\0 a program", "This is not a file that can be kept."),
        (b"\x7fELF\2\1\1\0", "This is not a file that can be kept."),
        (papers.picture("GIF"), "This is not a file that can be kept."),
        (b"<!DOCTYPE html><script>alert(1)</script>", "This is a web page"),
        (b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'/>", "This is a web page"),
        (b"<?xml version='1.0'?><svg/>", "This is a web page"),
        (
            b"From: a@b\r\nSubject: x\r\n y\r\nMIME-Version: 1.0\r\n\r\nhello",
            "This is a saved e-mail",
        ),
        (b"{\\rtf1\\ansi hello}", "This is rich text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "This is an old Office file"),
        (b"%PDF-1.7 cut off", "This PDF is not whole"),
        (papers.pdf_with(b"<< /S /JavaScript >>"), "This PDF has a program"),
        (papers.pdf_with(b"<< /S /J#61va#53cript >>"), "This PDF has a program"),
        (papers.pdf_with(b"<< /AA << /O << /JS(1) >> >> >>"), "This PDF has a program"),
        (papers.pdf_with(b"<< /S /Launch /F (cmd.exe) >>"), "This PDF has a program"),
        (papers.pdf_with(b"<< /XFA [] >>"), "This PDF has a program"),
        (PACKED_SCRIPT, "This PDF has a program"),
        # Hidden behind a comment that looks like a stream.
        (PACKED_SCRIPT.replace(b"2 0 obj", b"%stream\n2 0 obj"), "This PDF cannot be looked into"),
        (
            papers.pdf_with(b"<< /Type /ObjStm >> stream\nABC\nendstream"),
            "This PDF cannot be looked",
        ),
        (papers.pdf_with(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), "This PDF has another file"),
        (papers.pdf_with(b"<< /Encrypt 4 0 R >>"), "This PDF is locked"),
        (b"PK\x03\x04 cut off", "This file is not whole: it may have been cut off"),
        (papers.office("application/zip"), "This is not a Word or Excel document"),
        (papers.office(**{"word__vbaProject.bin": b"x"}), "This document has macros"),
        (papers.office(**{"word__embeddings__oleObject1.bin": b"x"}), "This document has macros"),
        (papers.office(**{"xl__macrosheets__sheet1.xml": b"x"}), "This document has macros"),
        (
            papers.office("application/vnd.ms-word.document.macroEnabled.main+xml"),
            "This document has macros",
        ),
        (
            papers.office(relations=relation("attachedTemplate", outside=True)),
            "This document fetches",
        ),
        (papers.office(relations=relation("image", outside=True)), "This document fetches"),
        (papers.office(relations="<!DOCTYPE x []>"), "This is not a Word or Excel document"),
        *(
            (papers.office(**{name: DEFINED.encode(coding)}), "This document fetches")
            for name in ("word__document.xml", "customXml__item1.bin")
            for coding in ("utf-8", "utf-16", "utf-16-le", "utf-16-be")
        ),
        (
            papers.office(word__document=b" " * (office.PIECE - 4) + DEFINED.encode()),
            "This document fetches",
        ),
        (
            papers.office(relations='<Relationship TargetMode="Extern&#97;l"/>'),
            "This is not a Word",
        ),
    ],
    ids=short,
)
def test_e17_what_could_run_something_is_refused_with_what_to_do(
    content: bytes, words: str
) -> None:
    with pytest.raises(Unfit) as refusal:
        filetypes.judge(content)
    assert str(refusal.value).startswith(words)
    assert "attach" in str(refusal.value).lower() or "save" in str(refusal.value).lower()


def test_e17_picture_is_drawn_anew_without_place_or_device() -> None:
    before = papers.picture()
    assert papers.DEVICE.encode() in before
    judged = filetypes.judge(before)
    assert judged.redrawn is not None
    assert papers.DEVICE.encode() not in judged.redrawn
    with Image.open(BytesIO(judged.redrawn)) as drawn:
        assert (drawn.size, dict(drawn.getexif())) == ((60, 40), {})


def test_packed_bomb_is_refused_unpacked_no_further_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "MOST_UNPACKED", 100)
    monkeypatch.setattr(office, "MOST_UNPACKED", 1000)
    with pytest.raises(Unfit, match="cannot be looked into"):
        filetypes.judge(papers.pdf_with(b" " * 101, packed=True))
    assert filetypes.judge(papers.pdf_with(b" " * 100, packed=True)).kind is FileKind.PDF
    with pytest.raises(Unfit, match="too large when it is unpacked"):
        filetypes.judge(papers.office(word__document=bytes(1000)))


def test_long_part_of_an_office_document_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(office, "MOST_READ", 200)
    with pytest.raises(Unfit, match="not a Word or Excel"):
        filetypes.judge(papers.office(relations=" " * 200))


def test_locked_office_document_is_refused() -> None:
    content = bytearray(papers.office())
    for entry in (b"PK\x03\x04", b"PK\x01\x02"):
        flags = content.index(entry) + (6 if entry.endswith(b"\x04") else 8)
        content[flags] |= 1
    with pytest.raises(Unfit, match="not a Word or Excel"):
        filetypes.judge(bytes(content))


SEEDS = [papers.PDF, PACKED_SCRIPT, papers.office(), papers.picture(), papers.TEXT]


# What the library says of data around a picture that it passes over is no fault of ours.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 3000), st.binary(max_size=30), st.integers(0, 3000))
def test_any_bytes_end_in_a_kind_or_a_refusal_in_words(
    seed: bytes, at: int, broken: bytes, to: int
) -> None:
    content = seed[: at % (len(seed) + 1)] + broken + seed[to % (len(seed) + 1) :]
    with suppress(Unfit):
        judged = filetypes.judge(content)
        assert judged.kind.is_picture == (judged.redrawn is not None)
