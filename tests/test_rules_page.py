"""docs/rules.md says what the rules say, letter by letter."""

from tests import rules_page


def test_rules_page_equals_the_rules() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.text(), (
        "Write the page anew: python -m tests.rules_page"
    )
