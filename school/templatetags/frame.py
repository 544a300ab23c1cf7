"""What stands the same on every family's page, rendered once."""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.functional import Promise
from django.utils.translation import get_language

register = template.Library()

PLAIN = (str, bool, int, type(None))
# A frame differs by language, by school and by who is asked: a few ways each.
MOST_KEPT = 32


class OnceNode(template.Node):
    """Keeps what its body says for each set of the values that it names, and sees nothing else."""

    def __init__(self, body: NodeList, named: dict[str, FilterExpression]) -> None:
        self.nodelist = body
        self.named = named
        self.kept: dict[object, str] = {}

    def render(self, context: Context) -> Any:
        """Return the body rendered with the named values alone."""
        values = {name: value.resolve(context) for name, value in self.named.items()}
        try:
            key = (get_language(), context.autoescape, *map(_frozen, values.values()))
        except TypeError:
            return self.nodelist.render(context.new(values))
        text = self.kept.get(key)
        if text is None:
            text = self.nodelist.render(context.new(values))
            if len(self.kept) < MOST_KEPT:
                self.kept[key] = text
        return text


def _frozen(value: object) -> object:
    """Return a value as a key; raises TypeError for one that two pages might show differently.

    The type belongs to it: a safe string equals an unsafe one, and only the other is escaped.
    """
    if type(value) in PLAIN:
        return type(value), value
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, Promise):
        return _frozen(str(value))
    raise TypeError(type(value))


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    """Render what stands up to `endonce` once: `{% once name=school.name %}…{% endonce %}`.

    Inside stand only the values named, and they are its key: what is not named cannot be shown to
    anybody else. Name only what is the school's, never what is a person's.
    """
    named = token_kwargs(token.split_contents()[1:], parser)
    body = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(body, named)
