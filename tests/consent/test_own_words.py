"""The school's own words stand in families' letters, under what the policy has them read, and in no other."""

from typing import Any

from django.core import mail

from notices import services as outbox
from school.models import Guardian, Pupil, StaffMember
from school.services import change_setting
from schoolsafe.lib import clock
from tests.consent.builders import ask

WORDS = "<b>Bring</b> a book & a smile."


def bodies(letter: Any) -> tuple[str, str]:
    """The text of a letter and its page, without the address of its link."""
    return str(letter.body), str(letter.alternatives[0][0])


def test_question_to_a_family_ends_with_the_words_of_the_school_and_lacks_nothing(
    school_day: object, host: StaffMember, lead: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    change_setting("families_words", WORDS, by=lead, why="The governors like it.", seen=0)
    ask(host, maya)
    outbox.run_due(clock.now())
    [letter] = mail.outbox
    text, page = bodies(letter)
    assert letter.to == [mum.email]
    head, foot = text.split("--\n")
    assert WORDS in foot
    assert "020 7946 0100" in foot
    assert WORDS not in head
    assert "No answer counts as no: without a yes, " in head
    assert "&lt;b&gt;Bring&lt;/b&gt; a book &amp; a smile." in page
    assert "<b>Bring" not in page
