"""Microsoft on a port of this machine: the authority and Graph, with the quirks of the real ones.

It keeps events and online meetings in memory and forgets nothing it was asked. A meeting is found only
after `delay` looks; a repeated `transactionId` makes no second event; without the `Prefer` header the
newer words are `unknownFutureValue`; an organiser outside the access policy is refused.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

from schoolsafe.lib.providers import Graph
from tests.meetings import calls

CLIENT_ID = "22222222-3333-4444-8555-666666666666"
SECRET = "the-secret-of-the-registration"
# What Graph says only to whoever asks for it.
NEWER = {"invited", "organizationExcludingGuests", "coorganizer", "producer"}
USERS = re.compile(r"/v1\.0/users/([^/]+)(/.*)")
OPTIONS = "https://teams.microsoft.com/meetingOptions/?organizerId={}&threadId={}"

Answer = tuple[int, Any, dict[str, str]]
# Given the method and the path; a return value is answered in the place of Graph's own.
Trick = Callable[[str, str], Answer | None]


class FakeGraph:
    """What it was asked and keeps, and how it is to misbehave."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.events: dict[str, dict[str, Any]] = {}
        self.meetings: dict[str, dict[str, Any]] = {}
        # By the id of the online meeting; a report may stand there twice.
        self.reports: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.tokens = 0
        self.revoked: set[str] = set()
        # Tricks are asked one after the other; one that answers is used up.
        self.tricks: list[Trick] = []
        self.token_tricks: list[Answer] = []
        self.without_policy: set[str] = set()
        self.delay = 0
        self.short_links = False
        self.dedupes = True
        self.ignores_options = False
        # A call is heard and done, and its answer waits until this is set.
        self.hold: threading.Event | None = None
        self.held_at = ""
        self.url = ""

    # --- What tests look at ---------------------------------------------------------------------
    def standing(self) -> list[dict[str, Any]]:
        """The events that stand in a calendar."""
        return [one for one in self.events.values() if not one["isCancelled"]]

    def calls_to(self, method: str, ending: str) -> list[Any]:
        """What was sent in the calls of one kind."""
        return [body for verb, path, body in self.asked if verb == method and path.endswith(ending)]

    def settings(self, **more: Any) -> Graph:
        """How the product reaches it."""
        chosen: dict[str, Any] = {
            "tenant": calls.TENANT,
            "client_id": CLIENT_ID,
            "secret": SECRET,
            "url": f"{self.url}/v1.0",
            "authority": self.url,
            "patience": 0.5,
        }
        return Graph(**(chosen | more))

    # --- How it is told to misbehave --------------------------------------------------------------
    def answer(self, method: str, ending: str, code: int, body: Any = None, **headers: str) -> None:
        """Answer the next call of one kind so, and do nothing."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        def trick(verb: str, path: str) -> Answer | None:
            if verb == method and path.endswith(ending):
                return code, body if body is not None else fault("fault", "no"), sent
            return None

        self.tricks.append(trick)

    def swallow(self, method: str, ending: str) -> None:
        """Do what the next call of one kind asks, and let the answer be lost on the way."""

        def trick(verb: str, path: str) -> Answer | None:
            return LOST if verb == method and path.endswith(ending) else None

        self.tricks.append(trick)

    def drop(self, method: str, ending: str) -> None:
        """Neither do what the next call of one kind asks, nor answer it."""

        def trick(verb: str, path: str) -> Answer | None:
            return DROPPED if verb == method and path.endswith(ending) else None

        self.tricks.append(trick)

    # --- Serving ----------------------------------------------------------------------------------
    @contextmanager
    def running(self) -> Iterator["FakeGraph"]:
        """Serve on a free port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            if self.hold is not None:
                self.hold.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def tricked(self, method: str, path: str) -> Answer | None:
        """Play the first trick that fits."""
        with self.lock:
            for trick in self.tricks:
                found = trick(method, path)
                if found is not None:
                    self.tricks.remove(trick)
                    return found
        return None

    def token(self) -> Answer:
        """Give a token, or what a test wants instead."""
        with self.lock:
            if self.token_tricks:
                return self.token_tricks.pop(0)
            self.tokens += 1
            value = f"token-{self.tokens}"
        return 200, {"access_token": value, "token_type": "Bearer", "expires_in": 3599}, {}

    def graph(self, method: str, path: str, query: str, body: Any, headers: Any) -> Answer:
        """Answer a call to Graph."""
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        if not bearer.startswith("token-") or bearer in self.revoked:
            return 401, fault("InvalidAuthenticationToken", "Access token has expired."), {}
        found = USERS.fullmatch(path)
        if found is None:
            return 404, fault("ResourceNotFound", "no such thing"), {}
        user, rest = found.groups()
        sees_all = headers.get("Prefer", "") == "include-unknown-enum-members"
        with self.lock:
            if rest.startswith("/onlineMeetings"):
                return self._online(method, user, rest, parse_qs(query), body, sees_all)
            return self._calendar(method, user, rest, parse_qs(query), body)

    def _calendar(self, method: str, user: str, rest: str, query: Any, body: Any) -> Answer:
        if rest == "/events" and method == "POST":
            return self._create(user, body)
        if rest == "/events":
            return 200, {"value": [_seen(one) for one in self._marked(user, query)]}, {}
        event = self.events.get(unquote(rest.split("/")[2]))
        if event is None or event["user"] != user:
            return 404, fault("ErrorItemNotFound", "The object was not found in the store."), {}
        if rest.endswith("/cancel"):
            event["isCancelled"] = True
            self.events[event["id"]] = event
            return 202, None, {}
        if method == "PATCH":
            event |= body
        # What is cancelled is gone from the organiser's calendar.
        return (200, _seen(event), {}) if not event["isCancelled"] else (404, fault("gone", ""), {})

    def _create(self, user: str, body: Any) -> Answer:
        known = [x for x in self.events.values() if x["transactionId"] == body["transactionId"]]
        if known and self.dedupes:
            return 201, _seen(known[0]), {}
        number = len(self.events) + 1
        thread = f"ZmFrZUdyYXBo{number}"
        long = calls.LINK.replace(calls.THREAD_ID, thread).replace(calls.ORGANISER, user)
        digits = f"4123456{number:05d}"
        short = f"https://teams.microsoft.com/meet/{digits}?p=Abc{number}"
        event = body | {
            "id": f"AAMk/{number}+=",
            "user": user,
            "isCancelled": False,
            "createdDateTime": f"2026-09-15T13:00:{number:02d}.0000000Z",
            "onlineMeeting": {"joinUrl": short if self.short_links else long},
        }
        self.events[event["id"]] = event
        self.meetings[event["id"]] = {
            "user": user,
            "looks": 0,
            "digits": digits,
            "urls": {long} if not self.short_links else set(),
            "said": _options(user, thread),
        }
        return 201, _seen(event), {}

    def add_meeting(self, user: str, url: str, **said: Any) -> dict[str, Any]:
        """A meeting that a person has made in Outlook; return what Graph says of it."""
        options = _options(user, "own") | said
        digits = "".join(re.findall(r"/meet/(\d+)", url))
        self.meetings[f"own-{len(self.meetings)}"] = {
            "user": user, "looks": 99, "digits": digits,
            "urls": set() if digits else {url}, "said": options,
        }  # fmt: skip
        return options

    def _marked(self, user: str, query: Any) -> list[dict[str, Any]]:
        """The events that carry the mark that is asked for."""
        asked = query["$filter"][0]
        return [
            one
            for one in self.events.values()
            if one["user"] == user
            and not one["isCancelled"]
            and all(
                mark["id"] in asked and mark["value"] in asked
                for mark in one["singleValueExtendedProperties"]
            )
        ]

    def _online(
        self, method: str, user: str, rest: str, query: Any, body: Any, sees_all: bool
    ) -> Answer:
        try:
            UUID(user)
        except ValueError:
            return 400, fault("InvalidArgument", "userId is not a valid GUID."), {}
        if user in self.without_policy:
            words = f"App {CLIENT_ID} is not authorized to Read meeting on behalf of user {user}"
            return 403, fault("Unauthorized", words), {}
        if rest == "/onlineMeetings":
            return 200, {"value": [_shown(x, sees_all) for x in self._asked(user, query)]}, {}
        wanted = unquote(rest.split("/")[2])
        rows = [
            x for x in self.meetings.values() if x["said"]["id"] == wanted and x["user"] == user
        ]
        if not rows:
            return 404, fault("NotFound", "no meeting"), {}
        if "/attendanceReports" in rest:
            return self._attendance(wanted, rest.split("/")[4:], query)
        if method == "PATCH" and not self.ignores_options:
            _set(rows[0]["said"], body)
        return 200, _shown(rows[0]["said"], sees_all), {}

    def _attendance(self, wanted: str, rest: list[str], query: Any) -> Answer:
        """The list of reports, without what is in them; or one of them, with its records if asked."""
        rows = self.reports.get(wanted, [])
        if not rest:
            bare = ({k: v for k, v in x.items() if k != "attendanceRecords"} for x in rows)
            return 200, {"value": list(bare)}, {}
        found = [x for x in rows if x["id"] == unquote(rest[0])]
        if not found or query.get("$expand") != ["attendanceRecords"]:
            return 404, fault("NotFound", "no report"), {}
        return 200, found[0], {}

    def _asked(self, user: str, query: Any) -> Iterator[dict[str, Any]]:
        """The meetings that a filter finds, once they are ready."""
        asked = query["$filter"][0]
        value = asked.partition(" eq ")[2].strip("'")
        for one in self.meetings.values():
            if one["user"] != user:
                continue
            is_it = value == one["digits"] if "joinMeetingId" in asked else value in one["urls"]
            one["looks"] += is_it
            if is_it and one["looks"] > self.delay:
                yield one["said"]


LOST: Answer = (-1, None, {})
DROPPED: Answer = (-2, None, {})


def fault(code: str, words: str) -> dict[str, Any]:
    """An error in Graph's form."""
    return {"error": {"code": code, "message": words}}


def _options(user: str, thread: str) -> dict[str, Any]:
    """How a fresh meeting of a school without a policy stands: everything wide open."""
    return {
        "id": f"MSo{user[:4]}*0**19:{thread}",
        "meetingType": "scheduled",
        "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
        "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
        "allowedPresenters": "everyone",
        "allowMeetingChat": "enabled",
        "recordAutomatically": False,
        "allowBreakoutRooms": True,
        "participants": {"organizer": {"identity": {"user": {"id": user}}}, "attendees": []},
        "meetingOptionsWebUrl": OPTIONS.format(user, thread),
    }


def _set(said: dict[str, Any], body: dict[str, Any]) -> None:
    """Take options; of the participants only the attendees can be changed."""
    more = dict(body)
    participants = more.pop("participants", None)
    said |= more
    if participants is not None:
        said["participants"] = said["participants"] | participants


def _seen(event: dict[str, Any]) -> dict[str, Any]:
    """An event as it is answered, times with seven digits."""
    shown = {k: v for k, v in event.items() if k not in {"user", "singleValueExtendedProperties"}}
    for name in ("start", "end"):
        shown[name] = event[name] | {"dateTime": f"{event[name]['dateTime']}.0000000"}
    return shown


def _shown(said: dict[str, Any], sees_all: bool) -> dict[str, Any]:
    """A meeting as it is answered: without the header the newer words are not said."""
    if sees_all:
        return said
    hidden = json.loads(json.dumps(said))
    for place, name in [(hidden["lobbyBypassSettings"], "scope")] + [
        (one, "role") for one in hidden["participants"]["attendees"]
    ]:
        if place.get(name) in NEWER:
            place[name] = "unknownFutureValue"
    return hidden


def _handler(fake: FakeGraph) -> type[BaseHTTPRequestHandler]:
    """The handler that speaks for this Microsoft."""
    return type("Handler", (Handler,), {"fake": fake})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    fake: FakeGraph

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_PATCH(self) -> None:
        self._do("PATCH")

    def _do(self, method: str) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._say(200, _configuration(calls.TENANT), {})
        elif parts.path.endswith("/oauth2/v2.0/token"):
            self._say(*self.fake.token())
        else:
            self._graph(method, parts.path, parts.query, json.loads(raw) if raw else None)

    def _graph(self, method: str, path: str, query: str, body: Any) -> None:
        fake = self.fake
        with fake.lock:
            fake.asked.append((method, path, body))
            fake.headers.append(dict(self.headers))
        said = fake.tricked(method, path)
        if said is None or said is LOST:
            done = fake.graph(method, path, query, body, self.headers)
            if fake.hold is not None and method == "POST" and path.endswith(fake.held_at):
                fake.hold.wait(20)
            said = said or done
        if said in (LOST, DROPPED):
            self.close_connection = True
            self.connection.close()
        else:
            self._say(*said)

    def _say(self, code: int, body: Any, headers: dict[str, str]) -> None:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        try:
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            # Whoever asked has gone: a test that is about patience.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _configuration(tenant: str) -> dict[str, str]:
    """What an authority says of itself."""
    base = f"https://login.microsoftonline.com/{tenant}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "issuer": f"{base}/v2.0",
    }


def a_user() -> str:
    """A number under which Microsoft knows somebody."""
    return str(uuid4())
