"""Maya's mother, who reads another language than English; the clock of a school day."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polib
import pytest
import time_machine

from school.models import Guardian, Pupil, School
from schoolsafe.lib import languages
from tests import factories
from tests.conftest import SCHOOL_DAY


@pytest.fixture(autouse=True)
def _today(clock_at: Callable[[datetime], time_machine.Traveller]) -> None:
    """Every story here begins at 2:00 pm on a Tuesday in term."""
    clock_at(SCHOOL_DAY)


@pytest.fixture
def travel(clock_at: Any) -> Any:
    """Set the clock to another time."""
    return clock_at


@pytest.fixture
def maya(school: School) -> Pupil:
    """A pupil."""
    return factories.make_pupil("Maya", "Okafor")


@pytest.fixture
def mum(maya: Pupil) -> Guardian:
    """Her mother: Polish is on her record."""
    return factories.make_guardian(
        maya, name="Amina Okafor", email="amina@family.example", language="pl"
    )


@pytest.fixture
def changed_texts(settings: Any, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Change one text of a language, as an update of the software does."""

    def change(code: str) -> None:
        source = languages.catalogue(code).with_suffix(".po")
        settings.LOCALE_PATHS = [tmp_path]
        place = languages.catalogue(code)
        place.parent.mkdir(parents=True)
        catalogue = polib.pofile(str(source))
        catalogue[0].msgstr += "!"
        catalogue.save_as_mofile(str(place))
        forget()

    yield change
    forget()


def forget() -> None:
    """Read the catalogues anew, as a process that has just started does."""
    languages.texts.cache_clear()
    languages.digest.cache_clear()
