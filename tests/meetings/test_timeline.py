"""The geometry of the picture of a call."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.pages.attendance import timeline
from meetings.pages.attendance.timeline import Scale, Stretch

START = datetime(2026, 9, 17, 13, 0, tzinfo=UTC)
M = timedelta(minutes=1)


def stretch(begins: float, ends: float, number: int = 0) -> Stretch:
    return Stretch(starts_at=START + begins * M, ends_at=START + ends * M, number=number)


SCALE = Scale(starts_at=START, ends_at=START + 100 * M)


@pytest.mark.parametrize(
    ("begins", "ends", "x", "width"),
    [
        (0, 100, "0.000%", "100.000%"),
        (25, 50, "25.000%", "25.000%"),
        # One second can still be seen, and the last one does not stand out of the picture.
        (50, 50, "50.000%", "0.400%"),
        (100, 100, "99.600%", "0.400%"),
        # What lies outside is at the edge.
        (-50, 10, "0.000%", "10.000%"),
        (90, 500, "90.000%", "10.000%"),
    ],
)
def test_stretch_is_drawn_where_it_was(begins: float, ends: float, x: str, width: str) -> None:
    bar = SCALE.bar(stretch(begins, ends))
    assert (bar.x, bar.width) == (x, width)


def test_scale_holds_everything_with_a_little_air() -> None:
    scale = timeline.scale_of([stretch(0, 45), stretch(-5, 20), stretch(30, 50)])
    assert (scale.starts_at, scale.ends_at) == (START - 6.1 * M, START + 51.1 * M)


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [
        (4, ["2:00 pm", "2:01 pm", "2:02 pm", "2:03 pm", "2:04 pm"]),
        (45, ["2:00 pm", "2:10 pm", "2:20 pm", "2:30 pm", "2:40 pm"]),
        (240, ["2:00 pm", "3:00 pm", "4:00 pm", "5:00 pm", "6:00 pm"]),
    ],
)
def test_ticks_stand_at_full_minutes_of_the_schools_clock(minutes: int, labels: list[str]) -> None:
    ticks = timeline.ticks(Scale(starts_at=START, ends_at=START + minutes * M))
    assert [tick.label for tick in ticks] == labels
    assert ticks[0].anchor == "start"


def test_ticks_of_a_call_that_begins_between_them() -> None:
    ticks = timeline.ticks(Scale(starts_at=START + 3.5 * M, ends_at=START + 40 * M))
    assert [tick.label for tick in ticks] == ["2:10 pm", "2:20 pm", "2:30 pm", "2:40 pm"]
    assert ticks[-1].anchor == "end"


def test_numbers_that_would_lie_on_each_other_stand_together() -> None:
    broken = [stretch(10, 10, 1), stretch(15, 15, 2), stretch(60, 60, 3), stretch(99, 99, 4)]
    assert [(one.label, one.anchor) for one in timeline.marks(SCALE, broken)] == [
        ("1\N{EN DASH}2", "middle"),
        ("3", "middle"),
        ("4", "end"),
    ]


@given(
    st.lists(
        st.tuples(st.integers(-86_400, 86_400), st.integers(0, 86_400)), min_size=1, max_size=30
    )
)
def test_no_bar_leaves_the_picture_and_no_scale_has_too_many_ticks(
    spans: list[tuple[int, int]],
) -> None:
    stretches = [stretch(begins / 60, (begins + lasts) / 60) for begins, lasts in spans]
    scale = timeline.scale_of(stretches)
    for one in stretches:
        bar = scale.bar(one)
        x, width = float(bar.x[:-1]), float(bar.width[:-1])
        assert x >= 0
        assert width >= timeline.LEAST_WIDTH
        assert x + width <= 100.002
    assert len(timeline.ticks(scale)) <= timeline.MOST_TICKS + 1
