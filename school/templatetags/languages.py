"""The languages of a family's page: the switch at its top, and what keeps numbers in their order."""

from typing import Any

from django import template

from school.selectors import is_approved, written_in
from schoolsafe.lib import languages

register = template.Library()
register.filter(written_in)


@register.inclusion_tag("parts/_languages.html", takes_context=True)
def language_switch(context: dict[str, Any]) -> dict[str, Any]:
    """Show every language in its own script; a page that was posted is posted again as it was."""
    return {
        "languages": languages.LANGUAGES,
        "current": languages.current(),
        "again": context.get("again"),
        "look_at": context.get("look_at"),
    }


@register.filter
def is_drafted(school: Any) -> bool:
    """Tell whether no speaker has approved yet what the page says in its language."""
    return not is_approved(school, languages.current())


@register.filter
def isolated(text: object) -> str:
    """Let a name or a title run its own way, whatever way the page around it runs."""
    return languages.isolated(str(text), languages.ITS_OWN_WAY)


@register.filter
def left_to_right(text: object) -> str:
    """Keep a telephone number whole in a letter of plain text that runs from right to left."""
    return languages.isolated(str(text))
