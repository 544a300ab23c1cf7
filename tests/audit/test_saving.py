"""The audit as a file: what the reader shows to this person, with its proof, and nothing that it leaves out."""

import csv
import json
from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit import exporting, services
from audit.models import Entry
from audit.services import Row
from schoolsafe.lib import clock
from schoolsafe.lib.codes import code_of
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
THERE = "/audit/save/"
# As many as the page: what the page offers and who is called how is asked, the check of the chain as well.
QUERIES = 36


@pytest.fixture(autouse=True)
def _in_term(school_day):
    """2:00 pm on Tuesday 15 September 2026."""


@pytest.fixture
def amy():
    return factories.make_pupil("Amy", "Adams")


@pytest.fixture
def trail(amy, host, colleague, clock_at):
    """Three things by two people about two records on three days."""
    rows = [
        (0, host, "pupil.change", f"school.pupil:{amy.pk}", {"fields": ["family_name"]}),
        (1, colleague, "school.set_calendar", "school.school:1", {}),
        (2, host, "pupil.read", f"school.pupil:{amy.pk}", {}),
    ]
    start = clock.now()
    for day, by, verb, record, detail in rows:
        with transaction.atomic():
            services.record(
                at=start + timedelta(days=day), actor=by.actor, verb=verb, object=record, **detail
            )
    clock_at(start + timedelta(days=3))
    return list(Entry.objects.order_by("-pk"))[:3]


@pytest.fixture
def save(staff_client):
    """What a person is given as a file, by what they look for."""

    def ask(by, file="jsonl", **query):
        answer = staff_client(by).post(THERE, {"file": file, **query})
        assert answer.status_code == 200
        return answer

    return ask


def lines_of(answer):
    """The entries of a file for programs, without the proof."""
    return [json.loads(line) for line in answer.content.decode().splitlines()[:-1]]


def proof_of(answer):
    return json.loads(answer.content.decode().splitlines()[-1])["proof"]


def test_file_for_programs_holds_what_the_page_shows_newest_first(
    trail, save, lead, host, colleague, amy
):
    answer = save(lead, since="2026-09-15")
    pupil = {"about": "Pupil: Amy Adams", "record": f"school.pupil:{amy.pk}"}
    by_host = {"who": "Helen Host", "person": host.actor}
    told = [
        {"at": "2026-09-17T13:00:00+00:00", **by_host, "what": "looked at a pupil",
         "verb": "pupil.read", **pupil, "more": {}},
        {"at": "2026-09-16T13:00:00+00:00", "who": "Carol Colleague", "person": colleague.actor,
         "what": "changed the calendar", "verb": "school.set_calendar", "about": "The school",
         "record": f"school.school:{code_of('school.school', 1)}", "more": {}},
        {"at": "2026-09-15T13:00:00+00:00", **by_host, "what": "changed a pupil",
         "verb": "pupil.change", **pupil, "more": {"Fields": "Family name"}},
    ]  # fmt: skip
    lines = lines_of(answer)
    assert [len(line.pop("seal")) for line in lines] == [64, 64, 64]
    assert [line.pop("entry") for line in lines] == [entry.hash for entry in trail]
    assert lines == told
    assert answer.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="audit-2026-09-18-140000.jsonl"'
    )


def test_file_for_a_spreadsheet_holds_the_same_in_rows(trail, save, lead):
    answer = save(lead, "csv", verb="pupil.change")
    heading, row, last = csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert heading == ["When", "Who", "What", "About", "More", "Entry", "Seal"]
    assert row[:-1] == [
        "2026-09-15 14:00:00", "Helen Host", "changed a pupil", "Pupil: Amy Adams",
        "Fields: Family name", trail[2].hash,
    ]  # fmt: skip
    assert (last[:-2], json.loads(last[-2])["proof"]["count"]) == (["Proof", "", "", "", ""], 1)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2]),
        ({"person": "host"}, [0, 2]),
        ({"record": "amy"}, [0, 2]),
        ({"kind": "school.school"}, [1]),
        ({"verb": "pupil.read"}, [0]),
        ({"sort": "did"}, [1, 2]),
        ({"since": "2026-09-16", "until": "2026-09-16"}, [1]),
        ({"person": "host", "record": "amy", "until": "2026-09-15"}, [2]),
        ({"verb": "pupil.read", "before": "x" * 32}, [0]),
    ],
)
def test_same_filters_as_on_the_page(trail, save, lead, host, amy, query, found):
    known = {"host": host.actor, "amy": f"school.pupil:{amy.pk}"}
    asked = {name: known.get(value, value) for name, value in query.items()}
    answer = save(lead, **asked)
    asked.pop("before", None)
    assert [line["entry"] for line in lines_of(answer)] == [trail[place].hash for place in found]
    assert proof_of(answer)["filters"] == asked


def test_two_empty_files_differ_and_nobody_else_knows_that_they_are_empty(save, lead):
    proofs = [proof_of(save(lead, verb="no.such")) for _ in range(2)]
    assert [proof["count"] for proof in proofs] == [0, 0]
    marks = {proof["digest"] for proof in proofs} | {sha256(b"").hexdigest()}
    assert len(marks) == 3


def test_last_line_says_what_the_file_is(trail, save, lead):
    proof = proof_of(save(lead, verb="pupil.read"))
    own = Entry.objects.get(verb="audit.export.read")
    assert (len(proof.pop("file")), proof.pop("digest")) == (32, own.detail["digest"])
    assert proof == {
        "format": "schoolsafe audit 1",
        "count": 1,
        "saved_at": "2026-09-18T13:00:00+00:00",
        "saved_by": "Leah Lead",
        "person": lead.actor,
        "filters": {"verb": "pupil.read"},
        "check": {"whole_chain_checked_at": None, "open_alarms": 0, "entries_hold": True},
        "entry": own.hash,
    }


def test_entry_that_was_changed_before_is_said(trail, save, lead, unguarded):
    with unguarded() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'staff:2' WHERE id = %s", [trail[0].pk])
    told = [proof_of(save(lead, verb=verb))["check"] for verb in ("pupil.read", "pupil.change")]
    assert [check["entries_hold"] for check in told] == [False, True]


def test_taking_is_written_down_as_looking_is_and_without_a_number(trail, save, lead, host, amy):
    """From the number of somebody else's entries a reader would learn how many are hidden (E8)."""
    save(lead)
    save(lead, "csv", person=host.actor, record=f"school.pupil:{amy.pk}", since="2026-09-15")
    save(lead, kind="concerns.concern", verb="concern.log")
    taken = Entry.objects.filter(verb="audit.export.read").order_by("pk")
    told = [(one.actor, one.object, one.guard, dict(one.detail)) for one in taken]
    assert [len(detail.pop("digest")) for *_, detail in told] == [64, 64, 64]
    assert told == [
        (lead.actor, "audit.entry", "", {"form": "jsonl", "filters": []}),
        (lead.actor, f"school.pupil:{amy.pk}", "", {
            "form": "csv", "filters": ["actor", "record", "since"], "person": host.actor}),
        (lead.actor, "audit.entry", "", {"form": "jsonl", "filters": ["record", "verb"]}),
    ]  # fmt: skip


def test_hidden_concern_leaves_neither_a_line_nor_a_gap(trail, save, lead, head, host):
    """Between two entries that the lead sees lies one that is not theirs to know of."""
    hidden = make.log(host, make.accused(lead))
    with transaction.atomic():
        services.record(
            at=clock.now(), actor=host.actor, verb="pupil.read", object="school.pupil:77000001"
        )
    guarded = Entry.objects.filter(guard="concern", object=hidden.object)
    after = Entry.objects.get(object="school.pupil:77000001")
    lead_sees, head_sees = save(lead), save(head)
    text = lead_sees.content.decode()
    assert {one["record"] for one in lines_of(head_sees)} >= {hidden.object}
    assert [one["entry"] for one in lines_of(lead_sees)][0] == after.hash
    told_of = [hidden.reference, *make.MARKERS, *guarded.values_list("hash", flat=True)]
    # What stands before an entry would tell that something stands there.
    told_of += Entry.objects.values_list("previous", flat=True).filter(pk=after.pk)
    assert [word for word in told_of if word in text] == []
    assert {frozenset(line) for line in lines_of(lead_sees)} == {
        frozenset(
            ["at", "who", "person", "what", "verb", "about", "record", "more", "entry", "seal"]
        )
    }


def test_hidden_record_and_one_that_is_not_there_give_files_alike(save, lead, host):
    hidden = make.log(host, make.accused(lead))

    def given(reference):
        answer = save(lead, record=f"concerns.concern:{reference}")
        proof = proof_of(answer)
        left_out = {"file", "digest", "entry", "filters"}
        return lines_of(answer), {name: proof[name] for name in proof.keys() - left_out}

    one, other = given(hidden.reference), given(hidden.reference[::-1])
    assert (one[0], one == other) == ([], True)


def test_taking_of_a_hidden_concern_is_seen_by_who_may_know_of_it_alone(save, lead, head, host):
    hidden = make.log(host, make.accused(lead))
    save(lead, record=hidden.object)
    seen = {
        person.name: [one["who"] for one in lines_of(save(person, verb="audit.export.read"))]
        for person in (head, lead)
    }
    assert seen == {"Hugo Head": ["Leah Lead"], "Leah Lead": ["Hugo Head"]}


def test_what_hangs_on_a_concern_is_named_by_a_code(save, lead):
    with transaction.atomic():
        services.record(
            at=clock.now(),
            actor=lead.actor,
            verb="meeting.plan",
            object="concerns.task:17",
            task=17,
        )
    # Nobody may see it who does not work on the concern; its like in the open is named by a code too.
    assert [one["record"] for one in lines_of(save(lead, verb="meeting.plan"))] == []
    with transaction.atomic():
        services.record(
            at=clock.now(),
            actor=lead.actor,
            verb="meeting.plan",
            object="school.absence:17",
            task=17,
        )
    (line,) = lines_of(save(lead, verb="meeting.plan"))
    assert (len(line["record"]), len(line["more"]["Task"])) == (len("school.absence:") + 32, 32)


def test_e35_own_family_stands_in_no_line(save, lead, head, amy, trail):
    factories.make_guardian(amy, name=head.name, email=head.email)
    told = {person.name: b"Amy Adams" in save(person).content for person in (lead, head)}
    assert told == {lead.name: True, head.name: False}


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "Anna\r\n=1+1"])
def test_name_of_a_person_is_no_formula_and_no_line(save, lead, host, trail, name):
    host.name = name
    host.save()
    rows = list(csv.reader(StringIO(save(lead, "csv").content.decode("utf-8-sig"), newline="")))
    safe = "Anna =1+1" if name.startswith("Anna") else f"'{name}"
    assert {row[1] for row in rows[1:-1]} >= {safe}
    assert [cell for row in rows for cell in row if cell.startswith(("=", "@", "\r", "\n"))] == []


def test_more_than_are_given_at_once_is_said_and_nothing_is_taken(
    trail, staff_client, lead, monkeypatch
):
    monkeypatch.setattr(exporting, "MOST", 2)
    query = {"since": "2026-09-15", "until": "2026-09-17"}
    answer = staff_client(lead).post(THERE, {"file": "csv", **query})
    assert answer.headers["Location"] == "/audit/?since=2026-09-15&until=2026-09-17"
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [
        "More than 2 entries: narrow them down first, by a day for example."
    ]
    assert not Entry.objects.filter(verb="audit.export.read").exists()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"file": "exe"},
        {"file": "csv", "record": "concerns.task:5"},
        {"file": "csv", "since": "yesterday"},
        {"file": "csv", "person": "staff:77000001x y"},
        {"file": "csv", "person": "x" * 200_000 + ":1"},
        {"file": "csv", "verb": "a." + "b" * 200_000},
    ],
)
def test_what_cannot_be_looked_for_gives_no_file(trail, staff_client, lead, query):
    answer = staff_client(lead).post(THERE, query)
    assert (answer.status_code, answer.headers["Location"][:7]) == (302, "/audit/")
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [
        "Nothing was saved: choose again what, and as which kind of file."
    ]
    assert not Entry.objects.filter(verb="audit.export.read").exists()


def test_file_is_given_to_nobody_else_and_to_no_address_alone(trail, staff_client, lead, deputy):
    assert staff_client(lead).get(THERE, {"file": "csv"}).status_code == 405
    assert staff_client(deputy).post(THERE, {"file": "csv"}).status_code == 403
    without = staff_client(lead, second_factor=False).post(THERE, {"file": "csv"})
    assert (without.status_code, without.headers.get("Content-Disposition")) == (302, None)
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = staff_client(lead).cookies
    assert forged.post(THERE, {"file": "csv"}).status_code == 403
    assert not Entry.objects.filter(verb="audit.export.read").exists()


def test_no_file_leaves_when_it_cannot_be_written_down(trail, staff_client, lead, unguarded):
    """The database takes no entry: then nobody is given one either."""
    client = staff_client(lead)
    client.raise_request_exception = False
    with unguarded() as cursor:
        cursor.execute("ALTER TABLE audit_entry RENAME COLUMN key_id TO key_gone")
        answer = client.post(THERE, {"file": "csv"})
        cursor.execute("ALTER TABLE audit_entry RENAME COLUMN key_gone TO key_id")
    assert (answer.status_code, b"Amy Adams" in answer.content) == (500, False)


def test_number_of_queries_is_the_same_for_three_entries_and_for_three_hundred(
    staff_client, lead, host, django_assert_num_queries
):
    client = staff_client(lead)

    def fill(count):
        with transaction.atomic():
            services.record_many(
                at=clock.now(),
                rows=[
                    Row(actor=host.actor, verb="meeting.read", object=f"meetings.meeting:{number}")
                    for number in range(count)
                ],
            )

    query = {"file": "jsonl", "verb": "meeting.read"}
    fill(3)
    client.post(THERE, query)
    with django_assert_num_queries(QUERIES):
        client.post(THERE, query)
    fill(300)
    with django_assert_num_queries(QUERIES):
        client.post(THERE, query)


def test_page_offers_the_file_with_what_is_looked_for(trail, staff_client, lead, amy):
    query = {"record": f"school.pupil:{amy.pk}", "sort": "did", "more": "x"}
    page = staff_client(lead).get("/audit/", query)
    assert page.context["asked_for"] == {"record": f"school.pupil:{amy.pk}", "sort": "did"}
    text = page.content.decode()
    assert f'<input type="hidden" name="record" value="school.pupil:{amy.pk}">' in text
    assert f'action="{reverse("audit_save")}"' in text
    nothing = staff_client(lead).get("/audit/", {"verb": "no.such"}).content.decode()
    assert reverse("audit_save") not in nothing
