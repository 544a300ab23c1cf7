"""A stolen database without its keys tells nothing of what anybody wrote (E9, E17).

Every encrypted field of every table of this room has a marker in it, and every row of every table of the
database is looked through. A new field is looked for by itself; a new table has to get a row here.
"""

import base64
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models

from concerns import policy, selectors, services
from concerns.models import Concern, Outcome, Proposal, Transfer
from concerns.policy.requests import Asker, Choice, Exemption, Heard
from concerns.policy.transfer import Whither
from concerns.services import Call, Decided, Mark, Named
from school.models import StaffMember
from school.services import SWEEP
from schoolsafe.lib.encryption import EncryptedFileField, EncryptedTextField
from tests import factories
from tests.concerns import log as make
from tests.concerns import papers
from tests.conftest import ON_POSTGRESQL

# Long, so that no spelling of it stands anywhere by chance.
MARK = "MARKERZQXWHICHNOBODYMAYFIND"
IN_CLEAR = "Clearwater"
SEALED = (EncryptedTextField, EncryptedFileField)


def everything(host: StaffMember, lead: StaffMember, deputy: StaffMember) -> None:
    """At least one row in each table of the room, written as people write them."""
    concern = make.log(
        host,
        make.child(factories.make_pupil("Cat", IN_CLEAR)),
        Named(part=policy.Part.WITNESS, name=f"{MARK} a neighbour", is_adult=True),
        **{name: f"{MARK} {name}" for name in ("child_words", "seen", "thought", "place")},
        marks=[Mark(number=1, side=policy.Side.FRONT, region=policy.Region.FACE, words=MARK)],
        call=Call(
            called=lead,
            at=datetime.fromisoformat("2026-09-15T12:00:00+00:00"),
            was_reached=True,
            text=MARK,
        ),
    )
    services.acknowledge(concern, by=lead)
    outcome = Outcome.objects.create(name="Referred", is_referral=True)
    services.decide(concern, by=lead, outcome=outcome, reasons=MARK)
    outside = make.contact(at=concern.logged_at, person=MARK, reference=MARK)
    services.refer(concern, by=lead, contact=outside, text=MARK)
    other = make.log(host)
    services.link(concern, by=lead, other=other, text=MARK)
    services.move_pupil(
        concern,
        by=lead,
        row=concern.involved.get(kind="pupil"),
        pupil=factories.make_pupil("Cat", "Rightone"),
        reasons=MARK,
    )
    today = date(2026, 9, 15)
    services.lend(concern, by=lead, staff=factories.make_staff("Tom"), until=today, reason=MARK)
    of_staff = make.log(host, make.accused(factories.make_staff("Nora Named")))
    services.hold(concern, by=lead, why=policy.HoldWhy.POLICE, reasons=MARK)
    services.keep(concern, by=lead, day=date(2090, 1, 1), reasons=MARK)
    Proposal.objects.create(
        concern=concern, due_on=today, reasons=MARK, at=concern.logged_at, by=lead
    )
    cat = factories.make_pupil("Cat", "Leaver")
    gone = make.log(host, make.child(cat))
    services.record_copy(
        cat,
        [gone],
        by=lead,
        code="0123456789ab",
        for_whom=MARK,
        reason=MARK,
        content=b"locked",
        text_sha256="0" * 64,
    )
    cat.left_on = today
    cat.save()
    services.see_to_leaver(cat, by=SWEEP)
    leaving = Transfer.objects.get(pupil=cat)
    whither = Whither.SCHOOL
    services.say_whither(leaving, by=lead, whither=whither, place=MARK, text=MARK)
    asked = services.note_request(
        cat,
        by=lead,
        asker=Asker.PUPIL,
        heard=Heard.SPOKEN,
        name=MARK,
        words=MARK,
        received_on=today,
    )
    services.check_identity(asked, by=lead, happened_on=today, text=MARK)
    services.check_authority(asked, by=lead, happened_on=today, text=MARK)
    passages = selectors.pack_of(asked, lead.viewer()).cases[0].passages
    harm = Exemption.HARM
    withheld = [
        Decided(key=one.row.key, choice=Choice.WITHHOLD, exemption=harm, reasons=MARK)
        for one in passages
    ]
    services.decide_access(asked, gone, withheld, by=lead)
    nothing = selectors.text_hash(selectors.pack_of(asked, lead.viewer()).parts)
    services.approve_access(asked, by=lead, text_sha256=nothing)
    opening = services.open_in_emergency(of_staff.reference, by=deputy, reason=MARK)
    assert opening is not None
    services.review(opening, by=lead, was_justified=True, text=MARK)
    services.add(concern, by=host, text=MARK)
    files = [
        services.check_file(f"{MARK} bruise.jpg", content)
        for content in (MARK.encode() * 100, papers.picture())
    ]
    _, picture = services.attach(concern, files, by=host, words=MARK, is_declared=True)
    services.keep_draft(f'{{"seen": ["{MARK}"]}}', by=host, key=uuid4())
    in_need = policy.FlagKind.IN_NEED
    services.set_status(
        factories.make_pupil(), by=lead, kind=in_need, since=date(2026, 9, 1), notes=MARK
    )
    unlawful = policy.SealedAs.UNLAWFUL
    services.seal(picture, by=lead, sealed_as=unlawful, reason=MARK)
    services.propose_removal(picture, by=lead, reason=MARK)
    services.bring(
        concern,
        [services.Brought(name=MARK, size=1, content=MARK.encode())],
        by=host,
        words=MARK,
        is_declared=False,
    )
    services.tell_of_picture(
        concern, by=host, holder=MARK, place=MARK, copied=policy.Copied.UNKNOWN, text=MARK
    )


def sealed_fields() -> Iterator[tuple[type[models.Model], models.Field]]:  # type: ignore[type-arg]
    """Every encrypted field of the room."""
    for model in apps.get_app_config("concerns").get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SEALED):
                yield model, field


def mark_everything() -> None:
    """Put the marker into every encrypted field, also into those that no service above has filled."""
    for model, field in sealed_fields():
        rows = model._base_manager.all()
        assert rows.exists(), f"{model._meta.label} has no row: make one in `everything`."
        marked = MARK.encode() if isinstance(field, EncryptedFileField) else MARK
        known = rows.exclude(**{f"{field.name}__isnull": True}) if field.null else rows
        assert known.update(**{field.name: marked}) > 0, field


def spellings() -> Iterator[bytes]:
    """The marker in clear and as somebody would find it who looks a little harder."""
    for text in (MARK, MARK.lower(), MARK[::-1]):
        for code in ("utf-8", "utf-16-le", "utf-16-be"):
            yield text.encode(code)
    yield MARK.encode().hex().encode()
    for shift in range(3):
        # Without the letters at both ends, which depend on what stands around it.
        yield base64.b64encode(bytes(shift) + MARK.encode())[4:-4]


def everywhere() -> Iterator[tuple[str, bytes]]:
    """All that a thief would hold, by where it is."""
    if not ON_POSTGRESQL:
        name = str(connection.settings_dict["NAME"])
        for path in (name, f"{name}-wal"):
            if Path(path).exists():
                yield path, Path(path).read_bytes()
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608 - a table's own name
            yield table, "\n".join(row for (row,) in cursor.fetchall()).encode()


@pytest.fixture
def stolen(
    school_day: datetime,
    transactional_db: None,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
) -> dict[str, bytes]:
    """The database as it lies on the disk, or as every row of every table."""
    everything(host, lead, deputy)
    mark_everything()
    assert {row.seen for row in Concern.objects.all()} == {MARK}
    return dict(everywhere())


def look_through(stolen: dict[str, bytes], words: Iterator[bytes]) -> set[tuple[str, bytes]]:
    return {(place, word) for word in words for place, content in stolen.items() if word in content}


def test_stolen_database_tells_nothing_of_what_was_written(stolen: dict[str, bytes]) -> None:
    # What is not sealed is found: the looking itself works.
    assert look_through(stolen, iter([IN_CLEAR.encode()]))
    assert look_through(stolen, spellings()) == set()


@pytest.mark.postgresql
def test_stolen_rows_of_postgresql_tell_nothing_of_what_was_written(
    stolen: dict[str, bytes],
) -> None:
    assert "concerns_attachment" in stolen
    assert look_through(stolen, iter([IN_CLEAR.encode()]))
    assert look_through(stolen, spellings()) == set()
