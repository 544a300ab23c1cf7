"""The pages: who gets in, one happy press, one form that says what is missing."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from audit.models import Entry as AuditEntry
from concerns import services
from concerns.models import Category, Concern, Entry, Outcome, Task
from concerns.policy import Part
from meetings.models import Meeting, Purpose
from school.models import Pupil, StaffMember
from schoolsafe.lib.rules import Destroyed
from tests import factories
from tests.concerns import log as make
from tests.meetings import calls

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MINUTE = timedelta(minutes=1)
# What a page holds against forgery is another at every look.
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+')


def filled(**changes: object) -> dict[str, object]:
    """The form with as little as it takes."""
    return {
        "key": uuid4(),
        "urgency": "urgent",
        "seen": make.SEEN,
        "happened": "unknown",
    } | changes


def url(page: str, concern: Concern) -> str:
    return reverse(f"concerns:{page}", args=[concern.reference])


# --- Logging ---------------------------------------------------------------------------------------
def test_log_page_begins_with_999_and_who_is_on_duty(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    factories.make_duty(lead, school_day.weekday())

    page = staff_client(host, second_factor=False).get(reverse("concerns:log")).content.decode()

    assert page.index("999") < page.index("07700 900111") < page.index("What did the child say?")
    assert "on duty now" in page


@pytest.mark.parametrize("who", ["governor", "chair"])
def test_governor_names_a_child_in_words_and_cannot_search_the_roll(
    who: str, school_day: datetime, staff_client: SignIn, request: pytest.FixtureRequest
) -> None:
    governor = request.getfixturevalue(who)
    pupil = factories.make_pupil("Zadie", "Marker")
    client, page = staff_client(governor), reverse("concerns:log")
    colleague = staff_client(factories.make_staff())
    sent = filled(find_words="Zadie", pupils=[pupil.pk], child_name="Zadie from Year 4")

    assert "Zadie" in colleague.post(page, sent | {"find": "1"}).content.decode()
    shown = client.get(page).content.decode()
    assert "Find a child" not in shown
    assert "Which child, or which children?" in shown
    found = client.post(page, {"find": "1", "find_words": "Zadie", "pupils": [pupil.pk]})
    assert "Marker" not in found.content.decode()
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert "Marker" not in refused.content.decode()
    # A number that is nobody's is refused in the same words.
    nobody = client.post(page, sent | {"pupils": [pupil.pk + 1000]})
    assert nobody.status_code == 422
    assert client.post(reverse("concerns:pupils"), sent).status_code == 403
    assert client.post(page, sent | {"pupils": []}).status_code == 302
    assert [row.who for row in Concern.objects.get().involved.all()] == ["Zadie from Year 4"]


def test_log_without_a_second_factor_leads_to_the_received_page(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    pupil = factories.make_pupil()
    category = Category.objects.create(name="Marker category")
    client = staff_client(host, second_factor=False)

    answer = client.post(
        reverse("concerns:log"),
        filled(
            about="meetings.meeting:12",
            pupils=[pupil.pk],
            categories=[category.pk],
            child_name="A cousin",
            child_part="witness",
            adult_name="A supply teacher",
            adult_works_here="yes",
            **{f"part_{pupil.pk}": "harmed"},
        ),
    )

    concern = Concern.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("received", concern))
    assert concern.about == "meetings.meeting:12"
    assert [(row.kind, row.part, row.who) for row in concern.involved.all()] == [
        ("pupil", "harmed", pupil.full_label),
        ("child", "witness", "A cousin"),
        ("adult", "subject", "A supply teacher"),
    ]
    assert concern.desk == "outside"
    received = client.get(url("received", concern)).content.decode()
    assert "Received" in received
    assert "020 7946 0200" in received
    assert make.SEEN in received


def test_e20_two_presses_of_one_form_log_once(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client, typed = staff_client(host), filled()

    pages = {client.post(reverse("concerns:log"), typed)["Location"] for _ in range(2)}

    assert (len(pages), Concern.objects.count()) == (1, 1)


def test_e20_words_added_after_a_lost_answer_are_shown_again_and_sent_by_the_next_press(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client, typed = staff_client(host), filled()
    client.post(reverse("concerns:log"), typed)
    first = Concern.objects.get()
    typed["seen"] = "SECOND PART: then she named her uncle"

    page = client.post(reverse("concerns:log"), typed)

    shown = page.content.decode()
    assert (page.status_code, Concern.objects.count()) == (422, 1)
    assert first.reference in shown
    assert "NOT SENT" in shown
    assert "SECOND PART: then she named her uncle" in shown
    typed["key"] = page.context["form"]["key"].value()
    client.post(reverse("concerns:log"), typed)
    assert [one.seen for one in Concern.objects.order_by("pk")] == [first.seen, typed["seen"]]


@pytest.mark.parametrize(
    ("page", "facts"),
    [
        ("add", {"text": "She came back to it."}),
        ("add_task", {"what": "Ring her aunt", "due_on": "2026-09-16"}),
    ],
)
def test_e20_the_same_once_more_is_kept_once(
    page: str,
    facts: dict[str, Any],
    school_day: datetime,
    clock_at: Callable[[datetime], object],
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    """Back in the browser and pressed again: one entry and one task; ten minutes later it is another."""
    concern, client = make.log(host), staff_client(lead)
    typed = facts | {"to": lead.pk}

    pages = [client.post(url(page, concern), typed) for _ in range(2)]

    assert [one.status_code for one in pages] == [302, 302]
    assert (Entry.objects.count(), Task.objects.count()) == (1, int(page == "add_task"))
    assert "it is kept, once" in client.get(pages[1]["Location"]).content.decode()
    clock_at(school_day + timedelta(minutes=11))
    client.post(url(page, concern), typed)
    assert Entry.objects.count() == 2


def test_log_with_everything_missing_says_so_beside_each_field_and_keeps_what_was_typed(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(
        reverse("concerns:log"),
        {
            "key": uuid4(),
            "place": "The <b>library</b>",
            "happened": "exact",
            "call_state": "reached",
        },
    )

    page = answer.content.decode()
    assert (answer.status_code, Concern.objects.count()) == (422, 0)
    assert answer.context["form"].errors.keys() == {"urgency", "seen", "happened_at", "called"}
    assert "The &lt;b&gt;library&lt;/b&gt;" in page
    assert "What you wrote is still here." in page


def test_log_of_something_in_the_future_is_refused(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).post(
        reverse("concerns:log"), filled(happened="exact", happened_at="2026-09-15T14:01")
    )

    assert answer.context["form"].errors == {"happened_at": ["This time has not come yet."]}


def test_e13_something_from_years_ago_is_taken(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    staff_client(host).post(
        reverse("concerns:log"), filled(happened="about", happened_at="2009-03-01T12:00")
    )

    concern = Concern.objects.get()
    assert (concern.happened, concern.happened_at and concern.happened_at.year) == ("about", 2009)
    assert concern.logged_at == school_day


def test_e87_not_having_telephoned_never_stops_the_form(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)

    client.post(reverse("concerns:log"), filled(is_from_home="on", call_state="not_yet"))

    page = client.get(url("received", Concern.objects.get())).content.decode()
    assert "Nobody at school can be rung about it: ring children&#x27;s social care" in page


def test_e87_the_page_asks_for_a_call_in_words_that_fit_the_list(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    StaffMember.objects.filter(pk__in=[lead.pk, deputy.pk, head.pk]).update(
        telephone="07700 900111"
    )
    about_a_child = make.log(host, is_from_home=True)
    about_staff = make.log(host, make.accused(lead), is_from_home=True)
    client = staff_client(host)
    pages = [client.get(url("received", one)) for one in (about_a_child, about_staff)]
    assert [page.context["call_words"] for page in pages] == [
        "Received. Now telephone one of the people below as well, and note the call.",
        "Received. Now telephone Hugo Head as well, and note the call.",
    ]
    assert pages[1].context["call_words"] in pages[1].content.decode()


def test_e1_whom_it_is_about_is_not_offered_as_somebody_to_have_rung(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host, make.accused(lead), is_from_home=True)
    client = staff_client(host)
    page = client.get(url("received", concern))
    assert [row.name for row in page.context["call_form"].fields["called"].queryset] == [
        "Dana Deputy",
        "Hugo Head",
    ]
    sent = {"called": lead.pk, "called_at": "2026-09-15T13:59", "call_state": "reached"}
    refused = client.post(url("call", concern), sent)
    assert refused.status_code == 422
    assert "Choose one of the people in the list." in refused.content.decode()
    assert concern.entries.count() == 0


def test_e87_whoever_handles_it_reads_that_nobody_telephoned(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern, client = make.log(host, make.accused(lead), is_from_home=True), staff_client(head)
    told = "no telephone call to anybody who handles it has been noted."
    page = client.get(url("detail", concern)).content.decode()
    assert told in page
    assert "Ring Helen Host." in " ".join(page.split())
    services.record_call(concern, by=host, call=make.rang(head, school_day, reached=True))
    page = client.get(url("detail", concern)).content.decode()
    assert told not in page
    assert "A telephone call has been noted." in page


def test_p14_a_missed_call_is_noted_and_the_page_says_whom_to_ring(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    client = staff_client(host)

    client.post(
        reverse("concerns:log"),
        filled(
            is_from_home="on", call_state="missed", called=lead.pk, called_at="2026-09-15T13:55"
        ),
    )

    concern = Concern.objects.get()
    page = client.get(url("received", concern)).content.decode()
    assert concern.is_hurried is True
    assert "Nobody has acknowledged it yet. Telephone now: do not wait." in page
    assert "07700 900111" in page


def test_password_alone_tells_nothing_of_a_call_and_of_no_family_and_the_concern_keeps_which_call(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    amy, ben = factories.make_pupil("Amy", "Clark"), factories.make_pupil("Ben", "Clark")
    factories.make_guardian(amy, ben, name="Mary Clark")
    call = calls.planned(host, [amy, ben], is_recorded=True)
    about, siblings = {"about": f"meetings.meeting:{call.pk}"}, {"siblings_of": amy.pk}
    seen = []
    for has_factor in (True, False):
        client = staff_client(host, second_factor=has_factor)
        page = client.get(reverse("concerns:log"), about).content.decode()
        family = client.post(reverse("concerns:pupils"), siblings).content.decode()
        seen.append((call.title in page, "Ben Clark" in page, "Ben Clark" in family))
    assert seen == [(True, True, True), (False, False, False)]
    client.post(reverse("concerns:log"), filled(**about, pupils=[amy.pk]))
    assert Concern.objects.get().about == about["about"]


def test_words_stay_on_the_page_when_the_record_of_a_child_goes_in_that_moment(
    school_day: datetime, host: StaffMember, staff_client: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was destroyed with its school year between the press and the filing: the database says so at the end."""

    def gone(*_: object, **__: object) -> None:
        raise Destroyed("Something that this speaks of was destroyed meanwhile.")

    monkeypatch.setattr(services, "log", gone)
    page = staff_client(host).post(reverse("concerns:log"), filled())
    text = page.content.decode()
    assert page.status_code == 422
    assert make.SEEN in text
    assert "destroyed meanwhile" in text


def test_about_is_taken_from_the_address_when_it_is_a_reference(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    client = staff_client(host)

    abouts = [
        client.get(reverse("concerns:log"), {"about": about}).context["form"]["about"].value()
        for about in ("meetings.meeting:12", "<script>", "")
    ]

    assert abouts == ["meetings.meeting:12", "", ""]


@pytest.mark.parametrize(
    "slip",
    [
        {"find_words": "She said that she does not want to go home " * 40},
        {"find_words": "a\x00b"},
        {"pupils": "9" * 30},
        {"pupils": "9" * 5000},
    ],
    ids=["a paragraph", "a null", "no row", "no number"],
)
def test_slip_in_the_search_for_a_child_loses_nothing_that_was_typed(
    school_day: datetime, host: StaffMember, staff_client: SignIn, slip: dict[str, str]
) -> None:
    factories.make_pupil("She", "Said")
    client = staff_client(host, second_factor=False)
    page = client.post(reverse("concerns:log"), filled(find="1", **slip))
    assert make.SEEN in page.content.decode()


@pytest.fixture
def seen_before(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
) -> Concern:
    """A concern that its reporter logged a minute ago, with whom to ring, and that one has read."""
    for number, person in enumerate((deputy, lead, head)):
        StaffMember.objects.filter(pk=person.pk).update(telephone=f"07700 90011{number}")
    concern = make.log(host)
    clock_at(school_day + MINUTE)
    services.read(concern, by=lead)
    clock_at(school_day + 2 * MINUTE)
    return concern


def pages_of(client: Client, concern: Concern) -> list[str]:
    """What its reporter sees, without what is different at every look."""
    pages = [client.get(url("received", concern)), client.get(reverse("concerns:mine"))]
    return [TOKEN.sub("", page.content.decode()).partition("<main")[2] for page in pages]


def test_e5_reporter_named_later_sees_no_change_and_gets_no_letter(
    seen_before: Concern,
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    mailbox: Any,
) -> None:
    client = staff_client(host)
    before = pages_of(client, seen_before)
    assert [name for name in ("Dana Deputy", "Leah Lead", "Hugo Head") if name in before[0]] == [
        "Dana Deputy",
        "Leah Lead",
        "Hugo Head",
    ]

    services.name_subject(seen_before, by=lead, person=make.accused(host))
    clock_at(school_day + 3 * MINUTE)
    named = pages_of(client, seen_before)
    services.read(seen_before, by=head)
    services.acknowledge(seen_before, by=head)
    clock_at(school_day + 4 * MINUTE)

    assert (named, pages_of(client, seen_before)) == (before, before)
    assert host.email not in [letter.to[0] for letter in mailbox()]


def test_e5_reporter_whom_words_may_mean_later_sees_no_change_and_gets_no_letter(
    seen_before: Concern,
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
    mailbox: Any,
) -> None:
    client = staff_client(host)
    # The sender runs before and after: that it stands still is said above every page.
    mailbox()
    before = pages_of(client, seen_before)
    words = services.Named(part=Part.SUBJECT, name="Mrs Host", is_adult=True)
    services.name_subject(seen_before, by=lead, person=words)
    clock_at(school_day + 3 * MINUTE)
    assert pages_of(client, seen_before) == before
    sent = len(mailbox())
    services.acknowledge(seen_before, by=head)
    assert pages_of(client, seen_before) == before
    assert [letter.to for letter in mailbox()[sent:] if host.email in letter.to] == []


def test_e5_reporter_whose_family_is_named_later_sees_no_change_either(
    seen_before: Concern,
    school_day: datetime,
    clock_at: Any,
    same_household: StaffMember,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    client = staff_client(host)
    before = pages_of(client, seen_before)

    services.name_subject(seen_before, by=lead, person=make.accused(same_household))
    clock_at(school_day + 3 * MINUTE)
    services.acknowledge(seen_before, by=head)

    assert pages_of(client, seen_before) == before


def test_e5_reporter_named_after_it_was_acknowledged_still_sees_by_whom(
    seen_before: Concern,
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    services.acknowledge(seen_before, by=lead)
    clock_at(school_day + 3 * MINUTE)
    client = staff_client(host)
    before = pages_of(client, seen_before)
    assert "Leah Lead has acknowledged it." in before[0]

    services.name_subject(seen_before, by=lead, person=make.accused(host))
    clock_at(school_day + 4 * MINUTE)
    concern = services.acknowledge(seen_before, by=head)
    make.close(concern, head)

    assert pages_of(client, seen_before) == before


def test_e5_reporter_who_named_themselves_learns_no_names(
    school_day: datetime, host: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.accused(host))
    services.read(concern, by=head)
    services.acknowledge(concern, by=head)

    page = staff_client(host).get(url("received", concern)).content.decode()

    assert "It has been acknowledged." in page
    assert "Read by" not in page


def test_reporter_of_what_nobody_at_school_can_read_any_more_is_told_whom_to_ring(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = services.acknowledge(make.log(host), by=lead)
    make.close(concern, lead)
    factories.close_account(lead)
    services.add(concern, by=host, text="Again.")

    page = staff_client(host).get(url("received", concern)).content.decode()

    assert "Nobody at school can read this any more." in page
    assert "020 7946 0200" in page


def test_list_searched_with_a_paragraph_answers(
    school_day: datetime, lead: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(lead).post(reverse("concerns:list"), {"words": "home " * 1200})
    assert answer.status_code == 200


def test_find_without_a_script_keeps_what_was_typed_and_logs_nothing(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    chosen = factories.make_pupil("Ada", "Lovelace", year_group=3)
    found = factories.make_pupil("Maya", "Okafor", year_group=5)
    factories.make_group(found, name="5B")
    factories.make_pupil("Other", "Child")

    answer = staff_client(host).post(
        reverse("concerns:log"),
        filled(
            find="1",
            find_words="maya",
            pupils=[chosen.pk],
            staff=host.pk,
            **{f"part_{chosen.pk}": "witness"},
        ),
    )

    rows = [
        (row["pupil"], row["classes"], row["is_chosen"], row["part"])
        for row in answer.context["pupil_rows"]
    ]
    assert rows == [(chosen, "", True, "witness"), (found, "5B", False, "subject")]
    page = " ".join(answer.content.decode().split())
    assert '<option value="witness" selected>Saw or heard it</option>' in page
    assert "Maya Okafor (Year 5)" in page
    assert make.SEEN in page
    assert f'<option value="{host.pk}" selected>' in page
    assert "Please look at this again" not in page
    assert Concern.objects.count() == 0


def test_pupils_are_found_by_post_only(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    factories.make_pupil("Maya", "Okafor")
    client = staff_client(host)

    found = client.post(reverse("concerns:pupils"), {"find_words": "oka maya"}).content.decode()
    none = client.post(reverse("concerns:pupils"), {"find_words": "zzz"}).content.decode()

    assert "Maya Okafor (Year 4)" in found
    assert '<option value="harmed" >May have been harmed</option>' in " ".join(found.split())
    assert "No child on our roll is called that" in none
    ticked = {"pupils": str(Pupil.objects.get().pk)}
    other = client.post(reverse("concerns:pupils"), {"find_words": "zzz"} | ticked).content.decode()
    assert "No other child on our roll is called that" in other
    assert "Maya Okafor (Year 4)" in other
    assert "No other" not in client.post(reverse("concerns:pupils"), ticked).content.decode()
    assert client.get(reverse("concerns:pupils")).status_code == 405


def test_e11_namesakes_are_told_apart_by_year_and_class(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    for year in (2, 5):
        pupil = factories.make_pupil("Maya", "Okafor", year_group=year)
        factories.make_group(pupil, name=f"{year}B")

    page = staff_client(host).post(reverse("concerns:pupils"), {"find_words": "maya"})

    text = " ".join(page.content.decode().split())
    assert "Maya Okafor (Year 2) <span" in text
    assert "Maya Okafor (Year 5) <span" in text


# --- The reporter's page ---------------------------------------------------------------------------
def test_received_is_for_the_reporter_alone(
    school_day: datetime,
    host: StaffMember,
    colleague: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)

    answers = [
        staff_client(person).get(url("received", concern)).status_code
        for person in (host, colleague, lead)
    ]

    assert answers == [200, 404, 404]


def test_e77_logged_while_the_school_is_closed_says_whom_to_ring_now(
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    school_day: datetime,
    mailbox: Callable[[], object],
) -> None:
    StaffMember.objects.filter(pk=lead.pk).update(telephone="07700 900111")
    clock_at(school_day + timedelta(hours=4))
    routine, urgent = make.log(host, urgent=False), make.log(host)
    client = staff_client(host)
    mailbox()

    page = client.get(url("received", routine)).content.decode()
    loud = client.get(url("received", urgent)).content.decode()

    assert "The school is closed now." in page
    # What may wait until the school opens is not shouted, and whom to ring stands there as well.
    assert "verdict-stop" not in page
    assert page.index("If it cannot wait, telephone now.") < page.index("07700 900111")
    assert loud.index("Telephone now: do not wait.") < loud.index("07700 900111")
    assert "020 7946 0300" in page


def test_the_reporter_adds_and_notes_a_call_without_a_second_factor(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, is_from_home=True)
    client = staff_client(host, second_factor=False)

    added = client.post(url("add", concern), {"text": "MARKERADDED"})
    called = client.post(
        url("call", concern),
        {"called": lead.pk, "called_at": "2026-09-15T13:59", "call_state": "reached"},
    )

    assert {added["Location"], called["Location"]} == {url("received", concern)}
    page = client.get(url("received", concern)).content.decode()
    assert "MARKERADDED" in page
    assert "and spoke to them." in " ".join(page.split())
    assert list(concern.entries.values_list("kind", flat=True)) == ["addendum", "call"]


def test_an_empty_addition_says_what_is_missing(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)

    answer = staff_client(host).post(url("add", concern), {"text": ""})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["text"])


def test_mine_lists_what_one_logged_oneself(
    school_day: datetime, host: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    own, others = make.log(host), make.log(colleague)

    page = staff_client(host).get(reverse("concerns:mine")).content.decode()

    assert own.reference in page
    assert others.reference not in page
    assert "15 September, 2:00 pm" in page


def test_mine_tells_concerns_apart_by_the_people_or_the_first_words_that_one_wrote(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    leo = factories.make_pupil("Leo", "Turner", year_group=4)
    named = make.log(host, make.child(leo))
    services.name_subject(named, by=lead, person=make.accused(host))
    make.log(host)

    page = staff_client(host).get(reverse("concerns:mine")).content.decode()

    assert "Leo Turner (Year 4)" in page
    assert make.WORDS in page
    # Who was named since does not stand there (E5).
    people = [
        row["people"] for row in staff_client(host).get(reverse("concerns:mine")).context["rows"]
    ]
    assert [[who.row.who for who in row] for row in people] == [[], ["Leo Turner (Year 4)"]]


@pytest.mark.parametrize("number", [1, 3])
def test_mine_asks_the_same_number_of_questions_for_one_and_for_three(
    number: int,
    school_day: datetime,
    host: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(number):
        make.log(host, make.child(factories.make_pupil()))
    client = staff_client(host)
    client.get(reverse("concerns:mine"))

    with django_assert_num_queries(19):
        client.get(reverse("concerns:mine"))


def test_list_sends_whoever_handles_none_to_their_own(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    answer = staff_client(host).get(reverse("concerns:list"))

    assert answer["Location"] == reverse("concerns:mine")


# --- Those who handle them -------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["list", "detail", "decide", "close", "reopen", "name_subject"])
def test_reading_needs_a_second_factor(
    page: str, school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)
    address = reverse("concerns:list") if page == "list" else url(page, concern)

    answer = staff_client(lead, second_factor=False).get(address)

    assert answer.status_code == 302
    assert "/2fa/" in answer["Location"]


def test_without_a_second_factor_a_lead_cannot_even_add_to_anothers(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)

    assert staff_client(lead, second_factor=False).get(url("add", concern)).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_the_same_number_of_questions_for_one_and_for_three(
    number: int,
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(number):
        make.log(host, make.child(factories.make_pupil()))
    client = staff_client(lead)
    client.get(reverse("concerns:list"))

    with django_assert_num_queries(22):
        page = client.get(reverse("concerns:list"))

    assert len(page.context["rows"]) == number


def test_list_puts_the_most_pressing_first_and_finds_by_name(
    school_day: datetime,
    clock_at: Any,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
) -> None:
    done = services.acknowledge(make.log(host), by=lead)
    routine = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")), urgent=False)
    urgent = make.log(host)
    clock_at(school_day + timedelta(minutes=15))
    client = staff_client(lead)

    def rows(**query: str) -> list[tuple[Concern, bool]]:
        page = client.post(reverse("concerns:list"), query)
        return [(row["concern"], row["is_overdue"]) for row in page.context["rows"]]

    assert rows() == [(urgent, True), (routine, False), (done, False)]
    assert rows(state="overdue") == [(urgent, True)]
    assert rows(state="undecided") == [(done, False)]
    assert rows(words="lovelace") == [(routine, False)]
    assert rows(words=done.reference.lower()) == [(done, False)]
    assert rows(state="closed") == []


def test_urgent_stays_in_sight_until_it_is_decided_or_closed(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern, calm = make.log(host), make.log(host, urgent=False)
    reader, reporter = staff_client(lead), staff_client(host)

    def pills() -> list[list[str]]:
        pages = (
            reader.get(reverse("concerns:list"), {"state": "open"}),
            reader.get(url("detail", concern)),
            reporter.get(reverse("concerns:mine")),
        )
        found = [
            re.findall(r'<span class="pill.*?</span>', one.content.decode(), re.S) for one in pages
        ]
        words = [[" ".join(re.sub(r"<[^>]+>", " ", pill).split()) for pill in row] for row in found]
        # The next step of the ladder is a pill too.
        return [sorted({*row} - {"Next"}) for row in words]

    services.acknowledge(calm, by=lead)
    assert pills() == [
        ["Acknowledged", "Logged, urgent"],
        ["Logged, urgent"],
        ["Acknowledged", "Logged, urgent"],
    ]
    services.acknowledge(concern, by=lead)
    assert pills() == [
        ["Acknowledged", "Urgent"],
        ["Acknowledged", "Urgent"],
        ["Acknowledged", "Urgent"],
    ]
    outcome = Outcome.objects.create(name="Watch and review")
    services.decide(concern, by=lead, outcome=outcome, reasons="Seen and spoken to.")
    assert pills() == [
        ["Acknowledged", "Decided"],
        ["Decided"],
        ["Acknowledged", "Decided"],
    ]
    services.close(concern, by=lead, reasons="Done.")
    assert pills()[1:] == [["Closed"], ["Acknowledged", "Closed"]]


def test_list_searches_by_post_only(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, make.child(factories.make_pupil("Ada", "Lovelace")))
    client = staff_client(lead)

    page = client.get(reverse("concerns:list"), {"words": "nobody", "state": "nonsense"})

    assert [row["concern"] for row in page.context["rows"]] == [concern]
    assert page.context["state"] == "open"


def test_e21_opening_a_concern_is_recorded_and_is_not_acknowledging(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)

    page = staff_client(lead).get(url("detail", concern)).content.decode()

    entry = AuditEntry.objects.about(concern.object).get(verb="concern.read")
    assert entry.actor == lead.actor
    assert Concern.objects.get(pk=concern.pk).status == "logged"
    assert [marker for marker in make.MARKERS if marker not in page] == []
    assert "Reading it is not enough." in page
    assert "Leah Lead" in staff_client(host).get(url("received", concern)).content.decode()


def test_a_concern_is_not_shown_when_its_reading_cannot_be_recorded(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    staff_client: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    concern = make.log(host)
    client = staff_client(lead)

    def fail(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("audit.services.record", fail)
    with pytest.raises(DatabaseError):
        client.get(url("detail", concern))


def test_e22_only_a_press_acknowledges(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)
    client = staff_client(lead)

    answers = [
        client.get(url("acknowledge", concern)).status_code,
        client.head(url("acknowledge", concern)).status_code,
    ]
    assert (answers, Concern.objects.get(pk=concern.pk).status) == ([405, 405], "logged")

    client.post(url("acknowledge", concern))
    assert Concern.objects.get(pk=concern.pk).acknowledged_by == lead


def test_acknowledge_second_is_told_who_was_first(
    school_day: datetime,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    services.acknowledge(concern, by=deputy)

    page = staff_client(lead).post(url("acknowledge", concern), follow=True).content.decode()

    assert "Dana Deputy acknowledged this concern on Tuesday 15 September, 2:00 pm." in page


def test_a_concern_is_worked_from_acknowledging_to_opening_again(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)
    outcome = Outcome.objects.create(name="Marker outcome")
    client = staff_client(lead)

    client.post(url("acknowledge", concern))
    client.post(url("decide", concern), {"outcome": outcome.pk, "reasons": "MARKERREASON"})
    client.post(url("close", concern), {"reasons": "MARKERCLOSED"})
    closed = client.get(url("detail", concern)).content.decode()
    client.post(url("reopen", concern), {"reasons": "MARKERAGAIN"})
    page = client.get(url("detail", concern)).content.decode()

    assert "Leah Lead closed this concern." in closed
    expected = ["Marker outcome", "MARKERREASON", "MARKERCLOSED", "MARKERAGAIN"]
    assert [word for word in expected if word not in page] == []
    assert Concern.objects.get(pk=concern.pk).status == "reopened"


def test_a_rule_that_says_no_is_shown_on_the_form(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)

    answer = staff_client(lead).post(url("close", concern), {"reasons": "MARKERTYPED"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A concern is closed after it has been acknowledged." in page
    assert "MARKERTYPED" in page


def test_e4_naming_the_subject_takes_it_out_of_the_leads_sight(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host)
    client = staff_client(lead)

    both = client.post(
        url("name_subject", concern), {"staff": co_host.pk, "name": "Somebody", "part": "subject"}
    )
    done = client.post(url("name_subject", concern), {"staff": co_host.pk, "part": "subject"})

    assert list(both.context["form"].errors) == ["staff"]
    assert done["Location"] == reverse("concerns:list")
    assert client.get(url("detail", concern)).status_code == 404
    assert staff_client(head).get(url("detail", concern)).status_code == 200


def test_hostile_text_is_shown_harmless(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host, seen="<script>alert(1)</script> {{ 7|add:7 }}")

    for client, page in ((staff_client(lead), "detail"), (staff_client(host), "received")):
        text = client.get(url(page, concern)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7|add:7 }}" in text
        assert "<script>alert(1)" not in text


def test_pages_are_not_kept_by_the_browser(
    school_day: datetime, host: StaffMember, lead: StaffMember, staff_client: SignIn
) -> None:
    concern = make.log(host)

    for client, address in (
        (staff_client(lead), url("detail", concern)),
        (staff_client(host), url("received", concern)),
        (staff_client(host), reverse("concerns:log")),
    ):
        assert "no-store" in client.get(address)["Cache-Control"]


# --- From a call -----------------------------------------------------------------------------------
def test_log_page_from_a_call_names_it_and_offers_its_pupils_to_who_may_know_of_it(
    school_day: datetime, host: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    amy = factories.make_pupil("Amy", "Marker")
    call = Meeting.objects.create(
        title="Marker call",
        purpose=Purpose.objects.create(name="Reading", is_offered=True),
        starts_at=school_day,
        ends_at=school_day + timedelta(minutes=30),
        scheduled_at=school_day,
        planned_by=host,
    )
    call.seats.create(staff=host, role="host")
    call.places.create(pupil=amy)
    pages = {
        person.name: staff_client(person)
        .get(reverse("concerns:log"), {"about": call.about})
        .content.decode()
        for person in (host, colleague)
    }

    for words in ("About the call: Marker call", f'id="pupil-{amy.pk}"', "On a video call"):
        assert (words in pages[host.name], words in pages[colleague.name]) == (True, False)
    assert "checked" not in pages[host.name].split('id="pupils-found"')[1].split("</ul>")[0]


def test_find_without_javascript_comes_back_to_the_children(
    school_day: datetime, host: StaffMember, staff_client: SignIn
) -> None:
    page = staff_client(host).get(reverse("concerns:log")).content.decode()
    assert 'formaction="/concerns/log/#children"' in page
