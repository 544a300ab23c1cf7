"""Names in words: whom somebody may have meant."""

import pytest

from school.names import may_mean


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("Hugo Head", "Hugo Head", True),
        ("Hugo Head, works here", "Hugo Head", True),
        ("Mrs Leah Lead", "Leah Lead", True),
        ("Mrs Lead", "Leah Lead", True),
        ("mrs lead", "Leah Lead", True),
        ("It was Mrs. Lead!", "Leah Lead", True),
        ("Lead, Leah", "Leah Lead", True),
        ("L. Lead", "Leah Lead", True),
        ("Lea Lead", "Leah Lead", True),
        ("Leah", "Leah Lead", True),
        ("Leah from the office", "Leah Lead", True),
        ("somebody called leah", "Leah Lead", True),
        ("José Núñez", "Jose Nunez", True),
        ("Mr Nunez in Year 4", "José Núñez", True),
        ("Ms Smith", "Anna Smith-Jones", True),
        ("Teacher, Mrs Lead", "Leah Lead", True),
        # A slip in a family name behind a title, or no more than initials.
        ("Mrs Leed", "Leah Lead", True),
        ("Mrs Lede", "Leah Lead", True),
        ("Mr Hed", "Hugo Head", True),
        ("MrHead", "Hugo Head", True),
        ("it was LL again", "Leah Lead", True),
        ("Mr Lee", "Leah Lead", False),
        ("Mrs Lead", "Hugo Head", False),
        ("a leed", "Leah Lead", False),
        ("all of them", "Leah Lead", False),
        ("John Lead", "Leah Lead", False),
        ("Leah Jones", "Leah Lead", False),
        ("Mr John Smith, a parent", "Jane Smith", False),
        ("A supply teacher in Year 4", "Anna Fourie", False),
        ("A supply teacher", "Leah Lead", False),
        ("the man with the dog", "Hugo Head", False),
        ("", "Hugo Head", False),
        ("?", "Hugo Head", False),
        ("Hugo Head", "", False),
    ],
)
def test_e6_words_that_may_mean_somebody(typed: str, name: str, expected: bool) -> None:
    assert may_mean(typed, name) is expected
