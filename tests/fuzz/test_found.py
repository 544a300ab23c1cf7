"""Whatever a fuzzer has found is run for ever, beside what every target is begun with."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, WORDS

FOUND = Path(__file__).parent / "found"
KEPT = sorted(file for file in FOUND.glob("*/*") if file.is_file())


@pytest.mark.parametrize("file", KEPT, ids=[f"{file.parent.name}-{file.name}" for file in KEPT])
def test_what_was_found_stays_mended(file):
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_end_in_a_value_or_a_named_refusal(name):
    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.binary(max_size=20) | st.sampled_from(WORDS[name]), max_size=30))
    def end_well(pieces: list[bytes]) -> None:
        TARGETS[name](b"".join(pieces))

    end_well()


def test_every_target_has_its_words_and_what_was_found_has_a_target():
    assert WORDS.keys() == TARGETS.keys()
    assert {file.parent.name for file in KEPT} <= TARGETS.keys()
