"""Which addresses the server calls: those of its settings, and none that somebody typed or answered."""

import ast
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
import requests

from meetings.graph import wire
from meetings.graph.faults import GraphFault
from notices.delivery.letter import Sealed, Unreachable
from notices.delivery.mail import MailLine
from notices.delivery.sms import NotifyLine, states
from schoolsafe.lib.providers import Notify
from tests.meetings.graph.conftest import graph
from tests.meetings.graph.fake import FakeGraph
from tests.notices.notify import API_KEY
from tests.test_architecture import SOURCES

__all__ = ["graph"]

# Who may speak to another machine, to which one, and where its address comes from.
CALLERS = {
    "meetings/graph/client.py": "Microsoft Graph, by the settings",
    "meetings/graph/wire.py": "Microsoft's authority and Graph, by the settings",
    "notices/delivery/letter.py": "no call: what a fault of one means",
    "notices/delivery/mail.py": "the mail server or service, by the settings",
    "notices/delivery/sms.py": "GOV.UK Notify, by the settings",
    "schoolsafe/entra/adapter.py": "Microsoft's authority, by the settings",
    "schoolsafe/entra/views.py": "no call: what a fault of one means",
    "schoolsafe/lib/antivirus.py": "ClamAV, by the settings",
    "schoolsafe/management/commands/run.py": "a port of this machine, in development",
    "schoolsafe/supervisor/__main__.py": "a port of this machine, in development",
    "schoolsafe/supervisor/broker.py": "the embedded broker, in development",
}
SPEAKS = {
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "socket",
    "smtplib",
    "ftplib",
    "imaplib",
    "msal",
}
SPEAKS |= {"http.client", "urllib.request", "notifications_python_client", "redis", "asyncio"}


def modules(tree: ast.Module) -> set[str]:
    """The modules that a source imports, with what they are parts of."""
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return {".".join(name.split(".")[:depth]) for name in names for depth in (1, 2)}


def test_only_these_speak_to_another_machine() -> None:
    assert {path for path, tree in SOURCES.items() if modules(tree) & SPEAKS} == set(CALLERS)


class Place:
    """A web server on this machine: it notes who calls, and sends everybody on to where it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.there = ""
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve on a free port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(place: Place) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place.asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(307 if place.there else 200)
            self.send_header("Location", place.there)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name that the library asks for

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def elsewhere() -> Iterator[Place]:
    """A place that must never be called."""
    with Place().running() as place:
        yield place
        assert place.asked == []


@pytest.fixture
def service(elsewhere: Place) -> Iterator[Place]:
    """What stands at the address of the settings, and sends everybody elsewhere."""
    with Place().running() as place:
        place.there = f"{elsewhere.url}/taken"
        yield place
        assert place.asked != []


def sealed() -> Sealed:
    return Sealed(
        to="a@family.example", subject="A", text="B", html="", message_id="<1@elmfield.example>",
        written_at="2026-09-15T13:00:00+00:00", pupil_ids=[], reference="1",
    )  # fmt: skip


def calls(path: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(SOURCES[path])
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".request", ".get"))
    ]


def test_address_of_a_call_to_microsoft_begins_with_that_of_the_settings() -> None:
    [asked] = [one for one in calls("meetings/graph/wire.py") if "session" in ast.unparse(one.func)]
    assert ast.unparse(asked.args[1]) == "f'{chosen.url}{path}'"
    assert {one.arg: ast.unparse(one.value) for one in asked.keywords}["allow_redirects"] == "False"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_place_that_an_answer_of_microsoft_names_is_not_called(
    status: int, graph: FakeGraph, elsewhere: Place
) -> None:
    graph.tricks.append(lambda method, path: (status, {}, {"Location": f"{elsewhere.url}/users"}))
    with requests.Session() as session, pytest.raises(GraphFault):
        wire.send(session, graph.settings(), "GET", "/users/x/events", doing="a test")


@pytest.mark.parametrize("status", [302, 307])
def test_place_that_the_authority_names_is_not_called(
    status: int, graph: FakeGraph, elsewhere: Place
) -> None:
    wire._application.cache_clear()
    graph.token_tricks.append((status, {"error": "moved"}, {"Location": f"{elsewhere.url}/token"}))
    with pytest.raises(GraphFault):
        wire.token(graph.settings())


def test_more_that_microsoft_promises_elsewhere_is_not_fetched(
    graph: FakeGraph, elsewhere: Place
) -> None:
    """A page goes on at an address of Microsoft's choosing: only one module knows the word, and to refuse."""
    knowing = [
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and "odata.nextLink" in str(node.value)
    ]
    assert knowing == ["meetings/services/searches.py"]
    said = {"value": [], "@odata.nextLink": f"{elsewhere.url}/more"}
    graph.tricks.append(lambda method, path: (200, said, {}))
    with requests.Session() as session:
        answer = wire.send(session, graph.settings(), "GET", "/users/x/events", doing="a test")
    assert answer == said


def test_place_that_notify_names_is_not_called_and_the_message_waits(
    settings: Any, service: Place
) -> None:
    settings.NOTIFY = Notify(api_key=API_KEY, template="t", url=service.url)
    assert states() == []
    line = NotifyLine()
    answer = line.send(sealed(), may_have_gone=False)
    line.close()
    assert isinstance(answer, Unreachable)


def test_place_that_a_mail_service_names_is_not_called_and_the_letter_waits(
    settings: Any, service: Place
) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": f"{service.url}/"}
    line = MailLine()
    answer = line.send(sealed(), may_have_gone=False)
    line.close()
    assert isinstance(answer, Unreachable)
