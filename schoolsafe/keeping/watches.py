"""The sweep destroys what two people have agreed to, a batch at each look."""

from collections.abc import Iterable
from datetime import datetime

from notices.kinds import Watch, register_watch
from school.models import Disposal
from schoolsafe.keeping.destroying import destroy_batch


def _under_way(now: datetime) -> Iterable[int]:
    return Disposal.objects.under_way().values_list("pk", flat=True)


def _see_to(pk: int, now: datetime) -> None:
    destroy_batch(Disposal.objects.get(pk=pk))


register_watch(Watch(name="retention", turned=_under_way, see_to=_see_to))
