"""Whether a file of the audit is as it was saved, and whether the audit still says the same."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.crypto import constant_time_compare

from audit import exporting, saved, verification
from audit.models import Entry
from audit.saved import Form

# No line that was saved is longer; whoever wrote a longer one wants memory of us.
LONGEST = 1_048_576
# The headings and the proof stand beside the entries.
MOST_LINES = exporting.MOST + 2
# So many faults are told, each with its line.
MOST_TOLD = 10
FOREIGN = (
    "The last line, which proves the file, is missing or cut off, was changed, or was written by another "
    "installation."
)


class Unfit(Exception):
    """A file is nothing that was ever saved here; the words say why."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a file says of itself, once it is known to be ours, and what is wrong with it or the audit."""

    proof: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Last:
    """What the last line proves, how it is written and with which key."""

    form: Form
    key: str
    proof: dict[str, Any]
    is_whole: bool


def check(file: BinaryIO) -> Checked:
    """Hold a file against its own seals, and then against the audit as it is now.

    Only what our own seals cover is taken apart. Raises OSError when it cannot be read.
    """
    try:
        last = _last(file)
        if not last.is_whole:
            return Checked(faults=[_altered(file, last)])
        return Checked(proof=last.proof, faults=[*_against_the_audit(file, last)])
    except Unfit as unfit:
        return Checked(faults=[str(unfit)])


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines from the first. Raises Unfit for more or longer ones than are ever saved."""
    file.seek(0)
    for number in range(1, MOST_LINES + 2):
        line = file.readline(LONGEST + 1)
        if not line:
            return
        if len(line) > LONGEST:
            raise Unfit(f"Line {number} is longer than any that is saved here.")
        if number > MOST_LINES:
            raise Unfit(f"The file has more than {MOST_LINES:,} lines: no such file is saved here.")
        yield line


def _last(file: BinaryIO) -> _Last:
    """Return what the last line proves, and whether the others are those it was written for.

    Raises Unfit when it is none of ours.
    """
    mark, line = hashlib.sha256(), b""
    for following in _lines(file):
        mark.update(line)
        line = following
    for form in Form:
        parts = saved.taken_apart(form, line)
        key = saved.key_of(b"proof", *parts) if parts else None
        if parts and key:
            proof = saved.proof_in(form, parts[0])
            digest = saved.digest(mark.hexdigest(), file=proof["file"])
            is_whole = constant_time_compare(digest, proof["digest"])
            return _Last(form=form, key=key, proof=proof, is_whole=is_whole)
    raise Unfit(FOREIGN)


def _entries(file: BinaryIO, last: _Last) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that tell of entries with their number in the file: not headings and not the proof."""
    before: tuple[int, bytes] | None = None
    for number, line in enumerate(_lines(file), 1):
        if before and before[0] > _above(last.form):
            yield before
        before = number, line


def _above(form: Form) -> int:
    """Return how many lines of headings stand above the first entry."""
    return 1 if saved.heading(form) else 0


def _altered(file: BinaryIO, last: _Last) -> str:
    """Return in words where a file is first other than it was saved."""
    above, count = _above(last.form), last.proof["count"]
    if above and next(_lines(file)) != saved.heading(last.form):
        return "Line 1, the headings, was changed or taken away after the file was saved."
    number = above
    for number, line in _entries(file, last):
        fault = _fault(line, number - above, above, last)
        if fault:
            return f"Line {number} {fault}"
    return f"The file was saved with {count:,} entries and has {number - above:,}: the last were taken away."


def _fault(line: bytes, place: int, above: int, last: _Last) -> str:
    """Return what is wrong with one line in its place, or nothing."""
    parts = saved.taken_apart(last.form, line)
    if parts and _is_sealed_for(place, parts, last):
        return ""
    there = range(1, last.proof["count"] + 1)
    old = next((one for one in there if parts and _is_sealed_for(one, parts, last)), None)
    if old is None:
        return "was changed or added after the file was saved."
    return (
        f"was line {old + above} when the file was saved: lines were taken away, doubled or put in "
        "another order."
    )


def _is_sealed_for(place: int, parts: tuple[bytes, bytes], last: _Last) -> bool:
    return saved.is_sealed(last.key, saved.place_of(last.proof["file"], place), *parts)


def _against_the_audit(file: BinaryIO, last: _Last) -> Iterator[str]:
    """Yield, as sentences, where the audit does not say any more what an unaltered file tells."""
    yield from _gone_or_changed(file, last)
    if not _is_known(last.proof):
        yield "The audit does not know any more that this file was saved: entries were removed or changed."
    broken = verification.walk().broken
    if broken:
        yield f"The chain of the audit is broken ({broken.why}). {broken.words}"


def _gone_or_changed(file: BinaryIO, last: _Last) -> Iterator[str]:
    """Yield which lines tell of entries that are gone or changed, the first few of them."""
    told = {
        saved.entry_in(last.form, parts[0]): number
        for number, line in _entries(file, last)
        if (parts := saved.taken_apart(last.form, line))
    }
    standing = verification.standing(list(told))
    wrong = [(number, one) for one, number in told.items() if not standing.get(one)]
    for number, one in wrong[:MOST_TOLD]:
        words = "was changed in the audit since" if one in standing else "is not in the audit"
        yield f"The entry of line {number} {words}."
    if len(wrong) > MOST_TOLD:
        yield f"So it is with {len(wrong) - MOST_TOLD:,} more lines."


def _is_known(proof: dict[str, Any]) -> bool:
    """Tell whether the audit has the entry that tells of the saving, about just these lines."""
    entry = Entry.objects.filter(hash=proof["entry"]).first()
    told = entry.detail.get("digest", "") if entry else ""
    return constant_time_compare(told, proof["digest"])
