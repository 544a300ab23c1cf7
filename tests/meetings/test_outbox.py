"""What the outbox shows the office of a letter that carries a way in."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from notices import services as outbox
from notices.delivery import Sealed
from notices.models import Notice
from notices.selectors import letter_of
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed
from tests.meetings import calls

Family = tuple[Guardian, Pupil]
KEY = re.compile(r"https?://[^/\s]+(/[cj]/[^\s\"<]+)")


@pytest.mark.parametrize("kind", ["consent_request", "meeting_join_link"])
def test_letter_in_the_outbox_opens_no_page_of_the_family(
    kind: str, host: StaffMember, co_host: StaffMember, amy: Family, office: Any, staff_client: Any
) -> None:
    if kind == "consent_request":
        calls.asked(host, [amy[1]], co_hosts=[co_host])
    else:
        calls.shared(host, [amy], co_hosts=[co_host])
    outbox.run_due(clock.now())
    letter = Notice.objects.get(kind=kind, guardian=amy[0])
    sent = Sealed.restored(letter.letter)
    keys = set(KEY.findall(sent.text) + KEY.findall(sent.html))
    assert keys
    for key in keys:
        assert Client().get(key).status_code == 200

    page = staff_client(office).get(f"/outbox/{letter.name}/").content.decode()

    assert "Exactly what was written" in page
    assert f"/{'c' if kind == 'consent_request' else 'j'}/***" in page
    assert "The keys in its links are left out" in page
    shown = letter_of(letter)
    assert shown is not None
    for text in (page, shown.text, shown.html):
        assert [key for key in keys if key.removeprefix("/") in text] == []


def test_each_look_at_a_letter_is_written_down(
    host: StaffMember, co_host: StaffMember, amy: Family, office: StaffMember, staff_client: Any
) -> None:
    calls.shared(host, [amy], co_hosts=[co_host])
    letter = Notice.objects.filter(guardian=amy[0]).earliest("pk")
    browser = staff_client(office)
    browser.get("/outbox/")
    assert not Entry.objects.filter(verb="notice.read").exists()
    for _ in range(2):
        assert browser.get(f"/outbox/{letter.name}/").status_code == 200
    assert staff_client(host).get(f"/outbox/{letter.name}/").status_code == 403
    looks = Entry.objects.filter(verb="notice.read").values_list("actor", "object")
    assert list(looks) == [(office.actor, f"notices.notice:{letter.pk}")] * 2
    with pytest.raises(NotAllowed, match="can read a message"):
        outbox.look(letter, by=host)
