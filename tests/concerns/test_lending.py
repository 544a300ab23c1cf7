"""One concern shown to somebody whose it is not: shared by a reader, or opened in an emergency."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from audit import selectors as audit
from audit.models import Entry as AuditEntry
from concerns import selectors, services
from concerns.models import Concern, Exclusion, Opening, Share
from concerns.policy import Part, Sight
from concerns.services import Named
from notices.models import Ladder, Notice
from school.models import StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests import factories
from tests.concerns import log as make
from tests.names import names_in

pytestmark = pytest.mark.django_db
Mailbox = Callable[[], list[EmailMessage]]
SignIn = Callable[..., Client]
TODAY = date(2026, 9, 15)
WHY = "MARKERWHY she teaches him"


@pytest.fixture
def concern(school_day: datetime, host: StaffMember, lead: StaffMember) -> Concern:
    """About a child; the team's."""
    return make.log(host, make.child(factories.make_pupil("Ada", "Plain")))


@pytest.fixture
def of_staff(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
) -> Concern:
    """About a teacher; the headteacher's."""
    return make.log(host, make.accused(co_host))


def shared(concern: Concern, by: StaffMember, staff: StaffMember, **facts: Any) -> Share:
    facts.setdefault("until", TODAY + timedelta(days=14))
    facts.setdefault("reason", WHY)
    return services.lend(concern, by=by, staff=staff, **facts)


def opened(concern: Concern, by: StaffMember, reason: str = WHY) -> Opening | None:
    return services.open_in_emergency(concern.reference, by=by, reason=reason)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"concerns:{name}", args=args))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def status(client: Client, name: str, *args: object) -> int:
    return client.get(reverse(f"concerns:{name}", args=args)).status_code


# --- Sharing ----------------------------------------------------------------------------------------
def test_a43_whoever_a_concern_is_shared_with_reads_the_account_and_not_the_casework(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    services.add(concern, by=lead, text="MARKERCASE")
    shared(concern, lead, colleague)
    client = staff_client(colleague)

    text = page(client, "shared", concern.reference)

    assert [marker for marker in (*make.MARKERS, "Ada Plain", WHY) if marker not in text] == []
    assert "MARKERCASE" not in text
    assert "Leah Lead has shared this with you until" in text
    assert concern.reference in page(client, "mine")
    assert (
        AuditEntry.objects.about(concern.object)
        .filter(verb="concern.read", actor=colleague.actor)
        .exists()
    )


def test_a43_casework_is_shown_when_the_sharer_says_so(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    services.add(concern, by=lead, text="MARKERCASE")
    shared(concern, lead, colleague, shows_work=True)

    assert "MARKERCASE" in page(staff_client(colleague), "shared", concern.reference)


def test_a43_what_is_added_by_the_one_it_is_shared_with_is_told_to_who_has_taken_it(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    services.acknowledge(concern, by=lead)
    shared(concern, lead, colleague)
    address = reverse("concerns:shared", args=[concern.reference])

    empty = staff_client(colleague).post(address, {"text": ""})
    answer = staff_client(colleague).post(address, {"text": "MARKERADDED"}, follow=True)

    assert empty.status_code == 422
    assert "MARKERADDED" in answer.content.decode()
    assert Notice.objects.filter(kind="concern_added", staff=lead).count() == 1


def test_a43_a_share_needs_the_second_factor_and_its_page_is_nobody_elses(
    concern: Concern,
    lead: StaffMember,
    colleague: StaffMember,
    co_host: StaffMember,
    staff_client: SignIn,
) -> None:
    shared(concern, lead, colleague)

    assert status(staff_client(colleague, second_factor=False), "shared", concern.reference) == 302
    assert status(staff_client(co_host), "shared", concern.reference) == 404
    assert status(staff_client(lead), "shared", concern.reference) == 404
    assert status(staff_client(colleague), "opened", concern.reference) == 404
    # The list of what is shared needs no second factor, and names nobody.
    own = page(staff_client(colleague, second_factor=False), "mine")
    assert (concern.reference in own, "Ada" in own) == (True, False)


def test_a43_nothing_but_reading_and_adding_is_theirs(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    shared(concern, lead, colleague)
    client = staff_client(colleague)

    pages = ["detail", "decide", "close", "reopen", "name_subject", "share", "call", "add"]
    posts = [
        client.post(reverse(f"concerns:{name}", args=[concern.reference])).status_code
        for name in ("acknowledge", "share", "decide", "close")
    ]

    assert {name: status(client, name, concern.reference) for name in pages} == dict.fromkeys(
        pages, 404
    )
    assert set(posts) == {404}
    for refused in (
        lambda: services.acknowledge(concern, by=colleague),
        lambda: services.close(concern, by=colleague, reasons="x"),
        lambda: shared(concern, colleague, factories.make_staff()),
        lambda: services.name_subject(concern, by=colleague, person=make.accused(lead)),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert list(Concern.objects.visible_to(colleague.viewer())) == []
    assert audit.visible_to(colleague.viewer()).filter(object=concern.object).count() == 0


def test_a43_it_ends_after_its_day_to_the_second(
    concern: Concern,
    lead: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
    clock_at: Callable[[datetime], Any],
) -> None:
    row = shared(concern, lead, colleague, until=TODAY)

    assert clock.local(row.until).isoformat() == "2026-09-16T00:00:00+01:00"
    clock_at(row.until - timedelta(seconds=1))
    assert status(staff_client(colleague), "shared", concern.reference) == 200
    clock_at(row.until)
    assert status(staff_client(colleague), "shared", concern.reference) == 404
    with pytest.raises(NotAllowed, match="ended already"):
        services.stop_lending(row, by=lead)


def test_a43_it_can_be_taken_back_and_stays_on_the_record(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    row = shared(concern, lead, colleague)
    before = page(staff_client(lead), "detail", concern.reference)
    address = reverse("concerns:take_back", args=[concern.reference, row.pk])

    staff_client(lead).post(address)

    after = page(staff_client(lead), "detail", concern.reference)
    assert status(staff_client(colleague), "shared", concern.reference) == 404
    assert ("Take back" in before, "Take back" in after) == (True, False)
    assert [WHY in text for text in (before, after)] == [True, True]
    assert "ended by Leah Lead" in after
    verbs = AuditEntry.objects.about(concern.object).values_list("verb", flat=True)
    assert {"concern.lend", "concern.take_back"} <= set(verbs)
    assert shared(concern, lead, colleague).pk != row.pk


def test_a43_taken_back_while_the_person_reads_nothing_more_is_shown_at_the_next_press(
    concern: Concern, lead: StaffMember, colleague: StaffMember, staff_client: SignIn
) -> None:
    row = shared(concern, lead, colleague, shows_work=True)
    reader = staff_client(colleague)
    open_page = page(reader, "shared", concern.reference)
    assert make.SEEN in open_page
    address = reverse("concerns:shared", args=[concern.reference])
    assert reader.post(address, {"text": "In time"}).status_code == 302
    entries = concern.entries.count()

    services.stop_lending(row, by=lead)

    for answer in (
        reader.get(address),
        reader.post(address, {"text": "MARKERLATE"}),
        reader.post(reverse("concerns:add", args=[concern.reference]), {"text": "MARKERLATE"}),
        reader.get(reverse("concerns:detail", args=[concern.reference])),
    ):
        assert answer.status_code == 404
        assert make.SEEN not in answer.content.decode()
    assert concern.entries.count() == entries
    for name in ("mine", "list"):
        answer = reader.get(reverse(f"concerns:{name}"), follow=True)
        assert concern.reference not in answer.content.decode()


def refusals(
    concern: Concern, cast: dict[str, StaffMember]
) -> dict[str, tuple[StaffMember, StaffMember, dict[str, object]]]:
    """By whom, with whom and with what it is refused."""
    lead, colleague = cast["lead"], cast["colleague"]
    return {
        "the reporter shares": (cast["host"], colleague, {}),
        "a stranger shares": (cast["co_host"], colleague, {}),
        "the chair shares": (cast["chair"], colleague, {}),
        "a reader anyway": (lead, cast["deputy"], {}),
        "oneself": (lead, lead, {}),
        "no reason": (lead, colleague, {"reason": "  "}),
        "yesterday": (lead, colleague, {"until": TODAY - timedelta(days=1)}),
        "past the school year": (lead, colleague, {"until": date(2026, 12, 19)}),
        "a leaver": (lead, cast["leaver"], {}),
    }


@pytest.mark.parametrize(
    "case",
    list(
        refusals(
            Concern(),
            dict.fromkeys(  # type: ignore[arg-type]
                ("lead", "colleague", "host", "co_host", "chair", "deputy", "leaver")
            ),
        )
    ),  # fmt: skip
)
def test_a43_what_is_never_shared(
    case: str, concern: Concern, request: pytest.FixtureRequest
) -> None:
    names = ("lead", "colleague", "host", "co_host", "chair", "deputy", "leaver")
    cast: dict[str, StaffMember] = {name: request.getfixturevalue(name) for name in names}
    factories.make_term()
    by, staff, facts = refusals(concern, cast)[case]

    with pytest.raises(NotAllowed):
        shared(concern, by, staff, **facts)

    assert Share.objects.count() == 0
    assert Notice.objects.filter(kind="concern_shared").count() == 0


def test_a43_twice_is_refused_while_the_first_runs(
    concern: Concern, lead: StaffMember, colleague: StaffMember
) -> None:
    shared(concern, lead, colleague)

    with pytest.raises(NotAllowed, match="already"):
        shared(concern, lead, colleague)


@pytest.mark.parametrize("how", ["subject", "relative", "below", "parent", "words"])
def test_a43_whoever_stands_outside_is_never_shown_it(
    how: str,
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    colleague: StaffMember,
) -> None:
    pupil = factories.make_pupil("Cal", "Colleague")
    accused: dict[str, Named] = {
        "subject": make.accused(colleague),
        "relative": make.accused(co_host),
        "below": make.accused(co_host),
        "parent": make.child(pupil),
        "words": Named(part=Part.HARMING, name="Mrs Colleague", is_adult=True, works_here=True),
    }
    if how == "relative":
        StaffMember.objects.filter(pk__in=[co_host.pk, colleague.pk]).update(household="One Home")
    if how == "below":
        between = factories.make_staff("Middle Manager", line_manager=co_host)
        StaffMember.objects.filter(pk=colleague.pk).update(line_manager=between)
    if how == "parent":
        factories.make_guardian(pupil, email=colleague.email)
    concern = make.log(host, accused[how])
    colleague.refresh_from_db()

    with pytest.raises(NotAllowed, match="stands outside this concern"):
        shared(concern, lead if how == "parent" else head, colleague)


def test_e4_naming_ends_what_was_shared_and_keeps_that_they_had_read_it(
    concern: Concern,
    lead: StaffMember,
    head: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
) -> None:
    row = shared(concern, lead, colleague)
    page(staff_client(colleague), "shared", concern.reference)

    services.name_subject(concern, by=lead, person=make.accused(colleague))

    row.refresh_from_db()
    assert row.ended_by == lead
    assert status(staff_client(colleague), "shared", concern.reference) == 404
    assert Exclusion.objects.get(concern=concern, staff=colleague).had_read is True
    assert concern.reference not in page(staff_client(colleague), "mine")


def test_e4_a_shared_home_found_out_later_ends_it_without_anybody_touching_it(
    concern: Concern,
    lead: StaffMember,
    head: StaffMember,
    co_host: StaffMember,
    colleague: StaffMember,
    staff_client: SignIn,
    mailbox: Mailbox,
) -> None:
    services.name_subject(concern, by=lead, person=make.accused(co_host))
    shared(concern, head, colleague)
    StaffMember.objects.filter(pk__in=[co_host.pk, colleague.pk]).update(household="One Home")

    letters = [letter for letter in mailbox() if colleague.email in letter.to]

    assert status(staff_client(colleague), "shared", concern.reference) == 404
    assert letters == []


def test_e9_the_letter_of_a_share_names_nothing(
    concern: Concern, lead: StaffMember, colleague: StaffMember, mailbox: Mailbox
) -> None:
    shared(concern, lead, colleague)

    [letter] = [letter for letter in mailbox() if colleague.email in letter.to]

    text = f"{letter.subject}\n{letter.message().as_string()}"
    assert [word for word in (*make.MARKERS, WHY) if word in text] == []
    assert names_in(text, "Ada", "Plain", "Leah") == []
    assert f"/concerns/{concern.reference}/shared/" in text


def test_the_form_of_a_share_keeps_what_was_typed_and_says_what_is_wrong(
    concern: Concern, lead: StaffMember, deputy: StaffMember, staff_client: SignIn
) -> None:
    address = reverse("concerns:lend", args=[concern.reference])
    typed = {"staff": deputy.pk, "until": "2026-09-20", "reason": "MARKERTYPED"}

    blank = staff_client(lead).get(address).content.decode()
    answer = staff_client(lead).post(address, typed)

    assert 'value="2026-09-29"' in blank
    assert answer.status_code == 422
    assert "Dana Deputy reads this concern anyway." in answer.content.decode()
    assert "MARKERTYPED" in answer.content.decode()


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": ""},
        {"until": datetime(2026, 9, 1, tzinfo=clock.now().tzinfo)},
        {"ended_at": datetime(2026, 9, 15, tzinfo=clock.now().tzinfo)},
    ],
)
def test_the_database_refuses_half_a_share(
    facts: dict[str, object], concern: Concern, lead: StaffMember, colleague: StaffMember
) -> None:
    whole: dict[str, Any] = {
        "concern": concern,
        "staff": colleague,
        "by": lead,
        "at": clock.now(),
        "until": clock.now() + timedelta(days=1),
        "reason": WHY,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        Share.objects.create(**(whole | facts))


# --- Emergency access -------------------------------------------------------------------------------
def test_a48_a_deputy_opens_a_concern_for_an_hour_and_the_lead_and_the_chair_are_told(
    of_staff: Concern,
    deputy: StaffMember,
    staff_client: SignIn,
    clock_at: Callable[[datetime], Any],
    school_day: datetime,
) -> None:
    client = staff_client(deputy)
    typed = {"reference": f" {of_staff.reference.lower()} ", "reason": WHY}

    answer = client.post(reverse("concerns:emergency"), typed, follow=True)

    text = answer.content.decode()
    assert [marker for marker in make.MARKERS if marker not in text] == []
    assert "You opened this in an emergency." in text
    told = Notice.objects.filter(kind="concern_opened").values_list("staff__name", flat=True)
    assert set(told) == {"Leah Lead", "Chandra Chair"}
    reads = AuditEntry.objects.about(of_staff.object).filter(
        verb="concern.read", actor=deputy.actor
    )
    assert reads.count() == 1
    page(client, "opened", of_staff.reference)
    assert reads.count() == 2
    assert status(client, "detail", of_staff.reference) == 404
    clock_at(school_day + timedelta(minutes=60))
    assert status(staff_client(deputy), "opened", of_staff.reference) == 404


def test_a48_the_lead_who_opens_is_not_the_one_who_is_told(
    of_staff: Concern, lead: StaffMember
) -> None:
    opened(of_staff, lead)

    told = Notice.objects.filter(kind="concern_opened").values_list("staff__name", flat=True)
    assert list(told) == ["Chandra Chair"]


def test_a48_whoever_is_told_does_not_stand_outside(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
) -> None:
    concern = make.log(host, make.accused(lead))

    opened(concern, deputy)

    told = Notice.objects.filter(kind="concern_opened").values_list("staff__name", flat=True)
    assert list(told) == ["Chandra Chair"]


@pytest.mark.parametrize("person", ["host", "chair", "office", "governor", "it_superuser"])
def test_a48_nobody_else_has_emergency_access(
    person: str, of_staff: Concern, request: pytest.FixtureRequest, staff_client: SignIn
) -> None:
    staff: StaffMember = request.getfixturevalue(person)

    with pytest.raises(NotAllowed):
        opened(of_staff, staff)

    assert status(staff_client(staff), "emergency") == 403
    assert Opening.objects.count() == 0


def answer_to(client: Client, reference: str) -> tuple[int, str]:
    """What somebody sees who asks for a reference, but for the reference itself."""
    answer = client.post(
        reverse("concerns:emergency"), {"reference": reference, "reason": "it burns"}
    )
    text = answer.content.decode()
    for changing in (reference, *[part for part in [client.cookies["csrftoken"].value] if part]):
        text = text.replace(changing, "")
    start, end = text.index("<main"), text.index("</main>")
    return answer.status_code, "".join(
        line for line in text[start:end].splitlines() if "csrfmiddlewaretoken" not in line
    )


@pytest.mark.parametrize("how", ["subject", "relative", "below", "words"])
def test_e8_a_concern_about_oneself_answers_like_one_that_does_not_exist(
    how: str,
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    person = make.accused(deputy if how == "subject" else co_host)
    if how == "relative":
        StaffMember.objects.filter(pk__in=[deputy.pk, co_host.pk]).update(household="One Home")
    if how == "below":
        StaffMember.objects.filter(pk=deputy.pk).update(line_manager=co_host)
    if how == "words":
        person = Named(part=Part.SUBJECT, name="our deputy", is_adult=True, works_here=True)
    concern = make.log(host, person)
    client = staff_client(deputy)
    before = AuditEntry.objects.count()

    about_oneself = answer_to(client, concern.reference)
    unknown = answer_to(client, "ZZZZZZZZ")

    assert about_oneself == unknown
    assert about_oneself[0] == 422
    assert Opening.objects.count() == 0
    # Nor does the audit tell them apart: the same entry, under the one who asked.
    asked = AuditEntry.objects.order_by("pk")[before:].values_list("verb", "object", "detail")
    refused = [row for row in asked if row[0] == "emergency.refused"]
    assert len(refused) == 2
    assert refused[0] == refused[1]
    assert Notice.objects.filter(kind="concern_opened").count() == 0


def test_a48_ones_own_concern_is_shown_and_nobody_is_alarmed(
    concern: Concern, deputy: StaffMember, staff_client: SignIn
) -> None:
    typed = {"reference": concern.reference, "reason": WHY}

    answer = staff_client(deputy).post(reverse("concerns:emergency"), typed)

    assert answer.headers["Location"] == concern.get_absolute_url()
    assert (Opening.objects.count(), Notice.objects.filter(kind="concern_opened").count()) == (0, 0)


def test_a48_after_five_references_that_nobody_gave_them_it_is_enough_for_an_hour(
    of_staff: Concern,
    deputy: StaffMember,
    school_day: datetime,
    clock_at: Callable[[datetime], Any],
) -> None:
    for number in range(5):
        assert services.open_in_emergency(f"AAAAAAA{number}", by=deputy, reason=WHY) is None

    with pytest.raises(services.TooMany):
        opened(of_staff, deputy)

    clock_at(school_day + timedelta(hours=1, seconds=1))
    assert opened(of_staff, deputy) is not None


def test_a48_opening_twice_within_the_hour_is_one_opening(
    of_staff: Concern, deputy: StaffMember
) -> None:
    assert opened(of_staff, deputy) == opened(of_staff, deputy)
    assert Notice.objects.filter(kind="concern_opened").count() == 2
    with pytest.raises(NotAllowed):
        opened(of_staff, deputy, reason=" ")


def test_e4_whoever_is_named_within_the_hour_reads_no_further(
    of_staff: Concern, deputy: StaffMember, head: StaffMember, staff_client: SignIn
) -> None:
    opened(of_staff, deputy)
    page(staff_client(deputy), "opened", of_staff.reference)

    services.name_subject(of_staff, by=head, person=make.accused(deputy))

    assert status(staff_client(deputy), "opened", of_staff.reference) == 404
    assert Exclusion.objects.get(concern=of_staff, staff=deputy).had_read is True


def test_a48_another_person_writes_down_whether_it_was_justified(
    of_staff: Concern,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    opening = opened(of_staff, deputy)
    assert opening is not None
    page(staff_client(deputy), "opened", of_staff.reference)
    client = staff_client(lead)
    address = reverse("concerns:review", args=[opening.pk])

    listed, shown = page(client, "openings"), page(client, "review", opening.pk)
    empty = client.post(address, {"verdict": "", "text": ""})
    client.post(address, {"verdict": "no", "text": "MARKERREVIEW it could have waited"})

    assert of_staff.reference in listed
    assert (WHY in shown, make.SEEN in shown) == (True, False)
    assert empty.status_code == 422
    opening.refresh_from_db()
    assert (opening.was_justified, opening.reviewed_by) == (False, lead)
    assert Ladder.objects.open().filter(kind="opening").count() == 0
    assert "MARKERREVIEW" in page(staff_client(head), "detail", of_staff.reference)
    with pytest.raises(NotAllowed, match="already"):
        services.review(opening, by=head, was_justified=True, text="x")


def test_a48_neither_the_opener_nor_whom_it_is_about_reviews_it_or_learns_of_it(
    school_day: datetime,
    host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    staff_client: SignIn,
) -> None:
    concern = make.log(host, make.accused(lead))
    opening = opened(concern, deputy)
    assert opening is not None

    assert selectors.openings_for(lead.viewer()) == []
    assert status(staff_client(lead), "review", opening.pk) == 404
    assert concern.reference not in page(staff_client(lead), "openings")
    assert [row.pk for row in selectors.openings_for(chair.viewer())] == [opening.pk]
    for person in (lead, deputy):
        with pytest.raises(NotAllowed):
            services.review(opening, by=person, was_justified=True, text="x")


def test_a48_the_review_is_asked_for_after_each_school_day_and_then_every_day(
    of_staff: Concern,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    chair: StaffMember,
    school_day: datetime,
    clock_at: Callable[[datetime], Any],
    mailbox: Mailbox,
) -> None:
    opening = opened(of_staff, deputy)
    assert opening is not None
    asked: list[int] = []
    reminders = Notice.objects.filter(kind="concern_unreviewed", state="sent")

    for hours in (25, 26, 50, 74, 98, 24 * 14):
        clock_at(school_day + timedelta(hours=hours))
        mailbox()
        asked.append(reminders.count())

    # Three people each time; two weeks of silence are made up for once (E85).
    assert asked == [0, 3, 6, 9, 12, 15]
    services.review(opening, by=chair, was_justified=True, text="it was")
    clock_at(school_day + timedelta(days=30))
    mailbox()
    assert reminders.count() == 15


def test_a48_an_opening_that_lost_its_ladder_is_found_by_the_sweep(
    of_staff: Concern, deputy: StaffMember, mailbox: Mailbox
) -> None:
    opened(of_staff, deputy)
    Ladder.objects.filter(kind="opening").delete()

    mailbox()

    assert Ladder.objects.open().filter(kind="opening").count() == 1


def test_what_is_lent_is_read_in_few_queries(
    concern: Concern, colleague: StaffMember, lead: StaffMember, host: StaffMember
) -> None:
    shared(concern, lead, colleague)
    shared(make.log(host), lead, colleague)

    lent = selectors.lent_to(colleague.viewer(), now=clock.now())

    assert [row.sight for row in lent] == [Sight.SHARED, Sight.SHARED]
