"""The addresses of the outbox."""

from notices.models import Notice
from tests.access.table import Facts, Page, everybody, only

SEE = ("deputy", "lead", "head", "office", "it_superuser")
NAMES = ("deputy", "lead", "head", "office")


def make(facts: Facts) -> Facts:
    letters = Notice.objects.filter(kind="consent_request").order_by("pk")
    failed = letters[0]
    Notice.objects.filter(pk=failed.pk).update(
        state="failed", ended_at=failed.due_at, why="no such address"
    )
    return {"letter": failed}


def row(facts: Facts) -> dict[str, object]:
    return {"name": facts["letter"].name}  # type: ignore[attr-defined]


ACCESS = {
    # For machines with a secret; without a provider that tells anything they do not exist.
    "POST notices:notify_callback": Page(everybody(404)),
    "POST notices:mail_callback": Page(everybody(404)),
    "notices:outbox": Page(only(*SEE)),
    "notices:letter": Page(only(*NAMES), row),
    "POST notices:send_again": Page(only(*NAMES, gets="302+"), row),
    "POST notices:send_kind_again": Page(
        only(*SEE, gets="302+"), data=lambda facts: {"kind": "consent_request"}
    ),
}
