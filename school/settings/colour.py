"""The one colour of the school: what is drawn with it, and whether it can be read (WCAG 2.2, 1.4.3)."""

import re

USUAL = "#0b5c63"
# What it stands on besides its own tint: the paper and the ground of a page.
GROUNDS = ("#ffffff", "#f4f5f2")
LEAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _light(part: int) -> float:
    """Return how much light one part of a colour gives, as WCAG reckons it."""
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Return how bright a colour is, from 0 to 1."""
    red, green, blue = (_light(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return how well one colour can be read on another: 1 is not at all, 21 is black on white."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another in it."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def tint(colour: str) -> str:
    """Return what stands behind what is chosen or pointed at."""
    return mixed(colour, "#ffffff", 0.9)


def deep(colour: str) -> str:
    """Return the colour of a button that is pressed."""
    return mixed(colour, "#000000", 0.2)


def fault(colour: str) -> str:
    """Return why a colour cannot be the school's, in words; nothing when it can."""
    if not _COLOUR.fullmatch(colour):
        return "Write a colour as # and six signs from 0 to 9 and a to f, like #0b5c63."
    least = min(contrast(colour, ground) for ground in (*GROUNDS, tint(colour)))
    if least < LEAST:
        return (
            f"This colour is too pale to be read: its contrast is {least:.1f} to 1, and {LEAST} to 1 "
            "is needed. Choose a darker one."
        )
    return ""


def stylesheet(colour: str) -> str:
    """Return the rules that put a colour in the place of the usual one."""
    red, green, blue = _parts(colour)
    return (
        f":root {{ --school: {colour}; --school-deep: {deep(colour)}; "
        f"--school-tint: {tint(colour)}; --bs-link-color-rgb: {red}, {green}, {blue}; }}\n"
    )
