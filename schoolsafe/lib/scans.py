"""Files that people hand in, judged by what is in them: a scan comes out clean, or not at all."""

from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 8 * 1024 * 1024
# A page at 600 dots per inch has 35 million. A small file can claim far more, and eat the memory.
MOST_PIXELS = 50_000_000
# At this size handwriting on an A4 page can still be read, and a photo weighs a tenth.
LONGEST_SIDE = 2400
HEAD, END = b"%PDF-", b"%%EOF"
# Some programs write a few bytes before the head and after the end.
AROUND = 1024
TAKEN = "Choose a PDF, a JPEG or a PNG."


class ScanKind(StrEnum):
    """What a file is."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """Return what a browser is told that it is."""
        return "application/pdf" if self is ScanKind.PDF else f"image/{self.value}"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A file as it may be kept."""

    kind: ScanKind
    content: bytes


class Unfit(Exception):
    """A file that is not kept; the message says why and what to do."""


def clean(content: bytes) -> Scan:
    """Return a file as it may be kept: a picture drawn anew, a PDF as it came.

    Its name and what its sender says about it count for nothing. Raises Unfit.
    """
    if not content:
        raise Unfit(f"This file is empty. {TAKEN}")
    if len(content) > MOST_BYTES:
        raise too_big()
    if HEAD in content[:AROUND]:
        return _pdf(content)
    return _picture(content)


def too_big() -> Unfit:
    """Return the refusal of a file that is too big."""
    limit = MOST_BYTES // (1024 * 1024)
    return Unfit(f"This file is larger than {limit} MB. Scan it at a lower resolution.")


def _pdf(content: bytes) -> Scan:
    """Take a PDF that begins and ends like one; nobody opens it here."""
    if END not in content[-AROUND:]:
        raise Unfit("This PDF is not whole. Scan the page again.")
    return Scan(kind=ScanKind.PDF, content=content)


def _picture(content: bytes) -> Scan:
    """Draw a picture anew: upright, smaller, without place, time, device or anything hidden in it."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unfit("This picture has too many points. Scan it at a lower resolution.")
            # A phone's picture may be several in one file; then it is no plain JPEG by its name.
            kind = ScanKind.PNG if opened.format == "PNG" else ScanKind.JPEG
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            drawn = Image.new("RGB", upright.size, "white")
            seen = upright.convert("RGBA")
            drawn.paste(seen, mask=seen.getchannel("A"))
    except UnidentifiedImageError as fault:
        raise Unfit(f"This is not a file that can be kept. {TAKEN}") from fault
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise Unfit("This picture is not whole. Scan the page again.") from fault
    kept = BytesIO()
    drawn.save(kept, format=kind.value.upper(), quality=82, optimize=True)
    return Scan(kind=kind, content=kept.getvalue())
