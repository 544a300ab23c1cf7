"""The whole policy once, as people live it: the first story that the product tells.

One browser for each person. The Teams address is looked for in every letter ever sent.
"""

from datetime import timedelta

import pytest
from django.test import Client

from consent.models import Answer
from meetings.models import Meeting, Purpose
from school.models import Pupil, StaffMember
from schoolsafe.lib import clock
from tests import factories
from tests.journeys.conftest import Site, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THREAD = "19%3ameeting_NDA0ZjQ4YzYtMGE3%40thread.v2"
TEAMS = (
    f"https://teams.microsoft.com/l/meetup-join/{THREAD}/0?context=%7b%22Tid%22%3a%22"
    "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b%22%2c%22Oid%22%3a%22a3b2c1d0-1111-4222-8333-444455556666"
    "%22%7d"
)
SAFE_LINK = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com"


class Families:
    """Three pupils: one parent says yes, one no, one nothing; one more may not be contacted."""

    def __init__(self, host: StaffMember, lead: StaffMember) -> None:
        self.maya = factories.make_pupil("Maya", "Okafor")
        self.tom = factories.make_pupil("Tom", "Brandt")
        self.ivo = factories.make_pupil("Ivo", "Novak")
        self.mayas_mum = factories.make_guardian(self.maya, name="Grace Okafor")
        self.toms_dad = factories.make_guardian(self.tom, name="Peter Brandt")
        self.ivos_mum = factories.make_guardian(self.ivo, name="Jana Novak")
        self.blocked = factories.make_blocked_guardian(
            self.maya,
            approved_by=lead,
            blocked_from=clock.today() - timedelta(days=30),
            name="Victor Okafor",
        )
        factories.make_group(self.maya, self.tom, self.ivo, name="Oak", staff=(host,))


@pytest.fixture
def families(host: StaffMember, lead: StaffMember) -> Families:
    return Families(host, lead)


def plan(site: Site, teacher: Visitor, pupils: list[Pupil], *, title: str) -> None:
    """Fill in the plan up to the pupils."""
    day = clock.local(clock.now() + timedelta(days=8))
    teacher.go("/meetings/plan/").fill("What is it?", title).pick("What is it for?", "Reading")
    teacher.fill("Date", f"{day:%Y-%m-%d}").fill("From", "10:00").fill("Until", "10:30")
    for pupil in pupils:
        add(teacher, pupil)


def add(teacher: Visitor, pupil: Pupil) -> None:
    """Find a pupil by name and tick them."""
    teacher.fill("Find a pupil by name, year or class", str(pupil))
    teacher.page.locator("#found_pupils label", has_text=f"{pupil.full_label} Oak").click()
    teacher.sees(str(pupil), within="#div_id_pupils .chosen")


def answer(site: Site, link: str, *, says: str, name: str, pupil: Pupil) -> Visitor:
    """Answer as a tired parent with a phone: choose, check, give."""
    parent = site.visitor(phone=True).go(link)
    parent.sees(pupil.short_name).sees("Helen Host").sees("10:00 am")
    yes, no = f"Yes, {pupil.short_name} may take part", f"No, {pupil.short_name} may not take part"
    parent.choose(yes if says == "yes" else no).fill("Your full name", name)
    parent.pick("You are the child's", "Mother" if name != "Peter Brandt" else "Father")
    parent.press("Next: check your answer")
    if says == "no":
        parent.sees("You need no reason").choose("The time does not suit us")
        parent.press("Next: check your answer")
    parent.sees(name)
    site.after(seconds=5)
    parent.page.locator("form button.btn-primary").click()
    parent.page.wait_for_load_state()
    return parent.look()


def test_story_of_one_call_from_plan_to_close(
    site: Site,
    term: None,
    host: StaffMember,
    co_host: StaffMember,
    deputy: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    families: Families,
) -> None:
    Purpose.objects.create(name="Reading")
    # The team can be rung: no letter warns of hours in which nobody answers.
    StaffMember.objects.filter(pk__in=[deputy.pk, lead.pk]).update(telephone="020 7946 0959")
    teacher = site.sign_in(host)

    # 1. One-to-one is refused while it is typed; then two pupils, recording, a colleague.
    plan(site, teacher, [families.maya], title="Reading group")
    box = "#verdict-box"
    teacher.sees("Helen Host would be alone with Maya Okafor", within=box).sees("P1", within=box)
    teacher.sees("Add a second member of staff", within=box)
    add(teacher, families.tom)
    teacher.sees("With one adult the call must be recorded", within=box).sees("P2", within=box)
    teacher.choose("The call will be recorded").sees("One adult, recorded", within=box)
    teacher.page.get_by_label("The call will be recorded").uncheck()
    teacher.sees("Not possible like this.", within=box)
    teacher.page.locator("#found_co_hosts label", has_text="Colin Cohost free then").click()
    teacher.sees("Two adults: you may record or not.", within=box)
    add(teacher, families.ivo)
    teacher.press("Keep this plan")
    meeting = Meeting.objects.get()

    # 2. Only the Teams link of the Outlook invitation is taken.
    teacher.fill("Teams link", "https://zoom.us/j/93012345678").press("Keep this link")
    teacher.sees("Teams", within=".invalid-feedback")
    teacher.fill("Teams link", "https://teams.live.com/meet/9312345678901").press("Keep this link")
    teacher.sees("personal", within=".invalid-feedback")
    teacher.fill("Teams link", TEAMS).press("Keep this link")
    teacher.sees("It belongs to the school's own Teams.")

    # 3. Each guardian who counts gets one letter; the blocked one none.
    teacher.press("Ask the families")
    asked = site.letters()
    assert sorted(letter.to for letter in asked) == sorted(
        [families.mayas_mum.email, families.toms_dad.email, families.ivos_mum.email]
    )

    # 4. One says yes, one no, one nothing. Opening a link changes nothing.
    [mayas], [toms], [ivos] = (
        site.letters(to=guardian.email)
        for guardian in (families.mayas_mum, families.toms_dad, families.ivos_mum)
    )
    scanner = Client()
    for _ in range(3):
        for letter in (mayas, toms, ivos):
            path = letter.link("c").removeprefix(site.base)
            assert scanner.get(path).status_code == 200
            assert scanner.head(path).status_code == 200
    assert Answer.objects.count() == 0
    answer(site, mayas.link("c"), says="yes", name="Grace Okafor", pupil=families.maya)
    answer(site, toms.link("c"), says="no", name="Peter Brandt", pupil=families.tom)
    assert len(site.letters(to=families.mayas_mum.email)) == 2, "the request and the receipt"
    site.clock.go_to(meeting.starts_at - timedelta(days=2) + timedelta(minutes=1))
    assert len(site.letters(to=families.ivos_mum.email)) >= 2, "the reminder came by itself"
    answer(site, ivos.link("c"), says="yes", name="Jana Novak", pupil=families.ivo)

    # 5. Sharing: e-mail, direct message, a text for a class. The Teams address is in none of them.
    teacher = site.sign_in(host).go(f"/meetings/{meeting.pk}/share/").press("E-mail the families")
    teacher.sees("Grace Okafor").sees("Jana Novak").sees("Tom Brandt")
    [mayas_join] = [x for x in site.letters(to=families.mayas_mum.email) if "/j/" in x.text]
    assert [x for x in site.letters(to=families.toms_dad.email) if "/j/" in x.text] == []
    direct = teacher.page.get_by_label("Grace Okafor for Maya").input_value()
    assert direct == mayas_join.link("j"), "the direct message holds the family's own link"
    teacher.page.get_by_role("button", name="I posted it in Parent Hub").first.click()
    teacher.look().sees("Parent Hub, personal link to Grace Okafor, by Helen Host")
    class_text = teacher.page.get_by_label("Text for the class").input_value()
    assert "/j/" not in class_text
    class_link = next(word for word in class_text.split() if "/k/" in word)
    told = []
    for address in (families.mayas_mum.email, families.toms_dad.email, "nobody@family.example"):
        family = site.visitor(phone=True).go(class_link).fill("Your e-mail address", address)
        family.press("Send me my link")
        told.append(family.page.locator("main").inner_text())
    assert told[0] == told[1] == told[2], "everybody is told the same"
    joins = [x for x in site.letters(to=families.mayas_mum.email) if "/j/" in x.text]
    assert len(joins) == 2
    assert [x for x in site.letters(to=families.toms_dad.email) if "/j/" in x.text] == []
    assert [x for x in site.letters() if "teams.microsoft" in x.everything] == []

    # 6. Not yet; both confirm; the door opens; the register.
    family = site.visitor(phone=True).go(mayas_join.link("j")).press("Join")
    family.sees("Not yet")
    site.clock.go_to(meeting.starts_at - timedelta(minutes=10))
    teacher = confirm(site, host, meeting)
    second = confirm(site, co_host, meeting)
    teacher.go(f"/meetings/{meeting.pk}/live/").press("Open the door")
    family.press("Try again")
    button = family.page.get_by_role("link", name="Join in Microsoft Teams")
    assert button.get_attribute("href") == TEAMS
    row = f"#place-{families.maya.pk}"
    teacher.go(f"/meetings/{meeting.pk}/live/").sees("At the door", within=row)
    teacher.press("Admit Maya Okafor", within=row).sees("On the call", within=row)
    teacher.press("Mute Maya Okafor", within=row).sees("Muted", within=row)
    ivos_join = next(x for x in site.letters(to=families.ivos_mum.email) if "/j/" in x.text)
    site.visitor(phone=True).go(ivos_join.link("j")).press("Join")
    ivos_row = f"#place-{families.ivo.pk}"
    teacher.go(f"/meetings/{meeting.pk}/live/").press("Admit Ivo Novak", within=ivos_row)
    teacher.sees("2 adults, 2 pupils on the call: fine.")
    teacher.page.locator(ivos_row).get_by_text("More").click()
    teacher.follow("Remove Ivo Novak", within=ivos_row).fill("Why?", "Shouted over others")
    teacher.press("Remove", within="#removal").sees("Removed", within=ivos_row)

    # 7. The co-host drops out with one pupil left: on hold by itself, and the way back.
    second.go(f"/meetings/{meeting.pk}/live/").press("Mark as not there Colin Cohost")
    teacher.go(f"/meetings/{meeting.pk}/live/").sees("On hold.")
    teacher.sees("Colin Cohost has left, and Maya Okafor is on the call with Helen Host alone.")
    again = site.visitor(phone=True).go(mayas_join.link("j")).press("Join")
    again.sees("paused").sees_not("Join in Microsoft Teams")
    assert site.letters(to=host.email, subject="on hold") != []
    second.go(f"/meetings/{meeting.pk}/live/").press("Mark as back Colin Cohost")
    teacher.go(f"/meetings/{meeting.pk}/live/").sees_not("On hold.", within=".live-verdict")
    again.press("Try again").sees("you can go in")

    # 8. A parent withdraws with the link of the first letter: that door shuts at once.
    parent = site.visitor(phone=True).go(mayas.link("c"))
    withdraw(site, parent)
    site.visitor(phone=True).go(mayas_join.link("j")).sees("not down to take part")

    # 9. The end: one form.
    teacher.go(f"/meetings/{meeting.pk}/live/")
    assert not teacher.page.get_by_role("button", name="Mark the call as ended").is_visible()
    teacher.page.get_by_text("The call has ended in Teams").click()
    teacher.look().press("Mark the call as ended")
    teacher.choose("With 'End meeting' for everyone")
    teacher.page.locator("#id_recorded_1").check()
    teacher.page.locator("#id_troubling_0").check()
    teacher.press("Close the call", within="main").sees("The call is closed.")


def confirm(site: Site, person: StaffMember, meeting: Meeting) -> Visitor:
    """Sign in on one's own device and confirm the checklist for oneself."""
    visitor = site.sign_in(person, phone=True).go(f"/meetings/{meeting.pk}/live/")
    for box in visitor.page.locator("#checks input[type=checkbox]").all():
        box.check()
    return visitor.press("I confirm all of this")


def withdraw(site: Site, parent: Visitor) -> None:
    """Take a yes back: one choice and one button."""
    parent.page.get_by_role("link", name="Take my yes back").click()
    parent.look().page.locator("input[type=radio]").first.check()
    site.after(seconds=5)
    parent.page.locator("form button.btn-primary").click()
    parent.page.wait_for_load_state()
    parent.look()
