"""Need to know: who sees which concern, and that nobody else sees any trace of it (E8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from audit import selectors as audit
from audit.models import Entry as AuditEntry
from concerns import policy, selectors, services
from concerns.models import Concern, Entry, Involved, Opening, Share
from concerns.models.concern import new_reference
from concerns.policy import Sight
from concerns.services import Named
from notices import selectors as notices
from notices.models import Notice
from school.models import StaffMember
from tests import factories
from tests.concerns import log as make

pytestmark = pytest.mark.django_db
Mailbox = Callable[[], list[EmailMessage]]
SignIn = Callable[..., Client]
CAST = (
    "host",
    "co_host",
    "colleague",
    "same_household",
    "deputy",
    "lead",
    "head",
    "chair",
    "office",
    "governor",
    "it_superuser",
    "leaver",
)


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> dict[str, StaffMember]:
    """Everybody there is."""
    people = {name: request.getfixturevalue(name) for name in CAST}
    return {name: StaffMember.objects.get(pk=person.pk) for name, person in people.items()}


@pytest.fixture
def concerns(school_day: datetime, cast: dict[str, StaffMember]) -> dict[str, Concern]:
    """One concern of every kind that changes who may read it."""
    own_child = factories.make_pupil("Maya", "Leadson")
    factories.make_guardian(own_child, email=cast["lead"].email.upper())
    child = make.child(factories.make_pupil("Ada", "Plain"))
    head_at_home = factories.make_staff("Hana Athome", household="Head Street")
    StaffMember.objects.filter(pk=cast["head"].pk).update(household="Head Street")
    StaffMember.objects.filter(pk=cast["deputy"].pk).update(telephone="07700 900123")
    at_private_telephone = factories.make_pupil("Mo", "Privatson")
    factories.make_guardian(at_private_telephone, telephone="+44 7700 900123")
    under_own_name = factories.make_pupil("Max", "Leadson")
    factories.make_guardian(under_own_name, name="Mrs Leah LEAD")
    head_spelt = factories.make_staff("Hans Spelt", household="head street. ")
    reporter = cast["host"]
    StaffMember.objects.filter(pk=cast["co_host"].pk).update(line_manager=cast["colleague"])
    StaffMember.objects.filter(pk=cast["deputy"].pk).update(line_manager=cast["co_host"])
    for name in ("lead", "co_host"):
        cast[name].refresh_from_db()
    return {
        "the deputy's manager, on the team": make.log(
            reporter,
            child,
            Named(part=policy.Part.WITNESS, staff=cast["co_host"]),
        ),
        "the deputy's manager, by e-mail": make.log(
            reporter,
            Named(part=policy.Part.HARMING, name="X", is_adult=True, email=cast["co_host"].email),
        ),
        "the deputy's child, by telephone": make.log(reporter, make.child(at_private_telephone)),
        "the lead's child, by name": make.log(reporter, make.child(under_own_name)),
        "the head's relative, spelt otherwise": make.log(reporter, make.accused(head_spelt)),
        "a child": make.log(reporter, child),
        "nobody named": make.log(reporter),
        "the lead's child": make.log(reporter, make.child(own_child)),
        "a colleague": make.log(reporter, make.accused(cast["colleague"])),
        "the reporter": make.log(cast["same_household"], make.accused(reporter)),
        "the deputy": make.log(reporter, make.accused(cast["deputy"])),
        "the lead": make.log(reporter, make.accused(cast["lead"])),
        "the head": make.log(reporter, make.accused(cast["head"])),
        "the head's relative": make.log(reporter, make.accused(head_at_home)),
        "head and chair": make.log(
            reporter, make.accused(cast["head"]), make.accused(cast["chair"])
        ),
        "a witness": make.log(
            reporter, child, Named(part=policy.Part.WITNESS, staff=cast["deputy"])
        ),
        "a parent": make.log(
            reporter,
            Named(part=policy.Part.HARMING, name="Pat", is_adult=True, email=cast["lead"].email),
        ),
        "supply": make.log(
            reporter, Named(part=policy.Part.SUBJECT, name="Sam", is_adult=True, works_here=True)
        ),
        "the head in words": make.log(reporter, in_words("Hugo Head, works here")),
        "the lead in words": make.log(reporter, in_words("Mrs Lead")),
        "the deputy's name, settled": make.log(reporter, in_words("Dana Deputy", is_settled=True)),
        "the deputy saw it": make.log(
            reporter, Named(part=policy.Part.WITNESS, name="Dana Deputy", is_adult=True)
        ),
    }


def in_words(name: str, **facts: Any) -> Named:
    return Named(part=policy.Part.SUBJECT, name=name, is_adult=True, **facts)


EXPECTED = {
    "the deputy's manager, on the team": {"deputy", "lead", "head"},
    "the deputy's manager, by e-mail": {"lead", "head"},
    "the deputy's child, by telephone": {"lead", "head"},
    "the lead's child, by name": {"deputy", "head"},
    "the head's relative, spelt otherwise": {"chair"},
    "a child": {"deputy", "lead", "head"},
    "nobody named": {"deputy", "lead", "head"},
    "the lead's child": {"deputy", "head"},
    "a colleague": {"head"},
    "the reporter": {"head"},
    "the deputy": {"head"},
    "the lead": {"head"},
    "the head": {"chair"},
    "the head's relative": {"chair"},
    "head and chair": set(),
    "a witness": {"deputy", "lead", "head"},
    "a parent": {"deputy", "head"},
    "supply": {"head"},
    "the head in words": {"chair"},
    "the lead in words": {"head"},
    "the deputy's name, settled": {"deputy", "lead", "head"},
    "the deputy saw it": {"deputy", "lead", "head"},
}


def test_visible_to_agrees_with_may_view_for_everybody(
    school_day: datetime, cast: dict[str, StaffMember], concerns: dict[str, Concern]
) -> None:
    people = selectors.colleagues(school_day)
    rows = {name: Concern.objects.get(pk=row.pk) for name, row in concerns.items()}
    facts = selectors.facts_of_all(list(rows.values()), people, now=school_day)

    in_sql = {name: set[str]() for name in rows}
    in_policy = {name: set[str]() for name in rows}
    for person, staff in cast.items():
        if not staff.user.is_active:
            continue
        visible = set(Concern.objects.visible_to(staff.viewer()))
        for name, row in rows.items():
            if row in visible:
                in_sql[name].add(person)
            if policy.may_view(staff.viewer(), facts[row.pk]):
                in_policy[name].add(person)

    assert in_sql == EXPECTED
    assert in_policy == EXPECTED


def test_e6_both_accounts_of_one_address_are_shut_out_by_the_one_it_is_about(
    school_day: datetime, cast: dict[str, StaffMember]
) -> None:
    """Somebody who came back has two accounts: what is about the old one is not for the new one."""
    old = factories.make_staff("Somebody Else")
    get_user_model().objects.filter(pk=old.user_id).update(email=cast["deputy"].email.upper())
    concern = make.log(cast["host"], make.accused(old))
    Concern.objects.filter(pk=concern.pk).update(desk="team")
    facts = selectors.facts_of(Concern.objects.get(pk=concern.pk), now=school_day)

    for name, may in (("deputy", False), ("lead", True)):
        viewer = cast[name].viewer()
        assert policy.may_view(viewer, facts) is may
        assert Concern.objects.visible_to(viewer).exists() is may


def test_a43_a48_what_was_lent_agrees_with_the_rule_for_everybody(
    school_day: datetime, cast: dict[str, StaffMember], concerns: dict[str, Concern]
) -> None:
    """Every concern is lent to everybody, past the services: only the rule is left to refuse."""
    inside = [staff for staff in cast.values() if staff.user.is_active]
    facts = {"at": school_day, "until": school_day + timedelta(hours=1), "reason": "to prove it"}
    for row in concerns.values():
        for staff in inside:
            Share.objects.create(concern=row, staff=staff, by=cast["head"], **facts)
            Opening.objects.create(concern=row, staff=staff, review_by=school_day, **facts)
    people = selectors.colleagues(school_day)
    rows = list(Concern.objects.all())
    rules = selectors.facts_of_all(rows, people, now=school_day)

    in_sql, in_policy = {}, {}
    for staff in inside:
        viewer = staff.viewer()
        desk = set(Concern.objects.visible_to(viewer))
        opened = set(Concern.objects.opened_by(viewer, now=school_day)) - desk
        shared = set(Concern.objects.shared_with(viewer, now=school_day)) - desk - opened
        ways = {Sight.DESK: desk, Sight.EMERGENCY: opened, Sight.SHARED: shared}
        for row in rows:
            seen = [sight for sight, found in ways.items() if row in found]
            in_sql[staff.name, row.pk] = seen[0] if seen else None
            in_policy[staff.name, row.pk] = policy.sight(viewer, rules[row.pk])

    assert in_sql == in_policy
    assert set(in_sql.values()) == {*Sight, None}


def test_visible_to_an_unknown_person_is_nothing(
    concerns: dict[str, Concern], school_day: datetime
) -> None:
    nobody = factories.make_staff(roles=())

    assert list(Concern.objects.visible_to(nobody.viewer())) == []


@pytest.mark.parametrize(
    "person", ["deputy", "it_superuser", "host", "office", "governor", "chair"]
)
def test_e8_a_concern_one_may_not_see_does_not_exist(
    person: str,
    school_day: datetime,
    cast: dict[str, StaffMember],
    staff_client: SignIn,
    mailbox: Mailbox,
) -> None:
    """The deputy is the subject; each of the others has no part in it at all."""
    concern = make.log(cast["colleague"], make.accused(cast["deputy"]))
    services.read(concern, by=cast["head"])
    client = staff_client(cast[person])
    mailbox()
    secrets = (*make.MARKERS, concern.reference, concern.object)

    answers = {
        name: client.get(reverse(f"concerns:{name}", args=[concern.reference])).status_code
        for name in (
            "detail",
            "received",
            "add",
            "call",
            "decide",
            "close",
            "reopen",
            "name_subject",
        )
    }
    pages = [
        client.get(url, follow=True).content.decode()
        for url in (
            reverse("concerns:list"),
            reverse("concerns:list") + "?state=new",
            reverse("concerns:mine"),
            reverse("concerns:log"),
            reverse("notices:outbox"),
            reverse("admin:index"),
            reverse("admin:concerns_concern_changelist"),
            reverse("admin:concerns_concern_changelist") + f"?q={concern.reference[:4]}",
            reverse("admin:concerns_concern_change", args=[concern.reference]),
            reverse("audit_reader"),
        )
    ]
    found = client.post(reverse("concerns:list"), {"words": concern.reference}, follow=True)

    assert set(answers.values()) == {404}
    assert [word for word in secrets for page in pages if word in page] == []
    # The search box repeats what was typed; nothing else may know it.
    assert f"/{concern.reference}/" not in found.content.decode()
    assert client.post(reverse("concerns:acknowledge", args=[concern.reference])).status_code == 404
    assert Concern.objects.get(pk=concern.pk).status == "logged"
    letters = Notice.objects.filter(staff=cast[person]).about(concern.object)
    assert letters.count() == 0
    assert audit.visible_to(cast[person].viewer()).filter(object=concern.object).count() == 0


def test_the_same_concern_is_there_for_the_head(
    school_day: datetime, cast: dict[str, StaffMember], staff_client: SignIn
) -> None:
    """Without this the test above would prove nothing."""
    concern = make.log(cast["colleague"], make.accused(cast["deputy"]))
    client = staff_client(cast["head"])

    page = client.get(reverse("concerns:detail", args=[concern.reference])).content.decode()
    record = client.get(
        reverse("admin:concerns_concern_change", args=[concern.reference])
    ).content.decode()

    assert [marker for marker in make.MARKERS if marker not in page] == []
    assert [marker for marker in make.MARKERS if marker not in record] == []
    assert (
        audit.visible_to(cast["head"].viewer())
        .filter(object=concern.object, verb="concern.read")
        .count()
        == 2
    )


def test_e8_counts_are_of_what_one_may_see(
    school_day: datetime, cast: dict[str, StaffMember], concerns: dict[str, Concern]
) -> None:
    numbers = {
        name: {
            state: number
            for state, _, number in selectors.counts(
                selectors.open_to(cast[name].viewer()), cast[name].viewer(), now=school_day
            )
        }["new"]
        for name in ("deputy", "lead", "head", "chair", "it_superuser")
    }

    assert numbers == {
        name: sum(name in readers for readers in EXPECTED.values()) for name in numbers
    }


def test_e5_a_reporter_who_shares_a_home_with_the_subject_keeps_only_their_own_text(
    school_day: datetime,
    cast: dict[str, StaffMember],
    concerns: dict[str, Concern],
    staff_client: SignIn,
) -> None:
    concern = concerns["the reporter"]
    services.acknowledge(concern, by=cast["head"])
    services.add(concern, by=cast["head"], text="MARKERCASE what the head found out")
    client = staff_client(cast["same_household"], second_factor=False)

    own = client.get(reverse("concerns:received", args=[concern.reference])).content.decode()

    assert make.SEEN in own
    assert "MARKERCASE" not in own
    assert "Hugo Head has acknowledged it." in own


def test_e9_alert_mail_holds_nothing_of_the_concern(
    school_day: datetime,
    clock_at: Any,
    cast: dict[str, StaffMember],
    mailbox: Mailbox,
) -> None:
    pupil = factories.make_pupil("MARKERGIVEN", "MARKERFAMILY", year_group=5)
    factories.make_group(pupil, name="MARKERCLASS")
    concern = make.log(
        cast["host"], make.child(pupil), about="meetings.meeting:471147114711", is_from_home=True
    )
    for minutes in (0, 15, 30, 60):
        clock_at(school_day + timedelta(minutes=minutes))
        mailbox()
    services.acknowledge(concern, by=cast["lead"])
    services.add(concern, by=cast["host"], text="MARKERADDED")
    services.ask(concern, by=cast["lead"], text="MARKERASKED")
    services.add_task(
        concern,
        by=cast["lead"],
        what="MARKERTASK",
        owner=cast["deputy"],
        due_on=school_day.date(),
    )
    clock_at(Concern.objects.get().decide_by)
    letters = mailbox()

    words = [*make.MARKERS, "MARKER", "Year 5", "471147114711", "Helen", "urgent", "category"]
    texts = [f"{letter.subject}\n{letter.message().as_string()}" for letter in letters]
    assert len(letters) > 9
    assert [word for word in words for text in texts if word in text] == []
    kinds = set(Notice.objects.filter(state="sent").values_list("kind", flat=True))
    assert kinds == {kind.value for kind in services.Notice}


def test_notices_of_concerns_stand_in_no_list(
    concerns: dict[str, Concern], mailbox: Mailbox
) -> None:
    mailbox()

    assert Notice.objects.count() > 0
    assert notices.shown().count() == 0
    assert notices.counts_by_kind() == []


def test_the_admin_has_no_concerns_for_a_superuser(
    school_day: datetime, cast: dict[str, StaffMember], staff_client: SignIn
) -> None:
    make.log(cast["host"])
    client = staff_client(cast["it_superuser"])

    index = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:concerns_concern_changelist") not in index
    request = HttpRequest()
    request.user = cast["it_superuser"].user
    register = admin.site._registry[Concern]
    assert register.get_queryset(request).count() == 0
    assert register.has_view_permission(request) is False


def test_looking_at_a_concern_in_the_admin_is_audited(
    school_day: datetime, cast: dict[str, StaffMember], staff_client: SignIn
) -> None:
    concern = make.log(cast["host"])
    client = staff_client(cast["lead"])

    client.get(reverse("admin:concerns_concern_change", args=[concern.reference]))

    entry = AuditEntry.objects.about(concern.object).get(verb="concern.read")
    assert entry.actor == cast["lead"].actor


def test_e8_the_admin_shows_no_row_number_anywhere(
    school_day: datetime, cast: dict[str, StaffMember], staff_client: SignIn
) -> None:
    concern, pupil = make.log(cast["host"]), factories.make_pupil()
    # The same with numbers that stand on no page for another reason.
    concern.pk, concern.reference, concern.key = 9_876_500_001, new_reference(), uuid4()
    concern.save(force_insert=True)
    by = {"concern": concern, "added_by": cast["host"], "added_at": school_day}
    Involved.objects.create(pk=9_876_500_002, kind="pupil", part="subject", pupil=pupil, **by)
    told = {"concern": concern, "by": cast["lead"], "at": school_day, "text": make.SEEN}
    Entry.objects.create(pk=9_876_500_003, kind="addendum", **told)
    client = staff_client(cast["lead"])
    address = reverse("admin:concerns_concern_change", args=[concern.reference])

    listed = client.get(reverse("admin:concerns_concern_changelist")).content.decode()
    shown = client.get(address).content.decode()

    assert (f'href="{address}' in listed, make.WORDS in shown) == (True, True)
    assert (str(pupil) in shown, make.SEEN in shown) == (True, True)
    assert ("98765" in listed, "98765" in shown) == (False, False)
    for page in ("change", "history", "delete"):
        by_number = reverse(f"admin:concerns_concern_{page}", args=[concern.pk])
        assert client.get(by_number).status_code == 404
    history = reverse("admin:concerns_concern_history", args=[concern.reference])
    told = client.get(history).content.decode()
    query = urlencode({"record": concern.object})
    assert (f"{reverse('audit_reader')}?{query}" in told, "98765" in told) == (True, False)
    audited = client.get(reverse("audit_reader")).content.decode()
    assert (f"Concern {concern.reference}" in audited, "98765" in audited) == (True, False)


def test_the_admin_changes_nothing(
    school_day: datetime, cast: dict[str, StaffMember], staff_client: SignIn
) -> None:
    concern = make.log(cast["host"])
    client = staff_client(cast["lead"])

    answers = [
        client.post(reverse(f"admin:concerns_concern_{page}", args=args)).status_code
        for page, args in (
            ("change", [concern.reference]),
            ("delete", [concern.reference]),
            ("add", []),
        )
    ]

    assert answers == [403, 403, 403]
