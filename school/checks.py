"""The start is refused while a language of families is not compiled, or older than its source."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from schoolsafe.lib import languages


@register(Tags.translation)
def catalogues_are_compiled(
    app_configs: Sequence[AppConfig] | None = None, **_kwargs: object
) -> list[CheckMessage]:
    """Look whether every language can be spoken as its catalogue says: else families get English."""
    behind = [code for code in languages.TRANSLATED if not languages.is_compiled(code)]
    words = f"Not compiled: {', '.join(behind)}. Run: python deploy/compile_messages.py"
    return [Error(words, id="school.E001")] if behind else []
