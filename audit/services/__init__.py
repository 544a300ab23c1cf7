"""Writing the audit: one chain, one writer at a time, inside the transaction of the change."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from audit import chain, selectors, verification
from audit.chain import Row
from audit.models import CANARY, Canary, Entry
from schoolsafe.lib import encryption, faults
from schoolsafe.lib.inserting import columns, insert_values
from schoolsafe.lib.rules import Destroyed, SetupFault

__all__ = [
    "Row",
    "atomic",
    "keys_rotated",
    "prove_keys",
    "record",
    "record_many",
    "verify",
]

GONE = (
    "Something that this speaks of was destroyed meanwhile: nothing was done. Open the page again."
)
# Any number will do, as long as nothing else in this database locks it.
CHAIN_LOCK = 0x5AFE_C4A1
# By hand: the ORM takes longer to write it than the database to answer.
NEWEST = f"SELECT hash FROM {Entry._meta.db_table} ORDER BY id DESC LIMIT 1"  # noqa: S608 - our own name


_waiting: ContextVar[list[tuple[datetime, list[Row]]] | None] = ContextVar("_waiting", default=None)


def record(*, at: datetime, actor: str, verb: str, object: str, **detail: object) -> None:
    """Add one entry to the chain, in the transaction that made it true.

    Locks first, audit last: take every row lock and do the work, then record.
    """
    record_many(at=at, rows=[Row(actor=actor, verb=verb, object=object, detail=detail)])


def record_many(*, at: datetime, rows: Iterable[Row]) -> None:
    """Add many entries to the chain in their order, in a constant number of queries."""
    rows = list(rows)
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append((at, rows))
        return
    if not rows:
        return
    insert_values(Entry, _sealed(rows, at=at, previous=_head()))


@contextmanager
def atomic() -> Iterator[None]:
    """Do a change in one transaction, and write down what is recorded inside at its very end.

    Locks first, audit last: the chain has one lock, and whoever took it and then waited for a row could
    wait for ever on somebody who has the row and wants to record. Inside another one it is a part of that:
    it can fail alone, and then leaves nothing. Raises Destroyed when what it speaks of was destroyed
    meanwhile: the database looks at the very end whether all of it is there.
    """
    try:
        with transaction.atomic(), _together():
            yield
    except IntegrityError as fault:
        if faults.is_gone(fault):
            raise Destroyed(GONE) from fault
        raise


@contextmanager
def _together() -> Iterator[None]:
    """Keep back what is recorded inside, and write it when all the work is done."""
    kept = _waiting.get()
    if kept is not None:
        before = len(kept)
        try:
            yield
        except BaseException:
            del kept[before:]
            raise
        return
    kept = []
    token = _waiting.set(kept)
    try:
        yield
    finally:
        _waiting.reset(token)
    for at, group in groupby(kept, key=itemgetter(0)):
        record_many(at=at, rows=[row for _, rows in group for row in rows])


def verify() -> verification.Broken | None:
    """Return the first link of the chain that does not hold, or nothing."""
    return verification.walk().broken


def prove_keys() -> None:
    """Prove that the keys are those of this database, and leave a proof for the key that writes.

    Every process calls it once when it starts. Raises SetupFault with what to do when a key is
    missing or wrong: better no start than texts that nobody can read again.
    """
    faults = selectors.key_faults()
    if faults:
        raise SetupFault(" ".join(faults))
    known = set(Canary.objects.values_list("purpose", "key_id"))
    missing = [proof for proof in _proofs() if (proof.purpose, proof.key_id) not in known]
    # Two processes may start together: the first one's proof is as good.
    Canary.objects.bulk_create(missing, ignore_conflicts=True)


def _proofs() -> list[Canary]:
    """Make a proof for each of the two keys that write."""
    audit_id, audit_key = next(iter(settings.AUDIT_KEYS.items()))
    field_id = encryption.first_key_id()
    return [
        Canary(purpose=Canary.FIELD, key_id=field_id, sealed=encryption.encrypt(CANARY)),
        Canary(purpose=Canary.AUDIT, key_id=audit_id, sealed=chain.proof(audit_key, CANARY)),
    ]


@transaction.atomic
def keys_rotated(*, at: datetime, turned: Mapping[str, int]) -> None:
    """Let go of the old field keys: nothing is stored under them any more."""
    key_id = encryption.first_key_id()
    Canary.objects.filter(purpose=Canary.FIELD).exclude(key_id=key_id).delete()
    if any(turned.values()):
        record(
            at=at,
            actor="system:rotate_keys",
            verb="keys.rotate",
            object="audit.canary",
            key=key_id,
            turned=dict(turned),
        )


def _head() -> str:
    """Become the only writer until the transaction ends, and return the newest hash."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "The audit is written inside the transaction of the change it tells of."
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = cursor.fetchone()
    return str(newest[0]) if newest else chain.GENESIS


def _sealed(rows: Iterable[Row], *, at: datetime, previous: str) -> list[list[Any]]:
    """Return the values of new entries as the database takes them, each sealed onto the one before."""
    key_id, key = next(iter(settings.AUDIT_KEYS.items()))
    ready = {field.attname: field.get_db_prep_save for field in columns(Entry)}
    moment = ready["at"](at, connection)
    values = []
    for row in rows:
        detail = chain.plain(row.detail)
        told: dict[str, Any] = {
            "actor": row.actor,
            "verb": row.verb,
            "object": row.object,
            "guard": chain.guard_of(row, detail),
            "key_id": key_id,
            "previous": previous,
        }
        previous = chain.seal(key, at=at, detail=detail, **told)
        told |= {"at": moment, "detail": ready["detail"](detail, connection), "hash": previous}
        values.append([told[name] for name in ready])
    return values
