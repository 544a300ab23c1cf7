"""What reaches people by itself: a call that nobody closes, concerns that nobody reads.

Steps 9 to 11 of the story, in a real browser, with a clock that the story moves.
"""

from datetime import time, timedelta

import pytest

from concerns.models import Concern
from meetings.models import Incident
from school.models import StaffMember
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEEN = "the bruise looked like a belt"
# What no alert may say: whom it is about, which class, what kind, what was written.
NEVER_IN_A_MAIL = ("Maya", "Okafor", "Oak", "Year 4", "Physical", "belt", "Dana Deputy")


@pytest.fixture
def team(lead: StaffMember, deputy: StaffMember, head: StaffMember) -> None:
    """Everybody of the team has a telephone, and the deputy and the lead are on duty."""
    StaffMember.objects.update(telephone="020 7946 0111")
    for weekday in range(5):
        factories.make_duty(deputy, weekday, time(8), time(17))
        factories.make_duty(lead, weekday, time(8), time(17))


def begin(visitor: Visitor) -> Visitor:
    """Open the form and write what must be written, about Maya."""
    visitor.page.get_by_role("link", name="Log a concern").first.click()
    visitor.look().choose("Yes, now")
    visitor.fill("What did you see or hear yourself?", SEEN)
    visitor.page.get_by_label("Find a child by name or class").press_sequentially("Maya")
    visitor.page.locator("#pupils-found input[type=checkbox]").first.check()
    return visitor.choose("I do not know")


def send(visitor: Visitor) -> Concern:
    # The form is left by a script, which may do so while axe still looks at it; and it speaks of "Received"
    # too: only the address tells the two pages apart.
    visitor.page.get_by_role("button", name="Log this concern", exact=True).click()
    visitor.page.wait_for_url("**/received/")
    visitor.look().sees("Received", within="h1")
    return Concern.objects.latest("pk")


def test_call_that_nobody_closes_reaches_the_safeguarding_team(
    site: Site,
    term: None,
    host: StaffMember,
    co_host: StaffMember,
    deputy: StaffMember,
    team: None,
) -> None:
    maya, tom = factories.make_pupil("Maya"), factories.make_pupil("Tom")
    pairs = [(factories.make_guardian(pupil), pupil) for pupil in (maya, tom)]
    meeting = calls.shared(host, pairs, co_hosts=[co_host])
    site.letters()

    site.clock.go_to(meeting.ends_at + timedelta(minutes=11))
    reminders = site.letters(subject="Please close your call")
    assert sorted(letter.to for letter in reminders) == sorted([host.email, co_host.email])
    assert Incident.objects.count() == 0

    site.clock.go_to(meeting.ends_at + timedelta(minutes=61))
    site.letters()
    alerts = [letter.to for letter in site.letters(subject="Something about a call needs you")]
    assert deputy.email in alerts
    assert host.email not in alerts

    reader = site.sign_in(deputy).go("/meetings/incidents/").sees("The call was never closed")
    reader.fill("What was done?", "Spoke with the host; the call had been ended properly.")
    reader.press("Settle it").sees("No open incidents")


def test_concern_from_home_is_acknowledged_and_a_silent_one_climbs(
    site: Site,
    term: None,
    co_host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    team: None,
) -> None:
    factories.make_group(factories.make_pupil("Maya"), name="Oak")

    # From home: whom, when, reached or not.
    reporter = begin(site.sign_in(co_host, phone=True)).choose("I am not at school now")
    reporter.choose("Yes, and I spoke to them").pick("Whom did you ring?", deputy.name)
    first = send(reporter)
    assert [call.called for call in first.entries.filter(kind="call")] == [deputy]
    alerts = [letter for letter in site.letters() if letter.to in {deputy.email, lead.email}]
    assert {letter.to for letter in alerts} == {deputy.email, lead.email}
    assert [w for letter in alerts for w in NEVER_IN_A_MAIL if w in letter.everything] == []

    reader = site.sign_in(deputy).go("/concerns/").sees("Maya Okafor")
    reader.go(f"/concerns/{first.reference}/").sees(SEEN).press("Acknowledge")
    reader.sees("Dana Deputy acknowledged it.")
    reporter.go(f"/concerns/{first.reference}/received/").sees("Dana Deputy has acknowledged it.")

    # Nobody acknowledges the second: it climbs to the headteacher, on the clock.
    begin(reporter.go("/"))
    second = send(reporter)
    site.letters()
    assert site.letters(to=head.email) == []
    site.after(minutes=31)
    assert site.letters(to=head.email) != []
    site.after(minutes=31)
    reporter.go(f"/concerns/{second.reference}/received/").sees("Telephone now: do not wait.")


def test_concern_about_the_deputy_is_hidden_from_her_and_from_the_superuser(
    site: Site,
    term: None,
    host: StaffMember,
    deputy: StaffMember,
    head: StaffMember,
    lead: StaffMember,
    it_superuser: StaffMember,
    team: None,
) -> None:
    factories.make_group(factories.make_pupil("Maya"), name="Oak")
    reporter = begin(site.sign_in(host))
    reporter.page.get_by_text(
        "An adult is in it: yourself, staff, a helper, family, anybody"
    ).click()
    reporter.pick("A member of staff", deputy.name)
    about_her = send(reporter)
    ordinary = send(begin(reporter.go("/")))
    site.letters()

    her = site.sign_in(deputy)
    her.go("/concerns/").sees(ordinary.reference).sees_not(about_her.reference)
    assert her.page.goto(f"{site.base}/concerns/{about_her.reference}/").status == 404
    assert [x for x in site.letters(to=deputy.email) if about_her.reference in x.everything] == []
    her.go("/admin/concerns/concern/").sees(ordinary.reference).sees_not(about_her.reference)

    it = site.sign_in(it_superuser)
    for page in (f"/concerns/{ordinary.reference}/", "/admin/concerns/concern/"):
        assert it.page.goto(f"{site.base}{page}").status in {403, 404}
    it.go("/admin/").sees_not("oncern", within="#content")

    # The headteacher has it; the DSL reviews the rest, and can change nothing.
    site.sign_in(head).go(f"/concerns/{about_her.reference}/").sees(SEEN)
    review = site.sign_in(lead)
    for room in ("meetings/meeting", "consent/request", "concerns/concern"):
        review.go(f"/admin/{room}/")
        assert review.page.get_by_role("link", name="Add").count() == 0
        assert review.page.get_by_role("button", name="Save").count() == 0
