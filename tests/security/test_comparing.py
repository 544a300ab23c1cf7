"""No secret is compared letter by letter: how long that takes tells how many were right.

Nothing is timed here. Every comparison of the product is read, and one that speaks of a secret by its name
has to be one of these few, each with its reason.
"""

import ast
import re
from collections.abc import Iterator

from tests.test_architecture import SOURCES

SECRET = re.compile(
    r"(?i).*(token|secret|passw\w*|passphrase|signature|seal|proof|mac|hmac|api_?key|otp|credential"
    r"|callback|hash|digest|print)"
)
# What is compared with == though its name speaks of a secret: nobody outside can offer it a guess.
NO_SECRETS: dict[str, str] = {
    "concerns/selectors/requests.py: seals.get(pk, seal) != seal": "hashes of two rows of ours",
    "meetings/selectors/facts.py: other.link_digest == meeting.link_digest": "rows of ours",
    "meetings/selectors/teams.py: row.link_digest != meeting.link_digest": "rows of ours",
    "meetings/services/leaks.py: one.link_digest == meeting.link_digest": "rows of ours",
    "meetings/services/outlook.py: meeting.link_digest == link.digest": "a link that staff pasted",
    "meetings/services/readings.py: theirs.digest == kept.digest": "what Microsoft answered",
    "meetings/services/wishes.py: row.link_digest != meeting.link_digest": "rows of ours",
    "school/admin/languages.py: obj.digest == languages.digest(obj.language)": "published texts",
    "school/selectors/people.py: approved.get(language) == languages.digest(language)": (
        "published texts"
    ),
    "school/services/imports.py: proposal.digest != seen": "what the same page showed",
    "school/selectors/settings.py: chosen.logo != digest": "a picture for everybody",
    "schoolsafe/staffing/views.py: form.cleaned_data['seen'] == _digest(brings)": (
        "what the same page showed"
    ),
    "schoolsafe/backup/archive.py: written != digest": "a plain hash; the seal is compared below it",
}
CONSTANT = {"compare_digest", "constant_time_compare"}


def name_of(side: ast.expr) -> str:
    """What a value is called where it is compared: a variable, an attribute, or what a function returns."""
    if isinstance(side, ast.Call):
        side = side.func
    return getattr(side, "attr", "") or getattr(side, "id", "")


def comparisons() -> Iterator[tuple[str, str]]:
    """Every == and != of the product with a side whose name speaks of a secret."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare):
                continue
            if not any(isinstance(sign, ast.Eq | ast.NotEq) for sign in node.ops):
                continue
            if any(SECRET.fullmatch(name_of(side)) for side in (node.left, *node.comparators)):
                yield path, ast.unparse(node)


def test_no_secret_is_compared_letter_by_letter() -> None:
    found = {f"{path}: {words}" for path, words in comparisons()}
    assert found == set(NO_SECRETS)


def test_every_proof_is_compared_in_constant_time() -> None:
    """The places at which somebody outside proves something, by the function they ask."""
    asking = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in CONSTANT
    }
    assert asking == {
        "audit/proving.py",
        "audit/saved.py",
        "audit/selectors.py",
        "audit/services/verifying.py",
        "audit/verification.py",
        "notices/callbacks.py",
        "schoolsafe/backup/archive.py",
        "schoolsafe/browsers.py",
        "schoolsafe/entra/tokens.py",
        "schoolsafe/lib/ledger.py",
    }
