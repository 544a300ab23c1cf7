"""Taking an import back: only as long as everything of it is as it left it."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from school.models import (
    Guardian,
    Guardianship,
    ImportRun,
    Pupil,
    SourcedId,
    StaffMember,
    TeachingGroup,
)
from school.services import revisions
from school.services.addresses import change_emails
from school.services.each import record_each
from school.services.importing import BATCH, note_classes, put_in, take_out, told
from school.services.system import System
from schoolsafe.lib.rules import NotAllowed

MODELS: Mapping[str, Any] = {
    "pupil": Pupil,
    "guardian": Guardian,
    "guardianship": Guardianship,
    "teachinggroup": TeachingGroup,
}
# A tie goes before those whom it ties.
LAST_TO_FIRST = ("guardianship", "teachinggroup", "guardian", "pupil")
DATES = {"born_on", "left_on"}
# What people decide about whom an import brought, and no import ever says.
DECISIONS: Mapping[str, Q] = {
    "pupil": Q(is_address_confidential=True)
    | Q(is_contact_suspended=True)
    | Q(decides_from__isnull=False)
    | ~Q(email="")
    | ~Q(consent_mode=""),
    "guardian": Q(email_confirmed_at__isnull=False),
    "guardianship": Q(blocked_from__isnull=False)
    | Q(has_care=True)
    | Q(is_corporate_parent=True)
    | Q(is_named_for_consent=True),
}
# What an import says of them itself, and people decide otherwise.
SAID: Mapping[str, frozenset[str]] = {
    "guardian": frozenset({"email"}),
    "guardianship": frozenset(
        {"has_parental_responsibility", "counts_for_consent", "awaits_confirmation"}
    ),
}
CHANGED_SINCE = (
    "Somebody has changed people of this import since. It cannot be undone any more: put right by hand "
    "what is wrong."
)
# The same for an order, a safe address and anything else: who takes it back may not know of them.
DECIDED_SINCE = (
    "The school has decided something since about people of this import: who is asked, who is written to, "
    "or what is kept from whom. It cannot be undone any more: put right by hand what is wrong, or ask the "
    "safeguarding team."
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """What an import did that others must be told of when it is taken back.

    `pupils` are those on record whose ties or stay it changed; `addresses` what they are now, by guardian.
    """

    pupils: frozenset[int]
    addresses: Mapping[int, str]


def made_by(run: ImportRun) -> Made:
    """Return what must be looked at when an import is taken back; nothing once it was."""
    done: dict[str, Any] = json.loads(run.done or "{}")
    changed = done.get("changed", [])
    ties = Guardianship.objects.filter(pk__in=done.get("made", {}).get("guardianship", []))
    turned = {pk for kind, pk, name, *_ in changed if (kind, name) == ("pupil", "left_on")}
    return Made(
        pupils=frozenset(turned | set(ties.values_list("pupil", flat=True))),
        addresses={
            pk: after
            for kind, pk, name, _, after in changed
            if (kind, name) == ("guardian", "email")
        },
    )


def put_back(done: Mapping[str, Any], *, by: StaffMember | System) -> None:
    """Undo what an import did.

    Raises NotAllowed when something is not as the import left it or was decided about whom it made (E30,
    E33, E42, E48), and ProtectedError when a call, a letter or an answer speaks of somebody whom it made:
    it is part of a transaction that is then undone.
    """
    _lock(done)
    _check_undecided(done["made"])
    coming, going = done["members"] or ([], [])
    take_out(coming)
    put_in(going)
    made = set(done["made"]["teachinggroup"])
    note_classes(
        going,
        [(group, one) for group, one in coming if group not in made],
        renamed={},
        teachers={},
        by=by,
    )
    SourcedId.objects.filter(pk__in=done["named"]).delete()
    changed: dict[str, dict[int, dict[str, tuple[Any, Any]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for kind, pk, name, before, after in done["changed"]:
        changed[kind][pk][name] = (before, after)
    for kind, facts in changed.items():
        _restore(kind, facts, by=by)
    for kind in LAST_TO_FIRST:
        pks = done["made"][kind]
        MODELS[kind].objects.filter(pk__in=pks).delete()
        revisions.forget([f"school.{kind}:{pk}" for pk in pks])
        record_each(f"{kind}.take_back", f"school.{kind}", pks, by=by)


def _lock(done: Mapping[str, Any]) -> None:
    """Lock everybody whom an import changed or made, so that nobody decides about them meanwhile."""
    changed: dict[str, set[int]] = defaultdict(set)
    for kind, pk, *_ in done["changed"]:
        changed[kind].add(pk)
    for kind in reversed(LAST_TO_FIRST):
        rows = MODELS[kind].objects.order_by("pk").values_list("pk", flat=True)
        list(rows.filter(pk__in=changed[kind]).select_for_update(no_key=True))
        # Who goes is locked whole: no order, call or letter comes to them meanwhile.
        list(rows.filter(pk__in=done["made"][kind]).select_for_update())


def _check_undecided(made: Mapping[str, list[int]]) -> None:
    """Refuse to take away with somebody what was decided about them since."""
    for kind, decided in DECISIONS.items():
        brought = MODELS[kind].objects.filter(pk__in=made[kind])
        if brought.filter(decided).exists():
            raise NotAllowed(DECIDED_SINCE)
    for kind, names in SAID.items():
        first = revisions.first_values([f"school.{kind}:{pk}" for pk in made[kind]])
        pks = [int(name.partition(":")[2]) for name, was in first.items() if names & was.keys()]
        for row in MODELS[kind].objects.filter(pk__in=pks):
            was = first[revisions.reference(row)]
            if any(getattr(row, name) != was[name] for name in names & was.keys()):
                raise NotAllowed(DECIDED_SINCE)


def _restore(
    kind: str, facts: Mapping[int, Mapping[str, tuple[Any, Any]]], *, by: StaffMember | System
) -> None:
    """Set facts as they were before. An address that goes back is a changed address too (E34)."""
    rows = list(
        MODELS[kind].objects.select_for_update(no_key=True).filter(pk__in=facts).order_by("pk")
    )
    addresses, noted = {}, []
    for row in rows:
        stood = revisions.stands(row, facts[row.pk])
        for name, (before, after) in facts[row.pk].items():
            if told(getattr(row, name)) != after:
                raise NotAllowed(CHANGED_SINCE)
            if name == "email":
                # Every change of an address takes this away: somebody has made sure of it since.
                if row.email_confirmed_at is not None:
                    raise NotAllowed(DECIDED_SINCE)
                addresses[row.pk] = before
            else:
                setattr(row, name, _fact(name, before))
        noted.append((revisions.reference(row), revisions.since(row, stood)))
    if kind == "teachinggroup":
        # Names that were handed on go back the same way: first all are given up.
        TeachingGroup.objects.bulk_update(
            [TeachingGroup(pk=row.pk, name=f"~{row.pk}") for row in rows], ["name"]
        )
    fields = sorted({name for row in facts.values() for name in row} - {"email"})
    if fields:
        MODELS[kind].objects.bulk_update(rows, fields, batch_size=BATCH)
    revisions.note_many(noted, by=by)
    change_emails(addresses, by=by)
    record_each(f"{kind}.put_back", f"school.{kind}", [row.pk for row in rows], by=by)


def _fact(name: str, kept: Any) -> Any:
    """Return a fact of the text in which it was kept."""
    return date.fromisoformat(kept) if name in DATES and kept else kept
