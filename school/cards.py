"""What the start page is made of: one card says one thing that waits for somebody."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """One thing that waits: its name, what to know in a sentence, how many, and where to do it.

    `tone` is clear, care, stop, news or quiet. A `count` of None shows no number. `rank` puts what
    cannot wait first.
    """

    title: str
    sentence: str
    url: str
    count: int | None = None
    tone: str = "quiet"
    rank: int = 50
