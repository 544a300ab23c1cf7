"""What was typed, on pages that say that it was not taken."""

from django import template
from django.http import HttpRequest

from school import unsent

register = template.Library()


@register.simple_tag
def sentences_in(request: HttpRequest) -> list[str]:
    """Return what was typed in sentences into the form that this request sent."""
    return unsent.sentences(request)
