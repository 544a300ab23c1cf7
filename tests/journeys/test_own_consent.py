"""E42 as people live it: the office proposes, the lead approves, the pupil answers, it ends."""

from datetime import date

import pytest

from consent.models import Answer
from school.models import OwnConsent, StaffMember
from tests import factories
from tests.journeys.conftest import Site, Visitor
from tests.meetings import calls

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def on_paper(visitor: Visitor) -> bool:
    """Whether nothing of a page sticks out."""
    wide = visitor.page.evaluate("document.documentElement.scrollWidth")
    size = visitor.page.viewport_size
    return size is not None and wide <= size["width"]


def test_e42_pupil_of_16_is_asked_alone_from_the_proposal_to_the_end(
    site: Site,
    term: None,
    host: StaffMember,
    co_host: StaffMember,
    office: StaffMember,
    lead: StaffMember,
) -> None:
    noor = factories.make_pupil(
        "Noor", "Aziz", year_group=12, born_on=date(2010, 9, 20), email="noor@pupil.example"
    )
    factories.make_guardian(noor, name="Sana Aziz", email="sana@family.example")
    calls.asked(host, [noor], co_hosts=[co_host])
    [to_mother] = site.letters("sana")

    clerk = site.sign_in(office).go(f"/consent/pupils/{noor.pk}/").follow("Propose it")
    assert on_paper(clerk)
    clerk.choose("Estranged from the family").fill("What is it based on?", "She told her tutor.")
    clerk.fill("From", "2026-09-15").press("Propose it")
    clerk.sees("Below 16 the guardians decide. It can begin on 20 September 2026")
    noor.born_on = date(2010, 9, 1)
    noor.save()
    clerk.fill("From", "2026-09-15").press("Propose it")
    clerk.sees("It is proposed, and waits for approval.").sees("The designated lead approves it")

    approver = site.sign_in(lead, phone=True).go("/")
    approver.follow("Pupils to decide themselves").follow("Noor Aziz (Year 12)")
    approver.sees("She told her tutor.").sees("Sana Aziz: neither asked nor told.")
    assert on_paper(approver)
    approver.press("Approve it").sees("The pupil alone is asked and heard.")

    family = site.visitor(phone=True)
    family.page.goto(to_mother.link("c"))
    family.look().sees("This link")
    assert [letter.to for letter in site.letters("sana")] == ["sana@family.example"]
    [to_pupil] = site.letters("noor")
    own = site.visitor(phone=True).go(to_pupil.link("c")).sees("Will you take part in this call?")
    assert on_paper(own)
    own.choose("Yes, I will take part").fill("Your full name", "Noor Aziz")
    own.pick("You are", "I am the pupil, and I decide this myself")
    own.press("Next: check your answer")
    site.after(seconds=5)
    own.press("Yes, I will take part").sees("Changed your mind?")
    assert Answer.objects.get().request.guardian_id is None

    teacher = site.sign_in(host).go("/").sees_not("Estranged")
    teacher.go(f"/meetings/{calls.Meeting.objects.get().pk}/").sees("decides themselves")
    teacher.sees_not("Estranged").sees_not("Sana Aziz")

    approver.follow("Let the guardians decide again").sees("Sana Aziz")
    assert on_paper(approver)
    approver.press("Let the guardians decide").sees("No. The guardians decide.")
    assert OwnConsent.objects.get().ended_by == lead
    assert len(site.letters("sana")) == 2
