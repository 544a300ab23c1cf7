"""Files that come in: judged by their content, drawn anew, never written to a disk."""

from io import BytesIO

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


def test_picture_that_claims_too_many_points_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scans, "MOST_PIXELS", 60 * 40 - 1)
    with pytest.raises(Unfit, match="too many points"):
        scans.clean(picture())


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
