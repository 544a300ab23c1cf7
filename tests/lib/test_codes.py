"""Codes that stand for the numbers of rows."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schoolsafe.lib.codes import LENGTH, code_of, number_of
from schoolsafe.lib.rows import LARGEST

NUMBERS = st.integers(min_value=0, max_value=LARGEST)
TABLES = st.sampled_from(["concerns_entry", "concerns_task", "concerns_involved"])
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OLD, NEW = "o" * 40, "n" * 40


@given(TABLES, NUMBERS)
def test_number_comes_back_from_its_code(table: str, number: int) -> None:
    code = code_of(table, number)
    assert number_of(table, code) == number
    assert code == code_of(table, number)
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{{LENGTH}}}", code)


@given(TABLES, NUMBERS, TABLES, NUMBERS)
def test_no_two_codes_are_alike(table: str, number: int, other: str, second: int) -> None:
    assume((table, number) != (other, second))
    assert code_of(table, number) != code_of(other, second)


@given(st.integers(min_value=0, max_value=10_000))
def test_neighbours_have_nothing_in_common(number: int) -> None:
    pair = zip(code_of("t", number), code_of("t", number + 1), strict=True)
    assert sum(one == other for one, other in pair) < LENGTH // 2


@given(
    TABLES,
    NUMBERS,
    st.integers(min_value=0, max_value=LENGTH - 1),
    st.sampled_from(LETTERS),
)
def test_tampered_code_is_not_taken(table: str, number: int, at: int, letter: str) -> None:
    code = code_of(table, number)
    assume(code[at] != letter)
    with pytest.raises(ValueError, match="No row has this code"):
        number_of(table, f"{code[:at]}{letter}{code[at + 1 :]}")


@given(st.text(max_size=40))
def test_made_up_code_is_not_taken(code: str) -> None:
    with pytest.raises(ValueError, match="No row has this code"):
        number_of("concerns_entry", code)


@given(NUMBERS)
def test_code_of_one_table_is_not_taken_in_another(number: int) -> None:
    with pytest.raises(ValueError, match="No row has this code"):
        number_of("concerns_task", code_of("concerns_entry", number))


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_number_that_no_row_has_gets_no_code(number: int) -> None:
    with pytest.raises(ValueError, match="No row has this number"):
        code_of("concerns_entry", number)


def test_code_of_an_old_key_is_still_read_until_the_key_goes(settings) -> None:  # type: ignore[no-untyped-def]
    settings.LINK_KEYS = [OLD]
    old = code_of("concerns_entry", 7)
    settings.LINK_KEYS = [NEW, OLD]
    assert number_of("concerns_entry", old) == 7
    assert code_of("concerns_entry", 7) != old
    settings.LINK_KEYS = [NEW]
    with pytest.raises(ValueError, match="No row has this code"):
        number_of("concerns_entry", old)
