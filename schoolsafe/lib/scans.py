"""Files that people hand in, judged by what is in them: a scan comes out clean, or not at all."""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from PIL import ExifTags, Image, UnidentifiedImageError

MOST_BYTES = 8 * 1024 * 1024
# A page at 600 dots per inch has 35 million. A small file can claim far more, and eat the memory:
# four bytes for each point, and twice that while one with clear parts is made smaller.
MOST_PIXELS = 36_000_000
# At this size handwriting on an A4 page can still be read, and a photo weighs a tenth.
LONGEST_SIDE = 2400
HEAD, END = b"%PDF-", b"%%EOF"
# Some programs write a few bytes before the head and after the end.
AROUND = 1024
TAKEN = "Choose a PDF, a JPEG or a PNG."
# How a device says that its picture lies, and what puts it upright.
PUTS_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What the library raises over a damaged or a crafted picture. It promises no list: the second line
# is what its readers of the data around a picture let through.
UNREADABLE = (
    *(OSError, EOFError, ValueError, SyntaxError, zlib.error),
    *(struct.error, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError),
)


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
    return draw_anew(content)


def too_big() -> Unfit:
    """Return the refusal of a file that is too big."""
    limit = MOST_BYTES // (1024 * 1024)
    return Unfit(f"This file is larger than {limit} MB. Scan it at a lower resolution.")


def too_many_points() -> Unfit:
    """Return the refusal of a picture that would fill the memory."""
    limit = MOST_PIXELS // 1_000_000
    return Unfit(
        f"This picture has too many points: more than {limit} million. Scan it at a lower resolution."
    )


def _pdf(content: bytes) -> Scan:
    """Take a PDF that begins and ends like one; nobody opens it here."""
    if END not in content[-AROUND:]:
        raise Unfit("This PDF is not whole. Scan the page again.")
    return Scan(kind=ScanKind.PDF, content=content)


def draw_anew(content: bytes, *, else_take: str = TAKEN) -> Scan:
    """Draw a picture anew: upright, smaller, without place, time, device or anything hidden in it.

    Raises Unfit; `else_take` says what to bring instead of a file that is no picture.
    """
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise too_many_points()
            # A phone's picture may be several in one file; then it is no plain JPEG by its name.
            kind = ScanKind.PNG if opened.format == "PNG" else ScanKind.JPEG
            drawn = _on_paper(_upright(_smaller(opened)))
    except UnidentifiedImageError as fault:
        raise Unfit(f"This is not a file that can be kept. {else_take}") from fault
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise too_many_points() from fault
    except UNREADABLE as fault:
        raise Unfit("This picture is not whole. Scan the page again.") from fault
    kept = BytesIO()
    drawn.save(kept, format=kind.value.upper(), quality=82, optimize=True)
    return Scan(kind=kind, content=kept.getvalue())


def _smaller(opened: Image.Image) -> Image.Image:
    """Make a picture smaller before anything else: every copy of it is then a small one."""
    longest = max(opened.size)
    if longest > LONGEST_SIDE:
        width, height = (max(1, side * LONGEST_SIDE // longest) for side in opened.size)
        # A JPEG need not be unpacked at its full size at all.
        opened.draft(None, (width, height))
        opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return opened


def _upright(lying: Image.Image) -> Image.Image:
    """Turn a picture as its device says that it lies."""
    # Only this one number is read, and none is written back: what else is said is not kept.
    method = PUTS_UPRIGHT.get(lying.getexif().get(ExifTags.Base.Orientation, 1))
    return lying if method is None else lying.transpose(method)


def _on_paper(picture: Image.Image) -> Image.Image:
    """Draw a picture on white: its clear parts become paper."""
    drawn = Image.new("RGB", picture.size, "white")
    seen = picture.convert("RGBA")
    drawn.paste(seen, mask=seen.getchannel("A"))
    return drawn
