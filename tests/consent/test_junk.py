"""A thousand damaged links and odd forms: never a fault, never an answer, never a hint."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.links import token
from consent.models import Answer, Invalidation, Request
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import tokens
from tests.consent.builders import answer, ask, request_of, typed

pytestmark = pytest.mark.django_db

TAILS = ("", "change/", "recording/", "refusal/", "confirm/", "withdraw/", "undo/", "help/",
         "not-me/", "new-link/")  # fmt: skip
FIELDS = ("takes_part", "name", "relationship", "version", "sealed", "objection", "wants_call",
          "may_be_recorded", "choice", "need", "reason", "agreed", "edit", "email")  # fmt: skip
# What a row holds that only a person may change.
HELD = ("link_version", "disowned_at", "help_asked_at", "ended_at", "failed_at")
A_HUNDRED_TIMES_TEN = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.text(max_size=60) | st.sampled_from(
    ["yes", "no", "1", "-1", "0", "9" * 30, "True", "\x00", "<script>", "%s", "a" * 5000, "undo",
     "withdraw", "keep", "on", "language", "mother", "{{ token }}", "../../etc", "\u202e"]
)  # fmt: skip


@pytest.fixture
def asked(host: StaffMember, maya: Pupil, mum: Guardian) -> Request:
    """A request to which there is a yes that junk must not touch."""
    one = request_of(ask(host, maya), maya, mum)
    answer(one, takes_part=True)
    return one


@pytest.fixture
def stranger() -> Client:
    """Somebody with no cookie, to whom a fault of ours would be a 500."""
    return Client(raise_request_exception=False)


def held() -> list[Any]:
    return [
        list(Request.objects.values_list(*HELD)),
        list(Answer.objects.values_list("pk", "kind")),
        Invalidation.objects.count(),
    ]


@st.composite
def damaged(draw: Any) -> Any:
    """How a link may be damaged on its way: cut, doubled, changed in a place, of another kind."""
    return draw(
        st.one_of(
            st.tuples(st.just("cut"), st.integers(0, 60)),
            st.tuples(st.just("change"), st.integers(0, 60), st.characters(codec="utf-8")),
            st.tuples(st.just("add"), words),
            st.tuples(st.just("other"), st.integers(-(2**70), 2**70), st.integers(-5, 2**70)),
            st.tuples(st.just("purpose"), st.sampled_from(["join", "class", "consent "])),
            st.tuples(st.just("junk"), words),
        )
    )


def damage(link: str, how: Any) -> str:
    kind, *facts = how
    if kind == "cut":
        return link[: facts[0] % len(link)]
    if kind == "change":
        place = facts[0] % len(link)
        return link[:place] + facts[1] + link[place + 1 :]
    if kind == "add":
        return link + facts[0]
    if kind == "other":
        return tokens.sign("consent", *facts)
    if kind == "purpose":
        return tokens.sign(facts[0], 1, 1)
    return str(facts[0])


@A_HUNDRED_TIMES_TEN
@given(how=damaged(), tail=st.sampled_from(TAILS), posts=st.booleans())
def test_damaged_links_open_one_and_the_same_page(
    asked: Request, stranger: Client, how: Any, tail: str, posts: bool
) -> None:
    good = token(asked.pk, asked.link_version)
    bad = damage(good, how)
    if bad == good or bad.strip("/") == "new-link":
        return
    before = held()
    path = f"/c/{quote(bad, safe='')}/{tail}"
    response = stranger.post(path, typed(asked)) if posts else stranger.get(path)
    assert response.status_code == 404
    text = response.content.decode()
    assert [name for name in ("Maya", "Okafor", "Reading group") if name in text] == []
    assert held() == before


@A_HUNDRED_TIMES_TEN
@given(
    tail=st.sampled_from(TAILS),
    form=st.dictionaries(st.sampled_from(FIELDS) | words, words, max_size=8),
)
def test_odd_forms_decide_nothing(
    asked: Request, stranger: Client, tail: str, form: dict[str, str]
) -> None:
    before = held()
    response = stranger.post(f"/c/{token(asked.pk, asked.link_version)}/{tail}", form)
    assert response.status_code in {200, 303, 400, 409, 422}
    if tail in {"help/", "not-me/", "new-link/"} and response.status_code == 200:
        # A choice that is on the page was made: what it does is harmless, and no answer.
        Request.objects.filter(pk=asked.pk).update(
            link_version=asked.link_version, disowned_at=None, help_asked_at=None, help_needed=""
        )
    assert held() == before


@A_HUNDRED_TIMES_TEN
@given(body=st.binary(max_size=400), kind=st.sampled_from(
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""]
))  # fmt: skip
def test_odd_bodies_decide_nothing(
    asked: Request, stranger: Client, body: bytes, kind: str
) -> None:
    before = held()
    path = f"/c/{token(asked.pk, asked.link_version)}/confirm/"
    response = stranger.post(path, body, content_type=kind)
    assert response.status_code in {303, 400, 413}
    assert held() == before
