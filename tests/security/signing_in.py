"""How attacks come in: from a browser of nobody's, at some internet address."""

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from school.models import StaffMember
from tests.factories import PASSWORD

SCHOOL = "198.51.100.7"
ELSEWHERE = "203.0.113.5"
WRONG = "not the right one"


def try_to(client: Client, address: str, password: str, *, sender: str = SCHOOL) -> HttpResponse:
    """Type an address and a password."""
    typed = {"login": address, "password": password}
    return client.post(reverse("account_login"), typed, REMOTE_ADDR=sender)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def lets_in(client: Client, person: StaffMember, *, sender: str = SCHOOL) -> bool:
    """Tell whether the right password lets this browser in."""
    try_to(client, person.email, PASSWORD, sender=sender)
    return is_in(client)


def browser_of(*people: StaffMember) -> Client:
    """A browser in which these have signed in once, and out again."""
    client = Client()
    for person in people:
        assert lets_in(client, person)
        client.post(reverse("account_logout"))
        assert not is_in(client)
    return client
