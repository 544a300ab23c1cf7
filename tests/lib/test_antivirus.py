"""ClamAV is asked about a file; whatever is no answer is no yes either."""

from pathlib import Path

import pytest

from schoolsafe.lib import antivirus
from schoolsafe.lib.providers import Clamav
from tests.concerns import papers
from tests.lib.scanner import clamd, says


@pytest.mark.clamav
def test_real_daemon_knows_the_test_file_from_a_letter(tmp_path: Path) -> None:
    with clamd(tmp_path) as clamav:
        assert not antivirus.is_clean(papers.EICAR.encode(), clamav=clamav)
        assert antivirus.is_clean(papers.TEXT, clamav=clamav)
        assert antivirus.is_clean(papers.PDF * 20_000, clamav=clamav)
    # It is gone: nothing is clean any more.
    with pytest.raises(antivirus.Unanswered):
        antivirus.is_clean(papers.TEXT, clamav=clamav)


@pytest.mark.parametrize(
    ("answer", "is_clean"),
    [(b"stream: OK\0", True), (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", False)],
)
def test_yes_and_no_are_the_only_answers(answer: bytes, is_clean: bool, tmp_path: Path) -> None:
    with says(tmp_path, answer) as clamav:
        assert antivirus.is_clean(papers.TEXT, clamav=clamav) is is_clean


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK but not quite\0",
        b"OK\0",
        b"",
        b"x" * 2000,
        None,
    ],
    ids=["error", "nearly", "no stream", "hung up", "endless", "silence"],
)
def test_anything_else_is_no_answer(answer: bytes | None, tmp_path: Path) -> None:
    with says(tmp_path, answer) as clamav, pytest.raises(antivirus.Unanswered):
        antivirus.is_clean(papers.TEXT, clamav=clamav)


@pytest.mark.parametrize(
    "clamav", [Clamav(socket="/nowhere/clamd.ctl"), Clamav(host="127.0.0.1", port=1)], ids=str
)
def test_daemon_that_is_not_there_is_no_answer(clamav: Clamav) -> None:
    with pytest.raises(antivirus.Unanswered):
        antivirus.is_clean(papers.TEXT, clamav=clamav)
