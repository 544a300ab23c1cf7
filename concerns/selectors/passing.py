"""What went to the next school with a child, and which of it that school has whole (A51)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from concerns.models import Attachment, Transfer, TransferStep
from concerns.policy.transfer import StepKind, Whither
from school.models import Pupil
from schoolsafe.lib import clock

# A concern and a child in it.
Passed = dict[tuple[int, int], date]


def received() -> QuerySet[Transfer]:
    """Return the leavings whose file is confirmed at the next school, of children who are not back."""
    return Transfer.objects.filter(
        whither=Whither.SCHOOL, received_at__isnull=False, pupil__left_on__isnull=False
    )


def pupils_received_before(moment: datetime) -> QuerySet[Pupil]:
    """Return the children whose file the next school has had since before a moment."""
    return Pupil.objects.filter(pk__in=received().filter(received_at__lt=moment).values("pupil"))


def passed(written: Mapping[int, datetime]) -> Passed:
    """Return since when the next school of a child has all of a concern, by concern and child.

    `written` says when something was last added to each concern: what was added after the copy was
    made did not go, nor did what was left out of it by hand. A concern with files is left out: a copy holds pictures drawn anew, not the originals.
    """
    since: Passed = {}
    for step, concern in _sendings(written):
        received_at = step.transfer.received_at
        if received_at is not None and step.copy and step.copy.made_at >= written[concern]:
            since[concern, step.transfer.pupil_id] = clock.local(received_at).date()
    return since


def _sendings(concerns: Iterable[int]) -> Iterator[tuple[TransferStep, int]]:
    """Yield each sending that a receipt answers, with each concern that went whole in it."""
    said = TransferStep.objects.filter(transfer=OuterRef("transfer"), kind=StepKind.WHITHER)
    last = said.order_by().values("transfer").annotate(last=Max("at")).values("last")
    kept = Attachment.objects.filter(concern=OuterRef("copy__concerns"), removed_at=None)
    steps = TransferStep.objects.filter(
        kind=StepKind.SENT,
        transfer__in=received(),
        happened_at__lte=F("transfer__received_at"),
        copy__concerns__in=list(concerns),
        copy__is_whole=True,
    ).filter(Q(at__gte=last), ~Exists(kept))
    for step in steps.select_related("transfer", "copy").annotate(of=F("copy__concerns")):
        yield step, step.of
