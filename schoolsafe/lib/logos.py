"""The picture that stands for a school: drawn anew, small, and a PNG whatever came."""

from io import BytesIO

from PIL import Image

from schoolsafe.lib.scans import Unfit, draw_anew

MOST_BYTES = 1024 * 1024
# Twice what a page shows, for fine screens.
LARGEST = (480, 160)
TAKEN = "Choose a PNG or a JPEG."


def draw_logo(content: bytes) -> bytes:
    """Return a logo as it may be kept and shown: upright, small, on white, with nothing hidden in it.

    Raises Unfit.
    """
    if len(content) > MOST_BYTES:
        raise Unfit("This picture is larger than 1 MB. Choose a smaller one.")
    with Image.open(BytesIO(draw_anew(content, else_take=TAKEN).content)) as drawn:
        drawn.thumbnail(LARGEST)
        kept = BytesIO()
        drawn.convert("RGB").save(kept, format="PNG", optimize=True)
    return kept.getvalue()
