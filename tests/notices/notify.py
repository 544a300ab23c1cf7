"""A GOV.UK Notify on a port of this machine: it takes text messages, and misbehaves when told to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

SERVICE = "11111111-2222-4333-8444-555555555555"
SECRET = "99999999-8888-4777-8666-555555555555"
API_KEY = f"school-{SERVICE}-{SECRET}"


class FakeNotify:
    """What it was given, and how it is to answer."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        # Each is a status with a body; the next message gets it instead of a yes.
        self.answers: list[tuple[int, object]] = []
        self.drops_after_taking = 0
        self.silent = threading.Event()
        self.states: dict[str, str] = {}
        self.headers: list[str] = []
        self.url = ""

    def to(self, number: str) -> list[str]:
        """The texts that went to one number."""
        return [
            one["personalisation"]["message"] for one in self.taken if one["phone_number"] == number
        ]

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve on a free port; yield the address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self.url
        finally:
            self.silent.clear()
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(fake: FakeNotify) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.headers.append(self.headers["Authorization"])
            if fake.answers:
                self._say(*fake.answers.pop(0))
                return
            row = asked | {"id": str(uuid4())}
            fake.taken.append(row)
            while fake.silent.is_set():
                time.sleep(0.01)
            if fake.drops_after_taking:
                fake.drops_after_taking -= 1
                self.close_connection = True
                self.connection.close()
                return
            self._say(201, {"id": row["id"], "reference": asked.get("reference")})

        def do_GET(self) -> None:
            wanted = parse_qs(urlsplit(self.path).query).get("reference", [None])[0]
            rows = [
                {
                    "id": row["id"],
                    "reference": row.get("reference"),
                    "status": fake.states.get(row["id"], "sending"),
                }
                for row in reversed(fake.taken)
                if wanted in {None, row.get("reference")}
            ]
            self._say(200, {"notifications": rows, "links": {}})

        def _say(self, status: int, body: object) -> None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
