"""Who did or saw what: the page on which the audit is read."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from audit import services
from audit.models import Entry
from audit.services import Row
from concerns.policy import Action
from concerns.policy.requests import RequestStep
from concerns.policy.transfer import StepKind
from meetings.services.register import MARKS
from schoolsafe.lib import clock
from schoolsafe.lib.codes import code_of
from schoolsafe.reviewing import words
from schoolsafe.reviewing.reading import lines
from tests import factories
from tests.concerns import log as make
from tests.meetings import calls

pytestmark = pytest.mark.django_db
THERE = "/audit/"
# Each of these is several deeds to the audit, such as to give a task and to take it back.
WORDS_OF_SEVERAL = {"concern.task", "concern.second"}
# Of these, twenty-four ask who the reader is, and which concerns and families are theirs to know of.
QUERIES = 36


@pytest.fixture(autouse=True)
def _in_term(school_day):
    """2:00 pm on Tuesday 15 September 2026."""


@pytest.fixture
def read(staff_client, lead):
    """What the reader shows the lead, as who, what and about what; newest first."""
    client = staff_client(lead)

    def ask(**query):
        page = client.get(THERE, query)
        assert page.status_code == 200
        return [(line.who, line.what, line.about) for line in page.context["piece"].lines]

    return ask


@pytest.fixture
def amy():
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def trail(amy, host, colleague, clock_at):
    """Five things by two people about three records on three days."""
    rows = [
        (0, host, "pupil.read", f"school.pupil:{amy.pk}"),
        (0, host, "pupil.change", f"school.pupil:{amy.pk}"),
        (1, colleague, "pupil.read", f"school.pupil:{amy.pk}"),
        (1, colleague, "school.set_calendar", "school.school:1"),
        (2, host, "guardian.add", "school.guardian:77000001"),
    ]
    start = clock.now()
    for day, by, verb, record in rows:
        with transaction.atomic():
            services.record(
                at=start + timedelta(days=day), actor=by.actor, verb=verb, object=record
            )
    clock_at(start + timedelta(days=3))
    return rows


SAW_1 = ("Helen Host", "looked at a pupil", "Pupil: Amy Adams")
CHANGED = ("Helen Host", "changed a pupil", "Pupil: Amy Adams")
SAW_2 = ("Carol Colleague", "looked at a pupil", "Pupil: Amy Adams")
CALENDAR = ("Carol Colleague", "changed the calendar", "The school")
ADDED = ("Helen Host", "added a guardian", "Guardian")


def test_entries_are_told_in_words_newest_first(trail, read):
    assert read() == [ADDED, CALENDAR, SAW_2, CHANGED, SAW_1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"person": "host"}, [ADDED, CHANGED, SAW_1]),
        ({"record": "amy"}, [SAW_2, CHANGED, SAW_1]),
        ({"kind": "school.pupil"}, [SAW_2, CHANGED, SAW_1]),
        ({"verb": "pupil.read"}, [SAW_2, SAW_1]),
        ({"sort": "saw"}, [SAW_2, SAW_1]),
        ({"sort": "did"}, [ADDED, CALENDAR, CHANGED]),
        ({"since": "2026-09-16"}, [ADDED, CALENDAR, SAW_2]),
        ({"until": "2026-09-15"}, [CHANGED, SAW_1]),
        ({"since": "2026-09-16", "until": "2026-09-16"}, [CALENDAR, SAW_2]),
        ({"person": "host", "record": "amy", "verb": "pupil.read", "sort": "saw",
          "since": "2026-09-15", "until": "2026-09-15"}, [SAW_1]),
        ({"person": "host", "since": "2026-09-16"}, [ADDED]),
        ({"record": "amy", "sort": "did"}, [CHANGED]),
        ({"person": "host", "verb": "school.set_calendar"}, []),
    ],
)  # fmt: skip
def test_each_filter_narrows_alone_and_with_the_others(trail, read, host, amy, query, found):
    known = {"host": host.actor, "amy": f"school.pupil:{amy.pk}"}
    assert read(**{name: known.get(value, value) for name, value in query.items()}) == found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"person": "staff:77000001x y"}, "This is not in the list. Choose again."),
        ({"verb": "no such verb"}, "This is not in the list. Choose again."),
        ({"since": "yesterday"}, "Write a date, such as 15/09/2026."),
        ({"since": "2026-09-16", "until": "2026-09-15"}, "This day is before the first one."),
        ({"record": "concerns.task:5"}, "There is no such record."),
        ({"record": "; drop table"}, "There is no such record."),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_nothing_is_shown(
    trail, staff_client, lead, query, words
):
    page = staff_client(lead).get(THERE, query)
    assert "piece" not in page.context
    assert [str(one) for errors in page.context["form"].errors.values() for one in errors] == [
        words
    ]


def test_look_is_written_down_with_ids_and_names_of_filters_only(trail, read, lead, host, amy):
    read()
    read(person=host.actor, record=f"school.pupil:{amy.pk}", since="2026-09-15")
    read(kind="concerns.concern", verb="concern.log")
    looks = Entry.objects.filter(verb="audit.read").order_by("pk")
    assert list(looks.values_list("actor", "object", "detail", "guard")) == [
        (lead.actor, "audit.entry", {"filters": []}, ""),
        (
            lead.actor,
            f"school.pupil:{amy.pk}",
            {"filters": ["actor", "record", "since"], "person": host.actor},
            "",
        ),
        (lead.actor, "audit.entry", {"filters": ["record", "verb"]}, ""),
    ]


def test_pages_follow_each_other_without_a_number_of_a_row(read, staff_client, lead, host):
    with transaction.atomic():
        services.record_many(
            at=clock.now(),
            rows=[
                Row(actor=host.actor, verb="meeting.plan", object=f"meetings.meeting:{number}")
                for number in range(120)
            ],
        )
    client, seen, query = staff_client(lead), [], {"verb": "meeting.plan"}
    for _ in range(3):
        page = client.get(THERE, query)
        piece = page.context["piece"]
        seen += [line.record for line in piece.lines]
        query |= {"before": piece.before}
    assert seen == [f"meetings.meeting:{number}" for number in reversed(range(120))]
    assert piece.before == ""
    newest = Entry.objects.filter(verb="meeting.plan").first()
    assert [line.record for line in client.get(
        THERE, {"verb": "meeting.plan", "before": str(newest.pk)}
    ).context["piece"].lines] == seen[:50]  # fmt: skip


def test_number_of_queries_is_the_same_at_a_hundred_entries_and_at_a_hundred_thousand(
    staff_client, lead, host, django_assert_num_queries
):
    client = staff_client(lead)

    def fill(count):
        with transaction.atomic():
            services.record_many(
                at=clock.now(),
                rows=[
                    Row(
                        actor=host.actor if number % 7 else "staff:77000001",
                        verb="meeting.press" if number % 5 else "meeting.read",
                        object=f"meetings.meeting:{number % 900}",
                    )
                    for number in range(count)
                ],
            )

    query = {"person": host.actor, "verb": "meeting.press", "kind": "meetings.meeting"}
    fill(100)
    client.get(THERE, query)
    with django_assert_num_queries(QUERIES):
        client.get(THERE, query)
    fill(100_000)
    with django_assert_num_queries(QUERIES):
        client.get(THERE, query)


def test_record_leads_to_its_page_where_the_reader_may_open_it(staff_client, lead, host, amy):
    concern = make.log(host, make.child(amy))
    hidden = make.log(host, make.accused(lead))
    lines = staff_client(lead).get(THERE, {"verb": "concern.log"}).context["piece"].lines
    assert [(line.about, line.url) for line in lines] == [
        (
            f"Concern: Concern {concern.reference}",
            reverse("concerns:detail", args=[concern.reference]),
        )
    ]
    page = staff_client(lead).get(THERE).content.decode()
    assert hidden.reference not in page


def test_hidden_record_and_one_that_is_not_there_look_alike(staff_client, lead, host):
    hidden = make.log(host, make.accused(lead))
    client = staff_client(lead)

    def shown(record):
        page = client.get(THERE, {"record": record}).content.decode()
        page = re.sub(r"[A-Za-z0-9]{64}", "", page)
        return page.replace(record.partition(":")[2], "")

    one = shown(f"concerns.concern:{hidden.reference}")
    other = shown(f"concerns.concern:{hidden.reference[::-1]}")
    assert ("Nothing that you may see" in one, one == other) == (True, True)


def test_look_for_a_hidden_concern_is_seen_by_who_may_know_of_it_alone(
    staff_client, lead, head, host
):
    hidden = make.log(host, make.accused(lead))
    staff_client(lead).get(THERE, {"record": hidden.object})

    def lookers(person):
        page = staff_client(person).get(THERE, {"verb": "audit.read", "record": hidden.object})
        return [line.who for line in page.context["piece"].lines]

    assert (lookers(head), lookers(lead)) == (["Leah Lead"], [])


def test_e35_own_family_stands_in_no_line(staff_client, lead, head, amy, trail):
    factories.make_guardian(amy, name=head.name, email=head.email)
    told = {
        person.name: "Amy Adams" in staff_client(person).get(THERE).content.decode()
        for person in (lead, head)
    }
    assert told == {lead.name: True, head.name: False}


def test_pupil_is_found_by_name_without_a_name_in_an_address(staff_client, lead, amy):
    factories.make_pupil("Amy", "Archer")
    client = staff_client(lead)
    one = client.post(reverse("audit_find"), {"words": "amy ada"})
    assert one.headers["Location"] == f"{THERE}?record=school.pupil%3A{amy.pk}"
    two = client.post(reverse("audit_find"), {"words": "amy"})
    assert [str(pupil) for pupil in two.context["found"]] == ["Amy Adams", "Amy Archer"]
    none = client.post(reverse("audit_find"), {"words": "Zacharias"}).content.decode()
    assert "No pupil is called so" in none
    assert "Zacharias" in none


def test_pupil_from_whom_an_order_keeps_the_reader_is_not_found(staff_client, lead, head, amy):
    factories.make_blocked_guardian(
        amy, approved_by=lead, blocked_from=clock.today(), name=head.name, email=head.email
    )
    found = {
        person.name: staff_client(person).post(reverse("audit_find"), {"words": "Amy"}).status_code
        for person in (lead, head)
    }
    assert found == {lead.name: 302, head.name: 200}


@pytest.mark.parametrize("prefix", ["", "https://school.example", "http://school.example:8000"])
def test_page_that_is_pasted_is_found(staff_client, lead, host, co_host, amy, prefix):
    alice = factories.make_guardian(amy)
    meeting = calls.planned(host, [amy], co_hosts=[co_host])
    client = staff_client(lead)
    for page, record in (
        (f"/meetings/{meeting.pk}/?tab=1#families", f"meetings.meeting%3A{meeting.pk}"),
        (f"/consent/pupils/{amy.pk}/", f"school.pupil%3A{amy.pk}"),
        (f"/admin/school/guardian/{alice.pk}/change/", f"school.guardian%3A{alice.pk}"),
    ):
        answer = client.post(reverse("audit_find"), {"words": prefix + page})
        assert answer.headers["Location"] == f"{THERE}?record={record}"


def test_pages_of_records_lead_to_the_reader_for_those_who_read_the_audit(
    staff_client, lead, deputy, host, co_host, amy
):
    meeting = calls.planned(host, [amy], co_hosts=[co_host])
    concern = make.log(host, make.child(amy))
    pages = {
        reverse("meetings:detail", args=[meeting.pk]): meeting.about,
        reverse("consent:pupil", args=[amy.pk]): f"school.pupil:{amy.pk}",
        reverse("concerns:detail", args=[concern.reference]): concern.object,
    }
    for page, record in pages.items():
        link = f'href="/audit/?record={record}"'
        shown = {
            person.name: link in staff_client(person).get(page).content.decode()
            for person in (lead, deputy)
        }
        assert shown == {lead.name: True, deputy.name: False}


def test_history_in_the_records_leads_to_the_reader(staff_client, lead, deputy, amy):
    history = reverse("admin:school_pupil_history", args=[amy.pk])
    link = f'href="{THERE}?record=school.pupil%3A{amy.pk}"'
    found = {
        person.name: link in staff_client(person).get(history).content.decode()
        for person in (lead, deputy)
    }
    assert found == {lead.name: True, deputy.name: False}
    change = staff_client(lead).get(reverse("admin:school_pupil_change", args=[amy.pk]))
    assert 'href="../history/"' in change.content.decode()
    gone = reverse("admin:school_pupil_history", args=[77000001])
    assert staff_client(lead).get(gone).status_code == 404


def test_what_hangs_on_a_concern_is_asked_for_by_a_code(trail, staff_client, lead):
    code = code_of("concerns.opening", 5)
    page = staff_client(lead).get(THERE, {"record": f"concerns.opening:{code}"})
    assert page.context["form"].errors == {}
    assert page.context["form"].asked().record == "concerns.opening:5"


def test_every_verb_has_words_of_its_own_once():
    told = [verb for part in words.VERBS.values() for verb in part]
    assert len(told) == len(set(told))
    assert words.told("rota.swap_slot") == "rota: swap slot"


def test_what_is_done_in_a_call_and_with_a_concern_is_told_in_words():
    done = {f"meeting.{kind.value}" for kind in MARKS}
    done |= {f"concern.{action.value}" for action in Action} - WORDS_OF_SEVERAL
    done |= {f"concern.request.{step.value}" for step in RequestStep}
    done |= {f"concern.transfer.{step.value}" for step in StepKind}
    assert {verb for verb in done if words.told(verb).startswith(verb.partition(".")[0])} == set()


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"role": "dsl"}, [("Role", "Designated safeguarding lead")]),
        ({"roles": ["office", "it"]}, [("Roles", "School office, IT")]),
        ({"setting": "keep_recordings_days"}, [("Setting", "Keep a recording")]),
        # Nobody's any more: as it was written.
        ({"role": "bursar"}, [("Role", "Bursar")]),
    ],
)
def test_roles_and_settings_are_called_as_their_pages_call_them(lead, detail, told):
    with transaction.atomic():
        services.record(at=clock.now(), actor=lead.actor, verb="role.give", object="a.b", **detail)
    [line] = lines(lead.viewer(), Entry.objects.filter(verb="role.give"))
    assert list(line.details) == told


def test_verb_that_nobody_put_in_words_can_be_looked_for_as_well(staff_client, lead, host):
    with transaction.atomic():
        for verb, record in (("rota.swap_slot", "a.b"), ("concern.unheard_of", "a.b")):
            services.record(
                at=datetime(2026, 9, 15, tzinfo=UTC), actor=host.actor, verb=verb, object=record
            )
    offered = staff_client(lead).get(THERE).context["form"].fields["verb"].choices
    assert offered[-1] == ("Other", [("rota.swap_slot", "Rota: swap slot")])


def test_page_shows_what_was_looked_for_again(trail, staff_client, lead, amy):
    page = (
        staff_client(lead)
        .get(THERE, {"record": f"school.pupil:{amy.pk}", "since": "2026-09-15"})
        .content.decode()
    )
    assert "Pupil: Amy Adams" in page
    assert 'value="2026-09-15"' in page
    assert 'href="?person=' in page
