"""The pages of signing in speak the words of the school, not those of the libraries behind them."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from school.models import School, StaffMember
from schoolsafe import accounts, forms
from tests.factories import PASSWORD
from tests.meetings.pages import beside, summary, words

SignIn = Callable[..., Client]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What only the libraries say. "Email" without its hyphen is one of their words too.
FOREIGN = re.compile(
    r"\bEmail\b|[Ss]uccessfully|authenticat(?!or app)|two-factor|\b[Ll]ogin\b|[Ii]nvalid|"
    r"Current Password|New Password|Master key|Passwordless|This field|Incorrect|placeholder"
)
OPEN = ["account_login", "account_reset_password", "account_reset_password_done"]
OPEN += ["account_reset_password_from_key_done", "account_signup", "account_inactive"]
SIGNED_IN = ["account_logout", "account_reauthenticate", "account_change_password", "mfa_index"]
SIGNED_IN += ["mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"]
WITH_APP = ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"]


def foreign(page: str) -> list[str]:
    """The foreign words between the tags of a page, and inside the boxes."""
    main = page.split("<main", 1)[1].split("</main>")[0]
    boxes = " ".join(re.findall(r'placeholder="[^"]*"', main))
    plain = re.sub(r"<script.*?</script>|<[^>]*>", " ", main, flags=re.DOTALL)
    return FOREIGN.findall(f"{plain} {boxes}")


def test_foreign_words_would_be_found() -> None:
    page = '<main><label>Email</label><input placeholder="Password"> Successfully done</main>'
    assert foreign(page) == ["Email", "Successfully", "placeholder"]


@pytest.mark.parametrize("page", OPEN)
def test_page_for_everybody_has_no_foreign_word(school: object, page: str) -> None:
    assert foreign(Client().get(reverse(page)).content.decode()) == []


@pytest.mark.parametrize("page", SIGNED_IN)
def test_page_of_an_account_has_no_foreign_word(
    host: StaffMember, staff_client: SignIn, page: str
) -> None:
    answer = staff_client(host).get(reverse(page))
    assert answer.status_code == 200
    assert foreign(answer.content.decode()) == []


@pytest.mark.parametrize("page", WITH_APP)
def test_page_of_a_second_factor_has_no_foreign_word(
    host: StaffMember, staff_client: SignIn, page: str
) -> None:
    client = staff_client(host)
    TOTP.activate(host.user, SECRET)
    client.post(reverse("mfa_generate_recovery_codes"))
    answer = client.get(reverse(page))
    assert answer.status_code == 200
    assert foreign(answer.content.decode()) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, ["E-mail address – Type your e-mail address.", "Password – Type your password."]),
        (
            {"login": "nonsense", "password": "x"},
            ["E-mail address – Write an e-mail address, like name@example.com."],
        ),
        (
            {"login": "who@nobody.example", "password": "x"},
            ["The e-mail address or the password is not right. Check both."],
        ),
    ],
)
def test_sign_in_says_what_is_missing(
    school: object, typed: dict[str, str], said: list[str]
) -> None:
    page = Client().post(reverse("account_login"), typed)
    assert summary(page) == said
    # The password typed is not given back: nothing may say that it is still here.
    assert "What you wrote is still here" not in words(page)


def test_too_many_wrong_passwords_say_how_long_to_wait(host: StaffMember) -> None:
    client = Client()
    typed = {"login": host.email, "password": "wrong"}
    for _ in range(6):
        page = client.post(reverse("account_login"), typed)
    assert summary(page) == [accounts.TOO_MANY]


@pytest.mark.parametrize(
    ("new", "again", "field", "said"),
    [
        ("short", "short", "password1", "That is shorter than 12 characters. Add another word."),
        (
            "password1234",
            "password1234",
            "password1",
            "Too many people use that one. Put three or four words of your own together.",
        ),
        (
            "host@longlane.example",
            "host@longlane.example",
            "password1",
            "That is too like your name or address. Choose words that are not about you.",
        ),
        (
            "my Elm-field garden",
            "my Elm-field garden",
            "password1",
            "There is a word of the school or of this software in it, which is tried first. Choose others.",
        ),
        ("four quiet green kettles", "five", "password2", forms.DIFFERENT),
        ("", "", "password2", "Type the new password once more."),
    ],
)
def test_new_password_is_refused_by_what_is_wrong_with_it(
    host: StaffMember, staff_client: SignIn, new: str, again: str, field: str, said: str
) -> None:
    host.user.email = host.user.username = "host@longlane.example"
    host.user.save()
    typed = {"password1": new, "password2": again}
    change = reverse("account_change_password")
    page = staff_client(host).post(change, typed | {"oldpassword": PASSWORD})
    assert beside(page, field) == [said]

    key = default_token_generator.make_token(host.user)
    parts = {"uidb36": user_pk_to_url_str(host.user), "key": key}
    client = Client()
    form = client.get(reverse("account_reset_password_from_key", kwargs=parts), follow=True)
    assert beside(client.post(form.request["PATH_INFO"], typed), field) == [said]


@pytest.mark.parametrize(
    ("name", "password", "is_refused"),
    [
        ("St Anne's Church of England Primary School", "anne and four kettles", True),
        ("St Anne's Church of England Primary School", "@nn3 and four kettles", True),
        ("St Anne's Church of England Primary School", "old school church bus", False),
        ("Elmfield Primary School", "E1mf1eld four kettles", True),
        ("Elmfield Primary School", "elm tree and field mouse", False),
        ("Elmfield Primary School", "safeguarding2026", True),
        ("Elmfield Primary School", "S c h o o l S a f e !", True),
        ("Szkoła Żółw", "zielony ŻÓŁW i mysz", True),
        ("The Oak", "oak tree by the river", False),
        ("", "four quiet green kettles", False),
        ("", "schoolsafe for ever", True),
    ],
)
def test_word_of_the_school_or_the_product_is_refused_in_a_password(
    host: StaffMember, school: School, name: str, password: str, is_refused: bool
) -> None:
    School.objects.filter(pk=1).update(name=name)
    refusal: Any = pytest.raises(ValidationError) if is_refused else nullcontext()
    with refusal as found:
        validate_password(password, host.user)
    codes = [one.code for one in found.value.error_list] if found else []
    assert codes == (["password_of_school"] if is_refused else [])


def test_password_is_looked_at_before_there_is_a_school(db: None) -> None:
    validate_password("four quiet green kettles")


def test_changed_password_leads_to_the_start_page_and_is_said_once(
    host: StaffMember, staff_client: SignIn
) -> None:
    new = "four quiet green kettles"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    page = staff_client(host).post(reverse("account_change_password"), typed, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert words(page).count("Your password is changed.") == 1


def test_password_set_by_a_letter_is_said_by_the_page_alone(host: StaffMember) -> None:
    key = default_token_generator.make_token(host.user)
    parts = {"uidb36": user_pk_to_url_str(host.user), "key": key}
    client = Client()
    form = client.get(reverse("account_reset_password_from_key", kwargs=parts), follow=True)
    new = {"password1": "four quiet green kettles", "password2": "four quiet green kettles"}
    done = client.post(form.request["PATH_INFO"], new, follow=True)
    assert "Sign in with the new one." in words(done)
    assert 'class="alert' not in done.content.decode()


def test_wrong_code_and_useless_key_are_told_apart(host: StaffMember, staff_client: SignIn) -> None:
    client = staff_client(host)
    page = client.post(reverse("mfa_activate_totp"), {"code": "123"})
    assert beside(page, "code") == [accounts.FACTOR_REFUSALS["incorrect_code"]]
    added = client.post(reverse("mfa_add_webauthn"), {"name": "Mine", "credential": '{"id": "x"}'})
    assert summary(added) == [forms.UNKNOWN_KEY]
    assert Authenticator.objects.filter(type="webauthn").count() == 0


@pytest.mark.parametrize("sent", ["", "{}", "no json", '{"id": "x"}'])
def test_sign_in_with_a_key_that_is_nobodys_says_so(school: object, sent: str) -> None:
    page = Client().post(reverse("mfa_login_webauthn"), {"credential": sent}, follow=True)
    assert words(page).count(forms.UNKNOWN_KEY) == 1


def test_other_ways_to_confirm_are_buttons_that_say_what_one_does(
    host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)
    TOTP.activate(host.user, SECRET)
    assert "Type a code" in words(client.get(reverse("account_reauthenticate")))
    assert "Type my password" in words(client.get(reverse("mfa_reauthenticate")))


def test_every_message_of_allauth_that_can_appear_is_one_of_ours() -> None:
    templates = settings.BASE_DIR / "templates"
    ours = {path.name for path in templates.glob("account/messages/*.txt")}
    assert ours == {"logged_in.txt", "logged_out.txt", "password_changed.txt", "password_set.txt"}
    assert {path.name for path in templates.glob("mfa/messages/*.txt")} == {
        "recovery_codes_generated.txt",
        "totp_activated.txt",
        "totp_deactivated.txt",
        "webauthn_added.txt",
        "webauthn_removed.txt",
    }
