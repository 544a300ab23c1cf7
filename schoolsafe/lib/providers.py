"""The services outside that a school may send by, as settings name them."""

from dataclasses import dataclass

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
