import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolsafe.lib import logs, tokens
from schoolsafe.lib.tokens import BadToken

OLD, NEW, STRANGE = (letter * 40 for letter in "ons")


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.LINK_KEYS = [OLD]


@pytest.mark.parametrize("parts", [(1,), (12, 3), (0, 0), (2**63 - 1, 2**31, 7)])
def test_read_of_a_signed_token_returns_its_numbers(parts):
    token = tokens.sign("consent", *parts)
    assert tokens.read("consent", token, parts=len(parts)) == parts
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    assert len(token) <= 110


def test_sign_gives_the_same_link_each_time():
    assert tokens.sign("consent", 12, 3) == tokens.sign("consent", 12, 3)


def test_read_for_another_purpose_is_refused():
    token = tokens.sign("consent", 12, 3)
    for purpose in ("join", "class", "consent.", ""):
        with pytest.raises(BadToken):
            tokens.read(purpose, token, parts=2)


def test_read_with_another_number_of_parts_is_refused():
    token = tokens.sign("join", 12, 3)
    for parts in (0, 1, 3):
        with pytest.raises(BadToken):
            tokens.read("join", token, parts=parts)


def test_read_after_a_new_key_came_first_still_reads_the_old(settings):
    old = tokens.sign("join", 12)
    settings.LINK_KEYS = [NEW, OLD]
    new = tokens.sign("join", 12)
    assert new != old
    assert [tokens.read("join", token, parts=1) for token in (old, new)] == [(12,), (12,)]
    settings.LINK_KEYS = [NEW]
    with pytest.raises(BadToken):
        tokens.read("join", old, parts=1)


def test_read_under_a_strange_key_or_the_secret_key_is_refused(settings):
    token = tokens.sign("join", 12)
    for keys in ([STRANGE], [settings.SECRET_KEY]):
        settings.LINK_KEYS = keys
        with pytest.raises(BadToken):
            tokens.read("join", token, parts=1)


def test_read_of_any_one_changed_character_is_refused():
    token = tokens.sign("join", 12, 3)
    for place in range(len(token)):
        for other in {"A", "b", "_", "."} - {token[place]}:
            with pytest.raises(BadToken):
                tokens.read("join", token[:place] + other + token[place + 1 :], parts=2)


@pytest.mark.parametrize(
    "rubbish", ["", ".", "a", "a.b", "é.é", "\x00", "%2e", "x" * 10_000, " ", "MTI.", ".MTI", "=.="]
)
def test_read_of_rubbish_is_refused_without_saying_why(rubbish):
    with pytest.raises(BadToken) as refusal:
        tokens.read("join", rubbish, parts=1)
    assert str(refusal.value) == ""


@given(st.text())
def test_read_of_anything_at_all_never_fails_in_another_way(text):
    with pytest.raises(BadToken):
        tokens.read("join", text, parts=1)


@given(st.lists(st.integers(min_value=0, max_value=2**63), min_size=1, max_size=3))
def test_every_token_is_masked_in_logs_even_without_its_address(parts):
    token = tokens.sign("join", *parts)
    assert logs.mask(f"read {token} now") == "read *** now"
