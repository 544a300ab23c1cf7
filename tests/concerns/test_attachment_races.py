"""Two people at a file in the same moment, on PostgreSQL with real threads."""

import pytest

from audit.models import Entry as AuditEntry
from concerns import policy, services
from concerns.models import Attachment, Removal
from concerns.policy import SealedAs
from school.models import StaffMember
from schoolsafe.lib.rules import NotAllowed
from tests.concerns import log as make
from tests.concerns import papers
from tests.concerns.test_attachments import attach
from tests.concerns.test_races import ROUNDS, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e96_two_who_ask_and_confirm_at_once_never_destroy_alone(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember, head: StaffMember
) -> None:
    [file] = attach(make.log(host), host, papers.picture())
    services.seal(file, by=lead, sealed_as=SealedAs.UNLAWFUL, reason="x")

    asked = at_once(
        lambda: services.propose_removal(file, by=lead, reason="x").pk,
        lambda: services.propose_removal(file, by=deputy, reason="y").pk,
    )
    assert sum(isinstance(answer, NotAllowed) for answer in asked) == 1
    settled = at_once(
        lambda: services.confirm_removal(file, by=head).pk,
        lambda: services.decline_removal(file, by=Removal.objects.get().proposed_by).pk,
    )

    assert sum(isinstance(answer, NotAllowed) for answer in settled) == 1
    removal, file = Removal.objects.get(), Attachment.objects.get()
    assert removal.is_confirmed is (file.original is None)
    verbs = ["concern.remove_attachment", "concern.decline_removal"]
    assert AuditEntry.objects.filter(verb__in=verbs).count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_e20_same_file_sent_twice_at_once_is_attached_once(turn: int, host: StaffMember) -> None:
    concern = make.log(host)
    at_once(lambda: len(attach(concern, host)), lambda: len(attach(concern, host)))
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_who_attach_at_once_are_not_more_than_a_concern_takes(
    turn: int,
    host: StaffMember,
    lead: StaffMember,
    deputy: StaffMember,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy.attachments, "MOST_FILES", 1)
    concern = make.log(host)
    answers = at_once(
        lambda: len(attach(concern, lead, papers.PDF)),
        lambda: len(attach(concern, deputy, papers.TEXT)),
    )
    assert sum(isinstance(answer, NotAllowed) for answer in answers) == 1
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_file_that_is_sealed_while_it_is_opened_is_on_the_record_or_not_shown(
    turn: int, host: StaffMember, lead: StaffMember, deputy: StaffMember
) -> None:
    [file] = attach(make.log(host), host)
    opened, _ = at_once(
        lambda: services.open_file(file, by=deputy),
        lambda: services.seal(
            file, by=lead, sealed_as=SealedAs.WRONG_FILE, reason="x"
        ).kind.encode(),
    )
    looks = AuditEntry.objects.filter(verb="concern.attachment.read").count()
    assert looks == (0 if isinstance(opened, NotAllowed) else 1)
