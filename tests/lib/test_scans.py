"""Files that come in: judged by their content, drawn anew, never written to a disk."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadhandler import StopFutureHandlers
from PIL import Image

from schoolsafe.lib import scans, uploads
from schoolsafe.lib.scans import ScanKind, Unfit

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **extra: object) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "white").save(file, format=kind, **extra)
    return file.getvalue()


def with_place() -> bytes:
    """A photo of a phone on its side, that tells its device and where it was taken."""
    told = Image.Exif()
    told[0x0112] = 6  # on its side
    told[0x010F] = "Phone of Amina"
    told[0x9286] = "51.5 N"
    return picture(exif=told)


def test_picture_is_drawn_anew_upright_and_without_what_it_told() -> None:
    before = with_place()
    assert b"Phone of Amina" in before
    kept = scans.clean(before)
    assert (kept.kind, b"Phone" in kept.content, b"Exif" in kept.content) == (
        ScanKind.JPEG,
        False,
        False,
    )
    with Image.open(BytesIO(kept.content)) as drawn:
        assert (drawn.size, dict(drawn.getexif())) == ((40, 60), {})


def test_what_hides_behind_a_picture_is_gone() -> None:
    kept = scans.clean(picture("PNG") + b"<script>alert(1)</script>")
    assert (kept.kind, b"script" in kept.content) == (ScanKind.PNG, False)


def test_picture_of_a_phone_with_several_in_it_is_a_jpeg() -> None:
    several = BytesIO()
    first, second = (Image.new("RGB", (30, 20), color) for color in ("white", "black"))
    first.save(several, format="MPO", save_all=True, append_images=[second])
    assert scans.clean(several.getvalue()).kind is ScanKind.JPEG


def test_large_picture_is_made_smaller() -> None:
    kept = scans.clean(picture(size=(4000, 3000)))
    with Image.open(BytesIO(kept.content)) as drawn:
        assert drawn.size == (2400, 1800)


def test_clear_parts_of_a_picture_become_paper() -> None:
    file = BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(file, format="PNG")
    with Image.open(BytesIO(scans.clean(file.getvalue()).content)) as drawn:
        assert drawn.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_pdf_is_kept_as_it_came() -> None:
    kept = scans.clean(PDF)
    assert (kept.kind, kept.content, kept.kind.media_type) == (
        ScanKind.PDF,
        PDF,
        "application/pdf",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"MZ\x90 a program", "This is not a file that can be kept."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a file that can be kept."),
        (picture("GIF"), "This is not a file that can be kept."),
        (picture()[:200], "This picture is not whole."),
        (b"%PDF-1.7 cut off", "This PDF is not whole."),
    ],
    ids=["empty", "program", "svg", "gif", "half a picture", "half a pdf"],
)
def test_file_that_cannot_be_kept_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(Unfit) as refusal:
        scans.clean(content)
    assert str(refusal.value).startswith(words)


def test_file_is_too_large_by_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "MOST_BYTES", len(PDF))
    assert scans.clean(PDF).content == PDF
    with pytest.raises(Unfit, match="larger than"):
        scans.clean(PDF + b"\n")


def of_points(width: int, height: int) -> bytes:
    """A PNG that claims so many points and holds none of them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


@pytest.mark.parametrize(
    "side", [6001, 7000, 10_000, 20_000], ids=["by little", "much", "warned of", "a bomb"]
)
def test_picture_that_claims_too_many_points_is_refused_unread(side: int) -> None:
    with pytest.raises(Unfit, match="too many points: more than 36 million"):
        scans.clean(of_points(side, side))
    with pytest.raises(Unfit, match="not whole"):
        scans.clean(of_points(6000, 6000))


# What one picture costs in a process that does nothing else, in MB.
COST = """
import re, sys
from pathlib import Path
from schoolsafe.lib import scans
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
content, before = sys.stdin.buffer.read(), peak()
scans.clean(content)
print((peak() - before) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    ("kind", "mode", "most"),
    [("JPEG", "RGB", 200), ("PNG", "RGB", 300), ("PNG", "RGBA", 400)],
    ids=["photo", "scan", "with clear parts"],
)
def test_largest_picture_leaves_memory_for_others(kind: str, mode: str, most: int) -> None:
    file = BytesIO()
    Image.new(mode, (6000, 6000)).save(file, format=kind)
    said = subprocess.run(
        [sys.executable, "-c", COST], input=file.getvalue(), capture_output=True, check=True
    )
    assert int(said.stdout) < most


def told_wrongly(tag: int, kind: int, value: int) -> bytes:
    """A picture on its side, and beside it an entry that is not what its number says."""
    wrong = struct.pack(">HHII", tag, kind, 1, value)
    lying = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    told = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + wrong + lying + b"\0" * 4
    return picture(exif=told + b"\xff" * 16)


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [
        (0x0100, 1, 0),
        (0x0100, 6, 0xFFFFFFFF),
        (0x0213, 4, 0xFFFFFFFF),
        (0x010E, 5, 0),
        (0x010E, 11, 0),
        (0x011A, 1, 0),
        (0x011A, 2, 0),
        (0x02BC, 2, 0),
    ],
)
def test_what_is_told_wrongly_beside_a_picture_is_left_behind(
    tag: int, kind: int, value: int
) -> None:
    kept = scans.clean(told_wrongly(tag, kind, value))
    with Image.open(BytesIO(kept.content)) as drawn:
        assert (drawn.size, dict(drawn.getexif())) == ((40, 60), {})


@pytest.mark.parametrize(
    "raised",
    [struct.error("a"), TypeError("b"), AttributeError("c"), KeyError("d"), OverflowError("e")],
    ids=lambda fault: type(fault).__name__,
)
def test_whatever_the_library_trips_over_is_refused_in_words(
    raised: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(_picture: Image.Image) -> None:
        raise raised

    monkeypatch.setattr(Image.Image, "getexif", trip)
    with pytest.raises(Unfit, match="This picture is not whole"):
        scans.clean(picture())


@pytest.mark.parametrize(
    ("lies", "size"), [(number, (60, 40) if number < 5 else (40, 60)) for number in range(1, 9)]
)
def test_picture_is_put_upright_however_it_lies(lies: int, size: tuple[int, int]) -> None:
    told = Image.Exif()
    told[0x0112] = lies
    with Image.open(BytesIO(scans.clean(picture(exif=told)).content)) as drawn:
        assert drawn.size == size


def test_files_of_one_request_are_kept_as_long_as_they_fit_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "MOST_TOGETHER", 7)
    handler = uploads.InMemory()
    came = []
    for content in (b"four", b"more", b"one"):
        handler.new_file("files", "name.pdf", "application/pdf", None)
        handler.receive_data_chunk(content, 0)
        came.append(handler.file_complete(len(content)))
    assert [(file.read(), file.size) for file in came] == [(b"four", 4), (b"", 4), (b"one", 3)]


def upload(*chunks: bytes) -> object:
    handler = uploads.InMemory()
    try:
        handler.new_file("scan", "name.pdf", "application/pdf", None)
    except StopFutureHandlers:
        pytest.fail("it keeps every file")
    start = 0
    for chunk in chunks:
        assert handler.receive_data_chunk(chunk, start) is None
        start += len(chunk)
    return handler.file_complete(start)


def test_upload_stays_in_memory_whole() -> None:
    kept = upload(b"one", b"two")
    assert (kept.read(), kept.size) == (b"onetwo", 6)


def test_upload_that_is_too_large_is_known_by_its_size_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "MOST_KEPT", 4)
    kept = upload(b"one", b"two", b"x")
    assert (kept.read(), kept.size) == (b"", 7)
