"""The school's own words stand in families' letters, under what the policy has them read, and in no other."""

from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from school.services import change_setting, choose_logo
from schoolsafe.lib import clock
from tests.concerns.papers import picture
from tests.consent.builders import ask, page, request_of

WORDS = "<b>Bring</b> a book & a smile."


def bodies(letter: Any) -> tuple[str, str]:
    """The text of a letter and its page, without the address of its link."""
    return str(letter.body), str(letter.alternatives[0][0])


def looks(family: Client, address: str) -> str:
    return family.get(address).content.decode()


def test_question_to_a_family_ends_with_the_words_of_the_school_and_lacks_nothing(
    school_day: object, host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    change_setting("families_words", WORDS, by=lead, why="The governors like it.", seen=0)
    ask(host, maya)
    outbox.run_due(clock.now())
    [letter] = mail.outbox
    text, html = bodies(letter)
    assert letter.to == [mum.email]
    head, foot = text.split("--\n")
    assert WORDS in foot
    assert "020 7946 0100" in foot
    assert WORDS not in head
    assert "No answer counts as no: without a yes, " in head
    assert "&lt;b&gt;Bring&lt;/b&gt; a book &amp; a smile." in html
    assert "<b>Bring" not in html


def test_page_of_a_question_has_words_colour_and_logo_and_changes_with_them(
    school_day: object, host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian,
    family: Client,
) -> None:  # fmt: skip
    """It is written once for all families of a call, and kept: not beyond what the school chooses."""
    address = page(request_of(ask(host, maya), maya, mum))
    for part in ("Bring a book.", "/school/colour/", "/school/logo/"):
        assert part not in looks(family, address)
    change_setting("families_words", "Bring a book.", by=lead, why="So.", seen=0)
    change_setting("colour", "#7a1f5c", by=lead, why="So.", seen=0)
    logo = choose_logo(picture(), by=lead, why="So.", seen=0)
    told = looks(family, address)
    assert "Bring a book." in told
    assert reverse("school_colour", args=["7a1f5c"]) in told
    assert reverse("school_logo_picture", args=[logo.digest]) in told
