"""Microsoft Entra ID on a port of this machine: one tenant, its keys, codes and tokens.

It asks of a client what the real one asks: the registered redirect address, the secret, PKCE, a code that
works once. It signs what it says with its own key, and can be told to say something else.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from schoolsafe.lib import clock
from schoolsafe.lib.providers import Entra

TENANT = "8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b"
CLIENT_ID = "22222222-3333-4444-8555-666666666666"
SECRET = "the-secret-of-the-registration"
CALLBACK = "http://localhost:8000/accounts/microsoft/login/callback/"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


# Making one takes longer than a sign-in.
KEY, STRANGERS_KEY = _key(), _key()


class FakeEntra:
    """A tenant, and how it is to misbehave."""

    def __init__(self) -> None:
        self.url = ""
        # The redirect address that is registered.
        self.callback = CALLBACK
        # Who is offered on the page that a browser gets: what their token says.
        self.people: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        # What the next token says besides, or instead; None leaves a claim out.
        self.says: dict[str, Any] = {}
        # What the description of the provider says instead.
        self.describes: dict[str, Any] = {}
        self.signed_with: Any = KEY
        self.algorithm = "RS256"
        self.key_id: str | None = "key-1"
        # Answered in the place of its own, by the end of the path.
        self.answers: dict[str, tuple[int, bytes]] = {}
        # While it is set nothing is answered.
        self.hold: threading.Event | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.looked_up: list[str] = []

    @property
    def issuer(self) -> str:
        return f"{self.url}/{TENANT}/v2.0"

    def settings(self, **more: Any) -> Entra:
        """How the product reaches it."""
        chosen = {"tenant": TENANT, "client_id": CLIENT_ID, "secret": SECRET,
                  "authority": self.url, "patience": 0.5}  # fmt: skip
        return Entra(**(chosen | more))

    # --- What a person does there -----------------------------------------------------------------
    def sign_in(self, address: str, **person: str) -> str:
        """Be sent there by the product and sign in; return where the browser is sent back to."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self.callback
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | person
        return f"{self.callback}?{urlencode({'code': code, 'state': asked['state']})}"

    # --- What it answers --------------------------------------------------------------------------
    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | self.describes

    def keys(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [key | {"kid": "key-1", "use": "sig"}]}

    def token(self, asked: dict[str, str]) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "tid": TENANT, "oid": asked["oid"],
            "sub": f"pairwise-{asked['oid']}", "nonce": asked.get("nonce"),
            "iat": now, "nbf": now, "exp": now + 3600, "ver": "2.0",
            "name": asked.get("name", "Somebody"),
            "preferred_username": asked.get("user_name", "somebody@school.example"),
        }  # fmt: skip
        said = {name: value for name, value in (claims | self.says).items() if value is not None}
        header = {"kid": self.key_id} if self.key_id else {}
        return jwt.encode(said, self.signed_with, algorithm=self.algorithm, headers=header)

    def exchanged(self, sent: dict[str, str]) -> tuple[int, Any]:
        """A token for a code, once, to whoever began the sign-in."""
        asked = self.codes.pop(sent.get("code", ""), None)
        proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        is_theirs = asked is not None and (
            sent.get("client_id"), sent.get("client_secret"), sent.get("redirect_uri"),
            base64.urlsafe_b64encode(proof).decode().rstrip("="),
        ) == (CLIENT_ID, SECRET, self.callback, asked["code_challenge"])  # fmt: skip
        if asked is None or not is_theirs:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self.token(asked),
        }

    def page(self, address: str) -> str:
        """Where somebody picks who they are, as links that lead back."""
        links = "".join(
            f'<p><a href="{escape(self.sign_in(address, **person))}">{escape(person["name"])}</a></p>'
            for person in self.people
        )
        return f"<!doctype html><html lang=en><title>Pick an account</title><body>{links}</body></html>"

    def said(self, path: str) -> tuple[int, bytes]:
        """What stands at an address, or what it was told to answer there."""
        told = {
            f"/{TENANT}/v2.0/.well-known/openid-configuration": self.description,
            "/keys": self.keys,
        }
        if path.startswith("/authorize?"):
            return 200, self.page(f"{self.url}{path}").encode()
        for ending, answer in self.answers.items():
            if path.endswith(ending):
                return answer
        return (200, json.dumps(told[path]()).encode()) if path in told else (404, b"{}")

    @contextmanager
    def running(self) -> Iterator["FakeEntra"]:
        """Serve on a free port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"entra": self}))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            if self.hold is not None:
                self.hold.set()
            server.shutdown()
            server.server_close()


class Handler(BaseHTTPRequestHandler):
    """One call to the tenant."""

    entra: FakeEntra

    def do_GET(self) -> None:
        self.entra.looked_up.append(self.path)
        self.answer(*self.entra.said(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        self.entra.asked.append((self.path, sent))
        code, said = self.entra.exchanged(sent)
        self.answer(*self.entra.answers.get(self.path, (code, json.dumps(said).encode())))

    def answer(self, code: int, body: bytes) -> None:
        if self.entra.hold is not None:
            self.entra.hold.wait()
        self.send_response(code)
        kind = "text/html" if body.startswith(b"<!doctype") else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
