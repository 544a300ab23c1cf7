"""Leaving names out of what leaves the house: as a table, and for any text (E93)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concerns.policy.redaction import Other, Redactor, described, named, shared_words

BOB = named("another child (1)", "Bob O'Brien-Adams")
ZOE = named("another child (2)", "Zoë Smith")
CALLED = described("another child (3)", "Robbie from Year 7")
TYPED = Other(instead="left out (1)", names=("the tall one",))
redact = Redactor(child="Amy Adams", others=[BOB, ZOE, CALLED, TYPED], kept=["Bob Host"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bob O'Brien-Adams hit Amy", "[another child (1)] hit Amy"),
        (
            "bob hit Amy Adams. BOB ran.",
            "[another child (1)] hit Amy Adams. [another child (1)] ran.",
        ),
        ("Bob's bag, Bob’s coat", "[another child (1)]'s bag, [another child (1)]’s coat"),
        ("Bob  O’Brien\nAdams", "[another child (1)]"),
        ("Zoe and zoë", "[another child (2)] and [another child (2)]"),
        ("Bo\u200bb and B\u202eob", "[another child (1)] and [another child (1)]"),
        ("Bobbing about, Smithy", "Bobbing about, Smithy"),
        ("Robbie is in Year 7", "[another child (3)] is in Year 7"),
        ("the TALL one", "[left out (1)]"),
        ("Bob Host asked Bob", "Bob Host asked [another child (1)]"),
        ("Miss Adams", "Miss Adams"),
        ("", ""),
    ],
)
def test_e93_names_of_others_are_replaced_and_nothing_else(text: str, left: str) -> None:
    assert redact(text) == left


def test_e93_words_that_two_children_share_are_told_to_whoever_looks() -> None:
    assert shared_words("Amy Adams", [BOB, ZOE]) == ["adams"]
    assert shared_words("Amy Adams", [named("another child (1)", "Amy Zed")]) == ["amy"]


def test_nobody_else_leaves_a_text_as_it_is() -> None:
    assert Redactor(child="Amy Adams", others=[])("Bob hit Zoë") == "Bob hit Zoë"


letters = st.text(alphabet="abÄß’' -\n\u200b1.BobZë", max_size=20)


@given(letters, letters)
def test_no_name_is_left_whatever_stands_around_it(before: str, after: str) -> None:
    left = redact(f"{before} Zoë Smith. {after}")

    assert "Zoë Smith" not in left
    assert "[another child (2)]" in left
