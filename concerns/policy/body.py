"""The outline of a child's body, front and back, and the closed list of places on it.

Left and right are the child's own. A place is drawn as one shape in a figure 500 wide and 1000 high,
and a mark stands in it in thousandths of the figure's width and height.
"""

from dataclasses import dataclass
from enum import StrEnum

WIDTH, HEIGHT = 500, 1000
MOST_MARKS = 20


class Side(StrEnum):
    """From where the child is looked at."""

    FRONT = "front"
    BACK = "back"

    @property
    def label(self) -> str:
        """Return the side in words."""
        return self.value.capitalize()


class Region(StrEnum):
    """A place on the body, in the order in which one reads it: from the head down."""

    HEAD = "head"
    FACE = "face"
    LEFT_EAR = "left_ear"
    RIGHT_EAR = "right_ear"
    NECK = "neck"
    LEFT_SHOULDER = "left_shoulder"
    RIGHT_SHOULDER = "right_shoulder"
    LEFT_UPPER_ARM = "left_upper_arm"
    RIGHT_UPPER_ARM = "right_upper_arm"
    LEFT_ELBOW = "left_elbow"
    RIGHT_ELBOW = "right_elbow"
    LEFT_FOREARM = "left_forearm"
    RIGHT_FOREARM = "right_forearm"
    LEFT_HAND = "left_hand"
    RIGHT_HAND = "right_hand"
    CHEST = "chest"
    TUMMY = "tummy"
    UPPER_BACK = "upper_back"
    LOWER_BACK = "lower_back"
    LEFT_HIP = "left_hip"
    RIGHT_HIP = "right_hip"
    PRIVATE_PARTS = "private_parts"
    BOTTOM = "bottom"
    LEFT_THIGH = "left_thigh"
    RIGHT_THIGH = "right_thigh"
    LEFT_KNEE = "left_knee"
    RIGHT_KNEE = "right_knee"
    LEFT_LOWER_LEG = "left_lower_leg"
    RIGHT_LOWER_LEG = "right_lower_leg"
    LEFT_FOOT = "left_foot"
    RIGHT_FOOT = "right_foot"

    @property
    def label(self) -> str:
        """Return the place in words."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One place as it is drawn: a box with round corners."""

    region: Region
    x: int
    y: int
    width: int
    height: int

    @property
    def round(self) -> int:
        """Return the radius of the corners."""
        return min(self.width, self.height) // 2

    @property
    def centre(self) -> tuple[int, int]:
        """Return the middle, in thousandths of the figure."""
        return (
            (self.x + self.width // 2) * 1000 // WIDTH,
            (self.y + self.height // 2) * 1000 // HEIGHT,
        )


# In the middle of the figure: x, y, width, height.
MIDDLE = {
    Side.FRONT: {
        Region.HEAD: (160, 10, 180, 205),
        Region.FACE: (188, 70, 124, 140),
        Region.NECK: (215, 195, 70, 70),
        Region.CHEST: (155, 240, 190, 170),
        Region.TUMMY: (165, 370, 170, 160),
        Region.PRIVATE_PARTS: (205, 505, 90, 90),
    },
    Side.BACK: {
        Region.HEAD: (160, 10, 180, 205),
        Region.NECK: (215, 195, 70, 70),
        Region.UPPER_BACK: (155, 240, 190, 170),
        Region.LOWER_BACK: (165, 370, 170, 140),
        Region.BOTTOM: (170, 490, 160, 110),
    },
}
# On the side that is left as one looks at the figure; its twin is the mirror image.
PAIRED = {
    "ear": (142, 95, 34, 56),
    "shoulder": (112, 240, 110, 84),
    "upper_arm": (105, 280, 62, 150),
    "elbow": (98, 412, 56, 56),
    "forearm": (88, 450, 54, 130),
    "hand": (74, 570, 66, 92),
    "hip": (158, 455, 100, 130),
    "thigh": (165, 540, 80, 165),
    "knee": (170, 685, 70, 66),
    "lower_leg": (172, 735, 66, 160),
    "foot": (150, 885, 92, 58),
}
OTHER = {"left": "right", "right": "left"}


def outline(side: Side) -> tuple[Shape, ...]:
    """Return the places of one side, in reading order.

    From the front the child's right is where one's own left is; from behind it is the other way.
    """
    near = "right" if side is Side.FRONT else "left"
    boxes = dict(MIDDLE[side])
    for name, (x, y, width, height) in PAIRED.items():
        boxes[Region(f"{near}_{name}")] = (x, y, width, height)
        boxes[Region(f"{OTHER[near]}_{name}")] = (WIDTH - x - width, y, width, height)
    return tuple(
        Shape(region=region, x=x, y=y, width=width, height=height)
        for region in Region
        if region in boxes
        for x, y, width, height in [boxes[region]]
    )


def drawn(side: Side) -> tuple[Shape, ...]:
    """Return the places of one side as they are drawn: the larger first, the smaller upon them."""
    return tuple(sorted(outline(side), key=lambda shape: -shape.width * shape.height))


def centre(side: Side, region: Region) -> tuple[int, int] | None:
    """Return where a mark stands of which only the place was said; None for no place of this side."""
    return next((shape.centre for shape in outline(side) if shape.region is region), None)
