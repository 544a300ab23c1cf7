"""A school as it is after years: the rows that are there, many times over, put down by the database itself.

Every copy is a world beside the first: its rows point to each other as the first ones do, and to the same
staff and settings, so that what somebody has to look through grows with it. Only on SQLite, where a
hundred thousand rows are a matter of a second.
"""

from math import ceil
from typing import Any

from django.apps import apps
from django.db import connection, models

ROOMS = ("school", "notices", "consent", "meetings", "concerns", "audit")
# What a school has one of, or a handful, however many people and years it has.
FEW = {
    "school.School", "school.Term", "school.ClosedDay", "school.SettingChange", "school.Logo",
    "school.Session", "school.HeadingMapping", "school.LanguageApproval", "school.Disposal",
    "school.YearLead", "school.RoleHeld", "school.RoleProposal", "school.SavedView", "school.Unsent",
    "school.DutySlot", "school.Cover", "school.CoverHole",
    "notices.Provider", "notices.Heartbeat",
    "meetings.Purpose", "meetings.LeakedLink",
    "concerns.Category", "concerns.Outcome", "concerns.Agency", "concerns.Draft",
    "audit.Canary", "audit.Verified", "audit.Alarm",
}  # fmt: skip
# What grows year by year, and how all but what is of now stands: over.
LONG: dict[str, dict[str, str]] = {
    "school.Pupil": {"left_on": "'2020-07-20'"},
    "school.Guardian": {},
    "school.Guardianship": {},
    "consent.Question": {"closed_at": "ends_at"},
    "consent.Wording": {},
    "consent.Request": {},
    "consent.Answer": {},
    "meetings.Meeting": {"status": "'closed'"},
    "meetings.Seat": {},
    "meetings.Place": {},
    "meetings.RegisterEntry": {},
    "notices.Notice": {"state": "'sent'", "ended_at": "due_at"},
    "concerns.Concern": {
        "status": "'closed'",
        "closed_at": "logged_at",
        "closed_by_id": "reporter_id",
        "acknowledged_at": "logged_at",
        "acknowledged_by_id": "reporter_id",
        "owner_id": "reporter_id",
    },
    "concerns.Involved": {},
    "concerns.Entry": {},
    "audit.Entry": {},
}
MANY, HUNDRED = 100_000, 100
# Over so many days the copies lie back, a hundred of them as well as all: the school is some years old.
DAYS = 2_500
STRIDE = 1_000_000
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def grow(*, to_many: bool) -> dict[str, int]:
    """Copy what is there until a hundred rows of each stand there; or, of the long tables, a hundred thousand.

    Return how many rows of each model there are now.
    """
    counts = {model: _first(model).count() for model in _grown()}
    copies = {model: _copies(model, count, to_many) for model, count in counts.items() if count}
    with connection.constraint_checks_disabled():
        for model, wanted in copies.items():
            _copy(model, wanted, copies)
        _clear()
    return {model._meta.label: model._default_manager.count() for model in copies}


def _grown() -> list[Any]:
    """Return the models whose rows are copied, tables between two models among them."""
    found = [
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        if model._meta.label not in FEW
    ]
    return [apps.get_model("auth.User"), *found]


def _first(model: Any) -> Any:
    """Return the rows that are no copies."""
    return model._default_manager.filter(pk__lt=STRIDE)


def _copies(model: Any, count: int, to_many: bool) -> int:
    """Return how many copies a table gets."""
    goal = MANY if to_many and model._meta.label in LONG else HUNDRED
    return max(0, ceil(goal / count) - 1)


def _copy(model: Any, wanted: int, copies: dict[Any, int]) -> None:
    table = model._meta.db_table
    fields = model._meta.concrete_fields
    over = LONG.get(model._meta.label)
    values = [_value(model, field, copies) for field in fields]
    if over is not None:
        values = [
            _once(table, field, over) or own for field, own in zip(fields, values, strict=True)
        ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    # Two that are one by a rule of the table stay one.
    sql = (
        f"WITH RECURSIVE copies(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM copies WHERE n < {wanted}) "  # noqa: S608
        f'INSERT OR IGNORE INTO "{table}" ({columns}) SELECT {", ".join(values)} '
        f'FROM "{table}" CROSS JOIN copies WHERE "{table}"."{model._meta.pk.column}" < {STRIDE}'
    )
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def _once(table: str, field: Any, over: dict[str, str]) -> str:
    """Return what stands in a column of what is long over, as SQL, or nothing where it is as ever."""
    is_moment = isinstance(field, models.DateTimeField)
    own = over.get(field.column, f'"{table}"."{field.column}"' if is_moment else "")
    # The first copy lies farthest back: however few there are, they are as old.
    return (
        f"datetime({own}, '-' || ({DAYS} - (n - 1) * 397 % {DAYS}) || ' days')"
        if is_moment and own
        else own
    )


def _value(model: Any, field: Any, copies: dict[Any, int]) -> str:
    """Return what stands in a column of the copy `n`, as SQL."""
    own = f'"{model._meta.db_table}"."{field.column}"'
    if field.related_model is not None:
        return _pointer(field, own, copies)
    if field.primary_key:
        return f"{own} + n * {STRIDE}"
    if isinstance(field, models.UUIDField):
        return f"CASE WHEN {own} IS NULL THEN NULL ELSE lower(hex(randomblob(16))) END"
    return _named(model, field, own)


def _pointer(field: Any, own: str, copies: dict[Any, int]) -> str:
    """Return to what a copy points: to the row beside it, but always to the same staff."""
    target = field.related_model
    is_staff = target._meta.label == "school.StaffMember" and not field.unique
    if is_staff or target not in copies:
        return own
    return f"{own} + (n % {copies[target] + 1}) * {STRIDE}"


def _named(model: Any, field: Any, own: str) -> str:
    """Return a text: with the number of the copy where it names something, and as it is otherwise."""
    if field.name in {"about", "object"}:
        return f"CASE WHEN instr({own}, ':') THEN {own} || printf('%06d', n) ELSE {own} END"
    if field.name == "message_id":
        return "'<' || lower(hex(randomblob(16))) || '@school.example>'"
    if field.name == "reference":
        letter = f"substr('{LETTERS}', 1 + abs(random()) % {len(LETTERS)}, 1)"
        return " || ".join([letter] * 8)
    # Guardians keep theirs: with a new name by whom they are known would be worked out anew.
    is_plain = isinstance(field, models.CharField) and model._meta.label != "school.Guardian"
    if field.name in {"name", "family_name"} and is_plain:
        return f"{own} || ' ' || n"
    if _tells_apart(model, field):
        return f"CASE WHEN {own} IS NULL THEN NULL ELSE {own} || '-' || n END"
    return own


def _clear() -> None:
    """Take out again what points to a copy that a rule of its table refused."""
    with connection.cursor() as cursor:
        while dangling := cursor.execute("PRAGMA foreign_key_check").fetchall():
            for table, row, *_ in dangling:
                cursor.execute(f'DELETE FROM "{table}" WHERE rowid = %s', [row])  # noqa: S608


def _tells_apart(model: Any, field: Any) -> bool:
    """Tell whether no two rows have the same text here."""
    alone = [
        one.fields[0]
        for one in model._meta.constraints
        if isinstance(one, models.UniqueConstraint) and len(one.fields) == 1
    ]
    pairs = {("school.SourcedId", "identifier"), ("consent.LinkWish", "digest")}
    is_text = isinstance(field, models.CharField | models.TextField)
    named = field.unique or field.name in alone or (model._meta.label, field.name) in pairs
    return is_text and named
