"""What browsers report of our pages: one line of the log, of nobody and nothing more."""

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolsafe.reports import LARGEST, MOST, MOST_IN_ALL

TOKEN = "MTIuMw.Zk3q0Tn7vGZr2b1yQnWc8mT5xJp4LsHd9uEoVaKfRiY"
PAGE = f"https://intranet.school.example/c/{TOKEN}/"
OLD = {
    "csp-report": {
        "document-uri": PAGE,
        "referrer": "https://mail.example/inbox/amina",
        "effective-directive": "script-src-elem",
        "violated-directive": "script-src-elem",
        "original-policy": "default-src 'none'",
        "blocked-uri": "https://evil.example/steal.js?child=Maya",
        "script-sample": "Maya Okafor",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "url": PAGE,
        "body": {
            "documentURL": PAGE,
            "effectiveDirective": "script-src-elem",
            "blockedURL": "https://evil.example/steal.js?child=Maya",
            "sample": "Maya Okafor",
        },
    }
]
LINE = "csp report: script-src-elem kept evil.example from consent:ask"


def send(body: Any, *, sender: str = "203.0.113.5", kind: str = "application/csp-report") -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = client.post(reverse("csp_report"), raw, content_type=kind, REMOTE_ADDR=sender)
    assert answer.content == b""
    return answer.status_code


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logger="schoolsafe.reports")

    def told() -> list[str]:
        return [one.getMessage() for one in caplog.records if one.name == "schoolsafe.reports"]

    return told


@pytest.mark.parametrize("body", [OLD, NEW], ids=["report-uri", "report-to"])
def test_report_is_one_line_without_the_link_or_a_word_of_the_page(body: Any, lines: Any) -> None:
    assert send(body) == 204
    assert lines() == [LINE]


def test_address_in_the_policy_is_the_one_that_takes_reports(db: None) -> None:
    policy = Client().get("/accounts/login/").headers["Content-Security-Policy"]
    assert f"report-uri {reverse('csp_report')}" in policy


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({"blocked-uri": "inline"}, "unknown kept inline from unknown"),
        ({"blocked-uri": "chrome-extension"}, "unknown kept unknown from unknown"),
        ({"blocked-uri": "data:text/html,<script>"}, "unknown kept data from unknown"),
        ({"blocked-uri": "http://[::1"}, "unknown kept unknown from unknown"),
        ({"blocked-uri": "https://b\n2026 INFO forged/"}, "unknown kept b2026 from unknown"),
        ({"violated-directive": "img-src 'self' data:"}, "img-src kept unknown from unknown"),
        ({"violated-directive": "Maya\nOkafor"}, "unknown kept unknown from unknown"),
        ({"document-uri": "/accounts/login/"}, "unknown kept unknown from account_login"),
        ({"document-uri": 7, "blocked-uri": None}, "unknown kept unknown from unknown"),
    ],
)
def test_line_has_words_of_ours_and_nothing_that_somebody_made_up(
    found: dict[str, Any], line: str, lines: Any
) -> None:
    assert send({"csp-report": found}) == 204
    assert lines() == [f"csp report: {line}"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'{"csp-report": []}', b"[[]]", b"\xff\xfe", b"[" * 9000]
)
def test_what_is_no_report_is_answered_like_one_and_says_nothing(body: bytes, lines: Any) -> None:
    assert send(body) == 204
    assert lines() == []


def test_large_report_is_not_read(lines: Any) -> None:
    assert send(b"[" + b" " * LARGEST + b"]") == 413
    assert lines() == []


def test_many_reports_of_one_sender_are_left_unsaid(lines: Any) -> None:
    assert {send(OLD) for _ in range(MOST + 5)} == {204}
    assert len(lines()) == MOST
    assert send(OLD, sender="203.0.113.6") == 204
    assert len(lines()) == MOST + 1


def test_many_reports_of_many_senders_are_left_unsaid(lines: Any) -> None:
    for number in range(MOST_IN_ALL + 20):
        send(OLD, sender=f"10.0.{number // 200}.{number % 200}")
    assert len(lines()) == MOST_IN_ALL


def test_report_writes_no_row_of_ours(db: None, lines: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        send(OLD)
    assert [query["sql"] for query in asked.captured_queries] == []


def test_looking_at_the_address_is_refused(db: None) -> None:
    assert Client().get(reverse("csp_report")).status_code == 405
