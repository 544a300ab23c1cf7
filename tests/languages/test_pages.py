"""E49: a family reads its own language from the first look to the receipt, and can choose another."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from audit.models import Entry
from consent import services
from consent.models import Answer, LinkWish, Question, Request
from meetings import links
from meetings import services as meetings
from notices import services as outbox
from notices.models import Notice
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.languages import BY_CODE, LANGUAGES, TRANSLATED
from tests import factories
from tests.consent.builders import answer, ask, hidden, page, plan, request_of, typed
from tests.languages.reading import body, english_in, frame, words
from tests.meetings import calls

pytestmark = pytest.mark.django_db

# A question of no call that the same test plans.
APART = "meetings.meeting:900"
FOREIGN = {"HTTP_SEC_FETCH_SITE": "cross-site"}


def rows() -> tuple[int, ...]:
    """How much there is of everything that a page could write."""
    models = (Answer, Notice, Entry, LinkWish, Request)
    return tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]


def speak(guardian: Guardian, language: str) -> None:
    Guardian.objects.filter(pk=guardian.pk).update(language=language)


def asked_about(host: StaffMember, pupil: Pupil, guardian: Guardian, **facts: Any) -> Request:
    return request_of(ask(host, pupil, asked=plan(**facts)), pupil, guardian)


# --- Every page -----------------------------------------------------------------------------------
class Walk:
    """A family that opens every page there is, in each of its states."""

    def __init__(self, family: Client, host: StaffMember, mum: Guardian, travel: Any) -> None:
        self.family, self.host, self.mum, self.travel = family, host, mum, travel

    def consent(self, maya: Pupil, tom: Pupil) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        yield get(page(asked := request_of(ask(self.host, maya, tom, about=APART), maya, self.mum)))
        yield post(page(asked), {"version": "1"})
        yield (check := post(page(asked), typed(asked)))
        yield post(page(asked, "confirm/"), hidden(check))
        yield post(page(asked, "confirm/"), hidden(check) | {"edit": "1"})
        for tail in ("new-link/", "not-me/", "help/"):
            yield get(page(asked, tail))
            yield post(page(asked, tail))
        yield post(page(asked, "help/"), {"need": "language"})
        yield (refusal := post(page(asked), typed(asked, "no")))
        yield post(page(asked, "refusal/"), hidden(refusal) | {"objection": "nothing"})
        said = {"objection": "screen", "wants_call": "on"}
        yield post(page(asked, "refusal/"), hidden(refusal) | said)
        yield from self._answered(asked)
        yield from self._closed(asked)

    def _answered(self, asked: Request) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        answer(asked, takes_part=False)
        yield get(page(asked))
        answer(asked, takes_part=True)
        yield get(page(asked))
        yield (undo := get(page(asked, "undo/")))
        yield post(page(asked, "undo/"), hidden(undo) | {"choice": "undo"})
        yield post(page(asked, "undo/"), hidden(undo) | {"choice": ""})
        yield get(page(asked, "withdraw/"))
        yield (early := post(page(asked, "withdraw/"), {"choice": "withdraw"}))
        yield post(page(asked, "withdraw/"), hidden(early) | {"choice": ""})
        stale = typed(asked, version=1)
        question = Question.objects.get(pk=asked.question_id)
        later = plan(staff=("Helen Host", "Carol Colleague"), purpose="Reading group",
                     starts_at=clock.now() + timedelta(days=11), is_recorded=True)  # fmt: skip
        services.reword(question, by=self.host, asked=later)
        yield get(page(asked))
        yield post(page(asked), stale)
        answer(asked, takes_part=True, may_be_recorded=False)
        yield get(page(asked))
        services.withdraw(asked, by=self.mum)
        yield get(page(asked))
        answer(asked, takes_part=True, name="Mallory Malone", may_be_recorded=True)
        yield get(page(asked))

    def _closed(self, asked: Request) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        yield post(page(asked, "not-me/"), {"reason": "unknown"})
        asked.refresh_from_db()
        yield post(page(asked, "new-link/"), {"agreed": "on"})
        asked.refresh_from_db()
        answer(asked, takes_part=True, may_be_recorded=True)
        question = Question.objects.get(pk=asked.question_id)
        self.travel(question.closes_at + timedelta(minutes=1))
        yield get(page(asked))
        yield get(page(asked, "change/"))
        services.close(question, by=self.host)
        yield get(page(asked))

    def recorded(self, pupil: Pupil) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        question = ask(self.host, pupil, about=f"{APART}1", asked=plan(is_recorded=True))
        asked = request_of(question, pupil, self.mum)
        yield get(page(asked))
        yield (second := post(page(asked), typed(asked)))
        yield post(page(asked, "recording/"), hidden(second))
        yield post(page(asked, "recording/"), hidden(second) | {"may_be_recorded": "no"})

    def nowhere(self, language: str) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        chosen = f"?language={language}"
        yield get(f"/c/nothing/{chosen}")
        yield post(f"/c/nothing/{chosen}", {}, **FOREIGN)
        yield get(f"/c/new-link/{chosen}")
        yield post(f"/c/new-link/{chosen}", {"email": "nobody"})
        yield post(f"/c/new-link/{chosen}", {"email": "nobody@family.example"})
        yield get(f"/j/nothing/{chosen}")
        yield get(f"/k/nothing/{chosen}")
        for address in ("", "nobody", "nobody@family.example"):
            yield post(f"/j/nothing/{chosen}", {"email": address})
            yield post(f"/k/nothing/{chosen}", {"email": address})

    def door(self, maya: Pupil, tom: Pupil, co_host: StaffMember) -> Iterator[Any]:
        get, post = self.family.get, self.family.post
        families = [(self.mum, maya), (self.mum, tom)]
        call = calls.shared(self.host, families, co_hosts=[co_host])
        yield get(self._own(call, maya))
        self.travel(calls.STARTS - timedelta(minutes=5))
        yield get(self._own(call, maya))
        yield post(self._own(call, maya))
        calls.confirm(call, self.host, co_host)
        meetings.open_door(call, by=self.host)
        self.travel(calls.STARTS)
        yield get(self._own(call, maya))
        yield post(self._own(call, maya))
        meetings.remove(call, by=self.host, pupil_id=maya.pk, reason="Shouting")
        yield get(self._own(call, maya))
        meetings.drop_out(call, by=self.host, staff=co_host)
        yield get(self._own(call, tom))
        calls.withdraw(call, self.mum, tom)
        yield get(self._own(call, tom))
        meetings.end(call, by=self.host)
        yield get(self._own(call, tom))

    def _own(self, call: Any, pupil: Pupil) -> str:
        place = calls.place(call, pupil)
        link = links.personal(place.pk, self.mum.pk, place.link_version)
        return "/" + link.split("/", 3)[3]


@pytest.fixture
def tom(mum: Guardian) -> Pupil:
    """Maya's brother."""
    tom = factories.make_pupil("Tom", "Okafor", year_group=2)
    factories.tie_guardian(mum, tom)
    return tom


@pytest.mark.parametrize("code", TRANSLATED)
def test_e49_every_page_is_in_the_language_of_the_family(
    code: str,
    host: StaffMember,
    co_host: StaffMember,
    maya: Pupil,
    tom: Pupil,
    mum: Guardian,
    family: Client,
    travel: Any,
) -> None:
    speak(mum, code)
    walk, now = Walk(family, host, mum, travel), clock.now()
    seen = [*walk.door(maya, tom, co_host)]
    travel(now)
    seen += [*walk.recorded(tom), *walk.consent(maya, tom), *walk.nowhere(code)]
    assert len(seen) > 45
    for response in seen:
        text = body(response)
        assert frame(text) == (code, BY_CODE[code].direction), words(text)
        assert english_in(words(text), code) == [], words(text)


def test_pages_of_the_walk_have_english_to_find_when_they_are_english(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    speak(mum, "en")
    for response in Walk(family, host, mum, travel).recorded(tom):
        assert english_in(words(body(response)), "uk") != []
        assert frame(body(response)) == ("en", "ltr")


def test_pupil_of_18_is_asked_in_english_and_can_choose(
    host: StaffMember, family: Client, travel: Any
) -> None:
    born = clock.today().replace(year=clock.today().year - 18)
    adult = factories.make_pupil("Maya", "Okafor", born_on=born, email="maya@family.example")
    asked = request_of(ask(host, adult), adult, None)
    assert frame(body(family.get(page(asked))))[0] == "en"
    text = body(family.get(page(asked) + "?language=uk"))
    assert english_in(words(text), "uk") == []


def test_numbers_and_addresses_keep_their_order_from_right_to_left(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    speak(mum, "ar")
    text = body(family.get(page(asked_about(host, maya, mum))))
    assert '<span dir="ltr">020 7946 0100</span>' in text
    assert "bootstrap.rtl.min.css" in text
    # A name and an hour run their own way.
    assert "\u2068Maya O.\u2069" in text
    assert "\u20682:00\xa0م\u2069" in text
    speak(mum, "pl")
    text = body(family.get(page(asked_about(host, maya, mum))))
    assert "bootstrap.rtl.min.css" not in text
    assert "\u2068" not in text


# --- Choosing another language --------------------------------------------------------------------
def test_first_look_is_in_the_language_on_record_and_the_switch_offers_all(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    text = body(family.get(page(asked_about(host, maya, mum))))
    assert "Czy Maya O. może wziąć udział w tej rozmowie?" in text
    switch = re.findall(r'<nav class="language".*?</nav>', text, re.S)[0]
    assert re.findall(r'formaction="[^"]*\?language=(\w+)"', switch) == [
        one.code for one in LANGUAGES if one.code != "pl"
    ]
    for one in LANGUAGES:
        assert re.search(rf'lang="{one.code}"\s+dir="{one.direction}">{one.name}<', switch)


def test_switching_changes_the_language_and_nothing_else(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = asked_about(host, maya, mum)
    before = rows()
    for code in BY_CODE:
        response = family.get(page(asked) + f"?language={code}")
        assert frame(body(response)) == (code, BY_CODE[code].direction)
        assert response.cookies == {}
    assert rows() == before
    mum.refresh_from_db()
    assert mum.language == "pl"
    # Nothing is remembered: the next look is in the language on record.
    assert frame(body(family.get(page(asked))))[0] == "pl"


@pytest.mark.parametrize("odd", ["xx", "", "pl-PL", "../", "en'><b>"])
def test_language_that_we_do_not_have_is_not_heard(
    odd: str, host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    text = body(family.get(page(asked_about(host, maya, mum)), {"language": odd}))
    assert frame(text)[0] == "pl"
    assert "?language=" not in re.sub(r'<nav class="language".*?</nav>', "", text, flags=re.S)


def test_page_in_another_language_takes_the_same_queries(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, django_assert_num_queries: Any
) -> None:
    asked = asked_about(host, maya, mum)
    for address, queries in (
        (page(asked), 3),
        (page(asked) + "?language=ar", 3),
        (page(asked, "change/"), 4),
    ):
        with django_assert_num_queries(queries):
            family.get(address)


def ways_on(text: str) -> list[str]:
    """Every address of ours to which a page leads, but for the switch of languages."""
    rest = re.sub(r'<nav class="language".*?</nav>', "", text, flags=re.S)
    main = rest.partition("<main")[2].partition("</main>")[0]
    return re.findall(r'(?:href|action|formaction)="([^"#]+)"', main)


def test_chosen_language_stays_from_the_question_to_the_receipt(
    host: StaffMember, maya: Pupil, tom: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    asked = request_of(ask(host, maya, tom, asked=plan(is_recorded=True)), maya, mum)
    first = family.get(page(asked) + "?language=uk")
    [action] = re.findall(r'<form id="answer"\s+method="post"\s+action="([^"]*)"', body(first))
    second = family.post(action, typed(asked))
    [action] = re.findall(r'\saction="([^"]*)"', body(second))
    check = family.post(action, hidden(second) | {"may_be_recorded": "yes"})
    [action] = re.findall(r'\saction="([^"]*)"', body(check))
    travel(clock.now() + timedelta(seconds=3))
    done = family.post(action, hidden(check))
    assert done.status_code == 303
    assert done.headers["Location"] == page(asked) + "?language=uk"
    receipt = family.get(done.headers["Location"])
    for response in (first, second, check, receipt):
        text = body(response)
        assert frame(text) == ("uk", "ltr")
        assert english_in(words(text), "uk") == []
        assert [way for way in ways_on(text) if not way.endswith("?language=uk")] == []
    assert "Ви відповіли «так»" in body(receipt)
    # The brother's page is one more press away, in the same language.
    [brother] = {way for way in ways_on(body(receipt)) if way.startswith("http")}
    assert frame(body(family.get("/" + brother.split("/", 3)[3])))[0] == "uk"
    for tail in ("withdraw/", "change/", "new-link/", "not-me/"):
        text = body(family.get(page(asked, tail) + "?language=uk"))
        assert [way for way in ways_on(text) if not way.endswith("?language=uk")] == []


def test_fault_on_a_family_page_is_told_in_the_language_of_the_browser(family: Client) -> None:
    nothing = family.get("/c/no/such/page/", headers={"Accept-Language": "pl-PL,pl;q=0.9"})
    assert (nothing.status_code, frame(body(nothing))) == (404, ("pl", "ltr"))
    assert english_in(words(body(nothing)), "pl") == []


def test_answer_keeps_the_language_and_the_words_that_were_read(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    asked = asked_about(host, maya, mum)
    check = family.post(page(asked) + "?language=ar", typed(asked))
    travel(clock.now() + timedelta(seconds=3))
    family.post(page(asked, "confirm/") + "?language=ar", hidden(check))
    outbox.run_due(clock.now())
    # The receipt is in the language of the answer, and so is the page to which it leads.
    [receipt] = [one for one in mail.outbox if one.subject.startswith("جوابكم")]
    assert frame(str(receipt.alternatives[0][0])) == ("ar", "rtl")
    assert page(asked) + "?language=ar" in receipt.body
    shown = Answer.objects.get().text_shown
    assert shown["language"] == "ar"
    assert shown["staff"] == ["Helen Host", "Colin Cohost"]
    assert "هل توافقون على مشاركة Maya O. في هذه المكالمة؟" in shown["text"]
    assert shown["conduct"][0] == "يحضر المكالمة اثنان من موظفي المدرسة، أو يجري تسجيلها."
    assert any("الجمعة 25 سبتمبر" in line for line in shown["text"])


def test_answer_on_the_telephone_was_read_out_in_english(
    host: StaffMember, office: StaffMember, maya: Pupil, mum: Guardian
) -> None:
    asked = asked_about(host, maya, mum)
    said = services.record(
        asked, by=office, takes_part=True, may_be_recorded=None, name="Amina Okafor",
        relationship="mother", channel="telephone",
    )  # fmt: skip
    assert said.text_shown["language"] == "en"
    assert "May Maya O. take part in this call?" in said.text_shown["text"]


def switched(family: Client, response: Any, address: str, code: str) -> Any:
    """Press a language, as far as a page's form is filled in."""
    text = body(response)
    switch = re.findall(r'<nav class="language".*?</nav>', text, re.S)[0]
    [(where, _)] = re.findall(rf'formaction="([^"?]*)\?language=({code})"', switch)
    form = re.findall(r'<form id="answer".*?</form>', text, re.S)[0] if where else switch
    held = dict(re.findall(r'type="(?:hidden|text)"\s+name="(\w+)"\s+value="([^"]*)"', form))
    held |= dict(re.findall(r'name="(\w+)"[^>]*value="(\w+)"[^>]*checked', form))
    return family.post(f"{where or address}?language={code}", held | {"look": "1"})


def test_switching_on_the_way_keeps_what_was_said_and_records_nothing(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    asked = asked_about(host, maya, mum, is_recorded=True)
    fault = family.post(page(asked), typed(asked, "", name="Amina Maria Okafor"))
    assert 'value="Amina Maria Okafor"' in body(fault)
    again = switched(family, fault, page(asked), "cy")
    assert frame(body(again))[0] == "cy"
    assert 'value="Amina Maria Okafor"' in body(again)
    # What is ticked on the page, and not sent yet, goes along.
    ticked = family.post(page(asked) + "?language=ar", typed(asked) | {"look": "1"})
    assert re.search(r'value="yes"[^>]*checked', body(ticked))
    refusing = family.post(page(asked), typed(asked, "no"))
    why = hidden(refusing) | {"objection": "time", "wants_call": "on", "look": "1"}
    told = family.post(page(asked, "refusal/") + "?language=pl", why)
    assert re.search(r'value="time"[^>]*checked', body(told))
    assert re.search(r'name="wants_call"[^>]*checked', body(told))
    second = family.post(page(asked), typed(asked))
    assert frame(body(switched(family, second, page(asked), "ro")))[0] == "ro"
    check = family.post(page(asked, "recording/"), hidden(second) | {"may_be_recorded": "no"})
    other = switched(family, check, page(asked, "recording/"), "bn")
    assert english_in(words(body(other)), "bn") == []
    assert Answer.objects.count() == 0
    done = family.post(page(asked, "confirm/"), hidden(other))
    assert done.status_code == 422
    # Looking at it in English after a long time is still only looking.
    travel(clock.now() + timedelta(seconds=30))
    looked = switched(family, done, page(asked, "confirm/"), "en")
    assert "Amina Okafor" in words(body(looked))
    assert (frame(body(looked))[0], Answer.objects.count()) == ("en", 0)
    travel(clock.now() + timedelta(seconds=3))
    assert family.post(page(asked, "confirm/"), hidden(looked)).status_code == 303
    said = Answer.objects.get()
    assert (said.kind, said.may_be_recorded) == ("yes", False)


def test_switching_while_a_yes_is_taken_back_takes_nothing_back(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client, travel: Any
) -> None:
    asked = asked_about(host, maya, mum)
    answer(asked, takes_part=True)
    first = family.get(page(asked, "withdraw/"))
    early = family.post(page(asked, "withdraw/"), hidden(first) | {"choice": "withdraw"})
    assert early.status_code == 422
    travel(clock.now() + timedelta(seconds=30))
    looked = switched(family, early, page(asked, "withdraw/"), "ur")
    assert (frame(body(looked)), Answer.objects.count()) == (("ur", "rtl"), 1)
    assert re.search(r'value="withdraw"[^>]*checked', body(looked))


def test_page_after_a_press_offers_no_switch_that_would_press_again(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = asked_about(host, maya, mum)
    for done in (
        family.post(page(asked, "not-me/"), {"reason": "unknown"}),
        family.post("/c/new-link/", {"email": "amina@family.example"}),
        family.post("/k/nothing/", {"email": "amina@family.example"}),
    ):
        assert done.status_code == 200
        assert 'class="language"' not in body(done)


def test_browser_says_the_language_where_nobody_is_known(family: Client) -> None:
    def first(header: str) -> str:
        text = body(family.get("/c/nothing/", HTTP_ACCEPT_LANGUAGE=header))
        return frame(text)[0]

    assert first("ro-RO,ro;q=0.9,en;q=0.8") == "ro"
    assert first("so,uk;q=0.5,en;q=0.3") == "uk"
    assert first("en-GB,en;q=0.9,pl;q=0.8") == "en"
    assert (first("so"), first("*")) == ("en", "en")


def test_language_on_record_beats_that_of_the_browser(
    host: StaffMember, maya: Pupil, mum: Guardian, family: Client
) -> None:
    asked = asked_about(host, maya, mum)
    text = body(family.get(page(asked), HTTP_ACCEPT_LANGUAGE="ro"))
    assert frame(text)[0] == "pl"


def test_staff_pages_stay_english(
    host: StaffMember, co_host: StaffMember, maya: Pupil, mum: Guardian, staff_client: Any
) -> None:
    call = calls.asked(host, [maya], is_recorded=True, co_hosts=[co_host])
    text = body(
        staff_client(host).get(f"/meetings/{call.pk}/?language=pl", HTTP_ACCEPT_LANGUAGE="pl")
    )
    assert frame(text) == ("en-gb", "ltr")
    assert "Pupils and their families" in text
