"""The services outside that a school may use, as settings name them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from schoolsafe.lib import environment
from schoolsafe.lib.rules import SetupFault

# What each mail service that we send by needs to know, by the name of its setting.
MAIL_SERVICES = {
    "brevo": ("BREVO_API_KEY",),
    "mailgun": ("MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN", "MAILGUN_WEBHOOK_SIGNING_KEY"),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY"),
    "postmark": ("POSTMARK_SERVER_TOKEN",),
    "sendgrid": ("SENDGRID_API_KEY",),
    "sparkpost": ("SPARKPOST_API_KEY",),
}
# What reads each service's news.
MAIL_EVENTS = {
    name: f"anymail.webhooks.{name}.{view}TrackingWebhookView"
    for name, view in (
        ("brevo", "Brevo"),
        ("mailgun", "Mailgun"),
        ("mailjet", "Mailjet"),
        ("postmark", "Postmark"),
        ("sendgrid", "SendGrid"),
        ("sparkpost", "SparkPost"),
    )
}
# Shorter secrets can be guessed by whoever may try as often as they like.
SHORTEST_SECRET = 24
# Name, service and secret of a key: two of them are UUIDs.
SHORTEST_NOTIFY_KEY = 73


@dataclass(frozen=True, kw_only=True)
class Notify:
    """How GOV.UK Notify is reached: key, the template with nothing but ((message)), and back.

    Without a `callback_token` its news are fetched. Only tests name another `url`.
    """

    api_key: str
    template: str
    callback_token: str = ""
    url: str = ""


def mail_service(name: str) -> tuple[str, dict[str, object]]:
    """Return the mail backend of a service and what it needs.

    Raises SetupFault for an unknown service, and when a key or the secret of its news is missing.
    """
    if name not in MAIL_SERVICES:
        raise SetupFault(f"MAIL_SERVICE must be one of {', '.join(MAIL_SERVICES)}, or unset.")
    keys: dict[str, object] = {
        key: environment.required(key, to_do=f"MAIL_SERVICE is {name}: copy it from its website.")
        for key in MAIL_SERVICES[name]
    }
    secret = environment.required(
        "MAIL_WEBHOOK_SECRET",
        to_do="Make up name:password, and give the service the address with both in it.",
    )
    if ":" not in secret or len(secret) < SHORTEST_SECRET:
        raise SetupFault(
            f"MAIL_WEBHOOK_SECRET must be name:password, {SHORTEST_SECRET} characters or more."
        )
    backend = f"anymail.backends.{name}.EmailBackend"
    return backend, {**keys, "WEBHOOK_SECRET": secret, "REQUESTS_TIMEOUT": 15}


def notify(provider: str) -> Notify | None:
    """Return how text messages leave, or None when they do not.

    Raises SetupFault for an unknown provider, and when its key or template is missing.
    """
    if not provider:
        return None
    if provider != "notify":
        raise SetupFault("SMS_PROVIDER must be notify, or unset.")
    key = environment.required(
        "NOTIFY_API_KEY", to_do="SMS_PROVIDER is notify: make a live key on GOV.UK Notify."
    )
    if len(key) < SHORTEST_NOTIFY_KEY:
        raise SetupFault("NOTIFY_API_KEY must be the whole key, with the name before it.")
    token = environment.env.str("NOTIFY_CALLBACK_TOKEN", "")
    if token and len(token) < SHORTEST_SECRET:
        raise SetupFault(f"NOTIFY_CALLBACK_TOKEN must have {SHORTEST_SECRET} characters or more.")
    return Notify(
        api_key=key,
        template=environment.required(
            "NOTIFY_SMS_TEMPLATE",
            to_do="Make a text message template that says ((message)), and copy its id.",
        ),
        callback_token=token,
        url=environment.env.str("NOTIFY_URL", ""),
    )


# A certificate that ends sooner is spoken of.
RENEW_WITHIN = timedelta(days=30)
MICROSOFT = "https://login.microsoftonline.com"


@dataclass(frozen=True, kw_only=True)
class Graph:
    """How Microsoft Graph is reached: as which application of which tenant, and what proves it.

    The `certificate` is PEM, its private key with it; without one the `secret` proves it. Only tests
    name other addresses, and less patience.
    """

    tenant: str
    client_id: str
    certificate: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    url: str = "https://graph.microsoft.com/v1.0"
    authority: str = MICROSOFT
    patience: float = 15


def graph() -> Graph | None:
    """Return how Microsoft Graph is reached, or None when it is off.

    Raises SetupFault when the tenant or what proves the application is missing or cannot be read.
    """
    client_id = environment.env.str("GRAPH_CLIENT_ID", "")
    if not client_id:
        return None
    tenant = environment.required(
        "GRAPH_TENANT", to_do="GRAPH_CLIENT_ID is set: copy the tenant's id from Microsoft Entra."
    )
    for name, value in (("GRAPH_CLIENT_ID", client_id), ("GRAPH_TENANT", tenant)):
        _check_id(name, value)
    path = environment.env.str("GRAPH_CERTIFICATE", "")
    secret = environment.env.str("GRAPH_SECRET", "")
    if bool(path) == bool(secret):
        raise SetupFault("Set GRAPH_CERTIFICATE, the better way, or GRAPH_SECRET, and not both.")
    return Graph(
        tenant=tenant,
        client_id=client_id,
        certificate=_pem(Path(path)) if path else "",
        secret=secret,
        url=environment.env.str("GRAPH_URL", Graph.url).rstrip("/"),
        authority=environment.env.str("GRAPH_AUTHORITY", MICROSOFT).rstrip("/"),
    )


# In which claim of an ID token Microsoft says how somebody has proved who they are.
FACTOR_CLAIMS = ("amr", "acrs")


@dataclass(frozen=True, kw_only=True)
class Entra:
    """How the school's Microsoft Entra ID signs people in: as which application of which tenant.

    A second factor was shown there when the claim `factor_claim` holds `factor_value`. Only tests name
    another authority, and less patience.
    """

    tenant: str
    client_id: str
    secret: str = field(repr=False)
    factor_claim: str = "amr"
    factor_value: str = "mfa"
    authority: str = MICROSOFT
    patience: float = 5

    @property
    def issuer(self) -> str:
        """Return who must have issued a token: this tenant and no other."""
        return f"{self.authority}/{self.tenant}/v2.0"


def entra() -> Entra | None:
    """Return how people sign in with their Microsoft account, or None when they do not.

    Raises SetupFault when the tenant or the secret is missing, or something cannot be read.
    """
    client_id = environment.env.str("ENTRA_CLIENT_ID", "")
    if not client_id:
        return None
    tenant = environment.required(
        "ENTRA_TENANT", to_do="ENTRA_CLIENT_ID is set: copy the tenant's id from Microsoft Entra."
    )
    for name, value in (("ENTRA_CLIENT_ID", client_id), ("ENTRA_TENANT", tenant)):
        _check_id(name, value)
    claim, _, value = environment.env.str("ENTRA_SECOND_FACTOR", "amr:mfa").partition(":")
    if claim not in FACTOR_CLAIMS or not value:
        raise SetupFault(
            "ENTRA_SECOND_FACTOR must be amr:mfa, or acrs:c1 as in docs/operations.md."
        )
    return Entra(
        tenant=str(UUID(tenant)),
        client_id=str(UUID(client_id)),
        secret=environment.required(
            "ENTRA_SECRET", to_do="ENTRA_CLIENT_ID is set: make a client secret in Microsoft Entra."
        ),
        factor_claim=claim,
        factor_value=value,
        authority=environment.env.str("ENTRA_AUTHORITY", MICROSOFT).rstrip("/"),
    )


def certificate_warning(chosen: Graph | None, now: datetime) -> str:
    """Return what IT has to do about the certificate for Graph, or nothing.

    It stops no start: without Graph everything else goes on.
    """
    if chosen is None or not chosen.certificate:
        return ""
    ends = x509.load_pem_x509_certificate(chosen.certificate.encode()).not_valid_after_utc
    if ends - now > RENEW_WITHIN:
        return ""
    verb = "ended" if ends <= now else "ends"
    return f"The certificate for Microsoft Graph {verb} on {ends:%d %B %Y}: renew it, or no call is made in Teams."


def _check_id(name: str, value: str) -> None:
    try:
        UUID(value)
    except ValueError as fault:
        raise SetupFault(
            f"{name} must be an id like 8f6a4c1e-2b3d-4e5f-9a0b-1c2d3e4f5a6b."
        ) from fault


def _pem(path: Path) -> str:
    """Return a file that holds private key and certificate; raises SetupFault when they are no pair."""
    words = "GRAPH_CERTIFICATE must name a PEM file with the private key and its certificate"
    try:
        data = path.read_bytes()
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
        text = data.decode()
    except (OSError, ValueError, TypeError) as fault:
        raise SetupFault(f"{words}; it cannot be read.") from fault
    if key.public_key() != certificate.public_key():
        raise SetupFault(f"{words}; these two are no pair.")
    return text


@dataclass(frozen=True, kw_only=True)
class Clamav:
    """Where the daemon of ClamAV listens: on a Unix socket, or at a host. Tests have less patience."""

    socket: str = ""
    host: str = ""
    port: int = 3310
    patience: float = 20


def clamav() -> Clamav | None:
    """Return where ClamAV is asked about files, or None when it is off.

    Raises SetupFault for an address that is neither a socket nor a host.
    """
    address = environment.env.str("CLAMAV_URL", "")
    if not address:
        return None
    wrong = SetupFault("CLAMAV_URL must be unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310.")
    try:
        parts = urlsplit(address)
        port = parts.port or Clamav.port
    except ValueError as fault:
        raise wrong from fault
    if parts.scheme == "unix" and parts.path.startswith("/"):
        return Clamav(socket=parts.path)
    if parts.scheme == "tcp" and parts.hostname:
        return Clamav(host=parts.hostname, port=port)
    raise wrong
