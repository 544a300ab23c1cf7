"""What somebody typed comes back when it was not taken, to whom it was typed by (E19)."""

import html
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from tests.concerns.log import log

pytestmark = pytest.mark.django_db
WORDS = 'Amy said that <b>"uncle"</b> comes at night.\nShe cried.'
OURS = {"Sec-Fetch-Site": "same-origin"}
SignIn = Callable[..., Client]


@pytest.fixture
def address(host: StaffMember) -> str:
    return reverse("concerns:add", args=[log(host).reference])


def written(page: str) -> str:
    """What stands in the first box of a page, as a person reads it."""
    box = page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]
    return html.unescape(box)


def test_e19_what_is_written_comes_back_when_the_session_has_ended(address: str) -> None:
    page = Client().post(address, {"text": WORDS}, headers=OURS)

    assert page.status_code == 401
    assert "NOT SENT" in page.content.decode()
    assert written(page.content.decode()) == WORDS
    assert f'href="{address}"' in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_e19_what_is_written_comes_back_when_the_page_was_open_too_long(
    address: str, host: StaffMember, staff_client: SignIn
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = staff_client(host).cookies

    page = browser.post(address, {"text": WORDS}, headers=OURS)

    assert (page.status_code, written(page.content.decode())) == (403, WORDS)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.test"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_no_other_site_puts_words_on_our_page(address: str, headers: dict[str, str]) -> None:
    page = Client().post(address, {"text": WORDS}, headers=headers)

    assert (page.status_code, WORDS in page.content.decode()) == (302, False)


def test_an_old_browser_says_where_the_form_was(address: str) -> None:
    page = Client().post(address, {"text": WORDS}, headers={"Origin": "http://testserver"})

    assert page.status_code == 401


@pytest.mark.parametrize(
    "sent", [{}, {"text": "yes"}, {"csrfmiddlewaretoken": "two words here"}, {"password": WORDS}]
)
def test_where_nothing_is_lost_one_signs_in_at_once(address: str, sent: dict[str, str]) -> None:
    assert Client().post(address, sent, headers=OURS).status_code == 302
