"""Every letter to a family is in the language on its record; staff see in which, and who read it over."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.template.loader import get_template
from django.utils import translation

from audit.models import Entry
from consent import services as consent
from consent.models import Answer, Question, Request
from meetings import services as meetings
from notices import kinds
from notices import services as outbox
from notices.models import Notice
from school import services
from school.checks import catalogues_are_compiled
from school.models import Guardian, LanguageApproval, Pupil, School, StaffMember
from school.roles import Role
from school.selectors import is_approved, written_in
from schoolsafe.lib import clock, languages
from schoolsafe.lib.languages import BY_CODE, TRANSLATED
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.consent import standing
from tests.consent.builders import answer, ask, page, plan, request_of
from tests.languages.reading import body, english_in, frame, words
from tests.meetings import calls, series

pytestmark = pytest.mark.django_db

# A question of no call that the same test plans.
APART = "meetings.meeting:900"
TO_FAMILIES = {
    "consent_request", "consent_reminder", "consent_changed", "consent_new_link",
    "consent_receipt", "consent_answered_by_other", "consent_undone", "consent_notice",
    "consent_standing",
    "meeting_join_link", "meeting_called_off", "meeting_removal",
}  # fmt: skip


@pytest.mark.parametrize("is_hidden", [False, True])
@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_subject_tells_a_new_link_to_answer_from_the_link_to_join(
    language: str, is_hidden: bool
) -> None:
    with translation.override(language):
        subjects = [
            get_template(f"{name}_subject.txt").render({"is_hidden": is_hidden}).strip()
            for name in ("consent/mail/new_link", "meetings/mail/join_link")
        ]
    assert len({*subjects} - {""}) == 2


def speak(guardian: Guardian, language: str) -> None:
    Guardian.objects.filter(pk=guardian.pk).update(language=language)


def letters_to(guardian: Guardian) -> list[Any]:
    outbox.run_due(clock.now())
    return [letter for letter in mail.outbox if letter.to == [guardian.email]]


def parts(letter: Any) -> Iterator[str]:
    """The subject, the plain text and the page of a letter, as they can be read."""
    yield letter.subject
    yield letter.body
    yield words(str(letter.alternatives[0][0]))


def write_every_letter(
    host: StaffMember, co_host: StaffMember, pupils: list[Pupil], mum: Guardian, travel: Any
) -> None:
    """Ask, remind, change, answer, call off, remove: everything that makes a family's letters."""
    maya, tom = pupils
    start = clock.now()
    families = [(mum, maya), (mum, tom)]
    called_off = calls.shared(host, families, co_hosts=[co_host])
    running = calls.shared(host, families, co_hosts=[co_host])
    outbox.run_due(clock.now())
    meetings.cancel(called_off, by=host)
    travel(calls.STARTS - timedelta(minutes=5))
    calls.confirm(running, host, co_host)
    meetings.open_door(running, by=host)
    meetings.remove(running, by=host, pupil_id=maya.pk, reason="Shouting")
    outbox.run_due(clock.now())
    travel(start)
    question = ask(host, maya, tom, about=APART)
    asked = request_of(question, maya, mum)
    outbox.run_due(clock.now())
    consent.send_new_link(asked, by=mum)
    outbox.run_due(clock.now())
    travel(start + timedelta(days=4))
    outbox.run_due(clock.now())
    answer(request_of(question, maya, mum), takes_part=True)
    answer(request_of(question, tom, mum), takes_part=False, name="Mallory Malone")
    outbox.run_due(clock.now())
    consent.undo(request_of(question, maya, mum), by=mum)
    outbox.run_due(clock.now())
    answer(request_of(question, maya, mum), takes_part=False)
    office = factories.make_staff(roles=(Role.OFFICE,))
    said = Answer.objects.filter(request__pupil=maya).latest("pk")
    consent.invalidate(said, by=office, reason="Somebody else's child")
    outbox.run_due(clock.now())
    for facts in ({"staff": ("Helen Host", "Carol Colleague"), "is_recorded": True},
                  {"starts_at": question.asked.starts_at + timedelta(days=1)}):  # fmt: skip
        question = Question.objects.get(pk=question.pk)
        consent.reword(question, by=host, asked=plan(**facts))
        outbox.run_due(clock.now())
    question = Question.objects.get(pk=question.pk)
    answer(request_of(question, maya, mum), takes_part=True, may_be_recorded=False)
    with translation.override(Guardian.objects.get(pk=mum.pk).language):
        consent.withdraw(request_of(question, maya, mum), by=mum)
    outbox.run_due(clock.now())
    factories.make_term(ends_on=date(2027, 7, 16))
    standing.give(host, maya, mum)
    standing.later(host, maya)
    outbox.run_due(clock.now())


@pytest.mark.parametrize("code", TRANSLATED)
def test_e49_every_letter_is_in_the_language_of_the_family(
    code: str, host: StaffMember, co_host: StaffMember, maya: Pupil, mum: Guardian, travel: Any
) -> None:
    tom = factories.make_pupil("Tom", "Okafor")
    factories.tie_guardian(mum, tom)
    speak(mum, code)
    write_every_letter(host, co_host, [maya, tom], mum, travel)
    sent = Notice.objects.filter(guardian=mum, state="sent")
    assert set(sent.values_list("kind", flat=True)) == TO_FAMILIES
    for letter in letters_to(mum):
        for part in parts(letter):
            assert english_in(part, code) == [], part
        assert frame(str(letter.alternatives[0][0])) == (code, BY_CODE[code].direction)


@pytest.mark.parametrize("code", TRANSLATED)
def test_e49_letters_about_several_dates_and_calls_are_in_the_language_of_the_family(
    code: str, host: StaffMember, co_host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    speak(mum, code)
    dates = series.asked(host, [maya], co_hosts=[co_host])
    [about_dates] = letters_to(mum)
    assert len(dates) == 3
    for about in ("meetings.meeting:901", "meetings.meeting:902"):
        ask(host, maya, about=about)
    about_calls = letters_to(mum)[-1]
    for letter in (about_dates, about_calls):
        for part in parts(letter):
            assert english_in(part, code) == [], part
    # How many there are is said in every language.
    assert ("3" in about_dates.body, "2" in about_calls.subject) == (True, True)


@pytest.mark.parametrize("code", TRANSLATED)
def test_e34_letter_to_the_address_until_now_is_in_the_language_of_the_family(
    code: str, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    speak(mum, code)
    consent.correct_address(Guardian.objects.get(pk=mum.pk), by=office, email="new@family.example")
    [letter] = letters_to(mum)
    for part in parts(letter):
        assert english_in(part, code) == [], part


def test_list_of_letters_to_families_is_complete() -> None:
    to_staff = {"consent_unanswered", "consent_help_wanted"}
    apart = {"consent_address_changed"}
    found = {kind.name for kind in kinds.kinds() if kind.name.startswith("consent_")}
    assert found - to_staff - apart == {name for name in TO_FAMILIES if name.startswith("consent_")}


def test_letter_in_arabic_keeps_numbers_and_addresses_in_order(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    speak(mum, "ar")
    ask(host, maya)
    [letter] = letters_to(mum)
    page_of_it = str(letter.alternatives[0][0])
    assert "\u2066020 7946 0100\u2069" in letter.body
    assert '<span class="number" dir="ltr">020 7946 0100</span>' in page_of_it
    assert '<span class="address" dir="ltr">http' in page_of_it
    assert "\u2068Maya\u2069" in letter.subject
    # What is hidden in the text would make an address unusable.
    link = next(line for line in letter.body.splitlines() if line.startswith("http"))
    assert link.isascii()


def test_letter_to_a_language_that_we_do_not_have_is_english(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    speak(mum, "so")
    ask(host, maya)
    [letter] = letters_to(mum)
    assert letter.subject == "Please answer: may Maya take part in a video call?"
    assert frame(str(letter.alternatives[0][0])) == ("en", "ltr")


def test_letters_of_one_call_are_each_in_their_own_language(
    host: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    dad = factories.make_guardian(maya, name="Bayo Okafor", email="bayo@family.example")
    ask(host, maya)
    outbox.run_due(clock.now())
    subjects = {letter.to[0]: letter.subject for letter in mail.outbox}
    assert subjects == {
        mum.email: "Prosimy o odpowiedź: czy Maya może wziąć udział w rozmowie wideo?",
        dad.email: "Please answer: may Maya take part in a video call?",
    }


# --- Who has read it over -------------------------------------------------------------------------
NOTE = "To tłumaczenie wykonał komputer."


@pytest.fixture
def asked(host: StaffMember, maya: Pupil, mum: Guardian) -> Request:
    """Maya's mother is asked, in Polish."""
    return request_of(ask(host, maya), maya, mum)


def test_family_reads_that_a_machine_translated_until_somebody_has_approved(
    asked: Request, office: StaffMember, family: Any, mum: Guardian
) -> None:
    assert NOTE in body(family.get(page(asked)))
    assert NOTE in body(family.get(page(asked, "new-link/")))
    [before] = letters_to(mum)
    assert NOTE in before.body
    assert NOTE in str(before.alternatives[0][0])
    services.approve_language(by=office, language="pl", speaker="Ewa Nowak")
    assert NOTE not in body(family.get(page(asked)))
    assert NOTE not in body(family.get(page(asked, "new-link/")))
    consent.send_new_link(asked, by=mum)
    after = letters_to(mum)[-1]
    assert NOTE not in after.body + str(after.alternatives[0][0])
    # One language's approval is no other's.
    asked.refresh_from_db()
    assert "Цей переклад зробив комп'ютер" in body(family.get(page(asked) + "?language=uk"))


def test_english_needs_nobody_s_approval(asked: Request, family: Any) -> None:
    assert "machine" not in body(family.get(page(asked) + "?language=en"))


def test_changed_texts_need_approval_again(
    asked: Request, office: StaffMember, family: Any, changed_texts: Callable[[str], None]
) -> None:
    approval = services.approve_language(by=office, language="pl", speaker="Ewa Nowak")
    assert is_approved(School.objects.get(), "pl")
    changed_texts("pl")
    assert not is_approved(School.objects.get(), "pl")
    assert languages.digest("pl") != approval.digest
    again = services.approve_language(by=office, language="pl", speaker="Ewa Nowak")
    assert again.digest == languages.digest("pl")
    assert is_approved(School.objects.get(), "pl")
    assert LanguageApproval.objects.count() == 2


def test_approval_is_written_down_with_who_and_what(office: StaffMember) -> None:
    approval = services.approve_language(by=office, language="ur", speaker="  Saira Khan ")
    assert (approval.speaker, approval.recorded_by, approval.approved_at) == (
        "Saira Khan", office, clock.now(),
    )  # fmt: skip
    entry = Entry.objects.get(verb="language.approve")
    assert (entry.actor, entry.object) == (office.actor, f"school.languageapproval:{approval.pk}")
    assert entry.detail == {"language": "ur", "digest": languages.digest("ur")}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("office", True), ("lead", True), ("head", True),
        ("deputy", False), ("host", False), ("colleague", False), ("chair", False),
        ("governor", False), ("it_superuser", False),
    ],
)  # fmt: skip
def test_approval_is_recorded_by_those_who_may_and_nobody_else(
    who: str, may: bool, request: pytest.FixtureRequest
) -> None:
    person: StaffMember = request.getfixturevalue(who)
    if may:
        services.approve_language(by=person, language="cy", speaker="Gwen Evans")
    else:
        with pytest.raises(NotAllowed):
            services.approve_language(by=person, language="cy", speaker="Gwen Evans")
    assert LanguageApproval.objects.exists() is may
    assert ("cy" in School.objects.get().approved_catalogues) is may


@pytest.mark.parametrize(("language", "speaker"), [("pl", "  "), ("en", "Ann"), ("xx", "Ann")])
def test_approval_needs_a_name_and_a_catalogue(
    language: str, speaker: str, office: StaffMember
) -> None:
    with pytest.raises(NotAllowed):
        services.approve_language(by=office, language=language, speaker=speaker)
    assert School.objects.get().approved_catalogues == {}


def test_records_take_an_approval_from_the_office(office: StaffMember, staff_client: Any) -> None:
    browser = staff_client(office)
    assert body(browser.get("/admin/school/languageapproval/add/")).count("<select") == 1
    done = browser.post(
        "/admin/school/languageapproval/add/", {"language": "bn", "speaker": "Rafiq Ahmed"}
    )
    assert done.status_code == 302
    approval = LanguageApproval.objects.get()
    assert (approval.speaker, approval.recorded_by) == ("Rafiq Ahmed", office)
    assert is_approved(School.objects.get(), "bn")
    listed = words(body(browser.get("/admin/school/languageapproval/")))
    assert "Bengali" in listed
    # Nobody changes or takes away what was recorded.
    there = f"/admin/school/languageapproval/{approval.pk}/"
    assert browser.post(f"{there}change/", {"speaker": "Somebody"}).status_code == 403
    assert browser.post(f"{there}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("who", ["deputy", "it_superuser"])
def test_records_take_no_approval_from_others(
    who: str, request: pytest.FixtureRequest, staff_client: Any
) -> None:
    browser = staff_client(request.getfixturevalue(who))
    done = browser.post("/admin/school/languageapproval/add/", {"language": "bn", "speaker": "X"})
    assert done.status_code == 403
    assert not LanguageApproval.objects.exists()


def test_settings_of_the_school_give_nobody_an_approval(
    lead: StaffMember, staff_client: Any
) -> None:
    text = body(staff_client(lead).get("/admin/school/school/1/change/"))
    assert "office_telephone" in text
    assert 'name="approved_catalogues"' not in text


def test_staff_see_in_which_language_a_family_is_written_to(
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    maya: Pupil,
    mum: Guardian,
    staff_client: Any,
) -> None:
    factories.make_guardian(maya, name="Bayo Okafor", email="bayo@family.example")
    call = calls.asked(host, [maya], co_hosts=[co_host], is_recorded=True)
    outbox.run_due(clock.now())
    line = "Written in Polish; no speaker has approved this translation yet."
    letter = Notice.objects.get(guardian=mum)
    places = (
        (staff_client(host), f"/meetings/{call.pk}/"),
        (staff_client(office), f"/outbox/{letter.name}/"),
    )
    for browser, address in places:
        assert words(body(browser.get(address))).count(line) == 1
    services.approve_language(by=office, language="pl", speaker="Ewa Nowak")
    for browser, address in places:
        text = words(body(browser.get(address)))
        assert "Written in Polish." in text
        assert "no speaker" not in text
    other = Notice.objects.exclude(guardian=mum).filter(guardian__isnull=False).get()
    assert "Written in" not in words(body(staff_client(office).get(f"/outbox/{other.name}/")))


def test_words_for_staff_say_nothing_of_english(school: School) -> None:
    assert written_in("en", school) == ""
    assert written_in("so", None) == ""
    assert written_in("pl", None).startswith("Written in Polish; no speaker")


def test_speaker_reads_every_text_beside_its_source(office: StaffMember, staff_client: Any) -> None:
    browser = staff_client(office)
    assert "/admin/school/languageapproval/texts/ar/" in body(
        browser.get("/admin/school/languageapproval/add/")
    )
    text = body(browser.get("/admin/school/languageapproval/texts/ar/"))
    assert text.count('<td lang="ar" dir="rtl">') == len(languages.texts("ar"))
    assert "What families read in Arabic" in text
    assert "\x04" not in text
    for unknown in ("en", "xx"):
        there = f"/admin/school/languageapproval/texts/{unknown}/"
        assert browser.get(there).status_code == 404


def test_start_is_refused_while_a_language_is_not_compiled(settings: Any, tmp_path: Path) -> None:
    assert catalogues_are_compiled() == []
    shutil.copytree(settings.LOCALE_PATHS[0], tmp_path / "locale")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    compiled = languages.catalogue("pl")
    source = compiled.with_suffix(".po")
    os.utime(source, (compiled.stat().st_mtime + 5, compiled.stat().st_mtime + 5))
    languages.catalogue("uk").unlink()
    [fault] = catalogues_are_compiled()
    assert fault.msg == "Not compiled: pl, uk. Run: python deploy/compile_messages.py"
