"""Pages as a browser sees them: what is typed, what stands there, what it cost."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import Meeting, Purpose
from school.models import Pupil
from tests.meetings import calls


def url(page: str, meeting: Meeting | None = None, *more: object) -> str:
    """The address of a page of a call, or of a page without one."""
    return reverse(f"meetings:{page}", args=[meeting.pk, *more] if meeting else more)


def plan_form(pupils: Sequence[Pupil], purpose: Purpose | None = None, **typed: Any) -> Any:
    """The plan form as a browser sends it."""
    return {
        "key": str(uuid4()),
        "title": "Reading together",
        "purpose": (purpose or calls.make_purpose()).pk,
        "day": "2026-09-17",
        "starts": "14:00",
        "ends": "14:45",
        "pupils": [pupil.pk for pupil in pupils],
    } | typed


def shown(client: Client, meeting: Meeting) -> dict[str, str]:
    """What the page of a plan sends back of what it showed."""
    html = client.get(url("revise", meeting)).content.decode()
    [seen] = re.findall(r'name="seen" value="([^"]+)"', html)
    return {"seen": seen}


def words(response: HttpResponse | Any) -> str:
    """What a person reads on a page, in one line."""
    html = re.sub(r"<(script|style).*?</\1>|<!--.*?-->", " ", response.content.decode(), flags=re.S)
    return plain(html)


def part(response: HttpResponse | Any, start: str, end: str) -> str:
    """What stands on a page between two marks in its source."""
    html: str = response.content.decode()
    return html.split(start, 1)[1].split(end, 1)[0]


def plain(html: str) -> str:
    """A piece of a page as it reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def beside(response: HttpResponse | Any, field: str) -> list[str]:
    """The faults said beside one field."""
    after = response.content.decode().partition(f'id="div_id_{field}"')[2].partition("div_id_")[0]
    found = re.findall(r'class="invalid-feedback"[^>]*>(.*?)</(?:div|span|p)>', after, re.S)
    return [plain(one) for one in found]


def summary(response: HttpResponse | Any) -> list[str]:
    """The faults in the summary at the top."""
    listed = part(response, 'class="error-summary"', "</div>")
    return [plain(one) for one in re.findall(r"<li>(.*?)</li>", listed, re.S)]


def queries(client: Client, address: str) -> int:
    """How many questions a page asks the database, once the session is warm."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)
