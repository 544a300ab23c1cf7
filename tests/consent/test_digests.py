"""A guardian asked about several calls at one time has one letter (E52), except where E44 forbids."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from consent import services
from consent.policy import Asked
from notices import services as outbox
from notices.models import Notice
from notices.selectors import letter_of
from school.models import Guardian, Guardianship, Pupil, StaffMember
from schoolsafe.lib import clock
from tests.consent.builders import answer, ask, page, plan, request_of

pytestmark = pytest.mark.django_db

OTHER = "meetings.meeting:2"


def other_call(**facts: Any) -> Asked:
    return plan(title="Chess", starts_at=clock.now() + timedelta(days=9), **facts)


def letters() -> list[str]:
    """Send what is due; return every letter with all its forms."""
    outbox.run_due(clock.now())
    return [f"{m.subject}\n{m.body}\n{m.alternatives[0][0]}" for m in mail.outbox]  # type: ignore[attr-defined]


def test_e52_two_calls_are_one_letter_each_child_with_their_own_link(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    first = ask(host, maya, tom)
    second = ask(host, tom, about=OTHER, asked=other_call())
    [letter] = letters()
    assert letter.startswith("Please answer about 2 video calls\n")
    wanted = [request_of(first, maya, mum), request_of(first, tom, mum)]
    for request in [*wanted, request_of(second, tom, mum)]:
        # In the text, and on the button.
        assert letter.count(page(request)) == 2
    # The earlier call stands first.
    assert letter.index("Chess") < letter.index("Reading group")
    assert "Okafor" not in letter
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}


def test_e52_answered_call_falls_out_at_the_moment_of_sending(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    ask(host, maya)
    second = ask(host, maya, about=OTHER, asked=other_call())
    answer(request_of(second, maya, mum), takes_part=True)
    asking = [one for one in letters() if "may Maya take part" in one.partition("\n")[0]]
    assert len(asking) == 1
    assert "Chess" not in asking[0]


def test_e52_closed_call_and_blocked_child_fall_out(
    host: StaffMember, lead: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    ask(host, maya)
    ask(host, tom, about=OTHER, asked=other_call())
    third = ask(host, maya, about="meetings.meeting:3", asked=plan(title="Choir"))
    services.close(third, by=host)
    Guardianship.objects.filter(guardian=mum, pupil=tom).update(
        blocked_from=clock.today(), block_reason="order", block_evidence="file",
        block_approved_by=lead,
    )  # fmt: skip
    [letter] = letters()
    assert "Reading group" in letter
    assert [word for word in ("Tom", "Chess", "Choir") if word in letter] == []


def test_e44_child_with_a_safe_address_is_in_no_letter_with_others(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian
) -> None:
    Pupil.objects.filter(pk=tom.pk).update(is_address_confidential=True)
    ask(host, maya)
    ask(host, maya, about="meetings.meeting:3", asked=plan(title="Choir"))
    ask(host, tom, about=OTHER, asked=other_call())
    found = letters()
    assert len(found) == 2
    [own] = [letter for letter in found if "Tom" in letter]
    assert [word for word in ("Maya", "Chess", "Choir", "Reading") if word in own] == []
    [shared] = [letter for letter in found if letter is not own]
    assert "Choir" in shared
    assert "Reading group" in shared


def test_e52_reminder_and_question_of_one_request_ask_once(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    question = ask(host, maya)
    [letter] = services.due([(question.pk, maya.pk)], by=office, now=clock.now()).letters
    services.remind(by=office, pairs=[(question.pk, maya.pk)], seen=[letter.key])
    ask(host, maya, about=OTHER, asked=other_call())
    [letter] = letters()
    assert letter.count(page(request_of(question, maya, mum))) == 2
    why = Notice.objects.get(kind="consent_reminder").why
    assert why == "the same letter asks this already"


def test_e52_letter_is_in_the_language_of_its_reader_and_says_no_name_twice(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    ask(host, maya)
    ask(host, maya, about=OTHER, asked=other_call())
    [letter] = letters()
    assert "<<" not in letter
    assert letter.count("Answer for Maya O.") == 4


def test_e49_letter_about_several_calls_is_in_the_language_of_its_reader(
    host: StaffMember, maya: Pupil, mum: Guardian, settings: Any
) -> None:
    Guardian.objects.filter(pk=mum.pk).update(language="ar")
    ask(host, maya)
    ask(host, maya, about=OTHER, asked=other_call())
    outbox.run_due(clock.now())
    [notice, other] = Notice.objects.all()
    assert notice.letter == other.letter
    kept = letter_of(notice)
    assert kept is not None
    assert (kept.language, kept.lists_several) == ("ar", True)
    assert 'lang="ar"' in kept.html
