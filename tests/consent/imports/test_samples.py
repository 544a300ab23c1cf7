"""Each sample that is shipped, taken in twice by the command: what it showed, and then nothing."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from school.models import Guardian, Guardianship, Pupil, TeachingGroup

pytestmark = pytest.mark.usefixtures("school_day", "school")
SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "samples"


def take(source: str, path: Path) -> str:
    out = StringIO()
    call_command("import_people", source, str(path), stdout=out)
    return out.getvalue().splitlines()[-1]


@pytest.mark.parametrize(
    ("source", "path", "done", "people"),
    [
        ("sds", "sds", 17, (5, 4, 5, 3)),
        ("sds-uk", "sds-uk", 13, (5, 2, 3, 3)),
        ("oneroster", "oneroster", 17, (5, 4, 5, 3)),
        # The father about whom an order stands, and the grandmother without responsibility, wait.
        ("sims", "sims.csv", 15, (5, 3, 4, 3)),
        ("arbor", "arbor.xlsx", 15, (5, 3, 4, 3)),
        ("bromcom", "bromcom.csv", 17, (5, 4, 5, 3)),
    ],
)
def test_a_sample_comes_in_once(
    source: str, path: str, done: int, people: tuple[int, int, int, int]
) -> None:
    first = take(source, SAMPLES / path)
    again = take(source, SAMPLES / path)

    assert first.startswith(f"Done: {done}. ")
    assert again.startswith("Done: 0. ")
    assert again.removeprefix("Done: 0.") == first.removeprefix(f"Done: {done}.")
    models = (Pupil, Guardian, Guardianship, TeachingGroup)
    assert tuple(model.objects.count() for model in models) == people
    assert Guardianship.objects.filter(counts_for_consent=True).count() == 0
