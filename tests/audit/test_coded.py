"""The registers tell in words what is kept as a word of the code."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from audit.coded import in_words
from audit.readonly import ReadOnlyAdmin
from school.models import Guardian, StaffMember
from tests import factories
from tests.concerns import log as concerns
from tests.meetings import calls

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def cells(page: Any, column: str) -> list[str]:
    """What stands in a column of a list."""
    found = re.findall(rf'<t[dh] class="field-{column}[^>]*>(.*?)</t[dh]>', page.content.decode())
    return [re.sub(r"<[^>]+>", "", one) for one in found]


def choices(page: Any) -> list[str]:
    """The choices of the filters beside a list."""
    beside = page.content.decode().partition('id="changelist-filter"')[2]
    return [" ".join(one.split()) for one in re.findall(r"<a href=[^>]*>(.*?)</a>", beside, re.S)]


@pytest.mark.parametrize(
    ("value", "words"),
    [("let_back", "Let back"), ("meeting.set_link", "Meeting: set link"), ("", ""), ("no", "No")],
)
def test_word_of_the_code_is_written_out(value: str, words: str) -> None:
    assert in_words(value) == words


def test_no_register_shows_choices_that_have_no_words() -> None:
    bare = [
        f"{model._meta.label}.{field.name}"
        for model, register in admin.site._registry.items()
        if isinstance(register, ReadOnlyAdmin)
        for field in model._meta.fields
        if isinstance(field, models.CharField) and field.choices
        if any(value == words for value, words in field.flatchoices)
        if field.name not in register.coded
    ]
    assert bare == []


def test_lists_filters_and_records_speak_in_words(
    school_day: datetime,
    host: StaffMember,
    co_host: StaffMember,
    lead: StaffMember,
    head: StaffMember,
    staff_client: SignIn,
) -> None:
    amy = factories.make_pupil("Amy", "Adams")
    alice: Guardian = factories.make_guardian(amy, name="Alice Adams", language="pl")
    meeting = calls.opened(host, [(alice, amy)], co_hosts=[co_host])
    concern = concerns.log(host, concerns.child(amy))
    client = staff_client(lead)

    def listed(register: str, column: str) -> list[str]:
        return cells(client.get(reverse(f"admin:{register}_changelist")), column)

    assert listed("meetings_registerentry", "kind") == ["Door opened"]
    assert listed("consent_answer", "kind") == ["Yes"]
    assert listed("consent_answer", "channel") == ["By link"]
    assert listed("school_guardian", "language") == ["Polish"]
    assert set(listed("notices_notice", "state")) == {"Due"}
    assert "Receipt" in " ".join(listed("notices_notice", "kind"))
    assert "Designated safeguarding lead" in listed("school_roleheld", "role")
    assert {"Yes", "By link"} <= set(
        choices(client.get(reverse("admin:consent_answer_changelist")))
    )
    shown = client.get(reverse("admin:concerns_concern_change", args=[concern.reference]))
    told = " ".join(re.sub(r"<[^>]+>", " ", shown.content.decode()).split())
    assert ("Urgency: Urgent" in told, "Status: Logged" in told) == (True, True)
    assert ("Happened: Not known" in told, told.count("Status:")) == (True, 1)
    offered = staff_client(head).get(reverse("staffing:person", args=[host.pk])).content.decode()
    assert '<option value="dsl">Designated safeguarding lead' in offered
    assert meeting.status == "open"
